"""EAs the office has given to people hold, and what is wrong with them is said."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.assignment_locks import locked
from census_gis.field.assignment_people import items_in
from census_gis.field.assignment_plan import staff_plan
from tests.field.test_assignment_plan import RULES, rules, staff, town, who
from tests.field.test_staffing import graver

CODES = [f"a00{n}" for n in range(1, 7)]


@given(st.lists(st.sampled_from([*CODES, "a999"]), min_size=7, max_size=7), st.booleans())
@settings(max_examples=25, deadline=None)
def test_what_the_office_gave_holds_and_all_others_are_placed(given_, dual):
    """Seven people for six EAs, each given an EA or none (a999 is none of the plan)."""
    people = staff(7, ea_codes=given_, x=50.0, y=50.0)
    done = staff_plan(
        town(a=6), rules(supervisor_enumerates=dual), people=people, supervisors_total=1
    )
    chosen = who(done)
    for code in CODES:
        first = next((f"e0{i}" for i, ea in enumerate(given_) if ea == code), None)
        assert first in (None, chosen[code])
    assert "UNSTAFFED" not in chosen.values()  # whoever came second for an EA is free
    real = [code for code in given_ if code != "a999"]
    assert ("T125" in graver(done)) == (len(real) > len(set(real)))
    assert ("T124" in graver(done)) == ("a999" in given_)


def test_several_given_to_one_and_the_rules_it_breaks():
    people = staff(5, ea_codes=["a001 a004", *[None] * 4], capacity=[200, *[None] * 4])
    done = staff_plan(town(a=5), RULES, people=people, supervisors_total=1)
    assert (who(done)["a001"], who(done)["a004"]) == ("e00", "e00")
    assert not graver(done)
    (case,) = [case for case in done.found if case["code"] == "T126"]
    assert "2 EAs" in case["message_en"] and "a001" in case["message_zh"]
    reasons = done.assignments.set_index("ea_code")["reason"]
    assert "office" in reasons["a001"] and "office" not in reasons["a002"]
    assert done.staff.set_index("staff_id")["ea_codes"]["e00"] == "a001 a004"  # for the next time


def test_a_supervisor_counts_what_the_office_gave():
    people = staff(4).assign(ea_codes=[None] * 4 + ["a003"])
    done = staff_plan(town(a=5), RULES, people=people, supervisors_total=1)
    assert who(done)["a003"] == "s" and not graver(done)


def test_codes_are_read_however_they_are_listed():
    assert items_in("a1、a2；a3, a4\na5") == ("a1", "a2", "a3", "a4", "a5")
    assert items_in(None) == items_in(pd.NA) == items_in(" ") == ()
    assert locked(pd.DataFrame({"staff_id": ["x"]}), ["a1"]).person.tolist() == [-1]
