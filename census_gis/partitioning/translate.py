"""From a Fabric to a Problem: atoms in an order of their own, islands linked to what is nearest.

Special areas with a policy of their own and virtual EAs have no edge to anything else, so that no area mixes
them with ordinary ground. A bridge makes cutting below it as dear as in the open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from census_gis.graph import components
from census_gis.model import Fabric
from census_gis.partitioning.objective import DM, cut_cost
from census_gis.partitioning.problem import Problem, areas_for
from census_gis.partitioning.terms import weights_of

__all__ = ["Question", "Why", "question_of"]

MORTON_BITS = 16
# Cost of cutting a link over water or foreign land: nothing is gained by an EA on both sides of it [dm].
LINK_DM = 1
# Why two atoms without a common border are joined: an island or exclave, ground behind a special area, pieces
# of one special area, a bridge.
Why = Literal["island", "behind", "special", "bridge"]


@dataclass(frozen=True)
class Question:
    """A Problem and how it lies in its fabric.

    Attributes
    ----------
    problem : Problem
        Its last edges, as many as `why` has entries, join what has no common border; the others are edges
        of the fabric.
    order : int64, shape (n,)
        Atom of the fabric behind each atom of the problem.
    why : tuple
        Reason of each of the last edges.
    xy : float64, shape (n, 2) [m]; area_m2 : float64, shape (n,)
    placeless : bool, shape (n,)
        Persons without a building: no ground, so no piece of land.
    apart : int64, shape (n,)
        0 for ordinary ground, the same number above 0 for what may be together and with nothing else.
    """

    problem: Problem
    order: NDArray[np.int64]
    why: tuple[Why, ...]
    xy: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    placeless: NDArray[np.bool_]
    apart: NDArray[np.int64]

    @property
    def links(self) -> int:
        """Number of edges that join what has no common border."""
        return len(self.why)


def question_of(fabric: Fabric) -> Question:
    """The fabric's atoms in an order that does not depend on the order of rows."""
    rules = fabric.district.profile
    order = _order(fabric)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    atoms = fabric.atoms.iloc[order]
    xy = np.nan_to_num(atoms[["x", "y"]].to_numpy(np.float64))
    persons = atoms["persons"].to_numpy(np.int64)
    apart = _apart(atoms)
    alone = (atoms["alone"] | (atoms["virtual"] >= 0)).to_numpy(bool)
    kind = atoms["kind"].astype(str).to_numpy()
    band = tuple(int(rules[f"ea.persons.{name}"]) for name in ("low", "target", "high"))
    ground, bridges, behind = _edges(fabric, place, apart)
    land = _Land(persons, alone, kind, xy, apart)
    ends = np.concatenate([ground[:, :2], bridges[:, :2]])
    joins, why = _joins(land, ends, behind, band=band, join=rules["ea.exclave"] == "join")
    dear = np.full(len(joins), LINK_DM, np.int64)
    problem = Problem(
        persons=persons,
        a=np.concatenate([ends[:, 0], joins[:, 0]]).astype(np.int32),
        b=np.concatenate([ends[:, 1], joins[:, 1]]).astype(np.int32),
        cost=np.concatenate([ground[:, 2], bridges[:, 2], dear]),
        alone=alone, family=_families(atoms, kind), low=band[0], target=band[1], high=band[2],
        spare=int(rules["ea.persons.spare"]), cap=int(rules["ea.persons.cap_building"]),
    )  # fmt: skip
    area = np.nan_to_num(atoms["area_m2"].to_numpy(np.float64))
    over: list[Why] = ["bridge"] * len(bridges)
    return Question(problem, order, (*over, *why), xy, area, kind == "placeless", apart)


def _apart(atoms: pd.DataFrame) -> NDArray[np.int64]:
    """Number of the special area or virtual EA each atom is kept apart for, 0 for ordinary ground."""
    special, virtual = (atoms[name].to_numpy(np.int64) for name in ("special", "virtual"))
    after = int(special.max(initial=-1)) + 2
    return np.where(virtual >= 0, after + virtual, special + 1)


def _edges(
    fabric: Fabric, place: NDArray[np.int64], apart: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Edges of the fabric as rows (a, b, cost), in order: those with a border or a stair, bridges without
    one, and those that special areas cut.
    """
    link = fabric.edges["link"].to_numpy(bool)
    border = fabric.edges["border_m"].to_numpy(np.float64)
    weights = weights_of(fabric.district.profile)
    cost = cut_cost(fabric.edges, weights)
    least = np.maximum(np.minimum(border, weights.line_longest), weights.line_gap)
    cost = np.where(link, np.maximum(cost, np.rint(least * DM).astype(np.int64)), cost)
    ends = place[fabric.edges[["a", "b"]].to_numpy(np.int64)].reshape(-1, 2)
    rows = np.column_stack([ends.min(axis=1), ends.max(axis=1), cost])
    tidy = np.lexsort((rows[:, 1], rows[:, 0]))
    rows, cut = rows[tidy], (apart[ends[:, 0]] != apart[ends[:, 1]])[tidy]
    bridge = (link & (border == 0) & ~fabric.edges["stair"].to_numpy(bool))[tidy]
    return rows[~cut & ~bridge], rows[~cut & bridge], rows[cut]


def _order(fabric: Fabric) -> NDArray[np.int64]:
    """Atoms along a Morton curve, so that neighbours are near in memory; ties by coordinates and names."""
    atoms = fabric.atoms
    xy = np.nan_to_num(atoms[["x", "y"]].to_numpy(np.float64))
    first_part = fabric.parts.groupby("atom")["part_id"].min().astype(str)
    name = first_part.reindex(np.arange(len(atoms))).fillna("").to_numpy(str)
    building = atoms["building_id"].fillna("").astype(str).to_numpy(str)
    span = max(float(np.ptp(xy[:, 0])), float(np.ptp(xy[:, 1])), 1e-9) if len(xy) else 1.0
    grid = ((xy - xy.min(axis=0, initial=np.inf)) / span * ((1 << MORTON_BITS) - 1)).astype(
        np.uint64
    )
    curve = np.zeros(len(atoms), np.uint64)
    for bit in range(MORTON_BITS):
        for axis in (0, 1):
            curve |= (grid[:, axis] >> np.uint64(bit) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return np.lexsort((name, building, xy[:, 1], xy[:, 0], curve))


def _families(atoms: pd.DataFrame, kind: NDArray[np.str_]) -> NDArray[np.int32]:
    """Pieces of one building share a number; whole buildings have none."""
    names = atoms["building_id"].fillna("").astype(str).to_numpy(str)
    pieces = np.isin(kind, ("slice", "band")) & (names != "")
    family = np.full(len(atoms), -1, np.int32)
    family[pieces] = np.unique(names[pieces], return_inverse=True)[1]
    return family


@dataclass(frozen=True)
class _Land:
    """What joining asks of atoms."""

    persons: NDArray[np.int64]
    alone: NDArray[np.bool_]
    kind: NDArray[np.str_]
    xy: NDArray[np.float64]
    apart: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> _Land:
        """Some atoms only."""
        return _Land(
            self.persons[rows], self.alone[rows], self.kind[rows], self.xy[rows], self.apart[rows]
        )


def _joins(
    land: _Land,
    ends: NDArray[np.int64],
    behind: NDArray[np.int64],
    *,
    band: tuple[int, ...],
    join: bool,
) -> tuple[NDArray[np.int64], list[Why]]:
    """Edges that join islands of ordinary ground, and pieces of special areas, with their reasons."""
    found: list[NDArray[np.int64]] = []
    why: list[Why] = []
    whole = np.concatenate([ends, behind[:, :2]])
    _, piece = components(len(land.persons), whole[:, 0], whole[:, 1])
    for number in np.unique(land.apart):
        rows = np.flatnonzero(land.apart == number)
        inner = np.searchsorted(rows, ends[land.apart[ends[:, 0]] == number])
        if number:
            more = _pieces(land.take(rows), inner)
        else:
            more = _links(land.take(rows), inner[:, 0], inner[:, 1], band=band, join=join)
        pairs = rows[more].reshape(-1, 2)
        found.append(pairs)
        for one, two in pairs:
            why.append("special" if number else "behind" if piece[one] == piece[two] else "island")
    return np.concatenate([np.empty((0, 2), np.int64), *found]), why


def _pieces(land: _Land, ends: NDArray[np.int64]) -> NDArray[np.int64]:
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


def _links(
    land: _Land,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    *,
    band: tuple[int, ...],
    join: bool,
) -> NDArray[np.int64]:
    """Edges from islands that cannot be EAs of their own to the nearest atom elsewhere.

    Without `join` only what has no place at all is linked.
    """
    n = len(land.persons)
    grounded = ~np.isin(land.kind, ("band", "placeless"))
    added: list[tuple[int, int]] = []
    settled: set[int] = set()
    while True:
        ends = np.array(added, np.int64).reshape(-1, 2)
        count, which = components(n, np.r_[a, ends[:, 0]], np.r_[b, ends[:, 1]])
        if count <= 1:
            return ends
        island = _next_island(land, which, count, band=band, join=join, settled=settled)
        if island is None:
            return ends
        mine = which == island
        lived = bool(land.persons[mine & ~land.alone].any())
        goals = ~mine & grounded & ~(lived & land.alone)
        if not goals.any():
            goals = ~mine & grounded
        sources = mine & grounded if (mine & grounded).any() else mine
        if not goals.any():
            settled.add(int(np.flatnonzero(mine)[0]))
            continue
        goal, source = np.flatnonzero(goals), np.flatnonzero(sources)
        metres, nearest = cKDTree(land.xy[goal]).query(land.xy[source])
        closest = int(np.argmin(metres))
        pair = sorted((int(source[closest]), int(goal[nearest[closest]])))
        added.append((pair[0], pair[1]))


def _next_island(
    land: _Land,
    which: NDArray[np.int32],
    count: int,
    *,
    band: tuple[int, ...],
    join: bool,
    settled: set[int],
) -> int | None:
    """The component with the fewest persons that cannot stand by itself, None when there is none left."""
    people = np.where(land.alone, 0, land.persons)
    held = np.bincount(which, people, count)
    hearts = np.bincount(which, land.alone, count)
    nowhere = np.bincount(which, land.kind != "placeless", count) == 0
    first = np.full(count, len(which), np.int64)
    np.minimum.at(first, which, np.arange(len(which)))
    for island in np.lexsort((first, held)):
        persons = int(held[island])
        stands = hearts[island] > 0 if persons == 0 else areas_for(persons, *band)[1]
        if int(first[island]) not in settled and (nowhere[island] or (join and not stands)):
            return int(island)
    return None
