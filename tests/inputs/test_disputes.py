"""A register of disputes is read in the words of the office."""

import geopandas as gpd
import pytest
import shapely

from census_gis.errors import InputError
from census_gis.inputs.disputes import read_disputes
from census_gis.inputs.layers import Ground
from census_gis.inputs.sources import Source

CRS = "EPSG:4549"


def read(folder, rows):
    shapes = [shapely.LineString([(500_000 + 10 * n, 3_000_000 + x), (500_005, 3_000_000 + x + 1)])
              for n, x in enumerate(range(0, 100 * len(rows), 100))]  # fmt: skip
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)
    frame.to_file(folder / "d.gpkg", driver="GPKG")
    source = Source(folder / "d.gpkg")
    return read_disputes(source, ground=Ground(frame.crs, 117.0))


def test_states_are_read_in_both_languages(tmp_path):
    words = ["有争议", "协商中", "已确认", "OPEN", "settled"]
    rows = [
        {"dispute_id": f"D{n}", "state": word, "parties": "甲、乙"} for n, word in enumerate(words)
    ]
    table, _ = read(tmp_path, rows)
    assert table["state"].tolist() == ["open", "negotiating", "settled", "open", "settled"]


def test_without_a_state_a_dispute_is_open_and_that_is_said(tmp_path):
    table, cases = read(tmp_path, [{"dispute_id": "D1", "state": None, "parties": "甲"}])
    assert table["state"].tolist() == ["open"] and "D411" in {case["code"] for case in cases}


def test_an_unknown_state_names_the_nearest(tmp_path):
    with pytest.raises(InputError, match="nearest: negotiating"):
        read(tmp_path, [{"dispute_id": "D7", "state": "negotiation"}])


def test_disputes_without_a_number_are_numbered_from_the_north(tmp_path):
    rows = [{"dispute_id": None, "parties": "south"}, {"dispute_id": "D001", "parties": "x"},
            {"dispute_id": None, "parties": "north"}]  # fmt: skip
    table, _ = read(tmp_path, rows)
    assert dict(zip(table["parties"], table["dispute_id"], strict=True)) == {
        "x": "D001", "north": "D002", "south": "D003",
    }  # fmt: skip


def test_a_number_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="more than once"):
        read(tmp_path, [{"dispute_id": "D1"}, {"dispute_id": "D1"}])
