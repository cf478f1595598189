"""A large pilot is believed, a small one moves the rules a little, none leaves them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import InputError
from census_gis.field.minutes import PARTS
from census_gis.field.work_pilot import fitted, strata_of
from census_gis.profile import load_profile

RULES = load_profile("cn2020")


def plan_of(n):
    rng = np.random.default_rng(1)
    codes = pd.Index([f"a{i:03d}" for i in range(n)], name="ea_code")
    sizes = np.array([1200.0, 150.0, 250.0, 150.0, 130.0])
    minutes = pd.DataFrame(sizes * rng.uniform(0.3, 2.0, (n, 5)), index=codes, columns=list(PARTS))
    return minutes, pd.Series("low", index=codes)


def pilot_of(minutes, scale):
    hours = (minutes[list(PARTS)] * scale).sum(axis=1) / 60
    return pd.DataFrame({"ea_code": minutes.index, "person": "E1", "hours": hours.to_numpy()})


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.0, 3.0), min_size=5, max_size=5), st.integers(1, 30))
def test_multiples_are_never_negative_nor_worse_than_the_rules(scale, n):
    minutes, strata = plan_of(n)
    spent = pilot_of(minutes, np.array(scale) + 0.01)
    made = fitted(spent, minutes, strata, profile=RULES)
    assert (made.factors.to_numpy() >= 0).all()
    worked = spent["hours"].to_numpy() * 60
    by_rules = np.sqrt(np.mean((minutes[list(PARTS)].sum(axis=1).to_numpy() - worked) ** 2))
    assert made.table.loc["low", "error"] <= by_rules + 1e-6
    turned = fitted(spent[::-1], minutes, strata, profile=RULES)
    assert np.allclose(turned.factors, made.factors)


def test_a_large_pilot_finds_the_multiples_it_was_made_with():
    minutes, strata = plan_of(4000)
    scale = np.array([1.5, 0.5, 2.0, 1.0, 0.8])
    made = fitted(pilot_of(minutes, scale), minutes, strata, profile=RULES)
    assert made.factors.iloc[0].to_numpy() == pytest.approx(scale, abs=0.03)
    assert made.table.loc["low", "untold"] == ""


def tangled(n, noise):
    """Parts that rise and fall together, and hours of people who are not alike."""
    rng = np.random.default_rng(3)
    minutes, strata = plan_of(n)
    size = rng.uniform(0.7, 1.3, (n, 1))
    minutes[list(PARTS)] = np.array([1200.0, 80.0, 250.0, 70.0, 120.0]) * size * rng.normal(1, 0.02, (n, 5))  # fmt: skip
    pilot = pilot_of(minutes, np.array([1.4, 1.0, 1.2, 1.3, 1.0]))
    return minutes, strata, pilot.assign(hours=pilot["hours"] * rng.normal(1, noise, n))


@pytest.mark.parametrize("n", [6, 25, 200])
def test_parts_that_rise_and_fall_together_tell_the_total_only(n):
    minutes, strata, pilot = tangled(n, 0.15)
    made = fitted(pilot, minutes, strata, profile=RULES).table.loc["low"]
    assert made["condition"] > 30 and len(made["untold"].split()) >= 4
    parts = made[list(PARTS)].to_numpy(float)
    assert np.abs(parts - made["common"]).max() < 0.2  # plain least squares: beyond 5 with 25 EAs
    total = minutes[list(PARTS)].to_numpy() @ parts
    told = (total.sum() - minutes[list(PARTS)].to_numpy().sum()) / minutes[
        list(PARTS)
    ].to_numpy().sum()
    true = 0.34 * n / (n + RULES["work.pilot_weight"])
    assert told == pytest.approx(true, abs=0.08)


def test_without_other_knowledge_all_parts_move_alike():
    minutes, strata = plan_of(1)
    made = fitted(pilot_of(minutes, np.full(5, 2.0)), minutes, strata, profile=RULES).table.loc[
        "low"
    ]
    assert made[list(PARTS)].to_numpy(float) == pytest.approx(np.full(5, made["common"]), abs=0.01)
    assert made["common"] == pytest.approx(1 + 1 / 6)
    assert made["untold"].split()[-1] == "fixed"


def test_places_of_another_kind_keep_the_rules():
    minutes, strata = plan_of(4)
    strata.iloc[3] = "tower"
    pilot = pilot_of(minutes.iloc[:3], np.full(5, 2.0))
    made = fitted(pilot, minutes, strata, profile=RULES)
    assert (made.factors.iloc[3] == 1).all()
    assert (made.factors.iloc[0] >= 1).all() and made.factors.iloc[0, 0] > 1.2
    assert made.table["eas"].to_dict() == {"tower": 0, "low": 3, "village": 0}


def test_strata_by_lifts_and_density():
    areas = pd.DataFrame({"ea_code": ["c", "a", "b"], "persons": [300, 300, 300],
                          "area_m2": [9e5, 5e3, 2e4]})  # fmt: skip
    parts = pd.DataFrame({"ea_code": ["a", "b", "c"], "floors": [18.0, 6.0, None], "persons": 300})
    assert strata_of(areas, parts, RULES).to_dict() == {"a": "tower", "b": "low", "c": "village"}


@pytest.mark.parametrize(("change", "words"), [
    ({"ea_code": ["zzz"]}, "not in the plan"), ({"hours": [-1]}, "no hours"), ({"hours": ["x"]}, "no hours"),
])  # fmt: skip
def test_a_pilot_that_cannot_be_used_is_refused_in_both_languages(change, words):
    minutes, strata = plan_of(2)
    pilot = pd.DataFrame({"ea_code": ["a000"], "person": ["E1"], "hours": [20]} | change)
    with pytest.raises(InputError, match=words) as caught:
        fitted(pilot, minutes, strata, profile=RULES)
    assert "试点" in caught.value.say("zh")
