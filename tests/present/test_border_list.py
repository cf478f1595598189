"""The list of border buildings: texts stay texts, each pair signs, and a page shows the same."""

import geopandas as gpd
import pytest
import shapely
from openpyxl import load_workbook

from census_gis.present.border_list import write_border_list, write_border_page
from census_gis.tables import conform, empty
from tests.runner.small_plan import AT, CODES, CRS, tables


@pytest.fixture
def plan():
    layers = tables()
    parts = layers["dwelling_parts"].copy()
    shapes = parts.geometry.to_numpy().copy()
    shapes[1] = shapely.multipolygons([shapely.box(AT + 92, AT + 120, AT + 104, AT + 130)])
    parts = parts.set_geometry(gpd.GeoSeries(shapes, crs=CRS))
    parts.loc[1, "name"] = "=HYPERLINK(1)<script>"
    return {**layers, "dwelling_parts": conform(parts, "dwelling_parts"),
            "outside_buildings": empty("outside_buildings", CRS)}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_pair_has_its_rows_and_its_signatures(plan, tmp_path, language):
    file = tmp_path / "b.xlsx"
    write_border_list(plan, file, language=language, project="小镇")
    sheet, data = load_workbook(file).worksheets
    texts = [str(cell.value) for row in sheet for cell in row if cell.value is not None]
    assert any(all(code in text for code in CODES) for text in texts)
    assert sum(("签字" if language == "zh" else "signature") in text for text in texts) == 2
    assert sheet.print_title_rows == "$1:$3" and sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert all(cell.data_type != "f" for page in (sheet, data) for row in page for cell in row)
    assert [cell.value for cell in data[2]][:3] == [*CODES, f"{CODES[0]}001-2"]
    assert [cell.value for cell in data[2]][4:6] == [66.7, 33.3]


def test_the_page_shows_the_same_and_runs_nothing(plan, tmp_path):
    file = tmp_path / "b.html"
    write_border_page(plan, file, language="zh", project="小镇")
    page = file.read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page and "<script" not in page and "66.7" in page
    assert "http:" not in page and "https:" not in page


def test_without_border_buildings_both_say_so(plan, tmp_path):
    bare = {**plan, "dwelling_parts": tables()["dwelling_parts"]}
    write_border_list(bare, tmp_path / "b.xlsx", language="en", project="x")
    write_border_page(bare, tmp_path / "b.html", language="en", project="x")
    assert "No building" in (tmp_path / "b.html").read_text(encoding="utf-8")
    assert "No building" in str(load_workbook(tmp_path / "b.xlsx").worksheets[0]["A4"].value)
