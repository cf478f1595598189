"""The only place that opens files of the user: vector layers, tables and images, alone or in an archive."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from census_gis.errors import ConfigError, InputError
from census_gis.inputs.archive import Member, members
from census_gis.inputs.door import Checked
from census_gis.inputs.dxf import DXF_READER
from census_gis.inputs.kml import KML_READER
from census_gis.inputs.osm import OSM_READER
from census_gis.inputs.parquet import PARQUET_READER
from census_gis.inputs.rasters import IMAGES, open_raster
from census_gis.inputs.raw import LayerInfo, Reader, plain_shapes, plain_values
from census_gis.inputs.sheets import OpenedTable, read_rows, sheet_names
from census_gis.inputs.sources import Source
from census_gis.inputs.vectors import GDAL_READER
from census_gis.language import Text

__all__ = [
    "LayerInfo",
    "Opened",
    "has_shapes",
    "layers",
    "open_raster",
    "open_rows",
    "open_table",
    "open_vector",
]

TABLES = ("CSV", "XLSX")
READERS: Mapping[str, Reader] = {
    "GPKG": GDAL_READER, "ESRI Shapefile": GDAL_READER, "GeoJSON": GDAL_READER,
    "OpenFileGDB": GDAL_READER, "FlatGeobuf": GDAL_READER, "KML": KML_READER, "DXF": DXF_READER,
    "OSM": OSM_READER, "Parquet": PARQUET_READER,
}  # fmt: skip


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


@dataclass(frozen=True)
class _Choice:
    """One layer that can be asked for: its name in the project file, and where it is."""

    name: str
    kind: str | None
    member: Member
    layer: str


def layers(path: Path) -> list[LayerInfo]:
    """All layers of a vector file or archive, in the file's order; tables in it as layers without shapes.

    Raises
    ------
    InputError
        When the file cannot be opened (see `census_gis.inputs.door.check`), or is a single table or image.
    """
    with members(path) as files:
        if not files.packed:
            _require_layers(files.all[0].checked)
        names = {(one.member.shown, one.layer): one.name for one in _choices(files.all, None)}
        return [
            replace(info, name=names[member.shown, info.name])
            for member in files.all
            for info in _infos(member.checked)
        ]


def open_vector(source: Source) -> Opened:
    """One layer with its geometries.

    Raises
    ------
    InputError
        File, layer or column missing, damaged, disguised or too large; texts in no known encoding.
    """
    with members(source.file) as files:
        if files.all[0].checked.driver == "CSV" and not files.packed:
            return _points(source)
        if not files.packed:
            _require_layers(files.all[0].checked)
        choice = _choose(files.all, source)
        checked = choice.member.checked
        if checked.driver in TABLES:
            raise _no_shapes(source.label)
        raw = READERS[checked.driver].read(checked, choice.layer, source, True)
    if not isinstance(raw.frame, gpd.GeoDataFrame):
        raise _no_shapes(source.label)
    shapes, more = plain_shapes(raw.frame.geometry, source.label)
    table = plain_values(pd.DataFrame(raw.frame.drop(columns=raw.frame.geometry.name)))
    table["_row"] = np.arange(len(table), dtype=np.int64)
    kept = gpd.GeoDataFrame(table, geometry=shapes)
    kept = kept[_where(table, source)].reset_index(drop=True)
    found = [*files.findings, *raw.findings, *more]
    return Opened(kept, raw.encoding, raw.stated_crs, checked.driver, choice.name, found)


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
    with members(source.file) as files:
        first = files.all[0].checked
        if first.driver in IMAGES:
            raise _no_layers(first)
        if first.driver in TABLES and not files.packed:
            opened = read_rows(first.path, first.driver, layer=source.layer, stated=source.encoding)
        else:
            opened = _table(_choose(files.all, source, need_shapes=False), source)
    frame = opened.frame
    frame["_row"] = np.arange(len(frame), dtype=np.int64)
    frame = frame[_where(frame, source)].reset_index(drop=True)
    return OpenedTable(frame, opened.encoding, [*files.findings, *opened.findings])


def has_shapes(source: Source) -> bool:
    """Whether any row has a shape: none has in a table, nor in a layer whose shapes are all missing.

    Raises
    ------
    InputError
        As `open_vector`.
    """
    with members(source.file) as files:
        if not files.packed and files.all[0].checked.driver in TABLES:
            return False
        if _choose(files.all, source, need_shapes=False).kind is None:
            return False
    shapes = open_vector(source).frame.geometry
    return bool((~(shapes.isna() | shapes.is_empty)).any())


def _table(choice: _Choice, source: Source) -> OpenedTable:
    checked = choice.member.checked
    if checked.driver in TABLES:
        return read_rows(checked.path, checked.driver, layer=choice.layer, stated=source.encoding)
    raw = READERS[checked.driver].read(checked, choice.layer, source, False)
    frame = pd.DataFrame(raw.frame)
    if isinstance(raw.frame, gpd.GeoDataFrame):
        frame = frame.drop(columns=raw.frame.geometry.name)
    return OpenedTable(plain_values(frame), raw.encoding, raw.findings)


def _infos(checked: Checked) -> list[LayerInfo]:
    """Layers of one file."""
    if checked.driver in TABLES:
        return [LayerInfo(name, None, 0, (), None) for name, _ in _names(checked, None)]
    return READERS[checked.driver].layers(checked)


def _names(checked: Checked, encoding: str | None) -> list[tuple[str, str | None]]:
    if checked.driver == "CSV":
        return [(checked.path.stem, None)]
    if checked.driver == "XLSX":
        return [(name, None) for name in sheet_names(checked.path)]
    return READERS[checked.driver].names(checked, encoding)


def _choices(files: tuple[Member, ...], encoding: str | None) -> list[_Choice]:
    """All layers; where two files of an archive have a layer of one name, the file's name goes before it."""
    listed = [(file, name, kind) for file in files for name, kind in _names(file.checked, encoding)]
    plain = [name for _, name, _ in listed]
    return [
        _Choice(name if plain.count(name) == 1 else f"{file.shown}/{name}", kind, file, name)
        for file, name, kind in listed
    ]


def _choose(files: tuple[Member, ...], source: Source, *, need_shapes: bool = True) -> _Choice:
    """The layer to read: the one named, else the only one."""
    listed = _choices(files, source.encoding)
    names = [one.name for one in listed]
    if source.layer is not None:
        for one in listed:
            if one.name == source.layer:
                return one
        near = difflib.get_close_matches(source.layer, names, n=1, cutoff=0.0)
        raise InputError(
            Text(f"there is no layer '{source.layer}'.", f"没有名为“{source.layer}”的图层。"),
            where=source.file.name,
            fix=Text(f"the nearest is '{near[0] if near else ''}'; the file has: {', '.join(names)}.",
                     f"最接近的是“{near[0] if near else ''}”；文件中的图层：{'、'.join(names)}。"),
        )  # fmt: skip
    fitting = [one for one in listed if one.kind is not None or not need_shapes]
    if len(fitting) != 1:
        shown = [one.name for one in fitting]
        raise InputError(
            Text(f"the file has {len(fitting)} layers to choose from.", f"文件有 {len(fitting)} 个可选图层。"),
            where=source.file.name,
            fix=Text(f'name one: layer = "…" in the project, --layer on the command line ({", ".join(shown)}).',
                     f'请指定一个：项目文件中写 layer = "…"，命令行用 --layer（{"、".join(shown)}）。'),
        )  # fmt: skip
    return fitting[0]


def _require_layers(checked: Checked) -> None:
    if checked.driver in TABLES + IMAGES:
        raise _no_layers(checked)


def _no_layers(checked: Checked) -> InputError:
    return InputError(
        Text(f"a {checked.driver} file holds no shapes.", f"{checked.driver} 文件不含几何。"),
        where=checked.path.name,
        fix=Text("give a GeoPackage, shapefile or GeoJSON.", "请提供 GeoPackage、Shapefile 或 GeoJSON。"),
    )  # fmt: skip


def _no_shapes(label: str) -> InputError:
    return InputError(
        Text("the layer has no geometry.", "该图层没有几何。"),
        where=label, fix=Text("name another layer.", "请指定其他图层。"),
    )  # fmt: skip


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
    shapes, found = plain_shapes(gpd.GeoSeries(shapes), source.label)
    frame = gpd.GeoDataFrame(rows.frame, geometry=shapes)
    return Opened(frame, rows.encoding, None, "CSV", source.file.stem, rows.findings + found)
