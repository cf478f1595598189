"""A plan put together beside its final place: rows of one district after the other, each in one transaction.

The file is made under another name in the same folder, closed without a journal, flushed to the disk and
renamed over the old plan: a reader meets the old plan or the new one, never a mix.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from census_gis.store import log
from census_gis.store.blank import GEOMETRY, LAYERS, PACKED, blank, columns_of, quoted
from census_gis.store.encode import HEADER_BYTES, decode, envelopes, rows
from census_gis.store.faults import disk_faults
from census_gis.store.neighbours import require_closed
from census_gis.store.older import complete, complete_layers, shared_columns
from census_gis.store.spatial_index import write_index
from census_gis.tables import TABLES, conform

__all__ = ["OF_DISTRICT", "Assembly", "OldLog", "assembling", "revising"]

# Layers whose rows belong to one district.
OF_DISTRICT = (
    "districts", "enumeration_areas", "dwelling_parts", "ea_lines", "ea_descriptions", "findings", "edits",
    "retired_codes",
)  # fmt: skip


# The packed districts of another file.
KEEP = (
    f"INSERT INTO main.{PACKED} (district_code, digest, data) "
    f"SELECT district_code, digest, data FROM other.{PACKED}"
)


class OldLog(NamedTuple):
    """The log of the plan that is replaced, and what was noted beside it."""

    rows: Sequence[tuple[Any, ...]]
    tally: log.Tally | None


class Assembly:
    """A plan being written."""

    def __init__(self, connection: sqlite3.Connection, crs: Any) -> None:
        self._sql = connection
        self._crs = crs
        found = connection.execute(
            "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'districts'"
        ).fetchone()
        self.srs_id = int(found[0])

    @property
    def connection(self) -> sqlite3.Connection:
        """For statements on attributes."""
        return self._sql

    def take(self, file: Path, code: str) -> None:
        """All rows of one district from another file (a plan, or what a worker kept), in one transaction."""
        with self._beside(file):
            for layer in OF_DISTRICT:
                self._copied(layer, "district_code = ?", (code,))
            self._sql.execute(f"{KEEP} WHERE district_code = ?", (code,))

    def copy(self, file: Path, layers: Sequence[str], *, where: str = "1") -> None:
        """All rows of layers from another plan, or those of a condition, in one transaction."""
        with self._beside(file):
            for layer in layers:
                self._copied(layer, where, ())

    def keep(self, code: str, packed: bytes | None, old: Path) -> None:
        """What a district is planned from: as given, or as the old plan holds it."""
        if packed is None:
            with self._beside(old):
                self._sql.execute(f"{KEEP} WHERE district_code = ?", (code,))
            return
        self._sql.execute(
            f"INSERT INTO main.{PACKED} (district_code, digest, data) VALUES (?, ?, ?)",
            (code, hashlib.sha256(packed).hexdigest(), packed),
        )

    @contextmanager
    def _beside(self, file: Path) -> Iterator[None]:
        """Another file at hand as `other`, and one transaction."""
        self._sql.execute("ATTACH DATABASE ? AS other", (str(file),))
        try:
            with self._sql:
                self._sql.execute("BEGIN")
                yield
        finally:
            self._sql.execute("DETACH DATABASE other")

    def _copied(self, layer: str, where: str, values: Sequence[object]) -> None:
        names = ", ".join(shared_columns(self._sql, quoted(layer), layer))
        if not names:  # a plan of an earlier version has no such layer
            return
        self._sql.execute(
            f"INSERT INTO main.{layer} ({names}) SELECT {names} FROM other.{layer} "
            f"WHERE {where} ORDER BY rowid",
            tuple(values),
        )

    def add(self, layer: str, frame: pd.DataFrame) -> None:
        """Append rows to a layer, in one transaction."""
        table = conform(frame, layer, crs=self._crs)
        names = quoted(layer)
        with self._sql:
            self._sql.execute("BEGIN")
            self._sql.executemany(
                f"INSERT INTO {layer} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                rows(table, columns_of(layer), kind=GEOMETRY.get(layer), srs_id=self.srs_id),
            )

    def put(self, layer: str, frame: pd.DataFrame) -> None:
        """Rows of a layer, instead of those it has."""
        self._sql.execute(f"DELETE FROM {layer}")
        self.add(layer, frame)

    def frame(
        self, layer: str, *, columns: Sequence[str] = (), where: str = ""
    ) -> gpd.GeoDataFrame:
        """Rows of a layer as written so far.

        Parameters
        ----------
        layer
            Its name.
        columns
            Columns to read; all where none is named.
        where
            A condition of our own words; all rows where there is none.
        """
        names = [name for name in (columns or TABLES[layer]) if name != "geometry"]
        shaped = layer in GEOMETRY and (not columns or "geometry" in columns)
        listed = ", ".join([*(f'"{name}"' for name in names), *(["geom"] if shaped else [])])
        condition = f" WHERE {where}" if where else ""
        found = self._sql.execute(
            f"SELECT {listed} FROM {layer}{condition} ORDER BY rowid"
        ).fetchall()
        table = pd.DataFrame(found, columns=[*names, *(["geometry"] if shaped else [])])
        if shaped:
            table["geometry"] = decode(table["geometry"].tolist())
        if columns:
            return gpd.GeoDataFrame(table, geometry="geometry", crs=self._crs) if shaped else table
        return conform(table, layer, crs=self._crs)


@contextmanager
def assembling(
    path: Path, *, crs: Any, entries: Sequence[log.Entry], after: OldLog | None = None
) -> Iterator[Assembly]:
    """A new plan, in place of the old one when the block ends without an error.

    Parameters
    ----------
    path
        plan.gpkg; its folder must exist and allow a second file of the same size beside it.
    crs
        Projected metric CRS of the project.
    entries
        The acts to log.
    after
        The log they are appended to.

    Raises
    ------
    InputError
        If another program has the old plan open.
    """
    require_closed(path)
    scratch = _scratch(path)
    _discard(scratch)
    try:
        with disk_faults(path):
            blank(scratch, crs=crs)
            with closing(_opened(scratch)) as connection:
                if after is not None:
                    _carry(connection, after)
                yield from _worked(connection, crs, entries)
            _settle(scratch, path)
    finally:
        _discard(scratch)


@contextmanager
def revising(path: Path, *, crs: Any, entries: Sequence[log.Entry]) -> Iterator[Assembly]:
    """A copy of a plan to change, in its place when the block ends without an error.

    Raises
    ------
    InputError
        If another program has the plan open.
    """
    require_closed(path)
    scratch = _scratch(path)
    _discard(scratch)
    try:
        with disk_faults(path):
            shutil.copyfile(path, scratch)
            complete_layers(scratch, crs=crs)
            with closing(_opened(scratch)) as connection:
                complete(connection)
                yield from _worked(connection, crs, entries)
            _settle(scratch, path)
    finally:
        _discard(scratch)


def _carry(connection: sqlite3.Connection, old: OldLog) -> None:
    marks = ", ".join("?" * len(log.COLUMNS))
    connection.executemany(f"INSERT INTO audit_log VALUES ({marks})", old.rows)
    if old.tally is not None:
        log.promise(connection, old.tally)


def _worked(
    connection: sqlite3.Connection, crs: Any, entries: Sequence[log.Entry]
) -> Iterator[Assembly]:
    """Without triggers while the caller works; indexes, counts and extents are made at the end."""
    triggers = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    yield Assembly(connection, crs)
    for entry in entries:
        log.append(connection, entry)
    for layer in LAYERS:
        _count(connection, layer)
        if layer in GEOMETRY:
            _index(connection, layer)
    for _, sql in triggers:
        connection.execute(sql)
    connection.commit()
    connection.execute("PRAGMA journal_mode=DELETE")


def _opened(scratch: Path) -> sqlite3.Connection:
    """A connection that only has to be able to undo: nobody relies on the file before it is renamed."""
    connection = sqlite3.connect(scratch, isolation_level=None)
    connection.execute("PRAGMA journal_mode=MEMORY")
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def _count(connection: sqlite3.Connection, layer: str) -> None:
    connection.execute(
        f"UPDATE gpkg_ogr_contents SET feature_count = (SELECT COUNT(*) FROM {layer}) WHERE table_name = ?",
        (layer,),
    )


def _index(connection: sqlite3.Connection, layer: str) -> None:
    """Spatial index and extent of a layer, from the envelopes of its shapes."""
    heads = connection.execute(
        f"SELECT fid, substr(geom, 1, {HEADER_BYTES}) FROM {layer} WHERE geom IS NOT NULL"
    ).fetchall()
    fid = np.array([row[0] for row in heads], dtype=np.int64)
    boxes, known = envelopes([row[1] for row in heads])
    for row in np.flatnonzero(~known):
        boxes[row] = _extent(connection, layer, int(fid[row]))
    connection.execute("BEGIN")
    write_index(connection, layer, fid, boxes)
    extent: tuple[float | None, ...] = (None,) * 4
    if len(boxes):
        low, high = boxes.min(axis=0).tolist(), boxes.max(axis=0).tolist()
        extent = (low[0], low[2], high[1], high[3])
    connection.execute(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
        (*extent, layer),
    )
    connection.execute("COMMIT")


def _extent(connection: sqlite3.Connection, layer: str, fid: int) -> tuple[float, ...]:
    """Left, right, bottom and top of a shape that another program wrote without its envelope."""
    blob = connection.execute(f"SELECT geom FROM {layer} WHERE fid = ?", (fid,)).fetchone()[0]
    left, bottom, right, top = decode([blob])[0].bounds
    return left, right, bottom, top


def _scratch(path: Path) -> Path:
    return path.with_name(f".{path.stem}.writing{path.suffix}")


def _settle(scratch: Path, path: Path) -> None:
    """Flush to the disk, then rename: after a crash there is the old plan or the new one."""
    with scratch.open("rb+") as file:
        os.fsync(file.fileno())
    require_closed(path)
    scratch.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _discard(scratch: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        scratch.with_name(scratch.name + suffix).unlink(missing_ok=True)
