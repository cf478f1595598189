"""Half-edges of a triangulation: edge e = 3 t + k of triangle t leads from its corner k to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["edges_after", "edges_before", "find_edge", "next_edge", "pair_edges", "previous_edge"]


@njit(cache=True)
def next_edge(e: int) -> int:
    """The half-edge after e in its triangle."""
    return e - 2 if e % 3 == 2 else e + 1


@njit(cache=True)
def previous_edge(e: int) -> int:
    """The half-edge before e in its triangle."""
    return e + 2 if e % 3 == 0 else e - 1


@njit(cache=True)
def pair_edges(twin: NDArray[np.int32], a: int, b: int) -> None:
    """Make half-edges a and b each other's twin; b may be -1 for none."""
    twin[a] = b
    if b >= 0:
        twin[b] = a


def edges_after(e: NDArray[Any]) -> NDArray[Any]:
    """`next_edge` of many half-edges."""
    return np.where(e % 3 == 2, e - 2, e + 1)


def edges_before(e: NDArray[Any]) -> NDArray[Any]:
    """`previous_edge` of many half-edges."""
    return np.where(e % 3 == 0, e + 2, e - 1)


@njit(cache=True)
def find_edge(
    tri: NDArray[np.int32], twin: NDArray[np.int32], anchor: NDArray[np.int32], u: int, v: int
) -> int:
    """Half-edge from vertex u to vertex v, or -1; `anchor` holds one half-edge of each vertex."""
    first = anchor[u]
    e = first
    while True:
        if tri[next_edge(e)] == v:
            return e
        e = twin[previous_edge(e)]
        if e < 0:
            break
        if e == first:
            return -1
    # The hull was met: turn back the other way.
    e = twin[first]
    while e >= 0:
        e = next_edge(e)
        if tri[next_edge(e)] == v:
            return e
        e = twin[e]
    return -1
