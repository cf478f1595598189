"""What is said of an area outside the band is true of every plan, and can be acted on."""

from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.graph import components
from census_gis.partitioning.explain import _nearest, _shares
from census_gis.partitioning.misfits import findings_of
from census_gis.partitioning.prepare import parts_of
from census_gis.partitioning.problem import Misfit
from census_gis.partitioning.solve import partition, solve
from census_gis.partitioning.translate import question_of
from tests.partitioning.test_plans import grid_fabric
from tests.partitioning.towns import grid_edges, pieces, problem, random_problem


def sizes_around(asked, heart):
    """Persons of every connected group with a node."""
    n = len(asked.persons)
    for size in range(n):
        for others in combinations([v for v in range(n) if v != heart], size):
            group = np.array([heart, *others])
            mine = np.isin(asked.a, group) & np.isin(asked.b, group)
            inside = np.flatnonzero(np.isin(np.arange(n), group))
            a, b = (np.searchsorted(inside, end[mine]) for end in (asked.a, asked.b))
            if components(len(group), a, b)[0] == 1:
                yield int(asked.persons[group].sum())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_the_nearest_sizes_of_an_area_are_those_of_all_groups(seed, n):
    asked = random_problem(seed, n, top=350)
    (part,) = parts_of(asked, seed=0)
    heart = int(np.argmax(asked.persons))
    met = list(sizes_around(asked, heart))
    proven, below, above = _nearest(part.task.net, int(part.nodes[heart]), 240, 360)
    assert proven == (not any(240 <= size <= 360 for size in met))
    if proven:
        assert below == max((size for size in met if size < 240), default=-1)
        assert above == min((size for size in met if size > 360), default=-1)
    plain = _nearest.py_func(part.task.net, int(part.nodes[heart]), 240, 360)
    assert plain == (proven, below, above)


@given(st.integers(0, 3000), st.integers(1, 300))
def test_shares_bound_every_division(held, low):
    below, above = _shares(held, low)
    for count in range(1, 12):
        even = [held // count + (i < held % count) for i in range(count)]
        assert min(even) <= below or (above >= 0 and max(even) >= above)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(14, 60), st.sampled_from([0.0, 0.02, 0.1]))
def test_areas_are_connected_and_inside_the_band_or_explained(seed, n, share_alone):
    asked = random_problem(seed, n, top=120, share_alone=share_alone)
    found = solve(asked, seed=seed, moves=200 * n)
    total = np.bincount(found.label, asked.persons)
    wrong = np.flatnonzero((total > 0) & ((total < asked.low) | (total > asked.high)))
    assert (pieces(asked, found.label) == 1).all()
    assert [misfit.area for misfit in found.misfits] == wrong.tolist()
    for misfit in found.misfits:
        if misfit.kind in ("few", "lump", "big"):
            assert misfit.persons <= misfit.below or 0 <= misfit.above <= misfit.persons or (
                misfit.kind == "few"
            )  # fmt: skip
        if misfit.kind == "big":
            assert misfit.persons - misfit.above <= asked.spare


def test_oversized_buildings_in_two_separate_towns_leave_everything_else_inside():
    rng = np.random.default_rng(4)
    rows, columns = 20, 25
    one = grid_edges(rows, columns)
    persons = rng.integers(8, 30, 2 * rows * columns)
    alone = rng.random(len(persons)) < 0.01
    persons[alone] = 400
    asked = problem(persons, np.concatenate([one, one + rows * columns]), alone=alone)
    found = solve(asked, seed=2, moves=300 * len(persons))
    assert (pieces(asked, found.label) == 1).all()
    assert {misfit.kind for misfit in found.misfits} == {"big"}
    assert len(found.misfits) == alone.sum()
    assert all(misfit.persons == misfit.above == 400 for misfit in found.misfits)


def test_a_planner_reads_what_is_possible_and_what_would_cure_it():
    plan = partition(grid_fabric(5, 5, 16), seed=1)
    (row,) = plan.findings.to_dict("records")
    assert row["code"] == "S102"
    assert "≤ 200 / ≥ 400" in row["message_en"] and "≤ 200 / ≥ 400" in row["message_zh"]
    assert "240-400" in row["fix_en"] and "240-400" in row["fix_zh"]
    cured = partition(grid_fabric(5, 5, 16, rules={"ea.persons.high": 400}), seed=1)
    assert cured.findings.empty


def test_what_holds_inside_blocks_only_says_so():
    plan = partition(grid_fabric(5, 5, 16), seed=1)
    (row,) = plan.findings.to_dict("records")
    assert "blocks" not in row["message_en"] and "分块" not in row["message_zh"]
    cut = replace(plan.fabric, atoms=plan.fabric.atoms.assign(block=1))
    problem = question_of(plan.fabric)
    few = Misfit("few", 0, 400, (), 400, 200, 400)
    (row,) = findings_of(cut, problem, plan.label, (few,)).to_dict("records")
    assert "same blocks" in row["message_en"] and "分块" in row["message_zh"]


def test_a_district_of_a_few_persons_is_told_in_its_own_words():
    plan = partition(grid_fabric(1, 3, 1), seed=1)
    (row,) = plan.findings.to_dict("records")
    assert (row["code"], row["severity"], len(plan)) == ("S120", "warning", 1)
    assert (
        "holds 3 persons, fewer than the 240" in row["message_en"]
        and "共 3 人" in row["message_zh"]
    )
    assert "band" not in row["fix_en"] and "区间" not in row["fix_zh"]


def test_what_is_cut_already_is_not_said_to_stay_whole():
    persons = [20] * 30
    persons[7] = persons[22] = 700
    whole = np.array([f"b{i:04d}" for i in range(30)], object)
    shared = whole.copy()
    shared[[7, 22]] = "tower"
    for building, said in (
        (whole, "building b0007 (700"),
        (shared, "a part of building tower (700"),
    ):
        town = grid_fabric(5, 6, persons, alone=np.array(persons) > 360, building=building)
        found = partition(town, seed=1).findings
        (row, _) = found[found["code"] == "S101"].to_dict("records")
        assert said in row["message_en"] and ("tower 的一部分" in row["message_zh"]) == (
            "tower" in said
        )
        assert ("stays whole" in row["message_en"]) == ("tower" not in said)
