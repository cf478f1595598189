"""Responsibility reaches every person; money and groups add up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.assignment_plan import staff_plan
from census_gis.field.responsibility import (
    budget_cases,
    cost_of_people,
    crew_loads,
    payroll,
    responsibility,
    spread,
    training,
)
from census_gis.profile import Rule, load_profile
from census_gis.tables import empty
from tests.field.test_assignment_plan import staff, town

RULES = load_profile("cn2020")


def rules(**values):
    said = {key.replace("__", "."): Rule(value, "-", "test") for key, value in values.items()}
    return RULES.depart(said, "test")


def plan(
    eas: dict[str, int], profile=RULES, people=None, households=None
) -> dict[str, pd.DataFrame]:
    """Layers of a plan with staff: EAs of 300 persons and 600 minutes."""
    tables = town(**eas)
    done = staff_plan(tables, profile, people=empty("STAFF") if people is None else people)
    areas = done.areas.assign(households=households, name="x")
    units = pd.DataFrame({"level": ["township"], "code": ["310118001"], "name": ["盈浦街道"]})
    return {**tables, "enumeration_areas": areas, "staff": done.staff, "units": units}


def test_every_ea_leads_to_a_person_a_leader_a_committee_and_an_office():
    tables = plan({"310118001002": 5, "310118003001": 4})
    duty = responsibility(tables)
    assert duty["ea_code"].is_monotonic_increasing and len(duty) == 9
    assert duty[["enumerator", "supervisor", "committee"]].notna().all(axis=None)
    assert duty["office"].fillna("").tolist() == ["盈浦街道"] * 5 + [""] * 4


money = st.fixed_dictionaries({
    "pay__flat": st.integers(0, 900), "pay__listing": st.floats(0, 9), "pay__short_form": st.floats(0, 20),
    "pay__long_form": st.floats(0, 40), "pay__long_form_share": st.floats(0, 1),
})  # fmt: skip


@given(money, st.lists(st.integers(0, 300), min_size=9, max_size=9), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_what_each_is_paid_sums_to_what_all_cost(rates, households, first):
    profile = rules(**rates)
    tables = plan({"310118001002": 5, "310118001003": 4}, households=households)
    people = payroll(tables, profile, first_payment=first)
    cost = cost_of_people(people, profile, (None, first))
    assert people["flat"].sum() == cost.posts and people["forms"].sum() == cost.forms
    assert people["households"].sum() == sum(households) and people["ea_count"].sum() == 9
    if people["pay"].sum():
        assert people["first"].sum() == first and (people["first"] >= 0).all()


@given(st.integers(1, 12), st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_groups_hold_everybody_once_and_none_is_too_large(most, share):
    profile = rules(staff__training_group=most, staff__reserve_share=share)
    tables = plan({"310118001002": 9, "310118003001": 4})
    groups, member = training(tables, payroll(tables, profile), profile)
    assert groups["people"].max() <= most and groups["people"].sum() == len(member)
    assert member.value_counts().to_dict() == dict(
        zip(groups["group"], groups["people"], strict=True)
    )
    assert set(member.index) == set(payroll(tables, profile)["staff_id"])
    assert groups["reserve"].sum() == int(np.ceil(len(member) * share))
    towns = pd.Series(
        member.index.map(tables["staff"].set_index("staff_id")["district_code"]).str[:9]
    )
    assert (
        towns.groupby(member.to_numpy()).nunique().max() == 1
    )  # nobody travels to another township


def test_a_budget_is_held_against_the_people_who_have_work():
    tables = plan({"310118001002": 5}, people=staff(3))
    assert len(payroll(tables, RULES)) == 4  # two EAs have nobody
    assert budget_cases(tables, RULES, 4 * 800) == budget_cases(tables, RULES, None) == []
    (case,) = budget_cases(tables, RULES, 4 * 800 - 1)
    assert (
        case["code"] == "T214" and "3,200" in case["message_en"] and "3,199" in case["message_zh"]
    )


PARTS = {"flat": 6 * 7, "listing": 100 * 7, "device": 7 * 7, "training": 7 * 7, "reserve": 1 * 7}


@pytest.mark.parametrize("part", PARTS)
def test_a_budget_is_held_against_every_part(part):
    """Six people have work, one is in reserve, there are 100 households in all; one part costs 7, all others nothing."""
    none = {f"pay__{key}": 0 for key in ("flat", "listing", "short_form", "long_form", "device")}
    profile = rules(**{**none, f"pay__{part}": 7})
    tables = plan({"310118001002": 5}, profile, households=20)
    assert len(payroll(tables, profile)) == 6
    cost = PARTS[part]
    assert budget_cases(tables, profile, cost) == []
    (case,) = budget_cases(tables, profile, cost - 1)
    assert f"cost {cost:,} " in case["message_en"] and f"合计 {cost:,}（" in case["message_zh"]


def test_a_person_without_an_ea_who_leads_is_paid_and_one_without_work_is_not():
    tables = plan({"310118001002": 4}, people=staff(6))
    people = payroll(tables, RULES)
    assert len(people) == 5 and people.set_index("staff_id").loc["s", "ea_count"] == 0


def test_crews_beside_crews_in_the_order_of_codes():
    tables = plan({"310118001002": 10})
    tables["enumeration_areas"]["minutes"] = np.arange(10.0)
    loads = crew_loads(tables)
    assert loads["load"].sum() == loads["load_by_code"].sum() == 45
    assert loads["load_by_code"].tolist() == [10.0, 35.0]
    assert spread(np.array([])) == (1.0, 0.0) and spread(np.array([2.0, 2.0])) == (1.0, 0.0)


@pytest.mark.parametrize("people", [None, staff(0)])
def test_a_plan_with_nobody_at_work_has_no_groups_of_nobody(people):
    tables = plan({"310118001002": 4}, people=people)
    groups, member = training(tables, payroll(tables, RULES), RULES)
    assert groups["people"].sum() == len(member) == (1 if people is not None else 5)
