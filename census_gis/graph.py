"""The walkable graph as arrays: compressed rows, both directions, edge ids kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Graph", "components"]


@dataclass(frozen=True)
class Graph:
    """Undirected graph in compressed rows.

    Attributes
    ----------
    start : int64, shape (n + 1,)
        Neighbours of node v are ``to[start[v]:start[v + 1]]``, ascending.
    to : int32, shape (2 m,)
    edge : int32, shape (2 m,)
        Row of the edge table behind each entry.
    """

    start: NDArray[np.int64]
    to: NDArray[np.int32]
    edge: NDArray[np.int32]

    @classmethod
    def of(cls, n: int, a: NDArray[np.integer], b: NDArray[np.integer]) -> Graph:
        """From an edge list a[i]-b[i] over nodes 0 .. n-1."""
        tail = np.concatenate([a, b]).astype(np.int64)
        head = np.concatenate([b, a]).astype(np.int64)
        ids = np.tile(np.arange(len(a), dtype=np.int32), 2)
        order = np.lexsort((head, tail))
        start = np.searchsorted(tail[order], np.arange(n + 1))
        return cls(start.astype(np.int64), head[order].astype(np.int32), ids[order])

    def __len__(self) -> int:
        return len(self.start) - 1


def components(
    n: int, a: NDArray[np.integer], b: NDArray[np.integer]
) -> tuple[int, NDArray[np.int32]]:
    """Number of connected components and the component of each node.

    Examples
    --------
    >>> components(3, np.array([0]), np.array([2]))[0]
    2
    """
    if len(a) and not 0 <= min(a.min(), b.min()) <= max(a.max(), b.max()) < n:
        raise ValueError(f"an edge leads to a node outside 0 .. {n - 1}.")
    return _numbered(n, np.asarray(a, np.int64), np.asarray(b, np.int64))


@njit(cache=True)
def _numbered(n: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> tuple[int, NDArray[np.int32]]:
    """`components`, numbered in the order of their first nodes."""
    root = np.arange(n, dtype=np.int32)
    for i in range(a.size):
        u, v = a[i], b[i]
        while root[u] != u:
            root[u] = root[root[u]]
            u = root[u]
        while root[v] != v:
            root[v] = root[root[v]]
            v = root[v]
        root[max(u, v)] = min(u, v)
    count = 0
    # A node hangs on an earlier one, which has its number already.
    for v in range(n):
        if root[v] == v:
            root[v] = count
            count += 1
        else:
            root[v] = root[root[v]]
    return count, root
