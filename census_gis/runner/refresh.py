"""`census-gis refresh`: map books, web map and report made again from a plan that was changed since.

A small file beside the report says how far the plan's log was when they were made; what was done to the plan
after that makes them old.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from census_gis.language import Text
from census_gis.present.outputs import write_report, write_web
from census_gis.runner import pool
from census_gis.runner.books import quality, write_maps
from census_gis.runner.plan_file import changing, open_plan
from census_gis.runner.progress import Progress, Silent
from census_gis.runner.recheck import profile_of
from census_gis.store.geopackage import read_log

__all__ = ["Refreshed", "changes_since", "mark", "refresh"]

MARK = "made_from.json"
HARMLESS = ("sign",)  # acts that change no EA
TITLES = {
    "maps": Text("printing map books", "制作图册"),
    "web": Text("making the web map", "制作网络地图"),
    "report": Text("writing the report", "撰写报告"),
}


@dataclass(frozen=True)
class Refreshed:
    """What was made: the files a person opens first, and what became of the books."""

    files: tuple[Path, ...]
    books: dict[str, Any]


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
    progress, folder = progress or Silent(), plan.absolute().parent
    with changing(plan):
        tables = open_plan(plan)
        codes = list(tables["districts"]["district_code"])
        progress.step(TITLES["maps"], len(codes))
        reports = write_maps(
            tables, folder / "maps", districts=codes, workers=workers or pool.cores(),
            advance=progress.advance,
        )  # fmt: skip
        progress.done()
        progress.step(TITLES["web"], 0)
        write_web(tables, folder / "web", images=())
        progress.done()
        progress.step(TITLES["report"], 0)
        profile = profile_of(tables["settings"])
        write_report(tables, folder / "report", profile=profile, made_on=made_on)
        mark(plan)
        progress.done()
    names = ("report/index.html", "web/index.html", "maps/index.pdf")
    return Refreshed(tuple(folder / name for name in names), quality(reports))


def mark(plan: Path) -> None:
    """Note beside the report how far the plan's log was when it was made."""
    target = plan.absolute().parent / "report" / MARK
    scratch = target.with_name(f".{target.name}.writing")
    scratch.write_text(json.dumps({"log_entries": len(read_log(plan))}), encoding="utf-8")
    scratch.replace(target)


def changes_since(plan: Path) -> int:
    """How many acts changed the plan since its report was made; 0 where it has no report, or an unmarked one."""
    target = plan.absolute().parent / "report" / MARK
    if not target.is_file():
        return 0
    try:
        made = int(json.loads(target.read_text(encoding="utf-8"))["log_entries"])
    except (ValueError, KeyError, TypeError):  # not ours any more: nothing can be told from it
        return 0
    return sum(str(entry[3]) not in HARMLESS for entry in read_log(plan)[made:])
