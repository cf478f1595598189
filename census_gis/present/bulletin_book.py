"""Workbooks of tables for an office: a title, notes, rows, printed on A4; every text is a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Font

from census_gis.language import Language, Text
from census_gis.present.office import print_on, put, put_row, save_whole, widths

__all__ = ["Sheet", "write_book"]


@dataclass(frozen=True)
class Sheet:
    """One table: its title, rows, headings by column (columns without one are left out), notes above it."""

    title: Text
    rows: pd.DataFrame
    heads: Mapping[str, Text]
    notes: Sequence[Text] = ()


def write_book(path: Path, sheets: Sequence[Sheet], *, project: str, language: Language) -> None:
    """Write a workbook with a sheet for each table, whole or not at all."""
    book = Workbook()
    del book[book.sheetnames[0]]
    for one in sheets:
        sheet = book.create_sheet(one.title.of(language)[:31])
        put(
            sheet,
            (1, 1),
            f"{project} {one.title.of(language)}".strip(),
            font=Font(bold=True, size=14),
        )
        for nth, note in enumerate(one.notes, start=2):
            put(sheet, (nth, 1), note.of(language), font=Font(italic=True))
        head = 3 + len(one.notes)
        names = [name for name in one.heads if name in one.rows]
        titles = [one.heads[name].of(language) for name in names]
        table = one.rows[names].astype(object)
        rows = table.where(table.notna(), None).to_numpy(object).tolist()
        put_row(sheet, head, titles, head=True)
        for nth, row in enumerate(rows, start=head + 1):
            put_row(sheet, nth, row)
        widths(sheet, [[title, *(row[k] for row in rows)] for k, title in enumerate(titles)])
        sheet.freeze_panes = f"A{head + 1}"
        print_on(sheet, repeat=f"{head}:{head}", footer=project)
    save_whole(book, path)
