"""How many large buildings must stay outside the band: a bound that no plan can beat.

All connected groups inside the band that hold one of the buildings asked about are listed, and the largest
packing of disjoint groups is bounded by integer programming (HiGHS). Ground without people that hangs
together counts as one connection that all groups may use, so the list is too long, never too short.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.graph import components
from census_gis.partitioning.coarsen import contract
from census_gis.partitioning.covers import Groups, Purse, groups_of, packing
from census_gis.partitioning.network import Net, subnet

__all__ = ["Pocket", "around", "least_stranded", "lumps_of"]

# A building is a lump when it holds more than this share of the band's width.
LUMP_SHARE = 0.5
# Groups listed before the question is given up.
MOST_GROUPS = 30_000
# Places of ground looked at one by one.
MOST_HUBS = 40


def lumps_of(net: Net, nodes: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
    """Nodes of a pocket that are large against the band's width."""
    return nodes[net.persons[nodes] > LUMP_SHARE * (high - low)]


def around(net: Net, node: int, lumps: NDArray[np.int64], steps: int) -> NDArray[np.int64]:
    """Lumps within some steps of a node; ground without people is no step, areas of their own no way."""
    large = np.zeros(len(net.persons), np.bool_)
    large[lumps] = True
    reached, rim = {node}, [node]
    for step in range(steps + 1):
        after: list[int] = []
        while rim:
            v = rim.pop()
            for u in map(int, net.to[net.start[v] : net.start[v + 1]]):
                if u not in reached and net.core[u] < 0:
                    if net.persons[u] > 0 and step == steps:
                        continue
                    reached.add(u)
                    (rim if net.persons[u] == 0 else after).append(u)
        rim = after if step < steps else []
    near = np.array(sorted(reached), np.int64)
    return near[large[near]]


class Pocket(NamedTuple):
    """A piece of land with its ground without people joined: made once for many questions.

    Attributes
    ----------
    nodes : int64
        Nodes of the land, ascending.
    inner : graph of them
    cluster : int32 (nodes,)
        Node of each in `small`, where ground that hangs together is one node.
    single : bool
        Nodes of `small` that are one of the given.
    hubs : int64
        Ground looked at one by one.
    """

    nodes: NDArray[np.int64]
    inner: Net
    small: Net
    cluster: NDArray[np.int32]
    single: NDArray[np.bool_]
    hubs: NDArray[np.int64]

    @classmethod
    def of(cls, net: Net, nodes: NDArray[np.int64]) -> Pocket:
        """Some nodes of a graph: connected, no areas of their own."""
        inner = subnet(net, nodes)
        cluster, single = _joined_ground(inner)
        small = contract(inner, cluster, len(single))
        return cls(nodes, inner, small, cluster, single, _hubs(inner, cluster, single))


def least_stranded(
    pocket: Pocket, lumps: NDArray[np.int64], *, low: int, high: int, purse: Purse | None = None
) -> int | None:
    """Fewest of some lumps outside the band in any plan (a lower bound), None when that is too hard.

    Parameters
    ----------
    lumps : int64
        Nodes of the pocket, `lumps_of`.
    low, high : int
        The band [persons].
    purse : Purse, optional
        Groups listed here are taken from it; with none left nothing is asked.
    """
    if not len(lumps):
        return 0
    limit = MOST_GROUPS if purse is None else min(MOST_GROUPS, purse.left)
    small, single = pocket.small, pocket.single
    wanted = np.zeros(len(single), np.bool_)
    wanted[pocket.cluster[np.searchsorted(pocket.nodes, lumps)]] = True
    roots = np.flatnonzero(wanted)
    enough = float(high - pocket.inner.persons[np.searchsorted(pocket.nodes, lumps)].min())
    span = (float(low), float(high))
    found = Groups(*groups_of(small, roots, span, np.zeros(0), limit, enough))
    if purse is not None:
        purse.left -= len(found.start) or limit
    if not len(found.start):
        return None
    if len(found.start) == 1:
        return len(lumps)
    held = _needs(pocket.inner, pocket.cluster, found.start, found.member, pocket.hubs)
    most = min(packing(found, wanted, single, held), len(lumps))
    return len(lumps) - int(np.floor(most + 1e-6))


def _hubs(net: Net, cluster: NDArray[np.int32], single: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Ground joined with other ground that two or more lived-in nodes touch, the most touched first."""
    tail = np.repeat(np.arange(len(net.persons)), np.diff(net.start))
    lived = net.persons[net.to] > 0
    touched = np.bincount(tail[lived], minlength=len(net.persons))
    fit = (net.persons == 0) & ~single[cluster] & (touched > 1)
    order = np.lexsort((np.arange(len(touched)), -touched))
    return order[fit[order]][:MOST_HUBS]


@njit(cache=True)
def _needs(
    net: Net,
    cluster: NDArray[np.int32],
    start: NDArray[np.int64],
    member: NDArray[np.int64],
    hubs: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Whether each group falls apart without each hub, were all other ground its own; (groups, hubs)."""
    n = len(cluster)
    first = np.zeros(cluster.max() + 2, np.int64)
    for v in range(n):
        first[cluster[v] + 1] += 1
    first = np.cumsum(first)
    fill = first.copy()
    inside = np.empty(n, np.int64)
    for v in range(n):
        inside[fill[cluster[v]]] = v
        fill[cluster[v]] += 1
    needs = np.zeros((len(start) - 1, len(hubs)), np.bool_)
    mark = np.zeros(n, np.int64)
    stack = np.empty(n, np.int64)
    stamp = 0
    for g in range(len(start) - 1):
        for h in range(len(hubs)):
            stamp += 2
            lived, root, here = 0, -1, False
            for i in range(start[g], start[g + 1]):
                c = member[i]
                for j in range(first[c], first[c + 1]):
                    v = inside[j]
                    here = here or v == hubs[h]
                    if v != hubs[h]:
                        mark[v] = stamp
                        if net.persons[v] > 0:
                            lived += 1
                            root = v
            if not here or lived < 2:
                continue
            stack[0], size, met = root, 1, 1
            mark[root] = stamp + 1
            while size > 0:
                size -= 1
                v = stack[size]
                for q in range(net.start[v], net.start[v + 1]):
                    u = net.to[q]
                    if mark[u] == stamp:
                        mark[u] = stamp + 1
                        met += net.persons[u] > 0
                        stack[size] = u
                        size += 1
            needs[g, h] = met < lived
    return needs


def _joined_ground(net: Net) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Ground without people that hangs together is one node; True for nodes that are one of the given."""
    n = len(net.persons)
    tail = np.repeat(np.arange(n), np.diff(net.start))
    free = net.persons == 0
    both = free[tail] & free[net.to]
    count, which = components(n, tail[both], net.to[both])
    return which.astype(np.int32), np.bincount(which, minlength=count) == 1
