"""Exactly as many areas as asked for, as equal as can be, each connected."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.partitioning import solve as search
from census_gis.partitioning.asked import outside
from census_gis.partitioning.exactly import to_count
from census_gis.partitioning.prepare import parts_of
from census_gis.partitioning.solve import partition, solve
from tests.partitioning.test_plans import grid_fabric
from tests.partitioning.towns import grid_edges, pieces, problem, random_problem


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(12, 60), st.integers(1, 8))
def test_exactly_as_many_as_asked_for_each_connected(seed, n, areas):
    asked = random_problem(seed, n, top=200)
    found = solve(asked, seed=1, areas=areas)
    assert len(np.unique(found.label)) == min(areas, int((asked.persons > 0).sum()))
    assert (pieces(asked, found.label) == 1).all()


@pytest.mark.parametrize("areas", [2, 5, 7, 12])
def test_houses_are_shared_within_a_twentieth(areas):
    asked = problem([20] * 120, grid_edges(10, 12))
    total = np.bincount(solve(asked, seed=1, areas=areas).label, asked.persons)
    mean = 2400 / areas
    assert len(total) == areas
    assert np.abs(total - mean).max() <= 0.05 * mean + 20


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 40), st.integers(1, 6), st.integers(1, 6))
def test_any_plan_is_brought_to_any_number(seed, n, areas, wanted):
    asked = random_problem(seed, n, top=200)
    given_ = solve(asked, seed=1, areas=min(areas, n), moves=50).label
    (part,) = parts_of(asked, seed=0, areas=wanted)
    label = np.empty(len(part.task.net.persons), np.int32)
    label[part.nodes] = given_
    made = to_count(part.task, label)[part.nodes]
    assert len(np.unique(made)) == min(wanted, int((asked.persons > 0).sum()))
    assert (pieces(asked, made) == 1).all()
    assert (np.bincount(made, asked.persons) > 0).all()


def test_a_band_that_suits_hardly_any_area_is_not_repaired(monkeypatch):
    seen = []

    def mend(task, label, *, seed):
        seen.append((len(outside(task, label)), int(label.max()) + 1))
        return label

    monkeypatch.setattr(search, "mend", mend)
    asked = random_problem(3, 150, top=120)
    found = solve(asked, seed=1, areas=45)
    assert len(np.unique(found.label)) == 45
    assert seen and all(0 < wrong <= max(2, k / 8) for wrong, k in seen)
    seen.clear()
    monkeypatch.setattr(search, "MENDED_SHARE", 1)
    solve(asked, seed=1, areas=45)
    assert max(wrong / k for wrong, k in seen) > 1 / 8


def test_more_areas_than_homes_is_a_finding_that_says_how_many_were_made():
    plan = partition(grid_fabric(2, 2, 50), areas=9)
    (row,) = plan.findings[plan.findings["code"] == "S116"].to_dict("records")
    assert len(plan) == 4
    assert "9" in row["message_en"] and "4" in row["message_zh"] and row["severity"] == "error"


def test_a_number_that_can_be_met_needs_no_words():
    plan = partition(grid_fabric(4, 6, 50), areas=3)
    assert len(plan) == 3
    assert "S116" not in set(plan.findings["code"])
