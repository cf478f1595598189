"""What is handed over says neither how many people a sensitive area holds nor who is in charge of it."""

import geopandas as gpd
import pandas as pd
from shapely import box

from census_gis.present.exchange.source import PlanSource


def test_a_sensitive_area_is_handed_over_as_ground_only():
    rows = pd.DataFrame(
        {"special_id": ["S1", "S2"], "kind": [None, "hospital"], "persons": [400, 30],
         "contact_office": ["狱政科", "院办"]}
    )  # fmt: skip
    frame = gpd.GeoDataFrame(rows, geometry=[box(0, 0, 1, 1), box(2, 0, 3, 1)], crs="EPSG:4549")
    source = PlanSource("p", "plan.gpkg", frame.crs, ("special_areas",), lambda _: frame)
    given = source.layer("special_areas")
    assert given["persons"].isna().tolist() == [True, False]
    assert given["contact_office"].isna().tolist() == [True, False]
