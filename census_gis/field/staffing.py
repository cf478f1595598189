"""How many people a census needs, where, and who takes which EA: the arithmetic of the 2020 notices.

Posts follow from persons (160,000 / 300 -> 533, rounded down there; the rounding is a rule and is
printed), supervisors are shared over districts by largest remainder with at least one each, and every
EA gets one person. Balanced loads and connected crews by graph algorithms come with the workload.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.laws import said
from census_gis.errors import InfeasibleError
from census_gis.findings import Kind
from census_gis.language import Language, Text
from census_gis.profile import Profile
from census_gis.tables import conform, names

__all__ = ["CODES", "Staffing", "apportion", "needed", "posts", "staff_plan", "staffing_table"]

FEWER = Kind(
    "T101", "error",
    Text("{n} EAs have nobody: {have} staff are listed for {need} posts.",
         "{n} 个普查小区无人负责：名册有 {have} 人，需要 {need} 个岗位。"),
    Text("add {n} people to the staff list.", "请在名册中补充 {n} 人。"),
)  # fmt: skip
NO_LEADER = Kind(
    "T102", "error",
    Text("{n} crews have no supervisor: {have} are listed for {need} posts.",
         "{n} 个普查组没有普查指导员：名册有 {have} 名，需要 {need} 名。"),
    Text("add {n} supervisors to the staff list.", "请在名册中补充 {n} 名普查指导员。"),
)  # fmt: skip
CODES = (FEWER.code, NO_LEADER.code)
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


def needed(areas: pd.DataFrame) -> NDArray[np.bool_]:
    """EAs that ask for an enumerator: all but special areas nobody is to be counted in."""
    if "remark" not in areas:
        return np.ones(len(areas), dtype=bool)
    return ~(said(areas, "SPECIAL:") & (areas["persons"] == 0).to_numpy(bool))


def staffing_table(
    districts: pd.DataFrame, profile: Profile, *, supervisors_total: int | None = None,
    areas: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """EAs, posts, supervisors and enumerators of each district, with a total row.

    `districts` holds district_code, name, persons and ea_count, ordered by code. Supervisors without a
    given total are one for each `staff.eas_per_supervisor` EAs, rounded up. Of the EAs in `areas`, where
    they are given, those with nobody to count ask for no post.
    """
    count = districts["ea_count"].to_numpy(np.int64)
    if areas is not None:
        homes = areas.loc[needed(areas), "district_code"].value_counts()
        count = districts["district_code"].map(homes).fillna(0).to_numpy(np.int64)
    least = profile["staff.supervisors_least"]
    if supervisors_total is None:
        supervisors = np.maximum(-(-count // profile["staff.eas_per_supervisor"]), least)
        supervisors = np.where(count, supervisors, 0)
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

    A special area with nobody to count has neither.

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
    areas = tables["enumeration_areas"].copy()
    table = staffing_table(
        tables["districts"], profile, supervisors_total=supervisors_total, areas=areas
    )
    pool = _Pool(people, table, language)
    leads = bool(profile["staff.supervisor_enumerates"])
    home = areas["district_code"].where(needed(areas), "").to_numpy(object)
    who = np.full((len(areas), 2), None, dtype=object)  # enumerator, supervisor
    crews = []
    for row in table.iloc[:-1].itertuples():
        mine = np.flatnonzero(home == row.district_code)
        bosses = [pool.take("supervisor", row.district_code) for _ in range(row.supervisors)]
        for boss, crew in zip(bosses, np.array_split(mine, max(len(bosses), 1)), strict=False):
            own = 1 if leads and len(crew) else 0  # EAs the supervisor counts
            others = [pool.take("enumerator", row.district_code) for _ in crew[own:]]
            who[crew, 0], who[crew, 1] = [boss] * own + others, boss
            crews.append((boss, crew))
    areas["enumerator"], areas["supervisor"] = who[:, 0], who[:, 1]
    assigned = areas.loc[needed(areas), ["ea_code", "enumerator"]]
    assigned = assigned.rename(columns={"enumerator": "staff_id"})
    return Staffing(
        areas=areas, staff=pool.table(), assignments=conform(assigned, "assignments"),
        crews=_crew_table(areas, crews), apportionment=table,
        found=_gaps(who[:, 0], [boss for boss, _ in crews], people, table),
    )  # fmt: skip


def _crew_table(
    areas: pd.DataFrame, crews: Iterable[tuple[str, NDArray[np.int64]]]
) -> pd.DataFrame:
    """Layer `crews`: the EAs of each supervisor and the ground they cover together."""
    shapes = areas["geometry"].to_numpy(object) if "geometry" in areas else None
    codes = areas["ea_code"].to_numpy(object)
    rows = [{"supervisor": boss, "ea_codes": " ".join(sorted(codes[crew])), "minutes": None,
             "geometry": None if shapes is None else _ground(shapes[crew])}
            for boss, crew in sorted(crews, key=lambda item: item[0]) if boss != UNSTAFFED]  # fmt: skip
    return conform(pd.DataFrame(rows, columns=names("crews")), "crews", crs=_crs(areas))


def _ground(shapes: NDArray[np.object_]) -> shapely.MultiPolygon | None:
    """EAs of one crew as one shape, stacked ones included; None where none has ground."""
    union = shapely.union_all(shapes[~shapely.is_missing(shapes)])
    polygons = shapely.get_parts(union)
    return shapely.multipolygons(polygons) if len(polygons) else None


def _crs(frame: pd.DataFrame) -> object:
    return frame.crs if isinstance(frame, gpd.GeoDataFrame) else None


def _gaps(
    enumerators: NDArray[np.object_], bosses: list[str], people: pd.DataFrame, table: pd.DataFrame
) -> list[dict[str, object]]:
    """Posts of EAs and crews nobody is left for."""
    total = table.iloc[-1]
    found = []
    if nobody := int((enumerators == UNSTAFFED).sum()):
        found.append(FEWER.at("staff", "", n=nobody, have=len(people), need=int(total["posts"])))
    if headless := bosses.count(UNSTAFFED):
        listed = int((people["role"] == "supervisor").sum())
        need = int(total["supervisors"])
        found.append(NO_LEADER.at("staff", "", n=headless, have=listed, need=need))
    return found


class _Pool:
    """The people to be given out: those of the own district, then those of none, then what others spare.

    A district keeps as many of its people as it has posts, so that a neighbour short of people does
    not take them first.
    """

    TITLE: Mapping[str, Text] = {
        "supervisor": Text("Supervisor {n:03d}", "普查指导员{n:03d}"),
        "enumerator": Text("Enumerator {n:03d}", "普查员{n:03d}"),
    }

    def __init__(self, people: pd.DataFrame, table: pd.DataFrame, language: Language) -> None:
        self._listed = len(people) > 0
        self._language = language
        self._out: list[dict[str, object]] = []
        self._n = {"supervisor": 0, "enumerator": 0}
        self._own: dict[tuple[str, str], deque[dict[str, object]]] = {}
        self._spare: dict[str, deque[dict[str, object]]] = {role: deque() for role in self._n}
        self._rest: list[dict[str, object]] = []  # people of other roles
        need = {(role, code): int(n) for role in self._n
                for code, n in zip(table["district_code"], table[f"{role}s"], strict=True) if code}  # fmt: skip
        order = people.fillna({"district_code": ""}).sort_values(
            ["role", "district_code", "staff_id"]
        )
        for person in order.to_dict("records"):
            key = (person["role"], person["district_code"])
            own = self._own.setdefault(key, deque())
            if len(own) < need.get(key, 0):
                own.append(person)
            else:
                self._spare.get(person["role"], self._rest).append(person)

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
        queue = self._own.get((role, district)) or self._spare[role]
        if not queue:
            return UNSTAFFED
        chosen = queue.popleft()
        self._out.append({**chosen, "district_code": chosen["district_code"] or district})
        return str(chosen["staff_id"])

    def table(self) -> pd.DataFrame:
        """Everybody: those given out and those still free (the reserve), by number."""
        kept = [
            person for queue in (*self._own.values(), *self._spare.values()) for person in queue
        ]
        rows = pd.DataFrame([*self._out, *kept, *self._rest],
                            columns=["staff_id", "role", "district_code", "display_name"])  # fmt: skip
        return conform(rows.sort_values("staff_id", ignore_index=True), "staff")
