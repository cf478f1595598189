"""Plans rooted at large buildings: whole, connected, and inside the band where trees shut a building in."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.partitioning import again, rooted
from census_gis.partitioning.asked import outside
from census_gis.partitioning.prepare import parts_of
from census_gis.partitioning.rooted import from_roots
from tests.partitioning.towns import grid_edges, pieces, problem, random_problem

KERNELS = (
    "_with_distant", "_grown", "_reach", "_neediest", "_drawn", "_short", "_moved", "_home",
    "_share_rest",
)  # fmt: skip


def divided(asked, seed, areas=None):
    """The one piece of land of a problem, rooted; its area of each atom."""
    (part,) = parts_of(asked, seed=0)
    if areas is not None:
        count = np.full(len(part.counts), areas)
        part = replace(part, counts=count, task=replace(part.task, ideal=areas))
    label = np.zeros(len(part.task.net.persons), np.int32)
    found = from_roots(part, label, {0}, seed=seed)
    return part, found if found is None else found[part.nodes]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 90), st.integers(1, 6))
def test_every_node_has_an_area_and_each_area_is_one_piece_with_one_large_building(seed, n, areas):
    asked = random_problem(seed, n, top=60)
    rng = np.random.default_rng(seed)
    large = rng.choice(n, areas, replace=False)
    held = asked.persons.copy()
    held[large] = rng.integers(121, 240, areas)
    asked = replace(asked, persons=held)
    _, label = divided(asked, seed, areas)
    assert label.min() == 0 and len(np.unique(label)) == areas
    assert (pieces(asked, label) == 1).all()
    _, again_ = divided(asked, seed, areas)
    assert np.array_equal(label, again_)


def test_two_large_buildings_for_one_area_are_not_tried():
    asked = problem([150, 10, 150, 10], [(0, 1), (1, 2), (2, 3)])
    assert divided(asked, 1)[1] is None


def row_of_towers():
    """Towers side by side on a strip, all houses at its two ends: each needs those of one end."""
    persons = np.zeros((3, 13), np.int64)
    persons[1, 4], persons[1, 6], persons[1, 8] = 200, 210, 200
    persons[:, :2], persons[:, -2:] = 12, 12
    return problem(persons.ravel(), grid_edges(3, 13))


def test_some_plans_of_towers_in_a_row_are_inside_the_band():
    asked = row_of_towers()
    good = 0
    for seed in range(16):
        part, label = divided(asked, seed, 3)
        good += not len(outside(part.task, label))
    assert good > 0


def test_kernels_give_the_same_as_plain_python(monkeypatch):
    asked = row_of_towers()
    compiled = [divided(asked, seed, 3)[1].tolist() for seed in range(2)]
    for name in KERNELS:
        monkeypatch.setattr(rooted, name, getattr(rooted, name).py_func)
    assert [divided(asked, seed, 3)[1].tolist() for seed in range(2)] == compiled


@pytest.mark.parametrize("cures", [True, False])
def test_rooted_plans_come_after_all_others(monkeypatch, cures):
    asked = row_of_towers()
    (part,) = parts_of(asked, seed=0)
    calls = []
    bad = np.zeros(len(part.task.net.persons), np.int32)
    bad[part.task.net.persons == 210] = 1
    monkeypatch.setattr(again, "_open", lambda *_: [0])

    def search(changed, attempt):
        calls.append(attempt)
        return bad

    if not cures:
        monkeypatch.setattr(again, "from_roots", lambda *_, **__: None)
    found = again.from_elsewhere(asked, part, bad, search, lambda _, label: label)
    assert len(calls) >= again.TRIES
    assert (len(outside(part.task, found)) == 0) == cures
