"""Districts as a mere table: rows of sums are left out and told."""

import pytest

from census_gis.inputs.districts_table import read_district_table
from census_gis.inputs.sources import Source


@pytest.mark.parametrize("word", ["合 计", "总数：", "Totals", "Grand total"])
@pytest.mark.parametrize(("persons", "said"), [("300", "300"), ("", "-")])
def test_a_row_of_sums_is_told_with_its_number(tmp_path, word, persons, said):
    path = tmp_path / "districts.csv"
    path.write_text(
        f"district_code,name,persons\n,甲,100\n,合计村,200\n,{word},{persons}\n", "utf-8"
    )
    table, cases = read_district_table(Source(path))
    assert table["name"].tolist() == ["甲", "合计村"]
    (case,) = (case for case in cases if case["code"] == "D311")
    assert case["message_zh"] == f"已略去合计行（{word}：{said}）。"
