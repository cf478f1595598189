"""Laws of pair re-splits: areas stay whole, nobody is lost, and every change betters the plan."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.partitioning import draws, moves, network, resplit, start
from census_gis.partitioning.draws import seeded
from census_gis.partitioning.network import Bands, build
from census_gis.partitioning.objective import energy
from census_gis.partitioning.start import Size, grow
from tests.partitioning.towns import grid_edges, pieces, problem, random_problem

SEEDS = st.integers(0, 10_000)
UNIT = 100.0
PLENTY = 1e12


def bands(k, low=240, target=300, high=360):
    return Bands(*(np.full(k, float(v)) for v in (low, target, high)), np.zeros(k, bool))


def started(asked, seed, k, core=None):
    core = np.full(len(asked.persons), -1, np.int32) if core is None else core
    net = build(asked.persons, core, asked.a, asked.b, asked.cost)
    nobody = np.zeros(len(asked.persons), np.int32)
    return net, grow(net, nobody, np.array([k]), Size(240, 300, 360), unit=UNIT, seed=seed)


def divided(net, label, k, seed, spend=PLENTY, trees=2):
    found = label.copy()
    pairs = resplit.pairs_of(net, found, k)
    return found, resplit.resplit(net, found, bands(k), pairs, (UNIT, trees, spend), seeded(seed))


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(20, 200))
def test_every_change_betters_the_plan_and_keeps_areas_whole(seed, n):
    asked = random_problem(seed, n, top=40)
    net, label = started(asked, seed, max(2, int(asked.persons.sum()) // 300))
    k = int(label.max()) + 1
    found, changed = divided(net, label, k, seed)
    assert set(found) == set(range(k))
    assert (pieces(asked, found) == 1).all()
    before, after = (energy(net, plan, bands(k), UNIT) for plan in (label, found))
    assert after < before if changed else np.array_equal(found, label)
    again, _ = divided(net, label, k, seed)
    assert np.array_equal(found, again)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(20, 120))
def test_who_is_in_the_band_stays_in_it(seed, n):
    asked = random_problem(seed, n, top=40)
    net, label = started(asked, seed, max(2, int(asked.persons.sum()) // 300))
    k = int(label.max()) + 1

    def outside(plan):
        total = np.bincount(plan, asked.persons, k)
        return np.count_nonzero((total < 240) | (total > 360))

    found, _ = divided(net, label, k, seed)
    # A breach weighs 40 mean edges, more than all lines of these towns between two areas.
    assert outside(found) <= outside(label)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(10, 80))
def test_the_cut_of_a_tree_costs_what_is_said(seed, n):
    asked = random_problem(seed, n, top=40)
    net, _ = started(asked, seed, 1)
    side, price = resplit._halve(net, bands(2), UNIT, 3, seeded(seed))
    assert np.isclose(price, energy(net, side, bands(2), UNIT))
    assert np.isclose(price, resplit._price(net, side, bands(2), UNIT))
    assert (pieces(asked, side) == 1).all()


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(20, 120))
def test_pairs_are_the_neighbours_the_dearest_border_first(seed, n):
    asked = random_problem(seed, n, top=40)
    net, label = started(asked, seed, max(2, int(asked.persons.sum()) // 300))
    k = int(label.max()) + 1
    cost = {}
    for a, b, price in zip(label[asked.a], label[asked.b], asked.cost, strict=True):
        if a != b:
            pair = (min(a, b), max(a, b))
            cost[pair] = cost.get(pair, 0) + price
    pairs = [tuple(pair) for pair in resplit.pairs_of(net, label, k).tolist()]
    assert pairs == sorted(cost, key=lambda pair: (-cost[pair], pair))


def test_a_whole_border_moves_where_no_single_node_can():
    # Two rows of six houses, a road across after the third. The border lies one house too far: both plans are in the
    # band, and what lies between them costs more line than either.
    edges = grid_edges(2, 6)
    asked = problem(
        [55, 55, 25, 25, 70, 70] * 2, edges,
        cost=[10 if {a % 6, b % 6} == {2, 3} else 1000 for a, b in edges],
    )  # fmt: skip
    label = np.array([v % 6 > 3 for v in range(12)], np.int32)
    net, _ = started(asked, 1, 1)
    found, changed = divided(net, label, 2, 1, trees=8)
    assert changed == 1
    assert energy(net, found, bands(2), UNIT) < energy(net, label, bands(2), UNIT)
    assert found.tolist() == [0, 0, 0, 1, 1, 1] * 2


def test_nothing_is_done_without_moves_to_spend_or_beside_an_area_of_one_building():
    asked = problem([150] * 4, [(0, 1), (1, 2), (2, 3)], cost=[10, 900, 10])
    label = np.array([0, 1, 1, 1], np.int32)
    net, _ = started(asked, 1, 1)
    assert divided(net, label, 2, 1, spend=79.0)[1] == 0
    assert divided(net, label, 2, 1, spend=80.0)[1] == 1
    core = np.array([0, -1, -1, -1], np.int32)
    alone = build(asked.persons, core, asked.a, asked.b, asked.cost)
    assert divided(alone, label, 2, 1)[1] == 0


def test_pairs_that_do_not_touch_stay_as_they_are():
    asked = problem([200, 100, 100, 200], [(0, 1), (2, 3)], cost=[10, 10])
    net = build(asked.persons, np.full(4, -1, np.int32), asked.a, asked.b, asked.cost)
    label, far = np.array([0, 0, 1, 1], np.int32), np.array([[0, 1]], np.int32)
    found = label.copy()
    assert resplit.resplit(net, found, bands(2), far, (UNIT, 2, PLENTY), seeded(1)) == 0
    assert np.array_equal(found, label)


def test_kernels_do_the_same_as_plain_python(monkeypatch):
    asked = random_problem(5, 40, top=60)
    net, label = started(asked, 5, 4)
    k = int(label.max()) + 1
    fast, changed = divided(net, label, k, 3)
    for module, names in (
        (resplit, ("_rows", "_members", "_link", "_between", "_halve", "_price", "_alike", "resplit",
                   "pairs_of", "tally_of", "woe_of", "anneal", "tree_of", "subtrees")),
        (moves, ("_limit", "_sweep", "woe_of", "tally_of", "strain", "second_strain", "stays_whole",
                 "workspace", "below", "chance", "_pause", "_lines")),
        (start, ("_dearest_first", "_chains", "chance")),
        (network, ("_reaches",)),
        (draws, ("draw",)),
    ):  # fmt: skip
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name).py_func)
    with np.errstate(over="ignore"):
        plain, made = divided(net, label, k, 3)
    assert np.array_equal(fast, plain)
    assert made == changed > 0
