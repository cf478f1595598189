"""Counting digits gives the order that comparing gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.geometry.sorting import stable_order

# Few different numbers, so that equal ones are met, and numbers of any length.
KEYS = st.lists(st.integers(0, 3) | st.integers(0, 2**12) | st.integers(0, 2**62), max_size=40)


@pytest.mark.parametrize("order", [stable_order, stable_order.py_func], ids=["compiled", "python"])
@settings(max_examples=40, deadline=None)
@given(keys=KEYS)
def test_keys_come_in_the_order_of_a_stable_sort(order, keys):
    key = np.array(keys, np.int64)
    assert order(key).tolist() == np.argsort(key, kind="stable").tolist()


def test_the_largest_whole_number_is_sorted_too():
    key = np.array([2**63 - 1, 0, 2**63 - 1, 2**62])
    assert stable_order(key).tolist() == [1, 3, 0, 2]
