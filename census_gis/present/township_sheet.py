"""Compose the sheet of a township: its districts and their EAs, offices, main roads, the list of books.

It is what a township's office pins to the wall: which district lies where, how many EAs and persons it
has, and which file holds its sheets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.present import style
from census_gis.present.building_table import BACK_ROW
from census_gis.present.display import Box, DisplayList, Type
from census_gis.present.fonts import tidy
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
from census_gis.present.labels import Board, Placed, anchors_of, beside, within
from census_gis.present.layers import SAME_LINE_M
from census_gis.present.layout import ROW, list_page
from census_gis.present.lettering import Lettered, landmarks, lattice, streets, waters
from census_gis.present.listing import Column, capacity, draw_listing
from census_gis.present.order import Order, notes
from census_gis.present.overview import (
    Overview,
    OverviewNeeds,
    arrange_overview,
    overview_paper,
)
from census_gis.present.reference_grid import draw_grid, grid_of
from census_gis.present.sheet import Sheet, SheetReport
from census_gis.present.style import BLACK
from census_gis.present.surroundings import Surroundings, Tables, layer_of, surroundings_of
from census_gis.present.terrain import Ground, draw_ground, frame_rings
from census_gis.present.titles import places_of, said_in_full
from census_gis.present.view import View, fit
from census_gis.present.words import grouped, say

__all__ = ["Volume", "in_two", "township_sheet"]

REACH_M = 300.0
NAME_SIZES = (12.0, 10.0, 8.0, 6.5)
LINE_MM = 1.12 * 25.4 / 72  # from line to line, for each point of size
# Committees' names fall into the place and the kind of committee; a line begins with the latter.
KINDS = ("居民委员会", "村民委员会", "居委会", "村委会")
CODE_SIZES = (10.0, 8.0, 6.0)
GROUP_MM = 118.0
# Roads finer than these make no map but a grey patch at a scale smaller than this.
FINE_SCALE = 10_000
TITLE = Text("{name}: census districts", "{name}普查区分布图")
LIST = Text("{name}: census districts", "{name}普查区一览")
CODE = Text("Township code", "乡级代码")
FILE = Text("Map book", "图册")
LIST_BEHIND = Text("List of districts: next page", "普查区一览见下页")


class Volume(NamedTuple):
    """The book of a district: its file and how many pages it has."""

    file: str
    pages: int


class _Township(NamedTuple):
    """What the sheet is about: rows of its districts and EAs, by code, and what lies around."""

    code: str
    name: str
    districts: Any
    areas: Any
    around: Surroundings
    crs: Any


def township_sheet(
    tables: Tables, code: str, order: Order, volumes: Mapping[str, Volume] | None = None
) -> Sheet:
    """The map of a township's districts and the list of their books.

    Parameters
    ----------
    tables
        Layers of a plan: districts, enumeration_areas, settings, units and context, at least those
        around the township.
    code
        First digits of its districts' codes (nine in the statistical division code).
    order
        Paper, language and type; rule `sheet.overview_paper` may ask for larger paper.
    volumes
        Books by district code; without them the list leaves these columns empty.

    Raises
    ------
    InputError
        When the plan has no district with such a code.
    """
    town = _read(tables, code, order)
    order = replace(order, paper=overview_paper(order.paper, _settings(tables)))
    bounds = shapely.total_bounds(town.districts.geometry.to_numpy())
    layout, view = arrange_overview(
        order.paper,
        lambda frame: fit(tuple(bounds), frame, margin=5.0),
        OverviewNeeds(len(town.districts), group=GROUP_MM),
    )
    page = DisplayList(layout.width, layout.height, code_box=layout.code)
    draft = Draft(page, order.face, order.language, order.noun)
    page.maps.append(view.on_page)
    page.clip(frame_rings(view))
    symbols = _ground(page, town, view) | _lines(page, town, view)
    done, seen = _letter(draft, town, view)
    page.unclip()
    page.rectangle(layout.frame, pen=style.FRAME)
    _surround(draft, town, order, layout, view)
    legend(draft, layout.legend, symbols | seen)
    rows = _rows(town, volumes or {})
    pages = [page]
    if layout.table is not None:
        _table(draft, layout.table, rows, layout.groups)
    else:
        pages += _list_pages(town, order, layout.upright, rows)
    report = SheetReport(
        code, 0, len(pages), view.scale, order.paper.name, view.ground, numbers=done.numbers,
        led_out=done.led_out, dropped=tuple(str(town.districts["district_code"].iloc[i]) for i in done.dropped),
        others=done.others, others_dropped=done.others_dropped, least_size=done.least_size, rows=len(rows),
    )  # fmt: skip
    return Sheet(TITLE.format(name=town.name).of(order.language), pages, report)


def _settings(tables: Tables) -> dict[str, str]:
    frame = tables["settings"]
    known = frame.loc[frame["value"].notna()]
    return dict(zip(known["key"].astype(str), known["value"].astype(str), strict=True))


def _read(tables: Tables, code: str, order: Order) -> _Township:
    districts = tables["districts"]
    standing = ~(districts.geometry.isna() | districts.geometry.is_empty)
    own = districts.loc[standing & districts["district_code"].astype(str).str.startswith(code)]
    if not len(own):
        raise InputError(
            Text(f"there is no district of township {code} with a boundary.", f"没有 {code} 乡镇带边界的普查区。"),
            where="districts", rows=[code],
            fix=Text("give the first digits of codes of the layer 'districts'.",
                     "请给出 districts 图层中代码的前几位。"),
        )  # fmt: skip
    own = own.sort_values("district_code", kind="stable")
    areas = tables["enumeration_areas"]
    mine = areas["district_code"].isin(own["district_code"]) & (areas["kind"] == "ground")
    west, south, east, north = own.total_bounds
    more = max(REACH_M, 0.5 * max(east - west, north - south))
    reach = shapely.box(west - more, south - more, east + more, north + more)
    names = places_of(tables.get("units"), [str(own["district_code"].iloc[0])])[0]
    return _Township(
        code, said_in_full(names, order.language) or code, own,
        areas.loc[mine].sort_values("ea_code", kind="stable"), surroundings_of(tables, reach), own.crs,
    )  # fmt: skip


def _ground(page: DisplayList, town: _Township, view: View) -> set[str]:
    """Water, wood, fields, railways and roads; minor roads only where the scale has room."""
    around = town.around
    most = "3" if view.scale <= FINE_SCALE else "2"

    def cut(layer: Any) -> Any:
        rows = layer.inside(view.ground)
        return layer_of(view.cut(layer.shapes[rows]), layer.kind[rows], layer.name[rows])

    roads = around.roads.take(np.flatnonzero(around.roads.kind <= most))
    land = around.land.take(np.flatnonzero(around.land.kind != "compound"))
    nothing = np.empty(0, dtype=object)
    ground = Ground(view, cut(land), cut(around.streams), cut(roads), cut(around.rails), nothing)
    draw_ground(page, ground, None)
    return ground.symbols


def _lines(page: DisplayList, town: _Township, view: View) -> set[str]:
    """EA lines thin, district lines above them, the township's own above these."""
    inner = shapely.line_merge(shapely.union_all(shapely.boundary(town.areas.geometry.to_numpy())))
    outer = shapely.union_all(shapely.boundary(town.districts.geometry.to_numpy()))
    rim = shapely.boundary(shapely.union_all(town.districts.geometry.to_numpy()))
    near, around = (shapely.buffer(one, SAME_LINE_M, cap_style="flat") for one in (outer, rim))
    between = shapely.line_merge(shapely.difference(outer, around))
    page.lines(view.lines(np.array([shapely.difference(inner, near)])), style.TOWNSHIP_SHEET_EA)
    page.lines(view.lines(np.array([between])), style.TOWNSHIP_SHEET_DISTRICT)
    page.lines(view.lines(np.array([rim])), style.OVERVIEW_TOWNSHIP)
    symbols = {"overview_township"} | (set() if between.is_empty else {"overview_district"})
    return symbols | ({"overview_ea"} if len(town.areas) else set())


def _letter(draft: Draft, town: _Township, view: View) -> tuple[Lettered, set[str]]:
    """Code and name of every district, then offices, roads and water."""
    board, done = Board(view.frame), Lettered()
    board.take(draw_grid(draft, grid_of(view.frame)))
    shapes = view.on_paper(town.districts.geometry.to_numpy())
    codes = town.districts["district_code"].astype(str).tolist()
    names = [_text(name) for name in town.districts["name"]]
    # The smallest first: a large one has other places.
    for i in np.argsort(np.round(shapely.area(shapes), 2), kind="stable").tolist():
        _district(
            draft, board, done, i, (codes[i][len(town.code) :] or codes[i], names[i]), shapes[i]
        )
    around = town.around
    office = around.places.take(np.flatnonzero(around.places.kind == "office"))
    seen = landmarks(draft, board, view, replace(around, places=office), done)
    rows = np.flatnonzero(shapely.length(around.streets.shapes) * view.factor > 30.0)
    water = around.land.take(np.flatnonzero(around.land.kind == "water"))
    named = replace(around, streets=around.streets.take(rows), land=water)
    streets(draft, board, view, named, done)
    waters(draft, board, view, named, done)
    return done, seen


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else tidy(str(value))


def _district(
    draft: Draft, board: Board, done: Lettered, i: int, said: tuple[str, str], shape: Any
) -> None:
    """Code over name where both fit, the name on two lines if need be; else the code alone, or led out."""
    code, name = said
    outline, spots = lattice(shape)
    told = [[code, name], [code, *in_two(name)]] if name else []
    for size in NAME_SIZES:
        for lines in told:
            width = max(draft.face.width(line, size) for line in lines)
            at = within(board, outline, spots, (width, size), 1.12 * len(lines))
            if at is not None:
                _stack(draft, at, lines)
                _count(done, size)
                return
    for size in CODE_SIZES:
        width = draft.face.width(code, size)
        at = within(board, outline, spots, (width, size))
        if at is not None:
            draft.page.text((at.x, at.y), code, Type(size, BLACK, 0.6, True), anchor="cm")
            _count(done, size)
            return
    starts = np.concatenate([spots, anchors_of(shape, spots[0])])
    at = beside(board, starts, 0.5, draft.face.width(code, CODE_SIZES[-1]), 0)
    if at is None or at.leader is None:
        done.dropped.append(i)
        return
    draft.page.segments([(*at.leader, at.x, at.y)], style.LEADER)
    draft.page.text((at.x, at.y), code, Type(at.size, BLACK, 0.6, True), anchor="cm")
    done.led_out += 1
    _count(done, at.size)


def in_two(name: str) -> list[str]:
    """A name on two lines: before the kind of committee, else nearest the middle; Latin words stay whole."""
    middle = len(name) / 2
    places = [i for i in range(1, len(name)) if name[i] == " " or not name[i - 1 : i + 1].isascii()]
    places = [i for i in places if name[i] == " " or " " not in name] or [0]
    kind = max(name.rfind(one) for one in KINDS)
    at = kind if kind > 1 else min(places, key=lambda i: abs(i - middle))
    return [line for line in (name[:at].strip(), name[at:].strip()) if line]


def _stack(draft: Draft, at: Placed, lines: Sequence[str]) -> None:
    """Lines one under the other around a point, the first in bold."""
    top = at.y + 0.5 * (len(lines) - 1) * LINE_MM * at.size
    for i, line in enumerate(lines):
        type_ = Type(at.size, BLACK, 0.7, i == 0)
        draft.page.text((at.x, top - i * LINE_MM * at.size), line, type_, anchor="cm")


def _count(done: Lettered, size: float) -> None:
    done.numbers += 1
    done.least_size = min(done.least_size, size)


def _surround(draft: Draft, town: _Township, order: Order, layout: Overview, view: View) -> None:
    language = order.language
    under = f"{CODE.of(language)} {grouped(town.code)}"
    title = TITLE.format(name=town.name).of(language)
    header(draft, layout.header, title, under, order.secrecy)
    box = Box(layout.header.x0, layout.header.y0 + 1.2, layout.header.x1, layout.header.y0 + 10.2)
    districts = town.districts
    identification(draft, box, [
        (say("district", language), f"{len(districts):,}", 2.0),
        (say("eas", language), f"{int(districts['ea_count'].sum()):,}", 2.0),
        (say("persons", language, noun=order.noun), _sum(districts["persons"]), 2.0),
    ])  # fmt: skip
    scale_bar(draft, layout.scale, view)
    north_arrow(draft, layout.scale.x1 - 5.0, layout.scale.y1 - 13.5)
    if layout.notes is not None:
        draft.page.rectangle(layout.notes, pen=style.GRID)
        at = (layout.notes.x0 + 1.5, layout.notes.y1 - 3.6)
        draft.page.text(at, say("notes", language), style.SMALL)
    signs(draft, layout.signs, ("drafter", "checker", "date"))
    lines = notes(town.crs, order)
    hint = [LIST_BEHIND.of(language)] if layout.table is None else []
    foot(draft, layout.foot, [lines[0], "  ".join([*lines[1:], *hint])])


def _sum(counts: pd.Series) -> str:
    """A total, '—' where a district's count is not known."""
    return "—" if counts.isna().any() else f"{int(counts.sum()):,}"


def _rows(town: _Township, volumes: Mapping[str, Volume]) -> list[tuple[str, ...]]:
    """Code, name, EAs, persons, file and pages of every district."""
    found: list[tuple[str, ...]] = []
    for d in town.districts.itertuples():
        volume = volumes.get(str(d.district_code))
        file, pages = ("", "") if volume is None else (volume.file, f"{volume.pages:,}")
        persons = "—" if pd.isna(d.persons) else f"{int(d.persons):,}"
        serial = str(d.district_code)[len(town.code) :] or str(d.district_code)
        found.append((serial, _text(d.name), f"{int(d.ea_count):,}", persons, file, pages))
    return found


def _table(draft: Draft, box: Box, rows: Sequence[Sequence[str]], groups: int) -> None:
    draw_listing(draft.page, box, _columns(draft), rows, groups=groups, row=ROW, face=draft.face)


def _columns(draft: Draft) -> list[Column]:
    language = draft.language
    return [
        Column(say("code", language), 10.0), Column(say("name", language), 0.0, "l"),
        Column(say("eas", language), 13.0), Column(say("persons", language, noun=draft.noun), 13.0),
        Column(FILE.of(language), 25.0), Column(say("pages", language), 9.0),
    ]  # fmt: skip


def _list_pages(
    town: _Township, order: Order, upright: bool, rows: Sequence[Sequence[str]]
) -> list[DisplayList]:
    """The list on pages of its own."""
    layout = list_page(order.paper, upright)
    box = Box(layout.inner.x0, layout.foot.y1 + 2, layout.inner.x1, layout.header.y0)
    groups = max(1, int(box.width // GROUP_MM))
    room = capacity(box, groups, BACK_ROW)
    pages = []
    for start in range(0, len(rows), room):
        page = DisplayList(layout.width, layout.height, code_box=layout.code)
        draft = Draft(page, order.face, order.language, order.noun)
        more = f" {say('continued', order.language)}" if start else ""
        title = LIST.format(name=town.name).of(order.language) + more
        under = f"{CODE.of(order.language)} {grouped(town.code)}"
        header(draft, layout.header, title, under, order.secrecy)
        some = rows[start : start + room]
        used = Box(box.x0, box.y1 - (-(-len(some) // groups) + 1) * BACK_ROW - 1e-6, box.x1, box.y1)
        draw_listing(
            page, used, _columns(draft), some, groups=groups, row=BACK_ROW, face=order.face
        )
        foot(draft, layout.foot, notes(town.crs, order))
        pages.append(page)
    return pages
