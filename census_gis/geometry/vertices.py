"""Vertices on the millimetre grid: each one once, and close ones joined."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["KEY", "join_close", "one_vertex_each"]

# x * KEY + y is one integer for every vertex: coordinates stay below 2**30.
KEY = np.int64(1 << 31)


def one_vertex_each(
    x: NDArray[np.int64], y: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Vertices without repetition, first come first kept, and the new row of every old one."""
    key = (x - x.min()) * KEY + (y - y.min())
    order = np.argsort(key, kind="stable")
    new = np.ones(key.size, bool)
    np.not_equal(key[order[1:]], key[order[:-1]], out=new[1:])
    first = order[new]
    in_order = np.argsort(first, kind="stable")
    rank = np.empty(first.size, np.int64)
    rank[in_order] = np.arange(first.size)
    row = np.empty(key.size, np.int64)
    row[order] = rank[np.cumsum(new) - 1]
    kept = first[in_order]
    return x[kept], y[kept], row


def join_close(
    x: NDArray[np.int64], y: NDArray[np.int64], held: NDArray[np.bool_], tolerance: int
) -> NDArray[np.int64]:
    """Vertex that stands for each vertex: the nearest earlier one within the tolerance [mm], or itself.

    Held vertices always stand for themselves.
    """
    size = 1 << int(np.ceil(np.log2(x.size * 2 + 16)))
    return _join(x, y, held, tolerance, np.zeros(size, np.int64), np.full(size, -1, np.int64))


@njit(cache=True)
def _join(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    held: NDArray[np.bool_],
    tolerance: int,
    key: NDArray[np.int64],
    slot: NDArray[np.int64],
) -> NDArray[np.int64]:
    """`join_close` with an open hash table of boxes, `key` and `slot`, its size a power of two."""
    mask = key.size - 1
    joined = np.arange(x.size)
    for i in range(x.size):
        cx, cy = x[i] // tolerance, y[i] // tolerance
        best, least = -1, tolerance * tolerance + 1
        if not held[i]:
            for box in range(9):
                k = (cx + box // 3 - 1) * 73856093 ^ (cy + box % 3 - 1) * 19349663
                h = k & mask
                while slot[h] >= 0:
                    if key[h] == k:
                        j = slot[h]
                        away = (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2
                        if away < least:
                            least, best = away, j
                    h = (h + 1) & mask
        if best >= 0:
            joined[i] = best
            continue
        k = cx * 73856093 ^ cy * 19349663
        h = k & mask
        while slot[h] >= 0:
            h = (h + 1) & mask
        key[h], slot[h] = k, i
    return joined
