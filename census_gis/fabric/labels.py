"""Whose ground is a corner: labels seeded at walls and spread over open ground by sight.

Around each vertex the triangles between two walls form a *sector*; all its corners share one label. A
sector at a wall takes the building behind it; any other the nearest labelled one seen through the mesh.
Barriers are walls for labels, so cells meet on roads, and on a cul-de-sac to its very end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.geometry.halfedges import next_edge, previous_edge
from census_gis.model import FOOT

__all__ = ["Ground", "Sectors", "seed_across", "seed_sectors", "spread"]


class Ground(NamedTuple):
    """The triangulation with what lies on it; kernels read these arrays.

    `area` is that of each triangle [m2], `block` its block, and `home` the block of each footprint: only there a building claims
    ground, so beyond a barrier its wall is where the border runs.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    tri: NDArray[np.int32]
    twin: NDArray[np.int32]
    anchor: NDArray[np.int32]
    flags: NDArray[np.uint8]
    inside: NDArray[np.bool_]
    owner: NDArray[np.int32]
    block: NDArray[np.int32]
    home: NDArray[np.int32]
    area: NDArray[np.float64]


class Sectors(NamedTuple):
    """Sector of each corner (-1: not open ground); label, its source vertex and distance of each sector.

    The distance is squared [mm2]: 0 at a seed, infinite where no label came yet (label -1).
    """

    of_corner: NDArray[np.int32]
    label: NDArray[np.int32]
    source: NDArray[np.int32]
    distance: NDArray[np.float64]


def seed_sectors(ground: Ground) -> Sectors:
    """Sectors of open ground, those at walls with the label of their building."""
    most = int(np.bincount(ground.tri).max()) + 1
    of_corner = np.full(ground.tri.size, -1, np.int32)
    label = np.full(ground.tri.size + 1, -1, np.int32)
    n = _seed(ground, np.empty(most, np.int32), of_corner, label)
    source = np.zeros(n, np.int32)
    open_corners = np.flatnonzero(of_corner >= 0)
    source[of_corner[open_corners]] = ground.tri[open_corners]
    label = label[:n].copy()
    return Sectors(of_corner, label, source, np.where(label >= 0, 0.0, np.inf))


@njit(cache=True)
def _seed(
    ground: Ground, fan: NDArray[np.int32], of_corner: NDArray[np.int32], label: NDArray[np.int32]
) -> int:
    """Number all sectors and label those at walls; returns their number. `fan` is room for one vertex."""
    n = 0
    for v in range(ground.anchor.size):
        size, wall = _fan_of(ground, v, fan)
        at, done = max(wall, 0), 0
        while done < size:
            run = 1
            while done + run < size and ground.flags[fan[(at + run) % size]] == 0:
                run += 1
            t = fan[at] // 3
            if ground.inside[t] and ground.owner[t] < 0:
                a = b = -1
                if wall >= 0:
                    a = _claim(ground, fan[at], ground.twin[fan[at]] // 3, t)
                    last = fan[(at + run) % size]
                    b = _claim(ground, last, last // 3, t)
                if a >= 0 and b >= 0 and a != b and run > 1:
                    _bisect(ground, fan[:size], (at, run), of_corner, n)
                    label[n], label[n + 1] = a, b
                    n += 2
                else:
                    for k in range(run):
                        of_corner[fan[(at + k) % size]] = n
                    label[n] = a if a >= 0 else b
                    n += 1
            at = (at + run) % size
            done += run
    return n


@njit(cache=True)
def _fan_of(ground: Ground, v: int, fan: NDArray[np.int32]) -> tuple[int, int]:
    """Half-edges that start at a vertex, counter-clockwise: their number, and the first wall (-1: none).

    Far vertices, whose fan is open, have none.
    """
    size, wall = 0, -1
    e = ground.anchor[v]
    first = e
    while e >= 0:
        fan[size] = e
        if wall < 0 and ground.flags[e] != 0:
            wall = size
        size += 1
        e = ground.twin[previous_edge(e)]
        if e == first:
            return size, wall
    return 0, -1


@njit(cache=True)
def _claim(ground: Ground, e: int, behind: int, t: int) -> int:
    """Building behind wall e that claims triangle t, -1 for none."""
    if ground.flags[e] & FOOT == 0 or not ground.inside[behind]:
        return -1
    b = ground.owner[behind]
    return b if b >= 0 and ground.home[b] == ground.block[t] else -1


@njit(cache=True)
def _bisect(
    ground: Ground,
    fan: NDArray[np.int32],
    span: tuple[int, int],
    of_corner: NDArray[np.int32],
    n: int,
) -> None:
    """Two houses touch at a street front: the triangles up to the bisector are sector n, the rest n + 1."""
    at, run = span
    size = fan.size
    begin = _direction(ground, fan[at])
    full = _direction(ground, fan[(at + run) % size]) - begin
    if full <= 0:
        full += 2 * np.pi
    for k in range(run):
        e = fan[(at + k) % size]
        low = _direction(ground, e) - begin
        if low < -1e-12:
            low += 2 * np.pi
        high = _direction(ground, ground.twin[previous_edge(e)]) - begin
        if high <= 1e-12:
            high += 2 * np.pi
        of_corner[e] = n if low + high < full else n + 1


@njit(cache=True)
def _direction(ground: Ground, e: int) -> float:
    """Direction of a half-edge."""
    u, v = ground.tri[e], ground.tri[next_edge(e)]
    return np.arctan2(float(ground.y[v] - ground.y[u]), float(ground.x[v] - ground.x[u]))


class _Queue(NamedTuple):
    """Triangles to look at, a ring of a power of two; `ends` are its head and tail."""

    triangle: NDArray[np.int32]
    waiting: NDArray[np.bool_]
    use: NDArray[np.bool_]
    ends: NDArray[np.int64]


@njit(cache=True)
def spread(ground: Ground, sectors: Sectors, use: NDArray[np.bool_]) -> None:
    """Give each sector of the used triangles the nearest label seen through the mesh, in place.

    A label-correcting search: a triangle hands the labels of its corners on; whoever gets a nearer one
    wakes the triangles of its sector.
    """
    size = 1
    while size < use.size + 2:
        size *= 2
    queue = _Queue(
        np.empty(size, np.int32), np.zeros(use.size, np.bool_), use, np.zeros(2, np.int64)
    )
    for t in range(use.size):
        _put(queue, t)
    while queue.ends[0] < queue.ends[1]:
        t = queue.triangle[queue.ends[0] & (size - 1)]
        queue.ends[0] += 1
        queue.waiting[t] = False
        for c in range(3 * t, 3 * t + 3):
            if _take_nearer(ground, sectors, c):
                _wake(ground.twin, sectors.of_corner, c, queue)


@njit(cache=True)
def _take_nearer(ground: Ground, sectors: Sectors, c: int) -> bool:
    """Take a nearer label for the sector of a corner from the two other corners of its triangle."""
    s = sectors.of_corner[c]
    if s < 0 or sectors.distance[s] == 0.0:
        return False
    better = False
    v, other = ground.tri[c], c
    for _ in range(2):
        other = next_edge(other)
        o = sectors.of_corner[other]
        if o >= 0 and sectors.label[o] >= 0:
            w = sectors.source[o]
            away = float(ground.x[v] - ground.x[w]) ** 2 + float(ground.y[v] - ground.y[w]) ** 2
            # One more than the square, so that only seeds are at distance 0.
            if away + 1.0 < sectors.distance[s]:
                sectors.distance[s] = away + 1.0
                sectors.label[s], sectors.source[s] = sectors.label[o], w
                better = True
    return better


@njit(cache=True)
def _put(queue: _Queue, t: int) -> None:
    """Append a used triangle that is not waiting already."""
    if queue.use[t] and not queue.waiting[t]:
        queue.triangle[queue.ends[1] & (queue.triangle.size - 1)] = t
        queue.waiting[t] = True
        queue.ends[1] += 1


@njit(cache=True)
def _wake(twin: NDArray[np.int32], of_corner: NDArray[np.int32], c: int, queue: _Queue) -> None:
    """Queue the triangles of the sector of a corner, both ways round from it."""
    s = of_corner[c]
    e = c
    while True:
        _put(queue, e // 3)
        e = twin[previous_edge(e)]
        if e < 0 or of_corner[e] != s or e == c:
            break
    e = c
    while twin[e] >= 0:
        e = next_edge(twin[e])
        if of_corner[e] != s or e == c:
            break
        _put(queue, e // 3)


@njit(cache=True)
def seed_across(
    ground: Ground, sectors: Sectors, corner: NDArray[np.int32], absorbed: NDArray[np.bool_]
) -> int:
    """Seed unlabelled sectors of absorbed triangles with the label that is widest around their vertex.

    `corner` holds the labels of the other corners. Returns how many corners were labelled.
    """
    seeded = 0
    for v in range(ground.anchor.size):
        first = ground.anchor[v]
        e = first
        need = False
        while e >= 0:
            need |= absorbed[e // 3] and sectors.label[sectors.of_corner[e]] < 0
            e = ground.twin[previous_edge(e)]
            if e == first:
                break
        if not need:
            continue
        best = _widest(ground, corner, absorbed, first)
        e = first
        while e >= 0 and best >= 0:
            s = sectors.of_corner[e]
            if absorbed[e // 3] and sectors.label[s] < 0:
                sectors.label[s], sectors.source[s], sectors.distance[s] = best, v, 0.0
                seeded += 1
            e = ground.twin[previous_edge(e)]
            if e == first:
                break
    return seeded


@njit(cache=True)
def _widest(
    ground: Ground, corner: NDArray[np.int32], absorbed: NDArray[np.bool_], first: int
) -> int:
    """Label with the widest angle around a vertex, absorbed triangles aside; the lowest of equals."""
    best, widest = -1, -1.0
    e = first
    while e >= 0:
        if not absorbed[e // 3] and corner[e] >= 0 and corner[e] != best:
            total = 0.0
            f = first
            while f >= 0:
                if not absorbed[f // 3] and corner[f] == corner[e]:
                    total += _angle(ground, f)
                f = ground.twin[previous_edge(f)]
                if f == first:
                    break
            if total > widest + 1e-9 or (total > widest - 1e-9 and corner[e] < best):
                widest, best = total, corner[e]
        e = ground.twin[previous_edge(e)]
        if e == first:
            break
    return best


@njit(cache=True)
def _angle(ground: Ground, e: int) -> float:
    """Angle of a triangle at the corner where half-edge e starts."""
    x, y = ground.x, ground.y
    v, p, q = ground.tri[e], ground.tri[next_edge(e)], ground.tri[previous_edge(e)]
    ax, ay = float(x[p] - x[v]), float(y[p] - y[v])
    bx, by = float(x[q] - x[v]), float(y[q] - y[v])
    return np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
