"""What surrounds a map: title, identification, scale, north, legend, boundary in words, signatures, notes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from census_gis.language import Language
from census_gis.present import style
from census_gis.present.display import (
    Box,
    DisplayList,
    Pen,
    Rings,
    Type,
    corners,
    grey,
    rings_of,
)  # fmt: skip
from census_gis.present.fonts import Face
from census_gis.present.style import BLACK, MIN_POINTS, WHITE
from census_gis.present.view import View
from census_gis.present.words import SIGNS, SYMBOLS, say

__all__ = [
    "Draft",
    "bounds",
    "foot",
    "header",
    "identification",
    "legend",
    "north_arrow",
    "scale_bar",
    "signs",
    "start_sign",
    "turn_sign",
]

SIGN_MM = 3.2
# Lengths of one quarter of a scale bar [m].
QUARTERS = tuple(m * 10**p for p in range(6) for m in (1, 2, 2.5, 5))
# Rows of a legend and how close they may stand; width of an entry that shows its words whole [mm].
ENTRY_ROW = 3.9
LEAST_ROW = 2.8
ENTRY_WIDTH = 22.0
WIDE_LEGEND = 80.0
SWATCH_MM = 6.5
ROUND_MM = 0.9  # half the width of a road in a sample
# Long dashes of a sample are this share of those on the map: all by the same, or lines would look alike.
SAMPLED = 0.45
# A title in one line is no smaller than this [pt]; in two lines it has this size.
LEAST_TITLE = 12.0
TWO_LINES = 11.0
LEAST_HALF = 8.0
AREA_SAID = re.compile("第[^第 ]+普查小区.*$")
MOST_BOUND = 14.0  # a side of the boundary in words: five lines [mm]


@dataclass(frozen=True)
class Draft:
    """A page being drawn, the type to measure by, the language to speak and the noun to count in."""

    page: DisplayList
    face: Face
    language: Language
    noun: str = "persons"


def header(draft: Draft, box: Box, title: str, under: str, secrecy: str) -> None:
    """Title in full and large, the line under it, and the secrecy mark upper left, if there is one.

    A title too long for a line of good size is set in two, and only then shortened.
    """
    page, middle = draft.page, (box.x0 + box.x1) / 2
    size = draft.face.fitted(title, style.TITLE.size, box.width)
    if size >= LEAST_TITLE:
        page.text((middle, box.y1 - 9.0), title, Type(size, bold=True), anchor="c")
    else:
        for drop, words in zip((6.2, 10.4), _halves(draft, title), strict=False):
            size = max(LEAST_HALF, draft.face.fitted(words, TWO_LINES, box.width))
            words = draft.face.cut(words, size, box.width)
            page.text((middle, box.y1 - drop), words, Type(size, bold=True), anchor="c")
    page.text((middle, box.y1 - 13.8), under, style.CODE, anchor="c")
    if secrecy:
        page.text((box.x0, box.y1 - 2.6), secrecy, style.HEAD)


def _halves(draft: Draft, title: str) -> tuple[str, str]:
    """A long title as place and area: the number of an area, and what is shown of it, stay whole."""
    if draft.language == "zh":
        area = AREA_SAID.search(title)
        at = area.start() if area else len(title) // 2
        return title[:at].rstrip(), title[at:]
    area_said, _, place = title.partition(", ")
    where, colon, what = place.rpartition(": ")
    if where:
        return f"{area_said}{colon}{what}", where
    return (area_said, place) if place else (title.rpartition(": ")[0], title.rpartition(": ")[2])


def identification(draft: Draft, box: Box, cells: Sequence[tuple[str, str, float]]) -> None:
    """One row of labelled values: (label, value, share of the width)."""
    page, x = draft.page, box.x0
    total = sum(share for _, _, share in cells)
    page.rectangle(box, pen=style.RULE)
    for label, value, share in cells:
        width = box.width * share / total
        page.text((x + 1.0, box.y1 - 3.0), label, style.NOTE)
        size = max(MIN_POINTS, draft.face.fitted(value, 8.5, width - 2.0))
        lines = draft.face.wrapped(value, size, width - 2.0) or [""]
        rest = ("" if draft.language == "zh" else " ").join(lines[1:])
        lines = [lines[0], draft.face.cut(rest, size, width - 2.0)]
        for n, words in enumerate(lines if rest else lines[:1]):
            y = box.y0 + (0.8 + 2.2 * (1 - n) if rest else 1.5)
            page.text((x + 1.0, y), words, Type(size))
        x += width
        if x < box.x1 - 0.1:
            page.segments([(x, box.y0, x, box.y1)], style.GRID)


def scale_bar(draft: Draft, box: Box, view: View) -> None:
    """1:N, a bar in four parts of whole metres, and a line to check the printing by."""
    page, k = draft.page, view.factor
    room = min(box.width - 16.0, 44.0)
    quarter = max([m for m in QUARTERS if m * k * 4 <= room], default=QUARTERS[0])
    unit, divisor = ("metres", 1.0) if quarter * 4 < 2000 else ("km", 1000.0)
    top = box.y1
    page.text((box.x0, top - 3.2), f"{say('scale', draft.language)} 1:{view.scale}", Type(8.5))
    y = top - 9.3
    for part in range(4):
        x = box.x0 + 1.0 + part * quarter * k
        page.rectangle(
            Box(x, y, x + quarter * k, y + 1.5),
            fill=BLACK if part % 2 == 0 else WHITE,
            pen=style.GRID,
        )
    for part in (0, 2, 4) if quarter * k < 9 else range(5):
        end = f" {say(unit, draft.language)}" if part == 4 else ""
        at = (box.x0 + 1.0 + part * quarter * k, y + 2.2)
        page.text(
            at,
            f"{part * quarter / divisor:g}{end}",
            Type(MIN_POINTS),
            anchor="c" if part < 4 else "l",
        )
    if box.height >= 19:
        y = box.y1 - 18.5
        page.segments([(box.x0, y, box.x0 + 50, y), (box.x0, y - 0.8, box.x0, y + 0.8),
                       (box.x0 + 50, y - 0.8, box.x0 + 50, y + 0.8)], style.RULE)  # fmt: skip
        page.text((box.x0 + 1, y + 1.1), say("print_at", draft.language), style.NOTE)


def north_arrow(draft: Draft, x: float, y: float, height: float = 11.0) -> None:
    """An arrow to the north with its letter, its foot's middle at (x, y)."""
    page = draft.page
    half, shaft = height * 0.22, height * 0.72
    tip, left, right, notch = (x, y + shaft), (x - half, y), (x + half, y), (x, y + shaft * 0.25)
    page.polygons(rings_of([[left, tip, right, notch]]), fill=WHITE, pen=style.RULE)
    page.polygons(rings_of([[left, tip, notch]]), fill=BLACK)
    page.text((x, y + shaft + 0.8), say("north", draft.language), Type(8.5, bold=True), anchor="c")


def landmark(draft: Draft, x: float, y: float, kind: str) -> None:
    """A landmark's sign: a small square with one character, a dot for the plain kind."""
    half = SIGN_MM / 2
    if kind == "place":
        draft.page.rectangle(
            Box(x - 0.7, y - 0.7, x + 0.7, y + 0.7), fill=BLACK, pen=Pen(WHITE, 0.2)
        )
        return
    draft.page.rectangle(
        Box(x - half, y - half, x + half, y + half), fill=WHITE, pen=Pen(BLACK, 0.2)
    )
    draft.page.text((x, y), SIGNS[kind].of(draft.language), Type(MIN_POINTS), anchor="cm")


def legend(draft: Draft, box: Box, symbols: set[str]) -> None:
    """Only what occurs on this sheet, in as many columns as it takes."""
    named = [name for name in SYMBOLS if name in symbols]
    if not named:
        return
    columns, high = _columns(len(named), box)
    rows = -(-len(named) // columns)
    width = box.width / columns
    for n, name in enumerate(named):
        column, row = divmod(n, rows)
        x, y = box.x0 + column * width, box.y1 - (row + 0.5) * high - 0.2
        _swatch(draft, Box(x, y - 1.3, x + SWATCH_MM, y + 1.3), name)
        words = SYMBOLS[name].of(draft.language)
        room = width - SWATCH_MM - 1.5
        size = max(MIN_POINTS, draft.face.fitted(words, 6.5, room))
        at = (x + SWATCH_MM + 1.0, y)
        draft.page.text(at, draft.face.cut(words, size, room), Type(size), anchor="lm")


def _columns(entries: int, box: Box) -> tuple[int, float]:
    """Columns of a legend and height of its rows [mm]: rows close up before columns grow too narrow for words."""
    most = max(1, int(box.width / ENTRY_WIDTH))
    fewest = 3 if box.width > WIDE_LEGEND else 1
    for columns in range(fewest, most + 1):
        if -(-entries // columns) * ENTRY_ROW <= box.height:
            return columns, ENTRY_ROW
    for columns in range(max(fewest, most), entries + 1):
        high = box.height / -(-entries // columns)
        if high >= LEAST_ROW:
            return columns, min(high, ENTRY_ROW)
    return entries, LEAST_ROW


def _swatch(draft: Draft, box: Box, name: str) -> None:
    """The sample of one symbol."""
    page, y = draft.page, (box.y0 + box.y1) / 2
    line = (box.x0, y, box.x1, y)
    if name in ("ea", "ea_district"):
        page.rectangle(Box(box.x0, box.y0 - 0.2, box.x1, y), fill=style.BAND)
    if name in style.AREAS:
        fill, hatch, pen = style.AREAS[name]
        page.polygons(corners(box), fill=fill, pen=pen, hatch=hatch)
        if name == "gone":
            across = [(box.x0, box.y0, box.x1, box.y1), (box.x0, box.y1, box.x1, box.y0)]
            page.segments(across, style.CROSS_PEN)
    elif name == "shared":
        page.polygons(corners(box), fill=style.SINGLE, pen=style.SHARED_PEN)
    elif name == "pictured":
        page.rectangle(box, fill=style.PICTURED_GROUND)
        for pen in (style.PICTURED_CASING, style.PICTURED_PEN):
            page.polygons(corners(box.shrunk(0.7)), pen=pen)
    elif name in style.LINES:
        page.segments([line], _short(style.LINES[name], box.width))
    elif name in style.OVERVIEW_LINES:
        page.segments([line], _short(style.OVERVIEW_LINES[name], box.width))
    elif name == "road":
        line = (box.x0 + ROUND_MM, y, box.x1 - ROUND_MM, y)  # its ends are round
        page.segments([line], Pen(style.CASING, 2 * ROUND_MM))
        page.segments([line], Pen(style.ROAD_FILL, 1.5))
    elif name == "rail":
        page.segments([line], style.RAIL_PEN)
        page.segments([line], style.RAIL_CORE)
    elif name == "turn":
        turn_sign(draft, box.x0 + SWATCH_MM / 2, y, 2)
    elif name == "start":
        start_sign(draft, box.x0 + SWATCH_MM / 2, y, 2.6)
    else:
        landmark(draft, box.x0 + SWATCH_MM / 2, y, name)


def _short(pen: Pen, width: float) -> Pen:
    """A pen whose dashes show within a sample of some width [mm]."""
    if sum(pen.dash) < width / 1.5:
        return pen
    return Pen(pen.color, pen.width, tuple(SAMPLED * part for part in pen.dash))


def start_sign(draft: Draft, x: float, y: float, height: float) -> None:
    """A black triangle around (x, y), point up: where the round begins."""
    half = height / 2
    draft.page.polygons(
        rings_of([[(x - half, y - half), (x + half, y - half), (x, y + half)]]),
        fill=BLACK,
        pen=Pen(WHITE, 0.2),
    )


def turn_sign(draft: Draft, x: float, y: float, number: int) -> None:
    """A ring with a number around (x, y): which piece of the round begins here."""
    turns = np.arange(12) * (np.pi / 6)
    half = SIGN_MM / 2
    ring = np.column_stack([x + half * np.cos(turns), y + half * np.sin(turns)])
    draft.page.polygons(Rings(ring, np.array([len(ring)])), fill=WHITE, pen=Pen(grey(0.70), 0.2))
    draft.page.text((x, y), str(number), Type(MIN_POINTS), anchor="cm")


def bounds(draft: Draft, box: Box, described: Mapping[str, str]) -> None:
    """The boundary in words: east, south, west and north, each cut to the lines there are."""
    page = draft.page
    page.text((box.x0, box.y1 - 2.6), say("bounds", draft.language), style.HEAD)
    wide = box.width > 100
    cells = (("east", 0, 0), ("south", 1, 0), ("west", 0, 1), ("north", 1, 1))
    width = (box.width - 4.0) / 2 if wide else box.width
    height = min((box.height - 3.6) / (2 if wide else 4), MOST_BOUND)
    for n, (side, column, row) in enumerate(cells):
        column, row = (column, row) if wide else (0, n)
        lead = say("north_to" if side == "north" else side, draft.language)
        said = described.get(side, "")
        words = (
            said
            if said.startswith(lead) and len(lead) > 1
            else f"{lead}　{said}"
            if said
            else f"{lead}　"
        )
        x, y = box.x0 + column * (width + 4.0), box.y1 - 3.6 - row * height
        fitting = max(1, int(height / 2.75))
        lines = draft.face.wrapped(words, 6.5, width)
        if len(lines) > fitting:
            rest = ("" if draft.language == "zh" else " ").join(lines[fitting - 1 :])
            lines = [*lines[: fitting - 1], draft.face.cut(rest, 6.5, width)]
        for at, line in enumerate(lines):
            page.text((x, y - 2.3 - at * 2.75), line, style.SMALL)
        if not said:
            start = x + draft.face.width(words, 6.5) + 1
            page.segments([(start, y - 2.9, x + width, y - 2.9)], style.GRID)


def signs(draft: Draft, box: Box, keys: Sequence[str]) -> None:
    """Boxes to sign in: side by side, or one under the other in a narrow place."""
    stacked = box.width < 100
    for n, key in enumerate(keys):
        if stacked:
            height = box.height / len(keys)
            cell = Box(box.x0, box.y1 - (n + 1) * height, box.x1, box.y1 - n * height)
        else:
            width = box.width / len(keys)
            cell = Box(box.x0 + n * width, box.y0, box.x0 + (n + 1) * width, box.y1)
        draft.page.rectangle(cell, pen=style.RULE)
        words = (
            f"{say(key, draft.language)}："
            if draft.language == "zh"
            else f"{say(key, draft.language)}:"
        )
        draft.page.text((cell.x0 + 1.5, (cell.y0 + cell.y1) / 2), words, style.BODY, anchor="lm")


def foot(draft: Draft, box: Box, lines: Sequence[str]) -> None:
    """Notes in small type, the disclaimer among them; at most two lines."""
    for n, words in enumerate(lines[:2]):
        size = max(MIN_POINTS, draft.face.fitted(words, style.NOTE.size, box.width))
        words = draft.face.cut(words, size, box.width)
        draft.page.text((box.x0, box.y1 - 2.6 - n * 2.9), words, Type(size, style.NOTE.color))
