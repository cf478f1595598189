"""Where a point lies to a line (exact) and to a circle (approximate)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["in_circle", "orientation"]


@njit(cache=True)
def orientation(x: NDArray[np.int64], y: NDArray[np.int64], a: int, b: int, c: int) -> int:
    """1 when c lies left of a -> b, -1 right, 0 on the line; exact for differences below 2**30."""
    cross = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
    return 1 if cross > 0 else (-1 if cross < 0 else 0)


@njit(cache=True)
def in_circle(x: NDArray[np.int64], y: NDArray[np.int64], a: int, b: int, c: int, p: int) -> bool:
    """Whether p lies in the circle through a, b, c (counter-clockwise), in float arithmetic."""
    dx, dy = float(x[a] - x[p]), float(y[a] - y[p])
    ex, ey = float(x[b] - x[p]), float(y[b] - y[p])
    fx, fy = float(x[c] - x[p]), float(y[c] - y[p])
    ap, bp, cp = dx * dx + dy * dy, ex * ex + ey * ey, fx * fx + fy * fy
    return dx * (ey * cp - bp * fy) - dy * (ex * cp - bp * fx) + ap * (ex * fy - ey * fx) > 0
