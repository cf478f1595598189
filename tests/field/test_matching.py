"""The cheapest matching is the cheapest, places all it can, and proves it."""

import os
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.assignment import Openings, People, Terms, assign_work, judged
from census_gis.field.matching import (
    NOBODY,
    Arcs,
    _raise,
    alone_cost,
    cheapest,
    cost_of,
    most,
    prices,
    without_choice,
)

EXAMPLES = int(os.environ.get("CENSUS_GIS_EXAMPLES", "100"))  # 1000 for a deep run


def every_way(arcs: Arcs) -> tuple[int, int]:
    """Fewest with nobody, and the least cost of these, by trying all."""
    price = {
        (w, p): c
        for w, p, c in zip(
            arcs.work.tolist(), arcs.person.tolist(), arcs.cost.tolist(), strict=True
        )
    }
    options = [
        [NOBODY, *(p for p in range(arcs.n_people) if (w, p) in price)] for w in range(arcs.n_work)
    ]
    found = []
    for choice in product(*options):
        used = [p for p in choice if p != NOBODY]
        if len(set(used)) == len(used):
            cost = sum(price[w, p] for w, p in enumerate(choice) if p != NOBODY)
            found.append((choice.count(NOBODY), cost))
    return min(found)


@st.composite
def instances(draw):
    n, m = draw(st.integers(1, 5)), draw(st.integers(0, 5))
    pairs = [(w, p) for w in range(n) for p in range(m)]
    kept = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    costs = draw(st.lists(st.integers(0, 30), min_size=len(kept), max_size=len(kept)))
    work, person = (np.array([pair[k] for pair in kept], dtype=np.int64) for k in (0, 1))
    return Arcs.of(work, person, np.array(costs, dtype=np.int64), shape=(n, m))


@given(instances())
@settings(max_examples=EXAMPLES, deadline=None)
def test_all_ways_tried_are_no_better(arcs):
    found = cheapest(arcs)
    assert (found.short, found.cost) == every_way(arcs)
    assert found.cost == cost_of(arcs, found.person)
    assert most(arcs) == arcs.n_work - found.short


@given(instances())
@settings(max_examples=40, deadline=None)
def test_prices_prove_the_matching(arcs):
    found = cheapest(arcs)
    paid, price = prices(arcs, found)
    assert (price >= 0).all()
    assert (arcs.cost >= paid[arcs.work] - price[arcs.person]).all()
    idle = np.setdiff1d(np.arange(arcs.n_people), found.person)
    assert (price[idle] == 0).all()
    value = found.cost + found.short * alone_cost(arcs)
    assert int(paid.sum() - price.sum()) == value  # duality: nothing is cheaper


@given(instances())
@settings(max_examples=20, deadline=None)
def test_prices_are_the_same_in_plain_python(arcs):
    found = cheapest(arcs)
    does = np.full(arcs.n_people, NOBODY)
    placed = np.flatnonzero(found.person != NOBODY)
    does[found.person[placed]] = placed
    paid = np.full(arcs.n_work, alone_cost(arcs))
    chosen = found.person[arcs.work] == arcs.person
    paid[arcs.work[chosen]] = arcs.cost[chosen]
    price = np.zeros(arcs.n_people, np.int64)
    _raise.py_func(arcs.start(), arcs.person, arcs.cost, does, price, paid, np.arange(arcs.n_work))
    assert (paid == prices(arcs, found)[0]).all() and (price == prices(arcs, found)[1]).all()


@given(instances())
@settings(max_examples=40, deadline=None)
def test_a_shortage_is_proven_by_work_that_competes_for_too_few(arcs):
    found = cheapest(arcs)
    work, people = without_choice(arcs, found.person)
    assert len(work) - len(people) == found.short
    asks = np.isin(arcs.work, work)
    assert set(arcs.person[asks]) <= set(people)  # nobody else may do any of it


def _at_random(seed: int, n: int, m: int) -> tuple[Openings, People]:
    """A small county; some people without a home, skills, limits."""
    draw = np.random.default_rng(seed)
    free = np.full(m, -1)
    home = draw.random((m, 2)) * 4000
    home[draw.random(m) < 0.2] = np.nan
    work = Openings(
        *(draw.random((2, n)) * 4000), draw.integers(0, 3, n), draw.integers(200, 400, n),
        draw.integers(0, 4, n) & draw.integers(0, 4, n), draw.integers(0, 4, n),
    )  # fmt: skip
    limit = np.where(draw.random(m) < 0.3, 300, -1)
    crew = np.where(draw.random(m) < 0.3, draw.integers(0, 4, m), free)
    people = People(
        home[:, 0], home[:, 1], draw.integers(-1, 3, m), limit, draw.integers(0, 4, m), crew
    )
    return work, people


@pytest.mark.parametrize("seed", range(12))
def test_looking_at_near_people_first_loses_nothing(seed):
    work, people = _at_random(seed, 90, 70 + 4 * seed)
    terms = Terms(2500.0, 700, 50_000)
    pairs = np.repeat(np.arange(90), len(people)), np.tile(np.arange(len(people)), 90)
    ok, cost = judged(work, people, terms, pairs=pairs)
    whole = cheapest(Arcs.of(pairs[0][ok], pairs[1][ok], cost[ok], shape=(90, len(people))))
    found = assign_work(work, people, terms).matching
    assert (found.short, found.cost) == (whole.short, whole.cost)


def test_scarce_people_go_where_nobody_else_can():
    """Greedy takes the cheapest pair and leaves one EA alone; the matching does not."""
    arcs = Arcs.of(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([1, 9, 5]), shape=(2, 2))
    assert cheapest(arcs).person.tolist() == [1, 0]


def test_an_ea_above_every_limit_is_counted_all_the_same():
    one = np.zeros(1)
    whole = np.zeros(1, np.int64)
    work = Openings(one, one, whole, np.array([900]), whole, whole - 1)
    people = People(
        np.zeros(2),
        np.zeros(2),
        np.zeros(2, np.int64),
        np.array([300, 400]),
        np.zeros(2, np.int64),
        np.full(2, -1),
    )
    assert assign_work(work, people, Terms(0.0, 0)).matching.person.tolist() == [1]


def test_no_work_and_no_people():
    nothing = np.empty(0, np.int64)
    assert cheapest(Arcs(nothing, nothing, nothing, 0, 3)).short == 0
    assert cheapest(Arcs(nothing, nothing, nothing, 2, 0)).person.tolist() == [NOBODY, NOBODY]
