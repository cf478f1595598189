"""Compose the sheet of a census district: all its EAs, the features between them, and their table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.present import style
from census_gis.present.boundaries import township_lines
from census_gis.present.building_table import BACK_ROW
from census_gis.present.crews_drawn import Crews, crews_height, crews_of, draw_crews, list_crews
from census_gis.present.display import Box, DisplayList, Type, rings_of
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
from census_gis.present.labels import (
    Board,
    Placed,
    anchors_of,
    beside,
    has_room,
    spread,
    within,
)  # fmt: skip
from census_gis.present.layers import SAME_LINE_M, DistrictLayers
from census_gis.present.layout import ROW, Layout, list_page
from census_gis.present.lettering import Lettered, landmarks, lattice, streets, waters
from census_gis.present.listing import Column, capacity, draw_listing
from census_gis.present.order import Order, notes, shown_count
from census_gis.present.overview import (
    Overview,
    OverviewNeeds,
    arrange_overview,
    overview_paper,
)
from census_gis.present.placing import Outline
from census_gis.present.reference_grid import draw_grid, grid_of
from census_gis.present.sheet import Sheet, SheetReport
from census_gis.present.terrain import draw_disputes, draw_ground, frame_rings, ground_of
from census_gis.present.titles import said_in_full
from census_gis.present.view import View, fit
from census_gis.present.words import grouped, say

__all__ = ["district_sheet"]

SIZES = (14.0, 11.0, 8.5, 6.0)
# Which serials take their places first, and their largest type [pt], 0 for none but beside their EA; a later way where an
# earlier one leaves a serial without a place: those of stacked EAs have only their building, which a large serial of the
# ground there covers, and on a building smaller than a serial one of them would close it to the others.
WAYS = (
    (("ground", 14.0), ("stacked", 14.0)),
    (("stacked", 6.0), ("ground", 14.0)),
    (("stacked", 0.0), ("ground", 14.0)),
    (("stacked", 0.0), ("ground", 6.0)),
)
TABLE_GROUP_MM = 78.0
EDGE_MM = 0.4


def district_sheet(layers: DistrictLayers, order: Order) -> Sheet:
    """The map of the district and the table of its EAs, virtual ones included.

    Its paper is rule `sheet.overview_paper` where that is the larger one. Once staff is assigned the
    ground of each supervisor's crew has a look of its own, and the crews are listed.
    """
    order = replace(order, paper=overview_paper(order.paper, layers.settings))
    shape = layers.district["geometry"]
    crews = crews_of(layers.eas)
    layout, view = arrange_overview(
        order.paper,
        lambda frame: fit(shape.bounds, frame, margin=6.0),
        OverviewNeeds(len(layers.eas), lambda width: crews_height(crews, width)),
    )
    page = DisplayList(layout.width, layout.height, code_box=layout.code)
    draft = Draft(page, order.face, order.language, order.noun)
    page.maps.append(view.on_page)
    page.clip(frame_rings(view))
    symbols = _ground(page, layers, view, crews)
    symbols |= _lines(page, layers, view) | draw_disputes(page, layers, view)
    done, signs_seen = _letter(draft, layers, view)
    page.unclip()
    page.rectangle(layout.frame, pen=style.FRAME)
    title = _title(layers)
    _surround(draft, layers, order, layout, view, title)
    legend(draft, layout.legend, symbols | signs_seen)
    if layout.crews is not None:
        list_crews(draft, layout.crews, crews, layers.person)
    rows = _rows(layers, order)
    pages = [page]
    if layout.table is not None:
        _table(draft, layout.table, rows, layout.groups, ROW)
    else:
        left = crews if layout.crews is None else crews_of(layers.eas.iloc[:0])
        pages += _table_pages(layers, order, layout.upright, rows, title, left)
    report = SheetReport(
        layers.code, 0, len(pages), view.scale, order.paper.name, view.ground,
        numbers=done.numbers, led_out=done.led_out,
        dropped=tuple(str(layers.eas["serial"].iloc[i]) for i in done.dropped),
        others=done.others, others_dropped=done.others_dropped, least_size=done.least_size, rows=len(rows),
    )  # fmt: skip
    return Sheet(title, pages, report)


def _ground(page: DisplayList, layers: DistrictLayers, view: View, crews: Crews) -> set[str]:
    """Crews, and the land above them; fields would hide them, so these are left white then."""
    ground = ground_of(layers, view, np.empty(0, dtype=np.int64), imagery=False)
    if len(crews) > 1:
        draw_crews(page, view, crews)
        ground.land = ground.land.take(np.flatnonzero(ground.land.kind != "farm"))
    draw_ground(page, ground, None)
    if "outside" in ground.symbols:
        return (ground.symbols - {"outside"}) | {"building"}
    return ground.symbols


def _title(layers: DistrictLayers) -> str:
    return said_in_full(layers.place_name, layers.language)


def _lines(page: DisplayList, layers: DistrictLayers, view: View) -> set[str]:
    """EA lines dashed, the district line above them, other districts' lines thinner, townships' dotted."""
    own_line = shapely.boundary(layers.district["geometry"])
    around = shapely.buffer(own_line, SAME_LINE_M, cap_style="flat")
    ground = layers.areas.shapes[layers.areas.kind == layers.code]
    inner = shapely.difference(shapely.union_all(shapely.boundary(ground)), around)
    page.lines(view.lines(np.array([shapely.line_merge(inner)])), style.DISTRICT_SHEET_EA)
    rows = layers.district_lines.inside(view.ground)
    borders = view.cut(layers.district_lines.shapes[rows])
    township = township_lines(borders, layers.district_lines.kind[rows], layers.code)
    others = shapely.difference(borders, around)
    symbols = {"own_district"} | (set() if inner.is_empty else {"district_sheet_ea"})
    if township is not None:
        near = shapely.buffer(township, SAME_LINE_M, cap_style="flat")
        others = shapely.difference(others, near)
        outer = shapely.line_merge(shapely.difference(township, around))
        if not outer.is_empty:
            symbols.add("overview_township")
            page.lines(view.lines(np.array([outer])), style.OVERVIEW_TOWNSHIP)
    page.lines(view.lines(others), style.DISTRICT_PEN)
    page.lines(view.lines(np.array([own_line])), style.DISTRICT_SHEET_LINE)
    return symbols if shapely.is_empty(others).all() else symbols | {"district"}


def _letter(draft: Draft, layers: DistrictLayers, view: View) -> tuple[Lettered, set[str]]:
    """EA serials, then the districts around, streets, water and landmarks."""
    board = Board(view.frame)
    board.take(draw_grid(draft, grid_of(view.frame)))
    lines = layers.district_lines.shapes[layers.district_lines.inside(view.ground)]
    board.own(rings_of([]), view.lines(view.cut(lines)))
    board, done = _serials(draft, board, layers, view)
    _around(draft, board, layers, view, done)
    streets(draft, board, view, layers, done)
    waters(draft, board, view, layers, done)
    return done, landmarks(draft, board, view, layers, done)


def _serials(
    draft: Draft, clean: Board, layers: DistrictLayers, view: View
) -> tuple[Board, Lettered]:
    """The serial of each EA, placed in the first of several ways that has a place for all of them."""
    eas = layers.eas
    drawn = np.flatnonzero([shape is not None and not shape.is_empty for shape in eas["geometry"]])
    on_paper = view.on_paper(eas["geometry"].to_numpy()[drawn])
    shapes = {int(i): (one, *lattice(one)) for i, one in zip(drawn, on_paper, strict=True)}
    tried: list[tuple[int, Board, dict[int, Placed | None]]] = []
    for way in WAYS:
        board, found = clean.copied(), {}
        for kind, most in way:
            for i in [i for i in shapes if eas["kind"].iloc[i] == kind]:
                sizes = [size for size in SIZES if size <= most]
                found[i] = _serial(draft, board, str(eas["serial"].iloc[i]), shapes[i], sizes)
        lost = sum(at is None for at in found.values())
        tried.append((lost, board, found))
        if not lost:
            break
    _, board, found = min(tried, key=lambda one: one[0])
    done = Lettered()
    for i, at in found.items():
        _draw_serial(draft, done, i, str(eas["serial"].iloc[i]), at)
    return board, done


def _serial(
    draft: Draft, board: Board, serial: str, shape: tuple[Any, Outline, NDArray[np.float64]],
    sizes: Sequence[float],
) -> Placed | None:  # fmt: skip
    """Where a serial stands: in its EA as large as it fits, over its line where the EA is too small, or beside it.

    Parameters
    ----------
    shape
        The EA on paper, and its `lattice`.
    sizes
        Type it may have [pt], the largest first.
    """
    whole, outline, spots = shape
    for size in sizes:
        width = draft.face.width(serial, size)
        at = within(board, outline, spots, (width, size))
        if at is None and size == SIZES[-1] and not has_room(outline, spots, (width, size)):
            at = spread(board, spots, width, size)
        if at is not None:
            return at
    # The last leaders of many from one small building begin just outside it.
    edge = shapely.segmentize(shapely.buffer(whole, EDGE_MM), EDGE_MM)
    starts = np.concatenate([spots, anchors_of(whole, spots[0]), anchors_of(edge, spots[0])])
    return beside(board, starts, 0.5, draft.face.width(serial, SIZES[-1]), 0, len(starts))


def _draw_serial(draft: Draft, done: Lettered, i: int, serial: str, at: Placed | None) -> None:
    if at is None:
        done.dropped.append(i)
        return
    if at.leader is not None:
        draft.page.segments([(*at.leader, at.x, at.y)], style.LEADER)
        done.led_out += 1
    type_ = Type(at.size, style.DISTRICT_EA.color, style.DISTRICT_EA.halo)
    draft.page.text((at.x, at.y), serial, type_, anchor="cm")
    done.numbers += 1
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
        at = within(board, *lattice(shape), (width, 8.5))
        if at is None:
            done.others_dropped += 1
            continue
        done.others += 1
        draft.page.text((at.x, at.y), words, Type(8.5, style.NEIGHBOUR.color, 0.5), anchor="cm")


def _surround(
    draft: Draft, layers: DistrictLayers, order: Order, layout: Overview, view: View, title: str
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
            f"{int(ea['buildings']):,}", layers.person(ea.get("enumerator")),
        ))  # fmt: skip
    return found


def _table(draft: Draft, box: Box, rows: Sequence[Sequence[str]], groups: int, row: float) -> None:
    keys = (("code", 11.0), ("kind", 12.0), ("persons", 12.0), ("households", 14.5), ("buildings", 13.0),
            ("enumerator", 0.0))  # fmt: skip
    kept = [key for key in keys if draft.noun != "households" or key[0] != "households"]
    columns = [Column(say(key, draft.language, noun=draft.noun), width) for key, width in kept]
    draw_listing(draft.page, box, columns, rows, groups=groups, row=row, face=draft.face)


def _table_pages(
    layers: DistrictLayers, order: Order, upright: bool, rows: Sequence[Sequence[str]], title: str,
    crews: Crews,
) -> list[DisplayList]:  # fmt: skip
    """The table on pages of its own, the crews under it on the last one or on one more."""
    layout = list_page(order.paper, upright)
    whole = Box(layout.inner.x0, layout.foot.y1 + 2, layout.inner.x1, layout.header.y0)
    groups = max(1, int(whole.width // TABLE_GROUP_MM))
    room, high = capacity(whole, groups, BACK_ROW), crews_height(crews, whole.width)
    pages = []
    for start in range(0, len(rows), room):
        some = rows[start : start + room]
        page, draft = _list_page(layers, order, layout, title, bool(start))
        box = Box(
            whole.x0, whole.y1 - (-(-len(some) // groups) + 1) * BACK_ROW - 1e-6, whole.x1, whole.y1
        )
        _table(draft, box, some, groups, BACK_ROW)
        if start + room >= len(rows) and high and box.y0 - high - 4 > whole.y0:
            list_crews(draft, Box(box.x0, whole.y0, box.x1, box.y0 - 4), crews, layers.person)
            high = 0.0
        pages.append(page)
    if high:
        page, draft = _list_page(layers, order, layout, title, True)
        list_crews(draft, whole, crews, layers.person)
        pages.append(page)
    return pages


def _list_page(
    layers: DistrictLayers, order: Order, layout: Layout, title: str, more: bool
) -> tuple[DisplayList, Draft]:
    """An empty page of the table with its heading."""
    page = DisplayList(layout.width, layout.height, code_box=layout.code)
    draft = Draft(page, order.face, order.language, order.noun)
    heading = say("eas_of", order.language, name=title)
    if more:
        heading += f" {say('continued', order.language)}"
    under = f"{say('district_code', order.language)} {grouped(layers.code)}"
    header(draft, layout.header, heading, under, order.secrecy)
    foot(draft, layout.foot, notes(layers.crs, order))
    return page, draft
