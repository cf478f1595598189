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
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Segments a-b near every cell that a wanted segment comes near, as compressed rows; ends of all segments.

    Ends are rows x, y, x, y with the upper end last, a segment's side by side in memory.
    """
    ends = _upward(x, y, a, b)
    first, members = _fill(grid, ends, wanted)
    return first, members, ends


@njit(cache=True)
def _upward(
    x: NDArray[np.int64], y: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Ends x, y, x, y of segments, the upper one last."""
    ends = np.empty((a.size, 4), np.int32)
    for s in range(a.size):
        low, high = (a[s], b[s]) if y[a[s]] <= y[b[s]] else (b[s], a[s])
        ends[s, 0], ends[s, 1], ends[s, 2], ends[s, 3] = x[low], y[low], x[high], y[high]
    return ends.T


# In all of these a product stands for the division by the width of a cell, which takes far longer: what it may
# be off by is far below the reach.


@njit(cache=True)
def _rows(grid: Grid, ends: NDArray[np.int32], s: int) -> tuple[int, int]:
    """First and last row of cells near a segment whose second end is the upper one."""
    _, y0, cell, _, ny, reach = grid
    low = max(int((ends[1, s] - reach - y0) * (1.0 / cell)), 0)
    return low, min(int((ends[3, s] + reach - y0) * (1.0 / cell)), ny - 1)


@njit(cache=True)
def _columns(
    grid: Grid, ends: NDArray[np.int32], s: int, row: int, slope: float
) -> tuple[int, int]:
    """First and last cell near a segment in one row; `slope` is how far it goes in x for each step in y."""
    x0, y0, cell, nx, _, reach = grid
    xa, ya, xb, yb = ends[0, s], ends[1, s], ends[2, s], ends[3, s]
    u, w = float(xa), float(xb)
    if yb > ya:
        low = max(ya, y0 + row * cell - reach)
        high = min(yb, y0 + (row + 1) * cell + reach)
        u, w = xa + slope * (low - ya), xa + slope * (high - ya)
    if u > w:
        u, w = w, u
    first = max(int((u - reach - x0) * (1.0 / cell)), 0)
    return first, min(int((w + reach - x0) * (1.0 / cell)), nx - 1)


@njit(cache=True)
def _spans(grid: Grid, ends: NDArray[np.int32]) -> NDArray[np.int32]:
    """Cells near every segment, row by row of cells: segment, first and last cell."""
    nx = grid[3]
    n = 0
    for s in range(ends.shape[1]):
        low, high = _rows(grid, ends, s)
        n += high - low + 1
    spans = np.empty((n, 3), np.int32)
    n = 0
    for s in range(ends.shape[1]):
        low, high = _rows(grid, ends, s)
        slope = (ends[2, s] - ends[0, s]) / max(ends[3, s] - ends[1, s], 1)
        for row in range(low, high + 1):
            left, right = _columns(grid, ends, s, row, slope)
            spans[n, 0], spans[n, 1], spans[n, 2] = s, row * nx + left, row * nx + right
            n += 1
    return spans


@njit(cache=True)
def _fill(
    grid: Grid, ends: NDArray[np.int32], wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """`fill_cells` of segments whose second end is the upper one: counted first, then written."""
    n_cells = grid[3] * grid[4]
    spans = _spans(grid, ends)
    every = wanted.all()
    use = np.zeros(0 if every else n_cells, np.bool_)
    if not every:
        for i in range(len(spans)):
            if wanted[spans[i, 0]]:
                use[spans[i, 1] : spans[i, 2] + 1] = True
    # A cell's count stands two places on, so that writing leaves each begin where it belongs.
    first = np.zeros(n_cells + 2, np.int32)
    for i in range(len(spans)):
        for cell in range(spans[i, 1], spans[i, 2] + 1):
            if every or use[cell]:
                first[cell + 2] += 1
    for cell in range(2, first.size):
        first[cell] += first[cell - 1]
    members = np.empty(first[-1], np.int32)
    for i in range(len(spans)):
        for cell in range(spans[i, 1], spans[i, 2] + 1):
            if every or use[cell]:
                members[first[cell + 1]] = spans[i, 0]
                first[cell + 1] += 1
    return first[:-1], members
