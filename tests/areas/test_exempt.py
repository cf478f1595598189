"""A number of EAs that was asked for is said of the EAs it leaves outside the band, and is no error."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas.counts import ABOVE, BELOW, UNCUT
from census_gis.areas.exempt import _size_said, with_numbers_asked_for
from census_gis.findings import about, frame, in_language
from census_gis.partitioning.misfits import ASKED
from census_gis.profile import load_profile

LAYER, CRS = "enumeration_areas", "EPSG:4549"
PROFILE = load_profile("cn2020")


def below(code, n):
    return BELOW.at(LAYER, code, code=code, n=n, low=240, what="persons", what_zh="人")


def above(code, n):
    return ABOVE.at(LAYER, code, code=code, n=n, high=360, what="persons", what_zh="人")


def asked(code, n):
    return ASKED.at(LAYER, code, persons=n, low=240, high=360)


def areas(**sizes):
    return pd.DataFrame({"ea_code": list(sizes), "persons": list(sizes.values())})


def left(rows, told, table):
    found = with_numbers_asked_for(frame(rows, CRS), told, table, PROFILE)
    assert isinstance(found, gpd.GeoDataFrame) and found.crs == CRS
    return list(zip(found["code"], found["row_key"], strict=True))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 900), st.booleans()), min_size=1, max_size=8))
def test_exactly_the_eas_of_which_it_is_said_have_no_error(drawn):
    sizes = {f"a{i}": n for i, (n, _) in enumerate(drawn)}
    rows = [
        below(c, n) if n < 240 else above(c, n) for c, n in sizes.items() if not 240 <= n <= 360
    ]
    said = [asked(f"a{i}", n) for i, (n, so) in enumerate(drawn) if so and not 240 <= n <= 360]
    every = frame([*rows, *said], CRS)
    found = left([*rows, *said], every, areas(**sizes))
    told = {row["row_key"] for row in said}
    assert sorted(key for _, key in found) == sorted(row["row_key"] for row in rows)
    assert {key for code, key in found if code == "S117"} == told


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_plan_in_one_language_says_it_again_when_checked(language):
    stored = in_language(frame([asked("a", 198)], CRS), language)
    assert left([below("a", 198)], stored, areas(a=198)) == [("S117", "a")]


@pytest.mark.parametrize("size", [7, 240, 1234, 12345])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_size_that_is_said_is_read_from_the_words_of_today(size, language):
    rows = [asked("a", size)]
    for noun in ("persons", "households"):
        (words,) = in_language(about(frame(rows, CRS), noun), language)["message"]
        assert _size_said(words) == size
    stored = in_language(frame(rows, CRS), language)
    for now in (size, size - 1, size + 1, size * 10, size // 10):
        found = left([below("a", now)], stored, areas(a=now))
        assert found == [("S117" if now == size else "S401", "a")]


def test_another_sentence_says_no_size():
    assert _size_said("S117 of 198 persons") == _size_said("") == -1
    assert _size_said(ASKED.message.en.replace("{persons}", "12,345")) == 12345


def test_an_ea_changed_since_is_judged_by_its_size():
    stored = in_language(frame([asked("a", 198), asked("gone", 100)], CRS), "en")
    assert left([below("a", 19)], stored, areas(a=19)) == [("S401", "a")]


def test_other_rules_stay_broken():
    uncut = UNCUT.at(LAYER, "a", code="a", most=2100, building="T", cap=2000)
    rows = [above("a", 2200), above("b", 500), uncut, asked("a", 2200)]
    found = left(rows, frame(rows, CRS), areas(a=2200, b=500))
    assert sorted(found) == [("S117", "a"), ("S402", "b"), ("S405", "a")]
