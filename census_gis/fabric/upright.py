"""Triangles that fall over when vertices are led onto the district line are set up again.

The district line is kept as given, so its vertices move by up to half a millimetre when they leave the grid. A
vertex that lay a hair inside may then lie outside, and the cells that meet there would overlap.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["set_upright", "triangles_beside"]

LEAST_M = 1e-5  # height a triangle gets back: far below the grid, far above what doubles resolve
ROUNDS = 8  # one mended triangle may tilt the next


@njit(cache=True)
def triangles_beside(
    tri: NDArray[np.int32], inside: NDArray[np.bool_], line: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Triangles inside, of starts of half-edges, that have a vertex on a line: shape (t, 3)."""
    n = 0
    for turn in range(2):
        near = np.empty((n, 3), np.int32)
        n = 0
        for t in range(inside.size):
            u, v, w = tri[3 * t], tri[3 * t + 1], tri[3 * t + 2]
            if inside[t] and (line[u] or line[v] or line[w]):
                if turn:
                    near[n, 0], near[n, 1], near[n, 2] = u, v, w
                n += 1
    return near


def set_upright(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    tri: NDArray[np.int32],
    fixed: NDArray[np.bool_],
) -> None:
    """Move vertices by less than a millimetre, in place, so that triangles turn counter-clockwise again.

    Parameters
    ----------
    x, y : float64, shape (n,)
        Vertices [m].
    tri : int32, shape (t, 3)
        Triangles that hold ground; counter-clockwise before their vertices were moved.
    fixed : bool, shape (n,)
        Vertices that must stay: those on the district line.
    """
    near = tri[fixed[tri].any(axis=1)]
    for _ in range(ROUNDS):
        fallen = near[_twice_area(x, y, near) <= 0.0]
        if not len(fallen):
            return
        moved = False
        for three in fallen:
            moved |= _raise_apex(x, y, three, fixed)
        if not moved:
            return


def _twice_area(
    x: NDArray[np.float64], y: NDArray[np.float64], tri: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Twice the area of triangles [m2], above 0 where they turn counter-clockwise."""
    a, b, c = tri.T
    return (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a])


def _raise_apex(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    three: NDArray[np.int32],
    fixed: NDArray[np.bool_],
) -> bool:
    """Lift the free corner opposite the longest side a hair above that side; False where all are fixed."""
    ends = [(three[(k + 1) % 3], three[(k + 2) % 3]) for k in range(3)]
    across = [float(np.hypot(x[q] - x[p], y[q] - y[p])) for p, q in ends]
    for k in sorted(range(3), key=lambda corner: -across[corner]):
        v, (p, q) = three[k], ends[k]
        if fixed[v] or across[k] == 0.0:
            continue
        ux, uy = (x[q] - x[p]) / across[k], (y[q] - y[p]) / across[k]
        short = LEAST_M - (ux * (y[v] - y[p]) - uy * (x[v] - x[p]))
        if short > 0.0:
            x[v], y[v] = x[v] - uy * short, y[v] + ux * short
            return True
    return False
