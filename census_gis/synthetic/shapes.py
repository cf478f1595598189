"""Footprints in their own axes: x along the front, y to the back, origin in the middle [m]."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["aitch", "bar", "ell", "slab", "tee", "twin"]

Outline = NDArray[np.float64]


def bar(length: float, depth: float) -> Outline:
    """A plain rectangle."""
    x, y = length / 2, depth / 2
    return np.array([(-x, -y), (x, -y), (x, y), (-x, y)], dtype=float)


def slab(length: float, depth: float, doors: int, stair: float = 1.3) -> Outline:
    """A slab of several doors (单元): each has a stairwell standing out at the back."""
    x, y = length / 2, depth / 2 - stair / 2
    points = [(-x, -y - stair / 2), (x, -y - stair / 2), (x, y - stair / 2)]
    each = length / doors
    for door in range(doors - 1, -1, -1):
        middle = -x + (door + 0.5) * each
        points += [(middle + 1.6, y - stair / 2), (middle + 1.6, y + stair / 2),
                   (middle - 1.6, y + stair / 2), (middle - 1.6, y - stair / 2)]  # fmt: skip
    points.append((-x, y - stair / 2))
    return np.array(points, dtype=float)


def aitch(length: float, depth: float, waist: float = 0.42) -> Outline:
    """An H: two wings and a core with the stairs."""
    x, y = length / 2, depth / 2
    a, b = 0.36 * x, y * waist
    return np.array([
        (-x, -y), (-a, -y), (-a, -b), (a, -b), (a, -y), (x, -y),
        (x, y), (a, y), (a, b), (-a, b), (-a, y), (-x, y),
    ], dtype=float)  # fmt: skip


def tee(length: float, depth: float) -> Outline:
    """A T: a broad front to the south and a core to the north."""
    x, y = length / 2, depth / 2
    a = 0.42 * x
    return np.array([
        (-x, -y), (-0.12 * x, -y), (-0.12 * x, -y + 1.8), (0.12 * x, -y + 1.8), (0.12 * x, -y),
        (x, -y), (x, 0.1 * y), (a, 0.1 * y), (a, y), (-a, y), (-a, 0.1 * y), (-x, 0.1 * y),
    ], dtype=float)  # fmt: skip


def twin(length: float, depth: float, doors: int) -> Outline:
    """A high slab of several doors, stepped from door to door, with recesses to the south."""
    each = length / doors
    x, y = length / 2, depth / 2
    south, north = [], []
    for door in range(doors):
        a, b = -x + door * each, -x + (door + 1) * each
        step = 1.1 if door % 2 else 0.0
        middle = (a + b) / 2
        south += [(a, -y + step), (middle - 1.7, -y + step), (middle - 1.7, -y + step + 2.2),
                  (middle + 1.7, -y + step + 2.2), (middle + 1.7, -y + step), (b, -y + step)]  # fmt: skip
        north += [(a, y - 1.1 + step), (b, y - 1.1 + step)]
    points = south + north[::-1]
    kept = [points[0]]
    for point in points[1:]:
        if point != kept[-1]:
            kept.append(point)
    return np.array(kept, dtype=float)


def ell(length: float, depth: float, wing: float = 0.45) -> Outline:
    """An L: a front and one wing behind it."""
    x, y = length / 2, depth / 2
    cut = -x + 2 * x * wing
    return np.array(
        [(-x, -y), (x, -y), (x, -y + 2 * y * wing), (cut, -y + 2 * y * wing), (cut, y), (-x, y)],
        dtype=float,
    )
