"""The comparison as files: offline, in both languages, texts that stay texts."""

import re

import openpyxl
import pytest

from census_gis.areas.codes import number
from census_gis.areas.compare import compare_tables
from census_gis.areas.tabulate import tabulate
from census_gis.present.compare_page import write_comparison
from census_gis.profile import load_profile
from tests.areas.towns import fabric, grouped


@pytest.fixture(scope="module")
def found():
    old, new = (tabulate(number(grouped(fabric(1), growth))) for growth in (1, 2))
    return compare_tables(old, new, load_profile("cn2020"))


@pytest.mark.parametrize(("language", "word"), [("en", "Two plans compared"), ("zh", "方案对比")])
def test_one_page_without_outside_requests_and_tables_that_sum(found, tmp_path, language, word):
    files = write_comparison(
        found, tmp_path, names=("=a/plan", "b<i>"), language=language, noun="persons"
    )
    assert all(file.stat().st_size for file in files)
    page = files[0].read_text("utf-8")
    assert word in page and "b<i>" not in page and not re.search(r"(?:src|href)=", page)
    assert page.count("<path") == found.eas.geometry.notna().sum()
    sheet = openpyxl.load_workbook(files[2]).active
    assert sheet.max_row == len(found.concordance) + 3
    assert (
        sum(row[3] for row in sheet.iter_rows(min_row=4, values_only=True))
        == found.concordance["persons_after"].sum()
    )
    assert len(files[3].read_text("utf-8-sig").splitlines()) == len(found.concordance) + 1


def test_the_same_comparison_is_the_same_page(found, tmp_path):
    first, again = (
        write_comparison(found, tmp_path / name, names=("a", "b"), language="en", noun="persons")
        for name in "xy"
    )
    assert (
        first[0].read_bytes() == again[0].read_bytes()
        and first[3].read_bytes() == again[3].read_bytes()
    )
