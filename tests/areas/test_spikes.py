"""Lines that meet along a stretch of no width: areas are sound, and lines measure what outlines do."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas.drawing import _as_drawn, _Traced, _unspiked, _without_spikes
from census_gis.areas.spikes import Arcs, joined_sooner

WRONG = np.array([True, True, False])  # the last stands for the outside


def turned(points, degrees):
    """Points in coordinates of a projected system, turned: no line of the square is along an axis."""
    way = np.radians(degrees)
    spin = np.array([[np.cos(way), -np.sin(way)], [np.sin(way), np.cos(way)]])
    return np.array(points, float) @ spin.T + [653_790.3, 3_370_627.7]


def drawing_of(xy, arcs, sides):
    path = np.concatenate(arcs).astype(np.int64)
    first = np.cumsum([0, *map(len, arcs)]).astype(np.int64)
    left, right = (np.array(side, np.int32) for side in zip(*sides, strict=True))
    none = np.zeros(path.size, np.uint8)
    feature = np.full(path.size, -1, np.int32)
    return _Traced(xy, path, first, path >= 0, left, right, none, feature, 2)


def meeting(reached, off, degrees):
    """Two halves of a square; the line between them reaches its lower side at `reached` and runs on to (5, 0)."""
    points = [
        (5, 0), (reached, off), (4, 5), (5, 10), (0, 10), (0, 0), (4.99, 0), (10, 0), (10, 10)
    ]  # fmt: skip
    arcs = [[3, 2, 1, 0], [3, 4, 5, 6, 0], [0, 7, 8, 3]]
    return drawing_of(turned(points, degrees), arcs, [(1, 0), (0, -1), (1, -1)])


def polygons(traced):
    """Areas as they are drawn from these lines."""
    return _unspiked(_as_drawn(traced))


def metres(drawing):
    """Length of the lines of each area."""
    drawn, arc = drawing.path[drawing.keep], drawing.arc[drawing.keep]
    same = arc[1:] == arc[:-1]
    step = np.hypot(*np.diff(drawing.xy[drawn], axis=0).T)[same]
    length = np.bincount(arc[1:][same], step, drawing.left.size)
    sides = [
        np.bincount(side[side >= 0], length[side >= 0], 2) for side in (drawing.left, drawing.right)
    ]
    return sum(sides)


@given(st.floats(0.5, 4.9), st.floats(-1e-9, 1e-9), st.floats(0, 360), st.booleans())
@settings(max_examples=40, deadline=None)
def test_lines_measure_what_outlines_do_where_one_ran_along_another(reached, off, degrees, back):
    given_as = meeting(reached, off, degrees)
    if back:  # every arc the other way round
        rows = [
            np.arange(*pair)[::-1]
            for pair in zip(given_as.first[:-1], given_as.first[1:], strict=True)
        ]
        given_as = drawing_of(
            given_as.xy, [given_as.path[row] for row in rows],
            list(zip(given_as.right, given_as.left, strict=True)),
        )  # fmt: skip
    drawing = _without_spikes(given_as, WRONG)
    shapes = polygons(drawing)
    assert shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(100, abs=1e-4)
    assert metres(drawing) == pytest.approx(shapely.length(shapes), abs=1e-6)


def test_the_case_is_one_where_they_did_not():
    some = [meeting(reached, 0.0, degrees) for reached in (1.0, 3.0) for degrees in range(0, 90, 7)]
    apart = [np.abs(metres(one) - shapely.length(polygons(one))).max() for one in some]
    assert not all(shapely.is_valid(_as_drawn(one)).all() for one in some)
    assert max(apart) > 1.0


def test_a_tip_of_the_district_line_is_not_drawn():
    xy = turned([(0, 0), (10, 0), (10, 10), (5, 10), (5, 13), (5, 10 + 1e-10), (0, 10), (5, 0)], 17)
    arcs = [[3, 7], [7, 1, 2, 3], [3, 4, 5, 6, 0, 7]]
    drawing = _without_spikes(drawing_of(xy, arcs, [(1, 0), (1, -1), (0, -1)]), WRONG)
    shapes = polygons(drawing)
    assert shapely.is_valid(shapes).all()
    assert metres(drawing) == pytest.approx(shapely.length(shapes), abs=1e-6)
    assert shapely.length(shapes).sum() < 62


def test_lines_that_meet_at_an_angle_stay_as_they_are():
    plain = meeting(3.0, 2.0, 30)
    arcs = Arcs(plain.xy, plain.path, plain.first, plain.keep)
    take, first = joined_sooner(arcs, np.ones(3, bool))
    assert take.tolist() == list(range(plain.path.size)) and first.tolist() == plain.first.tolist()
