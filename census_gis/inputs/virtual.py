"""Virtual EAs: people registered where nothing stands, listed by number, approved by an office.

The 2010 rule: serials from 900, no map, at most 999 forms of 5 persons; the township proposes, the county
approves. They are part of their district's total.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.columns import numbers, text_column
from census_gis.inputs.layers import Cases, read_table
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import Profile
from census_gis.tables import conform, names

__all__ = ["check_virtual", "read_virtual", "virtual_areas", "virtual_persons"]

TEXTS = ("district_code", "reason", "proposed_by", "approved_by", "approved_on")
COUNTS = ("persons", "households")

NOT_APPROVED = Kind(
    "P541", "error",
    Text("the virtual EA of {persons} persons in district {code} is not approved: approved_by and approved_on are "
         "to be filled.",
         "普查区 {code} 的虚拟小区（{persons} 人）尚未批准：approved_by 和 approved_on 须填写。"),
    Text("have the county office approve it, and fill both columns.", "请报县级普查机构批准后填写这两列。"),
)  # fmt: skip
NOBODY = Kind(
    "P542", "note",
    Text("a virtual EA of district {code} has 0 persons: none is made.", "普查区 {code} 的一条虚拟小区记录为 0 人：不设小区。"),
    Text("delete the row.", "请删除该行。"),
)  # fmt: skip

NO_DAY = Kind(
    "P543", "error",
    Text("approved_on of the virtual EA of {persons} persons in district {code} is no day of the calendar: {day}.",
         "普查区 {code} 的虚拟小区（{persons} 人）批准日期不是有效日期：{day}。"),
    Text("correct the date.", "请更正日期。"),
)  # fmt: skip


def read_virtual(sources: Source | Sequence[Source]) -> tuple[pd.DataFrame, Cases]:
    """Table VIRTUAL, in an order that does not depend on the file's.

    Raises
    ------
    InputError
        A row without a district or without a whole number of persons; identity data of persons in any
        column, reasons included.
    """
    listed = [sources] if isinstance(sources, Source) else list(sources)
    offices = ("proposed_by", "approved_by")
    read = [
        read_table("virtual", one, names("VIRTUAL"), audience="people", names=offices)
        for one in listed
    ]
    frame = pd.concat([table for table, _ in read], ignore_index=True)
    cases = [case for _, told in read for case in told]
    for name in TEXTS:
        frame[name] = text_column(frame, name)
    for name in COUNTS:
        if name in frame:
            frame[name], told = numbers(frame, name, "count", layer="virtual", least=0)
            cases += [case for case in told if name != "persons" and case["severity"] != "note"]
        else:
            frame[name] = np.nan
    lost = frame.loc[frame["persons"].isna() | frame["district_code"].isna(), "_key"]
    if len(lost):
        raise InputError(
            Text(f"{len(lost)} rows have no district_code or no whole number of persons.",
                 f"{len(lost)} 行缺少 district_code 或人数不是整数。"),
            where=listed[0].label, rows=lost,
            fix=Text("fill both columns.", "请填写这两列。"),
        )  # fmt: skip
    # Numbers first by size, then texts; whole rows that are equal may stand in any order.
    order = frame.assign(**{name: frame[name].fillna("") for name in TEXTS}).sort_values(
        ["district_code", "persons", "households", *TEXTS[1:]],
        ascending=[True, False, False, True, True, True, True], kind="stable",
    )  # fmt: skip
    frame = frame.loc[order.index].drop(columns=["_row", "_key"]).reset_index(drop=True)
    return conform(frame, "VIRTUAL"), cases


def check_virtual(virtual: pd.DataFrame, districts: pd.DataFrame) -> Cases:
    """Findings about approval; the rows must fit the districts.

    Parameters
    ----------
    virtual : table VIRTUAL
    districts : table DISTRICTS
        As read: `persons` and `households` null where they were not given.

    Raises
    ------
    InputError
        A district that is not in the project; more virtual persons or households than the district has.
    """
    known = set(districts["district_code"])
    strange = [code for code in virtual["district_code"] if code not in known]
    if strange:
        raise InputError(
            Text(f"{len(strange)} rows name districts that are not in the project.",
                 f"{len(strange)} 行的普查区代码不在本项目内。"),
            where="virtual", rows=strange,
            fix=Text("correct district_code, or add the district.", "请更正 district_code，或补充该普查区。"),
        )  # fmt: skip
    for name, zh in (("persons", "人"), ("households", "户")):
        listed = virtual.groupby("district_code")[name].sum()
        given = districts.set_index("district_code")[name].reindex(listed.index)
        for code in listed.index[(listed > given).fillna(False).to_numpy(bool)]:
            raise InputError(
                Text(f"district {code} has {given[code]} {name} in all, its virtual EAs {listed[code]}.",
                     f"普查区 {code} 共 {given[code]} {zh}，而虚拟小区有 {listed[code]} {zh}。"),
                where="virtual", rows=[code],
                fix=Text("correct one of the two: virtual EAs are part of their district.",
                         "请更正其一：虚拟小区人数包含在所属普查区总数之内。"),
            )  # fmt: skip
    cases: Cases = []
    for row in virtual.to_dict("records"):
        code, persons = row["district_code"], int(row["persons"])
        if not persons:
            cases.append(NOBODY.at("virtual", code, code=code))
        elif pd.isna(row["approved_by"]) or pd.isna(row["approved_on"]):
            cases.append(NOT_APPROVED.at("virtual", code, code=code, persons=persons))
        elif _is_no_day(str(row["approved_on"])):
            day = row["approved_on"]
            cases.append(NO_DAY.at("virtual", code, code=code, persons=persons, day=day))
    return cases


def _is_no_day(text: str) -> bool:
    """Whether a date that begins with the year (2020-08-31, 2020/8/31, 2020年8月31日, 20200831) does not exist.

    Dates written in other ways are left to the reader.
    """
    figures = re.match(r"(\d{4})(?:\D(\d{1,2})\D|(\d{2}))(\d{1,2})(?!\d)", text)
    if figures is None:
        return False
    year, month, day = (int(part) for part in figures.groups() if part is not None)
    return not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]


def virtual_areas(virtual: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """The EAs that the rows of one district make.

    Parameters
    ----------
    virtual : table VIRTUAL
        Rows of one district.
    profile : Profile
        A row above `ea.persons.cap_virtual` persons or `ea.households.cap` households is divided into
        as few EAs as hold it, as equal as can be.

    Returns
    -------
    DataFrame
        `row` (of `virtual`), `nth` and `of` (1 of 3), `persons`, `households` (null where not given).
    """
    most, most_households = profile["ea.persons.cap_virtual"], profile["ea.households.cap"]
    made = []
    for row, entry in enumerate(virtual.to_dict("records")):
        persons = int(entry["persons"])
        households = None if pd.isna(entry["households"]) else int(entry["households"])
        if not persons:
            continue
        count = max(-(-persons // most), -(-(households or 0) // most_households))
        for nth in range(count):
            made.append(
                {"row": row, "nth": nth + 1, "of": count, "persons": _share(persons, nth, count),
                 "households": None if households is None else _share(households, nth, count)}
            )  # fmt: skip
    table = pd.DataFrame(made, columns=["row", "nth", "of", "persons", "households"])
    counts = {name: table[name].astype("int64") for name in ("row", "nth", "of", "persons")}
    return table.assign(**counts, households=pd.array(table["households"], dtype="Int64"))


def virtual_persons(
    virtual: pd.DataFrame, codes: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Persons and households of the virtual EAs of each district."""
    sums = virtual.groupby("district_code")[list(COUNTS)].sum().reindex(codes).fillna(0)
    return sums["persons"].to_numpy(np.int64), sums["households"].to_numpy(np.int64)


def _share(total: int, nth: int, count: int) -> int:
    """The nth of `count` shares of a total, the larger ones first."""
    return total // count + (nth < total % count)
