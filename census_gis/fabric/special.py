"""Special areas on the ground: their outlines are lines to follow, and every atom lies in one or in none."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.inputs.special import holder_of
from census_gis.model import District, Mesh
from census_gis.tables import conform

__all__ = ["OUTLINE", "cells_in", "special_of_atoms", "with_outlines"]

# Class of the barrier rows that are outlines of special areas; it does not say what they are.
OUTLINE = "special"


def with_outlines(district: District) -> District:
    """The district with the outlines of areas that are EAs of their own among its barriers.

    They are compounds that EA lines may follow; like those they give way to the centre line of a road
    beside them. A district that has them already stays as it is.
    """
    if not len(district.special):
        return district
    barriers = district.barriers
    own = district.special[district.special["policy"] == "own"]
    if not len(own) or (barriers["class"] == OUTLINE).any():
        return district
    rows = gpd.GeoDataFrame(
        {"source": "compounds", "class": OUTLINE, "name": own["name"].to_numpy(object), "tunnel": False,
         "mode": "prefer"},
        geometry=np.asarray(own.geometry.array, dtype=object), crs=district.crs,
    )  # fmt: skip
    both = pd.concat([barriers.astype(object), rows.astype(object)], ignore_index=True)
    shaped = gpd.GeoDataFrame(both, geometry="geometry", crs=district.crs)
    return replace(district, barriers=conform(shaped, "BARRIERS"))


def cells_in(mesh: Mesh, special: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Row of the special area that holds most of the ground of each cell, -1 for none or less than half.

    The middle of a cell may lie outside it (a street around a camp), so its triangles are asked.
    """
    if not len(special):
        return np.full(mesh.n_cells, -1, dtype=np.int64)
    area = np.zeros(mesh.n_cells)
    best, most = np.full(mesh.n_cells, -1, np.int64), np.zeros(mesh.n_cells)
    corner = mesh.tri.reshape(-1, 3)
    x, y = mesh.fx[corner], mesh.fy[corner]
    cross = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    third = np.abs(cross) / 6  # each corner of a triangle has a third of its ground
    cell = mesh.cell.reshape(-1, 3)
    middle_x, middle_y = x.mean(axis=1), y.mean(axis=1)
    for k in range(3):
        seen = cell[:, k] >= 0
        area += np.bincount(cell[seen, k], third[seen], mesh.n_cells)
    for row, shape in enumerate(special.geometry):
        within = shapely.contains_xy(shape, middle_x, middle_y)
        held = np.zeros(mesh.n_cells)
        for k in range(3):
            seen = (cell[:, k] >= 0) & within
            held += np.bincount(cell[seen, k], third[seen], mesh.n_cells)
        more = held > most
        best[more], most[more] = row, held[more]
    return np.where(most > area / 2, best, -1).astype(np.int64)


def special_of_atoms(
    district: District,
    parts: gpd.GeoDataFrame,
    cell_atom: NDArray[np.int32],
    cell: NDArray[np.int64],
    ground_m2: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Row of the special area each atom lies in, -1 for ordinary ground.

    A building belongs to the area that holds more than half of its footprint, so all its parts do; an
    atom of several buildings goes with most of their footprints; empty ground with most of its own.

    Parameters
    ----------
    district : District
    parts : table PARTS
        With `cell` and `atom`.
    cell_atom : int32, shape (n_cells,)
    cell : int64, shape (n_cells,)
        Special area of each cell, `cells_in`.
    ground_m2 : float64, shape (n_cells,)
        Area of each cell.
    """
    count, rows = len(district.special), district.buildings
    n = int(max(parts["atom"].max() if len(parts) else -1, cell_atom.max(initial=-1))) + 1
    if not count:
        return np.full(n, -1, dtype=np.int64)
    of = holder_of(
        np.asarray(rows.geometry.array, dtype=object),
        np.asarray(district.special.geometry.array, dtype=object),
    )
    lookup = dict(zip(rows["building_id"].astype(str), of.tolist(), strict=True))
    home = np.array([lookup[str(key)] for key in parts["building_id"]], dtype=np.int64)
    atom = parts["atom"].to_numpy(np.int64)
    foot = np.maximum(shapely.area(np.asarray(parts.geometry.array, dtype=object)), 1e-3)
    built = np.bincount(atom, minlength=n) > 0
    empty = np.flatnonzero(~built[cell_atom])
    whose, of_area = np.r_[atom, cell_atom[empty]], np.r_[home, cell[empty]]
    # Ordinary ground comes last, so that an area wins where both have as much.
    key = whose * (count + 1) + np.where(of_area < 0, count, of_area)
    key, row = np.unique(key, return_inverse=True)
    vote = np.bincount(row, np.r_[foot, ground_m2[empty]], len(key))
    owner, area = np.divmod(key, count + 1)
    order = np.lexsort((area, -vote, owner))
    owner, first = np.unique(owner[order], return_index=True)
    best = np.full(n, count, np.int64)
    best[owner] = area[order][first]
    return np.where(best == count, -1, best)
