"""Least change: areas of the previous census that still fit stay as they are; only what lies between is divided anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from census_gis.graph import components
from census_gis.partitioning.problem import Problem, Solution, areas_for

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
    former : object, shape (n,)
        Code of the previous area of each atom, '' for none. Ground without people and former area goes with the
        kept neighbour of the dearest border.
    solve
        Divides a part of the problem.
    change_dm : float
        Price of parting one person from the company of the previous area [dm].
    """
    problem = _dearer_inside(problem, former, change_dm)
    _, label = np.unique(former, return_inverse=True)
    label = label.astype(np.int64)
    label[former == ""] = -1
    label = np.where(np.isin(label, _fitting(problem, label)), label, -1)
    label = _with_bare(problem, label)
    done = label.copy()
    while (done < 0).any():
        region = _next_region(problem, done)
        region, found = _divided(problem, label, region, solve)
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
    pieces = np.array([len(np.unique(which[label == area])) for area in range(n)])
    persons = np.bincount(label[known], problem.persons[known], n)
    alone = np.bincount(label[known], problem.alone[known], n)
    inside = (persons >= problem.low) & (persons <= problem.high)
    return np.flatnonzero((pieces == 1) & inside & (alone == 0))


def _with_bare(problem: Problem, label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ground without people that nothing new touches goes to the kept area with the dearest border."""
    label = label.copy()
    a, b = problem.a.astype(np.int64), problem.b.astype(np.int64)
    free = (label[a] < 0) & (label[b] < 0)
    count, which = components(len(label), a[free], b[free])
    lived = np.bincount(which, (problem.persons > 0) | (label >= 0) | problem.alone, count) > 0
    for group in np.flatnonzero(~lived):
        mine = which == group
        over = mine[a] != mine[b]
        host = np.where(mine[a[over]], label[b[over]], label[a[over]])
        if len(host):
            label[mine] = np.argmax(np.bincount(host, problem.cost[over]))
    return label


def _next_region(problem: Problem, done: NDArray[np.int64]) -> NDArray[np.int64]:
    """Connected atoms that no area has yet, those of the first one."""
    free = (done[problem.a] < 0) & (done[problem.b] < 0)
    _, which = components(len(done), problem.a[free], problem.b[free])
    return np.flatnonzero(which == which[np.flatnonzero(done < 0)[0]])


def _divided(
    problem: Problem, label: NDArray[np.int64], region: NDArray[np.int64], solve: Solve
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """A region divided, with neighbours taken in while areas are outside the band; the first try with fewest."""
    tries: list[tuple[int, NDArray[np.int64], NDArray[np.int32]]] = []
    for _ in range(MOST_TAKEN + 1):
        found = solve(_part(problem, region))
        tries.append((len(found.misfits), region, found.label))
        wider = _wider(problem, label, region) if found.misfits else region
        if len(wider) == len(region):
            break
        region = wider
    _, chosen, areas = min(tries, key=lambda one: one[0])
    return chosen, areas


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


def _part(problem: Problem, rows: NDArray[np.int64]) -> Problem:
    """A problem on some of its atoms."""
    place = np.full(len(problem.persons), -1, np.int64)
    place[rows] = np.arange(len(rows))
    inner = (place[problem.a] >= 0) & (place[problem.b] >= 0)
    households = None if problem.households is None else problem.households[rows]
    return replace(
        problem, persons=problem.persons[rows], a=place[problem.a[inner]].astype(np.int32),
        b=place[problem.b[inner]].astype(np.int32), cost=problem.cost[inner], alone=problem.alone[rows],
        family=problem.family[rows], households=households,
    )  # fmt: skip
