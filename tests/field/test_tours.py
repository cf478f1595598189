"""A round passes each door once and is never longer than the nearest-neighbour round."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field import tours
from census_gis.field.tours import length_of, nearest_neighbour, shortest_round

spot = st.tuples(st.integers(0, 60), st.integers(0, 60))  # doors in one place are wanted


def hops_of(places):
    at = np.array(places, dtype=np.float64).reshape(-1, 2)
    return np.hypot(at[:, None, 0] - at[:, 0], at[:, None, 1] - at[:, 1])


@settings(max_examples=40, deadline=None)
@given(st.lists(spot, min_size=1, max_size=40), st.integers(0, 9))
def test_every_door_once_and_no_longer_than_nearest_neighbour(places, seed):
    hops = hops_of(places)
    round_ = shortest_round(hops, seed=seed)
    assert sorted(round_) == list(range(len(places)))
    assert round_[0] == 0
    assert length_of(hops, round_) <= length_of(hops, nearest_neighbour(hops)) + 1e-6
    assert (round_ == shortest_round(hops, seed=seed)).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(spot, min_size=4, max_size=7, unique=True))
def test_small_rounds_are_the_shortest(places):
    hops = hops_of(places)
    best = min(
        length_of(hops, np.array([0, *rest])) for rest in permutations(range(1, len(places)))
    )
    assert length_of(hops, shortest_round(hops, seed=1)) <= best + 1e-6


def test_doors_on_a_circle_are_walked_round_it():
    turn = np.random.default_rng(3).permutation(60)
    angle = 2 * np.pi * turn / 60
    hops = hops_of(np.c_[np.cos(angle), np.sin(angle)] * 1000)
    steps = np.diff(turn[np.r_[shortest_round(hops, seed=7), 0]]) % 60
    assert set(steps) in ({1}, {59})


def test_a_crossed_round_is_uncrossed_by_search_alone():
    places = [(0, 0), (10, 0), (10, 10), (0, 10), (5, -1), (5, 11)]
    hops = hops_of(places)
    order = np.array([0, 2, 1, 3, 4, 5])
    near = np.argsort(hops + np.diag([np.inf] * 6), axis=1, kind="stable")[:, :5]
    tours.improve(hops, near, order, 0, tours.seeded(1))
    assert sorted(order) == list(range(6))
    assert length_of(hops, order) == pytest.approx(length_of(hops, np.array([0, 4, 1, 2, 5, 3])))


def test_kernels_do_the_same_as_plain_python(monkeypatch):
    places = np.random.default_rng(5).integers(0, 100, (14, 2))
    hops = hops_of(places)
    compiled = shortest_round(hops, seed=2)
    for name in ("_kick", "_search", "_two_opt", "_or_opt", "_move", "_reverse", "improve", "length_of",
                 "nearest_neighbour"):  # fmt: skip
        monkeypatch.setattr(tours, name, getattr(tours, name).py_func)
    with np.errstate(over="ignore"):
        assert (tours.shortest_round(hops, seed=2) == compiled).all()
