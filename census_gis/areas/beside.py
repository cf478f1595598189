"""What can be seen beside a line, where the ground it was drawn on says nothing.

Between houses a line follows no edge of the fabric, yet it often runs along something one can see and that
is no barrier: a footpath, a lawn's edge, a kerb that gave way to its centre line.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

__all__ = ["Visible", "close", "features", "nearest", "visible"]

NEAR_M = 5.0  # issue of the partition engine: a line this close to a feature follows it
# What is planned, gone or indoors cannot be seen from outside.
UNSEEN = frozenset({
    "construction", "proposed", "planned", "abandoned", "razed", "corridor", "elevator", "subway",
})  # fmt: skip
CELL_M = 16.0  # places are looked up by squares; a few steps of a stroke lie in one
MOST_CELLS = 200_000  # larger squares rather than a longer table
FLAT_M = 1e-6  # a segment that rises less has no height at which it passes a row of squares
# Where the places of each square begin, x and y of the first corner, side of a square [m], columns, rows.
Squares = tuple[NDArray[np.int64], float, float, float, int, int]


class Visible(NamedTuple):
    """Features as segments, and what is said of a stroke beside each (`code`).

    `ends` (m, 4) both ends [m] of every segment; feature f has segments ``first[f]`` to ``first[f + 1] - 1``.
    """

    ends: NDArray[np.float64]
    first: NDArray[np.int64]
    code: NDArray[np.int64]


def visible(barriers: gpd.GeoDataFrame, code: NDArray[np.int64]) -> Visible:
    """Features of a district that one sees above ground: lines, and the outlines of areas.

    Parameters
    ----------
    barriers : table BARRIERS, n rows
    code : int64, shape (n,)
        What is said of a stroke beside each row; rows with 0 are left out.
    """
    shape = np.asarray(barriers.geometry.values, dtype=object)
    above = ~barriers["tunnel"].fillna(False).to_numpy(bool)
    held_off = np.array([word == "never" for word in barriers["hold"].to_numpy(object)], dtype=bool)
    there = np.array(
        [word not in UNSEEN for word in barriers["class"].to_numpy(object)], dtype=bool
    )
    drawn = shapely.get_dimensions(shape) > 0
    keep = np.flatnonzero(above & ~held_off & there & drawn & (code > 0))
    return features(shape[keep], code[keep])


def features(shape: NDArray[np.object_], code: NDArray[np.int64]) -> Visible:
    """Lines and the outlines of areas, with their codes; points are no features."""
    part, row = shapely.get_parts(shape, return_index=True)
    flat = shapely.get_dimensions(part) == 2
    ring, area = shapely.get_rings(part[flat], return_index=True)
    line = shapely.get_dimensions(part) == 1
    course = np.concatenate([part[line], ring])
    row = np.concatenate([row[line], row[flat][area]])
    xy, of = shapely.get_coordinates(course, return_index=True)
    same = of[1:] == of[:-1]
    ends, feature = np.hstack([xy[:-1], xy[1:]])[same], row[of[1:][same]]
    order = np.argsort(feature, kind="stable")
    return Visible(ends[order], np.searchsorted(feature[order], np.arange(code.size + 1)), code)


def close(
    spot: NDArray[np.float64], around: Visible
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """What lies within 5 m of places.

    Parameters
    ----------
    spot : float64, shape (n, 2)
        Places [m].
    around : Visible

    Returns
    -------
    row, code, away
        Place, code of a feature near it, and its distance [m]; a code may come several times.
    """
    if not len(spot) or not len(around.ends):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    low = spot.min(axis=0)
    wide, high = spot.max(axis=0) - low
    cell = CELL_M
    while (wide // cell + 1) * (high // cell + 1) > MOST_CELLS:
        cell *= 2
    size = (int(wide // cell) + 1, int(high // cell) + 1)
    at = ((spot - low) // cell).astype(np.int64)
    square = at[:, 1] * size[0] + at[:, 0]
    order = np.argsort(square, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(square, minlength=size[0] * size[1]))])
    squares = (ptr, float(low[0]), float(low[1]), cell, *size)
    place, feature, away = nearest(spot[order], squares, around.ends, around.first, NEAR_M)
    return order[place], around.code[feature], away


@njit(cache=True)
def _away(x: float, y: float, end: NDArray[np.float64]) -> float:
    """Distance of a place from a segment, in the terms GEOS uses."""
    ax, ay, bx, by = end[0], end[1], end[2], end[3]
    square = (bx - ax) ** 2 + (by - ay) ** 2
    share = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / square if square > 0.0 else 0.0
    if share <= 0.0:
        return float(np.sqrt((x - ax) ** 2 + (y - ay) ** 2))
    if share >= 1.0:
        return float(np.sqrt((x - bx) ** 2 + (y - by) ** 2))
    return float(abs(((ay - y) * (bx - ax) - (ax - x) * (by - ay)) / square) * np.sqrt(square))


@njit(cache=True)
def _reach(end: NDArray[np.float64], bottom: float, top: float) -> tuple[float, float]:
    """Least and largest x [m] that a segment has between two heights."""
    ax, ay, bx, by = end[0], end[1], end[2], end[3]
    if abs(by - ay) <= FLAT_M:
        return min(ax, bx), max(ax, bx)
    s = min(max((bottom - ay) / (by - ay), 0.0), 1.0)
    t = min(max((top - ay) / (by - ay), 0.0), 1.0)
    u, v = ax + s * (bx - ax), ax + t * (bx - ax)
    return min(u, v), max(u, v)


@njit(cache=True)
def _meet(
    spot: NDArray[np.float64],
    squares: Squares,
    end: NDArray[np.float64],
    most: float,
    best: NDArray[np.float64],
    met: NDArray[np.int64],
) -> int:
    """Distances of places from one more segment of a feature, where less than before; how many are new to it.

    The new ones are the first of `met`; changes `best` and `met`.
    """
    ptr, x0, y0, cell, nx, ny = squares
    low = max(int(np.floor((min(end[1], end[3]) - most - y0) / cell)), 0)
    high = min(int(np.floor((max(end[1], end[3]) + most - y0) / cell)), ny - 1)
    count = 0
    for row in range(low, high + 1):
        bottom = y0 + row * cell - most
        u, v = _reach(end, bottom, bottom + cell + 2 * most)
        left = max(int(np.floor((u - most - x0) / cell)), 0)
        right = min(int(np.floor((v + most - x0) / cell)), nx - 1)
        if left > right:
            continue
        for k in range(ptr[row * nx + left], ptr[row * nx + right + 1]):
            far = _away(spot[k, 0], spot[k, 1], end)
            if far <= most and far < best[k]:
                if best[k] == np.inf:
                    met[count] = k
                    count += 1
                best[k] = far
    return count


@njit(cache=True)
def nearest(
    spot: NDArray[np.float64],
    squares: Squares,
    ends: NDArray[np.float64],
    first: NDArray[np.int64],
    most: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Every pair of a place and a feature at most so far away: place, feature, distance [m].

    Parameters
    ----------
    spot : (n, 2)
        Places [m], by squares.
    squares : ptr, x, y, cell, columns, rows
        Places of square s are ``ptr[s]`` to ``ptr[s + 1] - 1``; the first square's corner and the side [m].
    ends, first
        As of `Visible`.
    most : [m]
    """
    best, met = np.full(len(spot), np.inf), np.empty(len(spot), np.int64)
    place, feature, away = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64)
    m = 0
    for f in range(first.size - 1):
        count = 0
        for s in range(first[f], first[f + 1]):
            count += _meet(spot, squares, ends[s], most, best, met[count:])
        if m + count > place.size:
            more = m + count
            place = np.append(place, np.empty(more, np.int64))
            feature = np.append(feature, np.empty(more, np.int64))
            away = np.append(away, np.empty(more))
        for k in met[:count]:
            place[m], feature[m], away[m] = k, f, best[k]
            best[k] = np.inf
            m += 1
    return place[:m].copy(), feature[:m].copy(), away[:m].copy()
