"""A triangulation covers its box, turns no triangle over, holds every segment, and is Delaunay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.geometry.halfedges import LINE, START, TWIN, edges_after, find_edge
from census_gis.geometry.noding import node
from census_gis.geometry.predicates import in_circle, orientation
from census_gis.geometry.triangulation import FAR_POINTS, triangulate
from tests.geometry.test_noding import lines, segment

point = st.tuples(st.integers(0, 2_000), st.integers(0, 2_000))
NONE = np.empty(0, np.int64)


def corners(net):
    return net.half[START].reshape(-1, 3)


def assert_sound(net):
    """Triangles counter-clockwise, twins paired, as many as Euler wants, and no gap in the box."""
    twin, n = net.half[TWIN], net.point.shape[1]
    assert all(orientation(net.point, *row) > 0 for row in corners(net))
    inner = np.flatnonzero(twin >= 0)
    assert (twin[twin[inner]] == inner).all()
    start = net.half[START]
    assert (start[twin[inner]] == start[edges_after(inner)]).all()
    assert (start[net.anchor] == np.arange(n)).all()
    assert len(corners(net)) == 2 * n - 2 - np.count_nonzero(twin < 0)
    (ax, bx, cx), (ay, by, cy) = net.point[:, corners(net).T].astype(float)
    width, height = np.ptp(net.point, axis=1)
    twice = ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)).sum()
    assert twice == 2.0 * width * height


def crooked(net):
    """Free edges whose circle holds the vertex across."""
    half, bad = net.half, 0
    for e in range(half.shape[1]):
        f = half[TWIN, e]
        if f > e and half[LINE, e] < 0:
            a, b, c = (half[START, 3 * (e // 3) + k] for k in range(3))
            far = half[START, 3 * (f // 3) + (f % 3 + 2) % 3]
            convex = orientation(net.point, half[START, 3 * (e // 3) + (e % 3 + 2) % 3],
                                 half[START, e], far) > 0  # fmt: skip
            bad += bool(in_circle(net.point, a, b, c, far) and convex)
    return bad


@settings(max_examples=40, deadline=None)
@given(st.sets(point, min_size=1, max_size=40))
def test_points_alone_give_a_delaunay_triangulation(points):
    x, y = np.array(sorted(points), np.int64).T
    net = triangulate(x, y, NONE, NONE)
    assert_sound(net)
    assert crooked(net) == 0
    assert net.point.shape[1] == len(points) + FAR_POINTS


@settings(max_examples=40, deadline=None)
@given(st.lists(segment, min_size=1, max_size=12))
def test_every_noded_segment_is_an_edge(rows):
    noded = node(lines(rows), np.zeros(len(rows), bool), tolerance=3)
    if noded.a.size == 0:
        return
    used, ends = np.unique(np.concatenate([noded.a, noded.b]), return_inverse=True)
    a, b = ends[: noded.a.size], ends[noded.a.size :]
    net = triangulate(noded.x[used], noded.y[used], a, b)
    assert_sound(net)
    for row in range(a.size):
        e = find_edge(net.half, net.anchor, a[row], b[row])
        assert e >= 0
        line = net.half[LINE, e]
        assert {a[line], b[line]} == {a[row], b[row]}
        assert net.half[LINE, net.half[TWIN, e]] == line
    drawn = net.half[LINE][net.half[LINE] >= 0]
    assert set(np.unique(drawn)) <= set(range(a.size))


def test_a_long_segment_through_many_triangles_is_forced():
    rng = np.random.default_rng(1)
    xy = np.unique(rng.integers(0, 100_000, (5_000, 2)), axis=0)
    xy = np.vstack([xy[xy[:, 1] != 50_000], [(-10, 50_000), (100_010, 50_000)]])
    ends = np.array([len(xy) - 2]), np.array([len(xy) - 1])
    net = triangulate(xy[:, 0].copy(), xy[:, 1].copy(), *ends)
    assert (net.half[LINE] >= 0).sum() == 2
    assert crooked(net) == 0


def test_points_on_one_line_and_on_one_circle_are_no_trouble():
    net = triangulate(np.arange(50), np.zeros(50, np.int64), NONE, NONE)
    assert_sound(net)
    x, y = np.meshgrid(np.arange(12), np.arange(12))
    assert_sound(triangulate(x.ravel(), y.ravel(), NONE, NONE))


def test_segments_that_cross_are_refused():
    x, y = np.array([0, 10, 0, 10]), np.array([0, 10, 10, 0])
    with pytest.raises(ValueError, match="not noded"):
        triangulate(x, y, np.array([0, 2]), np.array([1, 3]))


def test_repeated_points_are_refused():
    with pytest.raises(ValueError, match="repeat"):
        triangulate(np.array([0, 5, 5]), np.array([0, 5, 5]), NONE, NONE)


def test_an_extent_too_wide_for_exact_integers_is_refused():
    with pytest.raises(ValueError, match="km"):
        triangulate(np.array([0, 2**30]), np.array([0, 0]), NONE, NONE)
