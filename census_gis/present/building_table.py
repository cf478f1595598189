"""The table of an EA's buildings, on the map's page or on its own, and the drawing of stacked floors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.language import Language
from census_gis.present import style
from census_gis.present.display import Box, DisplayList
from census_gis.present.furniture import Draft, foot, header, ladder
from census_gis.present.layers import DistrictLayers
from census_gis.present.layout import ROW, plain_page
from census_gis.present.listing import Column, capacity, draw_listing
from census_gis.present.order import Order
from census_gis.present.words import grouped, say

__all__ = ["BACK_ROW", "draw_ladder", "draw_table", "table_pages", "table_rows"]

# Rows of a page of its own are high enough to write in; five at least stay blank for new buildings.
BACK_ROW = 6.2
BACK_BLANKS = 5
LEAST_ROW = 5.2
NOTES_HEIGHT = 18.0


def table_rows(layers: DistrictLayers, listed: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """Number, address or name, floors, dwellings (from 2 up), and an empty box."""
    table = layers.buildings.rows.iloc[listed]
    found: list[tuple[str, ...]] = []
    for at, row in zip(listed.tolist(), table.itertuples(), strict=True):
        words = str(row.words)
        if layers.buildings.shapes[at] is None:
            words = f"{say('no_building', layers.language)} {words}".strip()
        floors = "" if pd.isna(row.floors) else f"{float(row.floors):g}"
        many = not pd.isna(row.dwellings) and int(row.dwellings) >= 2
        found.append((str(row.number), words, floors, str(int(row.dwellings)) if many else "", ""))
    return found


def _columns(language: Language) -> list[Column]:
    keys = (("number", 9.5, "c"), ("address", 0.0, "l"), ("floors", 7.5, "c"),
            ("dwellings", 8.5, "c"), ("checked", 14.0, "c"))  # fmt: skip
    return [Column(say(key, language), width, anchor) for key, width, anchor in keys]


def draw_table(draft: Draft, box: Box, rows: Sequence[Sequence[str]], groups: int) -> None:
    """The table beside or under the map."""
    draw_listing(
        draft.page, box, _columns(draft.language), rows, groups=groups, row=ROW, face=draft.face
    )


def table_pages(
    code: str, order: Order, upright: bool, rows: Sequence[Sequence[str]], title: str
) -> list[DisplayList]:
    """The table on pages of its own, with rows and a box to write in."""
    layout = plain_page(order.paper, upright)
    language = order.language
    groups = 2 if upright else 3
    box = Box(layout.inner.x0, layout.foot.y1 + NOTES_HEIGHT + 4, layout.inner.x1, layout.header.y0)
    # Rows a little lower rather than a page with a few rows on it.
    tight = (
        capacity(box, groups, LEAST_ROW)
        >= len(rows) + BACK_BLANKS
        > capacity(box, groups, BACK_ROW)
    )
    height = LEAST_ROW if tight else BACK_ROW
    room = capacity(box, groups, height)
    pages = []
    for start in range(0, len(rows) + BACK_BLANKS, room):
        page = DisplayList(layout.width, layout.height)
        draft = Draft(page, order.face, language)
        more = f" {say('continued', language)}" if start else ""
        heading = say("buildings_of", language, name=title) + more
        header(
            draft,
            layout.header,
            heading,
            f"{say('ea_code', language)} {grouped(code)}",
            order.secrecy,
        )
        draw_listing(page, box, _columns(language), rows[start : start + room], groups=groups, row=height,
                     face=order.face)  # fmt: skip
        notes = Box(box.x0, layout.foot.y1 + 1.0, box.x1, layout.foot.y1 + 1.0 + NOTES_HEIGHT)
        page.rectangle(notes, pen=style.RULE)
        page.text((notes.x0 + 1.5, notes.y1 - 3.6), say("notes", language), style.SMALL)
        foot(draft, layout.foot, [say("table_note", language), say("disclaimer", language)])
        pages.append(page)
    return pages


def draw_ladder(
    layers: DistrictLayers, listed: NDArray[np.int64], serial: str, draft: Draft, box: Box
) -> None:
    """The building of a stacked EA from the side; of several, the one with most floors."""
    keys = layers.buildings.rows["key"].iloc[listed]
    parts = layers.parts.loc[layers.parts["building_id"].isin(set(keys))]
    if parts.empty:
        return
    tallest = parts.sort_values(["floors", "building_id"], ascending=[False, True], kind="stable")
    parts = parts.loc[parts["building_id"] == tallest["building_id"].iloc[0]]
    top = int(np.nanmax([1.0, *parts["floors"].to_numpy(dtype=float),
                         *parts["floor_hi"].astype("float64").to_numpy()]))  # fmt: skip
    cell: dict[tuple[int, int], str] = {}
    for part in parts.itertuples():
        low = 1 if pd.isna(part.floor_lo) else int(part.floor_lo)
        high = top if pd.isna(part.floor_hi) else int(part.floor_hi)
        for floor in range(low, high + 1):
            cell[int(part.unit), floor] = str(part.ea_code).removeprefix(layers.code)
    doors = sorted({door for door, _ in cell})
    ladder(draft, box, top, doors, lambda door, floor: cell.get((door, floor), ""), serial)
