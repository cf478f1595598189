"""Cells into atoms: overlapping buildings together, nothing without ground, no atom in pieces."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from census_gis.fabric.blocks import connected_corners, touching_pieces
from census_gis.graph import components
from census_gis.model import Mesh

__all__ = ["Loads", "Settled", "settle"]

# A piece that was cut off is joined to a neighbour which is then in pieces itself: rounds until it ends.
ROUNDS = 6


class Loads(NamedTuple):
    """What groups of parts hold, and how much of it may come together.

    `persons`, `alone` and `core` have a row for each group; `core` are the persons of the largest group
    in it that is an EA of its own. `high` is the band's top, `spare` what an uncut building above it may
    have beside it [persons].
    """

    persons: NDArray[np.int64]
    alone: NDArray[np.bool_]
    core: NDArray[np.int64]
    high: int
    spare: int


class Settled(NamedTuple):
    """Atoms of groups.

    `group` is, for each group given, the lowest group it was joined to; `fused` are groups that were
    joined to keep another in one piece or because they lie inside one; `broken` are in pieces for good.
    """

    group: NDArray[np.int64]
    fused: list[tuple[int, int]]
    broken: list[int]


def settle(mesh: Mesh, group: NDArray[np.int64], loads: Loads) -> Settled:
    """Join groups of cells until each is one piece of ground.

    Parameters
    ----------
    mesh : Mesh
    group : int64, shape (n_cells,)
        Group of each cell.
    loads : Loads
    """
    into = np.arange(len(loads.persons))
    covered = np.flatnonzero(mesh.cover != np.arange(mesh.n_cells))
    into = _union(into, group[covered], group[mesh.cover[covered]])
    fused: list[tuple[int, int]] = []
    broken: list[int] = []
    for _ in range(ROUNDS):
        joins, broken = _joins(mesh, into[group], _summed(loads, into))
        if not joins:
            break
        fused += joins
        pairs = np.asarray(joins, dtype=np.int64)
        into = _union(into, pairs[:, 0], pairs[:, 1])
    return Settled(into, fused, broken)


def _union(
    into: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Groups after joining a[i] with b[i]: each the lowest of its own."""
    _, found = components(len(into), np.r_[np.arange(len(into)), a], np.r_[into, b])
    lowest = np.full(int(found.max(initial=-1)) + 1, len(into))
    np.minimum.at(lowest, found, np.arange(len(into)))
    return lowest[found]


def _summed(loads: Loads, into: NDArray[np.int64]) -> Loads:
    """What groups hold after joining; a row for each group given, those joined to another hold nothing."""
    persons = np.zeros_like(loads.persons)
    np.add.at(persons, into, loads.persons)
    alone = np.zeros_like(loads.alone)
    np.logical_or.at(alone, into, loads.alone)
    core = np.zeros_like(loads.core)
    np.maximum.at(core, into, loads.core)
    return loads._replace(persons=persons, alone=alone, core=core)


def _joins(
    mesh: Mesh, group: NDArray[np.int64], loads: Loads
) -> tuple[list[tuple[int, int]], list[int]]:
    """One round: for each group in pieces the neighbour that joins them, for each pocket its host."""
    corner = np.where(mesh.cell >= 0, group[mesh.cell], -1).astype(np.int32)
    piece, first = connected_corners(mesh.twin, corner, mesh.inside)
    label = corner[first].astype(np.int64)
    count = np.bincount(label, minlength=len(loads.persons))
    if (count <= 1).all() and not loads.alone.any():
        return [], []
    p, q = _touching(mesh, piece)
    joins: list[tuple[int, int]] = []
    broken: list[int] = []
    taken: set[int] = set()
    for torn in np.flatnonzero(count > 1):
        mine = np.flatnonzero(label == torn)
        bridge = _bridge(int(torn), mine, label, (p, q), loads)
        if bridge is None:
            broken.append(int(torn))
        elif bridge not in taken and int(torn) not in taken:
            joins.append((int(torn), bridge))
            taken |= {int(torn), bridge}
    held = loads.persons.copy()
    for host, pocket, persons in _pockets(label, (p, q), loads):
        if host in taken or taken & set(pocket):
            continue
        beside = int(held[host]) + persons - int(loads.core[host])
        big = loads.core[host] > loads.high and beside <= loads.spare
        if not persons or held[host] + persons <= loads.high or big:
            joins += [(host, member) for member in pocket]
            held[host] += persons
    return joins, broken


def _bridge(
    torn: int,
    mine: NDArray[np.int64],
    label: NDArray[np.int64],
    touching: tuple[NDArray[np.int64], NDArray[np.int64]],
    loads: Loads,
) -> int | None:
    """The neighbour that touches most pieces of a torn group, at least two, with fewest persons."""
    p, q = touching
    beside = np.isin(p, mine)
    mates, pieces = q[beside], p[beside]
    pairs = np.unique(np.column_stack([mates, pieces]), axis=0)
    reach = np.bincount(pairs[:, 0], minlength=len(label))
    best: tuple[int, int, int] | None = None
    for mate in np.flatnonzero(reach > 1):
        other = int(label[mate])
        if _may_join(torn, other, loads):
            rank = (-int(reach[mate]), int(loads.persons[other]), other)
            best = rank if best is None or rank < best else best
    return None if best is None else best[2]


def _may_join(one: int, other: int, loads: Loads) -> bool:
    """Whether two groups together stay an EA the rules allow."""
    a, b = int(loads.persons[one]), int(loads.persons[other])
    if a + b <= loads.high or not a or not b:
        return True
    core = max(int(loads.core[one]), int(loads.core[other]))
    return core > loads.high and a + b - core <= loads.spare


def _pockets(
    label: NDArray[np.int64],
    touching: tuple[NDArray[np.int64], NDArray[np.int64]],
    loads: Loads,
) -> list[tuple[int, list[int], int]]:
    """Ground that touches nothing but one group that is an EA of its own.

    Returns that group, the groups of the pocket and their persons, the fewest persons first.
    """
    if not loads.alone.any():
        return []
    a, b = label[touching[0]], label[touching[1]]
    free = ~loads.alone
    inner = free[a] & free[b]
    count, cluster = components(len(free), a[inner], b[inner])
    rim = free[a] & ~free[b]
    hosts = np.unique(np.column_stack([cluster[a[rim]], b[rim]]), axis=0)
    number = np.bincount(hosts[:, 0], minlength=count)
    total = np.bincount(cluster, np.where(free, loads.persons, 0), count).astype(np.int64)
    found = []
    for which, host in hosts[number[hosts[:, 0]] == 1]:
        members = np.flatnonzero((cluster == which) & free).tolist()
        found.append((int(host), members, int(total[which])))
    return sorted(found, key=lambda pocket: (pocket[2], pocket[1]))


def _touching(mesh: Mesh, piece: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of pieces with a common border, both ways, each once."""
    met = touching_pieces(mesh.twin, piece)
    p, q = met >> 32, met & 0xFFFFFFFF
    once = np.unique(np.minimum(p, q) << 32 | np.maximum(p, q))
    pairs = np.sort(np.concatenate([once, (once & 0xFFFFFFFF) << 32 | once >> 32]))
    return pairs >> 32, pairs & 0xFFFFFFFF
