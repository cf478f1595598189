"""Several EAs of one person lie together where that costs nobody time; else the reason is said."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.assignment_plan import staff_plan
from census_gis.field.assignment_several import Sharing, gathered, pieces_of
from census_gis.field.several import NOBODY, share
from tests.field.test_assignment_plan import rules, staff, town
from tests.field.test_several import fits, instances, worth


def row_of(n):
    """EAs in a row: each touches the next."""
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return apart == 1


def scattered(person, near) -> int:
    """Pieces beyond one a person."""
    people = np.unique(person[person != NOBODY])
    return sum(pieces_of(np.flatnonzero(person == k), near) - 1 for k in people)


@given(instances(), st.integers(0, 2**10 - 1))
@settings(max_examples=40, deadline=None)
def test_gathering_keeps_what_was_decided_before(instance, links):
    load, persons, capacity, allowed, most = instance
    n, m = allowed.shape
    near = np.zeros((n, n), bool)
    upper = np.triu_indices(n, 1)
    near[upper] = [links >> k & 1 for k in range(len(upper[0]))]
    near |= near.T
    first = share(load, persons, capacity, allowed=allowed, most_each=most).person
    made = gathered(first, Sharing(load, persons, capacity, allowed, most), near)
    assert fits(made, instance)
    assert worth(made, load, m) <= worth(first, load, m)
    assert ((made == NOBODY) == (first == NOBODY)).all()
    assert scattered(made, near) <= scattered(first, near)


def test_pieces_are_counted():
    near = row_of(5)
    assert pieces_of(np.array([0, 1, 3, 4]), near) == 2
    assert pieces_of(np.array([], dtype=int), near) == 0


def test_people_with_equal_work_get_neighbours():
    near, n = row_of(6), 6
    sharing = Sharing(np.full(n, 60), np.full(n, 300), np.full(3, -1), np.ones((n, 3), bool), 2)
    made = gathered(np.array([0, 1, 2, 0, 1, 2]), sharing, near)
    assert scattered(made, near) == 0 and np.bincount(made).tolist() == [2, 2, 2]


def told(minutes):
    tables = town(a=len(minutes))
    tables["enumeration_areas"]["minutes"] = minutes
    few = staff(len(minutes) // 2, district_code="a")
    done = staff_plan(tables, rules(eas_per_person=2), people=few, supervisors_total=1)
    return done, [case for case in done.found if case["code"] == "T114"]


def test_a_plan_says_whose_eas_do_not_touch():
    done, (case,) = told([100.0, 200.0, 300.0, 400.0, 500.0, 600.0])
    assert done.areas.groupby("enumerator")["minutes"].sum().tolist() == [700.0] * 3
    assert case["message_en"].startswith(
        "of 3 people with several EAs 2 have EAs that do not touch"
    )
    assert "3 人负责多个普查小区，其中 2 人" in case["message_zh"]
    assert told([600.0] * 6)[1] == []
