"""Exact integer noding: iterated snap rounding on a grid of one millimetre.

Segments that cross, touch or nearly touch get common vertices, until nothing is left to split. *Fixed*
segments (the district line) are split but never bent: a vertex near one is moved onto it. *Firm* segments
(walls) bend to one another only: a vertex of any other line is moved onto them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from census_gis.geometry.grid import fill_cells, make_grid
from census_gis.geometry.pairs import (
    DIRTY,
    FIRM,
    FIXED,
    FREE,
    RANK,
    A,
    B,
    X,
    Y,
    split_pairs,
    vertex_ranks,
)
from census_gis.geometry.vertices import KEY, join_close, one_vertex_each

__all__ = ["Segments", "node"]

# Rounds at the full tolerance; then it halves each round, so that noding ends. Two rounds suffice on
# real places, random nasty districts took at most eight.
FULL_ROUNDS = 3
MOST_ROUNDS = 14
# A piece of a fixed line up to this long has no vertex of its own at an end [mm]: led back onto the line as
# given, where vertices move by up to half the grid's diagonal, two so close could change places.
SHORT_MM = 2


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
    work = _merge_vertices(lines, fixed, tolerance)
    given = np.zeros(work.x.size, bool)
    given[work.a[fixed[work.source]]] = given[work.b[fixed[work.source]]] = True
    dirty = np.ones(work.a.size, bool)
    left = 0
    for turn in range(MOST_ROUNDS):
        reach = tolerance if turn < FULL_ROUNDS else tolerance >> (turn - FULL_ROUNDS + 1)
        mine = rank[work.source]
        splits = _find_splits(work, mine, dirty, reach, tolerance)
        left = splits.segment.size
        if left == 0:
            return work
        x, y, splits, moved = _move_onto_lines(work, mine, splits)
        x, y, vertex = _new_vertices(x, y, mine > FREE, splits, max(reach, 1))
        moved = np.append(moved, np.zeros(x.size - moved.size, bool))
        cut, dirty = _cut(work._replace(x=x, y=y), splits.segment, vertex, moved)
        x, y, row = one_vertex_each(x, y)
        given = np.bincount(row[np.flatnonzero(given)], minlength=x.size) > 0
        work = Segments(x, y, row[cut.a], row[cut.b], cut.source)
        joined = _join_short(work, fixed[cut.source], given)
        dirty |= (joined[work.a] != work.a) | (joined[work.b] != work.b)
        work, keep = _without_points(work._replace(a=joined[work.a], b=joined[work.b]))
        dirty = dirty[keep]
    raise RuntimeError(f"noding leaves {left} splits after {MOST_ROUNDS} rounds.")


def _merge_vertices(lines: Segments, fixed: NDArray[np.bool_], tolerance: int) -> Segments:
    """Join vertices closer than the tolerance, those of fixed segments never; drop what collapses."""
    x, y, row = one_vertex_each(lines.x, lines.y)
    a, b = row[lines.a], row[lines.b]
    held = np.zeros(x.size, bool)
    held[a[fixed]] = held[b[fixed]] = True
    joined = join_close(x, y, held, tolerance)
    return _without_points(Segments(x, y, joined[a], joined[b], np.arange(a.size)))[0]


def _join_short(
    work: Segments, fixed: NDArray[np.bool_], given: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Vertex that stands for each: of the ends of a very short piece of a fixed line the given or else the earlier one."""
    into = np.arange(work.x.size)
    rows = np.flatnonzero(fixed)
    a, b = work.a[rows], work.b[rows]
    short = (work.x[a] - work.x[b]) ** 2 + (work.y[a] - work.y[b]) ** 2 <= SHORT_MM**2
    short &= (a != b) & ~(given[a] & given[b])
    for u, v in zip(a[short].tolist(), b[short].tolist(), strict=True):
        one, other = sorted((into[u], into[v]), key=lambda w: (not given[w], w))
        if not given[other]:
            into[into == other] = one
    return into


def _without_points(work: Segments) -> tuple[Segments, NDArray[np.int64]]:
    """Segments between two different vertices, and which rows they were."""
    keep = np.flatnonzero(work.a != work.b)
    return work._replace(a=work.a[keep], b=work.b[keep], source=work.source[keep]), keep


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
    # What belongs to a vertex or a segment is side by side in memory.
    point = np.empty((work.x.size, 3), np.int64).T
    point[X], point[Y] = work.x, work.y
    point[RANK] = vertex_ranks(work.x.size, work.a, work.b, rank)
    line = np.empty((work.a.size, 4), np.int64).T
    line[A], line[B], line[RANK], line[DIRTY] = work.a, work.b, rank, dirty
    out = np.empty((5, max(4096, work.a.size // 2)), np.int64)
    while True:
        n = split_pairs(point, line, cells, reach, out)
        if n >= 0:
            return Splits(*np.ascontiguousarray(out[:, :n]))
        out = np.empty((5, 2 * out.shape[1]), np.int64)


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
) -> tuple[Segments, NDArray[np.bool_]]:
    """Cut segments at vertices, in order along each; which of the new ones are dirty."""
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
    cut = work._replace(
        a=np.concatenate([a[whole], point[:-1][inner]]),
        b=np.concatenate([b[whole], point[1:][inner]]),
        source=np.concatenate([work.source[whole], work.source[owner[1:][inner]]]),
    )
    return cut, dirty
