"""A plan's people and EAs as numbers for a new assignment, and a new assignment as tables of the plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.field.assignment import Openings, People, Terms
from census_gis.field.assignment_people import needs_of, openings_of, people_of
from census_gis.field.crews_places import spots
from census_gis.field.matching import NOBODY
from census_gis.field.replan import Holding
from census_gis.field.staffing import UNSTAFFED, needed
from census_gis.profile import Profile

__all__ = ["LEFT", "Field", "assigned", "departed", "field_of", "holders_of"]

LEFT = "left"  # role of people who have left: they stay in the list for the EAs they finished


@dataclass(frozen=True)
class Field:
    """EAs that are not finished and ask for somebody, those who still count, and who has what.

    Attributes
    ----------
    codes : EA codes of the rows of `work`
    ids : numbers of the people of the rows of `people`
    """

    codes: NDArray[np.object_]
    ids: NDArray[np.object_]
    work: Openings
    people: People
    terms: Terms
    holding: Holding


def holders_of(areas: pd.DataFrame) -> dict[str, str]:
    """Who has each EA that somebody has, of layer `enumeration_areas`."""
    known = ~areas["enumerator"].astype(object).fillna("").isin(["", UNSTAFFED])
    return dict(zip(areas.loc[known, "ea_code"], areas.loc[known, "enumerator"], strict=True))


def departed(staff: pd.DataFrame, gone: Collection[str]) -> pd.DataFrame:
    """Layer `staff` after some have left: nobody gives them work again."""
    return staff.assign(role=staff["role"].mask(staff["staff_id"].isin(set(gone)), LEFT))


def field_of(
    tables: Mapping[str, pd.DataFrame], profile: Profile, *, holders: Mapping[str, str],
    gone: Collection[str] = (), begun: Collection[str] = (), finished: Collection[str] = (),
) -> Field:  # fmt: skip
    """EAs and people as numbers.

    Somebody with several EAs is a row for each of them; whoever has finished one may take another.

    Parameters
    ----------
    tables
        Layers `districts`, `enumeration_areas`, `staff`.
    profile
        Rules `staff.*`.
    holders
        EA code to the number of who has it.
    gone
        People who count no more.
    begun, finished
        EAs that stay with whoever has them (unless these are gone), and EAs that need nobody any more.
    """
    areas = tables["enumeration_areas"].sort_values("ea_code", ignore_index=True)
    areas = areas[needed(areas) & ~areas["ea_code"].isin(set(finished))].reset_index(drop=True)
    codes = tables["districts"]["district_code"].sort_values().tolist()
    district = pd.Index(codes).get_indexer(areas["district_code"].to_numpy(object)).astype(np.int64)
    at = spots(areas, district)
    needs = needs_of(profile)
    known = sorted({word for need in needs for word in need.skills})
    work, _ = openings_of(areas, at, district, needs, known)
    staff = _counting(tables["staff"], profile, holders, gone)
    mine = pd.Series(
        {code: holders[code] for code in areas["ea_code"] if code in holders}, dtype=object
    )
    held = mine.value_counts()
    rows = np.repeat(
        np.arange(len(staff)), staff["staff_id"].map(held).fillna(0).clip(lower=1).astype(int)
    )
    middle = _middles(at, district, len(codes))
    people = people_of(staff.iloc[rows].reset_index(drop=True), codes, middle, known)
    ids = staff["staff_id"].to_numpy(object)[rows]
    person = _held(areas["ea_code"].tolist(), holders, ids)
    fixed = areas["ea_code"].isin(set(begun)).to_numpy(bool) & (person != NOBODY)
    terms = Terms(float(profile["staff.range_m"]), int(profile["staff.familiar_m"]))
    holding = Holding(person, fixed, rows.astype(np.int64))
    return Field(areas["ea_code"].to_numpy(object), ids, work, people, terms, holding)


def _counting(
    staff: pd.DataFrame, profile: Profile, holders: Mapping[str, str], gone: Collection[str]
) -> pd.DataFrame:
    """People who count, in the order of their numbers: enumerators, supervisors who enumerate, all who have an EA."""
    counts = (staff["role"] == "enumerator") | staff["staff_id"].isin(set(holders.values()))
    if profile["staff.supervisor_enumerates"]:
        counts |= staff["role"] == "supervisor"
    table = staff[counts & ~staff["staff_id"].isin(set(gone))]
    return table.sort_values("staff_id", ignore_index=True)


def _held(
    codes: list[str], holders: Mapping[str, str], ids: NDArray[np.object_]
) -> NDArray[np.int64]:
    """Row of who has each EA; each row once."""
    free: dict[str, list[int]] = {}
    for row, who in enumerate(ids.tolist()):
        free.setdefault(who, []).append(row)
    out = np.full(len(codes), NOBODY, dtype=np.int64)
    for at, code in enumerate(codes):
        rows = free.get(holders.get(code, ""), [])
        if rows:
            out[at] = rows.pop(0)
    return out


def _middles(at: NDArray[np.float64], district: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """A point in each district [m]."""
    frame = pd.DataFrame(at).groupby(district).mean().reindex(range(n))
    return frame.fillna(pd.DataFrame(at).mean()).fillna(0.0).to_numpy()


def assigned(field: Field, person: NDArray[np.int64]) -> dict[str, str]:
    """EA code to the number of who has it, or UNSTAFFED."""
    who = np.where(person == NOBODY, UNSTAFFED, field.ids[person] if len(field.ids) else UNSTAFFED)
    return dict(zip(field.codes.tolist(), who.tolist(), strict=True))
