"""The file is sound, searchable, the same every time, and there whole or not at all."""

import numpy as np
import pikepdf
import pypdfium2
import pytest

from census_gis.present.canvas import figure_of
from census_gis.present.display import Box, DisplayList, Hatch, Pen, Picture, Type, rings_of
from census_gis.present.fonts import default_face
from census_gis.present.pdf import Bookmark, PdfBook
from census_gis.present.terrain import Bitmap

BLACK = (0.0, 0.0, 0.0)


def _page(words="第003普查小区图 人口普查"):
    page = DisplayList(210, 297)
    square = rings_of([[(40, 40), (60, 40), (60, 60), (40, 60)]])
    page.polygons(
        square, fill=(1.0, 0.8, 0.7), pen=Pen(BLACK, 0.3), hatch=Hatch(Pen(BLACK, 0.1), 1.2)
    )
    page.clip(square)
    page.segments([(30, 30, 70, 70)], Pen(BLACK, 0.5, (2.0, 1.0)))
    page.unclip()
    page.text((50, 100), words, Type(12, halo=0.5, bold=True), anchor="cm", angle=30)
    return page


def _write(path, pages):
    book = PdfBook(default_face())
    for page in pages:
        book.add(page)
    outline = [Bookmark("书", 0, (Bookmark("页", len(pages) - 1),))]
    book.save(path, title="普查地图册", language="zh", outline=outline, labels=["甲"] * len(pages))
    return book


def test_words_can_be_found_again(tmp_path):
    _write(tmp_path / "a.pdf", [_page()])
    text = pypdfium2.PdfDocument(tmp_path / "a.pdf")[0].get_textpage().get_text_range()
    assert "第003普查小区图" in text and "人口普查" in text
    assert not any(0x2E80 <= ord(c) < 0x2FE0 for c in text)


def test_the_file_is_sound_and_says_how_it_wants_to_be_printed(tmp_path):
    _write(tmp_path / "a.pdf", [_page(), _page("第二页")])
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert pdf.check_pdf_syntax() == [] if hasattr(pdf, "check_pdf_syntax") else not pdf.check()
        assert pdf.Root.ViewerPreferences.PrintScaling == pikepdf.Name("/None")
        assert str(pdf.docinfo["/Title"]) == "普查地图册" and "/CreationDate" not in pdf.docinfo
        fonts = {p.Resources.Font.F1.objgen for p in pdf.pages}
        assert len(fonts) == 1
        with pdf.open_outline() as outline:
            assert outline.root[0].children[0].title == "页"
        assert [float(v) for v in pdf.pages[0].MediaBox] == pytest.approx(
            [0, 0, 595.276, 841.89], abs=0.01
        )


def test_the_same_pages_are_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        _write(tmp_path / f"{name}.pdf", [_page(), _page("又一页")])
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_a_book_that_fails_leaves_nothing_behind(tmp_path):
    book = PdfBook(default_face())
    book.add(_page())
    with pytest.raises(AttributeError):
        book.save(tmp_path / "a.pdf", title="x", language="zh", outline=[None])
    assert list(tmp_path.iterdir()) == []


def test_glyphs_are_the_right_ones(tmp_path):
    """Ink of 一 is a flat bar, of 丨 an upright one: numbers and glyphs were not mixed up."""
    page = DisplayList(100, 40)
    page.text((10, 10), "一", Type(60))
    page.text((60, 10), "丨", Type(60))
    _write(tmp_path / "a.pdf", [_page("打乱 顺序 的字"), page])
    grey = np.asarray(
        pypdfium2.PdfDocument(tmp_path / "a.pdf")[1].render(scale=2).to_pil().convert("L")
    )
    half = grey.shape[1] // 2
    for part, flat in ((grey[:, :half], True), (grey[:, half:], False)):
        rows, columns = np.nonzero(part < 128)
        assert (np.ptp(columns) > 3 * np.ptp(rows)) is np.bool_(flat) or (
            np.ptp(rows) > 3 * np.ptp(columns)
        ) is np.bool_(not flat)


def test_a_picture_lies_where_it_should_on_both_writers(tmp_path):
    import io

    out = io.BytesIO()
    Bitmap.new("RGB", (20, 20), (200, 30, 30)).save(out, "JPEG")
    page = DisplayList(100, 100)
    page.items.append(Picture(Box(20, 60, 40, 80), out.getvalue(), 20, 20))
    _write(tmp_path / "a.pdf", [page])
    shown = np.asarray(pypdfium2.PdfDocument(tmp_path / "a.pdf")[0].render(scale=1).to_pil())
    figure = figure_of(page)
    figure.savefig(tmp_path / "a.png", dpi=72)
    drawn = np.asarray(Bitmap.open(tmp_path / "a.png").convert("RGB"))
    for image in (shown, drawn):
        row, column = int(0.30 * image.shape[0]), int(0.30 * image.shape[1])
        assert image[row, column, 0] > 150 > 80 > image[row, column, 1]
        assert image[int(0.7 * image.shape[0]), column].min() > 240
