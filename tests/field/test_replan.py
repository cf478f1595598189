"""Work given out again: brute force is no better, begun work stays, a higher price means fewer changes."""

from dataclasses import replace
from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.assignment import FREE, Openings, People, Terms
from census_gis.field.matching import NOBODY
from census_gis.field.replan import CHOICES, Choice, Holding, four_ways, replan
from census_gis.language import Text

TERMS = Terms(0.0, 0)


def places(spots, people):
    """EAs and people of one district at points of a line [m]."""
    n, m = len(spots), len(people)
    zero = lambda k: np.zeros(k, np.int64)  # noqa: E731
    work = Openings(
        np.array(spots, float), zero(n).astype(float), zero(n), zero(n), zero(n), np.full(n, FREE)
    )
    crowd = People(
        np.array(people, float),
        zero(m).astype(float),
        zero(m),
        np.full(m, FREE),
        zero(m),
        np.full(m, FREE),
    )
    return work, crowd


@st.composite
def cases(draw):
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    spots = draw(st.lists(st.integers(0, 5000), min_size=n, max_size=n))
    homes = draw(st.lists(st.integers(0, 5000), min_size=m, max_size=m))
    person = draw(st.permutations([*range(m), *[NOBODY] * n]))[:n]
    fixed = [draw(st.booleans()) and who != NOBODY for who in person]
    return spots, homes, np.array(person), np.array(fixed)


def cost(spots, homes, person, held, price):
    """How many have nobody, then ways and the price of changes."""
    ways = sum(abs(spots[i] - homes[p]) for i, p in enumerate(person) if p != NOBODY)
    changes = sum(held[i] != NOBODY and p != held[i] for i, p in enumerate(person))
    return list(person).count(NOBODY), ways + price * changes


@settings(max_examples=40, deadline=None)
@given(cases(), st.sampled_from([0, 300, 1500, 10**6]))
def test_brute_force_is_no_better(case, price):
    spots, homes, held, fixed = case
    work, crowd = places(spots, homes)
    choice = Choice("", price, Text("", ""))
    found = replan(
        work, crowd, TERMS, holding=Holding(held, fixed, np.arange(len(homes))), choice=choice
    )
    ways = {tuple(pick) for pick in permutations([*range(len(homes)), *[NOBODY] * len(spots)], len(spots))
            if all(pick[i] == held[i] for i in np.flatnonzero(fixed))}  # fmt: skip
    best = min(cost(spots, homes, pick, held, price) for pick in ways)
    assert cost(spots, homes, found.person, held, price) == best


@settings(max_examples=40, deadline=None)
@given(cases())
def test_fewer_changes_the_higher_their_price_and_longer_ways(case):
    spots, homes, held, fixed = case
    work, crowd = places(spots, homes)
    ways = four_ways(work, crowd, TERMS, holding=Holding(held, fixed, np.arange(len(homes))))
    assert [way.choice.key for way in ways] == [choice.key for choice in CHOICES]
    assert len({way.short for way in ways}) == 1
    changed = [
        sum(held[i] != NOBODY and way.person[i] != held[i] for i in range(len(spots)))
        for way in ways
    ]
    assert changed == sorted(changed)
    for way in ways:
        assert (way.person[fixed] == held[fixed]).all()
        placed = way.person[way.person != NOBODY]
        assert len(set(placed.tolist())) == len(placed)
    assert [way.metres for way in ways] == sorted((way.metres for way in ways), reverse=True)


def test_somebody_with_two_eas_keeps_both_and_the_nearest_spare_helps():
    work, crowd = places([0, 100, 2000], [0, 0, 1900, 5000])
    holding = Holding(np.array([0, 1, NOBODY]), np.zeros(3, bool), np.array([0, 0, 1, 2]))
    way = replan(work, crowd, TERMS, holding=holding, choice=CHOICES[0])
    assert way.person.tolist()[2] == 2 and set(way.person[:2].tolist()) == {0, 1}
    assert (way.changed, way.forced, way.short) == (1, 1, 0)


def test_an_ea_without_a_person_gets_only_who_may_have_it():
    work, crowd = places([0, 100], [10, 20])
    work = replace(work, needs=np.array([1, 0]), persons=np.array([300, 500]))
    nobody = Holding(np.full(2, NOBODY), np.zeros(2, bool), np.arange(2))
    crowd = replace(crowd, capacity=np.array([400, FREE]))
    for way in four_ways(work, crowd, TERMS, holding=nobody):
        # The first needs a skill nobody has, the second is above what the first of the people takes on.
        assert way.person.tolist() == [NOBODY, 1]
    # Whoever has an EA may keep it, whatever the rules say of it now.
    held = Holding(np.array([0, NOBODY]), np.zeros(2, bool), np.arange(2))
    assert replan(work, crowd, TERMS, holding=held, choice=CHOICES[0]).person.tolist() == [0, 1]


def test_nobody_loses_an_ea_only_to_take_one_that_had_nobody():
    """One has left and nobody is spare: whose EA stays empty is the fewest changes, not the shortest way."""
    work, crowd = places([0, 1000], [10])
    held = Holding(np.array([NOBODY, 0]), np.zeros(2, bool), np.arange(1))
    few, *_, near = four_ways(work, crowd, TERMS, holding=held)
    assert (few.person.tolist(), few.changed) == ([NOBODY, 0], 0)
    assert near.person.tolist() == [0, NOBODY]
