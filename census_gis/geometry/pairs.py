"""Where two segments split each other: at an end of one near the inside of the other, or where they cross."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.geometry.predicates import orientation

__all__ = [
    "DIRTY",
    "FIRM",
    "FIXED",
    "FREE",
    "RANK",
    "A",
    "B",
    "X",
    "Y",
    "split_pairs",
    "vertex_ranks",
]

# Half the diagonal of the grid, rounded up: what is nearer to a line lies on it. Two fixed lines are only split
# where they meet so.
ON_LINE_MM = 0.8
# Rows of the tables that kernels read: of vertices, of segments, and of the splits they find.
X, Y = 0, 1
A, B, DIRTY = 0, 1, 3
RANK = 2  # of both tables: of the firmest segment at a vertex, and of a segment
SEGMENT, VERTEX, AT_X, AT_Y, MOVES = 0, 1, 2, 3, 4
# Rows of the table of a cell: bounds of its segments, and x of their lower and their upper end.
LEFT, RIGHT, LOW, HIGH, LOW_X, HIGH_X = 0, 1, 2, 3, 4, 5
# Ranks of segments: of two that meet the lower yields.
FREE, FIRM, FIXED = 0, 1, 2


@njit(cache=True)
def vertex_ranks(
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
        reach = ON_LINE_MM
    dx, dy = float(point[X, b] - point[X, a]), float(point[Y, b] - point[Y, a])
    px, py = float(point[X, p] - point[X, a]), float(point[Y, p] - point[Y, a])
    length2 = dx * dx + dy * dy
    along = px * dx + py * dy
    if along <= 0.0 or along >= length2:
        return False
    cross = dx * py - dy * px
    if cross * cross > reach * reach * length2:
        return False
    # Beside an end point a split would swap the two for ever, unless p lies on the line as far as the grid can say:
    # there it is between the ends whichever way one looks, and no ground is left between it and the line.
    beside = px * px + py * py < reach * reach
    beside |= (px - dx) ** 2 + (py - dy) ** 2 < reach * reach
    return cross * cross <= ON_LINE_MM**2 * length2 or not beside


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
def _meet(box: NDArray[np.int32], i: int, j: int, reach: float) -> bool:
    """Whether an end of one of two segments in a cell may be near the inside of the other, or they may cross.

    A quick look at what is side by side in memory; it misses nothing, and nearly all pairs end here.
    """
    ax, ay, px, py = box[LOW_X, i], box[LOW, i], box[LOW_X, j], box[LOW, j]
    dx, dy = np.int64(box[HIGH_X, i] - ax), np.int64(box[HIGH, i] - ay)
    ex, ey = np.int64(box[HIGH_X, j] - px), np.int64(box[HIGH, j] - py)
    # From the beginning of each to the ends of the other.
    ux, uy = np.int64(px - ax), np.int64(py - ay)
    vx, vy, wx, wy = ux + ex, uy + ey, dx - ux, dy - uy
    least, length2 = reach * reach, dx * dx + dy * dy
    to_p, to_q = dx * uy - dy * ux, dx * vy - dy * vx
    along_p, along_q = ux * dx + uy * dy, vx * dx + vy * dy
    near = (0 < along_p < length2) and float(to_p) * to_p <= least * length2
    near |= (0 < along_q < length2) and float(to_q) * to_q <= least * length2
    length2 = ex * ex + ey * ey
    to_a, to_b = ey * ux - ex * uy, ex * wy - ey * wx
    along_a, along_b = -ux * ex - uy * ey, wx * ex + wy * ey
    near |= (0 < along_a < length2) and float(to_a) * to_a <= least * length2
    near |= (0 < along_b < length2) and float(to_b) * to_b <= least * length2
    return bool(near) or ((to_p > 0) != (to_q > 0) and (to_a > 0) != (to_b > 0))


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
def split_pairs(
    point: NDArray[np.int64],
    line: NDArray[np.int64],
    cells: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    reach: int,
    out: NDArray[np.int64],
) -> int:
    """Splits of all pairs that share a cell; returns their number, -1 when `out` is too short."""
    first, members, ends = cells
    box = np.empty((6, np.max(first[1:] - first[:-1])), np.int32)
    quick = max(float(reach), ON_LINE_MM)
    n = 0
    for cell in range(first.size - 1):
        begin, size = first[cell], first[cell + 1] - first[cell]
        if size < 2:
            continue
        _boxes(ends, members, begin, size, box)
        for i in range(size):
            s = int(members[begin + i])
            left, right = box[LEFT, i] - reach, box[RIGHT, i] + reach
            low, high = box[LOW, i] - reach, box[HIGH, i] + reach
            for j in range(i + 1, size):
                # One test of all four: which of them fails cannot be foretold.
                apart = (box[RIGHT, j] < left) | (box[LEFT, j] > right)
                if apart | (box[HIGH, j] < low) | (box[LOW, j] > high):
                    continue
                if not _meet(box, i, j, quick):
                    continue
                t = int(members[begin + j])
                if line[DIRTY, s] or line[DIRTY, t]:
                    if n + 4 > out.shape[1]:
                        return -1
                    n = _split_pair(point, line, (s, t), reach, out, n)
    return n


@njit(cache=True)
def _boxes(
    ends: NDArray[np.int32],
    members: NDArray[np.int32],
    begin: int,
    size: int,
    box: NDArray[np.int32],
) -> None:
    """Bounds and ends of the segments of one cell, side by side in memory."""
    for i in range(size):
        s = members[begin + i]
        box[LOW_X, i], box[HIGH_X, i] = ends[0, s], ends[2, s]
        box[LEFT, i], box[RIGHT, i] = min(ends[0, s], ends[2, s]), max(ends[0, s], ends[2, s])
        box[LOW, i], box[HIGH, i] = ends[1, s], ends[3, s]
