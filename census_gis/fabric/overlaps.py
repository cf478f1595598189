"""Which buildings must stay together: footprints that overlap, and compounds kept as one (contract law 2)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.graph import components

__all__ = ["held_together", "kept_together", "overlapping"]

# Contract law 2: more than 2 % of the smaller footprint, and more than 0.5 m2.
LEAST_SHARE = 0.02
LEAST_M2 = 0.5


def overlapping(
    footprints: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs i < j of footprints that overlap by more than 2 % of the smaller and 0.5 m2.

    Examples
    --------
    >>> overlapping(shapely.box([0, 8, 30], 0, [10, 20, 40], 10))
    (array([0]), array([1]))
    """
    i, j = shapely.STRtree(footprints).query(footprints)
    once = i < j
    i, j = i[once], j[once]
    met = shapely.intersects(footprints[i], footprints[j])
    i, j = i[met], j[met]
    common = shapely.area(shapely.intersection(footprints[i], footprints[j]))
    smaller = np.minimum(shapely.area(footprints[i]), shapely.area(footprints[j]))
    enough = (common > LEAST_M2) & (common > LEAST_SHARE * smaller)
    i, j = i[enough], j[enough]
    order = np.lexsort((j, i))
    return i[order], j[order]


def held_together(
    footprints: NDArray[np.object_], persons: NDArray[np.int64], high: int
) -> tuple[NDArray[np.int32], list[NDArray[np.int64]]]:
    """Group buildings that overlap, directly or through others, while a group holds at most `high`.

    Returns
    -------
    group : int32, shape (n,)
        Group of each building.
    parted : list of int64 arrays
        Buildings of each chain of overlaps that holds more persons: there each stands for itself.
    """
    n = len(footprints)
    count, chain = components(n, *overlapping(footprints))
    total = np.bincount(chain, persons, count)
    above = total[chain] > high
    group = np.where(above, count + np.arange(n), chain)
    size = np.bincount(chain, minlength=count)
    parted = [np.flatnonzero(chain == c) for c in np.flatnonzero((total > high) & (size > 1))]
    return np.unique(group, return_inverse=True)[1].astype(np.int32), parted


def kept_together(
    group: NDArray[np.int32],
    persons: NDArray[np.int64],
    members: Iterable[NDArray[np.int64]],
    high: int,
) -> tuple[NDArray[np.int32], list[int]]:
    """Join whole groups into compounds that are to be one EA, while each holds at most `high`.

    Parameters
    ----------
    group : int32, shape (n,)
    persons : int64, shape (n,)
    members : iterable of int64 arrays
        Buildings of each compound.
    high : int
        Most persons of a compound that is kept together.

    Returns
    -------
    group : int32, shape (n,)
    refused : list of int
        Compounds (by place in `members`) that hold more.
    """
    joined, refused = group.copy(), []
    for number, rows in enumerate(members):
        if not len(rows):
            continue
        inside = np.isin(joined, joined[rows])
        if int(persons[inside].sum()) > high:
            refused.append(number)
        else:
            joined[inside] = joined[rows].min()
    return np.unique(joined, return_inverse=True)[1].astype(np.int32), refused
