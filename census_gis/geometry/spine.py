"""The way from end to end inside a bent footprint, on a grid, and the shortest chords across it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString, Point, Polygon

__all__ = ["Spine", "spine_of"]

# About this many grid points in a footprint, but never closer than a metre: a few milliseconds each.
GRID_POINTS = 1500
LEAST_STEP_M = 1.0
# Knight's moves keep the distance within 3 % of the straight line.
MOVES = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (2, -1), (1, -2))
DIRECTIONS = 24
REACH_M = 400.0
# Cuts overshoot the outline by this much, so that they surely cross it.
OVER_M = 0.2


@dataclass(frozen=True)
class Spine:
    """Distance of grid points from the start of the spine.

    Attributes
    ----------
    points : float64, shape (g, 2)
    distance : float64, shape (g,)
        Way inside the footprint [m], NaN where none leads.
    step : float
        Spacing of the grid [m].
    gates : list of LineString
        The cut that opens a ring; empty for others.
    """

    points: NDArray[np.float64]
    distance: NDArray[np.float64]
    step: float
    gates: list[LineString]

    def middle_of(self, polygon: Polygon) -> float:
        """Where along the spine a polygon lies: median of its grid points, else of the nearest [m]."""
        shapely.prepare(polygon)
        here = shapely.contains_xy(polygon, *self.points.T) & np.isfinite(self.distance)
        if here.any():
            return float(np.median(self.distance[here]))
        spot = polygon.representative_point()
        away = np.hypot(*(self.points - [spot.x, spot.y]).T)
        away[~np.isfinite(self.distance)] = np.inf
        return float(self.distance[int(np.argmin(away))])

    def chords(self, polygon: Polygon, passed: NDArray[np.float64]) -> list[LineString]:
        """Shortest chords where the given shares (0-1) of the area have been passed."""
        known = self.distance[np.isfinite(self.distance)]
        found = [self._chord(polygon, float(at)) for at in np.quantile(known, passed)]
        return [chord for chord in found if chord is not None]

    def _chord(self, polygon: Polygon, at: float) -> LineString | None:
        """The shortest way across the polygon at a distance along the spine [m]; None where nothing is."""
        with np.errstate(invalid="ignore"):
            band = self.points[np.abs(self.distance - at) < 1.2 * self.step]
        if len(band) < 2:
            return None
        middle = band[np.argmin(((band - np.median(band, 0)) ** 2).sum(1))]
        turn = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
        way = np.stack([np.cos(turn), np.sin(turn)], 1)
        rays = shapely.linestrings(np.stack([middle - REACH_M * way, middle + REACH_M * way], 1))
        pieces, ray = shapely.get_parts(shapely.intersection(rays, polygon), return_index=True)
        mine = shapely.distance(pieces, Point(middle)) < 1e-6
        if not mine.any():
            return None
        pieces, ray = pieces[mine], ray[mine]
        best = int(np.argmin(shapely.length(pieces).round(6)))
        ends, along = shapely.get_coordinates(pieces[best]), way[ray[best]]
        return LineString([ends[0] - OVER_M * along, ends[-1] + OVER_M * along])


def spine_of(polygon: Polygon, pieces: int, *, ring: bool) -> Spine | None:
    """Distances from one end of a footprint, or around it once its ring is opened.

    Parameters
    ----------
    polygon : Polygon
    pieces : int
        Slices wanted; a footprint with fewer than 4 grid points for each has no spine here.
    ring : bool
        A court: opened at the shortest chord from its largest hole to the outside.
    """
    step = max(LEAST_STEP_M, float(np.sqrt(polygon.area / GRID_POINTS)))
    x0, y0, x1, y1 = polygon.bounds
    gx, gy = np.meshgrid(np.arange(x0 + step / 2, x1, step), np.arange(y0 + step / 2, y1, step))
    shapely.prepare(polygon)
    inside = shapely.contains_xy(polygon, gx, gy)
    points = np.column_stack([gx[inside], gy[inside]])
    if len(points) < 4 * pieces:
        return None
    tail, head, length = _moves(inside, step)
    if ring and len(polygon.interiors):
        return _opened(polygon, points, step, (tail, head, length))
    graph = _graph(len(points), tail, head, length)
    far = _reached(dijkstra(graph, indices=_first_end(points)))
    first = int(np.nanargmax(far.round(6)))
    there = _reached(dijkstra(graph, indices=first))
    last = int(np.nanargmax(there.round(6)))
    run = points[last] - points[first]
    # From the west end, or from the north end where the ends lie rather that way.
    back = run[0] < 0 if abs(run[0]) >= abs(run[1]) else run[1] > 0
    distance = _reached(dijkstra(graph, indices=last)) if back else there
    return Spine(points, distance, step, [])


def _moves(
    inside: NDArray[np.bool_], step: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of grid points a move apart, and how far that is."""
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(inside.sum())
    tail, head, length = [], [], []
    for down, right in MOVES:
        rows, columns = inside.shape
        one = number[: rows - down, max(0, -right) : columns - max(0, right)]
        two = number[down:, max(0, right) : columns - max(0, -right)]
        both = (one >= 0) & (two >= 0)
        tail.append(one[both])
        head.append(two[both])
        length.append(np.full(int(both.sum()), step * np.hypot(down, right)))
    return np.concatenate(tail), np.concatenate(head), np.concatenate(length)


def _graph(
    n: int, tail: NDArray[np.int64], head: NDArray[np.int64], length: NDArray[np.float64]
) -> csr_matrix:
    """Edges that lead both ways between n nodes, with their lengths [m]."""
    both = np.concatenate([length, length])
    ends = np.concatenate([tail, head]), np.concatenate([head, tail])
    return csr_matrix((both, ends), shape=(n, n))


def _reached(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances [m] with NaN for what cannot be reached."""
    return np.where(np.isfinite(distance), distance, np.nan)


def _first_end(points: NDArray[np.float64]) -> int:
    """Any fixed point: the most western, of these the most northern."""
    return int(np.lexsort((-points[:, 1], points[:, 0]))[0])


def _opened(
    polygon: Polygon,
    points: NDArray[np.float64],
    step: float,
    moves: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
) -> Spine | None:
    """Open the ring at its shortest chord and measure from there around it."""
    tail, head, length = moves
    hole = max(polygon.interiors, key=lambda ring: Polygon(ring).area)
    spots = shapely.line_interpolate_point(
        hole, np.linspace(0, 1, 60, endpoint=False), normalized=True
    )
    near = shapely.shortest_line(spots, polygon.exterior)
    ends = shapely.get_coordinates(near[int(np.argmin(shapely.length(near).round(6)))])
    span = float(np.hypot(*(ends[1] - ends[0])))
    if span <= 0:
        return None
    way = (ends[1] - ends[0]) / span
    gate = LineString([ends[0] - way * 0.5, ends[1] + way * 0.5])
    steps = shapely.linestrings(np.stack([points[tail], points[head]], 1))
    free = ~shapely.intersects(gate, steps)
    beside = shapely.distance(gate, shapely.points(points)) < 2 * step
    left = (points - ends[0]) @ np.array([-way[1], way[0]]) > 0
    start = np.flatnonzero(beside & left)
    if not len(start):
        return None
    graph = _graph(len(points), tail[free], head[free], length[free])
    distance = _reached(dijkstra(graph, indices=start, min_only=True))
    return Spine(points, distance, step, [gate])
