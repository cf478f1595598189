"""The bound on buildings outside the band is never above what an exhaustive search reaches."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.partitioning.network import build
from census_gis.partitioning.proof import Pocket, least_stranded, lumps_of
from census_gis.partitioning.solve import solve
from tests.partitioning.towns import connected, problem, random_problem


def bound(asked):
    net = build(
        asked.persons, np.full(len(asked.persons), -1, np.int32), asked.a, asked.b, asked.cost
    )
    nodes = np.arange(len(asked.persons))
    lumps = lumps_of(net, nodes, asked.low, asked.high)
    return least_stranded(Pocket.of(net, nodes), lumps, low=asked.low, high=asked.high)


def fewest_outside(asked):
    """Fewest lumps in no area inside the band, over all ways to choose disjoint connected groups in it."""
    n = len(asked.persons)
    nodes = np.arange(n)
    net = build(asked.persons, np.full(n, -1, np.int32), asked.a, asked.b, asked.cost)
    lumps = set(lumps_of(net, nodes, asked.low, asked.high).tolist())
    groups = []
    for subset in range(1, 1 << n):
        members = [v for v in range(n) if subset >> v & 1]
        if asked.low <= asked.persons[members].sum() <= asked.high and connected(asked, members):
            groups.append((subset, len(lumps & set(members))))

    def most(used, first):
        return max(
            (count + most(used | group, i + 1)
             for i, (group, count) in enumerate(groups[first:], first) if not used & group),
            default=0,
        )  # fmt: skip

    return len(lumps) - most(0, 0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 7))
def test_no_plan_beats_the_bound(seed, n):
    asked = random_problem(seed, n, top=300)
    found = bound(asked)
    assert found is not None
    assert found <= fewest_outside(asked)


def test_two_buildings_that_need_the_same_third_are_a_jam():
    asked = problem([200, 100, 200], [(0, 1), (1, 2)])
    assert bound(asked) == 1
    misfits = solve(asked, seed=1).misfits
    assert [misfit.kind for misfit in misfits] == ["jam"]


def test_a_building_no_group_can_hold_is_named():
    asked = problem([230, 330, 350, 340], [(0, 1), (1, 2), (2, 3), (0, 3)])
    misfits = solve(asked, seed=1).misfits
    assert [(misfit.kind, misfit.atoms) for misfit in misfits] == [("lump", (0,))]
