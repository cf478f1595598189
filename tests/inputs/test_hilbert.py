"""Neighbours stay neighbours, and no row depends on another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.inputs.hilbert import hilbert_key, hilbert_order

point = st.tuples(st.floats(-1e7, 4.6e7), st.floats(-1e7, 1e7))


def test_the_curve_visits_every_cell_of_a_square_once_stepping_by_one():
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(32.0), np.arange(32.0)))
    order = np.argsort(hilbert_key(x, y))
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert (steps == 1).all()
    assert len(set(hilbert_key(x, y))) == 32 * 32


@settings(max_examples=30, deadline=None)
@given(st.lists(point, min_size=1, max_size=30), st.randoms())
def test_the_order_of_places_does_not_depend_on_the_order_of_rows(points, random):
    ids = [f"b{i}" for i in range(len(points))]
    shuffled = list(zip(points, ids, strict=True))
    random.shuffle(shuffled)

    def ordered(pairs):
        x, y = np.array([p for p, _ in pairs]).T
        names = [name for _, name in pairs]
        return [names[i] for i in hilbert_order(x, y, names)]

    assert ordered(shuffled) == ordered(list(zip(points, ids, strict=True)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e9])
def test_a_coordinate_off_the_grid_is_refused(bad):
    with pytest.raises(ValueError, match="hilbert_key"):
        hilbert_key([0.0, bad], [0.0, 0.0])
