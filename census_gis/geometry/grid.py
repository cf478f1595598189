"""A grid of square cells and the segments that come near each: pairs worth looking at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Grid", "fill_cells", "make_grid"]

# Cells of 20 m hold a few segments each in a town; larger ones only where the table would grow too long.
CELL_MM = 20_000
MOST_CELLS = 4_000_000


class Grid(NamedTuple):
    """Cells of `cell` mm, `nx` by `ny` from (x0, y0); a segment reaches `reach` mm to either side."""

    x0: int
    y0: int
    cell: int
    nx: int
    ny: int
    reach: int


def make_grid(x: NDArray[np.int64], y: NDArray[np.int64], reach: int) -> Grid:
    """The grid over all vertices [mm]."""
    x0, y0 = int(x.min()) - reach - 1, int(y.min()) - reach - 1
    width, height = int(x.max()) + reach + 1 - x0, int(y.max()) + reach + 1 - y0
    cell = CELL_MM
    while (width // cell + 1) * (height // cell + 1) > MOST_CELLS:
        cell *= 2
    return Grid(x0, y0, cell, width // cell + 1, height // cell + 1, reach)


def fill_cells(
    grid: Grid,
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    wanted: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Segments a-b near every cell that a wanted segment comes near, as compressed rows."""
    ends = np.column_stack([x[a], y[a], x[b], y[b]])
    up = ends[:, 1] <= ends[:, 3]
    ends = np.where(up[:, None], ends, ends[:, [2, 3, 0, 1]])
    use = np.ones(grid.nx * grid.ny, np.bool_)
    if not wanted.all():
        use = _touched(grid, ends[wanted])
    first = np.zeros(grid.nx * grid.ny + 1, np.int64)
    _count(grid, ends, use, first)
    np.cumsum(first, out=first)
    members = np.empty(first[-1], np.int32)
    _fill(grid, ends, use, first[:-1].copy(), members)
    return first, members


@njit(cache=True)
def _rows(grid: Grid, ends: NDArray[np.int64], s: int) -> tuple[int, int]:
    """First and last row of cells near a segment whose second end is the upper one."""
    low = max((ends[s, 1] - grid.reach - grid.y0) // grid.cell, 0)
    high = min((ends[s, 3] + grid.reach - grid.y0) // grid.cell, grid.ny - 1)
    return low, high


@njit(cache=True)
def _columns(grid: Grid, ends: NDArray[np.int64], s: int, row: int) -> tuple[int, int]:
    """First and last cell near a segment in one row."""
    xa, ya, xb, yb = ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3]
    u, w = float(xa), float(xb)
    if yb > ya:
        low = max(ya, grid.y0 + row * grid.cell - grid.reach)
        high = min(yb, grid.y0 + (row + 1) * grid.cell + grid.reach)
        slope = (xb - xa) / (yb - ya)
        u, w = xa + slope * (low - ya), xa + slope * (high - ya)
    if u > w:
        u, w = w, u
    first = max(int((u - grid.reach - grid.x0) // grid.cell), 0)
    return first, min(int((w + grid.reach - grid.x0) // grid.cell), grid.nx - 1)


@njit(cache=True)
def _touched(grid: Grid, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Cells near any of the segments."""
    use = np.zeros(grid.nx * grid.ny, np.bool_)
    for s in range(len(ends)):
        low, high = _rows(grid, ends, s)
        for row in range(low, high + 1):
            left, right = _columns(grid, ends, s, row)
            for column in range(left, right + 1):
                use[row * grid.nx + column] = True
    return use


@njit(cache=True)
def _count(
    grid: Grid, ends: NDArray[np.int64], use: NDArray[np.bool_], first: NDArray[np.int64]
) -> None:
    """Number of segments of cell c, added to first[c + 1]."""
    for s in range(len(ends)):
        low, high = _rows(grid, ends, s)
        for row in range(low, high + 1):
            left, right = _columns(grid, ends, s, row)
            for cell in range(row * grid.nx + left, row * grid.nx + right + 1):
                if use[cell]:
                    first[cell + 1] += 1


@njit(cache=True)
def _fill(
    grid: Grid,
    ends: NDArray[np.int64],
    use: NDArray[np.bool_],
    place: NDArray[np.int64],
    members: NDArray[np.int32],
) -> None:
    """Write the segments of every cell; `place` is where the next one of a cell goes."""
    for s in range(len(ends)):
        low, high = _rows(grid, ends, s)
        for row in range(low, high + 1):
            left, right = _columns(grid, ends, s, row)
            for cell in range(row * grid.nx + left, row * grid.nx + right + 1):
                if use[cell]:
                    members[place[cell]] = s
                    place[cell] += 1
