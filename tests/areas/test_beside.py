"""A stroke says what at least half of it runs beside, and nothing else."""

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from census_gis import tables
from census_gis.areas.beside import NEAR_M, Visible, beside, visible

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


def _said(tail, head, around):
    return beside(np.array([tail], float), np.array([head], float), around).tolist()


def test_a_stroke_along_a_path_follows_it_and_one_across_does_not():
    around = _around((LineString([(0, 0), (100, 0)]), 7))
    assert _said((10, 4), (90, 4), around) == [7]
    assert _said((10, 6), (90, 6), around) == [0]
    assert _said((50, -40), (50, 40), around) == [0]


def test_of_two_features_the_nearest_is_said():
    around = _around((LineString([(0, 3), (100, 3)]), 2), (LineString([(0, -1), (100, -1)]), 9))
    assert _said((10, 0), (90, 0), around) == [9]


def test_of_two_features_the_longer_is_said():
    around = _around((LineString([(0, 3), (100, 3)]), 2), (LineString([(0, 0), (60, 0)]), 9))
    assert _said((0, 0), (100, 0), around) == [2]


def test_nothing_around_and_no_stroke():
    around = _around((LineString([(0, 0), (100, 0)]), 7))
    none = Visible(np.empty(0, object), np.empty(0, np.int64))
    assert _said((0, 0), (9, 0), none) == [0]
    assert len(beside(np.empty((0, 2)), np.empty((0, 2)), around)) == 0


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
    assert _said((20, 20), (80, 20), seen) == [3]
    assert _said((30, 50), (70, 50), seen) == [0]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_half_of_what_is_said_to_follow_is_near_and_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    ends = rng.uniform(0, 100, (12, 2, 2))
    lines = shapely.linestrings(rng.uniform(0, 100, (5, 3, 2)))
    code = np.array([4, 8, 8, 2, 6])
    said = beside(ends[:, 0], ends[:, 1], Visible(lines, code))
    back = beside(ends[:, 1], ends[:, 0], Visible(lines[::-1], code[::-1]))
    assert (said == back).all()
    for stroke, what in zip(shapely.linestrings(ends), said, strict=True):
        if what:
            near = shapely.buffer(shapely.union_all(lines[code == what]), NEAR_M)
            common = shapely.get_parts(stroke.intersection(near))
            # Looked at in steps, the length of each stretch is known to a step.
            assert shapely.length(common).sum() >= 0.5 * stroke.length - 4.0 * max(len(common), 1)
