"""The note of differences (差异说明): a workbook with a column for reasons, and a page to print and sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from census_gis.language import Language, Text
from census_gis.present.exchange.differences import (
    LEVELS,
    Issued,
    compare,
    compared_areas,
)
from census_gis.present.exchange.readme import OFFICE
from census_gis.present.exchange.source import is_missing
from census_gis.present.exchange.upward import Levels
from census_gis.present.exchange.workbook import Sheet, save_workbook
from census_gis.present.lists import KINDS
from census_gis.present.webfont import filled_page
from census_gis.present.words import STATES

__all__ = ["write_note"]

TITLE = Text("Note of differences", "差异说明")
HEADS = (
    Text("No.", "序号"), Text("level", "级别"), Text("difference in", "差异类型"), Text("compared with", "对照资料"),
    Text("code", "代码"), Text("name", "名称"), Text("plan", "本方案"), Text("issued", "下发资料"),
    Text("difference", "差值"), Text("reason (to be filled in)", "原因说明（待填）"),
)  # fmt: skip
AREA_HEADS = (
    Text("level", "级别"), Text("code", "代码"), Text("name", "名称"), Text("plan [m2]", "本方案（平方米）"),
    Text("issued [m2]", "下发（平方米）"), Text("difference [m2]", "差值（平方米）"), Text("%", "%"),
    Text("ground in only one of both [m2]", "不重合面积（平方米）"),
)  # fmt: skip
BARE_HEADS = (
    Text("EA code", "普查小区代码"), Text("district code", "普查区代码"), Text("name", "名称"),
    Text("kind", "类型"), Text("persons", "人数（人）"), Text("remark", "备注"),
)  # fmt: skip
SHEETS = (
    Text("differences", "差异"),
    Text("areas", "面积对照"),
    Text("EAs without ground", "无地面小区"),
)
NONE = Text("none", "无")
SIGNS = (Text("Filled in by", "填表人"), Text("Checked by", "审核人"), Text("Date", "日期"))
NOT_COMPARED = {
    "codes": Text("No code list was given: numbers, names and codes are not compared with one (--codes).",
                  "未提供代码表，未与之核对数量、名称和代码（--codes）。"),
    "polygons": Text("No issued polygons were given: areas are not compared (--issued).",
                     "未提供下发图层，未核对面积（--issued）。"),
}  # fmt: skip


@dataclass(frozen=True)
class _Table:
    """One table of the note."""

    title: str
    heads: list[str]
    rows: list[list[object]]
    reason: bool = False


def write_note(
    folder: Path, levels: Levels, issued: Issued, *, place: str, language: Language
) -> int:
    """Write differences.xlsx and differences.html.

    Parameters
    ----------
    place
        What is reported: county, or project.

    Returns
    -------
    int
        Number of differences to explain.
    """
    tables = _tables(levels, issued, language)
    above = [line.of(language) for line in _above(levels, issued, len(tables[0].rows))]
    sheets = [
        Sheet(table.title, table.heads, pd.DataFrame(table.rows, columns=table.heads).astype(object),
              [f"{place} {TITLE.of(language)}", *above] if not nth else [])
        for nth, table in enumerate(tables)
    ]  # fmt: skip
    save_workbook(folder / "differences.xlsx", sheets)
    (folder / "differences.html").write_text(
        _page(place, above, tables, language), encoding="utf-8", newline="\n"
    )
    return len(tables[0].rows)


def _above(levels: Levels, issued: Issued, count: int) -> list[Text]:
    """What stands above the tables: size, state, what was compared, what was noticed."""
    n = (len(levels.township), len(levels.district), int(levels.district["ea_count"].sum()))
    states = [STATES.get(state, Text(state, state)) for state in levels.states]
    lines = [
        Text(f"{n[0]} townships, {n[1]} census districts, {n[2]} enumeration areas; {count} differences.",
             f"乡级单位 {n[0]} 个，普查区 {n[1]} 个，普查小区 {n[2]} 个；差异 {count} 项。"),
        Text(f"State of the districts: {', '.join(state.en for state in states)}.",
             f"普查区状态：{'、'.join(state.zh for state in states)}。"),
    ]  # fmt: skip
    for key, words in NOT_COMPARED.items():
        if getattr(issued, key) is None:
            lines.append(words)
    return [*lines, *issued.remarks]


def _tables(levels: Levels, issued: Issued, language: Language) -> list[_Table]:
    compared = compared_areas(levels, issued.polygons)
    found = [
        [nth, LEVELS[d.level].of(language), d.kind.of(language), d.source.of(language), d.code, d.name,
         d.ours.of(language), d.issued.of(language), d.difference.of(language), ""]
        for nth, d in enumerate(compare(levels, issued, compared), start=1)
    ]  # fmt: skip
    areas: list[list[object]] = [
        [LEVELS[str(row[0])].of(language), *row[1:]]
        for row in compared.itertuples(index=False, name=None)
    ]
    bare = [
        [row.ea_code, row.district_code, row.name, KINDS[str(row.kind)].of(language), int(row.persons), row.remark]
        for row in levels.bare.itertuples(index=False)
    ]  # fmt: skip
    blocks: list[tuple[Sequence[Text], list[list[object]]]] = [
        (HEADS, found),
        (AREA_HEADS, areas),
        (BARE_HEADS, bare),
    ]
    return [
        _Table(title.of(language), [head.of(language) for head in heads],
               [["" if is_missing(cell) else cell for cell in row] for row in rows], reason=not nth)
        for nth, (title, (heads, rows)) in enumerate(zip(SHEETS, blocks, strict=True))
    ]  # fmt: skip


def _page(place: str, above: list[str], tables: list[_Table], language: Language) -> str:
    return filled_page(
        "differences.html", language=language, place=place, title=TITLE.of(language), office=OFFICE.of(language), above=above,
        tables=tables, none=NONE.of(language), signs=[word.of(language) for word in SIGNS],
    )  # fmt: skip
