"""From the kept outcomes of many districts to one plan: the work only neighbours can do together.

Districts are taken in one after the other, so memory does not grow with their number; what is about several
of them (lines between districts, staff, findings of the project) is done on the file's attributes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from census_gis import findings
from census_gis.areas.audit import measures
from census_gis.areas.disputes import CODES as DISPUTES
from census_gis.areas.disputes import dispute_cases
from census_gis.areas.edits import DONE
from census_gis.areas.seam import seam
from census_gis.config import ProjectConfig
from census_gis.field.assignment_plan import CODES as STAFFING
from census_gis.field.assignment_plan import staff_plan
from census_gis.field.responsibility import CODES as PAY
from census_gis.field.responsibility import budget_cases
from census_gis.field.staffing import Staffing
from census_gis.field.work_pilot import KEY as PILOT
from census_gis.findings import RANK, Kind
from census_gis.language import Language, Text
from census_gis.model import Inputs
from census_gis.profile import Profile
from census_gis.runner.context import context_tables, held_by, settings_table, special_areas
from census_gis.runner.district import Outcome
from census_gis.runner.standing import Standing, standings
from census_gis.runner.work import LOST, add_work
from census_gis.store.assembly import Assembly, assembling
from census_gis.store.blank import PACKED
from census_gis.store.geopackage import old_log, read_tables
from census_gis.store.log import Entry

__all__ = ["Assembled", "assemble", "finish"]

FAILED = Kind(
    "X101", "error",
    Text("the district could not be planned: {why}", "该普查区未能完成划分：{why}"),
    Text("mend what is named and run again; finished districts are kept.",
         "按提示处理后重新运行；已完成的普查区会保留。"),
)  # fmt: skip
UNASKED = Kind(
    "X102", "warning",
    Text("{n} districts are not in this plan: only some were asked for.", "本方案缺 {n} 个普查区：仅划分了指定的普查区。"),
    Text("run without --districts to plan the others.", "不加 --districts 再次运行即可补齐。"),
)  # fmt: skip


MOST_LOGGED = 40  # edits one log entry names


@dataclass(frozen=True)
class Assembled:
    """What a plan came to: key figures, and its findings."""

    figures: Mapping[str, Any]
    found: pd.DataFrame


def assemble(
    plan_path: Path, inputs: Inputs, outcomes: Sequence[Outcome], config: ProjectConfig, *,
    entry: Entry, staffing: int | None,
) -> Assembled:  # fmt: skip
    """Write the plan of a project, in place of the old one, whole or not at all.

    Parameters
    ----------
    plan_path
        plan.gpkg.
    inputs
        What was given, after population.
    outcomes
        One for each district planned: kept in a file, or failed (an error finding).
    config
        For settings and staffing.
    entry
        The act to log; the number of EAs is added to it.
    staffing
        Processes that work out walks; None leaves the EAs without people.
    """
    done = sorted((o for o in outcomes if o.file is not None), key=lambda outcome: outcome.code)
    entries, before, known = [entry], _edits_told(plan_path), standings(plan_path)
    with assembling(plan_path, crs=inputs.crs, entries=entries, after=old_log(plan_path)) as plan:
        for outcome in done:
            if outcome.file is not None:
                plan.take(outcome.file, outcome.code)
        _given(plan, inputs)
        entries[0] = replace(
            entry, after=f"{entry.after}{_history(plan, known)}{_edited(plan, before)}"
        )
        for layer, frame in context_tables(inputs).items():
            plan.add(layer, frame)
        plan.add("settings", settings_table(config, inputs))
        plan.add("special_areas", special_areas(inputs))
        if plan_path.is_file():  # what came from the field is about the ground, not about one run
            plan.copy(plan_path, ("corrections", "events"))
            plan.copy(plan_path, ("settings",), where=f"key LIKE '{PILOT}%'")
        project = [
            *inputs.findings.to_dict("records"),
            *_failures(inputs, outcomes),
            *_unasked(inputs, outcomes),
        ]
        plan.add("findings", _shown(project, inputs))
        return finish(
            plan, inputs.profile, language=inputs.language,
            people=None if staffing is None else inputs.staff,
            supervisors_total=config.supervisors_total, workers=staffing or 1,
        )  # fmt: skip


def finish(
    plan: Assembly, profile: Profile, *, language: Language, people: pd.DataFrame | None,
    supervisors_total: int | None, workers: int,
) -> Assembled:  # fmt: skip
    """What is known only when all districts are in: codes over district lines, staff, EAs of special areas
    and disputes, order of findings.

    Parameters
    ----------
    plan
        With all rows of all districts.
    profile, language
        Of the plan.
    people
        Table STAFF; None leaves the EAs without people.
    supervisors_total
        Given head-count of supervisors.
    workers
        Processes that work out walks.
    """
    lines = seam(plan.frame("ea_lines").explode(ignore_index=True))  # stored as multi-lines of one
    plan.put("ea_lines", lines)
    if people is not None:
        lost = findings.frame(add_work(plan, profile, workers=workers), lines.crs)
        _told(plan, (LOST.code,), lost, language)
        _staffed(plan, profile, people, supervisors_total=supervisors_total, language=language)
    _located(plan)
    _disputed(plan, language)
    found = _ordered(plan.frame("findings"))
    plan.put("findings", found)
    areas = plan.frame("enumeration_areas")
    parts = plan.frame(
        "dwelling_parts", columns=("building_id", "ea_code", "part_id", "persons", "households")
    )
    districts = plan.frame("districts", columns=("district_code", "stratum"))
    return Assembled(measures(areas, lines, parts, profile, districts=districts), found)


def _staffed(
    plan: Assembly, profile: Profile, people: pd.DataFrame, *, supervisors_total: int | None,
    language: Language,
) -> None:  # fmt: skip
    tables: dict[str, pd.DataFrame] = {
        name: plan.frame(name) for name in ("districts", "enumeration_areas")
    }
    if not len(tables["districts"]):
        return
    tables["ea_lines"] = plan.frame("ea_lines", columns=("left_ea", "right_ea"))
    staffing: Staffing = staff_plan(
        tables, profile, people=people, supervisors_total=supervisors_total, language=language
    )
    named = staffing.areas[["enumerator", "supervisor", "ea_code"]].astype(object)
    plan.connection.executemany(
        "UPDATE enumeration_areas SET enumerator = ?, supervisor = ? WHERE ea_code = ?",
        named.where(named.notna(), None).to_numpy().tolist(),
    )
    for layer in ("staff", "assignments", "crews"):
        plan.put(layer, getattr(staffing, layer))
    paid = budget_cases(
        {"enumeration_areas": staffing.areas, "staff": staffing.staff}, profile, _budget(plan)
    )
    found = findings.frame([*staffing.found, *paid], tables["districts"].crs)
    _told(plan, (*STAFFING, *PAY), found, language)


def _budget(plan: Assembly) -> float | None:
    """What there is to pay the people with, where the project says."""
    ask = plan.connection.execute("SELECT value FROM settings WHERE key = 'staffing.budget'")
    said = ask.fetchone()
    return float(said[0]) if said and said[0] else None


def _located(plan: Assembly) -> None:
    """Special areas name the EA that holds most of them as EAs now are."""
    special = plan.frame("special_areas")
    if not len(special):
        return
    codes = held_by(special, plan.frame("enumeration_areas", columns=("ea_code", "geometry")))
    plan.put("special_areas", special.assign(ea_code=codes))


def _disputed(plan: Assembly, language: Language) -> None:
    """Disputes name the EAs they touch as these now are."""
    tables = {name: plan.frame(name) for name in ("disputes", "districts", "enumeration_areas")}
    cases = findings.frame(dispute_cases(tables), tables["districts"].crs)
    _told(plan, DISPUTES, cases, language)


def _told(
    plan: Assembly, codes: tuple[str, ...], found: gpd.GeoDataFrame, language: Language
) -> None:
    """Findings of some codes, instead of those there are."""
    marks = ", ".join("?" * len(codes))
    plan.connection.execute(f"DELETE FROM findings WHERE code IN ({marks})", codes)
    plan.add("findings", findings.in_language(found, language))


def _ordered(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Findings worst first, then by code, layer, row and message."""
    rank = found["severity"].map(RANK)
    order = found.assign(rank=rank).sort_values(
        ["rank", "code", "layer", "row_key", "message"], kind="stable"
    )
    return found.loc[order.index].reset_index(drop=True)


def _history(plan: Assembly, known: Mapping[str, Standing]) -> str:
    """What became of districts that people had signed or edited, as the log keeps it."""
    ask = plan.connection.execute
    digests = dict(ask(f"SELECT district_code, digest FROM {PACKED}"))
    states = dict(ask("SELECT district_code, state FROM districts"))
    edited = {code for (code,) in ask("SELECT district_code FROM edits WHERE origin != 'run'")}
    stood = {code: was for code, was in known.items() if was.stays}
    told: dict[str, list[str]] = {
        "EAs kept on changed inputs": [],
        "divided anew": [],
        "no longer given": [],
    }
    for code, was in sorted(stood.items()):
        if code not in states:
            told["no longer given"].append(_was(code, was))
        elif states[code] != was.state or (was.edited and code not in edited):
            told["divided anew"].append(_was(code, was))
        elif was.digest and digests.get(code) != was.digest:
            told["EAs kept on changed inputs"].append(code)
    return "".join(f"; {what}: {', '.join(codes)}" for what, codes in told.items() if codes)


def _was(code: str, was: Standing) -> str:
    return f"{code} ({was.state}, {was.edited} edits)"


def _edits_told(plan_path: Path) -> frozenset[tuple[str, ...]]:
    """Edits the old plan has: the log told of them when they were done."""
    if not plan_path.is_file():
        return frozenset()
    rows = read_tables(plan_path, ("edits",))["edits"]
    return frozenset(map(_sign, rows.to_dict("records")))


def _sign(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("district_code", "seq", "op", "outcome"))


def _edited(plan: Assembly, before: frozenset[tuple[str, ...]]) -> str:
    """New edits of the project file as the log keeps them: what, where, by whom, and whether it was done."""
    edits = pd.DataFrame(plan.frame("edits").drop(columns="geometry"))
    rows = edits[edits["origin"] == "run"].sort_values(["district_code", "seq"])
    told = []
    for row in rows.astype(object).where(rows.notna(), "").to_dict("records"):
        if _sign(row) in before:
            continue
        words = [row["op"], row["building_id"] or row["part_id"], row["ea_code"]]
        mark = "" if row["outcome"] == DONE else " (refused)"
        told.append(f"{row['district_code']} {' '.join(filter(None, words))} by {row['who']}{mark}")
    more = f" … +{len(told) - MOST_LOGGED}" if len(told) > MOST_LOGGED else ""
    return f"; edits: {'; '.join(told[:MOST_LOGGED])}{more}" if told else ""


def _given(plan: Assembly, inputs: Inputs) -> None:
    """What the input said of each district's persons, beside what was distributed."""
    given = inputs.districts.set_index("district_code")["persons_given"]
    ask = plan.connection.execute("SELECT district_code, rowid FROM districts")
    rows = [
        (None if pd.isna(given[code]) else int(given[code]), number)
        for code, number in ask.fetchall() if code in given.index
    ]  # fmt: skip
    with plan.connection:
        plan.connection.execute("BEGIN")
        plan.connection.executemany("UPDATE districts SET persons_given = ? WHERE rowid = ?", rows)


def _shown(rows: Sequence[Mapping[str, Any]], inputs: Inputs) -> gpd.GeoDataFrame:
    found = findings.about(findings.frame(rows, inputs.crs), inputs.profile.noun)
    return findings.in_language(found, inputs.language)


def _failures(inputs: Inputs, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    shape = inputs.districts.set_index("district_code").geometry
    return [
        FAILED.at(
            "districts", o.code, shape[o.code].representative_point(),
            why=o.failure.of(inputs.language),
        )
        for o in outcomes if o.failure is not None
    ]  # fmt: skip


def _unasked(inputs: Inputs, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    missing = len(inputs.districts) - len(outcomes)
    return [UNASKED.at("districts", n=missing)] if missing else []
