"""How many people a census needs and where: the arithmetic of the 2020 notices.

Posts follow from persons (160,000 / 300 -> 533, rounded down there; the rounding is a rule and is
printed), supervisors are shared over districts by largest remainder with at least one each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.areas.laws import said
from census_gis.errors import InfeasibleError
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = [
    "UNITS",
    "UNSTAFFED",
    "Staffing",
    "apportion",
    "needed",
    "posts",
    "spares",
    "staffing_table",
    "supervisors_of",
]

UNSTAFFED = "UNSTAFFED"
UNITS = {"minutes": Text("minutes", "分钟"), "persons": Text("persons", "人")}  # what loads are in


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


def leaders_of(eas: NDArray[np.int64], profile: Profile) -> NDArray[np.int64]:
    """Supervisors of districts of so many EAs: one for each `staff.eas_per_supervisor`, rounded up, or one a district.

    Where crews would then be out of size (`staff.crew_least` to `crew_most`) and another number helps, the nearest.

    Examples
    --------
    >>> from census_gis.profile import load_profile
    >>> leaders_of(np.array([3, 6, 11, 16]), load_profile("cn2020")).tolist()
    [1, 1, 2, 4]
    """
    least = int(profile["staff.supervisors_least"])
    if profile["staff.supervisors_by"] == "district":
        return np.full(len(eas), max(least, 1), dtype=np.int64)
    wanted = np.maximum(-(-eas // int(profile["staff.eas_per_supervisor"])), least)
    fewest, most = (
        -(-eas // int(profile["staff.crew_most"])),
        eas // int(profile["staff.crew_least"]),
    )
    fits = (fewest <= most) & (most >= least)
    return np.where(
        fits, np.clip(wanted, np.maximum(fewest, least), np.maximum(most, least)), wanted
    )


def supervisors_of(
    eas: NDArray[np.int64], profile: Profile, total: int | None
) -> NDArray[np.int64]:
    """Supervisors of districts of so many EAs: a given total by largest remainder, else as `leaders_of` has them.

    Without EAs a district has none, unless a total is given; supervisors who enumerate are no more than its EAs.
    """
    if total is not None:
        return apportion(total, eas, least=int(profile["staff.supervisors_least"]))
    wanted = np.where(eas, leaders_of(eas, profile), 0)
    return np.minimum(wanted, eas) if profile["staff.supervisor_enumerates"] else wanted


def spares(
    posts_: NDArray[np.int64], profile: Profile
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Reserve people and all devices of districts with so many posts: shares of the whole, rounded up."""
    extra = [
        apportion(math.ceil(int(posts_.sum()) * Fraction(str(profile[key]))), posts_, least=0)
        for key in ("staff.reserve_share", "staff.device_reserve_share")
    ]
    return extra[0], posts_ + extra[1]


def staffing_table(
    districts: pd.DataFrame, profile: Profile, *, supervisors_total: int | None = None,
    areas: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """EAs, posts, supervisors, enumerators, reserve and devices of each district, with a total row.

    `districts` holds district_code, name, persons and ea_count, ordered by code. Of the EAs in `areas`, where
    they are given, those with nobody to count ask for no post.
    """
    count = districts["ea_count"].to_numpy(np.int64)
    if areas is not None:
        homes = areas.loc[needed(areas), "district_code"].value_counts()
        count = districts["district_code"].map(homes).fillna(0).to_numpy(np.int64)
    supervisors = supervisors_of(count, profile, supervisors_total)
    dual = profile["staff.supervisor_enumerates"]
    enumerators = np.maximum(count - supervisors, 0) if dual else count
    reserve, devices = spares(supervisors + enumerators, profile)
    table = districts[["district_code", "name", "persons", "ea_count"]].assign(
        supervisors=supervisors, enumerators=enumerators, posts=supervisors + enumerators,
        reserve=reserve, devices=devices,
    )  # fmt: skip
    total = table.drop(columns=["district_code", "name"]).sum().to_frame().T
    return pd.concat([table, total.assign(district_code="", name="")], ignore_index=True)
