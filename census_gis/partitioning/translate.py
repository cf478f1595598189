"""From a Fabric to a Problem: atoms in an order of their own, islands linked to what is nearest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from census_gis.graph import components
from census_gis.model import Fabric
from census_gis.partitioning.objective import cut_cost
from census_gis.partitioning.problem import Problem, areas_for

__all__ = ["Question", "question_of"]

MORTON_BITS = 16
# Cost of cutting a link over water or foreign land: nothing is gained by an EA on both sides of it [dm].
LINK_DM = 1


@dataclass(frozen=True)
class Question:
    """A Problem and how it lies in its fabric.

    Attributes
    ----------
    problem : Problem
        Its last `links` edges join islands; the others are edges of the fabric.
    order : int64, shape (n,)
        Atom of the fabric behind each atom of the problem.
    links : int
    xy : float64, shape (n, 2) [m]; area_m2 : float64, shape (n,)
    placeless : bool, shape (n,)
        Persons without a building: no ground, so no piece of land.
    """

    problem: Problem
    order: NDArray[np.int64]
    links: int
    xy: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    placeless: NDArray[np.bool_]


def question_of(fabric: Fabric) -> Question:
    """The fabric's atoms in an order that does not depend on the order of rows."""
    rules = fabric.district.profile
    order = _order(fabric)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    atoms = fabric.atoms.iloc[order]
    xy = np.nan_to_num(atoms[["x", "y"]].to_numpy(np.float64))
    a = place[fabric.edges["a"].to_numpy(np.int64)]
    b = place[fabric.edges["b"].to_numpy(np.int64)]
    cost = cut_cost(fabric.edges)
    a, b = np.minimum(a, b), np.maximum(a, b)
    tidy = np.lexsort((b, a))
    a, b, cost = a[tidy], b[tidy], cost[tidy]
    band = tuple(int(rules[f"ea.persons.{name}"]) for name in ("low", "target", "high"))
    persons = atoms["persons"].to_numpy(np.int64)
    alone = atoms["alone"].to_numpy(bool)
    kind = atoms["kind"].astype(str).to_numpy()
    more = _links(
        _Land(persons, alone, kind, xy), a, b, band=band, join=rules["ea.exclave"] == "join"
    )
    problem = Problem(
        persons=persons,
        a=np.concatenate([a, more[:, 0]]).astype(np.int32),
        b=np.concatenate([b, more[:, 1]]).astype(np.int32),
        cost=np.concatenate([cost, np.full(len(more), LINK_DM, np.int64)]),
        alone=alone, family=_families(atoms, kind), low=band[0], target=band[1], high=band[2],
        spare=int(rules["ea.persons.spare"]), cap=int(rules["ea.persons.cap_building"]),
    )  # fmt: skip
    area = np.nan_to_num(atoms["area_m2"].to_numpy(np.float64))
    return Question(problem, order, len(more), xy, area, kind == "placeless")


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
    """What `_links` asks of atoms."""

    persons: NDArray[np.int64]
    alone: NDArray[np.bool_]
    kind: NDArray[np.str_]
    xy: NDArray[np.float64]


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
