"""Borders between labels on the corners of the triangulation.

A triangle with two labels is cut through the middles of two edges, one with three labels also through
its centroid; where labels change on an edge, the border runs along the edge. Between houses that is the
chordal axis: it halves every line of sight and cannot enter a footprint.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.fabric.blocks import heaviest, piece_counts
from census_gis.fabric.empty import Rim, edge_lengths, wall_contacts
from census_gis.fabric.tracing import rings
from census_gis.geometry.halfedges import next_edge, previous_edge
from census_gis.model import Mesh

__all__ = [
    "Pieces",
    "Sides",
    "border_pieces",
    "point_coordinates",
    "rings",
    "settle_crumbs",
    "trace_pieces",
]


class Sides(NamedTuple):
    """The half-edges and triangles of a mesh and what they are, as in `Mesh`."""

    tri: NDArray[np.int32]
    twin: NDArray[np.int32]
    flags: NDArray[np.uint8]
    feature: NDArray[np.int32]
    inside: NDArray[np.bool_]
    strip_flags: NDArray[np.uint8]
    strip_feature: NDArray[np.int32]


class Pieces(NamedTuple):
    """Border pieces, each leading from one point to another with a label on either side.

    `start` and `end` are point ids in the coding of `Mesh.point_id`; `left` and `right` are labels, -1
    outside the district; `flags` and `feature` say what a piece runs along (0 and -1: open ground).
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    flags: NDArray[np.uint8]
    feature: NDArray[np.int32]


def border_pieces(mesh: Mesh, corner: NDArray[np.int32]) -> Pieces:
    """Border pieces for other labels on the corners of a mesh.

    Parameters
    ----------
    mesh : Mesh
    corner : int32, shape (3 t,)
        Label of each corner, for instance of an EA instead of a cell; -1 outside the district.

    Returns
    -------
    Pieces
        In the order of the triangles. A district line appears with -1 on its outer side.
    """
    sides = Sides(*(getattr(mesh, name) for name in Sides._fields))
    return trace_pieces(sides, np.ascontiguousarray(corner, np.int32), mesh.fx.size)


def trace_pieces(sides: Sides, corner: NDArray[np.int32], n_points: int) -> Pieces:
    """`border_pieces` on bare arrays; `n_points` is the number of vertices, far ones included."""
    out = np.empty((5, corner.size // 4 + 1_000), np.int64)
    while True:
        n = _collect(sides.tri, sides.twin, corner, out)
        if n >= 0:
            break
        out = np.empty((5, 2 * out.shape[1]), np.int64)
    says = (sides.flags, sides.feature), (sides.strip_flags, sides.strip_feature)
    return Pieces(*_finished(out[:, :n], sides.twin, n_points, *says))


Says = tuple[NDArray[np.uint8], NDArray[np.int32]]


@njit(cache=True)
def _finished(
    out: NDArray[np.int64], twin: NDArray[np.int32], n_points: int, edges: Says, strips: Says
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.uint8],
    NDArray[np.int32],
]:
    """Collected pieces as `Pieces`, with flags and features of the edges or strips that they run along."""
    n = out.shape[1]
    start, end = np.empty(n, np.int64), np.empty(n, np.int64)
    left, right = np.empty(n, np.int32), np.empty(n, np.int32)
    flags, feature = np.empty(n, np.uint8), np.empty(n, np.int32)
    for i in range(n):
        u, v, e = out[0, i], out[1, i], out[4, i]
        start[i], end[i] = u if u >= 0 else n_points - 1 - u, v if v >= 0 else n_points - 1 - v
        left[i], right[i] = out[2, i], out[3, i]
        if e < twin.size and edges[0][e] > 0:
            flags[i], feature[i] = edges[0][e], edges[1][e]
            continue
        # A piece on an open edge, or across a triangle, runs inside a strip or follows nothing.
        t = e - twin.size
        if e < twin.size:
            t, there = e // 3, twin[e] // 3
            if strips[0][there] > strips[0][t]:
                t = there
        flags[i], feature[i] = strips[0][t], strips[1][t]
    return start, end, left, right, flags, feature


def point_coordinates(
    mesh: Mesh, point_id: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates x, y [m] of border points given by id, in the coding of `Mesh.point_id`."""
    return _points(mesh.fx, mesh.fy, mesh.tri, np.asarray(point_id, np.int64))


@njit(cache=True)
def _points(
    fx: NDArray[np.float64],
    fy: NDArray[np.float64],
    tri: NDArray[np.int32],
    point_id: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`point_coordinates` of bare arrays: vertices, middles of half-edges, centroids of triangles."""
    x, y = np.empty(point_id.size), np.empty(point_id.size)
    for i in range(point_id.size):
        at, e = point_id[i], point_id[i] - fx.size
        if e < 0:
            x[i], y[i] = fx[at], fy[at]
        elif e < tri.size:
            u, v = tri[e], tri[next_edge(e)]
            x[i], y[i] = (fx[u] + fx[v]) / 2, (fy[u] + fy[v]) / 2
        else:
            t = 3 * (e - tri.size)
            u, v, w = tri[t], tri[t + 1], tri[t + 2]
            x[i], y[i] = (fx[u] + fx[v] + fx[w]) / 3, (fy[u] + fy[v] + fy[w]) / 3
    return x, y


def settle_crumbs(mesh: Mesh, group: NDArray[np.int32]) -> NDArray[np.int32]:
    """Corner labels of groups of cells, every crumb whole to the group it touches most.

    A crumb stays shared where moving it would break a group in pieces.

    Parameters
    ----------
    mesh : Mesh
    group : int32, shape (n_cells,)
        Group of each cell, 0 .. k-1.

    Returns
    -------
    int32, shape (3 t,)
        Group of each corner, -1 outside the district.
    """
    corner = np.append(group, -1).astype(np.int32)[mesh.cell]
    if not mesh.crumb.any():
        return corner
    n = int(group.max()) + 1
    rim = Rim(
        mesh.twin, mesh.flags, mesh.face, edge_lengths(mesh.fx, mesh.fy, mesh.tri, mesh.flags, 1.0)
    )
    to = heaviest(*wall_contacts(rim, mesh.crumb, corner), mesh.crumb.size)
    wanted = np.append(to, -1).astype(np.int32)[mesh.face]
    three = corner.reshape(-1, 3)
    whole = (three[:, 0] == three[:, 1]) & (three[:, 0] == three[:, 2])
    moved = np.flatnonzero((wanted >= 0) & whole & (wanted != three[:, 0]))
    if moved.size == 0:
        return corner
    before = piece_counts(mesh.twin, corner, mesh.inside, n)
    while moved.size:
        after = three.copy()
        after[moved] = wanted[moved, None]
        worse = piece_counts(mesh.twin, after.ravel(), mesh.inside, n) > before
        if not worse.any():
            return after.ravel()
        moved = moved[~(worse[three[moved, 0]] | worse[wanted[moved]])]
    return corner


@njit(cache=True)
def _collect(
    tri: NDArray[np.int32],
    twin: NDArray[np.int32],
    corner: NDArray[np.int32],
    out: NDArray[np.int64],
) -> int:
    """Write all pieces and return their number, -1 when `out` is too short.

    Rows of `out` are start, end, left, right and source. A point is a vertex, or -1 - e for the middle of
    half-edge e, or -1 - 3 t - i for the centroid of triangle i; a source is a half-edge, or 3 t + i.
    """
    n = 0
    for t in range(tri.size // 3):
        if n + 12 > out.shape[1]:
            return -1
        n = _across(twin, corner, t, out, n)
        for e in range(3 * t, 3 * t + 3):
            if twin[e] > e:
                n = _along(tri, twin, corner, e, out, n)
    return n


@njit(cache=True)
def _put(
    out: NDArray[np.int64],
    n: int,
    points: tuple[int, int],
    labels: tuple[int, int],
    source: int,
) -> int:
    """Write one piece; returns the number of pieces then."""
    out[0, n], out[1, n] = points
    out[2, n], out[3, n] = labels
    out[4, n] = source
    return n + 1


@njit(cache=True)
def _across(
    twin: NDArray[np.int32], corner: NDArray[np.int32], t: int, out: NDArray[np.int64], n: int
) -> int:
    """Pieces through the inside of a triangle; returns the number of pieces then."""
    l0, l1, l2 = corner[3 * t], corner[3 * t + 1], corner[3 * t + 2]
    if l0 == l1 and l1 == l2:
        return n
    if l0 != l1 and l1 != l2 and l0 != l2:
        centre = -1 - twin.size - t
        for e in range(3 * t, 3 * t + 3):
            labels = (corner[next_edge(e)], corner[e])
            n = _put(out, n, (centre, -1 - min(e, twin[e])), labels, twin.size + t)
        return n
    # The corner that differs from the other two is cut off.
    e = 3 * t + (0 if l1 == l2 else (1 if l0 == l2 else 2))
    before = previous_edge(e)
    points = (-1 - min(e, twin[e]), -1 - min(before, twin[before]))
    return _put(out, n, points, (corner[e], corner[next_edge(e)]), twin.size + t)


@njit(cache=True)
def _along(
    tri: NDArray[np.int32],
    twin: NDArray[np.int32],
    corner: NDArray[np.int32],
    e: int,
    out: NDArray[np.int64],
    n: int,
) -> int:
    """Pieces along an edge whose two sides differ; returns the number of pieces then."""
    other = twin[e]
    a, b, c, d = corner[e], corner[next_edge(e)], corner[next_edge(other)], corner[other]
    if a == c and b == d:
        return n
    u, v, middle = tri[e], tri[other], -1 - e
    if a == b and c == d:
        return _put(out, n, (u, v), (a, c), e)
    if a != c:
        n = _put(out, n, (u, middle), (a, c), e)
    if b != d:
        n = _put(out, n, (middle, v), (b, d), e)
    return n
