"""The index of map books: where each census district lies and which file holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from census_gis.present import style
from census_gis.present.display import Box, DisplayList, Type
from census_gis.present.fonts import tidy
from census_gis.present.furniture import Draft, foot, header, north_arrow, scale_bar
from census_gis.present.labels import Board, spread
from census_gis.present.layout import Layout, plain_page
from census_gis.present.lettering import lattice
from census_gis.present.listing import Column, capacity, draw_listing
from census_gis.present.order import Order, notes
from census_gis.present.terrain import frame_rings
from census_gis.present.titles import place_of_plan, said_in_full, townships
from census_gis.present.view import View, fit
from census_gis.present.words import say

__all__ = ["index_pages"]

ROW = 5.4
SIZES = (8.5, 7.0, 6.0)


def index_pages(tables: Any, order: Order) -> list[DisplayList]:
    """A map of all districts with the last digits of their codes, then the list of files."""
    districts = tables["districts"].sort_values("district_code", kind="stable")
    shapes = districts.geometry.to_numpy()
    west, south, east, north = shapely.total_bounds(shapes)
    layout = plain_page(order.paper, bool(north - south >= east - west))
    view = fit((west, south, east, north), layout.frame, margin=5.0)
    page = DisplayList(layout.width, layout.height)
    draft = Draft(page, order.face, order.language)
    place = place_of_plan(tables, order.language) or order.project
    between = "" if order.language == "zh" else " "
    title = f"{place}{between}{say('index', order.language)}"
    count = say(
        "districts_n", order.language, n=len(districts), eas=int(districts["ea_count"].sum())
    )
    header(draft, layout.header, title, count, order.secrecy)
    page.clip(frame_rings(view))
    page.polygons(view.polygons(shapes), fill=style.OUTSIDE)
    borders = shapely.line_merge(shapely.union_all(shapely.boundary(shapes)))
    page.lines(view.lines(np.array([borders])), style.DISTRICT_SHEET_EA)
    _letter(draft, view, districts["district_code"].astype(str).tolist(), shapes)
    page.unclip()
    page.rectangle(layout.frame, pen=style.FRAME)
    scale_bar(draft, layout.scale, view)
    north_arrow(draft, layout.scale.x1 - 5.0, layout.scale.y0 + 1.0)
    foot(
        draft,
        layout.foot,
        notes(districts.crs, order),
    )
    named = districts.assign(township=townships({**tables, "districts": districts}))
    return [page, *_list(order, layout, named, title)]


def _letter(draft: Draft, view: View, codes: Sequence[str], shapes: Any) -> None:
    """The last three digits of each code, where there is room; all are in the list."""
    board = Board(view.frame)
    for at in np.argsort(-np.round(shapely.area(shapes), 1), kind="stable").tolist():
        shape = view.on_paper(shapes[at])
        spots = lattice(shape)
        for size in SIZES:
            placed = spread(board, spots, draft.face.width(codes[at][-3:], size), size)
            if placed is not None:
                type_ = Type(size, halo=0.4, bold=True)
                draft.page.text((placed.x, placed.y), codes[at][-3:], type_, anchor="cm")
                break


def _list(order: Order, layout: Layout, districts: pd.DataFrame, title: str) -> list[DisplayList]:
    language = order.language
    columns = [
        Column(say("code", language), 26.0), Column(say("name", language), 0.0, "l"),
        Column(say("eas", language), 12.0, "r"),
    ]  # fmt: skip
    rows = [
        (
            str(d["district_code"]),
            said_in_full(
                [d["township"], "" if pd.isna(d["name"]) else tidy(str(d["name"]))], language
            ),
            f"{int(d['ea_count']):,}",
        )
        for _, d in districts.iterrows()
    ]
    groups = 2 if layout.upright else 3
    box = Box(layout.inner.x0, layout.foot.y1 + 2, layout.inner.x1, layout.header.y0)
    room = capacity(box, groups, ROW)
    pages = []
    for start in range(0, len(rows), room):
        page = DisplayList(layout.width, layout.height)
        draft = Draft(page, order.face, language)
        header(draft, layout.header, title, say("files_named", language), order.secrecy)
        draw_listing(
            page, box, columns, rows[start : start + room], groups=groups, row=ROW, face=order.face
        )
        foot(draft, layout.foot, [say("disclaimer", language, noun=order.noun)])
        pages.append(page)
    return pages
