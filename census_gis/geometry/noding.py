"""Exact integer noding: iterated snap rounding on a grid of one millimetre.

Segments that cross, touch or nearly touch get common vertices, until nothing is left to split. *Fixed*
segments (the district line) are split but never bent: a vertex near one is moved onto it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.geometry.grid import fill_cells, make_grid
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


class Marks(NamedTuple):
    """Segments that are fixed or new since the last round, vertices on fixed ones, tolerance [mm]."""

    held: NDArray[np.bool_]
    dirty: NDArray[np.bool_]
    on_fixed: NDArray[np.bool_]
    reach: float


class Splits(NamedTuple):
    """Where segments are to be split: at a vertex, or (vertex -1) at a new one."""

    segment: NDArray[np.int64]
    vertex: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]


def node(lines: Segments, fixed: NDArray[np.bool_], *, tolerance: int = 50) -> Segments:
    """Node segments among each other.

    Parameters
    ----------
    lines : Segments
        `source` is ignored.
    fixed : bool, shape (n,)
        Segments that may be split but not bent.
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
    x, y, a, b, source = _merge_vertices(lines, fixed, tolerance)
    dirty = np.ones(a.size, bool)
    left = 0
    for turn in range(MOST_ROUNDS):
        work = Segments(x, y, a, b, source)
        reach = tolerance if turn < FULL_ROUNDS else tolerance >> (turn - FULL_ROUNDS + 1)
        held = fixed[source]
        splits = _find_splits(work, held, dirty, reach, tolerance)
        left = splits.segment.size
        if left == 0:
            return work
        x, y, splits, moved = _move_onto_fixed(work, held, splits)
        x, y, vertex = _new_vertices(x, y, held, splits, max(reach, 1))
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
    held = _ends_of(Segments(x, y, a, b, lines.source), fixed)
    joined = join_close(x, y, held, tolerance)
    a, b = joined[a], joined[b]
    keep = np.flatnonzero(a != b)
    return x, y, a[keep], b[keep], keep


def _find_splits(
    work: Segments,
    held: NDArray[np.bool_],
    dirty: NDArray[np.bool_],
    reach: int,
    tolerance: int,
) -> Splits:
    """All splits between pairs of segments of which one at least is dirty."""
    grid = make_grid(work.x, work.y, tolerance)
    first, members = fill_cells(grid, work.x, work.y, work.a, work.b, dirty)
    marks = Marks(held, dirty, _ends_of(work, held), float(reach))
    out = np.empty((max(4096, work.a.size // 2), 4), np.int64)
    while True:
        n = _split_pairs(work, marks, first, members, out)
        if n >= 0:
            break
        out = np.empty((2 * len(out), 4), np.int64)
    rows = np.ascontiguousarray(out[:n].T)
    return Splits(rows[0], rows[1], rows[2], rows[3])


def _ends_of(work: Segments, held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Vertices at the ends of marked segments."""
    ends = np.zeros(work.x.size, bool)
    ends[work.a[held]] = True
    ends[work.b[held]] = True
    return ends


@njit(cache=True)
def _near(work: Segments, p: int, s: int, reach: float) -> bool:
    """Whether vertex p is to split segment s: within reach of its inside."""
    x, y = work.x, work.y
    a, b = work.a[s], work.b[s]
    if p in (a, b):
        return False
    dx, dy = float(x[b] - x[a]), float(y[b] - y[a])
    px, py = float(x[p] - x[a]), float(y[p] - y[a])
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
def _side(work: Segments, s: int, p: int) -> int:
    """Side of segment s on which vertex p lies: 1 left, -1 right, 0 on it; exact."""
    x, y = work.x, work.y
    a, b = work.a[s], work.b[s]
    cross = (x[b] - x[a]) * (y[p] - y[a]) - (y[b] - y[a]) * (x[p] - x[a])
    return 1 if cross > 0 else (-1 if cross < 0 else 0)


@njit(cache=True)
def _split_at_ends(
    work: Segments, marks: Marks, s: int, t: int, out: NDArray[np.int64], n: int
) -> int:
    """Splits of segment s at the ends of t, appended to `out`; returns the number of rows then filled."""
    a, b = work.a[t], work.b[t]
    held = marks.held[s]
    if _near(work, a, s, FIXED_REACH_MM if held and marks.on_fixed[a] else marks.reach):
        out[n, 0], out[n, 1] = s, a
        n += 1
    if _near(work, b, s, FIXED_REACH_MM if held and marks.on_fixed[b] else marks.reach):
        out[n, 0], out[n, 1] = s, b
        n += 1
    return n


@njit(cache=True)
def _cross(work: Segments, s: int, t: int, out: NDArray[np.int64], n: int) -> int:
    """Splits of two segments where they properly cross; returns the number of rows then filled."""
    a, b, p, q = work.a[s], work.b[s], work.a[t], work.b[t]
    if a in (p, q) or b in (p, q):
        return n
    if _side(work, s, p) * _side(work, s, q) >= 0 or _side(work, t, a) * _side(work, t, b) >= 0:
        return n
    x, y = work.x, work.y
    dx, dy = float(x[b] - x[a]), float(y[b] - y[a])
    ex, ey = float(x[q] - x[p]), float(y[q] - y[p])
    u = (float(x[p] - x[a]) * ey - float(y[p] - y[a]) * ex) / (dx * ey - dy * ex)
    out[n, 0], out[n + 1, 0] = s, t
    for row in range(n, n + 2):
        out[row, 1] = -1
        out[row, 2], out[row, 3] = round(x[a] + u * dx), round(y[a] + u * dy)
    return n + 2


@njit(cache=True)
def _split_pairs(
    work: Segments,
    marks: Marks,
    first: NDArray[np.int64],
    members: NDArray[np.int32],
    out: NDArray[np.int64],
) -> int:
    """Splits of all pairs that share a cell: segment, vertex, x, y; -1 when `out` is too short."""
    reach = int(marks.reach)
    box = np.empty((np.max(first[1:] - first[:-1]), 4), np.int64)
    n = 0
    for cell in range(first.size - 1):
        here = members[first[cell] : first[cell + 1]]
        _boxes(work, here, box)
        for i in range(here.size):
            s = here[i]
            left, right = box[i, 0] - reach, box[i, 1] + reach
            low, high = box[i, 2] - reach, box[i, 3] + reach
            for j in range(i + 1, here.size):
                if box[j, 1] < left or box[j, 0] > right or box[j, 3] < low or box[j, 2] > high:
                    continue
                t = here[j]
                if not (marks.dirty[s] or marks.dirty[t]):
                    continue
                if n + 4 > len(out):
                    return -1
                before = n
                n = _split_at_ends(work, marks, s, t, out, n)
                n = _split_at_ends(work, marks, t, s, out, n)
                if n == before:
                    n = _cross(work, s, t, out, n)
    return n


@njit(cache=True)
def _boxes(work: Segments, here: NDArray[np.int32], box: NDArray[np.int64]) -> None:
    """Left, right, low and high of some segments, side by side in memory."""
    for i in range(here.size):
        a, b = work.a[here[i]], work.b[here[i]]
        box[i, 0], box[i, 1] = min(work.x[a], work.x[b]), max(work.x[a], work.x[b])
        box[i, 2], box[i, 3] = min(work.y[a], work.y[b]), max(work.y[a], work.y[b])


def _move_onto_fixed(
    work: Segments, held: NDArray[np.bool_], splits: Splits
) -> tuple[NDArray[np.int64], NDArray[np.int64], Splits, NDArray[np.bool_]]:
    """Move a vertex that is to split a fixed segment onto it, onto one only; which were moved."""
    x, y = work.x, work.y
    moved = np.zeros(x.size, bool)
    on_fixed = _ends_of(work, held)
    rows = np.flatnonzero((splits.vertex >= 0) & held[splits.segment])
    rows = rows[~on_fixed[splits.vertex[rows]]]
    if rows.size == 0:
        return x, y, splits, moved
    # Near two fixed lines (a sharp corner) it would bend one of them: the others wait for a later round.
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

    New crossings in one box of the tolerance become one, but those on a fixed line stay where they are.
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
