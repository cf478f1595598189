"""Ways over rivers, railways and wide roads: where a street, a path or a bridge leads from one side to the other."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from census_gis.fabric.barriers import in_plane
from census_gis.fabric.words import Words
from census_gis.graph import components
from census_gis.model import RAIL, ROAD, WATER

__all__ = ["FAR_M", "WIDE", "Chosen", "Gates", "Walls", "gates_of", "main_roads", "walls_of"]

# Shapes of chosen barriers, their kinds, their rows in the table.
Chosen = tuple[NDArray[np.object_], NDArray[np.uint8], NDArray[np.int64]]
# Farther than anything in a district [m]: there is no way over.
FAR_M = 1e9
# Roads one does not cross where one likes, by rule `ea.wide_road`; OSM classes.
WIDE = {
    "none": frozenset[str](),
    "motorway": frozenset({"motorway", "motorway_link"}),
    "trunk": frozenset({"motorway", "motorway_link", "trunk"}),
    "primary": frozenset({"motorway", "motorway_link", "trunk", "primary"}),
}
# Roads that blocks of a large district end at; OSM classes.
MAIN = frozenset({"motorway", "trunk", "primary", "secondary"})
# Nobody walks on these, and nobody walks on what is not there.
NO_WAY = frozenset({
    "motorway", "motorway_link", "construction", "proposed", "planned", "abandoned", "razed", "raceway",
})  # fmt: skip
# Trams run in streets, monorails above them; ditches, streams and drains are stepped over.
STREET_RAILS = frozenset({"tram", "monorail"})
RIVERS = frozenset({"", "river", "canal"})
# Ditches and ponds of the land survey, old and new codes.
SMALL_WATER = ["114", "117", "1104", "1107", "1104a", "1107a"]
# A street that goes on is followed so far to see on which side it is [m].
STEP_M = 2.0
# Points of a street network and of a bank closer than this are one [m].
SAME_M = 0.5
# Areas of water closer than the diagonal of this grid are one [m].
GRID_M = 0.01


class Walls(NamedTuple):
    """What one cannot walk across.

    `kind` int64: RAIL, WATER or ROAD of each row of the barriers, 0 for no wall; `lines` and `line_kind` are the
    walls drawn as lines; `water` are areas of water, joined where they touch.
    """

    kind: NDArray[np.int64]
    lines: NDArray[np.object_]
    line_kind: NDArray[np.int64]
    water: NDArray[np.object_]


class Gates(NamedTuple):
    """Places where a way crosses a wall: coordinates [m], kind of the wall, number of the way."""

    xy: NDArray[np.float64]
    kind: NDArray[np.int64]
    way: NDArray[np.int64]

    def distance(self, xy: NDArray[np.float64], kind: int) -> NDArray[np.float64]:
        """Metres from points to the nearest gate through a wall of a kind, 1e9 where there is none."""
        mine = self.kind == kind
        if not mine.any() or not len(xy):
            return np.full(len(xy), FAR_M)
        return np.asarray(cKDTree(self.xy[mine]).query(xy)[0], dtype=np.float64)

    def first_ways(
        self, xy: NDArray[np.float64], of: NDArray[np.int64], limit: float
    ) -> tuple[dict[int, int], NDArray[np.bool_]]:
        """The first way over water within a distance of the points of each group, and which points their group's is near to."""
        mine = self.kind == WATER
        first: dict[int, int] = {}
        if not mine.any() or not len(xy):
            return first, np.zeros(len(xy), np.bool_)
        way = self.way[mine]
        hits = cKDTree(self.xy[mine]).query_ball_point(xy, limit)
        ways = [set(way[list(hit)].tolist()) for hit in hits]
        for group, near in zip(of.tolist(), ways, strict=True):
            if near:
                first[group] = min(first.get(group, min(near)), min(near))
        found = zip(of.tolist(), ways, strict=True)
        return first, np.array([first.get(group) in near for group, near in found], dtype=bool)


def walls_of(barriers: gpd.GeoDataFrame, wide: str, *, chosen: Chosen) -> Walls:
    """Rivers, railways and wide roads among the lines that EA lines may follow.

    Parameters
    ----------
    barriers : table BARRIERS
    wide : str
        Rule `ea.wide_road`: none, motorway, trunk or primary and what is above.
    chosen
        What `census_gis.fabric.barriers.select` makes of them; to find it takes half the time of a fabric.
    """
    shapes, kinds, rows = chosen
    source, word = (Words.of(barriers, name).small()[rows] for name in ("source", "class"))
    flat = shapely.get_dimensions(shapes) == 2
    rail = (kinds == RAIL) & ~word.among(STREET_RAILS)
    river = source.among({"waterways"}) & word.among(RIVERS)
    lake = source.among({"water"}) | (source.among({"landuse"}) & ~word.among(SMALL_WATER))
    water = (kinds == WATER) & (river | (flat & lake))
    road = (kinds == ROAD) & source.among({"roads"}) & word.among(WIDE[wide])
    kind = np.zeros(len(barriers), np.int64)
    for which, value in ((rail, RAIL), (water, WATER), (road, ROAD)):
        kind[rows[which]] = value
    mine = kind[rows] > 0
    areas = _joined(shapes[mine & flat & water])
    lines = mine & ~flat
    parts, of = shapely.get_parts(shapes[lines], return_index=True)
    return Walls(kind, parts, kind[rows][lines][of], areas)


def _joined(areas: NDArray[np.object_]) -> NDArray[np.object_]:
    """Areas with those that touch made one, in the order of their bounds; the others stay as they are.

    Most waters touch no other, and a union of all would node every one of them.
    """
    if not len(areas):
        return areas
    near = shapely.STRtree(areas).query(areas, predicate="dwithin", distance=2 * GRID_M)
    count, which = components(len(areas), *near)
    alone = np.bincount(which, minlength=count)[which] == 1
    whole = [
        shapely.union_all(areas[which == each], grid_size=GRID_M)
        for each in np.unique(which[~alone])
    ]
    joined = np.concatenate([shapely.get_parts(areas[alone]), *map(shapely.get_parts, whole)])
    return joined[np.lexsort(shapely.bounds(joined).T)]


def main_roads(barriers: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Which rows of a table BARRIERS are main roads."""
    source, word = (Words.of(barriers, name).small() for name in ("source", "class"))
    return source.among({"roads"}) & word.among(MAIN)


def gates_of(barriers: gpd.GeoDataFrame, walls: Walls) -> Gates:
    """Every place where a street, path, bridge or link of the barriers crosses a wall.

    A street that ends at a wall does not cross it; two that meet there from both sides do.
    """
    source, word = (Words.of(barriers, name).small() for name in ("source", "class"))
    shapes = in_plane(barriers)
    line = shapely.get_dimensions(shapes) == 1
    walked = line & (source.among({"links"}) | (source.among({"roads"}) & ~word.among(NO_WAY)))
    streets = shapely.get_parts(shapes[walked])
    crossing = shapely.get_parts(shapes[walked & (walls.kind != ROAD)])
    found = [_through(walls.lines[walls.line_kind == kind], crossing if kind == ROAD else streets, kind)
             for kind in (RAIL, WATER, ROAD)]  # fmt: skip
    found.append(_over(walls.water, streets))
    xy = np.concatenate([each.xy for each in found])
    kind = np.concatenate([each.kind for each in found])
    first = np.cumsum([0, *(int(each.way.max(initial=-1)) + 1 for each in found[:-1])])
    way = np.concatenate([each.way + start for each, start in zip(found, first, strict=True)])
    return Gates(xy, kind, way)


def _gates(spots: list[tuple[float, float, int]], kind: int) -> Gates:
    """Gates from (x, y, way), ways numbered from the south-west."""
    if not spots:
        none = np.zeros(0, np.int64)
        return Gates(np.zeros((0, 2)), none, none)
    rows = sorted(set(spots))
    number: dict[int, int] = {}
    way = [number.setdefault(row[2], len(number)) for row in rows]
    xy = np.array([row[:2] for row in rows], dtype=np.float64)
    return Gates(xy, np.full(len(rows), kind), np.array(way, dtype=np.int64))


def _through(walls: NDArray[np.object_], streets: NDArray[np.object_], kind: int) -> Gates:
    """Where streets pass through walls that are lines: points with a street on either side."""
    i, j = shapely.STRtree(walls).query(streets, predicate="intersects")
    meets, of = shapely.get_parts(shapely.intersection(streets[i], walls[j]), return_index=True)
    points = shapely.get_type_id(meets) == shapely.GeometryType.POINT
    meets, of = meets[points], of[points]
    sides: dict[tuple[int, int], set[int]] = {}
    for spot, street, wall in zip(meets, streets[i[of]], walls[j[of]], strict=True):
        node = round(spot.x / SAME_M), round(spot.y / SAME_M)
        sides.setdefault(node, set()).update(_sides(spot, street, wall))
    spots = [
        (x * SAME_M, y * SAME_M, nth)
        for nth, ((x, y), seen) in enumerate(sorted(sides.items()))
        if seen >= {-1, 1}
    ]
    return _gates(spots, kind)


def _sides(spot: shapely.Point, street: shapely.LineString, wall: shapely.LineString) -> list[int]:
    """On which sides of a wall a street goes on from where it meets it: -1 right, 1 left, 0 along it."""
    at, on = street.project(spot), wall.project(spot)
    one, two = (
        wall.interpolate(max(on - STEP_M, 0.0)),
        wall.interpolate(min(on + STEP_M, wall.length)),
    )
    found = []
    for where in (at - STEP_M, at + STEP_M):
        if 0.0 <= where <= street.length:
            end = street.interpolate(where)
            turn = (two.x - one.x) * (end.y - spot.y) - (two.y - one.y) * (end.x - spot.x)
            found.append(int(np.sign(turn)))
    return found


def _over(water: NDArray[np.object_], streets: NDArray[np.object_]) -> Gates:
    """Where streets lead over water from bank to bank; a pier does not."""
    spots: list[tuple[float, float, int]] = []
    i, j = shapely.STRtree(streets).query(water, predicate="intersects")
    used = 0
    for area in np.unique(i):
        wet = shapely.intersection(streets[j[i == area]], water[area])
        pieces = shapely.get_parts(wet)
        pieces = pieces[shapely.get_type_id(pieces) == shapely.GeometryType.LINESTRING]
        pieces = pieces[shapely.length(pieces) > SAME_M]
        if not len(pieces):
            continue
        ends = np.stack(
            [shapely.get_coordinates(shapely.get_point(pieces, k)) for k in (0, -1)], axis=1
        )
        nodes, name = np.unique(np.rint(ends.reshape(-1, 2) / SAME_M), axis=0, return_inverse=True)
        one, two = name.reshape(-1, 2).T
        count, which = components(len(nodes), one, two)
        bank = shapely.dwithin(shapely.points(nodes * SAME_M), water[area].boundary, 2 * SAME_M)
        landings = np.bincount(which, bank, count)
        for node in np.flatnonzero(bank & (landings[which] > 1)):
            spots.append((*(nodes[node] * SAME_M).tolist(), used + int(which[node])))
        used += count
    return _gates(spots, WATER)
