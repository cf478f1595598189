"""Force segments into a triangulation: Sloan's flips, then Lawson's around what was touched."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.geometry.halfedges import (
    LINE,
    START,
    TWIN,
    find_edge,
    next_edge,
    pair_edges,
    previous_edge,
)
from census_gis.geometry.predicates import in_circle, orientation

__all__ = ["constrain"]


@njit(cache=True)
def constrain(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    anchor: NDArray[np.int32],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
) -> int:
    """Make every segment a-b an edge of the triangulation, in place; returns how many failed.

    Of several rows for one edge the last stays.
    """
    queue = np.empty((1024, 2), np.int64)
    touched = np.zeros(anchor.size, np.bool_)
    failed = 0
    for s in range(a.size):
        u, v = a[s], b[s]
        e = find_edge(half, anchor, u, v)
        if e < 0:
            crossed = _crossed_edges(point, half, anchor[u], v, queue)
            while crossed > len(queue):
                queue = np.empty((2 * crossed, 2), np.int64)
                crossed = _crossed_edges(point, half, anchor[u], v, queue)
            touched[u] = touched[v] = True
            for i in range(crossed):
                touched[queue[i, 0]] = touched[queue[i, 1]] = True
            if crossed > 0 and _flip_away(point, half, anchor, (u, v, crossed), queue):
                e = find_edge(half, anchor, u, v)
        if e < 0:
            failed += 1
            continue
        half[LINE, e] = s
        half[LINE, half[TWIN, e]] = s
    _restore(point, half, anchor, touched)
    return failed


@njit(cache=True)
def _flip(half: NDArray[np.int32], anchor: NDArray[np.int32], a: int) -> None:
    """Flip half-edge a to the other diagonal of its two triangles."""
    b = half[TWIN, a]
    left, right, far, near = next_edge(a), previous_edge(a), previous_edge(b), next_edge(b)
    p, u, v, q = half[START, right], half[START, a], half[START, left], half[START, far]
    half[START, a], half[START, b] = q, p
    on_a, on_b = half[LINE, far], half[LINE, right]
    pair_edges(half, a, half[TWIN, far])
    pair_edges(half, b, half[TWIN, right])
    pair_edges(half, right, far)
    half[LINE, a], half[LINE, b], half[LINE, right], half[LINE, far] = on_a, on_b, -1, -1
    anchor[p], anchor[q], anchor[u], anchor[v] = right, far, near, left


@njit(cache=True)
def _first_crossed(point: NDArray[np.int64], half: NDArray[np.int32], e: int, v: int) -> int:
    """Half-edge that the segment to v from the start of e crosses first; -1 when a vertex lies on it."""
    u, first = half[START, e], e
    while True:
        a, b = half[START, next_edge(e)], half[START, previous_edge(e)]
        if orientation(point, u, v, a) < 0 and orientation(point, u, v, b) > 0:
            return next_edge(e)
        e = half[TWIN, previous_edge(e)]
        if e < 0 or e == first:
            return -1


@njit(cache=True)
def _crossed_edges(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    start: int,
    v: int,
    queue: NDArray[np.int64],
) -> int:
    """Number of edges that the segment to v from the start of half-edge `start` crosses.

    Their vertex pairs are written to the queue, in order, as far as it goes. -1 when the segment meets
    a vertex or another segment.
    """
    e = _first_crossed(point, half, start, v)
    u = half[START, start]
    n = 0
    while e >= 0:
        if half[LINE, e] >= 0:
            return -1
        if n < len(queue):
            queue[n, 0], queue[n, 1] = half[START, e], half[START, next_edge(e)]
        n += 1
        back = half[TWIN, e]
        w = half[START, previous_edge(back)]
        if w == v:
            return n
        side = orientation(point, u, v, w)
        if side == 0:
            return -1
        e = next_edge(back) if side > 0 else previous_edge(back)
    return -1


@njit(cache=True)
def _flip_away(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    anchor: NDArray[np.int32],
    task: tuple[int, int, int],
    queue: NDArray[np.int64],
) -> bool:
    """Flip the crossed edges until none crosses the segment; False when it does not end.

    `task` holds the ends of the segment and the number of edges it crosses.
    """
    u, v, crossed = task
    size = len(queue)
    head, tail = 0, crossed
    most = 1000 + 20 * crossed * crossed  # Sloan needs at most about the square of the crossings
    while head < tail:
        if head > most:
            return False
        p, q = queue[head % size, 0], queue[head % size, 1]
        head += 1
        e = find_edge(half, anchor, p, q)
        r = half[START, previous_edge(e)]
        s = half[START, previous_edge(half[TWIN, e])]
        if orientation(point, r, p, s) > 0 and orientation(point, r, s, q) > 0:
            _flip(half, anchor, e)
            if r in (u, v) or s in (u, v):
                continue
            if orientation(point, u, v, r) * orientation(point, u, v, s) >= 0:
                continue
            p, q = int(r), int(s)
        queue[tail % size, 0], queue[tail % size, 1] = p, q
        tail += 1
    return True


@njit(cache=True)
def _restore(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    anchor: NDArray[np.int32],
    touched: NDArray[np.bool_],
) -> None:
    """Lawson's flips around touched vertices: constrained Delaunay again."""
    stack = np.empty(4096, np.int32)
    left = 50 * half.shape[1]  # nearly round quadrilaterals might flip for ever in float arithmetic
    for v in np.flatnonzero(touched):
        used = 0
        e = first = anchor[v]
        while used + 2 <= stack.size:
            stack[used], stack[used + 1] = e, next_edge(e)
            used += 2
            e = half[TWIN, previous_edge(e)]
            if e < 0 or e == first:
                break
        while used > 0 and left > 0:
            left -= 1
            used -= 1
            a = stack[used]
            if not _worse(point, half, a):
                continue
            b = half[TWIN, a]
            _flip(half, anchor, a)
            # A full stack leaves an edge untested, which costs shape and nothing else.
            if used + 4 <= stack.size:
                stack[used], stack[used + 1] = a, b
                stack[used + 2], stack[used + 3] = next_edge(a), previous_edge(b)
                used += 4


@njit(cache=True)
def _worse(point: NDArray[np.int64], half: NDArray[np.int32], a: int) -> bool:
    """Whether an edge is free, worse than the other diagonal, and can be flipped."""
    b = half[TWIN, a]
    if b < 0 or half[LINE, a] >= 0:
        return False
    p, u = half[START, previous_edge(a)], half[START, a]
    v, q = half[START, next_edge(a)], half[START, previous_edge(b)]
    return (
        in_circle(point, p, u, v, q)
        and orientation(point, p, q, v) > 0
        and orientation(point, p, u, q) > 0
    )
