"""Sentences about persons, said of what a census counts."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import census_gis.runner.main  # noqa: F401  (declares the findings of a run)
from census_gis import findings
from census_gis.findings import KINDS, Kind, about, frame
from census_gis.language import Text, counted

B997 = Kind(
    "B997", "note",
    Text("{name}: {n} persons of {all} persons.", "{name}：{all} 人中的 {n} 人，人数如此。"),
    Text("set ea.persons.high.", "设置 ea.persons.high，无人负责，人员如旧。"),
)  # fmt: skip
LOADS = [kind for code, kind in sorted(KINDS.items()) if not code.startswith("T")]


@pytest.mark.parametrize(
    ("noun", "en", "zh"),
    [("units", "{n} units", "{n} 个单位"), ("households", "{n} households", "{n} 户"), ("persons", "{n} persons", "{n} 人")],
)  # fmt: skip
def test_the_noun_of_a_count(noun, en, zh):
    assert counted(Text("{n} persons", "{n} 人"), noun) == Text(en, zh)


def test_a_sentence_within_a_sentence_is_of_its_language():
    inner = Text("rain {n}", "雨 {n}").format(n=3)
    assert Text("because of {why}", "因{why}").format(why=inner) == Text(
        "because of rain 3", "因雨 3"
    )
    case = B997.at("districts", "1", name=inner, n=1, all=2)
    assert case["message_en"].startswith("rain 3: ") and case["message_zh"].startswith("雨 3：")


def test_what_is_no_count_stays():
    kept = Text("{persons} ea.persons.low persons_total", "无人区、人员、人口、人户分离、个人")
    assert counted(kept, "units") == kept


@pytest.mark.parametrize("kind", LOADS, ids=lambda kind: kind.code)
def test_no_finding_says_persons_where_units_are_counted(kind):
    for text in (kind.message, kind.fix):
        said = counted(text, "units")
        assert not re.search(r"(?<![\w{.])persons?(?![\w}]|\.\w)", said.en)
        assert not re.search(r"(?<=[\d}])\s?人(?![口员户])|人数", said.zh)


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=12), st.integers(0, 9999), st.integers(0, 9999))
def test_a_finding_is_restated_and_its_values_are_not(name, n, total):
    row = B997.at("buildings", "1", name=f"{name}12 人 persons", n=n, all=total)
    said = about(frame([row], None), "units").iloc[0]
    assert said["message_en"] == f"{name}12 人 persons: {n} units of {total} units."
    assert said["message_zh"] == f"{name}12 人 persons：{total} 个单位中的 {n} 个单位，单位数如此。"
    assert said["fix_zh"] == row["fix_zh"]


def test_restating_twice_is_restating_once():
    found = frame([B997.at("buildings", "1", name="a", n=1, all=2)], None)
    once = about(found, "households")
    assert about(once, "households").equals(once)
    assert about(found, "persons") is found
    assert list(about(once, "units").columns) == list(findings.COLUMNS)
