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
from census_gis.field.assignment import (
    FREE,
    Assigned,
    Openings,
    People,
    Terms,
    assign_work,
    some,
)
from census_gis.field.assignment_locks import CODES as LOCK_CODES
from census_gis.field.assignment_locks import FIXED, against_rules, locked
from census_gis.field.assignment_people import CODES as PEOPLE_CODES
from census_gis.field.assignment_people import (
    crs_of,
    items_in,
    listed,
    needs_of,
    numbered,
    openings_of,
    people_of,
    role_of,
)
from census_gis.field.assignment_reasons import reasons
from census_gis.field.assignment_several import CODES as SEVERAL_CODES
from census_gis.field.assignment_several import Loads, shared_out
from census_gis.field.assignment_tables import assignment_table, crew_table
from census_gis.field.crews_places import spots
from census_gis.field.crews_plan import CODES as CREW_CODES
from census_gis.field.crews_plan import Crews, crews_of
from census_gis.field.matching import NOBODY
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
STRAY = Kind(
    "T113", "warning",
    Text("{n} supervisors count an EA outside their crew: else more EAs would have nobody, e.g. {who} counts {ea}.",
         "{n} 名普查指导员在本组之外登记小区，否则无人负责的小区更多，如 {who} 负责 {ea}。"),
    Text("raise their capacity where the EAs of their crew are larger than it, or exchange them by hand.",
         "如本组小区人数超过其 capacity，可调高该值，或人工对调。"),
)  # fmt: skip
CODES = (
    *lack.CODES, *CREW_CODES, *PEOPLE_CODES, *LOCK_CODES, *SEVERAL_CODES,
    *(kind.code for kind in (NO_LEADER, BY_PERSONS, STRAY)),
)  # fmt: skip
STRAY_M = 100_000  # way that counting in the own crew is worth to a supervisor: above every real way in a county


@dataclass(frozen=True)
class _Ground:
    """A plan's EAs as numbers.

    `district` is the number of each one's district in `codes`, `middle` a point in each district [m], `load` its
    work in `unit` (minutes or persons), `lines` are those between EAs.
    """

    areas: pd.DataFrame
    asked: NDArray[np.bool_]
    codes: list[str]
    district: NDArray[np.int64]
    at: NDArray[np.float64]
    middle: NDArray[np.float64]
    load: NDArray[np.float64]
    unit: str
    lines: pd.DataFrame | None = None


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
    ground = replace(ground, lines=tables.get("ea_lines"))
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


@dataclass(frozen=True)
class _Market:
    """EAs that ask for somebody and people who count, as numbers.

    `rows` are rows of the areas, `eas` their codes, `ids` the numbers of the people.
    """

    work: Openings
    crowd: People
    rows: NDArray[np.int64]
    eas: NDArray[np.object_]
    ids: NDArray[np.object_]
    known: Sequence[str]

    def some(self, work: NDArray[np.int64], people: NDArray[np.int64]) -> _Market:
        """Some of both."""
        return _Market(some(self.work, work), some(self.crowd, people), self.rows[work], self.eas[work],
                       self.ids[people], self.known)  # fmt: skip


def _by_list(
    ground: _Ground, crews: Crews, people: pd.DataFrame, *, profile: Profile, language: Language
) -> _Given:
    """People of a list: supervisors to crews, EAs the office gave away, then everybody else who counts to EAs."""
    table, found = listed(people, ground.at, crs_of(ground.areas))
    terms = Terms(float(profile["staff.range_m"]), int(profile["staff.familiar_m"]))
    is_leader = (table["role"] == "supervisor").to_numpy(bool)
    leading, heads = _leaders(ground, crews, table[is_leader], terms)
    found += _headless(leading, int(is_leader.sum()))
    crew = np.full(len(table), FREE, dtype=np.int64)
    crew[is_leader] = heads
    whole, hands, told = _market(ground, crews, table.assign(crew=crew), profile)
    locks = locked(hands, whole.eas.tolist())
    found += [*told, *locks.found]
    found += against_rules(
        locks, whole.work, whole.crowd, terms, names=(whole.eas.tolist(), whole.ids.tolist())
    )
    free = locks.free(len(hands))
    market = whole.some(locks.open, free)
    done = assign_work(market.work, market.crowd, replace(terms, stray_m=STRAY_M))
    load = np.rint(ground.load[market.rows]).astype(np.int64)
    areas = ground.areas.iloc[market.rows]
    person, several = shared_out(
        (market.work, market.crowd, terms), done.matching.person,
        Loads(load, ground.unit, areas, ground.lines, ground.codes),
        ids=market.ids, most_each=int(profile["staff.eas_per_person"]),
    )  # fmt: skip
    found += [
        *several,
        *_short(market, terms, done, person, ground.codes),
        *_strays(market, person),
    ]
    every = locks.person.copy()
    every[locks.open] = np.where(person == NOBODY, NOBODY, free[person] if len(free) else NOBODY)
    who = np.full(len(ground.areas), None, dtype=object)
    names = np.append(whole.ids, UNSTAFFED)  # the last is nobody's
    who[whole.rows] = names[every]
    why = reasons(
        done.arcs, person, codes=market.eas.tolist(), ids=market.ids.tolist(), language=language,
    ).set_index(locks.open)  # fmt: skip
    why = why.reindex(range(len(every)))
    why.loc[locks.person != NOBODY, "reason"] = FIXED.of(language)
    return _Given(who, leading, _staff_table(table), _travel(why, whole, every), tuple(found))


def _market(
    ground: _Ground, crews: Crews, table: pd.DataFrame, profile: Profile
) -> tuple[_Market, pd.DataFrame, list[dict[str, object]]]:
    """EAs that ask for somebody, and the rows of those who count: also whoever the office has given an EA."""
    needs = needs_of(profile)
    known = sorted({word for need in needs for word in need.skills})
    counts = (table["role"] == "enumerator").to_numpy(bool, copy=True)
    if profile["staff.supervisor_enumerates"]:
        counts |= (table["role"] == "supervisor").to_numpy(bool)
    if "ea_codes" in table:
        counts |= table["ea_codes"].map(lambda text: bool(items_in(text))).to_numpy(bool)
    hands = table[counts].reset_index(drop=True)
    crowd = people_of(hands, ground.codes, ground.middle, known)
    crowd = replace(crowd, crew=hands["crew"].to_numpy(np.int64))
    rows = np.flatnonzero(ground.asked)
    areas = ground.areas.iloc[rows]
    work, found = openings_of(areas, ground.at[rows], ground.district[rows], needs, known)
    work = replace(work, crew=crews.label[rows])
    ids = hands["staff_id"].to_numpy(object)
    return _Market(work, crowd, rows, areas["ea_code"].to_numpy(object), ids, known), hands, found


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


def _short(
    market: _Market, terms: Terms, done: Assigned, person: NDArray[np.int64], codes: Sequence[str]
) -> list[dict[str, object]]:
    """Findings of EAs nobody is left for."""
    alone = np.flatnonzero(person == NOBODY)
    if not len(alone):
        return []
    matching = replace(done.matching, person=person)
    found = lack.shortage(market.work, market.crowd, terms, matching=matching)
    return lack.cases(found, market.work, codes=codes, skills=market.known, alone=alone)


def _strays(market: _Market, person: NDArray[np.int64]) -> list[dict[str, object]]:
    """Supervisors who had to take an EA of another crew."""
    placed = np.flatnonzero(person != NOBODY)
    crew = market.crowd.crew[person[placed]]
    out = placed[(crew != FREE) & (crew != market.work.crew[placed])]
    if not len(out):
        return []
    who, ea = market.ids[person[out[0]]], market.eas[out[0]]
    return [STRAY.at("staff", "", n=len(out), who=who, ea=ea)]


def _travel(why: pd.DataFrame, market: _Market, person: NDArray[np.int64]) -> pd.DataFrame:
    """Way from home to the EA, straight [m], null where the home is not known."""
    work, crowd = market.work, market.crowd
    if not len(crowd):
        return why.assign(home_m=np.nan)
    who = np.maximum(person, 0)
    way = np.hypot(work.x - crowd.x[who], work.y - crowd.y[who])
    return why.assign(home_m=np.round(np.where(person == NOBODY, np.nan, way), 0))
