"""Lists open in Excel, and no text in them is ever a formula."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from census_gis.language import Text
from census_gis.present.lists import sheet_file

COLUMNS = {"code": Text("code", "代码"), "n": Text("persons", "人数（人）")}
hostile = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=("Cs", "Cc")), max_size=20
).map(lambda text: "=" + text)  # fmt: skip


@given(st.lists(hostile, min_size=1, max_size=5))
def test_a_name_that_looks_like_a_formula_stays_a_name(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("x") / "list.xlsx"
    frame = pd.DataFrame({"code": names, "n": range(len(names))})
    sheet_file(frame, path, title=Text("t", "表"), columns=COLUMNS, language="zh")
    sheet = load_workbook(path).active
    cells = [row[0] for row in sheet.iter_rows(min_row=3)]
    assert [cell.value for cell in cells] == names
    assert all(cell.data_type != "f" for cell in cells)


def test_header_units_and_missing_values(tmp_path):
    frame = pd.DataFrame({"code": ["1", None, "3"], "n": pd.array([3, 4, None], dtype="Int64")})
    sheet_file(frame, tmp_path / "l.xlsx", title=Text("t", "表"), columns=COLUMNS, language="zh",
               notes=[Text("note", "说明")])  # fmt: skip
    rows = list(load_workbook(tmp_path / "l.xlsx").active.iter_rows(values_only=True))
    assert rows[2] == ("代码", "人数（人）")
    assert rows[3:] == [("1", 3), (None, 4), ("3", None)]
