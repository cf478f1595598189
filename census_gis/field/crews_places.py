"""Where crews are made: EAs of a district, or of districts of a township where one is too small, and who is beside whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.field.crews import Ground
from census_gis.graph import components

__all__ = [
    "Bridge",
    "Place",
    "beside",
    "fitting",
    "joined",
    "over_gaps",
    "place_of",
    "reaching",
    "spots",
]

TOUCH_M = 0.01  # shapes this near touch
GAP_M = 50.0  # farthest EAs that count as neighbours where no division of touching ones will do: over a wide street
MOST_EAS = 40  # EAs of districts put together: crews of as many are proven


@dataclass(frozen=True)
class Bridge:
    """A link between EAs that do not touch: rows of the areas, and the gap between them [m], nan without ground."""

    first: int
    second: int
    gap_m: float


@dataclass(frozen=True)
class Place:
    """EAs that are divided into crews together.

    Attributes
    ----------
    rows
        Rows of the areas, ascending.
    districts
        Numbers of the districts they are of, ascending.
    ground
        What crews are made from, in the order of `rows`.
    bridges
        Links that had to be added to make it one piece.
    """

    rows: NDArray[np.int64]
    districts: tuple[int, ...]
    ground: Ground
    bridges: tuple[Bridge, ...]


def fitting(n_eas: int, wanted: int, sizes: tuple[int, int]) -> int:
    """Number of crews nearest to a wanted one for which all can have a size asked for; the wanted one if none can.

    Examples
    --------
    >>> fitting(6, 2, (4, 6)), fitting(11, 3, (4, 6)), fitting(7, 2, (4, 6))
    (1, 2, 2)
    """
    least, most = -(-n_eas // sizes[1]), n_eas // sizes[0]
    return min(max(wanted, least), most) if least <= most else wanted


def beside(areas: pd.DataFrame, lines: pd.DataFrame | None) -> NDArray[np.int64]:
    """Pairs of rows of neighbours, shape (m, 2), each once: by the lines between EAs, else by touching shapes.

    Stacked EAs have no lines: they are beside the EAs that their slices touch.
    """
    codes = pd.Index(areas["ea_code"].to_numpy(object))
    none = np.empty((0, 2), np.int64)
    if lines is not None and len(lines):
        both = lines[lines["right_ea"].notna()]
        sides = [codes.get_indexer(both[name].to_numpy(object)) for name in ("left_ea", "right_ea")]
        pairs = np.column_stack(sides).astype(np.int64)
        pairs = pairs[(pairs >= 0).all(axis=1)]
        if "kind" in areas:
            stacked = np.flatnonzero((areas["kind"] == "stacked").to_numpy(bool))
            pairs = np.concatenate([pairs, _within(areas, stacked, TOUCH_M)])
    else:
        pairs = _within(areas, np.arange(len(areas)), TOUCH_M)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return np.unique(np.sort(pairs, axis=1), axis=0) if len(pairs) else none


def _within(areas: pd.DataFrame, rows: NDArray[np.int64], metres: float) -> NDArray[np.int64]:
    """Pairs of some rows and all others whose shapes are so near, shape (m, 2)."""
    if "geometry" not in areas or not len(rows):
        return np.empty((0, 2), np.int64)
    shapes = areas["geometry"].to_numpy(object)
    left, right = shapely.STRtree(shapes).query(shapes[rows], predicate="dwithin", distance=metres)
    return np.column_stack([rows[left], right]).astype(np.int64)


def spots(areas: pd.DataFrame, district: NDArray[np.int64]) -> NDArray[np.float64]:
    """A point in each EA [m], shape (n, 2); EAs without ground are in the middle of their district, else at 0, 0."""
    at = np.full((len(areas), 2), np.nan)
    if "geometry" in areas:
        shapes = areas["geometry"].to_numpy(object)
        there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
        at[there] = shapely.get_coordinates(shapely.point_on_surface(shapes[there]))
    frame = pd.DataFrame(at, columns=["x", "y"])
    middle = frame.groupby(district).transform("mean")
    return frame.fillna(middle).fillna(frame.mean()).fillna(0.0).to_numpy()


def place_of(
    rows: NDArray[np.int64], work: tuple[NDArray[np.float64], NDArray[np.bool_] | None],
    at: NDArray[np.float64], *, pairs: NDArray[np.int64], district: NDArray[np.int64],
    areas: pd.DataFrame,
) -> Place:  # fmt: skip
    """EAs as one connected place: pieces that do not touch are linked where they are nearest.

    `work` is the load of all EAs, and which of them a supervisor can count (None where that is not asked).
    """
    load, own = work
    number = np.full(len(at), -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    mine = number[pairs] if len(pairs) else pairs
    mine = mine[(mine >= 0).all(axis=1)]
    a, b = mine[:, 0], mine[:, 1]
    bridges = []
    xy = at[rows]
    while True:
        n_pieces, piece = components(len(rows), a, b)
        if n_pieces == 1:
            break
        i, j = _nearest(xy, piece)
        a, b = np.append(a, i), np.append(b, j)
        first, second = int(rows[i]), int(rows[j])
        bridges.append(Bridge(first, second, _gap(areas, first, second)))
    ground = Ground(load[rows], xy[:, 0], xy[:, 1], a, b, own=None if own is None else own[rows])
    return Place(rows, tuple(np.unique(district[rows]).tolist()), ground, tuple(bridges))


def over_gaps(place: Place, areas: pd.DataFrame) -> Ground:
    """The ground of a place where EAs are neighbours over a gap of up to 50 m too."""
    ground = place.ground
    here = areas.iloc[place.rows]
    near = np.sort(_within(here, np.arange(len(here)), GAP_M), axis=1)
    near = near[near[:, 0] != near[:, 1]]
    touching = np.sort(np.column_stack([ground.a, ground.b]), axis=1)
    both, first = np.unique(np.concatenate([touching, near]), axis=0, return_index=True)
    return replace(ground, a=both[:, 0], b=both[:, 1], over=first >= len(touching))


def reaching(place: Place, label: NDArray[np.int64], areas: pd.DataFrame) -> tuple[Bridge, ...]:
    """The gaps within crews: in each, the shortest that join its pieces."""
    bridges = []
    ground = place.ground
    for crew in range(int(label.max()) + 1):
        mine = np.flatnonzero(label == crew)
        number = np.full(len(label), -1, dtype=np.int64)
        number[mine] = np.arange(len(mine))
        ends = number[np.column_stack([ground.a, ground.b])]
        ends = ends[(ends >= 0).all(axis=1)]
        while True:
            n_pieces, piece = components(len(mine), ends[:, 0], ends[:, 1])
            if n_pieces == 1:
                break
            apart = [
                (_gap(areas, int(place.rows[mine[i]]), int(place.rows[mine[j]])), i, j)
                for i in np.flatnonzero(piece == piece[0]) for j in np.flatnonzero(piece != piece[0])
            ]  # fmt: skip
            gap, i, j = min(apart)
            ends = np.append(ends, [[i, j]], axis=0)
            bridges.append(Bridge(int(place.rows[mine[i]]), int(place.rows[mine[j]]), gap))
    return tuple(bridges)


def _nearest(xy: NDArray[np.float64], piece: NDArray[np.int32]) -> tuple[int, int]:
    """Nearest pair of the first piece and all others; the first of several."""
    inside = np.flatnonzero(piece == piece[0])
    outside = np.flatnonzero(piece != piece[0])
    away = np.hypot(*(xy[inside][:, None, :] - xy[outside][None, :, :]).transpose(2, 0, 1))
    i, j = np.unravel_index(int(away.argmin()), away.shape)
    return int(inside[i]), int(outside[j])


def _gap(areas: pd.DataFrame, first: int, second: int) -> float:
    if "geometry" not in areas:
        return float("nan")
    shapes = areas["geometry"].to_numpy(object)
    return float(shapely.distance(shapes[first], shapes[second]))


def joined(
    counts: Sequence[int], crews: Sequence[int], sizes: tuple[int, int],
    *, pairs: NDArray[np.int64], township: Sequence[str],
) -> list[tuple[int, ...]]:  # fmt: skip
    """Districts whose crews are made together: each alone, but where it is too small, with neighbours of its township.

    A district whose EAs cannot be shared by its crews joins the neighbour with which they can, the smallest first;
    where none helps it joins the smallest, so that the next may.

    Parameters
    ----------
    counts, crews
        EAs and crews of each district.
    sizes
        Fewest and most EAs of a crew.
    pairs
        Neighbouring districts.
    township
        Township of each district; only districts of one are put together.
    """
    groups: dict[int, set[int]] = {d: {d} for d in range(len(counts)) if counts[d]}
    near: dict[int, set[int]] = {d: set() for d in groups}
    for left, right in pairs.tolist():
        if left in near and right in near and township[left] == township[right]:
            near[left].add(right)
            near[right].add(left)

    def total(members: set[int]) -> tuple[int, int]:
        return sum(counts[d] for d in members), sum(crews[d] for d in members)

    def misfit(members: set[int]) -> int:
        n, k = total(members)
        return max(sizes[0] * k - n, n - sizes[1] * k, 0)

    for d in sorted(groups, key=lambda d: (counts[d], d)):
        while misfit(groups[d]):
            around = {
                id(groups[v]): groups[v] for u in groups[d] for v in near[u] if v not in groups[d]
            }
            options = [
                (misfit(groups[d] | other), total(other)[0], min(other), other)
                for other in around.values() if total(groups[d] | other)[0] <= MOST_EAS
            ]  # fmt: skip
            if not options:
                break
            both = groups[d] | min(options, key=lambda option: option[:3])[3]
            for v in both:
                groups[v] = both
    return sorted({tuple(sorted(members)) for members in groups.values()})
