"""`census-gis refresh`: map books, web map and report made again from a plan that was changed since.

A small file beside the report says of which content of each district they were made; districts that differ
from it now have old sheets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from census_gis.runner import pool
from census_gis.runner.fingerprint import LAYERS
from census_gis.runner.pages import MARK, PAGES, Pages, contents
from census_gis.runner.plan_file import changing, open_plan
from census_gis.runner.progress import Progress, Silent
from census_gis.runner.recheck import profile_of

__all__ = ["Refreshed", "changed_since", "refresh"]


@dataclass(frozen=True)
class Refreshed:
    """What was made: the files a person opens first, and what became of the books."""

    files: tuple[Path, ...]
    books: Mapping[str, Any]


def refresh(
    plan: Path, *, made_on: str, workers: int | None = None, progress: Progress | None = None
) -> Refreshed:
    """Make map books, the office's web map and the report again from a plan, beside it.

    Parameters
    ----------
    plan
        plan.gpkg.
    made_on
        Date printed on the report, ISO 8601.
    workers
        Processes; None for one a core.
    progress
        Listener.

    Raises
    ------
    InputError
        If the file is no plan.
    ConfigError
        If another process is writing to the plan's folder.
    """
    folder = plan.absolute().parent
    with changing(plan):
        tables = open_plan(plan)
        pages = Pages(
            plan.absolute(), tables, profile_of(tables["settings"]), made_on=made_on,
            workers=workers or pool.cores(), progress=progress or Silent(),
        )  # fmt: skip
        for kind in PAGES:
            pages.make(kind)
    names = ("report/index.html", "web/index.html", "maps/index.pdf")
    return Refreshed(tuple(folder / name for name in names), pages.books)


def changed_since(plan: Path) -> tuple[str, ...]:
    """Districts that changed, came or went since the report was made; none where there is no report, or an unmarked one."""
    target = plan.absolute().parent / "report" / MARK
    if not target.is_file():
        return ()
    try:
        made = dict(json.loads(target.read_text(encoding="utf-8"))["districts"])
    except (ValueError, KeyError, TypeError):  # not ours any more: nothing can be told from it
        return ()
    now = contents(open_plan(plan, LAYERS))
    return tuple(sorted(code for code in {*made, *now} if made.get(code) != now.get(code)))
