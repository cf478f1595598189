"""An order of places in which neighbours stay neighbours: the Hilbert curve over a fixed grid of metres.

The grid does not depend on the data, so that the order of two buildings never changes because a third
one was added, left out, or stood in another row.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["hilbert_key", "hilbert_order"]

# 2^27 cells of 1 m, the origin in the middle: +- 67,000 km holds every projected coordinate in use,
# zone-prefixed eastings of 45,500,000 m among them.
BITS = 27
ORIGIN = 1 << (BITS - 1)


def hilbert_key(x: ArrayLike, y: ArrayLike) -> NDArray[np.int64]:
    """Distance of each point along a Hilbert curve through cells of 1 m.

    Parameters
    ----------
    x, y : shape (n,)
        Coordinates [m], finite, within +- 67,000 km.

    Returns
    -------
    int64, shape (n,)
        Points that are close in it are close on the ground; the reverse holds mostly.

    Raises
    ------
    ValueError
        If a coordinate is not finite or beyond the grid.

    Examples
    --------
    >>> key = hilbert_key([0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0])
    >>> sorted(abs(np.diff(key)).tolist())
    [1, 1, 1]
    """
    column, row = (np.asarray(value, dtype=np.float64) for value in (x, y))
    if not (np.isfinite(column).all() and np.isfinite(row).all()):
        raise ValueError("hilbert_key: a coordinate is not finite.")
    u = np.floor(column).astype(np.int64) + ORIGIN
    v = np.floor(row).astype(np.int64) + ORIGIN
    if u.size and (min(u.min(), v.min()) < 0 or max(u.max(), v.max()) >= 2 * ORIGIN):
        raise ValueError("hilbert_key: a coordinate is more than 67,000 km from the origin.")
    key = np.zeros(u.shape, dtype=np.int64)
    for bit in range(BITS - 1, -1, -1):
        right, upper = (u >> bit) & 1, (v >> bit) & 1
        key += ((3 * right) ^ upper) << (2 * bit)
        # Turn the quadrant so that the curve enters and leaves it at the right corners.
        flip = (upper == 0) & (right == 1)
        u, v = np.where(flip, ~u, u), np.where(flip, ~v, v)
        turn = upper == 0
        u, v = np.where(turn, v, u), np.where(turn, u, v)
    return key


def hilbert_order(x: ArrayLike, y: ArrayLike, ids: ArrayLike) -> NDArray[np.int64]:
    """Rows in Hilbert order; rows in one cell of 1 m follow their `ids`.

    Parameters
    ----------
    x, y : shape (n,)
        Coordinates [m].
    ids : shape (n,)
        Unique texts; they make the order independent of the order of rows.
    """
    key, names = hilbert_key(x, y), np.asarray(ids, dtype=object)
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(np.diff(key[order]) == 0)
    shared = np.union1d(again, again + 1)  # few stand in one cell: only these are told apart by ids
    rows = order[shared]
    tied = pd.DataFrame({"key": key[rows], "id": names[rows]}, index=rows)
    order[shared] = tied.sort_values(["key", "id"], kind="stable").index
    return np.asarray(order, dtype=np.int64)
