"""The table of an EA's buildings, on the map's page or on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.language import Language
from census_gis.present import style
from census_gis.present.display import Box, DisplayList
from census_gis.present.fonts import Face
from census_gis.present.furniture import Draft, bounds, foot, header
from census_gis.present.layers import DistrictLayers
from census_gis.present.layout import GAP, Layout, list_page
from census_gis.present.listing import Column, capacity, draw_listing, lines_of
from census_gis.present.marks import lined_box
from census_gis.present.order import Order
from census_gis.present.style import MIN_POINTS
from census_gis.present.words import grouped, say

__all__ = ["BACK_ROW", "draw_base_list", "draw_table", "table_pages", "table_rows"]

# Rows of a page of its own are high enough to write in.
BACK_ROW = 6.2
# Heights tried in turn, so that a table takes as few pages as it can [mm]: the first is for handwriting.
HAND_ROW = 7.0
ROWS = (HAND_ROW, BACK_ROW, 5.2, 4.6)
LEAST_OF_TWO = 5.0  # two lines of words do not touch the rules of a row this high
# Under a table: heading and blank rows for buildings found in the field, five lines of them and one of heads at
# least; then the boundary in words and notes; all together [mm].
HEAD = 4.6
MOST_NEW = 16
LOW = 28.0
REST = 6 * HAND_ROW + HEAD + LOW + 2 * GAP


def table_rows(layers: DistrictLayers, listed: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """Number, address or name, floors, dwellings (from 2 up), and an empty box."""
    table = layers.buildings.columns
    found: list[tuple[str, ...]] = []
    columns = [table[name][listed] for name in ("number", "words", "floors", "dwellings")]
    for at, number, words, floors, dwellings in zip(listed.tolist(), *columns, strict=True):
        if layers.buildings.shapes[at] is None:
            words = f"{say('no_building', layers.language)} {words}".strip()
        high = "" if pd.isna(floors) else f"{float(floors):g}"
        many = not pd.isna(dwellings) and int(dwellings) >= 2
        found.append((str(number), str(words), high, str(int(dwellings)) if many else "", ""))
    return found


def _columns(language: Language) -> list[Column]:
    keys = (("number", 9.5, "c"), ("address", 0.0, "l"), ("floors", 7.5, "c"),
            ("dwellings", 8.5, "c"), ("checked", 14.0, "c"))  # fmt: skip
    return [Column(say(key, language), width, anchor) for key, width, anchor in keys]


def widest_address(layers: DistrictLayers, listed: NDArray[np.int64], face: Face) -> float:
    """Width of the longest address of some buildings in 6 pt [mm]."""
    words = set(layers.buildings.columns["words"][listed].tolist())
    return max((face.width(str(one), MIN_POINTS) for one in words), default=0.0)


def draw_table(
    draft: Draft, box: Box, rows: Sequence[Sequence[str]], groups: int, row: float
) -> None:
    """The table beside or under the map, in rows of some height [mm]."""
    draw_listing(
        draft.page, box, _columns(draft.language), rows, groups=groups, row=row, face=draft.face
    )


def table_pages(
    code: str, order: Order, upright: bool, rows: Sequence[Sequence[str]], title: str,
    described: Mapping[str, str],
) -> list[DisplayList]:  # fmt: skip
    """The table on pages of its own; the last has rows for new buildings, the boundary in words, notes.

    Parameters
    ----------
    described
        The boundary in words by side; empty where there is none to tell.
    """
    layout = list_page(order.paper, upright)
    groups = 2 if upright else 3
    inner = layout.inner
    whole = Box(inner.x0, layout.foot.y1 + GAP, inner.x1, layout.header.y0)
    above = Box(whole.x0, whole.y0 + REST, whole.x1, whole.y1)
    address = whole.width / groups - sum(column.width for column in _columns(order.language))
    long = any(lines_of(row[1], address, order.face) > 1 for row in rows)
    heights = tuple(row for row in ROWS if row >= LEAST_OF_TWO or not long)
    height = min(heights, key=lambda row: _pages(len(rows), above, whole, groups, row))
    pages = []
    start = 0
    while True:
        left = len(rows) - start
        last = left <= capacity(above, groups, height)
        box = above if last else whole
        page = DisplayList(layout.width, layout.height, code_box=layout.code)
        draft = Draft(page, order.face, order.language)
        _heading(draft, layout, code, order, title, more=start > 0)
        here = rows[start : start + capacity(box, groups, height)]
        if here:
            needed = (-(-len(here) // groups) + 1) * height
            top = Box(box.x0, box.y1 - needed, box.x1, box.y1) if last else box
            draw_listing(page, top, _columns(order.language), here, groups=groups, row=height,
                         face=order.face)  # fmt: skip
        foot(
            draft,
            layout.foot,
            [say("table_note", order.language), say("disclaimer", order.language)],
        )
        pages.append(page)
        start += len(here)
        if last:
            below = (top.y0 if here else whole.y1) - GAP
            _rest(draft, Box(whole.x0, whole.y0, whole.x1, below), groups, described)
            return pages


def _pages(rows: int, above: Box, whole: Box, groups: int, row: float) -> int:
    """Pages that are filled before the last one, at some height of a row [mm]."""
    left = max(0, rows - capacity(above, groups, row))
    return -(-left // capacity(whole, groups, row))


def _heading(
    draft: Draft, layout: Layout, code: str, order: Order, title: str, *, more: bool
) -> None:
    language = order.language
    heading = say("buildings_of", language, name=title)
    heading += f" {say('continued', language)}" if more else ""
    under = f"{say('ea_code', language)} {grouped(code)}"
    header(draft, layout.header, heading, under, order.secrecy)


def _rest(draft: Draft, box: Box, groups: int, described: Mapping[str, str]) -> None:
    """Rows for buildings found in the field, the boundary in words, a box for notes."""
    lines = min(MOST_NEW, int((box.height - HEAD - GAP - LOW) / HAND_ROW))
    table = lines * HAND_ROW
    top = Box(box.x0, box.y1 - HEAD - table, box.x1, box.y1 - HEAD)
    draft.page.text((box.x0, box.y1 - 3.4), say("additions", draft.language), style.HEAD)
    draw_listing(
        draft.page, top, _columns(draft.language), [], groups=groups, row=HAND_ROW, face=draft.face
    )
    low = Box(box.x0, box.y0, box.x1, top.y0 - GAP)
    split = (low.x0 + low.x1) / 2 if described else low.x0
    if described:
        bounds(draft, Box(low.x0, low.y0, split - GAP, low.y1), described)
    lined_box(draft, Box(split, low.y0, low.x1, low.y1), say("notes", draft.language))


def draw_base_list(draft: Draft, box: Box, groups: int) -> None:
    """The empty table of a base sheet, to be filled while walking."""
    draw_listing(
        draft.page, box, _columns(draft.language), [], groups=groups, row=HAND_ROW, face=draft.face
    )
