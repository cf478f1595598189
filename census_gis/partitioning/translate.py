"""From a Fabric to a Problem: atoms in an order of their own, islands linked to what is nearest.

Special areas with a policy of their own and virtual EAs have no edge to anything else, so that no area mixes
them with ordinary ground. A bridge makes cutting below it as dear as in the open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import InfeasibleError
from census_gis.language import Text
from census_gis.model import Fabric
from census_gis.partitioning.joins import Crossed, Land, Why, joins_of
from census_gis.partitioning.objective import DM, cut_cost
from census_gis.partitioning.problem import HouseholdBand, Problem
from census_gis.partitioning.terms import weights_of
from census_gis.profile import Profile

__all__ = ["Question", "Why", "joined_by", "question_of"]

MORTON_BITS = 16
# Cost of cutting a link over water or foreign land: nothing is gained by an EA on both sides of it [dm].
LINK_DM = 1


@dataclass(frozen=True)
class Question:
    """A Problem and how it lies in its fabric.

    Attributes
    ----------
    problem : Problem
        Its last edges, as many as `why` has entries, join what one cannot walk between; the others are edges
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
    own : int64, shape (n,)
        The same of special areas and virtual EAs alone: what people move by hand obeys only these.
    """

    problem: Problem
    order: NDArray[np.int64]
    why: tuple[Why, ...]
    xy: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    placeless: NDArray[np.bool_]
    apart: NDArray[np.int64]
    own: NDArray[np.int64]

    @property
    def links(self) -> int:
        """Number of edges that join what one cannot walk between."""
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
    own = _own(atoms)
    given = atoms["given"].to_numpy(np.int64)
    apart = np.where((own == 0) & (given >= 0), own.max(initial=0) + 1 + given, own)
    alone = (atoms["alone"] | (atoms["virtual"] >= 0)).to_numpy(bool)
    kind = atoms["kind"].astype(str).to_numpy()
    band = tuple(int(rules[f"ea.persons.{name}"]) for name in ("low", "target", "high"))
    ground, bridges, crossed = _edges(fabric, place, apart)
    homes = _households(atoms, rules)
    load, wanted = _main(persons, band, homes)
    land = Land(load, alone, kind, xy, apart, (own == 0) & (given >= 0))
    ends = np.concatenate([ground[:, :2], bridges[:, :2]])
    joins, why = joins_of(land, ends, crossed, band=wanted, join=rules["ea.exclave"] == "join")
    dear = np.full(len(joins), LINK_DM, np.int64)
    problem = Problem(
        persons=persons,
        a=np.concatenate([ends[:, 0], joins[:, 0]]).astype(np.int32),
        b=np.concatenate([ends[:, 1], joins[:, 1]]).astype(np.int32),
        cost=np.concatenate([ground[:, 2], bridges[:, 2], dear]),
        alone=alone, family=_families(atoms, kind), low=band[0], target=band[1], high=band[2],
        spare=int(rules["ea.persons.spare"]), cap=int(rules["ea.persons.cap_building"]),
        deviation=weights_of(rules).deviation, **homes,
    )  # fmt: skip
    area = np.nan_to_num(atoms["area_m2"].to_numpy(np.float64))
    over: list[Why] = ["bridge"] * len(bridges)
    return Question(problem, order, (*over, *why), xy, area, kind == "placeless", apart, own)


def joined_by(
    question: Question, label: NDArray[np.integer]
) -> dict[int, dict[Why, tuple[int, ...]]]:
    """Why areas hang together although one cannot walk through them: by area the reasons, with their atoms.

    `label` is in the order of the problem. Persons without a place are no piece of land.
    """
    problem, nowhere = question.problem, question.placeless
    first = len(problem.a) - question.links
    found: dict[int, dict[Why, set[int]]] = {}
    for i, why in enumerate(question.why, start=first):
        one, two = int(problem.a[i]), int(problem.b[i])
        if label[one] == label[two] and not (nowhere[one] or nowhere[two]):
            found.setdefault(int(label[one]), {}).setdefault(why, set()).update((one, two))
    return {
        area: {why: tuple(sorted(atoms)) for why, atoms in reasons.items()}
        for area, reasons in sorted(found.items())
    }


def _households(atoms: pd.DataFrame, rules: Profile) -> dict[str, Any]:
    """What a Problem asks of households; nothing where nobody has counted them and persons are what matters.

    Raises
    ------
    InfeasibleError
        If households decide and there are none, or their band contradicts itself.
    """
    counts, primary = atoms["households"].to_numpy(np.int64), str(rules["ea.primary"])
    low, target, high, cap = (int(rules[f"ea.households.{name}"]) for name in ("low", "target", "high", "cap"))  # fmt: skip
    if not counts.any():
        if primary == "households" and atoms["persons"].to_numpy().any():
            raise InfeasibleError(
                Text("households decide the size of EAs, but there are none.", "以户数为主，但没有户数。"),
                where="ea.primary",
                fix=Text("give households of districts or buildings, or set ea.primary = persons.",
                         "请提供普查区或建筑物的户数，或将 ea.primary 设为 persons。"),
            )  # fmt: skip
        return {}
    if not 0 <= low <= target <= high <= cap:
        raise InfeasibleError(
            Text(f"the household band {low}-{high} (cap {cap}) does not hold the target {target}.",
                 f"目标 {target} 户不在区间 {low}-{high}（上限 {cap}）内。"),
            where="ea.households",
            fix=Text("make low <= target <= high <= cap.", "使 下限 <= 目标 <= 上限 <= 硬上限。"),
        )  # fmt: skip
    band = HouseholdBand(low, target, high, cap)
    return {"households": counts, "household_band": band, "primary": primary}


def _main(
    persons: NDArray[np.int64], band: tuple[int, ...], homes: dict[str, Any]
) -> tuple[NDArray[np.int64], tuple[int, ...]]:
    """What decides whether land can be EAs of its own, and its band: persons, or households where they are primary."""
    if homes.get("primary") != "households":
        return persons, band
    wanted: HouseholdBand = homes["household_band"]
    return homes["households"], (wanted.low, wanted.target, wanted.high)


def _own(atoms: pd.DataFrame) -> NDArray[np.int64]:
    """Number of the special area or virtual EA each atom is kept apart for, 0 for ordinary ground."""
    special, virtual = (atoms[name].to_numpy(np.int64) for name in ("special", "virtual"))
    after = int(special.max(initial=-1)) + 2
    return np.where(virtual >= 0, after + virtual, special + 1)


def _edges(
    fabric: Fabric, place: NDArray[np.int64], apart: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], Crossed]:
    """Edges of the fabric as rows (a, b, cost), in order: those one can walk, with a border or a stair, and
    bridges without one; and the borders that are cut.

    An area of its own is not parted by what runs through it.
    """
    edges = fabric.edges
    link, border = edges["link"].to_numpy(bool), edges["border_m"].to_numpy(np.float64)
    weights = weights_of(fabric.district.profile)
    cost = cut_cost(edges, weights)
    least = np.maximum(np.minimum(border, weights.line_longest), weights.line_gap)
    cost = np.where(link, np.maximum(cost, np.rint(least * DM).astype(np.int64)), cost)
    ends = place[edges[["a", "b"]].to_numpy(np.int64)].reshape(-1, 2)
    rows = np.column_stack([ends.min(axis=1), ends.max(axis=1), cost])
    special = apart[ends[:, 0]] != apart[ends[:, 1]]
    ordinary = (apart[ends] == 0).all(axis=1)
    kept = edges["held"].to_numpy(bool) & ordinary
    barred = edges["barred"].to_numpy(bool) & ordinary & ~kept
    walked = ~(special | kept | barred)
    bridge = walked & link & (border == 0) & ~edges["stair"].to_numpy(bool)
    tidy = np.lexsort((rows[:, 1], rows[:, 0]))
    near = edges["crossing_m"].to_numpy(np.float64)
    best = np.lexsort((rows[:, 1], rows[:, 0], -border, near))
    crossed = Crossed(
        rows[tidy[special[tidy]], :2], rows[best[barred[best]], :2], rows[tidy[kept[tidy]], :2]
    )
    ground = tidy[(walked & ~bridge)[tidy]]
    return rows[ground], rows[tidy[bridge[tidy]]], crossed


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
