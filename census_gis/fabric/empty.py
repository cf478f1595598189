"""Ground that no building reaches: places of their own, strips, crumbs; and ground that went astray."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.fabric.blocks import connected_corners, neighbour_corner
from census_gis.fabric.settings import BARRIER, FabricSettings
from census_gis.geometry.halfedges import next_edge, previous_edge
from census_gis.model import DISTRICT, FOOT, LAND, OTHER, RAIL, ROAD, WATER

__all__ = [
    "Faces",
    "Rim",
    "edge_lengths",
    "face_sizes",
    "gather_strays",
    "heaviest",
    "is_strip",
    "wall_contacts",
    "wall_features",
]

# Columns of `Faces.rim`: the kinds in this order, then bare wall, then road or rail.
KINDS = (ROAD, RAIL, WATER, LAND, OTHER, DISTRICT)
BARE_WALL, ROAD_OR_RAIL = len(KINDS), len(KINDS) + 1
COLUMNS = len(KINDS) + 2
# A piece with the footprint of its label outweighs any piece without [m2].
FOOTPRINT_BONUS = 1e12


class Rim(NamedTuple):
    """Half-edges as the rim of faces: twins, flags, face of each triangle, length of each edge [m]."""

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
def edge_lengths(x: NDArray[Any], y: NDArray[Any], tri: NDArray[np.int32]) -> NDArray[np.float64]:
    """Length of every half-edge in the unit of x and y."""
    length = np.empty(tri.size)
    for e in range(tri.size):
        u, v = tri[e], tri[next_edge(e)]
        length[e] = np.hypot(x[u] - x[v], y[u] - y[v])
    return length


def face_sizes(rim: Rim, area: NDArray[np.float64], n_faces: int) -> Faces:
    """Measure all faces."""
    faces = Faces(np.zeros(n_faces), np.zeros(n_faces), np.zeros((n_faces, COLUMNS)))
    _measure(rim, area, faces)
    return faces


@njit(cache=True)
def _measure(rim: Rim, area: NDArray[np.float64], faces: Faces) -> None:
    """Add up areas and rims."""
    for t in range(rim.face.size):
        f = rim.face[t]
        if f < 0:
            continue
        faces.area[f] += area[t]
        for e in range(3 * t, 3 * t + 3):
            flags = rim.flags[e]
            if flags == 0:
                continue
            faces.perimeter[f] += rim.length[e]
            for k in range(len(KINDS)):
                if flags & KINDS[k]:
                    faces.rim[f, k] += rim.length[e]
            if flags == FOOT:
                faces.rim[f, BARE_WALL] += rim.length[e]
            if flags & (ROAD | RAIL):
                faces.rim[f, ROAD_OR_RAIL] += rim.length[e]


def is_strip(faces: Faces, settings: FabricSettings) -> NDArray[np.bool_]:
    """Medians and tram beds: narrow, and road or rail nearly all around, even with a hut on them."""
    bare = faces.rim[:, BARE_WALL]
    return (
        (faces.width < settings.strip_width_m)
        & (faces.perimeter > settings.strip_perimeter_m)
        & (faces.rim[:, ROAD_OR_RAIL] > settings.strip_road_share * (faces.perimeter - bare))
        & (bare < settings.strip_wall_share * faces.perimeter)
    )


def wall_contacts(
    rim: Rim, pick: NDArray[np.bool_], corner: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Labels across the rims of the picked faces: face, label, metres, half an edge a row."""
    most = 2 * int(np.count_nonzero(rim.flags))
    out = np.empty((2, most), np.int64)
    metres = np.empty(most)
    n = _contacts(rim, pick, corner, out, metres)
    return out[0, :n], out[1, :n], metres[:n]


@njit(cache=True)
def _contacts(
    rim: Rim,
    pick: NDArray[np.bool_],
    corner: NDArray[np.int32],
    out: NDArray[np.int64],
    metres: NDArray[np.float64],
) -> int:
    """Fill the table of `wall_contacts`; the district line has nothing beyond it."""
    n = 0
    for t in range(rim.face.size):
        f = rim.face[t]
        if f < 0 or not pick[f]:
            continue
        for e in range(3 * t, 3 * t + 3):
            if rim.flags[e] == 0 or rim.flags[e] & DISTRICT:
                continue
            other = rim.twin[e]
            for c in (np.int64(other), np.int64(next_edge(other))):
                if corner[c] >= 0:
                    out[0, n], out[1, n], metres[n] = f, corner[c], rim.length[e] / 2
                    n += 1
    return n


def wall_features(
    rim: Rim, pick: NDArray[np.bool_], feature: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Barriers along the rims of the picked faces: face, barrier row, metres."""
    face = np.repeat(rim.face, 3)
    edge = np.flatnonzero((face >= 0) & (feature >= 0))
    edge = edge[pick[face[edge]]]
    return face[edge].astype(np.int64), feature[edge].astype(np.int64), rim.length[edge]


def heaviest(
    item: NDArray[np.int64],
    label: NDArray[np.int64],
    weight: NDArray[np.float64],
    n_items: int,
) -> NDArray[np.int64]:
    """Label with the largest sum of weights for each of n items, the highest of equals; -1 for none."""
    best = np.full(n_items, -1, np.int64)
    if item.size:
        base = int(label.max()) + 1
        pair, which = np.unique(item * np.int64(base) + label, return_inverse=True)
        order = np.argsort(np.bincount(which, weight), kind="stable")
        best[pair[order] // base] = pair[order] % base
    return best


class Strays(NamedTuple):
    """What `gather_strays` needs of the ground: twins, edge flags and lengths, and for each triangle."""

    twin: NDArray[np.int32]
    flags: NDArray[np.uint8]
    length: NDArray[np.float64]
    inside: NDArray[np.bool_]
    owner: NDArray[np.int32]
    area: NDArray[np.float64]


def gather_strays(ground: Strays, corner: NDArray[np.int32], *, nobody: int, across: float) -> None:
    """Give ground that is cut off from its footprint to the neighbour with the longest border, in place.

    Every label keeps the pieces with its own footprint, or (empty ground) its largest. Label `nobody`
    keeps none. A metre of border over a barrier counts `across`.
    """
    while True:
        piece, n = connected_corners(ground.twin, corner, ground.inside)
        weight, label = _weigh(ground, piece, corner, n)
        main = np.full(nobody + 1, -1, np.int64)
        order = np.argsort(weight, kind="stable")
        main[label[order]] = order
        main[nobody] = -1
        stray = (main[label] != np.arange(n)) & (weight < FOOTPRINT_BONUS)
        if not stray.any():
            return
        most = 4 * int(np.count_nonzero(stray[piece[piece >= 0]]))
        out, metres = np.empty((2, most), np.int64), np.empty(most)
        count = _stray_contacts(ground, piece, corner, stray, out, metres)
        metres[:count] *= np.where(out[1, :count] % 2 == 1, across, 1.0)
        to = heaviest(out[0, :count], out[1, :count] // 2, metres[:count], n)
        if (to < 0).all():
            return
        new = np.append(to, -1)[piece]
        np.copyto(corner, new.astype(np.int32), where=new >= 0)


@njit(cache=True)
def _weigh(
    ground: Strays, piece: NDArray[np.int32], corner: NDArray[np.int32], n: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Weight and label of each piece: its area, and the bonus where its own footprint lies in it."""
    weight, label = np.zeros(n), np.zeros(n, np.int64)
    for c in range(piece.size):
        p = piece[c]
        if p >= 0:
            weight[p] += ground.area[c // 3]
            label[p] = corner[c]
            if ground.owner[c // 3] == corner[c]:
                weight[p] += FOOTPRINT_BONUS
    return weight, label


@njit(cache=True)
def _stray_contacts(
    ground: Strays,
    piece: NDArray[np.int32],
    corner: NDArray[np.int32],
    stray: NDArray[np.bool_],
    out: NDArray[np.int64],
    metres: NDArray[np.float64],
) -> int:
    """Contacts of stray pieces with settled ones: piece, 2 label (+ 1 over a barrier), metres."""
    n = 0
    for c in range(piece.size):
        if piece[c] < 0 or not stray[piece[c]]:
            continue
        for way in range(4):
            d = neighbour_corner(ground.twin, c, way)
            if d < 0 or piece[d] < 0 or piece[d] == piece[c] or stray[piece[d]]:
                continue
            e = c if way % 2 == 0 else previous_edge(c)
            over = 1 if ground.flags[e] & BARRIER else 0
            out[0, n], out[1, n], metres[n] = piece[c], 2 * corner[d] + over, ground.length[e]
            n += 1
    return n
