"""Which EA of the previous census each atom lay in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.votes import most_of
from census_gis.model import Mesh

__all__ = ["previous_of_atoms"]


def previous_of_atoms(
    previous: gpd.GeoDataFrame,
    mesh: Mesh,
    cell_atom: NDArray[np.int32],
    atoms: pd.DataFrame,
    parts: gpd.GeoDataFrame,
) -> NDArray[np.object_]:
    """Code of the previous EA of each atom, '' for none: that of most of its footprints, of empty ground that of most ground.

    A building lies where a point on its footprint does: lines that were drawn through it do not part it.
    """
    found = np.full(len(atoms), "", dtype=object)
    if not len(previous):
        return found
    table = previous.sort_values("ea_code", kind="stable")
    codes = table["ea_code"].to_numpy(object)
    shapes = np.asarray(table.geometry.array, dtype=object)
    tree = shapely.STRtree(shapes)
    feet = np.asarray(parts.geometry.array, dtype=object)
    i, j = tree.query(shapely.point_on_surface(feet), predicate="intersects")
    weight = np.maximum(shapely.area(feet[i]), 1e-3)
    _most(found, parts["atom"].to_numpy(np.int64)[i], codes[j], weight)
    empty = np.flatnonzero((atoms["kind"] == "empty").to_numpy())
    if len(empty):
        group = np.full(len(atoms), -1, np.int32)
        group[empty] = np.arange(len(empty))
        ground = shapely.make_valid(cell_polygons(mesh, group[cell_atom]))
        i, j = tree.query(ground, predicate="intersects")
        common = shapely.area(shapely.intersection(ground[i], shapes[j], grid_size=0.001))
        _most(found, empty[i[common > 0]], codes[j[common > 0]], common[common > 0])
    return found


def _most(
    found: NDArray[np.object_],
    atom: NDArray[np.int64],
    code: NDArray[np.object_],
    weight: NDArray[np.float64],
) -> None:
    """Write the code with most weight for each atom, the lowest of several."""
    most = most_of(atom, code, weight)
    found[most.index.to_numpy(np.int64)] = most.to_numpy(object)
