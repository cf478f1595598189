"""Map books: one PDF for each census district, and the index of all of them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from census_gis.errors import InputError
from census_gis.language import Language, Text
from census_gis.model import Image
from census_gis.present.binding import Chapter, Leaf
from census_gis.present.cover import cover_page
from census_gis.present.district_sheet import district_sheet
from census_gis.present.fonts import default_face, tidy
from census_gis.present.index_sheet import index_pages
from census_gis.present.layers import DistrictLayers, Tables, read_layers, settings_of
from census_gis.present.layout import Paper
from census_gis.present.legend_page import legend_page
from census_gis.present.order import Order
from census_gis.present.pdf import Bookmark, PdfBook
from census_gis.present.press import INDEX, Known, Press, Print, Printing, labels_of, number_pages
from census_gis.present.sheet import Sheet, SheetReport, ea_sheet
from census_gis.present.street_index import street_index
from census_gis.present.virtual_page import VIRTUAL, virtual_pages
from census_gis.present.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "BookReport", "Known", "Printing", "index_page", "map_book", "order_of", "preview", "printed_book",
    "sheet_index",
]  # fmt: skip

# Margins where a plan's settings do not say: Hunan bureau, agricultural census 2006.
MARGIN_MM, BINDING_MM = 15.0, 35.0
# Likewise for imagery: rules `sheet.imagery_dpi`, `sheet.field_imagery_dpi`.
OFFICE_DPI, FIELD_DPI = 150, 100


COVER, LEGEND, STREETS = (
    Text("Cover", "封面"), Text("Signs", "图例与读图说明"), Text("Streets and landmarks", "地名索引"),
)  # fmt: skip


@dataclass(frozen=True)
class BookReport:
    """What became of one book: a report for each sheet, the district's first.

    `prints` says of each sheet how it was printed, `written` whether the file is a new one: it is left
    untouched where all sheets are `Known` with the same digests.
    """

    district_code: str
    path: Path
    pages: int
    sheets: tuple[SheetReport, ...]
    missing_characters: str = ""
    prints: tuple[Print, ...] = ()
    title: str = ""
    written: bool = True

    @property
    def dropped(self) -> int:
        """Numbers that found no place on any map."""
        return sum(len(sheet.dropped) for sheet in self.sheets)

    def both(self) -> Iterable[tuple[SheetReport, Print]]:
        """Each sheet with how it was printed."""
        return zip(self.sheets, self.prints, strict=True)

    @property
    def known(self) -> dict[str, Known]:
        """Its sheets by code, for the next time."""
        return {sheet.ea_code: one.known for sheet, one in self.both()}

    def index_rows(self) -> list[dict[str, Any]]:
        """Rows of sheet_index.csv: file, page, code, scale, paper, the ground in the frame [m], digest, version."""
        return [{"file": self.path.name, **one.row(sheet)} for sheet, one in self.both()]

    def chapter(self, codes: Container[str] | None = None) -> Chapter:
        """The book, or its sheets of some codes, as a chapter of another file."""
        leaves = [
            Leaf(one.title, sheet.page - 1, labels_of(sheet.ea_code, sheet.pages))
            for sheet, one in self.both()
            if codes is None or sheet.ea_code in codes
        ]
        return Chapter(self.title, self.path, tuple(leaves))


def map_book(
    tables: Tables, district_code: str, path: Path, *, language: Language = "zh", paper: str = "A4",
    images: Sequence[Image] = (), areas: Sequence[str] | None = None,
) -> BookReport:  # fmt: skip
    """Write the map book of one district: cover, signs, its own sheet, those of its EAs by code, lists.

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
    chosen = None if areas is None else tuple(areas)
    printing = Printing(paper, tuple(images), chosen)
    return printed_book(tables, district_code, path, language=language, printing=printing)


def printed_book(
    tables: Tables, district_code: str, path: Path, *, language: Language, printing: Printing,
    known: Mapping[str, Known] | None = None, untouched: bool = False,
) -> BookReport:  # fmt: skip
    """The same, made as a `Printing` asks for.

    Parameters
    ----------
    known
        Sheets of the file as it is, by code: a sheet with another digest gets the next version.
    untouched
        Leave a file as it is whose sheets are all known.
    """
    layers = read_layers(tables, district_code, language)
    order = order_of(tables, language, printing)
    press = Press(order, layers, printing, known or {})
    whole = printing.areas is None
    if whole:
        press.insert(COVER.of(language), "i", [cover_page(layers, order)])
        press.insert(LEGEND.of(language), "ii", [legend_page(order, layers.crs)])
    for code, sheet in _sheets(layers, order, printing.areas):
        press.add(code, sheet)
    if whole and printing.kind == "plan":
        press.insert(VIRTUAL.of(language), f"{layers.code}-virtual", virtual_pages(layers, order))
    if whole:
        pages = street_index(layers, order, press.sheets) if printing.kind == "plan" else []
        press.insert(STREETS.of(language), f"{layers.code}-names", pages)
    report = BookReport(
        district_code, path, press.close(), tuple(press.sheets),
        "".join(sorted(press.book.ink.missing)), tuple(press.prints), press.title,
    )  # fmt: skip
    if untouched and path.is_file() and report.known == dict(known or {}):
        return replace(report, written=False)
    press.save(path)
    return report


def order_of(tables: Tables, language: Language, printing: Printing) -> Order:
    """How sheets look: what the plan's settings say, and what is asked for now."""
    known = settings_of(tables)
    size = Paper(
        printing.paper or known.get("sheet.paper", "A4"),
        float(known.get("sheet.margin_mm", MARGIN_MM)),
        float(known.get("sheet.binding_mm", BINDING_MM)),
    )
    field_only = printing.audience == "field"
    rule, default = (
        ("sheet.field_imagery_dpi", FIELD_DPI) if field_only else ("sheet.imagery_dpi", OFFICE_DPI)
    )
    larger = known.get("sheet.larger", "A3")
    return Order(
        size, language, default_face(), project=tidy(known.get("project.name", "")),
        secrecy=tidy(known.get("sheet.secrecy", "")), images=printing.images,
        noun=known.get("load.noun", "persons"), vintage=tidy(known.get("code.vintage", "")),
        picture_dpi=int(known.get(rule, default)), audience=printing.audience,
        kind=printing.kind, larger="" if larger == "none" else larger,
        approval=tidy(known.get("sheet.approval", "")), sources=tidy(known.get("sheet.sources", "")),
        duplex=known.get("sheet.duplex") == "True" if printing.duplex is None else printing.duplex,
    )  # fmt: skip


def _sheets(
    layers: DistrictLayers, order: Order, areas: Sequence[str] | None
) -> Iterable[tuple[str, Sheet]]:
    """Each sheet with the code of what is on it."""
    if areas is None and order.kind == "plan":
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
        yield str(ea["ea_code"]), ea_sheet(layers, ea, order)


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
    from census_gis.present.canvas import figure_of  # matplotlib: no book needs it

    eas = tables["enumeration_areas"]
    found = eas.loc[eas["ea_code"].astype(str) == ea_code]
    if not len(found):
        raise InputError(
            Text(f"there is no EA {ea_code}.", f"没有普查小区 {ea_code}。"),
            where="enumeration_areas", rows=[ea_code],
            fix=Text("give a code of the layer.", "请给出图层中的代码。"),
        )  # fmt: skip
    layers = read_layers(tables, str(found["district_code"].iloc[0]), language)
    order = order_of(tables, language, Printing(paper, tuple(images)))
    _, sheet = next(iter(_sheets(layers, order, [ea_code])))
    return figure_of(sheet.pages[0], order.face)


def index_page(
    tables: Tables, path: Path, *, language: Language = "zh", paper: str = "A4", duplex: bool | None = None,
) -> int:  # fmt: skip
    """Write index.pdf: a map of all districts and the list of their books; returns its pages."""
    order = order_of(tables, language, Printing(paper, duplex=duplex))
    book = PdfBook(order.face, gutter=order.gutter)
    for page in index_pages(tables, order):
        book.add(page)
    number_pages(book, order)
    title = say("index", language)
    book.save(path, title=title, language=language, outline=[Bookmark(title, 0)])
    return len(book)


def sheet_index(reports: Iterable[BookReport]) -> pd.DataFrame:
    """All sheets of all books: file, page, ea_code, scale, paper, x0, y0, x1, y1 [m], then `EXTRA`."""
    rows: list[Mapping[str, Any]] = [row for report in reports for row in report.index_rows()]
    return pd.DataFrame(rows, columns=list(INDEX))
