"""What is near is found, and what cannot be seen is not."""

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from census_gis import tables
from census_gis.areas.beside import NEAR_M, close, features, nearest, visible

CRS = "EPSG:32650"


def _around(*lines):
    return features(np.array([line for line, _ in lines], object), np.array([c for _, c in lines]))


def _barriers(*rows):
    frame = gpd.GeoDataFrame(
        [{"source": "roads", "class": "", "tunnel": False, "hold": None, **row} for row in rows],
        geometry="geometry", crs=CRS,
    )  # fmt: skip
    return tables.conform(frame, "BARRIERS", CRS)


def _near(x, y, around):
    _, code, away = close(np.array([[x, y]], float), around)
    return dict(zip(code.tolist(), away.tolist(), strict=True))


def test_what_is_within_five_metres_is_near():
    around = _around((LineString([(0, 0), (100, 0)]), 7), (LineString([(0, 4), (100, 4)]), 9))
    assert _near(50, 0, around) == {7: 0.0, 9: 4.0}
    assert _near(50, -4.5, around) == {7: 4.5}
    assert _near(50, 20, around) == {}


def test_nothing_around_and_no_place():
    around = _around((LineString([(0, 0), (100, 0)]), 7))
    none = features(np.empty(0, object), np.empty(0, np.int64))
    assert _near(0, 0, none) == {}
    assert [len(each) for each in close(np.empty((0, 2)), around)] == [0, 0, 0]


def test_tunnels_plans_points_and_what_must_not_be_followed_are_not_seen():
    line = LineString([(10, 10), (90, 10)])
    barriers = _barriers(
        {"geometry": line},
        {"geometry": line, "tunnel": True},
        {"geometry": line, "class": "proposed"},
        {"geometry": line, "hold": "never"},
        {"geometry": shapely.Point(10, 10)},
        {"geometry": line},
    )
    seen = visible(barriers, np.array([5, 1, 2, 3, 4, 0]))
    assert seen.code.tolist() == [5]


def test_of_an_area_only_the_outline_is_seen():
    seen = visible(_barriers({"geometry": box(20, 20, 80, 80)}), np.array([3]))
    assert _near(50, 21, seen) == {3: 1.0}
    assert _near(50, 50, seen) == {}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_everything_near_is_found_at_its_distance(seed):
    rng = np.random.default_rng(seed)
    spot = rng.uniform(0, 40, (12, 2))
    lines = shapely.linestrings(rng.uniform(0, 40, (5, 3, 2)))
    around = features(lines, np.array([4, 8, 8, 2, 6]))
    row, code, away = close(spot, around)
    found = sorted(zip(row.tolist(), code.tolist(), np.round(away, 9).tolist(), strict=True))
    every = [
        (i, int(c), round(shapely.Point(p).distance(line), 9))
        for i, p in enumerate(spot)
        for line, c in zip(lines, around.code, strict=True)
    ]
    assert found == sorted(one for one in every if one[2] <= NEAR_M)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_pairs_of_long_and_short_features_are_those_of_every_pair_looked_at(seed):
    """Across many squares, with features that have no length, stand upright or lie far outside."""
    rng = np.random.default_rng(seed)
    spot = rng.uniform(-300, 300, (60, 2))
    ends = rng.uniform(-400, 400, (20, 4))
    ends[0, 2:], ends[1, 2] = ends[0, :2], ends[1, 0]
    ends[2] = [*(spot[0] + [0, NEAR_M]), *(spot[0] + [50, NEAR_M])]
    around = features(shapely.linestrings(ends.reshape(-1, 2, 2)), np.arange(20))
    row, code, away = close(spot, around)
    apart = shapely.distance(
        shapely.points(spot)[:, None], shapely.linestrings(ends.reshape(-1, 2, 2))[None]
    )
    assert set(zip(row.tolist(), code.tolist(), strict=True)) == {
        (int(i), int(c)) for i, c in np.argwhere(apart <= NEAR_M)
    }
    assert np.allclose(away, apart[row, code])


def test_the_search_is_the_same_in_plain_python():
    squares = (np.array([0, 1, 2, 2, 3]), 0.0, 0.0, 16.0, 2, 2)
    spot = np.array([[3.0, 3.0], [20.0, 4.0], [30.0, 30.0]])
    ends = np.array([[0.0, 0.0, 40.0, 0.0], [40.0, 0.0, 40.0, 40.0], [25.0, 25.0, 33.0, 33.0]])
    given = (spot, squares, ends, np.array([0, 2, 3]), NEAR_M)
    for one, other in zip(nearest(*given), nearest.py_func(*given), strict=True):
        assert one.tolist() == other.tolist()
    assert nearest(*given)[0].tolist() == [0, 1, 2]
