"""Barrier-aware coarsening: atoms that belong together become one node, so that whole groups can move.

Pairs are rated by the boundary that joining them removes over the boundary that is left, so lines along
roads and water, which are cheap to cut, are kept for last.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.draws import below
from census_gis.partitioning.network import Net

__all__ = ["contract", "ladder", "match"]

# A ladder ends when a step no longer joins at least this share of the nodes.
WORTHWHILE = 0.95


@njit(cache=True, nogil=True)
def match(
    net: Net, label: NDArray[np.int32], most: int, state: NDArray[np.uint64]
) -> tuple[NDArray[np.int32], int]:
    """Join nodes of one label in pairs of at most `most` persons; hearts of areas of their own stay single.

    Returns
    -------
    cluster : int32, shape (n,)
        Numbered in the order of their first node, so that neighbours stay near in memory.
    count : int
    """
    n = len(net.persons)
    degree = np.zeros(n, np.float64)
    for v in range(n):
        for q in range(net.start[v], net.start[v + 1]):
            degree[v] += net.cost[q]
    order = np.arange(n)
    for i in range(n - 1, 0, -1):
        j = below(state, i + 1)
        order[i], order[j] = order[j], order[i]
    mate = np.full(n, -1, np.int64)
    for turn in range(n):
        v = order[turn]
        if mate[v] >= 0 or net.core[v] >= 0:
            continue
        best = -1
        best_rate = -1.0
        for q in range(net.start[v], net.start[v + 1]):
            u = net.to[q]
            if mate[u] >= 0 or net.core[u] >= 0 or label[u] != label[v]:
                continue
            if net.persons[u] + net.persons[v] > most:
                continue
            rate = net.cost[q] / (degree[v] + degree[u] - 2.0 * net.cost[q] + 1.0)
            if rate > best_rate:
                best_rate = rate
                best = u
        if best >= 0:
            mate[v] = best
            mate[best] = v
    cluster = np.full(n, -1, np.int32)
    count = 0
    for v in range(n):
        if cluster[v] < 0:
            cluster[v] = count
            if mate[v] >= 0:
                cluster[mate[v]] = count
            count += 1
    return cluster, count


@njit(cache=True, nogil=True)
def contract(net: Net, cluster: NDArray[np.int32], count: int) -> Net:
    """The graph of clusters: costs, persons and the second measure are sums, a core keeps its number."""
    n = len(net.persons)
    first = np.zeros(count + 1, np.int64)
    for v in range(n):
        first[cluster[v] + 1] += 1
    for c in range(count):
        first[c + 1] += first[c]
    member = np.empty(n, np.int64)
    fill = first[:-1].copy()
    for v in range(n):
        member[fill[cluster[v]]] = v
        fill[cluster[v]] += 1
    start = np.zeros(count + 1, np.int64)
    to = np.empty(len(net.to), np.int32)
    cost = np.empty(len(net.to), np.int64)
    persons = np.zeros(count, np.int64)
    second = np.zeros(count, np.int64)
    core = np.full(count, -1, np.int32)
    place = np.full(count, -1, np.int64)
    at = 0
    for c in range(count):
        begin = at
        for i in range(first[c], first[c + 1]):
            v = member[i]
            persons[c] += net.persons[v]
            second[c] += net.second[v]
            core[c] = max(core[c], net.core[v])
            for q in range(net.start[v], net.start[v + 1]):
                other = cluster[net.to[q]]
                if other == c:
                    continue
                if place[other] >= begin:
                    cost[place[other]] += net.cost[q]
                else:
                    place[other] = at
                    to[at] = other
                    cost[at] = net.cost[q]
                    at += 1
        start[c + 1] = at
    return Net(start, to[:at].copy(), cost[:at].copy(), persons, core, second, net.soft)


def ladder(
    net: Net, label: NDArray[np.int32], *, most: int, steps: int, state: NDArray[np.uint64]
) -> tuple[list[Net], list[NDArray[np.int32]], NDArray[np.int32]]:
    """Coarser and coarser graphs, joining inside labels only.

    Returns
    -------
    nets : the graph given and up to `steps` coarser ones
    maps : node of net i -> node of net i + 1
    label : labels on the coarsest net
    """
    nets, maps = [net], []
    for _ in range(steps):
        cluster, count = match(nets[-1], label, most, state)
        if count > WORTHWHILE * len(nets[-1].persons):
            break
        maps.append(cluster)
        nets.append(contract(nets[-1], cluster, count))
        coarse = np.empty(count, np.int32)
        coarse[cluster] = label
        label = coarse
    return nets, maps, label
