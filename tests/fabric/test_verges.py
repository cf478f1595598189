"""A street that comes as two kerbs and a centre line is one line afterwards."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from census_gis.fabric import verges
from census_gis.fabric.verges import give_way, grid_over, nearest_feet

CENTRE = np.array([LineString([(-50, 0), (450, 0)])], object)
REACH = np.array([12.0])


def test_kerbs_go_and_side_edges_reach_the_centre_line():
    parcels = np.array([box(0, 10, 200, 110), box(200, 10, 400, 110)], object)
    left = give_way(parcels, CENTRE, REACH)
    assert shapely.distance(left, CENTRE[0]).tolist() == [0.0, 0.0]
    low = shapely.intersection(left, box(-60, 1, 460, 30))
    upright = shapely.bounds(low)
    assert np.allclose(
        upright[:, 2] - upright[:, 0], 200
    )  # both side edges, nothing along the street
    assert np.allclose(shapely.length(low), 2 * 29)


def test_the_ground_between_two_parcels_stays_apart():
    parcels = np.array([box(0, 10, 200, 110), box(200, 10, 400, 110)], object)
    lines = np.append(give_way(parcels, CENTRE, REACH), CENTRE)
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines)]))
    assert sorted(shapely.area(faces).round()) == [22_000, 22_000]


def test_what_is_far_from_a_street_stays_as_given():
    parcels = np.array([box(0, 40, 100, 90), LineString([(0, 60), (80, 60)])], object)
    assert (give_way(parcels, CENTRE, REACH) == parcels).all()


def test_a_strip_wholly_beside_the_street_vanishes():
    left = give_way(np.array([box(0, -8, 300, 8)], object), CENTRE, REACH)
    assert shapely.is_empty(left).all()


def test_nothing_to_give_way_to():
    parcels = np.array([box(0, 0, 9, 9)], object)
    none = np.empty(0, object)
    assert (give_way(parcels, none, np.empty(0)) == parcels).all()
    assert len(give_way(none, CENTRE, REACH)) == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_nothing_is_left_along_a_street_and_nothing_far_from_it_moves(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 300, 6), rng.uniform(-150, 150, 6)
    parcels = np.array([box(a, b, a + w, b + h) for a, b, (w, h) in
                        zip(x, y, rng.uniform(20, 120, (6, 2)), strict=True)], object)  # fmt: skip
    left = give_way(parcels, CENTRE, REACH)
    band = box(-100, -6, 500, 6)
    pieces = shapely.get_parts(shapely.intersection(left, band))
    pieces = pieces[shapely.length(pieces) > 0]
    box_of = shapely.bounds(pieces)
    assert (box_of[:, 2] - box_of[:, 0] < 6.0 + 1e-6).all()
    away = shapely.difference(shapely.boundary(parcels), box(-200, -19, 600, 19))
    assert shapely.length(shapely.difference(away, shapely.buffer(left, 1e-6))).max() < 1e-3


def _nearest(xy, lines, reach, kernel=nearest_feet):
    ends = np.array([[*line.coords[0], *line.coords[1]] for line in lines])
    return kernel(xy, ends, reach, grid_over(xy, float(reach.max())))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_nearest_place_is_that_of_shapely(seed):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 300, (40, 2))
    lines = [LineString(ends) for ends in rng.uniform(-50, 350, (9, 2, 2))]
    reach = rng.choice([5.0, 12.0, 30.0], 9)
    near, foot = _nearest(xy, lines, reach)
    away = shapely.distance(shapely.points(xy)[:, None], np.array(lines)[None, :])
    away[away > reach] = np.inf
    assert (near == np.isfinite(away).any(axis=1)).all()
    assert np.allclose(np.hypot(*(foot - xy).T)[near], away.min(axis=1)[near])
    assert (foot[~near] == xy[~near]).all()


def test_the_kernels_as_plain_python(monkeypatch):
    monkeypatch.setattr(verges, "binned", verges.binned.py_func)
    xy = np.array([[0.0, 3.0], [50.0, 40.0], [99.0, -2.0]])
    lines = [LineString([(0, 0), (100, 0)]), LineString([(99, -9), (99, 9)])]
    near, foot = _nearest(xy, lines, np.array([12.0, 4.0]), nearest_feet.py_func)
    assert near.tolist() == [True, False, True]
    assert foot.tolist() == [[0.0, 0.0], [50.0, 40.0], [99.0, -2.0]]


def test_of_places_equally_near_the_first_in_x_is_taken_in_any_order():
    xy = np.array([[0.0, 0.0], [1.0, 1.0]])
    lines = [LineString([(-3, -9), (-3, 9)]), LineString([(3, -9), (3, 9)])]
    for some in (lines, lines[::-1]):
        assert _nearest(xy, some, np.array([5.0, 5.0]))[1][0].tolist() == [-3.0, 0.0]


def test_what_stays_has_no_more_corners_than_were_given():
    left = give_way(np.array([box(0, 10, 200, 110)], object), CENTRE, REACH)
    assert shapely.get_num_coordinates(left).tolist() == [4]
