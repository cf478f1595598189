"""The first plan: recursive cuts of trees on the coarse graph, several trees, the cheapest cut that fits.

A spanning tree that prefers long open borders holds blocks together, so its cheap edges are the roads between
blocks. Every cut leaves two connected sides, each with a whole number of areas whose band holds its persons.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.coarsen import ladder
from census_gis.partitioning.draws import chance, seeded
from census_gis.partitioning.moves import Heat, anneal
from census_gis.partitioning.network import Bands, Net, subnet
from census_gis.partitioning.objective import BREACH, SLOPE
from census_gis.partitioning.tasks import side_by_side

__all__ = ["Size", "grow", "subtrees", "tree_of"]

# Persons of the largest coarse node, as a share of the target.
GRAIN_SHARE = 1 / 6
STEPS = 10
# Nodes looked at for each cut, shared over the trees tried, and the least and most trees.
TREE_NODES = 10_000
TREES = (3, 24)
# Between two rounds of cuts the borders of regions are annealed at this many mean edge costs, for so many sweeps.
WARM = 1.5
COLD = 0.05
SWEEPS = 24
# Spread of the random factor on the tree's edges: 0 would give the same tree each time.
NOISE = 0.7
# Edges are sorted by classes of their shaken cost, so many to a doubling (9 % each) and enough for any 64-bit cost.
DOUBLING = 8
CLASSES = 512


class Size(NamedTuple):
    """Fewest, wished and most persons of one area, and `deviation` from the target as in `Bands`."""

    low: float
    target: float
    high: float
    deviation: float = 1.0


@njit(cache=True, nogil=True)
def _dearest_first(
    g: Net, state: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Both ends of every edge, the dear ones first, shaken at random; sorted by classes, so linear."""
    m = len(g.to)
    tail, entry = np.empty(m, np.int64), np.empty(m, np.int64)
    grade, first = np.empty(m, np.int64), np.zeros(CLASSES + 1, np.int64)
    count = 0
    for v in range(len(g.persons)):
        for q in range(g.start[v], g.start[v + 1]):
            if g.to[q] > v:
                weight = 1.0 + g.cost[q] * (1.0 - NOISE * chance(state))
                grade[count] = max(0, CLASSES - 1 - int(DOUBLING * np.log2(weight)))
                first[grade[count] + 1] += 1
                tail[count], entry[count] = v, g.to[q]
                count += 1
    for i in range(CLASSES):
        first[i + 1] += first[i]
    order = np.empty(count, np.int64)
    for i in range(count):
        order[first[grade[i]]] = i
        first[grade[i]] += 1
    return tail[order], entry[order]


@njit(cache=True, nogil=True)
def tree_of(g: Net, state: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Random spanning tree of great weight: nodes in an order parents first, and the parent of each.

    Where the graph is not connected, only what hangs together with its first node is in the order.
    """
    n = len(g.persons)
    tail, head = _dearest_first(g, state)
    root = np.arange(n)
    kept = np.empty((n, 2), np.int64)
    degree = np.zeros(n + 1, np.int64)
    size = 0
    for i in range(len(tail)):
        a, b = tail[i], head[i]
        x, y = a, b
        while root[x] != x:
            root[x] = root[root[x]]
            x = root[x]
        while root[y] != y:
            root[y] = root[root[y]]
            y = root[y]
        if x != y:
            root[x] = y
            kept[size, 0], kept[size, 1] = a, b
            degree[a + 1] += 1
            degree[b + 1] += 1
            size += 1
    first = np.cumsum(degree)
    fill = first[:-1].copy()
    near = np.empty(2 * size, np.int64)
    for i in range(size):
        a, b = kept[i, 0], kept[i, 1]
        near[fill[a]], near[fill[b]] = b, a
        fill[a] += 1
        fill[b] += 1
    parent = np.full(n, -2, np.int64)
    order = np.empty(n, np.int64)
    order[0], parent[0] = 0, -1
    at, end = 0, 1
    while at < end:
        v = order[at]
        at += 1
        for q in range(first[v], first[v + 1]):
            u = near[q]
            if parent[u] == -2:
                parent[u] = v
                order[end] = u
                end += 1
    return order[:end].copy(), parent


@njit(cache=True, nogil=True)
def _chains(
    order: NDArray[np.int64], parent: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Depth of each node and the top of its heavy chain, for common ancestors in a few steps."""
    n = len(parent)
    size = np.ones(n, np.int64)
    heavy = np.full(n, -1, np.int64)
    for i in range(len(order) - 1, 0, -1):
        v = order[i]
        above = parent[v]
        size[above] += size[v]
        if heavy[above] < 0 or size[v] > size[heavy[above]]:
            heavy[above] = v
    depth = np.zeros(n, np.int64)
    head = np.arange(n)
    for i in range(1, len(order)):
        v = order[i]
        depth[v] = depth[parent[v]] + 1
        if heavy[parent[v]] == v:
            head[v] = head[parent[v]]
    return depth, head


@njit(cache=True, nogil=True)
def subtrees(
    g: Net, order: NDArray[np.int64], parent: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Persons below each tree edge, and cost of the cut that taking it off makes."""
    n = len(g.persons)
    depth, head = _chains(order, parent)
    cut = np.zeros(n, np.float64)
    for v in range(n):
        for q in range(g.start[v], g.start[v + 1]):
            cut[v] += g.cost[q]
            if g.to[q] > v:
                x, y = np.int64(v), np.int64(g.to[q])
                while head[x] != head[y]:
                    if depth[head[x]] < depth[head[y]]:
                        x, y = y, x
                    x = parent[head[x]]
                cut[x if depth[x] < depth[y] else y] -= 2.0 * g.cost[q]
    below = g.persons.copy()
    for i in range(len(order) - 1, 0, -1):
        v = order[i]
        below[parent[v]] += below[v]
        cut[parent[v]] += cut[v]
    return below, cut


@njit(cache=True, nogil=True)
def _off(persons: float, count: int, size: Size) -> float:
    """Persons too many or too few for that number of areas."""
    return max(0.0, persons - count * size.high, count * size.low - persons)


@njit(cache=True, nogil=True)
def _share(persons: int, total: int, areas: int, size: Size) -> tuple[int, float]:
    """How many of `areas` a side with `persons` of `total` should keep, and by how many persons that fails."""
    best, least = 1, np.inf
    ideal = persons * areas / max(1, total)
    for count in (int(np.floor(ideal)), int(np.floor(ideal)) + 1):
        if count < 1 or count >= areas:
            continue
        off = _off(persons, count, size) + _off(total - persons, areas - count, size)
        if off < least or (off == least and abs(count - ideal) < abs(best - ideal)):
            best, least = count, off
    if least == np.inf:
        best = 1 if ideal < 1 else areas - 1
        least = _off(persons, best, size) + _off(total - persons, areas - best, size)
    return best, least


@njit(cache=True, nogil=True)
def bisect(
    g: Net, areas: int, size: Size, unit: float, state: NDArray[np.uint64]
) -> tuple[NDArray[np.bool_], int]:
    """Cut a connected graph in two connected sides; True for the second, with its number of areas."""
    n = len(g.persons)
    side = np.zeros(n, np.bool_)
    side_areas = 0
    least = np.inf
    everybody = int(np.sum(g.persons))
    for _ in range(min(TREES[1], max(TREES[0], TREE_NODES // n))):
        order, parent = tree_of(g, state)
        below, cut = subtrees(g, order, parent)
        top = -1
        for i in range(1, len(order)):
            v = order[i]
            count, off = _share(int(below[v]), everybody, areas, size)
            price = cut[v] / min(count, areas - count)
            if off > 0:
                price += unit * BREACH * (1.0 + SLOPE * off / size.target)
            if price < least:
                least = price
                top = v
                side_areas = count
        if top >= 0:
            side[:] = False
            side[top] = True
            for i in range(1, len(order)):
                if side[parent[order[i]]]:
                    side[order[i]] = True
    return side, side_areas


def grow(
    net: Net,
    group: NDArray[np.int32],
    counts: NDArray[np.int64],
    size: Size,
    *,
    unit: float,
    seed: int,
    threads: int = 1,
) -> NDArray[np.int32]:
    """Cut each group of nodes into its number of areas; the same for any number of threads.

    Parameters
    ----------
    group : int32, shape (n,)
        Connected groups; each stays by itself.
    counts : int64, shape (groups,)
        Areas wanted of each, 1 or more.

    Returns
    -------
    int32, shape (n,)
        Areas: the first of each group keeps the group's number, the others follow.
    """
    state = seeded(seed, 1, len(group))
    most = max(1, int(size.target * GRAIN_SHARE))
    nets, maps, region = ladder(net, group.copy(), most=most, steps=STEPS, state=state)
    coarse = nets[-1]
    wanted = [int(count) for count in counts]
    while max(wanted, default=1) > 1:
        wanted = _halved(coarse, region, wanted, _Means(size, unit, seed, threads))
        _anneal_regions(coarse, region, np.array(wanted, np.float64), size, unit, state)
    for step in reversed(maps):
        region = region[step]
    return region


class _Means(NamedTuple):
    """What every cut is given."""

    size: Size
    unit: float
    seed: int
    threads: int


def _halved(net: Net, region: NDArray[np.int32], wanted: list[int], means: _Means) -> list[int]:
    """Cut every region that is to be several areas in two, in place; areas wanted of each region after it."""
    nodes_of = np.argsort(region, kind="stable")
    edge = np.searchsorted(region[nodes_of], np.arange(len(wanted) + 1))
    cuts: dict[int, tuple[NDArray[np.int64], int]] = {}

    def cut(area: int) -> None:
        nodes = nodes_of[edge[area] : edge[area + 1]]
        state = seeded(means.seed, 1, len(wanted), area)
        side, moved = bisect(subnet(net, nodes), wanted[area], means.size, means.unit, state)
        cuts[area] = nodes[side], moved

    many = [
        area for area, count in enumerate(wanted) if count > 1 and edge[area + 1] - edge[area] > 1
    ]
    side_by_side(cut, many, means.threads)
    after = [count if area in cuts else 1 for area, count in enumerate(wanted)]
    for area in many:
        nodes, moved = cuts[area]
        region[nodes] = len(after)
        after[area] -= moved
        after.append(moved)
    return after


def _anneal_regions(
    net: Net,
    region: NDArray[np.int32],
    wanted: NDArray[np.float64],
    size: Size,
    unit: float,
    state: NDArray[np.uint64],
) -> None:
    """Straighten the lines between regions, each kept inside the band of its number of areas."""
    bands = Bands(
        wanted * size.low, wanted * size.target, wanted * size.high,
        np.zeros(len(wanted), np.bool_), size.deviation,
    )  # fmt: skip
    anneal(net, region, bands, Heat(WARM * unit, COLD * unit, SWEEPS, unit), state)
