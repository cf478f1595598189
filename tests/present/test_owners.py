"""What is drawn on the map of owners is what shapely finds under the middle of each cell."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.present import owners

corner = st.tuples(st.floats(-15, 45), st.floats(-15, 45))
HIGH, WIDE = 24, 30
MIDDLES = np.meshgrid(np.arange(WIDE) + 0.5, np.arange(HIGH) + 0.5)


def _kernel(name, plain):
    found = getattr(owners, name)
    return found.py_func if plain else found


def _drawn(name, shapes, *more, plain=False):
    grid = np.zeros((HIGH, WIDE), dtype=np.int32)
    xy = shapely.get_coordinates(shapes)
    begin = np.append(0, np.cumsum(shapely.get_num_coordinates(shapes)))
    _kernel(name, plain)(grid, xy, begin, *more)
    return grid


def _far_from(line, grid):
    """Cells whose middle is not on a line, but for rounding."""
    return shapely.distance(line, shapely.points(*MIDDLES)) > 1e-6


@pytest.mark.parametrize("plain", [False, True])
@given(corners=st.lists(corner, min_size=3, max_size=8))
@settings(max_examples=20, deadline=None)
def test_a_cell_is_of_the_ring_its_middle_lies_in(plain, corners):
    ring = shapely.MultiPoint(corners).convex_hull
    if ring.area == 0:
        ring = shapely.box(1, 1, 4, 5)
    star = shapely.Polygon([(3, 3), (12, 20), (20, 2), (2, 14), (24, 13)])  # crosses itself
    grid = _drawn("fill_rings", [ring.exterior, star.exterior], plain=plain)
    even_odd = shapely.make_valid(star)
    there = shapely.contains_xy(even_odd, *MIDDLES)
    sure = _far_from(ring.exterior, grid) & _far_from(star.exterior, grid)
    assert (grid[there & sure] == 2).all()
    under = shapely.contains_xy(ring, *MIDDLES) & ~there & sure
    assert (grid[under] == 1).all()
    assert not grid[~under & ~there & sure].any()


@pytest.mark.parametrize("plain", [False, True])
@given(corners=st.lists(corner, min_size=2, max_size=6, unique=True))
@settings(max_examples=20, deadline=None)
def test_a_line_covers_all_within_half_its_pen_and_nothing_far(plain, corners):
    line = shapely.LineString(corners)
    half = 2.0
    grid = _drawn("draw_lines", [line], (half, -1), plain=plain)
    far = shapely.distance(line, shapely.points(*MIDDLES))
    # Square ends reach farther by the diagonal; corners nearer than half a cell are passed over.
    assert (grid[far < half - 0.5 - 1e-6] == -1).all()
    assert not grid[far > half * 2**0.5 + 0.5 + 1e-6].any()


def test_nothing_is_drawn_of_what_lies_outside():
    away = [shapely.box(40, 2, 60, 9).exterior, shapely.box(2, -20, 9, -3).exterior]
    assert not _drawn("fill_rings", away).any()
    assert not _drawn("draw_lines", away, (2.0, -1)).any()
