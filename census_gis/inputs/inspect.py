"""What is in a file: layers, rows, coordinates, encoding, columns, oddities, and what it could be used for.

Columns are counted, never quoted: a report may be shown to anyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from census_gis.errors import CensusGISError
from census_gis.findings import Kind
from census_gis.inputs.crs import resolve
from census_gis.inputs.datums import name as crs_name
from census_gis.inputs.door import check
from census_gis.inputs.extent import degrees_of
from census_gis.inputs.imagery import open_images
from census_gis.inputs.naming import PERSONAL, suggest_columns, suggest_role
from census_gis.inputs.open import Opened, layers, open_rows, open_vector
from census_gis.inputs.rasters import IMAGES
from census_gis.inputs.sheets import sheet_names
from census_gis.inputs.sources import Source
from census_gis.inputs.zones import looks_like
from census_gis.language import Text

__all__ = ["ColumnReport", "LayerReport", "inspect_file"]

SHAPES = {"polygon": "area", "linestring": "line", "point": "point"}
SHOWN_ROWS = 5
MOST_CHECKED = 200_000  # geometries tested one by one

F006 = Kind(
    "F006", "error",
    Text("{what_en}", "{what_zh}"), Text("{fix_en}", "{fix_zh}"),
)  # fmt: skip
F007 = Kind(
    "F007", "warning",
    Text("column {column} seems to hold personal data", "字段 {column} 似含个人信息"),
    Text("remove the column before handing the file on", "转交文件前请删除该字段"),
)  # fmt: skip
F008 = Kind(
    "F008", "warning",
    Text("{n} rows have no geometry", "{n} 行没有几何"),
    Text("check the export", "请检查导出过程"),
)  # fmt: skip
F009 = Kind(
    "F009", "warning",
    Text("{n} geometries are invalid, e.g. {reason}", "{n} 个几何无效，例如：{reason}"),
    Text("they are repaired when read; look at them in QGIS", "读取时会修复；请在 QGIS 中查看"),
)  # fmt: skip
F010 = Kind(
    "F010", "warning",
    Text("column {column} repeats {n} values, so it cannot tell rows apart",
         "字段 {column} 有 {n} 个重复值，不能区分各行"),
    Text("map another column, or none", "请对应其他字段，或不对应"),
)  # fmt: skip
F011 = Kind(
    "F011", "warning",
    Text("codes in column {column} are stored as decimal numbers; leading zeros may be lost",
         "字段 {column} 的代码以小数存储，前导零可能丢失"),
    Text("ask for the codes as text", "请索取文本型代码"),
)  # fmt: skip


@dataclass(frozen=True)
class ColumnReport:
    """One column: its type, how many rows have a value, and how many values differ."""

    name: str
    kind: str
    filled: int
    distinct: int


@dataclass(frozen=True)
class LayerReport:
    """One layer of a file.

    Attributes
    ----------
    shape
        ``area``, ``line``, ``point``, ``image``, or empty for a table.
    stated_crs, numbers_say
        What the file states ('' for nothing), and what its numbers look like.
    bounds
        (left, bottom, right, top) in the file's own numbers, None without geometry.
    role, mapping
        The ``[inputs.*]`` table it could serve as (None when unclear) and ``our_name -> their_name``.
    findings
        Suspicious things, cases of table FINDINGS.
    """

    file: Path
    layer: str
    driver: str
    rows: int
    shape: str
    encoding: str
    stated_crs: str
    numbers_say: Text
    bounds: tuple[float, float, float, float] | None
    columns: tuple[ColumnReport, ...]
    role: str | None
    mapping: Mapping[str, str]
    findings: list[dict[str, Any]] = field(default_factory=list)


def inspect_file(path: Path) -> list[LayerReport]:
    """All layers of a file, each looked at in full.

    Raises
    ------
    InputError
        When the file cannot be opened at all. What is wrong with one layer is a finding of its report.
    """
    checked = check(path)
    if checked.driver in IMAGES:
        return [_image(checked.path, checked.driver)]
    if checked.driver == "CSV":
        return [_table(Source(checked.path), checked.driver, alone=True)]
    if checked.driver == "XLSX":
        sheets = sheet_names(checked.path)
        sources = [Source(checked.path, layer=name) for name in sheets]
        return [_table(one, "XLSX", alone=len(sheets) == 1) for one in sources]
    reports = []
    listed = layers(checked.path)
    # A file's name tells what a layer is only when there is no other layer in it.
    for info in listed:
        source = Source(checked.path, layer=info.name)
        if info.geometry_type is None:
            reports.append(_table(source, checked.driver, alone=len(listed) == 1))
        else:
            reports.append(_layer(source, checked.driver, alone=len(listed) == 1))
    return reports


def _layer(source: Source, driver: str, *, alone: bool) -> LayerReport:
    layer = source.layer or source.file.stem
    try:
        opened = open_vector(source)
    except CensusGISError as error:
        return _broken(source, driver, error)
    frame = opened.frame
    found = list(opened.findings)
    stated = opened.stated_crs
    bounds = _bounds(frame)
    numbers = _numbers(bounds)
    try:
        used, more = resolve(
            frame, stated=stated, source_crs=None, hint_longitude=None, where=source.label
        )
        found += more
        numbers = _place(used, bounds) if bounds else numbers
    except CensusGISError as error:
        found.append(_said(error, source.label))
    return _report(
        source, opened, (_shape(frame), crs_name(stated) if stated else "", numbers),
        bounds, found + _odd_shapes(frame, layer), alone=alone,
    )  # fmt: skip


def _report(
    source: Source, opened: Opened, said: tuple[str, str, Text],
    bounds: tuple[float, float, float, float] | None, found: list[dict[str, Any]], *, alone: bool,
) -> LayerReport:  # fmt: skip
    shape, stated, numbers = said
    table = pd.DataFrame(opened.frame).drop(columns=["_row", "geometry"], errors="ignore")
    names = [str(column) for column in table.columns]
    layer = source.layer or opened.layer
    role = suggest_role([layer, source.file.stem] if alone else [layer], shape, names)
    mapping = suggest_columns(role, names)
    return LayerReport(
        source.file, layer, opened.driver, len(table), shape, opened.encoding, stated, numbers, bounds,
        tuple(_column(table[name]) for name in table.columns), role, mapping,
        found + _odd_columns(table, mapping, layer),
    )  # fmt: skip


def _table(source: Source, driver: str, *, alone: bool) -> LayerReport:
    try:
        rows = open_rows(source)
    except CensusGISError as error:
        return _broken(source, driver, error)
    frame = gpd.GeoDataFrame(rows.frame)
    opened = Opened(frame, rows.encoding, None, driver, source.layer or source.file.stem)
    none = Text("a table without shapes", "不含几何的表格")
    return _report(source, opened, ("", "", none), None, rows.findings, alone=alone)


def _image(path: Path, driver: str) -> LayerReport:
    source = Source(path)
    try:
        images, found = open_images([path])
    except CensusGISError as error:
        return _broken(source, driver, error)
    image = images[0]
    size = Text(
        f"pixels of {image.pixel_m:.2f} m, {image.bands} bands of {image.dtype}",
        f"像元 {image.pixel_m:.2f} 米，{image.bands} 个 {image.dtype} 波段",
    )
    return LayerReport(
        path, path.stem, driver, 0, "image", "", crs_name(image.crs), size, image.bounds, (),
        "imagery", {}, found,
    )  # fmt: skip


def _broken(source: Source, driver: str, error: CensusGISError) -> LayerReport:
    """A layer that cannot be read, with the reason."""
    layer = source.layer or source.file.stem
    none = Text("could not be read", "无法读取")
    found = [_said(error, source.label)]
    return LayerReport(source.file, layer, driver, 0, "", "", "", none, None, (), None, {}, found)


def _said(error: CensusGISError, layer: str) -> dict[str, Any]:
    what = error.what if isinstance(error.what, Text) else Text(error.what, error.what)
    fix = error.fix if isinstance(error.fix, Text) else Text(error.fix, error.fix)
    rows = ", ".join(map(str, error.rows[:SHOWN_ROWS]))
    told = Text(f" ({rows})", f"（{rows}）") if rows else Text("", "")
    return F006.at(
        layer, rows, what_en=what.en + told.en, what_zh=what.zh + told.zh, fix_en=fix.en, fix_zh=fix.zh
    )  # fmt: skip


def _shape(frame: gpd.GeoDataFrame) -> str:
    kinds = frame.geometry.dropna().geom_type.str.lower().str.removeprefix("multi")
    return SHAPES.get(str(kinds.mode().iloc[0]), "") if len(kinds) else ""


def _bounds(frame: gpd.GeoDataFrame) -> tuple[float, float, float, float] | None:
    west, south, east, north = (float(value) for value in frame.total_bounds)
    return (west, south, east, north) if np.isfinite([west, south, east, north]).all() else None


def _numbers(bounds: tuple[float, float, float, float] | None) -> Text:
    if bounds is None:
        return Text("no coordinates", "没有坐标")
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    readings = looks_like(x, y, None)
    return readings[0].words if readings else Text("no system known here", "不是已知坐标系")


def _place(crs: CRS, bounds: tuple[float, float, float, float]) -> Text:
    """Where the numbers are, when they fit what is stated."""
    west, south, east, north = degrees_of(crs, np.array([bounds]))[0]
    return Text(
        f"fit: longitude {west:.3f} to {east:.3f}, latitude {south:.3f} to {north:.3f}",
        f"相符：经度 {west:.3f} 至 {east:.3f}，纬度 {south:.3f} 至 {north:.3f}",
    )


def _column(values: pd.Series) -> ColumnReport:
    kind = (
        "text"
        if values.dtype == object or str(values.dtype) in ("str", "string")
        else str(values.dtype)
    )
    return ColumnReport(str(values.name), kind, int(values.notna().sum()), int(values.nunique()))


def _odd_shapes(frame: gpd.GeoDataFrame, layer: str) -> list[dict[str, Any]]:
    shapes = np.asarray(frame.geometry, dtype=object)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    found = [F008.at(layer, "", n=int(missing.sum()))] if missing.any() else []
    some = shapes[~missing][:MOST_CHECKED]
    wrong = some[~shapely.is_valid(some)]
    if len(wrong):
        found.append(F009.at(layer, "", n=len(wrong), reason=shapely.is_valid_reason(wrong[0])))
    return found


def _odd_columns(
    table: pd.DataFrame, mapping: Mapping[str, str], layer: str
) -> list[dict[str, Any]]:
    found = [
        F007.at(layer, "", column=name) for name in table.columns if PERSONAL.search(str(name))
    ]
    for ours in ("district_code", "building_id"):
        theirs = mapping.get(ours)
        if theirs is None:
            continue
        values = table[theirs].dropna()
        repeated = int(values.duplicated().sum())
        if repeated:
            found.append(F010.at(layer, "", column=theirs, n=repeated))
        if ours == "district_code" and pd.api.types.is_float_dtype(values):
            found.append(F011.at(layer, "", column=theirs))
    return found
