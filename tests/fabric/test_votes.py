"""The choice with most weight, whatever the order of the rows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.votes import most_of

VOTE = st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.integers(0, 4), st.integers(0, 2))


@settings(max_examples=40, deadline=None)
@given(st.lists(VOTE, max_size=15), st.randoms(use_true_random=False))
def test_it_is_the_heaviest_then_the_smallest_in_any_order(votes, random):
    mixed = random.sample(votes, len(votes))
    got = most_of(*(list(column) for column in zip(*mixed, strict=True))) if mixed else None
    wanted = {}
    for thing in {vote[0] for vote in votes}:
        sums = {}
        for _, choice, *weight in (vote for vote in votes if vote[0] == thing):
            sums[choice] = np.add(sums.get(choice, [0, 0]), weight)
        wanted[thing] = min(sums, key=lambda c: (*(-sums[c]).tolist(), c))
    assert ({} if got is None else got.to_dict()) == wanted


def test_what_is_missing_does_not_count():
    got = most_of([0, 0, 1], [np.nan, 2.0, np.nan], [9, 1, 1])
    assert got.to_dict() == {0: 2.0}
    assert most_of([], [], []).empty
