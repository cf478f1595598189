"""Other people's programs read our books as we meant them: poppler, pdfium, qpdf, and matplotlib draws the same."""

import io
import os
import shutil
import subprocess

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from PIL import Image

from census_gis.present.book import order_of, preview, printed_book
from census_gis.present.press import Printing

from .town import CODE, town

EA = CODE + "001"
DPI = 120
BLUR_MM = 2.0
# Settings of GDAL and fonts that the package makes for itself are not for other programs.
CLEAN = {"PATH": os.environ["PATH"]}
# Share of the page that may differ by more than a quarter of the scale from black to white once both are
# blurred over 2 mm: what is left is what stands elsewhere, for every renderer smooths letters and hairlines in its
# own way. Measured: poppler 0, matplotlib 0.8 %, another EA's sheet 8 %, an empty page 10 %.
APART = 0.25
SAME, NEARLY = 0.001, 0.015


def _needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "a.pdf"
    tables = town()
    parts = tables["dwelling_parts"].copy()
    own = parts.index[parts["ea_code"] == EA][0]
    parts.loc[own, ["name", "address"]] = [
        "㐂",
        "𪚥面街⼈⼝普查1号",
    ]  # a character no font here has, two radicals
    tables["dwelling_parts"] = parts
    report = printed_book(tables, CODE, path, language="zh", printing=Printing(georeference=True))
    return path, report


def _run(*command):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, check=True, env=CLEAN
    )


def _page_of(report):
    return next(sheet.page for sheet in report.sheets if sheet.ea_code == EA)


def _blurred(image):
    """Grey, averaged over two millimetres."""
    grey = np.asarray(image.convert("L"), dtype=float)
    step = max(1, round(BLUR_MM * DPI / 25.4))
    height, width = (side // step * step for side in grey.shape)
    cells = grey[:height, :width].reshape(height // step, step, width // step, step)
    return cells.mean(axis=(1, 3)) / 255


def _differ(one, other):
    one, other = _blurred(one), _blurred(other)
    rows, columns = np.minimum(one.shape, other.shape)
    return float((np.abs(one[:rows, :columns] - other[:rows, :columns]) > APART).mean())


def _pdfium(path, page):
    return pypdfium2.PdfDocument(path)[page - 1].render(scale=DPI / 72).to_pil()


@_needs("pdftotext")
def test_poppler_finds_the_words_and_no_radicals(book):
    text = _run("pdftotext", "-enc", "UTF-8", book[0], "-").stdout.decode("utf-8")
    assert "人口普查" in text and "第001普查小区图" in text
    assert not [c for c in text if 0x2F00 <= ord(c) < 0x2FE0 or 0x2E80 <= ord(c) < 0x2F00]


def test_characters_the_font_lacks_are_named(book):
    assert "𪚥" in book[1].missing_characters
    assert not set("人口普查⼈⼝") & set(book[1].missing_characters)


@_needs("pdffonts")
def test_fonts_are_embedded_and_subset(book):
    rows = _run("pdffonts", book[0]).stdout.decode().splitlines()[2:]
    assert rows
    for row in rows:
        name, embedded, subset, unicode_ = row.split()[0], *row.split()[-5:-2]
        assert "+" in name and (embedded, subset, unicode_) == ("yes", "yes", "yes")


@_needs("qpdf")
def test_qpdf_has_nothing_to_say(book):
    said = _run("qpdf", "--check", book[0]).stdout.decode()
    assert "No syntax or stream encoding errors" in said


@_needs("pdftoppm")
def test_poppler_and_pdfium_draw_the_same(book, tmp_path):
    page = _page_of(book[1])
    _run("pdftoppm", "-r", DPI, "-f", page, "-l", page, "-png", book[0], tmp_path / "p")
    (drawn,) = tmp_path.glob("p*.png")
    assert _differ(Image.open(drawn), _pdfium(book[0], page)) < SAME


def test_matplotlib_draws_the_same_sheet(book):
    """The preview has no code, no marks and no page number: these are printed over the sheet."""
    tables = town()
    figure = preview(tables, EA, language="zh")
    held = io.BytesIO()
    figure.savefig(held, dpi=DPI, format="png")
    shown = _pdfium(book[0], _page_of(book[1]))
    both = [np.asarray(image.convert("L")).copy() for image in (Image.open(held), shown)]
    paper = order_of(tables, "zh", Printing()).paper
    edge, foot = (round(mm / 25.4 * DPI) for mm in (paper.margin, paper.margin + 6))
    inner = [Image.fromarray(one[foot:-edge, round(35 / 25.4 * DPI) : -edge]) for one in both]
    assert _differ(*inner) < NEARLY
    other = _pdfium(book[0], _page_of(book[1]) + 1)
    assert _differ(other, shown) > 3 * NEARLY


def test_settings_may_be_those_of_an_older_plan():
    tables = town()
    kept = tables["settings"]["key"].str.startswith("sheet.")
    tables["settings"] = pd.DataFrame(tables["settings"][~kept])
    order = order_of(tables, "zh", Printing())
    assert (order.paper.name, order.paper.margin, order.picture_dpi) == ("A4", 15.0, 150)
    assert order_of(tables, "zh", Printing(audience="field")).picture_dpi == 100
