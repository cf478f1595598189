"""Edges that join what has no way on foot to anything else: islands, ground behind a barrier or a special area.

What can be EAs of its own stays by itself. What cannot is joined where it is least bad, and every such edge
has a reason that findings and remarks say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from census_gis.graph import components
from census_gis.partitioning.problem import areas_for

__all__ = ["Crossed", "Land", "Why", "joins_of"]

# Why two atoms that one cannot walk between are joined: an island or exclave, ground behind a special area,
# pieces of one special area or of one taken as it is, a bridge, a river, railway or wide road without a crossing
# nearby.
Why = Literal["island", "behind", "special", "bridge", "barrier", "given"]
Stands = Callable[[int], bool]


@dataclass(frozen=True)
class Land:
    """What joining asks of atoms."""

    persons: NDArray[np.int64]
    alone: NDArray[np.bool_]
    kind: NDArray[np.str_]
    xy: NDArray[np.float64]
    apart: NDArray[np.int64]
    given: NDArray[np.bool_]

    def take(self, rows: NDArray[np.int64]) -> Land:
        """Some atoms only."""
        return Land(
            self.persons[rows],
            self.alone[rows],
            self.kind[rows],
            self.xy[rows],
            self.apart[rows],
            self.given[rows],
        )


@dataclass(frozen=True)
class Crossed:
    """Borders that no ordinary EA may lie across, as pairs of atoms.

    Attributes
    ----------
    special : int64, shape (i, 2)
        Between a special area and what is not of it.
    barrier : int64, shape (j, 2)
        Over a barrier, the least bad first: a crossing near, a border long.
    kept : int64, shape (l, 2)
        Over a line that must be kept; never joined.
    """

    special: NDArray[np.int64]
    barrier: NDArray[np.int64]
    kept: NDArray[np.int64]


def joins_of(
    land: Land,
    ends: NDArray[np.int64],
    crossed: Crossed,
    *,
    band: tuple[int, ...],
    join: bool,
) -> tuple[NDArray[np.int64], list[Why]]:
    """Edges that join what cannot stand by itself, with their reasons.

    Parameters
    ----------
    land : Land
    ends : int64, shape (m, 2)
        Edges one can walk.
    crossed : Crossed
    band : low, target and high [persons]
    join : bool
        Islands are joined (rule `ea.exclave`); else only what has no place at all is.

    Returns
    -------
    Pairs of atoms, int64 (k, 2), and why each is joined.
    """

    def stands(persons: int) -> bool:
        return areas_for(persons, *band)[1]

    found: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
    why: list[Why] = []
    whole = np.concatenate([ends, crossed.special, crossed.barrier, crossed.kept])
    _, piece = components(len(land.persons), whole[:, 0], whole[:, 1])
    for number in np.unique(land.apart):
        rows = np.flatnonzero(land.apart == number)
        mine, inner = land.take(rows), _inside(land.apart, rows, ends, number)
        if number:
            pairs = rows[_pieces(mine, inner)].reshape(-1, 2)
            found.append(pairs)
            why += ["given" if land.given[pair[0]] else "special" for pair in pairs]
            continue
        over = _over_barriers(mine, inner, _inside(land.apart, rows, crossed.barrier, 0), stands)
        walled = _inside(land.apart, rows, crossed.kept, 0)
        both = np.concatenate([inner, over])
        more = _links(mine, both, walled, stands, join=join)
        found += [rows[over].reshape(-1, 2), rows[more].reshape(-1, 2)]
        why += ["barrier"] * len(over)
        why += ["behind" if piece[one] == piece[two] else "island" for one, two in rows[more]]
    return np.concatenate(found), why


def _inside(
    apart: NDArray[np.int64], rows: NDArray[np.int64], ends: NDArray[np.int64], number: int
) -> NDArray[np.int64]:
    """Pairs with both ends among the rows of one number, by their places in them."""
    mine = (apart[ends] == number).all(axis=1)
    return np.searchsorted(rows, ends[mine]).reshape(-1, 2)


def _pieces(land: Land, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Edges that make one special area hang together, each from what is joined to what is nearest."""
    added: list[tuple[int, int]] = []
    while True:
        more = np.array(added, np.int64).reshape(-1, 2)
        both = np.concatenate([ends, more])
        count, which = components(len(land.persons), both[:, 0], both[:, 1])
        if count <= 1:
            return more
        here, there = np.flatnonzero(which == which[0]), np.flatnonzero(which != which[0])
        metres, nearest = cKDTree(land.xy[there]).query(land.xy[here])
        closest = int(np.argmin(metres))
        added.append((int(here[closest]), int(there[nearest[closest]])))


def _over_barriers(
    land: Land, ends: NDArray[np.int64], over: NDArray[np.int64], stands: Stands
) -> NDArray[np.int64]:
    """Borders over barriers, given the least bad first, that join what cannot be EAs of its own."""
    added = np.empty((0, 2), np.int64)
    while True:
        both = np.concatenate([ends, added])
        count, which = components(len(land.persons), both[:, 0], both[:, 1])
        apart = which[over[:, 0]] != which[over[:, 1]]
        if not apart.any():
            return added
        touched = np.unique(which[over[apart]])
        island = next((i for i in _weak(land, which, count, stands) if i in touched), None)
        if island is None:
            return added
        mine = over[apart & (which[over] == island).any(axis=1)]
        lived = bool(land.persons[(which == island) & ~land.alone].any())
        guests = land.alone[mine].any(axis=1) if lived else np.zeros(len(mine), np.bool_)
        added = np.concatenate([added, mine[np.argsort(guests, kind="stable")[:1]]])


def _links(
    land: Land,
    ends: NDArray[np.int64],
    walled: NDArray[np.int64],
    stands: Stands,
    *,
    join: bool,
) -> NDArray[np.int64]:
    """Edges from islands that cannot be EAs of their own to the nearest atom elsewhere.

    Without `join` only what has no place at all is linked; what a kept line cuts off, never.
    """
    n = len(land.persons)
    grounded = ~np.isin(land.kind, ("band", "placeless"))
    added: list[tuple[int, int]] = []
    settled: set[int] = set()
    while True:
        both = np.concatenate([ends, np.array(added, np.int64).reshape(-1, 2)])
        count, which = components(n, both[:, 0], both[:, 1])
        first = np.unique(which, return_index=True)[1]
        cut = which[walled[:, 0]] != which[walled[:, 1]]
        shut = {*which[walled[cut]].ravel().tolist(), *which[sorted(settled)].tolist()}
        nowhere = np.bincount(which, land.kind != "placeless", count) == 0
        weak = [i for i in _weak(land, which, count, stands) if i not in shut and (join or nowhere[i])]  # fmt: skip
        if count <= 1 or not weak:
            return both[len(ends) :]
        pair = _nearest(land, grounded, which == weak[0])
        if pair is None:
            settled.add(int(first[weak[0]]))
        else:
            added.append(pair)


def _weak(land: Land, which: NDArray[np.int32], count: int, stands: Stands) -> list[int]:
    """Components that cannot be EAs of their own, those with fewest persons first."""
    people = np.where(land.alone, 0, land.persons)
    held = np.bincount(which, people, count)
    hearts = np.bincount(which, land.alone, count)
    nowhere = np.bincount(which, land.kind != "placeless", count) == 0
    first = np.unique(which, return_index=True)[1]
    found = []
    for island in np.lexsort((first, held)):
        persons = int(held[island])
        by_itself = hearts[island] > 0 if persons == 0 else stands(persons)
        if nowhere[island] or not by_itself:
            found.append(int(island))
    return found


def _nearest(
    land: Land, grounded: NDArray[np.bool_], mine: NDArray[np.bool_]
) -> tuple[int, int] | None:
    """The shortest way from an island to ground elsewhere, none where there is no other ground."""
    lived = bool(land.persons[mine & ~land.alone].any())
    goals = ~mine & grounded & ~(lived & land.alone)
    if not goals.any():
        goals = ~mine & grounded
    if not goals.any():
        return None
    sources = mine & grounded if (mine & grounded).any() else mine
    goal, source = np.flatnonzero(goals), np.flatnonzero(sources)
    metres, nearest = cKDTree(land.xy[goal]).query(land.xy[source])
    closest = int(np.argmin(metres))
    one, two = int(source[closest]), int(goal[nearest[closest]])
    return min(one, two), max(one, two)
