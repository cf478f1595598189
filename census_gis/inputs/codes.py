"""Codes and names of districts: what their digits say, and what the official list says.

The statistical division code (profile rule ``code.scheme = "cn"``) has 12 digits: 6 of the county, 3 of the
township, 3 of the village level. What their ranges mean: Gansu bureau of statistics (township level), copies of
the coding rules (village level). In the 2023 edition of the national list 620,572 of 620,573 codes are in them.
A code that the official list holds is right whatever its digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.columns import rows_named, text_column
from census_gis.inputs.layers import Cases, read_table
from census_gis.inputs.nearest_code import (
    CODE_DIGITS,
    COUNTY_DIGITS,
    LAST,
    TOWNSHIP_DIGITS,
    hint,
    nearest_code,
    plausible,
    same_name,
)
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import Profile
from census_gis.tables import conform, names

__all__ = ["check_codes", "code_fault", "of_districts", "read_codes", "vintage"]

VIRTUAL = ("498", "598")  # the only village-level unit of a township without any

NOT_TWELVE = Kind(
    "D111", "error",
    Text("district code {code} is no statistical division code of 12 digits.",
         "普查区代码 {code} 不是 12 位统计用区划代码。"),
    Text("write all 12 digits{near}.", "请填写全部 12 位数字{near_zh}。"),
)  # fmt: skip
TOWNSHIP = Kind(
    "D112", "error",
    Text("district code {code}: its township part {part} is not among 001-599 (streets 001-099, towns 100-199, "
         "townships 200-399, other units 400-599).",
         "普查区代码 {code}：乡级码段 {part} 不在 001-599 之内（街道 001-099，镇 100-199，乡 200-399，类似乡级单位 400-599）。"),
    Text("correct digits 7 to 9{near}.", "请更正第 7 至 9 位{near_zh}。"),
)  # fmt: skip
VILLAGE = Kind(
    "D113", "error",
    Text("district code {code}: its village part {part} is not among 001-599 (residents' committees 001-199, "
         "village committees 200-399, units like them 400-499 and 500-599).",
         "普查区代码 {code}：村级码段 {part} 不在 001-599 之内（居委会 001-199，村委会 200-399，类似居委会 400-499，类似村委会 500-599）。"),
    Text("correct digits 10 to 12{near}.", "请更正第 10 至 12 位{near_zh}。"),
)  # fmt: skip
NOT_ALONE = Kind(
    "D114", "error",
    Text("district code {code} is that of a virtual village unit, but its township has {n} others ({others}).",
         "普查区代码 {code} 为虚拟村级单位，但该乡级单位另有 {n} 个村级单位（{others}）。"),
    Text("498 and 598 are for townships without any village-level unit: give its own code{near}.",
         "498、598 仅用于没有村级单位的乡级单位，请填写其自身代码{near_zh}。"),
)  # fmt: skip
NOT_LISTED = Kind(
    "D115", "error",
    Text("district {code} ({name}) is not in the official code list{vintage}.",
         "普查区 {code}（{name}）不在官方代码表{vintage_zh}中。"),
    Text("correct the code{near}, or give the list of the right date.",
         "请更正代码{near_zh}，或改用相应时点的代码表。"),
)  # fmt: skip
OTHER_NAME = Kind(
    "D116", "warning",
    Text("district {code} is called '{name}'; the official name is '{official}'.",
         "普查区 {code} 的名称为“{name}”，官方名称为“{official}”。"),
    Text("write '{official}': names in full, none short or popular.", "请改为“{official}”：应使用全称，不用简称或俗称。"),
)  # fmt: skip
NAMED = Kind(
    "D117", "note",
    Text("district {code} had no name; it is called '{official}' after the official code list.",
         "普查区 {code} 没有名称，已按官方代码表定名为“{official}”。"),
    Text("nothing, or write the name into the layer.", "无需处理，或将名称填入图层。"),
)  # fmt: skip
SAME_NAME = Kind(
    "D118", "warning",
    Text("{n} districts of township {township} have the name '{name}': {codes}.",
         "乡级单位 {township} 有 {n} 个普查区同名“{name}”：{codes}。"),
    Text("names are unique in a township: write the full name of each.", "同一乡级单位内名称不得重复，请分别填写全称。"),
)  # fmt: skip
NO_AREA = Kind(
    "D119", "warning",
    Text("{n} districts of township {township} are in the official code list but not among the districts: {codes}.",
         "乡级单位 {township} 有 {n} 个普查区列入官方代码表但图层中没有：{codes}。"),
    Text("add their areas, unless they are planned elsewhere.", "请补充其范围；如另行划分则无需处理。"),
)  # fmt: skip
NO_VINTAGE = Kind(
    "D120", "note",
    Text("the official code list does not say of which date it is.", "官方代码表未注明版本日期。"),
    Text('write vintage = "2020-06-30" under [inputs.codes].', '请在 [inputs.codes] 中写明 vintage = "2020-06-30"。'),
)  # fmt: skip


@dataclass(frozen=True)
class _Official:
    """The official list: names by code, those of the districts' counties, its edition."""

    names: pd.Series
    near: pd.Series
    edition: str

    @classmethod
    def of(cls, codes: pd.DataFrame, districts: gpd.GeoDataFrame) -> _Official:
        near = of_districts(codes, districts)
        return cls(codes.set_index("code")["name"], near.set_index("code")["name"], vintage(codes))

    def meant(self, code: str, name: str) -> dict[str, str]:
        """Words for the code that was meant: of the districts' counties, else of the whole list."""
        here = (
            bool(self.near.index.str.startswith(code[:COUNTY_DIGITS]).any())
            if len(self.near)
            else False
        )
        pool = self.near if here else self.names
        return hint(nearest_code(code, name, pool) or plausible(code), pool)


def read_codes(sources: Source | Sequence[Source], profile: Profile) -> tuple[pd.DataFrame, Cases]:
    """Table CODES: the official code list of village-level units, one row each, by code.

    Rows of higher levels (a township written with three zeros behind it) are left out.

    Raises
    ------
    InputError
        If a row has no code, codes occur twice, none has the length the profile asks for, or the list mixes editions.
    """
    listed = [sources] if isinstance(sources, Source) else list(sources)
    frames: list[pd.DataFrame] = []
    cases: Cases = []
    for source in listed:
        frame, told = read_table("codes", source, names("CODES"), audience="context")
        cases += told
        frames.append(_typed(frame, source))
    table = pd.concat(frames, ignore_index=True)
    where = listed[0].label
    _complete(table, where)
    if profile["code.scheme"] == "cn":
        table = _village_level(table, where)
    _editions(table, where)
    if not vintage(table):
        cases.append(NO_VINTAGE.at("codes"))
    return conform(table[names("CODES")], "CODES").sort_values("code", ignore_index=True), cases


def vintage(codes: pd.DataFrame) -> str:
    """Edition of a code list, '' where nobody said.

    Examples
    --------
    >>> vintage(pd.DataFrame({"vintage": ["2023", None]}))
    '2023'
    """
    known = sorted(codes["vintage"].dropna().unique())
    return str(known[0]) if known else ""


def code_fault(code: str) -> str:
    """What is wrong with the digits of a statistical division code: '', 'digits', 'township' or 'village'.

    Examples
    --------
    >>> [code_fault(code) for code in ("330603107200", "33060310720", "330603000200", "330603107600")]
    ['', 'digits', 'township', 'village']
    """
    if len(code) != CODE_DIGITS or not (code.isascii() and code.isdecimal()):
        return "digits"
    if not 1 <= int(code[COUNTY_DIGITS:TOWNSHIP_DIGITS]) <= LAST:
        return "township"
    return "" if 1 <= int(code[TOWNSHIP_DIGITS:]) <= LAST else "village"


def check_codes(
    districts: gpd.GeoDataFrame,
    codes: pd.DataFrame,
    profile: Profile,
    *,
    numbered: frozenset[str] = frozenset(),
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Compare districts with what their digits mean and with the official list.

    Parameters
    ----------
    districts : table DISTRICTS
        A name equal to the code stands for none.
    codes : table CODES
        Without rows where no list was given.
    profile
        Its ``code.scheme`` says what the digits mean.
    numbered
        Codes that the program gave to districts without one; there is nothing to compare.

    Returns
    -------
    The districts, names filled in from the list where they had none, and findings.
    """
    official = _Official.of(codes, districts)
    rows = districts[~districts["district_code"].isin(numbered)]
    chinese = profile["code.scheme"] == "cn"
    cases = _digits(rows, official) if chinese else []
    said = {case["row_key"] for case in cases}
    if chinese:
        cases += _same_names(rows)
    if not len(codes):
        return districts, cases
    lost = [not (code in official.names.index or code in said) for code in rows["district_code"]]
    cases += _unlisted(rows[lost], official)
    filled, told = _named(districts, rows.index, official.names)
    cases += told
    if chinese:
        cases += _without_area(rows, official.names)
    return filled, cases


def of_districts(codes: pd.DataFrame, districts: gpd.GeoDataFrame) -> pd.DataFrame:
    """The part of a code list that is about the districts' counties, or all where none is."""
    county = districts["district_code"].str[:COUNTY_DIGITS]
    near = codes["code"].str[:COUNTY_DIGITS].isin(set(county))
    return codes[near].reset_index(drop=True) if near.any() else codes


def _typed(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Texts as texts; the edition of the project file where rows have none."""
    for name in names("CODES"):
        frame[name] = text_column(frame, name)
    if source.vintage is not None:
        frame["vintage"] = np.where(pd.isna(frame["vintage"]), source.vintage, frame["vintage"])
    return frame


def _complete(table: pd.DataFrame, where: str) -> None:
    lost = table.loc[table["code"].isna(), "_row"] + 1
    if len(lost):
        raise InputError(
            Text(f"{len(lost)} rows of the code list have no code.", f"代码表有 {len(lost)} 行没有代码。"),
            where=where, rows=lost.tolist(),
            fix=Text("fill the codes, or leave the rows out with where = {…}.",
                     "请填写代码，或用 where = {…} 排除这些行。"),
        )  # fmt: skip
    twice = table[table["code"].duplicated(keep=False)]
    if len(twice):
        rows = [f"{code} ({', '.join(str(row + 1) for row in sorted(same['_row']))})"
                for code, same in twice.groupby("code")]  # fmt: skip
        raise InputError(
            Text(f"{len(rows)} codes occur in several rows of the code list.",
                 f"代码表有 {len(rows)} 个代码重复出现。"),
            where=where, rows=rows,
            fix=Text("keep one row of each code; where = {…} picks one edition of several.",
                     "每个代码只保留一行；含多个版本的，用 where = {…} 选定一个。"),
        )  # fmt: skip


def _village_level(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Rows of village-level units: 12 digits that do not end in three zeros."""
    code = table["code"].astype(str)
    level = code.str.fullmatch(f"[0-9]{{{CODE_DIGITS}}}") & ~code.str.endswith("000")
    if not level.any():
        raise InputError(
            Text("the code list holds no code of a village-level unit (12 digits).",
                 "代码表中没有村级（12 位）代码。"),
            where=where, rows=code.head(5).tolist(),
            fix=Text("give the list of village-level units, and the codes as texts: leading zeros count.",
                     "请提供村级代码表；代码应为文本，不能丢失前导零。"),
        )  # fmt: skip
    return table[level]


def _editions(table: pd.DataFrame, where: str) -> None:
    known = sorted(table["vintage"].dropna().unique())
    if len(known) > 1:
        raise InputError(
            Text(f"the code list mixes {len(known)} editions.", f"代码表混有 {len(known)} 个版本。"),
            where=where, rows=known,
            fix=Text("pick one with where = {…}.", "请用 where = {…} 选定一个版本。"),
        )  # fmt: skip


def _digits(rows: gpd.GeoDataFrame, official: _Official) -> Cases:
    """Codes whose digits no unit has; what the official list holds is right."""
    cases: Cases = []
    kinds = {"digits": NOT_TWELVE, "township": TOWNSHIP, "village": VILLAGE}
    parts = {"digits": slice(None), "township": slice(6, 9), "village": slice(9, 12)}
    known = {*rows["district_code"], *official.near.index}
    for code, name, shape in zip(rows["district_code"], rows["name"], rows.geometry, strict=True):
        fault = code_fault(code)
        alone = fault or code[TOWNSHIP_DIGITS:] not in VIRTUAL
        others = [] if alone else _township(code, known)
        if (fault and code not in official.names.index) or others:
            near = official.meant(code, name)
            kind = kinds.get(fault, NOT_ALONE)
            words = {
                "part": code[parts.get(fault, slice(None))],
                "n": len(others),
                "others": rows_named(others),
            }
            cases.append(kind.at("districts", code, shape, code=code, **words, **near))
    return cases


def _township(code: str, codes: set[str]) -> list[str]:
    """The other codes of a code's township."""
    start = code[:TOWNSHIP_DIGITS]
    return sorted(other for other in codes if other.startswith(start) and other != code)


def _same_names(rows: gpd.GeoDataFrame) -> Cases:
    """Names that several districts of one township share."""
    named = rows[rows["name"] != rows["district_code"]]
    home = named["district_code"].str[:TOWNSHIP_DIGITS]
    cases: Cases = []
    for (township, name), same in named.groupby([home, named["name"]]):
        if len(same) > 1:
            codes = sorted(same["district_code"])
            words = {"n": len(codes), "township": township, "name": name}
            cases.append(SAME_NAME.at("districts", codes[0], codes=rows_named(codes), **words))
    return cases


def _unlisted(lost: gpd.GeoDataFrame, official: _Official) -> Cases:
    """Districts whose code the list does not hold."""
    edition = official.edition
    said = {
        "vintage": f" ({edition})" if edition else "",
        "vintage_zh": f"（{edition}）" if edition else "",
    }
    cases: Cases = []
    for code, name, shape in zip(lost["district_code"], lost["name"], lost.geometry, strict=True):
        words = {"code": code, "name": name, **said, **official.meant(code, name)}
        cases.append(NOT_LISTED.at("districts", code, shape, **words))
    return cases


def _named(
    districts: gpd.GeoDataFrame, rows: pd.Index, official: pd.Series
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Names compared with the list, and taken from it where there are none."""
    found = districts.copy()
    cases: Cases = []
    for row in rows:
        code, name = str(districts.at[row, "district_code"]), str(districts.at[row, "name"])
        right = official.get(code)
        if right is None or pd.isna(right) or same_name(name, str(right)):
            continue
        shape = districts.geometry[row]
        if name == code:
            found.at[row, "name"] = right
            cases.append(NAMED.at("districts", code, shape, code=code, official=right))
        else:
            cases.append(
                OTHER_NAME.at("districts", code, shape, code=code, name=name, official=right)
            )
    return found, cases


def _without_area(rows: gpd.GeoDataFrame, official: pd.Series) -> Cases:
    """Listed districts of the townships at hand that have no area."""
    home = set(rows["district_code"].str[:TOWNSHIP_DIGITS])
    lost = official[
        official.index.str[:TOWNSHIP_DIGITS].isin(home)
        & ~official.index.isin(rows["district_code"])
    ]
    lost = lost.sort_index()
    cases: Cases = []
    for township, these in lost.groupby(lost.index.str[:TOWNSHIP_DIGITS]):
        said = [code if pd.isna(name) else f"{code} {name}" for code, name in these.items()]
        words = {"n": len(said), "township": township, "codes": rows_named(said)}
        cases.append(NO_AREA.at("districts", township, **words))
    return cases
