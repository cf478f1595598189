"""How many people a census needs, where, and who takes which EA: the arithmetic of the 2020 notices.

Posts follow from persons (160,000 / 300 -> 533, rounded down there; the rounding is a rule and is
printed), supervisors are shared over districts by largest remainder with at least one each, and every
EA gets one person. Balanced loads and connected crews by graph algorithms come with the workload.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis import findings
from census_gis.errors import InfeasibleError
from census_gis.findings import Kind
from census_gis.language import Language, Text
from census_gis.profile import Profile
from census_gis.tables import conform

__all__ = ["Staffing", "apportion", "posts", "staff_plan", "staffing_table"]

FEWER = Kind(
    "T101", "error",
    Text("{n} EAs have nobody: {have} staff are listed for {need} posts.",
         "{n} 个普查小区无人负责：名册有 {have} 人，需要 {need} 个岗位。"),
    Text("add {n} people to the staff list.", "请在名册中补充 {n} 人。"),
)  # fmt: skip
UNSTAFFED = "UNSTAFFED"


@dataclass(frozen=True)
class Staffing:
    """Staff tables of a plan, ready for the store.

    `areas` carries enumerator and supervisor for each EA; `apportionment` has one row for each district.
    """

    areas: pd.DataFrame
    staff: pd.DataFrame
    assignments: pd.DataFrame
    crews: pd.DataFrame
    apportionment: pd.DataFrame
    found: list[dict[str, object]]


def posts(persons: int, profile: Profile) -> dict[str, int]:
    """Number of posts for a load, by all three roundings; 'used' is what the rules say.

    Examples
    --------
    >>> from census_gis.profile import load_profile
    >>> posts(160_000, load_profile("cn2020"))
    {'down': 533, 'nearest': 533, 'up': 534, 'used': 533}
    """
    share = Fraction(persons, profile["staff.persons_per_post"])
    ways = {
        "down": math.floor(share),
        "nearest": math.floor(share + Fraction(1, 2)),
        "up": math.ceil(share),
    }
    return {**ways, "used": ways[profile["staff.rounding"]]}


def apportion(total: int, weights: NDArray[np.int64], *, least: int) -> NDArray[np.int64]:
    """Share a whole number by largest remainder, each at least `least`.

    Ties of remainders go to the earlier one, so the order of districts (by code) decides.

    Raises
    ------
    InfeasibleError
        If `total` cannot give each its least.

    Examples
    --------
    >>> apportion(7, np.array([50, 30, 20]), least=1).tolist()
    [4, 2, 1]
    """
    n = len(weights)
    if total < least * n:
        raise InfeasibleError(
            Text(f"{total} people cannot be {least} in each of {n} districts.",
                 f"{total} 人不够 {n} 个普查区每区 {least} 人。"),
            where="staffing",
            fix=Text(f"give at least {least * n}, or lower staff.supervisors_least.",
                     f"至少给 {least * n} 人，或调低 staff.supervisors_least。"),
        )  # fmt: skip
    given = np.full(n, least, dtype=np.int64)
    open_ = np.ones(n, dtype=bool)
    while True:
        quota = _quota(total - int(given[~open_].sum()), weights, open_)
        short = open_ & (quota < least)
        if not short.any():
            break
        open_ &= ~short
    rest = total - int(given[~open_].sum())
    floor = np.array([math.floor(share) for share in quota], dtype=np.int64)
    given[open_] = floor[open_]
    remainder = sorted(np.flatnonzero(open_), key=lambda i: (floor[i] - quota[i], i))
    for i in remainder[: rest - int(floor[open_].sum())]:
        given[i] += 1
    return given


def _quota(total: int, weights: NDArray[np.int64], open_: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Exact shares of the districts still open; 0 elsewhere, equal where nobody weighs anything."""
    weight = np.where(open_, np.maximum(weights, 0), 0)
    if weight.sum() == 0:
        weight = open_.astype(np.int64)
    whole = int(weight.sum())
    return np.array([Fraction(total * int(w), whole) for w in weight], dtype=object)


def staffing_table(
    districts: pd.DataFrame, profile: Profile, *, supervisors_total: int | None = None
) -> pd.DataFrame:
    """EAs, posts, supervisors and enumerators of each district, with a total row.

    `districts` holds district_code, name, persons and ea_count, ordered by code. Supervisors without a
    given total are one for each `staff.eas_per_supervisor` EAs, rounded up.
    """
    count = districts["ea_count"].to_numpy(np.int64)
    least = profile["staff.supervisors_least"]
    if supervisors_total is None:
        supervisors = np.maximum(-(-count // profile["staff.eas_per_supervisor"]), least)
    else:
        supervisors = apportion(supervisors_total, count, least=least)
    if profile["staff.supervisor_enumerates"]:
        supervisors = np.minimum(supervisors, count) if supervisors_total is None else supervisors
        enumerators = np.maximum(count - supervisors, 0)
    else:
        enumerators = count
    table = districts[["district_code", "name", "persons", "ea_count"]].assign(
        supervisors=supervisors, enumerators=enumerators, posts=supervisors + enumerators
    )
    total = table.drop(columns=["district_code", "name"]).sum().to_frame().T
    return pd.concat([table, total.assign(district_code="", name="")], ignore_index=True)


def staff_plan(
    tables: Mapping[str, pd.DataFrame], profile: Profile, *, people: pd.DataFrame,
    supervisors_total: int | None = None, language: Language = "en",
) -> Staffing:  # fmt: skip
    """One person for each EA and one supervisor over it, district by district, in code order.

    Parameters
    ----------
    tables
        A plan's `districts` and `enumeration_areas`, ordered by code.
    profile
        Rules `staff.*`.
    people
        Table STAFF; without rows, posts are numbered (普查员001 …).
    supervisors_total
        Given head-count of supervisors, shared by largest remainder.
    """
    table = staffing_table(tables["districts"], profile, supervisors_total=supervisors_total)
    areas = tables["enumeration_areas"].copy()
    pool = _Pool(people, language)
    dual = profile["staff.supervisor_enumerates"]
    crews = []
    for row in table.iloc[:-1].itertuples():
        mine = areas.index[areas["district_code"] == row.district_code]
        bosses = [pool.take("supervisor", row.district_code) for _ in range(row.supervisors)]
        parts = np.array_split(np.asarray(mine), len(bosses))
        for boss, part in zip(bosses, parts, strict=True):
            for nth, at in enumerate(part):
                leads = dual and nth == 0
                areas.loc[at, "enumerator"] = (
                    boss if leads else pool.take("enumerator", row.district_code)
                )
                areas.loc[at, "supervisor"] = boss
            codes = areas.loc[part, "ea_code"]
            crews.append({"supervisor": boss, "ea_codes": " ".join(sorted(codes)), "minutes": None,
                          "geometry": None})  # fmt: skip
    assigned = areas[["ea_code", "enumerator"]].rename(columns={"enumerator": "staff_id"})
    nobody = int((assigned["staff_id"] == UNSTAFFED).sum())
    need = int(table["posts"].iloc[-1])
    found = [FEWER.at("staff", "", n=nobody, have=len(people), need=need)] if nobody else []
    crew_table = pd.DataFrame(crews, columns=["supervisor", "ea_codes", "minutes", "geometry"])
    return Staffing(
        areas=areas, staff=pool.table(), assignments=conform(assigned, "assignments"),
        crews=crew_table[crew_table["supervisor"] != UNSTAFFED].sort_values("supervisor"),
        apportionment=table, found=found,
    )  # fmt: skip


class _Pool:
    """The people to be given out: those of the own district first, then anybody of the role."""

    TITLE: Mapping[str, Text] = {
        "supervisor": Text("Supervisor {n:03d}", "普查指导员{n:03d}"),
        "enumerator": Text("Enumerator {n:03d}", "普查员{n:03d}"),
    }

    def __init__(self, people: pd.DataFrame, language: Language) -> None:
        self._listed = len(people) > 0
        self._language = language
        self._free = people.sort_values(["role", "district_code", "staff_id"]).to_dict("records")
        self._out: list[dict[str, object]] = []
        self._n = {"supervisor": 0, "enumerator": 0}

    def take(self, role: str, district: str) -> str:
        """Id of the next person of a role; UNSTAFFED when the list is used up."""
        if not self._listed:
            self._n[role] += 1
            name = self.TITLE[role].of(self._language).format(n=self._n[role])
            code = f"{'S' if role == 'supervisor' else 'E'}{self._n[role]:04d}"
            self._out.append(
                {"staff_id": code, "role": role, "district_code": district, "display_name": name}
            )
            return code
        fit = [p for p in self._free if p["role"] == role]
        own = [p for p in fit if p["district_code"] == district]
        anywhere = [p for p in fit if not p["district_code"]]
        chosen = next(iter(own or anywhere or fit), None)
        if chosen is None:
            return UNSTAFFED
        self._free.remove(chosen)
        self._out.append({**chosen, "district_code": chosen["district_code"] or district})
        return str(chosen["staff_id"])

    def table(self) -> pd.DataFrame:
        """Everybody: those given out and those still free (the reserve), by number."""
        rows = pd.DataFrame([*self._out, *self._free],
                            columns=["staff_id", "role", "district_code", "display_name"])  # fmt: skip
        return conform(rows.sort_values("staff_id", ignore_index=True), "staff")


def findings_of(staffing: Staffing, crs: object) -> pd.DataFrame:
    """What staffing could not meet, as table FINDINGS."""
    return findings.frame(staffing.found, crs)
