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

from census_gis.fabric.blocks import connected_corners
from census_gis.fabric.empty import Rim, edge_lengths, heaviest, wall_contacts
from census_gis.fabric.tracing import rings
from census_gis.geometry.halfedges import edges_after, next_edge, previous_edge
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
    """What lies on both sides of every half-edge, as in `Mesh`; kernels read these arrays."""

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
    sides = Sides(
        mesh.tri,
        mesh.twin,
        mesh.flags,
        mesh.feature,
        mesh.inside,
        mesh.strip_flags,
        mesh.strip_feature,
    )
    return trace_pieces(sides, np.ascontiguousarray(corner, np.int32), mesh.fx.size)


def trace_pieces(sides: Sides, corner: NDArray[np.int32], n_points: int) -> Pieces:
    """`border_pieces` on bare arrays; `n_points` is the number of vertices, far ones included."""
    out = np.empty((_count(sides, corner), 6), np.int64)
    n = _collect(sides, corner, n_points, out)
    columns = np.ascontiguousarray(out[:n].T)
    return Pieces(
        columns[0],
        columns[1],
        columns[2].astype(np.int32),
        columns[3].astype(np.int32),
        columns[4].astype(np.uint8),
        columns[5].astype(np.int32),
    )


def point_coordinates(
    mesh: Mesh, point_id: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates x, y [m] of border points given by id, in the coding of `Mesh.point_id`."""
    n, edges = mesh.fx.size, mesh.tri.size
    point_id = np.asarray(point_id, np.int64)
    x, y = np.empty(point_id.size), np.empty(point_id.size)
    vertex = np.flatnonzero(point_id < n)
    middle = np.flatnonzero((point_id >= n) & (point_id < n + edges))
    centre = np.flatnonzero(point_id >= n + edges)
    edge = point_id[middle] - n
    u, v = mesh.tri[edge], mesh.tri[edges_after(edge)]
    corners = mesh.tri.reshape(-1, 3)[point_id[centre] - n - edges]
    for out, given in ((x, mesh.fx), (y, mesh.fy)):
        out[vertex] = given[point_id[vertex]]
        out[middle] = (given[u] + given[v]) / 2
        out[centre] = given[corners].mean(axis=1)
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
    rim = Rim(mesh.twin, mesh.flags, mesh.face, edge_lengths(mesh.fx, mesh.fy, mesh.tri))
    to = heaviest(*wall_contacts(rim, mesh.crumb, corner), mesh.crumb.size)
    wanted = np.append(to, -1).astype(np.int32)[mesh.face]
    three = corner.reshape(-1, 3)
    whole = (three[:, 0] == three[:, 1]) & (three[:, 0] == three[:, 2])
    moved = np.flatnonzero((wanted >= 0) & whole & (wanted != three[:, 0]))
    if moved.size == 0:
        return corner
    before = _pieces_of(mesh, corner, n)
    while moved.size:
        after = three.copy()
        after[moved] = wanted[moved, None]
        worse = _pieces_of(mesh, after.ravel(), n) > before
        if not worse.any():
            return after.ravel()
        moved = moved[~(worse[three[moved, 0]] | worse[wanted[moved]])]
    return corner


def _pieces_of(mesh: Mesh, corner: NDArray[np.int32], n_labels: int) -> NDArray[np.int64]:
    """Number of connected pieces of every label."""
    piece, n_pieces = connected_corners(mesh.twin, corner, mesh.inside)
    label = np.zeros(n_pieces, np.int64)
    inner = np.flatnonzero(piece >= 0)
    label[piece[inner]] = corner[inner]
    return np.bincount(label, minlength=n_labels)


@njit(cache=True)
def _sides_of(sides: Sides, corner: NDArray[np.int32], e: int) -> tuple[int, int, int, int]:
    """Labels at start and end of an edge, first on its own side, then on its twin's; -1 outside."""
    a = b = c = d = -1
    if sides.inside[e // 3]:
        a, b = corner[e], corner[next_edge(e)]
    other = sides.twin[e]
    if other >= 0 and sides.inside[other // 3]:
        c, d = corner[next_edge(other)], corner[other]
    return a, b, c, d


@njit(cache=True)
def _count(sides: Sides, corner: NDArray[np.int32]) -> int:
    """At least as many pieces as `_collect` will find."""
    n = 0
    for t in range(sides.inside.size):
        if sides.inside[t]:
            l0, l1, l2 = corner[3 * t], corner[3 * t + 1], corner[3 * t + 2]
            if l0 != l1 or l1 != l2:
                n += 3
        for e in range(3 * t, 3 * t + 3):
            if sides.twin[e] > e:
                a, b, c, d = _sides_of(sides, corner, e)
                n += (a != c) + (b != d)
    return n


@njit(cache=True)
def _collect(sides: Sides, corner: NDArray[np.int32], n_points: int, out: NDArray[np.int64]) -> int:
    """Write all pieces, one a row: start, end, left, right, flags, feature; returns their number."""
    n = 0
    for t in range(sides.inside.size):
        if sides.inside[t]:
            n = _across(sides, corner, n_points, t, out, n)
        for e in range(3 * t, 3 * t + 3):
            if sides.twin[e] > e and (sides.inside[t] or sides.inside[sides.twin[e] // 3]):
                n = _along(sides, corner, n_points, e, out, n)
    return n


@njit(cache=True)
def _across(
    sides: Sides, corner: NDArray[np.int32], n_points: int, t: int, out: NDArray[np.int64], n: int
) -> int:
    """Pieces through the inside of a triangle; returns the number of rows then filled."""
    twin = sides.twin
    l0, l1, l2 = corner[3 * t], corner[3 * t + 1], corner[3 * t + 2]
    if l0 == l1 and l1 == l2:
        return n
    if l0 != l1 and l1 != l2 and l0 != l2:
        for e in range(3 * t, 3 * t + 3):
            out[n, 0] = n_points + twin.size + t
            out[n, 1] = n_points + min(e, twin[e])
            out[n, 2], out[n, 3] = corner[next_edge(e)], corner[e]
            out[n, 4], out[n, 5] = sides.strip_flags[t], sides.strip_feature[t]
            n += 1
        return n
    # The corner that differs from the other two is cut off.
    e = 3 * t + (0 if l1 == l2 else (1 if l0 == l2 else 2))
    before = previous_edge(e)
    out[n, 0] = n_points + min(e, twin[e])
    out[n, 1] = n_points + min(before, twin[before])
    out[n, 2], out[n, 3] = corner[e], corner[next_edge(e)]
    out[n, 4], out[n, 5] = sides.strip_flags[t], sides.strip_feature[t]
    return n + 1


@njit(cache=True)
def _along(
    sides: Sides, corner: NDArray[np.int32], n_points: int, e: int, out: NDArray[np.int64], n: int
) -> int:
    """Pieces along an edge whose two sides differ; returns the number of rows then filled."""
    a, b, c, d = _sides_of(sides, corner, e)
    if a == c and b == d:
        return n
    other = sides.twin[e]
    u, v, middle = sides.tri[e], sides.tri[other], n_points + e
    flags, feature = sides.flags[e], sides.feature[e]
    if flags == 0:
        t, s = e // 3, other // 3
        wide = t if sides.strip_flags[t] >= sides.strip_flags[s] else s
        flags, feature = sides.strip_flags[wide], sides.strip_feature[wide]
    first = n
    if a == b and c == d:
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = u, v, a, c
        n += 1
    else:
        if a != c:
            out[n, 0], out[n, 1], out[n, 2], out[n, 3] = u, middle, a, c
            n += 1
        if b != d:
            out[n, 0], out[n, 1], out[n, 2], out[n, 3] = middle, v, b, d
            n += 1
    for row in range(first, n):
        out[row, 4], out[row, 5] = flags, feature
    return n
