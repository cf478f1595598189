"""Which way streets run: a field of crossing directions, and cuts that follow it.

Streets of grown towns turn with the river and the older roads. The field is a sum of fourfold
directions (a street and its cross street are one direction), each strong near where it was set; a cut
is a streamline of that field through a face, so that neighbouring streets run nearly, never exactly,
parallel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon
from shapely.ops import split

__all__ = ["Cut", "Field", "cut_face", "long_axis", "smooth", "tight", "trace"]

STEP_M = 22.0
# A street that ends this near to one across the road meets it: a crossing, not two bends.
SNAP_M = 55.0


@dataclass(frozen=True)
class Field:
    """Directions at places: `at` [m], `angle` [rad], `reach` [m], and one angle everywhere."""

    at: NDArray[np.float64]
    angle: NDArray[np.float64]
    reach: NDArray[np.float64]
    base: float

    @cached_property
    def _fourfold(self) -> NDArray[np.float64]:
        """Cosine and sine of four times each angle, shape (n, 2)."""
        return np.column_stack([np.cos(4 * self.angle), np.sin(4 * self.angle)])

    def heading(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Direction of one of the two street families at places of shape (k, 2) [rad]."""
        far = np.square(points[:, :1] - self.at[:, 0]) + np.square(points[:, 1:] - self.at[:, 1])
        total = np.exp(-far / np.square(self.reach)) @ self._fourfold
        total += 0.12 * np.array([math.cos(4 * self.base), math.sin(4 * self.base)])
        return np.arctan2(total[:, 1], total[:, 0]) / 4


@dataclass(frozen=True)
class Cut:
    """A street across a face, and the two faces it leaves."""

    line: LineString
    sides: tuple[Polygon, Polygon]


def trace(field: Field, start: tuple[float, float], angle: float, length: float) -> LineString:
    """Streamline through `start` that leaves as near as it can to `angle`, both ways [m]."""
    return _traces(field, np.array([start]), angle, length)[0]


def _traces(
    field: Field, starts: NDArray[np.float64], angle: float, length: float,
    box: tuple[float, float, float, float] | None = None,
) -> list[LineString]:  # fmt: skip
    """Streamlines through several places at once; with a box, until all have left it."""
    count = len(starts)
    points = np.vstack([starts, starts])
    heading = np.repeat([angle, angle + math.pi], count)
    steps = []
    for _ in range(max(2, int(length / STEP_M))):
        local = field.heading(points)
        quarter = np.rint((heading - local) / (math.pi / 2))
        heading = heading + np.clip(local + quarter * math.pi / 2 - heading, -0.12, 0.12)
        points = points + STEP_M * np.column_stack([np.cos(heading), np.sin(heading)])
        steps.append(points)
        if box is not None and len(steps) > 1 and _outside(points, box).all():
            break
    walked = np.array(steps)
    return [LineString(np.vstack([walked[::-1, count + nth], starts[nth], walked[:, nth]]))
            for nth in range(count)]  # fmt: skip


def _outside(
    points: NDArray[np.float64], box: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    return np.any((points < box[:2]) | (points > box[2:]), axis=1)


def smooth(points: NDArray[np.float64], spacing: float = 25.0) -> LineString:
    """Curve through points (Catmull-Rom), a vertex about every `spacing` [m]."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = []
    for before, a, b, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        n = max(2, int(np.hypot(*(b - a)) / spacing))
        t = np.linspace(0, 1, n, endpoint=False)[:, None]
        bend = 2 * a + (b - before) * t + (2 * before - 5 * a + 4 * b - after) * t**2
        pieces.append(0.5 * (bend + (3 * a - before - 3 * b + after) * t**3))
    return LineString(np.vstack([*pieces, points[-1:]]))


def long_axis(face: Polygon) -> tuple[float, float, float]:
    """Direction of the longer side of the tightest rectangle [rad], its length and width [m]."""
    return tight(face)[:3]


def tight(face: Polygon) -> tuple[float, float, float, NDArray[np.float64]]:
    """The tightest rectangle of a face: as `long_axis`, and its middle."""
    rect = shapely.minimum_rotated_rectangle(face)
    corner = shapely.get_coordinates(rect)
    one, two = (corner[1] - corner[0]).tolist(), (corner[2] - corner[1]).tolist()
    first, second = math.hypot(*one), math.hypot(*two)
    side = one if first >= second else two
    middle = shapely.get_coordinates(shapely.centroid(rect))[0]
    return math.atan2(side[1], side[0]), max(first, second), min(first, second), middle


def cut_face(
    face: Polygon, field: Field, joints: NDArray[np.float64], rng: np.random.Generator,
    *, least: float = 0.30,
) -> Cut | None:  # fmt: skip
    """The best of a few streets across a face, or None where none leaves two decent faces.

    `joints` are ends of streets so far, shape (n, 2); a street prefers to meet one across the road.
    `least` is the score (0-1) below which a face is better left whole.
    """
    axis, length, _ = long_axis(face)
    middle = face.centroid
    corners = shapely.get_coordinates(face.simplify(6.0).exterior)
    best: Cut | None = None
    best_score = least
    along = rng.uniform(-0.14, 0.14, 5)[:, None] * length
    starts = np.array([middle.x, middle.y]) + along * (math.cos(axis), math.sin(axis))
    for found in _traces(field, starts, axis + math.pi / 2, 1.3 * length, face.bounds):
        line = _across(face, found)
        if line is None:
            continue
        line = _meet(line, face, joints)
        cut = _divide(face, line)
        if cut is None:
            continue
        score = _score(cut, corners)
        if score > best_score:
            best, best_score = cut, score
    return best


def _across(face: Polygon, line: LineString) -> LineString | None:
    """The stretch of a line inside a face that crosses its middle."""
    inside = face.intersection(line)
    parts = [part for part in shapely.get_parts(inside) if part.geom_type == "LineString"]
    if not parts:
        return None
    best = max(parts, key=lambda part: float(part.length))
    return best if best.length > 30 else None


def _meet(line: LineString, face: Polygon, joints: NDArray[np.float64]) -> LineString:
    """Bend both ends to street ends on the other side of the road, if near enough."""
    points = shapely.get_coordinates(line).copy()
    if len(joints) == 0:
        return line
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    for end, weight in ((0, 1 - along / along[-1]), (-1, along / along[-1])):
        far = np.hypot(*(joints - points[end]).T)
        for near in np.argsort(far, kind="stable")[:4]:
            joint = joints[near]
            if far[near] > SNAP_M:
                break
            if shapely.distance(face.exterior, shapely.points(joint)) < 0.05:
                points = points + weight[:, None] ** 2 * (joint - points[end])
                break
    return LineString(points)


def _divide(face: Polygon, line: LineString) -> Cut | None:
    points = shapely.get_coordinates(line)
    first, last = points[0] - points[1], points[-1] - points[-2]
    longer = np.vstack([points[0] + first / np.hypot(*first) * 0.4, points,
                        points[-1] + last / np.hypot(*last) * 0.4])  # fmt: skip
    line = LineString(longer)
    sides = [side for side in split(face, line).geoms if side.area > 1.0]
    return Cut(line, (sides[0], sides[1])) if len(sides) == 2 else None


def _score(cut: Cut, corners: NDArray[np.float64]) -> float:
    """1 for equal, compact halves whose street ends far from corners, less for worse."""
    small, large = sorted(side.area for side in cut.sides)
    plump = min(4 * math.pi * side.area / side.length**2 for side in cut.sides) / 0.785
    ends = shapely.get_coordinates(cut.line)[[1, -2]]
    gap = np.hypot(*(corners[:, None] - ends[None]).transpose(2, 0, 1))
    clear = float(np.clip(gap.min() / 60.0, 0.2, 1.0)) if gap.min() > 1.0 else 0.9
    return (small / large) ** 0.5 * plump * clear
