"""Print composed sheets into a book: their codes and marks, versions, page numbers, copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from census_gis.language import Text
from census_gis.model import Image
from census_gis.present.digest import digest_of
from census_gis.present.display import Box, DisplayList, Type
from census_gis.present.layers import DistrictLayers
from census_gis.present.order import Order, SheetKind
from census_gis.present.pdf import Bookmark, PdfBook
from census_gis.present.scan import corner_marks, printed_code, sheet_words
from census_gis.present.sheet import Sheet, SheetReport
from census_gis.present.titles import said_in_full
from census_gis.present.words import say

__all__ = ["INDEX", "Known", "Press", "Print", "Printing", "labels_of", "number_pages", "turn_leaf"]

EMPTY = Text("This page is left empty.", "本页空白")
EMPTY_GREY = (0.45, 0.45, 0.45)
INDEX = (
    "file",
    "page",
    "ea_code",
    "scale",
    "paper",
    "x0",
    "y0",
    "x1",
    "y1",
    "version",
    "digest",
    "details",
)
# What of an EA may be outside the frames of its sheet and still count as inside [m2].
ROUNDING_M2 = 0.5


@dataclass(frozen=True)
class Printing:
    """How a book is to be made.

    Parameters
    ----------
    paper
        A4 or A3; '' as the plan says.
    images
        Imagery to lay under the maps; none for plain sheets.
    areas
        Only the sheets of these EAs, without the district's; None for all.
    copies
        How often each sheet is in the book, copy after copy.
    audience
        office, or field: no coordinates, imagery in the resolution of rule `sheet.field_imagery_dpi`.
    kind
        plan; base for pale maps to be corrected by hand; blank for maps to be drawn by hand.
    georeference
        Whether maps carry coordinates; None as the plan's rule `sheet.georeference` says. Never for the field.
    duplex
        Whether leaves are printed on both sides, so that each sheet has to begin on a front page; None as the
        plan's rule `sheet.duplex` says.
    """

    paper: str = ""
    images: tuple[Image, ...] = ()
    areas: tuple[str, ...] | None = None
    copies: int = 1
    audience: str = "office"
    georeference: bool | None = None
    kind: SheetKind = "plan"
    duplex: bool | None = None


class Known(NamedTuple):
    """A sheet as it was printed last: digest of its content, and version."""

    digest: str
    version: int


class Print(NamedTuple):
    """How one sheet was printed; `whole` when all of its EA lies in the frames of its maps."""

    title: str
    known: Known
    whole: bool
    changed: bool
    located: bool

    def row(self, sheet: SheetReport) -> dict[str, Any]:
        """Its row of sheet_index.csv, without the file; the ground in the frame [m] where it may be told."""
        ground = [round(value, 2) for value in sheet.frame] if self.located else [""] * 4
        others = [
            " ".join([str(scale), *(f"{value:.2f}" for value in frame)])
            for scale, frame in sheet.others_shown
        ]
        values = (sheet.page, sheet.ea_code, sheet.scale, sheet.paper, *ground,
                  self.known.version, self.known.digest, ";".join(others) if self.located else "")  # fmt: skip
        return dict(zip(INDEX[1:], values, strict=True))


class Insert(NamedTuple):
    """Pages that are no sheet (cover, legend, index): words of the outline, label, first page from 0."""

    words: str
    label: str
    first: int


class Press:
    """Takes the sheets of one district as they are composed.

    Parameters
    ----------
    order
        How they look.
    layers
        The district.
    printing
        How the book is to be made.
    known
        The sheets as they were printed last, by code.
    """

    def __init__(
        self, order: Order, layers: DistrictLayers, printing: Printing, known: Mapping[str, Known],
    ) -> None:  # fmt: skip
        self.sheets: list[SheetReport] = []
        self.prints: list[Print] = []
        self.inserts: list[Insert] = []
        self.title = said_in_full(layers.place_name, layers.language)
        self._order, self._layers, self._printing, self._known = order, layers, printing, known
        by_rule = layers.settings.get("sheet.georeference") == "True"
        asked = by_rule if printing.georeference is None else printing.georeference
        self._located = printing.audience == "office"
        located = asked and self._located and layers.crs is not None
        self._marks = layers.settings.get("sheet.corner_marks", "True") == "True"
        self._stamp = f"{layers.crs.to_wkt() if located else ''} {self._marks} {printing.copies}"
        self._stamp += " duplex" * order.duplex
        self._shapes = dict(zip(layers.eas["ea_code"], layers.eas["geometry"], strict=True))
        self.book = PdfBook(order.face, crs=layers.crs if located else None, gutter=order.gutter)

    def add(self, code: str, sheet: Sheet) -> None:
        """Print all pages of a sheet; its lists are not needed any more then."""
        digest = digest_of(sheet.pages, self._stamp)
        last = self._known.get(code)
        changed = last is None or last.digest != digest
        version = 1 if last is None else last.version + changed
        self._turn()
        first = len(self.book)
        shape = self._shapes.get(code, self._layers.district["geometry"])
        frames = shapely.union_all(
            [shapely.box(*m.ground) for page in sheet.pages for m in page.maps]
        )
        whole = bool(shapely.difference(shape, frames).area < ROUNDING_M2)
        words = sheet_words(code, version, sheet.report.scale, digest)
        for page in sheet.pages:
            self._mark(page, words)
            self._lay(page)
        self._turn()
        sheet.pages = []
        self.sheets.append(replace(sheet.report, page=first + 1, pages=len(self.book) - first))
        self.prints.append(
            Print(sheet.title, Known(digest, version), whole, changed, self._located)
        )

    def insert(self, words: str, label: str, pages: Sequence[DisplayList]) -> None:
        """Print pages that are no sheet: they have no code, no version, no row in the index of sheets.

        They may begin on the back of other such pages.
        """
        for n, page in enumerate(pages):
            self._lay(page)
            if n == 0:
                self.inserts.append(Insert(words, label, len(self.book) - 1))

    def close(self) -> int:
        """Turn the last leaf, so that a copy may follow; returns the pages of all copies."""
        self._turn()
        return len(self.book) * self._printing.copies

    def _lay(self, page: DisplayList) -> None:
        """Add a page; on the back of the last one only where that is of the same size."""
        if len(self.book) % 2 and self.book.size(len(self.book) - 1) != (page.width, page.height):
            self._turn()
        self.book.add(page)

    def _turn(self) -> None:
        """Begin a new leaf: a front page without a back gets an empty one, where both sides are printed."""
        if self._order.duplex:
            turn_leaf(self.book, self._order)

    def _mark(self, page: DisplayList, words: str) -> None:
        """Code of a page, and corner marks of one with a map."""
        printed_code(page, words)
        if self._marks and page.maps:
            paper = self._order.paper
            right, top = page.width - paper.margin, page.height - paper.margin
            page.items.append(corner_marks(Box(paper.binding, paper.margin, right, top)))

    def save(self, path: Path) -> None:
        """Number the pages, copy them as often as asked for, and write the file."""
        self.close()
        total = len(self.book)
        parts = [(sheet.page - 1, one.title, one.known.version, sheet.ea_code)
                 for one, sheet in self._both()]  # fmt: skip
        parts += [(insert.first, insert.words, 0, insert.label) for insert in self.inserts]
        parts.sort(key=lambda part: part[0])
        pages = np.diff([first for first, *_ in parts] + [total]).tolist()
        versions = [part[2] for part, count in zip(parts, pages, strict=True) for _ in range(count)]
        labels = [
            name
            for part, count in zip(parts, pages, strict=True)
            for name in labels_of(part[3], count)
        ]
        for _ in range(1, self._printing.copies):
            for number in range(total):
                self.book.copy(number)
        number_pages(self.book, self._order, copies=self._printing.copies, versions=versions)
        marks = [Bookmark(words, first) for first, words, *_ in parts]
        whole = self._printing.areas is None
        outline = [Bookmark(self.title, 0, tuple(marks))] if whole else marks
        key = "book" if self._order.kind == "plan" else "base_book"
        title = say(key, self._order.language, name=self._layers.place_name[2])
        self.book.save(
            path, title=title, language=self._order.language, outline=outline,
            labels=labels * self._printing.copies,
        )  # fmt: skip

    def _both(self) -> list[tuple[Print, SheetReport]]:
        return list(zip(self.prints, self.sheets, strict=True))


def turn_leaf(book: PdfBook, order: Order) -> None:
    """Give the last page an empty back, if it has none: what follows begins on a front page."""
    if len(book) % 2 == 0:
        return
    width, height = book.size(len(book) - 1)
    empty = DisplayList(width, height)
    empty.text((width / 2, height / 2), EMPTY.of(order.language), Type(9.0, EMPTY_GREY), anchor="c")
    book.add(empty)


def labels_of(code: str, pages: int) -> tuple[str, ...]:
    """Page labels of a sheet: the code of its EA, then the code with a page number."""
    return tuple(f"{code}-{n + 1}" if n else code for n in range(pages))


def number_pages(
    book: PdfBook, order: Order, *, copies: int = 1, versions: Sequence[int] = ()
) -> None:
    """Page n of N, upper right on every page, with the sheet's version and which copy it is."""
    total = len(book) // copies
    for at in range(len(book)):
        copy, number = divmod(at, total)
        words = [say("page", order.language, n=number + 1, total=total)]
        if versions and versions[number]:
            words.append(say("version", order.language, n=versions[number]))
        if copies > 1:
            words.append(say("copy", order.language, n=copy + 1, total=copies))
        width, height = book.size(at)
        over = DisplayList(width, height)
        place = (width - order.paper.margin, height - order.paper.margin - 1.6)
        over.text(place, "　".join(words), Type(6.5), anchor="r")
        book.overprint(at, over)
