"""The list of border buildings for the committees of both sides to sign: an Excel file and a page to print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break

from census_gis.areas.border_buildings import border_buildings
from census_gis.language import Language, Text
from census_gis.present.office import FRAME, print_on, put, put_row, save_whole
from census_gis.present.webfont import filled_page
from census_gis.store.beside import write_whole

__all__ = ["write_border_list", "write_border_page"]

TITLE = Text("Border buildings", "界上建筑物清单")
HEADS: tuple[tuple[Text, float], ...] = (
    (Text("No.", "序号"), 6), (Text("building", "建筑物标识"), 16), (Text("name / address", "名称／地址"), 34),
    (Text("in A [%]", "占甲方 %"), 10), (Text("in B [%]", "占乙方 %"), 10),
    (Text("outside [%]", "界外 %"), 10), (Text("how", "情形"), 10), (Text("given to", "现归属"), 22),
    (Text("EA", "普查小区"), 20), (Text("persons", "人数（人）"), 10),
    (Text("agreed / remarks", "双方确认／备注"), 30),
)  # fmt: skip
PAIR = Text(
    "A: {left}    B: {right}    ({n} buildings)", "甲方：{left}    乙方：{right}    （{n} 栋）"
)
OUTSIDE = Text("outside the project", "本项目范围以外")
NOBODY = Text("nobody", "未归属")
HOW = {True: Text("across", "跨界"), False: Text("near", "近界")}
NONE = Text(
    "No building stands across or near a district line.", "没有跨界或临近普查区界线的建筑物。"
)
NOTE = Text(
    "Buildings across a district line or within 2 m of it. Each is counted once, by the district it is given to; "
    "write down where both sides agree otherwise.",
    "列出跨普查区界线或距界线 2 米以内的建筑物。每栋只由所归属的普查区登记一次；双方另有商定的请注明。",
)
COMMITTEE = {
    "a": Text("Committee of A (signature, seal)", "甲方居（村）委会（签字、盖章）"),
    "b": Text("Committee of B (signature, seal)", "乙方居（村）委会（签字、盖章）"),
    "date": Text("Date", "日期"),
}
DATA = Text("Data", "数据")
OFFICE = Text("Internal: for the census office only.", "内部资料，仅供普查机构使用。")
LINE = Border(bottom=Side(style="thin"))


def write_border_list(
    tables: Mapping[str, Any], path: Path, *, language: Language, project: str
) -> None:
    """Write border_buildings.xlsx: a block for each pair of districts with signature lines, and a sheet of data.

    Parameters
    ----------
    tables
        Layers `districts`, `dwelling_parts`, `outside_buildings` of a plan.
    path
        The file.
    project
        Name to print at the foot.
    """
    blocks = _blocks(tables, language)
    book = Workbook()
    sheet = book[book.sheetnames[0]]
    sheet.title = TITLE.of(language)
    put(sheet, (1, 1), f"{project} {TITLE.of(language)}".strip(), font=Font(bold=True, size=14))
    put(sheet, (2, 1), NOTE.of(language), font=Font(italic=True))
    heads = [text.of(language) for text, _ in HEADS]
    put_row(sheet, 3, heads, head=True)
    for nth, (_, width) in enumerate(HEADS, start=1):
        sheet.column_dimensions[get_column_letter(nth)].width = width
    row = 4
    for nth, block in enumerate(blocks):
        if nth:
            sheet.row_breaks.append(Break(id=row - 1))  # each pair signs a sheet of its own
        row = _write_block(sheet, row, block, language)
    if not blocks:
        put(sheet, (4, 1), NONE.of(language))
    sheet.freeze_panes = "A4"
    print_on(sheet, repeat="1:3", footer=project)
    _data(book.create_sheet(DATA.of(language)), blocks, language)
    save_whole(book, path)


def write_border_page(
    tables: Mapping[str, Any], path: Path, *, language: Language, project: str
) -> None:
    """Write border_buildings.html: the same list as a page that opens offline and prints one pair a sheet."""
    page = filled_page(
        "border_buildings.html",
        language=language, project=project, title=TITLE.of(language), note=NOTE.of(language),
        nothing=NONE.of(language), office=OFFICE.of(language), heads=[text.of(language) for text, _ in HEADS],
        blocks=_blocks(tables, language), signs={key: text.of(language) for key, text in COMMITTEE.items()},
    )  # fmt: skip
    write_whole(path, page.encode())


def _blocks(tables: Mapping[str, Any], language: Language) -> list[dict[str, Any]]:
    """Rows for each pair of districts, in words."""
    table = border_buildings(tables)
    names = dict(
        zip(tables["districts"]["district_code"], tables["districts"]["name"], strict=True)
    )
    blocks = []
    for (left, right), rows in table.groupby(["left", "right"], sort=False):
        a = _called(left, names)
        b = _called(right, names) if right else OUTSIDE.of(language)
        blocks.append({
            "left": a, "right": b, "codes": (left, right),
            "head": PAIR.format(left=a, right=b, n=len(rows)).of(language),
            "rows": list(_rows(pd.DataFrame(rows), names, language)),
        })  # fmt: skip
    return blocks


def _called(code: object, names: Mapping[object, object]) -> str:
    name = names.get(code)
    return str(code) if not name or name == code else f"{name} {code}"


def _rows(
    rows: pd.DataFrame, names: Mapping[object, object], language: Language
) -> Iterator[list[Any]]:
    for nth, row in enumerate(rows.itertuples(), start=1):
        said = [text for text in (row.name, row.address) if isinstance(text, str) and text]
        home = _called(row.given_to, names) if row.given_to else NOBODY.of(language)
        persons = None if pd.isna(row.persons) else int(row.persons)
        right = row.share_right if row.right else None
        yield [nth, row.building_id, " / ".join(said), row.share_left, right, row.share_outside,
               HOW[bool(row.across)].of(language), home, row.ea_codes, persons, ""]  # fmt: skip


def _write_block(sheet: Any, row: int, block: Mapping[str, Any], language: Language) -> int:
    """Heading, rows and signature lines of one pair; returns the row behind them."""
    last = len(HEADS)
    put(sheet, (row, 1), block["head"], font=Font(bold=True))
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=last)
    sheet.cell(row, 1).border = FRAME
    for values in block["rows"]:
        row += 1
        put_row(sheet, row, values)
        for column in (4, 5, 6):
            sheet.cell(row, column).number_format = "0.0"
    row += 2
    places = (("a", 1, 3, 4), ("b", 5, 8, 9), ("date", 10, 10, 11))
    for key, begin, end, line in places:
        cell = put(sheet, (row, begin), COMMITTEE[key].of(language) + Text(":", "：").of(language))
        cell.alignment = Alignment(
            vertical="bottom", horizontal="right" if key == "date" else "left"
        )
        if end > begin:
            sheet.merge_cells(start_row=row, end_row=row, start_column=begin, end_column=end)
        sheet.cell(row, line).border = LINE
    sheet.row_dimensions[row].height = 30
    return row + 2


def _data(sheet: Any, blocks: list[dict[str, Any]], language: Language) -> None:
    """All rows below each other with the codes of their pair, for sorting and filtering."""
    pair = [Text("A", "甲方").of(language), Text("B", "乙方").of(language)]
    put_row(sheet, 1, [*pair, *(text.of(language) for text, _ in HEADS[1:-1])], head=True)
    row = 1
    for block in blocks:
        for values in block["rows"]:
            row += 1
            put_row(sheet, row, [*block["codes"], *values[1:-1]])
    for nth, width in enumerate((16, 16, *(width for _, width in HEADS[1:-1])), start=1):
        sheet.column_dimensions[get_column_letter(nth)].width = width
    sheet.auto_filter.ref = sheet.dimensions
    sheet.freeze_panes = "A2"
