"""Blocks of large districts: at least so many persons, no EA in two, along what people can see."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.graph import components
from census_gis.partitioning import again, solve
from census_gis.partitioning.again import from_quick
from census_gis.partitioning.blocks import in_blocks, told
from census_gis.partitioning.prepare import parts_of
from census_gis.partitioning.solve import grouped, partition, refine
from census_gis.partitioning.translate import question_of
from tests.partitioning.towns import fabric as fabric_of
from tests.partitioning.towns import grid_fabric, problem

ASKED = {"blocks.above": 10_000, "blocks.least": 5000}


def large(rows, columns, seed=0, **rules):
    persons = np.random.default_rng(seed).integers(20, 60, rows * columns)
    return grid_fabric(rows, columns, persons, rules={**ASKED, **rules})


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 99))
def test_blocks_are_large_in_one_piece_and_no_ea_lies_in_two(seed):
    fabric = large(20, 24 + seed % 7, seed)
    plan = partition(fabric, seed=seed)
    atoms, edges = plan.fabric.atoms, plan.fabric.edges
    block = atoms["block"].to_numpy()
    assert set(block) == set(range(1, block.max() + 1)) and block.max() > 1
    assert atoms.groupby("block")["persons"].sum().min() >= 5000
    for number in np.unique(block):
        rows = np.flatnonzero(block == number)
        inner = np.isin(edges["a"], rows) & np.isin(edges["b"], rows)
        a, b = (np.searchsorted(rows, edges[end].to_numpy()[inner]) for end in ("a", "b"))
        assert components(len(rows), a, b)[0] == 1
    assert all(len(np.unique(block[plan.label == area])) == 1 for area in range(len(plan)))
    held = np.bincount(plan.label, atoms["persons"])
    assert held.min() >= 240 and held.max() <= 360
    assert plan.findings["code"].tolist() == ["S121"]
    assert plan.findings.geometry.intersects(fabric.district.boundary).all()


def test_a_line_along_a_river_is_where_blocks_end():
    fabric = large(20, 30)
    column = np.arange(600) % 30
    edges = fabric.edges
    over = {column[a] + column[b] for a, b in zip(edges["a"], edges["b"], strict=True)}
    assert 23 in over
    river = (column[edges["a"]] + column[edges["b"]]) == 23
    edges["main_m"] = np.where(river, edges["border_m"], 0.0)
    plan = partition(fabric, seed=3)
    block = plan.fabric.atoms["block"].to_numpy()
    assert not set(block[column < 12]) & set(block[column >= 12])


def test_many_persons_without_a_place_are_no_blocks():
    ground = np.zeros((0, 2), int)
    found = fabric_of([12_000, 0, 0], ground, [(0, 0), (50, 0), (900, 0)],
                      kind=["placeless", "empty", "empty"], building=["", "", ""])  # fmt: skip
    plan = partition(found, seed=1)
    assert np.bincount(plan.label, found.atoms["persons"]).tolist() == [12_000]
    assert "S122" in set(plan.findings["code"])


def test_smaller_districts_and_other_profiles_know_no_blocks():
    small = large(10, 20)
    assert small.atoms["persons"].sum() <= 10_000
    assert "block" not in partition(small, seed=1).fabric.atoms
    off = large(20, 24, **{"blocks.above": 0})
    plan = partition(off, seed=1)
    assert "block" not in plan.fabric.atoms and not len(plan.findings)


def test_what_cannot_be_cut_is_told():
    persons = np.full(40, 300)
    persons[20] = 900
    fabric = grid_fabric(1, 40, persons, rules={**ASKED, "blocks.least": 6600})
    plan = partition(fabric, seed=1)
    assert "S122" in set(plan.findings["code"]) and "block" not in plan.fabric.atoms


@pytest.mark.parametrize("turn", [1, 2])
def test_blocks_do_not_depend_on_the_order_of_rows(turn):
    order = np.random.default_rng(turn).permutation(480)
    persons = np.random.default_rng(5).integers(20, 60, 480)
    one = partition(grid_fabric(20, 24, persons, rules=ASKED), seed=2)
    two = partition(grid_fabric(20, 24, persons, rules=ASKED, order=order), seed=2)
    assert (
        one.fabric.atoms["block"].to_numpy()[order] == two.fabric.atoms["block"].to_numpy()
    ).all()


def test_refining_keeps_to_the_blocks():
    plan = refine(partition(large(20, 24), seed=1), seed=2, moves=20_000)
    block = plan.fabric.atoms["block"].to_numpy()
    assert all(len(np.unique(block[plan.label == area])) == 1 for area in range(len(plan)))


def test_no_division_is_searched_twice():
    # A street of 54 buildings of 225: none can be inside the band, and blocks of 5,000 end at one of few places.
    fabric, asked = grid_fabric(1, 54, np.full(54, 225), rules=ASKED), []

    def search(inner, *, seed, moves):
        if inner.high > 1_000:
            return grouped(inner, seed=seed, moves=moves)
        asked.append(frozenset(zip(inner.a.tolist(), inner.b.tolist(), strict=True)))
        return np.arange(len(inner.persons), dtype=np.int32)

    found = in_blocks(fabric, question_of(fabric), search, seed=1)
    assert found.fabric.atoms.groupby("block")["persons"].sum().min() >= 5000
    assert asked and len(set(asked)) == len(asked)


def test_very_many_blocks_are_told_by_their_range():
    fabric = large(20, 24)
    fabric.atoms["block"] = np.arange(480) // 20 + 1
    held = fabric.atoms.groupby("block")["persons"].sum()
    plan = told(replace(partition(large(10, 20), seed=1), fabric=fabric, label=np.zeros(480)))
    said = " ".join(plan.findings.iloc[0].astype(str))
    assert f"24 blocks first, of {held.min()}-{held.max()} persons" in said


def test_what_the_quick_search_met_is_not_lost_by_a_longer_one(monkeypatch):
    real, spoilt = solve._solve_part, []

    def unlucky(part, seed, moves, threads):
        label = real(part, seed, moves, threads)
        if moves > 1_000 * len(label):  # not the quick search, of 200 moves an atom
            label[label == 1] = 0
            spoilt.append(part)
        return label

    monkeypatch.setattr(solve, "_solve_part", unlucky)
    monkeypatch.setattr(again, "TRIES", 0)
    plan = partition(large(20, 24), seed=1)
    held = np.bincount(plan.label, plan.fabric.atoms["persons"])
    assert spoilt and held.min() >= 240 and held.max() <= 360


@pytest.mark.parametrize(
    ("found", "quick", "chosen"),
    [
        ([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2]),
        ([0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 2, 2], [0, 0, 0, 1, 1, 2]),
        ([0, 0, 0, 1, 1, 2], None, [0, 0, 0, 1, 1, 2]),
        ([0, 0, 1, 1, 2, 2], [0, 1, 1, 2, 2, 3], [0, 0, 1, 1, 2, 2]),
    ],
    ids=["better", "as bad", "unknown", "nothing to better"],
)
@pytest.mark.parametrize("spoils", [False, True], ids=["finished", "spoilt by what follows"])
def test_areas_of_a_quick_search_are_taken_where_fewer_are_outside(found, quick, chosen, spoils):
    asked = problem([150] * 6, [(i, i + 1) for i in range(5)])
    (part,) = parts_of(asked, seed=1)
    given = None if quick is None else np.array(quick, np.int32)
    better = from_quick(
        part, np.array(found, np.int32), given, lambda _, one: one * 0 if spoils else one
    )
    assert better.tolist() == chosen
