"""Place words on a map: one board for all of them, nothing ever on top of anything else.

The board is a grid of quarter millimetres over the frame. Taking a rectangle or asking whether it is
free is one array slice, so that a label may try many places. Furniture is reserved first; then come
the numbers of the EA's own buildings, neighbours' codes, streets and landmarks. A building number that
does not fit on its building at 6 pt is led out by a fine line; one that finds no place is reported.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from census_gis.present.display import POINT_MM, Box, Rings
from census_gis.present.fonts import Face
from census_gis.present.style import MIN_POINTS

__all__ = [
    "Board",
    "Placed",
    "along",
    "anchors_of",
    "beside",
    "numbers_on",
    "spread",
    "text_box",
    "within",
]

CELLS = 4  # cells in a millimetre
HEIGHT_EM = 0.80  # height kept free for a line of digits or capitals
CHINESE_EM = 1.0
AIR = 0.15  # mm kept free around words
NUMBER_SIZES = (8.5, 7.5, 6.8, MIN_POINTS)
TURNS = 24
# Distances at which a number that does not fit is tried [mm beyond the edge of its building].
REACHES = (1.2, 2.2, 3.5, 5.0, 7.0, 9.5, 12.5, 16.0, 20.0, 25.0)
# A name that cannot stand on its street, an EA line being there, stands beside it [mm].
ASIDE = (0.0, 2.6, -2.6, 4.0, -4.0)
# Most of a building that its number may hide.
MOST_HIDDEN = 0.6
LINE = -1  # mark of an own boundary on the map of owners


class Placed(NamedTuple):
    """Where words went: middle [mm], size [pt], angle, and the far end of a leader line, if any."""

    x: float
    y: float
    size: float
    angle: float = 0.0
    leader: tuple[float, float] | None = None


class Board:
    """Which parts of a frame are taken, and whose building is where."""

    def __init__(self, frame: Box) -> None:
        self.frame = frame
        shape = math.ceil(frame.height * CELLS), math.ceil(frame.width * CELLS)
        self.taken = np.zeros(shape, dtype=bool)
        self.owner = np.zeros(shape, dtype=np.int32)

    def _slices(self, box: Box) -> tuple[slice, slice] | None:
        """The cells a box covers, wholly or in part; None when it leaves the frame."""
        x0, y0 = (
            math.floor((box.x0 - self.frame.x0) * CELLS),
            math.floor((box.y0 - self.frame.y0) * CELLS),
        )
        x1, y1 = (
            math.ceil((box.x1 - self.frame.x0) * CELLS),
            math.ceil((box.y1 - self.frame.y0) * CELLS),
        )
        if x0 < 0 or y0 < 0 or y1 > self.taken.shape[0] or x1 > self.taken.shape[1]:
            return None
        return slice(y0, y1), slice(x0, x1)

    def free(self, boxes: list[Box]) -> bool:
        """Whether all boxes lie in the frame and on nothing taken."""
        for box in boxes:
            cells = self._slices(box)
            if cells is None or self.taken[cells].any():
                return False
        return True

    def open(self, x: float, y: float) -> bool:
        """Whether a point lies in the frame and under no words."""
        half = 0.5 / CELLS
        return self.free([Box(x - half, y - half, x + half, y + half)])

    def clear(self, rows: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Rows of points (rows, points, 2) [mm] that all lie in the frame, on nothing taken or owned.

        Words whose middle line is not clear cannot be either: a quick first sieve for `free`.
        """
        cells = np.floor((rows - np.array([self.frame.x0, self.frame.y0])) * CELLS).astype(np.int64)
        x, y = cells[..., 0], cells[..., 1]
        height, width = self.taken.shape
        inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        x, y = np.where(inside, x, 0), np.where(inside, y, 0)
        bare = inside & ~self.taken[y, x] & (self.owner[y, x] == 0)
        return np.asarray(bare.all(axis=1), dtype=bool)

    def take(self, boxes: list[Box]) -> None:
        """Reserve boxes; what of them is outside the frame does not matter."""
        for box in boxes:
            x0, y0 = max(box.x0, self.frame.x0), max(box.y0, self.frame.y0)
            x1, y1 = min(box.x1, self.frame.x1), min(box.y1, self.frame.y1)
            cells = self._slices(Box(x0, y0, x1, y1)) if x1 > x0 and y1 > y0 else None
            if cells is not None:
                self.taken[cells] = True

    def own(self, rings: list[NDArray[np.float64]], lines: Rings) -> None:
        """Draw the map of owners: ring i belongs to building i + 1, lines to nobody."""
        height, width = self.owner.shape
        image = Image.new("I", (width, height), 0)
        draw = ImageDraw.Draw(image)
        for number, ring in enumerate(rings):
            if len(ring) > 2:
                draw.polygon(self._cells(ring), fill=number + 1)
        for line in np.split(lines.xy, np.cumsum(lines.counts)[:-1]) if len(lines.counts) else []:
            draw.line(self._cells(line), fill=LINE, width=CELLS)
        self.owner = np.asarray(image, dtype=np.int32)

    def _cells(self, xy: NDArray[np.float64]) -> list[tuple[float, float]]:
        moved = (xy - np.array([self.frame.x0, self.frame.y0])) * CELLS
        return [tuple(point) for point in np.clip(moved, -1e5, 1e5).tolist()]

    def price(self, box: Box, mine: int) -> int:
        """How much a label here hides: cells of other buildings, and of the boundary twice."""
        cells = self._slices(box)
        if cells is None:
            return 1_000_000
        under = self.owner[cells]
        return int(np.count_nonzero((under > 0) & (under != mine))) + 2 * int(
            np.count_nonzero(under < 0)
        )

    def line_cells(self, start: tuple[float, float], end: tuple[float, float]) -> Any:
        """Indices of the cells on a straight line."""
        n = max(2, int(math.dist(start, end) * CELLS * 1.5))
        along_ = np.arange(n) / (n - 1)
        x0, y0 = (start[0] - self.frame.x0) * CELLS, (start[1] - self.frame.y0) * CELLS
        x = (x0 + along_ * ((end[0] - start[0]) * CELLS)).astype(np.int64)
        y = (y0 + along_ * ((end[1] - start[1]) * CELLS)).astype(np.int64)
        ok = (x >= 0) & (y >= 0) & (x < self.taken.shape[1]) & (y < self.taken.shape[0])
        return y[ok], x[ok]


def text_box(x: float, y: float, width: float, size: float, *, em: float = HEIGHT_EM) -> Box:
    """The box words in `size` [pt] need when set around their middle."""
    dx, dy = width / 2 + AIR, size * POINT_MM * em / 2 + AIR
    return Box(x - dx, y - dy, x + dx, y + dy)


@dataclass(frozen=True)
class Numbers:
    """Building numbers of one map and what they stand on, all on paper [mm]."""

    words: list[str]
    shapes: NDArray[np.object_]
    points: NDArray[np.float64]
    widest: NDArray[np.float64]
    radius: NDArray[np.float64]


def numbers_on(board: Board, numbers: Numbers, face: Face) -> list[Placed | None]:
    """Place every building number; None where there was no room for one.

    First all that fit on their own building, largest type first; then, from the widest building
    to the narrowest, those that must stand beside it.
    """
    placed = _inside(board, numbers, face)
    left = [i for i, at in enumerate(placed) if at is None]
    for i in sorted(left, key=lambda i: (-round(float(numbers.radius[i]), 3), i)):
        placed[i] = _over(board, numbers, face, i)
    for i in [i for i in left if placed[i] is None]:
        anchors = anchors_of(numbers.shapes[i], numbers.points[i])
        width = face.width(numbers.words[i], MIN_POINTS)
        placed[i] = beside(board, anchors, float(numbers.radius[i]), width, i + 1)
    return placed


def _inside(board: Board, numbers: Numbers, face: Face) -> list[Placed | None]:
    """Numbers whose box lies wholly on their own building, in the largest size that does."""
    placed: list[Placed | None] = [None] * len(numbers.words)
    if not placed:
        return placed
    ems = np.array([face.width(words, 1.0) for words in numbers.words])
    shapely.prepare(numbers.shapes)
    open_ = np.ones(len(placed), dtype=bool)
    for size, (x, y) in itertools.product(NUMBER_SIZES, (numbers.points.T, numbers.widest.T)):
        dx, dy = ems * size / 2 + AIR, size * POINT_MM * HEIGHT_EM / 2 + AIR
        fits = open_ & shapely.contains(numbers.shapes, shapely.box(x - dx, y - dy, x + dx, y + dy))
        for i in np.flatnonzero(fits).tolist():
            box = text_box(x[i], y[i], ems[i] * size, size)
            if board.free([box]):
                board.take([box])
                placed[i] = Placed(float(x[i]), float(y[i]), size)
                open_[i] = False
    return placed


def _over(board: Board, numbers: Numbers, face: Face, i: int) -> Placed | None:
    """A number over a building somewhat smaller than itself, if it hides no other building."""
    x, y = numbers.points[i].tolist()
    width = face.width(numbers.words[i], MIN_POINTS)
    own = numbers.shapes[i]
    small = numbers.radius[i] < width / 3
    for dx, dy in ((0, 0), (0, 0.4), (0, -0.4), (0.6, 0), (-0.6, 0)):
        box = text_box(x + dx, y + dy, width, MIN_POINTS)
        if small and shapely.area(shapely.clip_by_rect(own, *box)) > MOST_HIDDEN * shapely.area(
            own
        ):
            return None  # the building would vanish under its number
        if board.free([box]) and board.price(box, i + 1) == 0:
            board.take([box])
            return Placed(x + dx, y + dy, MIN_POINTS)
    return None


def beside(
    board: Board, anchors: NDArray[np.float64], radius: float, width: float, mine: int
) -> Placed | None:
    """Words of 6 pt led out by a line: the nearest ring of places with a free one, the cheapest there.

    Parameters
    ----------
    anchors
        Where the line may begin [mm], the best first; a later one serves where the first is under
        other words (a building drawn twice).
    radius
        Half the width of what the words belong to [mm].
    width
        Width of the words [mm].
    mine
        Its number on the map of owners.
    """
    half_w, half_h = width / 2 + AIR, MIN_POINTS * POINT_MM * HEIGHT_EM / 2 + AIR
    start = next((at for at in anchors.tolist() if board.open(*at)), None)
    if start is None:
        return None
    x, y = start
    for reach in REACHES:
        best: tuple[int, Box, tuple[float, float]] | None = None
        for turn in range(TURNS):
            angle = 2 * math.pi * turn / TURNS
            ca, sa = math.cos(angle), math.sin(angle)
            far = radius + reach
            box = text_box(x + ca * (far + half_w), y + sa * (far + half_h), width, MIN_POINTS)
            if not board.free([box]):
                continue
            price = board.price(box, mine)
            if best is not None and price >= best[0]:
                continue
            end = (min(max(x, box.x0), box.x1), min(max(y, box.y0), box.y1))
            if board.taken[board.line_cells((x, y), end)].any():
                continue
            best = (price, box, end)
            if price == 0:
                break
        if best is not None:
            _, box, end = best
            board.take([box])
            board.taken[board.line_cells((x, y), end)] = True
            middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
            return Placed(*middle, MIN_POINTS, 0.0, (x, y))
    return None


def anchors_of(shape: Any, middle: NDArray[np.float64]) -> NDArray[np.float64]:
    """The middle of a shape, then points halfway from there to its corners."""
    corners = shapely.get_coordinates(shapely.get_exterior_ring(shapely.get_parts(shape)[0]))
    return np.concatenate([middle[None], (corners[:-1] + middle) / 2, corners[:-1]])


def within(
    shape: Any, spots: NDArray[np.float64], width: float, size: float, em: float = CHINESE_EM
) -> NDArray[np.float64]:
    """The spots at which words lie wholly inside a shape on paper."""
    half = np.array([width / 2 + AIR, size * POINT_MM * em / 2 + AIR])
    low, high = spots - half, spots + half
    return spots[shapely.contains(shape, shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))]


def spread(
    board: Board, spots: NDArray[np.float64], width: float, size: float, em: float = CHINESE_EM
) -> Placed | None:
    """Words at the first of several spots [mm] that is free and hides none of the EA's buildings."""
    for x, y in spots.tolist():
        box = text_box(x, y, width, size, em=em)
        if board.free([box]) and board.price(box, 0) == 0:
            board.take([box])
            return Placed(x, y, size)
    return None


def along(board: Board, line: Any, width: float, size: float) -> Placed | None:
    """Words along a line on paper: the straightest free stretch near its middle, set upright.

    Parameters
    ----------
    line
        A LineString [mm].
    width
        Width of the words [mm].
    """
    length = line.length
    if length < width * 1.15:
        return None
    spare = (length - width) / 2
    shifts = [0.0]
    while shifts[-1] + 4.0 <= spare and len(shifts) < 16:
        shifts.append(shifts[-1] + 4.0)
    middles = length / 2 + np.array(
        [s for shift in shifts for s in ((shift, -shift) if shift else (0.0,))]
    )
    start = shapely.get_coordinates(shapely.line_interpolate_point(line, middles - width / 2))
    end = shapely.get_coordinates(shapely.line_interpolate_point(line, middles + width / 2))
    chord = end - start
    straight = np.hypot(*chord.T) >= 0.985 * width
    high = size * POINT_MM * CHINESE_EM / 2 + AIR
    side = np.column_stack([-chord[:, 1], chord[:, 0]]) / width
    steps = max(2, math.ceil(width / (high * 1.2)))
    share = ((np.arange(steps) + 0.5) / steps)[:, None]
    some = np.flatnonzero(straight)
    for aside in ASIDE:
        starts, ends = start[some] + side[some] * aside, end[some] + side[some] * aside
        middles_of = starts[:, None] + (ends - starts)[:, None] * share
        for n in np.flatnonzero(board.clear(middles_of)).tolist():
            boxes = [Box(x - high, y - high, x + high, y + high) for x, y in middles_of[n].tolist()]
            if board.free(boxes) and all(board.price(box, 0) == 0 for box in boxes):
                board.take(boxes)
                (ax, ay), (bx, by) = starts[n].tolist(), ends[n].tolist()
                angle = math.degrees(math.atan2(by - ay, bx - ax))
                angle = (angle + 89.999) % 180 - 89.999  # upright; a line due north reads upward
                return Placed((ax + bx) / 2, (ay + by) / 2, size, angle)
    return None
