"""What people look at, made from a plan and laid beside it: map books, web map, report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from census_gis.language import Text
from census_gis.present.outputs import write_report, write_web
from census_gis.profile import Profile
from census_gis.runner.books import write_maps
from census_gis.runner.fingerprint import fingerprints
from census_gis.runner.progress import Progress
from census_gis.store.beside import write_whole

__all__ = ["MARK", "PAGES", "Pages", "contents"]

MARK = "made_from.json"
PAGES = {
    "maps": Text("printing map books", "制作图册"),
    "web": Text("making the web map", "制作网络地图"),
    "report": Text("writing the report", "撰写报告"),
}


class Pages:
    """The maker of all kinds of pages of one plan.

    Parameters
    ----------
    plan
        Its file.
    tables
        Its layers.
    profile
        Its rules.
    made_on
        Date printed on the report, ISO 8601.
    workers
        Processes.
    progress
        Listener.
    """

    def __init__(
        self, plan: Path, tables: Mapping[str, pd.DataFrame], profile: Profile, *,
        made_on: str, workers: int, progress: Progress,
    ) -> None:  # fmt: skip
        self._plan, self._folder = plan, plan.parent
        self._tables, self._profile = tables, profile
        self._made_on, self._workers, self._progress = made_on, workers, progress
        self.books: Mapping[str, Any] = {}

    def make(self, kind: str, *, books: Sequence[str] | None = None) -> None:
        """Make the pages of a kind (`PAGES`); map books of some districts only where they are named."""
        codes = list(self._tables["districts"]["district_code"] if books is None else books)
        self._progress.step(PAGES[kind], len(codes) if kind == "maps" else 0)
        if kind == "maps":
            self.books = write_maps(
                self._plan, self._folder / "maps", districts=codes, workers=self._workers,
                advance=self._progress.advance,
            ).quality  # fmt: skip
        elif kind == "web":
            write_web(self._tables, self._folder / "web", images=())
        else:
            report = self._folder / "report"
            write_report(self._tables, report, profile=self._profile, made_on=self._made_on)
            self._mark(report / MARK)
        self._progress.done()

    def _mark(self, target: Path) -> None:
        """Note beside the report of which content of each district it was made."""
        text = json.dumps({"districts": contents(self._tables)}, indent=1)
        write_whole(target, text.encode())


def contents(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Fingerprint of what each district holds."""
    return fingerprints(tables, tables["districts"]["district_code"].tolist())
