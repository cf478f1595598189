"""Every building at a district line is listed, once for each pair, with shares that add up."""

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas.border_buildings import border_buildings
from census_gis.tables import conform

CRS = "EPSG:4549"


def ground(*boxes):
    rows = [{"district_code": f"{i:03d}", "name": f"第{i}村", "persons": 0, "ea_count": 1, "state": "draft",
             "geometry": shapely.multipolygons([shapely.box(*box)])} for i, box in enumerate(boxes, start=1)]  # fmt: skip
    return conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), "districts")


def plan(districts, buildings, outside=()):
    rows = [{"part_id": f"{key}-{n}", "building_id": key, "ea_code": f"{home}001", "district_code": home, "unit": n,
             "persons": 10, "name": "", "geometry": shapely.multipolygons([box])}
            for key, home, box, parts in buildings for n in range(parts)]  # fmt: skip
    columns = [
        "part_id",
        "building_id",
        "ea_code",
        "district_code",
        "unit",
        "persons",
        "name",
        "geometry",
    ]
    free = [{"source": "buildings", "building_id": key, "geometry": shapely.multipolygons([box])} for key, box in outside]  # fmt: skip
    return {
        "districts": districts,
        "dwelling_parts": conform(gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=CRS),
                                  "dwelling_parts"),
        "outside_buildings": conform(gpd.GeoDataFrame(
            pd.DataFrame(free, columns=["source", "building_id", "geometry"]), geometry="geometry", crs=CRS),
            "outside_buildings"),
    }  # fmt: skip


TWO = ground((0, 0, 100, 100), (100, 0, 200, 100))


def square(x, y, size=10):
    return shapely.box(x, y, x + size, y + size)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(40, 150), min_size=1, max_size=12))
def test_listed_are_exactly_those_within_two_metres(lefts):
    buildings = [(f"b{n}", "001" if x + 5 <= 100 else "002", square(x, 8 * n), 1)
                 for n, x in enumerate(lefts) if 8 * n < 80]  # fmt: skip
    listed = border_buildings(plan(TWO, buildings))
    expected = {
        key for key, _, box, _ in buildings if box.bounds[0] - 2 <= 100 <= box.bounds[2] + 2
    }
    assert set(listed["building_id"]) == expected and listed["building_id"].is_unique
    shares = listed[["share_left", "share_right", "share_outside"]].sum(axis=1)
    assert ((shares - 100).abs() < 0.2).all()
    across = {key for key, _, box, _ in buildings if box.bounds[0] < 100 < box.bounds[2]}
    assert set(listed.loc[listed["across"], "building_id"]) == across


def test_a_building_across_a_line_says_where_it_lies_and_to_whom_it_was_given():
    row = border_buildings(plan(TWO, [("b", "001", square(93, 40), 2)])).iloc[0]
    assert (row["left"], row["right"], row["given_to"]) == ("001", "002", "001")
    assert (row["share_left"], row["share_right"], row["persons"]) == (70.0, 30.0, 20)
    assert row["ea_codes"] == "001001" and row["across"]


def test_at_a_corner_of_three_a_building_stands_under_each_pair_of_its_own():
    three = ground((0, 0, 100, 100), (100, 0, 200, 100), (0, 100, 200, 200))
    listed = border_buildings(plan(three, [("b", "001", square(94, 93), 1)]))
    assert list(zip(listed["left"], listed["right"], strict=True)) == [
        ("001", "002"),
        ("001", "003"),
    ]


def test_the_outer_line_comes_last_and_only_what_crosses_it_is_listed():
    buildings = [
        ("in", "001", square(1, 40), 1),
        ("over", "001", square(-4, 60), 1),
        ("b", "001", square(95, 20), 1),
    ]
    listed = border_buildings(plan(TWO, buildings))
    assert listed[["building_id", "right"]].to_numpy().tolist() == [["b", "002"], ["over", ""]]
    assert listed["share_outside"].tolist() == [0.0, 40.0]


def test_a_building_in_no_district_is_listed_under_the_line_it_is_near():
    apart = ground((0, 0, 100, 100), (103, 0, 200, 100))
    outside = [("gap", square(101, 40, 1)), ("far", square(500, 0)), ("edge", square(40, 101))]
    listed = border_buildings(plan(apart, [], outside)).set_index("building_id")
    assert set(listed.index) == {"gap", "edge"}
    assert listed.loc["gap", ["left", "right", "given_to"]].tolist() == ["001", "002", ""]
    assert listed.loc["edge", "right"] == "" and pd.isna(listed.loc["edge", "persons"])


def test_one_district_or_no_building_makes_an_empty_list():
    assert border_buildings(plan(ground((0, 0, 9, 9)), [])).empty
    assert border_buildings(plan(TWO, [("b", "001", square(50, 50), 1)])).empty
