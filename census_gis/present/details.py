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
from census_gis.present.layout import Layout
from census_gis.present.lettering import (
    Lettered,
    letter_around,
    letter_numbers,
    lettered_frame,
    lettering_of,
)  # fmt: skip
from census_gis.present.order import Order
from census_gis.present.panels import Match, draw_matches
from census_gis.present.reference_grid import draw_grid, grid_of
from census_gis.present.route import draw_arrows, draw_start, draw_turns, legs_of
from census_gis.present.terrain import DWELLINGS
from census_gis.present.view import View

__all__ = [
    "AreaOfSheet", "MapOfSheet", "letter_maps", "main_map", "number_map", "placed_on",
]  # fmt: skip


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
    number_map(layers, area, order, main)
    return main


def letter_maps(
    layers: DistrictLayers, area: AreaOfSheet, order: Order, maps: Sequence[MapOfSheet]
) -> None:
    """All other words of the maps of a sheet, once their numbers stand where they stay."""
    for one in maps:
        _letter(layers, area, order, one)


def placed_on(
    maps: Sequence[MapOfSheet],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """What became of the numbers of a sheet, one flag for each building that stands somewhere.

    Returns
    -------
    wanted, lost, led_out
        Whether a building is to be numbered at all; whether no map has its number; whether its number stands
        beside it wherever it stands: one that is on its building on a detail map is not led out.
    """
    wanted, on, beside = (np.zeros(len(maps[0].wanted), dtype=bool) for _ in range(3))
    for one in maps:
        led = np.zeros(len(wanted), dtype=bool)
        led[one.done.beside] = True
        placed = one.wanted.copy()
        placed[one.done.dropped] = False
        wanted |= one.wanted
        beside |= placed & led
        on |= placed & ~led
    return wanted, wanted & ~(on | beside), beside & ~on


def number_map(layers: DistrictLayers, area: AreaOfSheet, order: Order, one: MapOfSheet) -> None:
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
    table = layers.buildings.columns
    hatched = ~np.isin(table["use"][area.standing].astype(str), DWELLINGS)
    hatched |= table["gone"][area.standing]  # crossed out
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
