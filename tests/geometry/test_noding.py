"""After noding nothing crosses and nothing nearly touches; the fixed line has not bent."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.geometry.noding import Segments, node

small = st.integers(-300, 300)
segment = st.tuples(small, small, small, small)


def lines(rows):
    ends = np.array(rows, np.int64).reshape(-1, 4)
    n = len(ends)
    x, y = ends[:, [0, 2]].T.ravel(), ends[:, [1, 3]].T.ravel()
    return Segments(x, y, np.arange(n), np.arange(n) + n, np.arange(n))


def ends_of(noded):
    return np.column_stack(
        [noded.x[noded.a], noded.y[noded.a], noded.x[noded.b], noded.y[noded.b]]
    ).tolist()


def cross(ax, ay, bx, by, px, py):
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


def meet_inside(one, other):
    """Whether two segments cross properly, or one has an end inside the other; exact."""
    a, b = cross(*one, *other[:2]), cross(*one, *other[2:])
    c, d = cross(*other, *one[:2]), cross(*other, *one[2:])
    if a * b < 0 and c * d < 0:
        return True
    for line, x, y, side in (
        (one, *other[:2], a),
        (one, *other[2:], b),
        (other, *one[:2], c),
        (other, *one[2:], d),
    ):
        dx, dy = line[2] - line[0], line[3] - line[1]
        along = (x - line[0]) * dx + (y - line[1]) * dy
        if side == 0 and 0 < along < dx * dx + dy * dy:
            return True
    return False


@settings(max_examples=50, deadline=None)
@given(st.lists(segment, min_size=1, max_size=12), st.sampled_from([1, 5, 50]))
def test_no_two_segments_cross_or_have_a_vertex_inside(rows, tolerance):
    given_lines = lines(rows)
    noded = node(given_lines, np.zeros(len(rows), bool), tolerance=tolerance)
    ends = ends_of(noded)
    for i, one in enumerate(ends):
        assert not any(meet_inside(one, other) for other in ends[i + 1 :])


@settings(max_examples=50, deadline=None)
@given(st.lists(segment, min_size=2, max_size=12))
def test_fixed_segments_bend_by_no_more_than_the_grid(rows):
    square = [(0, 0, 200, 0), (200, 0, 200, 200), (200, 200, 0, 200), (0, 200, 0, 0)]
    rows = square + rows
    fixed = np.arange(len(rows)) < 4
    noded = node(lines(rows), fixed, tolerance=50)
    for ends, source in zip(ends_of(noded), noded.source, strict=True):
        if fixed[source]:
            ax, ay, bx, by = rows[source]
            for x, y in (ends[:2], ends[2:]):
                assert abs(cross(ax, ay, bx, by, x, y)) / 200 <= 1.0
    # The square still closes: as many pieces start at each of its vertices as end there.
    on = fixed[noded.source]
    assert sorted(noded.a[on]) == sorted(noded.b[on])


def test_pieces_keep_the_direction_and_the_row_of_their_source():
    noded = node(lines([(0, 0, 1000, 0), (500, -400, 500, 400)]), np.zeros(2, bool))
    found = sorted(zip(noded.source.tolist(), ends_of(noded), strict=True))
    assert found == [
        (0, [0, 0, 500, 0]),
        (0, [500, 0, 1000, 0]),
        (1, [500, -400, 500, 0]),
        (1, [500, 0, 500, 400]),
    ]


def test_parallels_within_the_tolerance_become_one():
    noded = node(lines([(0, 0, 10_000, 0), (0, 20, 10_000, 20)]), np.zeros(2, bool))
    assert ends_of(noded) == [[0, 0, 10_000, 0]] * 2


square = [(0, 0, 200, 0), (200, 0, 200, 200), (200, 200, 0, 200), (0, 200, 0, 0)]


@settings(max_examples=50, deadline=None)
@given(st.lists(segment, min_size=2, max_size=12))
def test_other_lines_do_not_bend_firm_ones(rows):
    firm = np.arange(4 + len(rows)) < 4
    noded = node(lines(square + rows), np.zeros(len(firm), bool), firm=firm)
    ends = ends_of(noded)
    for i, one in enumerate(ends):
        assert not any(meet_inside(one, other) for other in ends[i + 1 :])
        if firm[noded.source[i]]:
            ax, ay, bx, by = square[noded.source[i]]
            for x, y in (one[:2], one[2:]):
                assert abs(cross(ax, ay, bx, by, x, y)) / 200 <= 1.0


def test_firm_rings_within_the_tolerance_become_one():
    other = [tuple(np.add(side, (0, 230, 0, 230))) for side in square]
    noded = node(lines(square + other), np.zeros(8, bool), firm=np.ones(8, bool))
    assert len(np.unique(np.column_stack([noded.a, noded.b]), axis=0)) == 8
    assert len(np.unique(np.append(noded.a, noded.b))) == 6


def test_a_vertex_led_onto_a_fixed_line_beside_its_corner_is_that_corner():
    # 50.01 mm from the corner and 50 mm from the line: its foot lies 1 mm from the corner.
    rows = [(0, 0, 10_000, 0), (10_000, 0, 20_000, -10_000), (9_999, 50, 5_000, 9_000)]
    noded = node(lines(rows), np.array([True, True, False]))
    assert sorted(ends_of(noded)) == [[0, 0, 10_000, 0], [10_000, 0, 5_000, 9_000], list(rows[1])]


def test_given_vertices_of_a_fixed_line_stay_apart_however_close():
    rows = [(0, 0, 10_000, 0), (10_000, 0, 10_001, 0), (10_001, 0, 20_000, 0), (0, 9, 5, 9_000)]
    noded = node(lines(rows), np.array([True, True, True, False]))
    found = ends_of(noded)
    assert all(list(row) in found for row in rows[1:3])


def test_a_line_is_split_where_the_grid_tells_it_from_no_vertex_even_beside_its_end():
    # A third of a millimetre off, 1 mm from the end: the district line through both has no ground between.
    rows = [(0, 0, 3_344, 1_146), (3_344, 1_146, 3_345, 1_146), (0, 0, 3_345, 1_146)]
    noded = node(lines(rows), np.array([True, True, False]))
    other = np.array(ends_of(noded))[noded.source == 2]
    assert sorted(other.tolist()) == [list(rows[0]), list(rows[1])]
