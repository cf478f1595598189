"""How many maps the sheet of an EA takes: details of crowded places, or panels of a divided EA.

The main map keeps the numbers that stand on it. Only the most compact group of houses whose numbers have no
place, or stand beside them, gets a detail map; so on until few numbers of the sheet are led out.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.present.details import AreaOfSheet, MapOfSheet, number_map, placed_on
from census_gis.present.display import Box
from census_gis.present.layers import DistrictLayers
from census_gis.present.layout import Layout, detail_page
from census_gis.present.order import Order
from census_gis.present.panels import is_long, panels_of
from census_gis.present.view import CLOSE_SCALES, View, fit

__all__ = ["MOST_MAPS", "Trouble", "detailed_maps", "maps_of", "trouble_of"]

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
DETAIL_MARGIN = 14.0
EXTENT_MARGIN = 1.5
# More numbers led out than these, and a sheet needs larger paper, details or panels.
FEW_LED_OUT = 3
LED_OUT_SHARE = 0.05
# An EA that takes more detail maps than these for its led-out numbers is better divided into panels.
MOST_DETAILS = 8
# Half the width of a building on which three digits of 6 pt stand in any direction [mm].
LEGIBLE_MM = 2.0
EASY_MM = 3.0  # the same for 8.5 pt: a detail needs no larger scale
MOST_FACTOR = 2.0  # 1:500; a number without a place may want more
# A detail is this much larger at least, and this much at most: larger, a reader no longer finds its place.
LEAST_GAIN, MOST_GAIN = 1.2, 20
# What a detail may hold is measured at a scale this much larger than its map's, at least.
GAIN = 1.5
MOST_SEEDS = 100
MOST_MAPS = 1 + len(string.ascii_uppercase)  # every map but the main one has a letter


class Trouble(NamedTuple):
    """How far a sheet is from the best, the worst first.

    Numbers on no map, numbers led out beyond what is allowed, maps, numbers the main map leaves to
    others, numbers led out.
    """

    lost: int
    excess: int
    maps: int
    moved: int
    led_out: int

    @property
    def settled(self) -> bool:
        """Whether every number has a place and few are led out."""
        return not self.lost and not self.excess


def trouble_of(maps: Sequence[MapOfSheet]) -> Trouble:
    """What is wrong with the maps of a sheet."""
    wanted, lost, led_out = placed_on(maps)
    led = int(led_out.sum())
    allowed = int(max(FEW_LED_OUT, LED_OUT_SHARE * int(wanted.sum())))
    moved = int(wanted.sum() - maps[0].wanted.sum())
    return Trouble(int(lost.sum()), max(0, led - allowed), len(maps), moved, led)


def maps_of(
    layers: DistrictLayers, area: AreaOfSheet, order: Order, main: MapOfSheet
) -> list[MapOfSheet]:
    """The main map and as many others as it takes to number every building; all other words come later.

    Where a few details do not help, the EA is divided into maps that meet in match lines.

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

    Returns
    -------
    list of MapOfSheet
        Every building standing somewhere is `wanted` on one of them at least.
    """
    whole = MapOfSheet("", main.layout, main.view, main.wanted, done=main.done, ground=main.ground)
    detailed = detailed_maps(layers, area, order, [main])
    found = trouble_of(detailed)
    # Details all along an EA do not tell how they meet: parts of it do.
    strung = is_long(area.shape.bounds) and found.maps > 2 and 2 * found.moved > len(area.standing)
    if found.settled and found.maps <= 1 + MOST_DETAILS and not strung:
        return detailed
    panels = _Making(layers, area, order, [whole])
    if not panels.divide():
        return detailed
    panels.add_details()
    parted = trouble_of(panels.maps)
    better = parted[:2] <= found[:2] if strung else parted < found
    return panels.maps if better else detailed


def detailed_maps(
    layers: DistrictLayers, area: AreaOfSheet, order: Order, maps: Sequence[MapOfSheet],
    most: int = MOST_MAPS,
) -> list[MapOfSheet]:  # fmt: skip
    """The maps of an EA that is not divided: the main one and its details, and more details where they help.

    Parameters
    ----------
    maps
        Its maps as they are, the main one first.
    most
        So many maps at most, whatever is wrong with them.
    """
    making = _Making(layers, area, order, list(maps))
    making.add_details(most)
    return making.maps


@dataclass
class _Making:
    """The maps of one sheet while details are added; `panels` of them are parts of a divided EA."""

    layers: DistrictLayers
    area: AreaOfSheet
    order: Order
    maps: list[MapOfSheet]
    panels: int = 0

    @cached_property
    def pages(self) -> tuple[Layout, ...]:
        """Pages a map of its own may have."""
        upright = self.maps[0].layout.upright
        return tuple(detail_page(self.order.paper, way) for way in (upright, not upright))

    @property
    def letter(self) -> str:
        """What the next map is called."""
        return string.ascii_uppercase[len(self.maps) - 1]

    @property
    def points(self) -> NDArray[np.float64]:
        """Where the numbers of the buildings stand [m]."""
        return self.layers.buildings.points[self.area.standing]

    def number(self, one: MapOfSheet) -> None:
        """Place the numbers of a map anew."""
        number_map(self.layers, self.area, self.order, one)

    def divide(self) -> bool:
        """Divide the EA into panels, if that makes maps larger; the main map then has no numbers."""
        main = self.maps[0]
        found = panels_of(self.area.shape, self.points, self.pages, main.view.scale)
        for panel in found:
            letter = self.letter
            one = MapOfSheet(letter, panel.layout, panel.view, panel.inside & main.wanted)
            one.matches = panel.matches
            main.windows.append((letter, panel.extent))
            self.maps.append(one)
        self.panels = len(found)
        if found:
            main.wanted = np.zeros(len(main.wanted), dtype=bool)
        for one in self.maps if found else ():
            self.number(one)
        return bool(found)

    def add_details(self, most: int = MOST_MAPS) -> None:
        """Details for numbers without a place, then for those led out as long as they are too many."""
        tried = 0
        while len(self.maps) < most and tried < len(self.maps):
            trouble = trouble_of(self.maps)
            full = len(self.maps) - self.panels - 1 >= MOST_DETAILS
            if not trouble.lost and (full or not trouble.excess):
                return
            crowds = self._crowds(trouble)
            order = sorted(range(len(crowds)), key=lambda n: (-len(crowds[n]), n))
            tried = 0
            for n in order:  # the most crowded map first
                tried += 1
                aim = (
                    len(crowds[n]) if trouble.lost else _all_of_most(trouble.excess, len(crowds[n]))
                )
                if len(crowds[n]) and self._add(self.maps[n], crowds[n], aim):
                    tried = 0
                    break

    def _crowds(self, trouble: Trouble) -> list[Rows]:
        """For each map the buildings in trouble for which it is the largest one."""
        _, lost, led_out = placed_on(self.maps)
        wrong = lost if trouble.lost else led_out
        both = trouble.lost + trouble.led_out
        if trouble.lost and _all_of_most(trouble.lost + trouble.excess, both) == both:
            wrong = lost | led_out
        scales = np.array([one.view.scale for one in self.maps])[:, None]
        wanted = np.array([one.wanted for one in self.maps])
        finest = np.argmin(np.where(wanted, scales, np.inf), axis=0)
        return [
            np.flatnonzero(wrong & one.wanted & (finest == n)) for n, one in enumerate(self.maps)
        ]

    def _add(self, one: MapOfSheet, crowd: Rows, aim: int) -> bool:
        """Make a detail of some of a crowd; False where no larger scale is to be had, or it is of no use."""
        factor = one.view.factor
        radius = self.layers.buildings.radius[self.area.standing[crowd]]
        wants = np.maximum(
            np.minimum(LEGIBLE_MM / np.maximum(radius, 0.1), MOST_FACTOR), factor * GAIN
        )
        held = float(np.median(wants))
        chosen = _together(
            self.points[crowd], [page.frame.shrunk(DETAIL_MARGIN) for page in self.pages], held, aim
        )
        detail, window = self._window(
            one, crowd[chosen], float(wants[chosen].max()) * EASY_MM / LEGIBLE_MM
        )
        if window.scale * LEAST_GAIN > one.view.scale:
            return False
        inside = _within(self.points, window.ground) & one.wanted
        # A building without its number on this map has to lie in the box that sends to the detail.
        lost = np.zeros(len(inside), dtype=bool)
        lost[one.done.dropped] = True
        rows = np.union1d(crowd[chosen], np.flatnonzero(lost & inside))
        for _ in range(2):  # again, so that the box cuts through few buildings
            box = self._extent(one, rows)
            boxed = _within(self.points, box) & inside
            rows = np.flatnonzero(boxed)
        letter = self.letter
        made = MapOfSheet(letter, detail, window, inside)
        one.windows.append((letter, box))
        one.wanted = one.wanted & ~boxed
        self.maps.append(made)
        self.number(made)
        self.number(one)
        return True

    def _window(self, one: MapOfSheet, rows: Rows, factor: float) -> tuple[Layout, View]:
        """The page and view that show some buildings largest, but no larger than legible [mm for a metre]."""
        bounds = shapely.total_bounds(self.layers.buildings.shapes[self.area.standing[rows]])
        scales = tuple(
            s for s in CLOSE_SCALES
            if s * MOST_GAIN >= one.view.scale and s * factor * 1.001 >= 1000
        )  # fmt: skip
        views = [
            fit(tuple(bounds), page.frame, margin=DETAIL_MARGIN, scales=scales)
            for page in self.pages
        ]
        return min(zip(self.pages, views, strict=True), key=lambda made: made[1].scale)

    def _extent(self, one: MapOfSheet, rows: Rows) -> tuple[float, float, float, float]:
        """The ground around some buildings and a little more: what a map leaves to a detail."""
        shapes = self.layers.buildings.shapes[self.area.standing[rows]]
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        more = EXTENT_MARGIN / one.view.factor
        return west - more, south - more, east + more, north + more


def _all_of_most(aim: int, crowd: int) -> int:
    """How much of a crowd to take: of a hamlet the best part of which has to go, all."""
    return crowd if 2 * aim > crowd else aim


def _within(points: NDArray[np.float64], ground: tuple[float, float, float, float]) -> Flags:
    west, south, east, north = ground
    x, y = points.T
    return (x > west) & (x < east) & (y > south) & (y < north)


def _together(points: NDArray[np.float64], frames: Sequence[Box], factor: float, aim: int) -> Rows:
    """The most compact group of `aim` points, or the largest one, that one of several frames holds.

    Parameters
    ----------
    points
        Where crowded numbers stand [m].
    factor
        Scale at which the frames are filled [mm for a metre].
    """
    ways = np.lexsort((points[:, 0], -points[:, 1]))
    seeds = ways[:: -(-len(ways) // MOST_SEEDS)]
    best: tuple[tuple[int, float], Rows] | None = None
    for frame in frames:
        half = np.array([frame.width, frame.height]) / 2 / factor
        far = (np.abs(points[seeds][:, None] - points[None, ways]) / half).max(axis=2)
        near = np.sort(far, axis=1)
        counts = np.minimum((near <= 1.0).sum(axis=1), aim)
        reach = near[np.arange(len(seeds)), counts - 1]
        n = int(np.lexsort((np.round(reach, 6), -counts))[0])
        chosen = ways[np.argsort(far[n], kind="stable")[: counts[n]]]
        value = (-int(counts[n]), float(np.round(reach[n], 6)))
        if best is None or value < best[0]:
            best = value, np.sort(chosen)
    return best[1] if best is not None else np.empty(0, dtype=np.int64)
