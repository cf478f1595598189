"""Smoothing slides points on their portals only; straightening keeps inside the sleeve."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas.strokes import CORNER, FIXED, PORTAL, chains, relax, straighten


def _sleeve(seed, n=20):
    """A corridor of upright portals 5 m apart, with a fixed point at either end."""
    rng = np.random.default_rng(seed)
    x = np.arange(n) * 5.0
    low, high = rng.uniform(-6, -1, n), rng.uniform(1, 6, n)
    at = np.zeros((n, 6))
    at[:, 0], at[:, 1], at[:, 2], at[:, 3] = x, low, x, high
    kind = np.full(n, PORTAL, np.int8)
    kind[[0, -1]] = FIXED
    share = rng.uniform(0.15, 0.85, n)  # inside the limits from the start, as relaxed points are
    xy = np.column_stack([x, low + share * (high - low)])
    return xy, kind, at, np.full(n, 0.1)


def _links(n):
    a, b = np.arange(n - 1), np.arange(1, n)
    ends = np.concatenate([a, b])
    order = np.argsort(ends, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=n))])
    to = np.concatenate([b, a])[order]
    return ptr, to, np.tile(a, 2)[order]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_points_stay_on_their_portals_and_the_line_gets_shorter(seed):
    xy, kind, at, low = _sleeve(seed)
    ptr, to, _ = _links(len(xy))
    before = xy.copy()
    relax(xy, (ptr, to, np.zeros(to.size, bool)), kind, at, low, 60)
    share = (xy[1:-1, 1] - at[1:-1, 1]) / (at[1:-1, 3] - at[1:-1, 1])
    assert (xy[:, 0] == before[:, 0]).all() and (xy[[0, -1]] == before[[0, -1]]).all()
    assert share.min() >= 0.1 - 1e-12 and share.max() <= 0.9 + 1e-12
    assert (
        np.hypot(*np.diff(xy, axis=0).T).sum() <= np.hypot(*np.diff(before, axis=0).T).sum() + 1e-9
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_strokes_cross_every_portal_inside_its_limits(seed):
    xy, kind, at, low = _sleeve(seed)
    n = len(xy)
    path, first = np.arange(n), np.array([0, n])
    limit = (low, np.full(n, 8.0), np.full(n, 0.05))
    keep = straighten(path, first, np.zeros(n, bool), (xy, kind, at), limit, 0.02)
    assert keep[0] and keep[-1]
    drawn = np.interp(xy[:, 0], xy[keep, 0], xy[keep, 1])
    share = (drawn - at[:, 1]) / (at[:, 3] - at[:, 1])
    assert share[1:-1].min() > 0.0999 * 0.999 and share[1:-1].max() < 1 - 0.0999 * 0.999


def test_a_wide_corridor_is_one_stroke_and_a_corner_stays():
    xy, kind, at, low = _sleeve(0)
    xy[:, 1] = 0.0
    n = len(xy)
    limit = (low, np.full(n, 8.0), np.full(n, 0.05))
    arguments = (np.arange(n), np.array([0, n]), np.zeros(n, bool))
    assert straighten(*arguments, (xy, kind, at), limit, 0.02).sum() == 2
    kind[7] = CORNER
    assert straighten(*arguments, (xy, kind, at), limit, 0.02).nonzero()[0].tolist() == [
        0,
        7,
        n - 1,
    ]


def test_chains_end_where_lines_meet_and_close_loops():
    # A loop 0-1-2-0 and a line 3-4-5 that meets 5-6 and 5-7 at point 5.
    a, b = np.array([0, 1, 2, 3, 4, 5, 5]), np.array([1, 2, 0, 4, 5, 6, 7])
    ends = np.concatenate([a, b])
    order = np.argsort(ends, kind="stable")
    degree = np.bincount(ends)
    ptr = np.concatenate([[0], np.cumsum(degree)])
    to, piece = np.concatenate([b, a])[order], np.tile(np.arange(7), 2)[order]
    path, first, step = chains(ptr, to, piece, degree != 2)
    found = sorted(tuple(path[i:j]) for i, j in pairwise(first))
    assert found == [(0, 1, 2, 0), (3, 4, 5), (5, 6), (5, 7)]
    assert len(set(step.tolist())) == 7
