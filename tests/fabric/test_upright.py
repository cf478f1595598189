"""Triangles that tipped over when the district line went back to its place are set up again."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.mesh import build_mesh
from census_gis.fabric.upright import set_upright
from tests.fabric.nasty import district

TRI = np.array([[0, 1, 2]], np.int32)


def heights(x, y):
    return (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.0009, 0.0), st.floats(0.1, 0.9), st.floats(0, 6.3))
def test_a_fallen_triangle_stands_again_and_only_its_free_corner_moves(depth, along, angle):
    x, y = np.array([0.0, 10.0, 10 * along]), np.array([0.0, 0.0, depth])
    x, y = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    was = x.copy(), y.copy()
    set_upright(x, y, TRI, np.array([True, True, False]))
    assert heights(x, y) > 0
    assert (x[:2] == was[0][:2]).all() and (y[:2] == was[1][:2]).all()
    assert np.hypot(x - was[0], y - was[1]).max() < 0.001


def test_what_stands_stays_bit_for_bit():
    x, y = np.array([0.0, 10.0, 5.0]), np.array([0.0, 0.0, 1e-6])
    was = y.copy()
    set_upright(x, y, TRI, np.array([True, True, False]))
    assert (y == was).all()


def test_corners_of_the_district_line_never_move():
    x, y = np.array([0.0, 10.0, 5.0]), np.array([0.0, 0.0, -1e-4])
    set_upright(x, y, TRI, np.array([True, True, True]))
    assert y[2] == -1e-4


@pytest.mark.parametrize("seed", [5633, 8055, 9241])
def test_districts_whose_line_passes_a_hair_beside_a_wall_tile_exactly(seed):
    boundary, footprints, barriers, kinds = district(seed)
    cells = cell_polygons(build_mesh(boundary, footprints, barriers, kinds))
    cells = np.array([cell for cell in cells if cell is not None], object)
    assert shapely.is_valid(cells).all()
    assert shapely.coverage_is_valid(cells)
    assert abs(shapely.area(cells).sum() - boundary.area) < 1e-9 * boundary.area
