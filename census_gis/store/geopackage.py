"""plan.gpkg, the only truth: written beside itself and renamed, so that a reader never meets half a plan.

A plan is a mapping of layer names (contract, section 4) to frames. The audit log of the old plan is carried
over to the new one.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.store import log
from census_gis.store.assembly import Assembly, OldLog, assembling, revising
from census_gis.store.blank import LAYERS
from census_gis.store.faults import disk_faults
from census_gis.store.reading import reading
from census_gis.tables import TABLES, conform, empty

__all__ = ["LAYERS", "old_log", "read_log", "read_tables", "revise", "write_plan"]

# Layers that plans of earlier versions do not have: read as empty.
LATER = frozenset({"edits", "special_areas", "disputes", "corrections", "events"})


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
    with assembling(path, crs=crs, entries=[entry], after=old_log(path)) as plan:
        for name in LAYERS:
            if name in tables:
                plan.add(name, tables[name])


@contextmanager
def revise(path: Path, *, entries: Sequence[log.Entry]) -> Iterator[Assembly]:
    """Change a plan: a copy is changed, logged and put in its place, or nothing happens.

    Parameters
    ----------
    path
        plan.gpkg.
    entries
        The acts to log.

    Raises
    ------
    InputError
        If the file is no plan of this version.
    OSError
        If the disk is full or the folder read-only; the plan is then untouched.
    """
    present, crs = _layers(path)
    lost = sorted(set(LAYERS) - present - LATER)
    if lost:
        raise _unusable(
            path,
            Text(f"was made by an earlier version: it lacks {', '.join(lost)}.",
                 f"由较早版本生成：缺少 {'、'.join(lost)}。"),
        )  # fmt: skip
    with revising(path, crs=crs, entries=entries) as plan:
        yield plan


def read_tables(
    path: Path, layers: tuple[str, ...] = LAYERS, *, where: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
) -> dict[str, gpd.GeoDataFrame]:  # fmt: skip
    """Frames of a plan by layer name, typed as declared.

    Parameters
    ----------
    path
        plan.gpkg.
    layers
        Those to read.
    where
        Condition on rows (SQL of an attribute filter), for all of them.
    bbox
        Only rows near a rectangle [m] (west, south, east, north), of layers that have a geometry.

    Raises
    ------
    InputError
        If the file is absent, no plan, or truncated.
    OSError
        If another program holds it.
    """
    present, crs = _layers(path)
    lost = sorted(set(layers) - present - LATER)
    if lost:
        raise _unusable(
            path,
            Text(
                f"is no plan: it lacks the layers {', '.join(lost)}.",
                f"不是方案文件：缺少图层 {'、'.join(lost)}。",
            ),
        )
    return {
        name: conform(_read_layer(path, name, where, bbox), name, crs=crs)
        if name in present
        else empty(name, crs)
        for name in layers
    }


def read_log(path: Path) -> list[tuple[object, ...]]:
    """Entries of the audit log of a plan; OSError where another program holds it."""
    with disk_faults(path), reading(path) as connection:
        return log.read(connection)


def old_log(path: Path) -> OldLog | None:
    """The log of the plan that is to be replaced; None where there is no plan.

    Raises
    ------
    InputError
        If there is a file, but its log cannot be read: it is not thrown away unasked.
    """
    if not path.is_file():
        return None
    try:
        with disk_faults(path), reading(path) as connection:
            return OldLog(log.read(connection), log.read_tally(connection))
    except sqlite3.DatabaseError as error:
        raise _unusable(
            path, Text(f"its audit log cannot be read: {error}", f"其审计日志无法读取：{error}")
        ) from error


def _layers(path: Path) -> tuple[set[str], Any]:
    """Layers of a file and the CRS of its districts."""
    if not path.is_file():
        raise _unusable(path, Text("there is no such plan.", "没有这个方案文件。"))
    try:
        present = {name for name, _ in pyogrio.list_layers(path)}
        crs = pyogrio.read_info(path, layer="districts")["crs"] if "districts" in present else None
    except pyogrio.errors.DataSourceError as error:
        _refuse_held(path)
        raise _unusable(path, Text(f"cannot be read: {error}", f"无法读取：{error}")) from error
    return present, crs


def _refuse_held(path: Path) -> None:
    """OSError where another program holds the file: then nothing is wrong with the plan itself."""
    try:
        with disk_faults(path), reading(path) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        return
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise


def _read_layer(
    path: Path, name: str, where: str | None, bbox: tuple[float, float, float, float] | None
) -> pd.DataFrame:
    drawn = "geometry" in TABLES[name]
    frame = pyogrio.read_dataframe(
        path, layer=name, read_geometry=drawn, where=where, bbox=bbox if drawn else None
    )
    return frame.replace({float("nan"): None}) if not len(frame) else frame


def _unusable(path: Path, what: Text) -> InputError:
    return InputError(
        what,
        where=str(path),
        fix=Text(
            "name a plan.gpkg made by `census-gis run`.",
            "请指定 `census-gis run` 生成的 plan.gpkg。",
        ),
    )
