"""The first pages of a township's book: its sheet with the list of districts, and the signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from census_gis.present.binding import Chapter, Leaf
from census_gis.present.book import LEGEND
from census_gis.present.digest import digest_of
from census_gis.present.legend_page import legend_page
from census_gis.present.order import Order
from census_gis.present.pdf import Bookmark, PdfBook
from census_gis.present.press import Known, Print, labels_of, number_pages, turn_leaf
from census_gis.present.scan import printed_code, sheet_words
from census_gis.present.surroundings import Tables
from census_gis.present.township_sheet import Volume, township_sheet

__all__ = ["township_chapter"]


def township_chapter(
    tables: Tables, code: str, path: Path, *, order: Order, volumes: Mapping[str, Volume],
    known: Known | None = None,
) -> tuple[Chapter, dict[str, Any]]:  # fmt: skip
    """Write the sheet of a township and a page of signs to a PDF that other chapters are bound behind.

    Parameters
    ----------
    tables
        Layers of a plan, at least those around the township.
    code
        First digits of its districts' codes.
    path
        The PDF to write.
    order
        How its pages are to look.
    volumes
        Books of its districts by their codes.
    known
        Its own sheet as it was printed last: with another content it is the next version.

    Returns
    -------
    Chapter
        Its pages, numbered as one part: those of the books behind it keep their own numbers.
    dict
        Row of sheet_index.csv of its own sheet, without the file.
    """
    sheet = township_sheet(tables, code, order, volumes)
    digest = digest_of(sheet.pages)
    version = 1 if known is None else known.version + (known.digest != digest)
    for page in sheet.pages:
        printed_code(page, sheet_words(code, version, sheet.report.scale, digest))
    book = PdfBook(order.face, gutter=order.gutter)
    for page in sheet.pages:
        book.add(page)
    if order.duplex:
        turn_leaf(book, order)
    first = len(book)
    book.add(legend_page(order, tables["districts"].crs))
    if order.duplex:
        turn_leaf(book, order)
    leaves = (
        Leaf(sheet.title, 0, labels_of(code, first)),
        Leaf(LEGEND.of(order.language), first, labels_of(f"{code}-i", len(book) - first)),
    )
    marks = [Bookmark(leaf.words, leaf.first) for leaf in leaves]
    labels = [label for leaf in leaves for label in leaf.labels]
    number_pages(book, order, versions=[version] * first + [0] * (len(book) - first))
    book.save(path, title=sheet.title, language=order.language, outline=marks, labels=labels)
    printed = Print(
        sheet.title, Known(digest, version), True, known is None or known.digest != digest,
        order.audience == "office",
    )  # fmt: skip
    return Chapter(sheet.title, path, leaves), printed.row(replace(sheet.report, page=1))
