"""What the partitioner is asked: households, and the score of change."""

import numpy as np
import pytest

from census_gis.areas.fabric_terms import fabric_terms
from census_gis.errors import InfeasibleError
from census_gis.partitioning.solve import partition
from census_gis.partitioning.translate import question_of
from census_gis.profile import Rule
from tests.fabric.test_walking import SMALL, fabric, town

BAND = {"low": 24, "target": 30, "high": 36, "cap": 60}
BY_HOUSEHOLDS = SMALL.depart(
    {"ea.primary": Rule("households", "-", "test"),
     **{f"ea.households.{key}": Rule(value, "households", "test") for key, value in BAND.items()}}, "test",
)  # fmt: skip


def counted():
    houses = town()
    return houses.assign(households=[4 + nth % 9 for nth in range(len(houses))])


def test_where_households_decide_eas_are_in_their_band():
    found = fabric(profile=BY_HOUSEHOLDS, houses=counted())
    plan = partition(found, seed=1)
    households = np.bincount(plan.label, found.atoms["households"])
    assert ((households >= 24) & (households <= 36)).all()


def test_households_are_a_soft_band_where_persons_decide():
    problem = question_of(fabric(houses=counted())).problem
    assert problem.primary == "persons" and problem.household_band.cap == 998
    assert int(problem.households.sum()) == int(counted()["households"].sum())
    assert question_of(fabric()).problem.household_band is None


def test_households_that_decide_must_be_there():
    with pytest.raises(InfeasibleError, match="there are none"):
        question_of(fabric(profile=BY_HOUSEHOLDS))


def test_a_household_band_that_contradicts_itself_is_refused():
    wrong = SMALL.depart({"ea.households.low": Rule(500, "households", "test")}, "test")
    with pytest.raises(InfeasibleError, match="does not hold"):
        question_of(fabric(profile=wrong, houses=counted()))


def test_change_is_unknown_without_a_previous_census():
    plan = partition(fabric(), seed=1)
    assert fabric_terms(plan)["changed"].isna().all()
