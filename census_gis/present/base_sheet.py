"""Base sheets: a pale or empty map with a grid to correct and draw on, and an empty list behind it.

The map and its furniture are those of the EA's sheet (`sheet.ea_sheet` with `Order.kind` base or blank);
here is what only base sheets have.
"""

from __future__ import annotations

from census_gis.present import style
from census_gis.present.building_table import draw_base_list
from census_gis.present.display import Box, DisplayList
from census_gis.present.furniture import Draft, foot, header
from census_gis.present.layout import GAP, list_page
from census_gis.present.marks import lined_box
from census_gis.present.order import Order
from census_gis.present.reference_grid import grid_of
from census_gis.present.words import grouped, say

__all__ = ["back_page", "grid_lines"]

CORRECTIONS_MM = 62.0


def grid_lines(page: DisplayList, frame: Box) -> None:
    """Fine lines through the reference grid of a map, to draw by."""
    grid = grid_of(frame)
    step_x, step_y = frame.width / grid.columns, frame.height / grid.rows
    across = [(frame.x0, frame.y1 - n * step_y, frame.x1, frame.y1 - n * step_y)
              for n in range(1, grid.rows)]  # fmt: skip
    up = [(frame.x0 + n * step_x, frame.y0, frame.x0 + n * step_x, frame.y1)
          for n in range(1, grid.columns)]  # fmt: skip
    page.segments(across + up, style.FAINT_GRID)


def back_page(code: str, order: Order, upright: bool, title: str) -> DisplayList:
    """An empty building list and a box for corrections.

    Parameters
    ----------
    upright
        Whether the sheet is in portrait.
    title
        Name of the EA in full.
    """
    layout, language = list_page(order.paper, upright), order.language
    page = DisplayList(layout.width, layout.height, code_box=layout.code)
    draft = Draft(page, order.face, language)
    under = f"{say('ea_code', language)} {grouped(code)}"
    header(draft, layout.header, say("buildings_of", language, name=title), under, order.secrecy)
    inner, low = layout.inner, layout.foot.y1 + GAP
    top = low + CORRECTIONS_MM
    lined_box(draft, Box(inner.x0, low, inner.x1, top), say("corrections", language))
    draw_base_list(draft, Box(inner.x0, top + GAP, inner.x1, layout.header.y0), 2 if upright else 3)
    foot(
        draft,
        layout.foot,
        [say(f"{order.kind}_note", language), say("disclaimer", language, noun=order.noun)],
    )
    return page
