"""A region's nodes joined to so few that they can be grouped exactly."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.coarsen import contract, match
from census_gis.partitioning.network import Net

__all__ = ["shrunk"]


def shrunk(
    part: Net, label: NDArray[np.int32], how: tuple[bool, int], state: NDArray[np.uint64]
) -> NDArray[np.int32]:
    """Join a region's nodes until so many are left: inside areas or across them."""
    keep, left = how
    cluster = _quiet(part, label)
    g = contract(part, cluster, int(cluster.max()) + 1)
    inside = np.zeros(len(g.persons), np.int32)
    inside[cluster] = label
    most = max(1, int(part.persons[part.core < 0].sum()) // left // 2)
    limit = int(part.persons.sum()) + 1
    while len(g.persons) > left and most < 2 * limit:
        step, count = match(g, inside if keep else np.zeros_like(inside), most, state)
        if count == len(g.persons):
            most *= 2
            continue
        g = contract(g, step, count)
        cluster = step[cluster]
        joined = np.zeros(count, np.int32)
        joined[step] = inside
        inside = joined
    return cluster


@njit(cache=True)
def _quiet(part: Net, label: NDArray[np.int32]) -> NDArray[np.int32]:
    """Join a core with the empty atoms of its area that touch nothing else."""
    n = len(label)
    cluster = np.full(n, -1, np.int32)
    count = 0
    for v in range(n):
        if part.core[v] >= 0:
            cluster[v] = count
            count += 1
    for v in range(n):
        if cluster[v] < 0:
            host = -1
            quiet = part.persons[v] == 0
            for q in range(part.start[v], part.start[v + 1]):
                u = part.to[q]
                quiet = quiet and label[u] == label[v]
                if part.core[u] >= 0 and label[u] == label[v]:
                    host = cluster[u]
            if quiet and host >= 0:
                cluster[v] = host
    for v in range(n):
        if cluster[v] < 0:
            cluster[v] = count
            count += 1
    return cluster
