"""The four nouns, each an immutable value, and the two things they are made of.

`Inputs` is everything a project was given; `District` is one census district out of it; `Fabric` its
atoms and edges; `Plan` one area number for each atom; `Roster` who counts what. `Mesh` is the labelled
triangulation behind a Fabric. No noun has a method that needs a higher room of the house.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry import MultiPolygon, Polygon

from census_gis.graph import Graph
from census_gis.language import Language
from census_gis.profile import Profile
from census_gis.tables import empty

__all__ = [
    "DISTRICT", "FOOT", "LAND", "OTHER", "RAIL", "ROAD", "WATER",
    "District", "Fabric", "Image", "Inputs", "Mesh", "Plan", "Roster", "Step",
]  # fmt: skip

# What an edge of the triangulation is part of; several at once are possible.
ROAD, RAIL, WATER, LAND, DISTRICT, FOOT, OTHER = 1, 2, 4, 8, 16, 32, 64


@dataclass(frozen=True)
class Image:
    """One georeferenced image, read by windows only.

    `bounds` are (left, bottom, right, top) in the image's own `crs`; `pixel_m` is the size of a pixel on
    the ground [m]; `taken` and `source` are printed beside the picture ('' when nobody said).
    """

    path: str
    crs: CRS
    bounds: tuple[float, float, float, float]
    pixel_m: float
    bands: int
    dtype: str
    taken: str = ""
    source: str = ""


@dataclass(frozen=True)
class Inputs:
    """Everything a project was given, checked, in one projected metric CRS.

    Attributes
    ----------
    districts : table DISTRICTS, ordered by code
    buildings : table BUILDINGS; `district_code` is the one that holds most of each
    outside : buildings with at most half their area in districts; same columns
    barriers : table BARRIERS, lines and areas an EA line may follow, clipped to 200 m around
    places : table PLACES, landmarks for sheets
    units : table UNITS, names of county and township
    staff : table STAFF
    findings : table FINDINGS, what was noticed on the way in
    special : table SPECIAL, areas with a policy of their own
    virtual : table VIRTUAL, people registered where nothing stands
    codes : table CODES, the official code list
    edits : table EDITS, what people decided by hand, in their order
    disputes : table DISPUTES
    previous : table PREVIOUS, EAs of the previous census
    """

    name: str
    language: Language
    crs: CRS
    profile: Profile
    seed: int
    districts: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    outside: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    units: pd.DataFrame
    staff: pd.DataFrame
    images: tuple[Image, ...]
    findings: gpd.GeoDataFrame
    special: gpd.GeoDataFrame = field(default_factory=lambda: empty("SPECIAL"))
    virtual: pd.DataFrame = field(default_factory=lambda: empty("VIRTUAL"))
    codes: pd.DataFrame = field(default_factory=lambda: empty("CODES"))
    edits: gpd.GeoDataFrame = field(default_factory=lambda: empty("EDITS"))
    disputes: gpd.GeoDataFrame = field(default_factory=lambda: empty("DISPUTES"))
    previous: gpd.GeoDataFrame = field(default_factory=lambda: empty("PREVIOUS"))


@dataclass(frozen=True)
class District:
    """One census district (普查区), validated, in one projected metric CRS.

    `buildings` keep whole footprints and all rows that belong here (contract law 2); `barriers` reach
    200 m over the line. `persons` is what is to be distributed [persons], None before estimation; of it
    those of `virtual` (table VIRTUAL) stand in no building. `special` (table SPECIAL), `edits` (table
    EDITS) and `previous` (table PREVIOUS) are the rows that concern the district. `stratum` is its urban or
    rural class, '' for none; `profile` holds the rules of that class.
    """

    id: str
    name: str
    profile: Profile
    crs: CRS
    boundary: Polygon | MultiPolygon
    buildings: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    persons: int | None = None
    persons_away: int | None = None
    households: int | None = None
    seed: int = 7
    special: gpd.GeoDataFrame = field(default_factory=lambda: empty("SPECIAL"))
    virtual: pd.DataFrame = field(default_factory=lambda: empty("VIRTUAL"))
    edits: gpd.GeoDataFrame = field(default_factory=lambda: empty("EDITS"))
    previous: gpd.GeoDataFrame = field(default_factory=lambda: empty("PREVIOUS"))
    stratum: str = ""


@dataclass(frozen=True)
class Mesh:
    """Constrained triangulation of district line, barriers and footprints, labelled on its corners.

    Half-edge e = 3 t + k of triangle t runs from corner ``tri[e]`` to the next corner of t. A *cell* is
    what one footprint (or one piece of empty ground) owns; cells 0 .. n_footprints-1 are the footprints
    in the order given, the rest is empty ground.

    Attributes
    ----------
    fx, fy : float64, shape (v + 4,)
        Vertices [m], district vertices exactly on their input line; the last four are far away.
    tri, twin : int32, shape (3 t,)
        Corner vertex and opposite half-edge (-1 at the hull) of each half-edge.
    flags : uint8, shape (3 t,)
        What each edge is part of: ROAD | RAIL | WATER | LAND | DISTRICT | FOOT | OTHER, 0 for open.
    feature : int32, shape (3 t,)
        Row of the barrier that the edge is part of, -1 for none; the first by kind, then by row.
    cell : int32, shape (3 t,)
        Cell of each corner, -1 outside the district.
    inside : bool, shape (t,)
    owner : int32, shape (t,)
        Footprint that covers the triangle, -1 for open ground.
    face : int32, shape (t,)
        Face of open ground, -1 elsewhere.
    crumb : bool, shape (faces,)
        Faces too small to be a place: they go whole to the neighbour they touch most.
    lane : bool, shape (faces,)
        Nets of lanes between parcels with no line given along them: shared out along their middle.
    strip_flags : uint8, shape (t,)
    strip_feature : int32, shape (t,)
        Kind and barrier of a median or tram bed the triangle lies in, 0 and -1 elsewhere.
    left, right : int32, shape (p,)
        Cells beside each border piece, -1 outside.
    start, end : int32, shape (p,)
        Border points of each piece, rows of `point_id`.
    piece_flags : uint8, shape (p,)
    piece_feature : int32, shape (p,)
        What each piece runs along, and the barrier row behind it.
    point_id : int64, shape (q,)
        Where a border point lies: a vertex (< v + 4), the middle of half-edge id - (v + 4), or the
        centroid of triangle id - (v + 4) - 3 t.
    cover : int32, shape (n_cells,)
        Cell that a footprint without ground of its own (a duplicate) goes with; itself elsewhere.
    district_corner : int32
        Vertices that are corners of the given district line and must stay.
    """

    fx: NDArray[np.float64]
    fy: NDArray[np.float64]
    tri: NDArray[np.int32]
    twin: NDArray[np.int32]
    flags: NDArray[np.uint8]
    feature: NDArray[np.int32]
    cell: NDArray[np.int32]
    inside: NDArray[np.bool_]
    owner: NDArray[np.int32]
    face: NDArray[np.int32]
    crumb: NDArray[np.bool_]
    lane: NDArray[np.bool_]
    strip_flags: NDArray[np.uint8]
    strip_feature: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    piece_flags: NDArray[np.uint8]
    piece_feature: NDArray[np.int32]
    point_id: NDArray[np.int64]
    cover: NDArray[np.int32]
    district_corner: NDArray[np.int32]
    n_cells: int
    n_footprints: int


@dataclass(frozen=True)
class Fabric:
    """Atoms and edges of one district: what the partitioner groups, and along which lines it may cut.

    Attributes
    ----------
    parts : table PARTS
        Dwelling parts; column `atom` says which atom each belongs to, `cell` its cell (-1: none).
    atoms : DataFrame, n rows, index 0 .. n-1
        `persons`, `persons_away`, `households` [int]; `kind` ('ground' whole buildings, 'slice' of one,
        'band' of floors above the ground, 'empty' ground without building, 'placeless'); `building_id`
        ('' for several or none); `alone` (bool: must be an EA of its own: an uncut building above the
        band, or a piece of a cut one); `x`, `y` [m]; `area_m2` of its cells (0 for bands); `special`,
        `virtual` and `given`: number of the special area, virtual EA or area taken as it is that it belongs
        to and that nothing else joins, -1 for none; `previous`: code of its EA in the previous census, ''
        for none.
    edges : DataFrame, m rows
        `a` < `b` (atoms), `border_m` and of it `road_m`, `rail_m`, `water_m`, `land_m`, `other_m`,
        `wall_m` [m]; `stair` (bool: joins floor bands of one building, no border on the ground); `link`
        (bool: a bridge or sky deck joins them); `barrier_m`, `crossing_m` [m], `barred` and `held` (bool):
        whether one can walk from one to the other (`census_gis.fabric.walking`).
    graph : the edges as compressed rows
    cell_atom : int32, shape (n_cells,)
    """

    district: District
    parts: gpd.GeoDataFrame
    atoms: pd.DataFrame
    edges: pd.DataFrame
    graph: Graph
    mesh: Mesh
    cell_atom: NDArray[np.int32]
    findings: gpd.GeoDataFrame


@dataclass(frozen=True)
class Step:
    """How a plan came to be: the function, its arguments and the seed."""

    function: str
    arguments: dict[str, Any]
    seed: int | None = None


@dataclass(frozen=True)
class Plan:
    """One area number for each atom of a fabric; numbers run 0 .. k-1, codes follow them.

    `codes[i]` is the code of area i, () before numbering. `findings` are what partitioning could not meet.
    """

    fabric: Fabric
    label: NDArray[np.int32]
    findings: gpd.GeoDataFrame
    codes: tuple[str, ...] = ()
    history: tuple[Step, ...] = field(default=())

    def __post_init__(self) -> None:
        """Freeze the labels: dataclasses do not freeze arrays."""
        label = np.ascontiguousarray(self.label, dtype=np.int32)
        label.setflags(write=False)
        object.__setattr__(self, "label", label)

    def __len__(self) -> int:
        """Number of areas."""
        return int(self.label.max()) + 1 if self.label.size else 0

    def move(self, atoms: list[int], area: int) -> Plan:
        """A new plan with some atoms moved to an area; codes are dropped."""
        label = self.label.copy()
        label[atoms] = area
        step = Step("move", {"atoms": list(atoms), "area": area})
        return replace(self, label=label, codes=(), history=(*self.history, step))


@dataclass(frozen=True)
class Roster:
    """Who counts what: table ROSTER (ea_code, enumerator, supervisor)."""

    plan: Plan
    assignment: pd.DataFrame
