"""Least change: areas of the previous census that still fit stay as they are; only what lies between is divided anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from census_gis.graph import components
from census_gis.partitioning.problem import Problem, Solution, areas_for, by_primary

__all__ = ["keep_what_fits"]

# Neighbours of what must be divided anew that may be taken in so that it can be.
MOST_TAKEN = 4
Solve = Callable[[Problem], Solution]


def keep_what_fits(
    problem: Problem, former: NDArray[np.object_], solve: Solve, *, change_dm: float
) -> NDArray[np.int32]:
    """Area of each atom: previous areas that are inside the band and one piece are kept whole.

    The rest is divided anew, with as few of their neighbours as it takes to find areas inside the band.

    Parameters
    ----------
    problem : Problem
        With persons and households in their own places, whichever is primary.
    former : object, shape (n,)
        Code of the previous area of each atom, '' for none. Ground without people and former area goes with the
        kept neighbour of the dearest border.
    solve
        Divides a part of the problem.
    change_dm : float
        Price of parting one person from the company of the previous area [dm].
    """
    problem = by_primary(_dearer_inside(problem, former, change_dm))
    _, label = np.unique(former, return_inverse=True)
    label = label.astype(np.int64)
    label[former == ""] = -1
    label = np.where(np.isin(label, _fitting(problem, label)), label, -1)
    label = _with_bare(problem, label)
    done = label.copy()
    for free in _regions(problem, label):
        region, found = _divided(problem, label, free, solve)
        done[region] = done.max() + 1 + found
        label[region] = -1  # what one region took in is no neighbour to take for the next
    return done.astype(np.int32)


def _dearer_inside(problem: Problem, former: NDArray[np.object_], change_dm: float) -> Problem:
    """Edges inside a previous area cost more: the fewer persons of the two ends, each at its price."""
    a, b = problem.a, problem.b
    same = (former[a] == former[b]) & (former[a] != "")
    persons = np.minimum(problem.persons[a], problem.persons[b])
    more = np.where(same, np.rint(change_dm * persons), 0).astype(np.int64)
    return replace(problem, cost=problem.cost + more)


def _fitting(problem: Problem, label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Previous areas that may stay: one piece, inside the band, and nothing in them that must be alone."""
    n = int(label.max(initial=-1)) + 1
    known = label >= 0
    same = (label[problem.a] == label[problem.b]) & known[problem.a]
    _, which = components(len(label), problem.a[same], problem.b[same])
    _, one = np.unique(which[known], return_index=True)
    pieces = np.bincount(label[known][one], minlength=n)
    persons = np.bincount(label[known], problem.persons[known], n)
    alone = np.bincount(label[known], problem.alone[known], n)
    inside = (persons >= problem.low) & (persons <= problem.high)
    return np.flatnonzero((pieces == 1) & inside & (alone == 0))


def _with_bare(problem: Problem, label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ground without people that nothing new touches goes to the kept area with the dearest border."""
    a, b = problem.a.astype(np.int64), problem.b.astype(np.int64)
    free = (label[a] < 0) & (label[b] < 0)
    count, which = components(len(label), a[free], b[free])
    lived = np.bincount(which, problem.lived_in | (label >= 0) | problem.alone, count) > 0
    rim = (label[a] < 0) != (label[b] < 0)
    bare, kept = np.where(label[a[rim]] < 0, (a[rim], b[rim]), (b[rim], a[rim]))
    areas = int(label.max(initial=0)) + 1
    key, row = np.unique(which[bare].astype(np.int64) * areas + label[kept], return_inverse=True)
    group, host = key // areas, key % areas
    dearest = np.lexsort((host, -np.bincount(row, problem.cost[rim], len(key)), group))
    found, first = np.unique(group[dearest], return_index=True)
    host_of = np.full(count, -1, np.int64)
    host_of[found] = host[dearest][first]
    return np.where(lived[which], label, host_of[which])


def _regions(problem: Problem, label: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Connected atoms that no area has, each group by its first."""
    free = (label[problem.a] < 0) & (label[problem.b] < 0)
    _, which = components(len(label), problem.a[free], problem.b[free])
    rows = np.flatnonzero(label < 0)
    order = rows[np.argsort(which[rows], kind="stable")]
    pieces = np.split(order, np.flatnonzero(np.diff(which[order])) + 1)
    return sorted(pieces, key=lambda atoms: int(atoms[0])) if len(rows) else []


def _divided(
    problem: Problem, label: NDArray[np.int64], region: NDArray[np.int64], solve: Solve
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """A region divided, with neighbours taken in while areas are outside the band; the first try with fewest."""
    tries: list[tuple[int, NDArray[np.int64], NDArray[np.int32]]] = []
    for _ in range(MOST_TAKEN + 1):
        found = solve(problem.within(region))
        unmet = len(found.misfits) + _uncounted(problem, region)
        tries.append((unmet, region, found.label))
        wider = _wider(problem, label, region) if unmet else region
        if len(wider) == len(region):
            break
        region = wider
    _, chosen, areas = min(tries, key=lambda one: one[0])
    return chosen, areas


def _uncounted(problem: Problem, region: NDArray[np.int64]) -> bool:
    """Whether people live in a region of whom the main band counts none (persons of no household): no EA by itself."""
    people = problem.lived_in[region].any() and not problem.alone[region].any()
    return bool(people and not problem.persons[region].any())


def _wider(
    problem: Problem, label: NDArray[np.int64], region: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A region with one kept neighbour more: one with which its persons make whole areas, by the dearest border."""
    inside = np.zeros(len(label), np.bool_)
    inside[region] = True
    over = inside[problem.a] != inside[problem.b]
    host = np.where(inside[problem.a[over]], label[problem.b[over]], label[problem.a[over]])
    price = np.bincount(host[host >= 0], problem.cost[over][host >= 0])
    if not price.any():
        return region
    band = problem.low, problem.target, problem.high
    held = int(problem.persons[region].sum())
    near = np.flatnonzero(price)
    fits = [areas_for(held + int(problem.persons[label == area].sum()), *band)[1] for area in near]
    order = np.lexsort((near, -price[near], ~np.array(fits)))
    return np.flatnonzero(inside | (label == near[order[0]]))
