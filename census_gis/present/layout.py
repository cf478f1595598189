"""Where things stand on a sheet: margins, title, map frame, table, legend, signatures.

Two arrangements of the same furniture: portrait with everything under the map, landscape with a
column beside it. The one that allows the larger scale is taken. The building table stands on
the map's page when it fits there without costing much scale, else on pages of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.present.display import Box
from census_gis.present.view import View

__all__ = [
    "PAPERS",
    "Layout",
    "Needs",
    "Paper",
    "arrange",
    "detail_page",
    "list_page",
    "plain_page",
]

PAPERS: dict[str, tuple[float, float]] = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}
HEADER = 26.5
# One more line of identification, on the sheet of an EA.
IDENTITY = 8.5
FOOT = 7.0
SIGNS = 9.0
BOUNDS = 15.0
STRIP = 20.0
SIDE = 66.0
ROW = 4.6
# Rows of an EA's table some address of which takes two lines; what its other columns take, and the air of a cell.
HIGH_ROW, OTHER_COLUMNS, CELL_AIR = 5.2, 39.5, 1.6
GAP = 2.0
LEAST_NOTES = 12.0
BLANK_ROWS = 3
# The sheet of an EA: locator map, code to scan, endorsements (two rows, or four in a column), rows for
# buildings found in the field, words beside a box for notes.
LOCATOR = 35.0
CODE = 20.0
LIST_CODE = 13.4  # on pages of lists: modules of 0.36 mm
ENDORSED, ENDORSED_SIDE = 18.0, 45.0
NEW_ROWS = 5
WORDS = 20.0
NOTES = 44.0
# Most of a portrait page a table may take, and what a legend needs beside the map.
MOST_TABLE = 46.0
SIDE_LEGEND = 32.0
# A table on the map's own page may cost this much scale, not more.
SCALE_COST = 1.34
# At this scale and larger ones numbers stand on their houses; half the scale is no loss.
EASY_SCALE = 2000
# Ground this many times as long as wide lies as the paper does, at the same scale.
LONG = 1.6


@dataclass(frozen=True)
class Paper:
    """A paper size with its margins [mm]; the left one is for binding."""

    name: str
    margin: float
    binding: float

    def size(self, upright: bool) -> tuple[float, float]:
        """Width and height [mm]."""
        if self.name not in PAPERS:
            raise ConfigError(
                Text(f"paper '{self.name}' is not known.", f"不支持纸张“{self.name}”。"),
                where="sheet.paper", fix=Text("use A4 or A3.", "请用 A4 或 A3。"),
            )  # fmt: skip
        short, long = PAPERS[self.name]
        return (short, long) if upright else (long, short)

    def inner(self, upright: bool) -> Box:
        """The paper inside its margins."""
        width, height = self.size(upright)
        return Box(self.binding, self.margin, width - self.margin, height - self.margin)


@dataclass(frozen=True)
class Layout:
    """Boxes of one sheet [mm]; None for what is not on its first page."""

    upright: bool
    width: float
    height: float
    inner: Box
    frame: Box
    header: Box
    scale: Box
    legend: Box
    bounds: Box | None
    signs: Box
    foot: Box
    table: Box | None = None
    ladder: Box | None = None
    notes: Box | None = None
    locator: Box | None = None
    code: Box | None = None
    row: float = ROW

    @property
    def arrow(self) -> tuple[float, float]:
        """Where the foot of the north arrow stands: under the code to scan, else beside the scale."""
        if self.code is not None and self.locator is not None:
            return (self.code.x0 + self.code.x1) / 2, self.code.y0 - LOCATOR + CODE + 1.0
        return self.scale.x1 - 5.0, self.scale.y1 - 13.5

    @property
    def identity(self) -> Box:
        """Where the area is identified, under the title."""
        low = self.header.y0 + 1.2
        return Box(self.header.x0, low, self.header.x1, self.header.y1 - 16.3)

    @property
    def groups(self) -> int:
        """Columns of rows in the table on this page."""
        return 2 if self.upright else 1


@dataclass(frozen=True)
class Needs:
    """What a sheet has to hold.

    `rows` of its table, a boundary in `words`, width [mm] of a `ladder` of floors; `full` for all that the sheet of an EA
    carries: two lines of identification, locator map, code, endorsements, blank rows, a box for notes. No
    `table` when it has none of its own. `aspect` is width through height of the ground, `address` the width [mm] of
    the longest address in 6 pt.
    """

    rows: int
    words: bool = True
    ladder: float = 0.0
    full: bool = False
    table: bool = True
    aspect: float = 1.0
    address: float = 0.0

    def row(self, width: float) -> float:
        """Height of a row in a table of some width [mm]: higher where an address takes two lines."""
        return HIGH_ROW if self.address > width - OTHER_COLUMNS - CELL_AIR else ROW


def arrange(paper: Paper, view_of: Callable[[Box], View], needs: Needs) -> tuple[Layout, View]:
    """The arrangement of largest scale, and the view of the ground in its frame.

    Parameters
    ----------
    view_of
        The view that holds the area in a given frame.
    """
    found: list[tuple[Layout, View]] = []
    for with_table in (True, False) if needs.table else (False,):
        for build in (_full_upright, _full_sideways) if needs.full else (_upright, _sideways):
            layout = build(paper, needs, with_table)
            if layout is not None:
                layout = _with_ladder(layout, needs.ladder) if needs.ladder else layout
                found.append((layout, view_of(layout.frame)))
    # min keeps the first of equals: table on the page, portrait.
    wide = needs.aspect > LONG or needs.aspect < 1 / LONG

    def worth(one: tuple[Layout, View]) -> tuple[int, bool]:
        """Scale, then for long ground how the paper lies."""
        return one[1].scale, wide and one[0].upright == (needs.aspect > 1)

    best = min(found, key=worth)
    tabled = [one for one in found if one[0].table is not None]
    if tabled:
        kept = min(tabled, key=worth)
        limit = max(best[1].scale * SCALE_COST, min(EASY_SCALE, best[1].scale * 2))
        if kept[1].scale <= limit:
            return kept
    return best


def _upright(paper: Paper, needs: Needs, with_table: bool) -> Layout | None:
    """Portrait: everything under the map."""
    width, height = paper.size(True)
    inner = paper.inner(True)
    x0, y, x1, y1 = inner
    foot = Box(x0, y, x1, y + FOOT)
    signs = Box(x0, foot.y1 + GAP, x1, foot.y1 + GAP + SIGNS)
    strip = signs.y1 + GAP
    bounds = None
    if needs.words:
        bounds = Box(x0, strip, x1, strip + BOUNDS)
        strip = bounds.y1 + GAP
    scale = Box(x0, strip, x0 + 58, strip + STRIP)
    legend = Box(x0 + 60, strip, x1, strip + STRIP)
    under = strip + STRIP + GAP
    table = None
    if with_table:
        lines = math.ceil((needs.rows + BLANK_ROWS) / 2) + 1
        if lines * ROW > MOST_TABLE:
            return None
        table = Box(x0, under, x1, under + lines * ROW)
        under = table.y1 + GAP
    frame = Box(x0, under, x1, y1 - HEADER)
    header = Box(x0, y1 - HEADER, x1, y1)
    return Layout(
        True, width, height, inner, frame, header, scale, legend, bounds, signs, foot, table
    )


def _sideways(paper: Paper, needs: Needs, with_table: bool) -> Layout | None:
    """Landscape: a column beside the map, signatures under it."""
    width, height = paper.size(False)
    inner = paper.inner(False)
    x0, y, x1, y1 = inner
    side, top = x1 - SIDE, y1 - HEADER
    foot = Box(x0, y, x0 + 0.5 * (x1 - x0) - GAP, y + FOOT)
    signs = Box(foot.x1 + GAP, y, x1, y + SIGNS - 1)
    base = signs.y1 + GAP
    frame = Box(x0, base, side - GAP, top)
    scale = Box(side, top - STRIP, x1, top)
    lower = base
    bounds = None
    if needs.words:
        bounds = Box(side, base, x1, base + 1.7 * BOUNDS)
        lower = bounds.y1 + GAP
    table = None
    if with_table:
        lines = int((scale.y0 - GAP - SIDE_LEGEND - GAP - lower) / ROW)
        if needs.rows + BLANK_ROWS + 1 > lines:
            return None
        table = Box(side, lower, x1, lower + lines * ROW)
        lower = table.y1 + GAP
    legend = Box(side, max(lower, scale.y0 - GAP - SIDE_LEGEND), x1, scale.y0 - GAP)
    notes = None
    if table is None and legend.y0 - GAP - lower > LEAST_NOTES:
        notes = Box(side, lower, x1, legend.y0 - GAP)
    header = Box(x0, y1 - HEADER, x1, y1)
    return Layout(
        False, width, height, inner, frame, header, scale, legend, bounds, signs, foot, table,
        notes=notes,
    )  # fmt: skip


def _full_upright(paper: Paper, needs: Needs, with_table: bool) -> Layout | None:
    """Portrait sheet of an EA; the words of its boundary go behind where the table does."""
    width, height = paper.size(True)
    inner = paper.inner(True)
    x0, y, x1, y1 = inner
    foot = Box(x0, y, x1, y + FOOT)
    signs = Box(x0, foot.y1 + 1.0, x1, foot.y1 + 1.0 + ENDORSED)
    low = signs.y1 + GAP
    top = low + LOCATOR
    locator = Box(x1 - LOCATOR, low, x1, top)
    code = Box(locator.x0 - GAP - CODE, top - CODE, locator.x0 - GAP, top)
    scale = Box(x0, low, x0 + 52.0, top)
    legend = Box(scale.x1 + GAP, low, code.x0 - GAP, top)
    under = top + GAP
    table = bounds = notes = None
    row = needs.row((x1 - x0) / 2)
    if with_table:
        split = x1 - NOTES if needs.words else x0
        notes = Box(split, under, x1, under + WORDS)
        if needs.words:
            bounds = Box(x0, under, split - GAP, notes.y1)
        lines = math.ceil((needs.rows + NEW_ROWS) / 2) + 1
        if lines * row > MOST_TABLE:
            return None
        table = Box(x0, notes.y1 + GAP, x1, notes.y1 + GAP + lines * row)
        under = table.y1 + GAP
    header = Box(x0, y1 - HEADER - IDENTITY, x1, y1)
    frame = Box(x0, under, x1, header.y0)
    return Layout(
        True, width, height, inner, frame, header, scale, legend, bounds, signs, foot, table,
        notes=notes, locator=locator, code=code, row=row,
    )  # fmt: skip


def _full_sideways(paper: Paper, needs: Needs, with_table: bool) -> Layout | None:
    """Landscape sheet of an EA: the map as high as the paper, all else in a column beside it."""
    width, height = paper.size(False)
    inner = paper.inner(False)
    x0, y, x1, y1 = inner
    side = x1 - SIDE
    header = Box(x0, y1 - HEADER - IDENTITY, x1, y1)
    foot = Box(x0, y, side - GAP, y + FOOT)
    frame = Box(x0, foot.y1 + 1.0, side - GAP, header.y0)
    scale = Box(side, header.y0 - STRIP, x1, header.y0)
    signs = Box(side, y, x1, y + ENDORSED_SIDE)
    low = signs.y1 + GAP
    locator = Box(x1 - LOCATOR, low, x1, low + LOCATOR)
    code = Box(side + 4.0, locator.y1 - CODE, side + 4.0 + CODE, locator.y1)
    low = locator.y1 + GAP
    table = bounds = notes = None
    row = needs.row(SIDE)
    if with_table:
        notes = Box(side, low, x1, low + WORDS)
        low = notes.y1 + GAP
        if needs.words:
            bounds = Box(side, low, x1, low + 1.7 * BOUNDS)
            low = bounds.y1 + GAP
        lines = int((scale.y0 - GAP - SIDE_LEGEND - GAP - low) / row)
        if needs.rows + NEW_ROWS + 1 > lines:
            return None
        table = Box(side, low, x1, low + lines * row)
        low = table.y1 + GAP
    legend = Box(side, low, x1, scale.y0 - GAP)
    return Layout(
        False, width, height, inner, frame, header, scale, legend, bounds, signs, foot, table,
        notes=notes, locator=locator, code=code, row=row,
    )  # fmt: skip


def _with_ladder(layout: Layout, width: float) -> Layout:
    frame = layout.frame
    ladder = Box(frame.x1 - width, frame.y0, frame.x1, frame.y1)
    return replace(layout, frame=Box(frame.x0, frame.y0, ladder.x0 - GAP, frame.y1), ladder=ladder)


def plain_page(paper: Paper, upright: bool) -> Layout:
    """A page that is nearly all frame: details of a map, tables."""
    width, height = paper.size(upright)
    inner = paper.inner(upright)
    x0, y, x1, y1 = inner
    foot = Box(x0, y, x1, y + FOOT)
    strip = Box(x0, foot.y1 + 1.0, x1, foot.y1 + 15.0)
    header = Box(x0, y1 - 16.0, x1, y1)
    frame = Box(x0, strip.y1 + GAP, x1, header.y0)
    scale = Box(strip.x0, strip.y0, strip.x0 + 58, strip.y1)
    legend = Box(strip.x0 + 60, strip.y0, strip.x1, strip.y1)
    return Layout(upright, width, height, inner, frame, header, scale, legend, None, strip, foot)


def detail_page(paper: Paper, upright: bool) -> Layout:
    """A plain page with a code to scan at its foot, beside legend and notes."""
    page = plain_page(paper, upright)
    code = Box(page.inner.x1 - CODE, page.inner.y0, page.inner.x1, page.inner.y0 + CODE)
    left = code.x0 - GAP
    return replace(
        page, foot=page.foot._replace(x1=left), legend=page.legend._replace(x1=left), code=code
    )


def list_page(paper: Paper, upright: bool) -> Layout:
    """A plain page with a code to scan beside its title, under the page's number."""
    page = plain_page(paper, upright)
    head = page.header
    code = Box(head.x1 - LIST_CODE, head.y0 + 0.2, head.x1, head.y0 + 0.2 + LIST_CODE)
    return replace(page, header=head._replace(x1=code.x0 - GAP), code=code)
