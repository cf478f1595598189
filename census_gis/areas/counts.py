"""The contract's laws of numbers, checked from tables alone: sums, codes, sizes (laws 3 and 5, section 3.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.codes import serial_kind
from census_gis.areas.excuses import excuses, largest
from census_gis.areas.laws import said, spot
from census_gis.areas.sums import numbers, rows_of, sums_by
from census_gis.findings import Kind, about, frame
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
    Text("EA {code} has {n} persons, more than {high}: {what} alone holds {most}.",
         "普查小区 {code} 有 {n} 人，多于 {high} 人：仅{what}就有 {most} 人。"),
    Text("give the building's doors or floors, so that it can be cut; else it stays one EA.",
         "请补充该建筑物的单元或楼层，以便拆分；否则保持独立成区。"),
)  # fmt: skip
NOWHERE = Kind(
    "S409", "warning",
    Text("EA {code} has {n} persons, more than {high}: {most} of them have no dwelling and no place.",
         "普查小区 {code} 有 {n} 人，多于 {high} 人：其中 {most} 人没有住房，无位置。"),
    Text("add the missing buildings, or list these persons as virtual ([inputs.virtual]).",
         "补充缺少的建筑物，或将这些人列为虚拟小区（[inputs.virtual]）。"),
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
BUILDING = Text("building {building}", "建筑物 {building} ")
PART = Text("a part of building {building}", "建筑物 {building} 的一部分")
NOBODY = Text("0 persons", "0 人")
CODED = ("ea_code", "district_code", "serial", "kind")


def sum_laws(
    districts: pd.DataFrame,
    areas: pd.DataFrame,
    parts: pd.DataFrame,
    noun: str = "persons",
) -> Iterator[Row]:
    """Law 3: persons are whole and equal at every level; households where given."""
    tables = {"districts": districts, "enumeration_areas": areas, "dwelling_parts": parts}
    for layer, table in tables.items():
        persons = numbers(table["persons"])
        bad = int((np.isnan(persons) | (persons < 0) | (persons % 1 != 0)).sum())
        if bad:
            yield NOT_WHOLE.at(layer, n=bad)
    homes, codes = districts["district_code"].to_numpy(object), areas["ea_code"].to_numpy(object)
    under_home = rows_of(areas["district_code"].to_numpy(object), homes)
    under_area = rows_of(parts["ea_code"].to_numpy(object), codes)
    # Virtual EAs have persons and need no dwelling part.
    bare = np.bincount(under_area[under_area >= 0], minlength=len(areas)) == 0
    bare &= (areas["kind"] == "virtual").to_numpy(bool)
    for what in ("persons", "households"):
        word = _measure(noun if what == "persons" else what)
        whole = numbers(districts[what])
        under = _under(under_home, areas, what, len(homes))
        for row in _differing(homes, whole, under):
            yield DISTRICT_SUM.at(
                "districts", homes[row], code=homes[row], district=_said(whole[row]),
                eas=_said(under[row]), **word,
            )  # fmt: skip
        whole = numbers(areas[what])
        under = np.where(bare, whole, _under(under_area, parts, what, len(codes)))
        for row in _differing(codes, whole, under):
            yield PART_SUM.at(
                "enumeration_areas", codes[row], code=codes[row], ea=_said(whole[row]),
                parts=_said(under[row]), **word,
            )  # fmt: skip


def _measure(noun: str) -> dict[str, str]:
    """What is counted, as the word after a number, in both languages."""
    none = counted(NOBODY, noun)
    return {"what": none.en.removeprefix("0 "), "what_zh": none.zh.removeprefix("0 ")}


def _under(
    row: NDArray[np.int64], below: pd.DataFrame, what: str, count: int
) -> NDArray[np.float64]:
    """Sum of a count one level below (nan where nothing is given there, but of persons 0)."""
    under = sums_by(row, numbers(below[what]), count)
    return np.nan_to_num(under) if what == "persons" else under


def _differing(
    keys: NDArray[np.object_], whole: NDArray[np.float64], under: NDArray[np.float64]
) -> list[int]:
    """Rows whose count is not the sum below; of a key that occurs twice its first row is judged."""
    differ = np.nan_to_num(whole, nan=-1.0) != np.nan_to_num(under, nan=-1.0)
    return [row for row in np.flatnonzero(differ).tolist() if keys[row] not in keys[:row]]


def _said(count: float) -> str:
    """A count, or a dash where none is given."""
    return "-" if np.isnan(count) else f"{count:g}"


def code_laws(
    districts: pd.DataFrame, areas: pd.DataFrame, profile: Profile, retired: set[str]
) -> Iterator[Row]:
    """Law 5: codes are district + serial, unique, dense; virtual ones have their own range."""
    width, virtual_from = profile["code.serial_digits"], profile["code.virtual_from"]
    digits = profile["code.district_digits"]
    for code in districts["district_code"].astype(str):
        if digits and not (code.isascii() and code.isdigit() and len(code) == digits):
            yield CODE_DIGITS.at("districts", code, code=code, digits=digits)
    for code, n in sorted(Counter(areas["ea_code"].to_numpy(object)).items()):
        if n > 1:
            yield CODE_TWICE.at("enumeration_areas", code, code=code, n=n)
        if str(code) in retired:
            yield CODE_RETIRED.at("enumeration_areas", code, code=code)
    known = set(districts["district_code"].astype(str))
    drawn = ~shapely.is_missing(areas["geometry"].to_numpy())
    texts = (map(str, areas[name].to_numpy(object)) for name in CODED)
    serials: dict[str, set[int]] = {}
    for code, home, serial, kind, shape in zip(*texts, drawn, strict=True):
        means = serial_kind(serial, profile) if code == home + serial else ""
        if means and kind != "virtual":
            serials.setdefault(home, set()).add(int(serial))
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
    for home, used in sorted(serials.items()):
        missing = sorted(set(range(1, max(used) + 1)) - used)
        missing = [n for n in missing if f"{home}{n:0{width}d}" not in retired]
        if missing:
            yield CODE_HOLE.at("districts", home, code=home, serial=f"{missing[0]:0{width}d}")


def size_laws(areas: pd.DataFrame, parts: pd.DataFrame, profile: Profile) -> Iterator[Row]:
    """Section 3.2: the band, what excuses a departure from it, and the caps."""
    yield from _in_main(_specials(areas, profile), profile)
    if not _all_within(areas, profile):  # what lies in the band needs no excuse
        yield from _in_main(_misfits(areas, excuses(areas, parts, profile), profile), profile)
        yield from _uncut(areas, parts, profile)
    virtual = (areas["kind"] == "virtual").to_numpy(bool)
    limits = (
        (MANY_HOUSEHOLDS, "households", profile["ea.households.cap"], np.ones(len(areas), bool)),
        (MANY_VIRTUAL, "persons", profile["ea.persons.cap_virtual"], virtual),
    )
    for kind, counted_in, most, which in limits:
        count = numbers(areas[counted_in])
        for row in np.flatnonzero(which & (count > most)):
            code = areas["ea_code"].iloc[row]
            yield kind.at(
                "enumeration_areas", code, spot(areas["geometry"].iloc[row]), code=code,
                n=int(count[row]), cap=most,
            )  # fmt: skip


def _in_main(rows: Iterator[Row], profile: Profile) -> list[Row]:
    """Sentences about persons, said of households where the band is theirs."""
    found = list(rows)
    if profile["ea.primary"] == "persons" or not found:
        return found
    said_of = about(frame(found, None), "households").to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in said_of]


def _all_within(areas: pd.DataFrame, profile: Profile) -> bool:
    """Whether every EA with persons and a place is in the band, and below what one building may have."""
    main = str(profile["ea.primary"])
    persons, load = numbers(areas["persons"]), numbers(areas[main])
    lived = (areas["kind"] != "virtual").to_numpy(bool) & ~(persons <= 0)
    lived &= ~said(areas, "SPECIAL:")
    low, high = profile[f"ea.{main}.low"], profile[f"ea.{main}.high"]
    within = (load >= low) & (load <= high) & (persons <= profile["ea.persons.cap_building"])
    return bool(within[lived].all())


def _misfits(areas: pd.DataFrame, table: pd.DataFrame, profile: Profile) -> Iterator[Row]:
    """EAs outside the band."""
    where = areas.drop_duplicates("ea_code").set_index("ea_code")["geometry"]
    for row in table[~table["within"]].sort_index().reset_index().to_dict("records"):
        yield _misfit(row, spot(where[row["ea_code"]]), profile)


def _uncut(areas: pd.DataFrame, parts: pd.DataFrame, profile: Profile) -> Iterator[Row]:
    """EAs with more persons of one building than may be."""
    cap = profile["ea.persons.cap_building"]
    placed = areas[(areas["kind"] != "virtual") & ~said(areas, "SPECIAL:")]
    where = placed.drop_duplicates("ea_code").set_index("ea_code")["geometry"]
    table = largest(parts, "persons")
    above = (table["most"] > cap) & table["housed"] & table.index.isin(where.index)
    for code, row in table[above].iterrows():
        yield UNCUT.at(
            "enumeration_areas", code, spot(where[code]), code=code, most=int(row["most"]),
            building=row["building"], cap=cap,
        )  # fmt: skip


def _specials(areas: pd.DataFrame, profile: Profile) -> Iterator[Row]:
    """Special areas outside the band: excused, and said."""
    main = str(profile["ea.primary"])
    low, high = profile[f"ea.{main}.low"], profile[f"ea.{main}.high"]
    which = said(areas, "SPECIAL:") & (numbers(areas["persons"]) > 0)
    which &= areas[main].notna().to_numpy(bool)
    if not which.any():
        return
    some = areas[which]
    for code, n, shape in zip(some["ea_code"], some[main], some["geometry"], strict=True):
        if not low <= n <= high:
            yield SPECIAL.at(
                "enumeration_areas", code, spot(shape), code=code, n=int(n), low=low, high=high
            )


def _misfit(row: Row, place: Any, profile: Profile) -> Row:
    """One EA outside the band, as an error or as what excuses it."""
    main = str(profile["ea.primary"])
    low, high = profile[f"ea.{main}.low"], profile[f"ea.{main}.high"]
    code, n = row["ea_code"], int(row["load"])
    words = {"code": code, "n": n, "low": low, "high": high}
    if row["big"]:
        kind = BIG if row["housed"] else NOWHERE
        what = (PART if row["parted"] else BUILDING).format(building=row["building"])
        values = {"what": what, "most": int(row["most"]), **words}
        return kind.at("enumeration_areas", code, place, **values)
    if row["few"]:
        return FEW.at("enumeration_areas", code, place, rest=int(row["rest"]), **words)
    kind = BELOW if n < low else ABOVE
    return kind.at(
        "enumeration_areas",
        code,
        place,
        **_measure(profile.noun if main == "persons" else main),
        **words,
    )
