"""Looking into a file tells what is there and what is odd, and quotes nothing."""

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import LineString, Polygon, box

from census_gis.errors import InputError
from census_gis.inputs.inspect import inspect_file
from census_gis.inputs.naming import suggest_columns, suggest_role
from tests.places import place

SHAPES = [box(5e5 + i, 3e6, 5e5 + i + 1, 3e6 + 1) for i in range(3)]


def _buildings(**columns):
    data = {"编号": ["1", "2", "3"], "层数": [1, 2, 3], "用途": ["住宅", "商业", None], **columns}
    return gpd.GeoDataFrame(data, geometry=SHAPES, crs=4547)


def test_layers_columns_role_and_mapping(tmp_path):
    path = tmp_path / "street.gpkg"
    _buildings().to_file(path, layer="建筑物")
    roads = gpd.GeoDataFrame(
        {"highway": ["primary"]}, geometry=[LineString([(5e5, 3e6), (5e5, 3e6 + 1)])], crs=4547
    )
    roads.to_file(path, layer="DL")
    first, second = inspect_file(path)
    assert (first.layer, first.rows, first.shape, first.role) == ("建筑物", 3, "area", "buildings")
    assert first.mapping == {"building_id": "编号", "floors": "层数", "use": "用途"}
    assert (first.columns[2].filled, first.columns[2].distinct) == (2, 2)
    assert first.stated_crs.startswith("EPSG:4547")
    assert "longitude 114" in first.numbers_say.en
    assert (second.role, dict(second.mapping)) == ("roads", {"class": "highway"})
    assert not first.findings + second.findings


def test_what_is_odd_is_found(tmp_path):
    frame = _buildings(户主姓名=["王小明", "李雷", "韩梅梅"])
    frame["编号"] = ["1", "1", "3"]
    frame["geometry"] = [
        Polygon([(5e5, 3e6), (5e5 + 1, 3e6 + 1), (5e5 + 1, 3e6), (5e5, 3e6 + 1)]),
        None,
        SHAPES[2],
    ]
    frame.to_file(tmp_path / "建筑.gpkg")
    (report,) = inspect_file(tmp_path / "建筑.gpkg")
    assert {row["code"] for row in report.findings} == {"F007", "F008", "F009", "F010"}
    assert "王小明" not in str(report)


def test_a_contradiction_is_a_finding_of_the_layer_not_the_end(tmp_path):
    shapes = [box(116.3, 39.9, 116.4, 40.0)]
    gpd.GeoDataFrame({"a": [1]}, geometry=shapes, crs=4548).to_file(tmp_path / "a.gpkg")
    gpd.GeoDataFrame({"a": [1]}, geometry=shapes).to_file(tmp_path / "b.gpkg")
    for name, says in (("a.gpkg", "EPSG:4548"), ("b.gpkg", "no coordinate system")):
        (report,) = inspect_file(tmp_path / name)
        assert [(row["code"], row["severity"]) for row in report.findings] == [("F006", "error")]
        assert says in report.findings[0]["message_en"]
        assert report.numbers_say.zh == "经纬度（度）"


def test_codes_stored_as_decimals_are_seen(tmp_path):
    frame = gpd.GeoDataFrame(
        {"区划代码": [110108001001.5, 2.0, 3.0], "人口": [1, 2, 3]}, geometry=SHAPES, crs=4547
    )
    frame.to_file(tmp_path / "普查区.gpkg")
    (report,) = inspect_file(tmp_path / "普查区.gpkg")
    assert report.role == "districts"
    assert [row["code"] for row in report.findings] == ["F011"]


def test_tables_and_images(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["工号", "岗位"])
    book.active.append([1, "普查员"])
    book.save(tmp_path / "人员.xlsx")
    (report,) = inspect_file(tmp_path / "人员.xlsx")
    assert (report.rows, report.shape, report.role) == (1, "", "staff")
    assert report.mapping == {"staff_id": "工号", "role": "岗位"}
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", width=9, height=9, count=3, dtype="uint8",
                       crs="EPSG:4547", transform=from_origin(5e5, 3e6, 0.5, 0.5)) as file:  # fmt: skip
        file.write(np.ones((3, 9, 9), np.uint8))
    (report,) = inspect_file(tmp_path / "a.tif")
    assert (report.role, report.bounds) == ("imagery", (5e5, 3e6 - 4.5, 5e5 + 4.5, 3e6))


def test_a_file_that_does_not_open_is_an_input_error(tmp_path):
    (tmp_path / "a.gpkg").write_bytes(b"<VRT/>")
    with pytest.raises(InputError):
        inspect_file(tmp_path / "a.gpkg")


@pytest.mark.parametrize(
    ("names", "shape", "columns", "role"),
    [
        (["行政区"], "area", [], "districts"), (["JZW"], "area", [], "buildings"), (["SX"], "area", [], "water"),
        (["SX"], "line", [], "waterways"), (["railways"], "line", [], "railways"), (["DLTB"], "area", [], "landuse"),
        (["x"], "area", ["levels"], "buildings"), (["x"], "area", ["a"], None), (["x"], "line", ["highway"], "roads"),
        (["x"], "image", [], "imagery"), (["building"], "line", [], None),
    ],
)  # fmt: skip
def test_roles(names, shape, columns, role):
    assert suggest_role(names, shape, columns) == role


def test_no_column_is_suggested_twice():
    mapping = suggest_columns("buildings", ["id", "ID", "Levels", "name", "building"])
    assert len(set(mapping.values())) == len(mapping)
    assert mapping["building_id"] == "id"
    assert mapping["floors"] == "Levels"


def test_a_real_geodatabase():
    reports = inspect_file(place("formats", "haidian.gdb"))
    assert [report.role for report in reports] == ["buildings", "districts", "roads", "water"]
    assert not [row for report in reports for row in report.findings if row["severity"] == "error"]


def test_kinds_and_records_of_inspect_speak_the_language_chosen(tmp_path):
    from census_gis.cli.inspection import as_record, in_words
    from census_gis.inputs.inspect import inspect_file

    table = tmp_path / "t.csv"
    table.write_text("code,persons\nA1,3\n", encoding="utf-8")
    (report,) = inspect_file(table)
    assert "text" in in_words(report, "en") and "text" not in in_words(report, "zh")
    assert "文字" in in_words(report, "zh") or "整数" in in_words(report, "zh")
    assert as_record(report, "zh")["numbers_say"] == report.numbers_say.zh
