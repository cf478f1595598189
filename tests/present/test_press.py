"""A printed sheet is known again: by its digest, its version, its code, its place on the earth."""

import os
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pikepdf
import pypdfium2
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from census_gis.present import pdf as writer
from census_gis.present.binding import bind
from census_gis.present.book import map_book, printed_book
from census_gis.present.digest import digest_of
from census_gis.present.display import Box, DisplayList, MapFrame, Pen, Type
from census_gis.present.fonts import default_face
from census_gis.present.georeference import viewports
from census_gis.present.layout import Paper, detail_page, list_page
from census_gis.present.pdf import PdfBook
from census_gis.present.press import Printing
from census_gis.present.quality import book_quality, continuous_cover, faulty, quality
from census_gis.present.scan import corner_marks, printed_code, qr_path, sheet_words

from .town import CODE, town

# Settings of GDAL that the package makes for itself are not for other programs.
CLEAN = {"PATH": os.environ["PATH"]}
EAS = tuple(CODE + serial for serial in ("001", "002"))


def _book(path, tables=None, known=None, untouched=False, **how):
    return printed_book(
        tables or town(), CODE, path, language="zh", printing=Printing(areas=EAS, **how), known=known,
        untouched=untouched,
    )  # fmt: skip


def _page(words="x", x=10.0):
    page = DisplayList(100, 50, maps=[MapFrame(Box(1, 1, 2, 2), (0.0, 0.0, 1.0, 1.0))])
    page.text((x, 10), words, Type(8))
    page.segments([(0, 0, x, 5)], Pen((0, 0, 0), 0.2))
    return page


def test_a_sheet_that_did_not_change_keeps_file_and_version(tmp_path):
    path = tmp_path / "a.pdf"
    first = _book(path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    again = _book(path, known=first.known, untouched=True)
    assert (again.written, again.known) == (False, first.known)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert not any(one.changed for one in again.prints)


def test_a_changed_sheet_is_named_and_counts_its_version_up(tmp_path):
    first = _book(tmp_path / "a.pdf")
    tables = town()
    areas = tables["enumeration_areas"].copy()
    areas.loc[areas["ea_code"] == EAS[1], "persons"] += 1
    tables["enumeration_areas"] = areas
    again = _book(tmp_path / "a.pdf", tables, first.known, untouched=True)
    assert again.written and [one.changed for one in again.prints] == [False, True]
    assert [one.known.version for one in again.prints] == [1, 2]
    page = pypdfium2.PdfDocument(tmp_path / "a.pdf")[again.sheets[1].page - 1]
    assert "第 2 版" in page.get_textpage().get_text_range()
    assert quality([again])["changed"] == [EAS[1]]


@pytest.mark.parametrize("how", [{"copies": 2}, {"georeference": True}, {"audience": "field"}])
def test_how_it_is_printed_is_part_of_what_is_printed(tmp_path, how):
    first = _book(tmp_path / "a.pdf")
    again = _book(tmp_path / "a.pdf", known=first.known, untouched=True, **how)
    assert again.written == (how != {"audience": "field"})  # nothing else differs on a plain sheet


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 90), st.floats(0, 90))
@example(0.005, 0.0)
def test_a_digest_tells_what_can_be_seen_apart(one, other):
    same = digest_of([_page(x=one)]) == digest_of([_page(x=other)])
    assert not same if abs(one - other) > 0.02 else True
    # Half-way between two hundredths of a millimetre the smallest step decides.
    half_way = abs(one * 100 % 1 - 0.5) < 1e-6
    assert half_way or digest_of([_page(x=one)]) == digest_of([_page(x=one + 1e-9)])


def test_a_digest_knows_words_pages_and_purpose():
    all_ = [
        digest_of([_page()]),
        digest_of([_page("y")]),
        digest_of([_page(), _page()]),
        digest_of([_page()], "2"),
    ]
    assert len(set(all_)) == 4


def test_pages_put_away_are_the_same_as_pages_held(tmp_path, monkeypatch):
    def made(name):
        book = PdfBook(default_face(), crs=CRS("EPSG:4549"))
        for n in range(12):
            book.add(_page(f"第{n}页"))
        for n in range(12):
            book.copy(n)
        over = DisplayList(100, 50)
        over.text((50, 40), "盖印", Type(7))
        for n in range(24):
            book.overprint(n, over)
        book.save(tmp_path / name, title="t", language="zh")
        return [
            page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(tmp_path / name)
        ]

    held = made("held.pdf")
    monkeypatch.setattr(writer, "HELD_BYTES", 300)
    assert made("away.pdf") == held
    assert held[11] == held[23] and "第11页" in held[11] and "盖印" in held[11]
    with pikepdf.open(tmp_path / "away.pdf") as pdf:
        assert not pdf.check_pdf_syntax()
        assert all("/VP" in page for page in pdf.pages)


def test_copies_hold_the_content_once(tmp_path):
    one, three = (_book(tmp_path / f"{n}.pdf", copies=n) for n in (1, 3))
    assert three.pages == 3 * one.pages
    small, large = (one.path.stat().st_size, three.path.stat().st_size)
    assert large < 1.3 * small
    text = pypdfium2.PdfDocument(three.path)[one.pages].get_textpage().get_text_range()
    assert "第 2 份 / 共 3 份" in text
    with pikepdf.open(three.path) as pdf:
        assert [str(v.P) for v in list(pdf.Root.PageLabels.Nums)[1::2]][:: one.pages] == [
            EAS[0]
        ] * 3


def test_labels_scaling_and_description(tmp_path):
    report = map_book(town(), CODE, tmp_path / "a.pdf")
    with pikepdf.open(report.path) as pdf:
        labels = [str(value.P) for value in list(pdf.Root.PageLabels.Nums)[1::2]]
        assert {CODE, *(sheet.ea_code for sheet in report.sheets)} <= set(labels)
        assert pdf.Root.ViewerPreferences.PrintScaling == "/None"
        with pdf.open_metadata() as about:
            assert set(about["dc:language"]) == {"zh-CN"} and "普查地图册" in about["dc:title"]
        fonts = {str(page.Resources.Font.F1.BaseFont) for page in pdf.pages}
        assert len(fonts) == 1 and "+" in fonts.pop()
        descriptor = pdf.pages[0].Resources.Font.F1.DescendantFonts[0].FontDescriptor
        assert len(descriptor.FontFile3.read_bytes()) < 200_000


def test_a_map_is_where_it_says(tmp_path):
    crs = CRS("EPSG:4549")
    ground = (643750.0, 3377162.0, 644390.0, 3377883.0)
    (port,) = viewports([MapFrame(Box(35, 100, 195, 280), ground)], crs)
    lat_lon = np.array([float(value) for value in port.Measure.GPTS]).reshape(4, 2)
    x, y = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform(
        lat_lon[:, 1], lat_lon[:, 0]
    )
    west, south, east, north = ground
    assert np.allclose(x, [west, west, east, east], atol=0.001)
    assert np.allclose(y, [south, north, north, south], atol=0.001)


@pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="gdalinfo is not installed")
def test_gdalinfo_reads_the_frame_back(tmp_path):
    report = _book(tmp_path / "a.pdf", georeference=True)
    sheet = report.sheets[1]
    said = subprocess.run(
        ["gdalinfo", f"PDF:{sheet.page}:{report.path}"], capture_output=True, text=True, check=True, env=CLEAN
    ).stdout  # fmt: skip
    (line,) = [row for row in said.splitlines() if "NEATLINE" in row]
    pairs = line.split("((")[1].split("))")[0].split(",")
    xy = np.array([[float(v) for v in pair.split()] for pair in pairs])
    found = (*xy.min(axis=0), *xy.max(axis=0))
    assert np.allclose(found, sheet.frame, atol=1.0)


def test_the_field_is_told_no_coordinates(tmp_path):
    report = _book(tmp_path / "a.pdf", audience="field", georeference=True)
    with pikepdf.open(report.path) as pdf:
        assert not any("/VP" in page for page in pdf.pages)
    assert all(row["x0"] == row["y1"] == "" for row in report.index_rows())
    office = _book(tmp_path / "b.pdf", georeference=True)
    assert all(row["x1"] > row["x0"] for row in office.index_rows())


def test_a_code_says_which_sheet_and_nothing_of_anybody():
    import segno

    words = sheet_words(EAS[0], 3, 1250, "0123456789abcdef")
    assert words == f"CGIS {EAS[0]} V3 1:1250 01234567"
    box = Box(10, 20, 30, 40)
    path = qr_path(words, box)
    dark = segno.make_qr(words, error="m", boost_error=False, mask=2)
    side = len(dark.matrix)
    module = 20 / (side + 8)
    seen = np.zeros((side, side), dtype=int)
    for (x0, _), _, (x1, y1), _ in path.rings.xy.reshape(-1, 4, 2):
        row = round((40 - y1) / module) - 4
        seen[row, round((x0 - 10) / module) - 4 : round((x1 - 10) / module) - 4] = 1
    assert seen.tolist() == [[int(bool(v)) for v in row] for row in dark.matrix]
    assert module >= 0.4  # mm: what a phone reads off paper


def test_codes_stand_in_their_box_or_nowhere():
    for box in (Box(100, 10, 120, 30), None):
        page = DisplayList(210, 297, code_box=box)
        printed_code(page, "CGIS 1")
        if box is None:
            assert not page.items
        else:
            xy = page.items[0].rings.xy
            assert xy.min() >= 10 and xy[:, 0].min() >= 100 and xy.max() <= 120


@pytest.mark.parametrize("paper", ["A4", "A3"])
@pytest.mark.parametrize("upright", [True, False])
def test_codes_of_details_and_lists_stand_inside_the_margins_and_free(paper, upright):
    for build in (detail_page, list_page):
        page = build(Paper(paper, 15.0, 35.0), upright)
        code, inner = shapely.box(*page.code), shapely.box(*page.inner)
        assert inner.buffer(1e-6).covers(code)
        others = [page.header, page.foot]
        others += [page.frame, page.scale, page.legend] if build is detail_page else []
        for box in others:
            assert code.intersection(shapely.box(*box)).area < 1e-6
        # The number of the page stands above: 6.5 pt, its middle 1 mm below the margin.
        assert page.code.y1 < page.inner.y1 - 2.2 and page.code.width >= 13


def test_corner_marks_are_off_the_sheet_and_on_the_paper():
    xy = corner_marks(Box(35, 15, 195, 282)).rings.xy
    assert xy.min() >= 5 and xy[:, 0].max() <= 205 and xy[:, 1].max() <= 292
    inside = (xy[:, 0] > 30) & (xy[:, 0] < 200) & (xy[:, 1] > 10) & (xy[:, 1] < 287)
    assert not inside.any()


def test_pages_are_bound_into_other_books(tmp_path):
    report = _book(tmp_path / "a.pdf")
    chapters = [report.chapter(), report.chapter({EAS[1]})]
    pages = bind(tmp_path / "b.pdf", chapters, title="乡", language="zh")
    last = next(sheet for sheet in report.sheets if sheet.ea_code == EAS[1])
    assert pages == report.pages + last.pages
    with pikepdf.open(tmp_path / "b.pdf") as pdf, pdf.open_outline() as outline:
        (town_,) = outline.root
        assert [len(district.children) for district in town_.children] == [2, 1]
        assert not pdf.check_pdf_syntax()
    text = (
        pypdfium2.PdfDocument(tmp_path / "b.pdf")[pages - last.pages]
        .get_textpage()
        .get_text_range()
    )
    assert "第002普查小区图" in text
    assert bind(tmp_path / "c.pdf", [report.chapter(())], title="乡", language="zh") == 0
    assert not (tmp_path / "c.pdf").exists()


def test_quality_tells_what_is_wrong(tmp_path):
    report = _book(tmp_path / "a.pdf")
    good = quality([report])
    assert not faulty(good) and good["sheets"] == 2 and good["smallest_type_pt"] >= 6
    lines = book_quality(report)["of_sheets"]
    assert all(
        line["in_frame"] and line["rows_in_table"] == line["buildings_on_map"] for line in lines
    )
    cut = replace(report, prints=tuple(one._replace(whole=False) for one in report.prints))
    assert quality([cut])["sheets_cut"] == list(EAS) and faulty(quality([cut]))
    short = replace(report, sheets=tuple(replace(s, rows=s.rows + 1) for s in report.sheets))
    assert quality([short])["tables_differ"] == list(EAS) and faulty(quality([short]))
    lost = replace(report, sheets=tuple(replace(s, dropped=("007",)) for s in report.sheets))
    assert quality([lost])["numbers_dropped"] == 2 and faulty(quality([lost]))


def test_continuous_cover_counts_what_hangs_together(tmp_path):
    report = _book(tmp_path / "a.pdf")
    sheet = report.sheets[0]
    km = 1000.0
    frames = [(0, 0, 3 * km, 3 * km), (2 * km, 0, 5 * km, 3 * km), (9 * km, 0, 10 * km, km)]
    made = replace(report, sheets=tuple(replace(sheet, frame=f, scale=5000) for f in frames))
    assert continuous_cover([made]) == pytest.approx(15)
    small = replace(report, sheets=tuple(replace(sheet, frame=f, scale=7500) for f in frames))
    assert continuous_cover([small]) == 0
    # Details and panels are maps too, and so are those of books kept from another time.
    panels = ((5000, frames[0]), (7500, frames[1]), (2000, frames[2]))
    divided = replace(report, sheets=(replace(sheet, scale=20_000, others_shown=panels),))
    assert continuous_cover([divided]) == pytest.approx(9)
    row = {"scale": "2500", **dict(zip(("x0", "y0", "x1", "y1"), map(str, frames[1]), strict=True))}
    row["file"] = f"{CODE}.pdf"
    assert continuous_cover([divided], [row, {**row, "x0": ""}]) == pytest.approx(15)


def _kept_frames(report):
    return [{key: str(value) for key, value in row.items()} for row in report.index_rows()]


def test_details_of_books_kept_count_as_cover(tmp_path):
    report = _book(tmp_path / "a.pdf")
    sheet, km = report.sheets[0], 1000.0
    details = (
        (2000, (0.0, 0.0, 2 * km, 2 * km)),
        (7500, (0.0, 0.0, 5 * km, 5 * km)),
        (5000, (2 * km, 0.0, 3 * km, km)),
    )
    divided = replace(
        report,
        sheets=(replace(sheet, scale=20_000, others_shown=details),),
        prints=report.prints[:1],
    )
    assert continuous_cover([divided]) == pytest.approx(5)
    assert continuous_cover([], _kept_frames(divided)) == pytest.approx(5)


def test_books_kept_that_say_no_ground_count_as_their_district(tmp_path):
    report = _book(tmp_path / f"{CODE}.pdf", audience="field")
    rows, districts = _kept_frames(report), town()["districts"]
    assert all(row["x0"] == row["details"] == "" for row in rows)
    (own,) = districts.loc[districts["district_code"] == CODE, "geometry"]
    assert continuous_cover([], rows, districts) == pytest.approx(own.area / 1e6)
    small = [{**row, "scale": "10000"} for row in rows]
    assert continuous_cover([], small, districts) == 0
