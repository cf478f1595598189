"""Force segments into a triangulation: Sloan's flips, then Lawson's around what was touched."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.geometry.halfedges import find_edge, next_edge, pair_edges, previous_edge
from census_gis.geometry.predicates import in_circle, orientation

__all__ = ["Net", "constrain"]


class Net(NamedTuple):
    """A triangulation; half-edge e = 3 t + k of triangle t leads from its corner k to the next.

    Attributes
    ----------
    x, y : int64, shape (v,)
        Vertices [mm].
    tri, twin : int32, shape (3 t,)
        Vertex at the start of each half-edge, and its opposite one, -1 on the hull.
    anchor : int32, shape (v,)
        One half-edge that starts at each vertex.
    edge : int32, shape (3 t,)
        Row of the segment that lies on each half-edge, -1 for none.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    tri: NDArray[np.int32]
    twin: NDArray[np.int32]
    anchor: NDArray[np.int32]
    edge: NDArray[np.int32]


@njit(cache=True)
def constrain(net: Net, a: NDArray[np.int64], b: NDArray[np.int64]) -> int:
    """Make every segment a-b an edge of the triangulation, in place; returns how many failed.

    Of several rows for one edge the last stays.
    """
    queue = np.empty((1024, 2), np.int64)
    touched = np.zeros(net.x.size, np.bool_)
    failed = 0
    for s in range(a.size):
        e = find_edge(net.tri, net.twin, net.anchor, a[s], b[s])
        if e < 0:
            queue, crossed = _crossed_edges(net, a[s], b[s], queue)
            if crossed > 0 and _flip_away(net, (a[s], b[s]), queue, crossed, touched):
                e = find_edge(net.tri, net.twin, net.anchor, a[s], b[s])
        if e < 0:
            failed += 1
            continue
        net.edge[e] = s
        net.edge[net.twin[e]] = s
    _restore(net, touched)
    return failed


@njit(cache=True)
def _flip(net: Net, a: int) -> int:
    """Flip half-edge a to the other diagonal of its two triangles; returns the new diagonal."""
    tri, twin, edge, anchor = net.tri, net.twin, net.edge, net.anchor
    b = twin[a]
    left, right, far, near = next_edge(a), previous_edge(a), previous_edge(b), next_edge(b)
    p, u, v, q = tri[right], tri[a], tri[left], tri[far]
    tri[a], tri[b] = q, p
    on_a, on_b = edge[far], edge[right]
    pair_edges(twin, a, twin[far])
    pair_edges(twin, b, twin[right])
    pair_edges(twin, right, far)
    edge[a], edge[b], edge[right], edge[far] = on_a, on_b, -1, -1
    anchor[p], anchor[q], anchor[u], anchor[v] = right, far, near, left
    return right


@njit(cache=True)
def _first_crossed(net: Net, u: int, v: int) -> int:
    """Half-edge opposite u that the segment u-v crosses; -1 when a vertex lies on it."""
    e = first = net.anchor[u]
    while True:
        a, b = net.tri[next_edge(e)], net.tri[previous_edge(e)]
        right = orientation(net.x, net.y, u, v, a) < 0
        if right and orientation(net.x, net.y, u, v, b) > 0:
            return next_edge(e)
        e = net.twin[previous_edge(e)]
        if e < 0 or e == first:
            return -1


@njit(cache=True)
def _crossed_edges(
    net: Net, u: int, v: int, queue: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """Vertex pairs of all edges that the segment u-v crosses, in order, and how many.

    The number is -1 when the segment meets a vertex or another segment. The queue may be a longer one.
    """
    e = _first_crossed(net, u, v)
    if e < 0:
        return queue, -1
    n = 0
    while True:
        if net.edge[e] >= 0:
            return queue, -1
        if n == len(queue):
            longer = np.empty((2 * n, 2), np.int64)
            longer[:n] = queue
            queue = longer
        queue[n, 0], queue[n, 1] = net.tri[e], net.tri[next_edge(e)]
        n += 1
        back = net.twin[e]
        w = net.tri[previous_edge(back)]
        if w == v:
            return queue, n
        side = orientation(net.x, net.y, u, v, w)
        if side == 0:
            return queue, -1
        e = next_edge(back) if side > 0 else previous_edge(back)


@njit(cache=True)
def _flip_away(
    net: Net,
    ends: tuple[int, int],
    queue: NDArray[np.int64],
    crossed: int,
    touched: NDArray[np.bool_],
) -> bool:
    """Flip the crossed edges until none crosses the segment; False when it does not end."""
    x, y, size = net.x, net.y, len(queue)
    u, v = ends
    head, tail = 0, crossed
    most = 1000 + 20 * crossed * crossed  # Sloan needs at most about the square of the crossings
    while head < tail:
        if head > most:
            return False
        p, q = queue[head % size, 0], queue[head % size, 1]
        head += 1
        e = find_edge(net.tri, net.twin, net.anchor, p, q)
        r, s = net.tri[previous_edge(e)], net.tri[previous_edge(net.twin[e])]
        if orientation(x, y, r, p, s) > 0 and orientation(x, y, r, s, q) > 0:
            _flip(net, e)
            touched[p] = touched[q] = touched[r] = touched[s] = True
            ends_there = r in ends or s in ends
            if ends_there or orientation(x, y, u, v, r) * orientation(x, y, u, v, s) >= 0:
                continue
            p, q = r, s
        queue[tail % size, 0], queue[tail % size, 1] = p, q
        tail += 1
    return True


@njit(cache=True)
def _restore(net: Net, touched: NDArray[np.bool_]) -> None:
    """Lawson's flips around touched vertices: constrained Delaunay again."""
    stack = np.empty(4096, np.int32)
    left = 50 * net.tri.size  # nearly round quadrilaterals might flip for ever in float arithmetic
    for v in np.flatnonzero(touched):
        used = 0
        e = first = net.anchor[v]
        while used + 2 <= stack.size:
            stack[used], stack[used + 1] = e, next_edge(e)
            used += 2
            e = net.twin[previous_edge(e)]
            if e < 0 or e == first:
                break
        while used > 0 and left > 0:
            left -= 1
            used -= 1
            a = stack[used]
            if not _worse(net, a):
                continue
            b = net.twin[a]
            _flip(net, a)
            # A full stack leaves an edge untested, which costs shape and nothing else.
            if used + 4 <= stack.size:
                stack[used], stack[used + 1] = a, b
                stack[used + 2], stack[used + 3] = next_edge(a), previous_edge(b)
                used += 4


@njit(cache=True)
def _worse(net: Net, a: int) -> bool:
    """Whether an edge is free, worse than the other diagonal, and can be flipped."""
    b = net.twin[a]
    if b < 0 or net.edge[a] >= 0:
        return False
    p, u = net.tri[previous_edge(a)], net.tri[a]
    v, q = net.tri[next_edge(a)], net.tri[previous_edge(b)]
    return (
        in_circle(net.x, net.y, p, u, v, q)
        and orientation(net.x, net.y, p, q, v) > 0
        and orientation(net.x, net.y, p, u, q) > 0
    )
