"""A jog goes when nothing stands in the way, and stays when a house or another line does."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas.jogs import Course, jogs

NOTHING = np.zeros(0, dtype=object)
JOG = [(0, 0), (20, 0), (21, 3), (22, 0), (42, 0)]


def _course(*arcs, street=None):
    xy = np.array([point for arc in arcs for point in arc], dtype=float)
    arc = np.repeat(np.arange(len(arcs)), [len(a) for a in arcs])
    free = np.append(arc[1:] == arc[:-1], False) & np.append(False, arc[1:] == arc[:-1])
    along = np.zeros(len(xy)) if street is None else np.array(street, dtype=float)
    return Course(xy, arc, along, free)


def test_a_notch_goes():
    assert jogs(_course(JOG), NOTHING)[0].tolist() == [False, True, True, True, False]


def test_a_notch_round_a_house_stays():
    house = np.array([shapely.box(20.5, 0.2, 21.5, 1)], dtype=object)
    assert not jogs(_course(JOG), house)[0][2]


def test_a_stroke_does_not_come_near_a_house():
    house = np.array([shapely.box(19, -2, 23, -0.3)], dtype=object)
    assert not jogs(_course(JOG), house)[0][2]


def test_a_line_that_ends_in_the_notch_keeps_it():
    other = [(21, 10), (21, 1)]
    assert not jogs(_course(JOG, other), NOTHING)[0][2]


def test_a_line_that_leaves_from_its_end_does_not():
    other = [(42, 0), (60, 20)]
    assert jogs(_course(JOG, other), NOTHING)[0][1:4].all()


def test_a_street_that_bends_is_followed():
    bend = [(0, 0), (20, 0), (30, 3), (40, 0), (60, 0)]
    metres = np.cumsum([0, *np.hypot(*np.diff(bend, axis=0).T)])
    assert not jogs(_course(bend, street=metres), NOTHING)[0].any()
    assert jogs(_course(bend), NOTHING)[0].any()


def test_a_spike_on_a_street_goes():
    spike = [(0, 0), (20, 0), (20.1, 2), (20.2, 0), (40, 0)]
    metres = np.cumsum([0, *np.hypot(*np.diff(spike, axis=0).T)])
    assert jogs(_course(spike, street=metres), NOTHING)[0][2]


def test_a_line_enters_a_median_without_a_run_along_the_carriageway():
    hook = [(0, -40), (0, 0), (9, 0), (9, 3), (120, 9)]
    out, ends = jogs(_course(hook, street=[0, 40, 49, 49, 49]), NOTHING)
    assert out.tolist() == [False, False, True, False, False]
    assert ends.tolist() == [False, True, False, True, False]


def test_a_run_along_the_carriageway_stays_where_the_median_is_wide():
    wide = [(0, -40), (0, 0), (15, 0), (15, 9), (120, 12)]
    assert not jogs(_course(wide, street=[0, 40, 55, 55, 55]), NOTHING)[0].any()


def test_a_run_along_the_carriageway_stays_before_a_house():
    hook = [(0, -40), (0, 0), (9, 0), (9, 3), (120, 9)]
    house = np.array([shapely.box(6, 1, 8, 1.5)], dtype=object)
    assert not jogs(_course(hook, street=[0, 40, 49, 49, 49]), house)[0].any()


def _out_and_back(wide):
    course = [(-40, 0), (0, 0), (0, 13), (wide, 13), (wide, 0), (wide, -100)]
    return _course(course, street=[0, 40, 53, 53, 53, 53])


def test_a_line_does_not_go_along_a_carriageway_and_back_in_the_median():
    assert jogs(_out_and_back(1.5), NOTHING)[0].tolist() == [False, False, True, True, False, False]
    assert not jogs(_out_and_back(6), NOTHING)[0].any()
    other = np.array([shapely.box(0.5, 5, 1, 6)], dtype=object)
    assert not jogs(_out_and_back(1.5), other)[0].any()


def test_a_street_with_a_real_offset_is_followed():
    offset = [(0, -40), (0, 0), (14, 0), (14, 40)]
    metres = np.cumsum([0, *np.hypot(*np.diff(offset, axis=0).T)])
    assert not jogs(_course(offset, street=metres), NOTHING)[0].any()


def test_a_far_detour_stays():
    detour = [(0, 0), (20, 0), (25, 30), (30, 0), (50, 0)]
    assert not jogs(_course(detour), NOTHING)[0][2]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_lines_that_did_not_cross_do_not_cross_after(seed):
    rng = np.random.default_rng(seed)
    base = [
        np.column_stack([np.arange(0, 60, 6), y + rng.uniform(-2.2, 2.2, 10)])
        for y in (0, 5, 10, 15)
    ]
    course = _course(*base)
    out, _ = jogs(course, NOTHING)
    lines = [shapely.LineString(course.xy[(course.arc == k) & ~out]) for k in range(4)]
    for k in range(3):
        assert not lines[k].intersects(lines[k + 1])
        assert lines[k].is_simple
