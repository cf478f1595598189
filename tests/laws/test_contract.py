"""What a plan holds, as section 4 of the contract says it; written out here, not taken from the program."""

import sqlite3
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from census_gis.runner.recheck import recheck

LAYERS = {
    "districts": "district_code name persons persons_given persons_away households ea_count state",
    "enumeration_areas": "ea_code district_code serial name kind persons persons_low persons_high "
    "persons_away households buildings area_m2 walk_m minutes enumerator supervisor remark",
    "dwelling_parts": "part_id building_id ea_code district_code building_number number_label unit "
    "floor_lo floor_hi doors floors dwellings persons persons_away households use name address",
    "ea_lines": "left_ea right_ea follows feature_name length_m",
    "context_lines": "source class name",
    "context_areas": "source class name",
    "context_points": "source class name",
    "outside_buildings": "source class name",
    "units": "level code name",
    "settings": "key value unit source",
    "ea_descriptions": "ea_code text_zh text_en",
    "staff": "staff_id role",
    "assignments": "ea_code staff_id minutes",
    "crews": "supervisor ea_codes minutes",
    "findings": "code severity layer row_key message fix",
    "retired_codes": "ea_code retired_on successor",
    "audit_log": "seq time actor operation parameters before after reason hash",
}
SHAPES = {
    "districts": "MultiPolygon", "enumeration_areas": "MultiPolygon", "dwelling_parts": "MultiPolygon",
    "ea_lines": "MultiLineString", "crews": "MultiPolygon", "outside_buildings": "MultiPolygon",
}  # fmt: skip
ORDER = {
    "districts": "district_code", "enumeration_areas": "ea_code", "dwelling_parts": "ea_code",
    "assignments": "ea_code", "ea_descriptions": "ea_code", "staff": "staff_id", "crews": "supervisor",
    "settings": "key",
}  # fmt: skip
FOLLOWS = {"road", "rail", "water", "landuse", "compound", "grid", "barrier", "district", "none"}


@pytest.fixture(scope="module")
def plan(as_given) -> dict[str, gpd.GeoDataFrame]:
    path = as_given / "plan.gpkg"
    return {name: pyogrio.read_dataframe(path, layer=name) for name in LAYERS}


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_have_their_columns(as_given, layer):
    uri = f"file:{as_given / 'plan.gpkg'}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        there = {row[1] for row in connection.execute(f"PRAGMA table_info('{layer}')")}
    assert set(LAYERS[layer].split()) <= there


@pytest.mark.parametrize("layer", SHAPES)
def test_layers_have_their_shapes(as_given, layer):
    info = pyogrio.read_info(as_given / "plan.gpkg", layer=layer)
    assert info["geometry_type"] == SHAPES[layer]
    assert info["crs"] == "EPSG:4549"


@pytest.mark.parametrize("layer", ORDER)
def test_rows_are_ordered_by_code(plan, layer):
    assert len(plan[layer]) > 0
    assert plan[layer][ORDER[layer]].is_monotonic_increasing


def test_the_file_is_closed_styled_and_alone(as_given):
    names = {path.name for path in as_given.iterdir()}
    assert {"plan.gpkg", "run.json"} <= names
    assert not [
        name for name in names if name.endswith(("-wal", "-journal", "-shm", "writing.gpkg"))
    ]
    uri = f"file:{as_given / 'plan.gpkg'}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        styled = {row[0] for row in connection.execute("SELECT f_table_name FROM layer_styles")}
    assert {"districts", "enumeration_areas", "dwelling_parts", "ea_lines"} <= styled


@pytest.mark.parametrize("what", ["persons", "persons_away", "households"])
def test_counts_are_equal_at_every_level(plan, what):
    areas, parts = plan["enumeration_areas"], plan["dwelling_parts"]
    by_part = parts.groupby("ea_code")[what].sum()
    assert by_part.to_dict() == areas.set_index("ea_code")[what].to_dict()
    by_area = areas.groupby("district_code")[what].sum()
    assert by_area.to_dict() == plan["districts"].set_index("district_code")[what].to_dict()


def test_ground_areas_tile_their_district(plan):
    areas = plan["enumeration_areas"]
    assert areas.geometry.is_valid.all()
    for code, land in plan["districts"].set_index("district_code").geometry.items():
        mine = areas[(areas["district_code"] == code) & (areas["kind"] == "ground")].geometry
        union = shapely.union_all(mine.to_numpy())
        assert shapely.area(shapely.symmetric_difference(union, land)) < 0.5
        assert abs(mine.area.sum() - union.area) < 0.5
        assert shapely.coverage_is_valid(mine.to_numpy())


def test_serials_run_without_holes_and_make_the_code(plan):
    areas = plan["enumeration_areas"]
    assert (areas["ea_code"] == areas["district_code"] + areas["serial"]).all()
    for _, mine in areas.groupby("district_code"):
        assert mine["serial"].tolist() == [f"{n:03d}" for n in range(1, len(mine) + 1)]
    assert plan["districts"]["ea_count"].tolist() == areas.groupby("district_code").size().tolist()


def test_every_line_is_told_from_both_sides_of_a_district_line(plan):
    lines = plan["ea_lines"]
    assert set(lines["follows"]) <= FOLLOWS
    known = set(plan["enumeration_areas"]["ea_code"])
    assert set(lines["left_ea"]) <= known and set(lines["right_ea"].dropna()) <= known
    across = lines[lines["right_ea"].notna() & (lines["follows"] == "district")]
    length = across.groupby(["left_ea", "right_ea"])["length_m"].sum()
    assert len(length) > 1
    assert length.index.map(lambda pair: pair[0][:12] != pair[1][:12]).all()
    back = length.swaplevel().rename_axis(["left_ea", "right_ea"])
    pd.testing.assert_series_equal(length.sort_index(), back.sort_index(), rtol=0, atol=0.05)


def test_everybody_assigned_is_listed_and_leads_a_crew_of_known_areas(plan):
    areas, staff = plan["enumeration_areas"], set(plan["staff"]["staff_id"])
    assert set(areas["enumerator"]) | set(areas["supervisor"]) <= staff
    assert plan["assignments"]["staff_id"].tolist() == areas["enumerator"].tolist()
    crews = plan["crews"].set_index("supervisor")
    led = areas.groupby("supervisor")["ea_code"].agg(lambda codes: " ".join(sorted(codes)))
    assert crews.loc[led.index, "ea_codes"].tolist() == led.tolist()
    assert crews.geometry.area.sum() == pytest.approx(plan["districts"].area.sum(), abs=1)


def test_a_second_audit_finds_no_broken_law(as_given):
    again = recheck(as_given / "plan.gpkg")
    assert again.exit_code == 0, again.found["message_en"].tolist()
    assert again.areas >= 8
