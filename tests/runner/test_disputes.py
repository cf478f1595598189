"""Disputes of a plan are told by `check`, and no reason to fail it."""

import geopandas as gpd
import shapely

from census_gis.runner.recheck import recheck
from census_gis.tables import conform
from tests.runner.small_plan import AT, CODES, CRS, write


def test_check_names_the_districts_of_an_open_dispute(tmp_path):
    line = shapely.LineString([(AT + 100, AT + 20), (AT + 100, AT + 60)])
    rows = [{"dispute_id": "Z1", "parties": "东村、西村", "state": "open", "geometry": line}]
    disputes = conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), "disputes")
    checked = recheck(write(tmp_path, disputes=disputes))
    (message,) = checked.found["message_zh"]
    assert checked.exit_code == 0 and all(code in message for code in CODES)
