"""The cut of a large district into blocks: size, connection and number of blocks, and how much is searched for them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.graph import components
from census_gis.partitioning import precut
from census_gis.partitioning.precut import cut_in_blocks
from census_gis.partitioning.problem import Problem
from census_gis.partitioning.solve import grouped

BOUNDS = (1000, 500)


def land(rows, columns, persons):
    at = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    b = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    none = np.full(rows * columns, -1, np.int32)
    cost = np.full(len(a), 100, np.int64)
    return Problem(np.asarray(persons, np.int64), a, b, cost, none >= 0, none, 0, 1, 1)


def pieces(problem, label):
    same = label[problem.a] == label[problem.b]
    return components(len(label), problem.a[same], problem.b[same])[0]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 999), st.integers(1, 12), st.booleans())
def test_blocks_of_grouped_atoms_are_large_enough_and_in_one_piece(seed, most, grouped_first):
    draw = np.random.default_rng(seed)
    piece = land(40, 60, draw.integers(0, 2 * most, 2400) + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precut, "GROUPED_FROM", 100 if grouped_first else 10**9)
        label = cut_in_blocks(piece, grouped, BOUNDS, seed)
    held = np.bincount(label, piece.persons)
    assert held.min() >= BOUNDS[1] and pieces(piece, label) == len(held)
    assert 0.8 <= len(held) / (piece.persons.sum() / 750) <= 1.2
    assert (held <= BOUNDS[0]).mean() > 0.9


@pytest.mark.parametrize(("columns", "most"), [(20, 16), (400, 1)])
def test_few_searches_whatever_the_number_of_blocks(columns, most):
    """A row of lumps of which no two are a block: never more searches than the number of small blocks allows."""
    persons = np.zeros(columns, np.int64)
    persons[::2] = 499
    piece, called = land(1, columns, persons), []

    def counted(problem, *, seed, moves):
        called.append(moves / len(problem.persons))
        return np.arange(len(problem.persons), dtype=np.int32)

    label = cut_in_blocks(piece, counted, BOUNDS, 1)
    assert len(called) <= most and max(called) <= precut.MOVES_PER_ATOM
    held = np.bincount(label, piece.persons)
    assert held.min() >= BOUNDS[1] and pieces(piece, label) == len(held)


def test_groups_are_searched_not_atoms(monkeypatch):
    monkeypatch.setattr(precut, "GROUPED_FROM", 100)
    monkeypatch.setattr(precut, "GRAIN", 1 / 20)
    piece, seen = land(40, 60, np.full(2400, 3)), []

    def looked(problem, **words):
        seen.append((len(problem.persons), int(problem.persons.max())))
        return grouped(problem, **words)

    label = cut_in_blocks(piece, looked, BOUNDS, 5)
    assert all(n < 1000 and largest <= 25 for n, largest in seen)
    assert np.bincount(label, piece.persons).min() >= 500


def test_land_that_cannot_be_cut_is_one_block():
    piece = land(1, 3, [600, 600, 400])
    assert set(cut_in_blocks(land(1, 3, [400, 1200, 400]), grouped, BOUNDS, 1)) == {0}
    assert len(set(cut_in_blocks(piece, grouped, BOUNDS, 1))) == 2
