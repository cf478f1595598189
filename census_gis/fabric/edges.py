"""Lines noded and triangulated, and what the edges of the triangulation are.

All of it is one pass over segments or half-edges: a triangulation has some hundred of them a building, and
each array of them that is made only to be thrown away costs more than what is done with it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.fabric.segments import LineWork
from census_gis.fabric.settings import BARRIER
from census_gis.geometry.halfedges import LINE, START, TWIN
from census_gis.geometry.noding import node
from census_gis.geometry.triangulation import Net, triangulate
from census_gis.model import DISTRICT, FOOT

__all__ = ["Edges", "district_sides", "triangulate_lines"]

# Vertices are numbered by columns of this width, so that neighbours lie close in memory.
COLUMN_MM = 50_000
NONE = np.iinfo(np.int64).max


class Edges(NamedTuple):
    """The triangulation and what its edges are.

    `flags` and `feature` are of half-edges. `segment` is the half-edge of each noded segment, on its left side;
    `segment_kind` and `segment_feature` are those of the line it came from.
    """

    net: Net
    flags: NDArray[np.uint8]
    feature: NDArray[np.int32]
    segment: NDArray[np.int64]
    segment_kind: NDArray[np.uint8]
    segment_feature: NDArray[np.int64]


def triangulate_lines(work: LineWork, tolerance_mm: int) -> Edges:
    """Node all lines, make them unique, and triangulate them.

    Of several barriers on one edge the lowest kind counts, then the lowest row.
    """
    noded = node(work.lines, work.kind == DISTRICT, firm=work.kind == FOOT, tolerance=tolerance_mm)
    kept, a, b = _by_columns(noded.x, noded.y, noded.a, noded.b)
    kind, feature = work.kind[noded.source], work.feature[noded.source]
    ends, row, edge_kind, barrier = _unique_edges(a, b, kind, feature, kept.size)
    net = triangulate(noded.x[kept], noded.y[kept], *ends)
    flags, edge_feature, segment = _on_edges(net.half, a, row, edge_kind, barrier)
    return Edges(net, flags, edge_feature, segment, kind, feature)


def district_sides(edges: Edges) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Half-edges with the district on their left, and those of edges that bound nothing.

    A spike or slit narrower than the grid falls on itself: its edge is run both ways, and neither side tells
    inside from outside.
    """
    drawn = edges.segment[edges.segment_kind == DISTRICT]
    return _sides(edges.net.half[TWIN], drawn)


@njit(cache=True)
def _sides(
    twin: NDArray[np.int32], drawn: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`district_sides` of drawn half-edges; no edge of the district is on the hull."""
    run = np.zeros(twin.size, np.int32)
    for e in drawn:
        run[e] += 1
    line, nothing = np.empty(2 * drawn.size, np.int64), np.empty(2 * drawn.size, np.int64)
    n = m = 0
    for e in range(twin.size):
        over = run[e] - run[twin[e]]
        if over > 0:
            line[n] = e
            n += 1
        elif over == 0 and run[e] > 0:
            nothing[m] = e
            m += 1
    return line[:n], nothing[:m]


@njit(cache=True)
def _by_columns(
    x: NDArray[np.int64], y: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Vertices in use, those of one column side by side, and the segments between them."""
    row = np.full(x.size, -1, np.int64)
    for s in range(a.size):
        row[a[s]] = row[b[s]] = 0
    kept = np.flatnonzero(row == 0)
    kept = _sorted_by(kept, y)
    kept = _sorted_by(kept, x)
    for i in range(kept.size):
        row[kept[i]] = i
    u, v = np.empty(a.size, np.int64), np.empty(a.size, np.int64)
    for s in range(a.size):
        u[s], v[s] = row[a[s]], row[b[s]]
    return kept, u, v


@njit(cache=True)
def _sorted_by(rows: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows in the order of the columns they lie in, those of one column as they were."""
    low = high = at[rows[0]] // COLUMN_MM
    for i in rows:
        low, high = min(low, at[i] // COLUMN_MM), max(high, at[i] // COLUMN_MM)
    place = np.zeros(high - low + 2, np.int64)
    for i in rows:
        place[at[i] // COLUMN_MM - low + 1] += 1
    place = np.cumsum(place)
    out = np.empty(rows.size, np.int64)
    for i in rows:
        column = at[i] // COLUMN_MM - low
        out[place[column]] = i
        place[column] += 1
    return out


@njit(cache=True)
def _by_ends(a: NDArray[np.int64], b: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Segments in the order of their lower, then of their higher vertex (of n); equal ones as they were."""
    place = np.zeros(n + 1, np.int64)
    for s in range(a.size):
        place[min(a[s], b[s]) + 1] += 1
    first = np.cumsum(place)
    place = first.copy()
    order = np.empty(a.size, np.int64)
    for s in range(a.size):
        low = min(a[s], b[s])
        # Few segments share their lower vertex: each goes to its place among those already there.
        i, begin = place[low], first[low]
        high = max(a[s], b[s])
        while i > begin and max(a[order[i - 1]], b[order[i - 1]]) > high:
            order[i] = order[i - 1]
            i -= 1
        order[i] = s
        place[low] += 1
    return order


@njit(cache=True)
def _unique_edges(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    kind: NDArray[np.uint8],
    feature: NDArray[np.int64],
    n: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int32]]:
    """Ends of the edges that segments between n vertices make, edge of each segment, kinds and barrier of each edge."""
    order = _by_ends(a, b, n)
    ends, row = np.empty((2, a.size), np.int64), np.empty(a.size, np.int64)
    kinds, barrier = np.empty(a.size, np.uint8), np.empty(a.size, np.int32)
    edge, least, p, q = -1, NONE, -1, -1
    for s in order:
        low, high = min(a[s], b[s]), max(a[s], b[s])
        if low != p or high != q:
            p, q, least = low, high, NONE
            edge += 1
            ends[0, edge], ends[1, edge] = a[s], b[s]
            kinds[edge], barrier[edge] = 0, -1
        row[s] = edge
        kinds[edge] |= kind[s]
        rank = np.int64(kind[s]) << 32 | feature[s]
        if kind[s] & (BARRIER - DISTRICT) and rank < least:
            least = rank
            barrier[edge] = feature[s]
    return ends[:, : edge + 1], row, kinds[: edge + 1], barrier[: edge + 1]


@njit(cache=True)
def _on_edges(
    half: NDArray[np.int32],
    a: NDArray[np.int64],
    row: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    barrier: NDArray[np.int32],
) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int64]]:
    """Kinds and barrier of every half-edge, and the half-edge of every segment from vertex a."""
    flags, feature = np.zeros(half.shape[1], np.uint8), np.full(half.shape[1], -1, np.int32)
    edge, segment = np.empty(kinds.size, np.int64), np.empty(a.size, np.int64)
    for e in range(half.shape[1]):
        s = half[LINE, e]
        if s >= 0:
            flags[e], feature[e], edge[s] = kinds[s], barrier[s], e
    for s in range(a.size):
        e = edge[row[s]]
        segment[s] = e if half[START, e] == a[s] else half[TWIN, e]
    return flags, feature, segment
