"""The reference grid of a map: letters from the west, numbers from the north, to find a place by."""

from __future__ import annotations

import string
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from census_gis.present import style
from census_gis.present.display import Box, Type
from census_gis.present.furniture import Draft
from census_gis.present.style import MIN_POINTS

__all__ = ["ReferenceGrid", "draw_grid", "grid_of", "say_cells"]

CELL_MM = 21.0
MOST_COLUMNS, MOST_ROWS = 8, 10  # A-H and 1-10: one character to say, one or two to write
TICK_MM = 1.5
# Letters stand this far inside the frame line [mm].
INSIDE_MM = 1.9


@dataclass(frozen=True)
class ReferenceGrid:
    """Equal cells over a frame [mm]; column A is the westernmost, row 1 the northernmost."""

    frame: Box
    columns: int
    rows: int

    def cells(self, xy: NDArray[np.float64]) -> list[str]:
        """The cell of each point on paper [mm], such as 'B3'; points outside have the nearest one."""
        frame = self.frame
        x = (xy[:, 0] - frame.x0) / frame.width * self.columns
        y = (frame.y1 - xy[:, 1]) / frame.height * self.rows
        column = np.clip(np.floor(x), 0, self.columns - 1).astype(int)
        row = np.clip(np.floor(y), 0, self.rows - 1).astype(int)
        letters = string.ascii_uppercase
        return [f"{letters[c]}{r + 1}" for c, r in zip(column.tolist(), row.tolist(), strict=True)]


def grid_of(frame: Box) -> ReferenceGrid:
    """The grid of a frame: cells of about 21 mm, larger where A-H and 1-10 would not do."""
    columns = min(MOST_COLUMNS, max(1, round(frame.width / CELL_MM)))
    rows = min(MOST_ROWS, max(1, round(frame.height / CELL_MM)))
    return ReferenceGrid(frame, columns, rows)


def say_cells(cells: list[str]) -> str:
    """Cells of one line or area: the first and the last by letter and number.

    Examples
    --------
    >>> say_cells(["C4", "B3", "B10"])
    'B3–C4'
    """
    known = sorted(set(cells), key=lambda cell: (cell[0], int(cell[1:])))
    return known[0] if len(known) == 1 else f"{known[0]}–{known[-1]}" if known else ""


def draw_grid(draft: Draft, grid: ReferenceGrid) -> list[Box]:
    """Ticks on the frame line, letters and numbers just inside it; returns the boxes they take [mm]."""
    frame, page = grid.frame, draft.page
    step_x, step_y = frame.width / grid.columns, frame.height / grid.rows
    ticks = []
    for n in range(1, grid.columns):
        x = frame.x0 + n * step_x
        ticks += [(x, frame.y0, x, frame.y0 + TICK_MM), (x, frame.y1, x, frame.y1 - TICK_MM)]
    for n in range(1, grid.rows):
        y = frame.y1 - n * step_y
        ticks += [(frame.x0, y, frame.x0 + TICK_MM, y), (frame.x1, y, frame.x1 - TICK_MM, y)]
    page.segments(ticks, style.RULE)
    spots = [
        (frame.x0 + (n + 0.5) * step_x, y, string.ascii_uppercase[n])
        for n in range(grid.columns) for y in (frame.y1 - INSIDE_MM, frame.y0 + INSIDE_MM)
    ] + [
        (x, frame.y1 - (n + 0.5) * step_y, str(n + 1))
        for n in range(grid.rows) for x in (frame.x0 + INSIDE_MM, frame.x1 - INSIDE_MM)
    ]  # fmt: skip
    type_ = Type(MIN_POINTS, style.NEIGHBOUR.color, 0.4)
    for x, y, words in spots:
        page.text((x, y), words, type_, anchor="cm")
    return [Box(x - INSIDE_MM, y - INSIDE_MM, x + INSIDE_MM, y + INSIDE_MM) for x, y, _ in spots]
