"""What is near is found, and what cannot be seen is not."""

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from census_gis import tables
from census_gis.areas.beside import NEAR_M, Visible, close, visible

CRS = "EPSG:32650"
DISTRICT = box(0, 0, 200, 200)


def _around(*lines):
    return Visible(np.array([line for line, _ in lines], object), np.array([c for _, c in lines]))


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
    none = Visible(np.empty(0, object), np.empty(0, np.int64))
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
        {"geometry": LineString([(900, 900), (990, 900)])},
        {"geometry": line},
    )
    seen = visible(barriers, np.array([5, 1, 2, 3, 4, 6, 0]), DISTRICT)
    assert seen.code.tolist() == [5]


def test_of_an_area_only_the_outline_is_seen():
    seen = visible(_barriers({"geometry": box(20, 20, 80, 80)}), np.array([3]), DISTRICT)
    assert _near(50, 21, seen) == {3: 1.0}
    assert _near(50, 50, seen) == {}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_everything_near_is_found_at_its_distance(seed):
    rng = np.random.default_rng(seed)
    spot = rng.uniform(0, 40, (12, 2))
    around = Visible(shapely.linestrings(rng.uniform(0, 40, (5, 3, 2))), np.array([4, 8, 8, 2, 6]))
    row, code, away = close(spot, around)
    found = sorted(zip(row.tolist(), code.tolist(), np.round(away, 9).tolist(), strict=True))
    every = [
        (i, int(c), round(shapely.Point(p).distance(line), 9))
        for i, p in enumerate(spot)
        for line, c in zip(around.shape, around.code, strict=True)
    ]
    assert found == sorted(one for one in every if one[2] <= NEAR_M)
