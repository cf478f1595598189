"""Sums that decide where something belongs, and ground that is reached from its line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric import blocks, corners, empty, upright
from census_gis.fabric.labels import LABEL
from census_gis.geometry.halfedges import START, TWIN
from census_gis.geometry.triangulation import triangulate

PLAIN = pytest.mark.parametrize("plain", [True, False])
VOTE = st.tuples(st.integers(0, 3), st.integers(0, 4), st.sampled_from([0.25, 0.5, 1.0, 2.0]))


def _run(kernel, plain, *given):
    return (kernel.py_func if plain else kernel)(*given)


@settings(max_examples=40, deadline=None)
@given(st.lists(VOTE, max_size=20))
def test_the_heaviest_label_wins_and_the_highest_of_equals(votes):
    item, label = (np.array([vote[k] for vote in votes], np.int64) for k in range(2))
    weight = np.array([vote[2] for vote in votes])
    best = blocks.heaviest(item, label, weight, 5)
    plain = np.full(5, -1, np.int64)
    order = np.lexsort((label, item))
    blocks._keep_heaviest.py_func(item, label, weight, order, plain)
    assert best.tolist() == plain.tolist()
    for i in range(5):
        total = {
            k: weight[(item == i) & (label == k)].sum() for k in set(label[item == i].tolist())
        }
        assert best[i] == max(total, key=lambda k: (total[k], k), default=-1)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 2)), min_size=1, max_size=15))
def test_a_footprint_is_at_home_where_most_of_it_lies(ground):
    owner, block = (np.array([row[k] for row in ground], np.int32) for k in range(2))
    area = np.ones(owner.size)
    home = blocks.home_blocks(owner, block, area, 4)
    mine = owner >= 0
    most = blocks.heaviest(
        owner[mine].astype(np.int64), block[mine].astype(np.int64), area[mine], 4
    )
    assert home.tolist() == most.tolist()
    several = blocks._only_blocks.py_func(owner, block, np.full(4, -1, np.int32))
    assert several.tolist() == [len(set(block[owner == b].tolist())) > 1 for b in range(4)]


@pytest.fixture
def net():
    """Two triangles between four far ones, a segment between them."""
    x, y = np.array([0, 900, 900, 0]), np.array([0, 0, 800, 800])
    return triangulate(x, y, np.array([0, 1, 2, 3, 0]), np.array([1, 2, 3, 0, 2]))


@PLAIN
def test_parts_are_what_their_seeds_reach(plain, net):
    tri, twin = net.half[START].reshape(-1, 3), net.half[TWIN]
    inner = np.flatnonzero((tri < 4).all(axis=1))
    assert inner.size == 2
    flags = (net.half[2] >= 0).astype(np.uint8)
    seeds = np.array([3 * inner[1], 3 * inner[0], 3 * inner[0] + 1])
    part, n = _run(blocks.flood, plain, twin, flags, seeds, 1)
    assert n == 2 and part[inner].tolist() == [1, 0]
    assert np.count_nonzero(part >= 0) == 2
    use = part >= 0
    piece, n = _run(blocks.connected_triangles, plain, twin, flags, use, 1)
    assert n == 2 and piece[inner].tolist() == [0, 1] and (piece[~use] == -1).all()
    flags[net.half[2] == 4] = 0
    assert _run(blocks.flood, plain, twin, flags, seeds, 1)[1] == 1
    assert _run(blocks.connected_triangles, plain, twin, flags, use, 1)[1] == 1


@PLAIN
def test_triangles_beside_a_line_are_those_inside_with_a_vertex_on_it(plain, net):
    tri = net.half[START]
    inside = (tri.reshape(-1, 3) < 4).all(axis=1)
    line = np.zeros(8, bool)
    assert _run(upright.triangles_beside, plain, tri, inside, line).shape == (0, 3)
    line[[1, 5]] = True
    beside = _run(upright.triangles_beside, plain, tri, inside, line)
    assert [sorted(three) for three in beside.tolist()] == [[0, 1, 2]]


@PLAIN
def test_corners_go_with_their_triangle_or_with_their_piece(plain):
    corner = np.array([7, 7, 7, 8, 8, 8], np.int32)
    _run(empty.relabel, plain, np.array([1, -1], np.int32), np.array([-1, 5]), corner)
    assert corner.tolist() == [5, 5, 5, 8, 8, 8]
    pieces = np.array([0, 0, 1, 1, 2, -1], np.int32)
    _run(empty.relabel, plain, pieces, np.array([3, -1, 4]), corner)
    assert corner.tolist() == [3, 3, 5, 8, 4, 8]


@PLAIN
def test_a_corner_is_its_footprint_what_it_sees_or_the_cell_of_its_face(plain):
    owner, face = np.array([2, -1, -1, -1], np.int32), np.array([-1, 0, 1, -1], np.int32)
    of_corner = np.array([-1] * 3 + [0, 1, 1] + [2] * 3 + [-1] * 3, np.int32)
    table = np.zeros((3, 3), np.int64)
    table[LABEL] = [4, 5, -1]
    seen = _run(corners._seen, plain, face, of_corner, table, 2)
    assert seen.tolist() == [True, False]
    cell = np.array([-1, 9, -1], np.int32)
    corner = _run(corners._by_sight, plain, (owner, face), cell, seen, of_corner, table)
    assert corner.tolist() == [2] * 3 + [4, 5, 5] + [9] * 3 + [-1] * 3
    _run(corners._to_nobody, plain, np.array([True, True, True, False]), corner, 10)
    assert corner.tolist() == [2] * 3 + [4, 5, 5] + [9] * 3 + [-1] * 3
    _run(corners._to_nobody, plain, np.ones(4, bool), corner, 10)
    assert corner.tolist()[-3:] == [10] * 3
