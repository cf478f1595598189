"""Arrays that every kernel sees: the atoms as a weighted graph, and the size each area should have."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "Bands", "Net", "Second", "Space", "bands_at", "build", "persons_of", "stays_whole", "subnet", "workspace",
]  # fmt: skip

# Nodes of an area searched for a way round before a node is kept where it is: far more than an EA has, so this
# only saves time while a start still has regions of thousands of nodes.
SEARCHED = 1000

# Marks, their counter and a queue for `stays_whole`.
Space = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]


class Net(NamedTuple):
    """Undirected graph in compressed rows with costs and persons.

    `start` int64 (n + 1,), `to` int32 (2 m,), `cost` int64 (2 m,) of cutting each entry [dm];
    `persons` int64 (n,); `core` int32 (n,): number of the area of its own the atom is the heart of, -1 for others.
    `second` int64 (n,): the measure beside persons, such as households; `soft` float64 (4,): low, target, high and
    cap of it for each area, all 0 where there is no such measure.
    """

    start: NDArray[np.int64]
    to: NDArray[np.int32]
    cost: NDArray[np.int64]
    persons: NDArray[np.int64]
    core: NDArray[np.int32]
    second: NDArray[np.int64]
    soft: NDArray[np.float64]


class Second(NamedTuple):
    """A second measure of the atoms, int64 (n,), and low, target, high and cap of it for an area."""

    amount: NDArray[np.int64]
    soft: tuple[float, float, float, float]


class Bands(NamedTuple):
    """Fewest, wished and most persons of each area, float64 (k,); `extra` bool (k,): guests are unwelcome.

    `deviation`: price of an area that is off its target by the whole target [mean edge costs] (`weights.deviation`).
    """

    low: NDArray[np.float64]
    target: NDArray[np.float64]
    high: NDArray[np.float64]
    extra: NDArray[np.bool_]
    deviation: float = 1.0


def bands_at(bands: Bands, areas: NDArray[np.integer]) -> Bands:
    """Bands of some areas."""
    low, target, high = bands.low[areas], bands.target[areas], bands.high[areas]
    return Bands(low, target, high, bands.extra[areas], bands.deviation)


def build(
    persons: NDArray[np.int64],
    core: NDArray[np.int32],
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    cost: NDArray[np.int64],
    second: Second | None = None,
) -> Net:
    """Compressed rows of an edge list; parallel edges stay apart, loops are dropped."""
    n = len(persons)
    open_ = a != b
    a, b, cost = a[open_], b[open_], cost[open_]
    tail = np.concatenate([a, b]).astype(np.int64)
    head = np.concatenate([b, a]).astype(np.int32)
    order = np.lexsort((head, tail))
    start = np.searchsorted(tail[order], np.arange(n + 1)).astype(np.int64)
    both = np.concatenate([cost, cost])[order].astype(np.int64)
    amount, soft = second or (np.zeros(n, np.int64), (0.0, 0.0, 0.0, 0.0))
    return Net(
        start, head[order], both, persons.astype(np.int64), core.astype(np.int32),
        amount.astype(np.int64), np.array(soft, np.float64),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def subnet(net: Net, nodes: NDArray[np.int64]) -> Net:
    """The graph on some nodes only, renumbered in the order given."""
    place = np.full(len(net.persons), -1, np.int32)
    for i in range(len(nodes)):
        place[nodes[i]] = i
    start = np.zeros(len(nodes) + 1, np.int64)
    for i in range(len(nodes)):
        v = nodes[i]
        count = 0
        for q in range(net.start[v], net.start[v + 1]):
            count += place[net.to[q]] >= 0
        start[i + 1] = start[i] + count
    to = np.empty(start[-1], np.int32)
    cost = np.empty(start[-1], np.int64)
    for i in range(len(nodes)):
        v = nodes[i]
        at = start[i]
        for q in range(net.start[v], net.start[v + 1]):
            u = place[net.to[q]]
            if u >= 0:
                to[at] = u
                cost[at] = net.cost[q]
                at += 1
    return Net(start, to, cost, net.persons[nodes], net.core[nodes], net.second[nodes], net.soft)


@njit(cache=True, nogil=True)
def persons_of(net: Net, label: NDArray[np.int32], k: int) -> NDArray[np.int64]:
    """Persons of each area."""
    total = np.zeros(k, np.int64)
    for v in range(len(label)):
        total[label[v]] += net.persons[v]
    return total


@njit(cache=True, nogil=True)
def workspace(n: int) -> Space:
    """Marks, their counter and a queue for `stays_whole`."""
    return np.zeros(n, np.int64), np.zeros(1, np.int64), np.empty(n + 1, np.int32)


@njit(cache=True, nogil=True)
def stays_whole(net: Net, label: NDArray[np.int32], v: int, space: Space) -> bool:
    """Whether v's area stays connected when v leaves it: exact, the ring around v first.

    A node that is the last of its area, or that touches none of it, is said not to be free to leave.
    """
    mark, stamp, queue = space
    home = label[v]
    stamp[0] += 2
    ring = stamp[0]
    need = 0
    first = np.int32(-1)
    for q in range(net.start[v], net.start[v + 1]):
        u = net.to[q]
        if label[u] == home and mark[u] != ring:
            need += 1
            mark[u] = ring
            if first < 0:
                first = u
    if need <= 1:
        return need == 1
    queue[0] = first
    mark[first] = ring + 1
    head, tail = 0, 1
    while head < tail:
        x = queue[head]
        head += 1
        for q in range(net.start[x], net.start[x + 1]):
            u = net.to[q]
            if mark[u] == ring:
                mark[u] = ring + 1
                queue[tail] = u
                tail += 1
    if tail == need:
        return True
    return _reaches(net, label, v, space, need)


@njit(cache=True, nogil=True)
def _reaches(net: Net, label: NDArray[np.int32], v: int, space: Space, need: int) -> bool:
    """Whether a search through the whole area, not through v, meets all `need` neighbours of v in it."""
    mark, stamp, queue = space
    home = label[v]
    stamp[0] += 2
    seen = stamp[0]
    first = np.int32(-1)
    for q in range(net.start[v], net.start[v + 1]):
        u = net.to[q]
        if label[u] == home:
            mark[u] = seen + 1
            first = u
    mark[v] = seen
    mark[first] = seen
    queue[0] = first
    head, tail, met = 0, 1, 1
    while head < min(tail, SEARCHED):
        x = queue[head]
        head += 1
        for q in range(net.start[x], net.start[x + 1]):
            u = net.to[q]
            if label[u] == home and mark[u] != seen:
                if mark[u] == seen + 1:
                    met += 1
                    if met == need:
                        return True
                mark[u] = seen
                queue[tail] = u
                tail += 1
    return False
