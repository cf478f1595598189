"""Chains find what scipy finds: as many placed, and at the same cost; also as plain Python."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from census_gis.field import augment
from census_gis.field.augment import augmented
from census_gis.field.matching import Arcs, alone_cost

pairs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 8), st.integers(0, 40)), max_size=60)


def arcs_of(rows):
    work, person, cost = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Arcs.of(work, person, cost, shape=(12, 9))


def found(arcs, solve=augmented):
    return solve(arcs.start(), arcs.person, arcs.cost, arcs.n_people, alone_cost(arcs))


def worth(arcs, person):
    chosen = person[arcs.work] == arcs.person
    return int(arcs.cost[chosen].sum()) + alone_cost(arcs) * int((person < 0).sum())


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_it_costs_what_the_dense_solver_says(rows):
    arcs = arcs_of(rows)
    person = found(arcs)
    placed = person[person >= 0]
    assert len(set(placed)) == len(placed)
    assert np.isin(np.flatnonzero(person >= 0) * 9 + placed, arcs.work * 9 + arcs.person).all()
    table = np.full((12, 9 + 12), alone_cost(arcs), dtype=np.int64)
    table[arcs.work, arcs.person] = arcs.cost
    row, column = linear_sum_assignment(table)
    assert worth(arcs, person) == table[row, column].sum()


def test_plain_python_does_the_same(monkeypatch):
    rng = np.random.default_rng(3)
    rows = np.column_stack(
        [rng.integers(0, 12, 70), rng.integers(0, 9, 70), rng.integers(0, 9, 70)]
    )
    arcs = arcs_of(rows)
    compiled = found(arcs)
    monkeypatch.setattr(augment, "_place", augment._place.py_func)
    assert np.array_equal(found(arcs, augmented.py_func), compiled)
