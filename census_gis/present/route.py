"""The enumerator's round on a map: dotted from building to building, with arrows and its start.

It is drawn from the column `visit`, below the buildings, so that it hides none; it tells the order, not the
path somebody walks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.present import style
from census_gis.present.display import Box, DisplayList, Rings
from census_gis.present.furniture import Draft, start_sign
from census_gis.present.labels import Board
from census_gis.present.layers import DistrictLayers
from census_gis.present.view import View

__all__ = ["draw_arrows", "draw_round", "draw_start", "round_of"]

Points = NDArray[np.float64]
ARROW_EACH_MM = 30.0
ARROW_MM = 2.2
START_MM = 4.0
# An arrow may stand this far from its place, off the buildings [mm], in steps of one.
SHIFT_MM = 12
# Distances at which the start sign is tried around its building [mm beyond its edge], and turns.
REACHES = (0.5, 1.5, 3.0, 5.0, 8.0)
TURNS = 12


def round_of(layers: DistrictLayers, code: str, listed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of an EA's standing buildings in the order of the round; none where it has no round."""
    parts = layers.parts
    none = np.empty(0, dtype=np.int64)
    if "visit" not in parts:
        return none
    own = parts.loc[(parts["ea_code"] == code).to_numpy() & parts["visit"].notna().to_numpy()]
    if not len(own):
        return none
    named = own["building_id"].fillna(own["part_id"]).astype(str)
    keys = np.where(named == "", own["part_id"].astype(str), named)
    order = np.argsort(own["visit"].to_numpy(dtype=float), kind="stable")
    first: dict[str, int] = {}
    for place, key in enumerate(keys[order].tolist()):
        first.setdefault(key, place)
    places = np.array([first.get(key, -1) for key in layers.buildings.rows["key"].iloc[listed]])
    known = (places >= 0) & ~shapely.is_missing(layers.buildings.shapes[listed])
    return listed[known][np.argsort(places[known], kind="stable")]


def draw_round(page: DisplayList, layers: DistrictLayers, rows: NDArray[Any], view: View) -> None:
    """The round as a dotted line through the middles of its buildings."""
    if len(rows) > 1:
        xy = view.points(layers.buildings.points[rows])
        page.lines(Rings(xy, np.array([len(xy)])), style.ROUTE_PEN)


def draw_arrows(draft: Draft, board: Board, xy: Points) -> bool:
    """Arrows along a round [mm], one each 30 mm, on open ground; whether any was drawn.

    Parameters
    ----------
    board
        Knows the EA's buildings and what is taken already; the arrows take their place on it.
    """
    if len(xy) < 2:
        return False
    line = shapely.LineString(xy)
    shifts = np.array(sorted(range(-SHIFT_MM, SHIFT_MM + 1), key=abs), dtype=float)
    drawn = False
    for at in np.arange(ARROW_EACH_MM / 2, line.length, ARROW_EACH_MM):
        tries = np.clip(at + shifts, 0, line.length)
        around = shapely.line_interpolate_point(line, [tries, tries + 0.1, tries - 0.1])
        middle, ahead, back = shapely.get_coordinates(around).reshape(3, -1, 2)
        boxes = np.concatenate([middle - ARROW_MM / 2, middle + ARROW_MM / 2], axis=1)
        n = board.first(boxes)
        if n < 0:
            continue
        board.take([Box(*boxes[n].tolist())])
        _arrow(draft.page, middle[n], ahead[n] - back[n])
        drawn = True
    return drawn


def _arrow(page: DisplayList, middle: Points, way: Points) -> None:
    """A filled arrow head pointing along `way`."""
    length = float(np.hypot(*way))
    if length == 0.0:
        return
    u = way / length * ARROW_MM
    side = np.array([-u[1], u[0]]) * 0.45
    xy = np.array(
        [middle + u * 0.5, middle - u * 0.5 + side, middle - u * 0.25, middle - u * 0.5 - side]
    )
    page.polygons(Rings(xy, np.array([4])), fill=style.ARROW)


def draw_start(draft: Draft, board: Board, xy: Points, radius: float) -> bool:
    """The start sign beside the first building of a round, where there is room; whether it was drawn.

    Parameters
    ----------
    xy
        Middle of that building [mm].
    radius
        Half its width [mm].
    """
    half = START_MM / 2 + 0.4
    turns = 2 * np.pi * np.arange(TURNS) / TURNS + np.pi * 0.75
    best: tuple[int, float, float] | None = None
    for reach in REACHES:
        far = radius + reach + half
        for turn in turns:
            x, y = float(xy[0] + far * np.cos(turn)), float(xy[1] + far * np.sin(turn))
            box = Box(x - half, y - half, x + half, y + half)
            if board.free([box]):
                price = board.price(box, 0)
                if best is None or price < best[0]:
                    best = (price, x, y)
        if best is not None and best[0] == 0:
            break
    if best is None or best[0]:
        return False
    _, x, y = best
    board.take([Box(x - half, y - half, x + half, y + half)])
    start_sign(draft, x, y, START_MM)
    return True
