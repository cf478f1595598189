"""A plan that is at work changed in some districts: its people stay with their EAs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from census_gis.field.corrections_sheets import heirs_of
from census_gis.field.replan_tables import LEFT
from census_gis.runner.amend import amend
from census_gis.runner.district import Outcome
from census_gis.runner.progress_replan import keep_people
from census_gis.runner.recheck import profile_of
from census_gis.store.geopackage import revise
from census_gis.store.log import Entry
from census_gis.store.neighbours import require_closed

__all__ = ["amend_at_work", "at_work"]


def at_work(tables: Mapping[str, pd.DataFrame]) -> bool:
    """Whether people of a plan have begun: reports have come in, or somebody has left."""
    return bool(len(tables["events"]) or (tables["staff"]["role"] == LEFT).any())


def amend_at_work(
    plan: Path, changed: Sequence[Outcome], *, entries: Sequence[Entry],
    before: Mapping[str, pd.DataFrame], packed: Mapping[str, bytes] | None = None,
    layers: Mapping[str, pd.DataFrame] | None = None,
) -> None:  # fmt: skip
    """`amend` done to a copy, people kept there (`keep_people`), then put in the plan's place: all of it, or nothing.

    Parameters
    ----------
    plan, changed, entries, packed
        As of `amend`.
    before
        Layers of the plan as it stands.
    layers
        Layers to replace besides.

    Raises
    ------
    InputError
        If another program has the plan open.
    OSError
        If the disk refuses; the plan is then untouched.
    """
    require_closed(plan)
    scratch = plan.with_name(f".{plan.stem}.corrected{plan.suffix}")
    try:
        shutil.copyfile(plan, scratch)
        amend(scratch, changed, entries=entries, packed=packed)
        heirs = heirs_of(before["dwelling_parts"], _parts_now(before["dwelling_parts"], changed))
        with revise(scratch, entries=[]) as copy:
            for name, rows in (layers or {}).items():
                copy.put(name, rows)
            keep_people(copy, before, heirs, profile=profile_of(before["settings"]))
        require_closed(plan)
        scratch.replace(plan)
    finally:
        scratch.unlink(missing_ok=True)


def _parts_now(before: pd.DataFrame, changed: Sequence[Outcome]) -> pd.DataFrame:
    """Layer `dwelling_parts` after the work."""
    names = ["part_id", "ea_code", "persons"]
    kept = before[~before["district_code"].isin({outcome.code for outcome in changed})][names]
    made = [outcome.tables["dwelling_parts"][names] for outcome in changed]
    return pd.concat([kept, *made], ignore_index=True)
