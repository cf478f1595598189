"""Which lines and areas an EA line may follow: what one sees on the ground, no footpaths, no tunnels."""

from __future__ import annotations

import re
from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.fabric.verges import HALF_STREET_M, OTHER_STREET_M, give_way
from census_gis.fabric.words import Words
from census_gis.model import LAND, OTHER, RAIL, ROAD, WATER

__all__ = ["NOT_A_ROAD", "PARCELS", "RAILWAYS", "in_plane", "kind_of_land", "select"]

# Design note on the fabric, section 3, "Input".
NOT_A_ROAD = frozenset({
    "footway", "path", "steps", "cycleway", "bridleway", "platform", "corridor",
    "construction", "proposed", "planned", "raceway", "elevator", "abandoned", "razed", "via_ferrata",
})  # fmt: skip
RAILWAYS = frozenset({"rail", "light_rail", "subway", "tram", "narrow_gauge", "monorail"})
NOT_WATER = frozenset({"culvert", "pressurised", "fish_pass", "dam", "weir", "lock_gate"})
PARCELS = frozenset({
    "residential", "commercial", "industrial", "retail", "park", "school", "university", "college",
    "hospital", "forest", "wood", "meadow", "cemetery", "farmland", "farmyard", "pitch", "vineyard",
    "orchard", "construction", "brownfield", "greenfield", "allotments", "military", "kindergarten",
    "stadium", "village_green", "recreation_ground", "quarry", "railway", "education", "institutional",
    "religious", "port", "landfill", "golf_course", "aquaculture", "greenhouse_horticulture",
    "grass", "garden", "grassland", "scrub", "heath", "plant_nursery",
})  # fmt: skip
LEAST_PARCEL_M2 = 1000.0
LEAST_WATER_M2 = 300.0
# A line marked hold = never takes out what runs along it: 80 % of the length within 5 m.
ALONG_M, ALONG_SHARE = 5.0, 0.8
# Codes of the Chinese land survey (DLBM): two digits of the class, then the kind in it; old (GB/T 21010-2007
# and the second survey: three digits, 101, 203) and new (third survey: 0702, 1003, 08H2, 1104A).
DLBM = re.compile(r"(?P<group>0[1-9]|1[0-2]|20)(?P<kind>H?[0-9]{0,2})[A-Z]?")
RAIL_LAND = frozenset({"101", "1001", "1002"})
ROAD_LAND = frozenset({"102", "103", "104", "1003", "1004", "1006"})
# Open water and the ditches; marshes, works, shores and glaciers (1105-1110, 115-119) are land parcels.
WATER_LAND = frozenset({"111", "112", "113", "114", "117", "1101", "1102", "1103", "1104", "1107"})
# Buried pipes and field ridges are no line one sees from a street.
UNSEEN_LAND = frozenset({"107", "1009", "123", "1203"})


def select(
    barriers: gpd.GeoDataFrame,
) -> tuple[NDArray[np.object_], NDArray[np.uint8], NDArray[np.int64]]:
    """Rows of the table that become barrier edges, and of which kind.

    Tunnels, footways, paths, steps, cycleways, platforms, building sites and plans of roads are left out;
    service roads, tracks and bridges stay. Of railways those that run; of water what is larger than 300
    m2, and streams; of land use real parcels of more than 1,000 m2. Compounds, grids and `barriers` with
    hold = must (or nothing said) are of kind OTHER. Along a line with hold = never nothing is a barrier.
    Links are none.

    Parameters
    ----------
    barriers : table BARRIERS
        In any order.

    Returns
    -------
    geometry : object, shape (n,)
        2D lines and areas, ordered by kind and shape, of equal ones by name, class and source, whatever the order
        of the rows.
    kind : uint8, shape (n,)
        ROAD, RAIL, WATER, LAND or OTHER.
    row : int64, shape (n,)
        Position in `barriers`.
    """
    shapes = in_plane(barriers)
    source, word = Words.of(barriers, "source"), Words.of(barriers, "class")
    kind = _kinds(barriers, shapes, source, word)
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    kind[~usable | (shapely.get_dimensions(shapes) < 1)] = 0
    held_off = usable & Words.of(barriers, "hold").among({"never"})
    kind[held_off] = 0
    if held_off.any():
        kind[_along(shapes, np.flatnonzero(kind > 0), shapes[held_off])] = 0
    shapes = _without_kerbs(shapes, kind, source, word)
    row = np.flatnonzero((kind > 0) & ~shapely.is_empty(shapes))
    written = shapely.to_wkb(shapes[row], byte_order=1).tolist()
    called = (words[row].each().tolist() for words in (Words.of(barriers, "name"), word, source))
    ranked = sorted(zip(kind[row].tolist(), written, *called, row.tolist(), strict=True))
    row = np.array([each[-1] for each in ranked], dtype=np.int64)
    return shapes[row], kind[row].astype(np.uint8), row


def in_plane(table: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Shapes of a table in x and y alone; they are copied only where one has more."""
    shapes = np.asarray(table.geometry.array, dtype=object)
    more = shapely.has_z(shapes).any() or shapely.has_m(shapes).any()
    return shapely.force_2d(shapes) if more else shapes.copy()


def _without_kerbs(
    shapes: NDArray[np.object_], kind: NDArray[np.int64], source: Words, word: Words
) -> NDArray[np.object_]:
    """Outlines of parcels, compounds and grids give way to the centre lines of roads and railways."""
    lines = shapely.get_dimensions(shapes) == 1
    centre = (kind > 0) & lines & source.among({"roads", "railways"})
    beside = (kind > 0) & source.among({"landuse", "compounds", "grids"})
    rail = source.among({"railways"})
    reach = np.where(rail, HALF_STREET_M["rail"], word.said(_half_street))[centre]
    parts, row = shapely.get_parts(shapes[centre], return_index=True)
    left = shapes.copy()
    left[beside] = give_way(shapes[beside], parts, reach[row])
    return left


def _half_street(word: str) -> float:
    """Half the land a street of a class takes [m]."""
    return HALF_STREET_M.get(word.removesuffix("_link"), OTHER_STREET_M)


@lru_cache(maxsize=1_024)
def kind_of_land(code: str) -> int:
    """What a parcel of this class is bounded by; 0 where it is no parcel.

    Examples
    --------
    >>> [kind_of_land(code) for code in ("0702", "1003", "111", "residential", "123", "swimming_pool")]
    [8, 1, 4, 8, 0, 0]
    """
    word = code.strip()
    if not word or word.lower() in PARCELS:
        return LAND
    match = DLBM.fullmatch(word.upper())
    if match is None:
        return 0
    plain = match["group"] + match["kind"]
    if plain in UNSEEN_LAND:
        return 0
    if plain in RAIL_LAND:
        return RAIL
    if plain in ROAD_LAND:
        return ROAD
    return WATER if plain in WATER_LAND else LAND


def _kinds(
    barriers: gpd.GeoDataFrame, shapes: NDArray[np.object_], source: Words, word: Words
) -> NDArray[np.int64]:
    """Kind of each row by its own source, class and size; 0 for none."""
    small = word.small()
    above = ~barriers["tunnel"].fillna(False).to_numpy(bool)
    area = shapely.area(shapes)
    kind = np.zeros(len(barriers), dtype=np.int64)
    kind[source.among({"roads"}) & above & ~small.among(NOT_A_ROAD)] = ROAD
    kind[source.among({"railways"}) & above & small.among(RAILWAYS | {""})] = RAIL
    kind[source.among({"water"}) & above & (area > LEAST_WATER_M2)] = WATER
    kind[source.among({"waterways"}) & above & ~small.among(NOT_WATER)] = WATER
    kind[source.among({"compounds", "grids", "barriers"})] = OTHER
    used = source.among({"landuse"})
    if used.any():
        land = word.said(kind_of_land).astype(np.int64)
        least = np.where(land == LAND, LEAST_PARCEL_M2, LEAST_WATER_M2)
        kind[used] = np.where(area > least, land, 0)[used]
    return kind


def _along(
    shapes: NDArray[np.object_], rows: NDArray[np.int64], never: NDArray[np.object_]
) -> NDArray[np.int64]:
    """Rows of which more than 80 % runs within 5 m of the lines that must not be followed."""
    near = shapely.union_all(shapely.buffer(never, ALONG_M))
    lines = shapes[rows]
    flat = shapely.get_dimensions(lines) == 2
    lines = np.where(flat, shapely.boundary(lines), lines)
    inside = shapely.length(shapely.intersection(lines, near))
    return rows[inside > ALONG_SHARE * np.maximum(shapely.length(lines), 1e-9)]
