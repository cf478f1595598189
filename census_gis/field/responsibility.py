"""Responsibility to every person (责任落实到每一个人): EA, enumerator, supervisor, committee, office; and what each is paid."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.field.pay import Pay, household_rate, pay_of
from census_gis.field.staffing import UNSTAFFED, spares
from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = [
    "CODES",
    "budget_cases",
    "cost_of_people",
    "crew_loads",
    "payroll",
    "responsibility",
    "spread",
    "training",
]

OVER = Kind(
    "T214", "warning",
    Text("the {posts:,} people who have work cost {total:,} (each at a flat rate {flat:,}, listing and forms {forms:,}, "
         "devices {devices:,}, training {training:,}, reserve {reserve:,}), above the budget {budget:,} by {gap:,}.",
         "已安排的 {posts:,} 人费用合计 {total:,}（岗位补助 {flat:,}，摸底与登记计件 {forms:,}，设备 {devices:,}，"
         "培训 {training:,}，备用人员 {reserve:,}），"
         "超出预算 {budget:,}，差额 {gap:,}。"),
    Text("ask for more, let supervisors enumerate, or pay less a post.", "申请追加、由指导员兼任普查员，或调整补助标准。"),
)  # fmt: skip
CODES = (OVER.code,)


def responsibility(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each EA that asks for somebody: who counts it, who leads, whose committee and office it is.

    Parameters
    ----------
    tables
        Layers of a plan with staff.

    Returns
    -------
    DataFrame
        office (township), committee (district), district_code, supervisor, supervisor_name, enumerator,
        enumerator_name, ea_code, name, persons, households, minutes; ordered by ea_code.
    """
    areas = pd.DataFrame(tables["enumeration_areas"])
    areas = areas[areas["enumerator"].notna()].sort_values("ea_code", ignore_index=True)
    named = tables["staff"].set_index("staff_id")["display_name"]
    districts = tables["districts"].set_index("district_code")["name"]
    code = areas["district_code"].astype(str)
    return pd.DataFrame({
        "office": _offices(tables["units"], code), "committee": code.map(districts), "district_code": code,
        "supervisor": areas["supervisor"], "supervisor_name": areas["supervisor"].map(named),
        "enumerator": areas["enumerator"], "enumerator_name": areas["enumerator"].map(named),
        **{name: areas[name] for name in ("ea_code", "name", "persons", "households", "minutes")},
    })  # fmt: skip


def _offices(units: pd.DataFrame, codes: pd.Series) -> list[str | None]:
    """Name of the township each code begins with, None where it is not known."""
    towns = units[units["level"] == "township"]
    name = dict(zip(towns["code"].astype(str), towns["name"], strict=True))
    lengths = sorted({len(code) for code in name}, reverse=True)
    return [next((name[c[:n]] for n in lengths if c[:n] in name), None) for c in codes]


def payroll(
    tables: Mapping[str, pd.DataFrame], profile: Profile, *, first_payment: float | None = None
) -> pd.DataFrame:
    """One row for each person who has work: EAs, load, pay, first payment.

    Parameters
    ----------
    tables
        Layers of a plan with staff.
    profile
        Rules `pay.*`: flat for each person, listing and forms for each household; households of an EA that does
        not say are its persons by `population.persons_per_household`.
    first_payment
        What is paid first to all together, shared in proportion; None where nobody says.

    Returns
    -------
    DataFrame
        staff_id, display_name, role, district_code, supervisor, eas (codes), ea_count, persons, households,
        minutes, flat, forms, pay, first; money in whole units whose sum is the whole rounded once.
    """
    areas = pd.DataFrame(tables["enumeration_areas"])
    work = areas[areas["enumerator"].notna() & (areas["enumerator"] != UNSTAFFED)]
    size = float(profile["population.persons_per_household"])
    guess = (work["persons"] / size).round()
    work = work.assign(counted=pd.to_numeric(work["households"]).fillna(guess).astype("int64"))
    people = pd.DataFrame(tables["staff"]).set_index("staff_id")
    leads = sorted(set(areas["supervisor"].dropna()) - {UNSTAFFED})
    ids = sorted({*work["enumerator"], *leads})
    by_person = work.groupby("enumerator")
    rows = pd.DataFrame({"staff_id": ids})
    for name in ("display_name", "role", "district_code"):
        rows[name] = rows["staff_id"].map(people[name])
    leader = by_person["supervisor"].first()
    rows["supervisor"] = (
        rows["staff_id"].map(leader).where(~rows["staff_id"].isin(leads), rows["staff_id"])
    )
    rows["eas"] = rows["staff_id"].map(by_person["ea_code"].agg(" ".join))
    for name, source in (("ea_count", "size"), ("persons", "persons"), ("households", "counted")):
        sums = by_person.size() if source == "size" else by_person[source].sum()
        rows[name] = rows["staff_id"].map(sums).fillna(0).astype("int64")
    rows["minutes"] = rows["staff_id"].map(by_person["minutes"].sum(min_count=1))
    return rows.assign(**_money(rows, profile, first_payment))


def _money(
    rows: pd.DataFrame, profile: Profile, first_payment: float | None
) -> dict[str, NDArray[np.int64] | None]:
    """Flat pay, forms, both, and the first payment of each person, in whole units."""
    household = household_rate(profile)
    flat = _whole([Fraction(str(profile["pay.flat"]))] * len(rows))
    forms = _whole([household * int(n) for n in rows["households"]])
    pay = flat + forms
    first = None
    if first_payment is not None and pay.sum():
        share = Fraction(str(first_payment)) / int(pay.sum())
        first = _whole([share * int(one) for one in pay])
    return {"flat": flat, "forms": forms, "pay": pay, "first": first}


def _whole(amounts: list[Fraction]) -> NDArray[np.int64]:
    """Whole units that sum to the rounded sum: what rounding loses on one goes to the next."""
    ends = [round(total) for total in accumulate(amounts)]
    return np.array([end - start for start, end in pairwise([0, *ends])], dtype=np.int64)


def training(
    tables: Mapping[str, pd.DataFrame], people: pd.DataFrame, profile: Profile
) -> tuple[pd.DataFrame, pd.Series]:
    """Groups that are trained together, people of neighbouring districts, and the group of each person.

    Parameters
    ----------
    tables
        Layers of a plan with staff.
    people
        Everybody who has work: rows of `payroll`.
    profile
        Rules `staff.training_group`, `staff.reserve_share`, `staff.device_reserve_share`.

    Returns
    -------
    groups : DataFrame
        group (from 1), office (township), committees (first and last), people, reserve, devices; ordered by group.
        Reserve and devices are shares of all people, rounded up, given out by largest remainder.
    member : Series indexed by staff_id
        Group of each person who has work.
    """
    people = people.sort_values(["district_code", "staff_id"], ignore_index=True)
    code = people["district_code"].fillna("").astype(str)
    office = pd.Series(_offices(tables["units"], code), dtype=object).fillna("")
    names = tables["districts"].set_index("district_code")["name"]
    rows: list[tuple[int, str | None, str | None, int]] = []
    member = pd.Series(0, index=people["staff_id"], name="group")
    for town, mine in people.groupby(office, sort=False):
        n_groups = -(-len(mine) // int(profile["staff.training_group"]))
        for part in np.array_split(mine.index.to_numpy(), n_groups):
            member.iloc[part] = len(rows) + 1
            ends = [names.get(code[i]) for i in (part[0], part[-1])]
            said = " – ".join(dict.fromkeys(name for name in ends if name))
            rows.append((len(rows) + 1, town or None, said or None, len(part)))
    groups = pd.DataFrame(rows, columns=["group", "office", "committees", "people"])
    groups["reserve"], groups["devices"] = spares(groups["people"].to_numpy(np.int64), profile)
    return groups, member


def cost_of_people(
    people: pd.DataFrame, profile: Profile, given: tuple[float | None, float | None]
) -> Pay:
    """What people who have work (rows of `payroll`) cost, their forms and all devices; `given` are budget and first payment."""
    sums = people[["persons", "households"]].sum()
    reserve, devices = (
        some[0] for some in spares(np.array([len(people)], dtype=np.int64), profile)
    )
    whole = pd.Series(
        {"persons": sums["persons"], "posts": len(people), "reserve": reserve, "devices": devices}
    )
    return pay_of(whole, profile, households=int(sums["households"]), given=given)


def budget_cases(
    tables: Mapping[str, pd.DataFrame], profile: Profile, budget: float | None
) -> list[dict[str, object]]:
    """A warning where the people who have work cost more than the budget."""
    if budget is None:
        return []
    people = payroll(tables, profile)
    pay = cost_of_people(people, profile, (budget, None))
    if pay.budget is None or pay.total <= pay.budget:
        return []
    gap = pay.total - pay.budget
    return [OVER.at(
        "staff", posts=len(people), total=pay.total, budget=pay.budget, gap=gap, flat=pay.posts,
        forms=pay.forms, devices=pay.devices, training=pay.training, reserve=pay.reserve,
    )]  # fmt: skip


def crew_loads(tables: Mapping[str, pd.DataFrame], *, by: str = "minutes") -> pd.DataFrame:
    """EAs and work of each crew, and what crews cut in the order of codes would have.

    Parameters
    ----------
    tables
        Layers of a plan with staff.
    by
        Column of work: minutes or persons.

    Returns
    -------
    DataFrame
        district_code, supervisor, ea_count, load, load_by_code; one row a crew, ordered by district, supervisor.
    """
    areas = pd.DataFrame(tables["enumeration_areas"])
    areas = areas[areas["supervisor"].notna()].sort_values("ea_code", ignore_index=True)
    rows = []
    crews = areas.groupby("supervisor")
    count, load = crews.size(), crews[by].sum()
    home = crews["district_code"].agg(lambda codes: codes.mode().iloc[0])
    for district, mine in areas.groupby("district_code", sort=True):
        work = mine[by].to_numpy(np.float64)
        leaders = sorted(who for who in mine["supervisor"].unique() if home[who] == district)
        parts = np.array_split(work, max(len(leaders), 1))
        rows += [(district, who, count[who], float(load[who]), float(part.sum()))
                 for who, part in zip(leaders, parts, strict=False)]  # fmt: skip
    names = ["district_code", "supervisor", "ea_count", "load", "load_by_code"]
    return pd.DataFrame(rows, columns=names)


def spread(loads: NDArray[np.float64]) -> tuple[float, float]:
    """Largest load over the mean, and the coefficient of variation; 1 and 0 without loads.

    Examples
    --------
    >>> spread(np.array([1.0, 3.0]))
    (1.5, 0.5)
    """
    if not len(loads) or not loads.mean():
        return 1.0, 0.0
    return float(loads.max() / loads.mean()), float(loads.std() / loads.mean())
