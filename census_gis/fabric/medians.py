"""Divided streets and roundabouts taken as one: what runs across a median, or round an island, is taken out.

Two carriageways of one street bound a strip whose middle is the line a person would draw. Where streets
cross, short pieces of road lie across the strip; each of them would end it, and the line would jump from
the middle to a carriageway and back. Without them the middle goes on through the junction. The ring of a
small roundabout gives way to spokes from each of its streets to the middle.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from census_gis.fabric.verges import STEP_M, Grid, binned, grid_over, walked
from census_gis.fabric.words import Words
from census_gis.geometry.steps import middles
from census_gis.model import ROAD

__all__ = ["as_one_line"]

# Classes that are divided even where no name says that two lines are one street.
LARGE = frozenset({"motorway", "trunk", "primary", "secondary"})
NAMED = LARGE | {"tertiary", "unclassified", "residential"}
LEAST_M, MOST_M = 3.0, 25.0  # between carriageways: a median is under 25 m
PARALLEL = 0.34  # sine of the angle between carriageways, and slant of the way across: 20 degrees
RIM_M = 0.75  # a carriageway may run this far inside its own median, where steps cut a bend
STUB_M = 2.0  # what is left of a piece of road across, if shorter, goes too
ISLAND_M2 = 490.0  # circle of 25 m: larger roundabouts are streets of their own
ROUND = 0.8  # 4 pi A / P^2 of an island, at least
LONGEST_RIM_M = 90.0  # its circumference, or a little more
STRIDE_M = 40.0  # a divided stretch shorter than this is a traffic island
END_M = 0.05


class _Pairs(NamedTuple):
    """Steps of carriageways, the foot of each on the carriageway beside it, and whether there is one."""

    xy: NDArray[np.float64]
    line: NDArray[np.int64]
    linked: NDArray[np.bool_]
    foot: NDArray[np.float64]
    other: NDArray[np.int64]


def as_one_line(
    shapes: NDArray[np.object_], kinds: NDArray[np.uint8], word: Words, name: Words
) -> NDArray[np.object_]:
    """Shapes of barriers without what lies across medians and without small rings of road.

    Parameters
    ----------
    shapes : object, shape (n,)
        2D lines and areas in metres.
    kinds : uint8, shape (n,)
        ROAD and others; only roads are changed.
    word, name : Words of n rows
        Class and name of each.

    Returns
    -------
    object, shape (n,)
        A road of which nothing is left is empty.
    """
    road = np.flatnonzero((kinds == ROAD) & (shapely.get_dimensions(shapes) == 1))
    if len(road) < 2:
        return shapes
    out = shapes.copy()
    out[road] = _without_rings(shapes[road])
    out[road] = _without_stubs(out[road], _streets(word[road], name[road]))
    return out


def _streets(word: Words, name: Words) -> NDArray[np.int64]:
    """A number for each street that may be divided, by class and name; -1 for other roads."""
    named = ~name.among({""})
    may = np.where(named, word.among(NAMED), word.among(LARGE))
    last = len(name.known)
    both = word.code * last + np.where(named, name.code, last - 1)
    street = np.full(len(may), -1, np.int64)
    street[may] = pd.factorize(both[may])[0]
    return street


def _without_stubs(roads: NDArray[np.object_], street: NDArray[np.int64]) -> NDArray[np.object_]:
    """Roads without what lies inside the medians of divided streets."""
    parts, row = shapely.get_parts(roads, return_index=True)
    may = np.flatnonzero((street[row] >= 0) & (shapely.length(parts) > 0))
    may = may[_has_company(parts[may], street[row[may]])]
    medians = _medians(_paired(parts[may], street[row[may]])) if may.size > 1 else None
    if medians is None:
        return roads
    # A street that cannot be divided is no carriageway: it ends at the rim.
    close, inner = (shapely.buffer(medians, -m, join_style="mitre") for m in (2 * END_M, RIM_M))
    shapely.prepare([close, inner])
    hit = np.flatnonzero(shapely.intersects(roads, inner))
    cut = shapely.difference(roads[hit], np.where(street[hit] < 0, close, inner))
    rest, of = shapely.get_parts(cut, return_index=True)
    wide = shapely.buffer(medians, END_M)
    shapely.prepare(wide)
    kept = (shapely.length(rest) >= STUB_M) | ~shapely.covers(wide, rest)
    out = roads.copy()
    out[hit] = shapely.from_wkt("MULTILINESTRING EMPTY")
    rows, group = np.unique(of[kept], return_inverse=True)
    if rows.size:
        out[hit[rows]] = shapely.multilinestrings(rest[kept], indices=group)
    return out


def _has_company(lines: NDArray[np.object_], street: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Lines that somewhere have another of their street within reach, but not in touch; looked at in strides."""
    spot, line, _ = middles(lines, STRIDE_M)
    xy, at = shapely.get_coordinates(spot), shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(at[1][1:] == at[1][:-1])
    if not len(xy) or not first.size:
        return np.zeros(len(lines), bool)
    ends = np.hstack([at[0][first], at[0][first + 1]])
    cells = binned(ends, np.full(len(ends), MOST_M), grid := grid_over(xy, MOST_M))
    return in_company(xy, (line, street), (ends, at[1][first].astype(np.int64)), (grid, *cells))


@njit(cache=True)
def in_company(
    xy: NDArray[np.float64],
    of: tuple[NDArray[np.int64], NDArray[np.int64]],
    segments: tuple[NDArray[np.float64], NDArray[np.int64]],
    near: tuple[Grid, NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.bool_]:
    """Lines seen from a spot of another line of their street at 3 to 25 m, and those that see one.

    Parameters
    ----------
    xy : (n, 2) spots [m]
    of : line of each spot, street of each line
    segments : ends x, y, x, y [m] of all segments, and the line of each
    near : grid, and the segments near each of its cells as `binned` has them
    """
    line, street = of
    ends, owner = segments
    (low, cell, size), first, held = near
    found, touched = np.zeros(street.size, np.bool_), np.full(street.size, -1, np.int64)
    for p in range(len(xy)):
        at = int((xy[p, 0] - low[0]) / cell) * size[1] + int((xy[p, 1] - low[1]) / cell)
        # A line that comes nearer than 3 m somewhere is in touch there, however far its other segments are.
        for least in range(2):
            for q in range(first[at], first[at + 1]):
                s = held[q]
                other = owner[s]
                if street[other] != street[line[p]] or other == line[p]:
                    continue
                dx, dy = ends[s, 2] - ends[s, 0], ends[s, 3] - ends[s, 1]
                x, y = xy[p, 0] - ends[s, 0], xy[p, 1] - ends[s, 1]
                t = min(max((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-12), 0.0), 1.0)
                away = np.hypot(x - t * dx, y - t * dy)
                if least == 0 and away < LEAST_M:
                    touched[other] = p
                elif least == 1 and away <= MOST_M and touched[other] != p:
                    found[line[p]] = found[other] = True
    return found


def _paired(lines: NDArray[np.object_], street: NDArray[np.int64]) -> _Pairs:
    """Steps of lines, and the nearest place on the nearest line of the same street that runs beside."""
    steps = walked(lines)
    xy, line, linked = np.ascontiguousarray(steps.xy), steps.row, steps.linked
    ahead = np.where(linked[:, None], np.roll(xy, -1, axis=0) - xy, xy - np.roll(xy, 1, axis=0))
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    start = np.flatnonzero(linked)
    ends = np.hstack([xy[start], xy[start + 1]])
    cells = binned(ends, np.full(len(ends), MOST_M), grid := grid_over(xy, MOST_M))
    foot, beside = feet_beside(np.hstack([xy, ahead]), (line, street[line]), start, (grid, *cells))
    return _Pairs(xy, line, linked, foot, np.where(beside >= 0, line[beside], -1))


@njit(cache=True)
def feet_beside(
    steps: NDArray[np.float64],
    of: tuple[NDArray[np.int64], NDArray[np.int64]],
    start: NDArray[np.int64],
    near: tuple[Grid, NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The nearest place on another line of the same street that runs beside each step.

    Parameters
    ----------
    steps : (n, 4) point x, y [m] and direction x, y (length 1)
    of : line and street of each step
    start : (m,) steps from which a segment leads to the next one
    near : grid, and the segments near each of its cells as `binned` has them

    Returns
    -------
    foot : float64, shape (n, 2)
        The point itself where nothing runs beside. Of places equally near the smallest in x, then y.
    beside : int64, shape (n,)
        The step at which the segment with the place begins, -1 for none.
    """
    line, street = of
    (low, cell, size), first, held = near
    foot, beside = steps[:, :2].copy(), np.full(len(steps), -1, np.int64)
    for p in range(len(steps)):
        x, y, ux, uy = steps[p, 0], steps[p, 1], steps[p, 2], steps[p, 3]
        best = np.inf
        at = int((x - low[0]) / cell) * size[1] + int((y - low[1]) / cell)
        for q in range(first[at], first[at + 1]):
            s = start[held[q]]
            turned = abs(ux * steps[s, 3] - uy * steps[s, 2])
            if street[s] != street[p] or line[s] == line[p] or turned > PARALLEL:
                continue
            dx, dy = steps[s + 1, 0] - steps[s, 0], steps[s + 1, 1] - steps[s, 1]
            t = ((x - steps[s, 0]) * dx + (y - steps[s, 1]) * dy) / max(dx * dx + dy * dy, 1e-12)
            t = min(max(t, 0.0), 1.0)
            fx, fy = steps[s, 0] + t * dx, steps[s, 1] + t * dy
            away = np.hypot(fx - x, fy - y)
            slant = abs((fx - x) * ux + (fy - y) * uy)
            if not LEAST_M <= away <= MOST_M or slant > PARALLEL * away:
                continue
            away = np.rint(away * 1e6) / 1e6
            less = fx < foot[p, 0] or (fx == foot[p, 0] and fy < foot[p, 1])
            same = away == best and fx == foot[p, 0] and fy == foot[p, 1]
            if same:  # two lines meet there: the one whose segment has its middle first
                e = beside[p]
                mx, ox = steps[s, 0] + steps[s + 1, 0], steps[e, 0] + steps[e + 1, 0]
                my, oy = steps[s, 1] + steps[s + 1, 1], steps[e, 1] + steps[e + 1, 1]
                less = mx < ox or (mx == ox and my < oy)
            if away < best or (away == best and less):
                best, beside[p] = away, s
                foot[p, 0], foot[p, 1] = fx, fy
    return foot, beside


def _medians(pairs: _Pairs) -> shapely.Geometry | None:
    """Ground between carriageways that are nearest to each other; None where there is none."""
    some = np.flatnonzero(pairs.other >= 0)
    if not some.size:
        return None
    _, back = cKDTree(pairs.xy[some]).query(pairs.foot[some])
    there = some[back]
    near = np.hypot(*(pairs.foot[there] - pairs.xy[some]).T) <= 2 * STEP_M
    mutual = np.zeros(len(pairs.xy), bool)
    mutual[some] = near & (pairs.other[there] == pairs.line[some])
    a = np.flatnonzero(pairs.linked & mutual & np.append(mutual[1:], False))
    a = a[np.hypot(*(pairs.foot[a + 1] - pairs.foot[a]).T) <= 3 * STEP_M]
    if not a.size:
        return None
    four = np.stack([pairs.xy[a], pairs.xy[a + 1], pairs.foot[a + 1], pairs.foot[a]], axis=1)
    ground = shapely.convex_hull(shapely.multipoints(four.reshape(-1, 2), indices=np.repeat(np.arange(a.size), 4)))  # fmt: skip
    return shapely.union_all(shapely.buffer(ground, END_M, join_style="mitre"))


def _without_rings(roads: NDArray[np.object_]) -> NDArray[np.object_]:
    """Roads with small roundabouts replaced by spokes to their middles."""
    parts = shapely.get_parts(roads)
    # Pieces of a small ring are no longer than its rim, and meet end to end.
    faces = shapely.get_parts(shapely.polygonize(parts[shapely.length(parts) <= LONGEST_RIM_M]))
    area, rim = shapely.area(faces), shapely.length(faces)
    faces = faces[(area <= ISLAND_M2) & (4 * np.pi * area >= ROUND * rim**2)]
    out = roads.copy()
    tree = shapely.STRtree(roads)
    faces = faces[np.lexsort(shapely.bounds(faces).T)]
    rings = shapely.buffer(shapely.boundary(faces), END_M)
    centres = shapely.get_coordinates(shapely.centroid(faces))
    of, road = tree.query(rings, predicate="intersects")
    for k, (face, ring, middle) in enumerate(zip(faces, rings, centres, strict=True)):
        for i in np.sort(road[of == k]):
            rest = shapely.get_parts(shapely.difference(out[i], ring))
            rest = rest[~shapely.is_empty(rest) & ~shapely.covers(face, rest)]
            tips = [line for part in rest for line in _spokes(part, ring, middle)]
            out[i] = shapely.MultiLineString([*rest, *tips])
    return out


def _spokes(part: shapely.Geometry, ring: shapely.Geometry, middle: NDArray[np.float64]) -> list[shapely.Geometry]:  # fmt: skip
    """Lines from the ends of a road that lie on a ring to its middle."""
    ends = shapely.get_coordinates(part)[[0, -1]]
    near = shapely.dwithin(shapely.points(ends), ring, END_M)
    return [shapely.linestrings([tuple(end), tuple(middle)]) for end in ends[near]]
