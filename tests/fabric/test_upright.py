"""Triangles that tipped over when the district line went back to its place are set up again."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.mesh import build_mesh
from census_gis.fabric.upright import set_upright
from census_gis.model import OTHER
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


# A district of two triangles with houses drawn over and along its slanted line.
SLANTED = """MULTIPOLYGON (((0 0, -8.7924 -17.9637, -26.7561 -9.1713, 0 0)),
 ((-26.7561 -9.1713, -44.7198 -0.379, -53.5121 -18.3427, -26.7561 -9.1713)))"""
OVER_IT = [
    "POLYGON ((-13.4253 1.0039, -15.6706 2.1037, -16.7223 -5.7318, -13.4253 1.0039))",
    "POLYGON ((-20.0674 -6.8787, -21.1661 -9.1235, -18.9205 -10.2233, -17.8218 -7.9778, -20.0674 -6.8787))",
    "POLYGON ((-21.2136 -3.5342, -27.95 -0.2365, -29.0488 -2.4828, -21.2136 -3.5342))",
    "POLYGON ((-19.0153 0.9572, -21.2136 -3.5335, -14.4768 -6.8312, -12.2791 -2.3397, -19.0153 0.9572))",
]
ALONG_IT = """MULTILINESTRING ((-0.0004 0.0001, -8.7927 -17.9636, -26.7564 -9.1713, -0.0004 0.0001),
 (-26.7564 -9.1713, -44.7201 -0.3789, -53.5125 -18.3426, -26.7564 -9.1713))"""
# Houses as large as the district, the millimetres of their corners not its own.
RIGHT_ANGLED = "MULTIPOLYGON (((0 0, 0 20, 20 20, 0 0)), ((20 20, 40 20, 40 40, 20 20)))"
AS_LARGE = [
    "POLYGON ((39.9997 -19.9996, 40.0007 39.9991, -20.0008 39.9992, -19.9991 -19.9996, 39.9997 -19.9996))",
    "POLYGON ((59.9997 20.0009, 59.9999 39.9996, 19.9999 39.9992, 20.0002 20.0007, 59.9997 20.0009))",
]


@pytest.mark.parametrize(
    ("line", "houses", "along"),
    [(SLANTED, OVER_IT, [ALONG_IT]), (RIGHT_ANGLED, AS_LARGE, [])],
    ids=["along a slanted line", "beside a corner"],
)
def test_vertices_a_millimetre_apart_on_the_district_line_do_not_change_places(line, houses, along):
    barriers = np.array([shapely.from_wkt(one) for one in along], object)
    kinds = np.full(len(along), OTHER, np.uint8)
    mesh = build_mesh(shapely.from_wkt(line), shapely.from_wkt(houses), barriers, kinds)
    cells = np.array([cell for cell in cell_polygons(mesh) if cell is not None], object)
    assert shapely.is_valid(cells).all()
    assert shapely.coverage_is_valid(cells)
