"""What one district was given and what became of it, in a file of its own: the work of one process.

A small SQLite file with the rows as the plan will hold them, and the packed district they were made from. A plan has the
same tables, so rows of a district are taken from either.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pandas as pd

from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.model import District
from census_gis.store.assembly import OF_DISTRICT
from census_gis.store.beside import beside, write_whole
from census_gis.store.blank import GEOMETRY, PACKED, columns_of, quoted
from census_gis.store.encode import rows
from census_gis.store.faults import disk_faults
from census_gis.store.packing import unpack
from census_gis.store.reading import reading

__all__ = [
    "LEFT",
    "keep_whole",
    "packed_digests",
    "read_seconds",
    "sha256",
    "shelve",
    "stored_district",
    "whole",
]

LEFT = "*.writing-*"  # names of what killed processes left half-written


def sha256(data: bytes) -> str:
    """Digest of a packed district."""
    return hashlib.sha256(data).hexdigest()


def shelve(
    file: Path, tables: Mapping[str, pd.DataFrame], *, district: tuple[str, bytes],
    seconds: Mapping[str, float], srs_id: int,
) -> None:  # fmt: skip
    """Keep what became of one district, whole or not at all.

    Parameters
    ----------
    file
        Where to.
    tables
        Conformed layers `OF_DISTRICT`.
    district
        Its code, and it packed.
    seconds
        What each step took [s].
    srs_id
        Number of the reference system in the plan.

    Raises
    ------
    OSError
        If the disk is full or read-only; nothing is kept then.
    """
    code, packed = district
    with disk_faults(file), beside(file, tag=_own_tag()) as scratch:
        scratch.unlink(missing_ok=True)  # of a process with this number that was killed
        with closing(sqlite3.connect(scratch, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=MEMORY")
            connection.execute("BEGIN")
            for layer in OF_DISTRICT:
                _fill(connection, layer, tables[layer], srs_id)
            connection.execute(f"CREATE TABLE {PACKED} (district_code, digest, data)")
            connection.execute(
                f"INSERT INTO {PACKED} VALUES (?, ?, ?)", (code, sha256(packed), packed)
            )
            connection.execute("CREATE TABLE seconds (step, seconds)")
            connection.executemany("INSERT INTO seconds VALUES (?, ?)", list(seconds.items()))
            connection.execute("COMMIT")


def whole(file: Path) -> bool:
    """Whether a kept file can be read to its end; one that was cut short by a power failure cannot."""
    try:
        with reading(file) as connection:
            checked = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            # An empty file is sound, but has no such table.
            connection.execute("SELECT COUNT(*) FROM seconds")
            return bool(checked == "ok")
    except sqlite3.DatabaseError:
        return False


def read_seconds(file: Path) -> dict[str, float]:
    """What each step of a kept district took [s]."""
    with reading(file) as connection:
        return dict(connection.execute("SELECT step, seconds FROM seconds"))


def packed_digests(plan: Path) -> dict[str, str] | None:
    """District code to the digest of what it was planned from, of a plan; None of an earlier version's."""
    with reading(plan) as connection:
        known = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE name = ?", (PACKED,)
        ).fetchone()
        if known is None:
            return None
        return dict(connection.execute(f"SELECT district_code, digest FROM {PACKED}"))


def stored_district(plan: Path, code: str) -> District:
    """The district as it was given to the planner, from a plan.

    Raises
    ------
    InputError
        If the plan does not hold it (made by an earlier version, or in a notebook), or it is damaged.
    """
    try:
        with reading(plan) as connection:
            found = connection.execute(
                f"SELECT digest, data FROM {PACKED} WHERE district_code = ?", (code,)
            ).fetchone()
    except sqlite3.DatabaseError:
        found = None
    if found is None or sha256(found[1]) != found[0]:
        raise InputError(
            Text(f"the plan does not hold what district {code} was planned from.",
                 f"方案中没有普查区 {code} 的划分底稿。"),
            where=str(plan), fix=Text("make the plan again with `census-gis run`.", "请用 `census-gis run` 重新生成方案。"),
        )  # fmt: skip
    try:
        return unpack(found[1])
    except (zipfile.BadZipFile, json.JSONDecodeError, KeyError) as error:
        raise InputError(
            Text(f"what district {code} was planned from cannot be read.", f"普查区 {code} 的划分底稿无法读取。"),
            where=str(plan), fix=Text("make the plan again with `census-gis run`.", "请用 `census-gis run` 重新生成方案。"),
        ) from error  # fmt: skip


def keep_whole(file: Path, data: bytes) -> None:
    """Write a file of a kept district; two processes may be at the same one."""
    write_whole(file, data, tag=_own_tag())


def _own_tag() -> str:
    """What tells files of this process from those of others (`LEFT` finds them all)."""
    return f"-{os.getpid()}"


def _fill(connection: sqlite3.Connection, layer: str, frame: pd.DataFrame, srs_id: int) -> None:
    names = quoted(layer)
    connection.execute(f"CREATE TABLE {layer} ({', '.join(names)})")
    connection.executemany(
        f"INSERT INTO {layer} VALUES ({', '.join('?' * len(names))})",
        rows(frame, columns_of(layer), kind=GEOMETRY.get(layer), srs_id=srs_id),
    )
