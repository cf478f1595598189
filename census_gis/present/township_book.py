"""The first pages of a township's book: its sheet with the list of districts, and the signs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from census_gis.language import Language
from census_gis.present.binding import Chapter, Leaf
from census_gis.present.book import LEGEND, order_of
from census_gis.present.legend_page import legend_page
from census_gis.present.pdf import Bookmark, PdfBook
from census_gis.present.press import Printing, labels_of
from census_gis.present.surroundings import Tables
from census_gis.present.township_sheet import Volume, township_sheet

__all__ = ["township_chapter"]


def township_chapter(
    tables: Tables, code: str, path: Path, *, language: Language, printing: Printing,
    volumes: Mapping[str, Volume],
) -> Chapter:  # fmt: skip
    """Write the sheet of a township and a page of signs to a PDF that other chapters are bound behind.

    Parameters
    ----------
    tables
        Layers of a plan, at least those around the township.
    code
        First digits of its districts' codes.
    path
        The PDF to write.
    volumes
        Books of its districts by their codes.
    """
    order = order_of(tables, language, printing)
    sheet = township_sheet(tables, code, order, volumes)
    book = PdfBook(order.face)
    for page in (*sheet.pages, legend_page(order, tables["districts"].crs)):
        book.add(page)
    first = len(sheet.pages)
    leaves = (
        Leaf(sheet.title, 0, labels_of(code, first)),
        Leaf(LEGEND.of(language), first, (f"{code}-i",)),
    )
    marks = [Bookmark(leaf.words, leaf.first) for leaf in leaves]
    labels = [label for leaf in leaves for label in leaf.labels]
    book.save(path, title=sheet.title, language=language, outline=marks, labels=labels)
    return Chapter(sheet.title, path, leaves)
