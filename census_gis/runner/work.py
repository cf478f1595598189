"""Walks and minutes of a plan being written: those of its EAs that have none yet, or all after a pilot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from census_gis.field.minutes import PARTS
from census_gis.field.walking import Walks, warm
from census_gis.field.work import Work, batches, unwalked, walked, work_from
from census_gis.field.work_pilot import KEY, Fitted, factors_of, fitted, settings_of, strata_of
from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.profile import Profile
from census_gis.runner import pool
from census_gis.store.assembly import Assembly

__all__ = ["LOST", "add_pilot", "add_work", "piloted"]

LOST = Kind(
    "T136", "warning",
    Text("{n} EAs have no walk and no minutes: the processes that worked them out were killed (memory?); "
         "loads are counted in persons instead.",
         "有 {n} 个普查小区未能算出步行距离和工作时间：计算进程被终止（内存不足？）；工作量暂按人数计。"),
    Text("close other programs and run `census-gis staff PLAN.gpkg`: what is missing is filled in.",
         "请关闭其他程序后运行 `census-gis staff PLAN.gpkg`，缺少的数值会补齐。"),
)  # fmt: skip
# EAs from which it pays to begin processes: each costs as much as about 400 EAs before its first.
SHARED_FROM = 1000

CONTEXT = ("context_lines", "context_areas")
AROUND = ("source", "class", "geometry")
# Districts with an EA that has no minutes yet.
NEW = "district_code IN (SELECT district_code FROM enumeration_areas WHERE minutes IS NULL)"
ASKED = {
    "enumeration_areas": ("ea_code", "district_code", "persons", "households", "remark", "area_m2", "geometry"),
    "dwelling_parts": (
        "part_id", "building_id", "ea_code", "district_code", "unit", "floor_lo", "floor_hi", "doors", "floors", "dwellings",
        "households", "persons", "building_number", "use", "geometry",
    ),
}  # fmt: skip
# Column of the plan: column of the work.
KEPT = {
    "walk_m": "walk_m", "minutes": "minutes", "minutes_low": "low", "minutes_high": "high",
    **{f"minutes_{part}": part for part in PARTS},
}  # fmt: skip


def add_work(plan: Assembly, profile: Profile, *, workers: int = 1) -> list[dict[str, Any]]:
    """Fill the walks and minutes of districts with an EA that has none: changed ones, or all of a new plan.

    Parameters
    ----------
    plan
        With all rows of all districts, context and settings.
    profile
        Of the plan; rules `work.*` it is too old to carry are those of its profile as shipped now.
    workers
        Processes, where there are EAs enough for them; what is written does not depend on their number.

    Returns
    -------
    list of dict
        Findings: EAs nothing is known of, because workers were killed.
    """
    tables = {
        layer: plan.frame(layer, columns=columns, where=NEW) for layer, columns in ASKED.items()
    }
    if not len(tables["enumeration_areas"]):
        return []
    tables |= {layer: plan.frame(layer, columns=AROUND) for layer in CONTEXT}
    seed = _seed(plan)
    walks = _walks(tables, profile, seed, workers)
    factors = factors_of(piloted(plan), strata_of(*_places(tables), profile))
    return _written(plan, work_from(walks, tables, profile, seed=seed, factors=factors))


def add_pilot(
    plan: Assembly, profile: Profile, pilot: pd.DataFrame, *, file: str, workers: int = 1
) -> Fitted:
    """Work of all EAs by what a pilot says, and the multiples in the settings instead of earlier ones.

    Parameters
    ----------
    plan, profile, workers
        As of `add_work`.
    pilot
        Rows of `census_gis.field.work_pilot.read_pilot`.
    file
        Its name.

    Raises
    ------
    InputError
        If an EA is not in the plan, or hours are not positive.
    """
    tables = {layer: plan.frame(layer, columns=columns) for layer, columns in ASKED.items()}
    tables |= {layer: plan.frame(layer, columns=AROUND) for layer in CONTEXT}
    seed = _seed(plan)
    walks = list(_walks(tables, profile, seed, workers))
    by_rules = work_from(walks, tables, profile, seed=seed)
    strata = strata_of(*_places(tables), profile)
    made = fitted(pilot, by_rules.areas, strata, profile=profile, where=file)
    plan.connection.execute("DELETE FROM settings WHERE key LIKE ?", (f"{KEY}%",))
    plan.add("settings", settings_of(made, file))
    kept = piloted(plan)  # as later changes of the plan read them
    work = work_from(walks, tables, profile, seed=seed, factors=factors_of(kept, strata))
    _written(plan, work)
    return made


def piloted(plan: Assembly) -> pd.DataFrame:
    """Multiples of the five parts by kind of place, of the last pilot; without rows where there was none."""
    asked = "SELECT key, value FROM settings WHERE key LIKE ?"
    known: dict[str, dict[str, float]] = {}
    for key, value in plan.connection.execute(asked, (f"{KEY}%",)):
        stratum, part = str(key).removeprefix(KEY).split(".")
        known.setdefault(stratum, {})[part] = float(value)
    return pd.DataFrame.from_dict(known, orient="index", columns=list(PARTS))


def _seed(plan: Assembly) -> int:
    asked = plan.connection.execute("SELECT value FROM settings WHERE key = 'project.seed'")
    return int(asked.fetchone()[0])


def _places(tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    return tables["enumeration_areas"], tables["dwelling_parts"]


def _written(plan: Assembly, work: Work) -> list[dict[str, Any]]:
    """Columns of the plan set; a finding where nothing is known of some EAs."""
    known = work.areas["by"] != "unknown"
    _update(plan, "enumeration_areas", "ea_code", _kept(work.areas[known]))
    _update(plan, "dwelling_parts", "part_id", work.visits.to_frame())
    lost = int((~known).sum())
    return [LOST.at("enumeration_areas", n=lost)] if lost else []


def _walks(
    tables: Mapping[str, pd.DataFrame], profile: Profile, seed: int, workers: int
) -> Iterator[Walks]:
    """Walks of all batches, as they come."""
    jobs = batches(tables, profile, seed=seed)
    if workers == 1 or len(tables["enumeration_areas"]) < SHARED_FROM:
        return map(walked, jobs)
    warm()  # kernels are compiled once, not by every worker
    return pool.each(walked, jobs, workers=workers, lost=unwalked)


def _kept(areas: pd.DataFrame) -> pd.DataFrame:
    """Columns of the plan; minutes and metres to one decimal, parts that sum."""
    rows = pd.DataFrame({
        column: areas[name].astype(float).round(1) for column, name in KEPT.items()
    })  # fmt: skip
    rows["minutes"] = rows[[f"minutes_{part}" for part in PARTS]].sum(axis=1).round(1)
    rows["minutes_low"] = rows[["minutes_low", "minutes"]].min(axis=1)
    rows["minutes_high"] = rows[["minutes_high", "minutes"]].max(axis=1)
    return rows


def _update(plan: Assembly, layer: str, key: str, rows: pd.DataFrame) -> None:
    """Set columns of the rows with these keys, in one pass: layers have no index of their keys."""
    names = ", ".join(rows.columns)
    keyed = rows.astype(object).where(rows.notna(), None).reset_index(names=key)
    values: list[list[Any]] = keyed.to_numpy(object).tolist()
    ask = plan.connection.execute
    with plan.connection:
        ask("BEGIN")
        ask(f"CREATE TEMP TABLE made ({key} TEXT PRIMARY KEY, {names}) WITHOUT ROWID")
        marks = ", ".join("?" * (1 + rows.shape[1]))
        plan.connection.executemany(f"INSERT INTO temp.made VALUES ({marks})", values)
        ask(
            f"UPDATE {layer} SET ({names}) = (SELECT {names} FROM temp.made WHERE made.{key} = {layer}.{key})"
            f" WHERE {key} IN (SELECT {key} FROM temp.made)"
        )
        ask("DROP TABLE temp.made")
