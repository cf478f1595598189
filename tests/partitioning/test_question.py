"""What the partitioner is asked: households, and the score of change."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from census_gis.areas.fabric_terms import fabric_terms
from census_gis.errors import InfeasibleError
from census_gis.partitioning.earlier import keep_what_fits
from census_gis.partitioning.prepare import frozen
from census_gis.partitioning.problem import HouseholdBand, Solution, by_primary
from census_gis.partitioning.solve import partition
from census_gis.partitioning.translate import question_of
from census_gis.profile import Rule
from tests.fabric.test_walking import SMALL, fabric, town
from tests.partitioning.towns import fabric as atoms_of
from tests.partitioning.towns import grid_fabric, problem

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


def by_households(found, households, **more):
    """A fabric divided by households, with so many in each atom."""
    district = replace(found.district, profile=BY_HOUSEHOLDS)
    return replace(
        found, district=district, atoms=found.atoms.assign(households=households, **more)
    )


def test_where_households_decide_previous_eas_stay_by_their_households():
    former = np.repeat(["p1", "p2"], 12).astype(object)
    many = by_households(
        grid_fabric(4, 6, 25), 10, previous=former
    )  # 300 persons, 120 households each
    held = np.bincount(partition(many, seed=1).label, many.atoms["households"])
    assert (held == 30).all()
    few = by_households(grid_fabric(4, 6, 100), np.tile([2, 3], 12), previous=former)  # 1200 and 30
    label = partition(few, seed=1).label
    assert len(set(label[:12])) == len(set(label[12:])) == 1 and label[0] != label[12]


def homes(persons, households, ways):
    return replace(
        problem(persons, ways), households=np.array(households, np.int64),
        household_band=HouseholdBand(24, 30, 36, 60), primary="households",
    )  # fmt: skip


def test_people_of_no_household_are_no_bare_ground():
    ways = [
        (0, 1),
        (1, 2),
        (2, 3),
    ]  # two former EAs of 30 households, between them a hostel or a field
    former = np.array(["p1", "", "", "p2"], object)
    for hostel, asks in ((500, 2), (0, 0)):
        asked = homes([75, hostel, 0, 75], [30, 0, 0, 30], ways)
        seen = []

        def divided(part, seen=seen):
            seen.append(part)
            return Solution(np.zeros(len(part.persons), np.int32), (), 0)

        label = keep_what_fits(asked, former, divided, change_dm=7.0)
        assert len(seen) == asks  # alone, then with a neighbour: of the hostel alone no EA is made
        assert len(set(label.tolist())) == 2 and label[0] != label[3]


def test_an_area_of_people_without_a_household_is_bettered_as_any_other():
    asked = by_primary(homes([75, 5, 0, 0], [30, 0, 0, 0], [(0, 1), (1, 2), (2, 3)]))
    task, nodes = frozen(asked, np.array([0, 1, 2, 2], np.int32))
    assert task.net.core[nodes].tolist() == [-1, -1, 0, 0]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=3, max_size=8))
def test_change_is_priced_by_persons_whatever_decides(held):
    persons, households = np.array(held, np.int64).T
    assume(households.sum() < 24)  # else all of it fits as it was, and nothing is divided
    n = len(held)
    asked = replace(
        problem(persons, [(v, v + 1) for v in range(n - 1)]), households=households,
        household_band=HouseholdBand(24, 30, 36, 60), primary="households",
    )  # fmt: skip
    seen = []

    def divided(part):
        seen.append(part)
        return Solution(np.zeros(n, np.int32), (), 0)

    keep_what_fits(asked, np.full(n, "former", object), divided, change_dm=7.0)
    (given_on,) = seen
    assert given_on.persons.tolist() == households.tolist()
    assert given_on.cost.tolist() == [
        100 + 7 * min(persons[v], persons[v + 1]) for v in range(n - 1)
    ]


def test_where_households_decide_an_island_is_joined_by_its_households():
    xy = [(20.0 * i, 0.0) for i in range(10)] + [(1000 + 20.0 * i, 0.0) for i in range(4)]
    ways = [(i, i + 1) for i in range(13) if i != 9]
    found = by_households(atoms_of([30] * 10 + [75] * 4, ways, xy), [5] * 10 + [2] * 4)
    plan = partition(found, seed=1)
    assert sorted(np.bincount(plan.label, found.atoms["households"])) == [28, 30]
    assert plan.findings["code"].tolist() == ["S105"]


def test_where_households_decide_findings_count_them():
    found = by_households(grid_fabric(2, 5, 20), 4)
    said = partition(found, seed=1).findings
    assert said["code"].tolist() == ["S102"]
    assert said["message_en"].iloc[0].startswith("An EA of 40 households: the 40 households")
    assert "24-36" in said["message_en"].iloc[0] and "40 户" in said["message_zh"].iloc[0]


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


def test_the_weight_of_a_deviation_is_the_profile_s():
    assert question_of(fabric()).problem.deviation == 1.0
    dear = SMALL.depart({"weights.deviation": Rule(50.0, "mean borders", "test")}, "test")
    assert question_of(fabric(profile=dear)).problem.deviation == 50.0
