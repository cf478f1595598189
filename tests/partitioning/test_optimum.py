"""Small districts are divided as well as can be: proven, and compared with what was proven before."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.partitioning import cheapest
from census_gis.partitioning.asked import energy_of
from census_gis.partitioning.cheapest import search
from census_gis.partitioning.optimum import best_plan, proof_of, together
from census_gis.partitioning.prepare import parts_of
from census_gis.partitioning.solve import solve
from tests.partitioning import tiny
from tests.partitioning.towns import grid_edges, numbers_of_areas, pieces, problem, random_problem

NEAR = 1e-6


def test_solve_reaches_the_optimum_of_nearly_all_tiny_instances():
    kept = tiny.load()
    met = [
        tiny.reached(asked, solve(asked, seed=1).label) <= best * (1 + NEAR) for asked, best in kept
    ]
    assert len(kept) == tiny.COUNT
    assert np.mean(met) >= 0.95


def test_the_kept_optima_are_those_of_today():
    for asked, best in tiny.load()[::40]:
        assert tiny.optimum(asked) == pytest.approx(best), "run python -m tests.partitioning.tiny"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_a_plan_is_found_where_one_exists_and_none_is_where_none_exists(seed, n):
    asked = random_problem(seed, n, top=200)
    (part,) = parts_of(asked, seed=0)
    proof = best_plan(part.task)
    possible = numbers_of_areas(asked)
    assert proof.empty == (not possible)
    if possible:
        ideal = part.task.ideal
        assert len(np.unique(proof.label)) in {
            k for k in possible if abs(k - ideal) == min(abs(p - ideal) for p in possible)
        }
        assert (pieces(asked, proof.label[part.nodes]) == 1).all()


def every_cover(value, start, member, n, count):
    """Least value over all choices, one by one."""
    sets = [frozenset(member[a:b].tolist()) for a, b in pairwise(start.tolist())]

    def least(left, rest, number):
        if not left:
            return 0.0 if number == 0 else np.inf
        return min(
            (value[g] + least(left - group, rest, number - 1)
             for g, group in enumerate(sets) if min(left) in group and group <= left and number),
            default=np.inf,
        )  # fmt: skip

    return least(frozenset(range(n)), sets, count)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 25), st.integers(1, 4))
def test_search_is_never_beaten(seed, n, groups, count):
    rng = np.random.default_rng(seed)
    sets = {
        tuple(sorted(rng.choice(n, rng.integers(1, n + 1), replace=False))) for _ in range(groups)
    }
    start = np.cumsum([0, *map(len, sorted(sets))])
    member = np.array([v for one in sorted(sets) for v in one], np.int64)
    value = rng.normal(0, 100, len(sets))
    chosen, reached, bound = search(value, start, member, n, count, 10**6)
    assert reached == pytest.approx(every_cover(value, start, member, n, count))
    assert bound == reached
    assert len(chosen) in (0, count)


def test_kernels_do_the_same_as_plain_python(monkeypatch):
    start, member = np.array([0, 1, 2, 4]), np.array([0, 1, 0, 1])
    value = np.array([3.0, 4.0, 6.0])
    compiled = search(value, start, member, 2, 2, 100)
    for name in ("_prices", "_board", "_branches", "_lowest_open", "_masks"):
        monkeypatch.setattr(cheapest, name, getattr(cheapest, name).py_func)
    plain = search.py_func(value, start, member, 2, 2, 100)
    assert compiled[0].tolist() == plain[0].tolist() == [0, 1]
    assert compiled[1:] == plain[1:] == (7.0, 7.0)


def test_a_search_given_up_claims_no_more_than_its_bound():
    (part,) = parts_of(problem([60] * 20, grid_edges(4, 5)), seed=0)
    full, hurried = best_plan(part.task), best_plan(part.task, looks=200)
    assert full.gap == 0.0
    assert hurried.gap is None or hurried.gap >= 0.0


def test_a_worse_plan_is_replaced_and_an_equal_one_kept():
    asked = problem([60] * 20, grid_edges(4, 5))
    (part,) = parts_of(asked, seed=0)
    stripes = (np.arange(20) % 5 // 2).astype(np.int32) + 2 * (np.arange(20) // 10 > 0)
    stripes = np.unique(stripes, return_inverse=True)[1].astype(np.int32)
    proof = proof_of(part.task, stripes)
    assert proof.gap == 0.0
    assert energy_of(part.task, proof.label) < energy_of(part.task, stripes)
    again = proof_of(part.task, proof.label)
    assert again.gap == 0.0 and again.label is proof.label


def test_a_cheaper_plan_of_another_number_of_areas_is_not_what_is_proven():
    (part,) = parts_of(problem([90] * 12, [(i, i + 1) for i in range(11)]), seed=0)
    assert part.task.ideal == 4
    three = np.repeat(
        np.arange(3, dtype=np.int32), 4
    )  # 360 each: in the band, but 1080 / 300 is nearer to four
    proof = proof_of(part.task, three)
    assert proof.gap == 0.0 and int(proof.label.max()) + 1 == 4
    assert energy_of(part.task, three) < energy_of(part.task, proof.label)


def test_no_bound_of_a_component_is_no_bound_of_the_district():
    (part,) = parts_of(problem([60] * 20, grid_edges(4, 5)), seed=0)
    known, unknown = best_plan(part.task), best_plan(part.task, groups=5)
    assert unknown.gap is None
    assert together([known, unknown], [1.0, 1.0]) is None
    assert together([known, known], [1.0, 1.0]) == 0.0
