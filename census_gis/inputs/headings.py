"""Where the table is on an office's sheet: below titles, under one or several rows of names, above totals and notes.

A sheet like this is read as a table of three columns and one row, and what was passed over is said:

    |        2020年人口汇总表（合并）        |   title
    | 代码 | 名称 |        人口数          |   names, 人口数 merged over two columns
    |      |      |  常住   |  人户分离    |   names of its parts
    |      |      |  人     |  人          |   units
    | 001  | 东风 |  1200   |  30          |   data
    | 合计 |      |  1200   |  30          |   total
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from defusedxml import ElementTree
from openpyxl.utils import range_boundaries

from census_gis.findings import Kind
from census_gis.language import Text

__all__ = ["TOTAL", "Heading", "find_heading", "sheet_marks"]

Cells = tuple[object, ...]
# First row, first column, last row, last column, from 0, ends included.
Box = tuple[int, int, int, int]
DEEPEST, LOOKED_AT = 5, 60  # rows a heading may have; rows above the data that are looked at
MOST_MERGED, BLOCK = 100_000, 1 << 20
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

TOTAL = re.compile(
    r"^(合计|总计|共计|小计|总数|计|totals?|grand ?total|subtotal|sum)[:：]?$", re.IGNORECASE
)
# Notes have a colon near their beginning, so that 注溪村 and a column 日期 are none; behind a Chinese colon
# stands what was filled in (截止日期：2020年9月30日), behind another one it may be a name (building:levels).
NOTE = re.compile(
    r"^(?:[^:：]{1,12}：|(?:注|备注|说明|附注|资料|数据|来源|填报|填表|制表|审核|统计|单位|负责|联系|报出|日期|截止|截至|"
    r"时间|时点|表号|制定机关|批准|有效期|note|source|prepared|remark|unit|date|as of)[^:：]{0,12}[:：])", re.IGNORECASE,
)  # fmt: skip
UNIT = re.compile(
    r"^[（(\[]?(人|户|个|栋|幢|座|套|间|层|米|m|平方米|㎡|m2|m²|km2|km²|平方公里|公顷|亩|万人|岁|元|%|％|人/户|"
    r"persons?|people|households?|storeys?|floors?|units?|ha|metres?)[)）\]]?$", re.IGNORECASE,
)  # fmt: skip
NUMBER = re.compile(r"^[（(]?\d{1,3}[)）]?$")
STEMS = "甲乙丙丁戊己庚辛"

F025 = Kind(
    "F025", "note",
    Text("the table begins in row {first}; passed over: {what}", "表格从第 {first} 行开始；略去：{what_zh}"),
    Text("check that no data is among these rows", "请确认这些行中没有数据"),
)  # fmt: skip
F026 = Kind(
    "F026", "note",
    Text("names of columns stand in rows {rows}; they were joined: {names}", "列名分布在第 {rows} 行，已合并为：{names}"),
    Text("use these names under columns", "请在 columns 中使用这些名称"),
)  # fmt: skip
WORDS = {
    "title": Text("titles and notes in rows {rows}", "标题和说明（第 {rows} 行）"),
    "unit": Text("units in row {rows}", "单位（第 {rows} 行）"),
    "number": Text("column numbers in row {rows}", "列号（第 {rows} 行）"),
    "total": Text("totals in rows {rows}", "合计（第 {rows} 行）"),
}  # fmt: skip


@dataclass(frozen=True)
class Heading:
    """Rows of a sheet by what they are (numbers from 0), and the names of the columns."""

    names: tuple[str | None, ...]
    rows: tuple[int, ...]
    data: tuple[int, ...]
    skipped: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def kept(self) -> tuple[int, ...]:
        """Rows that are read."""
        return self.rows + self.data

    def table(self, cells: Sequence[Cells]) -> list[Cells]:
        """The names, and the data below them."""
        return [self.names, *(cells[row] for row in self.data)]

    def findings(self, label: str) -> list[dict[str, Any]]:
        """What was passed over and joined, with the sheet's row numbers."""
        found = []
        if self.skipped:
            parts = [WORDS[kind].format(rows=_shown(rows)) for kind, rows in self.skipped.items()]
            en, zh = "; ".join(part.en for part in parts), "；".join(part.zh for part in parts)
            lines = _shown(sorted(row for rows in self.skipped.values() for row in rows))
            found.append(F025.at(label, lines, first=self.rows[0] + 1, what=en, what_zh=zh))
        if len(self.rows) > 1:
            names = ", ".join(name for name in self.names if name)
            found.append(F026.at(label, _shown(self.rows), rows=_shown(self.rows), names=names))
        return found


def find_heading(cells: Sequence[Cells], merged: Sequence[Box]) -> Heading:
    """The names of the columns, and which rows are data.

    Parameters
    ----------
    cells
        Values of the sheet, row by row.
    merged
        Merged cells; only their first cell holds a value.
    """
    texts = [[_text(value) for value in row] for row in cells]
    top = _top(texts, merged)
    if top is None:
        return Heading(
            tuple(map(_text, cells[0])) if cells else (),
            (0,) if cells else (),
            tuple(range(1, len(cells))),
        )
    last = _bottom(top, texts, merged)
    rows = tuple(range(top, last + 1))
    names = _names(texts, rows, merged)
    above = tuple(row for row in range(top) if any(texts[row]))
    skipped: dict[str, list[int]] = {"title": list(above), "unit": [], "number": [], "total": []}
    data: list[int] = []
    for row in range(last + 1, len(texts)):
        kind = _kind(texts[row], merged, row, len(names), just_below=not data, deep=len(rows) > 1)
        if kind:
            skipped[kind].append(row)
        elif any(texts[row]):
            data.append(row)
    kept = {kind: tuple(lines) for kind, lines in skipped.items() if lines}
    return Heading(names, rows, tuple(data), kept)


def _top(texts: Sequence[Sequence[str | None]], merged: Sequence[Box]) -> int | None:
    """First row of names: the first that is neither empty, nor one text over the sheet, nor a note."""
    for row in range(min(len(texts), LOOKED_AT)):
        filled = [text for text in texts[row] if text]
        if not filled or all(NOTE.match(text) for text in filled):
            continue
        width = len(texts[row])
        wide = any(box[0] == row and box[3] - box[1] + 1 >= max(width - 1, 2) for box in merged)
        alone = len(filled) == 1 and (wide or _fuller_below(texts, row))
        if not alone:
            return row
    return None


def _fuller_below(texts: Sequence[Sequence[str | None]], row: int) -> bool:
    """Whether one of the next rows has more cells filled: then a single text is a title."""
    return any(sum(map(bool, below)) > 1 for below in texts[row + 1 : row + 4])


def _bottom(top: int, texts: Sequence[Sequence[str | None]], merged: Sequence[Box]) -> int:
    """Last row of names: as far as merged names reach, and one more where a name spans several columns."""
    last, row = top, top
    while row <= last and last < min(top + DEEPEST - 1, len(texts) - 1):
        for box in merged:
            if box[0] == row and texts[row][box[1]]:
                # A group of columns has the names of its parts in the row below it.
                parts = box[3] > box[1] and box[2] + 1 < len(texts) and _names_in(texts, box)
                last = max(last, box[2] + bool(parts))
        row += 1
    return min(last, len(texts) - 1)


def _names_in(texts: Sequence[Sequence[str | None]], box: Box) -> bool:
    """Whether the cells below a merged name are names: texts that are no numbers."""
    below = texts[box[2] + 1][box[1] : box[3] + 1]
    return any(below) and not any(text and re.fullmatch(r"[-+.\d,]+", text) for text in below)


def _names(texts: Sequence[Sequence[str | None]], rows: Sequence[int], merged: Sequence[Box]) -> tuple[str | None, ...]:  # fmt: skip
    """One name a column: the names above each other joined by _, each said once."""
    grid = {row: list(texts[row]) for row in rows}
    for first, left, last, right in merged:
        if first in grid:
            for row in range(first, min(last, rows[-1]) + 1):
                # A name over several rows is said once; over several columns in each of them.
                value = texts[first][left] if row == first else None
                grid[row][left : right + 1] = [value] * (len(grid[row][left : right + 1]))
    width = max((len(row) for row in grid.values()), default=0)
    joined = [
        "_".join(dict.fromkeys(text for row in rows if (text := grid[row][column])))
        for column in range(width)
    ]
    return tuple(name or None for name in joined)


def _kind(
    row: Sequence[str | None], merged: Sequence[Box], number: int, width: int, *, just_below: bool, deep: bool
) -> str | None:  # fmt: skip
    """What a row below the names is, if not data."""
    filled = [text for text in row if text]
    if not filled:
        return None
    if just_below and all(UNIT.match(text) for text in filled):
        return "unit"
    if just_below and _numbered(filled, width, deep):
        return "number"
    if TOTAL.match(re.sub(r"\s+", "", filled[0])) and filled[0] in row[:3]:
        return "total"
    wide = any(box[0] == number and box[3] - box[1] + 1 >= max(width - 1, 2) for box in merged)
    alone = len(filled) == 1 and width > 1
    return (
        "title"
        if (alone and (wide or NOTE.match(filled[0]))) or all(map(NOTE.match, filled))
        else None
    )


def _numbered(filled: Sequence[str], width: int, deep: bool) -> bool:
    """Whether a row numbers the columns: 甲 乙 1 2 3, or 1 2 3 under names of several rows."""
    stems = sum(text in STEMS for text in filled if len(text) == 1)
    rest = filled[stems:]
    if len(filled) < min(width, 3) or not all(NUMBER.match(text) for text in rest):
        return False
    numbers = [int(text.strip("()（）")) for text in rest]
    return numbers == list(range(1, len(rest) + 1)) and (stems > 0 or (deep and len(rest) == width))


def _text(value: object) -> str | None:
    """A cell as a name: no line breaks, no space between Chinese characters."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = re.sub(r"\s+", " ", str(value)).strip()
    return re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", text) or None


def _shown(rows: Sequence[int]) -> str:
    return ", ".join(str(row + 1) for row in rows[:10]) + (" …" if len(rows) > 10 else "")


def sheet_marks(path: Path, layer: str | None) -> tuple[list[Box], bool]:
    """Merged cells of a sheet, and whether it holds formulas.

    Both are found by their text in the sheet's part, many times faster than by parsing all cells; reading a
    workbook row by row, as is done for its values, passes over the list of merged cells, which comes last.
    """
    with zipfile.ZipFile(path) as book:
        part = _part(book, layer)
        if part is None:
            return [], False
        with book.open(part) as stream:
            refs, formulas = _scan(stream)
    boxes = []
    for ref in refs:
        left, top, right, bottom = (value or 1 for value in range_boundaries(ref))
        boxes.append((top - 1, left - 1, bottom - 1, right - 1))
    return sorted(boxes), formulas


def _scan(stream: IO[bytes]) -> tuple[list[str], bool]:
    refs: list[str] = []
    rest, formulas = b"", False
    while (block := stream.read(BLOCK)) and len(refs) < MOST_MERGED:
        text = rest + block
        end = text.rfind(b">") + 1
        formulas = formulas or FORMULA.search(text, 0, end) is not None
        refs += [match[1].decode("ascii") for match in MERGED.finditer(text, 0, end)]
        rest = text[end:]
    return refs, formulas


def _part(book: zipfile.ZipFile, layer: str | None) -> str | None:
    """The member of a workbook that holds a sheet (the first without a name)."""
    sheets = ElementTree.fromstring(book.read("xl/workbook.xml"), forbid_dtd=True).iter(
        f"{MAIN}sheet"
    )
    wanted = next((one for one in sheets if layer is None or one.get("name") == layer), None)
    if wanted is None:
        return None
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    target = next(
        (one.get("Target") for one in links if one.get("Id") == wanted.get(RELATION)), None
    )
    if target is None:
        return None
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
