"""Arrangement of overview sheets (district, township): a wide map, its table and crews on the same page.

Landscape has a column wide enough for a table with names to write in; portrait has all of it under the
map. As with the sheets of EAs, the arrangement of larger scale is taken, and the table goes to
pages of its own where it would cost much of the map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from census_gis.present.display import Box
from census_gis.present.layout import (
    CODE,
    FOOT,
    GAP,
    HEADER,
    LEAST_NOTES,
    ROW,
    SCALE_COST,
    SIGNS,
    STRIP,
    Paper,
)
from census_gis.present.view import View

__all__ = ["OVERVIEW_RULE", "Overview", "OverviewNeeds", "arrange_overview", "overview_paper"]

OVERVIEW_RULE = "sheet.overview_paper"
# Width of the column beside a landscape map, by paper; of one group of rows in a table.
SIDE = {"A4": 82.0, "A3": 104.0}
GROUP_MM = 78.0
LEGEND_ROWS = 7
LEGEND_ROW = 3.9
# Most of a portrait page that may stand under the map.
MOST_UNDER = 0.36


@dataclass(frozen=True)
class OverviewNeeds:
    """Rows of the table, and the height [mm] that the list of crews needs in a column of a width [mm].

    Rows stand side by side where each group has `group` [mm].
    """

    rows: int
    crews: Callable[[float], float] = lambda _: 0.0
    group: float = GROUP_MM


@dataclass(frozen=True)
class Overview:
    """Boxes of one overview sheet [mm]; `table`, `crews` and `notes` are None where they are not on it."""

    upright: bool
    width: float
    height: float
    inner: Box
    frame: Box
    header: Box
    scale: Box
    legend: Box
    signs: Box
    foot: Box
    groups: int
    code: Box
    table: Box | None = None
    crews: Box | None = None
    notes: Box | None = None


def arrange_overview(
    paper: Paper, view_of: Callable[[Box], View], needs: OverviewNeeds
) -> tuple[Overview, View]:
    """The arrangement of largest scale, the table on the map's page where that costs little.

    Parameters
    ----------
    view_of
        The view that holds the area in a given frame.
    """
    found: list[tuple[Overview, View]] = []
    for with_table in (True, False):
        for build in (_sideways, _upright):
            layout = build(paper, needs, with_table)
            if layout is not None:
                found.append((layout, view_of(layout.frame)))
    best = min(found, key=lambda one: one[1].scale)
    tabled = [one for one in found if one[0].table is not None]
    if tabled:
        kept = min(tabled, key=lambda one: one[1].scale)
        if kept[1].scale <= best[1].scale * SCALE_COST:
            return kept
    return best


def overview_paper(paper: Paper, settings: Mapping[str, str]) -> Paper:
    """Paper of overview sheets: that of the other sheets, or rule `sheet.overview_paper` if it is larger."""
    asked = replace(paper, name=settings.get(OVERVIEW_RULE, paper.name))
    return asked if asked.size(True) > paper.size(True) else paper


def _sideways(paper: Paper, needs: OverviewNeeds, with_table: bool) -> Overview | None:
    """Landscape: from above scale, legend, crews and table in a column; signatures under them."""
    width, height = paper.size(False)
    inner = paper.inner(False)
    x0, y, x1, y1 = inner
    side, top = x1 - SIDE[paper.name], y1 - HEADER
    foot = Box(x0, y, side - GAP, y + FOOT)
    code = Box(x1 - CODE, y, x1, y + CODE)
    signs = Box(side, y, code.x0 - GAP, code.y1)
    frame = Box(x0, foot.y1 + 1.0, side - GAP, top)
    scale = Box(side, top - STRIP, x1, top)
    legend = Box(side, scale.y0 - GAP - LEGEND_ROWS * LEGEND_ROW, x1, scale.y0 - GAP)
    lower, base = legend.y0 - GAP, signs.y1 + GAP
    crews = None
    high = needs.crews(x1 - side)
    if high and lower - high > base:
        crews = Box(side, lower - high, x1, lower)
        lower = crews.y0 - GAP
    table = None
    if with_table:
        if int((lower - base) / ROW) - 1 < needs.rows or (high and crews is None):
            return None
        table = Box(side, lower - (needs.rows + 1) * ROW - 1e-6, x1, lower)
        lower = table.y0 - GAP
    notes = Box(side, base, x1, lower) if lower - base >= LEAST_NOTES else None
    return Overview(
        False, width, height, inner, frame, Box(x0, top, x1, y1), scale, legend, signs, foot, 1,
        code, table, crews, notes,
    )  # fmt: skip


def _upright(paper: Paper, needs: OverviewNeeds, with_table: bool) -> Overview | None:
    """Portrait: from below signatures, scale and legend, crews, table; then the map."""
    width, height = paper.size(True)
    inner = paper.inner(True)
    x0, y, x1, y1 = inner
    foot = Box(x0, y, x1, y + FOOT)
    signs = Box(x0, foot.y1, x1, foot.y1 + SIGNS)
    scale = Box(x0, signs.y1 + GAP, x0 + 58.0, signs.y1 + GAP + STRIP)
    code = Box(x1 - CODE, scale.y0, x1, scale.y0 + CODE)
    legend = Box(x0 + 62.0, scale.y0, code.x0 - GAP, scale.y1 + 4.0)
    lower = legend.y1 + GAP
    most = MOST_UNDER * (y1 - y)
    crews = None
    high = needs.crews(x1 - x0)
    if high and lower + high - y < most:
        crews = Box(x0, lower, x1, lower + high)
        lower = crews.y1 + GAP
    groups = max(1, int((x1 - x0) // needs.group))
    table = None
    if with_table:
        tall = (-(-needs.rows // groups) + 1) * ROW
        if lower + tall - y > most or (high and crews is None):
            return None
        table = Box(x0, lower, x1, lower + tall + 1e-6)
        lower = table.y1 + GAP
    frame = Box(x0, lower, x1, y1 - HEADER)
    return Overview(
        True, width, height, inner, frame, Box(x0, y1 - HEADER, x1, y1), scale, legend, signs, foot,
        groups, code, table, crews,
    )  # fmt: skip
