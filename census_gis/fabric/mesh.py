"""The labelled triangulation of a district: one triangulation of everything, borders between labels.

District line, barriers and footprints are noded once and become edges of one constrained triangulation;
every corner of every triangle gets a cell. Borders, polygons and adjacency are sums of border pieces, so
polygons that share a border share the same numbers. No polygon overlay anywhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from census_gis.fabric.blocks import (
    Rings,
    Walls,
    connected_triangles,
    flood,
    footprint_owners,
    home_blocks,
    touching_pieces,
    triangle_areas,
)
from census_gis.fabric.borders import Sides, border_pieces, settle_crumbs, trace_pieces
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.corners import Labelled, label_corners, strip_barriers
from census_gis.fabric.edges import Edges, district_sides, triangulate_lines
from census_gis.fabric.labels import Ground
from census_gis.fabric.medians import as_one_line
from census_gis.fabric.segments import MM, LineWork, canonical_order, draw_lines
from census_gis.fabric.settings import BARRIER, STANDARD, FabricSettings
from census_gis.fabric.upright import set_upright, triangles_beside
from census_gis.fabric.verges import give_way
from census_gis.fabric.words import Words
from census_gis.geometry.halfedges import START, TWIN, edges_after
from census_gis.graph import components
from census_gis.model import DISTRICT, FOOT, ROAD, Mesh

__all__ = ["build_mesh", "warm"]

# Vertices this close to a corner of the district line as given are that corner: half the grid's diagonal
# from rounding, as much again from moving.
CORNER_M = 0.0015


def build_mesh(
    boundary: Polygon | MultiPolygon,
    footprints: NDArray[np.object_],
    barriers: NDArray[np.object_],
    kinds: NDArray[np.uint8],
    *,
    settings: FabricSettings = STANDARD,
) -> Mesh:
    """Labelled triangulation of one census district.

    Parameters
    ----------
    boundary : Polygon or MultiPolygon
        Valid, in metres.
    footprints : object array, shape (n,)
        Valid polygons or multipolygons in metres; they may overlap, repeat, or reach over the boundary.
        Cell i is the ground of footprint i.
    barriers : object array, shape (m,)
        Lines, or areas whose outlines count; they may reach far beyond the boundary.
    kinds : uint8, shape (m,)
        ROAD, RAIL, WATER, LAND or OTHER for each barrier.
    settings : FabricSettings

    Returns
    -------
    Mesh
        The same bytes for the same input; no cell depends on the order of the footprints.

    Raises
    ------
    InputError
        If the district is too wide for exact arithmetic (about 480 km).
    """
    footprints, kinds = np.asarray(footprints, object), np.asarray(kinds, np.uint8)
    order = canonical_order(footprints)
    footprints = footprints[order]
    barriers = np.asarray(barriers, object)
    work = draw_lines(boundary, footprints, barriers, kinds, settings=settings)
    edges = triangulate_lines(work, settings.tolerance_mm)
    walls = _walls(edges, len(footprints))
    ground = _ground(edges, walls, work.rings, shapely.area(footprints))
    labelled = label_corners(ground, n_footprints=len(footprints), settings=settings)
    sides = Sides(
        ground.half[START],
        ground.half[TWIN],
        ground.flags,
        edges.feature,
        ground.inside,
        *strip_barriers(labelled, edges.feature, kinds),
    )
    # From here on the cells bear the numbers of the caller's rows; -1 stays -1.
    name = np.concatenate([order, np.arange(len(order), labelled.n_cells), [-1]]).astype(np.int32)
    cover = np.empty(labelled.n_cells, np.int32)
    cover[name[:-1]] = name[_covers(ground, walls, work.rings, labelled)]
    cells = _Cells(
        name[labelled.corner],
        name[ground.owner],
        labelled.face,
        labelled.crumb,
        labelled.lane,
        cover,
        labelled.n_cells,
        len(footprints),
    )
    return _assemble(sides, cells, *_coordinates(edges, work, ground.inside))


def warm() -> None:
    """Compile every kernel once on a tiny district, so that workers find them in numba's cache."""
    # Houses that touch, straddle a road and are cut off; a median, and crumbs where streets cross.
    houses = [(20, 20, 40, 40), (40, 20, 60, 42), (130, 100, 170, 120), (139, 60, 158, 62)]
    streets = [
        [(-9, 150), (309, 150)],
        [(-9, 158), (309, 158)],
        [(150, -9), (151, 309)],
        [(100, 100), (180, 160), (190, 140), (100, 100)],
    ]
    lines = np.array([shapely.LineString(street) for street in streets], object)
    kinds = np.full(len(streets), ROAD, np.uint8)
    footprints = np.array([shapely.box(*house) for house in houses], object)
    mesh = build_mesh(shapely.box(0, 0, 300, 300), footprints, lines, kinds)
    cell_polygons(mesh)
    touching_pieces(mesh.twin, mesh.cell)
    group = np.arange(mesh.n_cells, dtype=np.int32) // 2
    border_pieces(mesh, settle_crumbs(mesh, group))
    give_way(np.array([shapely.box(9, 155, 90, 220)], object), lines[:1], np.array([12.0]))
    same = np.zeros(len(lines), np.int64)
    as_one_line(lines, kinds, Words(same, ["primary"]), Words(same, [""]))
    components(2, np.array([0]), np.array([1]))


class _Cells(NamedTuple):
    """The fields of `Mesh` of these names."""

    cell: NDArray[np.int32]
    owner: NDArray[np.int32]
    face: NDArray[np.int32]
    crumb: NDArray[np.bool_]
    lane: NDArray[np.bool_]
    cover: NDArray[np.int32]
    n_cells: int
    n_footprints: int


def _assemble(
    sides: Sides,
    cells: _Cells,
    fx: NDArray[np.float64],
    fy: NDArray[np.float64],
    district_corner: NDArray[np.int32],
) -> Mesh:
    """The mesh with its border pieces, their points numbered in the order of their ids."""
    pieces = trace_pieces(sides, cells.cell, fx.size)
    used = np.zeros(fx.size + sides.tri.size + sides.inside.size, bool)
    used[pieces.start] = True
    used[pieces.end] = True
    row = np.cumsum(used, dtype=np.int32) - 1
    return Mesh(
        fx=fx,
        fy=fy,
        **sides._asdict(),
        left=pieces.left,
        right=pieces.right,
        start=row[pieces.start],
        end=row[pieces.end],
        piece_flags=pieces.flags,
        piece_feature=pieces.feature,
        point_id=np.flatnonzero(used),
        district_corner=district_corner,
        **cells._asdict(),
    )


def _walls(edges: Edges, n_footprints: int) -> Walls:
    """Inner half-edges of the walls of every footprint."""
    wall = np.flatnonzero(edges.segment_kind == FOOT)
    footprint = edges.segment_feature[wall]
    order = np.argsort(footprint, kind="stable")
    first = np.searchsorted(footprint[order], np.arange(n_footprints + 1))
    return Walls(first, edges.segment[wall[order]])


def _ground(edges: Edges, walls: Walls, rings: Rings, area: NDArray[np.float64]) -> Ground:
    """What is inside, which footprint covers it, and in which block it lies."""
    net = edges.net
    line, nothing = district_sides(edges)
    flags = edges.flags.copy()
    flags[nothing] &= np.uint8(0xFF ^ DISTRICT)
    part, n_parts = flood(net.half[TWIN], flags, line, DISTRICT)
    inside = part >= 0
    # Overlaps go to the smaller building: the tower stands on the podium.
    owner = footprint_owners(net, walls, rings, np.argsort(-area, kind="stable"))
    owner[~inside] = -1
    block, _ = connected_triangles(net.half[TWIN], flags, inside, BARRIER)
    areas = triangle_areas(net.point, net.half)
    home = home_blocks(owner, block, areas, area.size)
    return Ground(*net, flags, inside, part, n_parts, owner, block, home, areas)


def _coordinates(
    edges: Edges, work: LineWork, inside: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
    """Vertices in metres, those on the district line exactly on it, and which are its corners."""
    fx = work.origin[0] + edges.net.point[0] / MM
    fy = work.origin[1] + edges.net.point[1] / MM
    line = np.flatnonzero(edges.segment_kind == DISTRICT)
    given = work.district[edges.segment_feature[line]]
    tri, half = edges.net.half[START], edges.segment[line]
    corners = []
    on_line = np.zeros(fx.size, bool)
    for vertex in (tri[half], tri[edges_after(half)]):
        on_line[vertex] = True
        x, y = fx[vertex], fy[vertex]
        ax, ay, bx, by = given.T
        dx, dy = bx - ax, by - ay
        along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)
        at_a = np.hypot(x - ax, y - ay) < CORNER_M
        at_b = np.hypot(x - bx, y - by) < CORNER_M
        fx[vertex] = np.where(at_a, ax, np.where(at_b, bx, ax + along * dx))
        fy[vertex] = np.where(at_a, ay, np.where(at_b, by, ay + along * dy))
        corners.append(vertex[at_a | at_b])
    set_upright(fx, fy, triangles_beside(tri, inside, on_line), on_line)
    return fx, fy, np.unique(np.concatenate(corners)).astype(np.int32)


def _covers(ground: Ground, walls: Walls, rings: Rings, labelled: Labelled) -> NDArray[np.int64]:
    """Cell each footprint without ground goes with: the one that covers its walls; itself elsewhere."""
    cover = np.arange(labelled.n_cells)
    for b in np.flatnonzero(ground.home < 0):
        edge = walls.edge[walls.first[b] : walls.first[b + 1]]
        if edge.size:
            cells = np.where(ground.owner[edge // 3] >= 0, ground.owner[edge // 3], -1)
            if (cells < 0).all():
                cells = labelled.corner[edge]
            metres = labelled.rim.length[edge]
        elif rings.first[b] < rings.first[b + 1]:
            # Smaller than the tolerance: it left no wall, but it stands somewhere.
            i = rings.first[b]
            cells = labelled.corner[3 * _triangles_at(ground, rings.ends[0, i], rings.ends[1, i])]
            metres = np.ones(cells.size)
        else:
            continue
        known = cells >= 0
        if known.any():
            cover[b] = np.argmax(np.bincount(cells[known], metres[known]))
    return cover


def _triangles_at(ground: Ground, px: float, py: float) -> NDArray[np.int64]:
    """Triangles that hold a point, on their edges included."""
    x, y = ground.point[:, ground.half[START]].reshape(2, -1, 3)
    holds = np.ones(len(x), bool)
    for k in range(3):
        m = (k + 1) % 3
        dx, dy = x[:, m] - x[:, k], y[:, m] - y[:, k]
        holds &= dx * (py - y[:, k]) - dy * (px - x[:, k]) >= 0
    return np.flatnonzero(holds)
