"""Grid cells and compounds taken as they are (mode = as_is): EAs that nothing joins and nothing leaves."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.fabric.special import cells_in
from census_gis.fabric.votes import most_of
from census_gis.graph import components
from census_gis.model import District, Mesh

__all__ = ["given_of_atoms"]


def given_of_atoms(
    district: District,
    mesh: Mesh,
    cell_atom: NDArray[np.int32],
    atoms: pd.DataFrame,
    parts: gpd.GeoDataFrame,
    edges: pd.DataFrame,
) -> NDArray[np.int64]:
    """Number of the area taken as it is that each atom belongs to, -1 for none.

    An area has what stands in it and the ground without buildings that is mostly in it. Ground without
    buildings that touches nothing but such areas goes with the one it touches most: nobody else could have it.

    Parameters
    ----------
    district : District
    mesh : Mesh
    cell_atom : int32, shape (n_cells,)
    atoms : table of atoms
    parts : table PARTS
    edges : table of edges of a fabric
    """
    given = np.full(len(atoms), -1, dtype=np.int64)
    as_given = district.barriers["mode"].to_numpy(dtype=object) == "as_is"
    if not as_given.any():
        return given
    rows = district.barriers[as_given]
    rows = rows[rows["source"].isin(["compounds", "grids"]) & rows.geometry.notna()]
    if not len(rows):
        return given
    areas = rows.iloc[np.argsort(rows.geometry.to_wkb().to_numpy(), kind="stable")]
    built = _by_buildings(areas, parts, len(atoms))
    cell = cells_in(mesh, areas)
    empty = (atoms["kind"] == "empty").to_numpy()
    within = np.flatnonzero((cell >= 0) & empty[cell_atom])
    given[cell_atom[within]] = cell[within]
    lived = np.isin(np.arange(len(areas)), built)  # an area without buildings is ordinary ground
    given = np.where(empty & (given >= 0) & lived[given], given, built)
    return _with_pockets(given, empty, edges)


def _by_buildings(areas: gpd.GeoDataFrame, parts: gpd.GeoDataFrame, n: int) -> NDArray[np.int64]:
    """Area that holds most of the buildings of each atom."""
    spots = shapely.point_on_surface(np.asarray(parts.geometry.array, dtype=object))
    i, j = shapely.STRtree(spots).query(
        np.asarray(areas.geometry.array, dtype=object), predicate="contains"
    )
    most = most_of(parts["atom"].to_numpy(np.int64)[j], i, np.ones(len(i), np.int64))
    found = np.full(n, -1, dtype=np.int64)
    found[most.index.to_numpy(np.int64)] = most.to_numpy(np.int64)
    return found


def _with_pockets(
    given: NDArray[np.int64], empty: NDArray[np.bool_], edges: pd.DataFrame
) -> NDArray[np.int64]:
    """Ground between areas, that nobody lives on and nothing else touches, with the area it touches most."""
    a, b = edges["a"].to_numpy(np.int64), edges["b"].to_numpy(np.int64)
    free = (given[a] < 0) & (given[b] < 0)
    count, which = components(len(given), a[free], b[free])
    bare = (np.bincount(which, ~empty | (given >= 0), count) == 0)[which]
    tail, head = np.concatenate([a, b]), np.concatenate([b, a])
    rim = bare[tail] & (given[head] >= 0)
    metres = np.tile(edges["border_m"].to_numpy(np.float64), 2)[rim]
    host = most_of(which[tail[rim]], given[head[rim]], metres)
    found = given.copy()
    found[bare] = pd.Series(which[bare]).map(host).fillna(-1).to_numpy(np.int64)
    return found
