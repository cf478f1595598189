"""The streets of a district as a graph people walk on: crossings and ends are nodes, the ways between are edges.

Lines are noded where they meet or cross and merged where nothing branches off, in an order that depends on
where they run and on nothing else. Ways closed to people on foot are left out.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["Streets", "distances_from", "street_graph", "walkable"]

# OSM default access: no foot on these; what is not there yet cannot be walked on.
CLOSED = frozenset({
    "motorway", "motorway_link", "construction", "proposed", "planned", "raceway", "bus_guideway", "escape",
})  # fmt: skip
WALKED = ("roads", "links")  # inputs whose lines people walk along
GRID_M = 0.001  # lines this near meet: the foot of a street on another one is rounded
JOINED = 2  # other parts of the net a dead end is led to, the nearest
NOTHING = np.empty(0, dtype=object)


@dataclass(frozen=True)
class Streets:
    """A street graph.

    Attributes
    ----------
    lines : object, shape (m,)
        LineStrings of the edges, running from node `u` to node `v`.
    u, v : int64, shape (m,)
        Nodes at the ends.
    metres : float64, shape (m,)
        Length of each edge [m].
    start, to, along : int64 (n + 1,), int64 (2 m,), float64 (2 m,)
        The same graph as compressed rows, each edge in both directions.
    """

    lines: NDArray[np.object_]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    metres: NDArray[np.float64]
    start: NDArray[np.int64]
    to: NDArray[np.int64]
    along: NDArray[np.float64]

    def __len__(self) -> int:
        """Number of edges."""
        return len(self.lines)


def walkable(lines: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows of layer `context_lines` are ways people may walk along."""
    rows = zip(lines["source"].to_numpy(object), lines["class"].to_numpy(object), strict=True)
    # A class that is not known is walked on.
    return np.fromiter(
        (source in WALKED and (kind not in CLOSED) for source, kind in rows), bool, len(lines)
    )


def street_graph(
    lines: NDArray[np.object_], divides: NDArray[np.object_] = NOTHING, *, gap_m: float = 0.0
) -> Streets:
    """Noded graph of lines; ends that stop short of another street are led on to it.

    Parameters
    ----------
    lines : object, shape (k,)
        LineStrings or MultiLineStrings [m] in any order; missing and empty ones are left out.
    divides : object, shape (d,)
        Shapes no gap is closed across (water, railways).
    gap_m
        Widest gap [m] between parts of the net that nothing joins: maps of villages draw lanes that stop
        before the road they come from.

    Returns
    -------
    Streets
        Without edges where there are no lines.
    """
    some = lines[~(shapely.is_missing(lines) | shapely.is_empty(lines))]
    single = shapely.get_parts(shapely.force_2d(some))
    if gap_m <= 0 or not len(single):
        return _noded(single, GRID_M)
    rough = _noded(
        single, 0.0
    )  # a tenth of the time of noding on the grid, and enough to see the gaps
    return _noded(np.concatenate([rough.lines, _joins(rough, divides, gap_m)]), GRID_M)


def _noded(lines: NDArray[np.object_], grid_m: float) -> Streets:
    """Edges and nodes of lines: noded where they meet or cross, merged where nothing branches off."""
    whole = shapely.normalize(shapely.multilinestrings(lines))
    noded = shapely.union_all([whole], grid_size=grid_m) if grid_m else shapely.node(whole)
    merged = shapely.line_merge(noded)
    edges = shapely.get_parts(shapely.normalize(merged))
    edges = edges[shapely.length(edges) > 0]
    tips = np.concatenate([_tips(edges, 0), _tips(edges, -1)])
    nodes, number = np.unique(tips, axis=0, return_inverse=True)
    u, v = number.reshape(2, -1).astype(np.int64)
    metres = shapely.length(edges)
    return Streets(edges, u, v, metres, *_rows(u, v, metres, len(nodes)))


def _tips(edges: NDArray[np.object_], at: int) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(shapely.get_point(edges, at))).reshape(-1, 2)


def _joins(
    streets: Streets, divides: NDArray[np.object_], gap_m: float
) -> NDArray[np.object_]:  # fmt: skip
    """Straight ways from dead ends to the nearest streets of other parts of the net within reach."""
    n = len(streets.start) - 1
    net = coo_array((np.ones(len(streets)), (streets.u, streets.v)), shape=(n, n))
    part = connected_components(net, directed=False)[1].astype(np.int64)
    degree = np.diff(streets.start)
    rings = np.bincount(part, degree == 1) == 0  # parts without an end may be left anywhere
    ends = np.flatnonzero((degree == 1) | rings[part])
    places = np.zeros((n, 2))
    places[streets.u], places[streets.v] = _tips(streets.lines, 0), _tips(streets.lines, -1)
    points = shapely.points(places[ends])
    i, j = shapely.STRtree(streets.lines).query(points, predicate="dwithin", distance=gap_m)
    other = part[streets.u[j]]
    far = shapely.distance(points[i], streets.lines[j])
    away = np.flatnonzero(other != part[ends[i]])
    away = away[np.lexsort([j[away], far[away], i[away]])]
    pairs = np.stack([i[away], other[away]])
    away = away[np.sort(np.unique(pairs, axis=1, return_index=True)[1])]
    nth = np.arange(len(away)) - np.searchsorted(i[away], i[away])  # of its dead end
    away = away[nth < JOINED]
    ways = shapely.shortest_line(points[i[away]], streets.lines[j[away]])
    if not len(divides) or not len(ways):
        return np.asarray(ways)
    shut = np.unique(shapely.STRtree(divides).query(ways, predicate="intersects")[0])
    return np.delete(ways, shut)


def _rows(
    u: NDArray[np.int64], v: NDArray[np.int64], metres: NDArray[np.float64], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Compressed rows of an undirected graph."""
    come, go = np.concatenate([u, v]), np.concatenate([v, u])
    order = np.argsort(come, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(come, minlength=n))]).astype(np.int64)
    return start, go[order], np.concatenate([metres, metres])[order]


@njit(cache=True)
def distances_from(
    start: NDArray[np.int64], to: NDArray[np.int64], along: NDArray[np.float64],
    begin: NDArray[np.float64], wanted: NDArray[np.bool_],
) -> NDArray[np.float64]:  # fmt: skip
    """Shortest way from the nearest start to each node (Dijkstra), stopped when all wanted nodes are reached.

    Parameters
    ----------
    start, to, along
        Graph as compressed rows (`Streets`).
    begin : float64, shape (n,)
        Metres already walked at each node one starts from, inf elsewhere.
    wanted : bool, shape (n,)
        Nodes whose distance is asked for; others may come back longer than they are.

    Returns
    -------
    float64, shape (n,)
        Metres, inf where no way leads.
    """
    metres = begin.copy()
    done = np.zeros(len(begin), np.bool_)
    left = 0
    heap = [(0.0, np.int64(-1))]
    for i in range(len(begin)):
        if wanted[i]:
            left += 1
        if metres[i] < np.inf:
            heapq.heappush(heap, (metres[i], np.int64(i)))
    while left > 0 and len(heap) > 0:
        walked, node = heapq.heappop(heap)
        if node < 0 or done[node]:
            continue
        done[node] = True
        if wanted[node]:
            left -= 1
        for at in range(start[node], start[node + 1]):
            other, further = to[at], walked + along[at]
            if further < metres[other]:
                metres[other] = further
                heapq.heappush(heap, (further, np.int64(other)))
    return metres
