"""What a drawn stroke runs beside, where the ground it was drawn on says nothing.

Between houses a line follows no edge of the fabric, yet it often runs along something one can see and that
is no barrier: a footpath, a lawn's edge, a kerb that gave way to its centre line. A stroke of which
at least half lies within 5 m of one such feature follows it, and says so.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.geometry.steps import repeated

__all__ = ["Visible", "beside", "visible"]

NEAR_M = 5.0  # issue of the partition engine: a line this close to a feature follows it
STEP_M = 4.0  # strokes are looked at in steps of this length, shorter than what is near
SHARE = 0.5  # of a stroke, at least, for what is said of all of it
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


def beside(
    tail: NDArray[np.float64], head: NDArray[np.float64], around: Visible
) -> NDArray[np.int64]:
    """Code of the feature each stroke runs beside, 0 for none.

    Parameters
    ----------
    tail, head : float64, shape (n, 2)
        Ends of the strokes [m].
    around : Visible

    Returns
    -------
    int64, shape (n,)
        The code near which most of the stroke lies, then the nearest, then the smallest.
    """
    found = np.zeros(len(tail), np.int64)
    if not len(tail) or not len(around.shape):
        return found
    count = np.maximum(1, np.ceil(np.hypot(*(head - tail).T) / STEP_M)).astype(np.int64)
    stroke, nth = repeated(count)
    share = ((nth + 0.5) / count[stroke])[:, None]
    spot = shapely.points(tail[stroke] * (1 - share) + head[stroke] * share)
    step, row = shapely.STRtree(around.shape).query(spot, predicate="dwithin", distance=NEAR_M)
    away = shapely.distance(spot[step], around.shape[row])
    # The nearest of each code beside a step, then steps and mean distance of each code beside a stroke.
    met = step.astype(np.int64) << 32 | around.code[row]
    order = np.lexsort((away, met))
    met, first = np.unique(met[order], return_index=True)
    away = away[order][first]
    sums, same = np.unique(
        stroke[met >> 32].astype(np.int64) << 32 | (met & 0xFFFFFFFF), return_inverse=True
    )
    steps = np.bincount(same, minlength=len(sums))
    mean = np.round(np.bincount(same, away, len(sums)) / np.maximum(steps, 1), 3)
    order = np.lexsort((sums, mean, -steps, sums >> 32))
    best = order[np.unique(sums[order] >> 32, return_index=True)[1]]
    best = best[steps[best] >= SHARE * count[sums[best] >> 32]]
    found[sums[best] >> 32] = sums[best] & 0xFFFFFFFF
    return found
