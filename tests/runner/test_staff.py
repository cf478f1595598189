"""`staff` works before any map: with a table, with totals alone, and beside a plan."""

import json

import pytest
from openpyxl import Workbook, load_workbook

from census_gis.errors import ConfigError, InputError
from census_gis.field.totals import Given
from census_gis.inputs.districts_table import read_district_table
from census_gis.inputs.sources import Source
from census_gis.present.staffing_words import figures, sentences
from census_gis.runner.staff import staff_totals
from tests.runner.small_plan import write

HEAD = '[project]\nname = "盈浦街道"\nprofile = "cn2020"\nlanguage = "{language}"\noutput = "out"\n'
DUAL = '[rules]\n"staff.supervisor_enumerates" = { value = true, source = "notice" }\n'


def project(folder, text, language="zh"):
    file = folder / "project.toml"
    file.write_text(HEAD.format(language=language) + text, encoding="utf-8")
    return file


def test_totals_alone(tmp_path):
    text = "[population]\npersons_total = 160000\n[staffing]\ndistricts = 34\nsupervisors_total = 110\n"
    result = staff_totals(project(tmp_path, text + DUAL))
    told = figures(result.page.totals)
    assert (told["posts"], told["enumerators"], told["supervisors"]) == (533, 423, 110)
    words = " ".join(line.zh for line in sentences(result.page.totals, result.page.profile))
    assert "533.33" in words and "进位 534" in words and json.dumps(told)
    assert all(file.stat().st_size > 1_000 for file in result.files)


def table(folder, rows, name="districts.xlsx"):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for cell in (cell for row in book.active for cell in row if cell.data_type == "f"):
        cell.data_type = "s"  # a name that begins with =, typed as text
    book.save(folder / name)
    return folder / name


ROWS = [("代码", "名称", "人数"), ("310118001001", "甲居委会", 3000), ("310118001002", "=1+1", 1500),
        ("310118101201", "丙村委会", 600), (None, "合 计", 5100)]  # fmt: skip
INPUT = '[inputs.districts]\nfile = "districts.xlsx"\ncolumns = { district_code = "代码", name = "名称", persons = "人数" }\n'


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_table_without_shapes_makes_a_book_with_sums_and_a_chart(tmp_path, language):
    table(tmp_path, ROWS)
    result = staff_totals(project(tmp_path, INPUT, language))
    book = load_workbook(result.files[0])
    names = {"zh": ["测算说明", "普查区", "乡级合计"], "en": ["Summary", "Districts", "Townships"]}
    assert book.sheetnames == names[language]
    districts, townships = book.worksheets[1:]
    assert [cell.value for cell in districts["C"]][1:] == [3000, 1500, 600, 5100]
    assert [cell.value for cell in townships["A"]][1:3] == ["310118001", "310118101"]
    assert districts["B3"].value == "=1+1" and districts["B3"].data_type == "s"
    assert districts["A2"].value == "310118001001"
    assert len(townships._charts) == 1


def test_the_same_totals_make_the_same_pictures(tmp_path):
    table(tmp_path, ROWS)
    file = project(tmp_path, INPUT)
    one, two = (staff_totals(file, out=tmp_path / name) for name in "ab")
    assert all(
        a.read_bytes() == b.read_bytes() for a, b in zip(one.files[1:], two.files[1:], strict=True)
    )


def test_beside_a_plan_stand_its_own_areas(tmp_path):
    result = staff_totals(write(tmp_path), given=Given(budget=100))
    whole = result.page.totals.whole
    assert (whole["eas"], whole["ea_count"], whole["difference"]) == (4, 4, 0)
    assert {case["code"] for case in result.page.totals.found} == {"T211"}


def test_what_is_neither_project_nor_plan(tmp_path):
    with pytest.raises(ConfigError, match="neither"):
        staff_totals(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([("district_code", "persons"), ("1", 5), ("1", 6)], "more than once"),
        ([("district_code", "persons"), ("1", -5)], None),
        ([("district_code", "persons"), ("1", "many")], None),
        ([("district_code", "name", "persons"), (None, "合计", 5)], "no row"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, rows, what):
    with pytest.raises(InputError, match=what):
        read_district_table(Source(table(tmp_path, rows)))


def test_a_row_of_sums_is_no_district(tmp_path):
    file = tmp_path / "d.csv"
    file.write_text("district_code,name,persons\n1,甲,5\n2,乙,6\n,合 计,11\n", encoding="utf-8")
    found, cases = read_district_table(Source(file))
    assert found["persons"].tolist() == [5, 6]
    assert [case["code"] for case in cases].count("D311") == 1


def test_districts_without_codes_are_numbered(tmp_path):
    rows = [("name", "persons"), ("甲", 5), ("乙", 6)]
    found, _ = read_district_table(Source(table(tmp_path, rows)))
    assert found["district_code"].tolist() == ["001", "002"]
