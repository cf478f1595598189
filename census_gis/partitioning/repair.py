"""Repair: what annealing leaves outside the band is solved again, exactly, with its neighbours.

An area outside the band and a few areas around it are taken together, their atoms joined to a dozen nodes,
and the best grouping of those is found by `exact`. The number of areas may change where nothing else helps.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.asked import (
    Task,
    bands_by_core,
    bands_of,
    first_cores,
    outside,
    with_ordinary,
)
from census_gis.partitioning.chains import Pressure, passed_on
from census_gis.partitioning.coarsen import contract
from census_gis.partitioning.covers import Purse, best_cover
from census_gis.partitioning.draws import below, seeded
from census_gis.partitioning.exact import MOST_NODES, best_groupings, grouping_of
from census_gis.partitioning.joining import shrunk
from census_gis.partitioning.network import Net, bands_at, subnet
from census_gis.partitioning.objective import BREACH, pain_of
from census_gis.partitioning.refine import settle

__all__ = ["mend", "solve_small"]

# A number of areas one off the wished one is worth this part of a breach: changed only to end a breach.
COUNT_PRICE = 0.4
# Where the number was asked for, no number of breaches is worth another.
FIRM = 1e4
# Tries for each area outside the band, and areas taken together at most.
TRIES = 24
MOST_AREAS = 6
ROUNDS = 6
GAIN = 0.5
# Where that is not enough: so many areas together, joined to so many nodes, once inside areas and once across.
WIDE_AREAS = (4, 6, 8, 11)
WIDE_NODES = (20, 27, 34)
# Groups listed for wide regions in one call of `mend`: about two seconds of integer programming.
WIDE_GROUPS = 12_000
# Areas looked at around one outside its band, and regions in which chains are sought.
WINDOW_AREAS = 40
CHAIN_AREAS = (6, 10, 16, 24, 10, 16)
# Nodes of a region in which chains are sought: areas of a thousand nodes (blocks of a city) would take minutes each.
CHAIN_NODES = 8_000
# Chains: a breach is worth 100 persons (BREACH over its slope), a count as much less as COUNT_PRICE says, guests
# a quarter; a mean edge of line 0.25 persons, so that lines hardly matter; temperatures and sweeps were
# tried on towers of 120-240 persons (hotter loses, more sweeps gain nothing).
PRESSURE = Pressure(100.0, 25.0, 40.0, wished=0.0, line=0.0, hot=60.0, cold=3.0, sweeps=300)
LINE = 0.25
# Ordinary areas that a region in which chains are sought may found.
FREE = 2


def solve_small(task: Task) -> NDArray[np.int32]:
    """The proven best plan of a graph of at most `MOST_NODES` nodes."""
    label, _ = _regroup(task, task.net, task.ideal)
    return first_cores(task, label)


def mend(task: Task, label: NDArray[np.int32], *, seed: int) -> NDArray[np.int32]:
    """A plan with fewer persons outside the bands, or the same plan; every area stays connected.

    Each area outside is looked at with the areas around it only, so that a large district takes no longer for each.
    """
    state = seeded(seed, 2, len(label))
    label = label.copy()
    purse = Purse(WIDE_GROUPS)
    for _ in range(ROUNDS):
        gained = False
        tried: set[int] = set()
        while True:
            marks = _marks(task.net, label)
            left = [area for area in outside(task, label) if int(marks[area]) not in tried]
            if not left:
                break
            tried.add(int(marks[left[0]]))
            nodes = _window(task.net, label, int(left[0]), WINDOW_AREAS)
            changed = _mend_window(task, label, nodes, (purse, state))
            if changed is not None:
                label, gained = changed, True
        if not gained:
            break
    return label


@njit(cache=True)
def _marks(net: Net, label: NDArray[np.int32]) -> NDArray[np.int64]:
    """A node that each area keeps its name by: the first of its most populous."""
    mark = np.full(label.max() + 1, -1, np.int64)
    for v in range(len(label)):
        area = label[v]
        if mark[area] < 0 or net.persons[v] > net.persons[mark[area]]:
            mark[area] = v
    return mark


@njit(cache=True)
def _window(net: Net, label: NDArray[np.int32], area: int, size: int) -> NDArray[np.int64]:
    """Nodes of an area and of those around it, `size` areas in all, the nearest first."""
    chosen = np.zeros(label.max() + 1, np.bool_)
    chosen[area] = True
    count = 1
    seen = label == area
    queue = [np.int64(v) for v in np.flatnonzero(seen)]
    head = 0
    while head < len(queue) and count < size:
        v = queue[head]
        head += 1
        for q in range(net.start[v], net.start[v + 1]):
            u = net.to[q]
            if not seen[u]:
                seen[u] = True
                queue.append(np.int64(u))
                if not chosen[label[u]] and count < size:
                    chosen[label[u]] = True
                    count += 1
    return np.flatnonzero(chosen[label])


def _mend_window(
    task: Task,
    label: NDArray[np.int32],
    nodes: NDArray[np.int64],
    means: tuple[Purse, NDArray[np.uint64]],
) -> NDArray[np.int32] | None:
    """A better plan by changes inside a window, None where none is found."""
    k, own = int(label.max()) + 1, len(task.own.low)
    areas = np.unique(label[nodes])
    cores = areas[areas < own]
    net = subnet(task.net, nodes)
    net = net._replace(
        core=np.where(net.core >= 0, np.searchsorted(cores, net.core), -1).astype(np.int32)
    )
    here = len(areas) - len(cores)
    inner = replace(
        task, net=net, own=bands_at(task.own, cores),
        ideal=here + task.ideal - (k - own),
    )  # fmt: skip
    given = np.searchsorted(areas, label[nodes]).astype(np.int32)
    found = _mend_all(inner, given, means)
    if found is None:
        return None
    changed = label.copy()
    changed[nodes] = k + found
    ours = found < len(cores)
    changed[nodes[ours]] = cores[found[ours]]
    return first_cores(task, changed)


def _mend_all(
    task: Task, label: NDArray[np.int32], means: tuple[Purse, NDArray[np.uint64]]
) -> NDArray[np.int32] | None:
    """A few areas solved exactly, then chains of them, then wide regions, as long as something is gained."""
    purse, state = means
    first = label
    for area in outside(task, label):
        if area in outside(task, label):
            changed = _mend_one(task, label, int(area), state)
            if changed is None:
                changed = _pressed(task, label, int(area), state)
            if changed is not None:
                label = changed
    if label is first:
        label = label.copy()
        if not _widely(task, label, purse, state):
            return None
    return label


def _pressed(
    task: Task, label: NDArray[np.int32], area: int, state: NDArray[np.uint64]
) -> NDArray[np.int32] | None:
    """Persons passed on along chains of areas, in ever wider regions, until something is gained."""
    for size in CHAIN_AREAS:
        nodes = _window(task.net, label, area, size)
        if len(nodes) > CHAIN_NODES:
            continue
        changed = _press_region(task, label, nodes, state)
        if changed is not None:
            return changed
    return None


def _press_region(
    task: Task, label: NDArray[np.int32], nodes: NDArray[np.int64], state: NDArray[np.uint64]
) -> NDArray[np.int32] | None:
    """Anneal a region for the band alone, then for lines; None where the plan is no better."""
    k, own = int(label.max()) + 1, len(task.own.low)
    part = subnet(task.net, nodes)
    region, dense = np.unique(label[nodes], return_inverse=True)
    bands = with_ordinary(bands_at(bands_of(task, k), region), task.size, FREE)
    here = int(np.count_nonzero(region >= own))
    wished = here + task.ideal - (k - own)
    before = _value(task, part, label[nodes]) + _count_price(task, here, wished)
    price = PRESSURE._replace(
        line=LINE / task.unit, wished=float(len(region) - here + wished),
        number=PRESSURE.number * (FIRM if task.exact else 1.0),
    )  # fmt: skip
    found = passed_on(part, dense.astype(np.int32), bands, price, state)
    areas, dense = np.unique(found, return_inverse=True)
    now: NDArray[np.int32] = dense.astype(np.int32)
    settle(part, now, bands_at(bands, areas), unit=task.unit, state=state)
    names = np.where(areas < len(region), region[np.minimum(areas, len(region) - 1)], k + areas)
    left = int(np.count_nonzero(names >= own))
    after = _value(task, part, names[now]) + _count_price(task, left, wished)
    if after > before - GAIN:
        return None
    changed = label.copy()
    changed[nodes] = names[now]
    return first_cores(task, changed)


def _widely(task: Task, label: NDArray[np.int32], purse: Purse, state: NDArray[np.uint64]) -> bool:
    """Solve wider regions around what is still outside; in place, True when something is gained."""
    gained = False
    seen: set[tuple[frozenset[int], int, bool]] = set()
    for area in outside(task, label):
        tries = [
            (size, nodes, keep)
            for size in WIDE_AREAS
            for nodes in WIDE_NODES
            for keep in (True, False)
        ]
        for size, nodes, keep in tries:
            if purse.left <= 0 or area not in outside(task, label):
                break
            region = _region(task.net, label, int(area), size, state)
            question = frozenset(int(a) for a in region), nodes, keep
            if question in seen:
                continue
            seen.add(question)
            changed = _try(task, label, region, (keep, nodes), (purse, state))
            if changed is not None:
                label[:] = changed
                gained = True
                seen.clear()
                break
    return gained


def _mend_one(
    task: Task, label: NDArray[np.int32], area: int, state: NDArray[np.uint64]
) -> NDArray[np.int32] | None:
    """One area and ever more of its neighbours, until solving them together gains something."""
    for attempt in range(TRIES):
        size = 2 + attempt * (MOST_AREAS - 1) // TRIES
        region = _region(task.net, label, area, size, state)
        changed = _try(task, label, region, (attempt % 2 == 0, MOST_NODES), (Purse(0), state))
        if changed is not None:
            return changed
    return None


@njit(cache=True)
def _region(
    net: Net, label: NDArray[np.int32], area: int, size: int, state: NDArray[np.uint64]
) -> NDArray[np.int32]:
    """An area and size - 1 more, each drawn among the neighbours of those before."""
    chosen = [np.int32(area)]
    while len(chosen) < size:
        near = [np.int32(-1)]
        for v in range(len(label)):
            if label[v] in chosen:
                for q in range(net.start[v], net.start[v + 1]):
                    other = label[net.to[q]]
                    if other not in chosen and other not in near:
                        near.append(other)
        if len(near) == 1:
            break
        chosen.append(near[1 + below(state, len(near) - 1)])
    return np.array(chosen)


def _try(
    task: Task,
    label: NDArray[np.int32],
    region: NDArray[np.int32],
    how: tuple[bool, int],
    means: tuple[Purse, NDArray[np.uint64]],
) -> NDArray[np.int32] | None:
    """Solve a region again, joined inside areas or across them to so many nodes; None when nothing is gained."""
    purse, state = means
    nodes = np.flatnonzero(np.isin(label, region))
    part = subnet(task.net, nodes)
    cluster = shrunk(part, label[nodes], how, state)
    count = int(cluster.max()) + 1
    if count > how[1]:
        return None
    k = int(label.max()) + 1
    ordinary = k - len(task.own.low)
    here = int(np.count_nonzero(region >= len(task.own.low)))
    wished = here + task.ideal - ordinary
    before = _value(task, part, label[nodes]) + _count_price(task, here, wished)
    small = contract(part, cluster, count)
    if count > MOST_NODES:
        found = _cover(task, small, wished, purse)
        if found is None:
            return None
        group, after = found
    else:
        group, after = _regroup(task, small, wished)
    if after > before - GAIN:
        return None
    changed = label.copy()
    changed[nodes] = k + group[cluster]
    return first_cores(task, changed)


def _cover(task: Task, g: Net, wished: int, purse: Purse) -> tuple[NDArray[np.int32], float] | None:
    """Best cover of a graph too large for `_regroup`, with the same value."""
    cores = int(np.count_nonzero(g.core >= 0))
    price = _count_price(task, 1, 0)
    return best_cover(g, bands_by_core(task), task.unit, cores + wished, price, purse)


def _count_price(task: Task, count: int, wished: int) -> float:
    """What a number of areas off the wished one costs [dm]."""
    firm = FIRM if task.exact else 1.0
    return firm * COUNT_PRICE * BREACH * task.unit * abs(count - wished)


def _value(task: Task, part: Net, label: NDArray[np.int32]) -> float:
    """Strain less inner cost of the areas of a region [dm]."""
    areas, dense = np.unique(label, return_inverse=True)
    bands = bands_of(task, max(len(task.own.low), int(areas.max()) + 1))
    total = np.bincount(dense, part.persons)
    second = np.bincount(dense, part.second)
    pain = sum(pain_of(total[i], second[i], area, bands, part.soft) for i, area in enumerate(areas))
    tail = np.repeat(np.arange(len(label)), np.diff(part.start))
    return task.unit * float(pain) - float(part.cost[label[tail] == label[part.to]].sum()) / 2


def _regroup(task: Task, g: Net, wished: int) -> tuple[NDArray[np.int32], float]:
    """Best grouping of a small graph over all numbers of areas, and its value with their price."""
    cores = int(np.count_nonzero(g.core >= 0))
    most = min(len(g.persons), cores + max(1, wished) + 2)
    best, choice = best_groupings(g, bands_by_core(task), task.unit, most)
    price = [value + _count_price(task, i - cores, wished) for i, value in enumerate(best)]
    count = int(np.argmin(price))
    return grouping_of(choice, count), float(price[count])
