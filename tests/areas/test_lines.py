"""EA lines are the borders of the EAs, each once, and say truly what they follow."""

from collections import Counter

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from census_gis import tables
from census_gis.areas.codes import number
from census_gis.areas.lines import ea_lines
from census_gis.areas.outline import outline
from census_gis.areas.seam import seam
from tests.areas.towns import CRS, plan

seeds = st.integers(0, 14)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_lines_cover_every_border_exactly_once(seed):
    made = number(plan(seed))
    lines, areas = ea_lines(made), outline(made)
    twice = lines["length_m"].where(lines["follows"] == "district", 2 * lines["length_m"]).sum()
    assert twice == pytest.approx(areas.geometry.length.sum(), abs=1e-6)
    for code, shape in zip(areas["ea_code"], areas.geometry, strict=True):
        mine = lines[(lines["left_ea"] == code) | (lines["right_ea"] == code)]
        assert shapely.union_all(mine.geometry).equals(shapely.normalize(shape.boundary))


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_the_area_named_on_the_left_lies_on_the_left(seed):
    made = number(plan(seed))
    shape_of = outline(made).set_index("ea_code").geometry
    for row in ea_lines(made).itertuples():
        a, b = shapely.get_coordinates(row.geometry)[:2]
        way = (b - a) / max(((b - a) ** 2).sum() ** 0.5, 1e-9)
        left = shapely.Point((a + b) / 2 + 1e-3 * way[::-1] * [-1, 1])
        assert shape_of[row.left_ea].contains(left)
        assert row.right_ea is None or not shape_of[row.right_ea].contains(left)


def _right(row, barriers):
    """Length [m] of a line on which what it says is right: what it names within 5 m, nothing seen where it says none.

    A line that follows nothing ends on what others follow: the 5 m before such an end are no fault.
    """
    if row.follows == "none":
        seen = barriers.union_all()
        ends = shapely.get_parts(shapely.boundary(row.geometry))
        met = shapely.union_all(shapely.buffer(ends[shapely.distance(ends, seen) < 1], 5))
        return row.geometry.difference(seen.buffer(5).difference(met)).length
    rows = barriers[barriers["source"] == {"road": "roads", "water": "waterways"}[row.follows]]
    if row.feature_name:
        rows = rows[rows["name"] == row.feature_name]
    return row.geometry.intersection(rows.buffer(5).union_all()).length


def test_what_a_line_says_is_right_for_95_percent_of_the_length_of_all_lines():
    right, length = Counter(), Counter()
    for seed in range(15):
        made = number(plan(seed))
        barriers = made.fabric.district.barriers
        for row in ea_lines(made).itertuples():
            if row.follows != "district":
                right[row.follows] += _right(row, barriers)
                length[row.follows] += row.length_m
    assert set(length) == {"road", "water", "none"}
    assert {word for word in length if right[word] < 0.95 * length[word]} == set()


def test_lines_between_houses_follow_nothing_and_have_no_name():
    lines = ea_lines(number(plan(1)))
    assert lines.loc[lines["follows"] == "none", "feature_name"].isna().all()
    assert set(lines["follows"]) <= {"road", "water", "none", "district"}


def _line(district, code, *points, name=None):
    shape = LineString(points)
    return {"left_ea": district + code, "right_ea": None, "follows": "district", "feature_name": name,
            "length_m": shape.length, "district_code": district, "geometry": shape}  # fmt: skip


def _two_districts():
    """A west of x = 100, B east of it; each has two EAs, and neither's vertices are the other's."""
    rows = [
        _line("A", "001", (0, 0), (100, 0), (100, 30)),
        _line("A", "002", (100, 30), (100, 55), (100, 100), (0, 100), (0, 0)),
        _line("B", "001", (100.01, 70), (100, 10), (100, 0), (200, 0), (200, 70)),
        _line("B", "002", (200, 70), (200, 100), (100, 100), (100.01, 70)),
    ]
    return tables.conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), "ea_lines")


def test_a_seam_names_the_neighbour_and_splits_where_it_changes():
    found = seam(_two_districts())
    pairs = found.dropna(subset=["right_ea"]).set_index(["left_ea", "right_ea"])["length_m"]
    expected = {("A001", "B001"): 30, ("A002", "B001"): 40, ("A002", "B002"): 30,
                ("B001", "A001"): 30, ("B001", "A002"): 40, ("B002", "A002"): 30}  # fmt: skip
    assert pairs.round(1).to_dict() == expected
    assert found["length_m"].sum() == pytest.approx(_two_districts()["length_m"].sum())


def test_a_seam_does_not_depend_on_row_order_and_repeats():
    once = seam(_two_districts())
    again = seam(_two_districts().iloc[::-1].reset_index(drop=True))
    assert once.equals(again)
    assert seam(once).equals(once)


def test_districts_that_only_cross_are_no_neighbours():
    rows = [_line("A", "001", (0, 0), (100, 0)), _line("B", "001", (50, -50), (50, 50))]
    lines = tables.conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), "ea_lines")
    assert seam(lines)["right_ea"].isna().all()
