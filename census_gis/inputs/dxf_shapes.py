"""Objects of a drawing as shapes: polylines with arcs, circles, splines, hatches, texts, and blocks put in place."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

__all__ = ["Drawn", "Entity", "Placement", "draw"]

Points = NDArray[np.float64]
STEP_RAD = math.radians(5)  # a circle of 10 m radius is met within 1 cm
SPLINE_STEPS = 12  # points between two knots
MOST_COPIES = 100_000
MTEXT = re.compile(r"\\[ACFHQTWfp][^;\\{}]*;|\\[LlOoKk]|[{}]|\\S[^;]*;")


@dataclass
class Entity:
    """One object as the file gives it: its groups (code, value) in order."""

    kind: str
    groups: list[tuple[int, str]]
    vertices: list[Entity] = field(default_factory=list)
    instead: str | None = None

    def text(self, code: int, default: str = "") -> str:
        """First value of a code."""
        return next((value.strip() for key, value in self.groups if key == code), default)

    def number(self, code: int, default: float = 0.0) -> float:
        """First value of a code as a number."""
        return _float(self.text(code), default)

    @cached_property
    def layer(self) -> str:
        """Layer it is drawn on; layer 0 inside a block is the layer of the block."""
        own = self.text(8, "0") or "0"
        return self.instead if own == "0" and self.instead is not None else own

    @property
    def paper(self) -> bool:
        """Whether it is on the sheet around the drawing, not in it."""
        return self.text(67) == "1"

    def on_layer(self, layer: str) -> Entity:
        """The same inside a block that is inserted on a layer."""
        return replace(self, instead=layer)


@dataclass(frozen=True)
class Drawn:
    """A shape: ``areas``, ``lines`` or ``texts``."""

    layer: str
    kind: str
    shape: BaseGeometry
    handle: str
    text: str | None = None


@dataclass(frozen=True)
class Placement:
    """Where a block is put: x' = matrix x + shift."""

    matrix: tuple[tuple[float, float], tuple[float, float]] = ((1.0, 0.0), (0.0, 1.0))
    shift: tuple[float, float] = (0.0, 0.0)

    def move(self, points: Points) -> Points:
        """Points of the block as points of the drawing."""
        return points @ np.array(self.matrix).T + np.array(self.shift)

    def inserted(self, entity: Entity, base: tuple[float, float]) -> Iterator[Placement]:
        """Placements of a block inserted here, one for each copy in its rows and columns."""
        turn, x, y = math.radians(entity.number(50)), entity.number(41, 1.0), entity.number(42, 1.0)
        cos, sin = math.cos(turn), math.sin(turn)
        flip = -1.0 if entity.number(230, 1.0) < 0 else 1.0
        inner = np.array([[flip, 0.0], [0.0, 1.0]]) @ np.array(
            [[cos * x, -sin * y], [sin * x, cos * y]]
        )
        spot = np.array([flip * entity.number(10), entity.number(20)])
        outer = np.array(self.matrix)
        rows, columns = (max(int(entity.number(code, 1)), 1) for code in (71, 70))
        rotation = np.array([[cos, -sin], [sin, cos]])
        for copy in range(min(rows * columns, MOST_COPIES)):
            row, column = divmod(copy, columns)
            step = rotation @ np.array([column * entity.number(44), row * entity.number(45)])
            shift = outer @ (spot + step - inner @ np.array(base)) + np.array(self.shift)
            whole = outer @ inner
            yield Placement(
                ((whole[0, 0], whole[0, 1]), (whole[1, 0], whole[1, 1])), (shift[0], shift[1])
            )


def draw(entity: Entity, place: Placement) -> list[Drawn] | None:
    """Shapes of one object; None for a kind that is not read."""
    if entity.kind in ("TEXT", "MTEXT", "ATTRIB"):
        return _texts(entity, place)
    if entity.kind == "HATCH":
        return _drawn(
            entity, [_filled([place.move(_mirrored(entity, ring)) for ring in _paths(entity)])]
        )
    read = CURVES.get(entity.kind)
    if read is None:
        return [] if entity.kind == "POINT" else None
    points, closed = read(entity)
    points = place.move(_mirrored(entity, points))
    if len(points) < 2:
        return []
    if closed or (len(points) > 3 and np.array_equal(points[0], points[-1])):
        return _drawn(entity, [_filled([points])])
    return _drawn(entity, [shapely.LineString(points)])


def _drawn(entity: Entity, shapes: list[BaseGeometry | None]) -> list[Drawn]:
    handle = entity.text(5)
    return [
        Drawn(entity.layer, "areas" if "Polygon" in shape.geom_type else "lines", shape, handle)
        for shape in shapes
        if shape is not None
    ]


def _texts(entity: Entity, place: Placement) -> list[Drawn]:
    parts = [value for code, value in entity.groups if code == 3]
    text = "".join(parts) + next((value for code, value in entity.groups if code == 1), "")
    if entity.kind == "MTEXT":
        text = MTEXT.sub("", text.replace("\\P", " ").replace("\\~", " ")).replace("\\\\", "\\")
    spot = place.move(np.array([[entity.number(10), entity.number(20)]]))[0]
    text = text.strip()
    return [Drawn(entity.layer, "texts", shapely.Point(spot), entity.text(5), text)] if text else []


def _filled(rings: list[Points]) -> BaseGeometry | None:
    """Rings as one area: a ring inside another is a hole, one inside that an island."""
    good = [shapely.Polygon(ring) for ring in rings if len(ring) >= 3]
    if len(good) <= 1:
        return good[0] if good else None
    good.sort(key=lambda one: (-one.area, one.wkb))
    area: BaseGeometry = shapely.Polygon()
    for one in good:
        # Even-odd: what is under an odd number of rings is filled.
        area = shapely.symmetric_difference(shapely.make_valid(area), shapely.make_valid(one))
    return None if area.is_empty or "Polygon" not in area.geom_type else area


def _mirrored(entity: Entity, points: Points) -> Points:
    """Points of an object drawn on a plane seen from below (extrusion 0, 0, -1)."""
    return points * np.array([-1.0, 1.0]) if entity.number(230, 1.0) < 0 else points


# ---------------------------------------------------------------- curves


def _light_polyline(entity: Entity) -> tuple[Points, bool]:
    points: list[list[float]] = []
    for code, value in entity.groups:
        if code == 10:
            points.append([_float(value), 0.0, 0.0])
        elif code in (20, 42) and points:
            points[-1][1 if code == 20 else 2] = _float(value)
    return _with_arcs(np.array(points).reshape(-1, 3), closed=bool(int(entity.number(70)) & 1))


def _polyline(entity: Entity) -> tuple[Points, bool]:
    # Flag 16 marks control points of a spline, which are not on the line; meshes (16, 64) are none.
    flags = int(entity.number(70))
    if flags & (16 | 64):
        return np.empty((0, 2)), False
    on = [one for one in entity.vertices if not int(one.number(70)) & 16]
    points = np.array([[one.number(10), one.number(20), one.number(42)] for one in on]).reshape(
        -1, 3
    )
    return _with_arcs(points, closed=bool(flags & 1))


def _with_arcs(points: Points, *, closed: bool) -> tuple[Points, bool]:
    """Points x, y, bulge (tangent of a quarter of the arc's angle) as points of the line."""
    if not len(points):
        return points[:, :2], closed
    bulge = points[:, 2].copy()
    bulge[-1] = bulge[-1] if closed else 0.0
    out = []
    for here, there, bend in zip(points, np.roll(points, -1, axis=0), bulge, strict=True):
        out.append(here[None, :2])
        if bend:
            out.append(_bulge(here[:2], there[:2], float(bend)))
    return np.concatenate(out), closed


def _bulge(start: Points, end: Points, bulge: float) -> Points:
    """Points between the two ends of an arc."""
    angle = 4 * math.atan(bulge)
    chord = end - start
    if not np.hypot(*chord):
        return np.empty((0, 2))
    middle = (start + end) / 2 + np.array([-chord[1], chord[0]]) * (1 - bulge**2) / (4 * bulge)
    first = math.atan2(*(start - middle)[::-1])
    steps = max(int(abs(angle) / STEP_RAD), 1)
    turn = first + angle * np.arange(1, steps + 1) / (steps + 1)
    radius = np.hypot(*(start - middle))
    return middle + radius * np.column_stack([np.cos(turn), np.sin(turn)])


def _line(entity: Entity) -> tuple[Points, bool]:
    ends = [[entity.number(10), entity.number(20)], [entity.number(11), entity.number(21)]]
    return np.array(ends), False


def _arc_of(middle: Points, axis: Points, ratio: float, first: float, last: float) -> Points:
    """Points of an ellipse's arc from one parameter to the next [radians]."""
    if last <= first:
        last += 2 * math.pi
    count = max(int((last - first) / STEP_RAD), 2) + 1
    turn = np.linspace(first, last, count)
    other = np.array([-axis[1], axis[0]]) * ratio
    points: Points = middle + np.outer(np.cos(turn), axis) + np.outer(np.sin(turn), other)
    return points


def _circle(entity: Entity) -> tuple[Points, bool]:
    middle = np.array([entity.number(10), entity.number(20)])
    axis = np.array([entity.number(40), 0.0])
    if entity.kind == "CIRCLE":
        return _arc_of(middle, axis, 1.0, 0.0, 2 * math.pi)[:-1], True
    ends = (math.radians(entity.number(code)) for code in (50, 51))
    return _arc_of(middle, axis, 1.0, *ends), False


def _ellipse(entity: Entity) -> tuple[Points, bool]:
    middle, axis = (np.array([entity.number(a), entity.number(b)]) for a, b in ((10, 20), (11, 21)))
    first, last = entity.number(41), entity.number(42, 2 * math.pi)
    points = _arc_of(middle, axis, entity.number(40, 1.0), first, last)
    whole = math.isclose(abs(last - first), 2 * math.pi, abs_tol=1e-6)
    return (points[:-1] if whole else points), whole


def _spline(entity: Entity) -> tuple[Points, bool]:
    closed = bool(int(entity.number(70)) & 1)
    x, y = ([_float(value) for code, value in entity.groups if code == key] for key in (10, 20))
    knots = np.array([_float(value) for code, value in entity.groups if code == 40])
    return _curve(
        np.column_stack([x[: len(y)], y[: len(x)]]), knots, int(entity.number(71, 3))
    ), closed


def _curve(control: Points, knots: Points, degree: int) -> Points:
    """A B-spline as a line; its control points where the knots do not fit."""
    from scipy.interpolate import BSpline  # large, and few drawings have curves

    if degree < 1 or len(knots) != len(control) + degree + 1 or (np.diff(knots) < 0).any():
        return control
    spans = np.unique(knots[degree : len(control) + 1])
    at = np.concatenate([np.linspace(a, b, SPLINE_STEPS, endpoint=False) for a, b in itertools.pairwise(spans)] + [spans[-1:]])  # fmt: skip
    points: Points = np.asarray(BSpline(knots, control, degree)(at), dtype=np.float64)
    return points


def _solid(entity: Entity) -> tuple[Points, bool]:
    # A SOLID gives its third and fourth corner crosswise; a 3DFACE goes round.
    order = (0, 1, 3, 2) if entity.kind in ("SOLID", "TRACE") else (0, 1, 2, 3)
    points = np.array([[entity.number(10 + k), entity.number(20 + k)] for k in order])
    keep = np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]
    return points[keep], True


CURVES = {
    "LWPOLYLINE": _light_polyline, "POLYLINE": _polyline, "LINE": _line, "ARC": _circle, "CIRCLE": _circle,
    "ELLIPSE": _ellipse, "SPLINE": _spline, "SOLID": _solid, "TRACE": _solid, "3DFACE": _solid,
}  # fmt: skip


# ---------------------------------------------------------------- hatches


def _paths(entity: Entity) -> list[Points]:
    """Boundary paths of a hatch (DXF reference, "Boundary path data")."""
    groups = [(code, value) for code, value in entity.groups]
    at = next((i for i, (code, _) in enumerate(groups) if code == 91), None)
    if at is None:
        return []
    end = next((i for i in range(at, len(groups)) if groups[i][0] == 75), len(groups))
    starts = [i for i in range(at, end) if groups[i][0] == 92]
    paths = []
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        part = Entity("PATH", groups[start:stop])
        if int(part.number(92)) & 2:
            paths.append(_light_polyline(Entity("PATH", [(70, "1"), *((c, v) for c, v in part.groups if c in (10, 20, 42))]))[0])  # fmt: skip
        else:
            paths.append(_edges(part))
    return paths


def _edges(path: Entity) -> Points:
    """A path of edges: lines, arcs, ellipses, splines, one behind the other."""
    starts = [i for i, (code, _) in enumerate(path.groups) if code == 72]
    out: list[Points] = []
    for start, stop in zip(starts, [*starts[1:], len(path.groups)], strict=True):
        edge = Entity("EDGE", path.groups[start:stop])
        points = _edge(edge, int(edge.number(72)))
        if out and len(points) > 1 and _far(out[-1][-1], points[0]) > _far(out[-1][-1], points[-1]):
            points = points[::-1]
        out.append(points)
    return np.concatenate(out) if out else np.empty((0, 2))


def _edge(edge: Entity, kind: int) -> Points:
    if kind == 1:
        return _line(edge)[0]
    if kind == 4:
        knots = Entity("SPLINE", [(71, edge.text(94, "3")), *edge.groups])
        return _spline(knots)[0]
    middle = np.array([edge.number(10), edge.number(20)])
    axis = (
        np.array([edge.number(40), 0.0])
        if kind == 2
        else np.array([edge.number(11), edge.number(21)])
    )
    ratio = 1.0 if kind == 2 else edge.number(40, 1.0)
    first, last = (math.radians(edge.number(code)) for code in (50, 51))
    if int(edge.number(73, 1)) == 0:
        first, last = -last, -first
    return _arc_of(middle, axis, ratio, first, last)


def _far(one: Points, other: Points) -> float:
    return float(np.hypot(*(one - other)))


def _float(value: str, default: float = 0.0) -> float:
    """A number of the file; what is none counts as not there."""
    try:
        return float(value)
    except ValueError:
        return default
