"""`census-gis refresh`: map books, web map and report made again from a plan that was changed since.

A small file beside the report says of which content of each district they were made; districts that differ
from it now have old sheets.
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
from census_gis.runner.fingerprint import LAYERS, fingerprints
from census_gis.runner.plan_file import changing, open_plan
from census_gis.runner.progress import Progress, Silent
from census_gis.runner.recheck import profile_of

__all__ = ["Refreshed", "changed_since", "mark", "refresh"]

MARK = "made_from.json"
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
    """Note beside the report of which content of each district it was made."""
    target = plan.absolute().parent / "report" / MARK
    scratch = target.with_name(f".{target.name}.writing")
    scratch.write_text(json.dumps({"districts": _contents(plan)}, indent=1), encoding="utf-8")
    scratch.replace(target)


def changed_since(plan: Path) -> tuple[str, ...]:
    """Districts that changed, came or went since the report was made; none where there is no report, or an unmarked one."""
    target = plan.absolute().parent / "report" / MARK
    if not target.is_file():
        return ()
    try:
        made = dict(json.loads(target.read_text(encoding="utf-8"))["districts"])
    except (ValueError, KeyError, TypeError):  # not ours any more: nothing can be told from it
        return ()
    now = _contents(plan)
    return tuple(sorted(code for code in {*made, *now} if made.get(code) != now.get(code)))


def _contents(plan: Path) -> dict[str, str]:
    tables = open_plan(plan, LAYERS)
    return fingerprints(tables, tables["districts"]["district_code"].tolist())
