"""Corrections from the field, as they come: spreadsheets, a GeoPackage from QField, submissions of ODK.

What a column is called is told by its name in either language; what a value means too. A value that cannot be read is
a fault of its row, which is refused later; the other rows go on. Identity data stops the whole file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from census_gis.errors import InputError
from census_gis.field.headings import called, texts_of
from census_gis.inputs.columns import numbers
from census_gis.inputs.door import check
from census_gis.inputs.layers import Ground, read_layer
from census_gis.inputs.open import has_shapes, open_rows
from census_gis.inputs.privacy import refuse_identity
from census_gis.inputs.sources import Source
from census_gis.language import Text

__all__ = ["MEASURES", "TEXTS", "read_corrections"]

TEXTS = ("kind", "building_id", "use", "name", "address", "who", "when", "reference")
MEASURES = ("persons", "persons_away", "households", "dwellings", "doors", "floors")
# Our column: what it is called elsewhere (small letters, no spaces), the last part of a grouped name too.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind", "change", "type", "correction", "变动类型", "更正类型", "变化类型", "核查结果", "类型", "情况"),
    "building_id": ("building_id", "building", "buildingid", "建筑物标识", "建筑编号", "建筑物编号", "楼栋编号", "房屋编号"),
    "persons": ("persons", "population", "人数", "人口数", "登记人数", "应登记人数", "核实人数"),
    "persons_away": ("persons_away", "away", "人户分离", "人户分离人数", "外出人数"),
    "households": ("households", "户数", "总户数"), "dwellings": ("dwellings", "units", "套数", "住房套数", "住房"),
    "doors": ("doors", "单元数", "单元"), "floors": ("floors", "levels", "层数", "楼层数"),
    "use": ("use", "用途", "房屋用途"), "name": ("name", "名称", "楼名", "建筑名称"), "address": ("address", "地址", "门牌号", "坐落"),
    "who": ("who", "found_by", "submittername", "username", "核查人", "上报人", "填报人", "经办人", "更正人"),
    "when": ("when", "date", "today", "submissiondate", "日期", "核查日期", "上报日期", "时间"),
    "reference": ("reference", "ref", "instanceid", "key", "__id", "凭据", "凭据编号", "依据", "单号", "表号"),
    "part_id": ("part_id",), "ea_code": ("ea_code", "小区代码", "普查小区代码"),
    "x": ("x", "lon", "lng", "longitude", "经度"), "y": ("y", "lat", "latitude", "纬度"),
    "shape": ("shape", "footprint", "outline", "location", "point", "位置", "轮廓", "范围"),
}  # fmt: skip
KINDS: Mapping[str, tuple[str, ...]] = {
    "new": ("new", "added", "built", "新增", "新建", "新增建筑", "增加"),
    "gone": ("gone", "demolished", "removed", "deleted", "拆除", "已拆除", "灭失", "消失", "不存在", "删除"),
    "moved": ("moved", "shifted", "移位", "位置更正", "移动"),
    "counts": ("counts", "count", "changed", "人数变化", "数量变化", "人数更正", "计数更正", "变更", "更正"),
}  # fmt: skip
# Our use classes: what else they are called.
USES: Mapping[str, tuple[str, ...]] = {
    "residential": ("住宅", "居住"), "mixed": ("商住", "商住混合", "混合"), "group_quarters": ("集体宿舍", "集体住所", "宿舍"),
    "commercial": ("商业",), "industrial": ("工业", "厂房"), "public": ("公共", "公建"), "other": ("其他",), "unknown": ("不明",),
}  # fmt: skip
WORDS = {word: ours for table in (KINDS, USES) for ours, theirs in table.items() for word in (ours, *theirs)}  # fmt: skip
MOST_DEGREES = (180.0, 90.0)
LONLAT = "EPSG:4326"  # of ODK and of plain longitude and latitude
LARGEST_JSON = 200 * 2**20  # bytes


def read_corrections(
    file: Path, *, ground: Ground, layer: str | None = None
) -> gpd.GeoDataFrame:  # fmt: skip
    """Rows of a file of corrections.

    Parameters
    ----------
    file
        XLSX, CSV, any vector file, or JSON as ODK Central exports it.
    ground
        Where the plan lies.
    layer
        Layer or sheet, where there are several.

    Returns
    -------
    GeoDataFrame
        Columns of `ALIASES` without x, y and shape: texts (`kind` and `use` by our words where they are known), numbers (NaN
        for none), `row` (number in the file, from 1), `fault` (what of the row cannot be read, a Text or None),
        geometry in the plan's CRS, None where none was given.

    Raises
    ------
    InputError
        If the file cannot be used, holds identity data, or has no column that says what changed.
    """
    source = Source(file, layer=layer)
    frame, shapes = _submissions(file) if _is_json(file) else _rows(source, ground)
    known = called(frame.columns, ALIASES)
    who = [known["who"]] if "who" in known else []  # may hold a name
    refuse_identity(frame, where=source.label, audience="people", allowed=who)
    if "kind" not in known and "part_id" not in known:
        raise InputError(
            Text("there is no column kind: it does not say what changed.", "没有 kind（变动类型）列：未说明有何变动。"),
            where=source.label,
            fix=Text("give columns kind (new, gone, moved, counts), building_id, persons, households, who, when, reference; "
                     "or a copy of dwelling_parts edited on the spot.",
                     "请提供 kind（新增、拆除、移位、人数变化）、building_id、persons、households、who、when、reference 等列；"
                     "或提供现场编辑过的 dwelling_parts 副本。"),
        )  # fmt: skip
    table = texts_of(frame, ALIASES)
    table["row"] = np.arange(1, len(table) + 1)
    table["fault"] = None
    for name in ("kind", "use"):
        table[name] = [_word(text) for text in table[name]]
    table["when"] = [None if text is None else text[:10] for text in table["when"]]
    _numbers(table)
    drawn = _drawn(table, shapes, ground)
    table = table.drop(columns=["x", "y", "shape"])
    return gpd.GeoDataFrame(table, geometry=drawn, crs=ground.crs)


def _is_json(file: Path) -> bool:
    """Whether a file is JSON but no GeoJSON."""
    if file.suffix.lower() != ".json" or not file.is_file():
        return False
    if file.stat().st_size > LARGEST_JSON:
        raise _odd(file, Text("is larger than 200 MB.", "超过 200 MB。"))
    with file.open("rb") as stream:
        return b'"FeatureCollection"' not in stream.read(4096)


def _submissions(file: Path) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """Submissions of ODK Central: a list of records, or an answer of OData (`value`), groups flattened."""
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise _odd(file, Text(f"is no valid JSON: {error}", f"不是有效的 JSON：{error}")) from error
    records = found.get("value") if isinstance(found, Mapping) else found
    if not isinstance(records, list) or not all(isinstance(one, Mapping) for one in records):
        raise _odd(file, Text("is no list of submissions.", "不是提交记录的列表。"))
    flat = [_flat(one, "") for one in records]
    shapes = np.array([next((v for v in row.values() if isinstance(v, shapely.Geometry)), None) for row in flat] or [None],
                      dtype=object)[: len(flat)]  # fmt: skip
    names = list(dict.fromkeys(name for row in flat for name in row))
    rows = [
        {n: None if isinstance(row.get(n), shapely.Geometry) else row.get(n) for n in names}
        for row in flat
    ]
    return pd.DataFrame(rows, columns=names, dtype=object), shapes


def _flat(record: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """A record of groups within groups as one row; a GeoJSON shape is a shape."""
    out: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping) and {"type", "coordinates"} <= value.keys():
            out[f"{prefix}{name}"] = _geojson(value)
        elif isinstance(value, Mapping):
            out |= _flat(value, f"{prefix}{name}-")
        elif not isinstance(value, list):
            out[f"{prefix}{name}"] = value
    return out


def _geojson(value: Mapping[str, Any]) -> shapely.Geometry | None:
    try:
        found = shapely.force_2d(shapely.from_geojson(json.dumps(value)))
    except (shapely.errors.GEOSException, ValueError):
        return None
    return shapely.Polygon(found.coords) if _closed(found) else found


def _closed(shape: shapely.Geometry) -> bool:
    """Whether a line walked on the spot is an outline."""
    return shape.geom_type == "LineString" and len(shape.coords) > 3 and bool(shape.is_ring)


def _rows(source: Source, ground: Ground) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """All rows of a table or layer, and their shapes in the plan's CRS."""
    check(source.file)
    frame = open_rows(source).frame
    shapes = np.full(len(frame), None, dtype=object)
    if has_shapes(source):
        kept = replace(source, columns={})
        drawn, _ = read_layer("corrections", kept, [], ground=ground, wanted="any")
        place = {row: at for at, row in enumerate(frame["_row"].tolist())}
        for row, shape in zip(drawn["_row"], drawn.geometry, strict=True):
            shapes[place[row]] = shape
    return frame.drop(columns="_row").reset_index(drop=True), shapes


def _word(text: str | None) -> str | None:
    return None if text is None else WORDS.get(text.strip().lower(), text.strip().lower())


def _numbers(table: pd.DataFrame) -> None:
    """Measures as numbers; what is none is a fault of the row."""
    keyed = table.assign(_key=table["row"].astype(str))
    for name in MEASURES:
        texts = table[name].to_numpy(object)
        kind: Literal["count", "measure"] = "measure" if name == "floors" else "count"
        value, _ = numbers(keyed, name, kind, layer="corrections", least=0)
        for at in np.flatnonzero(pd.notna(texts) & np.isnan(value)):
            table.at[at, "fault"] = Text(
                f"{name} “{texts[at]}” is no number of 0 or more",
                f"{name} 的值“{texts[at]}”不是不小于 0 的数",
            )
        table[name] = value


def _drawn(table: pd.DataFrame, shapes: NDArray[np.object_], ground: Ground) -> NDArray[np.object_]:
    """Shapes in the plan's CRS: drawn ones, ODK's texts of points and outlines, columns x and y."""
    out = shapes.copy()
    turn = Transformer.from_crs(LONLAT, ground.crs, always_xy=True)
    for at, (text, x, y) in enumerate(table[["shape", "x", "y"]].itertuples(index=False)):
        shape = out[at]
        if shape is not None and _in_degrees(shape):
            out[at] = _turned(shape, turn)
        elif shape is None and text is not None:
            found = _spoken(text)
            if found is None:
                table.at[at, "fault"] = Text(f"the place “{text[:40]}” cannot be read", f"位置“{text[:40]}”无法读取")  # fmt: skip
            else:
                out[at] = _turned(found, turn)
        elif shape is None and x is not None and y is not None:
            out[at] = _at(table, at, (x, y), turn)
    return out


def _at(
    table: pd.DataFrame, at: int, place: tuple[str, str], turn: Transformer
) -> shapely.Geometry | None:
    try:
        point = shapely.Point(*(float(text) for text in place))
    except ValueError:
        table.at[at, "fault"] = Text(f"x and y are no numbers ({place[0]}, {place[1]})", f"x、y 不是数字（{place[0]}、{place[1]}）")  # fmt: skip
        return None
    return _turned(point, turn) if _in_degrees(point) else point


def _in_degrees(shape: shapely.Geometry) -> bool:
    """Whether a shape can only be in longitude and latitude: a plan in metres is nowhere near."""
    left, low, right, high = shape.bounds
    return (
        max(abs(left), abs(right)) <= MOST_DEGREES[0]
        and max(abs(low), abs(high)) <= MOST_DEGREES[1]
    )


def _spoken(text: str) -> shapely.Geometry | None:
    """``lat lon alt acc; …`` of ODK, or well-known text, in longitude and latitude; None for neither."""
    if text.lstrip().upper().startswith(("POINT", "POLYGON", "LINESTRING")):
        try:
            found = shapely.force_2d(shapely.from_wkt(text))
        except shapely.errors.GEOSException:
            return None
        return shapely.Polygon(found.coords) if _closed(found) else found
    try:
        spots = [
            tuple(map(float, part.split()[:2]))[::-1] for part in text.split(";") if part.strip()
        ]
    except ValueError:
        return None
    if not spots or any(len(spot) != 2 for spot in spots):
        return None
    return shapely.Point(spots[0]) if len(spots) < 3 else shapely.Polygon(spots)


def _turned(shape: shapely.Geometry, turn: Transformer) -> shapely.Geometry:
    """A shape from longitude and latitude into the plan's CRS."""
    return shapely.transform(shape, lambda at: np.column_stack(turn.transform(at[:, 0], at[:, 1])))


def _odd(file: Path, what: Text) -> InputError:
    return InputError(
        what, where=file.name,
        fix=Text("export the submissions again from ODK Central (CSV or JSON).",
                 "请从 ODK Central 重新导出提交记录（CSV 或 JSON）。"),
    )  # fmt: skip
