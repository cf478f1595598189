"""A book holds a sheet for every EA that has a place, in order, and says what became of each."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pikepdf
import pypdfium2
import pytest
import shapely
from pyproj import CRS

from census_gis.errors import ConfigError, InputError
from census_gis.model import Image
from census_gis.present.book import index_page, map_book, preview, sheet_index
from census_gis.present.display import Box
from census_gis.present.fonts import default_face
from census_gis.present.layout import Paper
from census_gis.present.order import Order
from census_gis.present.terrain import picture_of
from census_gis.present.view import View

from .town import CODE, town


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    return {
        language: (folder / f"{language}.pdf", map_book(town(language=language), CODE, folder / f"{language}.pdf", language=language))
        for language in ("zh", "en")
    }  # fmt: skip


def _text(path, page):
    return pypdfium2.PdfDocument(path)[page - 1].get_textpage().get_text_range()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_ground_and_stacked_ea_has_a_sheet_in_order(made, language):
    path, report = made[language]
    codes = [sheet.ea_code for sheet in report.sheets]
    assert codes == [CODE, *(CODE + serial for serial in ("001", "002", "003", "004", "005"))]
    assert report.dropped == 0 and report.missing_characters == ""
    with pikepdf.open(path) as pdf:
        # Cover and signs before the sheets, virtual EAs and the index of names behind them.
        around = 4
        assert len(pdf.pages) == report.pages == around + sum(s.pages for s in report.sheets)
        assert report.sheets[0].page == 3
        assert not pdf.check_pdf_syntax() if hasattr(pdf, "check_pdf_syntax") else not pdf.check()


def test_titles_numbers_and_pages_can_be_searched(made):
    path, report = made["zh"]
    sheet = report.sheets[1]
    text = _text(path, sheet.page)
    for words in (
        "人口普查",
        "第001普查小区图",
        "不作为行政区划界线依据",
        "比例尺 1:",
        "人民路",
    ):
        assert words in text
    assert all(f"{n:03d}" in text for n in range(1, 16))
    assert f"第 {sheet.page} 页 / 共 {report.pages} 页" in text
    assert "Not a basis for administrative division" in _text(made["en"][0], 2)


def test_english_sheets_have_no_chinese(made):
    path, report = made["en"]
    for page in range(1, report.pages + 1):
        assert not any(0x4E00 <= ord(c) < 0xA000 for c in _text(path, page))


def test_the_same_plan_is_the_same_book_whatever_the_order_of_its_rows(made, tmp_path):
    mixed = {name: frame.sample(frac=1, random_state=3) for name, frame in town().items()}
    map_book(mixed, CODE, tmp_path / "b.pdf")
    assert (tmp_path / "b.pdf").read_bytes() == made["zh"][0].read_bytes()


def test_the_virtual_ea_is_in_the_district_table(made):
    path, report = made["zh"]
    assert "900" in _text(path, report.sheets[0].page)


def test_a_book_opens_with_its_cover_and_ends_with_an_index_of_names(made):
    path, report = made["zh"]
    cover, names = _text(path, 1), _text(path, report.pages)
    assert "普查地图册" in cover and "虚拟1个" in cover and "内部" in cover
    assert "图例与读图说明" in _text(path, 2)
    assert "人民路" in names and "第一小学" in names
    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        (root,) = outline.root
        titles = [str(item.title) for item in root.children]
        assert titles[0] == "封面" and titles[-1] == "地名索引"


def test_some_sheets_only(tmp_path):
    report = map_book(town(), CODE, tmp_path / "a.pdf", areas=[CODE + "003"], paper="A3")
    assert [sheet.ea_code for sheet in report.sheets] == [CODE + "003"]
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert sorted(round(float(v) / 72 * 25.4) for v in pdf.pages[0].MediaBox)[2:] == [297, 420]


def test_sheets_that_cannot_be_made_are_named(tmp_path):
    with pytest.raises(InputError, match="900"):
        map_book(town(), CODE, tmp_path / "a.pdf", areas=[CODE + "900"])
    with pytest.raises(InputError, match="no district"):
        map_book(town(), "12", tmp_path / "a.pdf")
    with pytest.raises(ConfigError, match="A4 or A3"):
        map_book(town(), CODE, tmp_path / "a.pdf", paper="B5")
    assert list(tmp_path.iterdir()) == []


def test_the_index_names_every_sheet_with_its_frame(made, tmp_path):
    index = sheet_index([made["zh"][1]])
    assert list(index.columns) == [
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
    ]
    assert len(index) == 6 and (index["x1"] > index["x0"]).all()
    width_mm = (index["x1"] - index["x0"]) / index["scale"] * 1000
    assert ((width_mm > 100) & (width_mm < 260)).all()
    index_page(town(), tmp_path / "index.pdf")
    assert "2 个普查区" in _text(tmp_path / "index.pdf", 1) and CODE in _text(
        tmp_path / "index.pdf", 2
    )


def test_imagery_lies_under_the_map_with_its_date(tmp_path, monkeypatch):
    def window(images, bounds, crs, width, height):
        return np.full((height, width, 4), (40, 90, 40, 255), dtype=np.uint8)

    monkeypatch.setattr("census_gis.inputs.imagery.window", window)
    image = Image("x.tif", CRS("EPSG:4549"), (0, 0, 1, 1), 0.5, 3, "uint8", "2025-04-01", "测绘院")
    map_book(town(), CODE, tmp_path / "a.pdf", images=[image], areas=[CODE + "001"])
    assert "2025-04-01 测绘院" in _text(tmp_path / "a.pdf", 1)
    shown = np.asarray(pypdfium2.PdfDocument(tmp_path / "a.pdf")[0].render(scale=1).to_pil())
    middle = shown[shown.shape[0] // 3, shown.shape[1] // 5 * 2]
    assert middle[1] > middle[0] + 10 and middle.min() > 100  # green, and pale


def test_a_plan_with_nothing_around_it_still_has_its_book(tmp_path):
    tables = town()
    for name in (
        "context_lines",
        "context_areas",
        "context_points",
        "outside_buildings",
        "ea_lines",
    ):
        tables[name] = tables[name].iloc[:0]
    for name in ("ea_descriptions", "units"):
        tables[name] = pd.DataFrame(tables[name].iloc[:0])
    report = map_book(tables, CODE, tmp_path / "a.pdf")
    assert report.dropped == 0 and len(report.sheets) == 6


def test_a_preview_is_a_figure_of_the_sheet(tmp_path):
    figure = preview(town(), CODE + "001")
    width, height = figure.get_size_inches() * 25.4
    assert sorted((round(width), round(height))) == [210, 297]
    figure.savefig(tmp_path / "p.png", dpi=60)
    with pytest.raises(InputError, match="no EA"):
        preview(town(), "nothing")


def test_a_district_without_buildings_has_sheets_too(tmp_path):
    tables = dict(town())
    tables["dwelling_parts"] = tables["dwelling_parts"].iloc[:0]
    report = map_book(tables, CODE, tmp_path / "empty.pdf")
    assert report.pages >= 5


def test_a_name_of_60_characters_is_whole_on_the_cover(tmp_path):
    tables, name = town(), "".join(chr(0x4E00 + n) for n in range(60))
    tables["districts"] = tables["districts"].assign(name=name)
    units = tables["units"]
    tables["units"] = units.loc[units["level"] != "district"]
    map_book(tables, CODE, tmp_path / "a.pdf")
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        words = pdf[0].get_textpage().get_text_range()
    assert name in "".join(words.split()) and "…" not in words


@pytest.mark.parametrize(("seen", "pictured"), [((0.0, 1.0), True), ((0.5, 1.0), False), ((0.0, 0.02), False)])  # fmt: skip
@pytest.mark.parametrize("thin", [1.0, 1e-4])
def test_an_image_is_laid_under_an_ea_it_shows_whole_only(monkeypatch, seen, pictured, thin):
    def window(images, bounds, crs, width, height):
        rgba = np.full((height, width, 4), (40, 90, 40, 0), dtype=np.uint8)
        rgba[:, round(seen[0] * width) : round(seen[1] * width), 3] = 255
        return rgba

    monkeypatch.setattr("census_gis.inputs.imagery.window", window)
    image = Image("x.tif", CRS("EPSG:4549"), (0, 0, 1, 1), 0.5, 3, "uint8")
    view = View(1000, Box(0.0, 0.0, 100.0, 100.0), (0.0, 0.0))
    order = Order(Paper("A4", 15.0, 35.0), "zh", default_face(), images=(image,))
    area = shapely.box(-40.0, -40.0, 40.0, -40.0 + 80.0 * thin)
    layers = SimpleNamespace(crs=CRS("EPSG:4549"))
    assert (picture_of(order, layers, view, area) is not None) == pictured
