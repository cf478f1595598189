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
    row = np.empty(x.size, np.int64)
    slot = np.full(_table_size(x.size), -1, np.int32)
    kept = np.empty(x.size, np.int64)
    n = _number(x, y, slot, kept, row)
    return x[kept[:n]], y[kept[:n]], row


def _table_size(n: int) -> int:
    """Size of an open hash table for n entries, a power of two and at most half full."""
    return 1 << int(np.ceil(np.log2(2 * n + 16)))


@njit(cache=True)
def _hash(x: int, y: int, size: int) -> int:
    """Where to begin in a table of a power of two."""
    h = x * 73856093 ^ y * 19349663
    return (h ^ (h >> 15)) & (size - 1)


@njit(cache=True)
def _number(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    slot: NDArray[np.int32],
    kept: NDArray[np.int64],
    row: NDArray[np.int64],
) -> int:
    """Number the different vertices in the order they come; returns how many there are."""
    n = 0
    for i in range(x.size):
        h = _hash(x[i], y[i], slot.size)
        while slot[h] >= 0 and (x[kept[slot[h]]] != x[i] or y[kept[slot[h]]] != y[i]):
            h = (h + 1) & (slot.size - 1)
        if slot[h] < 0:
            slot[h] = n
            kept[n] = i
            n += 1
        row[i] = slot[h]
    return n


def join_close(
    x: NDArray[np.int64], y: NDArray[np.int64], held: NDArray[np.bool_], tolerance: int
) -> NDArray[np.int64]:
    """Vertex that stands for each vertex: the nearest earlier one within the tolerance [mm], or itself.

    Held vertices always stand for themselves.
    """
    slot = np.full(_table_size(x.size), -1, np.int32)
    return _join(x, y, held, tolerance, slot)


@njit(cache=True)
def _join(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    held: NDArray[np.bool_],
    tolerance: int,
    slot: NDArray[np.int32],
) -> NDArray[np.int64]:
    """`join_close` with an open hash table of the vertices that stand for themselves, by boxes.

    Boxes are two tolerances wide: whatever is near a vertex lies in its own or in those beside it on the
    side of the box that it is nearer to.
    """
    wide = 2 * tolerance
    joined = np.arange(x.size)
    for i in range(x.size):
        cx, cy = x[i] // wide, y[i] // wide
        best, least = -1, tolerance * tolerance + 1
        if not held[i]:
            sx = 1 if x[i] - cx * wide >= tolerance else -1
            sy = 1 if y[i] - cy * wide >= tolerance else -1
            for box in range(4):
                h = _hash(cx + (box >> 1) * sx, cy + (box & 1) * sy, slot.size)
                while slot[h] >= 0:
                    j = slot[h]
                    away = (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2
                    # Of equals the earlier, whichever box was looked at first.
                    if away < least or (away == least and j < best):
                        least, best = away, j
                    h = (h + 1) & (slot.size - 1)
        if best >= 0:
            joined[i] = best
            continue
        h = _hash(cx, cy, slot.size)
        while slot[h] >= 0:
            h = (h + 1) & (slot.size - 1)
        slot[h] = i
    return joined
