"""Totals are exact, and no run of neighbours is off by a whole person."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.inputs.allocate import allocate

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**9), weights)
def test_sum_exact_none_negative_none_without_weight(total, weight):
    got = allocate(total, weight)
    assert got.sum() == total
    assert (got >= 0).all()
    assert (got[np.array(weight) == 0] == 0).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**7), weights, st.data())
def test_any_run_is_within_one_of_its_share(total, weight, data):
    got = allocate(total, weight)
    first = data.draw(st.integers(0, len(weight) - 1))
    last = data.draw(st.integers(first, len(weight) - 1))
    share = Fraction(total * sum(weight[first : last + 1]), sum(weight))
    assert abs(int(got[first : last + 1].sum()) - share) < 1


@settings(max_examples=30, deadline=None)
@given(weights, st.data())
def test_no_part_is_above_its_weight_when_the_total_is_not(weight, data):
    total = data.draw(st.integers(0, sum(weight)))
    assert (allocate(total, weight) <= np.array(weight)).all()


def test_products_beyond_64_bits_stay_exact():
    got = allocate(10**12, [10**12, 3 * 10**12, 0, 10**12])
    assert got.tolist() == [2 * 10**11, 6 * 10**11, 0, 2 * 10**11]


def test_nothing_to_spread_over_is_an_error():
    with pytest.raises(ValueError, match="nothing to spread"):
        allocate(3, [0, 0])
    assert allocate(0, []).size == 0
