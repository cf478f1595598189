"""Who counts what, changed in a plan that is at work: as few changes as can be, or as the office chooses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from census_gis import findings
from census_gis.field.assignment_people import TITLE
from census_gis.field.assignment_tables import assignment_table, crew_table
from census_gis.field.matching import NOBODY
from census_gis.field.replan import CHOICES, replan
from census_gis.field.replan_tables import assigned, field_of, holders_of
from census_gis.field.shortage import CODES as SHORTAGE
from census_gis.field.shortage import LEFT
from census_gis.field.staffing import UNSTAFFED, needed
from census_gis.present.outputs import language_of
from census_gis.profile import Profile
from census_gis.store.assembly import Assembly
from census_gis.tables import conform

__all__ = ["keep_people", "led_by", "write_people"]

PEOPLE = ("districts", "enumeration_areas", "staff")


def keep_people(
    plan: Assembly,
    before: Mapping[str, pd.DataFrame],
    heirs: Mapping[str, str],
    *,
    profile: Profile,
) -> None:
    """Give a changed plan the people it had: only EAs that are new, or whose person is gone, get somebody else.

    Parameters
    ----------
    plan
        Being written; its people were just made anew.
    before
        Layers of the plan as it stood.
    heirs
        EA now to the EA before it comes from.
    profile
        Rules `staff.*`.
    """
    if not len(before["staff"]):
        return
    tables: dict[str, pd.DataFrame] = {name: plan.frame(name) for name in PEOPLE}
    areas = tables["enumeration_areas"]
    holders = _inherited(areas, heirs, holders_of(before["enumeration_areas"]))
    settings = before["settings"].set_index("key")["value"]
    if settings.get("staffing.numbered") == "True":
        staff, who = _with_new_posts(before, areas, holders)
    else:
        staff = before["staff"]
        field = field_of({**tables, "staff": staff}, profile, holders=holders)
        who = assigned(field, replan(
            field.work, field.people, field.terms, holding=field.holding, choice=CHOICES[0]
        ).person)  # fmt: skip
    had = before["enumeration_areas"]
    chiefs = dict(zip(had["ea_code"], had["supervisor"], strict=True))
    leaders = {code: chiefs.get(heirs.get(code, code)) for code in areas["ea_code"]}
    lines = plan.frame("ea_lines", columns=("left_ea", "right_ea", "length_m"))
    leaders = _led_by_neighbours(leaders, areas, lines)
    why = before["assignments"].set_index("ea_code")
    write_people(plan, areas, staff=staff, who=who, leaders=leaders, why=why)


def _inherited(
    areas: pd.DataFrame, heirs: Mapping[str, str], had: Mapping[str, str]
) -> dict[str, str]:
    """Who goes on in each EA: whoever had the one it comes from; of several the one that kept its code, else the largest."""
    rows = areas.assign(was=[heirs.get(code, code) for code in areas["ea_code"]])
    rows["same"] = rows["was"] == rows["ea_code"]
    rows = rows.sort_values(
        ["was", "same", "persons", "ea_code"], ascending=[True, False, False, True]
    )
    first = rows.drop_duplicates("was")
    return {
        code: had[was]
        for code, was in zip(first["ea_code"], first["was"], strict=True)
        if was in had
    }


def _with_new_posts(
    before: Mapping[str, pd.DataFrame], areas: pd.DataFrame, holders: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Numbered posts: each EA that has none gets the next number of its district."""
    staff, who, rows = before["staff"], dict(holders), []
    taken = set(staff["staff_id"])
    title = TITLE["enumerator"].of(language_of(before))
    for area in areas[needed(areas)].itertuples():
        if area.ea_code in who:
            continue
        name = _next_post(staff, area.district_code, taken)
        taken.add(name)
        who[area.ea_code] = name
        rows.append({"staff_id": name, "role": "enumerator", "district_code": area.district_code,
                     "display_name": title.format(n=int(name[1:]))})  # fmt: skip
    kept = staff[staff["staff_id"].isin(set(who.values())) | (staff["role"] == "supervisor")]
    every = (
        pd.concat([kept, pd.DataFrame(rows, columns=kept.columns)], ignore_index=True)
        if rows
        else kept
    )
    return every.sort_values("staff_id", ignore_index=True), who


def _next_post(staff: pd.DataFrame, district: str, taken: Collection[str]) -> str:
    """The number after the highest of a district's enumerators, or of all, that nobody has."""
    posts = staff[staff["role"] == "enumerator"]
    near = posts[posts["district_code"] == district]
    last = (near if len(near) else posts)["staff_id"].str[1:].astype(int).max() if len(posts) else 0
    return next(name for n in count(last + 1) if (name := f"E{n:04d}") not in taken)


def _led_by_neighbours(
    leaders: Mapping[str, Any], areas: pd.DataFrame, lines: pd.DataFrame
) -> dict[str, Any]:
    """EAs without a supervisor join the crew of the neighbour with the longest common line."""
    out = dict(leaders)
    district = dict(zip(areas["ea_code"], areas["district_code"], strict=True))
    for code in areas.loc[needed(areas), "ea_code"]:
        if _is_somebody(out.get(code)):
            continue
        sides = lines[(lines["left_ea"] == code) | (lines["right_ea"] == code)]
        other = sides["left_ea"].where(sides["right_ea"] == code, sides["right_ea"])
        along = sides.assign(other=other).groupby("other")["length_m"].sum()
        near = [name for name in along.sort_values(ascending=False, kind="stable").index if _is_somebody(out.get(name))]  # fmt: skip
        same = [name for name in near if district.get(name) == district[code]]
        chosen = next(iter([*same, *near]), None)
        out[code] = UNSTAFFED if chosen is None else out[chosen]
    return out


def _is_somebody(who: Any) -> bool:
    return isinstance(who, str) and who not in ("", UNSTAFFED)


def led_by(areas: pd.DataFrame, gone: Collection[str], staff: pd.DataFrame) -> dict[str, Any]:
    """Supervisor of each EA after some have left: a crew goes whole to a spare supervisor, else to the least busy one.

    Parameters
    ----------
    areas, staff
        Layers `enumeration_areas` and `staff`.
    gone
        People who have left.
    """
    leaders = dict(zip(areas["ea_code"], areas["supervisor"], strict=True))
    minutes = areas.set_index("ea_code")["minutes"].fillna(0).to_dict()
    load: dict[str, float] = {}
    for code, who in leaders.items():
        if _is_somebody(who) and who not in gone:
            load[who] = load.get(who, 0.0) + minutes[code]
    heads = staff[(staff["role"] == "supervisor") & ~staff["staff_id"].isin(set(gone))]
    home = dict(zip(heads["staff_id"], heads["district_code"], strict=True))
    for who in sorted(set(gone) & {str(name) for name in leaders.values()}):
        crew = sorted(code for code, name in leaders.items() if name == who)
        here = areas.loc[areas["ea_code"] == crew[0], "district_code"].iloc[0]
        ranked = sorted(
            home,
            key=lambda one: (load.get(one, 0.0) > 0, home[one] != here, load.get(one, 0.0), one),
        )
        for code in crew:
            leaders[code] = ranked[0] if ranked else UNSTAFFED
        if ranked:
            load[ranked[0]] = load.get(ranked[0], 0.0) + sum(minutes[code] for code in crew)
    return leaders


def write_people(
    plan: Assembly, areas: pd.DataFrame, *, staff: pd.DataFrame, who: Mapping[str, str],
    leaders: Mapping[str, Any], why: pd.DataFrame | None = None,
) -> None:  # fmt: skip
    """Put people into a plan: columns of the EAs, layers `staff`, `assignments`, `crews`.

    Parameters
    ----------
    areas
        Layer `enumeration_areas`.
    who, leaders
        EA code to enumerator and to supervisor.
    why
        Layer `assignments` as it was, by EA: what it says of EAs that keep their person stays.
    """
    table = areas.assign(
        enumerator=[who.get(code) for code in areas["ea_code"]],
        supervisor=[leaders.get(code) for code in areas["ea_code"]],
    )
    named = table[["enumerator", "supervisor", "ea_code"]].astype(object)
    plan.connection.executemany(
        "UPDATE enumeration_areas SET enumerator = ?, supervisor = ? WHERE ea_code = ?",
        named.where(named.notna(), None).to_numpy().tolist(),
    )
    plan.put("staff", conform(staff, "staff"))
    asked = needed(areas) & table["enumerator"].notna().to_numpy(bool)
    rows = assignment_table(table, asked, None)
    if why is not None and len(why):
        known = why.reindex(rows["ea_code"])
        stays = (known["staff_id"].to_numpy(object) == rows["staff_id"].to_numpy(object)).astype(
            bool
        )
        for name in ("home_m", "next_best", "reason"):
            rows[name] = np.where(stays, known[name].astype(object).to_numpy(), None)
    plan.put("assignments", conform(rows, "assignments"))
    names = sorted({str(name) for name in table["supervisor"] if _is_somebody(name)})
    place = {name: number for number, name in enumerate(names)}
    label = np.array([place.get(name, NOBODY) for name in table["supervisor"]], dtype=np.int64)
    plan.put("crews", crew_table(table, label, np.array(names, dtype=object)))
    _tell_nobody(plan, table[needed(areas)])


def _tell_nobody(plan: Assembly, areas: pd.DataFrame) -> None:
    """A finding for each EA that asks for somebody and has nobody, in place of what was said before of such."""
    plan.connection.executemany(
        "DELETE FROM findings WHERE code = ?", [(code,) for code in SHORTAGE]
    )
    codes = sorted(areas.loc[areas["enumerator"] == UNSTAFFED, "ea_code"])
    cases = [LEFT.at("enumeration_areas", code, code=code) for code in codes]
    language = language_of({"settings": plan.frame("settings")})
    found = findings.frame(cases, plan.frame("districts").crs)
    plan.add("findings", findings.in_language(found, language))
