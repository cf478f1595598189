"""Ground that no building reaches: places of their own, strips, crumbs; and ground that went astray."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.fabric.blocks import (
    connected_corners,
    connected_triangles,
    heaviest,
    neighbour_corner,
)
from census_gis.fabric.settings import BARRIER, FabricSettings
from census_gis.geometry.halfedges import START, TWIN, edges_after, next_edge, previous_edge
from census_gis.model import DISTRICT, FOOT, LAND, OTHER, RAIL, ROAD, WATER

__all__ = [
    "Faces",
    "Rim",
    "edge_lengths",
    "face_sizes",
    "gather_strays",
    "is_narrow",
    "is_strip",
    "keeps_apart",
    "relabel",
    "wall_contacts",
]

# Columns of `Faces.rim`: the kinds in this order, then bare wall, road or rail, any, far from across.
KINDS = (ROAD, RAIL, WATER, LAND, OTHER, DISTRICT)
BARE_WALL, ROAD_OR_RAIL, ALL, FAR = (len(KINDS) + k for k in range(4))
COLUMNS = len(KINDS) + 4
# A piece with the footprint of its label outweighs any piece without [m2].
FOOTPRINT_BONUS = 1e12


class Rim(NamedTuple):
    """Half-edges as the rim of faces: twins, flags, face of each triangle, length of each edge with a flag [m]."""

    twin: NDArray[np.int32]
    flags: NDArray[np.uint8]
    face: NDArray[np.int32]
    length: NDArray[np.float64]


class Faces(NamedTuple):
    """Area [m2] of each face and the length of its rim along each kind of edge [m] (`KINDS`)."""

    area: NDArray[np.float64]
    perimeter: NDArray[np.float64]
    rim: NDArray[np.float64]

    @property
    def width(self) -> NDArray[np.float64]:
        """Mean width 2 A / P [m]."""
        return 2 * self.area / np.maximum(self.perimeter, 1e-9)

    def dominant(self) -> NDArray[np.uint8]:
        """Barrier kind along most of each rim; 0 where it is the district line or walls only."""
        longest = np.argmax(self.rim[:, : len(KINDS)], axis=1)
        kind = np.array([*KINDS[:-1], 0], np.uint8)[longest]
        return np.where(self.rim[:, : len(KINDS)].max(axis=1) > 0, kind, 0).astype(np.uint8)


@njit(cache=True)
def edge_lengths(
    x: NDArray[Any], y: NDArray[Any], tri: NDArray[np.int32], flags: NDArray[np.uint8], unit: float
) -> NDArray[np.float64]:
    """Length of every half-edge with a flag, 0 for the others, in `unit`s of x and y."""
    length = np.zeros(tri.size)
    for e in range(tri.size):
        if flags[e]:
            u, v = tri[e], tri[next_edge(e)]
            dx, dy = x[u] - x[v], y[u] - y[v]
            length[e] = np.sqrt(dx * dx + dy * dy) / unit
    return length


def face_sizes(
    rim: Rim, area: NDArray[np.float64], n_faces: int, *, far_m: float = np.inf
) -> Faces:
    """Measure all faces; rim that its triangle puts more than `far_m` from across counts as far."""
    faces = Faces(np.zeros(n_faces), np.zeros(n_faces), np.zeros((n_faces, COLUMNS)))
    _measure((rim.flags, rim.length, rim.face), area, far_m, faces.area, faces.rim)
    faces.perimeter[:] = faces.rim[:, ALL]
    return faces


@njit(cache=True)
def _measure(
    edges: tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.int32]],
    area: NDArray[np.float64],
    far_m: float,
    total: NDArray[np.float64],
    rim: NDArray[np.float64],
) -> None:
    """Add up areas and rims of faces, in place; `edges` are flags, length and face of `Rim`."""
    flags, length, face = edges
    for t in range(face.size):
        f = face[t]
        if f < 0:
            continue
        total[f] += area[t]
        for e in range(3 * t, 3 * t + 3):
            if flags[e] == 0:
                continue
            rim[f, ALL] += length[e]
            if 2 * area[t] > far_m * length[e]:
                rim[f, FAR] += length[e]
            for k in range(len(KINDS)):
                if flags[e] & KINDS[k]:
                    rim[f, k] += length[e]
            if flags[e] == FOOT:
                rim[f, BARE_WALL] += length[e]
            if flags[e] & (ROAD | RAIL):
                rim[f, ROAD_OR_RAIL] += length[e]


def is_narrow(
    faces: Faces, settings: FabricSettings, *, far_share: float | None = None
) -> NDArray[np.bool_]:
    """Narrow on the mean, and nearly everywhere: a wedge that opens is no median.

    `far_share` is used for `settings.strip_far_share` where it is given.
    """
    share = settings.strip_far_share if far_share is None else far_share
    wide = faces.rim[:, FAR] > share * faces.perimeter
    return (faces.width < settings.strip_width_m) & ~wide


def is_strip(faces: Faces, settings: FabricSettings) -> NDArray[np.bool_]:
    """Medians and tram beds: narrow, and road or rail nearly all around, even with a hut on them."""
    bare = faces.rim[:, BARE_WALL]
    return (
        is_narrow(faces, settings)
        & (faces.perimeter > settings.strip_perimeter_m)
        & (faces.rim[:, ROAD_OR_RAIL] > settings.strip_road_share * (faces.perimeter - bare))
        & (bare < settings.strip_wall_share * faces.perimeter)
    )


def keeps_apart(
    rim: Rim, inside: NDArray[np.bool_], owner: NDArray[np.int32], pick: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which of the picked faces have buildings on three sides or more that nothing but picked faces joins.

    Between two sides one EA across is all that is ever needed.
    """
    apart = np.zeros(pick.size, bool)
    if not pick.any():
        return apart
    here = np.append(pick, False)[rim.face]
    side, n_sides = connected_triangles(rim.twin, rim.flags, inside & ~here, DISTRICT)
    built = np.zeros(n_sides + 1, bool)
    built[side[(side >= 0) & (owner >= 0)]] = True
    edge = np.flatnonzero(np.repeat(here, 3) & (rim.twin >= 0) & (rim.flags & DISTRICT == 0))
    across = side[rim.twin[edge] // 3]
    met = built[across]
    pairs = np.unique(np.column_stack([rim.face[edge // 3], across])[met], axis=0)
    return np.bincount(pairs[:, 0], minlength=pick.size) > 2


def wall_contacts(
    rim: Rim, pick: NDArray[np.bool_], corner: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Labels across the rims of the picked faces: face, label, metres, half an edge a row."""
    face, edge, label = _contacts(rim.twin, rim.flags, rim.face, pick, corner)
    return face, label, rim.length[edge] / 2


@njit(cache=True)
def _contacts(
    twin: NDArray[np.int32],
    flags: NDArray[np.uint8],
    face: NDArray[np.int32],
    pick: NDArray[np.bool_],
    corner: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Face, half-edge and label across of the rims of picked faces; nothing beyond the district line."""
    out = np.empty((3, 1_024), np.int64)
    n = 0
    for t in range(face.size):
        if face[t] < 0 or not pick[face[t]]:
            continue
        if n + 6 > out.shape[1]:
            longer = np.empty((3, 2 * out.shape[1]), np.int64)
            longer[:, :n] = out[:, :n]
            out = longer
        for e in range(3 * t, 3 * t + 3):
            if flags[e] == 0 or flags[e] & DISTRICT:
                continue
            c = twin[e]
            for _ in range(2):
                if corner[c] >= 0:
                    out[0, n], out[1, n], out[2, n] = face[t], e, corner[c]
                    n += 1
                c = next_edge(c)
    return out[:, :n]


class Strays(NamedTuple):
    """What `gather_strays` needs of the ground: vertices [mm], half-edges, their flags, and for each triangle."""

    point: NDArray[np.int64]
    half: NDArray[np.int32]
    flags: NDArray[np.uint8]
    inside: NDArray[np.bool_]
    owner: NDArray[np.int32]
    area: NDArray[np.float64]


def gather_strays(ground: Strays, corner: NDArray[np.int32], *, nobody: int, across: float) -> None:
    """Give ground that is cut off from its footprint to the neighbour with the longest border, in place.

    Every label keeps the pieces with its own footprint, or (empty ground) its largest. Label `nobody`
    keeps none. A metre of border over a barrier counts `across`.
    """
    twin = ground.half[TWIN]
    while True:
        piece, first = connected_corners(twin, corner, ground.inside)
        n, label = first.size, corner[first].astype(np.int64)
        weight = _weigh(ground.owner, ground.area, piece, corner, n)
        main = np.full(nobody + 1, -1, np.int64)
        order = np.argsort(weight, kind="stable")
        main[label[order]] = order
        main[nobody] = -1
        stray = (main[label] != np.arange(n)) & (weight < FOOTPRINT_BONUS)
        if not stray.any():
            return
        item, name, edge = _stray_contacts(twin, piece, corner, stray)
        metres = _metres(ground, edge) * np.where(ground.flags[edge] & BARRIER > 0, across, 1.0)
        to = heaviest(item, name, metres, n)
        given = to >= 0
        if not given.any():
            return
        relabel(piece, to, corner)
        # Each given piece lies now in one that was settled: only those left may still find a neighbour.
        if not (stray & ~given).any():
            return


def _metres(ground: Strays, edge: NDArray[np.int64]) -> NDArray[np.float64]:
    """Length of some half-edges [m]."""
    start = ground.half[START]
    across = ground.point[:, start[edge]] - ground.point[:, start[edges_after(edge)]]
    return np.asarray(np.sqrt((across * across).sum(axis=0)) / 1_000.0)


@njit(cache=True)
def relabel(group: NDArray[np.int32], to: NDArray[np.int64], corner: NDArray[np.int32]) -> None:
    """Give every corner the label that its group goes to, in place; -1: no group, or it keeps its own.

    `group` is of corners or, three times as coarse, of triangles.
    """
    each = corner.size // group.size
    for g in range(group.size):
        if group[g] >= 0 and to[group[g]] >= 0:
            corner[g * each : (g + 1) * each] = to[group[g]]


@njit(cache=True)
def _weigh(
    owner: NDArray[np.int32],
    area: NDArray[np.float64],
    piece: NDArray[np.int32],
    corner: NDArray[np.int32],
    n: int,
) -> NDArray[np.float64]:
    """Weight of each piece: its area, and the bonus where its own footprint lies in it."""
    weight = np.zeros(n)
    for c in range(piece.size):
        p = piece[c]
        if p >= 0:
            weight[p] += area[c // 3]
            if owner[c // 3] == corner[c]:
                weight[p] += FOOTPRINT_BONUS
    return weight


@njit(cache=True)
def _stray_contacts(
    twin: NDArray[np.int32],
    piece: NDArray[np.int32],
    corner: NDArray[np.int32],
    stray: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Contacts of stray pieces with settled ones: piece, label and the edge between."""
    out = np.empty((3, 1_024), np.int64)
    n = 0
    for c in range(piece.size):
        if piece[c] < 0 or not stray[piece[c]]:
            continue
        if n + 4 > out.shape[1]:
            longer = np.empty((3, 2 * out.shape[1]), np.int64)
            longer[:, :n] = out[:, :n]
            out = longer
        for way in range(4):
            d = neighbour_corner(twin, c, way)
            if d < 0 or piece[d] < 0 or piece[d] == piece[c] or stray[piece[d]]:
                continue
            out[0, n], out[1, n] = piece[c], corner[d]
            out[2, n] = c if way % 2 == 0 else previous_edge(c)
            n += 1
    return out[:, :n]
