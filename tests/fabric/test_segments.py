"""Lines in steps: corners stay, no piece is too long, and where nobody lives few points do."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.mesh import build_mesh
from census_gis.fabric.segments import _densify, _near, draw_lines
from census_gis.fabric.settings import STANDARD
from census_gis.fabric.verges import grid_over
from census_gis.model import LAND, ROAD

coordinate = st.floats(-500, 500)


def drawn(houses, road, kind=ROAD):
    """Pieces of one road [m], in a district a kilometre wide."""
    work = draw_lines(
        shapely.box(0, 0, 1000, 1000), np.array(houses, object), np.array([road], object),
        np.array([kind], np.uint8), settings=STANDARD,
    )  # fmt: skip
    mine = work.kind == kind
    a, b = work.lines.a[mine], work.lines.b[mine]
    xy = np.column_stack([work.lines.x, work.lines.y]) / 1000 + work.origin
    return xy[a], xy[b]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[coordinate] * 4), min_size=1, max_size=9), st.floats(1, 90))
@pytest.mark.parametrize("plain", [False, True])
def test_pieces_run_from_corner_to_corner_and_none_is_too_long(plain, lines, step):
    ends, row = np.array(lines), np.arange(len(lines))
    cut = _densify.py_func if plain else _densify
    pieces, of = cut(ends, row, np.full(len(ends), step))
    length = np.hypot(*(pieces[:, 2:] - pieces[:, :2]).T)
    assert (length <= step + 1e-9).all()
    for k in range(len(ends)):
        mine = pieces[of == k]
        assert (mine[0, :2] == ends[k, :2]).all() and (mine[-1, 2:] == ends[k, 2:]).all()
        assert (mine[1:, :2] == mine[:-1, 2:]).all()


@settings(max_examples=25, deadline=None)
@given(st.tuples(st.floats(50, 950), st.floats(50, 950)), st.sampled_from([ROAD, LAND]))
def test_a_road_has_points_beside_houses_and_few_elsewhere(at, kind):
    house = shapely.box(at[0], at[1], at[0] + 10, at[1] + 10)
    tail, head = drawn([house], shapely.LineString([(-20, 480), (1020, 520)]), kind)
    length = np.hypot(*(head - tail).T)
    away = shapely.distance(shapely.linestrings(np.stack([tail, head], axis=1)), house)
    assert (length[away <= STANDARD.near_m / 2] <= STANDARD.barrier_step_m + 0.01).all()
    assert (length <= STANDARD.open_step_m + 0.01).all()
    assert length[away > 4 * STANDARD.near_m].min() > STANDARD.barrier_step_m


def test_without_houses_all_is_open():
    tail, head = drawn([], shapely.LineString([(-20, 500), (1020, 500)]))
    assert np.hypot(*(head - tail).T).min() > STANDARD.barrier_step_m


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=6), st.floats(10, 80))
@pytest.mark.parametrize("plain", [False, True])
def test_a_wall_within_reach_of_an_end_is_near(plain, spots, reach):
    built = np.array([(x, y, x, y) for x, y in spots])
    ends = np.array([[0.0, 0.0, 40.0, 0.0], [-300.0, 200.0, -290.0, 260.0]])
    every = np.vstack([ends[:, :2], ends[:, 2:], built[:, :2]])
    near = (_near.py_func if plain else _near)(ends, built, grid_over(every, reach))
    for at, found in zip(ends, near, strict=True):
        away = np.min([np.hypot(*(built[:, :2] - at[k : k + 2]).T) for k in (0, 2)])
        if away <= reach:
            assert found


def test_the_cells_of_two_fields_still_meet_on_the_road_between():
    houses = np.array([shapely.box(480, 80, 500, 100), shapely.box(480, 900, 500, 920)], object)
    road = np.array([shapely.LineString([(-9, 500), (1009, 500)])], object)
    mesh = build_mesh(shapely.box(0, 0, 1000, 1000), houses, road, np.array([ROAD], np.uint8))
    between = (mesh.left >= 0) & (mesh.right >= 0)
    assert (mesh.piece_flags[between] & ROAD > 0).all()
