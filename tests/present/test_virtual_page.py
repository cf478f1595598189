"""Virtual EAs: listed with counts and reason in the book of their district, never drawn."""

import pandas as pd
import pytest

from census_gis.present.book import map_book
from census_gis.present.display import Words
from census_gis.present.fonts import default_face
from census_gis.present.layers import read_layers
from census_gis.present.layout import Paper
from census_gis.present.order import Order
from census_gis.present.virtual_page import virtual_pages

from .town import CODE, town


def _with_virtual(count, language, remark):
    tables = town(language=language)
    areas = tables["enumeration_areas"]
    one = areas.loc[areas["kind"] == "virtual"]
    more = pd.concat([
        one.iloc[:0],
        *(one.assign(serial=f"{900 + n}", ea_code=f"{CODE}{900 + n}", persons=1000 + n, remark=remark) for n in range(count)),
    ])  # fmt: skip
    return {**tables, "enumeration_areas": pd.concat([areas.loc[areas["kind"] != "virtual"], more])}


def _pages(count, language="zh", remark=None):
    order = Order(Paper("A4", 15.0, 35.0), language, default_face(), project="测试")
    pages = virtual_pages(
        read_layers(_with_virtual(count, language, remark), CODE, language), order
    )
    return [[item.words for item in page.items if isinstance(item, Words)] for page in pages]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_virtual_ea_is_listed_once_with_its_counts(language):
    pages = _pages(45, language)
    said = [words for page in pages for words in page]
    assert len(pages) == 3
    for n in range(45):
        assert said.count(f"{900 + n}") == 1 and f"{1000 + n:,}" in said


def test_the_reason_is_said_without_its_code_and_other_remarks_are_not():
    (said,) = _pages(1, remark="PIECES: 共 2 块; VIRTUAL: 户口空挂，街道提出，尚未批准")
    assert "户口空挂，街道提出，尚未批准" in "".join(said) and not any(
        "PIECES" in words for words in said
    )


def test_a_district_without_virtual_eas_has_no_such_page(tmp_path):
    assert _pages(0) == []
    tables = town()
    whole = map_book(tables, CODE, tmp_path / "a.pdf").pages
    areas = tables["enumeration_areas"]
    none = {**tables, "enumeration_areas": areas.loc[areas["kind"] != "virtual"]}
    assert map_book(none, CODE, tmp_path / "b.pdf").pages == whole - 1
