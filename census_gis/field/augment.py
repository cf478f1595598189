"""A cheapest matching by shortest augmenting paths (Jonker and Volgenant, 1987, for sparse pairs), in whole numbers.

Each piece of work has a stand-in of its own at one high price. Work that finds somebody free at its least cost takes
them; for the rest the cheapest chain is sought of who would have to give way to whom, until somebody is free or
a stand-in is cheapest. Prices rise along the way: once all that compete for too few people have paid as much as a
stand-in, the next one is told at once, so a shortage costs no more than a full staffing.
"""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["augmented"]

NOBODY = -1
FAR = np.iinfo(np.int64).max


@njit(cache=True)
def augmented(
    start: NDArray[np.int64], person: NDArray[np.int64], cost: NDArray[np.int64],
    n_people: int, alone: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Person of each piece of work, -1 where its stand-in is cheapest.

    Parameters
    ----------
    start : int64, shape (n + 1,)
        Work w may be done by ``person[start[w]:start[w + 1]]`` at ``cost``; not negative.
    n_people
        Number of people.
    alone
        What a stand-in costs.
    """
    n = len(start) - 1
    has = np.full(n, NOBODY, np.int64)
    does = np.full(n_people, NOBODY, np.int64)
    price = np.zeros(n_people, np.int64)
    paid = np.full(n, alone, np.int64)
    for work in range(n):
        best = NOBODY
        for arc in range(start[work], start[work + 1]):
            if cost[arc] < paid[work]:
                paid[work], best = cost[arc], person[arc]
        if best != NOBODY and does[best] == NOBODY:
            has[work], does[best] = best, work
    far = np.full(n_people, FAR, np.int64)
    came = np.full(n_people, NOBODY, np.int64)
    fixed = np.zeros(n_people, np.bool_)
    for root in range(n):
        if has[root] != NOBODY:
            continue
        paid[root] = alone
        for arc in range(start[root], start[root + 1]):
            paid[root] = min(paid[root], cost[arc] + price[person[arc]])
        _place(start, person, cost, root, alone, (has, does, price, paid), (far, came, fixed))
    return has


@njit(cache=True)
def _place(
    start: NDArray[np.int64], person: NDArray[np.int64], cost: NDArray[np.int64], root: int, alone: int,
    state: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    scratch: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
) -> None:  # fmt: skip
    """Give one piece of work somebody, or a stand-in to it or to one that gives way; `scratch` is left as it was."""
    has, does, price, paid = state
    far, came, fixed = scratch
    heap = [(np.int64(0), np.int64(NOBODY))]
    heap.pop()
    seen = [np.int64(NOBODY)]
    seen.pop()
    work, walked = root, np.int64(0)
    giving, least, free = root, alone - paid[root], np.int64(NOBODY)
    most = least  # no way is longer than one already found
    while True:
        for arc in range(start[work], start[work + 1]):
            who = person[arc]
            way = walked + cost[arc] + price[who] - paid[work]
            if way < far[who] and way <= most:
                if does[who] == NOBODY:
                    most = way
                if far[who] == FAR:
                    seen.append(who)
                far[who], came[who] = way, work
                heapq.heappush(heap, (way, who))
        who = np.int64(NOBODY)
        while len(heap) > 0:
            way, next_ = heapq.heappop(heap)
            if not fixed[next_] and way == far[next_]:
                who = next_
                break
        # Somebody at the price of a stand-in comes first: as many are placed as can be.
        if who == NOBODY or far[who] > least:
            break
        if does[who] == NOBODY:
            least, free = far[who], who
            break
        fixed[who] = True
        work, walked = does[who], far[who]
        if walked + alone - paid[work] < least:
            giving, least = work, walked + alone - paid[work]
            most = min(most, least)
    paid[root] += least
    for who in seen:
        if fixed[who] and far[who] < least:
            price[who] += least - far[who]
            paid[does[who]] += least - far[who]
    # Each gives way to who came for them, back to the first.
    at = free
    if free == NOBODY:
        at = has[giving]
        has[giving] = NOBODY
    while at != NOBODY:
        work = came[at]
        before = has[work]
        has[work], does[at] = at, work
        at = before if work != root else np.int64(NOBODY)
    for who in seen:
        far[who], came[who], fixed[who] = FAR, NOBODY, False
