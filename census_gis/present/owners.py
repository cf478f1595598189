"""Fill rings and draw thick lines on a grid of cells: whose building is where on a map.

A cell belongs to a shape when its middle lies in it, so that what is drawn does not depend on an imaging library.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["draw_lines", "fill_rings"]

Floats = NDArray[np.float64]
Grid = NDArray[np.signedinteger[Any]]
STEP = 0.5  # corners of a line nearer to the last one than this are passed over [cells]


@njit(cache=True)
def _bounded(value: float, most: int) -> int:
    """The first cell whose middle lies at a coordinate or beyond it, kept between 0 and `most`."""
    return int(min(max(math.ceil(value - 0.5), 0.0), float(most)))


@njit(cache=True)
def _fill(grid: Grid, xy: Floats, mark: int, across: Floats) -> None:
    """Mark the cells of one ring, row by row between its crossings (even and odd); `across` is room for them."""
    first = _bounded(xy[:, 1].min(), len(grid))
    last = _bounded(xy[:, 1].max(), len(grid))
    for row in range(first, last):
        y, found = row + 0.5, 0
        for i in range(len(xy)):
            ax, ay, bx, by = xy[i - 1, 0], xy[i - 1, 1], xy[i, 0], xy[i, 1]
            if (ay > y) != (by > y):
                at, place = ax + (y - ay) / (by - ay) * (bx - ax), found
                while place > 0 and across[place - 1] > at:  # in order: there are few
                    across[place] = across[place - 1]
                    place -= 1
                across[place] = at
                found += 1
        for pair in range(0, found - 1, 2):
            end = _bounded(across[pair + 1], grid.shape[1])
            for column in range(_bounded(across[pair], grid.shape[1]), end):
                grid[row, column] = mark


@njit(cache=True)
def fill_rings(grid: Grid, xy: Floats, begin: NDArray[np.int64]) -> None:
    """Mark ring i with i + 1, later rings above earlier ones.

    Parameters
    ----------
    grid
        Rows of cells.
    xy
        Corners of all rings [cells], shape (n, 2); a ring closes by itself.
    begin
        Where each ring begins, with the end of the last one.
    """
    across = np.empty(len(xy))
    for ring in range(len(begin) - 1):
        if begin[ring + 1] - begin[ring] > 2:
            _fill(grid, xy[begin[ring] : begin[ring + 1]], ring + 1, across)


@njit(cache=True)
def _fill_convex(grid: Grid, xy: Floats, mark: int) -> None:
    """Mark the cells of a convex ring."""
    for row in range(_bounded(xy[:, 1].min(), len(grid)), _bounded(xy[:, 1].max(), len(grid))):
        y, low, high = row + 0.5, math.inf, -math.inf
        for i in range(len(xy)):
            ax, ay, bx, by = xy[i - 1, 0], xy[i - 1, 1], xy[i, 0], xy[i, 1]
            if (ay > y) != (by > y):
                at = ax + (y - ay) / (by - ay) * (bx - ax)
                low, high = min(low, at), max(high, at)
        if low < high:
            for column in range(_bounded(low, grid.shape[1]), _bounded(high, grid.shape[1])):
                grid[row, column] = mark


@njit(cache=True)
def draw_lines(grid: Grid, xy: Floats, begin: NDArray[np.int64], pen: tuple[float, int]) -> None:
    """Mark lines as wide as a pen, with square ends; arguments as of `fill_rings`.

    Parameters
    ----------
    pen
        Half its width [cells], and the mark.
    """
    half, mark = pen
    corners = np.empty((4, 2))
    for line in range(len(begin) - 1):
        x, y = xy[begin[line], 0], xy[begin[line], 1]
        for i in range(begin[line] + 1, begin[line + 1]):
            dx, dy = xy[i, 0] - x, xy[i, 1] - y
            length = math.hypot(dx, dy)
            if length == 0.0 or (length < STEP and i < begin[line + 1] - 1):
                continue
            ux, uy = dx / length * half, dy / length * half
            corners[0] = x - ux - uy, y - uy + ux
            corners[1] = x - ux + uy, y - uy - ux
            x, y = xy[i, 0], xy[i, 1]
            corners[2] = x + ux + uy, y + uy - ux
            corners[3] = x + ux - uy, y + uy + ux
            if corners[:, 0].max() > 0.0 and corners[:, 0].min() < grid.shape[1]:
                _fill_convex(grid, corners, mark)
