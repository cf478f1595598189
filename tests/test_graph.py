"""Components are what can be reached, numbered from the first node on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from census_gis import graph


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 20), st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
@pytest.mark.parametrize("plain", [False, True])
def test_components_are_those_of_scipy(plain, n, pairs):
    a, b = (np.array([pair[k] % n for pair in pairs], np.int64) for k in (0, 1))
    count, which = (graph._numbered.py_func if plain else graph._numbered)(n, a, b)
    matrix = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    known, same = connected_components(matrix, directed=False)
    assert count == known
    assert which.dtype == np.int32
    assert (which == same).all()


def test_nothing_has_no_component():
    none = np.zeros(0, np.int64)
    count, which = graph.components(0, none, none)
    assert (count, len(which)) == (0, 0)


def test_an_edge_to_nowhere_is_refused():
    with pytest.raises(ValueError, match="outside 0"):
        graph.components(2, np.array([0]), np.array([2]))
