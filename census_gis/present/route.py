"""The enumerator's round on a map: dotted from building to building, with arrows and its start.

It is drawn from the column `visit`, below the buildings, so that it hides none; it tells the order, not the
path somebody walks. A leg that is long, leaves the EA or crosses a wall would mislead: it is left out, and
the pieces of the round are numbered instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.present import style
from census_gis.present.display import Box, DisplayList, Rings
from census_gis.present.furniture import Draft, start_sign, turn_sign
from census_gis.present.labels import Board
from census_gis.present.layers import DistrictLayers
from census_gis.present.view import View

__all__ = ["draw_arrows", "draw_round", "draw_start", "draw_turns", "legs_of", "round_of"]

Points = NDArray[np.float64]
ARROW_EACH_MM = 30.0
ARROW_MM = 2.2
START_MM = 4.0
# An arrow may stand this far from its place, off the buildings [mm], in steps of one.
SHIFT_MM = 12
TURN_MM = 3.2
# A longer leg is no walk from door to door; an EA's line may be this far off its buildings [m].
LONGEST_LEG_M = 150.0
BESIDE_M = 1.0
# Distances at which the start sign is tried around its building [mm beyond its edge], and turns.
REACHES = (0.5, 1.5, 3.0, 5.0, 8.0)
TURNS = 12


def round_of(layers: DistrictLayers, code: str, listed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of an EA's standing buildings in the order of the round; none where it has no round."""
    parts = layers.parts
    none = np.empty(0, dtype=np.int64)
    if "visit" not in parts:
        return none
    visit = parts["visit"].to_numpy(dtype=float, na_value=np.nan)
    own = np.flatnonzero((parts["ea_code"].to_numpy() == code) & ~np.isnan(visit))
    if not len(own):
        return none
    own = own[np.argsort(visit[own], kind="stable")]
    buildings, names = parts["building_id"].to_numpy()[own], parts["part_id"].to_numpy()[own]
    first: dict[str, int] = {}
    for place, (building, part) in enumerate(zip(buildings, names, strict=True)):
        named = isinstance(building, str) and building != ""
        first.setdefault(str(building if named else part), place)
    places = np.array([first.get(key, -1) for key in layers.buildings.columns["key"][listed]])
    known = (places >= 0) & ~shapely.is_missing(layers.buildings.shapes[listed])
    return listed[known][np.argsort(places[known], kind="stable")]


def legs_of(layers: DistrictLayers, shape: Any, rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Which legs of a round a straight line may stand for: short, inside the EA, across no compound's edge.

    Parameters
    ----------
    shape
        The EA [m].
    rows
        Its buildings in the order of the round; a leg begins at each but the last.
    """
    if len(rows) < 2:
        return np.zeros(0, dtype=bool)
    xy = layers.buildings.points[rows]
    lines = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
    good: NDArray[np.bool_] = shapely.length(lines) <= LONGEST_LEG_M
    room = shapely.buffer(shape, BESIDE_M)
    shapely.prepare(room)
    good &= shapely.covers(room, lines)
    land = layers.land
    found = land.inside(tuple(shape.bounds))
    walls = shapely.boundary(land.shapes[found[land.kind[found] == "compound"]])
    for wall in walls:
        shapely.prepare(wall)
        good &= ~shapely.intersects(wall, lines)
    return good


def draw_round(
    page: DisplayList,
    layers: DistrictLayers,
    rows: NDArray[Any],
    legs: NDArray[np.bool_],
    view: View,
) -> None:
    """The round as dotted lines through the middles of its buildings, where legs are drawn."""
    if not len(rows):
        return
    xy = view.points(layers.buildings.points[rows])
    pieces = [piece for piece in np.split(xy, np.flatnonzero(~legs) + 1) if len(piece) > 1]
    if pieces:
        counts = np.array([len(piece) for piece in pieces])
        page.lines(Rings(np.concatenate(pieces), counts), style.ROUTE_PEN)


def draw_turns(
    draft: Draft, board: Board, xy: Points, radius: NDArray[np.float64], legs: NDArray[np.bool_],
    land: Any,
) -> bool:  # fmt: skip
    """The number of each piece of a round beside its first building; whether any was drawn.

    Parameters
    ----------
    xy
        Middles of the buildings in order [mm].
    radius
        Half their widths [mm].
    legs
        Which of them are joined to the next.
    land
        The EA on paper.
    """
    firsts = np.concatenate([[0], np.flatnonzero(~legs) + 1])
    drawn = False
    for number, first in enumerate(firsts.tolist(), start=1):
        if not (
            board.frame.x0 < xy[first, 0] < board.frame.x1
            and board.frame.y0 < xy[first, 1] < board.frame.y1
        ):
            continue
        spot = _beside(board, xy[first], float(radius[first]), TURN_MM / 2 + 0.2, land)
        if spot is not None:
            turn_sign(draft, *spot, number)
            drawn = True
    return drawn


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
    for at in np.arange(min(ARROW_EACH_MM, line.length) / 2, line.length, ARROW_EACH_MM):
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


def draw_start(draft: Draft, board: Board, xy: Points, radius: float, land: Any) -> bool:
    """The start sign beside the first building of a round, where there is room; whether it was drawn.

    Parameters
    ----------
    xy
        Middle of that building [mm].
    radius
        Half its width [mm].
    land
        The EA on paper: the sign stands on it where there is room.
    """
    spot = _beside(board, xy, radius, START_MM / 2 + 0.4, land)
    if spot is None:
        return False
    start_sign(draft, *spot, START_MM)
    return True


def _beside(
    board: Board, xy: Points, radius: float, half: float, land: Any
) -> tuple[float, float] | None:
    """Middle of a free square beside a building, taken on the board; None where there is no room.

    Parameters
    ----------
    half
        Half the side of the square [mm].
    land
        Where it had better stand: a sign on another EA's ground would send people there.
    """
    turns = 2 * np.pi * np.arange(TURNS) / TURNS + np.pi * 0.75
    best: tuple[bool, float, float] | None = None
    for reach in REACHES:
        far = radius + reach + half
        for turn in turns:
            x, y = float(xy[0] + far * np.cos(turn)), float(xy[1] + far * np.sin(turn))
            box = Box(x - half, y - half, x + half, y + half)
            if board.free([box]) and not board.price(box, 0):
                beyond = not shapely.contains_xy(land, x, y)
                if best is None or beyond < best[0]:
                    best = (bool(beyond), x, y)
        if best is not None and not best[0]:
            break
    if best is None:
        return None
    _, x, y = best
    board.take([Box(x - half, y - half, x + half, y + half)])
    return x, y
