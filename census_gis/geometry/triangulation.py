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

from census_gis.geometry.constraints import Net, constrain
from census_gis.geometry.halfedges import pair_edges
from census_gis.geometry.predicates import in_circle, orientation

__all__ = ["FAR_POINTS", "MOST_MM", "Net", "triangulate"]

# Corners of a far box around all points: every given vertex is then an inner one.
FAR_POINTS = 4
# With twice this extent (the far box) products of differences stay below 2**62.
MOST_MM = 2**29


class Sweep(NamedTuple):
    """Triangles so far and the hull around them, a ring of vertices.

    `edge` is the hull half-edge that starts at a hull vertex; `bucket` finds a hull vertex by direction;
    `state` holds the number of half-edges and one hull vertex; `stack` is room for half-edges to test.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    tri: NDArray[np.int32]
    twin: NDArray[np.int32]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    edge: NDArray[np.int32]
    bucket: NDArray[np.int32]
    state: NDArray[np.int64]
    stack: NDArray[np.int32]


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
        Four far vertices are appended; ``edge`` is the row of the segment on each half-edge, -1 for none.

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
    x = np.append(x, [left, right, right, left])
    y = np.append(y, [low, low, high, high])
    away = (x - int(x.mean())) ** 2 + (y - int(y.mean())) ** 2
    tri, twin, skipped = _sweep(x, y, np.argsort(away, kind="stable"))
    if skipped:
        raise ValueError(f"{skipped} vertices repeat others.")
    anchor = np.full(x.size, -1, np.int32)
    anchor[tri] = np.arange(tri.size, dtype=np.int32)
    net = Net(x, y, tri, twin, anchor, np.full(tri.size, -1, np.int32))
    failed = constrain(net, np.asarray(a, np.int64), np.asarray(b, np.int64))
    if failed:
        raise ValueError(f"{failed} of {len(a)} segments cross others: they are not noded.")
    return net


@njit(cache=True)
def _bucket_of(sweep: Sweep, centre: tuple[float, float], v: int) -> int:
    """Bucket of the direction from the centre to a vertex, by a pseudo-angle."""
    dx, dy = sweep.x[v] - centre[0], sweep.y[v] - centre[1]
    p = dx / (abs(dx) + abs(dy) + 1e-300)
    size = sweep.bucket.size
    return int((1 - p if dy > 0 else 3 + p) / 4 * size) % size


@njit(cache=True)
def _add_triangle(sweep: Sweep, corners: tuple[int, int, int], twins: tuple[int, int, int]) -> int:
    """Append a triangle; returns its first half-edge."""
    t = sweep.state[0]
    sweep.tri[t], sweep.tri[t + 1], sweep.tri[t + 2] = corners
    pair_edges(sweep.twin, t, twins[0])
    pair_edges(sweep.twin, t + 1, twins[1])
    pair_edges(sweep.twin, t + 2, twins[2])
    sweep.state[0] = t + 3
    return t


@njit(cache=True)
def _first_triangle(
    x: NDArray[np.int64], y: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[int, int, int]:
    """The first three vertices in the order that span a triangle, counter-clockwise."""
    i0, i1 = order[0], order[1]
    k = 2
    while orientation(x, y, i0, i1, order[k]) == 0:
        k += 1
    i2 = order[k]
    if orientation(x, y, i0, i1, i2) < 0:
        return i0, i2, i1
    return i0, i1, i2


@njit(cache=True)
def _sweep(
    x: NDArray[np.int64], y: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """Triangulate vertices in the order of their distance: corners, twins, number of repeated ones."""
    n = x.size
    sweep = Sweep(
        x,
        y,
        np.empty(6 * n, np.int32),
        np.full(6 * n, -1, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.full(int(np.ceil(np.sqrt(n))), -1, np.int32),
        np.zeros(2, np.int64),
        np.empty(4096, np.int32),
    )
    i0, i1, i2 = _first_triangle(x, y, order)
    centre = ((x[i0] + x[i1] + x[i2]) / 3.0, (y[i0] + y[i1] + y[i2]) / 3.0)
    _add_triangle(sweep, (i0, i1, i2), (-1, -1, -1))
    sweep.state[1] = i0
    first = (i0, i1, i2)
    for k in range(3):
        v, w = first[k], first[(k + 1) % 3]
        sweep.after[v], sweep.before[w], sweep.edge[v] = w, v, k
        sweep.bucket[_bucket_of(sweep, centre, v)] = v
    skipped = 0
    for k in range(n):
        i = order[k]
        if i in first:
            continue
        key = _bucket_of(sweep, centre, i)
        start = _hull_vertex(sweep, key)
        e = _visible_edge(sweep, i, start)
        if e < 0:
            skipped += 1
            continue
        e = _insert(sweep, i, e, start)
        sweep.bucket[key] = i
        sweep.bucket[_bucket_of(sweep, centre, e)] = e
    used = sweep.state[0]
    return sweep.tri[:used].copy(), sweep.twin[:used].copy(), skipped


@njit(cache=True)
def _hull_vertex(sweep: Sweep, key: int) -> int:
    """A hull vertex in about the direction of a bucket, one step back."""
    size = sweep.bucket.size
    start = -1
    for j in range(size):
        start = sweep.bucket[(key + j) % size]
        if start != -1 and start != sweep.after[start]:
            break
    return sweep.before[start]


@njit(cache=True)
def _visible_edge(sweep: Sweep, i: int, start: int) -> int:
    """First hull vertex from `start` on whose hull edge vertex i sees; -1 for none."""
    e = start
    while True:
        if orientation(sweep.x, sweep.y, i, e, sweep.after[e]) < 0:
            return e
        e = sweep.after[e]
        if e == start:
            return -1


@njit(cache=True)
def _insert(sweep: Sweep, i: int, e: int, start: int) -> int:
    """Join vertex i to all hull edges it sees, from vertex e on; returns its hull predecessor."""
    x, y, edge = sweep.x, sweep.y, sweep.edge
    w = sweep.after[e]
    t = _add_triangle(sweep, (e, i, w), (-1, -1, edge[e]))
    edge[i] = _legalize(sweep, t + 2)
    edge[e] = t
    while True:
        q = sweep.after[w]
        if orientation(x, y, i, w, q) >= 0:
            break
        t = _add_triangle(sweep, (w, i, q), (edge[i], -1, edge[w]))
        edge[i] = _legalize(sweep, t + 2)
        sweep.after[w] = w  # left the hull
        w = q
    while e == start:
        q = sweep.before[e]
        if orientation(x, y, i, q, e) >= 0:
            break
        t = _add_triangle(sweep, (q, i, e), (-1, edge[e], edge[q]))
        edge[q] = t
        _legalize(sweep, t + 2)
        sweep.after[e] = e  # left the hull
        e = start = q
    sweep.state[1] = e
    sweep.before[i], sweep.after[e] = e, i
    sweep.before[w], sweep.after[i] = i, w
    return e


@njit(cache=True)
def _legalize(sweep: Sweep, a: int) -> int:
    """Flip edges opposite the new vertex until all are Delaunay; returns its last hull half-edge."""
    tri, twin, stack = sweep.tri, sweep.twin, sweep.stack
    used = 0
    while True:
        b = twin[a]
        a0 = a - a % 3
        right = a0 + (a + 2) % 3
        if b >= 0:
            b0 = b - b % 3
            left, far = a0 + (a + 1) % 3, b0 + (b + 2) % 3
            quad = (tri[right], tri[a], tri[left], tri[far])
            if _may_flip(sweep, quad):
                tri[a], tri[b] = quad[3], quad[0]
                if twin[far] < 0:
                    _rehang(sweep, far, a)
                pair_edges(twin, a, twin[far])
                pair_edges(twin, b, twin[right])
                pair_edges(twin, right, far)
                # A full stack leaves an edge untested, which costs shape and nothing else.
                if used < stack.size:
                    stack[used] = b0 + (b + 1) % 3
                    used += 1
                continue
        if used == 0:
            return right
        used -= 1
        a = stack[used]


@njit(cache=True)
def _may_flip(sweep: Sweep, quad: tuple[int, int, int, int]) -> bool:
    """Whether the edge between quad[1] and quad[2] is worse than the other diagonal, and can go."""
    x, y = sweep.x, sweep.y
    p, u, v, q = quad
    return (
        in_circle(x, y, p, u, v, q)
        and orientation(x, y, p, q, v) > 0
        and orientation(x, y, p, u, q) > 0
    )


@njit(cache=True)
def _rehang(sweep: Sweep, old: int, new: int) -> None:
    """A hull half-edge has another number after a flip: tell its hull vertex."""
    start = sweep.state[1]
    v = start
    while True:
        if sweep.edge[v] == old:
            sweep.edge[v] = new
            return
        v = sweep.before[v]
        if v == start:
            return
