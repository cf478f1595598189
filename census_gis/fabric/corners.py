"""Whose ground is every corner: footprints, what they see, empty places, crumbs, strips and strays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.fabric.blocks import connected_triangles, heaviest
from census_gis.fabric.empty import (
    Faces,
    Rim,
    Strays,
    edge_lengths,
    face_sizes,
    gather_strays,
    is_narrow,
    is_strip,
    keeps_apart,
    relabel,
    wall_contacts,
)
from census_gis.fabric.labels import (
    ABSORBED,
    DISTANCE,
    FAR,
    LABEL,
    Ground,
    Sectors,
    seed_across,
    seed_sectors,
    spread,
)
from census_gis.fabric.settings import WALL, FabricSettings
from census_gis.geometry.halfedges import START, TWIN

__all__ = ["Labelled", "label_corners", "strip_barriers"]


class Labelled(NamedTuple):
    """Cell of every corner, and the faces of open ground; `shared` marks faces that got no label by sight.

    Of these `lane` are those that would be places of their own but for the buildings they keep apart. `rim` and `faces` are what was measured on the way.
    """

    corner: NDArray[np.int32]
    n_cells: int
    face: NDArray[np.int32]
    crumb: NDArray[np.bool_]
    lane: NDArray[np.bool_]
    shared: NDArray[np.bool_]
    rim: Rim
    faces: Faces


def label_corners(ground: Ground, *, n_footprints: int, settings: FabricSettings) -> Labelled:
    """Label the corners of all triangles inside with cells.

    Cells 0 .. n_footprints - 1 are the footprints, the rest is empty ground. Each part of the district
    has one cell at least.
    """
    free = ground.inside & (ground.owner < 0)
    face, n_faces = connected_triangles(ground.half[TWIN], ground.flags, free, WALL)
    metres = edge_lengths(
        ground.point[0], ground.point[1], ground.half[START], ground.flags, 1_000.0
    )
    rim = Rim(ground.half[TWIN], ground.flags, face, metres)
    faces = face_sizes(rim, ground.area, n_faces, far_m=settings.strip_width_m)
    strip = is_strip(faces, settings)
    sectors = _see(ground, free, face, strip)
    seen = _seen(face, *sectors, n_faces) & ~strip
    wide = (faces.area >= settings.empty_area_m2) & (faces.width >= settings.empty_width_m)
    place = ~seen & ~strip & wide
    # As one cell a net of lanes goes to one EA, and shuts every hamlet around it off from the next.
    slender = place & is_narrow(faces, settings, far_share=settings.lane_far_share)
    lane = keeps_apart(rim, ground.inside, ground.owner, slender)
    empty = _a_cell_for_each_part(ground, face, faces.area, seen, place & ~lane)
    cell = np.full(n_faces + 1, -1, np.int32)
    cell[:n_faces][empty] = n_footprints + np.arange(np.count_nonzero(empty))
    corner = _by_sight((ground.owner, face), cell, seen, *sectors)
    long = (faces.perimeter > settings.long_strip_m) & is_narrow(faces, settings) | lane
    shared = ~seen & ~empty
    crumb = shared & ~long
    left = _give_crumbs(rim, crumb, corner)
    absorbed = left | (shared & long)
    if absorbed.any():
        _share_strips(ground, sectors, corner, np.append(absorbed, False)[face])
    n_cells = n_footprints + int(np.count_nonzero(empty))
    _to_nobody(ground.inside, corner, n_cells)
    strays = Strays(
        ground.point, ground.half, ground.flags, ground.inside, ground.owner, ground.area
    )
    gather_strays(strays, corner, nobody=n_cells, across=settings.across_barrier)
    n_cells += bool((corner == n_cells).any())
    return Labelled(corner, n_cells, face, crumb, lane, shared, rim, faces)


def _see(
    ground: Ground,
    free: NDArray[np.bool_],
    face: NDArray[np.int32],
    strip: NDArray[np.bool_],
) -> Sectors:
    """Labels by sight everywhere but on faces that are strips."""
    sectors = seed_sectors(ground)
    if strip.any():
        there = np.append(strip, False)[face]
        on_strip = sectors.of_corner[np.repeat(there, 3)]
        sectors.table[LABEL, on_strip] = -1
        sectors.table[DISTANCE, on_strip] = FAR
        free = free & ~there
    spread(ground.point, ground.half, *sectors, free)
    return sectors


@njit(cache=True)
def _seen(
    face: NDArray[np.int32], of_corner: NDArray[np.int32], table: NDArray[np.int64], n: int
) -> NDArray[np.bool_]:
    """Which of n faces some label came to."""
    seen = np.zeros(n, np.bool_)
    for t in range(face.size):
        if face[t] >= 0 and not seen[face[t]]:
            seen[face[t]] = table[LABEL, of_corner[3 * t]] >= 0
    return seen


@njit(cache=True)
def _by_sight(
    ground: tuple[NDArray[np.int32], NDArray[np.int32]],
    cell: NDArray[np.int32],
    seen: NDArray[np.bool_],
    of_corner: NDArray[np.int32],
    table: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Label of every corner: the footprint on it, the cell of its face, or what it sees; `ground` is owner and face."""
    owner, face = ground
    corner = np.full(of_corner.size, -1, np.int32)
    for t in range(owner.size):
        f = face[t]
        for c in range(3 * t, 3 * t + 3):
            if owner[t] >= 0:
                corner[c] = owner[t]
            elif f >= 0:
                corner[c] = table[LABEL, of_corner[c]] if seen[f] else cell[f]
    return corner


@njit(cache=True)
def _to_nobody(inside: NDArray[np.bool_], corner: NDArray[np.int32], nobody: int) -> None:
    """Give the corners inside that have no label yet to nobody, in place."""
    for c in range(corner.size):
        if corner[c] < 0 and inside[c // 3]:
            corner[c] = nobody


def _a_cell_for_each_part(
    ground: Ground,
    face: NDArray[np.int32],
    area: NDArray[np.float64],
    seen: NDArray[np.bool_],
    empty: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Empty faces, and the largest face of every part of the district that nobody lives in."""
    part, n_parts = ground.part, ground.n_parts
    inhabited = np.append(seen | empty, False)[face] | (ground.owner >= 0)
    settled = np.zeros(n_parts, bool)
    settled[part[inhabited & ground.inside]] = True
    if settled.all():
        return empty
    part_of_face = np.zeros(area.size, np.int64)
    part_of_face[face[face >= 0]] = part[face >= 0]
    order = np.argsort(area, kind="stable")
    largest = np.full(n_parts, -1, np.int64)
    largest[part_of_face[order]] = order
    empty = empty.copy()
    empty[largest[~settled]] = True
    return empty


def _give_crumbs(
    rim: Rim, crumb: NDArray[np.bool_], corner: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Give each crumb whole to the neighbour it touches most, in place; those left have no neighbour yet."""
    left = crumb.copy()
    while left.any():
        to = heaviest(*wall_contacts(rim, left, corner), left.size)
        given = left & (to >= 0)
        if not given.any():
            break
        relabel(rim.face, np.where(given, to, -1), corner)
        left &= ~given
    return left


def _share_strips(
    ground: Ground,
    sectors: Sectors,
    corner: NDArray[np.int32],
    absorbed: NDArray[np.bool_],
) -> None:
    """Share long strips out among the cells across their rim, nearest first, in place."""
    net = ground.point, ground.half
    three = corner.reshape(-1, 3)
    while absorbed.any():
        triangles = np.flatnonzero(absorbed)
        rows = (3 * triangles[:, None] + np.arange(3)).ravel()
        corner[rows] = ABSORBED
        if seed_across(*net, (sectors.of_corner, sectors.table), ground.anchor, rows, corner) == 0:
            return
        spread(*net, *sectors, absorbed)
        corner[rows] = sectors.table[LABEL, sectors.of_corner[rows]]
        absorbed = np.zeros_like(absorbed)
        absorbed[triangles[(three[triangles] < 0).any(axis=1)]] = True


def strip_barriers(
    labelled: Labelled, feature: NDArray[np.int32], kinds: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Dominant kind around the shared face of each triangle, and the barrier of that kind beside it.

    A face may reach over several streets: a triangle without a barrier of its own has the face's longest.
    """
    dominant = np.where(labelled.shared, labelled.faces.dominant(), 0)
    if not dominant.any():
        n = labelled.face.size
        return np.zeros(n, np.uint8), np.full(n, -1, np.int32)
    strip = np.append(dominant, 0)[labelled.face].astype(np.uint8)
    beside = np.full(strip.size, -1, np.int32)
    rows = np.flatnonzero(strip)
    own, metres = (of.reshape(-1, 3)[rows] for of in (feature, labelled.rim.length))
    same = (own >= 0) & (np.append(kinds, 0)[own] == strip[rows, None])
    face = labelled.face[rows].astype(np.int64)
    item = np.broadcast_to(face[:, None], same.shape)[same]
    to = heaviest(item, own[same].astype(np.int64), metres[same], dominant.size)
    nearest = np.where(same, own, -1).max(axis=1, initial=-1)
    beside[rows] = np.where(nearest >= 0, nearest, to[face])
    return strip, beside
