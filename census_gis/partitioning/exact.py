"""The best grouping of a handful of nodes, proven: dynamic programming over all connected subsets."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.network import Bands, Net
from census_gis.partitioning.objective import pain_of

__all__ = ["MOST_NODES", "best_groupings", "grouping_of"]

# 3**13 / 2 steps for each number of areas: about 10 ms. One node more is three times as long.
MOST_NODES = 13


@njit(cache=True)
def _subset_values(g: Net, bands: Bands, unit: float) -> NDArray[np.float64]:
    """Strain less inner cost of each subset that may be an area, infinite for the others.

    Entry 0 of `bands` is an ordinary area; entry 1 + c the area of core c.
    """
    q = len(g.persons)
    full = 1 << q
    near = np.zeros(q, np.int64)
    weight = np.zeros((q, q), np.float64)
    for v in range(q):
        for i in range(g.start[v], g.start[v + 1]):
            near[v] |= 1 << g.to[i]
            weight[v, g.to[i]] += g.cost[i]
    inner = np.zeros(full, np.float64)
    persons = np.zeros(full, np.int64)
    second = np.zeros(full, np.int64)
    heart = np.full(full, -1, np.int64)
    value = np.full(full, np.inf, np.float64)
    for subset in range(1, full):
        v = 0
        while not subset >> v & 1:
            v += 1
        rest = subset & (subset - 1)
        inner[subset] = inner[rest]
        for u in range(v + 1, q):
            if rest >> u & 1:
                inner[subset] += weight[v, u]
        persons[subset] = persons[rest] + g.persons[v]
        second[subset] = second[rest] + g.second[v]
        heart[subset] = heart[rest]
        if g.core[v] >= 0:
            heart[subset] = -2 if heart[rest] != -1 else g.core[v]
        if heart[subset] == -2:
            continue
        reached = 1 << v
        fresh = reached
        while fresh:
            grown = 0
            for u in range(q):
                if fresh >> u & 1:
                    grown |= near[u]
            fresh = grown & subset & ~reached
            reached |= fresh
        if reached == subset:
            pain = pain_of(persons[subset], second[subset], heart[subset] + 1, bands, g.soft)
            value[subset] = unit * pain - inner[subset]
    return value


@njit(cache=True)
def best_groupings(
    g: Net, bands: Bands, unit: float, most: int
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Least value of a grouping into 1 .. most areas.

    Returns
    -------
    best : float64, shape (most + 1,)
        Strain less inner cost [dm] of the best grouping into that many areas, infinite where there is none.
    choice : int32, shape (most + 1, 2**q)
        The area that holds the lowest node of each subset, for `grouping_of`.
    """
    value = _subset_values(g, bands, unit)
    full = len(value)
    best = np.full((most + 1, full), np.inf, np.float64)
    choice = np.zeros((most + 1, full), np.int32)
    best[0, 0] = 0.0
    for subset in range(1, full):
        lowest = subset & -subset
        rest = subset ^ lowest
        part = rest
        while True:
            area = part | lowest
            price = value[area]
            if price < np.inf:
                for count in range(1, most + 1):
                    total = best[count - 1, subset ^ area] + price
                    if total < best[count, subset]:
                        best[count, subset] = total
                        choice[count, subset] = area
            if part == 0:
                break
            part = (part - 1) & rest
    return best[:, full - 1].copy(), choice


def grouping_of(choice: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """Group of each node in the best grouping into `count` areas, numbered by their lowest node."""
    subset = choice.shape[1] - 1
    group = np.zeros(subset.bit_length(), np.int32)
    for number in range(count):
        area = int(choice[count - number, subset])
        for node in range(len(group)):
            if area >> node & 1:
                group[node] = number
        subset ^= area
    return group
