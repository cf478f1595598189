"""Several EAs for one person: most EAs placed, then the longest time shortest, with an honest bound."""

import os
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.several import NOBODY, _bettered, _placed, share

EXAMPLES = int(os.environ.get("CENSUS_GIS_EXAMPLES", "100"))  # 1000 for a deep run


@st.composite
def instances(draw):
    n, m = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    load = np.array(draw(st.lists(st.integers(1, 60), min_size=n, max_size=n)))
    persons = np.array(draw(st.lists(st.integers(50, 200), min_size=n, max_size=n)))
    capacity = np.array(draw(st.lists(st.sampled_from([-1, 250, 400]), min_size=m, max_size=m)))
    allowed = np.array(draw(st.lists(st.booleans(), min_size=n * m, max_size=n * m))).reshape(n, m)
    return load, persons, capacity, allowed, draw(st.integers(1, 3))


def fits(person, instance) -> bool:
    _, persons, capacity, allowed, most = instance
    for k in range(allowed.shape[1]):
        mine = np.flatnonzero(person == k)
        if len(mine) > most or not allowed[mine, k].all():
            return False
        if len(mine) > 1 and capacity[k] >= 0 and persons[mine].sum() > capacity[k]:
            return False
    return True


def worth(person, load, m) -> tuple[int, int]:
    placed = person != NOBODY
    return int((~placed).sum()), int(np.bincount(person[placed], load[placed], m).max(initial=0))


@given(instances())
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_all_ways_tried_are_no_better(instance):
    load, persons, capacity, allowed, most = instance
    n, m = allowed.shape
    done = share(load, persons, capacity, allowed=allowed, most_each=most)
    ways = (np.array(way) for way in product(range(-1, m), repeat=n))
    best = min(worth(way, load, m) for way in ways if fits(way, instance))
    assert fits(done.person, instance)
    assert worth(done.person, load, m) == (int((done.person == NOBODY).sum()), done.value)
    assert done.bound <= done.value
    assert worth(done.person, load, m) >= best
    assert done.proven and worth(done.person, load, m) == best


@given(instances())
@settings(max_examples=25, deadline=None)
def test_kernels_are_the_same_in_plain_python(instance):
    load, persons, capacity, allowed, most = instance
    limit = np.where(capacity < 0, 10**9, capacity)
    order = np.argsort(-load, kind="stable")
    fast, slow = (f(load, persons, limit, allowed, most, order) for f in (_placed, _placed.py_func))
    assert (fast == slow).all()
    _bettered(load, persons, limit, allowed, most, fast)
    _bettered.py_func(load, persons, limit, allowed, most, slow)
    assert (fast == slow).all()


def test_a_move_betters_the_longest_first_rule():
    """Longest first gives 3 + 3 and 2 + 2 + 2 only after an exchange (7 before it)."""
    load = np.array([3, 3, 2, 2, 2])
    done = share(load, load, np.array([-1, -1]), allowed=np.ones((5, 2), bool), most_each=3)
    assert (done.value, done.bound, done.proven) == (6, 6, True)
