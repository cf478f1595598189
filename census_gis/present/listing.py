"""Ruled tables on paper, to be read and written into by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from census_gis.present.display import Box, DisplayList, Type
from census_gis.present.fonts import Face
from census_gis.present.style import GRID, MIN_POINTS, RULE, SMALL

__all__ = ["Column", "capacity", "draw_listing", "lines_of"]

PAD = 0.8
LINE = 2.2  # between two lines of 6 pt
AIR = 0.1  # between words and a rule, at least


@dataclass(frozen=True)
class Column:
    """Heading, width [mm] (0 for what the others leave), and anchor of its words: l, c or r."""

    head: str
    width: float
    anchor: str = "c"


def capacity(box: Box, groups: int, row: float) -> int:
    """Rows a box holds under a line of headings."""
    return groups * max(0, int((box.height + 1e-6) / row) - 1)


def draw_listing(
    page: DisplayList,
    box: Box,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    groups: int,
    row: float,
    face: Face,
) -> None:
    """Draw as many rows as the box holds, groups of columns side by side, empty rows included.

    Parameters
    ----------
    row
        Height of a row [mm].
    """
    lines = int((box.height + 1e-6) / row)
    width = box.width / groups
    spare = width - sum(column.width for column in columns)
    widths = [column.width or spare for column in columns]
    bottom = box.y1 - lines * row
    strokes = [(box.x0, box.y1 - n * row, box.x1, box.y1 - n * row) for n in range(lines + 1)]
    bold: list[tuple[float, float, float, float]] = []
    for group in range(groups):
        x = box.x0 + group * width
        mine = rows[group * (lines - 1) : (group + 1) * (lines - 1)]
        for at, column in enumerate(columns):
            (bold if at == 0 else strokes).append((x, bottom, x, box.y1))
            cell = (x, widths[at], row)
            _cell(page, cell, box.y1 - row / 2, column.head, Column("", 0, "c"), face)
            for n, values in enumerate(mine):
                _cell(page, cell, box.y1 - (n + 1.5) * row, values[at], column, face)
            x += widths[at]
    bold.append((box.x1, bottom, box.x1, box.y1))
    page.segments(strokes, GRID)
    page.segments(bold, RULE)


def _cell(
    page: DisplayList,
    cell: tuple[float, float, float],
    y: float,
    words: str,
    column: Column,
    face: Face,
) -> None:
    """Words in a cell (x, width, height) around `y`: shrunk to 6 pt, then in the lines there is room for, then shortened."""
    if not words:
        return
    x, width, height = cell
    room = width - 2 * PAD
    at = {"l": x + PAD, "c": x + width / 2, "r": x + width - PAD}[column.anchor]
    anchor = f"{column.anchor}m"
    size = max(MIN_POINTS, face.fitted(words, SMALL.size, room))
    most = int((height - 2 * AIR) / LINE)
    if face.width(words, size) <= room or most < 2:
        page.text((at, y), face.cut(words, size, room), Type(size), anchor=anchor)
        return
    lines: list[str] = []
    while words and len(lines) < most - 1:
        lines.append(face.wrapped(words, size, room)[0])
        words = words.removeprefix(lines[-1]).strip()
    lines.append(words)
    lines = [line for line in lines if line]
    for n, line in enumerate(lines):
        up = ((len(lines) - 1) / 2 - n) * LINE
        page.text((at, y + up), face.cut(line, size, room), Type(size), anchor=anchor)


def lines_of(words: str, width: float, face: Face) -> int:
    """How many lines words take in a column of some width [mm], 6 pt."""
    return max(1, len(face.wrapped(words, MIN_POINTS, width - 2 * PAD)))
