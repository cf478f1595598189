"""No number without a source; no key that is not on the list."""

from importlib import resources

import pytest

from census_gis.errors import ConfigError, InfeasibleError
from census_gis.profile import RULES, WEIGHTS, Rule, load_profile

SHIPPED = sorted(
    entry.name[:-5] for entry in (resources.files("census_gis") / "profiles").iterdir()
    if entry.name.endswith(".toml")
)  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_every_value_of_a_shipped_profile_has_a_source_and_a_unit(name):
    profile = load_profile(name)
    assert set(profile.rules) == set(RULES) | set(WEIGHTS)
    assert all(rule.source.strip() for rule in profile.rules.values())
    assert all(rule.unit.strip() for rule in profile.rules.values())


def _write(tmp_path, text):
    path = tmp_path / "p.toml"
    path.write_text('extends = "un"\n' + text, encoding="utf-8")
    return path


def test_a_value_without_source_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no source"):
        load_profile(_write(tmp_path, "[ea.persons]\ntarget = { value = 250 }\n"))


def test_an_unknown_key_names_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match=r"'ea\.persons\.target'"):
        load_profile(_write(tmp_path, '[ea.persons]\ntargett = { value = 250, source = "x" }\n'))


def test_a_value_of_another_type_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be"):
        load_profile(_write(tmp_path, '[ea.persons]\ntarget = { value = "many", source = "x" }\n'))
    with pytest.raises(ConfigError, match="never"):
        load_profile(_write(tmp_path, '[ea]\nsplit_building = { value = "maybe", source = "x" }\n'))


@pytest.mark.parametrize(
    ("key", "value", "words", "words_zh"),
    [
        ("ea.persons.target", "many", "a whole number >= 1 [persons]", "不小于 1 的整数"),
        ("ea.crossing_m", "far", "a number >= 0 [m]", "不小于 0 的数"),
        ("staff.supervisor_enumerates", "yes", "true | false", "true 或 false"),
        ("sheet.approval", 5, "a text in quotes", "加引号的文字"),
        ("ea.exclave", "keep", "join | own", "join、own"),
    ],
)
def test_what_a_rule_may_be_is_said_in_words_of_both_languages(key, value, words, words_zh):
    with pytest.raises(ConfigError, match="cannot be") as refused:
        load_profile("un").depart({key: Rule(value, "-", "x")}, "test")
    assert words in refused.value.fix.en and words_zh in refused.value.fix.zh
    assert "int" not in refused.value.fix.zh and "[-]" not in refused.value.fix.en


def test_a_band_that_contradicts_itself_is_infeasible():
    with pytest.raises(InfeasibleError, match="240-200"):
        load_profile("un").depart({"ea.persons.high": Rule(200, "persons", "x")}, "test")


def test_an_unknown_profile_lists_the_known():
    with pytest.raises(ConfigError, match="cn2020"):
        load_profile("cn2021")


def test_an_inherited_value_says_which_profile_set_it():
    rules = load_profile("cn2010").rules
    assert rules["ea.persons.target"].origin == "cn2010"
    assert rules["code.scheme"].origin == "cn2020"
    assert rules["ea.exclave"].origin == "un"


@pytest.mark.parametrize(
    ("name", "noun"),
    [("cn_economic", "units"), ("cn_agriculture", "households"), ("un", "persons")],
)
def test_rules_about_loads_are_in_what_is_counted(name, noun):
    profile = load_profile(name)
    assert profile.noun == noun
    loads = [key for key in profile.rules if key.startswith("ea.persons.")]
    assert {profile.rules[key].unit for key in loads} == {noun}
    assert profile.rules["staff.supervisors_least"].unit == "persons"  # people all the same
    assert ("人数" in profile.meaning("ea.persons.low").zh) == (noun == "persons")


def test_a_departure_keeps_the_noun():
    changed = load_profile("cn_economic").depart(
        {"ea.persons.target": Rule(140, "persons", "x")}, "test"
    )
    assert changed.rules["ea.persons.target"].unit == "units"
