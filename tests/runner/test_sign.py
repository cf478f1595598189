"""A signature is one step, by somebody, on a district without open errors, and stands in the log."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import ConfigError, InputError
from census_gis.findings import Kind, frame, in_language
from census_gis.language import Text
from census_gis.runner.fingerprint import fingerprints
from census_gis.runner.sign import Act, noted, sign
from census_gis.runner.states import STATES, role_of, state_of
from census_gis.store.geopackage import read_log, read_tables
from census_gis.tables import conform
from tests.runner.small_plan import CODES, CRS, tables, write

NOW = "2020-11-02T08:00:00Z"
ZHANG = Act(by="张三", now=NOW)
ODD = Kind("B999", "error", Text("odd", "异常"), Text("mend", "处理"))


@pytest.fixture
def plan(tmp_path):
    return write(tmp_path)


def states(plan):
    found = read_tables(plan, ("districts",))["districts"]
    return dict(zip(found["district_code"], found["state"], strict=True))


def change(plan, statement):
    with closing(sqlite3.connect(plan)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(statement)
        connection.commit()


def with_finding(tmp_path, key=CODES[0] + "001", layer="enumeration_areas"):
    plan = write(tmp_path)
    change(plan, "INSERT INTO findings (code, severity, layer, row_key, message, fix) "
                 f"VALUES ('B999', 'error', '{layer}', '{key}', 'odd', 'mend')")  # fmt: skip
    change(plan, "UPDATE gpkg_ogr_contents SET feature_count = 1 WHERE table_name = 'findings'")
    return plan


def test_all_districts_take_one_step_and_the_log_says_so(plan):
    signed = sign(plan, "checked", act=Act("张三", NOW, role="supervisor"))
    assert signed.exit_code == 0 and dict(signed.before) == dict.fromkeys(CODES, "draft")
    assert states(plan) == dict.fromkeys(CODES, "checked")
    entry = read_log(plan)[-1]
    assert entry[1:4] == (NOW, "张三", "sign")
    assert entry[4] == "state=checked role=supervisor"
    assert entry[5] == f"draft: {CODES[0]}, {CODES[1]}"
    assert entry[6].startswith(f"checked: {CODES[0]}#")


@settings(max_examples=5, deadline=None)
@given(st.lists(st.sampled_from(list(STATES)), min_size=1, max_size=3))
def test_states_move_by_one_step_or_not_at_all(tmp_path_factory, asked):
    plan = write(tmp_path_factory.mktemp("walk"))
    order = list(STATES)
    for target in asked:
        before = states(plan)[CODES[0]]
        steps = abs(order.index(before) - order.index(target))
        entries = len(read_log(plan))
        if steps > 1:
            with pytest.raises(ConfigError):
                sign(plan, target, act=Act("张三", NOW, "测试"))
        else:
            sign(plan, target, act=Act("张三", NOW, "测试"))
        assert states(plan)[CODES[0]] == (before if steps > 1 else target)
        assert len(read_log(plan)) == entries + (steps == 1)


def test_a_withdrawal_needs_a_reason(plan):
    sign(plan, "checked", act=ZHANG)
    with pytest.raises(ConfigError, match="reason"):
        sign(plan, "draft", act=ZHANG)
    sign(plan, "draft", act=Act("张三", NOW, "界线有误"))
    assert states(plan) == dict.fromkeys(CODES, "draft")
    assert read_log(plan)[-1][7] == "界线有误"


def test_a_signature_needs_a_name(plan):
    with pytest.raises(ConfigError, match="name"):
        sign(plan, "checked", act=Act(" ", NOW))
    assert len(read_log(plan)) == 1


def test_some_districts_only(plan):
    sign(plan, "checked", act=ZHANG, districts=CODES[1:])
    assert states(plan) == {CODES[0]: "draft", CODES[1]: "checked"}
    signed = sign(plan, "checked", act=ZHANG)
    assert signed.unchanged == CODES[1:] and list(signed.before) == [CODES[0]]


def test_signing_what_is_signed_changes_nothing(plan):
    sign(plan, "checked", act=ZHANG)
    before = plan.read_bytes()
    signed = sign(plan, "checked", act=ZHANG)
    assert not signed.before and signed.unchanged == CODES and plan.read_bytes() == before


def test_an_unknown_district_names_the_nearest(plan):
    with pytest.raises(ConfigError, match="nearest code is 310118001002"):
        sign(plan, "checked", act=ZHANG, districts=["310118001009", "310118001002"])


@pytest.mark.parametrize(
    ("word", "near"), [("cheked", "checked"), ("aproved", "approved"), ("已批", "approved")]
)
def test_an_unknown_state_names_the_nearest(word, near):
    with pytest.raises(ConfigError, match=f"nearest: {near}"):
        state_of(word)


def test_states_and_roles_have_chinese_names():
    assert [state_of(text.zh) for text in STATES.values()] == list(STATES)
    assert role_of("普查指导员") == "supervisor" and role_of("") == ""
    with pytest.raises(ConfigError):
        role_of("mayor")


def test_a_district_with_errors_is_refused_and_the_others_go_on(tmp_path):
    plan = with_finding(tmp_path)
    signed = sign(plan, "checked", act=ZHANG)
    assert signed.exit_code == 1 and list(signed.refused) == [CODES[0]]
    assert signed.refused[CODES[0]]["code"].tolist() == ["B999"]
    assert states(plan) == {CODES[0]: "draft", CODES[1]: "checked"}


@pytest.mark.parametrize(
    ("layer", "key"),
    [
        ("districts", CODES[0]),
        ("dwelling_parts", CODES[0] + "001-1"),
        ("buildings", CODES[0] + "002-2"),
    ],
)
def test_findings_are_known_by_the_row_they_are_about(tmp_path, layer, key):
    plan = with_finding(tmp_path, key=key, layer=layer)
    assert list(sign(plan, "checked", act=ZHANG).refused) == [CODES[0]]


def test_an_error_of_no_district_is_told_and_holds_nobody_up(tmp_path):
    plan = with_finding(tmp_path, key="", layer="staff")
    signed = sign(plan, "checked", act=ZHANG)
    assert signed.exit_code == 0 and len(signed.general) == 1


def test_a_plan_changed_in_another_program_is_audited_again(plan):
    change(plan, f"UPDATE enumeration_areas SET persons = 299 WHERE ea_code = '{CODES[1]}001'")
    signed = sign(plan, "checked", act=ZHANG)
    assert list(signed.refused) == [CODES[1]]


def test_an_error_somebody_answers_for_holds_nobody_up(tmp_path):
    """An exempted finding stands in the plan as a note: the audit finds it again as an error."""
    changed = tables()
    areas = changed["enumeration_areas"].copy()
    parts = changed["dwelling_parts"].copy()
    districts = changed["districts"].copy()
    mine = areas["ea_code"] == CODES[0] + "001"
    areas.loc[mine, "persons"] = 200
    parts.loc[parts["ea_code"] == CODES[0] + "001", "persons"] = 100
    districts.loc[0, "persons"] = 500
    layers = {"enumeration_areas": areas, "dwelling_parts": parts, "districts": districts}
    open_ = write(tmp_path, **layers)
    refused = sign(open_, "checked", act=ZHANG, districts=CODES[:1]).refused
    codes = refused[CODES[0]]["code"].tolist()
    exempt = [{**ODD.at("enumeration_areas", CODES[0] + "001"), "code": code, "severity": "note"} for code in codes]  # fmt: skip
    found = conform(in_language(frame(exempt, CRS), "zh"), "findings", crs=CRS)
    plan = write(tmp_path, findings=found, **layers)
    assert codes and not sign(plan, "checked", act=ZHANG, districts=CODES[:1]).refused


def test_nothing_is_signed_on_a_broken_log(plan):
    change(plan, "UPDATE audit_log SET actor = 'nobody'")
    with pytest.raises(InputError, match="broken at entry 1"):
        sign(plan, "checked", act=ZHANG)


def test_noted_states_read_well():
    assert noted({"draft": ["1", "2"], "checked": ["3"]}) == "draft: 1, 2; checked: 3"


def test_a_fingerprint_is_of_the_district_alone_and_of_no_order():
    layers = tables()
    shuffled = {name: frame.iloc[::-1] for name, frame in layers.items()}
    assert fingerprints(layers, CODES) == fingerprints(shuffled, CODES)
    other = {**layers, "dwelling_parts": layers["dwelling_parts"].assign(
        persons=pd.Series([151] + [150] * 7, dtype="int64"))}  # fmt: skip
    one, two = fingerprints(layers, CODES), fingerprints(other, CODES)
    assert one[CODES[0]] != two[CODES[0]] and one[CODES[1]] == two[CODES[1]]


@pytest.mark.parametrize("column", ["enumerator", "supervisor"])
def test_people_may_change_under_a_signature(column):
    layers = tables()
    staffed = layers["enumeration_areas"].assign(**{column: "E0001"})
    assert fingerprints(layers, CODES) == fingerprints(
        {**layers, "enumeration_areas": staffed}, CODES
    )
