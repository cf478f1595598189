"""Pieces of corners, and pieces that touch: by kernel, by hand and by a graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.blocks import (
    connected_corners,
    neighbour_corner,
    piece_counts,
    touching_pieces,
)
from census_gis.fabric.mesh import build_mesh
from census_gis.graph import components
from tests.fabric.nasty import district

# Two triangles with the common edge 1 | 3: half-edges 0-2 and 3-5.
TWIN = np.array([-1, 3, -1, 1, -1, -1], np.int32)


@pytest.mark.parametrize("kernel", [touching_pieces, touching_pieces.py_func])
@pytest.mark.parametrize(
    ("piece", "pairs"),
    [
        ([0, 0, 0, 0, 0, 0], set()),
        ([0, 0, 0, 1, 1, 1], {(0, 1)}),  # across the edge
        ([0, 1, 1, 1, 1, 1], {(0, 1)}),  # inside a triangle
        ([0, 0, 0, -1, -1, -1], set()),  # what lies outside touches nothing
        ([0, 1, 2, 2, 1, 3], {(0, 1), (1, 2), (0, 2), (1, 3), (2, 3)}),
    ],
)
def test_pieces_meet_across_edges_and_in_triangles(kernel, piece, pairs):
    met = kernel(TWIN, np.array(piece, np.int32))
    assert {tuple(sorted((int(m) >> 32, int(m) & 0xFFFFFFFF))) for m in met} == pairs


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9))
def test_pieces_of_corners_are_the_components_of_their_graph(seed, size):
    mesh = build_mesh(*district(seed))
    label = np.append(np.arange(mesh.n_cells) // size, -1).astype(np.int32)[mesh.cell]
    inner = np.flatnonzero(np.repeat(mesh.inside, 3))
    pairs = [
        (c, d) for c in inner for way in range(4)
        if (d := neighbour_corner.py_func(mesh.twin, c, way)) >= 0
        and mesh.inside[d // 3] and label[c] == label[d]
    ]  # fmt: skip
    a, b = np.array(pairs).T
    _, graph = components(len(label), a, b)
    piece, first = connected_corners(mesh.twin, label, mesh.inside)
    assert (piece[~np.repeat(mesh.inside, 3)] == -1).all()
    both = np.unique(np.stack([piece[inner], graph[inner]]), axis=1)
    assert both.shape[1] == len(first) == len(np.unique(graph[inner]))
    assert (np.unique(piece[inner], return_index=True)[1] == np.searchsorted(inner, first)).all()
    count = piece_counts(mesh.twin, label, mesh.inside, int(label.max()) + 1)
    assert (count == np.bincount(label[first], minlength=len(count))).all()


@pytest.mark.parametrize("plain", [False, True])
def test_two_houses_side_by_side_are_two_pieces(plain):
    count = piece_counts.py_func if plain else piece_counts
    inside = np.ones(2, np.bool_)
    assert count(TWIN, np.array([0, 1, 1, 1, 1, 0], np.int32), inside, 2).tolist() == [2, 1]
    assert count(TWIN, np.array([0, 0, 0, 0, 0, 0], np.int32), inside, 2).tolist() == [1, 0]
    assert count(
        TWIN, np.array([0, 0, 0, 0, 0, 0], np.int32), inside & [True, False], 2
    ).tolist() == [1, 0]
