"""Tables without shapes: CSV and XLSX as text, never as formulas."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from census_gis.errors import InputError
from census_gis.inputs.encoding import text_encoding
from census_gis.inputs.headings import find_heading, sheet_marks
from census_gis.language import Text

__all__ = ["OpenedTable", "read_rows", "sheet_names"]

Cells = tuple[object, ...]
# What openpyxl raises on workbooks that were cut or changed: it checks little by itself.
DAMAGE = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, SyntaxError,
    TypeError, AttributeError, IndexError, EOFError, NotImplementedError,
)  # fmt: skip
MOST_ROWS, MOST_COLUMNS, MOST_CSV_BYTES = 1_048_576, 255, 1 << 30


@dataclass(frozen=True)
class OpenedTable:
    """Rows as read, the encoding of their texts, and what was noticed."""

    frame: pd.DataFrame
    encoding: str
    findings: list[dict[str, Any]] = field(default_factory=list)


def read_rows(path: Path, driver: str, *, layer: str | None, stated: str | None) -> OpenedTable:
    """All rows of a checked CSV or XLSX file: a row names the columns, every value is text.

    Raises
    ------
    InputError
        No header, doubled column names, rows of another length, no such sheet, too large.
    """
    return _csv(path, stated) if driver == "CSV" else _xlsx(path, layer)


def _csv(path: Path, stated: str | None) -> OpenedTable:
    if path.stat().st_size > MOST_CSV_BYTES:
        raise _too_large(path)
    encoding, found = text_encoding(path, stated=stated)
    text = path.read_bytes().decode(encoding, "strict")
    if "\0" in text:
        raise InputError(
            Text("the file holds NUL characters.", "文件含有 NUL 字符。"),
            where=path.name, fix=Text("export it again as CSV UTF-8.", "请重新导出为 CSV UTF-8。"),
        )  # fmt: skip
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;|", key=first.count) if any(sign in first for sign in ",\t;|") else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(
            Text(f"the rows cannot be told apart: {error}.", f"无法区分各行：{error}。"),
            where=path.name, fix=Text("export it again as CSV UTF-8.", "请重新导出为 CSV UTF-8。"),
        ) from error  # fmt: skip
    return OpenedTable(_table(rows, path.name), encoding, found)


def _xlsx(path: Path, layer: str | None) -> OpenedTable:
    if not openpyxl.DEFUSEDXML:
        raise InputError(
            Text("defusedxml is not installed; workbooks are not read without it.",
                 "未安装 defusedxml；缺少它时不读取工作簿。"),
            where=path.name, fix=Text("pip install defusedxml.", "pip install defusedxml。"),
        )  # fmt: skip
    values, label = _sheet(path, layer, computed=True)
    merged, has_formulas = sheet_marks(path, layer)
    formulas = _sheet(path, layer, computed=False)[0] if has_formulas else []
    found_at = find_heading(values, merged)
    body = found_at.table(values)
    _refuse_uncomputed(values, formulas, found_at.kept, label)
    texts = [[_as_text(value) for value in row] for row in body]
    numbers = [found_at.rows[-1] + 1, *(row + 1 for row in found_at.data)] if texts else []
    table = _table(texts, label, numbers)
    return OpenedTable(table, "utf-8", found_at.findings(label))


def sheet_names(path: Path) -> list[str]:
    """Names of the sheets of a checked workbook, in its order."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
        try:
            return [str(sheet.title) for sheet in book.worksheets]
        finally:
            book.close()
    except DAMAGE as error:
        raise _damaged(path, error) from error


def _refuse_uncomputed(
    values: list[Cells], formulas: list[Cells], kept: Sequence[int], label: str
) -> None:
    """Raise where a formula has no stored value: nothing is computed here, and empty would be a guess."""
    cells = [
        f"{get_column_letter(column + 1)}{row + 1}"
        for row in kept
        for column, there in enumerate(formulas[row] if row < len(formulas) else ())
        if isinstance(there, str) and there.startswith("=") and values[row][column] is None
    ]
    if cells:
        raise InputError(
            Text(f"{len(cells)} cells hold formulas without a stored value.",
                 f"{len(cells)} 个单元格的公式没有保存结果。"),
            where=label, rows=cells,
            fix=Text("open and save the workbook in Excel or WPS, or paste values.",
                     "请在 Excel 或 WPS 中打开并保存，或粘贴为数值。"),
        )  # fmt: skip


def _sheet(path: Path, layer: str | None, *, computed: bool) -> tuple[list[Cells], str]:
    """Cells of a sheet: the values last computed, or the formulas as written; nothing is evaluated."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=computed, keep_links=False)
        try:
            names = [sheet.title for sheet in book.worksheets]
            wanted = layer if layer is not None else (names or [""])[0]
            rows = _cells(book[wanted]) if wanted in names else None
        finally:
            book.close()
    except DAMAGE as error:
        raise _damaged(path, error) from error
    if rows is None:
        raise InputError(
            Text(f"there is no sheet '{wanted}'.", f"没有名为“{wanted}”的工作表。"),
            where=path.name, rows=names, fix=Text("name one of these.", "请指定其中之一。"),
        )  # fmt: skip
    return rows, f"{path.name}:{wanted}"


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(
        Text(f"the workbook is damaged ({error}).", f"工作簿已损坏（{error}）。"),
        where=path.name, fix=Text("save it again as .xlsx.", "请重新另存为 .xlsx。"),
    )  # fmt: skip


def _cells(sheet: Any) -> list[Cells]:
    """Rows without the empty ones below and the empty cells to the right."""
    sheet.reset_dimensions()  # the size a sheet declares may be wrong
    limit = itertools.islice(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), MOST_ROWS)
    rows = [tuple(row) for row in limit]
    while rows and all(value is None for value in rows[-1]):
        rows.pop()
    width = max((i + 1 for row in rows for i, one in enumerate(row) if one is not None), default=0)
    return [row[:width] + (None,) * (width - len(row)) for row in rows]


def _as_text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return str(value)


def _table(
    rows: Iterable[Iterable[str | None]], label: str, numbers: Sequence[int] = ()
) -> pd.DataFrame:
    """Rows under the names of the first one; empty rows are left out. `numbers` are the rows' in the file."""
    filled = [list(row) for row in rows]
    known = numbers or range(1, len(filled) + 1)
    lines = [(i, row) for i, row in zip(known, filled, strict=True) if any(row)]
    if not lines:
        raise InputError(
            Text("the table is empty.", "表格为空。"),
            where=label, fix=Text("give a table with a header row.", "请提供带标题行的表格。"),
        )  # fmt: skip
    header = [str(value or "").strip() for value in lines[0][1]]
    while header and not header[-1]:
        header.pop()
    doubled = sorted({name for name in header if header.count(name) > 1 or not name})
    if doubled or len(header) > MOST_COLUMNS:
        raise InputError(
            Text(f"{len(header)} columns; names empty or doubled: {', '.join(doubled) or '-'}.",
                 f"共 {len(header)} 列；列名为空或重复：{'、'.join(doubled) or '-'}。"),
            where=label, fix=Text("give every column its own name.", "请给每一列起唯一的名称。"),
        )  # fmt: skip
    body = lines[1:]
    ragged = [line for line, row in body if any(row[len(header) :]) or len(row) < len(header)]
    if ragged:
        raise InputError(
            Text(f"{len(ragged)} rows do not have {len(header)} values.",
                 f"{len(ragged)} 行的值不是 {len(header)} 个。"),
            where=label, rows=ragged,
            fix=Text("look for separators inside texts.", "请检查文字中是否含有分隔符。"),
        )  # fmt: skip
    data = [[value or None for value in row[: len(header)]] for _, row in body]
    return pd.DataFrame(data, columns=header, dtype=object)


def _too_large(path: Path) -> InputError:
    size = path.stat().st_size / 1e9
    return InputError(
        Text(f"the table has {size:.1f} GB, more than {MOST_CSV_BYTES / 1e9:.1f}.",
             f"表格大小 {size:.1f} GB，超过上限 {MOST_CSV_BYTES / 1e9:.1f} GB。"),
        where=path.name, fix=Text("cut it into parts.", "请分成几部分。"),
    )  # fmt: skip
