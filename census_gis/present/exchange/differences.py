"""What a plan and what was issued do not agree on: number, name, code and area of units (差异说明)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.language import Text
from census_gis.present.exchange.source import is_missing
from census_gis.present.exchange.upward import Levels

__all__ = ["LEVELS", "Difference", "Issued", "compare", "compared_areas"]

LEAST_M2 = 0.5  # smaller differences of area are traces of arithmetic (law 1 of a plan)
LEVELS = {
    "township": Text("township", "乡级"), "district": Text("census district", "普查区"),
    "ea": Text("enumeration area", "普查小区"),
}  # fmt: skip
NOTHING = Text("", "")
AREA_COLUMNS = (
    "level", "code", "name", "ours_m2", "issued_m2", "difference_m2", "percent", "apart_m2",
)  # fmt: skip
LISTED, DRAWN = Text("code list", "代码表"), Text("issued polygons", "下发图层")


@dataclass(frozen=True)
class Issued:
    """What the office was given to compare with; either may be absent.

    Attributes
    ----------
    codes
        `code`, `name` of the official list.
    polygons
        `code`, `name`, geometry, in the plan's coordinate system.
    remarks
        What was noticed while reading.
    """

    codes: pd.DataFrame | None = None
    polygons: gpd.GeoDataFrame | None = None
    remarks: tuple[Text, ...] = field(default=())


@dataclass(frozen=True)
class Difference:
    """One thing to explain: its level and kind, code and name, both values, and how far they differ."""

    level: str
    kind: Text
    source: Text
    code: str
    name: str
    ours: Text
    issued: Text
    difference: Text = NOTHING


def compare(levels: Levels, issued: Issued, areas: pd.DataFrame) -> list[Difference]:
    """All differences, by source, then level, then kind, then code.

    Parameters
    ----------
    areas
        What `compared_areas` has found.
    """
    found: list[Difference] = []
    for given, source in ((issued.codes, LISTED), (issued.polygons, DRAWN)):
        if given is not None:
            found += _of_source(levels, given, source)
    return [*found, *_of_areas(areas)]


def compared_areas(levels: Levels, polygons: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Area of each unit that was issued and is in the plan; no rows without polygons.

    Returns
    -------
    DataFrame
        `level`, `code`, `name`, `ours_m2`, `issued_m2`, `difference_m2` (ours - issued), `percent` of the
        issued, `apart_m2` (ground in only one of both).
    """
    if polygons is None:
        return pd.DataFrame(columns=list(AREA_COLUMNS))
    drawn = polygons.assign(code=_normal(polygons["code"], levels)).dissolve("code").geometry
    tables = [_areas_of(level, layer, drawn) for level, layer in _layers(levels).items()]
    return pd.concat(tables, ignore_index=True)


def _areas_of(level: str, layer: gpd.GeoDataFrame, drawn: gpd.GeoSeries) -> pd.DataFrame:
    own = layer[layer["code"].isin(drawn.index)]
    shapes, issued = own.geometry.to_numpy().copy(), drawn.loc[own["code"]].to_numpy()
    shapes[shapely.is_missing(shapes)] = shapely.Polygon()
    ours, theirs = own["area_m2"].fillna(0.0).to_numpy(float), shapely.area(issued)
    apart = shapely.area(shapely.symmetric_difference(shapes, issued))
    share = np.divide(ours - theirs, theirs, out=np.full(len(own), np.nan), where=theirs > 0)
    # Adding 0 makes -0 a plain 0.
    values = (level, own["code"].to_numpy(object), own["name"].fillna("").to_numpy(object), ours,
              theirs.round(2), (ours - theirs).round(2) + 0.0, (100 * share).round(4) + 0.0, apart.round(2))  # fmt: skip
    return pd.DataFrame(dict(zip(AREA_COLUMNS, values, strict=True)))


def _layers(levels: Levels) -> dict[str, gpd.GeoDataFrame]:
    return {"township": levels.township, "district": levels.district, "ea": levels.ea}


def _of_source(levels: Levels, given: pd.DataFrame, source: Text) -> Iterator[Difference]:
    """Number, code and name against one list; only levels the list has, only townships of the plan."""
    codes = _normal(given["code"], levels)
    towns = tuple(levels.township["code"])
    names = {code: _plain(name) for code, name in zip(codes, given["name"], strict=True)
             if code.startswith(towns)}  # fmt: skip
    many = pd.Series(codes)[lambda each: each.str.startswith(towns)].value_counts()
    for level, layer in _layers(levels).items():
        ours = {code: _plain(name) for code, name in zip(layer["code"], layer["name"], strict=True)}
        if level == "ea":
            ours |= {code: _plain(name) for code, name in
                     zip(levels.bare["ea_code"], levels.bare["name"], strict=True)}  # fmt: skip
        lengths = {len(code) for code in ours}
        theirs = {code: name for code, name in names.items() if len(code) in lengths}
        if not theirs:
            continue
        yield from _of_level(level, ours, theirs, source)
        for code in sorted(code for code in theirs if source is LISTED and many[code] > 1):
            yield Difference(level, CODE, source, code, theirs[code], Text("once", "一次"),
                             Text(f"listed {many[code]} times", f"列出 {many[code]} 次"))  # fmt: skip


NUMBER, CODE = Text("number", "数量"), Text("code", "代码")
NAME, AREA = Text("name", "名称"), Text("area", "面积")
NONE = Text("-", "—")


def _of_level(
    level: str, ours: Mapping[str, str], theirs: Mapping[str, str], source: Text
) -> Iterator[Difference]:
    if len(ours) != len(theirs):
        yield Difference(level, NUMBER, source, "", "", Text(str(len(ours)), str(len(ours))),
                         Text(str(len(theirs)), str(len(theirs))), Text(*[f"{len(ours) - len(theirs):+d}"] * 2))  # fmt: skip
    for code in sorted(set(ours) ^ set(theirs)):
        mine = code in ours
        has, lacks = Text(code, code), NONE
        name = ours[code] if mine else theirs[code]
        yield Difference(
            level, CODE, source, code, name, has if mine else lacks, lacks if mine else has
        )
    for code in sorted(set(ours) & set(theirs)):
        one, other = ours[code], theirs[code]
        if other and unicodedata.normalize("NFKC", one) != unicodedata.normalize("NFKC", other):
            yield Difference(
                level, NAME, source, code, one, Text(one or "-", one or "—"), Text(other, other)
            )


def _of_areas(areas: pd.DataFrame) -> Iterator[Difference]:
    for row in areas.itertuples(index=False):
        if max(abs(row.difference_m2), row.apart_m2) <= LEAST_M2:
            continue
        percent = "" if is_missing(row.percent) else f" ({row.percent:+.4f} %)"
        yield Difference(
            row.level, AREA, DRAWN, row.code, row.name, _square(row.ours_m2), _square(row.issued_m2),
            Text(f"{row.difference_m2:+,.2f} m²{percent}; ground in only one: {row.apart_m2:,.2f} m²",
                 f"{row.difference_m2:+,.2f} 平方米{percent}；不重合 {row.apart_m2:,.2f} 平方米"),
        )  # fmt: skip


def _square(area: float) -> Text:
    return Text(f"{area:,.2f} m²", f"{area:,.2f} 平方米")


def _normal(codes: pd.Series, levels: Levels) -> list[str]:
    """Codes as the plan writes them: 310118001000 is township 310118001."""
    towns, districts = set(levels.township["code"]), set(levels.district["code"])
    plain = [_plain(code) for code in codes]
    return [code.removesuffix("000") if code not in districts and code.removesuffix("000") in towns
            else code for code in plain]  # fmt: skip


def _plain(value: object) -> str:
    return "" if is_missing(value) else str(value).strip()
