"""The office's own table of districts: one column is filled in, and no other cell is touched.

A program that loads and saves a workbook drops what it does not know (charts, checks, remarks). So the sheet
is changed where it lies: the bytes of the cells in question are replaced, all other bytes are copied.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import defusedxml.ElementTree as ElementTree
import openpyxl
from openpyxl.utils import column_index_from_string, get_column_letter

from census_gis.errors import InputError
from census_gis.language import Text

__all__ = ["COLUMN", "Filled", "fill_own_list"]

COLUMN = "xiaoqu_num"
HEAD_ROWS = 20  # the header is looked for in the first rows
SHEET_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RECALCULATE = re.compile(rb"<((?:\w+:)?calcPr)\b(?![^>]*fullCalcOnLoad)")


@dataclass(frozen=True)
class Filled:
    """The finished workbook, what codes of the plan it lacks, and which of its codes the plan lacks."""

    data: bytes
    sheet: str
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass
class _Found:
    """Where the bytes of cells and rows lie: (row, column) -> (begin, end), row -> place of a new cell."""

    prefix: bytes = b""
    cells: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    rows: dict[int, int] = field(default_factory=dict)


def fill_own_list(path: Path, counts: Mapping[str, int]) -> Filled:
    """Write the number of EAs of each district into column ``xiaoqu_num`` of a copy of the workbook.

    Parameters
    ----------
    path
        An .xlsx file that has passed the door.
    counts
        Number of EAs by district code.

    Raises
    ------
    InputError
        If no sheet has a column ``xiaoqu_num``, none of its columns holds codes of the plan, or a cell
        to be filled holds a formula.
    """
    sheet, column, codes = _locate(path, counts)
    with zipfile.ZipFile(path) as archive:
        member = _member(archive, sheet)
        content = archive.read(member)
        found = _scan(content, column)
        known = {row: code for row, code in codes.items() if code in counts}
        computed = [
            f"{get_column_letter(column)}{row}" for row in known if (row, column) in found.formulas
        ]
        if computed:
            raise InputError(
                Text(f"{len(computed)} cells of {COLUMN} hold formulas.", f"{COLUMN} 列有 {len(computed)} 个单元格含公式。"),
                where=f"{path.name}:{sheet}", rows=computed,
                fix=Text("empty these cells.", "请清空这些单元格。"),
            )  # fmt: skip
        changed = _spliced(
            content, found, {row: counts[code] for row, code in known.items()}, column
        )
        data = _repacked(archive, {member: changed})
    listed = set(codes.values())
    return Filled(
        data, sheet, tuple(sorted(set(counts) - listed)), tuple(sorted(listed - set(counts)))
    )


def _locate(path: Path, counts: Mapping[str, int]) -> tuple[str, int, dict[int, str]]:
    """Sheet, number of the column to fill, and the code in each row under the header."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            rows = [tuple(row) for row in sheet.iter_rows(values_only=True)]
            head = next(
                (n for n, row in enumerate(rows[:HEAD_ROWS]) if _column(row) is not None), None
            )
            if head is None:
                continue
            target = _column(rows[head])
            width = max(map(len, rows))
            body = {n + 1: [*map(_code, row), *[""] * (width - len(row))]
                    for n, row in enumerate(rows) if n > head}  # fmt: skip
            hits = [sum(cells[n] in counts for cells in body.values()) for n in range(width)]
            if not max(hits, default=0):
                raise InputError(
                    Text("no column holds codes of districts of this plan.", "没有一列含有本方案的普查区代码。"),
                    where=f"{path.name}:{sheet.title}",
                    fix=Text("check that the table is of this place, and that codes are whole (12 digits).",
                             "请核对表格是否属于本地，代码是否完整（12 位）。"),
                )  # fmt: skip
            at = hits.index(max(hits))
            codes = {
                row: cells[at] for row, cells in body.items() if re.fullmatch(r"\w{6,}", cells[at])
            }
            return str(sheet.title), int(target or 0) + 1, codes
    finally:
        book.close()
    raise InputError(
        Text(f"no sheet has a column {COLUMN}.", f"没有工作表含 {COLUMN} 列。"),
        where=path.name,
        fix=Text(f"name the column to be filled in {COLUMN}.", f"请将待填列命名为 {COLUMN}。"),
    )  # fmt: skip


def _column(row: tuple[object, ...]) -> int | None:
    return next((n for n, cell in enumerate(row) if str(cell).strip().lower() == COLUMN), None)


def _code(value: object) -> str:
    """A code as text, also where the table keeps it as a number."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip().lstrip("'")


def _member(archive: zipfile.ZipFile, sheet: str) -> str:
    """Name of the archive's file that holds a sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    number = next(node.get(f"{{{SHEET_TYPE}}}id") for node in book.iter()
                  if node.tag.endswith("}sheet") and node.get("name") == sheet)  # fmt: skip
    target = next(str(node.get("Target")) for node in links if node.get("Id") == number)
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _scan(content: bytes, column: int) -> _Found:
    """Where cells of a column and the ends of rows lie in the bytes of a sheet."""
    found, parser = _Found(), expat.ParserCreate()
    state: dict[str, int] = {"row": 0, "column": 0, "begin": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            state["row"] = int(attributes.get("r", state["row"] + 1))
            state["column"] = 0
            found.prefix = tag.encode()[: -len("row")]
        elif name == "c":
            letters = re.match(r"[A-Z]+", attributes.get("r", ""))
            state["column"] = (
                column_index_from_string(letters[0]) if letters else state["column"] + 1
            )
            state["begin"] = parser.CurrentByteIndex
            if state["column"] > column:
                found.rows.setdefault(state["row"], state["begin"])
        elif name == "f":
            found.formulas.add((state["row"], state["column"]))

    def end(tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "c" and state["column"] == column:
            close = content.index(b">", parser.CurrentByteIndex) + 1
            found.cells[state["row"], column] = (state["begin"], close)
        elif name == "row":
            found.rows.setdefault(state["row"], parser.CurrentByteIndex)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(content, True)
    return found


def _spliced(content: bytes, found: _Found, values: Mapping[int, int], column: int) -> bytes:
    """The sheet with some cells of a column replaced; a cell keeps its style."""
    pieces, at = [], 0
    for row in sorted(values):
        begin, end = found.cells.get((row, column), (found.rows[row],) * 2)
        style = re.match(rb'<[^>]*?(\ss="\d+")', content[begin:end])
        look = style[1] if style else b""
        tag, value = found.prefix, str(values[row]).encode()
        name = f"{get_column_letter(column)}{row}".encode()
        cell = b'<%sc r="%s"%s><%sv>%s</%sv></%sc>' % (tag, name, look, tag, value, tag, tag)
        pieces += [content[at:begin], cell]
        at = end
    return b"".join([*pieces, content[at:]])


def _repacked(archive: zipfile.ZipFile, changed: Mapping[str, bytes]) -> bytes:
    """The archive with some files replaced; Excel is asked to compute formulas anew when it opens it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in archive.infolist():
            data = changed.get(info.filename, archive.read(info))
            if info.filename == "xl/workbook.xml":
                data = RECALCULATE.sub(rb'<\1 fullCalcOnLoad="1"', data)
            copy = zipfile.ZipInfo(info.filename, info.date_time)
            copy.compress_type, copy.external_attr = zipfile.ZIP_DEFLATED, info.external_attr
            new.writestr(copy, data)
    return target.getvalue()
