"""plan.gpkg, the only truth: written beside itself and renamed, so that a reader never meets half a plan.

A plan is a mapping of layer names (contract, section 4) to frames. The file is written under another name
in the same folder, closed without a journal, flushed to the disk and renamed over the old one; the
audit log of the old one is carried over.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.store import log, styles
from census_gis.tables import TABLES, conform

__all__ = ["LAYERS", "read_log", "read_tables", "write_plan"]

LAYERS = (
    "districts", "enumeration_areas", "dwelling_parts", "ea_lines", "context_lines", "context_areas",
    "context_points", "outside_buildings", "units", "settings", "ea_descriptions", "staff",
    "assignments", "crews", "findings", "retired_codes",
)  # fmt: skip
GEOMETRY = {
    "districts": "MultiPolygon", "enumeration_areas": "MultiPolygon", "dwelling_parts": "MultiPolygon",
    "ea_lines": "MultiLineString", "context_lines": "MultiLineString", "context_areas": "MultiPolygon",
    "context_points": "Point", "outside_buildings": "MultiPolygon", "crews": "MultiPolygon",
    "findings": "Unknown",
}  # fmt: skip


def write_plan(
    path: Path, tables: Mapping[str, pd.DataFrame], entry: log.Entry, *, crs: object
) -> None:
    """Write all layers, log the act, and put the file in place of the old one in one step.

    Parameters
    ----------
    path
        plan.gpkg; its folder must exist and allow a second file of the same size beside it.
    tables
        Frames by layer name; layers that are not given are written empty.
    entry
        The act to log.
    crs
        Projected metric CRS of the project.

    Raises
    ------
    InputError
        If a frame breaks its declared table.
    OSError
        If the disk is full or the folder read-only; the old plan is then untouched.
    """
    old = _old_log(path)
    scratch = path.with_name(f".{path.stem}.writing{path.suffix}")
    _discard(scratch)
    try:
        for name in LAYERS:
            frame = conform(
                tables.get(name, pd.DataFrame(columns=list(TABLES[name]))), name, crs=crs
            )
            _write_layer(scratch, name, frame)
        with closing(sqlite3.connect(scratch)) as connection:
            log.create(connection)
            connection.executemany(
                f"INSERT INTO audit_log VALUES ({', '.join('?' * len(log.COLUMNS))})", old
            )
            log.append(connection, entry)
            styles.write(connection, LAYERS)
            connection.commit()
            connection.execute("PRAGMA journal_mode=DELETE")
        _settle(scratch, path)
    finally:
        _discard(scratch)


def read_tables(path: Path, layers: tuple[str, ...] = LAYERS) -> dict[str, gpd.GeoDataFrame]:
    """Frames of a plan by layer name, typed as declared.

    Raises
    ------
    InputError
        If the file is absent, no plan, or truncated.
    """
    if not path.is_file():
        raise _unusable(path, Text("there is no such plan.", "没有这个方案文件。"))
    try:
        present = {name for name, _ in pyogrio.list_layers(path)}
        crs = pyogrio.read_info(path, layer="districts")["crs"] if "districts" in present else None
    except pyogrio.errors.DataSourceError as error:
        raise _unusable(path, Text(f"cannot be read: {error}", f"无法读取：{error}")) from error
    lost = sorted(set(layers) - present)
    if lost:
        raise _unusable(
            path,
            Text(
                f"is no plan: it lacks the layers {', '.join(lost)}.",
                f"不是方案文件：缺少图层 {'、'.join(lost)}。",
            ),
        )
    return {name: conform(_read_layer(path, name), name, crs=crs) for name in layers}


def read_log(path: Path) -> list[tuple[object, ...]]:
    """Entries of the audit log of a plan."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return log.read(connection)


def _read_layer(path: Path, name: str) -> pd.DataFrame:
    frame = pyogrio.read_dataframe(path, layer=name, read_geometry="geometry" in TABLES[name])
    return frame.replace({float("nan"): None}) if not len(frame) else frame


def _write_layer(path: Path, name: str, frame: pd.DataFrame) -> None:
    geometry = {"geometry_type": GEOMETRY[name]} if name in GEOMETRY else {}
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", append=path.exists(), promote_to_multi=name in GEOMETRY
        and GEOMETRY[name].startswith("Multi"), dataset_options=None if path.exists() else {"VERSION": "1.3"},
        **geometry,
    )  # fmt: skip


def _old_log(path: Path) -> list[tuple[object, ...]]:
    if not path.is_file():
        return []
    try:
        return read_log(path)
    except sqlite3.DatabaseError as error:
        raise _unusable(
            path, Text(f"its audit log cannot be read: {error}", f"其审计日志无法读取：{error}")
        ) from error


def _settle(scratch: Path, path: Path) -> None:
    """Flush to the disk, then rename: after a crash there is the old plan or the new one."""
    with scratch.open("rb+") as file:
        os.fsync(file.fileno())
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


def _unusable(path: Path, what: Text) -> InputError:
    return InputError(
        what,
        where=str(path),
        fix=Text(
            "name a plan.gpkg made by `census-gis run`.",
            "请指定 `census-gis run` 生成的 plan.gpkg。",
        ),
    )
