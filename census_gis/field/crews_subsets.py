"""All connected groups of a few EAs: each once, found on bit patterns."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "MOST_NODES",
    "bit_sums",
    "connected_subsets",
    "lowest",
    "members",
    "neighbour_bits",
    "pieces",
]

MOST_NODES = 62  # bits of a signed whole number that are safe to shift


def neighbour_bits(n: int, a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.int64]:
    """For each of at most 62 nodes the bits of its neighbours, from an edge list."""
    bits = np.zeros(n, dtype=np.int64)
    for left, right in zip(np.asarray(a).tolist(), np.asarray(b).tolist(), strict=True):
        bits[left] |= np.int64(1) << np.int64(right)
        bits[right] |= np.int64(1) << np.int64(left)
    return bits


def members(subsets: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    """Bit patterns as a table, one row a subset, one column a node."""
    return ((subsets[:, None] >> np.arange(n, dtype=np.int64)) & 1).astype(bool)


def connected_subsets(
    bits: NDArray[np.int64], sizes: tuple[int, int], *, most: int
) -> NDArray[np.int64]:
    """Bit patterns of all connected subsets of `sizes` (fewest, most) nodes, ascending; empty when above `most`.

    Each subset grows from its lowest node and only over neighbours nobody in it had before (Wernicke, 2006, ESU),
    so it is met once.

    Examples
    --------
    >>> chain = neighbour_bits(3, np.array([0, 1]), np.array([1, 2]))
    >>> connected_subsets(chain, (2, 2), most=10).tolist()
    [3, 6]
    """
    room = 1024
    while True:
        out = np.empty(min(room, most), dtype=np.int64)
        count = _grow(bits, sizes[0], sizes[1], out)
        if count <= len(out):
            return np.sort(out[:count])
        if len(out) >= most:
            return np.empty(0, dtype=np.int64)
        room *= 8


@njit(cache=True)
def bit_sums(subsets: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the values of the nodes of each subset."""
    out = np.zeros(len(subsets))
    for i in range(len(subsets)):
        rest, node = subsets[i], 0
        while rest:
            if rest & 1:
                out[i] += values[node]
            rest >>= 1
            node += 1
    return out


@njit(cache=True)
def pieces(subsets: NDArray[np.int64], bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of connected pieces of each subset, by the bits of each node's neighbours."""
    out = np.zeros(len(subsets), np.int64)
    for i in range(len(subsets)):
        rest = subsets[i]
        while rest:
            out[i] += 1
            front = rest & -rest
            while front:
                rest &= ~front
                reached = np.int64(0)
                while front:
                    node = lowest(front)
                    front &= front - 1
                    reached |= bits[node]
                front = reached & rest
    return out


@njit(cache=True)
def lowest(bits: int) -> int:
    """Number of the lowest bit set."""
    node = 0
    while not (bits >> node) & 1:
        node += 1
    return node


@njit(cache=True)
def _grow(bits: NDArray[np.int64], low: int, high: int, out: NDArray[np.int64]) -> int:
    """Write subsets to `out`; the number found, or one more than there is room for."""
    n, count = len(bits), 0
    one = np.int64(1)
    chosen = np.zeros(high + 1, np.int64)
    open_ = np.zeros(high + 1, np.int64)
    closed = np.zeros(high + 1, np.int64)
    for root in range(n):
        above = ~((one << np.int64(root + 1)) - one)
        chosen[1] = one << np.int64(root)
        open_[1] = bits[root] & above
        closed[1] = bits[root] | chosen[1]
        depth = 1
        if low <= 1:
            if count < len(out):
                out[count] = chosen[1]
            count += 1
        while depth > 0:
            if depth == high or open_[depth] == 0:
                depth -= 1
                continue
            node = lowest(open_[depth])
            bit = one << np.int64(node)
            open_[depth] &= ~bit
            chosen[depth + 1] = chosen[depth] | bit
            open_[depth + 1] = open_[depth] | (bits[node] & ~closed[depth] & above)
            closed[depth + 1] = closed[depth] | bits[node]
            depth += 1
            if depth >= low:
                if count < len(out):
                    out[count] = chosen[depth]
                count += 1
                if count > len(out):
                    return count
    return count
