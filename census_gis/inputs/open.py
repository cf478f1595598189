"""The only place that opens files of the user: vector layers, tables and images."""

from __future__ import annotations

import difflib
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from census_gis.errors import ConfigError, InputError
from census_gis.findings import Kind
from census_gis.inputs.contents import beside, damaged
from census_gis.inputs.datums import flat
from census_gis.inputs.door import Checked, check
from census_gis.inputs.encoding import dbf_encoding, decode_frame
from census_gis.inputs.rasters import IMAGES, open_raster
from census_gis.inputs.sheets import OpenedTable, read_rows
from census_gis.inputs.sources import Source
from census_gis.language import Text

__all__ = ["LayerInfo", "Opened", "layers", "open_raster", "open_rows", "open_table", "open_vector"]

# Limits against files made to exhaust the machine; far above any census delivery.
MOST_ROWS, MOST_VERTICES, MOST_COLUMNS = 5_000_000, 1_000_000, 255
TABLES = ("CSV", "XLSX")

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
class Opened:
    """One layer as read: nothing renamed, nothing repaired.

    Attributes
    ----------
    frame
        All columns of the file, and the row number in the file (from 0) in `_row`; geometries are
        plane (no Z). Its CRS is not set, because what the file states is checked first
        (`census_gis.inputs.crs.resolve`).
    encoding
        Encoding the texts were read in.
    stated_crs
        What the file states, None for nothing.
    driver, layer
        Format and layer read.
    findings
        Cases of table FINDINGS, without geometry.
    """

    frame: gpd.GeoDataFrame
    encoding: str
    stated_crs: CRS | None
    driver: str
    layer: str
    findings: list[dict[str, Any]] = field(default_factory=list)


def layers(path: Path) -> list[LayerInfo]:
    """All layers of a vector file, in the file's order.

    Raises
    ------
    InputError
        When the file cannot be opened (see `census_gis.inputs.door.check`).
    """
    checked = check(path)
    if checked.driver in TABLES + IMAGES:
        raise _no_layers(checked)
    with _gdal_words(checked):
        listed = pyogrio.list_layers(checked.name)
        return [_layer_info(checked, str(name), kind) for name, kind in listed]


def open_vector(source: Source) -> Opened:
    """One layer with its geometries.

    Raises
    ------
    InputError
        File, layer or column missing, damaged, disguised or too large; texts in no known encoding.
    """
    checked = check(source.file)
    if checked.driver == "CSV":
        return _points(source)
    if checked.driver in TABLES + IMAGES:
        raise _no_layers(checked)
    layer = _choose(checked, source)
    label = source.label
    options, encoding, found = _reading(checked, source)
    with _gdal_words(checked):
        info = _info(checked, layer, **options)
        _limits(info, label)
        frame = pyogrio.read_dataframe(checked.name, layer=layer, **options)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(
            Text("the layer has no geometry.", "该图层没有几何。"),
            where=label, fix=Text("name another layer.", "请指定其他图层。"),
        )  # fmt: skip
    if options.get("ENCODING"):
        decoded, more = decode_frame(frame, encoding, layer=label)
        frame, found = gpd.GeoDataFrame(decoded, geometry=frame.geometry.name), found + more
    shapes, more = _plain_shapes(frame.geometry, label)
    stated = _stated(frame.crs)
    table = _plain_values(pd.DataFrame(frame.drop(columns=frame.geometry.name)))
    table["_row"] = np.arange(len(table), dtype=np.int64)
    kept = gpd.GeoDataFrame(table, geometry=shapes)
    kept = kept[_where(table, source)].reset_index(drop=True)
    return Opened(kept, encoding, stated, checked.driver, layer, found + more)


def open_table(source: Source) -> pd.DataFrame:
    """Rows without geometry: CSV, XLSX (all values as text, None where empty), or a layer's attributes."""
    return open_rows(source).frame


def open_rows(source: Source) -> OpenedTable:
    """As `open_table`, with the encoding and what was noticed.

    Raises
    ------
    InputError
        File, sheet, layer or column missing; ragged rows; texts in no known encoding.
    """
    checked = check(source.file)
    if checked.driver in IMAGES:
        raise _no_layers(checked)
    if checked.driver in TABLES:
        rows = read_rows(checked.path, checked.driver, layer=source.layer, stated=source.encoding)
        frame, encoding, found = rows.frame, rows.encoding, rows.findings
    else:
        layer = _choose(checked, source, need_shapes=False)
        options, encoding, found = _reading(checked, source)
        with _gdal_words(checked):
            _limits(_info(checked, layer, **options), source.label)
            frame = pyogrio.read_dataframe(
                checked.name, layer=layer, read_geometry=False, **options
            )
        if options.get("ENCODING"):
            frame, more = decode_frame(frame, encoding, layer=source.label)
            found = found + more
        frame = _plain_values(frame)
    frame["_row"] = np.arange(len(frame), dtype=np.int64)
    frame = frame[_where(frame, source)].reset_index(drop=True)
    return OpenedTable(frame, encoding, found)


def _no_layers(checked: Checked) -> InputError:
    return InputError(
        Text(f"a {checked.driver} file holds no shapes.", f"{checked.driver} 文件不含几何。"),
        where=checked.path.name,
        fix=Text("give a GeoPackage, shapefile or GeoJSON.", "请提供 GeoPackage、Shapefile 或 GeoJSON。"),
    )  # fmt: skip


@contextmanager
def _gdal_words(checked: Checked) -> Iterator[None]:
    """GDAL's errors as ours; its warnings are about things looked at here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (
            pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError,
            pyogrio.errors.GeometryError, pyogrio.errors.FieldError, shapely.errors.ShapelyError,
        ) as error:  # fmt: skip
            raise damaged(checked.path, error) from error
        except UnicodeDecodeError as error:
            raise InputError(
                Text(
                    "the texts are not UTF-8, as this format demands.",
                    "文字不是该格式要求的 UTF-8。",
                ),
                where=checked.path.name,
                fix=Text("export the file again as UTF-8.", "请以 UTF-8 重新导出。"),
            ) from error


def _info(checked: Checked, layer: str, **options: Any) -> dict[str, Any]:
    info: dict[str, Any] = pyogrio.read_info(
        checked.name, layer=layer, force_feature_count=True, **options
    )
    if info["driver"] != checked.driver:
        raise InputError(
            Text(f"the content is {info['driver']}, not {checked.driver}.",
                 f"内容是 {info['driver']}，而不是 {checked.driver}。"),
            where=checked.path.name,
            fix=Text("export the data again in the format its name says.", "请按文件名所示格式重新导出。"),
        )  # fmt: skip
    return info


def _layer_info(checked: Checked, name: str, kind: str | None) -> LayerInfo:
    options, encoding, _ = _reading(checked, Source(checked.path))
    info = _info(checked, name, **options)
    columns = pd.DataFrame(columns=[str(one) for one in info["fields"]])
    if options.get("ENCODING"):
        columns, _ = decode_frame(columns, encoding, layer=name)
    return LayerInfo(
        name, kind, int(info["features"]), tuple(columns.columns), _stated(info["crs"])
    )


def _stated(crs: object) -> CRS | None:
    """What the file states, None for nothing or for "undefined"."""
    if crs is None:
        return None
    try:
        stated = CRS.from_user_input(crs)
    except CRSError:
        return None
    return None if "undefined" in stated.name.lower() or stated.is_engineering else flat(stated)


def _reading(checked: Checked, source: Source) -> tuple[dict[str, str], str, list[dict[str, Any]]]:
    """Options of the driver, the encoding of the texts, and findings about it."""
    if checked.driver == "ESRI Shapefile":
        dbf = beside(checked.path, ".dbf")
        encoding, found = dbf_encoding(
            dbf or checked.path, cpg=beside(checked.path, ".cpg"), stated=source.encoding
        )
        # Latin-1 carries every byte as one letter; decode_frame makes text of them, strictly.
        return {"ENCODING": "ISO-8859-1"}, encoding, found
    if checked.driver == "GPKG":
        return {"IMMUTABLE": "YES"}, "utf-8", []
    return {}, "utf-8", []


def _choose(checked: Checked, source: Source, *, need_shapes: bool = True) -> str:
    """The layer to read: the one named, else the only one."""
    with _gdal_words(checked):
        listed = [(str(name), kind) for name, kind in pyogrio.list_layers(checked.name)]
    names = [name for name, _ in listed]
    if source.layer is not None:
        if source.layer in names:
            return source.layer
        near = difflib.get_close_matches(source.layer, names, n=1, cutoff=0.0)
        raise InputError(
            Text(f"there is no layer '{source.layer}'.", f"没有名为“{source.layer}”的图层。"),
            where=source.file.name,
            fix=Text(f"the nearest is '{near[0] if near else ''}'; the file has: {', '.join(names)}.",
                     f"最接近的是“{near[0] if near else ''}”；文件中的图层：{'、'.join(names)}。"),
        )  # fmt: skip
    fitting = [name for name, kind in listed if kind is not None or not need_shapes]
    if len(fitting) != 1:
        raise InputError(
            Text(f"the file has {len(fitting)} layers to choose from.", f"文件有 {len(fitting)} 个可选图层。"),
            where=source.file.name,
            fix=Text(f'name one: layer = "…" ({", ".join(fitting)}).',
                     f'请指定一个：layer = "…"（{"、".join(fitting)}）。'),
        )  # fmt: skip
    return fitting[0]


def _limits(info: dict[str, Any], label: str) -> None:
    rows, columns = int(info["features"]), len(info["fields"])
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise InputError(
            Text(f"{rows:,} rows and {columns} columns are more than {MOST_ROWS:,} and {MOST_COLUMNS}.",
                 f"{rows:,} 行、{columns} 列，超过上限 {MOST_ROWS:,} 行、{MOST_COLUMNS} 列。"),
            where=label, fix=Text("cut the file into parts.", "请将文件分成几部分。"),
        )  # fmt: skip


def _plain_shapes(shapes: gpd.GeoSeries, label: str) -> tuple[Any, list[dict[str, Any]]]:
    """Plane geometries with finite coordinates; what is neither becomes None with a finding."""
    found = []
    values = np.asarray(shapes, dtype=object)
    sizes = shapely.get_num_coordinates(values)
    if sizes.size and sizes.max() > MOST_VERTICES:
        raise InputError(
            Text(f"a geometry has {sizes.max():,} vertices, more than {MOST_VERTICES:,}.",
                 f"有几何含 {sizes.max():,} 个顶点，超过上限 {MOST_VERTICES:,}。"),
            where=label, rows=np.flatnonzero(sizes > MOST_VERTICES).tolist(),
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
        rows = ", ".join(map(str, bad[:5].tolist()))
        found.append(C001.at(label, rows, n=int(bad.size)))
    return values, found


def _plain_values(frame: pd.DataFrame) -> pd.DataFrame:
    """Lists and objects inside a cell (GeoJSON allows them) as JSON text, so that every value is one value."""
    columns = {}
    for column in frame.columns:
        values = frame[column]
        if values.dtype != object:
            continue
        nested = values.map(lambda value: isinstance(value, list | dict | np.ndarray))
        if nested.any():
            columns[column] = values.where(~nested, values[nested].map(_as_json))
    return frame.assign(**columns)


def _as_json(value: object) -> str:
    plain = value.tolist() if isinstance(value, np.ndarray) else value
    return json.dumps(plain, ensure_ascii=False, default=str)


def _where(frame: pd.DataFrame, source: Source) -> pd.Series:
    """Rows that hold the values the project file asks for; numbers and their texts are the same."""
    keep = pd.Series(True, index=frame.index)
    for column, value in source.where.items():
        if column not in frame:
            near = difflib.get_close_matches(column, map(str, frame.columns), n=1, cutoff=0.0)
            raise ConfigError(
                Text(f"where: there is no column '{column}'.", f"where：没有字段“{column}”。"),
                where=source.label,
                fix=Text(f"the nearest is '{near[0]}'.", f"最接近的是“{near[0]}”。"),
            )
        keep &= frame[column].map(_same_text) == _same_text(value)
    return keep


def _same_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _points(source: Source) -> Opened:
    """A CSV with columns x and y as points; the file states no coordinate system."""
    rows = open_rows(source)
    names = [source.columns.get(axis, axis) for axis in ("x", "y")]
    if any(name not in rows.frame for name in names):
        raise InputError(
            Text(f"a CSV needs columns for x and y; it has no {' or '.join(names)}.",
                 f"CSV 需有 x、y 两列；缺少 {'、'.join(names)}。"),
            where=source.label,
            fix=Text('map them: columns = { x = "…", y = "…" }.', '请对应：columns = { x = "…", y = "…" }。'),
        )  # fmt: skip
    x, y = (pd.to_numeric(rows.frame[name], errors="coerce") for name in names)
    shapes = shapely.points(x.to_numpy(float), y.to_numpy(float))
    shapes, found = _plain_shapes(gpd.GeoSeries(shapes), source.label)
    frame = gpd.GeoDataFrame(rows.frame, geometry=shapes)
    return Opened(frame, rows.encoding, None, "CSV", source.file.stem, rows.findings + found)
