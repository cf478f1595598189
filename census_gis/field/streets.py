"""The streets of a district as a graph people walk on: crossings and ends are nodes, the ways between are edges.

Lines are noded on the grid where they meet or cross; an edge is a chain of straight pieces where nothing branches
off. Nothing depends on the order of lines. Ways closed to people on foot are left out.
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

from census_gis.geometry.noding import Segments, node
from census_gis.geometry.vertices import KEY

__all__ = ["Streets", "distances_from", "street_graph", "walkable"]

# OSM default access: no foot on these; what is not there yet cannot be walked on.
CLOSED = frozenset({
    "motorway", "motorway_link", "construction", "proposed", "planned", "raceway", "bus_guideway", "escape",
})  # fmt: skip
WALKED = ("roads", "links")  # inputs whose lines people walk along
MM = 1000.0  # lines a millimetre apart meet: the foot of a street on another one is rounded
JOINED = 2  # other parts of the net a dead end is led to, the nearest
NOTHING = np.empty(0, dtype=object)


@dataclass(frozen=True)
class Streets:
    """A street graph.

    Attributes
    ----------
    pieces : object, shape (p,)
        Straight LineStrings, edge by edge, running from the edge's node `u` to its node `v`.
    edge : int64, shape (p,)
        Edge of each piece.
    before : float64, shape (p,)
        Metres from node `u` to where the piece begins.
    u, v : int64, shape (m,)
        Nodes at the ends of each edge; the same where it comes back.
    metres : float64, shape (m,)
        Length of each edge [m].
    start, to, along : int64 (n + 1,), int64 (2 m,), float64 (2 m,)
        The same graph as compressed rows, each edge in both directions.
    """

    pieces: NDArray[np.object_]
    edge: NDArray[np.int64]
    before: NDArray[np.float64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    metres: NDArray[np.float64]
    start: NDArray[np.int64]
    to: NDArray[np.int64]
    along: NDArray[np.float64]

    def __len__(self) -> int:
        """Number of edges."""
        return len(self.u)


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
    ends = _straight(shapely.get_parts(shapely.force_2d(some)))
    if not len(ends):
        return _graph(np.empty((0, 2)), np.empty((0, 2), dtype=np.int64))
    corner = np.tile(np.floor(ends.reshape(-1, 2).min(axis=0)) - gap_m, 2)
    places, pairs = _noded(ends - corner)
    net = _graph(places + corner[:2], pairs)
    ways = _joins(net, divides, gap_m) if gap_m > 0 else NOTHING
    if not len(ways):
        return net
    known = places[pairs].reshape(-1, 4)
    places, pairs = _noded(np.concatenate([known, _straight(ways) - corner]))
    return _graph(places + corner[:2], pairs)


def _straight(lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """The straight pieces of LineStrings: x, y of both ends in each row."""
    xy, row = shapely.get_coordinates(lines, return_index=True)
    same = row[1:] == row[:-1]
    return np.concatenate([xy[:-1][same], xy[1:][same]], axis=1)


def _noded(ends: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Places [m] in order, and the pairs of them that pieces join, after noding on the grid.

    Parameters
    ----------
    ends : float64, shape (p, 4)
        Pieces [m] from a corner near by.
    """
    whole = np.rint(ends * MM).astype(np.int64)
    keys = np.sort(np.stack([_key(whole[:, :2]), _key(whole[:, 2:])], axis=1), axis=1)
    keys = keys[np.lexsort(keys.T)].T.reshape(-1)  # in one order, whatever that of the lines
    count = np.arange(len(ends))
    x, y = np.divmod(keys, KEY)
    made = node(
        Segments(x, y, count, len(count) + count, count), np.zeros(len(count), dtype=bool),
        tolerance=1,
    )  # fmt: skip
    place = _key(np.stack([made.x, made.y], axis=1))
    used, row = np.unique(place[np.stack([made.a, made.b], axis=1)], return_inverse=True)
    pairs = np.sort(row.reshape(-1, 2).astype(np.int64), axis=1)
    some = pairs[pairs[:, 0] != pairs[:, 1]]
    once = np.unique(some[:, 0] * len(used) + some[:, 1])
    return (
        np.stack(np.divmod(used, KEY), axis=1) / MM,
        np.stack(np.divmod(once, max(len(used), 1)), axis=1),
    )


def _key(whole: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number for each place on the grid, in the order of x, then y."""
    return np.asarray(whole[:, 0] * KEY + whole[:, 1])


def _graph(places: NDArray[np.float64], pairs: NDArray[np.int64]) -> Streets:
    """Streets of pieces that meet at places only."""
    start, to, _ = _rows(pairs[:, 0], pairs[:, 1], np.zeros(len(pairs)), len(places))
    edge, come, go = _chains(start, to, _slots(pairs))
    first, last = _tips(edge)
    length = np.hypot(*(places[go] - places[come]).T)
    upto = np.cumsum(length) - length
    nodes, number = np.unique(np.concatenate([come[first], go[last]]), return_inverse=True)
    u, v = number.reshape(2, -1).astype(np.int64)
    metres = np.bincount(edge, length, minlength=len(first)).astype(np.float64)
    pieces = shapely.linestrings(places[np.stack([come, go], axis=1)]) if len(pairs) else NOTHING
    rows = _rows(u, v, metres, len(nodes))
    return Streets(pieces, edge, upto - upto[first][edge], u, v, metres, *rows)


def _tips(edge: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last piece of each edge."""
    first = np.flatnonzero(np.diff(edge, prepend=-1))
    return first, np.append(first[1:], len(edge))[: len(first)] - 1


def _slots(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each row of the compressed graph the row of the same piece the other way."""
    come = np.concatenate([pairs[:, 0], pairs[:, 1]])
    order = np.argsort(come, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    half = len(pairs)
    return place[(order + half) % (2 * half)] if half else place


@njit(cache=True)
def _chains(
    start: NDArray[np.int64], to: NDArray[np.int64], back: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Edge, begin and end of each piece, edge by edge: edges end where other than two pieces meet.

    First from all such places in their order, then rings without one from their least place.
    """
    n, m = len(start) - 1, len(to) // 2
    edge, come, go = np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64)
    done = np.zeros(2 * m, np.bool_)
    count, made = 0, 0
    for turn in range(2):
        for place in range(n):
            if turn == 0 and start[place + 1] - start[place] == 2:
                continue
            for begin in range(start[place], start[place + 1]):
                if done[begin]:
                    continue
                at, here = begin, place
                while True:
                    done[at] = done[back[at]] = True
                    there = to[at]
                    edge[made], come[made], go[made] = count, here, there
                    made += 1
                    if start[there + 1] - start[there] != 2 or there == place:
                        break
                    here = there
                    at = start[there] + (1 if back[at] == start[there] else 0)
                count += 1
    return edge, come, go


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
    points = shapely.points(_places(streets, n)[ends])
    i, j = shapely.STRtree(streets.pieces).query(points, predicate="dwithin", distance=gap_m)
    other = part[streets.u[streets.edge[j]]]
    away = np.flatnonzero(other != part[ends[i]])
    i, j, other = i[away], j[away], other[away]
    far = shapely.distance(points[i], streets.pieces[j])
    order = np.lexsort([j, far, i])
    away = order[np.sort(np.unique((i * n + other)[order], return_index=True)[1])]
    nth = np.arange(len(away)) - np.searchsorted(i[away], i[away])  # of its dead end
    away = away[nth < JOINED]
    ways = shapely.shortest_line(points[i[away]], streets.pieces[j[away]])
    if not len(divides) or not len(ways):
        return np.asarray(ways)
    shut = np.unique(shapely.STRtree(divides).query(ways, predicate="intersects")[0])
    return np.delete(ways, shut)


def _places(streets: Streets, n: int) -> NDArray[np.float64]:
    """Coordinates of the nodes."""
    places = np.zeros((n, 2))
    first, last = _tips(streets.edge)
    for nodes, pieces, tip in ((streets.u, first, 0), (streets.v, last, -1)):
        places[nodes] = shapely.get_coordinates(shapely.get_point(streets.pieces[pieces], tip))
    return places


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
