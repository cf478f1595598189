"""Half-edges of a triangulation: edge e = 3 t + k of triangle t leads from its corner k to the next.

Kernels hold them in one table with a column for each and the rows START (vertex where it starts), TWIN
(its opposite half-edge, -1 on the hull) and LINE (the segment that lies on it, -1 for none). A table and
no tuple of arrays: numba would count references to every array of the tuple in every loop, and its cache
would name our classes, which a later version may not have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "LINE",
    "START",
    "TWIN",
    "edges_after",
    "find_edge",
    "next_edge",
    "pair_edges",
    "previous_edge",
]

START, TWIN, LINE = 0, 1, 2


@njit(cache=True, inline="always")
def next_edge(e: int) -> int:
    """The half-edge after e in its triangle."""
    return e - 2 if e % 3 == 2 else e + 1


@njit(cache=True, inline="always")
def previous_edge(e: int) -> int:
    """The half-edge before e in its triangle."""
    return e + 2 if e % 3 == 0 else e - 1


@njit(cache=True)
def pair_edges(half: NDArray[np.int32], a: int, b: int) -> None:
    """Make half-edges a and b each other's twin; b may be -1 for none."""
    half[TWIN, a] = b
    if b >= 0:
        half[TWIN, b] = a


def edges_after(e: NDArray[Any]) -> NDArray[Any]:
    """`next_edge` of many half-edges."""
    return np.where(e % 3 == 2, e - 2, e + 1)


@njit(cache=True)
def find_edge(half: NDArray[np.int32], anchor: NDArray[np.int32], u: int, v: int) -> int:
    """Half-edge from vertex u to vertex v, or -1; `anchor` holds one half-edge of each vertex."""
    first = anchor[u]
    e = first
    while True:
        if half[START, next_edge(e)] == v:
            return e
        e = half[TWIN, previous_edge(e)]
        if e < 0:
            break
        if e == first:
            return -1
    # The hull was met: turn back the other way.
    e = half[TWIN, first]
    while e >= 0:
        e = next_edge(e)
        if half[START, next_edge(e)] == v:
            return e
        e = half[TWIN, e]
    return -1
