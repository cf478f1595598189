"""A page as a list of things to draw, in millimetres from its lower left corner.

A sheet is composed once, into a `DisplayList`; writers (PDF, matplotlib) only copy it. Geometry is
held flat (one coordinate array and the number of points of each ring), so that a layer of a thousand
roads is one item and no Python object is made for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = [
    "Box", "Clip", "Color", "DisplayList", "Hatch", "MapFrame", "Path", "Pen", "Picture", "Rings", "Type",
    "Unclip", "Words", "grey", "line_rings", "polygon_rings", "rings_of",
]  # fmt: skip

Color = tuple[float, float, float]
POINT_MM = 25.4 / 72


class Box(NamedTuple):
    """A rectangle on paper [mm]."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Width [mm]."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Height [mm]."""
        return self.y1 - self.y0

    def shrunk(self, by: float) -> Box:
        """The same rectangle, smaller by `by` [mm] on each side."""
        return Box(self.x0 + by, self.y0 + by, self.x1 - by, self.y1 - by)


class Rings(NamedTuple):
    """Points [mm], shape (n, 2), and how many of them each ring or line has."""

    xy: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pen:
    """A stroke: colour, width [mm], dashes and gaps [mm] (none for a solid line)."""

    color: Color
    width: float
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Hatch:
    """Parallel lines inside a shape, `spacing` [mm] apart at `angle` [degrees]: 0, 45 or 135."""

    pen: Pen
    spacing: float
    angle: int = 45


@dataclass(frozen=True, slots=True)
class Type:
    """How words are set: size [pt], colour, white halo [mm], bold by a stroke."""

    size: float
    color: Color = (0.0, 0.0, 0.0)
    halo: float = 0.0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """Rings (closed, filled by the winding rule, holes turning the other way) or lines."""

    rings: Rings
    closed: bool
    fill: Color | None = None
    pen: Pen | None = None
    hatch: Hatch | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """One run of text; `anchor` is l, c or r, with m when `y` is the middle and not the baseline."""

    x: float
    y: float
    words: str
    type: Type
    anchor: str = "l"
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Clip:
    """From here to the matching `Unclip` only what lies in these rings is drawn."""

    rings: Rings


@dataclass(frozen=True, slots=True)
class Unclip:
    """End of the innermost `Clip`."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG stretched over a rectangle; `width` and `height` in pixels."""

    box: Box
    jpeg: bytes
    width: int
    height: int


Item = Path | Words | Clip | Unclip | Picture


class MapFrame(NamedTuple):
    """A map on a page: its frame [mm] and the ground in it [m], west, south, east, north."""

    box: Box
    ground: tuple[float, float, float, float]

    def moved(self, right: float) -> MapFrame:
        """The same map, farther to the right on its page [mm]."""
        x0, y0, x1, y1 = self.box
        return MapFrame(Box(x0 + right, y0, x1 + right, y1), self.ground)


@dataclass
class DisplayList:
    """One page, `width` x `height` [mm], and the items on it from bottom to top.

    `maps` are the maps on it, for what reads coordinates off a page; `code_box` [mm] is kept free for
    the sheet's QR code, which the book draws last because it tells what else is on the page.
    """

    width: float
    height: float
    items: list[Item] = field(default_factory=list)
    maps: list[MapFrame] = field(default_factory=list)
    code_box: Box | None = None

    def polygons(
        self,
        rings: Rings,
        *,
        fill: Color | None = None,
        pen: Pen | None = None,
        hatch: Hatch | None = None,
    ) -> None:
        """Closed shapes, nothing where there are none."""
        if len(rings.counts):
            self.items.append(Path(rings, True, fill, pen, hatch))

    def lines(self, rings: Rings, pen: Pen) -> None:
        """Open lines."""
        if len(rings.counts):
            self.items.append(Path(rings, False, None, pen))

    def rectangle(self, box: Box, *, fill: Color | None = None, pen: Pen | None = None) -> None:
        """A rectangle."""
        self.polygons(corners(box), fill=fill, pen=pen)

    def segments(self, segments: Sequence[tuple[float, float, float, float]], pen: Pen) -> None:
        """Straight strokes (x0, y0, x1, y1)."""
        if len(segments):
            xy = np.asarray(segments, dtype=np.float64).reshape(-1, 2)
            self.items.append(Path(Rings(xy, np.full(len(segments), 2)), False, None, pen))

    def text(
        self,
        at: tuple[float, float],
        words: str,
        type_: Type,
        *,
        anchor: str = "l",
        angle: float = 0.0,
    ) -> None:
        """One run of text; an empty one is left out."""
        if words:
            self.items.append(Words(float(at[0]), float(at[1]), words, type_, anchor, angle))

    def clip(self, rings: Rings) -> None:
        """Begin to draw only inside these rings."""
        self.items.append(Clip(rings))

    def unclip(self) -> None:
        """End the innermost clip."""
        self.items.append(Unclip())


def grey(black: float) -> Color:
    """A grey of `black` [share of black, 0 .. 1]."""
    return (1.0 - black, 1.0 - black, 1.0 - black)


def corners(box: Box) -> Rings:
    """A rectangle as one ring."""
    x0, y0, x1, y1 = box
    return Rings(
        np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64), np.array([4])
    )


def rings_of(rings: Iterable[Sequence[tuple[float, float]]]) -> Rings:
    """Rings or lines given point by point."""
    arrays = [np.asarray(ring, dtype=np.float64) for ring in rings]
    if not arrays:
        return Rings(np.empty((0, 2)), np.empty(0, dtype=np.int64))
    return Rings(np.concatenate(arrays), np.array([len(ring) for ring in arrays]))


NOTHING = Rings(np.empty((0, 2)), np.empty(0, dtype=np.int64))


def polygon_rings(shapes: NDArray[np.object_], affine: tuple[float, float, float]) -> Rings:
    """All rings of the polygons among `shapes`, moved onto paper by (factor, dx, dy)."""
    if not len(shapes):
        return NOTHING
    parts = shapely.get_parts(shapely.get_parts(shapes))
    # Turned alike, shapes that overlap are one fill, and holes stay holes.
    rings = shapely.get_rings(shapely.orient_polygons(parts[shapely.get_type_id(parts) == 3]))
    xy = shapely.get_coordinates(rings) * affine[0] + np.array(affine[1:])
    counts = shapely.get_num_coordinates(rings)
    # A ring's last point repeats its first; the path operator closes it.
    keep = np.ones(len(xy), dtype=bool)
    keep[np.cumsum(counts) - 1] = False
    return Rings(xy[keep], counts - 1)


def line_rings(shapes: NDArray[np.object_], affine: tuple[float, float, float]) -> Rings:
    """All lines among `shapes`, moved onto paper by (factor, dx, dy)."""
    if not len(shapes):
        return NOTHING
    parts = shapely.get_parts(shapely.get_parts(shapes))
    kind = shapely.get_type_id(parts)
    parts = parts[((kind == 1) | (kind == 2)) & ~shapely.is_empty(parts)]
    xy = shapely.get_coordinates(parts) * affine[0] + np.array(affine[1:])
    return Rings(xy, shapely.get_num_coordinates(parts))
