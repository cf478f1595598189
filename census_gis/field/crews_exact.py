"""The cheapest choice of groups that hold every EA once, by trying all that could be: depth first, cut short early.

The EA the fewest groups hold comes first, its groups by how much dearer they are than their EAs pay. A branch ends
where it cannot better the best answer, or where what is left falls into pieces that no groups of the sizes can fill.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.field.crews_subsets import bit_sums, lowest

__all__ = ["tried"]

MOST_STEPS = 500_000_000  # groups looked at: about three seconds
HALF = 0.5  # costs are whole numbers: what betters the best answer does so by one


def tried(
    subsets: NDArray[np.int64], dear: NDArray[np.float64], bits: NDArray[np.int64], n_groups: int
) -> tuple[NDArray[np.int64], bool]:
    """Rows of the groups of the least sum of `dear` that hold every node once, and whether all ways were tried.

    Parameters
    ----------
    subsets
        Connected groups as bit patterns, at least one.
    dear
        Reduced cost of each, not negative but for rounding; sums that differ do so by one at least.
    bits
        For each node the bits of its neighbours.
    n_groups
        Number of groups to choose, at least one.

    Returns
    -------
    rows, all_tried
        No rows where none was found: where all ways were tried there are none.
    """
    n = len(bits)
    held = np.array([((subsets >> np.int64(node)) & 1).sum() for node in range(n)])
    place = np.empty(n, dtype=np.int64)
    place[np.argsort(held, kind="stable")] = np.arange(n)
    groups, beside = _placed(subsets, place), np.empty(n, dtype=np.int64)
    beside[place] = _placed(bits, place)
    first = _first(groups)
    order = np.lexsort((dear, first))
    begin = np.searchsorted(first[order], np.arange(n + 1))
    size = bit_sums(subsets, np.ones(n))
    chosen = np.full(n_groups, -1, dtype=np.int64)
    steps = _try(
        (groups[order], begin, beside), dear[order], (int(size.min()), int(size.max())), MOST_STEPS, chosen
    )  # fmt: skip
    rows = order[chosen] if chosen[0] >= 0 else order[:0]
    return np.sort(rows), steps <= MOST_STEPS


@njit(cache=True)
def _placed(patterns: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bit patterns with every bit at its new place."""
    out = np.zeros(len(patterns), np.int64)
    for i in range(len(patterns)):
        rest = patterns[i]
        while rest:
            out[i] |= np.int64(1) << place[lowest(rest)]
            rest &= rest - 1
    return out


@njit(cache=True)
def _first(patterns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lowest node of each pattern."""
    out = np.empty(len(patterns), np.int64)
    for i in range(len(patterns)):
        out[i] = lowest(patterns[i])
    return out


@njit(cache=True)
def _try(
    groups: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    dear: NDArray[np.float64], sizes: tuple[int, int], most: int, best: NDArray[np.int64],
) -> int:  # fmt: skip
    """Write the best rows to `best`; the number of groups looked at, one more than `most` where that was too few.

    `groups` are the patterns by their lowest node, where those of each node begin, and each node's neighbours.
    """
    patterns, begin, bits = groups
    k, n = len(best), len(bits)
    at, end = np.zeros(k, np.int64), np.zeros(k, np.int64)
    rest, paid = np.zeros(k, np.int64), np.zeros(k)
    rest[0] = ((np.int64(1) << np.int64(n - 1)) - 1) * 2 + 1
    end[0] = begin[1]
    ceiling, steps, depth = np.inf, 0, 0
    while depth >= 0:
        row = at[depth]
        if row >= end[depth] or paid[depth] + dear[row] > ceiling - HALF:
            depth -= 1
            continue
        steps += 1
        if steps > most:
            break
        at[depth] = row + 1
        if patterns[row] & ~rest[depth]:
            continue
        left, more = rest[depth] & ~patterns[row], k - depth - 1
        if more == 0:
            if left == 0:
                ceiling = paid[depth] + dear[row]
                best[:] = at - 1
            continue
        if left == 0 or not _fits(left, bits, more, sizes):
            continue
        depth += 1
        node = lowest(left)
        rest[depth], paid[depth] = left, paid[depth - 1] + dear[row]
        at[depth], end[depth] = begin[node], begin[node + 1]
    return steps


@njit(cache=True)
def _fits(rest: int, bits: NDArray[np.int64], n_groups: int, sizes: tuple[int, int]) -> bool:
    """Whether the pieces of what is left could, by their numbers, be so many groups of the sizes."""
    least, most = 0, 0
    while rest:
        piece = front = rest & -rest
        count = 0
        while front:
            node = lowest(front)
            front &= front - 1
            count += 1
            new = bits[node] & rest & ~piece
            piece |= new
            front |= new
        rest &= ~piece
        fewest, many = -(-count // sizes[1]), count // sizes[0]
        if fewest > many:
            return False
        least += fewest
        most += many
    return least <= n_groups <= most
