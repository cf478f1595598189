"""Pairs of segments that may split each other are all looked at, and close vertices are all joined."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.geometry import grid, pairs, vertices

PLAIN = pytest.mark.parametrize("plain", [True, False])
NEAR = st.integers(-300, 300)  # so that ends fall near other segments often
FAR = st.integers(-60_000, 60_000)
SPOT = st.one_of(st.tuples(NEAR, NEAR), st.tuples(FAR, FAR))
LINES = st.lists(st.tuples(SPOT, SPOT).filter(lambda s: s[0] != s[1]), min_size=2, max_size=7)
TOLERANCE = 50


def _run(kernel, plain, *given):
    return (kernel.py_func if plain else kernel)(*given)


def _tables(lines):
    """Vertices and segments as the kernels read them, and segments whose upper end comes last."""
    ends = np.array(lines, np.int64).reshape(-1, 4)
    n = len(ends)
    x, y = np.r_[ends[:, 0], ends[:, 2]], np.r_[ends[:, 1], ends[:, 3]]
    a, b = np.arange(n), np.arange(n) + n
    point = np.stack([x, y, np.zeros(2 * n, np.int64)], axis=1).T
    line = np.stack([a, b, np.zeros(n, np.int64), np.ones(n, np.int64)], axis=1).T
    return x, y, a, b, point, line


@settings(max_examples=40, deadline=None)
@given(LINES, st.sampled_from([0, 1, 12, TOLERANCE]))
def test_the_quick_look_misses_no_split(lines, reach):
    _, _, a, _, point, line = _tables(lines)
    upward = grid._upward(point[0], point[1], line[0], line[1])
    box = np.empty((6, a.size), np.int32)
    pairs._boxes.py_func(upward, np.arange(a.size, dtype=np.int32), 0, a.size, box)
    out = np.empty((5, 8), np.int64)
    for i in range(a.size):
        for j in range(i + 1, a.size):
            if pairs._split_pair(point, line, (i, j), reach, out, 0):
                assert pairs._meet.py_func(box, i, j, max(reach, pairs.ON_LINE_MM))


@PLAIN
@settings(max_examples=40, deadline=None)
@given(lines=LINES, data=st.data())
def test_all_splits_of_wanted_segments_are_found_through_the_cells(plain, lines, data):
    x, y, a, b, point, line = _tables(lines)
    wanted = np.array(data.draw(st.lists(st.booleans(), min_size=a.size, max_size=a.size)))
    line[pairs.DIRTY] = wanted
    chosen = grid.make_grid(x, y, TOLERANCE)
    upward = _run(grid._upward, plain, x, y, a, b)
    cells = (*_run(grid._fill, plain, chosen, upward, wanted), upward)
    found, single = np.empty((5, 4_000), np.int64), np.empty((5, 8), np.int64)
    n = _run(pairs.split_pairs, plain, point, line, cells, TOLERANCE, found)
    expected = set()
    for i in range(a.size):
        for j in range(i + 1, a.size):
            if wanted[i] or wanted[j]:
                k = _run(pairs._split_pair, plain, point, line, (i, j), TOLERANCE, single, 0)
                expected |= {tuple(split) for split in single[:2, :k].T.tolist()}
    assert {tuple(split) for split in found[:2, :n].T.tolist()} == expected


@PLAIN
@settings(max_examples=40, deadline=None)
@given(spots=st.lists(st.tuples(*[st.integers(-130, 130)] * 2), min_size=1, max_size=25, unique=True),
       data=st.data())  # fmt: skip
def test_a_vertex_joins_the_nearest_earlier_one_that_stands_for_itself(plain, spots, data):
    x, y = np.array(spots, np.int64).T.copy()
    held = np.array(data.draw(st.lists(st.booleans(), min_size=x.size, max_size=x.size)))
    slot = np.full(64, -1, np.int32)
    joined = _run(vertices._join, plain, x, y, held, TOLERANCE, slot)
    stands = []
    for i in range(x.size):
        away = [((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2, j) for j in stands]
        near = min(away, default=(np.inf, -1))
        if not held[i] and near[0] <= TOLERANCE**2:
            assert joined[i] == near[1]
        else:
            assert joined[i] == i
            stands.append(i)
