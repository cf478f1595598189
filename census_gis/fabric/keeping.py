"""Lines that must be kept: no EA lies on both sides of them (`[inputs.barriers]` with hold = must, and `hold` edits)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.fabric.cells import cell_polygons
from census_gis.model import District, Mesh

__all__ = ["held_edges", "kept_lines"]

# A line that ends this near the district's own line was meant to reach it [m].
REACH_M = 15.0


def kept_lines(district: District) -> NDArray[np.object_]:
    """Lines of the district that must be kept, areas as their outlines, led on to the district line if they end near it."""
    barriers = district.barriers
    source, hold = (barriers[name].to_numpy(dtype=object) for name in ("source", "hold"))
    chosen = (source == "barriers") & (hold == "must")
    if not chosen.any():
        return np.empty(0, dtype=object)
    shapes = shapely.force_2d(np.asarray(barriers.geometry.array, dtype=object)[chosen])
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    flat = shapely.get_dimensions(shapes) == 2
    shapes = np.where(flat, shapely.boundary(shapes), shapes)
    drawn = shapely.union_all(shapes[shapely.get_dimensions(shapes) == 1])
    lines = shapely.get_parts(shapely.line_merge(drawn))
    rim = district.boundary.boundary
    return np.array([_led_on(line, rim) for line in lines], dtype=object)


def held_edges(
    edges: pd.DataFrame,
    district: District,
    mesh: Mesh,
    cell_atom: NDArray[np.int32],
    atoms: pd.DataFrame,
) -> NDArray[np.bool_]:
    """Which edges lead over a line that must be kept.

    The way from a place inside one atom to a place inside the other crosses the lines an odd number of times:
    on either side of a line from rim to rim, or of a ring, that holds for every way; round the end of a line
    that divides nothing one may go.
    """
    held = np.zeros(len(edges), np.bool_)
    lines = kept_lines(district)
    if not len(lines):
        return held
    spots = _places(mesh, cell_atom, atoms)
    one, two = (spots[edges[end].to_numpy(np.int64)] for end in ("a", "b"))
    ways = shapely.linestrings(np.stack([one, two], axis=1))
    i, j = shapely.STRtree(ways).query(lines, predicate="crosses")
    points = shapely.get_num_geometries(shapely.intersection(lines[i], ways[j]))
    held[j[points % 2 == 1]] = True
    return held & ~edges["stair"].to_numpy(bool)


def _led_on(line: shapely.LineString, rim: shapely.Geometry) -> shapely.LineString:
    """The line, its loose ends drawn on across the district line where that is near."""
    if line.is_ring:
        return line
    xy = shapely.get_coordinates(line)
    for end, before in ((0, 1), (-1, -2)):
        if shapely.dwithin(shapely.points(xy[end]), rim, REACH_M):
            way = xy[end] - xy[before]
            more = xy[end] + way / max(float(np.hypot(*way)), 1e-9) * 2 * REACH_M
            xy = np.vstack([more, xy]) if end == 0 else np.vstack([xy, more])
    return shapely.linestrings(xy)


def _places(mesh: Mesh, cell_atom: NDArray[np.int32], atoms: pd.DataFrame) -> NDArray[np.float64]:
    """A place inside each atom: where people live, or inside its ground where nobody does."""
    spots = atoms[["x", "y"]].to_numpy(np.float64).copy()
    empty = np.flatnonzero((atoms["kind"] == "empty").to_numpy())
    if len(empty):
        group = np.full(len(atoms), -1, np.int32)
        group[empty] = np.arange(len(empty))
        shapes = cell_polygons(mesh, group[cell_atom])
        spots[empty] = shapely.get_coordinates(shapely.point_on_surface(shapely.make_valid(shapes)))
    return spots
