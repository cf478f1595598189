"""Names in full, and the words for what is counted."""

import geopandas as gpd
import pandas as pd
import pytest
from openpyxl import load_workbook

from census_gis.language import NOUNS
from census_gis.present.lists import EA_COLUMNS, _counted, ea_list
from census_gis.present.titles import (
    noun_of,
    place_of,
    place_of_plan,
    places_of,
    said_in_full,
    townships,
)
from census_gis.present.words import say

UNITS = pd.DataFrame({
    "level": ["county", "township", "township"], "code": ["310118", "310118001", "310118002"],
    "name": ["青浦区", "盈浦街道", "夏阳街道"],
})  # fmt: skip


def plan(*codes, units=UNITS):
    return {"districts": gpd.GeoDataFrame({"district_code": list(codes)}), "units": units}


def test_names_where_known_else_the_digits_of_the_code():
    assert place_of(UNITS, "310118001002") == ("青浦区", "盈浦街道")
    assert place_of(UNITS, "310118003002") == ("青浦区", "003")
    assert place_of(None, "310118003002") == ("310118", "003")
    assert place_of(UNITS.iloc[:0], "0102103") == ("", "")


def test_the_longest_code_names_the_place_and_all_places_are_read_at_once():
    within = pd.DataFrame(
        {"level": ["township"] * 2, "code": ["3101180", "310118001"], "name": ["片", "街"]}
    )
    codes = ["310118001002", "310118002001", "310119003002"]
    assert places_of(within, codes) == [("310118", "街"), ("310118", "片"), ("310119", "003")]
    assert places_of(within, codes) == [place_of(within, code) for code in codes]
    assert places_of(UNITS, []) == []


def test_the_place_of_a_plan_is_what_all_its_districts_share():
    assert place_of_plan(plan("310118001001", "310118001002"), "zh") == "青浦区盈浦街道"
    assert place_of_plan(plan("310118001001", "310118002001"), "zh") == "青浦区"
    assert place_of_plan(plan("310118001001"), "en") == "盈浦街道, 青浦区"
    assert place_of_plan(plan("310118001001", units=UNITS.iloc[:0]), "zh") == ""


def test_townships_are_told_apart_only_where_there_are_several():
    assert townships(plan("310118001001", "310118001002")) == ["", ""]
    assert townships(plan("310118001001", "310118002002")) == ["盈浦街道", "夏阳街道"]


def test_a_name_in_full_from_county_to_ea():
    names = ["青浦区", "盈浦街道", "某某居民委员会", "第一普查小区"]
    assert said_in_full(names, "zh") == "青浦区盈浦街道某某居民委员会第一普查小区"
    assert said_in_full(["310118", "001", "甲"], "zh") == "310118 001 甲"
    assert said_in_full(["青浦区", "AOI", "第003普查小区"], "zh") == "青浦区 AOI 第003普查小区"
    assert say("district_map", "zh", name="青浦区AOI") == "青浦区AOI 普查区图"
    assert say("district_map", "zh", name="青浦区") == "青浦区普查区图"


@pytest.mark.parametrize("noun", NOUNS)
def test_pages_and_lists_say_what_is_counted(noun):
    words = {
        "persons": ("Persons", "人数"),
        "units": ("Units", "单位数"),
        "households": ("Households", "户数"),
    }
    assert (say("persons", "en", noun=noun), say("persons", "zh", noun=noun)) == words[noun]
    heads = [text.zh for text in _counted(EA_COLUMNS, noun).values()]
    assert len(heads) == len(set(heads))
    assert ("人口普查" in say("disclaimer", "zh", noun=noun)) == (noun == "persons")


def test_a_plan_older_than_the_rule_counts_persons():
    assert noun_of({"settings": pd.DataFrame({"key": ["a"], "value": ["b"]})}) == "persons"
    assert (
        noun_of({"settings": pd.DataFrame({"key": ["load.noun"], "value": ["units"]})}) == "units"
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_list_names_its_place_under_the_title(tmp_path, language):
    areas = pd.DataFrame({name: [None] for name in EA_COLUMNS})
    areas = areas.assign(
        ea_code="310118001001001", district_code="310118001001", kind="ground", area_m2=1.0
    )
    words = pd.DataFrame({"ea_code": ["310118001001001"], "text_en": ["x"], "text_zh": ["x"]})
    tables = {**plan("310118001001"), "enumeration_areas": areas, "ea_descriptions": words}
    tables["districts"]["name"] = "某某居民委员会"
    ea_list(tables, tmp_path / "l.xlsx", language=language)
    rows = list(load_workbook(tmp_path / "l.xlsx").active.iter_rows(values_only=True))
    assert rows[1][0] == said_in_full(["青浦区", "盈浦街道"], language)
    assert rows[3][0] == "310118001001001"
