"""A project's total is shared exactly, and nobody's own total is touched."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import ConfigError
from census_gis.inputs.control import Stock, share_total

district = st.tuples(
    st.one_of(st.none(), st.integers(0, 500)), st.integers(0, 50), st.integers(0, 10**6)
)


def stock(rows):
    given_, counted, space = zip(*rows, strict=True)
    persons = np.array([np.nan if one is None else one for one in given_], dtype=float)
    return Stock(persons, np.array(counted, dtype=np.int64), np.array(space, dtype=np.int64))


@settings(max_examples=50, deadline=None)
@given(st.lists(district, min_size=1, max_size=8), st.integers(0, 10_000))
def test_the_total_is_reached_or_a_finding_says_why(rows, total):
    known = stock(rows)
    try:
        got, cases = share_total(known, total, tolerance=0.005)
    except ConfigError:
        summed = np.nansum(known.given)
        assert abs(summed - total) > 0.005 * total
        return
    stated = ~np.isnan(known.given)
    assert (got[stated] == known.given[stated]).all()
    assert (got >= 0).all()
    assert (got[~stated] >= known.counted[~stated]).all()
    codes = {case["code"] for case in cases}
    if not codes & {"P501", "P503", "P504"}:
        assert got.sum() == max(total, np.nansum(known.given))


def test_districts_share_by_space_after_their_own_counts():
    got, cases = share_total(
        stock([(None, 10, 0), (None, 0, 2), (None, 0, 1)]), 100, tolerance=0.005
    )
    assert got.tolist() == [10, 60, 30]
    assert [case["code"] for case in cases] == ["P502"]


def test_too_many_given_stop_even_when_some_districts_are_open():
    with pytest.raises(ConfigError, match="differ"):
        share_total(stock([(200, 0, 1), (None, 0, 1)]), 100, tolerance=0.005)
