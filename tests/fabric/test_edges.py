"""Noded lines as edges: each once, in an order of their own, and found again in the triangulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric import edges
from census_gis.geometry.halfedges import LINE, START, TWIN, edges_after
from census_gis.geometry.triangulation import triangulate
from census_gis.model import DISTRICT, FOOT, LAND, RAIL, ROAD

PLAIN = pytest.mark.parametrize("plain", [True, False])
VERTICES = 7
SEGMENT = st.tuples(
    st.integers(0, VERTICES - 1), st.integers(0, VERTICES - 1),
    st.sampled_from([DISTRICT, FOOT, ROAD, RAIL, LAND]), st.integers(0, 3),
).filter(lambda segment: segment[0] != segment[1])  # fmt: skip


def _run(kernel, plain, *given):
    return (kernel.py_func if plain else kernel)(*given)


@PLAIN
@settings(max_examples=40, deadline=None)
@given(segments=st.lists(SEGMENT, min_size=1, max_size=20))
def test_every_edge_comes_once_with_all_kinds_and_its_first_barrier(plain, segments):
    a, b, kind, feature = np.array(segments, np.int64).T.copy()
    ends, row, kinds, barrier = _run(
        edges._unique_edges, plain, a, b, kind.astype(np.uint8), feature, VERTICES
    )
    wanted = sorted({(min(s[:2]), max(s[:2])) for s in segments})
    assert [(min(e), max(e)) for e in ends.T.tolist()] == wanted
    for i, pair in enumerate(wanted):
        of = [s for s in segments if {*s[:2]} == {*pair}]
        assert tuple(ends[:, i]) == of[0][:2]  # as the first of them runs
        assert kinds[i] == np.bitwise_or.reduce([s[2] for s in of])
        barriers = sorted((s[2], s[3]) for s in of if s[2] not in (DISTRICT, FOOT))
        assert barrier[i] == (barriers[0][1] if barriers else -1)
    assert [wanted[i] for i in row] == [(min(s[:2]), max(s[:2])) for s in segments]


@PLAIN
@settings(max_examples=40, deadline=None)
@given(
    spots=st.lists(st.tuples(*[st.integers(-200_000, 200_000)] * 2), min_size=2, max_size=12),
    data=st.data(),
)
def test_vertices_in_use_are_numbered_column_by_column(plain, spots, data):
    x, y = np.array(spots, np.int64).T.copy()
    row = st.integers(0, x.size - 1)
    a, b = np.array(data.draw(st.lists(st.tuples(row, row), min_size=1, max_size=9))).T.copy()
    kept, u, v = _run(edges._by_columns, plain, x, y, a, b)
    used = np.unique(np.r_[a, b])
    wide = edges.COLUMN_MM
    assert kept.tolist() == used[np.lexsort((y[used] // wide, x[used] // wide))].tolist()
    assert kept[u].tolist() == a.tolist() and kept[v].tolist() == b.tolist()


@PLAIN
def test_segments_find_their_half_edge_whichever_way_they_run(plain):
    x, y = np.array([0, 900, 900, 0]), np.array([0, 0, 800, 800])
    a, b = np.array([0, 1, 2, 2]), np.array([1, 2, 0, 1])
    kind = np.array([DISTRICT, ROAD, FOOT, RAIL], np.uint8)
    ends, row, kinds, barrier = edges._unique_edges(a, b, kind, np.arange(4), 4)
    half = triangulate(x, y, *ends).half
    flags, feature, segment = _run(edges._on_edges, plain, half, a, row, kinds, barrier)
    assert half[START, segment].tolist() == a.tolist()
    assert half[START, edges_after(segment)].tolist() == b.tolist()
    assert flags[segment].tolist() == [DISTRICT, ROAD | RAIL, FOOT, ROAD | RAIL]
    assert feature[segment].tolist() == [-1, 1, -1, 1]
    assert (flags[half[LINE] < 0] == 0).all() and (feature[half[LINE] < 0] == -1).all()


@PLAIN
def test_a_line_run_both_ways_bounds_nothing(plain):
    net = triangulate(np.array([0, 900, 0]), np.array([0, 0, 800]), np.array([0]), np.array([1]))
    there = int(np.flatnonzero(net.half[LINE] == 0)[0])
    back = int(net.half[TWIN, there])
    twin = net.half[TWIN]
    line, nothing = _run(edges._sides, plain, twin, np.array([there]))
    assert (line.tolist(), nothing.tolist()) == ([there], [])
    line, nothing = _run(edges._sides, plain, twin, np.array([there, back]))
    assert (line.tolist(), nothing.tolist()) == ([], sorted([there, back]))
    line, nothing = _run(edges._sides, plain, twin, np.array([there, back, back]))
    assert (line.tolist(), nothing.tolist()) == ([back], [])
