"""The index of map books: where each census district lies and which file holds it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from census_gis.present import style
from census_gis.present.display import Box, DisplayList, Pen, Type
from census_gis.present.fonts import tidy
from census_gis.present.furniture import Draft, foot, header, north_arrow, scale_bar
from census_gis.present.labels import HEIGHT_EM, Board, spread, within
from census_gis.present.layers import setting
from census_gis.present.layout import Layout, plain_page
from census_gis.present.lettering import lattice
from census_gis.present.listing import Column, capacity, draw_listing
from census_gis.present.order import Order, notes
from census_gis.present.overview import OVERVIEW_RULE, overview_paper
from census_gis.present.terrain import frame_rings
from census_gis.present.titles import place_of_plan, said_in_full, townships
from census_gis.present.view import View, fit
from census_gis.present.words import say

__all__ = ["index_pages"]

ROW = 5.4
GROUP_MM = 80.0
SIZES = (8.5, 7.0, 6.0)
TOWNSHIP_SIZES = (12.0, 10.0, 8.0)
FINE_MM = 0.05  # corners nearer than this on paper are not seen
DISTRICT_LINE = Pen(style.BLACK, 0.25)


def index_pages(tables: Any, order: Order) -> list[DisplayList]:
    """A map of all districts with the last digits of their codes, then the list of files."""
    settings = {key: setting(tables, key) for key in (OVERVIEW_RULE,) if setting(tables, key)}
    order = replace(order, paper=overview_paper(order.paper, settings))
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
    seen = _simple(shapes, FINE_MM / view.factor)
    page.polygons(view.polygons(seen), fill=style.OUTSIDE)
    named = districts.assign(township=townships({**tables, "districts": districts}))
    _lines(page, view, named.set_geometry(seen))
    _letter(draft, view, named, shapes)
    page.unclip()
    page.rectangle(layout.frame, pen=style.FRAME)
    scale_bar(draft, layout.scale, view)
    north_arrow(draft, layout.scale.x1 - 5.0, layout.scale.y0 + 1.0)
    foot(
        draft,
        layout.foot,
        notes(districts.crs, order),
    )
    return [page, *_list(order, layout, named, title)]


def _simple(shapes: Any, metres: float) -> Any:
    """Shapes without what is not seen on paper, their borders still shared.

    All corners of a county's lines, joined at once, would be the largest thing this process ever holds.
    """
    standing = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    seen = shapes.copy()
    seen[standing] = shapely.coverage_simplify(shapes[standing], metres)
    return seen


def _lines(page: DisplayList, view: View, districts: Any) -> None:
    """District lines; above them those of townships, where the plan has several."""
    borders = shapely.line_merge(shapely.union_all(shapely.boundary(districts.geometry.to_numpy())))
    lines = view.lines(np.array([borders]))
    if not districts["township"].any():
        page.lines(lines, style.DISTRICT_SHEET_EA)
        return
    page.lines(lines, DISTRICT_LINE)
    outlines = [shapely.union_all(own.to_numpy()) for _, own in _by_township(districts)]
    outer = shapely.line_merge(
        shapely.union_all(shapely.boundary(np.array(outlines, dtype=object)))
    )
    page.lines(view.lines(np.array([outer])), style.TOWNSHIP_PEN)


def _by_township(districts: Any) -> Any:
    """Boundaries of districts by the name of their township, in the order of names."""
    return districts.groupby("township", sort=True)["geometry"]


def _letter(draft: Draft, view: View, districts: Any, shapes: Any) -> None:
    """Names of townships, then the last three digits of each code, where there is room; all are in the list."""
    board = Board(view.frame)
    for name, own in _by_township(districts):
        _, spots = lattice(view.on_paper(shapely.union_all(own.to_numpy())))
        for size in TOWNSHIP_SIZES if name else ():
            placed = spread(board, spots, draft.face.width(name, size), size)
            if placed is not None:
                draft.page.text(
                    (placed.x, placed.y), name, Type(size, halo=0.7, bold=True), anchor="cm"
                )
                break
    codes = districts["district_code"].astype(str).tolist()
    for at in np.argsort(-np.round(shapely.area(shapes), 1), kind="stable").tolist():
        shape = view.on_paper(shapes[at])
        outline, spots = lattice(shape)
        for size in SIZES:
            width = draft.face.width(codes[at][-3:], size)
            placed = within(board, outline, spots, (width, size), HEIGHT_EM)
            if placed is not None:
                type_ = Type(size, halo=0.4)
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
    groups = max(1, int((layout.inner.x1 - layout.inner.x0) // GROUP_MM))
    box = Box(layout.inner.x0, layout.foot.y1 + 2, layout.inner.x1, layout.header.y0)
    room = capacity(box, groups, ROW)
    pages = []
    for start in range(0, len(rows), room):
        page = DisplayList(layout.width, layout.height)
        draft = Draft(page, order.face, language)
        header(draft, layout.header, title, say("files_named", language), order.secrecy)
        some = rows[start : start + room]
        filled = Box(box.x0, box.y1 - (-(-len(some) // groups) + 1) * ROW - 1e-6, box.x1, box.y1)
        draw_listing(page, filled, columns, some, groups=groups, row=ROW, face=order.face)
        foot(draft, layout.foot, [say("disclaimer", language, noun=order.noun)])
        pages.append(page)
    return pages
