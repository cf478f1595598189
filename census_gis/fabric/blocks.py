"""Which ground is inside, which footprint covers it, and which blocks and faces it falls into.

A *block* is what barriers cut off from the rest, footprints included; a *face* is a piece of open ground
between barriers and walls.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.geometry.halfedges import START, TWIN, next_edge, previous_edge
from census_gis.geometry.triangulation import Net

__all__ = [
    "Rings",
    "Walls",
    "connected_corners",
    "connected_triangles",
    "flood",
    "footprint_owners",
    "heaviest",
    "home_blocks",
    "neighbour_corner",
    "piece_counts",
    "touching_pieces",
    "triangle_areas",
]


class Walls(NamedTuple):
    """Half-edges on the inner side of the walls of every footprint, as compressed rows."""

    first: NDArray[np.int64]
    edge: NDArray[np.int64]


class Rings(NamedTuple):
    """Ring segments of every footprint as given, as compressed rows.

    `ends` has rows x, y, x, y [mm from the origin] and a column for each segment.
    """

    first: NDArray[np.int64]
    ends: NDArray[np.float64]


@njit(cache=True)
def connected_triangles(
    twin: NDArray[np.int32], flags: NDArray[np.uint8], use: NDArray[np.bool_], mask: int
) -> tuple[NDArray[np.int32], int]:
    """Pieces of the used triangles, cut by edges with a flag of the mask: piece (-1: unused), number."""
    # One number says both whether a triangle is used and whether it was met.
    waiting = -2
    piece = np.full(use.size, -1, np.int32)
    for t in range(use.size):
        if use[t]:
            piece[t] = waiting
    stack = np.empty(use.size + 16, np.int32)
    n = 0
    for start in range(use.size):
        if piece[start] != waiting:
            continue
        piece[start] = n
        stack[0] = start
        depth = 1
        while depth > 0:
            depth -= 1
            t = stack[depth]
            for e in range(3 * t, 3 * t + 3):
                if flags[e] & mask == 0 and twin[e] >= 0:
                    other = twin[e] // 3
                    if piece[other] == waiting:
                        piece[other] = n
                        stack[depth] = other
                        depth += 1
        n += 1
    return piece, n


@njit(cache=True)
def flood(
    twin: NDArray[np.int32], flags: NDArray[np.uint8], seeds: NDArray[np.int64], mask: int
) -> tuple[NDArray[np.int32], int]:
    """Pieces of the triangles reached from seed half-edges without crossing an edge with a flag of the mask.

    Piece of each triangle (-1: not reached) in the order of the seeds, and their number.
    """
    piece = np.full(twin.size // 3, -1, np.int32)
    stack = np.empty(piece.size + 16, np.int32)
    n = 0
    for seed in seeds:
        if piece[seed // 3] >= 0:
            continue
        piece[seed // 3] = n
        stack[0] = seed // 3
        depth = 1
        while depth > 0:
            depth -= 1
            t = stack[depth]
            for e in range(3 * t, 3 * t + 3):
                if flags[e] & mask == 0 and twin[e] >= 0 and piece[twin[e] // 3] < 0:
                    piece[twin[e] // 3] = n
                    stack[depth] = twin[e] // 3
                    depth += 1
        n += 1
    return piece, n


@njit(cache=True)
def connected_corners(
    twin: NDArray[np.int32], label: NDArray[np.int32], inside: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Connected pieces of corners with the same label: piece of each (-1 outside), first corner of each piece."""
    piece = _joined_corners(twin, label, inside)
    first = np.empty(piece.size, np.int32)
    n = 0
    # A corner hangs on an earlier one, which has the number of its piece already.
    for c in range(piece.size):
        if piece[c] == c:
            first[n] = c
            piece[c] = n
            n += 1
        elif piece[c] >= 0:
            piece[c] = piece[piece[c]]
    return piece, first[:n].copy()


@njit(cache=True)
def piece_counts(
    twin: NDArray[np.int32], label: NDArray[np.int32], inside: NDArray[np.bool_], n_labels: int
) -> NDArray[np.int64]:
    """Number of connected pieces of every label."""
    root = _joined_corners(twin, label, inside)
    count = np.zeros(n_labels, np.int64)
    for c in range(root.size):
        if root[c] == c:
            count[label[c]] += 1
    return count


@njit(cache=True)
def _joined_corners(
    twin: NDArray[np.int32], label: NDArray[np.int32], inside: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """An earlier corner of its piece for each corner, itself for the first of a piece; -1 outside."""
    root = np.full(twin.size, -1, np.int32)
    for t in range(inside.size):
        if not inside[t]:
            continue
        a, b, c = 3 * t, 3 * t + 1, 3 * t + 2
        root[a] = a
        root[b] = a if label[b] == label[a] else b
        root[c] = a if label[c] == label[a] else (b if label[c] == label[b] else c)
        for e in range(a, a + 3):
            other = twin[e]
            if other < 0 or other > e or not inside[other // 3]:
                continue
            start, end = next_edge(other), next_edge(e)
            if label[e] == label[start]:
                _join(root, e, start)
            if label[end] == label[other] and not label[end] == label[e] == label[start]:
                _join(root, end, other)
    return root


@njit(cache=True)
def _join(root: NDArray[np.int32], a: int, b: int) -> None:
    """Make two pieces one, its root the earlier of theirs."""
    while root[a] != a:
        root[a] = root[root[a]]
        a = root[a]
    while root[b] != b:
        root[b] = root[root[b]]
        b = root[b]
    if a < b:
        root[b] = a
    else:
        root[a] = b


@njit(cache=True)
def neighbour_corner(twin: NDArray[np.int32], c: int, way: int) -> int:
    """One of four neighbours of a corner: two in its triangle, two at its vertex; -1 for none."""
    if way == 0:
        return next_edge(c)
    if way == 1:
        return previous_edge(c)
    if way == 2:
        return next_edge(twin[c]) if twin[c] >= 0 else -1
    return twin[previous_edge(c)]


@njit(cache=True)
def touching_pieces(twin: NDArray[np.int32], piece: NDArray[np.int32]) -> NDArray[np.int64]:
    """Pairs (p << 32 | q) of pieces that meet across an edge or in a triangle; some come several times."""
    out = np.empty(1_024, np.int64)
    n, last = 0, np.int64(-1)
    for c in range(twin.size):
        for way in range(0, 3, 2):
            d = neighbour_corner(twin, c, way)
            if piece[c] < 0 or d < 0 or piece[d] < 0 or piece[d] == piece[c]:
                continue
            pair = np.int64(piece[c]) << 32 | np.int64(piece[d])
            if pair == last:
                continue
            if n == out.size:
                longer = np.empty(2 * n, np.int64)
                longer[:n] = out
                out = longer
            out[n] = last = pair
            n += 1
    return out[:n].copy()


def footprint_owners(
    net: Net, walls: Walls, rings: Rings, order: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Footprint that covers each triangle, -1 for open ground.

    Later footprints in `order` win, so with the largest first an overlap goes to the smaller one. Each
    footprint is flooded from its walls, and every triangle checked against the ring as given: neither a
    sliver nor a ring that touches itself can leak.
    """
    owner = np.full(net.half.shape[1] // 3, -1, np.int32)
    _flood_footprints(
        net.point, net.half, (walls.first, walls.edge), (rings.first, rings.ends), order, owner
    )
    return owner


@njit(cache=True)
def _flood_footprints(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    walls: tuple[NDArray[np.int64], NDArray[np.int64]],
    rings: tuple[NDArray[np.int64], NDArray[np.float64]],
    order: NDArray[np.int64],
    owner: NDArray[np.int32],
) -> None:
    """Flood one footprint after another, in place."""
    first_wall, wall = walls
    first_ring, ends = rings
    wall_of = np.full(half.shape[1], -1, np.int32)
    seen_by = np.full(owner.size, -1, np.int32)
    stack = np.empty(half.shape[1] + 16, np.int32)
    for b in order:
        for e in wall[first_wall[b] : first_wall[b + 1]]:
            wall_of[e] = b
            wall_of[half[TWIN, e]] = b
        for seed in wall[first_wall[b] : first_wall[b + 1]]:
            stack[0] = seed // 3
            depth = 1
            while depth > 0:
                depth -= 1
                t = stack[depth]
                if seen_by[t] == b:
                    continue
                seen_by[t] = b
                if not _covers(point, half, t, ends, first_ring[b], first_ring[b + 1]):
                    continue
                owner[t] = b
                for e in range(3 * t, 3 * t + 3):
                    other = half[TWIN, e] // 3
                    if wall_of[e] != b and other >= 0 and seen_by[other] != b:
                        stack[depth] = other
                        depth += 1


@njit(cache=True)
def _covers(
    point: NDArray[np.int64],
    half: NDArray[np.int32],
    t: int,
    ends: NDArray[np.float64],
    begin: int,
    stop: int,
) -> bool:
    """Whether the centroid of triangle t lies in the rings begin .. stop - 1."""
    u, v, w = half[START, 3 * t], half[START, 3 * t + 1], half[START, 3 * t + 2]
    cx = (point[0, u] + point[0, v] + point[0, w]) / 3.0
    cy = (point[1, u] + point[1, v] + point[1, w]) / 3.0
    inside = False
    for i in range(begin, stop):
        ax, ay, bx, by = ends[0, i], ends[1, i], ends[2, i], ends[3, i]
        if (ay > cy) != (by > cy) and cx < (bx - ax) * (cy - ay) / (by - ay) + ax:
            inside = not inside
    return inside


@njit(cache=True)
def triangle_areas(point: NDArray[np.int64], half: NDArray[np.int32]) -> NDArray[np.float64]:
    """Area of every triangle [m2] from vertices in millimetres."""
    area = np.empty(half.shape[1] // 3)
    for t in range(area.size):
        u, v, w = half[START, 3 * t], half[START, 3 * t + 1], half[START, 3 * t + 2]
        ax, ay = point[0, v] - point[0, u], point[1, v] - point[1, u]
        bx, by = point[0, w] - point[0, u], point[1, w] - point[1, u]
        area[t] = 0.5e-6 * (ax * by - ay * bx)
    return area


def home_blocks(
    owner: NDArray[np.int32], block: NDArray[np.int32], area: NDArray[np.float64], n: int
) -> NDArray[np.int32]:
    """Block in which most of each of n footprints lies, -1 for footprints without ground of their own."""
    home = np.full(n, -1, np.int32)
    several = _only_blocks(owner, block, home)
    if several.any():
        # Few footprints reach over a barrier.
        rows = np.flatnonzero(np.append(several, False)[owner])
        most = heaviest(owner[rows].astype(np.int64), block[rows].astype(np.int64), area[rows], n)
        home[several] = most[several]
    return home


@njit(cache=True)
def _only_blocks(
    owner: NDArray[np.int32], block: NDArray[np.int32], home: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Write a block of each footprint; which of them lie in several."""
    several = np.zeros(home.size, np.bool_)
    for t in range(owner.size):
        b = owner[t]
        if b >= 0:
            several[b] |= home[b] >= 0 and home[b] != block[t]
            home[b] = block[t]
    return several


def heaviest(
    item: NDArray[np.int64],
    label: NDArray[np.int64],
    weight: NDArray[np.float64],
    n_items: int,
) -> NDArray[np.int64]:
    """Label with the largest sum of weights for each of n items, the highest of equals; -1 for none."""
    best = np.full(n_items, -1, np.int64)
    if item.size:
        order = np.argsort(item * np.int64(int(label.max()) + 1) + label, kind="stable")
        _keep_heaviest(item, label, weight, order, best)
    return best


@njit(cache=True)
def _keep_heaviest(
    item: NDArray[np.int64],
    label: NDArray[np.int64],
    weight: NDArray[np.float64],
    order: NDArray[np.int64],
    best: NDArray[np.int64],
) -> None:
    """`heaviest` of rows in the order of item and label, in place."""
    i, most = 0, 0.0
    while i < order.size:
        of, name, total = item[order[i]], label[order[i]], 0.0
        while i < order.size and item[order[i]] == of and label[order[i]] == name:
            total += weight[order[i]]
            i += 1
        if best[of] < 0 or total >= most:
            best[of], most = name, total
