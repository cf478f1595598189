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

from census_gis.geometry.halfedges import START, TWIN, next_edge, previous_edge
from census_gis.model import FOOT

__all__ = [
    "ABSORBED",
    "DISTANCE",
    "FAR",
    "LABEL",
    "Ground",
    "Sectors",
    "seed_across",
    "seed_sectors",
    "spread",
]

# Rows of a table of sectors: label (-1: none yet), the vertex it was seen from, squared distance [mm2].
LABEL, SOURCE, DISTANCE = 0, 1, 2
FAR = 2**62
# What a half-edge is to the ground on its left: no wall, a wall nobody claims from, else the building.
NO_WALL, NOBODY = -2, -1
# Label of corners that wait to be shared out, for `seed_across`.
ABSORBED = -2


class Ground(NamedTuple):
    """The triangulation with what lies on it.

    `point`, `half` and `anchor` are those of a `Net`. For each triangle, `part` is the part of the district it
    lies in (of `n_parts`; -1 outside), `owner` the footprint on it, `block` its block and `area` its area [m2].
    `home` is the block of each footprint: only there a building claims ground, so beyond a barrier its wall is
    where the border runs.
    """

    point: NDArray[np.int64]
    half: NDArray[np.int32]
    anchor: NDArray[np.int32]
    flags: NDArray[np.uint8]
    inside: NDArray[np.bool_]
    part: NDArray[np.int32]
    n_parts: int
    owner: NDArray[np.int32]
    block: NDArray[np.int32]
    home: NDArray[np.int32]
    area: NDArray[np.float64]


class Sectors(NamedTuple):
    """Sector of each corner (-1: not open ground), and the table of sectors (LABEL, SOURCE, DISTANCE).

    The distance is 0 at a seed and `FAR` where no label came yet.
    """

    of_corner: NDArray[np.int32]
    table: NDArray[np.int64]


def seed_sectors(ground: Ground) -> Sectors:
    """Sectors of open ground, those at walls with the label of their building."""
    half = ground.half
    claim = _claims(half[TWIN], ground.flags, ground.owner, ground.block, ground.home)
    free = ground.inside & (ground.owner < 0)
    of_corner = np.full(half.shape[1], -1, np.int32)
    # Never more sectors than corners; those of one sector lie side by side, and what is not used costs nothing.
    table = np.empty((3 * int(np.count_nonzero(free)) + 1, 3), np.int64)
    n = _seed(ground.point, half, ground.anchor, claim, free, (of_corner, table.T))
    return Sectors(of_corner, table[:n].T)


@njit(cache=True)
def _claims(
    twin: NDArray[np.int32],
    flags: NDArray[np.uint8],
    owner: NDArray[np.int32],
    block: NDArray[np.int32],
    home: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Building behind every half-edge that claims the ground on its left, or NOBODY, or NO_WALL."""
    claim = np.full(twin.size, NO_WALL, np.int32)
    for e in range(twin.size):
        if flags[e] == 0:
            continue
        claim[e] = NOBODY
        if flags[e] & FOOT:
            b = owner[twin[e] // 3]
            if b >= 0 and home[b] == block[e // 3]:
                claim[e] = b
    return claim


@njit(cache=True)
def _seed(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    anchor: NDArray[np.int32],
    claim: NDArray[np.int32],
    free: NDArray[np.bool_],
    sectors: tuple[NDArray[np.int32], NDArray[np.int64]],
) -> int:
    """Number all sectors of free ground: for every corner, and in the table; how many."""
    of_corner, table = sectors
    fan = np.empty(64, np.int64)
    n = 0
    for v in range(anchor.size):
        size, wall = _fan_of(half, anchor[v], claim, fan)
        if size > fan.size:
            fan = np.empty(2 * size, np.int64)
            size, wall = _fan_of(half, anchor[v], claim, fan)
        at, done = max(wall, 0), 0
        while done < size:
            run = 1
            while done + run < size and claim[fan[(at + run) % size]] == NO_WALL:
                run += 1
            if free[fan[at] // 3]:
                a = b = -1
                if wall >= 0:
                    a = max(claim[fan[at]], -1)
                    b = max(claim[half[TWIN, fan[(at + run) % size]]], -1)
                split = a >= 0 and b >= 0 and a != b and run > 1
                _enter(table, n, v, a if a >= 0 else b)
                if split:
                    _enter(table, n + 1, v, b)
                    _bisect(point, half, fan[:size], (at, run), of_corner, n)
                else:
                    for k in range(run):
                        of_corner[fan[(at + k) % size]] = n
                n += 2 if split else 1
            at = (at + run) % size
            done += run
    return n


@njit(cache=True)
def _enter(table: NDArray[np.int64], s: int, v: int, label: int) -> None:
    """Write a sector at vertex v into the table."""
    table[LABEL, s], table[SOURCE, s] = label, v
    table[DISTANCE, s] = 0 if label >= 0 else FAR


@njit(cache=True)
def _fan_of(
    half: NDArray[np.int32], first: int, claim: NDArray[np.int32], fan: NDArray[np.int64]
) -> tuple[int, int]:
    """Half-edges from one vertex, counter-clockwise: their number, and the place of a wall (-1: none).

    They are written to `fan` as far as it goes. Far vertices, whose fan is open, have none.
    """
    size, wall = 0, -1
    e = int(first)
    while e >= 0:
        if size < fan.size:
            fan[size] = e
        if wall < 0 and claim[e] != NO_WALL:
            wall = size
        size += 1
        e = int(half[TWIN, previous_edge(e)])
        if e == first:
            return size, wall
    return 0, -1


@njit(cache=True)
def _bisect(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    fan: NDArray[np.int64],
    span: tuple[int, int],
    of_corner: NDArray[np.int32],
    n: int,
) -> None:
    """Two houses touch at a street front: the triangles up to the bisector are sector n, the rest n + 1."""
    at, run = span
    size = fan.size
    begin = _direction(point, half, fan[at])
    full = _direction(point, half, fan[(at + run) % size]) - begin
    if full <= 0:
        full += 2 * np.pi
    for k in range(run):
        e = fan[(at + k) % size]
        low = _direction(point, half, e) - begin
        if low < -1e-12:
            low += 2 * np.pi
        high = _direction(point, half, int(half[TWIN, previous_edge(e)])) - begin
        if high <= 1e-12:
            high += 2 * np.pi
        of_corner[e] = n if low + high < full else n + 1


@njit(cache=True)
def _direction(point: NDArray[np.int64], half: NDArray[np.int32], e: int) -> float:
    """Direction of a half-edge."""
    u, v = half[START, e], half[START, next_edge(e)]
    return np.arctan2(float(point[1, v] - point[1, u]), float(point[0, v] - point[0, u]))


@njit(cache=True)
def spread(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    of_corner: NDArray[np.int32],
    table: NDArray[np.int64],
    use: NDArray[np.bool_],
) -> None:
    """Give each sector of the used triangles the nearest label seen through the mesh, in place.

    A label-correcting search: a triangle hands the labels of its corners on; whoever gets a nearer one
    wakes the triangles of its sector.
    """
    size = 1
    while size < use.size + 2:
        size *= 2
    queue = np.empty(size, np.int32)
    waiting = use.copy()
    tail = 0
    for t in range(use.size):
        if use[t]:
            queue[tail] = t
            tail += 1
    head = 0
    while head < tail:
        t = queue[head & (size - 1)]
        head += 1
        waiting[t] = False
        first = _seen_from(of_corner, table, 3 * t)
        second = _seen_from(of_corner, table, 3 * t + 1)
        if first == second and second == _seen_from(of_corner, table, 3 * t + 2):
            continue  # all from one vertex, or none yet
        for c in range(3 * t, 3 * t + 3):
            if _take_nearer(point, half, of_corner, table, c):
                tail = _wake(half, of_corner, (use, waiting), c, queue, tail)


@njit(cache=True)
def _seen_from(of_corner: NDArray[np.int32], table: NDArray[np.int64], c: int) -> int:
    """Vertex that the label of a corner's sector was seen from, -1 without a label."""
    s = of_corner[c]
    return int(table[SOURCE, s]) if s >= 0 and table[LABEL, s] >= 0 else -1


@njit(cache=True)
def _take_nearer(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    of_corner: NDArray[np.int32],
    table: NDArray[np.int64],
    c: int,
) -> bool:
    """Take a nearer label for the sector of a corner from the two other corners of its triangle."""
    s = of_corner[c]
    if s < 0 or table[DISTANCE, s] == 0:
        return False
    better = False
    v, other = half[START, c], c
    for _ in range(2):
        other = next_edge(other)
        o = of_corner[other]
        if o < 0 or table[LABEL, o] < 0:
            continue
        w = table[SOURCE, o]
        # Most have it from the same vertex already.
        if w == table[SOURCE, s] and table[LABEL, s] >= 0:
            continue
        away = (point[0, v] - point[0, w]) ** 2 + (point[1, v] - point[1, w]) ** 2
        # One more than the square, so that only seeds are at distance 0.
        if away + 1 < table[DISTANCE, s]:
            table[DISTANCE, s] = away + 1
            table[LABEL, s], table[SOURCE, s] = table[LABEL, o], w
            better = True
    return better


@njit(cache=True)
def _wake(
    half: NDArray[np.int32],
    of_corner: NDArray[np.int32],
    state: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    c: int,
    queue: NDArray[np.int32],
    tail: int,
) -> int:
    """Queue the triangles of the sector of a corner, both ways round from it; returns the tail.

    `state` says which triangles are used, and which are waiting in the queue already.
    """
    use, waiting = state
    s = of_corner[c]
    for way in range(2):
        e = c
        while True:
            t = e // 3
            if use[t] and not waiting[t]:
                queue[tail & (queue.size - 1)] = t
                waiting[t] = True
                tail += 1
            if way == 0:
                e = int(half[TWIN, previous_edge(e)])
            else:
                e = int(half[TWIN, e])
                e = next_edge(e) if e >= 0 else e
            if e == c:
                return tail
            if e < 0 or of_corner[e] != s:
                break
    return tail


@njit(cache=True)
def seed_across(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    sectors: tuple[NDArray[np.int32], NDArray[np.int64]],
    anchor: NDArray[np.int32],
    rows: NDArray[np.int64],
    corner: NDArray[np.int32],
) -> int:
    """Seed unlabelled sectors of absorbed corners with the label that is widest around their vertex.

    `rows` are those corners; `corner` holds the labels of all, ABSORBED for those. Returns how many were seeded.
    """
    of_corner, table = sectors
    seeded = 0
    for row in rows:
        if table[LABEL, of_corner[row]] >= 0:
            continue
        v = half[START, row]
        first = anchor[v]
        best = _widest(point, half, corner, int(first))
        e = int(first)
        while e >= 0 and best >= 0:
            s = of_corner[e]
            if corner[e] == ABSORBED and table[LABEL, s] < 0:
                table[LABEL, s], table[SOURCE, s], table[DISTANCE, s] = best, v, 0
                seeded += 1
            e = int(half[TWIN, previous_edge(e)])
            if e == first:
                break
    return seeded


@njit(cache=True)
def _widest(
    point: NDArray[np.int64], half: NDArray[np.int32], corner: NDArray[np.int32], first: int
) -> int:
    """Label with the widest angle around a vertex, the lowest of equals; -1 for none."""
    best, widest = -1, -1.0
    e = first
    while e >= 0:
        if corner[e] >= 0 and corner[e] != best:
            total = 0.0
            f = first
            while f >= 0:
                if corner[f] == corner[e]:
                    total += _angle(point, half, f)
                f = int(half[TWIN, previous_edge(f)])
                if f == first:
                    break
            if total > widest + 1e-9 or (total > widest - 1e-9 and corner[e] < best):
                widest, best = total, corner[e]
        e = int(half[TWIN, previous_edge(e)])
        if e == first:
            break
    return best


@njit(cache=True)
def _angle(point: NDArray[np.int64], half: NDArray[np.int32], e: int) -> float:
    """Angle of a triangle at the corner where half-edge e starts."""
    v, p, q = half[START, e], half[START, next_edge(e)], half[START, previous_edge(e)]
    ax, ay = float(point[0, p] - point[0, v]), float(point[1, p] - point[1, v])
    bx, by = float(point[0, q] - point[0, v]), float(point[1, q] - point[1, v])
    return np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
