"""Overlapping buildings stay together up to the band's top."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.overlaps import held_together, kept_together, overlapping

BOXES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(2, 15), st.integers(0, 200)),
    min_size=1, max_size=25,
)  # fmt: skip


def town(rows):
    rows = np.array(rows)
    return shapely.box(*rows[:, :2].T, *(rows[:, :2] + rows[:, 2:3]).T), rows[:, 3]


@settings(max_examples=50, deadline=None)
@given(BOXES)
def test_a_chain_of_overlaps_is_one_group_exactly_when_it_holds_at_most_the_top(rows):
    boxes, persons = town(rows)
    group, parted = held_together(boxes, persons, 360)
    apart = {int(i) for chain in parted for i in chain}
    for i, j in zip(*overlapping(boxes), strict=True):
        assert (group[i] == group[j]) == (int(i) not in apart)
    assert all(persons[chain].sum() > 360 for chain in parted)
    for g in range(group.max() + 1):
        members = np.flatnonzero(group == g)
        assert len(members) == 1 or persons[members].sum() <= 360


@settings(max_examples=30, deadline=None)
@given(BOXES, st.randoms(use_true_random=False))
def test_the_order_of_buildings_does_not_matter(rows, random):
    boxes, persons = town(rows)
    order = list(range(len(boxes)))
    random.shuffle(order)
    one, _ = held_together(boxes, persons, 360)
    two, _ = held_together(boxes[order], persons[order], 360)
    back = np.empty_like(two)
    back[order] = two
    assert ((one[:, None] == one) == (back[:, None] == back)).all()


def test_a_touch_or_a_sliver_is_no_overlap():
    boxes = shapely.box([0, 10, 19.9], 0, [10, 20, 29.9], 10)
    i, j = overlapping(boxes)
    assert len(i) == len(j) == 0  # 1 m2 of 100 is less than 2 %


def test_a_compound_is_one_group_unless_it_holds_too_many():
    group = np.arange(4, dtype=np.int32)
    persons = np.array([100, 100, 300, 300])
    members = [np.array([0, 1]), np.array([2, 3])]
    joined, refused = kept_together(group, persons, members, 360)
    assert joined[0] == joined[1]
    assert joined[2] != joined[3]
    assert refused == [1]
