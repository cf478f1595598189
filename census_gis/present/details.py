"""The maps of one EA's sheet: the main one, and details where numbers are crowded."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.present.cuts import Cuts, letter_cuts
from census_gis.present.display import Box, DisplayList
from census_gis.present.furniture import Draft
from census_gis.present.labels import Board, Numbers
from census_gis.present.ladder import Tower
from census_gis.present.layers import DistrictLayers
from census_gis.present.layout import Layout, plain_page
from census_gis.present.lettering import (
    Lettered,
    letter_around,
    letter_numbers,
    lettered_frame,
    lettering_of,
)  # fmt: skip
from census_gis.present.order import Order
from census_gis.present.panels import Match, draw_matches, is_long, panels_of
from census_gis.present.placing import nearest
from census_gis.present.reference_grid import draw_grid, grid_of
from census_gis.present.route import draw_arrows, draw_start, draw_turns, legs_of
from census_gis.present.terrain import DWELLINGS
from census_gis.present.view import CLOSE_SCALES, View, fit

__all__ = [
    "AreaOfSheet", "MapOfSheet", "is_crowded", "letter_maps", "main_map", "maps_of", "too_many_led_out",
]  # fmt: skip

DETAIL_MARGIN = 14.0
# How much of a map one detail map takes at most (share of its width and height), so its scale is larger.
DETAIL_SHARE = 0.45
# Neighbouring buildings stand this far apart on a detail [mm]: a number of 6 pt and a little air.
ROOM_MM = 7.0
MOST_FACTOR = 2.0  # 1:500
EXTENT_MARGIN = 1.5
# A detail is made at a scale this much larger at least, when a number has no place or when
# more numbers than this stand beside their houses.
LEAST_GAIN = 1.2
MOST_GAIN = 20  # larger, a reader no longer finds the place of a detail on its map
MOST_ASIDE = 5
ASIDE_SHARE = 0.15
# With more numbers led out than these, a sheet goes on larger paper, then is divided.
FEW_LED_OUT = 3
LED_OUT_SHARE = 0.05


@dataclass
class MapOfSheet:
    """One map of a sheet: the main one or a detail.

    `ground` is what numbers are placed by: a board without words that knows whose building is where, and the
    numbers of all buildings.
    """

    letter: str
    layout: Layout
    view: View
    wanted: NDArray[np.bool_]
    windows: list[tuple[str, tuple[float, float, float, float]]] = field(default_factory=list)
    matches: tuple[Match, ...] = ()
    overlay: DisplayList = field(default_factory=lambda: DisplayList(0, 0))
    done: Lettered = field(default_factory=Lettered)
    symbols: set[str] = field(default_factory=set)
    board: Board = field(init=False, repr=False)
    ground: tuple[Board, Numbers] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class AreaOfSheet:
    """The EA of a sheet: its row, shape, the rows of its buildings and of those that stand somewhere.

    `round` are rows in the order they are visited, `cuts` what it shares with other EAs, `towers` the
    buildings it shares by floors.
    """

    row: pd.Series
    code: str
    serial: str
    name: str
    shape: Any
    outline: Any
    listed: NDArray[np.int64]
    standing: NDArray[np.int64]
    round: NDArray[np.int64]
    cuts: Cuts
    towers: tuple[Tower, ...]


def main_map(
    layers: DistrictLayers, area: AreaOfSheet, order: Order, layout: Layout, view: View
) -> MapOfSheet:
    """The map of a whole EA with its building numbers, as many of them as find a place."""
    every = np.full(len(area.standing), order.kind == "plan")
    main = MapOfSheet("", layout, view, every)
    _number(layers, area, order, main)
    return main


def maps_of(
    layers: DistrictLayers,
    area: AreaOfSheet,
    order: Order,
    main: MapOfSheet,
    *,
    divide: bool = True,
) -> list[MapOfSheet]:
    """The main map and as many others as it takes to number every building; all other words come later.

    A long EA, or one with many numbers led out, is divided into maps that meet in match lines; a crowded place
    gets a detail map.

    Parameters
    ----------
    layers
        The district around the EA.
    area
        The EA.
    order
        Paper, language and type.
    main
        See `main_map`; it comes first.
    divide
        Whether the EA may be divided.

    Returns
    -------
    list of MapOfSheet
        Every building standing somewhere is `wanted` on exactly one of them.
    """
    maps = [main]
    upright = main.layout.upright
    pages = [plain_page(order.paper, way) for way in (upright, not upright)]
    points = layers.buildings.points[area.standing]
    spacing = nearest(points)
    letters = list(reversed(string.ascii_uppercase))
    for one in maps:  # grows while details are found to be needed
        if one is not main:
            _number(layers, area, order, one)
        if divide and one is main and _divided(layers, area, maps, pages):
            del letters[len(letters) - (len(maps) - 1) :]
            _number(layers, area, order, one)
        # The undivided map of a sheet that may still be divided is not looked at so closely.
        apart = None if one is main and not divide else spacing
        while (crowded := _crowded(one, apart)) and letters:
            left = np.zeros(len(area.standing), dtype=bool)
            left[crowded] = True
            before = len(maps)
            scales = tuple(s for s in CLOSE_SCALES[2:] if s * MOST_GAIN >= one.view.scale)
            while left.any() and letters:
                near = _near(layers, area, one, np.flatnonzero(left))
                views = [
                    fit(near, page.frame, margin=DETAIL_MARGIN, scales=scales) for page in pages
                ]
                detail, window = min(zip(pages, views, strict=True), key=lambda one: one[1].scale)
                if window.scale * LEAST_GAIN > one.view.scale:
                    break  # no larger scale to be had: what is dropped is reported
                inside = _within(points, window.ground)
                letter = letters.pop()
                maps.append(MapOfSheet(letter, detail, window, inside & one.wanted))
                one.windows.append((letter, _extent(layers, area, one, inside)))
                one.wanted = one.wanted & ~inside
                left &= ~inside
            if len(maps) == before:
                break
            _number(layers, area, order, one)
    return maps


def letter_maps(
    layers: DistrictLayers, area: AreaOfSheet, order: Order, maps: Sequence[MapOfSheet]
) -> None:
    """All other words of the maps of a sheet, once their numbers stand where they stay."""
    for one in maps:
        _letter(layers, area, order, one)


def is_crowded(main: MapOfSheet) -> bool:
    """Whether numbers of a main map have no place, or many stand far from their houses."""
    return bool(_crowded(main))


def too_many_led_out(area: AreaOfSheet, maps: Sequence[MapOfSheet]) -> int:
    """How many more numbers stand beside their buildings than a sheet should have; 0 for none."""
    led_out = sum(one.done.led_out for one in maps)
    return max(0, led_out - int(max(FEW_LED_OUT, LED_OUT_SHARE * len(area.standing))))


def _divided(
    layers: DistrictLayers, area: AreaOfSheet, maps: list[MapOfSheet], pages: list[Layout]
) -> bool:
    """Divide the EA, if its only map so far is crowded and long, or many numbers are led out."""
    main = maps[0]
    wanted = is_long(area.shape.bounds) if is_crowded(main) else too_many_led_out(area, [main])
    if not wanted:
        return False
    points = layers.buildings.points[area.standing]
    for letter, panel in zip(
        string.ascii_uppercase, panels_of(area.shape, points, pages, main.view.scale), strict=False
    ):
        one = MapOfSheet(letter, panel.layout, panel.view, panel.inside & main.wanted)
        one.matches = panel.matches
        main.windows.append((letter, panel.extent))
        maps.append(one)
    if len(maps) > 1:
        main.wanted = np.zeros(len(area.standing), dtype=bool)
    return len(maps) > 1


def _crowded(one: MapOfSheet, spacing: NDArray[np.float64] | None = None) -> list[int]:
    """Numbers that want a larger scale: those without a place, else those beside their houses if many.

    Parameters
    ----------
    spacing
        Ground from each building to the next [m]: many numbers led out among houses close together want a
        larger scale too, those of lone houses do not.
    """
    numbers, done = int(one.wanted.sum()), one.done
    many = len(done.aside) > max(MOST_ASIDE, ASIDE_SHARE * numbers)
    found = done.dropped or (done.aside if many else [])
    if found or spacing is None:
        return found
    close = [i for i in done.beside if spacing[i] * one.view.factor < ROOM_MM]
    return close if len(close) > max(MOST_ASIDE, LED_OUT_SHARE * numbers) else []


def _extent(
    layers: DistrictLayers, area: AreaOfSheet, one: MapOfSheet, inside: NDArray[np.bool_]
) -> tuple[float, float, float, float]:
    """The ground around the buildings a detail takes over from a map, and a little more."""
    taken = area.standing[one.wanted & inside]
    west, south, east, north = shapely.total_bounds(layers.buildings.shapes[taken])
    more = EXTENT_MARGIN / one.view.factor
    return float(west - more), float(south - more), float(east + more), float(north + more)


def _within(
    points: NDArray[np.float64], ground: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    west, south, east, north = ground
    x, y = points.T
    return (x > west) & (x < east) & (y > south) & (y < north)


def _near(
    layers: DistrictLayers, area: AreaOfSheet, one: MapOfSheet, left: NDArray[np.int64]
) -> tuple[float, float, float, float]:
    """The ground of a detail: the northernmost crowded number and the buildings near it.

    As much of the map as leaves neighbouring crowded numbers room, and `DETAIL_SHARE` of it at most, so
    that a hamlet in a wide valley has one detail and not a chain of them.
    """
    rows = area.standing[one.wanted]
    points = layers.buildings.points[rows]
    crowded = layers.buildings.points[area.standing[left]]
    order = np.lexsort((crowded[:, 0], -crowded[:, 1]))
    first = crowded[order[0]]
    far = nearest(points)[np.searchsorted(np.flatnonzero(one.wanted), left)]
    apart = float(np.median(np.where(np.isinf(far), 0.0, far)))
    k = max(one.view.factor / DETAIL_SHARE, min(ROOM_MM / max(apart, 0.1), MOST_FACTOR))
    width, height = one.view.frame.width / k, one.view.frame.height / k
    south_of = (first[1] - crowded[:, 1]) <= height
    # Of all windows with the first in them, the one over most crowded numbers, the westernmost first.
    starts = np.sort(
        crowded[south_of & (crowded[:, 0] <= first[0]) & (crowded[:, 0] >= first[0] - width), 0]
    )
    x = crowded[south_of, 0]
    counts = ((x >= starts[:, None]) & (x <= starts[:, None] + width)).sum(axis=1)
    west = float(starts[int(np.argmax(counts))])
    near = (
        (points[:, 0] >= west) & (points[:, 0] <= west + width)
        & (points[:, 1] <= first[1] + 1e-6) & (points[:, 1] >= first[1] - height)
    )  # fmt: skip
    west, south, east, north = shapely.total_bounds(layers.buildings.shapes[rows[near]])
    return float(west), float(south), float(east), float(north)


def _number(layers: DistrictLayers, area: AreaOfSheet, order: Order, one: MapOfSheet) -> None:
    """Place the building numbers of a map, from an empty board."""
    one.overlay = DisplayList(one.layout.width, one.layout.height)
    draft = Draft(one.overlay, order.face, order.language)
    if one.ground is None:
        one.ground = lettering_of(one.view, layers, area.standing, area.outline)
    clean, numbers = one.ground
    one.board = clean.cleared()
    one.board.take(draw_grid(draft, grid_of(one.view.frame)))
    for letter, (west, south, east, north) in one.windows:
        (x0, y0), (x1, y1) = one.view.points(np.array([(west, south), (east, north)])).tolist()
        lettered_frame(draft, one.board, Box(x0, y0, x1, y1), letter)
    hatched = ~np.isin(layers.buildings.columns["use"][area.standing].astype(str), DWELLINGS)
    one.done = letter_numbers(draft, one.board, numbers, one.wanted, hatched=hatched)


def _letter(layers: DistrictLayers, area: AreaOfSheet, order: Order, one: MapOfSheet) -> None:
    """All other words, once the numbers of a map stand where they stay."""
    draft = Draft(one.overlay, order.face, order.language)
    symbols: set[str] = set()
    draw_matches(draft, one.board, one.view, one.matches, string.ascii_uppercase)
    if order.kind == "plan":
        letter_cuts(draft, one.board, layers, area.cuts, one.view, one.done)
        symbols = _round(draft, layers, area, one)
    one.symbols = symbols | letter_around(draft, one.board, one.view, layers, one.done, area.code)
    if one.windows:
        one.symbols.add("detail")


def _round(draft: Draft, layers: DistrictLayers, area: AreaOfSheet, one: MapOfSheet) -> set[str]:
    """Start and arrows of the round, where the EA has one; the symbols drawn."""
    if not len(area.round):
        return set()
    view = one.view
    xy = view.points(layers.buildings.points[area.round])
    radius = layers.buildings.radius[area.round] * view.factor
    land = view.on_paper(np.array([area.shape]))[0]
    shapely.prepare(land)
    started = draw_start(draft, one.board, xy[0], float(radius[0]), land)
    symbols = {"start"} if started else set()
    legs = legs_of(layers, area.shape, area.round)
    pieces = np.split(xy, np.flatnonzero(~legs) + 1)
    for piece in pieces:
        if draw_arrows(draft, one.board, piece):
            symbols.add("route")
    if len(pieces) > 1 and draw_turns(draft, one.board, xy, radius, legs, land):
        symbols.add("turn")
    return symbols
