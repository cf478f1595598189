"""Map books: one PDF for each census district, and the index of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from census_gis.errors import InputError
from census_gis.language import Language, Text
from census_gis.model import Image
from census_gis.present.canvas import figure_of
from census_gis.present.display import DisplayList, Type
from census_gis.present.district_sheet import district_sheet
from census_gis.present.fonts import default_face, tidy
from census_gis.present.index_sheet import index_pages
from census_gis.present.layers import DistrictLayers, Tables, read_layers, setting
from census_gis.present.layout import Paper
from census_gis.present.order import Order
from census_gis.present.pdf import Bookmark, PdfBook
from census_gis.present.sheet import Sheet, SheetReport, ea_sheet
from census_gis.present.words import say

__all__ = ["BookReport", "index_page", "map_book", "preview", "sheet_index"]

# Margins where a plan's settings do not say: Hunan bureau, agricultural census 2006.
MARGIN_MM, BINDING_MM = 15.0, 35.0


@dataclass(frozen=True)
class BookReport:
    """What became of one book: a report for each sheet, the district's first."""

    district_code: str
    path: Path
    pages: int
    sheets: tuple[SheetReport, ...]
    missing_characters: str = ""

    @property
    def dropped(self) -> int:
        """Numbers that found no place on any map."""
        return sum(len(sheet.dropped) for sheet in self.sheets)

    def index_rows(self) -> list[dict[str, Any]]:
        """Rows of sheet_index.csv: file, page, code, scale, paper and the ground in the frame [m]."""
        rows = []
        for sheet in self.sheets:
            x0, y0, x1, y1 = (round(value, 2) for value in sheet.frame)
            rows.append({
                "file": self.path.name, "page": sheet.page, "ea_code": sheet.ea_code, "scale": sheet.scale,
                "paper": sheet.paper, "x0": x0, "y0": y0, "x1": x1, "y1": y1,
            })  # fmt: skip
        return rows


def map_book(
    tables: Tables, district_code: str, path: Path, *, language: Language = "zh", paper: str = "A4",
    images: Sequence[Image] = (), areas: Sequence[str] | None = None,
) -> BookReport:  # fmt: skip
    """Write the map book of one district: its own sheet, then the sheets of its EAs by code.

    Parameters
    ----------
    tables
        Layers of a plan by name (the contract's section 4).
    district_code
        The district.
    path
        The PDF to write; it appears whole or not at all.
    language
        Language of the sheets.
    paper
        A4 or A3.
    images
        Imagery to lay under the maps; none for plain sheets.
    areas
        Only the sheets of these EAs, without the district's.

    Returns
    -------
    BookReport

    Raises
    ------
    InputError
        When the district, or an EA asked for, is not in the plan.
    """
    layers = read_layers(tables, district_code, language)
    order = _order(tables, language, paper, images)
    book = PdfBook(order.face)
    sheets: list[Sheet] = []
    marks: list[Bookmark] = []
    labels: list[str] = []
    for label, sheet in _sheets(layers, order, areas):
        first = len(book)
        for page in sheet.pages:
            book.add(page)
        labels += [f"{label}-{n + 1}" if n else label for n in range(len(sheet.pages))]
        marks.append(Bookmark(sheet.title, first))
        sheet.pages = []  # the streams are made; the lists are not needed any more
        sheet.report = replace(sheet.report, page=first + 1)
        sheets.append(sheet)
    _number_pages(book, order)
    name = layers.place_name[2]
    outline = [Bookmark(marks[0].words, 0, tuple(marks[1:]))] if areas is None else marks
    title = say("book", language, name=name)
    book.save(path, title=title, language=language, outline=outline, labels=labels)
    return BookReport(
        district_code, path, len(book), tuple(sheet.report for sheet in sheets),
        "".join(sorted(book.ink.missing)),
    )  # fmt: skip


def _order(tables: Tables, language: Language, paper: str, images: Sequence[Image]) -> Order:
    size = Paper(
        paper,
        float(setting(tables, "sheet.margin_mm", str(MARGIN_MM))),
        float(setting(tables, "sheet.binding_mm", str(BINDING_MM))),
    )
    return Order(
        size, language, default_face(), project=tidy(setting(tables, "project.name")),
        secrecy=tidy(setting(tables, "sheet.secrecy")), images=tuple(images),
        noun=setting(tables, "load.noun", "persons"), vintage=tidy(setting(tables, "code.vintage")),
    )  # fmt: skip


def _sheets(
    layers: DistrictLayers, order: Order, areas: Sequence[str] | None
) -> Iterable[tuple[str, Sheet]]:
    """Each sheet with its page label."""
    if areas is None:
        yield layers.code, district_sheet(layers, order)
    eas = layers.eas
    drawn = eas.loc[[g is not None and not g.is_empty for g in eas["geometry"]]]
    if areas is not None:
        lost = sorted(set(areas) - set(drawn["ea_code"]))
        if lost:
            raise InputError(
                Text(f"{len(lost)} EAs have no map here.", f"{len(lost)} 个普查小区在此无图。"),
                where=f"enumeration_areas of {layers.code}", rows=lost,
                fix=Text("give codes of ground or stacked EAs of this district.",
                         "请给出本普查区中有图普查小区的代码。"),
            )  # fmt: skip
        drawn = drawn.loc[drawn["ea_code"].isin(set(areas))]
    for _, ea in drawn.iterrows():
        yield str(ea["serial"]), ea_sheet(layers, ea, order)


def _number_pages(book: PdfBook, order: Order) -> None:
    """Page n of N, upper right on every page."""
    total = len(book)
    for number in range(total):
        width, height = book.size(number)
        words = say("page", order.language, n=number + 1, total=total)
        over = DisplayList(width, height)
        at = (width - order.paper.margin, height - order.paper.margin - 2.6)
        over.text(at, words, Type(6.5), anchor="r")
        book.overprint(number, over)


def preview(
    tables: Tables, ea_code: str, *, language: Language = "zh", paper: str = "A4",
    images: Sequence[Image] = (),
) -> Figure:  # fmt: skip
    """The first page of an EA's sheet as a matplotlib figure of its true size.

    Raises
    ------
    InputError
        When the plan has no such EA, or it has no map.
    """
    eas = tables["enumeration_areas"]
    found = eas.loc[eas["ea_code"].astype(str) == ea_code]
    if not len(found):
        raise InputError(
            Text(f"there is no EA {ea_code}.", f"没有普查小区 {ea_code}。"),
            where="enumeration_areas", rows=[ea_code],
            fix=Text("give a code of the layer.", "请给出图层中的代码。"),
        )  # fmt: skip
    layers = read_layers(tables, str(found["district_code"].iloc[0]), language)
    order = _order(tables, language, paper, images)
    _, sheet = next(iter(_sheets(layers, order, [ea_code])))
    return figure_of(sheet.pages[0], order.face)


def index_page(tables: Tables, path: Path, *, language: Language = "zh", paper: str = "A4") -> int:
    """Write index.pdf: a map of all districts and the list of their books; returns its pages."""
    order = _order(tables, language, paper, ())
    book = PdfBook(order.face)
    for page in index_pages(tables, order):
        book.add(page)
    _number_pages(book, order)
    title = say("index", language)
    book.save(path, title=title, language=language, outline=[Bookmark(title, 0)])
    return len(book)


def sheet_index(reports: Iterable[BookReport]) -> pd.DataFrame:
    """All sheets of all books: file, page, ea_code, scale, paper, x0, y0, x1, y1 [m]."""
    rows: list[Mapping[str, Any]] = [row for report in reports for row in report.index_rows()]
    columns = ["file", "page", "ea_code", "scale", "paper", "x0", "y0", "x1", "y1"]
    return pd.DataFrame(rows, columns=columns)
