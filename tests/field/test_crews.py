"""Crews are connected, of the sizes asked for, and proven the best; where that cannot be, it is said."""

import os
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.crews import Ground, group, group_cost
from census_gis.field.crews_cover import best_cover
from census_gis.field.crews_exact import _fits, _try, tried
from census_gis.field.crews_places import fitting, joined
from census_gis.field.crews_search import search
from census_gis.field.crews_subsets import (
    _grow,
    bit_sums,
    connected_subsets,
    members,
    neighbour_bits,
    pieces,
)
from census_gis.graph import components

EXAMPLES = int(os.environ.get("CENSUS_GIS_EXAMPLES", "100"))  # 1000 for a deep run


def in_one_piece(rows, a, b) -> bool:
    number = {int(v): i for i, v in enumerate(rows)}
    pairs = [
        (number[u], number[v])
        for u, v in zip(a.tolist(), b.tolist(), strict=True)
        if u in number and v in number
    ]
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return components(len(rows), ends[:, 0], ends[:, 1])[0] == 1


@st.composite
def grounds(draw, most=9):
    """A random tree with some more edges."""
    n = draw(st.integers(2, most))
    edges = [(draw(st.integers(0, v - 1)), v) for v in range(1, n)]
    pairs = [pair for pair in combinations(range(n), 2) if pair not in edges]
    if pairs:
        edges += draw(st.lists(st.sampled_from(pairs), unique=True, max_size=n))
    a, b = np.array(edges, dtype=np.int64).T
    whole = st.lists(st.integers(0, 500), min_size=n, max_size=n)
    load, x, y = (np.array(draw(whole), dtype=np.float64) for _ in range(3))
    return Ground(load, x * 10, y * 10, a, b)


def divisions(rows):
    """All ways to divide a list."""
    if not rows:
        yield []
        return
    first, *rest = rows
    for size in range(len(rest) + 1):
        for others in combinations(rest, size):
            left = [v for v in rest if v not in others]
            for more in divisions(left):
                yield [[first, *others], *more]


def best_of_all(ground, k, sizes):
    """Least cost of connected groups of the sizes, by trying all; None where there is none."""
    target = float(ground.load.sum()) / k
    found = []
    for ways in divisions(list(range(len(ground)))):
        if len(ways) != k or any(not sizes[0] <= len(g) <= sizes[1] for g in ways):
            continue
        if all(in_one_piece(g, ground.a, ground.b) for g in ways):
            inside = np.array([[v in g for v in range(len(ground))] for g in ways])
            found.append(int(group_cost(ground, inside, target, sizes).sum()))
    return min(found, default=None)


@given(grounds(most=8), st.integers(2, 3))
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_all_divisions_tried_are_no_better(ground, k):
    k = min(k, len(ground))
    sizes = (2, 4)
    done = group(ground, k, sizes=sizes)
    best = best_of_all(ground, k, sizes)
    assert done.legal == (best is not None)
    assert done.bound <= done.value
    if best is not None:
        assert done.value == best and done.proven
    for crew in range(k):
        assert in_one_piece(np.flatnonzero(done.label == crew), ground.a, ground.b)


@given(grounds(), st.integers(1, 3), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_every_connected_subset_is_met_once(ground, low, more):
    n, sizes = len(ground), (low, low + more)
    bits = neighbour_bits(n, ground.a, ground.b)
    found = connected_subsets(bits, sizes, most=100_000)
    wanted = {
        sum(1 << v for v in rows)
        for size in range(sizes[0], min(sizes[1], n) + 1)
        for rows in combinations(range(n), size)
        if in_one_piece(rows, ground.a, ground.b)
    }
    assert len(found) == len(set(found.tolist())) and set(found.tolist()) == wanted
    out = np.empty(len(wanted), np.int64)
    assert _grow.py_func(bits, *sizes, out) == len(wanted) and set(out.tolist()) == wanted


def strip(n, load=None):
    at = np.arange(n, dtype=np.float64)
    return Ground(
        np.ones(n) if load is None else load, at * 100, at * 0, np.arange(n - 1), np.arange(1, n)
    )


def test_a_star_cannot_be_two_crews_and_the_proof_is_its_shape():
    star = Ground(np.ones(9), np.arange(9.0), np.zeros(9), np.zeros(8, np.int64), np.arange(1, 9))
    done = group(star, 2, sizes=(4, 6))
    assert (done.legal, done.reason, done.proven) == (False, "shape", True)
    assert sorted(np.bincount(done.label)) == [1, 8]


def test_a_star_whose_arms_lie_beside_each_other_is_two_crews_over_gaps():
    arms = np.arange(1, 9)
    star = Ground(np.ones(9), np.arange(9.0), np.zeros(9), np.zeros(8, np.int64), arms)
    a, b = np.concatenate([star.a, arms[:-1]]), np.concatenate([star.b, arms[1:]])
    near = replace(star, a=a, b=b, over=np.arange(len(a)) >= 8)
    done = group(star, 2, sizes=(4, 6), further=lambda: near)
    assert (done.legal, done.reason, done.proven, done.gaps) == (True, "shape", True, 3)
    assert sorted(np.bincount(done.label)) == [4, 5]
    without = np.flatnonzero(done.label != done.label[0])
    assert in_one_piece(without, a, b) and not in_one_piece(without, star.a, star.b)


def test_the_ground_over_gaps_is_not_asked_for_where_touching_eas_do():
    done = group(strip(10), 2, sizes=(4, 6), further=lambda: pytest.fail("asked"))
    assert done.legal and done.gaps == 0


def test_each_crew_has_an_ea_its_supervisor_can_count():
    apart = group(strip(10), 2, sizes=(4, 6))
    assert apart.label.tolist() == [0] * 5 + [1] * 5
    can = np.array([False] * 5 + [True, True] + [False] * 3)
    done = group(replace(strip(10), own=can), 2, sizes=(4, 6))
    assert done.label.tolist() == [0] * 6 + [1] * 4
    assert all(can[done.label == crew].any() for crew in (0, 1))


@given(grounds(most=8), st.integers(1, 3), st.integers(0, 3), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_the_cheapest_cover_is_what_trying_all_finds(ground, low, more, seed):
    """Costs of any kind, groups of any size; a cover is excluded only where there is none."""
    n = len(ground)
    bits = neighbour_bits(n, ground.a, ground.b)
    subsets = connected_subsets(bits, (low, low + more), most=100_000)
    if not len(subsets):
        return
    cost = np.random.default_rng(seed).integers(0, 1000, len(subsets))
    price = dict(zip(subsets.tolist(), cost.tolist(), strict=True))
    for k in (2, 3):
        ways = [[sum(1 << v for v in g) for g in way] for way in divisions(list(range(n)))]
        sums = [
            sum(price[key] for key in way)
            for way in ways
            if len(way) == k and all(key in price for key in way)
        ]
        found = best_cover(subsets, cost, bits, k)
        if not sums:
            assert found == "shape"
            continue
        rows, bound = found
        assert bound <= cost[rows].sum() == min(sums)
        assert members(subsets[rows], n).sum(axis=0).tolist() == [1] * n and len(rows) == k


def three_triangles() -> Ground:
    """A middle and three triangles, each with one corner beside it: half crews could, whole ones cannot."""
    edges = [(0, 1), (0, 4), (0, 7)]
    edges += [(c + i, c + j) for c in (1, 4, 7) for i, j in ((0, 1), (1, 2), (0, 2))]
    a, b = np.array(edges, dtype=np.int64).T
    return Ground(np.ones(10), np.arange(10.0), np.zeros(10), a, b)


def test_pairs_that_only_halves_could_be_are_excluded_by_trying_all():
    ground = three_triangles()
    bits = neighbour_bits(10, ground.a, ground.b)
    pairs = connected_subsets(bits, (2, 2), most=100)
    assert best_cover(pairs, np.ones(len(pairs), np.int64), bits, 5) == "shape"
    done = group(ground, 5, sizes=(2, 2))
    assert (done.legal, done.reason, done.sizes, done.proven) == (False, "shape", (1, 3), True)


def test_where_not_all_ways_could_be_tried_nothing_is_excluded(monkeypatch):
    monkeypatch.setattr("census_gis.field.crews_exact.MOST_STEPS", 1)
    ground = three_triangles()
    bits = neighbour_bits(10, ground.a, ground.b)
    pairs = connected_subsets(bits, (2, 2), most=100)
    assert best_cover(pairs, np.ones(len(pairs), np.int64), bits, 5) == "open"


def test_trying_all_in_plain_python_is_the_same():
    ground = strip(4)
    bits = neighbour_bits(4, ground.a, ground.b)
    groups = connected_subsets(bits, (1, 3), most=100)
    dear = np.arange(len(groups), dtype=np.float64)
    rows, whole = tried(groups, dear, bits, 2)
    first = np.array([int(g & -g).bit_length() - 1 for g in groups])
    order = np.lexsort((dear, first))
    best = np.full(2, -1, dtype=np.int64)
    begin = np.searchsorted(first[order], np.arange(5))
    steps = _try.py_func((groups[order], begin, bits), dear[order], (1, 3), 1000, best)
    assert whole and 0 < steps <= 1000 and sorted(order[best]) == rows.tolist()
    assert not _fits.py_func(0b1011, bits, 1, (1, 3)) and _fits.py_func(0b1011, bits, 2, (1, 3))
    assert not _fits.py_func(0b1011, bits, 2, (2, 3))


@given(grounds(), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_pieces_and_sums_of_bits(ground, pattern):
    n = len(ground)
    subset = np.array([pattern % (1 << n) or 1], dtype=np.int64)
    rows = np.flatnonzero(members(subset, n)[0])
    bits = neighbour_bits(n, ground.a, ground.b)
    number = {int(v): i for i, v in enumerate(rows)}
    pairs = [(number[u], number[v]) for u, v in zip(ground.a.tolist(), ground.b.tolist(), strict=True)
             if u in number and v in number]  # fmt: skip
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    wanted = components(len(rows), ends[:, 0], ends[:, 1])[0]
    assert pieces(subset, bits)[0] == pieces.py_func(subset, bits)[0] == wanted
    assert bit_sums(subset, ground.load)[0] == ground.load[rows].sum()
    assert bit_sums.py_func(subset, ground.load)[0] == ground.load[rows].sum()


def test_seven_eas_are_three_and_four():
    done = group(strip(7), 2, sizes=(4, 6))
    assert (done.legal, done.reason, done.sizes) == (False, "number", (3, 7))
    assert sorted(np.bincount(done.label)) == [3, 4]


@pytest.mark.parametrize(("n", "k"), [(3, 1), (12, 1), (30, 2), (90, 18)])
def test_a_place_of_any_size_has_an_answer(n, k):
    done = group(strip(n), k, sizes=(4, 6))
    assert len(np.unique(done.label)) == k and done.bound <= done.value
    for crew in range(k):
        assert np.ptp(np.flatnonzero(done.label == crew)) == (done.label == crew).sum() - 1


@given(grounds(most=9), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_a_search_keeps_crews_in_one_piece(ground, k):
    k = min(k, len(ground))
    label = search(ground.load, (ground.x, ground.y), (ground.a, ground.b), k, (2, 4))
    assert set(label) == set(range(k))
    assert all(in_one_piece(np.flatnonzero(label == crew), ground.a, ground.b) for crew in range(k))


@given(st.integers(1, 60), st.integers(1, 15))
def test_a_number_of_crews_fits_where_one_can(n, wanted):
    k = fitting(n, wanted, (4, 6))
    possible = [q for q in range(1, n + 1) if 4 * q <= n <= 6 * q]
    assert (k in possible) == bool(possible)
    if possible:
        assert abs(k - wanted) == min(abs(q - wanted) for q in possible)


def test_a_small_district_joins_a_neighbour_of_its_township_only():
    pairs = np.array([[0, 1], [1, 2], [2, 3]])
    groups = joined([2, 3, 5, 5], [1, 0, 1, 1], (4, 6), pairs=pairs, township=["a", "a", "b", "b"])
    assert groups == [(0, 1), (2,), (3,)]


def test_members_are_the_bits():
    assert members(np.array([5]), 3).tolist() == [[True, False, True]]
