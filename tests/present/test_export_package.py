"""The report package: polygons that add up from the bottom, one column filled in, differences with reasons to give."""

import csv
import hashlib
import io
import re
import zipfile
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from census_gis.errors import InputError
from census_gis.present.exchange.differences import Issued, compare, compared_areas
from census_gis.present.exchange.own_list import fill_own_list
from census_gis.present.exchange.package import Order, write_package
from census_gis.present.exchange.upward import built_up
from tests.present.exported import hostile_town, source
from tests.present.town import CODE, CRS, OTHER

COUNTS = {CODE: 6, OTHER: 1}
TOWN = CODE[:9]


def quiet(_):
    """Nobody watches."""


@pytest.fixture(scope="module")
def tables():
    return hostile_town()


@pytest.fixture(scope="module")
def levels(tables):
    return built_up(source(tables))


def package(tables, folder, order=None):
    """Names and bytes of what is in the zip."""
    folder.mkdir()
    losses = write_package(source(tables), folder, order or Order(), advance=quiet)
    with zipfile.ZipFile(folder / "report_package_310118.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}, losses


def test_each_level_is_the_exact_union_of_the_one_below(levels, tables):
    for upper, lower, key in (
        ("township", levels.district, "township_code"),
        ("district", levels.ea, "district_code"),
    ):
        for unit in getattr(levels, upper).itertuples():
            below = lower[lower[key] == unit.code]
            union = shapely.union_all(below.geometry.to_numpy())
            assert shapely.symmetric_difference(unit.geometry, union).area < 1e-6
            assert unit.area_m2 == pytest.approx(below["area_m2"].sum(), abs=0.02)
            assert shapely.get_num_interior_rings(shapely.get_parts(unit.geometry)).sum() == 0
    assert levels.district["ea_count"].tolist() == [6, 1]
    assert levels.township["ea_count"].tolist() == [7]
    assert levels.bare["kind"].tolist() == ["stacked", "virtual"]
    assert levels.township["name"].tolist() == ["青龙镇"]


def test_the_package_is_whole_and_its_hashes_hold(tables, tmp_path):
    files, losses = package(tables, tmp_path / "a")
    for line in files["MANIFEST.sha256"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files.pop(name)).hexdigest() == digest
    assert list(files) == ["MANIFEST.sha256"]
    said = " ".join(loss.say().en for loss in losses)
    assert "state draft" in said
    assert f"{CODE}900" in said
    assert not (tmp_path / "a" / "work").exists()


def test_the_same_plan_gives_the_same_bytes(tables, tmp_path):
    package(tables, tmp_path / "a")
    package(tables, tmp_path / "b")
    name = "report_package_310118.zip"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_list_of_districts_in_both_forms(tables, tmp_path):
    files, _ = package(tables, tmp_path / "a")
    rows = list(csv.DictReader(io.StringIO(files["district_list.csv"].decode("utf-8-sig"))))
    assert [(row["code"], row["xiaoqu_num"], row["stacked"], row["virtual"]) for row in rows] == [
        (CODE, "6", "1", "1"), (OTHER, "1", "0", "0")]  # fmt: skip
    sheet = load_workbook(io.BytesIO(files["district_list.xlsx"])).active
    assert [cell.value for cell in sheet["A"][1:]] == [CODE, OTHER]
    assert [cell.value for cell in sheet["C"][1:]] == [6, 1]


def test_polygon_layers_read_back(tables, levels, tmp_path):
    files, _ = package(tables, tmp_path / "a", Order(encoding="gbk"))
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    for name in ("township", "district", "ea"):
        back = gpd.read_file(tmp_path / f"{name}.shp")
        ours = getattr(levels, name)
        assert back["code"].tolist() == ours["code"].tolist()
        assert back["name"].fillna("").tolist() == ours["name"].fillna("").tolist()
        assert back.crs.to_epsg() == 4549
        apart = shapely.symmetric_difference(back.geometry.to_numpy(), ours.geometry.to_numpy())
        assert shapely.area(apart).max() < 1e-6


def office_table(path, *, header_row=3, numbers=False):
    """A table as offices have it: title, merged cells, colours, a sum, a remark, codes as numbers or texts."""
    book = Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("一览表")
    sheet["A1"] = "青龙镇普查区一览表"
    sheet.merge_cells("A1:E1")
    for n, head in enumerate(("序号", "区划", "名称", "XiaoQu_num", "备注"), start=1):
        sheet.cell(header_row, n, head).font = Font(bold=True)
    for n, code in enumerate((OTHER, CODE, "310118001999"), start=1):
        row = header_row + n
        sheet.cell(row, 1, n)
        sheet.cell(row, 2, int(code) if numbers else code)
        sheet.cell(row, 3, "=1+1")
        sheet.cell(row, 5, "不可改动").comment = Comment("留意", "某人")
    sheet.cell(header_row + 1, 4, 99).font = Font(color="FF0000")
    sheet.cell(header_row + 4, 4, f"=SUM(D{header_row + 1}:D{header_row + 3})")
    book.save(path)


@pytest.mark.parametrize("numbers", [True, False])
def test_only_one_column_of_the_offices_table_changes(tmp_path, numbers):
    office_table(tmp_path / "own.xlsx", numbers=numbers)
    filled = fill_own_list(tmp_path / "own.xlsx", COUNTS)
    assert (filled.missing, filled.unknown) == ((), ("310118001999",))
    before = load_workbook(tmp_path / "own.xlsx")
    after = load_workbook(io.BytesIO(filled.data))
    changed = {
        cell.coordinate: (cell.value, after[sheet.title][cell.coordinate].value)
        for sheet in before.worksheets for row in sheet.iter_rows() for cell in row
        if cell.value != after[sheet.title][cell.coordinate].value
    }  # fmt: skip
    assert changed == {"D4": (99, 1), "D5": (None, 6)}
    assert after["一览表"]["D4"].font.color.rgb == before["一览表"]["D4"].font.color.rgb
    with (
        zipfile.ZipFile(tmp_path / "own.xlsx") as old,
        zipfile.ZipFile(io.BytesIO(filled.data)) as new,
    ):
        assert new.namelist() == old.namelist()
        different = {name for name in old.namelist() if old.read(name) != new.read(name)}
        assert different <= {"xl/worksheets/sheet2.xml", "xl/workbook.xml"}


def test_a_prefixed_sheet_is_filled_too(tmp_path):
    """Some programs write <x:c> for <c>, and leave cells and their names out."""
    office_table(tmp_path / "own.xlsx")
    name = "xl/worksheets/sheet2.xml"
    with (
        zipfile.ZipFile(tmp_path / "own.xlsx") as old,
        zipfile.ZipFile(tmp_path / "x.xlsx", "w") as new,
    ):
        for entry in old.namelist():
            data = old.read(entry)
            if entry == name:
                data = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", data).replace(
                    b"xmlns=", b"xmlns:x="
                )
            new.writestr(entry, data)
    filled = fill_own_list(tmp_path / "x.xlsx", COUNTS)
    sheet = load_workbook(io.BytesIO(filled.data))["一览表"]
    assert [sheet["D4"].value, sheet["D5"].value] == [1, 6]


def test_faulty_office_tables_are_refused(tmp_path):
    book = Workbook()
    book.active.append(["code", "n"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="no sheet has a column xiaoqu_num"):
        fill_own_list(tmp_path / "a.xlsx", COUNTS)
    book.active["B1"] = "xiaoqu_num"
    book.active.append(["999999999999", 1])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="no column holds codes"):
        fill_own_list(tmp_path / "a.xlsx", COUNTS)
    book.active.append([CODE, "=1+1"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="formulas") as caught:
        fill_own_list(tmp_path / "a.xlsx", COUNTS)
    assert caught.value.rows == ("B3",)


def differences(levels, issued):
    return compare(levels, issued, compared_areas(levels, issued.polygons))


def issued_codes(*rows):
    return Issued(codes=pd.DataFrame(list(rows), columns=["code", "name"]))


def test_a_list_that_agrees_gives_no_difference(levels):
    rows = [
        (code, name)
        for layer in (levels.district, levels.township)
        for code, name in zip(layer["code"], layer["name"], strict=True)
    ]
    rows[-1] = (f"{TOWN}000", "青龙镇")  # as the national list writes townships
    assert differences(levels, issued_codes(*rows, ("310118002001", "elsewhere"))) == []


def test_number_code_and_name_are_compared(levels):
    found = differences(
        levels,
        issued_codes((CODE, "桃园社区居委会"), (f"{TOWN}777", "新村"), (f"{TOWN}888", "旧村")),
    )
    assert [(d.kind.en, d.code, d.ours.en, d.issued.en) for d in found] == [
        ("number", "", "2", "3"), ("code", OTHER, OTHER, "-"), ("code", f"{TOWN}777", "-", f"{TOWN}777"),
        ("code", f"{TOWN}888", "-", f"{TOWN}888"), ("name", CODE, "桃源社区居民委员会", "桃园社区居委会"),
    ]  # fmt: skip


def test_areas_are_compared_with_issued_polygons(levels):
    shapes = levels.district.geometry.to_numpy().copy()
    # 300 m long: as large, but 600 m2 apart.
    shapes[0] = shapely.affinity.translate(shapes[0], 1, 0)
    shapes[1] = shapely.union(
        shapes[1], shapely.box(*shapes[1].bounds).buffer(1, join_style="mitre")
    )
    polygons = gpd.GeoDataFrame(
        {"code": levels.district["code"], "name": ""}, geometry=shapes, crs=CRS
    )
    found = differences(levels, Issued(polygons=polygons))
    assert [(d.kind.en, d.code) for d in found] == [("area", CODE), ("area", OTHER)]
    assert found[0].difference.zh == "+0.00 平方米 (+0.0000 %)；不重合 600.00 平方米"
    assert found[1].difference.en.startswith("-1,004.00 m²")


def test_a_district_without_ground_is_compared_as_no_area(levels):
    bare = levels.district.assign(area_m2=[float("nan"), *levels.district["area_m2"][1:]])
    bare.loc[0, "geometry"] = None
    polygons = levels.district[["code", "name", "geometry"]]
    found = differences(replace(levels, district=bare), Issued(polygons=polygons))
    whole = levels.district["area_m2"][0]
    assert [(d.kind.en, d.code, d.ours.en) for d in found] == [("area", CODE, "0.00 m²")]
    assert found[0].difference.en.startswith(
        f"-{whole:,.2f} m² (-100.0000 %); ground in only one: {whole:,.2f}"
    )


def test_the_note_has_a_place_for_reasons_and_no_text_acts(tables, tmp_path):
    order = Order(issued_codes((CODE, "=HYPERLINK(1)"), (OTHER, "<img src=x>")), language="en")
    files, _ = package(tables, tmp_path / "a", order)
    sheet = load_workbook(io.BytesIO(files["differences.xlsx"]))["differences"]
    head = next(row for row in sheet.iter_rows() if row[0].value == "No.")
    assert head[-1].value == "reason (to be filled in)"
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == "=HYPERLINK(1)" and cell.data_type == "s" for cell in cells)
    page = files["differences.html"].decode()
    assert "<img" not in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_districts_without_a_township_are_refused(tables):
    bare = {**tables, "units": tables["units"].iloc[:0]}
    bare["districts"] = tables["districts"].assign(district_code=["A1", "B2"])
    with pytest.raises(InputError, match="township"):
        built_up(source(bare))
