"""Five parts sum to the minutes, none is negative, and low <= minutes <= high."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.minutes import PARTS, attempts, minutes_of, stairs_of, travel_minutes
from census_gis.profile import Rule, load_profile

RULES = load_profile("cn2020")


def areas_of(rows):
    frame = pd.DataFrame(rows, columns=["persons", "households", "remark"])
    return frame.assign(ea_code=[f"a{n:03d}" for n in range(len(rows))])


def parts_of(*rows):
    blank = {"ea_code": "a000", "unit": 0, "floor_lo": None, "floor_hi": None, "doors": None, "floors": 1.0,
             "dwellings": None, "households": None, "use": "residential"}  # fmt: skip
    return pd.DataFrame([{**blank, "part_id": f"p{n}", **row} for n, row in enumerate(rows)])


def walks(n, metres, way):
    codes = pd.Index([f"a{i:03d}" for i in range(n)], name="ea_code")
    return pd.DataFrame({"walk_m": metres, "access_m": way}, index=codes)


area = st.tuples(st.integers(0, 900), st.one_of(st.none(), st.integers(0, 400)),
                 st.sampled_from([None, "SPECIAL: barracks"]))  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(area, min_size=1, max_size=6), st.floats(0, 20_000), st.floats(0, 9_000),
       st.integers(0, 2**31))  # fmt: skip
def test_parts_sum_and_bounds_hold(rows, metres, way, seed):
    areas = areas_of(rows)
    parts = parts_of({"floors": 18.0}, {"use": "commercial"})
    made = minutes_of(areas, parts, walks(len(rows), metres, way), profile=RULES, seed=seed)
    assert (made[list(PARTS)].to_numpy() >= 0).all()
    assert np.allclose(made[list(PARTS)].sum(axis=1), made["minutes"])
    assert (made["low"] <= made["minutes"]).all() and (made["minutes"] <= made["high"]).all()
    assert (made["stairs"] <= made["walking"] + 1e-9).all()
    idle = areas.set_index("ea_code").eval("persons == 0 and remark.notna()")
    assert (made.loc[idle, "minutes"] == 0).all() and (made.loc[~idle, "minutes"] > 0).all()
    turned = minutes_of(
        areas[::-1], parts[::-1], walks(len(rows), metres, way), profile=RULES, seed=seed
    )
    assert turned.equals(made)


def test_a_village_ea_by_hand():
    areas = areas_of([(300, 100, None)])
    made = minutes_of(areas, parts_of({}), walks(1, 1100.0, 550.0), profile=RULES, seed=1).iloc[0]
    assert made["interview"] == pytest.approx(100 * (3 + 0.9 * 6 + 0.1 * 25))
    assert made["walking"] == pytest.approx(3 * 1100 / 1.1 / 60)
    assert made["callbacks"] == pytest.approx(100 * (0.4 + 0.16) * 4)
    assert made["fixed"] == 120
    assert made["days"] == np.ceil((1090 + 50 + 224 + 120) / 240)
    assert made["travel"] == pytest.approx(made["days"] * 2 * 550 / 1.1 / 60)


def test_households_come_from_persons_where_nobody_counted_them():
    made = minutes_of(
        areas_of([(262, None, None)]), parts_of({}), walks(1, 0, 0), profile=RULES, seed=1
    )
    assert made["interview"].iloc[0] == pytest.approx(100 * 10.9)


def test_pace_and_contact_without_spread_leave_no_width():
    still = RULES.depart({key: Rule(0.0, "share", "test")
                          for key in ("work.contact_spread", "work.pace_spread")}, "test")  # fmt: skip
    made = minutes_of(
        areas_of([(300, None, None)]), parts_of({}), walks(1, 900, 300), profile=still, seed=4
    )
    assert made["low"].iloc[0] == pytest.approx(made["high"].iloc[0])


def test_stairs_of_houses_slabs_towers_and_bands():
    parts = parts_of(
        {"floors": 2.0, "dwellings": 1},  # a household's own house: nobody climbs
        {"floors": 6.0, "doors": 3},  # three stairs on foot
        {"floors": 18.0, "doors": 1},  # up by lift, down on foot
        {"floors": 18.0, "doors": 1, "floor_lo": 10, "floor_hi": 18},
        {"floors": 6.0, "use": "commercial"},
        {"floors": None},
    )
    seconds = stairs_of(parts, RULES) * 60
    assert seconds[:2] == pytest.approx([0, 3 * 5 * 25])
    assert seconds[2] == pytest.approx(45 + 17 * 3 + 17 * 10)
    assert seconds[3] == pytest.approx(45 + 17 * 3 + 8 * 10 + min(90, 45 + 27))
    assert seconds[4:] == pytest.approx([0, 0])


def test_expected_visits_and_ways():
    assert attempts(np.array([1.0, 0.5]), RULES) == pytest.approx([1.0, 1.75])
    assert travel_minutes(np.array([660.0, 5000.0]), RULES) == pytest.approx([20.0, 40.0])
