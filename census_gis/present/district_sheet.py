"""Compose the sheet of a census district: all its EAs, the features between them, and their table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from census_gis.present import style
from census_gis.present.building_table import BACK_ROW
from census_gis.present.display import Box, DisplayList, Type
from census_gis.present.furniture import (
    Draft,
    foot,
    header,
    identification,
    legend,
    north_arrow,
    scale_bar,
    signs,
)  # fmt: skip
from census_gis.present.labels import Board, anchors_of, beside, spread, within
from census_gis.present.layers import SAME_LINE_M, DistrictLayers
from census_gis.present.layout import Layout, Needs, arrange, plain_page
from census_gis.present.lettering import Lettered, landmarks, lattice, streets, waters
from census_gis.present.listing import Column, capacity, draw_listing
from census_gis.present.order import Order, notes, shown_count
from census_gis.present.sheet import Sheet, SheetReport
from census_gis.present.terrain import draw_disputes, draw_ground, frame_rings, ground_of
from census_gis.present.titles import said_in_full
from census_gis.present.view import View, fit
from census_gis.present.words import grouped, say

__all__ = ["district_sheet"]

SIZES = (14.0, 11.0, 8.5, 6.0)


def district_sheet(layers: DistrictLayers, order: Order) -> Sheet:
    """The map of the district and the table of its EAs, virtual ones included."""
    shape = layers.district["geometry"]
    layout, view = arrange(
        order.paper,
        lambda frame: fit(shape.bounds, frame, margin=6.0),
        Needs(len(layers.eas), words=False),
    )
    page = DisplayList(layout.width, layout.height)
    draft = Draft(page, order.face, order.language, order.noun)
    page.maps.append(view.on_page)
    page.clip(frame_rings(view))
    ground = ground_of(layers, view, np.empty(0, dtype=np.int64), imagery=False)
    draw_ground(page, ground, None)
    if "outside" in ground.symbols:
        ground.symbols = (ground.symbols - {"outside"}) | {"building"}
    symbols = ground.symbols | _lines(page, layers, view) | draw_disputes(page, layers, view)
    done, signs_seen = _letter(draft, layers, view)
    page.unclip()
    page.rectangle(layout.frame, pen=style.FRAME)
    title = _title(layers)
    _surround(draft, layers, order, layout, view, title)
    legend(draft, layout.legend, symbols | signs_seen)
    rows = _rows(layers, order)
    pages = [page]
    if layout.table is not None:
        _table(draft, layout.table, rows, layout.groups, 4.6)
    else:
        pages += _table_pages(layers, order, layout.upright, rows, title)
    report = SheetReport(
        layers.code, 0, len(pages), view.scale, order.paper.name, view.ground,
        numbers=done.numbers, dropped=tuple(str(layers.eas["serial"].iloc[i]) for i in done.dropped),
        others=done.others, others_dropped=done.others_dropped, least_size=done.least_size, rows=len(rows),
    )  # fmt: skip
    return Sheet(title, pages, report)


def _title(layers: DistrictLayers) -> str:
    return said_in_full(layers.place_name, layers.language)


def _lines(page: DisplayList, layers: DistrictLayers, view: View) -> set[str]:
    """EA lines dashed, the district line above them, other districts' lines thinner."""
    own_line = shapely.boundary(layers.district["geometry"])
    around = shapely.buffer(own_line, SAME_LINE_M, cap_style="flat")
    ground = layers.areas.shapes[layers.areas.kind == layers.code]
    inner = shapely.difference(shapely.union_all(shapely.boundary(ground)), around)
    page.lines(view.lines(np.array([shapely.line_merge(inner)])), style.DISTRICT_SHEET_EA)
    borders = layers.district_lines.shapes[layers.district_lines.inside(view.ground)]
    others = shapely.difference(view.cut(borders), around)
    page.lines(view.lines(others), style.DISTRICT_PEN)
    page.lines(view.lines(np.array([own_line])), style.DISTRICT_SHEET_LINE)
    return {"district_sheet_ea", "district"}


def _letter(draft: Draft, layers: DistrictLayers, view: View) -> tuple[Lettered, set[str]]:
    """EA serials, then the districts around, streets, water and landmarks."""
    board, done = Board(view.frame), Lettered()
    lines = layers.district_lines.shapes[layers.district_lines.inside(view.ground)]
    board.own([], view.lines(view.cut(lines)))
    for kind in ("ground", "stacked"):
        for i in np.flatnonzero(layers.eas["kind"] == kind).tolist():
            shape = layers.eas["geometry"].iloc[i]
            if shape is None or shape.is_empty:
                continue
            _serial(draft, board, done, i, str(layers.eas["serial"].iloc[i]), view.on_paper(shape))
    _around(draft, board, layers, view, done)
    streets(draft, board, view, layers, done)
    waters(draft, board, view, layers, done)
    return done, landmarks(draft, board, view, layers, done)


def _serial(draft: Draft, board: Board, done: Lettered, i: int, serial: str, shape: Any) -> None:
    """The serial in its EA, as large as it fits; over its line where the EA is too small."""
    spots = lattice(shape)
    for size in SIZES:
        width = draft.face.width(serial, size)
        some = within(shape, spots, width, size)
        if not len(some) and size == SIZES[-1]:
            some = spots
        at = spread(board, some, width, size)
        if at is not None:
            type_ = Type(at.size, style.DISTRICT_EA.color, style.DISTRICT_EA.halo, True)
            draft.page.text((at.x, at.y), serial, type_, anchor="cm")
            done.numbers += 1
            done.least_size = min(done.least_size, at.size)
            return
    starts = np.concatenate([spots, anchors_of(shape, spots[0])])
    at = beside(board, starts, 0.5, draft.face.width(serial, SIZES[-1]), 0)
    if at is None or at.leader is None:
        done.dropped.append(i)
        return
    draft.page.segments([(*at.leader, at.x, at.y)], style.LEADER)
    type_ = Type(at.size, style.DISTRICT_EA.color, style.DISTRICT_EA.halo, True)
    draft.page.text((at.x, at.y), serial, type_, anchor="cm")
    done.numbers += 1
    done.led_out += 1
    done.least_size = min(done.least_size, at.size)


def _around(draft: Draft, board: Board, layers: DistrictLayers, view: View, done: Lettered) -> None:
    """Names of the districts around, in their part of the frame."""
    lines = layers.district_lines
    for row in lines.inside(view.ground).tolist():
        if str(lines.kind[row]) == layers.code or not lines.name[row]:
            continue
        land = shapely.clip_by_rect(
            shapely.union_all(shapely.polygonize([lines.shapes[row]])), *view.ground
        )
        if land.is_empty or land.area * view.factor**2 < 120:
            continue
        words = str(lines.name[row])
        shape, width = view.on_paper(land), draft.face.width(words, 8.5)
        at = spread(board, within(shape, lattice(shape), width, 8.5), width, 8.5)
        if at is None:
            done.others_dropped += 1
            continue
        done.others += 1
        draft.page.text((at.x, at.y), words, Type(8.5, style.NEIGHBOUR.color, 0.5), anchor="cm")


def _surround(
    draft: Draft, layers: DistrictLayers, order: Order, layout: Layout, view: View, title: str
) -> None:
    language = order.language
    under = f"{say('district_code', language)} {grouped(layers.code)}"
    header(draft, layout.header, say("district_map", language, name=title), under, order.secrecy)
    district = layers.district
    box = Box(layout.header.x0, layout.header.y0 + 1.2, layout.header.x1, layout.header.y0 + 10.2)
    identification(draft, box, [
        (say("district", language), layers.place_name[2], 5.0),
        (say("eas", language), f"{len(layers.eas):,}", 2.0),
        *((say(name, language, noun=order.noun), _count(district[name]), 2.0) for name in _counts(order)),
        (say("buildings", language), f"{int(layers.eas['buildings'].sum()):,}", 2.0),
    ])  # fmt: skip
    scale_bar(draft, layout.scale, view)
    north_arrow(draft, layout.scale.x1 - 5.0, layout.scale.y1 - 13.5)
    if layout.notes is not None:
        draft.page.rectangle(layout.notes, pen=style.GRID)
        at = (layout.notes.x0 + 1.5, layout.notes.y1 - 3.6)
        draft.page.text(at, say("notes", language), style.SMALL)
    signs(draft, layout.signs, ("drafter", "checker", "date"))
    lines = notes(layers.crs, order)
    hint = [say("table_behind_eas", language)] if layout.table is None else []
    foot(draft, layout.foot, [lines[0], "  ".join([*lines[1:], *hint])])


def _counts(order: Order) -> tuple[str, ...]:
    """Counts to print; where households are what is counted, once."""
    return ("persons",) if order.noun == "households" else ("persons", "households")


def _count(value: Any) -> str:
    return "—" if pd.isna(value) else f"{int(value):,}"


def _rows(layers: DistrictLayers, order: Order) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    dwellings = layers.buildings.rows.groupby("ea_code")["dwellings"].sum(min_count=1)
    for _, ea in layers.eas.iterrows():
        few = dwellings.get(ea["ea_code"], np.nan)
        found.append((
            str(ea["serial"]), say(f"kind.{ea['kind']}", layers.language),
            *(shown_count(ea[name], ea, few) for name in _counts(order)),
            f"{int(ea['buildings']):,}", "",
        ))  # fmt: skip
    return found


def _table(draft: Draft, box: Box, rows: Sequence[Sequence[str]], groups: int, row: float) -> None:
    keys = (("code", 10.0), ("kind", 0.0), ("persons", 12.0), ("households", 14.0), ("buildings", 13.0),
            ("enumerator", 17.0))  # fmt: skip
    # A single narrow group has no room to write a name in.
    kept = [key for key in keys if draft.noun != "households" or key[0] != "households"]
    kept = kept if box.width / groups > 75 else kept[:-1]
    rows = [cells[: len(kept)] for cells in rows]
    columns = [Column(say(key, draft.language, noun=draft.noun), width) for key, width in kept]
    draw_listing(draft.page, box, columns, rows, groups=groups, row=row, face=draft.face)


def _table_pages(
    layers: DistrictLayers, order: Order, upright: bool, rows: Sequence[Sequence[str]], title: str
) -> list[DisplayList]:
    layout = plain_page(order.paper, upright)
    groups = 2 if upright else 3
    box = Box(layout.inner.x0, layout.foot.y1 + 2, layout.inner.x1, layout.header.y0)
    room = capacity(box, groups, BACK_ROW)
    if len(rows) < room:
        box = Box(box.x0, box.y1 - (-(-len(rows) // groups) + 1) * BACK_ROW, box.x1, box.y1)
    pages = []
    for start in range(0, len(rows), room):
        page = DisplayList(layout.width, layout.height)
        draft = Draft(page, order.face, order.language, order.noun)
        more = f" {say('continued', order.language)}" if start else ""
        heading = say("eas_of", order.language, name=title) + more
        under = f"{say('district_code', order.language)} {grouped(layers.code)}"
        header(draft, layout.header, heading, under, order.secrecy)
        _table(draft, box, rows[start : start + room], groups, BACK_ROW)
        foot(draft, layout.foot, notes(layers.crs, order))
        pages.append(page)
    return pages
