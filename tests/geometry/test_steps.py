"""Lines are taken apart into equal pieces, and rows into steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from census_gis.geometry.steps import middles, repeated


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=12))
def test_each_row_counts_up_from_nought(counts):
    row, nth = repeated(np.array(counts, np.int64))
    wanted = [(r, n) for r, count in enumerate(counts) for n in range(count)]
    assert list(zip(row.tolist(), nth.tolist(), strict=True)) == wanted


def test_pieces_are_equal_no_longer_than_a_step_and_make_up_their_line():
    lines = np.array([LineString([(0, 0), (25, 0)]), LineString([(3, 3), (3, 3)])], object)
    spot, line, metres = middles(lines, 10.0)
    assert line.tolist() == [0, 0, 0, 1]
    assert [point.x for point in spot] == pytest.approx([25 / 6, 12.5, 125 / 6, 3])
    assert metres == pytest.approx([25 / 3] * 3 + [0])
