"""Laws of choosing between two plans place by place: no dearer than either, and every area one piece."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.partitioning import combine
from census_gis.partitioning.combine import better_of
from census_gis.partitioning.draws import seeded
from census_gis.partitioning.moves import Heat, anneal
from census_gis.partitioning.network import Bands, build
from census_gis.partitioning.objective import energy
from census_gis.partitioning.start import Size, grow
from tests.partitioning.towns import pieces, problem, random_problem

UNIT = 100.0


def net_of(asked):
    none = np.full(len(asked.persons), -1, np.int32)
    return build(asked.persons, none, asked.a, asked.b, asked.cost)


def bands(k):
    return Bands(*(np.full(k, float(v)) for v in (240, 300, 360)), np.zeros(k, bool))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(60, 400), st.integers(1, 6))
def test_the_better_of_two_plans_is_no_dearer_than_either_and_connected(seed, n, warmth):
    asked = random_problem(seed, n, top=40)
    net = net_of(asked)
    count = np.array([max(1, int(asked.persons.sum()) // 300)])
    old = grow(net, np.zeros(n, np.int32), count, Size(240, 300, 360), unit=UNIT, seed=seed)
    sizes = bands(int(old.max()) + 1)
    new = old.copy()
    anneal(net, new, sizes, Heat(warmth * UNIT, UNIT, 1, UNIT), seeded(seed))
    made = better_of(net, old, new, sizes, UNIT)
    best = min(energy(net, plan, sizes, UNIT) for plan in (old, new))
    assert energy(net, made, sizes, UNIT) <= best + 1e-6
    assert (pieces(asked, made) == 1).all()
    assert np.array_equal(made, better_of(net, new, old, sizes, UNIT)) or np.isclose(
        energy(net, made, sizes, UNIT),
        energy(net, better_of(net, new, old, sizes, UNIT), sizes, UNIT),
    )


def two_streets():
    """Two rows of four houses, 150 persons each, with nothing between them; cutting in the middle is cheap."""
    edges = [(0, 1), (1, 2), (2, 3), (4, 5), (5, 6), (6, 7)]
    return problem([150] * 8, edges, cost=[90, 10, 90, 90, 10, 90])


def test_each_street_is_taken_from_the_plan_that_divides_it_better():
    asked = two_streets()
    first = np.array([0, 0, 1, 1, 2, 3, 3, 3], np.int32)
    second = np.array([0, 1, 1, 1, 2, 2, 3, 3], np.int32)
    both = [0, 0, 1, 1, 2, 2, 3, 3]
    for chosen in (better_of, combine.better_of.py_func):
        for old, new in ((first, second), (second, first)):
            assert chosen(net_of(asked), old, new, bands(4), UNIT).tolist() == both


def test_areas_that_pass_nodes_round_are_one_group():
    old = np.array([0, 1, 2, 3, 3], np.int32)
    new = np.array([1, 2, 2, 3, 3], np.int32)
    for groups in (combine._groups, combine._groups.py_func):
        assert groups(old, new, 4).tolist() == [0, 0, 0, 3]


def test_equal_plans_stay():
    asked = two_streets()
    label = np.array([0, 0, 1, 1, 2, 2, 3, 3], np.int32)
    assert better_of(net_of(asked), label, label, bands(4), UNIT).tolist() == label.tolist()
