"""Two neighbouring areas are taken together and divided again by a balanced cut of a spanning tree.

One move changes a whole border, which single nodes reach only through plans that are worse. Trees prefer dear
edges, as those of the first plan do, so that the cuts offered fall on features; the best of a few trees is
straightened by moves that better it, and taken where it is no dearer than what was there.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.moves import Heat, anneal, tally_of, woe_of
from census_gis.partitioning.network import Bands, Net
from census_gis.partitioning.start import subtrees, tree_of

__all__ = ["pairs_of", "resplit"]

# Sweeps that straighten a new border at most; two are enough for most.
STRAIGHTENING = 6
# Moves of the annealing that take as long as a node of a tree does (measured on M).
LOOK = 10
# A gain below this is rounding [dm]: costs are whole numbers.
GAIN = 1e-6


@njit(cache=True, nogil=True)
def pairs_of(net: Net, label: NDArray[np.int32], k: int) -> NDArray[np.int32]:
    """Neighbouring areas among k, the lower number first, those with the dearest border before the others.

    Returns
    -------
    int32, shape (p, 2)
    """
    key, price = np.empty(len(net.to), np.int64), np.empty(len(net.to), np.int64)
    count = 0
    for v in range(len(label)):
        for q in range(net.start[v], net.start[v + 1]):
            if label[v] < label[net.to[q]]:
                key[count] = np.int64(label[v]) * k + label[net.to[q]]
                price[count] = net.cost[q]
                count += 1
    pairs, cost = np.empty((count, 2), np.int32), np.zeros(count, np.int64)
    last, size = np.int64(-1), 0
    for i in np.argsort(key[:count], kind="mergesort"):
        if key[i] != last:
            last = key[i]
            pairs[size, 0], pairs[size, 1] = last // k, last % k
            size += 1
        cost[size - 1] += price[i]
    return pairs[np.argsort(-cost[:size], kind="mergesort")]


@njit(cache=True, nogil=True)
def _rows(label: NDArray[np.int32], k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nodes of each area as linked rows: the first of each, and the next after each; -1 ends a row."""
    first, after = np.full(k, -1, np.int64), np.full(len(label), -1, np.int64)
    for v in range(len(label) - 1, -1, -1):
        after[v] = first[label[v]]
        first[label[v]] = v
    return first, after


@njit(cache=True, nogil=True)
def _members(
    rows: tuple[NDArray[np.int64], NDArray[np.int64]], a: int, b: int
) -> NDArray[np.int64]:
    """Nodes of two areas, in their order."""
    first, after = rows
    count = 0
    for area in (a, b):
        v = first[area]
        while v >= 0:
            count += 1
            v = after[v]
    nodes = np.empty(count, np.int64)
    count = 0
    for area in (a, b):
        v = first[area]
        while v >= 0:
            nodes[count] = v
            count += 1
            v = after[v]
    return np.sort(nodes)


@njit(cache=True, nogil=True)
def _link(
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    nodes: NDArray[np.int64],
    label: NDArray[np.int32],
    pair: NDArray[np.int32],
) -> None:
    """Rows of two areas after their nodes changed hands."""
    first, after = rows
    first[pair[0]], first[pair[1]] = -1, -1
    for i in range(len(nodes) - 1, -1, -1):
        v = nodes[i]
        after[v] = first[label[v]]
        first[label[v]] = v


@njit(cache=True, nogil=True)
def _between(net: Net, nodes: NDArray[np.int64], place: NDArray[np.int32]) -> Net:
    """The graph on some nodes, in the order given; `place` is -1 everywhere before and after."""
    n = len(nodes)
    for i in range(n):
        place[nodes[i]] = i
    start = np.zeros(n + 1, np.int64)
    for i in range(n):
        start[i + 1] = start[i] + net.start[nodes[i] + 1] - net.start[nodes[i]]
    to, cost = np.empty(start[n], np.int32), np.empty(start[n], np.int64)
    at = 0
    for i in range(n):
        v = nodes[i]
        start[i] = at
        for q in range(net.start[v], net.start[v + 1]):
            u = place[net.to[q]]
            if u >= 0:
                to[at], cost[at] = u, net.cost[q]
                at += 1
    start[n] = at
    for i in range(n):
        place[nodes[i]] = -1
    return Net(
        start, to[:at], cost[:at], net.persons[nodes], net.core[nodes], net.second[nodes], net.soft
    )


@njit(cache=True, nogil=True)
def _halve(
    part: Net, bands: Bands, unit: float, trees: int, state: NDArray[np.uint64]
) -> tuple[NDArray[np.int32], float]:
    """The cheapest cut of some spanning trees, and what it costs with both sizes [dm].

    The part in one piece may have no cut at all: then the cost is infinite.
    """
    n = len(part.persons)
    side = np.zeros(n, np.int32)
    least = np.inf
    persons, second = np.sum(part.persons), np.sum(part.second)
    for _ in range(trees):
        order, parent = tree_of(part, state)
        if len(order) < n:
            break
        below, cut = subtrees(part, order, parent)
        beside = part.second.copy()
        top = -1
        for i in range(n - 1, 0, -1):
            v = order[i]
            beside[parent[v]] += beside[v]
            if cut[v] >= least:
                continue
            price = cut[v] + woe_of(below[v], beside[v], 1, bands, part.soft, unit)
            price += woe_of(persons - below[v], second - beside[v], 0, bands, part.soft, unit)
            if price < least:
                least, top = price, v
        if top >= 0:
            side[:] = 0
            side[top] = 1
            for i in range(1, n):
                if side[parent[order[i]]] == 1:
                    side[order[i]] = 1
    return side, least


@njit(cache=True, nogil=True)
def _price(part: Net, side: NDArray[np.int32], bands: Bands, unit: float) -> float:
    """Cost of a border and of the sizes beside it [dm]."""
    price = np.sum(tally_of(part, side, bands, unit).woe)
    for v in range(len(side)):
        for q in range(part.start[v], part.start[v + 1]):
            if side[v] < side[part.to[q]]:
                price += part.cost[q]
    return price


@njit(cache=True, nogil=True)
def _alike(bands: Bands, a: int, b: int) -> bool:
    """Whether two areas are ordinary ones with the same band, so that their sides may change places."""
    same = bands.low[a] == bands.low[b] and bands.target[a] == bands.target[b]
    return same and bands.high[a] == bands.high[b] and not bands.extra[a] and not bands.extra[b]


@njit(cache=True, nogil=True)
def resplit(
    net: Net,
    label: NDArray[np.int32],
    bands: Bands,
    pairs: NDArray[np.int32],
    how: tuple[float, int, float],
    state: NDArray[np.uint64],
) -> int:
    """Divide pairs of areas again, one after the other, where that is cheaper; in place.

    Areas of one building (with a core) and pairs that no longer touch stay as they are.

    Parameters
    ----------
    pairs : int32, shape (p, 2)
        Areas by their numbers.
    how : mean edge cost [dm], trees drawn for each pair, and moves that may be spent, `LOOK` for each node of a tree

    Returns
    -------
    int
        Pairs divided otherwise.
    """
    unit, trees, moves = how
    rows = _rows(label, len(bands.low))
    place = np.full(len(label), -1, np.int32)
    changed, spent = 0, 0
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        if not _alike(bands, a, b):
            continue
        nodes = _members(rows, a, b)
        part = _between(net, nodes, place)
        if np.max(part.core) >= 0:
            continue
        both = np.array([a, b])
        inner = Bands(
            bands.low[both], bands.target[both], bands.high[both], bands.extra[both],
            bands.deviation,
        )  # fmt: skip
        given = (label[nodes] == b).astype(np.int32)
        spent += LOOK * trees * len(nodes)
        if spent > moves:
            break
        side, price = _halve(part, inner, unit, trees, state)
        if price == np.inf:
            continue
        for _ in range(STRAIGHTENING):
            if anneal(part, side, inner, Heat(0.0, 0.0, 1, unit), state) == 0:
                break
        if _price(part, side, inner, unit) > _price(part, given, inner, unit) - GAIN:
            continue
        second = np.int32(2 * np.sum(side == given) >= len(nodes))
        for i in range(len(nodes)):
            label[nodes[i]] = b if side[i] == second else a
        _link(rows, nodes, label, pairs[p])
        changed += 1
    return changed
