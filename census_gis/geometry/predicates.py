"""Where a point lies to a line (exact) and to a circle (approximate)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["in_circle", "orientation"]


@njit(cache=True)
def orientation(point: NDArray[np.int64], a: int, b: int, c: int) -> int:
    """1 when c lies left of a -> b, -1 right, 0 on the line; exact for differences below 2**30.

    `point` has rows x and y; a, b and c are columns.
    """
    ax, ay = point[0, a], point[1, a]
    cross = (point[0, b] - ax) * (point[1, c] - ay) - (point[1, b] - ay) * (point[0, c] - ax)
    return 1 if cross > 0 else (-1 if cross < 0 else 0)


@njit(cache=True)
def in_circle(point: NDArray[np.int64], a: int, b: int, c: int, p: int) -> bool:
    """Whether p lies in the circle through a, b, c (counter-clockwise), in float arithmetic."""
    px, py = point[0, p], point[1, p]
    dx, dy = float(point[0, a] - px), float(point[1, a] - py)
    ex, ey = float(point[0, b] - px), float(point[1, b] - py)
    fx, fy = float(point[0, c] - px), float(point[1, c] - py)
    ap, bp, cp = dx * dx + dy * dy, ex * ex + ey * ey, fx * fx + fy * fy
    return dx * (ey * cp - bp * fy) - dy * (ex * cp - bp * fx) + ap * (ex * fy - ey * fx) > 0
