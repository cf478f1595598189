"""Divided streets and roundabouts become one line; nothing else is touched."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString
from shapely.affinity import rotate

from census_gis.fabric import medians
from census_gis.fabric.medians import as_one_line
from census_gis.fabric.words import Words
from census_gis.model import LAND, ROAD


def roads(lines, words=None, names=None):
    n = len(lines)
    return gpd.GeoDataFrame(
        {"class": words or ["primary"] * n, "name": names or [None] * n}, geometry=list(lines)
    )


def one(lines, words=None, names=None):
    table = roads(lines, words, names)
    kinds = np.full(len(lines), ROAD, np.uint8)
    return as_one_line(np.asarray(table.geometry, dtype=object), kinds, *said(table))


def said(table):
    return Words.of(table, "class"), Words.of(table, "name")


def divided(gap=10.0):
    return [LineString([(0, 0), (200, 0)]), LineString([(200, gap), (0, gap)])]


def test_a_street_across_ends_at_both_carriageways():
    street = LineString([(100, -80), (100, 0), (100, 10), (100, 90)])
    got = one([*divided(), street], ["primary"] * 2 + ["residential"])
    assert shapely.length(got[2]) == pytest.approx(160, abs=0.5)
    assert not shapely.intersects(got[2], LineString([(0, 5), (200, 5)]))
    assert shapely.length(got[:2]) == pytest.approx([200, 200])


def test_where_two_divided_streets_cross_the_middle_is_free():
    other = [rotate(line, 90, origin=(100, 5)) for line in divided()]
    got = one([*divided(), *other], names=["A", "A", "B", "B"])
    middle = shapely.box(96, 1, 104, 9)
    assert not shapely.intersects(got, middle).any()
    assert shapely.length(got) == pytest.approx([190] * 4, abs=2.5)


@pytest.mark.parametrize(
    ("gap", "words", "names"),
    [
        (40.0, ["primary"] * 2, ["A", "A"]),  # too far apart
        (10.0, ["residential"] * 2, [None, None]),  # two streets nobody named
        (10.0, ["primary"] * 2, ["A", "B"]),
    ],
)
def test_two_streets_stay_two(gap, words, names):
    street = LineString([(100, -80), (100, 90)])
    got = one([*divided(gap), street], [*words, "residential"], [*names, None])
    assert got[2].equals(street)


def test_a_small_roundabout_gives_way_to_its_middle():
    ring = shapely.Point(0, 0).buffer(10).exterior
    arms = [LineString([(10, 0), (90, 0)]), LineString([(-10, 0), (-90, 0)])]
    got = one([ring, *arms], ["tertiary"] * 3)
    assert got[0].is_empty
    assert shapely.distance(got[1:], shapely.Point(0, 0)) == pytest.approx([0, 0], abs=0.1)
    large = one([shapely.Point(0, 0).buffer(30).exterior, *arms], ["tertiary"] * 3)
    assert large[0].length == pytest.approx(188, abs=1)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 6.28), st.floats(3.5, 20), st.permutations(range(3)))
def test_neither_order_nor_direction_matters(angle, gap, order):
    lines = [*divided(gap), LineString([(100, -80), (100, 90)])]
    lines = [rotate(line, angle, origin=(0, 0), use_radians=True) for line in lines]
    words = ["primary", "primary", "service"]
    got = one(lines, words)
    again = one([lines[i] for i in order], [words[i] for i in order])
    assert shapely.length(again) == pytest.approx(shapely.length(got[list(order)]), abs=1e-6)
    assert shapely.length(got[2]) == pytest.approx(170 - gap, abs=2)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(7)), st.sampled_from([5.0, 10.0, 24.0]))
def test_ties_between_lines_equally_near_do_not_depend_on_the_order_of_rows(order, gap):
    along = [LineString([(0, gap * k), (200, gap * k)]) for k in range(5)]
    across = [LineString([(x, -60), (x, 4 * gap + 60)]) for x in (60, 140)]
    lines = np.array([*along, *across], object)
    words = np.array(["primary"] * 5 + ["residential"] * 2, object)
    want, got = one(lines, list(words)), one(lines[order], list(words[order]))
    assert shapely.length(want[5:]).sum() < shapely.length(across).sum() - gap
    assert shapely.equals_exact(shapely.normalize(got), shapely.normalize(want[order])).all()


def test_what_is_no_road_stays():
    table = roads([*divided(), LineString([(100, -80), (100, 90)])])
    kinds = np.array([ROAD, ROAD, LAND], np.uint8)
    shapes = np.asarray(table.geometry, dtype=object)
    assert (as_one_line(shapes, kinds, *said(table)) == shapes)[2]


def test_the_kernel_as_plain_python_pairs_each_step_with_the_nearest_parallel(monkeypatch):
    lines = np.array(
        [LineString([(0, 0), (12, 0)]), LineString([(12, 8), (0, 8)]),
         LineString([(0, 4), (12, 4)]), LineString([(6, -9), (6, 30)])], object,
    )  # fmt: skip
    street = np.array([0, 0, 1, 0])  # the line between is another street, the last runs across
    compiled = medians._paired(lines, street)
    monkeypatch.setattr(medians, "feet_beside", medians.feet_beside.py_func)
    plain = medians._paired(lines, street)
    for got in (compiled, plain):
        assert got.other[got.line == 0].tolist() == [1, 1, 1]
        assert got.other[got.line == 1].tolist() == [0, 0, 0]
        assert (got.other[got.line >= 2] == -1).all()
        assert got.foot[got.line == 0].tolist() == [[0, 8], [6, 8], [12, 8]]
        assert (got.foot[got.line >= 2] == got.xy[got.line >= 2]).all()
