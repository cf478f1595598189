"""Kernels that turn a chain of border points into long strokes inside their own sleeve.

A border point between two areas lies on an edge of the triangulation (its *portal*), or inside one
triangle. It may slide there without ever entering a footprint or leaving the triangles that the line
crosses, so neither smoothing nor straightening can break the tiling. Arrays only.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["CORNER", "FIXED", "INNER", "PORTAL", "chains", "relax", "straighten"]

# What a border point may do: stay, slide on its portal, move in its triangle; a corner may never go.
FIXED, PORTAL, INNER, CORNER = 0, 1, 2, 3
SHORE = 0.08  # least share of each corner for a point inside a triangle
REACH = 160  # most pieces one stroke may replace
PATIENCE = 14  # pieces to look beyond the last stroke that fitted
NEAR_M = 0.4  # pieces shorter than this pull no harder than one of this length


@njit(cache=True)
def chains(
    ptr: NDArray[np.int64], to: NDArray[np.int64], piece: NDArray[np.int64], end: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Points in order along every arc: from end to end, then closed loops.

    Parameters
    ----------
    ptr, to, piece
        Neighbours of point v are ``to[ptr[v]:ptr[v + 1]]``, over pieces ``piece[...]``.
    end
        Points where arcs meet or must be parted.

    Returns
    -------
    path, first, step
        Arc a runs over ``path[first[a]:first[a + 1]]``; `step[i]` is the piece from path[i] to
        path[i + 1] (the last entry of an arc repeats its last piece).
    """
    n = piece.size // 2
    used = np.zeros(n, np.bool_)
    path = np.empty(2 * n + 1, np.int64)
    step = np.empty(2 * n + 1, np.int64)
    first = np.zeros(n + 1, np.int64)
    arcs = 0
    m = 0
    for loops in range(2):
        for v0 in range(end.size):
            if loops == 0 and not end[v0]:
                continue
            for k0 in range(ptr[v0], ptr[v0 + 1]):
                if used[piece[k0]]:
                    continue
                v, k = v0, k0
                while k >= 0:
                    used[piece[k]] = True
                    path[m], step[m] = v, piece[k]
                    m += 1
                    v, last, k = to[k], k, -1
                    if not end[v] and v != v0:
                        for j in range(ptr[v], ptr[v + 1]):
                            if not used[piece[j]]:
                                k = j
                    if k < 0:
                        path[m], step[m] = v, piece[last]
                        m += 1
                arcs += 1
                first[arcs] = m
    return path[:m].copy(), first[: arcs + 1].copy(), step[:m].copy()


@njit(cache=True)
def _slide(
    sx: float, sy: float, at: NDArray[np.float64], low: float, pull: float
) -> tuple[float, float]:
    """Point of a portal nearest to (sx, sy), drawn to its middle, inside its limits."""
    dx, dy = at[2] - at[0], at[3] - at[1]
    t = ((sx - at[0]) * dx + (sy - at[1]) * dy) / (dx * dx + dy * dy)
    t = min(max((1 - pull) * t + pull * 0.5, low), 1 - low)
    return at[0] + t * dx, at[1] + t * dy


@njit(cache=True)
def _inside(sx: float, sy: float, at: NDArray[np.float64]) -> tuple[float, float]:
    """(sx, sy) brought into the triangle, a little off its sides."""
    ax, ay, bx, by, cx, cy = at[0], at[1], at[2], at[3], at[4], at[5]
    d = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    u = max(((bx - sx) * (cy - sy) - (cx - sx) * (by - sy)) / d, SHORE)
    v = max(((cx - sx) * (ay - sy) - (ax - sx) * (cy - sy)) / d, SHORE)
    w = max(1 - u - v, SHORE)
    s = u + v + w
    return (u * ax + v * bx + w * cx) / s, (u * ay + v * by + w * cy) / s


@njit(cache=True)
def relax(
    xy: NDArray[np.float64],
    links: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
    kind: NDArray[np.int8],
    at: NDArray[np.float64],
    low: NDArray[np.float64],
    rounds: int,
) -> None:
    """Slide every free point towards its neighbours, in place (Gauss-Seidel).

    Neighbours weigh by the inverse of their distance, so that what is made small is the length of the
    line, not the unevenness of its points; a pull of 5 % to the middle of the portal keeps it off walls.

    Parameters
    ----------
    xy : (m, 2) points [m]
    links : ptr, to, along
        Neighbours; those reached along an edge of the triangulation do not pull.
    at : (m, 6) the portal's two ends, or the triangle's three corners
    low : (m,) least share of the portal to either end
    """
    ptr, to, along = links
    for _ in range(rounds):
        for i in range(kind.size):
            if kind[i] != PORTAL and kind[i] != INNER:
                continue
            sx = sy = total = 0.0
            for k in range(ptr[i], ptr[i + 1]):
                if not along[k]:
                    j = to[k]
                    far = np.hypot(xy[j, 0] - xy[i, 0], xy[j, 1] - xy[i, 1])
                    w = 1.0 / max(far, NEAR_M)
                    sx += w * xy[j, 0]
                    sy += w * xy[j, 1]
                    total += w
            if total == 0.0:
                continue
            if kind[i] == PORTAL:
                xy[i] = _slide(sx / total, sy / total, at[i], low[i], 0.05)
            else:
                xy[i] = _inside(sx / total, sy / total, at[i])


@njit(cache=True)
def _misfit(
    chain: NDArray[np.int64],
    follow: NDArray[np.bool_],
    xy: NDArray[np.float64],
    kind: NDArray[np.int8],
    at: NDArray[np.float64],
    limit: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> float:
    """Sum of squared offsets in units of what each point allows; -1 where the stroke does not fit."""
    low, give, slack = limit
    p, q = chain[0], chain[-1]
    px, py = xy[p, 0], xy[p, 1]
    dx, dy = xy[q, 0] - px, xy[q, 1] - py
    length = np.hypot(dx, dy)
    if length < 1e-9:
        return -1.0
    total = 0.0
    for k in range(1, chain.size - 1):
        w = chain[k]
        off = abs((xy[w, 0] - px) * dy - (xy[w, 1] - py) * dx) / length
        forth = ((xy[w, 0] - px) * dx + (xy[w, 1] - py) * dy) / length
        free = kind[w] == PORTAL and not (follow[k - 1] or follow[k])
        most = give[w] if free else slack[w]
        if off > most or forth < -1e-9 or forth > length + 1e-9:
            return -1.0
        if free:
            sa = (at[w, 0] - px) * dy - (at[w, 1] - py) * dx
            sb = (at[w, 2] - px) * dy - (at[w, 3] - py) * dx
            if sa == sb:
                return -1.0
            t = sa / (sa - sb)
            if t < low[w] * 0.999 or t > 1 - low[w] * 0.999:
                return -1.0
        total += (off / max(most, 1e-3)) ** 2
    return total


@njit(cache=True)
def straighten(
    path: NDArray[np.int64],
    first: NDArray[np.int64],
    follow: NDArray[np.bool_],
    points: tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.float64]],
    limit: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    bend: float,
) -> NDArray[np.bool_]:
    """Which points of every arc to keep: the cheapest chain of strokes that fit the sleeve.

    A stroke costs 1 and `bend` times its misfit; dynamic programming over all strokes of up to `REACH`
    pieces. `follow[i]` tells whether the piece after path[i] runs along an edge of the triangulation.
    `points` are (xy, kind, at) of `relax`, `limit` are (low, give [m], slack [m]).
    """
    xy, kind, at = points
    keep = np.zeros(path.size, np.bool_)
    cost = np.empty(path.size, np.float64)
    back = np.empty(path.size, np.int64)
    for a in range(first.size - 1):
        lo, hi = first[a], first[a + 1]
        cost[lo:hi] = np.inf
        cost[lo] = 0.0
        for i in range(lo, hi - 1):
            last = i + 1
            for j in range(i + 1, min(hi, i + REACH)):
                if j - last > PATIENCE:
                    break
                fit = 0.0
                if j > i + 1:
                    fit = _misfit(path[i : j + 1], follow[i:j], xy, kind, at, limit)
                if fit >= 0.0:
                    last = j
                    if cost[i] + 1.0 + bend * fit < cost[j] - 1e-12:
                        cost[j] = cost[i] + 1.0 + bend * fit
                        back[j] = i
                if kind[path[j]] == CORNER:
                    break
        j = hi - 1
        keep[lo] = True
        while j > lo:
            keep[j] = True
            j = back[j]
    return keep
