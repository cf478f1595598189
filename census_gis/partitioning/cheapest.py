"""The cheapest exact cover of a few dozen nodes by listed groups, by branch and bound over bit sets.

Prices of the nodes (Lagrange) bound what the nodes still open must cost, so most branches end at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["MOST_BITS", "search"]

# Nodes of a cover: bits of a word, less the sign.
MOST_BITS = 62
# Steps of the price search and the share of the gap of each.
PRICE_STEPS = 200
STEP = 1.5
ROUNDING = 1e-6


class Board(NamedTuple):
    """Groups by their first node, the cheapest first.

    `mask` their nodes as bits; `rest` value less the prices of their nodes [dm]; `order` their numbers as given;
    `begin` (n + 1,): where those of each first node begin; `least` (n + 1,): the lowest `rest` of a first node or later.
    """

    mask: NDArray[np.int64]
    rest: NDArray[np.float64]
    order: NDArray[np.int64]
    begin: NDArray[np.int64]
    least: NDArray[np.float64]


@njit(cache=True)
def _masks(start: NDArray[np.int64], member: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each group as a set of bits."""
    mask = np.zeros(len(start) - 1, np.int64)
    for g in range(len(mask)):
        for i in range(start[g], start[g + 1]):
            mask[g] |= np.int64(1) << member[i]
    return mask


@njit(cache=True)
def _prices(
    value: NDArray[np.float64],
    start: NDArray[np.int64],
    member: NDArray[np.int64],
    n: int,
    count: int,
) -> tuple[NDArray[np.float64], float]:
    """Prices of the nodes with the best bound met, and that bound on any cover by `count` groups."""
    price = np.zeros(n)
    kept, bound = price.copy(), -np.inf
    scale = STEP
    for step in range(PRICE_STEPS):
        rest = value.copy()
        for g in range(len(value)):
            for i in range(start[g], start[g + 1]):
                rest[g] -= price[member[i]]
        chosen = (
            np.argsort(rest)[:count] if len(rest) <= count else np.argpartition(rest, count)[:count]
        )
        now = price.sum()
        times = np.zeros(n)
        for g in chosen:
            now += rest[g]
            for i in range(start[g], start[g + 1]):
                times[member[i]] += 1.0
        if now > bound:
            bound = now
            kept = price.copy()
        elif step % 20 == 19:
            scale /= 2
        slope = 1.0 - times
        norm = (slope * slope).sum()
        if norm == 0:
            break
        price += scale * max(1.0, abs(now) * 0.05) * slope / norm
    return kept, bound


@njit(cache=True)
def _board(
    value: NDArray[np.float64],
    price: NDArray[np.float64],
    start: NDArray[np.int64],
    member: NDArray[np.int64],
) -> Board:
    """Groups by their first node, the cheapest first."""
    n = len(price)
    mask = _masks(start, member)
    rest = value.copy()
    first = np.empty(len(value), np.int64)
    for g in range(len(value)):
        first[g] = n
        for i in range(start[g], start[g + 1]):
            rest[g] -= price[member[i]]
            first[g] = min(first[g], member[i])
    order = np.argsort(rest, kind="mergesort")
    order = order[np.argsort(first[order], kind="mergesort")]
    begin = np.searchsorted(first[order], np.arange(n + 1))
    rest = rest[order]
    least = np.full(n + 1, np.inf)
    for v in range(n - 1, -1, -1):
        least[v] = least[v + 1]
        if begin[v] < begin[v + 1]:
            least[v] = min(least[v], rest[begin[v]])
    return Board(mask[order], rest, order, begin, least)


@njit(cache=True)
def _lowest_open(covered: int) -> int:
    """The lowest bit that is not set."""
    v = 0
    while covered >> np.int64(v) & 1:
        v += 1
    return v


@njit(cache=True)
def _branches(
    board: Board, total: float, count: int, limit: int
) -> tuple[NDArray[np.int64], float, bool]:
    """The cheapest choice, its value, and whether the search came to its end; `total`: the prices of all nodes."""
    n = len(board.least) - 1
    full = (np.int64(1) << np.int64(n)) - 1
    best, chosen = np.inf, np.zeros(0, np.int64)
    pick, node = np.zeros(count, np.int64), np.zeros(count, np.int64)
    covered = np.zeros(count + 1, np.int64)
    spent = np.zeros(count + 1)
    depth, looked = 0, 0
    pick[0] = board.begin[0]
    while depth >= 0:
        looked += 1
        if looked > limit:
            return chosen, best, False
        g = pick[depth]
        left = count - depth - 1
        at_end = g >= board.begin[node[depth] + 1]
        if not at_end:
            ahead = left * board.least[node[depth] + 1] if left else 0.0
            at_end = total + spent[depth] + board.rest[g] + ahead >= best - ROUNDING
        if at_end:
            depth -= 1
            if depth >= 0:
                pick[depth] += 1
            continue
        if board.mask[g] & covered[depth]:
            pick[depth] += 1
            continue
        now = covered[depth] | board.mask[g]
        if left == 0 or now == full:
            if now == full and left == 0:
                best = total + spent[depth] + board.rest[g]
                chosen = board.order[pick].copy()
            pick[depth] += 1
            continue
        v = _lowest_open(now)
        covered[depth + 1] = now
        spent[depth + 1] = spent[depth] + board.rest[g]
        depth += 1
        node[depth] = v
        pick[depth] = board.begin[v]
    return chosen, best, True


@njit(cache=True)
def search(
    value: NDArray[np.float64],
    start: NDArray[np.int64],
    member: NDArray[np.int64],
    n: int,
    count: int,
    limit: int,
) -> tuple[NDArray[np.int64], float, float]:
    """The cheapest choice of exactly `count` groups that hold each of n nodes once.

    Parameters
    ----------
    limit : int
        Groups looked at before the search is given up.

    Returns
    -------
    chosen : int64
        Groups, empty where there is no cover or the search was given up before one was met.
    value : float
        Its value [dm], infinite where chosen is empty.
    bound : float
        No cover is cheaper; equal to `value` where the search came to its end (infinite: there is no cover).
    """
    if len(value) == 0:
        return np.zeros(0, np.int64), np.inf, np.inf
    price, bound = _prices(value, start, member, n, count)
    board = _board(value, price, start, member)
    chosen, best, ended = _branches(board, price.sum(), count, limit)
    return chosen, best, best if ended else min(bound, best)
