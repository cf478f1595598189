"""Shortest round past every door: nearest neighbour, then 2-opt and Or-opt, then kicks (numba).

Local search over lists of near doors with a queue of doors whose surroundings changed; a kick exchanges two
neighbouring stretches of the round (the double bridge of Martin, Otto and Felten 1991, kept short) and is
taken back where the search after it does not shorten the round. The budget is counted in kicks, never in
seconds, and their places come from a seed: same doors, same seed, same round on any machine.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.draws import below, seeded

__all__ = ["length_of", "nearest_neighbour", "shortest_round"]

NEAR = 10  # near doors looked at from each; 8 and 12 give the same rounds within 0.1 %
KICKS_PER_DOOR = 4
STRETCH = 30  # doors of the longer stretches a kick exchanges
FEW = 8  # of fewer doors all rounds, at most 360, are looked at
LEAST_GAIN = 1e-7  # [m]; what is shorter by less is as long


def shortest_round(hops: NDArray[np.float64], *, seed: int) -> NDArray[np.int64]:
    """Order of doors in a short closed round that begins at door 0.

    Parameters
    ----------
    hops : float64, shape (n, n)
        Symmetric, finite metres from door to door, 0 on the diagonal.
    seed : int
        Where the kicks go.

    Returns
    -------
    int64, shape (n,)
        Each door once, door 0 first, of the two ways round the one with the lower door next; never longer
        than the nearest-neighbour round.
    """
    n = len(hops)
    if n < 4:  # every order is the same round
        return np.arange(n, dtype=np.int64)
    if n < FEW:
        orders = _orders(n)
        return orders[hops[orders, np.roll(orders, -1, axis=1)].sum(axis=1).argmin()]
    k = min(NEAR, n - 1)
    apart = hops + np.where(np.eye(n, dtype=bool), np.inf, 0.0)
    near = np.argsort(apart, axis=1, kind="stable")[:, :k].astype(np.int64)
    tour = nearest_neighbour(hops)
    improve(hops, near, tour, KICKS_PER_DOOR * n, seeded(seed, n))
    tour = np.roll(tour, -int(np.flatnonzero(tour == 0)[0]))
    return tour if tour[1] < tour[-1] else np.roll(tour[::-1], 1)


@cache
def _orders(n: int) -> NDArray[np.int64]:
    """All rounds of n doors from door 0, each one way round, one a row."""
    rows = [(0, *rest) for rest in permutations(range(1, n)) if rest[0] < rest[-1]]
    return np.array(rows, dtype=np.int64)


@njit(cache=True)
def length_of(hops: NDArray[np.float64], tour: NDArray[np.int64]) -> float:
    """Length of a closed round [m]."""
    total = 0.0
    for i in range(len(tour)):
        total += hops[tour[i - 1], tour[i]]
    return total


@njit(cache=True)
def nearest_neighbour(hops: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round from door 0, always to the nearest door not yet seen; the first of equals."""
    n = len(hops)
    tour = np.empty(n, np.int64)
    seen = np.zeros(n, np.bool_)
    at = 0
    for i in range(n):
        tour[i] = at
        seen[at] = True
        best, metres = -1, np.inf
        for j in range(n):
            if not seen[j] and hops[at, j] < metres:
                best, metres = j, hops[at, j]
        at = best
    return tour


@njit(cache=True)
def improve(
    hops: NDArray[np.float64], near: NDArray[np.int64], tour: NDArray[np.int64], kicks: int,
    state: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Shorten a round in place: local search, then kicks that are kept when they pay."""
    n = len(tour)
    place = np.empty(n, np.int64)
    for i in range(n):
        place[tour[i]] = i
    queue, queued = np.empty(n, np.int64), np.ones(n, np.bool_)
    queue[:] = tour
    _search(hops, near, tour, place, queue, queued, n)
    best, now = tour.copy(), length_of(hops, tour)
    for _ in range(kicks):
        waiting = _kick(tour, place, queue, queued, state)
        _search(hops, near, tour, place, queue, queued, waiting)
        after = length_of(hops, tour)
        if after < now - LEAST_GAIN:
            now = after
            best[:] = tour
        else:
            tour[:] = best
            for i in range(n):
                place[tour[i]] = i


@njit(cache=True)
def _kick(
    tour: NDArray[np.int64], place: NDArray[np.int64], queue: NDArray[np.int64], queued: NDArray[np.bool_], state: NDArray[np.uint64],
) -> int:  # fmt: skip
    """Exchange two neighbouring short stretches; the doors at their ends wait in the queue. How many wait."""
    n = len(tour)
    most = max(1, min(STRETCH, (n - 2) // 3))
    first = np.int64(below(state, n))
    one = np.int64(1) + np.int64(below(state, most))
    two = np.int64(1) + np.int64(below(state, most))
    held = np.empty(one + two, np.int64)
    for i in range(one + two):
        held[i] = tour[(first + (one + i if i < two else i - two)) % n]
    for i in range(one + two):
        at = (first + i) % n
        tour[at] = held[i]
        place[held[i]] = at
    waiting = 0
    for end in (-1, 0, two - 1, two, one + two - 1, one + two):
        door = tour[(first + end) % n]
        if not queued[door]:
            queue[waiting] = door
            queued[door] = True
            waiting += 1
    return waiting


@njit(cache=True)
def _search(
    hops: NDArray[np.float64], near: NDArray[np.int64], tour: NDArray[np.int64], place: NDArray[np.int64], queue: NDArray[np.int64],
    queued: NDArray[np.bool_], waiting: int,
) -> None:  # fmt: skip
    """2-opt and Or-opt moves from queued doors until none of them shortens the round."""
    n = len(tour)
    ends = np.empty(8, np.int64)
    head = 0
    while waiting > 0:
        door = queue[head]
        head = (head + 1) % n
        waiting -= 1
        queued[door] = False
        touched = _two_opt(hops, near, tour, place, door, ends)
        if touched == 0:
            touched = _or_opt(hops, near, tour, place, door, ends)
        for i in range(touched):
            if not queued[ends[i]]:
                queue[(head + waiting) % n] = ends[i]
                queued[ends[i]] = True
                waiting += 1


@njit(cache=True)
def _two_opt(
    hops: NDArray[np.float64], near: NDArray[np.int64], tour: NDArray[np.int64], place: NDArray[np.int64], a: int, ends: NDArray[np.int64],
) -> int:  # fmt: skip
    """The first exchange of two hops at door `a` that pays, done; how many doors it touched."""
    n = len(tour)
    for step in (1, -1):
        b = tour[(place[a] + step) % n]
        before = hops[a, b]
        for c in near[a]:
            gain = before - hops[a, c]
            if gain <= LEAST_GAIN:
                break
            d = tour[(place[c] + step) % n]
            if gain + hops[c, d] - hops[b, d] > LEAST_GAIN:
                if step == 1:
                    _reverse(tour, place, place[b], place[c])
                else:
                    _reverse(tour, place, place[a], place[d])
                ends[0], ends[1], ends[2], ends[3] = a, b, c, d
                return 4
    return 0


@njit(cache=True)
def _reverse(tour: NDArray[np.int64], place: NDArray[np.int64], i: int, j: int) -> None:
    """Turn round the stretch from place i on to place j, or the rest where that is shorter."""
    n = len(tour)
    inside = (j - i) % n + 1
    if 2 * inside > n:
        i, j, inside = (j + 1) % n, (i - 1) % n, n - inside
    for _ in range(inside // 2):
        one, other = tour[i], tour[j]
        tour[i], tour[j] = other, one
        place[other], place[one] = i, j
        i = i + 1 if i + 1 < n else 0
        j = j - 1 if j > 0 else n - 1


@njit(cache=True)
def _or_opt(
    hops: NDArray[np.float64], near: NDArray[np.int64], tour: NDArray[np.int64], place: NDArray[np.int64], a: int, ends: NDArray[np.int64],
) -> int:  # fmt: skip
    """The first move of 1 to 3 doors with door `a` at an end to another place that pays, done."""
    n = len(tour)
    for size in range(1, min(3, n - 3) + 1):
        for forward in (True, False):
            if size == 1 and not forward:
                continue
            # The stretch s .. e in the order of the round; `a` is one end, `o` the other.
            s = a if forward else tour[(place[a] - size + 1) % n]
            e = tour[(place[s] + size - 1) % n]
            o = e if forward else s
            p, q = tour[(place[s] - 1) % n], tour[(place[e] + 1) % n]
            freed = hops[p, s] + hops[e, q] - hops[p, q]
            for c in near[a]:
                if freed - hops[a, c] <= LEAST_GAIN:
                    break
                if (place[c] - place[s]) % n < size:
                    continue
                for step in (1, -1):
                    d = tour[(place[c] + step) % n]
                    if (place[d] - place[s]) % n < size:
                        continue
                    if freed - hops[a, c] - hops[o, d] + hops[c, d] > LEAST_GAIN:
                        u = c if step == 1 else d
                        _move(tour, place, s, size, u, (u == c) == (s == a))
                        ends[0], ends[1], ends[2] = p, q, a
                        ends[3], ends[4], ends[5] = o, c, d
                        return 6
    return 0


@njit(cache=True)
def _move(
    tour: NDArray[np.int64], place: NDArray[np.int64], s: int, size: int, u: int, kept: bool
) -> None:  # fmt: skip
    """Take the `size` doors from `s` on out of the round and put them after `u`, turned round unless `kept`."""
    n = len(tour)
    held = np.empty(size, np.int64)
    first = place[s]
    for i in range(size):
        held[i] = tour[(first + i) % n]
    between = (place[u] - first - size) % n + 1  # doors from behind the stretch up to u
    if 2 * between <= n:
        for i in range(between):
            door, at = tour[(first + size + i) % n], (first + i) % n
            tour[at], place[door] = door, at
        start = first + between
    else:  # the way round the other side is shorter: doors from behind u up to the stretch
        between = n - size - between
        for i in range(between):
            door, at = tour[(first - 1 - i) % n], (first + size - 1 - i) % n
            tour[at], place[door] = door, at
        start = first - between
    for i in range(size):
        door, at = held[i] if kept else held[size - 1 - i], (start + i) % n
        tour[at], place[door] = door, at
