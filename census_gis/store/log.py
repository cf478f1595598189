"""The audit log: who changed what, when and why, each entry sealed by the hash of the one before it.

A chain of seals cannot tell that its end was cut off, so how many entries there are and the last seal are kept
beside it, as the description of the table in gpkg_contents.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import NamedTuple

__all__ = [
    "COLUMNS", "Entry", "Tally", "append", "create", "promise", "read", "read_tally", "verify",
]  # fmt: skip

COLUMNS = (
    "seq", "time", "actor", "operation", "parameters", "before", "after", "reason", "hash",
)  # fmt: skip
FIRST = "0" * 64
PROMISE = "entries={entries} last={last}"
PROMISED = re.compile(r"entries=(\d+) last=([0-9a-f]{64})")


class Tally(NamedTuple):
    """How many entries were ever written, and the seal of the last."""

    entries: int
    last: str


@dataclass(frozen=True)
class Entry:
    """One act. `time` is ISO 8601 in UTC, given by the caller: nothing here reads the clock."""

    time: str
    actor: str
    operation: str
    parameters: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""


def create(connection: sqlite3.Connection) -> None:
    """Make the table where it does not exist, and register it as a GeoPackage attribute table."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS audit_log (seq INTEGER PRIMARY KEY, time TEXT NOT NULL, "
        "actor TEXT NOT NULL, operation TEXT NOT NULL, parameters TEXT, before TEXT, after TEXT, "
        "reason TEXT, hash TEXT NOT NULL)"
    )
    connection.execute(
        "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier) "
        "VALUES ('audit_log', 'attributes', 'audit_log')"
    )


def append(connection: sqlite3.Connection, entry: Entry) -> int:
    """Add one entry; returns its number."""
    last = connection.execute(
        "SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    seq, before = (last[0] + 1, last[1]) if last else (1, FIRST)
    row = (seq, *astuple(entry))
    marks = ", ".join("?" * len(COLUMNS))
    sealed = _seal(before, row)
    known = read_tally(connection)
    connection.execute(f"INSERT INTO audit_log VALUES ({marks})", (*row, sealed))
    # Counted on from what was promised: entries that were cut off stay missing in all later logs.
    promise(connection, Tally(max(seq - 1, known.entries if known else 0) + 1, sealed))
    return seq


def promise(connection: sqlite3.Connection, tally: Tally) -> None:
    """Note beside the log how many entries it must have, and its last seal."""
    connection.execute(
        "UPDATE gpkg_contents SET description = ? WHERE table_name = 'audit_log'",
        (PROMISE.format(entries=tally.entries, last=tally.last),),
    )


def read_tally(connection: sqlite3.Connection) -> Tally | None:
    """What is noted beside the log; None in plans of earlier versions."""
    found = connection.execute(
        "SELECT description FROM gpkg_contents WHERE table_name = 'audit_log'"
    ).fetchone()
    noted = PROMISED.fullmatch(str(found[0] or "")) if found else None
    return Tally(int(noted[1]), noted[2]) if noted else None


def read(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """All entries in order, columns as `COLUMNS`."""
    return connection.execute(f"SELECT {', '.join(COLUMNS)} FROM audit_log ORDER BY seq").fetchall()


def verify(rows: Iterable[tuple[object, ...]]) -> int | None:
    """Number of the first entry whose seal is broken or whose number is out of step, None when whole."""
    before = FIRST
    for expected, row in enumerate(rows, start=1):
        if row[0] != expected or row[-1] != _seal(before, row[:-1]):
            return expected
        before = str(row[-1])
    return None


def _seal(before: str, row: tuple[object, ...]) -> str:
    text = before + json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
