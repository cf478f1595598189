"""The better of two plans, place by place.

Where two plans number their areas alike, the nodes they differ on fall into groups of areas that have nothing to do
with each other. Of each group the better is kept, so that no place has to wait until a whole plan is better.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.moves import tally_of
from census_gis.partitioning.network import Bands, Net

__all__ = ["better_of"]


@njit(cache=True, nogil=True)
def better_of(
    net: Net, old: NDArray[np.int32], new: NDArray[np.int32], bands: Bands, unit: float
) -> NDArray[np.int32]:
    """The old plan with the new one wherever that is better, each connected where both are.

    Areas that exchange nodes between the plans are one group: together they hold the same nodes in both, so
    every edge that leaves a group is cut in both, and groups can be chosen one by one.

    Parameters
    ----------
    old, new : int32, shape (n,)
        Areas of each node, numbered alike: an area that is the same in both has the same number.
    unit : float
        Mean edge cost [dm].

    Returns
    -------
    int32, shape (n,)
        No dearer than either plan.
    """
    group = _groups(old, new, len(bands.low))
    gain = np.zeros(len(bands.low), np.float64)
    before, after = tally_of(net, old, bands, unit).woe, tally_of(net, new, bands, unit).woe
    for area in range(len(gain)):
        gain[group[area]] += before[area] - after[area]
    for v in range(len(old)):
        for q in range(net.start[v], net.start[v + 1]):
            u = net.to[q]
            if u > v:
                saved = np.int64(old[u] != old[v]) - np.int64(new[u] != new[v])
                gain[group[old[v]]] += net.cost[q] * saved
    chosen = old.copy()
    for v in range(len(old)):
        if gain[group[old[v]]] > 0:
            chosen[v] = new[v]
    return chosen


@njit(cache=True, nogil=True)
def _groups(old: NDArray[np.int32], new: NDArray[np.int32], k: int) -> NDArray[np.int64]:
    """Group of each area, named by its lowest: areas that hold the same nodes together in both plans."""
    above = np.arange(k)
    for v in range(len(old)):
        a, b = np.int64(old[v]), np.int64(new[v])
        while above[a] != a:
            above[a] = above[above[a]]
            a = above[a]
        while above[b] != b:
            above[b] = above[above[b]]
            b = above[b]
        above[max(a, b)] = min(a, b)
    for area in range(k):
        above[area] = above[above[area]]
    return above
