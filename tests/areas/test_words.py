"""Lines say what they run along: as few metres wrong as words of some length allow."""

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from census_gis import tables
from census_gis.areas.beside import features
from census_gis.areas.words import Strokes, codes_of, fewest_wrong, said, vocabulary
from census_gis.model import LAND, ROAD

CRS = "EPSG:32650"
WIDE = np.array(
    [False, True, True, True, True, False, True, True, True, True]
)  # 5 is an edge of land


def _around(*lines):
    return features(np.array([line for line, _ in lines], object), np.array([c for _, c in lines]))


def _strokes(*points, ground=None, whole=False):
    """One arc over points; every stroke is one piece of what it is drawn on."""
    xy = np.array(points, float)
    n = len(xy) - 1
    metres = np.hypot(*np.diff(xy, axis=0).T)
    code = np.zeros(n, np.int64) if ground is None else np.array(ground)
    return Strokes(xy[:-1], xy[1:], np.zeros(n, np.int64), np.full(n, whole), np.arange(n + 1), metres, code)  # fmt: skip


def _told(strokes, around):
    """Where along the arc which words begin [m]."""
    stroke, begin, code = said(strokes, around, WIDE)
    length = np.hypot(*(strokes.head - strokes.tail).T)
    at = np.append(0, np.cumsum(length))[stroke] + begin * length[stroke]
    fresh = np.append(True, code[1:] != code[:-1])
    return list(zip(np.round(at[fresh]).astype(int).tolist(), code[fresh].tolist(), strict=True))


def test_a_stroke_along_a_path_says_it_and_one_across_does_not():
    around = _around((LineString([(0, 0), (100, 0)]), 7))
    assert _told(_strokes((10, 4), (90, 4)), around) == [(0, 7)]
    assert _told(_strokes((10, 6), (90, 6)), around) == [(0, 0)]
    assert _told(_strokes((50, -40), (50, 40)), around) == [(0, 0)]
    assert _told(_strokes((50, 0), (50, 40)), around) == [(0, 0)]


def test_a_stroke_that_leaves_a_path_half_way_is_parted_there():
    around = _around((LineString([(0, 0), (40, 0)]), 7))
    assert _told(_strokes((0, 0), (100, 0)), around) == [(0, 7), (44, 0)]


def test_a_district_line_is_not_parted_between_its_points():
    around = _around((LineString([(0, 0), (60, 0)]), 7))
    assert _told(_strokes((0, 0), (100, 0), whole=True), around) == [(0, 7)]


def test_a_street_ends_where_its_edge_ends():
    around = _around((LineString([(0, 0), (40, 0)]), 7))
    on_street = _strokes((0, 0), (40, 0), (40, 50), ground=[7, 0])
    assert _told(on_street, around) == [(0, 7), (40, 0)]


def test_an_edge_of_land_is_said_where_it_is_near_and_a_street_in_its_middle_too():
    none = features(np.empty(0, object), np.empty(0, np.int64))
    assert _told(_strokes((0, 0), (100, 0), ground=[7]), none) == [(0, 7)]
    assert _told(_strokes((0, 0), (100, 0), ground=[5]), none) == [(0, 0)]
    edge = _around((LineString([(0, 0), (100, 0)]), 5))
    assert _told(_strokes((0, 0), (100, 0), ground=[5]), edge) == [(0, 5)]
    assert _told(_strokes((0, 8), (100, 8), ground=[5]), edge) == [(0, 0)]


def test_of_two_features_the_nearest_is_said():
    around = _around((LineString([(0, 3), (100, 3)]), 2), (LineString([(0, -1), (100, -1)]), 9))
    assert _told(_strokes((10, 0), (90, 0)), around) == [(0, 9)]


def test_of_two_features_the_longer_is_said():
    around = _around((LineString([(0, 3), (100, 3)]), 2), (LineString([(0, 0), (60, 0)]), 9))
    assert _told(_strokes((0, 0), (100, 0)), around) == [(0, 2)]


def test_nothing_around_and_no_stroke():
    none = features(np.empty(0, object), np.empty(0, np.int64))
    assert _told(_strokes((0, 0), (9, 0)), none) == [(0, 0)]
    assert [len(each) for each in said(_strokes((0, 0)), none, WIDE)] == [0, 0, 0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_every_stroke_begins_a_stretch_and_rows_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    strokes = _strokes(*rng.uniform(0, 60, (8, 2)), ground=rng.integers(0, 3, 7))
    lines = shapely.linestrings(rng.uniform(0, 60, (5, 3, 2)))
    code = np.array([4, 8, 8, 2, 6])
    stroke, begin, what = said(strokes, features(lines, code), WIDE)
    assert (stroke[begin == 0] == np.arange(7)).all()
    assert (np.diff(stroke + begin) > 0).all()
    again = said(strokes, features(lines[::-1], code[::-1]), WIDE)
    assert all((a == b).all() for a, b in zip((stroke, begin, what), again, strict=True))


def _random_steps(rng):
    """Steps of two arcs with what is near each of them."""
    n = int(rng.integers(2, 7))
    near = [np.unique(rng.integers(1, 4, rng.integers(0, 3))) for _ in range(n)]
    ptr = np.append(0, np.cumsum([len(each) for each in near]))
    code = np.concatenate(near).astype(np.int64)
    ground = np.array([rng.choice(np.append(each, 0)) for each in near], dtype=np.int64)
    return np.array([0, n // 2, n]), rng.uniform(1, 9, n), ground, (ptr, code, rng.uniform(0, 0.2, code.size))  # fmt: skip


def _weight(codes, metres, ground, near, change):
    """What calling steps by these codes weighs, counted one by one."""
    ptr, code, share = near
    total = 0.0
    for i, what in enumerate(codes):
        here = dict(zip(code[ptr[i] : ptr[i + 1]], share[ptr[i] : ptr[i + 1]], strict=True))
        total += metres[i] * (here.get(what, 1.0) if here or what else 0.0)
        if i and codes[i - 1] != what:
            at_edge = (
                codes[i - 1] == ground[i - 1] and what == ground[i] and 0 in ground[i - 1 : i + 1]
            )
            total += change[1] if at_edge else change[0]
    return total


@pytest.mark.parametrize("kernel", [fewest_wrong, fewest_wrong.py_func])
def test_no_other_words_weigh_less(kernel):
    change = (6.0, 1.5)
    for seed in range(25):
        first, metres, ground, near = _random_steps(np.random.default_rng(seed))
        found = kernel(first, metres, ground, near, change)
        for lo, hi in itertools.pairwise(first):
            ptr, code, share = near
            part = (ptr[lo : hi + 1] - ptr[lo], code[ptr[lo] : ptr[hi]], share[ptr[lo] : ptr[hi]])
            args = (metres[lo:hi], ground[lo:hi], part, change)
            best = min(_weight(w, *args) for w in itertools.product(range(4), repeat=hi - lo))
            assert _weight(found[lo:hi].tolist(), *args) == pytest.approx(best)


def test_rows_of_one_kind_and_name_share_a_code_whatever_their_order():
    line = LineString([(0, 0), (9, 0)])
    rows = [
        {"source": source, "name": name, "class": "", "tunnel": False, "geometry": line}
        for source, name in (("roads", "A"), ("waterways", None), ("roads", "A"), ("links", "B"))
    ]
    frame = tables.conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS), "BARRIERS", CRS)
    words, back = vocabulary(frame), vocabulary(frame.iloc[::-1])
    assert words.rows.tolist() == back.rows.tolist()[::-1]
    assert words.rows[0] == words.rows[2] > 0
    assert [words.follows[c] for c in words.rows] == ["road", "water", "road", "none"]
    assert [words.names[c] for c in words.rows] == ["A", None, "A", None]
    flags, feature = np.array([ROAD, LAND, 0], np.uint8), np.array([0, -1, -1], np.int32)
    assert [words.follows[c] for c in codes_of(flags, feature, words)] == [
        "road",
        "landuse",
        "none",
    ]
