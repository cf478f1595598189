"""What can be seen beside a line, where the ground it was drawn on says nothing.

Between houses a line follows no edge of the fabric, yet it often runs along something one can see and that
is no barrier: a footpath, a lawn's edge, a kerb that gave way to its centre line.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Visible", "close", "visible"]

NEAR_M = 5.0  # issue of the partition engine: a line this close to a feature follows it
# What is planned, gone or indoors cannot be seen from outside.
UNSEEN = frozenset({
    "construction", "proposed", "planned", "abandoned", "razed", "corridor", "elevator", "subway",
})  # fmt: skip


class Visible(NamedTuple):
    """Features as lines, and what is said of a stroke beside each (`code`)."""

    shape: NDArray[np.object_]
    code: NDArray[np.int64]


def visible(
    barriers: gpd.GeoDataFrame, code: NDArray[np.int64], within: shapely.Geometry
) -> Visible:
    """Features of a district that one sees above ground.

    Parameters
    ----------
    barriers : table BARRIERS, n rows
    code : int64, shape (n,)
        What is said of a stroke beside each row; rows with 0 are left out.
    within : Geometry
        The district.
    """
    shape = shapely.force_2d(np.asarray(barriers.geometry.values, dtype=object))
    above = ~barriers["tunnel"].fillna(False).to_numpy(bool)
    held_off = np.array([word == "never" for word in barriers["hold"].to_numpy(object)], dtype=bool)
    there = np.array(
        [word not in UNSEEN for word in barriers["class"].to_numpy(object)], dtype=bool
    )
    near = shapely.dwithin(shape, within, NEAR_M)
    keep = np.flatnonzero(
        above & ~held_off & there & near & (code > 0) & (shapely.get_dimensions(shape) > 0)
    )
    shape = shape[keep]
    flat = shapely.get_dimensions(shape) == 2
    return Visible(np.where(flat, shapely.boundary(shape), shape), code[keep])


def close(
    spot: NDArray[np.float64], around: Visible
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """What lies within 5 m of places.

    Parameters
    ----------
    spot : float64, shape (n, 2)
        Places [m].
    around : Visible

    Returns
    -------
    row, code, away
        Place, code of a feature near it, and its distance [m]; a code may come several times.
    """
    points = shapely.points(spot)
    # Features ask for places, not places for features: what asks is indexed once, and rivers are long.
    feature, row = shapely.STRtree(points).query(around.shape, predicate="dwithin", distance=NEAR_M)
    away = shapely.distance(points[row], around.shape[feature])
    return row.astype(np.int64), around.code[feature], np.asarray(away)
