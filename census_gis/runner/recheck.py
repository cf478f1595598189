"""`census-gis check`: audit a plan again from its file alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd

from census_gis import findings
from census_gis.areas.audit import audit_tables, measures
from census_gis.areas.disputes import dispute_cases
from census_gis.areas.exempt import exempted, with_numbers_asked_for
from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.profile import KINDS, Profile, Rule, completed, stratum_key
from census_gis.runner.plan_file import open_plan
from census_gis.store import log
from census_gis.store.geopackage import read_log

__all__ = ["Rechecked", "profile_of", "recheck"]

BROKEN_LOG = Kind(
    "A901", "error",
    Text("the audit log is broken at entry {n}: it was changed from outside.",
         "审计日志在第 {n} 条处断裂：曾被外部改动。"),
    Text("find out who changed the file, and go back to a copy that is whole.",
         "查明改动者，并恢复完整的备份。"),
)  # fmt: skip


AUDITED = ("A4", "S106", "S4", "D4")  # codes of what the audit itself looks at


@dataclass(frozen=True)
class Rechecked:
    """What an audit of a finished plan found."""

    exit_code: int
    areas: int
    measures: Mapping[str, Any]
    found: gpd.GeoDataFrame


def recheck(plan: Path) -> Rechecked:
    """Audit a plan against the rules it carries.

    Raises
    ------
    InputError
        If the file is no plan.
    """
    tables = open_plan(plan)
    profile = profile_of(tables["settings"])
    districts, areas = tables["districts"], tables["enumeration_areas"]
    parts, lines = tables["dwelling_parts"], tables["ea_lines"]
    found = audit_tables(districts, areas, parts, lines, profile, retired=tables["retired_codes"])
    rows = [*found.to_dict("records"), *dispute_cases(tables)]
    broken = log.verify(read_log(plan))
    if broken is not None:
        rows.append(BROKEN_LOG.at("audit_log", broken, n=broken))
    spare = int(profile["ea.persons.spare"])
    found = exempted(
        findings.frame(rows, districts.crs), tables["edits"], parts, spare=spare, areas=areas
    )
    found = with_numbers_asked_for(found, tables["findings"], areas, profile)
    found = _with_standing(found, tables["findings"])
    code = 1 if findings.worst(found) == "error" else 0
    figures = measures(areas, lines, parts, profile, districts=districts)
    return Rechecked(code, len(areas), figures, found)


def _with_standing(found: gpd.GeoDataFrame, stored: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The audit, and the errors of the run itself (inputs, edits that were not done): no audit of EAs sees these."""
    known = set(zip(found["code"], found["layer"], found["row_key"].fillna(""), strict=True))
    rows = []
    for row in stored[stored["severity"] == "error"].to_dict("records"):
        if (
            str(row["code"]).startswith(AUDITED)
            or (row["code"], row["layer"], row["row_key"] or "") in known
        ):
            continue
        said = findings.in_both(row)
        rows.append({name: said.get(name) for name in found.columns})
    return findings.frame([*found.to_dict("records"), *rows], found.crs) if rows else found


def profile_of(settings: Any) -> Profile:
    """The rules a plan was made by, from its layer `settings`; all of them, however old it is (`completed`)."""
    rows = settings.set_index("key")
    rules = {key: Rule(_value(key, rows.at[key, "value"]), str(rows.at[key, "unit"]),
                       str(rows.at[key, "source"])) for key in KINDS if key in rows.index}  # fmt: skip
    strata: dict[str, dict[str, Rule]] = {}
    for row in settings.sort_values("key").to_dict("records"):
        stratum, key = stratum_key(str(row["key"]))
        if stratum:
            value = _value(key, row["value"])
            strata.setdefault(stratum, {})[key] = Rule(value, str(row["unit"]), str(row["source"]))
    name = str(rows.at["project.profile", "value"])
    return completed(Profile(name, Text(name, name), rules, strata))


def _value(key: str, text: Any) -> bool | int | float | str:
    kind = KINDS[key].kind
    if kind is bool:
        return str(text) == "True"
    if kind is str:
        return "" if text is None else str(text)
    return float(text) if kind is float else int(text)
