"""Polygons of cells, and of groups of cells, out of the border pieces of a mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from census_gis.fabric.borders import point_coordinates
from census_gis.fabric.tracing import rings
from census_gis.model import Mesh

__all__ = ["cell_polygons"]


def cell_polygons(mesh: Mesh, group: NDArray[np.int32] | None = None) -> NDArray[np.object_]:
    """Polygon of every cell, or of every group of cells.

    Parameters
    ----------
    mesh : Mesh
    group : int, shape (n_cells,), optional
        Group of each cell, 0 .. k-1.

    Returns
    -------
    object array, shape (n_cells,) or (k,)
        Polygons or MultiPolygons [m] that tile the district exactly: neighbours share their vertices.
        None for what has no ground (a duplicate footprint).
    """
    left, right, start, end = mesh.left, mesh.right, mesh.start, mesh.end
    x, y = point_coordinates(mesh, mesh.point_id)
    n = mesh.n_cells
    if group is not None:
        name = np.append(group, -1).astype(np.int32)
        n = int(name.max()) + 1
        left, right = name[left], name[right]
        border = np.flatnonzero(left != right)
        left, right, start, end = left[border], right[border], start[border], end[border]
    a, b = np.flatnonzero(left >= 0), np.flatnonzero(right >= 0)
    return rings(
        np.concatenate([left[a], right[b]]),
        np.concatenate([start[a], end[b]]),
        np.concatenate([end[a], start[b]]),
        x,
        y,
        n,
    )
