"""Small helpers for Excel sheets that are printed: cells that are safe, headers, widths, paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from census_gis.store.beside import beside

__all__ = ["HEAD", "breadth", "column_width", "print_on", "put", "put_row", "save_whole", "widths"]

HEAD = PatternFill("solid", fgColor="DDE6EE")
THIN = Side(style="thin", color="8899A6")
FRAME = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
WRAP = Alignment(vertical="center", wrap_text=True)
SAMPLE, MOST = 200, 60  # rows a streamed column is measured by, and its largest width
WIDE = 0x2E7F  # characters beyond it (Chinese) take two columns of a fixed-width font


def put(sheet: Any, place: tuple[int, int], value: Any, *, font: Font | None = None) -> Any:
    """Write one cell (row, column); a text is a text even when it begins with ``=``."""
    cell = sheet.cell(*place)
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return cell
    cell.value = value.item() if hasattr(value, "item") else value
    if isinstance(value, str):
        cell.data_type = "s"
    elif isinstance(value, int) or float(value).is_integer():
        cell.number_format = "#,##0"
    if font is not None:
        cell.font = font
    return cell


def put_row(sheet: Any, row: int, values: Sequence[Any], *, head: bool = False) -> None:
    """Write a framed row of a table; a heading is bold on a tint."""
    for column, value in enumerate(values, start=1):
        cell = put(sheet, (row, column), value, font=Font(bold=True) if head else None)
        cell.border = FRAME
        if head:
            cell.fill = HEAD
        if head or isinstance(value, str):
            cell.alignment = WRAP


def widths(sheet: Any, columns: Iterable[Iterable[Any]], *, most: int = 40) -> None:
    """Column widths from their texts, in characters; a Chinese one counts double."""
    for nth, values in enumerate(columns, start=1):
        texts = [f"{v:,}" if isinstance(v, int) else str(v) for v in values if v is not None]
        sheet.column_dimensions[get_column_letter(nth)].width = _width(texts, most)


def column_width(head: str, values: pd.Series) -> float:
    """Width of a streamed column, in characters, from its heading and first rows."""
    return _width([*head.split("\n"), *map(str, values.head(SAMPLE).dropna())], MOST)


def breadth(text: str) -> int:
    """Columns of a fixed-width font that a text takes; a Chinese character takes two."""
    return sum(2 if ord(character) > WIDE else 1 for character in text)


def _width(texts: Iterable[str], most: int) -> float:
    longest = max(map(breadth, texts), default=0)
    return float(min(max(longest + 2, 8), most))


def print_on(sheet: Any, *, repeat: str, footer: str) -> None:
    """A4 landscape, all columns on the width of a page, header rows repeated, pages numbered."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = sheet.ORIENTATION_LANDSCAPE
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_title_rows = repeat
    sheet.oddFooter.center.text = footer.replace("&", "&&") + "  &P / &N"
    margins = sheet.page_margins
    margins.left = margins.right = 0.5  # inches
    margins.top = margins.bottom = 0.6


def save_whole(book: Workbook, path: Path) -> None:
    """Save a workbook, whole or not at all."""
    with beside(path) as scratch:
        book.save(scratch)
