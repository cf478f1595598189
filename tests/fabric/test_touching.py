"""Pieces that touch, by kernel and by hand."""

import numpy as np
import pytest

from census_gis.fabric.blocks import touching_pieces

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
