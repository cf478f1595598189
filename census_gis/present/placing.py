"""Where words may go: kernels over the cells of a map's frame and the rings of the shapes in it.

All lengths are millimetres on paper; a box is west, south, east, north.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "CELLS", "OUTSIDE", "Grids", "Outline", "beside_place", "contained_spot", "cost", "first_place", "holds_spot",
    "is_free", "lattice_inside", "line_place", "number_places", "take_box", "take_line",
]  # fmt: skip

CELLS = 4  # cells in a millimetre
OUTSIDE = 1_000_000  # what it costs to leave the frame
# A name keeps to a line where its chord is this share of its width at least.
STRAIGHT = 0.985
STEP_MM, MOST_SHIFTS = 4.0, 16  # a name is tried every so far from the middle of its line
LEAST_SPARE = 1.15  # a line holds words when it is longer than they are by this factor

Floats = NDArray[np.float64]
Rectangle = tuple[float, float, float, float]


class Grids(NamedTuple):
    """A frame in cells: what is under words, whose building is where (below 0 a boundary), its lower left corner."""

    taken: NDArray[np.bool_]
    owner: NDArray[np.signedinteger[Any]]
    x: float
    y: float


class Outline(NamedTuple):
    """Closed rings held flat: corners (n, 2), and where each ring begins, with the end of the last one."""

    xy: Floats
    begin: NDArray[np.int64]


@njit(cache=True)
def _span(grids: Grids, box: Rectangle) -> tuple[int, int, int, int]:
    """Rows and columns a box covers, wholly or in part; the first is -1 when it leaves the frame."""
    left, low = math.floor((box[0] - grids.x) * CELLS), math.floor((box[1] - grids.y) * CELLS)
    right, high = math.ceil((box[2] - grids.x) * CELLS), math.ceil((box[3] - grids.y) * CELLS)
    if left < 0 or low < 0 or high > grids.taken.shape[0] or right > grids.taken.shape[1]:
        return -1, -1, -1, -1
    return low, high, left, right


@njit(cache=True)
def is_free(grids: Grids, box: Rectangle) -> bool:
    """Whether a box lies in the frame and on nothing taken."""
    low, high, left, right = _span(grids, box)
    if low < 0:
        return False
    for row in range(low, high):
        for column in range(left, right):
            if grids.taken[row, column]:
                return False
    return True


@njit(cache=True)
def cost(grids: Grids, box: Rectangle, mine: int) -> int:
    """How much a box hides: cells of buildings that are not `mine`, and of boundaries twice."""
    low, high, left, right = _span(grids, box)
    if low < 0:
        return OUTSIDE
    total = 0
    for row in range(low, high):
        for column in range(left, right):
            whose = grids.owner[row, column]
            if whose < 0:
                total += 2
            elif whose > 0 and whose != mine:
                total += 1
    return total


@njit(cache=True)
def take_box(grids: Grids, box: Rectangle) -> None:
    """Reserve a box that lies in the frame."""
    low, high, left, right = _span(grids, box)
    if low >= 0:
        grids.taken[low:high, left:right] = True


@njit(cache=True)
def first_place(grids: Grids, boxes: Floats, mine: int) -> int:
    """The first of some boxes (n, 4) that is free and hides nothing; -1 for none."""
    for n in range(len(boxes)):
        box = (boxes[n, 0], boxes[n, 1], boxes[n, 2], boxes[n, 3])
        if is_free(grids, box) and cost(grids, box, mine) == 0:
            return n
    return -1


@njit(cache=True)
def _cell(grids: Grids, line: Rectangle, share: float) -> tuple[int, int]:
    """Row and column at a share of a straight line; -1 outside the frame."""
    column = int((line[0] - grids.x) * CELLS + share * ((line[2] - line[0]) * CELLS))
    row = int((line[1] - grids.y) * CELLS + share * ((line[3] - line[1]) * CELLS))
    if 0 <= row < grids.taken.shape[0] and 0 <= column < grids.taken.shape[1]:
        return row, column
    return -1, -1


@njit(cache=True)
def _steps(line: Rectangle) -> int:
    """Points a straight line is followed by: three in two cells."""
    return max(2, int(math.hypot(line[2] - line[0], line[3] - line[1]) * CELLS * 1.5))


@njit(cache=True)
def _line_is_free(grids: Grids, line: Rectangle) -> bool:
    """Whether no cell on a straight line is taken; what of it is outside the frame does not matter."""
    steps = _steps(line)
    for i in range(steps):
        row, column = _cell(grids, line, i / (steps - 1))
        if row >= 0 and grids.taken[row, column]:
            return False
    return True


@njit(cache=True)
def take_line(grids: Grids, line: Rectangle) -> None:
    """Reserve the cells on a straight line, from one point to another."""
    steps = _steps(line)
    for i in range(steps):
        row, column = _cell(grids, line, i / (steps - 1))
        if row >= 0:
            grids.taken[row, column] = True


@njit(cache=True)
def beside_place(grids: Grids, boxes: Floats, lines: Floats, mine: int) -> tuple[int, int]:
    """The cheapest free box of the nearest ring of boxes that has a free one; (-1, -1) for none.

    Parameters
    ----------
    boxes
        Shape (rings, turns, 4), the nearest ring first.
    lines
        The line that leads to each box, which must be free too: its ends, shape (rings, turns, 4).
    """
    for ring in range(boxes.shape[0]):
        best, least = -1, OUTSIDE
        for turn in range(boxes.shape[1]):
            at = boxes[ring, turn]
            box = (at[0], at[1], at[2], at[3])
            if not is_free(grids, box):
                continue
            price = cost(grids, box, mine)
            if best >= 0 and price >= least:
                continue
            way = lines[ring, turn]
            if not _line_is_free(grids, (way[0], way[1], way[2], way[3])):
                continue
            best, least = turn, price
            if price == 0:
                break
        if best >= 0:
            return ring, best
    return -1, -1


@njit(cache=True)
def _inside(shape: Outline, first: int, last: int, x: float, y: float) -> bool:
    """Whether a point lies in the shape of rings `first` to `last` - 1: a ray from it leaves an odd number of times."""
    odd = False
    xy = shape.xy
    for ring in range(first, last):
        for i in range(shape.begin[ring], shape.begin[ring + 1] - 1):
            ay, by = xy[i, 1], xy[i + 1, 1]
            if (ay > y) != (by > y) and x < xy[i, 0] + (y - ay) / (by - ay) * (
                xy[i + 1, 0] - xy[i, 0]
            ):
                odd = not odd
    return odd


@njit(cache=True)
def lattice_inside(shape: Outline, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Which points of a lattice lie in a shape; by rows (y), then columns (x, rising)."""
    found = np.zeros((len(y), len(x)), dtype=np.bool_)
    xy = shape.xy
    for ring in range(len(shape.begin) - 1):
        for i in range(shape.begin[ring], shape.begin[ring + 1] - 1):
            ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
            low = np.searchsorted(y, min(ay, by))
            high = np.searchsorted(y, max(ay, by))
            for row in range(low, high):
                end = np.searchsorted(x, ax + (y[row] - ay) / (by - ay) * (bx - ax))
                for column in range(end):
                    found[row, column] = not found[row, column]
    return found


@njit(cache=True)
def _meets(line: Rectangle, box: Rectangle) -> bool:
    """Whether a straight line enters the inside of a box (Liang and Barsky 1984)."""
    enter, leave = 0.0, 1.0
    for axis in range(2):
        way = line[axis + 2] - line[axis]
        gap, room = box[axis] - line[axis], box[axis + 2] - line[axis]
        if way == 0.0:
            if gap >= 0.0 or room <= 0.0:
                return False
            continue
        a, b = gap / way, room / way
        enter, leave = max(enter, min(a, b)), min(leave, max(a, b))
    return enter < leave


@njit(cache=True)
def _contains(shape: Outline, first: int, last: int, box: Rectangle) -> bool:
    """Whether a box lies in the shape of rings `first` to `last` - 1; it may touch them."""
    if not _inside(shape, first, last, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2):
        return False
    xy = shape.xy
    for i in range(shape.begin[first], shape.begin[last] - 1):
        line = (xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1])
        if max(line[0], line[2]) <= box[0] or min(line[0], line[2]) >= box[2]:
            continue
        if max(line[1], line[3]) <= box[1] or min(line[1], line[3]) >= box[3]:
            continue
        if _meets(line, box) and not _joint(shape.begin, i + 1):
            return False
    return True


@njit(cache=True)
def _joint(begin: NDArray[np.int64], corner: int) -> bool:
    """Whether a corner is the first of a ring: no line leads there from the corner before."""
    at = np.searchsorted(begin, corner)
    return bool(at < len(begin) and begin[at] == corner)


@njit(cache=True)
def contained_spot(grids: Grids, spots: Floats, half: tuple[float, float], shape: Outline) -> int:
    """The first spot where a box of some half width and height lies in a shape, is free and hides nothing; else -1."""
    for n in range(len(spots)):
        x, y = spots[n, 0], spots[n, 1]
        box = (x - half[0], y - half[1], x + half[0], y + half[1])
        if not is_free(grids, box) or cost(grids, box, 0):
            continue
        if _contains(shape, 0, len(shape.begin) - 1, box):
            return n
    return -1


@njit(cache=True)
def holds_spot(spots: Floats, half: tuple[float, float], shape: Outline) -> bool:
    """Whether a box of some half width and height lies in a shape at any of several spots."""
    for n in range(len(spots)):
        x, y = spots[n, 0], spots[n, 1]
        box = (x - half[0], y - half[1], x + half[0], y + half[1])
        if _contains(shape, 0, len(shape.begin) - 1, box):
            return True
    return False


@njit(cache=True)
def number_places(
    grids: Grids, spots: Floats, halves: tuple[Any, Any], shapes: Outline, first: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Size and spot of each number that has room on its own shape, largest sizes first; -1 for the others.

    Parameters
    ----------
    spots
        Where a number may stand, the best first; shape (spots, numbers, 2).
    halves
        Half width by size and number, half height by size.
    first
        The first ring of each number's shape, and one past the last ring.
    """
    many = spots.shape[1]
    size_of, spot_of = np.full(many, -1), np.full(many, -1)
    for size in range(len(halves[1])):
        dy = halves[1][size]
        for spot in range(len(spots)):
            for n in range(many):
                x, y, dx = spots[spot, n, 0], spots[spot, n, 1], halves[0][size, n]
                box = (x - dx, y - dy, x + dx, y + dy)
                if size_of[n] >= 0 or not is_free(grids, box):
                    continue
                if _contains(shapes, first[n], first[n + 1], box):
                    take_box(grids, box)
                    size_of[n], spot_of[n] = size, spot
    return size_of, spot_of


@njit(cache=True)
def _walked(xy: Floats, along: Floats, at: float) -> tuple[float, float]:
    """The point of a line at a length from its start; `along` is the length up to each corner."""
    i = min(max(int(np.searchsorted(along, at)), 1), len(along) - 1)
    part = along[i] - along[i - 1]
    share = min(max((at - along[i - 1]) / part, 0.0), 1.0) if part > 0.0 else 0.0
    return (
        xy[i - 1, 0] + share * (xy[i, 0] - xy[i - 1, 0]),
        xy[i - 1, 1] + share * (xy[i, 1] - xy[i - 1, 1]),
    )


@njit(cache=True)
def _boxed(line: Rectangle, step: int, steps: int, high: float) -> Rectangle:
    """One of the boxes that words along a straight line are made of."""
    share = (step + 0.5) / steps
    x, y = line[0] + (line[2] - line[0]) * share, line[1] + (line[3] - line[1]) * share
    return x - high, y - high, x + high, y + high


@njit(cache=True)
def line_place(
    grids: Grids, xy: Floats, width: float, high: float, asides: Floats
) -> tuple[bool, Rectangle]:
    """Where words start and end along a line, the places nearest its middle first; they are reserved.

    Parameters
    ----------
    xy
        Corners of the line.
    width, high
        Width of the words, half their height.
    asides
        How far beside the line they may stand, the best first.
    """
    along = np.zeros(len(xy))
    for i in range(1, len(xy)):
        along[i] = along[i - 1] + math.hypot(xy[i, 0] - xy[i - 1, 0], xy[i, 1] - xy[i - 1, 1])
    length = along[-1]
    none = (0.0, 0.0, 0.0, 0.0)
    if length < width * LEAST_SPARE:
        return False, none
    shifts = 1 + min(MOST_SHIFTS - 1, int((length - width) / 2 / STEP_MM))
    steps = max(2, math.ceil(width / (high * 1.2)))
    for aside in asides:
        for n in range(2 * shifts - 1):
            middle = length / 2 + STEP_MM * ((n + 1) // 2) * (1 if n % 2 else -1)
            ax, ay = _walked(xy, along, middle - width / 2)
            bx, by = _walked(xy, along, middle + width / 2)
            if math.hypot(bx - ax, by - ay) < STRAIGHT * width:
                continue
            dx, dy = -(by - ay) / width * aside, (bx - ax) / width * aside
            line = (ax + dx, ay + dy, bx + dx, by + dy)
            if _stretch_open(grids, line, steps, high):
                for i in range(steps):
                    take_box(grids, _boxed(line, i, steps, high))
                return True, line
    return False, none


@njit(cache=True)
def _stretch_open(grids: Grids, line: Rectangle, steps: int, high: float) -> bool:
    """Whether all boxes along a stretch are free and hide nothing."""
    for i in range(steps):
        box = _boxed(line, i, steps, high)
        if not is_free(grids, box) or cost(grids, box, 0):
            return False
    return True
