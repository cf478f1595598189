"""Which cells touch, along how many metres, and what runs between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.fabric.borders import point_coordinates
from census_gis.model import FOOT, LAND, OTHER, RAIL, ROAD, WATER, Mesh

__all__ = ["METRES", "adjacency", "borders_between"]

KINDS = {
    "road_m": ROAD,
    "rail_m": RAIL,
    "water_m": WATER,
    "land_m": LAND,
    "other_m": OTHER,
    "wall_m": FOOT,
}
METRES = ("border_m", *KINDS)


def adjacency(mesh: Mesh, group: NDArray[np.int32] | None = None) -> pd.DataFrame:
    """Pairs of cells, or of groups of cells, with a common border.

    Parameters
    ----------
    mesh : Mesh
    group : int, shape (n_cells,), optional
        Group of each cell, 0 .. k-1.

    Returns
    -------
    DataFrame
        `a` < `b` [int32], sorted; `border_m` and of it `road_m`, `rail_m`, `water_m`, `land_m`,
        `other_m` and `wall_m` [m]. A piece that follows several kinds counts for each; one inside a
        median or tram bed counts for the kind of that strip. The district line is no border.
    """
    return pd.DataFrame(borders_between(mesh, group))


def borders_between(
    mesh: Mesh, group: NDArray[np.int32] | None = None
) -> dict[str, NDArray[np.int32] | NDArray[np.float64]]:
    """`adjacency` as columns."""
    left, right = mesh.left, mesh.right
    if group is not None:
        name = np.append(group, -1).astype(np.int32)
        left, right = name[left], name[right]
    inner = np.flatnonzero((left >= 0) & (right >= 0) & (left != right))
    left, right = left[inner], right[inner]
    x, y = point_coordinates(mesh, mesh.point_id)
    start, end = mesh.start[inner], mesh.end[inner]
    metres = np.hypot(x[start] - x[end], y[start] - y[end])
    base = np.int64(mesh.n_cells + 1)
    pair = np.minimum(left, right).astype(np.int64) * base + np.maximum(left, right)
    pairs, row = np.unique(pair, return_inverse=True)
    flags = mesh.piece_flags[inner]
    along = {
        name: np.bincount(row, metres * ((flags & kind) > 0), pairs.size)
        for name, kind in KINDS.items()
    }
    return {
        "a": (pairs // base).astype(np.int32),
        "b": (pairs % base).astype(np.int32),
        "border_m": np.bincount(row, metres, pairs.size),
        **along,
    }
