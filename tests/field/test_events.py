"""Reports add up to one state, in whatever order they come."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import ConfigError, InputError
from census_gis.field.events import Known, appended, fold, read_events
from census_gis.field.progress import progress_of, summed
from census_gis.field.progress_calendar import milestones, stage_days
from census_gis.profile import Rule, load_profile
from census_gis.tables import empty

AREAS = pd.DataFrame({"ea_code": ["a1", "a2", "b1"], "expected": [10, 20, 30]})
KNOWN = Known(
    frozenset(AREAS["ea_code"]),
    frozenset({"E1"}),
    [("short", "2020-11-01", "2020-11-15")],
    "2020-11-10T08:00:00Z",
)
RULES = load_profile("cn2020")
reports = st.fixed_dictionaries({
    "ea_code": st.sampled_from(["a1", "a2", "b1"]), "staff_id": st.sampled_from(["E1", "E2", None]),
    "stage": st.just("short"), "time": st.integers(1, 6).map(lambda d: f"2020-11-0{d}T18:00:00"),
    "done": st.integers(0, 30), "remaining": st.one_of(st.none(), st.integers(0, 30)),
    "source": st.sampled_from(["PAD", "form"]), "taken": st.just("2020-11-10"),
})  # fmt: skip


def layer(rows):
    return appended(empty("events"), pd.DataFrame(rows, columns=["ea_code", "staff_id", "stage", "time", "done", "remaining", "source", "taken"]))  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(reports, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_state_does_not_depend_on_the_order_of_reports(rows, chance):
    mixed = list(rows)
    chance.shuffle(mixed)
    one, two = (fold(layer(some), AREAS, stage="short", day="2020-11-09") for some in (rows, mixed))
    pd.testing.assert_frame_equal(one, two)
    half = len(mixed) // 2
    later = appended(layer(mixed[:half]), pd.DataFrame(mixed[half:])) if half else layer(mixed)
    pd.testing.assert_frame_equal(one, fold(later, AREAS, stage="short", day="2020-11-09"))


@settings(max_examples=30, deadline=None)
@given(st.lists(reports, min_size=1, max_size=8))
def test_taking_reports_twice_is_taking_them_once(rows):
    once = layer(rows)
    pd.testing.assert_frame_equal(once, appended(once, once.drop(columns="seq")))
    assert once["seq"].tolist() == list(range(1, len(once) + 1))


def test_the_last_report_counts_and_later_days_do_not():
    rows = [{"ea_code": "a1", "staff_id": "E1", "stage": "short", "time": f"2020-11-0{d}T18:00:00", "done": d, "remaining": 10 - d,
             "source": "", "taken": ""} for d in (1, 3, 2)]  # fmt: skip
    state = fold(layer(rows), AREAS, stage="short", day="2020-11-02").set_index("ea_code")
    assert (state.at["a1", "done"], state.at["a1", "remaining"], state.at["a1", "last"]) == (
        2,
        8,
        "2020-11-02",
    )
    assert state.at["b1", "remaining"] == 30 and pd.isna(state.at["b1", "last"])


def test_pace_is_drawn_to_the_districts_and_silence_is_told():
    areas = pd.DataFrame(
        {
            "ea_code": ["a1", "a2", "b1"],
            "district_code": ["a", "a", "b"],
            "enumerator": "E",
            "supervisor": "S",
        }
    )
    rows = [{"ea_code": "a1", "staff_id": "E1", "stage": "short", "time": f"2020-11-0{d}T18:00:00", "done": 2 * d, "remaining": 10 - 2 * d,
             "source": "", "taken": ""} for d in (1, 2)]  # fmt: skip
    state = fold(layer(rows), AREAS, stage="short", day="2020-11-05")
    made = progress_of(
        state, areas, day="2020-11-05", stage=("2020-11-01", "2020-11-15")
    ).set_index("ea_code")
    assert (
        made.at["a1", "pace"] == 2.0 and made.at["a2", "pace"] == 2.0
    )  # (4 + 2 * 2) / (2 + 2); 2 of the district
    assert made.at["a1", "forecast"] == "2020-11-08" and made.at["a2", "forecast"] == "2020-11-15"
    assert made.at["a1", "silent"] == 3 and made.at["a1", "lags"]
    whole = summed(made.reset_index(), "").iloc[0]
    assert (whole["done"], whole["total"], whole["begun"]) == (4, 60, 1)


def test_a_file_in_chinese_is_read_and_bad_rows_are_named(tmp_path):
    file = tmp_path / "上报.csv"
    file.write_text("小区代码,普查员编号,时间,已完成户数,剩余户数\na1,E1,2020/11/02 18:30,4,6\nzz,E1,2020-11-02,1,1\n"
                    "a2,E9,2020-11-02,1,1\na2,E1,2020-12-02,1,1\na2,E1,昨天,1,1\na2,E1,2020-11-02,-1,1\n", encoding="gb18030")  # fmt: skip
    taken = read_events(file, KNOWN)
    assert taken.rows[["ea_code", "stage", "time", "done", "remaining"]].to_numpy().tolist() == [["a1", "short", "2020-11-02T18:30:00", 4, 6]]  # fmt: skip
    assert [row for row, _ in taken.refused] == [2, 3, 4, 5, 6]
    assert all(why.en and why.zh for _, why in taken.refused)


def test_a_file_without_times_or_with_names_is_refused(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("ea_code,done\na1,3\n", encoding="utf-8")
    with_names = tmp_path / "y.csv"
    with_names.write_text("ea_code,time,done,姓名\na1,2020-11-01,3,张三\n", encoding="utf-8")
    for one in (file, with_names):
        with pytest.raises(InputError):
            read_events(one, KNOWN)


def test_a_report_of_this_morning_is_not_in_the_future(tmp_path):
    """In Beijing it is Tuesday while the clock of the log still says Monday."""
    file = tmp_path / "x.csv"
    file.write_text("ea_code,time,done\na1,2020-11-03T07:30,3\na1,2020-11-04T07:30,3\n", encoding="utf-8")  # fmt: skip
    taken = read_events(file, replace(KNOWN, now="2020-11-02T23:40:00Z"))
    assert len(taken.rows) == 1 and [row for row, _ in taken.refused] == [2]


def test_milestones_know_what_is_late():
    stones = milestones(
        RULES, day="2020-11-05", finished={"listing": 1.0, "short": 0.4}, reported=0.5
    ).set_index("key")
    assert stones["state"].to_dict() == {"plotting": "overdue", "listing": "done", "moment": "done", "short": "running",
                                         "long": "ahead", "review": "ahead"}  # fmt: skip
    assert stones.at["plotting", "late"] == 66
    assert stage_days(load_profile("un"), "short") == ("", "")


def test_dates_that_are_none_are_refused():
    wrong = RULES.depart({"calendar.short_to": Rule("1 May", "date", "test")}, "test")
    with pytest.raises(ConfigError):
        stage_days(wrong, "short")
