"""Exactly so many areas, as equal as can be: the narrowest of some bands around the mean that all of them fit in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from census_gis.partitioning.asked import Task, first_cores, outside
from census_gis.partitioning.network import Net, persons_of, subnet
from census_gis.partitioning.optimum import PASSING_NODES, best_plan
from census_gis.partitioning.prepare import Part
from census_gis.partitioning.start import Size

__all__ = ["as_equal", "to_count"]

# Bands tried, half their width as a share of the mean, the narrowest first: 5 % is as equal as houses of some persons
# allow, 20 % the usual band; beyond 50 % an area is no longer like the others.
SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)


def as_equal(part: Part, search: Callable[[Part], NDArray[np.int32]]) -> NDArray[np.int32]:
    """A component divided into `part.task.ideal` ordinary areas that differ as little as one of `SHARES` allows.

    Parameters
    ----------
    search : callable
        Area of each node of a component.

    Returns
    -------
    int32, shape (nodes,)
        As many areas as asked for unless fewer nodes are lived in, or too few hang together; areas of cores first.
    """
    task = part.task
    if task.ideal < 1:
        return search(part)
    mean = float(task.net.persons[task.net.core < 0].sum()) / task.ideal
    best, least = None, np.inf
    for share in SHARES:
        low, high = (1 - share) * mean, max(1.0, (1 + share) * mean)
        size = Size(low, max(1.0, mean), high, task.size.deviation)
        narrow = replace(part, task=replace(task, size=size, exact=True))
        if _hopeless(narrow.task) and share < SHARES[-1]:
            continue
        label = to_count(narrow.task, search(narrow))
        if not len(outside(narrow.task, label)):
            return label
        off = _spread(task, label)
        if off < least:
            best, least = label, off
    return search(part) if best is None else best


def _hopeless(task: Task) -> bool:
    """Whether a small district is proven to have no such plan: a search would look for it far longer."""
    return len(task.net.persons) <= PASSING_NODES and best_plan(task).empty


def to_count(task: Task, label: NDArray[np.int32]) -> NDArray[np.int32]:
    """The plan with `task.ideal` ordinary areas: the largest are halved, or the smallest joined to a neighbour.

    An area without persons is none that was asked for: it is joined to a neighbour first.
    """
    label = first_cores(task, label)
    own = len(task.own.low)
    while _some_empty(task.net, label, own) and _join_one(task.net, label, own):
        label = first_cores(task, label)
    while int(label.max()) + 1 - own < task.ideal and _halve_one(task.net, label, own):
        pass
    while int(label.max()) + 1 - own > task.ideal and _join_one(task.net, label, own):
        label = first_cores(task, label)
    return first_cores(task, label)


def _some_empty(net: Net, label: NDArray[np.int32], own: int) -> bool:
    """Whether an ordinary area holds nobody."""
    total = persons_of(net, label, int(label.max()) + 1)
    return bool((total[own:] == 0).any())


def _spread(task: Task, label: NDArray[np.int32]) -> float:
    """Persons between the largest and the smallest ordinary area, and far more for each area too many or too few."""
    k, own = int(label.max()) + 1, len(task.own.low)
    total = persons_of(task.net, label, k)[own:]
    wrong = abs(k - own - task.ideal)
    return float(np.ptp(total)) * (wrong == 0) + wrong * float(task.net.persons.sum() + 1)


def _halve_one(net: Net, label: NDArray[np.int32], own: int) -> bool:
    """Halve the most populous ordinary area that can be halved, in place; False where none can."""
    k = int(label.max()) + 1
    total = persons_of(net, label, k)
    lived = np.bincount(label[net.persons > 0], minlength=k)
    for area in np.lexsort((np.arange(k), -total)):
        if area >= own and lived[area] > 1:
            nodes = np.flatnonzero(label == area)
            label[nodes[_half(subnet(net, nodes))]] = k
            return True
    return False


def _half(net: Net) -> NDArray[np.bool_]:
    """The branch of a spanning tree of a connected graph that comes nearest to half of its persons."""
    n = len(net.persons)
    parent = np.full(n, -1, np.int64)
    order = [int(np.argmax(net.persons))]
    seen = {order[0]}
    for v in order:
        for u in map(int, net.to[net.start[v] : net.start[v + 1]]):
            if u not in seen:
                seen.add(u)
                parent[u] = v
                order.append(u)
    held = net.persons.copy()
    for v in reversed(order[1:]):
        held[parent[v]] += held[v]
    total = int(held[order[0]])
    fit = [v for v in order[1:] if 0 < held[v] < total]
    top = min(fit, key=lambda v: (abs(2 * int(held[v]) - total), v))
    branch = np.zeros(n, np.bool_)
    branch[top] = True
    for v in order[order.index(top) + 1 :]:
        branch[v] = branch[v] or branch[parent[v]]
    return branch


def _join_one(net: Net, label: NDArray[np.int32], own: int) -> bool:
    """Join the least populous ordinary area to its least populous ordinary neighbour, in place."""
    k = int(label.max()) + 1
    total = persons_of(net, label, k)
    tail = np.repeat(label, np.diff(net.start))
    head = label[net.to]
    for area in np.lexsort((np.arange(k), total)):
        near = np.unique(head[(tail == area) & (head != area) & (head >= own)])
        if area >= own and len(near):
            label[label == area] = near[np.argmin(total[near])]
            return True
    return False
