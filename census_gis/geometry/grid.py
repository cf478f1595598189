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
    return _fill(grid, _upward(x, y, a, b), wanted)


@njit(cache=True)
def _upward(
    x: NDArray[np.int64], y: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Ends x, y, x, y of segments, the upper one last."""
    ends = np.empty((a.size, 4), np.int64)
    for s in range(a.size):
        low, high = (a[s], b[s]) if y[a[s]] <= y[b[s]] else (b[s], a[s])
        ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3] = x[low], y[low], x[high], y[high]
    return ends.T


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
def _fill(
    grid: Grid, ends: NDArray[np.int64], wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """`fill_cells` of segments whose second end is the upper one: counted first, then written."""
    nx, n_cells = grid[3], grid[3] * grid[4]
    use = np.full(n_cells, wanted.all())
    if not use[0]:
        for s in range(wanted.size):
            low, high = _rows(grid, ends, s) if wanted[s] else (0, -1)
            for row in range(low, high + 1):
                left, right = _columns(grid, ends, s, row)
                use[row * nx + left : row * nx + right + 1] = True
    place = np.zeros(n_cells + 1, np.int64)
    members = np.empty(0, np.int32)
    for turn in range(2):
        for s in range(ends.shape[1]):
            low, high = _rows(grid, ends, s)
            for row in range(low, high + 1):
                left, right = _columns(grid, ends, s, row)
                for cell in range(row * nx + left, row * nx + right + 1):
                    if use[cell] and turn == 0:
                        place[cell + 1] += 1
                    elif use[cell]:
                        members[place[cell]] = s
                        place[cell] += 1
        if turn == 0:
            place = np.cumsum(place)
            first = place.copy()
            members = np.empty(first[-1], np.int32)
    return first, members
