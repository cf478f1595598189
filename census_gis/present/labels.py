"""Place words on a map: one board for all of them, nothing ever on top of anything else.

The board is a grid of quarter millimetres over the frame. Taking a rectangle or asking whether it is
free is one array slice, so that a label may try many places. Furniture is reserved first; then come
the numbers of the EA's own buildings, neighbours' codes, streets and landmarks. A building number that
does not fit on its building at 6 pt is led out by a fine line; one that finds no place is reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.present.display import POINT_MM, Box, Rings
from census_gis.present.fonts import Face
from census_gis.present.owners import draw_lines, fill_rings
from census_gis.present.placing import (
    CELLS,
    Grids,
    Outline,
    beside_place,
    contained_spot,
    cost,
    first_place,
    holds_spot,
    is_free,
    line_place,
    number_places,
    take_box,
    take_line,
)  # fmt: skip
from census_gis.present.style import MIN_POINTS

__all__ = [
    "Board",
    "Placed",
    "along",
    "anchors_of",
    "beside",
    "has_room",
    "numbers_on",
    "outline_of",
    "spread",
    "text_box",
    "within",
]

HEIGHT_EM = 0.80  # height kept free for a line of digits or capitals
CHINESE_EM = 1.0
AIR = 0.15  # mm kept free around words
NUMBER_SIZES = (8.5, 7.5, 6.8, MIN_POINTS)
TURNS = 24
TURNED = np.array([
    (math.cos(2 * math.pi * n / TURNS), math.sin(2 * math.pi * n / TURNS)) for n in range(TURNS)
])  # fmt: skip
# Distances at which a number that does not fit is tried [mm beyond the edge of its building].
REACHES = (1.2, 2.2, 3.5, 5.0, 7.0, 9.5, 12.5, 16.0, 20.0, 25.0)
# A name that cannot stand on its street, an EA line being there, stands beside it [mm].
ASIDE = np.array([0.0, 2.6, -2.6, 4.0, -4.0])
# Where a number is tried over a building smaller than itself [mm from its middle].
NUDGES = ((0.0, 0.0), (0.0, 0.4), (0.0, -0.4), (0.6, 0.0), (-0.6, 0.0))
# Most of a building that its number may hide.
MOST_HIDDEN = 0.6
LINE_MM = 1.0  # an own boundary takes so much on the map of owners
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
        self.owner: NDArray[np.signedinteger[Any]] = np.zeros(shape, dtype=np.int16)

    def cleared(self) -> Board:
        """A board without words over the same ground."""
        board = copy(self)
        board.taken = np.zeros(self.taken.shape, dtype=bool)  # no memory before it is used
        return board

    def copied(self) -> Board:
        """The board as it is, to try words on."""
        board = copy(self)
        board.taken = self.taken.copy()
        return board

    @property
    def grids(self) -> Grids:
        """The same for the kernels."""
        return Grids(self.taken, self.owner, float(self.frame.x0), float(self.frame.y0))

    def free(self, boxes: Sequence[Box]) -> bool:
        """Whether all boxes lie in the frame and on nothing taken."""
        grids = self.grids
        return all(is_free(grids, _plain(box)) for box in boxes)

    def open(self, x: float, y: float) -> bool:
        """Whether a point lies in the frame and under no words."""
        half = 0.5 / CELLS
        return self.free([Box(x - half, y - half, x + half, y + half)])

    def take(self, boxes: Sequence[Box]) -> None:
        """Reserve boxes; what of them is outside the frame does not matter."""
        grids, frame = self.grids, self.frame
        for box in boxes:
            x0, y0 = max(box[0], frame.x0), max(box[1], frame.y0)
            x1, y1 = min(box[2], frame.x1), min(box[3], frame.y1)
            if x1 > x0 and y1 > y0:
                take_box(grids, (float(x0), float(y0), float(x1), float(y1)))

    def own(self, rings: Rings, lines: Rings) -> None:
        """Draw the map of owners: ring i belongs to building i + 1, lines to nobody."""
        self.owner = np.zeros(self.owner.shape, dtype=_whole_numbers(len(rings.counts)))
        fill_rings(self.owner, *self._cells(rings))
        draw_lines(self.owner, *self._cells(lines), (LINE_MM / 2 * CELLS, LINE))

    def _cells(self, rings: Rings) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Corners in cells, and where each ring begins, with the end of the last one."""
        begin = np.zeros(len(rings.counts) + 1, dtype=np.int64)
        np.cumsum(rings.counts, out=begin[1:])
        return (rings.xy - (self.frame.x0, self.frame.y0)) * CELLS, begin

    def price(self, box: Box, mine: int) -> int:
        """How much a label here hides: cells of other buildings, and of the boundary twice."""
        return int(cost(self.grids, _plain(box), mine))

    def first(self, boxes: Sequence[Box] | NDArray[np.float64], mine: int = 0) -> int:
        """The first of some boxes (n, 4) that is free and hides no building but `mine`; -1 for none."""
        return int(first_place(self.grids, np.asarray(boxes, dtype=np.float64), mine))


def _whole_numbers(most: int) -> type[np.signedinteger[Any]]:
    """What holds numbers up to `most`, in two bytes where it can be: a sheet tried on two papers has twenty boards."""
    return np.int16 if most <= np.iinfo(np.int16).max else np.int32


def _plain(box: Box) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = box
    return float(x0), float(y0), float(x1), float(y1)


def text_box(x: float, y: float, width: float, size: float, *, em: float = HEIGHT_EM) -> Box:
    """The box words in `size` [pt] need when set around their middle."""
    dx, dy = width / 2 + AIR, size * POINT_MM * em / 2 + AIR
    return Box(x - dx, y - dy, x + dx, y + dy)


@dataclass(frozen=True)
class Numbers:
    """Building numbers of one map and what they stand on, all on paper [mm].

    `mine` is the number of each building on the map of owners.
    """

    words: list[str]
    shapes: NDArray[np.object_]
    points: NDArray[np.float64]
    widest: NDArray[np.float64]
    radius: NDArray[np.float64]
    mine: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> Numbers:
        """Some of them; the buildings of the others still must not be hidden."""
        return Numbers(
            [self.words[i] for i in rows], self.shapes[rows], self.points[rows], self.widest[rows],
            self.radius[rows], self.mine[rows],
        )  # fmt: skip


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
        placed[i] = beside(board, anchors, float(numbers.radius[i]), width, int(numbers.mine[i]))
    return placed


def _inside(board: Board, numbers: Numbers, face: Face) -> list[Placed | None]:
    """Numbers whose box lies wholly on their own building, in the largest size that does."""
    if not numbers.words:
        return []
    ems = np.array([face.width(words, 1.0) for words in numbers.words])
    sizes = np.array(NUMBER_SIZES)
    halves = ems * sizes[:, None] / 2 + AIR, sizes * POINT_MM * HEIGHT_EM / 2 + AIR
    spots = np.stack([numbers.points, numbers.widest])
    outline, first = _outlines(numbers.shapes)
    size_of, spot_of = number_places(board.grids, spots, halves, outline, first)
    return [
        None
        if size < 0
        else Placed(float(spots[spot, n, 0]), float(spots[spot, n, 1]), NUMBER_SIZES[size])
        for n, (size, spot) in enumerate(zip(size_of.tolist(), spot_of.tolist(), strict=True))
    ]


def _outlines(shapes: NDArray[np.object_]) -> tuple[Outline, NDArray[np.int64]]:
    """Rings of polygons, and the first ring of each shape with the end of the last one's."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    first = np.searchsorted(owner[part], np.arange(len(shapes) + 1))
    return _flat(rings), first


def _flat(rings: NDArray[np.object_]) -> Outline:
    counts = shapely.get_num_coordinates(rings)
    begin = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=begin[1:])
    return Outline(shapely.get_coordinates(rings), begin)


def outline_of(shape: Any) -> Outline:
    """The rings of the polygons of a shape."""
    return _flat(shapely.get_rings(shapely.get_parts(shapely.get_parts(shape))))


def _over(board: Board, numbers: Numbers, face: Face, i: int) -> Placed | None:
    """A number over a building somewhat smaller than itself, if it hides no other building."""
    x, y = numbers.points[i].tolist()
    width = face.width(numbers.words[i], MIN_POINTS)
    boxes = [text_box(x + dx, y + dy, width, MIN_POINTS) for dx, dy in NUDGES]
    if numbers.radius[i] < width / 3:
        boxes = _showing(numbers.shapes[i], boxes)
    at = board.first(boxes, int(numbers.mine[i])) if boxes else -1
    if at < 0:
        return None
    board.take([boxes[at]])
    return Placed(x + NUDGES[at][0], y + NUDGES[at][1], MIN_POINTS)


def _showing(shape: Any, boxes: list[Box]) -> list[Box]:
    """Boxes up to the first that a small building would vanish under."""
    most = MOST_HIDDEN * shapely.area(shape)
    for n, box in enumerate(boxes):
        if shapely.area(shapely.clip_by_rect(shape, *box)) > most:
            return boxes[:n]
    return boxes


def beside(
    board: Board, anchors: NDArray[np.float64], radius: float, width: float, mine: int,
    tries: int = 1,
) -> Placed | None:  # fmt: skip
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
    tries
        From how many anchors not under words a place is looked for.
    """
    half = np.array([width / 2 + AIR, MIN_POINTS * POINT_MM * HEIGHT_EM / 2 + AIR])
    starts = (at for at in anchors.tolist() if board.open(*at))
    for start in islice(starts, tries):
        far = radius + np.array(REACHES)[:, None, None]
        middle = np.array(start) + TURNED * (far + half)
        boxes = np.concatenate([middle - half, middle + half], axis=2)
        ends = np.minimum(np.maximum(start, boxes[..., :2]), boxes[..., 2:])
        lines = np.concatenate([np.broadcast_to(start, ends.shape), ends], axis=2)
        ring, turn = beside_place(board.grids, boxes, lines, mine)
        if ring < 0:
            continue
        box = Box(*boxes[ring, turn].tolist())
        board.take([box])
        ax, ay, bx, by = lines[ring, turn].tolist()
        take_line(board.grids, (ax, ay, bx, by))
        return Placed((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, MIN_POINTS, 0.0, (ax, ay))
    return None


def anchors_of(shape: Any, middle: NDArray[np.float64]) -> NDArray[np.float64]:
    """The middle of a shape, then points halfway from there to its corners."""
    corners = shapely.get_coordinates(shapely.get_exterior_ring(shapely.get_parts(shape)[0]))
    return np.concatenate([middle[None], (corners[:-1] + middle) / 2, corners[:-1]])


def within(
    board: Board, shape: Outline, spots: NDArray[np.float64], room: tuple[float, float],
    em: float = CHINESE_EM,
) -> Placed | None:  # fmt: skip
    """Words at the first of several spots [mm] that is free, hides none of the EA's buildings, and has them inside a shape.

    Parameters
    ----------
    shape
        See `outline_of`.
    room
        Width of the words [mm], their size [pt].
    """
    width, size = room
    half = (width / 2 + AIR, size * POINT_MM * em / 2 + AIR)
    at = contained_spot(board.grids, spots, half, shape)
    if at < 0:
        return None
    x, y = spots[at].tolist()
    board.take([text_box(x, y, width, size, em=em)])
    return Placed(x, y, size)


def has_room(shape: Outline, spots: NDArray[np.float64], room: tuple[float, float]) -> bool:
    """Whether words of some width [mm] and size [pt] lie inside a shape at any of several spots."""
    width, size = room
    half = (width / 2 + AIR, size * POINT_MM * CHINESE_EM / 2 + AIR)
    return bool(holds_spot(spots, half, shape))


def spread(
    board: Board, spots: NDArray[np.float64], width: float, size: float, em: float = CHINESE_EM
) -> Placed | None:
    """Words at the first of several spots [mm] that is free and hides none of the EA's buildings."""
    half = np.array([width / 2 + AIR, size * POINT_MM * em / 2 + AIR])
    at = board.first(np.concatenate([spots - half, spots + half], axis=1))
    if at < 0:
        return None
    x, y = spots[at].tolist()
    board.take([text_box(x, y, width, size, em=em)])
    return Placed(x, y, size)


def along(board: Board, line: NDArray[np.float64], width: float, size: float) -> Placed | None:
    """Words along a line on paper: the straightest free stretch near its middle, set upright.

    Parameters
    ----------
    line
        Its corners [mm].
    width
        Width of the words [mm].
    """
    high = size * POINT_MM * CHINESE_EM / 2 + AIR
    found, (ax, ay, bx, by) = line_place(board.grids, line, width, high, ASIDE)
    if not found:
        return None
    angle = math.degrees(math.atan2(by - ay, bx - ax))
    angle = (angle + 89.999) % 180 - 89.999  # upright; a line due north reads upward
    return Placed((ax + bx) / 2, (ay + by) / 2, size, angle)
