"""Plans of a fabric: independent of row order, never worse for refining, islands accounted for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.model import Plan
from census_gis.partitioning.asked import bands_of
from census_gis.partitioning.objective import energy
from census_gis.partitioning.prepare import frozen
from census_gis.partitioning.solve import partition, refine
from census_gis.partitioning.translate import question_of
from tests.partitioning.towns import fabric, grid_edges, grid_fabric, pieces


def score(plan):
    question = question_of(plan.fabric)
    label = plan.label[question.order]
    cut = label[question.problem.a] != label[question.problem.b]
    total = np.bincount(label, question.problem.persons)
    band = question.problem
    return int(((total < band.low) | (total > band.high)).sum()), int(
        question.problem.cost[cut].sum()
    )


def test_a_street_is_divided_inside_the_band():
    plan = partition(grid_fabric(12, 15, 20), seed=3)
    total = np.bincount(plan.label, plan.fabric.atoms["persons"])
    assert len(plan) == 12
    assert total.min() >= 240
    assert total.max() <= 360
    assert plan.findings.empty
    assert plan.history[-1].function == "partition"


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000))
def test_row_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    persons = rng.integers(0, 40, 100)
    order = rng.permutation(100)
    given_, mixed = (
        partition(grid_fabric(10, 10, persons, order=o), seed=5) for o in (None, order)
    )
    assert np.array_equal(given_.label[order], mixed.label)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.integers(100, 20_000))
def test_refining_is_never_worse(seed, moves):
    town = grid_fabric(10, 12, np.random.default_rng(seed).integers(0, 50, 120))
    rows = (np.arange(120) // 12).astype(np.int32)
    before = Plan(town, rows, town.findings)
    after = refine(before, seed=seed, moves=moves)
    question = question_of(town)
    task, nodes = frozen(question.problem, rows[question.order])
    assert len(task.own.low) == 0

    def worth(plan):
        label = np.empty(len(nodes), np.int32)
        label[nodes] = plan.label[question.order]
        return energy(task.net, label, bands_of(task, len(plan)), task.unit)

    assert worth(after) <= worth(before)
    assert (pieces(question.problem, after.label[question.order]) == 1).all()
    assert after.history[-1].function == "refine"


def test_a_small_island_joins_the_nearest_area_and_says_so():
    xy = np.array([(x * 20.0, y * 20.0) for y in range(5) for x in range(6)] + [(400.0, 0.0)])
    edges = grid_edges(5, 6)
    plan = partition(fabric([18] * 30 + [60], edges, xy), seed=1)
    assert plan.findings["code"].tolist() == ["S105"]
    own = partition(fabric([18] * 30 + [60], edges, xy, rules={"ea.exclave": "own"}), seed=1)
    assert np.count_nonzero(own.label == own.label[30]) == 1
    assert own.findings["code"].tolist() == ["S102"]


def test_an_island_with_people_enough_stays_by_itself():
    xy = np.array([(x * 20.0, y * 20.0) for y in range(5) for x in range(6)] + [(400.0, 0.0)])
    plan = partition(fabric([10] * 30 + [300], grid_edges(5, 6), xy), seed=1)
    assert len(plan) == 2
    assert plan.findings.empty


def test_large_empty_ground_is_kept_apart_only_when_asked():
    persons = np.full(60, 20)
    persons[[0, 1, 25]] = 0
    for rule, areas in (("join", 4), ("keep", 5)):
        town = grid_fabric(6, 10, persons, rules={"ea.empty_land": rule})
        town.atoms.loc[[0, 1], "area_m2"] = 60_000.0
        plan = partition(town, seed=1)
        assert len(plan) == areas
        assert len(refine(plan, moves=2000)) == areas


def test_the_building_that_forces_a_misfit_is_named():
    persons = [20] * 30
    persons[7] = 700
    plan = partition(grid_fabric(5, 6, persons, alone=np.array(persons) > 360), seed=1)
    finding = plan.findings.iloc[0]
    assert finding["code"] == "S101"
    assert finding["severity"] == "warning"
    assert "b0007" in finding["message_en"]
    assert "b0007" in finding["message_zh"]


def test_people_without_a_building_share_the_ground_of_their_district():
    town = fabric(
        [300, 0, 0], np.array([(1, 2)]), [(np.nan, np.nan), (0, 0), (10, 0)],
        kind=["placeless", "empty", "empty"],
    )  # fmt: skip
    plan = partition(town, seed=1)
    assert len(plan) == 1
    assert plan.findings.empty


def test_fewer_than_one_area_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        partition(grid_fabric(3, 3, 20), areas=0)


def test_a_plan_spoilt_by_hand_is_mended():
    plan = partition(grid_fabric(12, 15, 20), seed=3)
    spoilt = plan.move(np.flatnonzero(plan.label == 0)[:6].tolist(), 1)
    assert score(refine(spoilt, moves=20_000))[0] <= score(spoilt)[0]
