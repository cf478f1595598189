"""Tables as offices make them: titles, merged names, units, totals and notes around the data."""

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import InputError
from census_gis.inputs.headings import find_heading
from census_gis.inputs.inspect import inspect_file
from census_gis.inputs.open import open_rows
from census_gis.inputs.sources import Source


def _save(path, rows, merged=(), sheets=()):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "汇总"
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    for name, some in sheets:
        other = book.create_sheet(name)
        for row in some:
            other.append(row)
    book.save(path)
    return path


OFFICE = [
    ["2020 年人口汇总表", None, None, None, None, None],
    ["填报单位：盈浦街道", None, None, None, "日期：2020-11-01", None],
    [],
    ["代码", "名称", "人口数", None, None, "备 注"],
    [None, None, "常住", "人户\n分离", "其中：女", None],
    [None, None, "人", "人", "人", None],
    ["甲", "乙", 1, 2, 3, 4],
    ["001", "东风", 100, 3, 50, None],
    ["002", "和平", 200, 4, 99, "含工地"],
    ["合  计", None, 300, 7, 149, None],
    ["注：不含现役军人", None, None, None, None, None],
    ["填表人：", None, "审核人：", None, None, None],
]
MERGED = ("A1:F1", "A4:A5", "B4:B5", "C4:E4", "F4:F5", "A10:B10", "A11:F11")


def test_an_office_table_is_read_as_a_table_and_what_was_passed_over_is_said(tmp_path):
    rows = open_rows(Source(_save(tmp_path / "a.xlsx", OFFICE, MERGED)))
    assert list(rows.frame.columns) == ["代码", "名称", "人口数_常住", "人口数_人户分离", "人口数_其中：女", "备注", "_row"]  # fmt: skip
    assert rows.frame["代码"].tolist() == ["001", "002"]
    assert rows.frame["人口数_常住"].tolist() == ["100", "200"]
    assert rows.frame["备注"].tolist() == [None, "含工地"]
    passed, joined = rows.findings
    assert (passed["code"], joined["code"]) == ("F025", "F026")
    assert passed["row_key"] == "1, 2, 6, 7, 10, 11, 12"
    assert "合计（第 10 行）" in passed["message_zh"]
    assert "4, 5" in joined["message_zh"]


def test_names_in_three_rows_of_groups_within_groups(tmp_path):
    rows = [
        ["代码", "人口", None, None, "户数"],
        [None, "男", "女", None, None],
        [None, None, "15岁以下", "其他", None],
        ["001", 1, 2, 3, 4],
    ]
    path = _save(tmp_path / "a.xlsx", rows, ("A1:A3", "B1:D1", "E1:E3", "B2:B3", "C2:D2"))
    frame = open_rows(Source(path)).frame
    assert list(frame.columns)[:5] == [
        "代码",
        "人口_男",
        "人口_女_15岁以下",
        "人口_女_其他",
        "户数",
    ]
    assert frame.iloc[0, :5].tolist() == ["001", "1", "2", "3", "4"]


def test_a_title_over_one_row_of_names_without_merged_cells(tmp_path):
    path = _save(tmp_path / "a.xlsx", [["表一"], [], ["代码", "户数"], ["001", 5], ["总计", 5]])
    rows = open_rows(Source(path))
    assert rows.frame[["代码", "户数"]].to_numpy().tolist() == [["001", "5"]]
    assert [case["code"] for case in rows.findings] == ["F025"]


def test_a_name_that_begins_like_a_total_is_data(tmp_path):
    path = _save(
        tmp_path / "a.xlsx", [["名称", "户数"], ["合计村", 5], ["总计里", 6], ["Totalfeld", 7]]
    )
    rows = open_rows(Source(path))
    assert len(rows.frame) == 3
    assert not rows.findings


def test_names_that_sound_like_notes_are_names_and_data(tmp_path):
    path = _save(tmp_path / "a.xlsx", [["备注", "日期"], ["注溪村", None], ["说明", "单位"]])
    rows = open_rows(Source(path))
    assert rows.frame["备注"].tolist() == ["注溪村", "说明"]
    assert not rows.findings


def test_a_total_without_a_stored_value_is_no_error_but_data_is(tmp_path):
    fine = [["代码", "户数"], ["001", 5], ["合计", "=SUM(B2:B2)"]]
    assert len(open_rows(Source(_save(tmp_path / "a.xlsx", fine))).frame) == 1
    path = _save(tmp_path / "b.xlsx", [["表"], ["代码", "户数"], ["001", "=1+1"], ["002", 3]])
    with pytest.raises(InputError) as caught:
        open_rows(Source(path))
    assert caught.value.rows == ("B3",)
    assert "没有保存结果" in caught.value.say("zh")


def test_stored_values_of_formulas_are_used(tmp_path):
    """What Excel writes beside a formula is taken; openpyxl cannot write it, so it is put into the part itself."""
    import zipfile

    path = _save(tmp_path / "a.xlsx", [["代码", "户数"], ["001", "=1+1"]])
    parts = {}
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = (
        parts[sheet]
        .replace(b"<v />", b"<v>2</v>")
        .replace(b"<v></v>", b"<v>2</v>")
        .replace(b"<v/>", b"<v>2</v>")
    )
    with zipfile.ZipFile(path, "w") as book:
        for name, data in parts.items():
            book.writestr(name, data)
    assert open_rows(Source(path)).frame["户数"].tolist() == ["2"]


def test_a_cell_that_is_ragged_is_named_by_its_row_in_the_sheet(tmp_path):
    path = _save(
        tmp_path / "a.xlsx",
        [["表", None, None], ["代码", "户数", None], ["001", 5, "x"]],
        ("A1:B1",),
    )
    with pytest.raises(InputError) as caught:
        open_rows(Source(path))
    assert caught.value.rows == (3,)


def test_every_sheet_is_inspected(tmp_path):
    path = _save(
        tmp_path / "a.xlsx", OFFICE, MERGED, sheets=[("普查员", [["工号", "岗位"], [1, "普查员"]])]
    )
    reports = inspect_file(path)
    assert [(one.layer, one.rows) for one in reports] == [("汇总", 2), ("普查员", 1)]
    assert reports[1].role == "staff"
    assert open_rows(Source(path, layer="普查员")).frame["工号"].tolist() == ["1"]


def test_an_old_workbook_names_the_remedy(tmp_path):
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0" * 9)
    with pytest.raises(InputError, match=r"\.xlsx"):
        open_rows(Source(tmp_path / "a.xls"))


names = st.lists(
    st.sampled_from(["甲区", "乙区", "户数", "人口", "代码", "名称", "备注", "层数"]),
    min_size=2,
    max_size=6,
    unique=True,
)


@settings(max_examples=40, deadline=None)
@given(names, st.integers(0, 3), st.integers(0, 5), st.booleans())
def test_titles_and_totals_never_change_what_is_read(columns, titles, rows, total):
    data = [tuple(f"{i}{j}" for j in range(len(columns))) for i in range(rows)]
    rest = (None,) * (len(columns) - 1)
    above = [("某某街道人口表", *rest)] * titles
    below = [("合计", *rest)] if total else []
    heading = find_heading([*above, tuple(columns), *data, *below], [])
    assert heading.table([*above, tuple(columns), *data, *below]) == [tuple(columns), *data]
    assert heading.rows == (titles,)


@given(
    st.lists(
        st.lists(
            st.one_of(st.none(), st.text(max_size=4), st.integers(), st.floats()),
            min_size=3,
            max_size=3,
        ),
        max_size=8,
    )
)
@settings(max_examples=40, deadline=None)
def test_any_sheet_has_each_row_in_one_place(rows):
    cells = [tuple(row) for row in rows]
    heading = find_heading(cells, [(0, 0, 0, 1)])
    places = [
        *heading.rows,
        *heading.data,
        *(row for some in heading.skipped.values() for row in some),
    ]
    assert len(places) == len(set(places))
    assert set(places) <= set(range(len(cells)))
