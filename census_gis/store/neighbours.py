"""Files that SQLite keeps beside a plan while another program has it open (QGIS does), and why they matter.

Changes wait in such a file until they are saved into the plan. A plan renamed over the old one would meet them
there and be spoilt by them (sqlite.org/howtocorrupt.html, section 1.4), and the changes would be lost.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from census_gis.errors import InputError
from census_gis.language import Text

__all__ = ["require_closed"]

SUFFIXES = ("-wal", "-journal")
PATIENCE_S = 1.0


def require_closed(path: Path) -> None:
    """See that nothing waits beside a plan: what a program that died left is saved into it.

    Raises
    ------
    InputError
        If another program has the plan open.
    """
    if not path.is_file() or not _beside(path):
        return
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        busy = bool(_beside(path))
    except sqlite3.DatabaseError:
        busy = True
    if busy:
        raise InputError(
            Text("another program has the plan open, perhaps with changes that are not saved.",
                 "其他程序正打开该方案，可能有未保存的修改。"),
            where=str(path),
            fix=Text("save and close it there (in QGIS: close the project), then do the same again.",
                     "请先在该程序中保存并关闭（QGIS：关闭工程），再重新执行。"),
        )  # fmt: skip


def _beside(path: Path) -> list[Path]:
    """Files of changes that are there."""
    places = (path.with_name(path.name + suffix) for suffix in SUFFIXES)
    return [place for place in places if place.exists()]
