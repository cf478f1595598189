"""A finished plan changed in some districts: their rows replaced, neighbours and staff brought up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from census_gis.field.assignment_people import posts_only
from census_gis.present.outputs import language_of
from census_gis.runner import pool
from census_gis.runner.assemble import Assembled, finish
from census_gis.runner.district import Outcome, layers
from census_gis.runner.recheck import profile_of
from census_gis.store.assembly import OF_DISTRICT, assembling
from census_gis.store.blank import LAYERS
from census_gis.store.geopackage import old_log, read_tables
from census_gis.store.log import Entry
from census_gis.tables import conform, empty

__all__ = ["amend"]

PEOPLE = ("staff", "assignments", "crews")  # made anew from the people there are


def amend(
    plan_path: Path, changed: Sequence[Outcome], *, entries: Sequence[Entry],
    packed: Mapping[str, bytes] | None = None, staffed: bool = False,
) -> Assembled:  # fmt: skip
    """Replace districts of a plan, whole or not at all; the caller holds its folder (`plan_file.changing`).

    Parameters
    ----------
    plan_path
        plan.gpkg.
    changed
        What became of the districts that change, as `run_district` makes it; their layers `edits` and
        `retired_codes` with the rows of before.
    entries
        The acts to log.
    packed
        District code to the packed district, where what it is planned from has changed too.
    staffed
        Whether a plan that has no staff yet gets some (posts by number).

    Returns
    -------
    Assembled
        Figures and findings of the whole plan.

    Raises
    ------
    InputError
        If another program has the plan open.
    OSError
        If the disk refuses; the plan is then untouched.
    """
    old = read_tables(plan_path, ("districts", "settings", "staff"))
    settings = old["settings"].set_index("key")["value"]
    language = language_of(old)
    crs = old["districts"].crs
    new = {outcome.code: layers(outcome, crs=crs, language=language) for outcome in changed}
    with assembling(plan_path, crs=crs, entries=entries, after=old_log(plan_path)) as plan:
        for row in old["districts"].itertuples():
            code = row.district_code
            if code not in new:
                plan.take(plan_path, code)
                continue
            for layer in OF_DISTRICT:
                plan.add(layer, new[code][layer])
            plan.keep(code, (packed or {}).get(code), plan_path)
            given = None if pd.isna(row.persons_given) else int(row.persons_given)
            plan.connection.execute(
                "UPDATE districts SET persons_given = ? WHERE district_code = ?", (given, code)
            )
        plan.copy(plan_path, tuple(name for name in LAYERS if name not in (*OF_DISTRICT, *PEOPLE)))
        plan.copy(plan_path, ("findings",), where="district_code IS NULL")
        total = settings.get("staffing.supervisors_total")
        numbered = settings.get("staffing.numbered")
        if numbered is None:  # a plan older than this setting
            numbered = str(posts_only(old["staff"]))
        people = _people(old["staff"], numbered=numbered == "True")
        if people is None and staffed:
            people = empty("STAFF")
        return finish(
            plan, profile_of(old["settings"]), language=language,
            people=people,
            supervisors_total=int(total) if total else None, workers=pool.cores(),
        )  # fmt: skip


def _people(staff: pd.DataFrame, *, numbered: bool) -> pd.DataFrame | None:
    """Who there is to be given out: nobody was asked for, posts by number, or the people listed."""
    if not len(staff):
        return None
    if numbered:
        return empty("STAFF")
    return conform(pd.DataFrame(staff), "STAFF")
