"""Who counts what: crews first, then a supervisor over each, then an enumerator for every EA.

The order of what matters: every EA that can have somebody has somebody; supervisors who enumerate do so in their own
crew; people count near home and in their own district. Each is decided exactly before the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.field import shortage as lack
from census_gis.field.assignment import FREE, Assigned, Openings, People, Terms, assign_work, judged
from census_gis.field.assignment_people import CODES as PEOPLE_CODES
from census_gis.field.assignment_people import (
    Need,
    crs_of,
    listed,
    needs_of,
    numbered,
    openings_of,
    people_of,
    role_of,
)
from census_gis.field.assignment_reasons import reasons
from census_gis.field.assignment_tables import assignment_table, crew_table
from census_gis.field.crews_places import spots
from census_gis.field.crews_plan import CODES as CREW_CODES
from census_gis.field.crews_plan import Crews, crews_of
from census_gis.field.matching import NOBODY
from census_gis.field.several import share
from census_gis.field.staffing import UNSTAFFED, Staffing, needed, staffing_table
from census_gis.findings import Kind
from census_gis.language import Language, Text
from census_gis.profile import Profile
from census_gis.tables import conform

__all__ = ["CODES", "staff_plan"]

NO_LEADER = Kind(
    "T102", "error",
    Text("{n} crews have no supervisor: {have} are listed for {need} posts.",
         "{n} 个普查组没有普查指导员：名册有 {have} 名，需要 {need} 名。"),
    Text("add {n} supervisors to the staff list.", "请在名册中补充 {n} 名普查指导员。"),
)  # fmt: skip
BY_PERSONS = Kind(
    "T111", "note",
    Text("there are no minutes of work: loads are compared by persons.", "没有工作时间数据：按人数比较工作量。"),
    Text("nothing to do.", "无需处理。"),
)  # fmt: skip
SEVERAL = Kind(
    "T112", "warning",
    Text("{n} EAs share {people} people: the busiest has {value:,}, nobody could do with less than {bound:,} "
         "({unit}; gap {gap:.1%}).",
         "{n} 个普查小区由 {people} 人负责：最忙的一人为 {value:,}，理论下限 {bound:,}（{unit}；差距 {gap:.1%}）。"),
    Text("see that they have the time, or add people.", "请核实时间是否够用，或补充人员。"),
)  # fmt: skip
STRAY = Kind(
    "T113", "warning",
    Text("{n} supervisors count an EA outside their crew: else more EAs would have nobody, e.g. {who} counts {ea}.",
         "{n} 名普查指导员在本组之外登记小区，否则无人负责的小区更多，如 {who} 负责 {ea}。"),
    Text("raise their capacity where the EAs of their crew are larger than it, or exchange them by hand.",
         "如本组小区人数超过其 capacity，可调高该值，或人工对调。"),
)  # fmt: skip
CODES = (
    *lack.CODES, *CREW_CODES, *PEOPLE_CODES,
    *(kind.code for kind in (NO_LEADER, BY_PERSONS, SEVERAL, STRAY)),
)  # fmt: skip
UNITS = {"minutes": Text("minutes", "分钟"), "persons": Text("persons", "人")}
STRAY_M = 100_000  # way that counting in the own crew is worth to a supervisor: above every real way in a county


@dataclass(frozen=True)
class _Ground:
    """A plan's EAs as numbers.

    `district` is the number of each one's district in `codes`, `middle` a point in each district [m], `load` its
    work in `unit` (minutes or persons).
    """

    areas: pd.DataFrame
    asked: NDArray[np.bool_]
    codes: list[str]
    district: NDArray[np.int64]
    at: NDArray[np.float64]
    middle: NDArray[np.float64]
    load: NDArray[np.float64]
    unit: str


@dataclass(frozen=True)
class _Given:
    """Who has which EA (rows of the areas) and which crew; what there is to say about it."""

    enumerator: NDArray[np.object_]
    leader: NDArray[np.object_]
    staff: pd.DataFrame
    why: pd.DataFrame | None = None
    found: tuple[dict[str, object], ...] = ()


def staff_plan(
    tables: Mapping[str, pd.DataFrame], profile: Profile, *, people: pd.DataFrame,
    supervisors_total: int | None = None, language: Language = "en",
) -> Staffing:  # fmt: skip
    """One person for each EA and one supervisor over each connected crew.

    A special area with nobody to count has neither.

    Parameters
    ----------
    tables
        A plan's `districts` and `enumeration_areas`, ordered by code, and `ea_lines` where there are any (else EAs
        whose shapes touch are neighbours). Work is column `minutes`; where one is empty, `persons`.
    profile
        Rules `staff.*`.
    people
        Table STAFF; without rows, posts are numbered (普查员001 …).
    supervisors_total
        Given head-count of supervisors, shared by largest remainder.

    Raises
    ------
    InfeasibleError
        If the supervisors given are fewer than the districts.
    ConfigError
        If rule `staff.needs` cannot be read.
    """
    areas = tables["enumeration_areas"].copy()
    table = staffing_table(
        tables["districts"], profile, supervisors_total=supervisors_total, areas=areas
    )
    ground = _ground(areas, table["district_code"].iloc[:-1].tolist())
    crews = crews_of(
        areas, ground.asked, district=ground.district, at=ground.at,
        work=(ground.load, _countable(ground, people, profile)),
        plan=(profile, table.iloc[:-1], tables.get("ea_lines")),
    )  # fmt: skip
    given = (
        _by_list(ground, crews, people, profile=profile, language=language)
        if len(people)
        else _by_number(ground, crews, profile, language=language)
    )
    areas["enumerator"] = given.enumerator
    leader = np.full(len(areas), None, dtype=object)
    led = crews.label >= 0
    leader[led] = given.leader[crews.label[led]]
    areas["supervisor"] = leader
    found = [*given.found, *crews.found]
    if ground.unit == "persons" and "minutes" in areas and len(areas):
        found.append(BY_PERSONS.at("staff"))
    return Staffing(
        areas=areas, staff=given.staff, assignments=assignment_table(areas, ground.asked, given.why),
        crews=crew_table(areas, crews.label, given.leader), apportionment=table, found=found,
    )  # fmt: skip


def _ground(areas: pd.DataFrame, codes: list[str]) -> _Ground:
    district = pd.Index(codes).get_indexer(areas["district_code"].to_numpy(object)).astype(np.int64)
    at = spots(areas, district)
    frame = pd.DataFrame(at).groupby(district).mean().reindex(range(len(codes)))
    middle = frame.fillna(pd.DataFrame(at).mean()).fillna(0.0).to_numpy()
    asked = needed(areas)
    unit, load = "persons", np.ones(len(areas))
    if "persons" in areas:
        load = areas["persons"].to_numpy(np.float64)
    if "minutes" in areas and areas.loc[asked, "minutes"].notna().all() and asked.any():
        unit, load = "minutes", areas["minutes"].fillna(0).to_numpy(np.float64)
    return _Ground(areas, asked, codes, district, at, middle, load, unit)


def _countable(ground: _Ground, people: pd.DataFrame, profile: Profile) -> NDArray[np.bool_] | None:
    """EAs that one of the supervisors listed in their district takes on by number of persons; None: not asked."""
    if not (profile["staff.supervisor_enumerates"] and len(people) and "persons" in ground.areas):
        return None
    leaders = people[people["role"].map(role_of) == "supervisor"]
    most = pd.to_numeric(leaders["capacity"]).fillna(np.inf) if "capacity" in leaders else np.inf
    limit = pd.Series(most, index=leaders.index).groupby(leaders["district_code"]).max()
    each = ground.areas["district_code"].map(limit).fillna(np.inf).to_numpy(np.float64)
    return ground.areas["persons"].to_numpy(np.float64) <= each


def _by_number(
    ground: _Ground, crews: Crews, profile: Profile, *, language: Language
) -> _Given:  # fmt: skip
    """Posts without names, in the order of EAs; a supervisor who enumerates takes the least work of the crew."""
    homes = [ground.codes[d] for d in crews.home]
    leaders = numbered("supervisor", homes, language)
    ids = leaders["staff_id"].to_numpy(object)
    who = np.full(len(ground.areas), None, dtype=object)
    if profile["staff.supervisor_enumerates"]:
        rows = np.flatnonzero(crews.label >= 0)
        order = rows[np.lexsort((rows, ground.load[rows], crews.label[rows]))]
        first = order[np.unique(crews.label[order], return_index=True)[1]]
        who[first] = ids[crews.label[first]]
    rest = np.flatnonzero(ground.asked & pd.isna(who))
    others = numbered("enumerator", [ground.codes[d] for d in ground.district[rest]], language)
    who[rest] = others["staff_id"].to_numpy(object)
    staff = pd.concat([leaders, others], ignore_index=True)
    return _Given(who, ids, _staff_table(staff))


def _staff_table(rows: pd.DataFrame) -> pd.DataFrame:
    return conform(rows.sort_values("staff_id", ignore_index=True), "staff")


def _by_list(
    ground: _Ground, crews: Crews, people: pd.DataFrame, *, profile: Profile, language: Language
) -> _Given:
    """People of a list: supervisors to crews, then everybody who counts to EAs."""
    needs = needs_of(profile)
    known = sorted({word for need in needs for word in need.skills})
    table, found = listed(people, ground.at, crs_of(ground.areas))
    terms = Terms(float(profile["staff.range_m"]), int(profile["staff.familiar_m"]))
    is_leader = (table["role"] == "supervisor").to_numpy(bool)
    leading, heads = _leaders(ground, crews, table[is_leader], terms)
    found += _headless(leading, int(is_leader.sum()))
    counts = (table["role"] == "enumerator").to_numpy(bool, copy=True)
    if profile["staff.supervisor_enumerates"]:
        counts |= is_leader
    crew_of = np.full(len(table), FREE, dtype=np.int64)
    crew_of[np.flatnonzero(is_leader)] = heads
    hands = table[counts].reset_index(drop=True)
    crowd = replace(
        people_of(hands, ground.codes, ground.middle, known), crew=crew_of[np.flatnonzero(counts)]
    )
    work, told = _openings(ground, crews, needs, known)
    found += told
    ids = hands["staff_id"].to_numpy(object)
    done = assign_work(work, crowd, replace(terms, stray_m=STRAY_M))
    person, several = _several(ground, work, crowd, terms, done.matching.person, profile)
    found += several
    rows = np.flatnonzero(ground.asked)
    found += _short(work, crowd, terms, done, person, ground.codes, known)
    found += _strays(work, crowd, person, ids, ground.areas["ea_code"].to_numpy(object)[rows])
    who = np.full(len(ground.areas), None, dtype=object)
    who[rows] = np.where(person == NOBODY, UNSTAFFED, ids[person] if len(ids) else UNSTAFFED)
    why = reasons(
        done.arcs, person, codes=ground.areas["ea_code"].to_numpy(object)[rows].tolist(),
        ids=ids.tolist(), language=language,
    )  # fmt: skip
    return _Given(
        who, leading, _staff_table(table), _travel(why, work, crowd, person), tuple(found)
    )


def _openings(
    ground: _Ground, crews: Crews, needs: Sequence[Need], known: Sequence[str]
) -> tuple[Openings, list[dict[str, object]]]:
    rows = np.flatnonzero(ground.asked)
    work, found = openings_of(
        ground.areas.iloc[rows], ground.at[rows], ground.district[rows], needs, known
    )
    return replace(work, crew=crews.label[rows]), found


def _leaders(
    ground: _Ground, crews: Crews, table: pd.DataFrame, terms: Terms
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Supervisor of each crew, and the crew of each supervisor (-1 for none)."""
    n = len(crews.home)
    used = crews.label >= 0
    middle = pd.DataFrame(ground.at[used]).groupby(crews.label[used]).mean().to_numpy()
    middle = middle.reshape(n, 2)
    none = np.full(n, FREE, dtype=np.int64)
    work = Openings(
        middle[:, 0], middle[:, 1], crews.home, np.zeros(n, np.int64), np.zeros(n, np.int64), none
    )
    crowd = people_of(table, ground.codes, ground.middle, ())
    chosen = assign_work(work, crowd, terms).matching.person
    ids = table["staff_id"].to_numpy(object)
    heads = np.full(len(table), FREE, dtype=np.int64)
    heads[chosen[chosen != NOBODY]] = np.flatnonzero(chosen != NOBODY)
    return np.array([UNSTAFFED if p == NOBODY else ids[p] for p in chosen], dtype=object), heads


def _headless(leading: NDArray[np.object_], have: int) -> list[dict[str, object]]:
    n = int((leading == UNSTAFFED).sum())
    return [NO_LEADER.at("staff", "", n=n, have=have, need=len(leading))] if n else []


def _several(
    ground: _Ground,
    work: Openings,
    crowd: People,
    terms: Terms,
    person: NDArray[np.int64],
    profile: Profile,
) -> tuple[NDArray[np.int64], list[dict[str, object]]]:
    """Districts with EAs left over, shared among the people who work there, where the rules let one have several."""
    most_each = int(profile["staff.eas_per_person"])
    found: list[dict[str, object]] = []
    if most_each == 1:
        return person, found
    person = person.copy()
    load = np.rint(ground.load[np.flatnonzero(ground.asked)]).astype(np.int64)
    for district in np.unique(work.district[person == NOBODY]).tolist():
        mine = np.flatnonzero(work.district == district)
        here = np.unique(person[mine][person[mine] != NOBODY])
        allowed = _allowed(work, crowd, terms, mine, here)
        shared = share(
            load[mine],
            work.persons[mine],
            crowd.capacity[here],
            allowed=allowed,
            most_each=most_each,
        )
        if (shared.person == NOBODY).sum() >= (person[mine] == NOBODY).sum():
            continue
        person[mine] = np.where(shared.person == NOBODY, NOBODY, here[shared.person])
        gap = shared.value / shared.bound - 1 if shared.bound else 0.0
        case = SEVERAL.at("districts", ground.codes[district], n=len(mine), people=len(here), value=shared.value,
                          bound=shared.bound, gap=gap, unit="{unit}")  # fmt: skip
        for language in ("en", "zh"):
            case[f"message_{language}"] = case[f"message_{language}"].replace(
                "{unit}", getattr(UNITS[ground.unit], language)
            )
        found.append(case)
    return person, found


def _allowed(
    work: Openings, crowd: People, terms: Terms, mine: NDArray[np.int64], here: NDArray[np.int64]
) -> NDArray[np.bool_]:
    ok, _ = judged(work, crowd, terms, pairs=(np.repeat(mine, len(here)), np.tile(here, len(mine))))
    return ok.reshape(len(mine), len(here))


def _short(
    work: Openings, crowd: People, terms: Terms, done: Assigned, person: NDArray[np.int64],
    codes: Sequence[str], known: Sequence[str],
) -> list[dict[str, object]]:  # fmt: skip
    """Findings of EAs nobody is left for."""
    alone = np.flatnonzero(person == NOBODY)
    if not len(alone):
        return []
    found = lack.shortage(work, crowd, terms, matching=replace(done.matching, person=person))
    return lack.cases(found, work, codes=codes, skills=known, alone=alone)


def _strays(
    work: Openings,
    crowd: People,
    person: NDArray[np.int64],
    ids: NDArray[np.object_],
    eas: NDArray[np.object_],
) -> list[dict[str, object]]:
    """Supervisors who had to take an EA of another crew."""
    placed = np.flatnonzero(person != NOBODY)
    crew = crowd.crew[person[placed]]
    out = placed[(crew != FREE) & (crew != work.crew[placed])]
    if not len(out):
        return []
    return [STRAY.at("staff", "", n=len(out), who=ids[person[out[0]]], ea=eas[out[0]])]


def _travel(
    why: pd.DataFrame, work: Openings, crowd: People, person: NDArray[np.int64]
) -> pd.DataFrame:
    """Way from home to the EA, straight [m], null where the home is not known."""
    who = np.maximum(person, 0)
    way = (
        np.hypot(work.x - crowd.x[who], work.y - crowd.y[who])
        if len(crowd)
        else np.full(len(work), np.nan)
    )
    return why.assign(home_m=np.round(np.where(person == NOBODY, np.nan, way), 0))
