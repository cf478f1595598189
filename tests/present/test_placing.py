"""Kernels that place words agree with shapely, compiled and as plain Python."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.present import placing
from census_gis.present.labels import outline_of
from census_gis.present.placing import Grids

corner = st.tuples(st.integers(0, 60), st.integers(0, 60))


def _shape(corners, hole):
    """A polygon of some corners, maybe with a hole."""
    hull = shapely.MultiPoint(corners).convex_hull
    return (
        shapely.difference(hull, shapely.box(*hole)) if hull.area > 0 else shapely.box(0, 0, 9, 9)
    )


@given(st.lists(corner, min_size=3, max_size=9), st.just((20, 20, 30, 33)))
@settings(max_examples=40, deadline=None)
def test_a_lattice_lies_in_a_shape_where_shapely_says_so(corners, hole):
    shape = _shape(corners, hole)
    x, y = np.arange(13) * 4.7 + 0.31, np.arange(13) * 4.3 + 0.17
    found = placing.lattice_inside(outline_of(shape), x, y)
    assert (found == shapely.contains_xy(shape, *np.meshgrid(x, y))).all()


@given(st.lists(corner, min_size=3, max_size=9), corner)
@settings(max_examples=40, deadline=None)
def test_a_box_lies_in_a_shape_where_shapely_says_so(corners, at):
    shape = _shape(corners, (20, 20, 30, 33))
    grids = Grids(np.zeros((300, 300), dtype=bool), np.zeros((300, 300), dtype=np.int32), 0.0, 0.0)
    x, y = at[0] + 5.13, at[1] + 4.37
    spots = np.array([(x, y)])
    holds = placing.contained_spot(grids, spots, (3.0, 2.0), outline_of(shape)) == 0
    assert holds == shapely.contains(shape, shapely.box(x - 3, y - 2, x + 3, y + 2))
    assert holds == placing.holds_spot(spots, (3.0, 2.0), outline_of(shape))


@pytest.mark.parametrize("plain", [False, True])
def test_what_is_taken_or_outside_is_not_free_and_owners_have_a_price(plain):
    def kernel(name):
        found = getattr(placing, name)
        return found.py_func if plain else found

    grids = Grids(np.zeros((40, 80), dtype=bool), np.zeros((40, 80), dtype=np.int32), 10.0, 20.0)
    grids.owner[4:8, 4:8], grids.owner[0, 0] = 3, -1
    kernel("take_box")(grids, (15.0, 22.0, 16.0, 23.0))
    assert grids.taken.sum() == 16
    assert not kernel("is_free")(grids, (15.5, 22.5, 17.0, 24.0))
    assert not kernel("is_free")(grids, (9.9, 22.5, 11.0, 24.0))
    assert kernel("cost")(grids, (10.0, 20.0, 12.0, 22.0), 0) == 18
    assert kernel("cost")(grids, (10.0, 20.0, 12.0, 22.0), 3) == 2
    boxes = np.array([(15.0, 22.0, 16.0, 23.0), (11.0, 21.0, 12.0, 22.0), (18.0, 22.0, 20.0, 24.0)])
    assert kernel("first_place")(grids, boxes, 0) == 2
    found, line = kernel("line_place")(
        grids, np.array([(10.0, 25.0), (30.0, 25.0)]), 6.0, 1.0, np.array([0.0])
    )
    assert found and line == (17.0, 25.0, 23.0, 25.0)
    assert grids.taken[20, 40]
