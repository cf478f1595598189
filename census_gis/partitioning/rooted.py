"""A first plan rooted at large buildings: each founds an area, and these grow in turn, the neediest more often.

Tree cuts and annealing share out large buildings by their lines; where all small houses are needed to bring each of
them into the band, the houses behind one must be kept for it from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.asked import bands_of, first_cores
from census_gis.partitioning.draws import below, chance, seeded
from census_gis.partitioning.network import Net, subnet
from census_gis.partitioning.prepare import Part
from census_gis.partitioning.refine import settle

__all__ = ["from_roots"]

# Homes looked at for each that an area takes, until one does not cut others off.
LOOKED_AT = 24
# Share of steps in which an area drawn at random grows instead of the neediest: always the neediest shuts others in (in a
# town of four large buildings 0 plans of 16 were inside the band; with half of the steps drawn 449 of 1,500).
ODD = 0.5


def from_roots(
    part: Part, label: NDArray[np.int32], pockets: Iterable[int], *, seed: int
) -> NDArray[np.int32] | None:
    """The given plan with some pockets divided anew from their large buildings.

    Parameters
    ----------
    label : int32, shape (nodes,)
        Areas of the nodes.
    pockets : those to divide, each into `part.counts` areas
    seed : int
        Of ties.

    Returns
    -------
    int32, shape (nodes,), or None
        None where a pocket has more nodes over half the band's low than areas: two of them would have to share one.
    """
    task, net = part.task, part.task.net
    new = label.astype(np.int64)
    for pocket in sorted(pocket for pocket in set(pockets) if pocket >= 0):
        nodes = np.flatnonzero(part.pocket == pocket)
        inner = subnet(net, nodes)
        large = np.flatnonzero(2 * inner.persons > task.size.low)
        wanted = int(part.counts[pocket])
        if not 0 < len(large) <= wanted <= np.count_nonzero(inner.persons):
            return None
        state = seeded(seed, 3, len(nodes))
        roots = _with_distant(inner, large, wanted)
        band = task.size.low, task.size.high
        new[nodes] = new.max() + 1 + _grown(inner, roots, band, state)
    _, dense = np.unique(new, return_inverse=True)
    found = first_cores(task, dense.astype(np.int32))
    bands = bands_of(task, int(found.max()) + 1)
    settle(net, found, bands, unit=task.unit, state=seeded(seed, 4, len(found)))
    return found


@njit(cache=True)
def _with_distant(net: Net, roots: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Roots and as many more inhabited nodes as are wanted, each the one most steps from all before."""
    chosen = list(roots)
    while len(chosen) < wanted:
        steps = np.full(len(net.persons), -1, np.int64)
        queue = [np.int64(v) for v in chosen]
        for v in queue:
            steps[v] = 0
        head, last = 0, np.int64(-1)
        while head < len(queue):
            v = queue[head]
            head += 1
            if steps[v] > 0 and net.persons[v] > 0:
                last = v
            for q in range(net.start[v], net.start[v + 1]):
                u = np.int64(net.to[q])
                if steps[u] < 0:
                    steps[u] = steps[v] + 1
                    queue.append(u)
        chosen.append(last)
    return np.array(chosen)


@njit(cache=True)
def _grown(
    net: Net, roots: NDArray[np.int64], band: tuple[float, float], state: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Area of each node: roots grow to the band's low, the neediest or one drawn first, then share the rest."""
    low, high = band
    label = np.full(len(net.persons), -1, np.int64)
    total = np.zeros(len(roots), np.float64)
    for area, root in enumerate(roots):
        label[root] = area
        total[area] += net.persons[root]
    stuck = total >= low
    while True:
        reach = _reach(net, label, total)
        area = _drawn(stuck, state) if chance(state) < ODD else _neediest(reach, stuck)
        if area < 0:
            break
        short = _short(reach, low)
        found = False
        for attempt in range(LOOKED_AT):
            end, back = _home(net, label, area, (high - total[area], attempt // 2), state)
            if end < 0:
                break
            _moved(net, label, total, (-1, area), (end, back))
            found = _short(_reach(net, label, total), low) <= short
            if found:
                break
            _moved(net, label, total, (area, -1), (end, back))
        stuck[area] = not found or total[area] >= low
    _share_rest(net, label, total, high)
    return label


@njit(cache=True)
def _reach(net: Net, label: NDArray[np.int64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Persons each area would have if it took all free ground it can come to."""
    reach = total.copy()
    seen = label >= 0
    met = np.full(len(total), -1, np.int64)
    for first in range(len(label)):
        if seen[first]:
            continue
        seen[first] = True
        queue, head, held = [np.int64(first)], 0, 0.0
        while head < len(queue):
            v = queue[head]
            head += 1
            held += net.persons[v]
            for q in range(net.start[v], net.start[v + 1]):
                u = np.int64(net.to[q])
                if label[u] >= 0:
                    met[label[u]] = first
                elif not seen[u]:
                    seen[u] = True
                    queue.append(u)
        for area in range(len(total)):
            if met[area] == first:
                reach[area] += held
    return reach


@njit(cache=True)
def _neediest(reach: NDArray[np.float64], stuck: NDArray[np.bool_]) -> int:
    """The area, of those still growing, that can come to the fewest persons; -1 for none."""
    best = -1
    for area in range(len(reach)):
        if not stuck[area] and (best < 0 or reach[area] < reach[best]):
            best = area
    return best


@njit(cache=True)
def _drawn(stuck: NDArray[np.bool_], state: NDArray[np.uint64]) -> int:
    """Any of the areas still growing; -1 for none."""
    growing = np.flatnonzero(~stuck)
    return int(growing[below(state, len(growing))]) if len(growing) else -1


@njit(cache=True)
def _short(reach: NDArray[np.float64], low: float) -> float:
    """Persons that areas lack even if each took all it can come to."""
    return np.maximum(low - reach, 0.0).sum()


@njit(cache=True)
def _moved(
    net: Net,
    label: NDArray[np.int64],
    total: NDArray[np.float64],
    areas: tuple[int, int],
    way: tuple[int, NDArray[np.int64]],
) -> None:
    """A home and the way to it change from one area to another in place; -1 is free ground."""
    (old, new), (end, back) = areas, way
    while end >= 0:
        label[end] = new
        if old >= 0:
            total[old] -= net.persons[end]
        if new >= 0:
            total[new] += net.persons[end]
        end = back[end]


@njit(cache=True)
def _home(
    net: Net,
    label: NDArray[np.int64],
    area: int,
    which: tuple[float, int],
    state: NDArray[np.uint64],
) -> tuple[int, NDArray[np.int64]]:
    """An inhabited free node near an area, the `skip`-th met, and the way back; -1 for none.

    `which` is the room the area has [persons] and `skip`. Ways of as many steps are drawn.
    """
    room, skip = which
    n = len(label)
    seen, back = label >= 0, np.full(n, -1, np.int64)
    queue = [np.int64(v) for v in np.flatnonzero(label == area)]
    head, end = 0, np.int64(-1)
    while head < len(queue):
        other = head + below(state, min(3, len(queue) - head))
        queue[head], queue[other] = queue[other], queue[head]
        v = queue[head]
        head += 1
        if label[v] < 0 and net.persons[v] > 0:
            end = v
            if skip == 0:
                break
            skip -= 1
            continue
        for q in range(net.start[v], net.start[v + 1]):
            u = np.int64(net.to[q])
            if not seen[u] and net.persons[u] <= room:
                seen[u] = True
                back[u] = v if label[v] < 0 else -1
                queue.append(u)
    return int(end), back


@njit(cache=True)
def _share_rest(
    net: Net, label: NDArray[np.int64], total: NDArray[np.float64], high: float
) -> None:
    """Give what is free to the area beside it with the fewest persons, in place."""
    while True:
        best, host, crowded = -1, -1, True
        for v in range(len(label)):
            if label[v] >= 0:
                continue
            for q in range(net.start[v], net.start[v + 1]):
                area = label[net.to[q]]
                if area < 0:
                    continue
                full = total[area] + net.persons[v] > high
                fewer = host < 0 or total[area] < total[host]
                if best < 0 or (crowded and not full) or (crowded == full and fewer):
                    best, host, crowded = v, area, full
        if best < 0:
            return
        label[best] = host
        total[host] += net.persons[best]
