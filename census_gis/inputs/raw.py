"""One layer as a file gives it, whatever the format: what every reader hands on, and the limits that hold for all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.datums import flat
from census_gis.inputs.door import Checked
from census_gis.inputs.sources import Source
from census_gis.language import Text

__all__ = [
    "LayerInfo", "Raw", "Reader", "geometry_type", "plain_shapes", "plain_values", "size_limits",
    "stated_crs", "whole_file",
]  # fmt: skip

# Limits against files made to exhaust the machine; far above any census delivery.
MOST_ROWS, MOST_VERTICES, MOST_COLUMNS = 5_000_000, 1_000_000, 255

F004 = Kind(
    "F004", "note",
    Text("{n} geometries have heights (Z) or measures (M); only x and y are used",
         "{n} 个几何带有 Z 或 M 值；只使用 x 和 y"),
    Text("nothing to do", "无需处理"),
)  # fmt: skip
C001 = Kind(
    "C001", "error",
    Text("{n} geometries have coordinates that are not numbers (NaN or infinite); they are not used",
         "{n} 个几何的坐标不是数字（NaN 或无穷大），未使用"),
    Text("redraw these objects", "请重新绘制这些对象"),
)  # fmt: skip


@dataclass(frozen=True)
class LayerInfo:
    """What a file says about one of its layers; `geometry_type` is None for a table without shapes."""

    name: str
    geometry_type: str | None
    rows: int
    columns: tuple[str, ...]
    crs: CRS | None


@dataclass(frozen=True)
class Raw:
    """Rows of one layer, in the file's order.

    Attributes
    ----------
    frame
        A GeoDataFrame, or a DataFrame for a table without shapes.
    stated_crs
        What the file states, None for nothing.
    encoding
        Encoding the texts were read in.
    findings
        Cases of table FINDINGS, without geometry.
    """

    frame: pd.DataFrame
    stated_crs: CRS | None = None
    encoding: str = "utf-8"
    findings: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """How one format is read: names and kinds of its layers, what is known of each, one layer's rows.

    `names` is told the encoding the user states, which a file may need to be read at all.
    """

    names: Callable[[Checked, str | None], list[tuple[str, str | None]]]
    layers: Callable[[Checked], list[LayerInfo]]
    read: Callable[[Checked, str, Source, bool], Raw]


def whole_file(parse: Callable[[Path, str | None], Mapping[str, Raw]]) -> Reader:
    """A reader of a format that can only be read whole.

    Parameters
    ----------
    parse
        Gives all layers by name from a path and the encoding stated. The last file read is kept, because its
        layers are asked for one by one.
    """

    @lru_cache(maxsize=1)
    def parsed(path: Path, encoding: str | None, _state: tuple[int, int]) -> Mapping[str, Raw]:
        return parse(path, encoding)

    def now(checked: Checked, encoding: str | None = None) -> Mapping[str, Raw]:
        state = checked.path.stat()
        return parsed(checked.path, encoding, (state.st_size, state.st_mtime_ns))

    def names(checked: Checked, encoding: str | None) -> list[tuple[str, str | None]]:
        return [(name, geometry_type(raw.frame)) for name, raw in now(checked, encoding).items()]

    def layers(checked: Checked) -> list[LayerInfo]:
        return [_info(name, raw) for name, raw in now(checked).items()]

    def read(checked: Checked, layer: str, source: Source, _shapes: bool) -> Raw:
        raw = now(checked, source.encoding)[layer]
        size_limits(len(raw.frame), len(raw.frame.columns), source.label)
        return raw

    return Reader(names, layers, read)


def _info(name: str, raw: Raw) -> LayerInfo:
    columns = tuple(str(one) for one in raw.frame.columns if one != "geometry")
    return LayerInfo(name, geometry_type(raw.frame), len(raw.frame), columns, raw.stated_crs)


def geometry_type(frame: pd.DataFrame) -> str | None:
    """The one type of a frame's shapes, ``Unknown`` for several or none, None for a table."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return None
    kinds = sorted(set(frame.geometry.geom_type.dropna()))
    return kinds[0] if len(kinds) == 1 else "Unknown"


def stated_crs(crs: object) -> CRS | None:
    """What a file states, None for nothing or for "undefined"."""
    if crs is None:
        return None
    try:
        stated = CRS.from_user_input(crs)
    except CRSError:
        return None
    if stated.to_authority() == ("OGC", "CRS84"):
        # The same, but for the order of axes, which is x, y everywhere here.
        return CRS.from_epsg(4326)
    return None if "undefined" in stated.name.lower() or stated.is_engineering else flat(stated)


def size_limits(rows: int, columns: int, label: str) -> None:
    """Refuse a layer with more rows or columns than any delivery has."""
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise InputError(
            Text(f"{rows:,} rows and {columns} columns are more than {MOST_ROWS:,} and {MOST_COLUMNS}.",
                 f"{rows:,} 行、{columns} 列，超过上限 {MOST_ROWS:,} 行、{MOST_COLUMNS} 列。"),
            where=label, fix=Text("cut the file into parts.", "请将文件分成几部分。"),
        )  # fmt: skip


def plain_shapes(shapes: gpd.GeoSeries, label: str) -> tuple[Any, list[dict[str, Any]]]:
    """Plane geometries with finite coordinates; what is neither becomes None with a finding."""
    found = []
    values = np.asarray(shapes, dtype=object)
    sizes = shapely.get_num_coordinates(values)
    if sizes.size and sizes.max() > MOST_VERTICES:
        raise InputError(
            Text(f"a geometry has {sizes.max():,} vertices, more than {MOST_VERTICES:,}.",
                 f"有几何含 {sizes.max():,} 个顶点，超过上限 {MOST_VERTICES:,}。"),
            where=label, rows=(np.flatnonzero(sizes > MOST_VERTICES) + 1).tolist(),
            fix=Text("simplify or cut these objects.", "请简化或切分这些对象。"),
        )  # fmt: skip
    high = shapely.has_z(values) | shapely.has_m(values)
    if high.any():
        found.append(F004.at(label, "", n=int(high.sum())))
        values = shapely.force_2d(values)
    points, row = shapely.get_coordinates(values, return_index=True)
    bad = np.unique(row[~np.isfinite(points).all(axis=1)])
    if bad.size:
        values = values.copy()
        values[bad] = None
        rows = ", ".join(map(str, (bad[:5] + 1).tolist()))
        found.append(C001.at(label, rows, n=int(bad.size)))
    return values, found


def plain_values(frame: pd.DataFrame) -> pd.DataFrame:
    """Lists and objects inside a cell (GeoJSON allows them) as JSON text, so that every value is one value."""
    columns = {}
    for column in frame.columns:
        values = frame[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = columns[column] = values.astype(values.cat.categories.dtype)
        if values.dtype != object:
            continue
        nested = values.map(lambda value: isinstance(value, list | dict | np.ndarray))
        if nested.any():
            columns[column] = values.where(~nested, values[nested].map(_as_json))
    return frame.assign(**columns)


def _as_json(value: object) -> str:
    plain = value.tolist() if isinstance(value, np.ndarray) else value
    return json.dumps(plain, ensure_ascii=False, default=str)
