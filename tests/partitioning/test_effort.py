"""Walking effort: the shortest network of ways, the same compiled and as plain Python."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from census_gis.partitioning.effort import (
    DETOUR,
    effort,
    shortest_trees,
    steps_between,
)
from tests.partitioning.towns import grid_edges


def _grid(seed, rows=5, columns=6):
    rng = np.random.default_rng(seed)
    edges = grid_edges(rows, columns)
    xy = rng.random((rows * columns, 2)) * 100
    return rng, edges, xy, steps_between(edges[:, 0], edges[:, 1], xy)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_trees_are_as_short_as_scipy_s(seed):
    rng, edges, xy, steps = _grid(seed)
    label = rng.integers(0, 3, len(xy)).astype(np.int32)
    everybody = np.ones(len(xy), bool)
    same = label[edges[:, 0]] == label[edges[:, 1]]
    metres = DETOUR * np.hypot(*(xy[edges[:, 0]] - xy[edges[:, 1]]).T)
    graph = coo_matrix((metres[same], tuple(edges[same].T)), shape=(len(xy), len(xy)))
    wanted = minimum_spanning_tree(graph).sum()
    assert np.isclose(effort(steps, label, everybody).sum(), wanted)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_plain_python_agrees_and_twigs_to_nobody_are_not_walked(seed):
    rng, _, xy, steps = _grid(seed, 3, 4)
    label = rng.integers(0, 2, len(xy)).astype(np.int32)
    lived = rng.random(len(xy)) < 0.5
    used = shortest_trees(steps, label, lived)
    assert (used == shortest_trees.py_func(steps, label, lived)).all()
    ends = np.concatenate([steps.a[used], steps.b[used]])
    degree = np.bincount(ends, minlength=len(xy))
    assert lived[degree == 1].all()


def test_a_row_of_houses_is_walked_end_to_end_and_an_empty_field_is_not():
    xy = np.array([[0, 0], [10, 0], [20, 0], [500, 0]], float)
    steps = steps_between(np.array([0, 1, 2]), np.array([1, 2, 3]), xy)
    lived = np.array([True, False, True, False])
    assert effort(steps, np.zeros(4, np.int32), lived).tolist() == [DETOUR * 20]


def test_a_barrier_is_crossed_only_where_there_is_no_other_way():
    xy = np.array([[0, 0], [1, 0], [0, 9], [1, 9]], float)
    a, b = np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3])
    steps = steps_between(a, b, xy, barred=np.array([True, False, False, False]))
    used = shortest_trees(steps, np.zeros(4, np.int32), np.ones(4, bool))
    assert used.tolist() == [False, True, True, True]
