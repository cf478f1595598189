"""Things taken apart into equal steps."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["middles", "repeated"]


def repeated(count: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every row as often as its count says: the row of each step, and the number of the step in its row.

    Examples
    --------
    >>> row, nth = repeated(np.array([2, 0, 3]))
    >>> row.tolist(), nth.tolist()
    ([0, 0, 2, 2, 2], [0, 1, 0, 1, 2])
    """
    row = np.repeat(np.arange(count.size), count)
    return row, np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)


def middles(
    lines: NDArray[np.object_], step_m: float
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.float64]]:
    """Middles of the equal pieces, none longer than a step, that lines are cut into.

    Returns
    -------
    spot, line, metres : of each piece
        A point, the row of its line, and its length [m]; a line of no length is one piece.
    """
    length = shapely.length(lines)
    count = np.maximum(np.ceil(length / step_m), 1).astype(np.int64)
    line, nth = repeated(count)
    spot = shapely.line_interpolate_point(lines[line], (nth + 0.5) / count[line], normalized=True)
    return spot, line, (length / count)[line]
