"""The contract's laws of numbers, checked from tables alone: sums, codes, sizes (laws 3 and 5, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.areas.codes import serial_kind
from census_gis.areas.excuses import excuses
from census_gis.areas.laws import said, spot
from census_gis.findings import Kind
from census_gis.language import Text, counted
from census_gis.profile import Profile

__all__ = ["code_laws", "size_laws", "sum_laws"]

Row = dict[str, Any]

NOT_WHOLE = Kind(
    "A431", "error",
    Text("{n} rows have persons that are missing or negative.", "{n} 行的人数缺失或为负。"),
    Text("fill in whole numbers of 0 or more.", "请填写不小于 0 的整数。"),
)  # fmt: skip
DISTRICT_SUM = Kind(
    "A432", "error",
    Text("district {code} has {district} {what}, its EAs together {eas}.", "普查区 {code} 为 {district} {what_zh}，其小区合计 {eas} {what_zh}。"),
    Text("run the plan step again; counts were changed by hand.", "请重新运行划分步骤；数字被手工改动。"),
)  # fmt: skip
PART_SUM = Kind(
    "A433", "error",
    Text("EA {code} has {ea} {what}, its dwelling parts together {parts}.", "普查小区 {code} 为 {ea} {what_zh}，其居住部分合计 {parts} {what_zh}。"),
    Text("run the plan step again; counts were changed by hand.", "请重新运行划分步骤；数字被手工改动。"),
)  # fmt: skip
CODE_TWICE = Kind(
    "A441", "error",
    Text("EA code {code} occurs {n} times.", "普查小区代码 {code} 出现 {n} 次。"),
    Text("give each EA a code of its own.", "请为每个小区赋予唯一代码。"),
)  # fmt: skip
CODE_PARTS = Kind(
    "A442", "error",
    Text("EA code {code} is not district code {district} + serial {serial} of {width} digits.",
         "普查小区代码 {code} 不等于普查区代码 {district} 加 {width} 位顺序码 {serial}。"),
    Text("number the plan again.", "请重新编码。"),
)  # fmt: skip
CODE_HOLE = Kind(
    "A443", "error",
    Text("serials of district {code} do not run from 1 without holes: {serial} is missing.", "普查区 {code} 的顺序码不连续：缺 {serial}。"),
    Text("number the plan again, or list the code as retired.", "请重新编码，或将该代码列入停用代码。"),
)  # fmt: skip
CODE_VIRTUAL = Kind(
    "A444", "error",
    Text("EA {code} is of kind {kind}, but its serial or shape is not of that kind (virtual: from {virtual}, without shape).",
         "普查小区 {code} 的类型为 {kind}，但其顺序码或图形不符（虚拟小区自 {virtual} 起编，且无图形）。"),
    Text("number the plan again.", "请重新编码。"),
)  # fmt: skip
CODE_DIGITS = Kind(
    "A445", "warning",
    Text("district code {code} is not {digits} digits.", "普查区代码 {code} 不是 {digits} 位数字。"),
    Text("use the official code, or set code.district_digits.", "请使用法定统计用区划代码，或修改 code.district_digits。"),
)  # fmt: skip
CODE_STRANGE = Kind(
    "A446", "error",
    Text("EA {code} belongs to district {district}, which is not in the plan.", "普查小区 {code} 所属普查区 {district} 不在方案中。"),
    Text("correct district_code.", "请改正 district_code。"),
)  # fmt: skip
CODE_RETIRED = Kind(
    "A447", "error",
    Text("EA code {code} is retired and in use again.", "普查小区代码 {code} 已停用，却被重新使用。"),
    Text("give the EA a new code.", "请为该小区赋予新代码。"),
)  # fmt: skip
BELOW = Kind(
    "S401", "error",
    Text("EA {code} has {n} {what}, fewer than {low}.", "普查小区 {code} 有 {n} {what_zh}，少于 {low} {what_zh}。"),
    Text("move buildings from a neighbour, or merge it with one.", "请从相邻小区划入建筑物，或与之合并。"),
)  # fmt: skip
ABOVE = Kind(
    "S402", "error",
    Text("EA {code} has {n} {what}, more than {high}.", "普查小区 {code} 有 {n} {what_zh}，多于 {high} {what_zh}。"),
    Text("move buildings to a neighbour, or divide it.", "请将建筑物划给相邻小区，或予以拆分。"),
)  # fmt: skip
BIG = Kind(
    "S403", "warning",
    Text("EA {code} has {n} persons, more than {high}: building {building} alone holds {most}.",
         "普查小区 {code} 有 {n} 人，多于 {high} 人：仅建筑物 {building} 就有 {most} 人。"),
    Text("give the building's doors or floors, so that it can be cut; else it stays one EA.",
         "请补充该建筑物的单元或楼层，以便拆分；否则保持独立成区。"),
)  # fmt: skip
FEW = Kind(
    "S404", "warning",
    Text("EA {code} has {n} persons, outside {low}-{high}: the {rest} persons of its ground that large buildings do not hold fit no whole number of EAs.",
         "普查小区 {code} 有 {n} 人，不在 {low}–{high} 人之内：所在相连用地除大楼外的 {rest} 人无法恰好分成整数个小区。"),
    Text("accept it, or join the district's rest with a neighbour district.", "可予接受，或与相邻普查区协调。"),
)  # fmt: skip
UNCUT = Kind(
    "S405", "error",
    Text("EA {code} holds {most} persons of building {building}, more than the {cap} one building may have in one EA.",
         "普查小区 {code} 含建筑物 {building} 的 {most} 人，超过单栋独立成区上限 {cap} 人。"),
    Text("cut the building by doors or floors.", "请按单元或楼层拆分该建筑物。"),
)  # fmt: skip
MANY_HOUSEHOLDS = Kind(
    "S406", "error",
    Text("EA {code} has {n} households, more than the {cap} that household numbers allow.", "普查小区 {code} 有 {n} 户，超过户编号上限 {cap} 户。"),
    Text("divide it.", "请予以拆分。"),
)  # fmt: skip
MANY_VIRTUAL = Kind(
    "S407", "error",
    Text("virtual EA {code} has {n} persons, more than {cap}.", "虚拟小区 {code} 有 {n} 人，超过上限 {cap} 人。"),
    Text("divide it into several virtual EAs.", "请拆分为多个虚拟小区。"),
)  # fmt: skip
SPECIAL = Kind(
    "S408", "note",
    Text("EA {code} has {n} persons, outside {low}-{high}: it is a special area, which the band does not bind.",
         "普查小区 {code} 有 {n} 人，不在 {low}–{high} 人之内：为特殊区域，不受区间限制。"),
    Text("nothing.", "无需处理。"),
)  # fmt: skip
NOBODY = Text("0 persons", "0 人")


def sum_laws(
    districts: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    parts: gpd.GeoDataFrame,
    noun: str = "persons",
) -> Iterator[Row]:
    """Law 3: persons are whole and equal at every level; households where given."""
    for layer, table in (
        ("districts", districts),
        ("enumeration_areas", areas),
        ("dwelling_parts", parts),
    ):
        persons = pd.to_numeric(table["persons"]).astype("Float64")
        bad = int((persons.isna() | (persons < 0) | (persons % 1 != 0)).sum())
        if bad:
            yield NOT_WHOLE.at(layer, n=bad)
    empty = (areas["kind"] == "virtual") & ~areas["ea_code"].isin(parts["ea_code"])
    for what in ("persons", "households"):
        word = _measure(noun if what == "persons" else what)
        whole, under = _pair(districts, "district_code", areas, what)
        for code in whole.index[_differ(whole, under)]:
            yield DISTRICT_SUM.at(
                "districts",
                code,
                code=code,
                district=_said(whole[code]),
                eas=_said(under[code]),
                **word,
            )
        whole, under = _pair(areas[~empty], "ea_code", parts, what)
        for code in whole.index[_differ(whole, under)]:
            yield PART_SUM.at(
                "enumeration_areas",
                code,
                code=code,
                ea=_said(whole[code]),
                parts=_said(under[code]),
                **word,
            )


def _measure(noun: str) -> dict[str, str]:
    """What is counted, as the word after a number, in both languages."""
    none = counted(NOBODY, noun)
    return {"what": none.en.removeprefix("0 "), "what_zh": none.zh.removeprefix("0 ")}


def _pair(
    table: pd.DataFrame, key: str, below: pd.DataFrame, what: str
) -> tuple[pd.Series, pd.Series]:
    """A count by key, and the sum of it one level below (null where nothing is given there)."""
    whole = table.drop_duplicates(key).set_index(key)[what].astype("Float64")
    under = below[what].astype("Float64").groupby(below[key]).sum(min_count=1)
    under = under.reindex(whole.index)
    return whole, under.fillna(0.0) if what == "persons" else under


def _said(count: Any) -> str:
    """A count, or a dash where none is given."""
    return "-" if pd.isna(count) else f"{float(count):g}"


def _differ(whole: pd.Series, under: pd.Series) -> NDArray[np.bool_]:
    return (whole.fillna(-1.0) != under.fillna(-1.0)).to_numpy(bool)


def code_laws(
    districts: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, profile: Profile, retired: set[str]
) -> Iterator[Row]:
    """Law 5: codes are district + serial, unique, dense; virtual ones have their own range."""
    width, virtual_from = profile["code.serial_digits"], profile["code.virtual_from"]
    digits = profile["code.district_digits"]
    for code in districts["district_code"].astype(str):
        if digits and not (code.isascii() and code.isdigit() and len(code) == digits):
            yield CODE_DIGITS.at("districts", code, code=code, digits=digits)
    for code, n in areas["ea_code"].value_counts().sort_index().items():
        if n > 1:
            yield CODE_TWICE.at("enumeration_areas", code, code=code, n=n)
        if str(code) in retired:
            yield CODE_RETIRED.at("enumeration_areas", code, code=code)
    known, drawn = set(districts["district_code"].astype(str)), areas.geometry.notna()
    columns = ["ea_code", "district_code", "serial", "kind"]
    sound = []
    for (code, home, serial, kind), shape in zip(
        areas[columns].astype(str).to_numpy(), drawn, strict=True
    ):
        means = serial_kind(serial, profile) if code == home + serial else ""
        sound.append(means != "")
        if not means:
            yield CODE_PARTS.at(
                "enumeration_areas", code, code=code, district=home, serial=serial, width=width
            )
        elif (kind == "virtual") != (means == "virtual") or (kind == "virtual" and shape):
            yield CODE_VIRTUAL.at(
                "enumeration_areas", code, code=code, kind=kind, virtual=virtual_from
            )
        if home not in known:
            yield CODE_STRANGE.at("enumeration_areas", code, code=code, district=home)
    good = areas[np.array(sound, bool) & (areas["kind"] != "virtual").to_numpy()]
    for home, serials in good["serial"].astype(int).groupby(good["district_code"], sort=True):
        missing = sorted(set(range(1, int(serials.max()) + 1)) - set(serials))
        missing = [n for n in missing if f"{home}{n:0{width}d}" not in retired]
        if missing:
            yield CODE_HOLE.at("districts", home, code=home, serial=f"{missing[0]:0{width}d}")


def size_laws(areas: gpd.GeoDataFrame, parts: gpd.GeoDataFrame, profile: Profile) -> Iterator[Row]:
    """Section 3.2: the band, what excuses a departure from it, and the caps."""
    where = areas.drop_duplicates("ea_code").set_index("ea_code").geometry
    table = excuses(areas, parts, profile)
    yield from _specials(areas, profile)
    if profile["ea.primary"] == "persons":
        for row in table[~table["within"]].sort_index().reset_index().to_dict("records"):
            yield _misfit(row, spot(where[row["ea_code"]]), profile)
    else:
        yield from _household_band(areas, profile)
    cap = profile["ea.persons.cap_building"]
    for code, row in table[table["most"] > cap].sort_index().iterrows():
        yield UNCUT.at(
            "enumeration_areas", code, spot(where[code]), code=code, most=int(row["most"]),
            building=row["building"], cap=cap,
        )  # fmt: skip
    limits = (
        (MANY_HOUSEHOLDS, areas["households"], profile["ea.households.cap"], areas["kind"] != ""),
        (
            MANY_VIRTUAL,
            areas["persons"],
            profile["ea.persons.cap_virtual"],
            areas["kind"] == "virtual",
        ),
    )
    for kind, count, most, which in limits:
        over = areas[which & (count > most).fillna(False).astype(bool)]
        for code, shape in zip(over["ea_code"], over.geometry, strict=True):
            yield kind.at(
                "enumeration_areas",
                code,
                spot(shape),
                code=code,
                n=int(count[areas["ea_code"] == code].iloc[0]),
                cap=most,
            )


def _specials(areas: gpd.GeoDataFrame, profile: Profile) -> Iterator[Row]:
    """Special areas outside the band: excused, and said."""
    low, high = profile["ea.persons.low"], profile["ea.persons.high"]
    some = areas[said(areas, "SPECIAL:") & (areas["persons"] > 0).to_numpy(bool)]
    for code, n, shape in zip(some["ea_code"], some["persons"], some.geometry, strict=True):
        if not low <= n <= high:
            yield SPECIAL.at(
                "enumeration_areas", code, spot(shape), code=code, n=int(n), low=low, high=high
            )


def _misfit(row: Row, place: Any, profile: Profile) -> Row:
    """One EA outside the band of persons, as an error or as what excuses it."""
    low, high = profile["ea.persons.low"], profile["ea.persons.high"]
    code, n = row["ea_code"], int(row["persons"])
    words = {"code": code, "n": n, "low": low, "high": high}
    if row["big"]:
        return BIG.at(
            "enumeration_areas",
            code,
            place,
            building=row["building"],
            most=int(row["most"]),
            **words,
        )
    if row["few"]:
        return FEW.at("enumeration_areas", code, place, rest=int(row["rest"]), **words)
    kind = BELOW if n < low else ABOVE
    return kind.at(
        "enumeration_areas",
        code,
        place,
        **_measure(profile.noun),
        **words,
    )


def _household_band(areas: gpd.GeoDataFrame, profile: Profile) -> Iterator[Row]:
    """The band where households are what counts (`ea.primary`)."""
    low, high = profile["ea.households.low"], profile["ea.households.high"]
    lived = areas[
        (areas["kind"] != "virtual")
        & areas["households"].notna()
        & (areas["persons"] > 0)
        & ~said(areas, "SPECIAL:")
    ]
    word = _measure("households")
    for code, n, shape in zip(lived["ea_code"], lived["households"], lived.geometry, strict=True):
        if not low <= n <= high:
            kind = BELOW if n < low else ABOVE
            yield kind.at(
                "enumeration_areas",
                code,
                spot(shape),
                code=code,
                n=int(n),
                low=low,
                high=high,
                **word,
            )
