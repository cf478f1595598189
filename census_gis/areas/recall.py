"""An existing plan put on its district as it is now: EAs and codes stay, what changed is said.

A district line may be moved, buildings added or taken away after EAs exist and have been signed. Nothing is
planned anew then: every atom goes to the EA that had its dwelling parts, other ground to the EA that covered
most of it. No Chinese rule was found for this case (a published question has its answer cut off); codes of EAs
that still exist are kept, because sheets and lists carry them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis import findings
from census_gis.areas.reclipped import changes
from census_gis.areas.recode import by_code, fresh_codes, heirs
from census_gis.areas.regroup import NOBODY, Labels, Web, give_away, pieces_of, spread, web_of
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.votes import most_of
from census_gis.model import Fabric, Plan, Step

__all__ = ["Recalled", "Standing", "recall"]


@dataclass(frozen=True)
class Standing:
    """A district as an existing plan has it.

    Attributes
    ----------
    areas : rows of layer `enumeration_areas`
    parts : rows of layer `dwelling_parts`
    retired : codes of the district that were used once and must not come back
    """

    areas: gpd.GeoDataFrame
    parts: pd.DataFrame
    retired: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Recalled:
    """A plan recalled, what changed in it, and the codes that are no more.

    `retired` has columns `ea_code`, `retired_on` (null: who calls has the clock) and `successor`.
    """

    plan: Plan
    findings: gpd.GeoDataFrame
    retired: pd.DataFrame


class _Fewest(NamedTuple):
    """What the band counts of each atom, and its lower end: a piece of land with so much can be an EA."""

    load: NDArray[np.int64]
    low: int


def recall(fabric: Fabric, standing: Standing) -> Recalled:
    """Put the EAs of an existing plan on a fabric that may have changed since.

    Parameters
    ----------
    fabric : Fabric
        Of the district as it is now.
    standing : Standing
        The district's rows of the existing plan.

    Returns
    -------
    Recalled
        On an unchanged fabric the same EAs with the same codes, and no finding. Else every EA is one piece:
        what came apart goes to the neighbour with the longest border, or becomes an EA of its own where it
        holds enough for one or touches no other; an EA left without any dwelling part is retired.

    Raises
    ------
    InfeasibleError
        If new codes do not fit the serial's digits.
    """
    old = standing.areas.sort_values("ea_code").reset_index(drop=True)
    codes = [str(code) for code in old["ea_code"]]
    web = web_of(fabric)
    label = _by_parts(fabric, standing.parts, codes)
    label = _by_ground(fabric, _by_list(fabric, label, old), old)
    before = label.copy()
    if not len(codes):
        label[:] = 0
    lived = {codes.index(code) for code in set(standing.parts["ea_code"]) & set(codes)}
    label = _filled(web, label, lived)
    label, born = _whole(web, label, len(codes), _fewest(fabric))
    fabric = _with_blocks(fabric, before, old)
    plan = _numbered(fabric, label, codes, born, standing)
    heir_of = heirs(web, before, plan, codes)
    gone = {code: heir_of.get(code, "") for code in codes if code not in plan.codes}
    cases = changes(plan, old, standing.parts, gone)
    retired = pd.DataFrame(
        {"ea_code": list(gone), "retired_on": None, "successor": list(gone.values())},
        dtype=object,
    )
    return Recalled(plan, findings.frame(cases, fabric.district.crs), retired)


def _with_blocks(fabric: Fabric, label: Labels, old: gpd.GeoDataFrame) -> Fabric:
    """The fabric with the blocks that the plan's EAs lie in, where its district was cut into blocks."""
    if "block" not in old or old["block"].isna().all():
        return fabric
    block = np.append(old["block"].fillna(0).to_numpy(np.int64), 0)  # the last is of NOBODY, -1
    return replace(fabric, atoms=fabric.atoms.assign(block=block[label]))


def _by_parts(fabric: Fabric, parts: pd.DataFrame, codes: list[str]) -> Labels:
    """EA of each atom by its dwelling parts, then by their buildings; -1 where neither is known.

    Parts of one atom that were in several EAs go to the one with most of their persons.
    """
    place = {code: number for number, code in enumerate(codes)}
    known = parts.assign(area=parts["ea_code"].map(place)).dropna(subset="area")
    by_part = known.drop_duplicates("part_id").set_index("part_id")["area"]
    homes = known[known["building_id"].astype(object).fillna("") != ""]
    by_building = most_of(homes["building_id"], homes["area"], homes["persons"])
    now = fabric.parts
    area = now["part_id"].map(by_part)
    area = area.where(area.notna(), now["building_id"].map(by_building))
    most = most_of(now["atom"], area, now["persons"], np.ones(len(now), np.int64))
    label = np.full(len(fabric.atoms), NOBODY, np.int64)
    label[most.index.to_numpy(np.int64)] = most.to_numpy(np.int64)
    return label


def _by_list(fabric: Fabric, label: Labels, old: gpd.GeoDataFrame) -> Labels:
    """Virtual EAs in the order of their codes: who is registered in them stands in no building."""
    nth = fabric.atoms["virtual"].to_numpy(np.int64)
    there = np.flatnonzero((old["kind"] == "virtual").to_numpy())
    known = (nth != NOBODY) & (nth < len(there))
    label = label.copy()
    label[known] = there[nth[known]]
    return label


def _by_ground(fabric: Fabric, label: Labels, old: gpd.GeoDataFrame) -> Labels:
    """EA that covers most of the ground of each atom that has none yet."""
    label = label.copy()
    ground = np.flatnonzero((old["kind"] == "ground").to_numpy())
    lost = np.unique(fabric.cell_atom[label[fabric.cell_atom] == NOBODY])
    group = np.full(len(label), NOBODY, np.int32)
    group[lost] = np.arange(len(lost))
    shapes = shapely.make_valid(cell_polygons(fabric.mesh, group[fabric.cell_atom]))
    hosts = old.geometry.to_numpy()[ground]
    i, j = shapely.STRtree(hosts).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[i], hosts[j]))
    for at in np.lexsort((j, -common)):
        atom = lost[i[at]]
        if label[atom] == NOBODY and common[at] > 0:
            label[atom] = ground[j[at]]
    return label


def _filled(web: Web, label: Labels, lived: set[int]) -> Labels:
    """Atoms without an EA, and the ground of EAs that lost their last dwelling part, to neighbours."""
    homes = np.bincount(label[label != NOBODY], web.held[label != NOBODY])
    bare = [area for area in lived if area >= len(homes) or not homes[area]]
    left = np.where(np.isin(label, bare), NOBODY, label)
    if (left == NOBODY).all():  # nobody lives here any more: one EA
        rest = label[label != NOBODY]
        return np.full(len(label), rest.min() if len(rest) else 0, np.int64)
    return spread(web, left)


def _fewest(fabric: Fabric) -> _Fewest:
    """Persons, or households where these decide the size of EAs (`ea.primary`)."""
    rules = fabric.district.profile
    main = str(rules["ea.primary"])
    return _Fewest(fabric.atoms[main].to_numpy(np.int64), int(rules[f"ea.{main}.low"]))


def _whole(web: Web, label: Labels, used: int, fewest: _Fewest) -> tuple[Labels, list[int]]:
    """Every EA in one piece; the areas that are new."""
    label = label.copy()
    born: list[int] = []

    def settle(atoms: NDArray[np.int64]) -> None:
        label[atoms] = used + len(born)
        born.append(used + len(born))

    left = np.flatnonzero(label == NOBODY)
    if len(left):  # land that touches no EA
        alone = np.where(label == NOBODY, 0, NOBODY)
        for piece in pieces_of(web, alone)[0]:
            settle(piece.atoms)
    while True:
        loose = [piece for each in pieces_of(web, label).values() for piece in each[1:]]
        if not loose:
            return label, born
        piece = min(loose, key=lambda one: (one.persons, one.held, web.rank[one.atoms].min()))
        host = give_away(web, label, piece.atoms)
        if host == NOBODY or fewest.load[piece.atoms].sum() >= fewest.low:
            settle(piece.atoms)
        else:
            label[piece.atoms] = host


def _numbered(
    fabric: Fabric, label: Labels, codes: list[str], born: list[int], standing: Standing
) -> Plan:
    """The plan with its codes: areas in order of their codes, new ones behind."""
    used = np.unique(label)
    fresh = [area for area in born if area in used]
    y = fabric.atoms["y"].to_numpy(float)
    x = fabric.atoms["x"].to_numpy(float)
    fresh.sort(key=lambda area: (-y[label == area].max(), x[label == area].min()))
    ever = [*(str(code) for code in standing.areas["ea_code"]), *standing.retired]
    named = dict(enumerate(codes))
    if not codes:
        fresh = [int(area) for area in used]
    placed = (fabric.atoms["kind"] != "placeless").to_numpy()
    for virtual in (False, True):
        some = [area for area in fresh if virtual != placed[label == area].any()]
        made = fresh_codes(fabric.district, ever, len(some), virtual=virtual)
        named |= dict(zip(some, made, strict=True))
    numbers, order = by_code(label, named)
    return Plan(
        fabric, numbers, findings.frame([], fabric.district.crs), codes=order,
        history=(Step("recall", {"areas": len(codes)}),),
    )  # fmt: skip
