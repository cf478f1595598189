"""Which cells touch, along how many metres, and what runs between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numba import njit
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
FLAGS = tuple(KINDS.values())


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
    name = np.arange(mesh.n_cells) if group is None else group
    name = np.append(name, -1).astype(np.int32)
    low, high, inner = _ordered(name[mesh.left], name[mesh.right], int(name.max()) + 1)
    x, y = point_coordinates(mesh, mesh.point_id)
    start, end = mesh.start[inner], mesh.end[inner]
    metres = np.hypot(x[start] - x[end], y[start] - y[end])
    a, b, sums = _sums(low, high, metres, mesh.piece_flags[inner])
    return {"a": a, "b": b, **dict(zip(METRES, sums, strict=True))}


@njit(cache=True)
def _ordered(
    left: NDArray[np.int32], right: NDArray[np.int32], n: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Lower and higher label (of n) of pieces between two of them, and their rows, ordered by both labels.

    Pieces of one pair stay as they were. Two rounds of counting: pieces are many and labels are few.
    """
    rows = np.flatnonzero((left >= 0) & (right >= 0) & (left != right))
    for turn in range(2):
        place = np.zeros(n + 1, np.int64)
        for i in rows:
            label = min(left[i], right[i]) if turn else max(left[i], right[i])
            place[label + 1] += 1
        place = np.cumsum(place)
        order = np.empty(rows.size, np.int64)
        for i in rows:
            label = min(left[i], right[i]) if turn else max(left[i], right[i])
            order[place[label]] = i
            place[label] += 1
        rows = order
    return np.minimum(left[rows], right[rows]), np.maximum(left[rows], right[rows]), rows


@njit(cache=True)
def _sums(
    low: NDArray[np.int32],
    high: NDArray[np.int32],
    metres: NDArray[np.float64],
    flags: NDArray[np.uint8],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Labels of each pair of ordered pieces, and sums of `METRES`, a row for each."""
    a, b = np.empty(low.size, np.int32), np.empty(low.size, np.int32)
    sums = np.zeros((len(FLAGS) + 1, low.size))
    n = -1
    for i in range(low.size):
        if n < 0 or low[i] != a[n] or high[i] != b[n]:
            n += 1
            a[n], b[n] = low[i], high[i]
        sums[0, n] += metres[i]
        for k in range(len(FLAGS)):
            if flags[i] & FLAGS[k]:
                sums[k + 1, n] += metres[i]
    return a[: n + 1].copy(), b[: n + 1].copy(), sums[:, : n + 1].copy()
