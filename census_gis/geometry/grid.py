"""A grid of square cells and the segments that come near each: pairs worth looking at."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Grid", "fill_cells", "make_grid"]

# Cells of 20 m hold a few segments each in a town; larger ones only where the table would grow too long.
CELL_MM = 20_000
MOST_CELLS = 4_000_000


# x and y of the first corner, width of a cell, cells in x and y, and how far a segment reaches [mm].
Grid = tuple[int, int, int, int, int, int]


def make_grid(x: NDArray[np.int64], y: NDArray[np.int64], reach: int) -> Grid:
    """A grid over all vertices; segments count for cells within `reach` [mm] of them."""
    x0, y0 = int(x.min()) - reach - 1, int(y.min()) - reach - 1
    width, height = int(x.max()) + reach + 1 - x0, int(y.max()) + reach + 1 - y0
    cell = CELL_MM
    while (width // cell + 1) * (height // cell + 1) > MOST_CELLS:
        cell *= 2
    return x0, y0, cell, width // cell + 1, height // cell + 1, reach


def fill_cells(
    grid: Grid,
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    wanted: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Segments a-b near every cell that a wanted segment comes near, as compressed rows."""
    ends = np.array([x[a], y[a], x[b], y[b]])
    down = np.flatnonzero(ends[1] > ends[3])
    ends[:, down] = ends[[2, 3, 0, 1]][:, down]
    n_cells = grid[3] * grid[4]
    use = np.ones(n_cells, np.bool_)
    if not wanted.all():
        use = np.zeros(n_cells, np.bool_)
        use[_meetings(grid, np.ascontiguousarray(ends[:, wanted]))[0]] = True
    cell, segment = _meetings(grid, ends)
    kept = use[cell]
    cell, segment = cell[kept], segment[kept]
    first = np.zeros(n_cells + 1, np.int64)
    np.cumsum(np.bincount(cell, minlength=n_cells), out=first[1:])
    return first, _sorted_by_cell(cell, segment, first[:-1].copy())


def _meetings(grid: Grid, ends: NDArray[np.int64]) -> NDArray[np.int32]:
    """Pairs of a cell and a segment near it, in the order of the segments."""
    out = np.empty((2, 4 * ends.shape[1] + 64), np.int32)
    while True:
        n = _meet(grid, ends, out)
        if n >= 0:
            return out[:, :n]
        out = np.empty((2, 2 * out.shape[1]), np.int32)


@njit(cache=True)
def _rows(grid: Grid, ends: NDArray[np.int64], s: int) -> tuple[int, int]:
    """First and last row of cells near a segment whose second end is the upper one."""
    _, y0, cell, _, ny, reach = grid
    low = max((ends[1, s] - reach - y0) // cell, 0)
    return low, min((ends[3, s] + reach - y0) // cell, ny - 1)


@njit(cache=True)
def _columns(grid: Grid, ends: NDArray[np.int64], s: int, row: int) -> tuple[int, int]:
    """First and last cell near a segment in one row."""
    x0, y0, cell, nx, _, reach = grid
    xa, ya, xb, yb = ends[0, s], ends[1, s], ends[2, s], ends[3, s]
    u, w = float(xa), float(xb)
    if yb > ya:
        low = max(ya, y0 + row * cell - reach)
        high = min(yb, y0 + (row + 1) * cell + reach)
        slope = (xb - xa) / (yb - ya)
        u, w = xa + slope * (low - ya), xa + slope * (high - ya)
    if u > w:
        u, w = w, u
    # A product for the division: what it may be off by is far below the reach.
    first = max(int((u - reach - x0) * (1.0 / cell)), 0)
    return first, min(int((w + reach - x0) * (1.0 / cell)), nx - 1)


@njit(cache=True)
def _meet(grid: Grid, ends: NDArray[np.int64], out: NDArray[np.int32]) -> int:
    """Write the pairs of `_meetings`; returns their number, -1 when `out` is too short."""
    n = 0
    for s in range(ends.shape[1]):
        low, high = _rows(grid, ends, s)
        for row in range(low, high + 1):
            left, right = _columns(grid, ends, s, row)
            if n + right - left >= out.shape[1]:
                return -1
            for column in range(left, right + 1):
                out[0, n], out[1, n] = row * grid[3] + column, s
                n += 1
    return n


@njit(cache=True)
def _sorted_by_cell(
    cell: NDArray[np.int32], segment: NDArray[np.int32], place: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Segments in the order of their cells; `place` is where the first of each cell goes."""
    members = np.empty(cell.size, np.int32)
    for i in range(cell.size):
        members[place[cell[i]]] = segment[i]
        place[cell[i]] += 1
    return members
