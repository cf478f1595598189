"""Codes of the previous census carried on: who goes on with most of an EA's people keeps its code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from census_gis import findings
from census_gis.areas.codes import number
from census_gis.areas.recode import fresh_codes, serial_of
from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.model import Plan, Step

__all__ = ["Succeeded", "succeed"]

# Ground decides only where nobody lives [persons per m2]: less than one person for any district.
GROUND = 1e-9
# An EA goes on when more than this share of the persons of the smaller of the two is in both.
SAME_SHARE = 0.5

KEPT = Kind(
    "A521", "note",
    Text("{kept} of {n} EAs of the previous census go on with their code; {moved} of {persons} persons are in another EA than before.",
         "上次普查的 {n} 个小区中 {kept} 个沿用原代码；{persons} 人中有 {moved} 人所在小区变动。"),
    Text("nothing.", "无需处理。"),
)  # fmt: skip
ENDED = Kind(
    "A522", "note",
    Text("EA {code} of the previous census is no more: most of its persons are in {heir}.",
         "上次普查的小区 {code} 已取消，多数人口并入 {heir}。"),
    Text("tell the field office.", "请告知基层办公室。"),
)  # fmt: skip
FOREIGN = Kind(
    "A523", "warning",
    Text("codes of {n} EAs of the previous census, such as {code}, are none of this district: the EAs stay as far as "
         "they fit, with codes of their own.",
         "上次普查的 {n} 个小区代码（如 {code}）不是本普查区的代码：小区尽量保留，但另编代码。"),
    Text("give codes of district code and serial.", "请提供由普查区代码和顺序码组成的代码。"),
)  # fmt: skip


@dataclass(frozen=True)
class Succeeded:
    """A plan with the codes it takes over, codes that are no more with their heirs, and what is to be said.

    `retired` has columns `ea_code`, `retired_on` (null) and `successor`.
    """

    plan: Plan
    retired: pd.DataFrame
    findings: gpd.GeoDataFrame


def succeed(plan: Plan) -> Succeeded:
    """Number a plan, every area that goes on with the code of its previous EA.

    Pairs of an area and a previous EA are chosen so that most persons in all stay under their code (assignment
    problem); a pair counts when more than half of the smaller of the two is in both. Other areas get the numbers
    after the highest there was, in the usual order.

    Parameters
    ----------
    plan : Plan
        Numbered or not; its fabric knows the previous EA of each atom.

    Raises
    ------
    InfeasibleError
        If the serial's digits do not suffice.
    """
    district = plan.fabric.district
    fresh = number(replace(plan, codes=()))
    former = plan.fabric.atoms["previous"].to_numpy(object)
    given = sorted({str(code) for code in district.previous["ea_code"]})
    ours = [code for code in given if _placed(code, plan)]
    persons = plan.fabric.atoms["persons"].to_numpy(np.int64)
    shared = _shared(plan, former, ours)
    kept = _pairs(plan, ours, shared)
    serial = {code: nth for nth, code in enumerate(fresh.codes)}
    first_virtual = int(district.profile["code.virtual_from"])
    virtual = {code for code in fresh.codes if int(code[len(district.id) :]) >= first_virtual}
    new = [
        serial[code]
        for code in sorted(fresh.codes)
        if serial[code] not in kept and code not in virtual
    ]
    named = {area: fresh.codes[area] for area in range(len(plan)) if fresh.codes[area] in virtual}
    named |= kept | dict(zip(new, fresh_codes(district, ours, len(new)), strict=True))
    codes = tuple(named[area] for area in range(len(plan)))
    step = Step("succeed", {"previous": len(given), "kept": len(kept)})
    made = replace(plan, codes=codes, history=(*plan.history, step))
    gone = [code for code in ours if code not in codes]
    heir = {code: codes[int(np.argmax(shared[:, ours.index(code)]))] if shared[:, ours.index(code)].any() else ""
            for code in gone}  # fmt: skip
    stayed = np.array([codes[area] for area in plan.label], object) == former
    known = former != ""
    cases = _cases(plan, given, ours, heir)
    cases.append(KEPT.at("districts", district.id, kept=len(kept), n=len(given),
                         moved=int(persons[known & ~stayed].sum()), persons=int(persons[known].sum())))  # fmt: skip
    retired = pd.DataFrame(
        {"ea_code": gone, "retired_on": None, "successor": [heir[code] for code in gone]}, dtype=object
    )  # fmt: skip
    return Succeeded(made, retired, findings.frame(cases, district.crs))


def _placed(code: str, plan: Plan) -> bool:
    """Whether a code is one an EA with a place in this district may have."""
    district = plan.fabric.district
    serial = serial_of(code, district)
    return serial is not None and serial < int(district.profile["code.virtual_from"])


def _shared(plan: Plan, former: NDArray[np.object_], codes: list[str]) -> NDArray[np.float64]:
    """Persons each area shares with each previous EA, and a trifle for their common ground."""
    atoms = plan.fabric.atoms
    weight = atoms["persons"].to_numpy(np.float64) + GROUND * atoms["area_m2"].to_numpy(np.float64)
    table = np.zeros((len(plan), len(codes)))
    place = {code: nth for nth, code in enumerate(codes)}
    at = np.array([place.get(code, -1) for code in former], np.int64)
    known = at >= 0
    np.add.at(table, (plan.label[known], at[known]), weight[known])
    return table


def _pairs(plan: Plan, codes: list[str], shared: NDArray[np.float64]) -> dict[int, str]:
    """Code of each area that goes on."""
    if not codes:
        return {}
    now = np.bincount(plan.label, plan.fabric.atoms["persons"].to_numpy(np.float64), len(plan))
    then = shared.sum(axis=0)
    rows, columns = linear_sum_assignment(shared, maximize=True)
    return {
        int(area): codes[code]
        for area, code in zip(rows, columns, strict=True)
        if shared[area, code] > SAME_SHARE * min(max(now[area], shared[area].sum()), then[code])
    }


def _cases(
    plan: Plan, given: list[str], ours: list[str], heir: dict[str, str]
) -> list[dict[str, Any]]:
    """What is no more, and codes that cannot go on."""
    district = plan.fabric.district
    shapes = district.previous.drop_duplicates("ea_code").set_index("ea_code").geometry
    cases = [
        ENDED.at("retired_codes", code, shapes[code].representative_point(), code=code, heir=into or "-")
        for code, into in heir.items()
    ]  # fmt: skip
    foreign = [code for code in given if code not in ours]
    if foreign:
        cases.append(FOREIGN.at("districts", district.id, n=len(foreign), code=foreign[0]))
    return cases
