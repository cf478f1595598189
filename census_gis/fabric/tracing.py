"""Border pieces to rings to polygons.

Polygons that share a border are made of the same coordinates, so they tile without luck.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

__all__ = ["rings"]


class Steps(NamedTuple):
    """Directed pieces with their label on the left, sorted by (label, start)."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]


class Traced(NamedTuple):
    """Rings found so far: points of ring i are ``point[first[i]:first[i + 1]]``;
    `used` counts points and rings.
    """

    point: NDArray[np.int64]
    first: NDArray[np.int64]
    label: NDArray[np.int32]
    used: NDArray[np.int64]


def rings(
    label: NDArray[Any],
    start: NDArray[Any],
    end: NDArray[Any],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    n_labels: int,
) -> NDArray[np.object_]:
    """Polygon of every label, traced from its directed border pieces.

    Parameters
    ----------
    label : int, shape (n,)
        Label on the left of each piece, 0 .. n_labels - 1; a border between two labels is given twice.
    start, end : int, shape (n,)
        Points each piece leads from and to, rows of `x` and `y`.
    x, y : float64, shape (q,)
        Coordinates [m].
    n_labels : int
        Number of polygons to return.

    Returns
    -------
    object array, shape (n_labels,)
        Polygon, MultiPolygon where a label has several shells, None where it has no piece. At a pinch
        (a point met twice) a ring is closed, so every ring is simple.

    Raises
    ------
    ValueError
        If the pieces of a label do not close.
    """
    label = np.asarray(label, np.int64)
    order = np.argsort(label * (x.size + 1) + start, kind="stable")
    label = label[order]
    steps = Steps(np.asarray(start, np.int64)[order], np.asarray(end, np.int64)[order], x, y)
    group = np.searchsorted(label, np.arange(n_labels + 1))
    n = label.size
    traced = Traced(
        np.empty(n + 16, np.int64),
        np.zeros(n // 2 + 16, np.int64),
        np.empty(n // 2 + 16, np.int32),
        np.zeros(2, np.int64),
    )
    dangling = _trace(steps, label, group, traced)
    if dangling:
        raise ValueError(f"{dangling} chains of border pieces do not close.")
    n_points, n_rings = traced.used
    return _polygons(
        traced.point[:n_points],
        traced.first[: n_rings + 1],
        traced.label[:n_rings],
        np.column_stack([x, y]),
        n_labels,
    )


@njit(cache=True)
def _lower_bound(start: NDArray[np.int64], low: int, high: int, point: int) -> int:
    """First piece in the range that starts at the point or after it."""
    while low < high:
        middle = (low + high) // 2
        if start[middle] < point:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def _turn(steps: Steps, back: int, at: int, to: int) -> float:
    """Clockwise angle at a point from the way back to the way on, in (0, 2 pi]."""
    x, y = steps.x, steps.y
    angle = np.arctan2(y[back] - y[at], x[back] - x[at]) - np.arctan2(y[to] - y[at], x[to] - x[at])
    return angle + 2 * np.pi if angle <= 1e-15 else angle


@njit(cache=True)
def _follow(
    steps: Steps, used: NDArray[np.bool_], i: int, first: int, span: tuple[int, int]
) -> int:
    """The piece that goes on after piece i, at a pinch the one of its own wedge; -1 for none."""
    point = steps.end[i]
    j = _lower_bound(steps.start, span[0], span[1], point)
    best, least = -1, 1e9
    while j < span[1] and steps.start[j] == point:
        if not used[j] or j == first:
            alone = best < 0 and (j + 1 == span[1] or steps.start[j + 1] != point)
            turn = 0.0 if alone else _turn(steps, steps.start[i], point, steps.end[j])
            if turn < least:
                least, best = turn, j
        j += 1
    return best


@njit(cache=True)
def _close(traced: Traced, label: int, path: NDArray[np.int64], low: int, high: int) -> None:
    """Store path[low:high] as a ring; two points are no ring."""
    if high - low < 3:
        return
    n, r = traced.used[0], traced.used[1]
    for j in range(low, high):
        traced.point[n] = path[j]
        n += 1
    traced.label[r] = label
    traced.first[r + 1] = n
    traced.used[0], traced.used[1] = n, r + 1


@njit(cache=True)
def _trace(steps: Steps, label: NDArray[np.int64], group: NDArray[np.int64], traced: Traced) -> int:
    """Walk all rings of all labels into `traced`; returns how many chains did not close."""
    used = np.zeros(label.size, np.bool_)
    place = np.full(steps.x.size, -1, np.int64)
    path = np.empty(label.size + 16, np.int64)
    dangling = 0
    for first in range(label.size):
        if used[first]:
            continue
        mine = label[first]
        span = (group[mine], group[mine + 1])
        i, m = first, 0
        while True:
            used[i] = True
            point = steps.start[i]
            if place[point] >= 0:
                # Met twice: what lies between is a ring by itself.
                low = place[point]
                _close(traced, mine, path, low, m)
                for j in range(low, m):
                    place[path[j]] = -1
                m = low
            path[m] = point
            place[point] = m
            m += 1
            i = _follow(steps, used, i, first, span)
            if i < 0 or i == first:
                break
        if i < 0:
            dangling += 1
        elif place[steps.start[first]] >= 0:
            _close(traced, mine, path, place[steps.start[first]], m)
        for j in range(m):
            place[path[j]] = -1
    return dangling


def _polygons(
    point: NDArray[np.int64],
    first: NDArray[np.int64],
    label: NDArray[np.int32],
    xy: NDArray[np.float64],
    n_labels: int,
) -> NDArray[np.object_]:
    """One geometry for each label out of rings: counter-clockwise ones are shells."""
    geometries = np.empty(n_labels, object)
    if label.size == 0:
        return geometries
    size = np.diff(first)
    ring = np.repeat(np.arange(size.size), size)
    linear = shapely.linearrings(xy[point], indices=ring)
    shell = _signed_areas(point, first, ring, xy) > 0
    shells = np.bincount(label[shell], minlength=n_labels)
    holes = np.bincount(label[~shell], minlength=n_labels)
    plain = shell & ((shells == 1) & (holes == 0))[label]
    geometries[label[plain]] = shapely.polygons(linear[plain])
    order = np.argsort(label, kind="stable")
    range_of = np.searchsorted(label[order], np.arange(n_labels + 1))
    for one in np.flatnonzero((shells > 1) | ((shells == 1) & (holes > 0))):
        mine = order[range_of[one] : range_of[one + 1]]
        geometries[one] = _assemble(linear[mine[shell[mine]]], linear[mine[~shell[mine]]])
    return geometries


def _signed_areas(
    point: NDArray[np.int64],
    first: NDArray[np.int64],
    ring: NDArray[np.int64],
    xy: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Area of each ring, positive counter-clockwise, measured from its first point to keep digits."""
    rel = xy[point] - xy[point[first[:-1]]][ring]
    after = np.arange(1, point.size + 1)
    after[first[1:] - 1] = first[:-1]
    cross = rel[:, 0] * rel[after, 1] - rel[after, 0] * rel[:, 1]
    return np.add.reduceat(cross, first[:-1]) / 2


def _assemble(shells: NDArray[np.object_], holes: NDArray[np.object_]) -> Any:
    """Polygon or MultiPolygon of one label; a hole goes to the smallest shell that is larger than it."""
    if shells.size == 1:
        return shapely.Polygon(shells[0], list(holes))
    outer = shapely.polygons(shells)
    area = shapely.area(outer)
    mine: list[list[Any]] = [[] for _ in shells]
    for hole, body in zip(holes, shapely.polygons(holes), strict=True):
        # An island of the same label inside the hole must not swallow it: only larger shells count.
        fits = np.flatnonzero(
            shapely.contains(outer, body.representative_point()) & (area > body.area)
        )
        if fits.size:
            mine[int(fits[np.argmin(area[fits])])].append(hole)
    return shapely.MultiPolygon(
        [shapely.Polygon(one, inner) for one, inner in zip(shells, mine, strict=True)]
    )
