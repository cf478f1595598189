"""Exact integer noding: iterated snap rounding on a grid of one millimetre.

Segments that cross, touch or nearly touch get common vertices, until nothing is left to split. *Fixed*
segments (the district line) are split but never bent: a vertex near one is moved onto it. *Firm* segments
(walls) bend to one another only: a vertex of any other line is moved onto them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.geometry.grid import fill_cells, make_grid
from census_gis.geometry.predicates import orientation
from census_gis.geometry.vertices import KEY, join_close, one_vertex_each

__all__ = ["Segments", "node"]

# Rounds at the full tolerance; then it halves each round, so that noding ends. Two rounds suffice on
# real places, random nasty districts took at most eight.
FULL_ROUNDS = 3
MOST_ROUNDS = 14
# Two fixed lines are only split where they meet on the grid: half its diagonal, rounded up.
FIXED_REACH_MM = 0.8


class Segments(NamedTuple):
    """Straight segments between vertices on the millimetre grid.

    Attributes
    ----------
    x, y : int64, shape (v,)
        Vertices [mm], from an origin near by: extent below 2**29 mm (536 km).
    a, b : int64, shape (n,)
        Vertices at the ends; no segment much longer than 100 m (long ones meet many grid cells).
    source : int64, shape (n,)
        Row of the segment it was cut from.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    source: NDArray[np.int64]


# Rows of the tables that kernels read: of vertices, of segments, and of the splits they find.
X, Y = 0, 1
A, B, DIRTY = 0, 1, 3
RANK = 2  # of both tables: of the firmest segment at a vertex, and of a segment
SEGMENT, VERTEX, AT_X, AT_Y, MOVES = 0, 1, 2, 3, 4
# Ranks of segments: of two that meet the lower yields.
FREE, FIRM, FIXED = 0, 1, 2


class Splits(NamedTuple):
    """Where segments are to be split: at a vertex, or (vertex -1) at a new one; whether it is moved there first."""

    segment: NDArray[np.int64]
    vertex: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]
    moves: NDArray[np.int64]


def node(
    lines: Segments,
    fixed: NDArray[np.bool_],
    *,
    firm: NDArray[np.bool_] | None = None,
    tolerance: int = 50,
) -> Segments:
    """Node segments among each other.

    Parameters
    ----------
    lines : Segments
        `source` is ignored.
    fixed : bool, shape (n,)
        Segments that may be split but not bent.
    firm : bool, shape (n,), optional
        Closed rings, before all that is neither firm nor fixed, that bend to one another only.
    tolerance : int
        Vertices and lines closer than this are joined [mm].

    Returns
    -------
    Segments
        Between any two of them there is no crossing, and no vertex lies on the inside of one. Each keeps
        the direction of its source; the same piece may come from several sources.

    Raises
    ------
    RuntimeError
        If splits are left after the last round.
    """
    rank = np.where(fixed, FIXED, FREE if firm is None else np.where(firm, FIRM, FREE))
    x, y, a, b, source = _merge_vertices(lines, fixed, tolerance)
    dirty = np.ones(a.size, bool)
    left = 0
    for turn in range(MOST_ROUNDS):
        work = Segments(x, y, a, b, source)
        reach = tolerance if turn < FULL_ROUNDS else tolerance >> (turn - FULL_ROUNDS + 1)
        splits = _find_splits(work, rank[source], dirty, reach, tolerance)
        left = splits.segment.size
        if left == 0:
            return work
        x, y, splits, moved = _move_onto_lines(work, rank[source], splits)
        x, y, vertex = _new_vertices(x, y, rank[source] > FREE, splits, max(reach, 1))
        work = Segments(x, y, a, b, source)
        moved = np.append(moved, np.zeros(x.size - moved.size, bool))
        a, b, source, dirty = _cut(work, splits.segment, vertex, moved)
        x, y, m = one_vertex_each(x, y)
        a, b = m[a], m[b]
        keep = a != b
        a, b, source, dirty = a[keep], b[keep], source[keep], dirty[keep]
    raise RuntimeError(f"noding leaves {left} splits after {MOST_ROUNDS} rounds.")


def _merge_vertices(
    lines: Segments, fixed: NDArray[np.bool_], tolerance: int
) -> tuple[NDArray[np.int64], ...]:
    """Join vertices closer than the tolerance, those of fixed segments never; drop what collapses."""
    x, y, row = one_vertex_each(lines.x, lines.y)
    a, b = row[lines.a], row[lines.b]
    held = np.zeros(x.size, bool)
    held[a[fixed]] = held[b[fixed]] = True
    joined = join_close(x, y, held, tolerance)
    a, b = joined[a], joined[b]
    keep = np.flatnonzero(a != b)
    return x, y, a[keep], b[keep], keep


def _find_splits(
    work: Segments,
    rank: NDArray[np.int64],
    dirty: NDArray[np.bool_],
    reach: int,
    tolerance: int,
) -> Splits:
    """All splits between pairs of segments of which one at least is dirty."""
    grid = make_grid(work.x, work.y, tolerance)
    cells = fill_cells(grid, work.x, work.y, work.a, work.b, dirty)
    point = np.empty((3, work.x.size), np.int64)
    point[X], point[Y] = work.x, work.y
    point[RANK] = _vertex_ranks(work.x.size, work.a, work.b, rank)
    line = np.empty((4, work.a.size), np.int64)
    line[A], line[B], line[RANK], line[DIRTY] = work.a, work.b, rank, dirty
    out = np.empty((5, max(4096, work.a.size // 2)), np.int64)
    while True:
        n = _split_pairs(point, line, cells, reach, out)
        if n >= 0:
            return Splits(*np.ascontiguousarray(out[:, :n]))
        out = np.empty((5, 2 * out.shape[1]), np.int64)


@njit(cache=True)
def _vertex_ranks(
    n: int, a: NDArray[np.int64], b: NDArray[np.int64], rank: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Highest rank of the segments that end at each of n vertices."""
    highest = np.zeros(n, np.int64)
    for s in range(a.size):
        highest[a[s]] = max(highest[a[s]], rank[s])
        highest[b[s]] = max(highest[b[s]], rank[s])
    return highest


@njit(cache=True)
def _near(point: NDArray[np.int64], line: NDArray[np.int64], p: int, s: int, reach: float) -> bool:
    """Whether vertex p is to split segment s: within reach of its inside."""
    a, b = line[A, s], line[B, s]
    if p in (a, b):
        return False
    if line[RANK, s] == FIXED and point[RANK, p] == FIXED:
        reach = FIXED_REACH_MM
    dx, dy = float(point[X, b] - point[X, a]), float(point[Y, b] - point[Y, a])
    px, py = float(point[X, p] - point[X, a]), float(point[Y, p] - point[Y, a])
    length2 = dx * dx + dy * dy
    along = px * dx + py * dy
    if along <= 0.0 or along >= length2:
        return False
    cross = dx * py - dy * px
    if cross * cross > reach * reach * length2:
        return False
    # Beside an end point a split would swap the two for ever, unless p lies exactly on the line.
    beside = px * px + py * py < reach * reach
    beside |= (px - dx) ** 2 + (py - dy) ** 2 < reach * reach
    return cross == 0.0 or not beside


@njit(cache=True)
def _properly_cross(point: NDArray[np.int64], line: NDArray[np.int64], s: int, t: int) -> bool:
    """Whether two segments cross inside both; exact."""
    a, b, p, q = line[A, s], line[B, s], line[A, t], line[B, t]
    if a in (p, q) or b in (p, q):
        return False
    if orientation(point, a, b, p) * orientation(point, a, b, q) >= 0:
        return False
    return orientation(point, p, q, a) * orientation(point, p, q, b) < 0


@njit(cache=True)
def _crossing(point: NDArray[np.int64], line: NDArray[np.int64], s: int, t: int) -> tuple[int, int]:
    """Where two segments cross, on the grid."""
    a, b, p, q = line[A, s], line[B, s], line[A, t], line[B, t]
    ax, ay, px, py = point[X, a], point[Y, a], point[X, p], point[Y, p]
    dx, dy = float(point[X, b] - ax), float(point[Y, b] - ay)
    ex, ey = float(point[X, q] - px), float(point[Y, q] - py)
    u = (float(px - ax) * ey - float(py - ay) * ex) / (dx * ey - dy * ex)
    return round(ax + u * dx), round(ay + u * dy)


@njit(cache=True)
def _split_pair(
    point: NDArray[np.int64],
    line: NDArray[np.int64],
    pair: tuple[int, int],
    reach: int,
    out: NDArray[np.int64],
    n: int,
) -> int:
    """Append the splits of two segments by each other; returns the number of splits then."""
    before = n
    for turn in range(2):
        s, t = pair[turn], pair[1 - turn]
        for end in range(2):
            p = line[end, t]
            if _near(point, line, p, s, float(reach)):
                out[SEGMENT, n], out[VERTEX, n] = s, p
                out[MOVES, n] = point[RANK, p] < line[RANK, s]
                n += 1
    if n == before and _properly_cross(point, line, pair[0], pair[1]):
        x, y = _crossing(point, line, pair[0], pair[1])
        for s in pair:
            out[SEGMENT, n], out[VERTEX, n] = s, -1
            out[AT_X, n], out[AT_Y, n], out[MOVES, n] = x, y, 0
            n += 1
    return n


@njit(cache=True)
def _split_pairs(
    point: NDArray[np.int64],
    line: NDArray[np.int64],
    cells: tuple[NDArray[np.int64], NDArray[np.int32]],
    reach: int,
    out: NDArray[np.int64],
) -> int:
    """Splits of all pairs that share a cell; returns their number, -1 when `out` is too short."""
    first, members = cells
    box = np.empty((4, np.max(first[1:] - first[:-1])), np.int64)
    n = 0
    for cell in range(first.size - 1):
        begin, size = first[cell], first[cell + 1] - first[cell]
        if size < 2:
            continue
        _boxes(point, line, members, begin, size, box)
        for i in range(size):
            s = int(members[begin + i])
            left, right = box[0, i] - reach, box[1, i] + reach
            low, high = box[2, i] - reach, box[3, i] + reach
            for j in range(i + 1, size):
                if box[1, j] < left or box[0, j] > right or box[3, j] < low or box[2, j] > high:
                    continue
                t = int(members[begin + j])
                if line[DIRTY, s] or line[DIRTY, t]:
                    if n + 4 > out.shape[1]:
                        return -1
                    n = _split_pair(point, line, (s, t), reach, out, n)
    return n


@njit(cache=True)
def _boxes(
    point: NDArray[np.int64],
    line: NDArray[np.int64],
    members: NDArray[np.int32],
    begin: int,
    size: int,
    box: NDArray[np.int64],
) -> None:
    """Left, right, low and high of the segments of one cell, side by side in memory."""
    for i in range(size):
        a, b = line[A, members[begin + i]], line[B, members[begin + i]]
        box[0, i], box[1, i] = min(point[X, a], point[X, b]), max(point[X, a], point[X, b])
        box[2, i], box[3, i] = min(point[Y, a], point[Y, b]), max(point[Y, a], point[Y, b])


def _move_onto_lines(
    work: Segments, rank: NDArray[np.int64], splits: Splits
) -> tuple[NDArray[np.int64], NDArray[np.int64], Splits, NDArray[np.bool_]]:
    """Move a vertex that is to split a segment of higher rank onto it, onto one only; which were moved."""
    x, y = work.x, work.y
    moved = np.zeros(x.size, bool)
    rows = np.flatnonzero(splits.moves)
    if rows.size == 0:
        return x, y, splits, moved
    # Near two such lines (a sharp corner) it would bend one of them: the firmest first, others in a later round.
    rows = rows[np.argsort(-rank[splits.segment[rows]], kind="stable")]
    vertex, one = np.unique(splits.vertex[rows], return_index=True)
    segment = splits.segment[rows[one]]
    other = segment[np.searchsorted(vertex, splits.vertex[rows])] != splits.segment[rows]
    keep = np.ones(splits.segment.size, bool)
    keep[rows[other]] = False
    ax, ay = x[work.a[segment]].astype(float), y[work.a[segment]].astype(float)
    dx, dy = x[work.b[segment]] - ax, y[work.b[segment]] - ay
    along = ((x[vertex] - ax) * dx + (y[vertex] - ay) * dy) / (dx * dx + dy * dy)
    x, y = x.copy(), y.copy()
    x[vertex] = np.rint(ax + along * dx).astype(np.int64)
    y[vertex] = np.rint(ay + along * dy).astype(np.int64)
    moved[vertex] = True
    return x, y, Splits(*(column[keep] for column in splits)), moved


def _new_vertices(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    held: NDArray[np.bool_],
    splits: Splits,
    reach: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Vertices with the new crossings appended, and the vertex of every split.

    New crossings in one box of the tolerance become one, but those on a fixed or firm line stay where they are.
    """
    vertex = splits.vertex.copy()
    new = np.flatnonzero(vertex < 0)
    if new.size == 0:
        return x, y, vertex
    px, py = splits.x[new], splits.y[new]
    _, spot = np.unique(px * KEY + py, return_inverse=True)
    on_line = np.zeros(spot.max() + 1, bool)
    on_line[spot[held[splits.segment[new]]]] = True
    free = np.flatnonzero(~on_line[spot])
    if free.size:
        box = (px[free] // reach) * KEY + py[free] // reach
        _, first, which = np.unique(box, return_index=True, return_inverse=True)
        px[free], py[free] = px[free][first][which], py[free][first][which]
    vertex[new] = x.size + np.arange(new.size)
    return np.append(x, px), np.append(y, py), vertex


def _cut(
    work: Segments,
    segment: NDArray[np.int64],
    vertex: NDArray[np.int64],
    moved: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Cut segments at vertices, in order along each: a, b, source, and which of them are dirty."""
    x, y, a, b = work.x, work.y, work.a, work.b
    ax, ay = x[a[segment]], y[a[segment]]
    along = (x[vertex] - ax).astype(float) * (x[b[segment]] - ax)
    along += (y[vertex] - ay).astype(float) * (y[b[segment]] - ay)
    whole = np.ones(a.size, bool)
    whole[segment] = False
    split = np.flatnonzero(~whole)
    owner = np.concatenate([split, segment, split])
    place = np.concatenate([np.full(split.size, -np.inf), along, np.full(split.size, np.inf)])
    point = np.concatenate([a[split], vertex, b[split]])
    order = np.lexsort((place, owner))
    owner, point = owner[order], point[order]
    inner = owner[1:] == owner[:-1]
    pieces = np.count_nonzero(inner)
    dirty = np.concatenate([(moved[a] | moved[b])[whole], np.ones(pieces, bool)])
    return (
        np.concatenate([a[whole], point[:-1][inner]]),
        np.concatenate([b[whole], point[1:][inner]]),
        np.concatenate([work.source[whole], work.source[owner[1:][inner]]]),
        dirty,
    )
