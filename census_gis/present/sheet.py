"""Compose the sheet of one EA: its map, detail maps where numbers are crowded, its building table.

Every own building is numbered on the map, on a detail map, or named in the report as dropped; nothing
disappears silently. The sheet says how many persons the EA has, never how many a building has
(contract, law 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from census_gis.language import Language
from census_gis.present import style
from census_gis.present.building_table import draw_ladder, draw_table, table_pages, table_rows
from census_gis.present.details import AreaOfSheet, MapOfSheet, maps_of
from census_gis.present.display import Box, DisplayList
from census_gis.present.furniture import (
    Draft,
    bounds,
    foot,
    header,
    identification,
    legend,
    north_arrow,
    scale_bar,
    signs,
)  # fmt: skip
from census_gis.present.layers import SAME_LINE_M, DistrictLayers
from census_gis.present.layout import Needs, arrange
from census_gis.present.order import Order, notes, shown_count
from census_gis.present.terrain import (
    draw_disputes,
    draw_ground,
    draw_own,
    frame_rings,
    ground_of,
    picture_of,
)  # fmt: skip
from census_gis.present.titles import said_in_full
from census_gis.present.view import CLOSE_SCALES, SCALES, View, fit
from census_gis.present.words import grouped, say

__all__ = ["Sheet", "SheetReport", "ea_sheet"]

FRAME_MARGIN = 7.0


@dataclass(frozen=True)
class SheetReport:
    """What became of one sheet.

    `page` is its first page in the book (from 1), `frame` the ground in its map [m], `numbers` how many
    building numbers are on its maps and `rows` how many buildings in its table (`placeless` of them
    stand nowhere); `least_size` is the smallest map type [pt].
    """

    ea_code: str
    page: int
    pages: int
    scale: int
    paper: str
    frame: tuple[float, float, float, float]
    numbers: int = 0
    led_out: int = 0
    dropped: tuple[str, ...] = ()
    others: int = 0
    others_dropped: int = 0
    least_size: float = 0.0
    rows: int = 0
    placeless: int = 0
    details: int = 0


@dataclass
class Sheet:
    """A sheet's pages and report; its title stands in the outline of the book."""

    title: str
    pages: list[DisplayList]
    report: SheetReport


def ea_sheet(layers: DistrictLayers, ea: pd.Series, order: Order) -> Sheet:
    """All pages of one EA.

    Parameters
    ----------
    layers
        The district around it.
    ea
        Its row in `enumeration_areas`; kind ground or stacked, with a geometry.
    """
    area = _area(layers, ea, order.language)
    stacked = str(ea["kind"]) == "stacked"
    extent = shapely.total_bounds(np.append(layers.buildings.shapes[area.standing], area.shape))
    scales = CLOSE_SCALES if stacked else SCALES
    layout, view = arrange(
        order.paper,
        lambda frame: fit(tuple(extent), frame, margin=FRAME_MARGIN, scales=scales),
        Needs(len(area.listed), ladder=stacked),
    )
    maps = maps_of(layers, area, order, layout, view)
    title = _title(layers, area)
    pages = [_map_page(layers, area, order, one, title) for one in maps]
    rows = table_rows(layers, area.listed)
    if layout.table is None:
        pages[1:1] = table_pages(area.code, order, layout.upright, rows, title)
    else:
        draw_table(Draft(pages[0], order.face, order.language), layout.table, rows, layout.groups)
    if layout.ladder is not None:
        draft = Draft(pages[0], order.face, order.language)
        draw_ladder(layers, area.listed, area.serial, draft, layout.ladder)
    return Sheet(title, pages, _report(layers, area, order, maps, len(pages)))


def _area(layers: DistrictLayers, ea: pd.Series, language: Language) -> AreaOfSheet:
    code = str(ea["ea_code"])
    listed = np.flatnonzero((layers.buildings.rows["ea_code"] == code).to_numpy())
    standing = listed[~shapely.is_missing(layers.buildings.shapes[listed])]
    serial = str(ea["serial"])
    given = ea["name"]
    name = say("ea", language, serial=serial)
    if not pd.isna(given) and str(given) and (language == "en") == str(given).isascii():
        name = str(given)
    return AreaOfSheet(
        ea, code, serial, name, ea["geometry"], shapely.boundary(ea["geometry"]), listed, standing
    )


def _title(layers: DistrictLayers, area: AreaOfSheet) -> str:
    return said_in_full([*layers.place_name, area.name], layers.language)


def _map_page(
    layers: DistrictLayers, area: AreaOfSheet, order: Order, one: MapOfSheet, title: str
) -> DisplayList:
    """Draw one map with everything around it."""
    layout, view = one.layout, one.view
    page = DisplayList(layout.width, layout.height)
    draft = Draft(page, order.face, order.language)
    page.maps.append(view.on_page)
    picture = picture_of(order, layers, view) if order.images else None
    if picture is not None:
        page.items.append(picture)
    page.clip(frame_rings(view))
    ground = ground_of(layers, view, area.standing, imagery=picture is not None)
    draw_ground(page, ground, _band(area.shape, view))
    draw_own(page, layers, ground, area.standing)
    symbols = ground.symbols | one.symbols | _lines(page, layers, area, view)
    symbols |= draw_disputes(page, layers, view)
    page.items += one.overlay.items
    page.unclip()
    page.rectangle(layout.frame, pen=style.FRAME)
    _surround(draft, layers, area, order, one, title)
    legend(draft, layout.legend, symbols)
    return page


def _band(shape: Any, view: View) -> Any:
    """The strip outside the EA, 4 mm on paper, as ground."""
    wide = style.BAND_MM / view.factor
    simple = shapely.simplify(shape, 0.05 / view.factor)
    return shapely.difference(shapely.buffer(simple, wide, quad_segs=4), shape)


def _lines(page: DisplayList, layers: DistrictLayers, area: AreaOfSheet, view: View) -> set[str]:
    """Lines of other EAs, of districts, and above them the EA's own."""
    around = shapely.buffer(area.outline, SAME_LINE_M, cap_style="flat")
    seen = shapely.intersects(shapely.box(*view.ground), area.outline)
    symbols = {"ea"} if seen else set()
    others = layers.ea_lines.inside(view.ground)
    if len(layers.ea_lines.shapes):
        shapes = layers.ea_lines.shapes[others][layers.ea_lines.kind[others] != "district"]
    else:
        shapes = shapely.boundary(layers.areas.shapes[layers.areas.inside(view.ground)])
    shapes = shapely.difference(view.cut(shapes), around)
    if not shapely.is_empty(shapes).all():
        symbols.add("neighbour")
    page.lines(view.lines(shapes), style.NEIGHBOUR_PEN)
    borders = layers.district_lines.shapes[layers.district_lines.inside(view.ground)]
    cut = shapely.union_all(view.cut(borders))
    free = shapely.line_merge(shapely.difference(cut, around))
    if not free.is_empty:
        symbols.add("district")
        page.lines(view.lines(np.array([free])), style.DISTRICT_PEN)
    near = shapely.buffer(cut, SAME_LINE_M, cap_style="flat")
    plain = shapely.line_merge(shapely.difference(area.outline, near))
    shared = shapely.line_merge(shapely.intersection(area.outline, near))
    page.lines(view.lines(np.array([plain])), style.EA_PEN)
    if shared.length * view.factor > 1.0:
        symbols.add("ea_district")
        page.lines(view.lines(np.array([shared])), style.EA_DISTRICT_PEN)
    return symbols


def _surround(
    draft: Draft,
    layers: DistrictLayers,
    area: AreaOfSheet,
    order: Order,
    one: MapOfSheet,
    title: str,
) -> None:
    """Title, identification, scale, north, boundary in words, signatures and notes."""
    layout, language = one.layout, order.language
    whole = (
        say("detail", language, name=title, letter=one.letter)
        if one.letter
        else say("map_of", language, name=title)
    )
    under = f"{say('ea_code', language)} {grouped(area.code)}"
    header(draft, layout.header, whole, under, order.secrecy)
    scale_bar(draft, layout.scale, one.view)
    north_arrow(draft, layout.scale.x1 - 5.0, layout.scale.y1 - 13.5)
    lines = notes(layers.crs, order)
    if one.letter:
        foot(draft, layout.foot, lines)
        return
    box = Box(layout.header.x0, layout.header.y0 + 1.2, layout.header.x1, layout.header.y0 + 10.2)
    identification(draft, box, _cells(layers, area, order))
    if layout.bounds is not None:
        bounds(draft, layout.bounds, layers.descriptions.get(area.code, {}))
    if layout.notes is not None:
        draft.page.rectangle(layout.notes, pen=style.GRID)
        at = (layout.notes.x0 + 1.5, layout.notes.y1 - 3.6)
        draft.page.text(at, say("notes", language), style.SMALL)
    signs(draft, layout.signs, ("drafter", "checker", "date"))
    hints = []
    if layout.table is None and len(area.listed):
        hints.append(say("table_behind", language))
    if one.windows:
        hints.append(say("details_note", language))
    foot(draft, layout.foot, [lines[0], "  ".join([*lines[1:], *hints])])


def _cells(layers: DistrictLayers, area: AreaOfSheet, order: Order) -> list[tuple[str, str, float]]:
    ea, language = area.row, order.language
    dwellings = layers.buildings.rows["dwellings"].iloc[area.listed].sum(min_count=1)
    counts = [] if order.noun == "households" else ["households"]
    return [
        (say("district", language), layers.place_name[2], 5.0),
        (say("kind", language), say(f"kind.{ea['kind']}", language), 2.2),
        *(
            (say(name, language, noun=order.noun), shown_count(ea[name], ea, dwellings), 1.5)
            for name in ("persons", *counts)
        ),
        (say("buildings", language), f"{int(ea['buildings']):,}", 1.5),
        (say("area", language), f"{float(ea['area_m2']) / 1e4:.2f} ha", 1.8),
    ]


def _report(
    layers: DistrictLayers, area: AreaOfSheet, order: Order, maps: Sequence[MapOfSheet], pages: int
) -> SheetReport:
    labels = layers.buildings.rows["number"].to_numpy()
    dropped = sorted({str(labels[area.standing[i]]) for one in maps for i in one.done.dropped})
    wanted = np.zeros(len(area.standing), dtype=bool)
    for one in maps:
        ok = one.wanted.copy()
        ok[one.done.dropped] = False
        wanted |= ok
    main = maps[0]
    report = SheetReport(area.code, 0, pages, main.view.scale, order.paper.name, main.view.ground)
    return replace(
        report,
        numbers=int(wanted.sum()), led_out=sum(one.done.led_out for one in maps), dropped=tuple(dropped),
        others=sum(one.done.others for one in maps),
        others_dropped=sum(one.done.others_dropped for one in maps),
        least_size=min(one.done.least_size for one in maps),
        rows=len(area.listed), placeless=len(area.listed) - len(area.standing), details=len(maps) - 1,
    )  # fmt: skip
