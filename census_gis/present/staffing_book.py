"""Staffing from totals on paper: an Excel book with a native chart, and the chart as PNG and SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.series import SeriesLabel
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter, quote_sheetname

from census_gis.field.totals import Totals
from census_gis.language import Language, Text
from census_gis.present.fonts import default_face
from census_gis.present.office import breadth, print_on, put, put_row, save_whole, widths
from census_gis.present.staffing_words import sentences
from census_gis.present.words import said_value
from census_gis.profile import RULES, Profile
from census_gis.store.beside import beside

__all__ = ["StaffingPage", "townships_of", "write_chart", "write_staffing_book"]

TITLE = Text("Staffing from totals", "人员配备测算表")
SHEETS = {
    "summary": Text("Summary", "测算说明"), "districts": Text("Districts", "普查区"),
    "townships": Text("Townships", "乡级合计"),
}  # fmt: skip
HEADS: dict[str, Text] = {
    "district_code": Text("district code", "普查区代码"), "township_code": Text("township code", "乡级代码"),
    "name": Text("name", "名称"), "districts": Text("districts", "普查区（个）"),
    "persons": Text("persons", "人数（人）"), "eas": Text("EAs", "普查小区（个）"),
    "supervisors": Text("supervisors", "普查指导员（人）"), "enumerators": Text("enumerators", "普查员（人）"),
    "posts": Text("posts", "岗位合计（个）"), "reserve": Text("reserve", "备用人员（人）"),
    "devices": Text("devices", "设备（台）"), "ea_count": Text("EAs of the plan", "方案小区（个）"),
    "difference": Text("plan - totals", "方案减测算（个）"),
}  # fmt: skip
TOTAL = Text("total", "合计")
WARNINGS = Text("To consider", "提请注意")
USED = Text("Rules used", "所用规则")
BARS = Text("People by {what}", "各{what}人员")
WHAT = {"districts": Text("district", "普查区"), "townships": Text("township", "乡级单位"),
        "whole": Text("the whole place", "地区")}  # fmt: skip
MOST_BARS = 60  # more cannot be told apart on a page
TOWNSHIP_DIGITS, DISTRICT_DIGITS = 9, 12  # of the statistical division code
ENUMERATORS, SUPERVISORS = "4D7EA8", "C9803A"


@dataclass(frozen=True)
class StaffingPage:
    """What is printed: a staffing, its rules, the project's name, and sums by township (may be empty)."""

    totals: Totals
    profile: Profile
    project: str
    townships: pd.DataFrame
    language: Language


def townships_of(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Sums by township, the first nine digits of twelve; no rows where codes are of another kind.

    Parameters
    ----------
    table
        Staffing by district with its total row.
    names
        Township code to name, where known.
    """
    rows = table[table["district_code"] != ""]
    codes = rows["district_code"].astype(str)
    numbers = [n for n in rows.columns if n not in ("district_code", "name")]
    if not len(rows) or not codes.str.fullmatch(rf"\d{{{DISTRICT_DIGITS}}}").all():
        return pd.DataFrame(columns=["township_code", "name", "districts", *numbers])
    key = codes.str[:TOWNSHIP_DIGITS].rename("township_code")
    sums = rows[numbers].astype("int64").groupby(key).sum()
    sums.insert(0, "districts", rows.groupby(key)["district_code"].count())
    sums.insert(0, "name", [names.get(code, "") for code in sums.index])
    return sums.reset_index()


def write_staffing_book(page: StaffingPage, path: Path) -> None:
    """Write staffing_totals.xlsx: how it was calculated, each district, sums by township, a chart."""
    book = Workbook()
    del book[book.sheetnames[0]]
    _summary(book.create_sheet(SHEETS["summary"].of(page.language)), page)
    table = page.totals.table.copy()
    table["name"] = [*table["name"].iloc[:-1], TOTAL.of(page.language)]
    tables = [("districts", table)]
    if len(page.townships):
        tables.append(("townships", page.townships))
    for name, rows in tables:
        sheet = book.create_sheet(SHEETS[name].of(page.language))
        _table(sheet, rows, page.language, footer=page.project)
    place, bars = _bars(page)
    last = book[SHEETS["townships" if place == "townships" else "districts"].of(page.language)]
    _native_chart(last, place, len(bars), page.language)
    save_whole(book, path)


def _summary(sheet: Any, page: StaffingPage) -> None:
    """How the numbers came to be: sentences, warnings, rules with their sources."""
    language, row = page.language, 1
    put(
        sheet,
        (row, 1),
        f"{page.project} {TITLE.of(language)}".strip(),
        font=Font(bold=True, size=14),
    )
    blocks: list[tuple[Text | None, list[str]]] = [
        (None, [text.of(language) for text in sentences(page.totals, page.profile)]),
        (WARNINGS, [f"{case['code']}  {case[f'message_{language}']}  {case[f'fix_{language}']}"
                    for case in page.totals.found]),
    ]  # fmt: skip
    row = 3
    for head, lines in blocks:
        if head is not None and lines:
            row = _line(sheet, row + 1, head.of(language), bold=True)
        for line in lines:
            row = _line(sheet, row, line)
    row = _line(sheet, row + 1, USED.of(language), bold=True)
    for key in sorted(key for key in page.profile.rules if key.startswith(("staff.", "pay."))):
        rule = page.profile.rules[key]
        put_row(
            sheet,
            row,
            [
                RULES[key].meaning.of(language),
                said_value(rule.value, language),
                rule.unit,
                rule.source,
                key,
            ],
        )
        row += 1
    for letter, width in zip("ABCDE", (34, 12, 12, 52, 28), strict=True):
        sheet.column_dimensions[letter].width = width
    print_on(sheet, repeat="1:1", footer=page.project)


def _line(sheet: Any, row: int, words: str, *, bold: bool = False) -> int:
    """A sentence over the width of the sheet; returns the next row."""
    cell = put(sheet, (row, 1), words, font=Font(bold=bold))
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=5)
    sheet.row_dimensions[row].height = 16.0 * (1 + breadth(words) // 130)
    return row + 1


def _table(sheet: Any, rows: pd.DataFrame, language: Language, *, footer: str) -> None:
    heads = [HEADS[name].of(language) for name in rows.columns]
    put_row(sheet, 1, heads, head=True)
    plain = rows.astype(object).where(rows.notna(), None).to_numpy().tolist()
    for nth, values in enumerate(plain, start=2):
        put_row(sheet, nth, values)
    widths(sheet, [[head, *(row[nth] for row in plain)] for nth, head in enumerate(heads)])
    sheet.freeze_panes = "C2"
    print_on(sheet, repeat="1:1", footer=footer)


def _bars(page: StaffingPage) -> tuple[str, pd.DataFrame]:
    """What the chart shows: townships, districts where there is one township, else the whole."""
    table = page.totals.table
    districts = table[table["district_code"] != ""]
    for place, rows in (("townships", page.townships), ("districts", districts)):
        if 1 < len(rows) <= MOST_BARS:
            return place, rows
    return "whole", table.tail(1)


def _native_chart(sheet: Any, place: str, n: int, language: Language) -> None:
    """A stacked bar chart of enumerators and supervisors, drawn by Excel from the cells."""
    heads = [cell.value for cell in sheet[1]]
    first = 2 if place != "whole" else sheet.max_row
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap = "bar", "stacked", 100
    chart.title = BARS.format(what=WHAT[place].of(language)).of(language)
    for name, colour in (("enumerators", ENUMERATORS), ("supervisors", SUPERVISORS)):
        column = heads.index(HEADS[name].of(language)) + 1
        values = Reference(sheet, min_col=column, min_row=first, max_row=first + n - 1)
        chart.add_data(values, titles_from_data=False)
        series = chart.series[-1]
        series.tx = _title(sheet, column)
        series.graphicalProperties.solidFill = colour
    chart.set_categories(Reference(sheet, min_col=2, min_row=first, max_row=first + n - 1))
    chart.y_axis.title = Text("people", "人").of(language)
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.height, chart.width = max(7, round(0.6 * n) + 3), 20  # cm
    chart.legend.position = "b"
    sheet.add_chart(chart, f"B{sheet.max_row + 3}")


def _title(sheet: Any, column: int) -> Any:
    """Name of a series, taken from the cell of its heading."""
    return SeriesLabel(
        strRef=StrRef(f"{quote_sheetname(sheet.title)}!${get_column_letter(column)}$1")
    )


def write_chart(page: StaffingPage, paths: Sequence[Path]) -> None:
    """The chart as pictures; the ending of each path says which kind (.png, .svg)."""
    place, rows = _bars(page)
    font = FontProperties(fname=str(default_face().path))
    language = page.language
    names = [str(name or code) for name, code in zip(rows["name"], rows.iloc[:, 0], strict=True)]
    names = [TOTAL.of(language)] if place == "whole" else names
    figure = Figure(figsize=(8.0, 1.6 + 0.28 * len(rows)), layout="constrained")
    axes = figure.subplots()
    left = np.zeros(len(rows), dtype=np.int64)
    for name, colour in (("enumerators", ENUMERATORS), ("supervisors", SUPERVISORS)):
        values = rows[name].to_numpy("int64")
        bars = axes.barh(
            range(len(rows)),
            values,
            height=0.6,
            left=left,
            color=f"#{colour}",
            label=HEADS[name].of(language),
        )
        left = left + values
    axes.bar_label(bars, labels=[f"{n:,}" for n in left], padding=3, fontproperties=font)
    axes.set_yticks(range(len(rows)), names, fontproperties=font)
    axes.invert_yaxis()
    axes.margins(x=0.08)
    axes.set_title(BARS.format(what=WHAT[place].of(language)).of(language), fontproperties=font)
    figure.legend(prop=font, loc="outside lower center", ncols=2, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    for label in axes.get_xticklabels():
        label.set_fontproperties(font)
    for path in paths:
        fixed = {"Date": None, "Creator": None} if path.suffix == ".svg" else {"Software": None}
        sealed = mpl.rc_context({"svg.hashsalt": "census_gis", "svg.fonttype": "path"})
        with sealed, beside(path) as scratch:
            figure.savefig(scratch, dpi=150, metadata=fixed)
