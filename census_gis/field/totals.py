"""How many people a census needs, from totals alone: before any map, and beside the plan when there is one.

The arithmetic of the 2020 notices: 160,000 persons / 300 -> 533 posts, 110 of them supervisors who enumerate;
7,100 EAs and one supervisor for each of 1,250 districts -> 8,350 posts, which a budget of 5.8 million does not
pay at 800 each. What is given is shared over districts by largest remainder, at least one each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import ConfigError, InfeasibleError, InputError
from census_gis.field.pay import Pay, pay_of
from census_gis.field.staffing import apportion, posts, spares, supervisors_of
from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["Given", "Totals", "totals"]

SHARED_EAS = Kind(
    "T201", "warning",
    Text("{people} people count {eas} EAs: {n} EAs have nobody of their own.",
         "{people} 名登记人员负责 {eas} 个普查小区：{n} 个小区没有专人。"),
    Text("give more posts, or let somebody take two EAs.", "增加岗位，或由一人负责两个小区。"),
)  # fmt: skip
WIDE_CREWS = Kind(
    "T202", "note",
    Text("a supervisor leads {ratio:.2f} EAs on average, more than the {rule} of the rules.",
         "每名指导员平均负责 {ratio:.2f} 个普查小区，多于规则所定的 {rule} 个。"),
    Text("give more supervisors, or accept it.", "增加指导员，或予接受。"),
)  # fmt: skip
FILLED = Kind(
    "T203", "warning",
    Text("{n} districts have no persons; they share the {rest} left of persons_total equally.",
         "{n} 个普查区没有人数，平均分摊 persons_total 余下的 {rest} 人。"),
    Text("give each district its persons.", "请分区填写人数。"),
)  # fmt: skip
SMALL = Kind(
    "T204", "note",
    Text("{n} districts are too small for a share; each has one EA all the same, {more} more than the persons ask for.",
         "{n} 个普查区按人数不足一个普查小区，仍各设一个，比按人数计算多 {more} 个。"),
    Text("nothing to do.", "无需处理。"),
)  # fmt: skip
COLUMNS = ("persons", "eas", "supervisors", "enumerators", "posts", "reserve", "devices")


@dataclass(frozen=True)
class Given:
    """What an office knows or was granted; None where it does not say.

    `posts_total` holds the supervisors; `budget` and `first_payment` are in the currency of `pay.flat`.
    """

    persons_total: int | None = None
    districts: int | None = None
    eas_total: int | None = None
    supervisors_total: int | None = None
    posts_total: int | None = None
    budget: float | None = None
    first_payment: float | None = None


@dataclass(frozen=True)
class Totals:
    """Staffing of a whole place.

    Attributes
    ----------
    table : DataFrame
        One row for each district, ordered by code, and a total row (code ''); only the total row where
        there is no table of districts. Columns district_code, name, persons, eas, supervisors,
        enumerators, posts, reserve, devices.
    roundings
        Number of posts or EAs by 'down', 'nearest' and 'up', and the one 'used'; {} where it was given.
    dual
        Whether supervisors enumerate: then they are among the people who count EAs.
    """

    table: pd.DataFrame
    n_districts: int | None
    roundings: dict[str, int]
    dual: bool
    pay: Pay
    found: tuple[dict[str, Any], ...] = ()

    @property
    def whole(self) -> pd.Series:
        """The total row."""
        return self.table.iloc[-1]


@dataclass(frozen=True)
class _Places:
    """Persons of each district; one place stands for all where there is no table of districts."""

    persons: NDArray[np.int64]
    known: bool
    number: int | None

    @property
    def least(self) -> int:
        """Fewest of anything that every district must have, in all."""
        return self.number or 1


def totals(profile: Profile, *, given: Given, districts: pd.DataFrame | None = None) -> Totals:
    """Posts, supervisors, reserve, devices and pay.

    Parameters
    ----------
    profile
        Rules `staff.*` and `pay.*`.
    given
        Totals of the project file.
    districts
        Columns district_code, name, persons (may be empty where `persons_total` is given) and perhaps
        households; any order.

    Raises
    ------
    ConfigError
        If neither districts nor persons_total say how many people there are, they contradict each other, or
        supervisors go by district and nobody says how many districts there are.
    InputError
        If districts have no persons and there is no persons_total.
    InfeasibleError
        If a given total cannot give each district one.
    """
    found: list[dict[str, Any]] = []
    table = _ordered(districts)
    if table is not None:
        persons, told = _persons(
            table, given.persons_total, float(profile["population.total_tolerance"])
        )
        found += told
        places = _Places(persons, True, len(persons))
    elif given.persons_total is not None:
        places = _Places(np.array([given.persons_total], dtype=np.int64), False, given.districts)
    else:
        raise ConfigError(
            Text("nobody says how many persons there are.", "没有说明总人数。"),
            where="[population] persons_total",
            fix=Text("give persons_total, or [inputs.districts] with a column of persons.",
                     "请填写 persons_total，或提供带人数字段的 [inputs.districts]。"),
        )  # fmt: skip
    dual = bool(profile["staff.supervisor_enumerates"])
    eas, ways, told = _eas(places, given, profile)
    found += told
    supervisors = _supervisors(places, eas, given, profile)
    enumerators = _enumerators(eas, supervisors, given.posts_total, dual=dual)
    work = np.column_stack([places.persons, eas, supervisors, enumerators])
    full = _table(table, work, profile)
    pay = pay_of(
        full.iloc[-1],
        profile,
        households=_households(table),
        given=(given.budget, given.first_payment),
    )
    found += [*_remarks(full.iloc[-1], profile, dual=dual), *pay.found]
    return Totals(full, places.number, ways, dual, pay, tuple(found))


def _ordered(districts: pd.DataFrame | None) -> pd.DataFrame | None:
    if districts is None or not len(districts):
        return None
    return districts.sort_values("district_code", kind="stable", ignore_index=True)


def _persons(
    table: pd.DataFrame, total: int | None, tolerance: float
) -> tuple[NDArray[np.int64], list[dict[str, Any]]]:
    """Persons of each district; those without a number share what is left of the total equally."""
    given = pd.to_numeric(table["persons"]).astype("Float64")
    lacking = given.isna().to_numpy(bool)
    known = int(given.sum())
    if lacking.any() and total is None:
        raise InputError(
            Text(f"{int(lacking.sum())} districts have no persons.", f"{int(lacking.sum())} 个普查区没有人数。"),
            where="districts", rows=table.loc[lacking, "district_code"],
            fix=Text("fill them in, or give persons_total.", "请补填，或填写 persons_total。"),
        )  # fmt: skip
    gap = 0 if total is None else total - known
    if total is not None and (
        gap < -tolerance * total or (not lacking.any() and gap > tolerance * total)
    ):
        raise ConfigError(
            Text(f"the districts' persons sum to {known:,}, but persons_total is {total:,}: they differ by more "
                 f"than {tolerance:.1%}.",
                 f"各普查区人数合计 {known:,}，而 persons_total 为 {total:,}：相差超过 {tolerance:.1%}。"),
            where="[population] persons_total",
            fix=Text("correct one of the two.", "请更正其一。"),
        )  # fmt: skip
    persons = given.fillna(0).to_numpy(np.int64).copy()
    if not lacking.any():
        return persons, []
    rest = max(gap, 0)
    persons[lacking] = apportion(rest, np.ones(int(lacking.sum()), dtype=np.int64), least=0)
    return persons, [FILLED.at("districts", n=int(lacking.sum()), rest=rest)]


def _eas(
    places: _Places, given: Given, profile: Profile
) -> tuple[NDArray[np.int64], dict[str, int], list[dict[str, Any]]]:
    """EAs of each district: as given, as many as posts where supervisors count too, else by persons."""
    dual = bool(profile["staff.supervisor_enumerates"])
    number = given.eas_total
    if number is None and dual:
        number = given.posts_total
    least = 1 if places.known else 0
    if number is not None:
        _enough(number, places.least, "posts_total" if given.eas_total is None else "eas_total")
        return apportion(number, places.persons, least=least), {}, []
    ways = posts(int(places.persons.sum()), profile)
    number = max(ways["used"], places.least)
    shares = apportion(number, places.persons, least=least)
    small = (
        int((places.persons < int(profile["staff.persons_per_post"]) // 2).sum())
        if places.known
        else 0
    )
    more = number - ways["used"]
    return shares, ways, [SMALL.at("districts", n=small, more=more)] if more else []


def _enough(number: int, least: int, key: str) -> None:
    if number < least:
        raise InfeasibleError(
            Text(f"{key} = {number} does not give each of {least} districts one.",
                 f"{key} = {number}，不够 {least} 个普查区每区一个。"),
            where="[staffing]",
            fix=Text(f"give at least {least}.", f"至少填写 {least}。"),
        )  # fmt: skip


def _supervisors(
    places: _Places, eas: NDArray[np.int64], given: Given, profile: Profile
) -> NDArray[np.int64]:
    """Supervisors of each district: as given, one a district, or one for so many EAs."""
    least = int(profile["staff.supervisors_least"])
    number = given.supervisors_total
    if number is not None:
        _enough(number, least * (places.number or 0), "supervisors_total")
        return apportion(number, eas, least=least if places.known else 0)
    by_district = profile["staff.supervisors_by"] == "district"
    if by_district and places.number is None:
        raise ConfigError(
            Text("supervisors go by district, but nobody says how many districts there are.",
                 "指导员按普查区配备，但没有说明普查区个数。"),
            where="[staffing] districts",
            fix=Text("give districts = …, or a table of districts.", "请填写 districts = …，或提供普查区表。"),
        )  # fmt: skip
    if places.known:
        return supervisors_of(eas, profile, None)
    if by_district:
        return np.full(len(eas), max(least, 1) * places.least, dtype=np.int64)
    floor = least * (places.number or 0)
    return np.maximum(-(-eas // int(profile["staff.eas_per_supervisor"])), floor)


def _enumerators(
    eas: NDArray[np.int64], supervisors: NDArray[np.int64], posts_total: int | None, *, dual: bool
) -> NDArray[np.int64]:
    """Enumerators beside the supervisors: one for each EA nobody else counts, or as many as posts are left."""
    wanted = np.maximum(eas - supervisors, 0) if dual else eas
    if posts_total is None:
        return wanted
    left = posts_total - int(supervisors.sum())
    least = 0 if dual else 1
    if left < least * len(eas):
        raise InfeasibleError(
            Text(f"of {posts_total} posts {int(supervisors.sum())} are supervisors; {left} are left for enumerators.",
                 f"{posts_total} 个岗位中有 {int(supervisors.sum())} 名指导员，只余 {left} 个普查员岗位。"),
            where="[staffing] posts_total",
            fix=Text("give more posts, fewer supervisors, or let supervisors enumerate.",
                     "增加岗位、减少指导员，或由指导员兼任普查员。"),
        )  # fmt: skip
    return apportion(left, wanted, least=least)


def _households(table: pd.DataFrame | None) -> int | None:
    """Households of all districts, None where one does not say."""
    if table is None or "households" not in table or table["households"].isna().any():
        return None
    return int(pd.to_numeric(table["households"]).sum())


def _table(
    districts: pd.DataFrame | None, work: NDArray[np.int64], profile: Profile
) -> pd.DataFrame:
    """Table of a place from persons, EAs, supervisors and enumerators, reserve and devices shared by posts."""
    rows = pd.DataFrame(work, columns=list(COLUMNS[:4]))
    rows["posts"] = rows["supervisors"] + rows["enumerators"]
    rows["reserve"], rows["devices"] = spares(rows["posts"].to_numpy(np.int64), profile)
    whole = rows.sum().to_frame().T.assign(district_code="", name="")
    if districts is None:
        return whole[["district_code", "name", *COLUMNS]]
    rows.insert(0, "district_code", districts["district_code"].to_numpy(object))
    rows.insert(1, "name", districts["name"].fillna("").to_numpy(object))
    return pd.concat([rows, whole], ignore_index=True)[["district_code", "name", *COLUMNS]]


def _remarks(whole: pd.Series, profile: Profile, *, dual: bool) -> Sequence[dict[str, Any]]:
    counting = int(whole["posts"]) if dual else int(whole["enumerators"])
    eas, leaders = int(whole["eas"]), int(whole["supervisors"])
    found = []
    if counting < eas:
        found.append(SHARED_EAS.at("staff", people=counting, eas=eas, n=eas - counting))
    rule = int(profile["staff.eas_per_supervisor"])
    by_eas = profile["staff.supervisors_by"] == "eas"
    if by_eas and leaders and eas > rule * leaders:
        found.append(WIDE_CREWS.at("staff", ratio=eas / leaders, rule=rule))
    return found
