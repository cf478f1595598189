"""Compose the sheet of one EA: its map, detail maps where numbers are crowded, its building table.

Every own building is numbered on the map, on a detail map, or named in the report as dropped; nothing
disappears silently. The sheet says how many persons the EA has, never how many a building has
(contract, law 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from census_gis.language import Language
from census_gis.present import style
from census_gis.present.base_sheet import back_page, grid_lines
from census_gis.present.boundaries import band_of, draw_lines
from census_gis.present.building_table import (
    draw_table,
    table_pages,
    table_rows,
    widest_address,
)  # fmt: skip
from census_gis.present.cuts import cuts_of, draw_cuts
from census_gis.present.details import AreaOfSheet, MapOfSheet, letter_maps, main_map, placed_on
from census_gis.present.display import DisplayList
from census_gis.present.dividing import (
    MOST_MAPS,
    Trouble,
    detailed_maps,
    maps_of,
    trouble_of,
)  # fmt: skip
from census_gis.present.furniture import Draft, legend
from census_gis.present.ladder import draw_ladders, ladder_width, towers_of
from census_gis.present.layers import DistrictLayers
from census_gis.present.layout import Needs, arrange
from census_gis.present.order import Order
from census_gis.present.panels import is_long
from census_gis.present.route import draw_round, legs_of, round_of
from census_gis.present.surround import Surround, draw_surround
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
from census_gis.present.words import say

__all__ = ["Sheet", "SheetReport", "ea_sheet"]

# A sheet of more buildings goes on larger paper.
MOST_BUILDINGS = 100
# Less trouble than this has only a single map with all its numbers, and few of them led out.
UNTROUBLED = Trouble(0, 0, 2, 0, 0)
# A sheet with one detail stays on the smaller paper while its main map keeps this share of its numbers.
KEPT_SHARE = 0.75
FRAME_MARGIN = 7.0


@dataclass(frozen=True)
class SheetReport:
    """What became of one sheet.

    `page` is its first page in the book (from 1), `frame` the ground in its main map [m], `others_shown` scale and ground
    of its details or panels, `numbers` how many
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
    others_shown: tuple[tuple[int, tuple[float, float, float, float]], ...] = ()


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
    order
        How it looks. Where its numbers find no room, it is made on `order.larger` paper, if that helps.
    """
    area = _area(layers, ea, order.language)
    larger = replace(order, paper=replace(order.paper, name=order.larger or order.paper.name))
    if larger.paper == order.paper or order.kind != "plan":
        return _composed(
            layers, area, order, maps_of(layers, area, order, _main(layers, area, order))
        )
    if len(area.standing) > MOST_BUILDINGS:
        main = _main(layers, area, larger)
        return _composed(layers, area, larger, maps_of(layers, area, larger, main))
    main = _main(layers, area, order)
    if trouble_of([main]) < UNTROUBLED:
        return _composed(layers, area, order, [main])
    # One map with all its numbers is better than whatever the smaller paper would come to.
    wide = _main(layers, area, larger)
    if trouble_of([wide]) < UNTROUBLED:
        return _composed(layers, area, larger, [wide])
    choose = _long_on_paper if is_long(area.shape.bounds) else _on_paper
    chosen = choose(_Try(layers, area, order, [main]), _Try(layers, area, larger, [wide]))
    return _composed(layers, area, chosen.order, chosen.maps)


@dataclass
class _Try:
    """The maps of a sheet on one paper, the main one first."""

    layers: DistrictLayers
    area: AreaOfSheet
    order: Order
    maps: list[MapOfSheet]

    @property
    def trouble(self) -> Trouble:
        """How far it is from the best."""
        return trouble_of(self.maps)

    @property
    def is_kept(self) -> bool:
        """Whether it stays on its paper, whatever larger paper would do."""
        most = int((1 - KEPT_SHARE) * len(self.area.standing))
        return self.trouble < UNTROUBLED._replace(moved=most)

    def finish(self) -> None:
        """All maps it takes: details, or parts of the EA."""
        self.maps = maps_of(self.layers, self.area, self.order, self.maps[0])

    def detail(self, most: int) -> None:
        """Details, up to so many maps."""
        self.maps = detailed_maps(self.layers, self.area, self.order, self.maps, most)


def _long_on_paper(small: _Try, large: _Try) -> _Try:
    """The better of two papers for an EA that either may have to divide."""
    small.finish()
    if small.is_kept:
        return small
    large.finish()
    return large if _is_worth_it(small.trouble, large.trouble) else small


def _on_paper(small: _Try, large: _Try) -> _Try:
    """The better of two papers; the smaller one is given up once it needs more maps than the larger one.

    Details are most of the work of a sheet: none is made that could not change the choice.
    """
    # A detail takes at least these off the main map, or it does not help.
    least = small.trouble.lost + small.trouble.excess
    if least < (1 - KEPT_SHARE) * len(small.area.standing):
        small.detail(2)
        if small.is_kept:
            return small
    if small.trouble.settled:
        large.detail(2)
        return large if _is_worth_it(small.trouble, large.trouble) else small
    large.finish()
    found = large.trouble
    one = found.settled and found.maps == 2
    if one and (len(small.maps) == 2 or 2 * found.moved < least):
        return large
    small.detail(found.maps if found.settled else MOST_MAPS)
    return large if _is_worth_it(small.trouble, found) else small


def _is_worth_it(small: Trouble, large: Trouble) -> bool:
    """Whether larger paper mends more than it costs: fewer maps, or a main map with far more of its numbers."""
    return large[:3] < small[:3] or (large[:3] == small[:3] and 2 * large.moved < small.moved)


def _main(layers: DistrictLayers, area: AreaOfSheet, order: Order) -> MapOfSheet:
    """Arrange a sheet on its paper and number its main map."""
    stacked = str(area.row["kind"]) == "stacked"
    extent = shapely.total_bounds(np.append(layers.buildings.shapes[area.standing], area.shape))
    scales = CLOSE_SCALES if stacked else SCALES
    described = any(layers.descriptions.get(area.code, {}).values())
    needs = Needs(
        len(area.listed), words=described, ladder=ladder_width(area.towers),
        full=True, table=order.kind == "plan",
        aspect=float((extent[2] - extent[0]) / max(extent[3] - extent[1], 1e-9)),
        address=widest_address(layers, area.listed, order.face),
    )  # fmt: skip
    layout, view = arrange(
        order.paper,
        lambda frame: fit(tuple(extent), frame, margin=FRAME_MARGIN, scales=scales),
        needs,
    )
    return main_map(layers, area, order, layout, view)


def _composed(
    layers: DistrictLayers, area: AreaOfSheet, order: Order, maps: Sequence[MapOfSheet]
) -> Sheet:
    """Draw the pages: the map, what stands behind it, detail maps."""
    letter_maps(layers, area, order, maps)
    layout = maps[0].layout
    place = said_in_full(layers.place_name, layers.language)
    title = said_in_full([*layers.place_name, area.name], layers.language)
    words = layers.descriptions.get(area.code, {})
    around = Surround(layers, area, order, place, title, behind=layout.table is None)
    pages = [_map_page(around, one) for one in maps]
    draft = Draft(pages[0], order.face, order.language)
    if layout.ladder is not None:
        draw_ladders(draft, layout.ladder, area.towers, area.serial)
    if order.kind != "plan":
        pages[1:1] = [back_page(area.code, order, layout.upright, title)]
        return Sheet(title, pages, _report(layers, area, order, maps, len(pages)))
    rows = table_rows(layers, area.listed)
    if layout.table is None:
        described = words if any(words.values()) else {}
        pages[1:1] = table_pages(area.code, order, layout.upright, rows, title, described)
    else:
        draw_table(draft, layout.table, rows, layout.groups, layout.row)
    return Sheet(title, pages, _report(layers, area, order, maps, len(pages)))


def _area(layers: DistrictLayers, ea: pd.Series, language: Language) -> AreaOfSheet:
    code = str(ea["ea_code"])
    listed = np.flatnonzero(layers.buildings.columns["ea_code"] == code)
    standing = listed[~shapely.is_missing(layers.buildings.shapes[listed])]
    serial = str(ea["serial"])
    cuts = cuts_of(layers, standing)
    towers = towers_of(layers, cuts.own[cuts.above])
    return AreaOfSheet(
        ea, code, serial, say("ea", language, serial=serial), ea["geometry"],
        shapely.boundary(ea["geometry"]), listed, standing, round_of(layers, code, listed),
        cuts, tuple(towers),
    )  # fmt: skip


def _map_page(around: Surround, one: MapOfSheet) -> DisplayList:
    """Draw one map with everything around it."""
    layers, order = around.layers, around.order
    layout, view = one.layout, one.view
    page = DisplayList(layout.width, layout.height, code_box=layout.code)
    draft = Draft(page, order.face, order.language)
    page.maps.append(view.on_page)
    pictured = bool(order.images)
    picture = picture_of(order, layers, view, around.area.shape) if pictured else None
    if picture is not None:
        page.items.append(picture)
    page.clip(frame_rings(view))
    symbols = _draw_inside(page, around, view, imagery=picture is not None)
    symbols |= draw_disputes(page, layers, view) | one.symbols
    page.items += one.overlay.items
    page.unclip()
    page.rectangle(layout.frame, pen=style.FRAME)
    draw_surround(draft, around, one, unpictured=pictured and picture is None)
    legend(draft, layout.legend, symbols)
    return page


def _draw_inside(page: DisplayList, around: Surround, view: View, *, imagery: bool) -> set[str]:
    """Ground, round, buildings and lines of a map; the symbols drawn."""
    layers, area, kind = around.layers, around.area, around.order.kind
    ground = ground_of(layers, view, area.standing, imagery=imagery)
    ground.faint = kind == "base"
    band = band_of(area.shape, view)
    if kind == "blank" and not imagery:
        page.polygons(view.polygons(np.array([band])), fill=style.BAND)
    else:
        draw_ground(page, ground, band)
    if kind == "plan":
        draw_round(page, layers, area.round, legs_of(layers, area.shape, area.round), view)
    if kind != "blank":
        draw_own(page, layers, ground, area.standing)
    symbols = ground.symbols
    if kind == "plan":
        symbols |= draw_cuts(page, area.cuts, view)
    else:
        grid_lines(page, view.frame)
    return symbols | draw_lines(page, layers, area.outline, view)


def _report(
    layers: DistrictLayers, area: AreaOfSheet, order: Order, maps: Sequence[MapOfSheet], pages: int
) -> SheetReport:
    labels = layers.buildings.columns["number"]
    wanted, lost, led_out = placed_on(maps)
    dropped = sorted({str(labels[row]) for row in area.standing[lost]})
    main, drawn = maps[0], order.kind == "plan"
    listed = area.listed if drawn else area.listed[:0]  # a base sheet has an empty list
    report = SheetReport(area.code, 0, pages, main.view.scale, order.paper.name, main.view.ground)
    return replace(
        report,
        numbers=int((wanted & ~lost).sum()), led_out=int(led_out.sum()), dropped=tuple(dropped),
        others=sum(one.done.others for one in maps),
        others_dropped=sum(one.done.others_dropped for one in maps),
        least_size=min(one.done.least_size for one in maps),
        rows=len(listed), placeless=len(listed) - int(drawn) * len(area.standing), details=len(maps) - 1,
        others_shown=tuple((one.view.scale, one.view.ground) for one in maps[1:]),
    )  # fmt: skip
