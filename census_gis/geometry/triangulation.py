"""Constrained Delaunay triangulation of noded segments.

The sweep hull of Delaunator (V. Agafonkin, ISC licence), written anew with points sorted by exact distance.
Orientation is exact in int64; the in-circle test is float and only ever *chooses* flips that the exact
test allows, so the triangulation is valid whatever it says.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.geometry.constraints import constrain
from census_gis.geometry.halfedges import START, TWIN, next_edge, pair_edges, previous_edge
from census_gis.geometry.predicates import in_circle, orientation
from census_gis.geometry.sorting import stable_order

__all__ = ["FAR_POINTS", "MOST_MM", "Net", "triangulate"]

# Corners of a far box around all points: every given vertex is then an inner one.
FAR_POINTS = 4
# With twice this extent (the far box) products of differences stay below 2**62.
MOST_MM = 2**29


# Columns of the hull, a ring of vertices: neighbours, and the hull half-edge that starts at a vertex.
BEFORE, AFTER, EDGE = 0, 1, 2
# Entries of the work array: half-edges used, a hull vertex, where the search began; then room for a stack.
USED, HULL, BEGIN, STACK = 0, 1, 2, 3


class Net(NamedTuple):
    """A triangulation; half-edge e = 3 t + k of triangle t leads from its corner k to the next.

    Attributes
    ----------
    point : int64, shape (2, v)
        Vertices, x and y [mm].
    half : int32, shape (3, 3 t)
        START, TWIN and LINE of every half-edge (`geometry.halfedges`).
    anchor : int32, shape (v,)
        One half-edge that starts at each vertex.
    """

    point: NDArray[np.int64]
    half: NDArray[np.int32]
    anchor: NDArray[np.int32]


def triangulate(
    x: NDArray[np.int64], y: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> Net:
    """Constrained Delaunay triangulation with every segment a-b as an edge.

    Parameters
    ----------
    x, y : int64, shape (v,)
        Vertices [mm], no two alike, extent below `MOST_MM`.
    a, b : int64, shape (n,)
        Ends of segments; they neither cross nor have a vertex inside (see `noding.node`).

    Returns
    -------
    Net
        Four far vertices are appended.

    Raises
    ------
    ValueError
        If vertices repeat, lie too far apart, or segments are not noded.
    """
    width, height = int(np.ptp(x)), int(np.ptp(y))
    wide = max(width, height, 1000)
    if wide >= MOST_MM:
        raise ValueError(
            f"the extent is {wide / 1e6:.0f} km; below {MOST_MM / 1e6:.0f} km is exact."
        )
    left, right = x.min() - wide // 2 - 7, x.max() + wide // 2 + 13
    low, high = y.min() - wide // 2 - 11, y.max() + wide // 2 + 5
    # x and y of a vertex side by side in memory: kernels read both.
    point = np.empty((x.size + FAR_POINTS, 2), np.int64).T
    point[0] = np.append(x, [left, right, right, left])
    point[1] = np.append(y, [low, low, high, high])
    away = (point[0] - int(point[0].mean())) ** 2 + (point[1] - int(point[1].mean())) ** 2
    half, skipped = _sweep(point, stable_order(away))
    if skipped:
        raise ValueError(f"{skipped} vertices repeat others.")
    anchor = _anchors(half[START], x.size + FAR_POINTS)
    failed = constrain(point, half, anchor, np.asarray(a, np.int64), np.asarray(b, np.int64))
    if failed:
        raise ValueError(f"{failed} of {len(a)} segments cross others: they are not noded.")
    return Net(point, half, anchor)


@njit(cache=True)
def _anchors(start: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """The last half-edge that starts at each of n vertices."""
    anchor = np.full(n, -1, np.int32)
    for e in range(start.size):
        anchor[start[e]] = e
    return anchor


@njit(cache=True)
def _bucket_of(point: NDArray[np.int64], centre: tuple[float, float], v: int, size: int) -> int:
    """Bucket of the direction from the centre to a vertex, by a pseudo-angle."""
    dx, dy = point[0, v] - centre[0], point[1, v] - centre[1]
    p = dx / (abs(dx) + abs(dy) + 1e-300)
    return int((1 - p if dy > 0 else 3 + p) / 4 * size) % size


@njit(cache=True)
def _first_triangle(point: NDArray[np.int64], order: NDArray[np.int64]) -> tuple[int, int, int]:
    """The first three vertices in the order that span a triangle, counter-clockwise."""
    i0, i1 = order[0], order[1]
    k = 2
    while orientation(point, i0, i1, order[k]) == 0:
        k += 1
    if orientation(point, i0, i1, order[k]) < 0:
        return i0, order[k], i1
    return i0, i1, order[k]


@njit(cache=True)
def _sweep(point: NDArray[np.int64], order: NDArray[np.int64]) -> tuple[NDArray[np.int32], int]:
    """Triangulate vertices in the order of their distance: half-edges, number of repeated vertices."""
    n = point.shape[1]
    # Of n vertices in four corners; fewer only where vertices repeat, and nobody looks at it then.
    half = np.full((3, 3 * (2 * n - 2 - FAR_POINTS)), -1, np.int32)
    # What belongs to a vertex of the hull is side by side in memory.
    hull = np.zeros((n, 3), np.int32).T
    bucket = np.full(int(np.ceil(np.sqrt(n))), -1, np.int32)
    work = np.zeros(4096, np.int64)
    first = _first_triangle(point, order)
    cx = (point[0, first[0]] + point[0, first[1]] + point[0, first[2]]) / 3.0
    cy = (point[1, first[0]] + point[1, first[1]] + point[1, first[2]]) / 3.0
    work[USED], work[HULL] = 3, first[0]
    for k in range(3):
        v, w = first[k], first[(k + 1) % 3]
        half[START, k] = v
        hull[AFTER, v], hull[BEFORE, w], hull[EDGE, v] = w, v, k
        bucket[_bucket_of(point, (cx, cy), v, bucket.size)] = v
    skipped = 0
    for k in range(n):
        i = order[k]
        if i in first:
            continue
        key = _bucket_of(point, (cx, cy), i, bucket.size)
        work[BEGIN] = _hull_vertex(hull, bucket, key)
        e = _visible_edge(point, hull, i, work[BEGIN])
        if e < 0:
            skipped += 1
            continue
        e = _insert(point, half, hull, work, i, e)
        bucket[key] = i
        bucket[_bucket_of(point, (cx, cy), e, bucket.size)] = e
    return half, skipped


@njit(cache=True)
def _hull_vertex(hull: NDArray[np.int32], bucket: NDArray[np.int32], key: int) -> int:
    """A hull vertex in about the direction of a bucket, one step back."""
    start = -1
    for j in range(bucket.size):
        start = bucket[(key + j) % bucket.size]
        if start != -1 and start != hull[AFTER, start]:
            break
    return hull[BEFORE, start]


@njit(cache=True)
def _visible_edge(point: NDArray[np.int64], hull: NDArray[np.int32], i: int, begin: int) -> int:
    """First hull vertex from `begin` on whose hull edge vertex i sees; -1 for none."""
    e = begin
    while True:
        after = hull[AFTER, e]
        if orientation(point, i, e, after) < 0:
            return e
        e = int(after)
        if e == begin:
            return -1


@njit(cache=True)
def _add_triangle(half: NDArray[np.int32], work: NDArray[np.int64], u: int, v: int, w: int) -> int:
    """Append a triangle without neighbours; returns its first half-edge."""
    t = work[USED]
    half[START, t], half[START, t + 1], half[START, t + 2] = u, v, w
    work[USED] = t + 3
    return t


@njit(cache=True)
def _insert(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    hull: NDArray[np.int32],
    work: NDArray[np.int64],
    i: int,
    e: int,
) -> int:
    """Join vertex i to all hull edges it sees, from vertex e on; returns its hull predecessor."""
    w = int(hull[AFTER, e])
    t = _add_triangle(half, work, e, i, w)
    pair_edges(half, t + 2, hull[EDGE, e])
    hull[EDGE, e] = t
    hull[EDGE, i] = _legalize(point, half, hull, work, t + 2)
    while True:
        q = int(hull[AFTER, w])
        if orientation(point, i, w, q) >= 0:
            break
        t = _add_triangle(half, work, w, i, q)
        pair_edges(half, t, hull[EDGE, i])
        pair_edges(half, t + 2, hull[EDGE, w])
        hull[EDGE, i] = _legalize(point, half, hull, work, t + 2)
        hull[AFTER, w] = w  # left the hull
        w = q
    while e == work[BEGIN]:
        q = int(hull[BEFORE, e])
        if orientation(point, i, q, e) >= 0:
            break
        t = _add_triangle(half, work, q, i, e)
        pair_edges(half, t + 1, hull[EDGE, e])
        pair_edges(half, t + 2, hull[EDGE, q])
        hull[EDGE, q] = t
        _legalize(point, half, hull, work, t + 2)
        hull[AFTER, e] = e  # left the hull
        e = q
        work[BEGIN] = q
    work[HULL] = e
    hull[BEFORE, i], hull[AFTER, e] = e, i
    hull[BEFORE, w], hull[AFTER, i] = i, w
    return e


@njit(cache=True)
def _legalize(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    hull: NDArray[np.int32],
    work: NDArray[np.int64],
    a: int,
) -> int:
    """Flip edges opposite the new vertex until all are Delaunay; returns its last hull half-edge."""
    used = STACK
    while True:
        b = half[TWIN, a]
        right = previous_edge(a)
        if b >= 0:
            far = previous_edge(b)
            p, u = half[START, right], half[START, a]
            v, q = half[START, next_edge(a)], half[START, far]
            if (
                in_circle(point, p, u, v, q)
                and orientation(point, p, q, v) > 0
                and orientation(point, p, u, q) > 0
            ):
                half[START, a], half[START, b] = q, p
                if half[TWIN, far] < 0:
                    _rehang(hull, work[HULL], far, a)
                pair_edges(half, a, half[TWIN, far])
                pair_edges(half, b, half[TWIN, right])
                pair_edges(half, right, far)
                # A full stack leaves an edge untested, which costs shape and nothing else.
                if used < work.size:
                    work[used] = next_edge(b)
                    used += 1
                continue
        if used == STACK:
            return right
        used -= 1
        a = work[used]


@njit(cache=True)
def _rehang(hull: NDArray[np.int32], start: int, old: int, new: int) -> None:
    """A hull half-edge has another number after a flip: tell its hull vertex, searched from `start`."""
    v = start
    while True:
        if hull[EDGE, v] == old:
            hull[EDGE, v] = new
            return
        v = int(hull[BEFORE, v])
        if v == start:
            return
