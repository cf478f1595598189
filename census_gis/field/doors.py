"""Where people knock: one door for each stair of each building, at the wall nearest to the street."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.field.streets import Streets

__all__ = ["Doors", "doors_of", "numbers_of"]

NO_BUILDING = "\0"  # in no code
# x, y, edge, offset and spur of doors, as `Doors` has them.
Fronts = tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]
]  # fmt: skip


@dataclass(frozen=True)
class Doors:
    """Doors of dwelling parts, in an order that does not depend on that of the rows.

    Attributes
    ----------
    x, y : float64, shape (n,)
        Door [m]: the wall point nearest to a street; middle of the footprint where there are no streets.
    edge : int64, shape (n,)
        Edge of the street graph the door is on, -1 where there is none.
    offset, spur : float64, shape (n,)
        Metres from the edge's node `u` to the point in front of the door, and from there to the door.
    inside : float64, shape (n,)
        Metres along the house from its first door to its last, where the part has several.
    part : int64, shape (k,)
        Row of each dwelling part that has a place, door by door, the highest floors first.
    first : int64, shape (n + 1,)
        Door i has the parts ``part[first[i]:first[i + 1]]``.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    edge: NDArray[np.int64]
    offset: NDArray[np.float64]
    spur: NDArray[np.float64]
    inside: NDArray[np.float64]
    part: NDArray[np.int64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of doors."""
        return len(self.x)


def doors_of(parts: pd.DataFrame, streets: Streets) -> Doors:
    """One door for each stair of the parts of one district.

    Parameters
    ----------
    parts
        Rows of layer `dwelling_parts`, any order; those without a footprint have no door. Bands of floors
        above each other in one EA share the door of their stair.
    streets
        The graph they stand on, possibly without edges.

    Returns
    -------
    Doors
        Ordered by EA, then by the building number and the least part id at the door: a round that begins
        at the first begins at building 1.
    """
    shapes = parts.geometry.to_numpy()
    part, first = _by_stair(parts, np.flatnonzero(~shapely.is_missing(shapes)))
    shapes = shapes[part[first[:-1]]]
    number = numbers_of(parts, "doors", 1.0)[part[first[:-1]]]
    x, y, edge, offset, spur = _fronts(shapes, streets)
    return Doors(x, y, edge, offset, spur, _facade(shapes, number), part, first)


def _by_stair(
    parts: pd.DataFrame, placed: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows stair by stair (`Doors.part`), and where each stair begins (`Doors.first`)."""
    ids = _ranks(parts["part_id"].to_numpy(object)[placed])
    areas = _ranks(parts["ea_code"].to_numpy(object)[placed])
    stairs = _ranks(_stairs(parts)[placed])
    number = numbers_of(parts, "building_number", np.inf)[placed]
    floor = -numbers_of(parts, "floor_lo", 0.0)[placed]
    pairs = areas * (stairs.max(initial=0) + 1) + stairs
    door = np.unique(pairs, return_inverse=True)[1]
    n = int(door.max(initial=-1)) + 1
    least, lowest = np.full(n, len(placed)), np.full(n, np.inf)
    np.minimum.at(least, door, ids)
    np.minimum.at(lowest, door, number)
    order = np.lexsort([ids, floor, stairs, least[door], lowest[door], areas])
    new = np.flatnonzero(np.diff(door[order], prepend=-1))
    return placed[order].astype(np.int64), np.append(new, len(placed)).astype(np.int64)


def _ranks(texts: NDArray[np.object_]) -> NDArray[np.int64]:
    """Place of each text among the different ones in order; equal texts have equal ranks."""
    place = {text: nth for nth, text in enumerate(sorted(set(texts)))}
    return np.fromiter((place[text] for text in texts), np.int64, len(texts))


def numbers_of(parts: pd.DataFrame, name: str, absent: float) -> NDArray[np.float64]:
    """A column of numbers, what is missing replaced."""
    return parts[name].astype("Float64").to_numpy(np.float64, na_value=absent)


def _stairs(parts: pd.DataFrame) -> NDArray[np.object_]:
    """What tells one stair from another: building and door number; a part without a building is its own."""
    known = parts["building_id"].notna().to_numpy(bool)
    rows = zip(
        parts["building_id"].to_numpy(object), parts["part_id"].to_numpy(object),
        parts["unit"].to_numpy(object), known, strict=True,
    )  # fmt: skip
    names = [
        f"{building if kept and building else NO_BUILDING + part}{NO_BUILDING}{unit}"
        for building, part, unit, kept in rows
    ]
    return np.array(names, dtype=object)


def _fronts(shapes: NDArray[np.object_], streets: Streets) -> Fronts:
    """x, y, edge, offset and spur of doors; of equally near pieces of streets the first."""
    n = len(shapes)
    if not len(streets):
        middle = shapely.get_coordinates(shapely.centroid(shapes)).reshape(n, 2)
        none = np.zeros(n)
        return middle[:, 0], middle[:, 1], np.full(n, -1, dtype=np.int64), none, none
    tree = shapely.STRtree(streets.pieces)
    row, piece = tree.query_nearest(shapes, all_matches=True)
    nearest = np.full(n, len(streets.pieces), dtype=np.int64)
    np.minimum.at(nearest, row, piece)
    across = shapely.get_coordinates(shapely.shortest_line(shapes, streets.pieces[nearest]))
    (x, y), (foot_x, foot_y) = across.reshape(n, 2, 2).transpose(1, 2, 0)
    begin = shapely.get_coordinates(shapely.get_point(streets.pieces[nearest], 0))
    offset = streets.before[nearest] + np.hypot(foot_x - begin[:, 0], foot_y - begin[:, 1])
    edge = streets.edge[nearest]
    return x, y, edge, np.minimum(offset, streets.metres[edge]), np.hypot(foot_x - x, foot_y - y)


def _facade(shapes: NDArray[np.object_], doors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from the first to the last of a house's doors, evenly along its long side.

    The long side is that of the rectangle of the same area and perimeter.
    """
    quarter = shapely.length(shapes) / 4
    side = quarter + np.sqrt(np.maximum(quarter**2 - shapely.area(shapes), 0))
    return side * (1 - 1 / np.maximum(doors, 1))
