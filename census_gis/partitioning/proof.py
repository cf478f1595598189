"""How many large buildings must stay outside the band: a bound that no plan can beat.

Buildings of some size can only be combined with few neighbours. All sets of them that might close inside the band
are listed (small buildings and empty ground count as free connections and free persons, so the list is too long,
never too short), and the largest packing of disjoint sets is bounded by integer programming (HiGHS).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from census_gis.graph import components
from census_gis.partitioning.network import Net

__all__ = ["least_stranded", "lumps_of"]

# A building is a lump when it holds more than this share of the band's width.
LUMP_SHARE = 0.5
# Sets listed and branches searched before the question is given up.
MOST_SETS = 30_000
MOST_BRANCHES = 200


def lumps_of(net: Net, nodes: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
    """Nodes of a pocket that are large against the band's width."""
    return nodes[net.persons[nodes] > LUMP_SHARE * (high - low)]


def least_stranded(net: Net, nodes: NDArray[np.int64], low: int, high: int) -> int | None:
    """Fewest lumps of a pocket outside the band in any plan (a lower bound), None when that is too hard."""
    lumps = lumps_of(net, nodes, low, high)
    graph = _lump_graph(net, nodes, lumps)
    sets = _sets(graph, low, high)
    if sets is None:
        return None
    if not sets:
        return len(lumps)
    rows, most = _rows(graph, sets, low)
    found = milp(
        -np.array([len(members) for members in sets], float),
        constraints=LinearConstraint(rows, ub=most),
        integrality=np.ones(len(sets)), bounds=Bounds(0, 1),
        options={"node_limit": MOST_BRANCHES},
    )  # fmt: skip
    bound = found.mip_dual_bound
    return None if bound is None else len(lumps) - int(np.floor(-bound + 1e-6))


@dataclass(frozen=True)
class _Lumps:
    """Lumps with their persons, those that touch, the groups of small nodes around each, and what groups hold.

    `single` are the groups of one node: only one area can have it.
    """

    persons: list[int]
    near: list[set[int]]
    around: list[set[int]]
    held: dict[int, int]
    single: set[int]


def _lump_graph(net: Net, nodes: NDArray[np.int64], lumps: NDArray[np.int64]) -> _Lumps:
    """Lumps and the groups of small nodes between them."""
    number = {int(lump): i for i, lump in enumerate(lumps)}
    small = np.zeros(len(net.persons), np.bool_)
    small[nodes] = True
    small[lumps] = False
    tail = np.repeat(np.arange(len(net.persons)), np.diff(net.start))
    inner = small[tail] & small[net.to]
    count, group = components(len(net.persons), tail[inner], net.to[inner])
    held = np.bincount(group[small], net.persons[small], count).astype(np.int64)
    near: list[set[int]] = [set() for _ in lumps]
    around: list[set[int]] = [set() for _ in lumps]
    for i, lump in enumerate(lumps):
        for u in net.to[net.start[lump] : net.start[lump + 1]]:
            if int(u) in number:
                near[i].add(number[int(u)])
            elif small[u]:
                around[i].add(int(group[u]))
    size = np.bincount(group[small], minlength=count)
    return _Lumps(
        [int(p) for p in net.persons[lumps]], near, around,
        {int(g): int(held[g]) for g in np.flatnonzero(size)}, set(np.flatnonzero(size == 1).tolist()),
    )  # fmt: skip


def _viable(graph: _Lumps, members: tuple[int, ...], low: int, without: int = -1) -> bool:
    """Whether lumps hang together and might reach the band with the groups around them, one left out."""
    groups = set().union(*(graph.around[i] for i in members)) - {without}
    if sum(graph.persons[i] for i in members) + sum(graph.held[g] for g in groups) < low:
        return False
    reached, queue = {members[0]}, [members[0]]
    while queue:
        i = queue.pop()
        shared = graph.around[i] - {without}
        for j in members:
            if j not in reached and (j in graph.near[i] or shared & graph.around[j]):
                reached.add(j)
                queue.append(j)
    return len(reached) == len(members)


def _sets(graph: _Lumps, low: int, high: int) -> list[tuple[int, ...]] | None:
    """Connected sets of lumps that might close inside the band, each once; None when there are too many."""
    touching: dict[int, set[int]] = {}
    for i, groups in enumerate(graph.around):
        for group in groups:
            touching.setdefault(group, set()).add(i)
    found: list[tuple[int, ...]] = []
    seen: set[tuple[int, ...]] = set()
    queue: list[tuple[int, ...]] = [(i,) for i in range(len(graph.persons))]
    while queue:
        members = queue.pop()
        if members in seen or sum(graph.persons[i] for i in members) > high:
            continue
        seen.add(members)
        if len(seen) > MOST_SETS:
            return None
        if _viable(graph, members, low):
            found.append(members)
        reach = set().union(*(graph.near[i] for i in members))
        for group in set().union(*(graph.around[i] for i in members)):
            reach |= touching[group]
        queue += [tuple(sorted((*members, i))) for i in reach - set(members)]
    return sorted(found)


def _rows(
    graph: _Lumps, sets: list[tuple[int, ...]], low: int
) -> tuple[csr_matrix, NDArray[np.float64]]:
    """What sets share and may use up: each lump once, each single node once, the small buildings' persons."""
    places = len(graph.persons)
    row_of = {group: places + i for i, group in enumerate(sorted(graph.single))}
    last = places + len(row_of)
    entries: list[tuple[int, int, float]] = []
    for column, members in enumerate(sets):
        entries += [(i, column, 1.0) for i in members]
        for group in sorted(set().union(*(graph.around[i] for i in members)) & graph.single):
            if not _viable(graph, members, low, group):
                entries.append((row_of[group], column, 1.0))
        lacking = low - sum(graph.persons[i] for i in members)
        if lacking > 0:
            entries.append((last, column, float(lacking)))
    row, column_of, value = zip(*entries, strict=True)
    most = np.ones(last + 1)
    most[last] = sum(graph.held.values())
    return csr_matrix((value, (row, column_of)), shape=(last + 1, len(sets))), most
