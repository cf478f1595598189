"""District line, footprints and barriers as integer segments, in an order no input row order can change."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from census_gis.errors import InputError
from census_gis.fabric.blocks import Rings
from census_gis.fabric.settings import FabricSettings
from census_gis.fabric.verges import Grid, grid_over
from census_gis.geometry.noding import Segments
from census_gis.geometry.triangulation import MOST_MM
from census_gis.language import Text
from census_gis.model import DISTRICT, FOOT

__all__ = ["LineWork", "canonical_order", "draw_lines"]

MM = 1_000.0


class LineWork(NamedTuple):
    """Everything that is to be an edge of the triangulation.

    Attributes
    ----------
    lines : Segments
        Densified, not noded yet; millimetres from `origin`.
    kind : uint8, shape (n,)
    feature : int64, shape (n,)
        Row in `district`, of the footprint, or of the barrier, by kind.
    origin : float64, shape (2,)
        [m]
    district : float64, shape (m, 4)
        Segments of the district line as given: x, y, x, y [m].
    rings : Rings
        Rings of the footprints as given [mm].
    """

    lines: Segments
    kind: NDArray[np.uint8]
    feature: NDArray[np.int64]
    origin: NDArray[np.float64]
    district: NDArray[np.float64]
    rings: Rings


def canonical_order(geometries: NDArray[np.object_]) -> NDArray[np.int64]:
    """Rows sorted by bounds, length and, where these are equal, by content; of equal ones the last first."""
    n = len(geometries)
    keys = np.column_stack([np.zeros(n), shapely.bounds(geometries), shapely.length(geometries)])
    order = np.lexsort(keys.T)
    twins = np.flatnonzero((keys[order[1:]] == keys[order[:-1]]).all(axis=1))
    if twins.size == 0:
        return order
    tied = order[np.union1d(twins, twins + 1)]
    content = np.array([wkb.hex() for wkb in shapely.to_wkb(geometries[tied])])
    keys[tied, 0] = np.unique(content, return_inverse=True)[1]
    return n - 1 - np.lexsort(keys[::-1].T)


def draw_lines(
    boundary: Polygon | MultiPolygon,
    footprints: NDArray[np.object_],
    barriers: NDArray[np.object_],
    kinds: NDArray[np.uint8],
    *,
    settings: FabricSettings,
) -> LineWork:
    """Collect and densify all segments of a district.

    Raises
    ------
    InputError
        If the district is too wide for exact arithmetic.
    """
    bounds = np.array(boundary.bounds)
    _require_extent(bounds)
    near = bounds + settings.reach_m * np.array([-1, -1, 1, 1])
    origin = np.floor(bounds[:2])
    district, _ = _ring_segments(np.array([boundary], object))
    walls, wall_row = _ring_segments(_only_near(footprints, bounds))
    lines, line_row = _barrier_segments(boundary, barriers, near, kinds)
    built, built_row = _in_steps(walls, wall_row, settings.wall_step_m)
    drawn = [
        (*_in_steps(district, np.arange(len(district)), settings.district_step_m), DISTRICT),
        (built, built_row, FOOT),
        (*_sampled(lines, line_row, built, settings), 0),
    ]
    feature = np.concatenate([row for _, row, _ in drawn])
    kind = np.concatenate([np.full(len(row), k, np.uint8) for _, row, k in drawn])
    kind[kind == 0] = kinds[feature[kind == 0]]
    ends = np.rint((np.vstack([part for part, _, _ in drawn]) - np.tile(origin, 2)) * MM)
    ends = ends.astype(np.int64)
    rows = np.arange(len(ends))
    segments = Segments(
        np.concatenate([ends[:, 0], ends[:, 2]]),
        np.concatenate([ends[:, 1], ends[:, 3]]),
        rows,
        rows + len(ends),
        rows,
    )
    rings = _footprint_rings((walls - np.tile(origin, 2)) * MM, wall_row, len(footprints))
    return LineWork(segments, kind, feature, origin, district, rings)


def _require_extent(bounds: NDArray[np.float64]) -> None:
    """Raise InputError where the district is wider than integers can hold exactly."""
    wide = float((bounds[2:] - bounds[:2]).max())
    most = MOST_MM / MM * 0.9
    if not wide < most:
        raise InputError(
            Text(
                f"a census district is {wide / 1e3:,.0f} km wide; at most {most / 1e3:,.0f} km can be drawn.",
                f"普查区范围宽达 {wide / 1e3:,.0f} 公里，最多只能处理 {most / 1e3:,.0f} 公里。",
            ),
            where="districts",
            fix=Text(
                "check the coordinate system, or separate far-away parts into districts of their own.",
                "请检查坐标系，或将相距过远的部分拆分为单独的普查区。",
            ),
        )


def _only_near(footprints: NDArray[np.object_], bounds: NDArray[np.float64]) -> NDArray[np.object_]:
    """Footprints whose bounds touch those of the district; the others become empty."""
    box = shapely.bounds(footprints)
    near = (box[:, :2] <= bounds[2:]).all(axis=1) & (box[:, 2:] >= bounds[:2]).all(axis=1)
    if near.all():
        return footprints
    kept = footprints.copy()
    kept[~near] = Polygon()
    return kept


def _ring_segments(
    polygons: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Segments of all rings with the inside on their left, and the row of the polygon of each."""
    parts, row = shapely.get_parts(shapely.orient_polygons(polygons), return_index=True)
    ring, part = shapely.get_rings(parts, return_index=True)
    return _segments(ring, row[part])


def _segments(
    lines: NDArray[np.object_], row: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Segments of simple lines or rings, and the row of each."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inner = np.flatnonzero(line[1:] == line[:-1])
    return np.hstack([xy[inner], xy[inner + 1]]), np.asarray(row, np.int64)[line[inner]]


def _barrier_segments(
    boundary: Polygon | MultiPolygon,
    barriers: NDArray[np.object_],
    near: NDArray[np.float64],
    kinds: NDArray[np.uint8],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Segments of the lines and outlines that meet the district, clipped to a box around it."""
    shapely.prepare(boundary)
    rows = np.flatnonzero(shapely.intersects(boundary, barriers))
    order = canonical_order(barriers[rows])
    rows = rows[order[np.argsort(kinds[rows][order], kind="stable")]]
    parts, part_of = shapely.get_parts(barriers[rows], return_index=True)
    parts, deeper = shapely.get_parts(parts, return_index=True)  # a collection may hold multi-parts
    rows = rows[part_of[deeper]]
    dimension = shapely.get_dimensions(parts)
    ring, polygon = shapely.get_rings(parts[dimension == 2], return_index=True)
    line = np.concatenate([parts[dimension == 1], ring])
    row = np.concatenate([rows[dimension == 1], rows[dimension == 2][polygon]])
    box = shapely.bounds(line)
    out = (box[:, :2] < near[:2]).any(axis=1) | (box[:, 2:] > near[2:]).any(axis=1)
    clipped = shapely.clip_by_rect(line[out], *near)
    pieces, which = shapely.get_parts(clipped, return_index=True)
    line = np.concatenate([line[~out], pieces])
    return _segments(line, np.concatenate([row[~out], row[out][which]]))


def _in_steps(
    ends: NDArray[np.float64], row: NDArray[np.int64], step_m: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Segments in pieces of at most a step."""
    return _densify(ends, row, np.full(len(ends), step_m))


def _sampled(
    ends: NDArray[np.float64],
    row: NDArray[np.int64],
    built: NDArray[np.float64],
    settings: FabricSettings,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Barriers in pieces of `barrier_step_m`, of `open_step_m` where no wall is near."""
    pieces, row = _in_steps(ends, row, settings.open_step_m)
    step = np.full(len(pieces), np.inf)
    if len(pieces) and len(built):
        every = np.vstack([pieces[:, :2], pieces[:, 2:], built[:, :2]])
        step[_near(pieces, built, grid_over(every, settings.near_m))] = settings.barrier_step_m
    return _densify(pieces, row, step)


@njit(cache=True)
def _near(ends: NDArray[np.float64], built: NDArray[np.float64], grid: Grid) -> NDArray[np.bool_]:
    """Segments with a wall in the cells around either end or the middle: all within a cell's width, and some more."""
    low, cell, size = grid
    held = np.zeros((size[0] + 2, size[1] + 2), np.bool_)
    for s in range(len(built)):
        column, line = int((built[s, 0] - low[0]) / cell), int((built[s, 1] - low[1]) / cell)
        held[column : column + 3, line : line + 3] = True
    near = np.zeros(len(ends), np.bool_)
    for s in range(len(ends)):
        for k in range(3):
            x = ends[s, 0] + k / 2 * (ends[s, 2] - ends[s, 0]) - low[0]
            y = ends[s, 1] + k / 2 * (ends[s, 3] - ends[s, 1]) - low[1]
            near[s] |= held[int(x / cell) + 1, int(y / cell) + 1]
    return near


@njit(cache=True)
def _densify(
    ends: NDArray[np.float64], row: NDArray[np.int64], step: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cut segments into equal pieces, none longer than its step; given corners stay exactly."""
    count = np.empty(len(ends), np.int64)
    for s in range(len(ends)):
        length = np.hypot(ends[s, 2] - ends[s, 0], ends[s, 3] - ends[s, 1])
        count[s] = max(1, int(np.ceil(length / step[s])))
    pieces, of = np.empty((count.sum(), 4)), np.empty(count.sum(), np.int64)
    n = 0
    for s in range(len(ends)):
        x, y = ends[s, 0], ends[s, 1]
        for k in range(1, count[s] + 1):
            pieces[n, 0], pieces[n, 1], of[n] = x, y, row[s]
            x = ends[s, 0] + k / count[s] * (ends[s, 2] - ends[s, 0])
            y = ends[s, 1] + k / count[s] * (ends[s, 3] - ends[s, 1])
            if k == count[s]:
                x, y = ends[s, 2], ends[s, 3]
            pieces[n, 2], pieces[n, 3] = x, y
            n += 1
    return pieces, of


def _footprint_rings(ends: NDArray[np.float64], row: NDArray[np.int64], n: int) -> Rings:
    """Ring segments of n footprints, as given [mm]; they come in the order of their rows."""
    return Rings(np.searchsorted(row, np.arange(n + 1)), np.ascontiguousarray(np.rint(ends.T)))
