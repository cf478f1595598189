"""Edits by hand as a table: rows by their numbers in the file, shapes where the file has any."""

import geopandas as gpd
import pytest
from shapely import Point, box

from census_gis.errors import InputError
from census_gis.inputs import raw
from census_gis.inputs.edits import read_edits
from census_gis.inputs.layers import Ground
from census_gis.inputs.sources import Source
from tests.inputs.made import CRS

GROUND = Ground(gpd.GeoSeries([], crs=CRS).crs, 120.0)
SPOT = Point(500_000, 3_450_000).buffer(20)


def layer(folder, name, *shapes):
    """Edits in the order of these shapes, None for none."""
    frame = gpd.GeoDataFrame({"op": "合并", "reason": "r"}, index=range(len(shapes)),
                             geometry=gpd.GeoSeries(shapes, crs=CRS))  # fmt: skip
    frame.to_file(folder / name)
    return Source(folder / name)


def test_an_unknown_operation_is_named_by_its_row_in_the_file(tmp_path):
    path = tmp_path / "edits.csv"
    path.write_text("op,ea_code,who\nmerge,1,a\nlock,2,b\nmelt,3,b\n", encoding="utf-8")
    with pytest.raises(InputError, match="melt") as caught:
        read_edits(Source(path, where={"who": "b"}), ground=GROUND)
    assert caught.value.rows == (3,)


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson"])
def test_rows_with_and_without_a_shape(tmp_path, name):
    edits, _ = read_edits(layer(tmp_path, name, SPOT, None), ground=GROUND)
    assert edits["op"].tolist() == ["merge", "merge"]
    assert edits.geometry.isna().tolist() == [False, True]


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson"])
def test_no_shape_at_all_is_a_table(tmp_path, name):
    edits, _ = read_edits(layer(tmp_path, name, None, None), ground=GROUND)
    assert edits.geometry.isna().all()


def test_shapes_that_cannot_be_read_stop_and_are_not_left_out(tmp_path, monkeypatch):
    source = layer(tmp_path, "a.gpkg", box(500_000, 3_450_000, 500_010, 3_450_010), SPOT)
    monkeypatch.setattr(raw, "MOST_VERTICES", 5)
    with pytest.raises(InputError, match="vertices"):
        read_edits(source, ground=GROUND)
