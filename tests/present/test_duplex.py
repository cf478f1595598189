"""Books printed on both sides: sheets begin on front pages, and the binding margin is at the spine."""

from itertools import pairwise

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.present.binding import bind
from census_gis.present.book import printed_book
from census_gis.present.display import DisplayList, Pen
from census_gis.present.fonts import default_face
from census_gis.present.pdf import PdfBook
from census_gis.present.press import Printing

from .town import CODE, town

INK = Pen((0, 0, 0), 0.5)


def _book(path, **how):
    return printed_book(town(), CODE, path, language="zh", printing=Printing(**how))


def _words(path):
    with pypdfium2.PdfDocument(path) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


def _labels(path):
    with pypdfium2.PdfDocument(path) as pdf:
        return [pdf.get_page_label(n) for n in range(len(pdf))]


@pytest.mark.parametrize("copies", [1, 2])
def test_every_sheet_begins_on_a_front_page(tmp_path, copies):
    single = _book(tmp_path / "a.pdf", copies=copies)
    assert any(sheet.page % 2 == 0 for sheet in single.sheets)  # else the test could not fail
    double = _book(tmp_path / "b.pdf", duplex=True, copies=copies)
    assert all(sheet.page % 2 == 1 and sheet.pages % 2 == 0 for sheet in double.sheets)
    words, labels = _words(tmp_path / "b.pdf"), _labels(tmp_path / "b.pdf")
    assert len(words) == double.pages and double.pages % (2 * copies) == 0
    for copy in range(copies):
        for sheet in double.sheets:
            at = sheet.page - 1 + copy * double.pages // copies
            assert labels[at] == sheet.ea_code and sheet.ea_code[-3:] in words[at]
            names = [sheet.ea_code, *(f"{sheet.ea_code}-{n + 2}" for n in range(sheet.pages - 1))]
            assert labels[at : at + sheet.pages] == names
    empty = [text for text in words if "本页空白" in text]
    assert len(empty) == double.pages - single.pages > 0
    assert all(f"共 {double.pages // copies} 页" in text for text in words)


def test_outline_and_rows_point_to_the_first_page_of_each_sheet(tmp_path):
    report = _book(tmp_path / "b.pdf", duplex=True)
    rows = {row["ea_code"]: row["page"] for row in report.index_rows()}
    assert rows == {sheet.ea_code: sheet.page for sheet in report.sheets}
    with pikepdf.open(tmp_path / "b.pdf") as pdf, pdf.open_outline() as outline:
        (book,) = outline.root
        pages = [page.objgen for page in pdf.pages]
        marked = {mark.title: pages.index(mark.destination[0].objgen) + 1 for mark in book.children}
        assert pdf.Root.ViewerPreferences.Duplex == "/DuplexFlipLongEdge"
        assert pdf.Root.ViewerPreferences.PrintScaling == "/None"
    for sheet, one in report.both():
        assert marked[one.title] == sheet.page
    assert marked["封面"] == 1 and marked["图例与读图说明"] == 2


def test_backs_have_the_size_of_their_fronts(tmp_path):
    _book(tmp_path / "b.pdf", duplex=True)
    with pypdfium2.PdfDocument(tmp_path / "b.pdf") as pdf:
        sizes = [pdf.get_page_size(n) for n in range(len(pdf))]
    assert len(set(sizes)) > 1 and len(sizes) % 2 == 0
    assert all(front == back for front, back in list(pairwise(sizes))[::2])


def test_sheets_bound_into_another_book_begin_on_front_pages_there(tmp_path):
    report = _book(tmp_path / "b.pdf", duplex=True)
    some = report.chapter({sheet.ea_code for sheet in report.sheets[1:]})
    bind(tmp_path / "c.pdf", [some], title="t", language="zh")
    labels = _labels(tmp_path / "c.pdf")
    assert all(labels.index(sheet.ea_code) % 2 == 0 for sheet in report.sheets[1:])
    with pikepdf.open(tmp_path / "c.pdf") as pdf:
        assert "/Duplex" in pdf.Root.ViewerPreferences


def test_one_side_or_two_is_part_of_what_is_printed(tmp_path):
    single, double = _book(tmp_path / "a.pdf"), _book(tmp_path / "b.pdf", duplex=True)
    both = zip(single.known.values(), double.known.values(), strict=True)
    assert all(one.digest != other.digest for one, other in both)


def test_the_rule_says_so_where_nobody_asks(tmp_path):
    tables = town()
    rules = tables["settings"].copy()
    rules.loc[len(rules), ["key", "value"]] = ["sheet.duplex", "True"]
    tables["settings"] = rules
    for asked, pages in ((None, 0), (False, 1)):
        made = printed_book(
            tables, CODE, tmp_path / "a.pdf", language="zh", printing=Printing(duplex=asked)
        )
        assert (sum(sheet.page % 2 == 0 for sheet in made.sheets) > 0) == bool(pages)


def _left_edge(path, number, width):
    """Where the leftmost ink of a page is [mm]."""
    with pypdfium2.PdfDocument(path) as pdf:
        picture = pdf[number].render(scale=2).to_numpy()[..., 0]
    return np.flatnonzero((picture < 128).any(axis=0))[0] / picture.shape[1] * width


@settings(max_examples=8, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=5), st.integers(5, 25))
def test_only_backs_of_upright_leaves_stand_to_the_left(tmp_path_factory, upright, gutter):
    path = tmp_path_factory.mktemp("g") / "a.pdf"
    book = PdfBook(default_face(), gutter=float(gutter))
    for high in upright:
        width, height = (100.0, 150.0) if high else (150.0, 100.0)
        page = DisplayList(width, height)
        page.segments([(30, 20, 30, 80)], INK)
        book.add(page)
    book.save(path, title="t", language="zh")
    for number, high in enumerate(upright):
        moved = gutter if high and number % 2 else 0
        width = 100.0 if high else 150.0
        assert _left_edge(path, number, width) == pytest.approx(30 - moved, abs=0.6)
