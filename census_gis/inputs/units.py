"""Counties and townships: their names for every title, and whether the districts belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.columns import as_text
from census_gis.inputs.layers import Cases, Ground, read_layer, read_table
from census_gis.inputs.nearest_code import COUNTY_DIGITS, TOWNSHIP_DIGITS, fewest_other_digits
from census_gis.inputs.open import has_shapes
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import Profile
from census_gis.tables import conform, names

__all__ = ["check_units", "read_units"]

LEVELS = {
    "county": ("county", "县级", "县", "区", "市", "旗", "区县", "县区"),
    "township": ("township", "乡级", "乡", "镇", "街道", "乡镇", "乡镇街道", "town", "street"),
}  # fmt: skip
LEVEL_WORDS = {"county": Text("county", "县级"), "township": Text("township", "乡级")}
BY_DIGITS = {COUNTY_DIGITS: "county", TOWNSHIP_DIGITS: "township"}

NO_UNIT = Kind(
    "D131", "error",
    Text("district {code}: its code begins with that of no {level} of the units{near}.",
         "普查区 {code}：其代码不属于任何已列{level_zh}单位{near_zh}。"),
    Text("correct the district's code, or add the {level} to [inputs.units].",
         "请更正普查区代码，或在 [inputs.units] 中补充该{level_zh}单位。"),
)  # fmt: skip
PARTLY_OUT = Kind(
    "D132", "warning",
    Text("district {code} reaches {m2:,.0f} m2 beyond its {level} {unit}, by more than {snap:g} m.",
         "普查区 {code} 超出所属{level_zh}单位 {unit} 的范围 {m2:,.0f} 平方米，宽度超过 {snap:g} 米。"),
    Text("settle which line is right: that of the district or that of the {level}.",
         "请核实以普查区界线还是{level_zh}界线为准。"),
)  # fmt: skip
OUTSIDE = Kind(
    "D133", "error",
    Text("district {code} lies for the most part outside its {level} {unit}.",
         "普查区 {code} 大部分位于所属{level_zh}单位 {unit} 之外。"),
    Text("correct its code or its place.", "请更正其代码或位置。"),
)  # fmt: skip


def read_units(
    sources: Source | Sequence[Source], profile: Profile, ground: Ground
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Table UNITS with a geometry column: areas in the project's CRS where the file has any, else None.

    Levels may be written in Chinese; without them, under the statistical division code, the digits of the code say
    them. Codes padded with zeros lose them.

    Raises
    ------
    InputError
        If a level is unknown, a code or name is missing, or a code occurs twice.
    """
    listed = [sources] if isinstance(sources, Source) else list(sources)
    frames, cases = [], []
    for source in listed:
        frame, told = _one(source, profile, ground)
        frames.append(frame)
        cases += told
    table = pd.concat(frames, ignore_index=True)
    where = listed[0].label
    shape = np.asarray(table["geometry"], dtype=object)
    plain = conform(table.drop(columns="geometry"), "UNITS")
    twice = sorted(set(plain.loc[plain["code"].duplicated(), "code"]))
    if twice:
        raise InputError(
            Text(f"{len(twice)} unit codes occur in several rows.", f"{len(twice)} 个单位代码重复出现。"),
            where=where, rows=twice,
            fix=Text("keep one row of each unit; several areas make one MultiPolygon.",
                     "每个单位只保留一行；多块范围请合并为多部件面。"),
        )  # fmt: skip
    shaped = gpd.GeoDataFrame(plain, geometry=gpd.GeoSeries(shape, crs=ground.crs))
    return shaped.sort_values(["code", "level"], ignore_index=True), cases


def check_units(
    districts: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, snap_m: float
) -> tuple[pd.DataFrame, Cases]:
    """Whether every district belongs to a unit of each level that is given, by its code and by its place.

    Parameters
    ----------
    districts : table DISTRICTS
    units
        As `read_units` returns it.
    snap_m
        A district may reach this far over the line of its unit [m].

    Returns
    -------
    Table UNITS without areas, only the units that hold districts; and findings.
    """
    cases: Cases = []
    used: set[str] = set()
    for level in LEVELS:
        of_level = units[units["level"] == level]
        if not len(of_level):
            continue
        home = [_home(code, of_level["code"]) for code in districts["district_code"]]
        cases += _without(districts, home, of_level, level)
        cases += _beyond(districts, home, of_level, snap_m)
        used |= {code for code in home if code}
    kept = units[units["code"].isin(used)].reset_index(drop=True)
    return pd.DataFrame(kept.drop(columns="geometry")), cases


def _one(source: Source, profile: Profile, ground: Ground) -> tuple[pd.DataFrame, Cases]:
    """Units of one file, with their areas where it has any."""
    frame, cases = read_table("units", source, names("UNITS"), audience="context")
    chinese = profile["code.scheme"] == "cn"
    for name in names("UNITS"):
        if name in frame:
            frame[name] = as_text(frame[name])
    if "code" in frame and chinese:
        frame["code"] = [None if code is None else _short(code) for code in frame["code"]]
    frame["level"] = _levels(frame, source, chinese=chinese)
    frame["geometry"] = None
    if has_shapes(source):
        shaped, told = read_layer("units", source, names("UNITS"), ground=ground, wanted="area")
        at = dict(zip(shaped["_row"], shaped.geometry, strict=True))
        frame["geometry"] = np.array([at.get(row) for row in frame["_row"]], dtype=object)
        cases += told
    return frame.drop(columns=["_row", "_key"]), cases


def _short(code: str) -> str:
    """A code without the zeros that fill it up to the village level."""
    if len(code) == COUNTY_DIGITS + 6 and code.endswith("000000"):
        return code[:COUNTY_DIGITS]
    return (
        code[:TOWNSHIP_DIGITS]
        if len(code) == TOWNSHIP_DIGITS + 3 and code.endswith("000")
        else code
    )


def _levels(frame: pd.DataFrame, source: Source, *, chinese: bool) -> list[str]:
    """Level of each unit, county or township."""
    said = frame["level"] if "level" in frame else [None] * len(frame)
    codes = frame["code"] if "code" in frame else [None] * len(frame)
    word_of = {word: level for level, words in LEVELS.items() for word in words}
    found = [
        BY_DIGITS.get(len(code or ""))
        if word is None and chinese
        else word_of.get(str(word).lower())
        for word, code in zip(said, codes, strict=True)
    ]
    lost = [str(row + 1) for row, level in zip(frame["_row"], found, strict=True) if level is None]
    if lost:
        raise InputError(
            Text(f"{len(lost)} units are neither county nor township.", f"{len(lost)} 个单位既非县级也非乡级。"),
            where=source.label, rows=lost,
            fix=Text("write county or township into the column level.", "请在 level 字段填写“县级”或“乡级”。"),
        )  # fmt: skip
    return [level for level in found if level is not None]


def _home(code: str, among: pd.Series) -> str:
    """The longest unit code that the district's code begins with, '' for none."""
    return max((unit for unit in among if code.startswith(unit)), key=len, default="")


def _without(
    districts: gpd.GeoDataFrame, home: Sequence[str], units: gpd.GeoDataFrame, level: str
) -> Cases:
    pool = units["code"].to_numpy(dtype=object)
    called = units.set_index("code")["name"]
    cases: Cases = []
    for code, unit, shape in zip(districts["district_code"], home, districts.geometry, strict=True):
        if unit:
            continue
        near = fewest_other_digits(code[: len(pool[0])], pool)
        hint = f"{near} {called[near]}" if near else ""
        cases.append(NO_UNIT.at(
            "districts", code, shape, code=code, level=LEVEL_WORDS[level].en, level_zh=LEVEL_WORDS[level].zh,
            near=f"; the nearest is {hint}" if hint else "", near_zh=f"，最接近的是 {hint}" if hint else "",
        ))  # fmt: skip
    return cases


def _beyond(
    districts: gpd.GeoDataFrame, home: Sequence[str], units: gpd.GeoDataFrame, snap_m: float
) -> Cases:
    """Districts that reach over the line of their unit by more than `snap_m`."""
    area: dict[str, Any] = dict(zip(units["code"], units.geometry, strict=True))
    called = units.set_index("code")["name"]
    cases: Cases = []
    for code, unit, shape in zip(districts["district_code"], home, districts.geometry, strict=True):
        if not unit or area[unit] is None:
            continue
        rest = shapely.difference(shape, area[unit])
        wide = shapely.buffer(rest, -snap_m / 2, join_style="mitre")
        if shapely.is_empty(wide):
            continue
        kind = OUTSIDE if rest.area > shape.area / 2 else PARTLY_OUT
        level = LEVEL_WORDS[units["level"].iloc[0]]
        cases.append(kind.at(
            "districts", code, rest, code=code, unit=f"{unit} {called[unit]}", m2=rest.area, snap=snap_m,
            level=level.en, level_zh=level.zh,
        ))  # fmt: skip
    return cases
