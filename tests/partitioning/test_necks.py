"""What few places between land force is never more than an exhaustive search finds, and is found where it is plain."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.partitioning.necks import _beyond, bunches_of, least_unserved, necks_of
from census_gis.partitioning.network import build
from census_gis.partitioning.solve import solve
from tests.partitioning.towns import connected, problem

LOW, HIGH = 240, 360


def tree_like(seed, n):
    """A tree of buildings and paths, with an edge more now and then."""
    rng = np.random.default_rng(seed)
    persons = rng.choice([0, 40, 90, 130, 200, 250], n).tolist()
    edges = [(int(rng.integers(0, v)), v) for v in range(1, n)]
    if n > 3 and rng.random() < 0.5:
        a, b = sorted(rng.choice(n, 2, replace=False).tolist())
        edges.append((a, b))
    return problem(persons, sorted(set(edges)))


def net_of(asked):
    none = np.full(len(asked.persons), -1, np.int32)
    return build(asked.persons, none, asked.a, asked.b, asked.cost)


def plans(asked):
    """Every division into connected groups, as lists of sets of nodes."""
    n = len(asked.persons)
    groups = {
        subset: [v for v in range(n) if subset >> v & 1]
        for subset in range(1, 1 << n)
        if connected(asked, [v for v in range(n) if subset >> v & 1])
    }

    def divide(left):
        if not left:
            yield []
            return
        first = left & -left
        for subset, members in groups.items():
            if subset & first and subset & left == subset:
                for rest in divide(left ^ subset):
                    yield [members, *rest]

    yield from divide((1 << n) - 1)


def wrong(asked, members):
    held = int(asked.persons[members].sum())
    return held > 0 and not LOW <= held <= HIGH


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.integers(2, 7))
def test_every_plan_has_an_area_outside_where_one_is_claimed(seed, n):
    asked = tree_like(seed, n)
    claims = necks_of(net_of(asked), LOW, HIGH)
    large, least = least_unserved(net_of(asked), LOW, HIGH)
    if not claims and not least:
        return
    for plan in plans(asked):
        met = [set(members) for members in plan if wrong(asked, members)]
        for claim in claims:
            assert any(members & claim.nodes for members in met)
        assert len(set(large.tolist()) & set().union(*met)) >= least


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.integers(3, 7), st.sampled_from([HIGH, 450, 600]))
def test_no_plan_leaves_fewer_outside_around_a_place_unless_one_is_larger(seed, n, most):
    asked = tree_like(seed, n)
    bunches = bunches_of(net_of(asked), (LOW, HIGH), most=most, spare=0)
    if not bunches:
        return
    for plan in plans(asked):
        if max(int(asked.persons[members].sum()) for members in plan) <= most:
            met = [set(members) for members in plan if wrong(asked, members)]
            for bunch in bunches:
                assert sum(bool(members & bunch.nodes) for members in met) >= bunch.least


def test_towers_around_one_yard_are_a_bunch():
    towers = [199, 212, 190, 192, 180, 173, 162, 161]
    asked = problem([0, *towers], [(0, v) for v in range(1, 9)])
    (inside,) = bunches_of(net_of(asked), (LOW, HIGH), most=HIGH, spare=60)
    (beyond,) = bunches_of(net_of(asked), (LOW, HIGH), most=676, spare=60)
    assert (inside.least, beyond.least) == (6, 5)
    assert inside.nodes == frozenset(range(9))
    assert bunches_of(net_of(asked), (LOW, HIGH), most=HIGH, spare=212) == []
    made = solve(asked, seed=1)
    assert {misfit.kind for misfit in made.misfits} <= {"jam", "lump"}


def test_what_one_area_takes_in_is_no_bunch():
    asked = problem([0, 120, 110, 100], [(0, 1), (0, 2), (0, 3)])
    assert bunches_of(net_of(asked), (LOW, HIGH), most=HIGH, spare=0) == []


def test_three_arms_that_need_the_same_crossing_are_a_neck():
    persons = [0, 119, 119, 119, 119, 205, 93]
    asked = problem(persons, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 5), (0, 6)])
    claims = necks_of(net_of(asked), LOW, HIGH)
    assert 0 in {claim.neck for claim in claims}
    assert not necks_of(net_of(asked), LOW - 60, HIGH + 60)


def test_a_line_that_divides_evenly_claims_nothing():
    asked = problem([100] * 9, [(v, v + 1) for v in range(8)])
    assert necks_of(net_of(asked), LOW, HIGH) == []


def test_two_towers_behind_one_path_are_named():
    houses = [60] * 6
    edges = [(0, 2), (1, 2), (2, 3), *((3, v) for v in range(4, 9))]
    asked = problem([200, 210, 0, *houses], edges)
    large, least = least_unserved(net_of(asked), LOW, HIGH)
    assert sorted(large.tolist()) == [0, 1]
    assert least == 1
    free = problem([200, 210, 0, *houses], [*edges, (1, 8)])
    assert least_unserved(net_of(free), LOW, HIGH)[1] == 0


def test_an_area_behind_a_neck_says_how_far_outside_it_must_be():
    sizes, edges = [0], []
    for count in (47, 20, 9):
        last = 0
        for _ in range(count):
            edges.append((last, len(sizes)))
            last = len(sizes)
            sizes.append(10)
    asked = problem(sizes, edges)
    misfits = solve(asked, seed=3).misfits
    assert [misfit.kind for misfit in misfits] == ["neck"]
    off = max(LOW - misfits[0].persons, misfits[0].persons - HIGH)
    assert 0 < misfits[0].least <= off


def test_another_number_of_areas_is_tried_before_an_area_stays_outside():
    # A line of 1,000 persons closes as three or four areas, whatever the first plan was.
    asked = problem([20] * 50, [(v, v + 1) for v in range(49)])
    for seed in range(4):
        assert not solve(asked, seed=seed).misfits


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sets(st.integers(0, 9), max_size=4), min_size=2, max_size=5), st.integers(0, 6))
def test_what_a_place_may_keep_of_a_block_leaves_whole_areas(sizes, low):
    high = 9
    flags = [np.isin(np.arange(high + 1), list(some)) for some in sizes]
    sums = {0}
    for some in sizes:
        sums = {one + other for one in sums for other in some}
    kept = {
        held
        for held in range(high + 1)
        for total in sums
        if any(count * low <= total - held <= count * high for count in range(60))
    }
    assert set(np.flatnonzero(_beyond(flags, low, high))) == kept
