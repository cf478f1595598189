"""Laying things out on ground: rows of houses, lots, frontages, and the footprints themselves.

Everything takes a polygon and gives polygons wholly inside it; footprints are drawn in their own axes
(x along the front, y to the north) and then turned and moved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from census_gis.synthetic.direction import tight

__all__ = ["Slot", "frontage", "halves", "lots", "place", "rows", "southern", "spans", "turned"]


@dataclass(frozen=True)
class Slot:
    """Room for one building: middle [m], length along the row and depth [m], row number."""

    x: float
    y: float
    length: float
    depth: float
    row: int


def turned(
    points: NDArray[np.float64], angle: float, about: tuple[float, float] = (0.0, 0.0)
) -> NDArray[np.float64]:
    """Points turned anticlockwise by an angle [rad] about a place."""
    c, s = math.cos(angle), math.sin(angle)
    moved = points - about
    return moved @ np.array([[c, s], [-s, c]]) + about


def place(outline: NDArray[np.float64], x: float, y: float, angle: float) -> Polygon:
    """A footprint drawn about its own middle, put at (x, y) and turned."""
    c, s = math.cos(angle), math.sin(angle)
    shape: Polygon = shapely.polygons(outline @ np.array([[c, s], [-s, c]]) + (x, y))
    return shape


def southern(angle: float, rng: np.random.Generator) -> float:
    """Direction of rows: along the street if that faces about south, else nearly east-west [rad]."""
    folded = (angle + math.pi / 4) % (math.pi / 2) - math.pi / 4
    return folded if abs(folded) < 0.36 else float(rng.normal(0, 0.05))


def spans(ground: Polygon, y: float) -> list[tuple[float, float]]:
    """Stretches of a horizontal line inside a polygon."""
    cross: list[float] = []
    for ring in (ground.exterior, *ground.interiors):
        points = shapely.get_coordinates(ring)
        a, b = points[:-1], points[1:]
        hit = (a[:, 1] > y) != (b[:, 1] > y)
        a, b = a[hit], b[hit]
        cross += (a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])).tolist()
    cross.sort()
    return list(zip(cross[::2], cross[1::2], strict=False))


def rows(
    ground: Polygon, angle: float, depth: float, pitch: float,
    lengths: Callable[[], tuple[float, float]], spine: float | None = None,
) -> list[Slot]:  # fmt: skip
    """Slots in rows of `depth`, `pitch` apart [m]; `lengths()` gives the next length and gap [m].

    Slots are in the turned frame (turn back by `angle` about the origin). `spine` keeps a lane of that
    width free through the middle of every row.
    """
    if ground.is_empty:
        return []
    if ground.geom_type != "Polygon":  # what was drawn in fell apart: its largest piece
        ground = max(shapely.get_parts(ground), key=lambda part: float(part.area))
    flat = Polygon(
        turned(shapely.get_coordinates(ground.exterior), -angle),
        [turned(shapely.get_coordinates(ring), -angle) for ring in ground.interiors],
    )
    left, low, right, high = flat.bounds
    count = int((high - low - depth) // pitch) + 1
    start = low + 0.5 * (high - low - depth - max(0, count - 1) * pitch)
    middle = 0.5 * (left + right)
    slots: list[Slot] = []
    for row in range(count):
        y = start + row * pitch
        free = _common([spans(flat, y + share * depth) for share in (0.0, 0.33, 0.67, 1.0)])
        if spine is not None:
            free = [piece for a, b in free for piece in
                    ((a, min(b, middle - spine / 2)), (max(a, middle + spine / 2), b))]  # fmt: skip
        for a, b in free:
            slots += _along(a, b, y, depth, row, lengths)
    return slots


def _common(levels: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    free = levels[0]
    for other in levels[1:]:
        free = [(max(a, c), min(b, d)) for a, b in free for c, d in other if min(b, d) > max(a, c)]
    return free


def _along(
    a: float, b: float, y: float, depth: float, row: int, lengths: Callable[[], tuple[float, float]]
) -> list[Slot]:
    """Fill one stretch of a row, centred in it."""
    taken: list[tuple[float, float]] = []
    x = a
    misses = 0
    while misses < 6:  # what does not fit may yet be followed by something shorter
        length, gap = lengths()
        if x + length > b:
            misses += 1
            continue
        taken.append((x, length))
        x += length + gap
    if not taken:
        return []
    slack = 0.5 * (b - taken[-1][0] - taken[-1][1])
    return [Slot(x + slack + length / 2, y + depth / 2, length, depth, row) for x, length in taken]


def halves(ground: Polygon, share: float, gap: float = 0.0, skew: float = 0.0) -> list[Polygon]:
    """A polygon cut across its long axis at a share of its length, `gap` [m] left between."""
    axis, length, width, middle = tight(ground)
    along = np.array([math.cos(axis), math.sin(axis)])
    over = np.array([math.cos(axis + math.pi / 2 + skew), math.sin(axis + math.pi / 2 + skew)])
    at = middle + (share - 0.5) * length * along
    far = 2 * (length + width)
    pieces = []
    for side in (-1, 1):
        edge = at + side * gap / 2 * along
        corner = [edge - far * over, edge + far * over,
                  edge + far * over + side * far * along, edge - far * over + side * far * along]  # fmt: skip
        part = ground.intersection(shapely.polygons(corner))
        if part.geom_type == "Polygon":
            pieces.append(part)
        else:
            pieces += [one for one in shapely.get_parts(part) if one.geom_type == "Polygon"]
    return pieces


def lots(
    ground: Polygon, target_m2: float, rng: np.random.Generator, *,
    lane_m: float = 0.0, lane_above_m2: float = math.inf, lanes: list[LineString] | None = None,
) -> list[Polygon]:  # fmt: skip
    """Cut ground again and again across its long axis down to uneven lots.

    Pieces larger than `lane_above_m2` are cut by a lane of `lane_m`, whose middle goes to `lanes`.
    """
    done: list[Polygon] = []
    queue = [ground]
    while queue:
        piece = queue.pop()
        if piece.area < target_m2 * rng.uniform(0.7, 1.7):
            done.append(piece)
            continue
        lane = lane_m if piece.area > lane_above_m2 else 0.0
        share, skew = rng.uniform(0.36, 0.64), rng.normal(0, 0.07)
        sides = [side for side in halves(piece, share, lane, skew) if side.area > 8.0]
        if len(sides) < 2:
            done += sides or [piece]
            continue
        if lane and lanes is not None:
            lanes += _middle(piece, share, skew)
        queue += sides
    return done


def _middle(ground: Polygon, share: float, skew: float) -> list[LineString]:
    axis, length, width, middle = tight(ground)
    at = middle + (share - 0.5) * length * np.array([math.cos(axis), math.sin(axis)])
    over = (length + width) * np.array(
        [math.cos(axis + math.pi / 2 + skew), math.sin(axis + math.pi / 2 + skew)]
    )
    found = ground.intersection(LineString([at - over, at + over]))
    return [part for part in shapely.get_parts(found) if part.length > 8]


def frontage(
    ground: Polygon, setback: float, depth: float, lengths: Callable[[], tuple[float, float]],
    sides: int,
) -> list[Polygon]:  # fmt: skip
    """Buildings along the longest `sides` of a block, their fronts parallel to its edge."""
    inner = ground.buffer(-setback, join_style="mitre").simplify(2.5)
    if inner.is_empty or inner.geom_type != "Polygon":
        return []
    points = shapely.get_coordinates(shapely.orient_polygons(inner).exterior)
    edges = sorted(
        ((float(np.hypot(*(b - a))), a, b) for a, b in pairwise(points)),
        key=lambda edge: -edge[0],
    )[:sides]
    done: list[Polygon] = []
    for size, a, b in edges:
        along = (b - a) / size
        inward = np.array([-along[1], along[0]])
        x, misses = 4.0, 0
        while misses < 6:
            length, gap = lengths()
            if x + length > size - 3.0:
                misses += 1
                continue
            p = a + x * along + 0.3 * inward
            q = p + length * along
            house = Polygon([p, q, q + depth * inward, p + depth * inward])
            if ground.contains(house) and not any(
                shapely.dwithin(house, other, 1.0) for other in done
            ):
                done.append(house)
            x += length + gap
    return done
