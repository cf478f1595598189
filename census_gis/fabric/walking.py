"""Where one cannot walk from atom to atom: rivers, railways and wide roads without a crossing nearby.

Two atoms that share a border on the map need not be neighbours for the person who goes from door to door. An
edge is *barred* where its whole border is a river, a railway or a wide road and nothing leads over within the
profile's distance. It is *held* where a line that people said must be kept lies between its atoms.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.fabric.borders import point_coordinates
from census_gis.fabric.crossings import FAR_M, Chosen, Gates, gates_of, main_roads, walls_of
from census_gis.fabric.keeping import held_edges
from census_gis.graph import components
from census_gis.model import ROAD, District, Mesh

__all__ = ["with_walking"]

# This much border off the barrier is a way past it [m]; less is where middle lines meet a bank askew.
PAST_M = 3.0
# Share of an uninhabited atom's ground in water that makes it water.
WET_SHARE = 0.5


class _Rim(NamedTuple):
    """Border pieces of edges that run along a wall: edge, kind of the wall, middle and length [m]."""

    edge: NDArray[np.int64]
    kind: NDArray[np.int64]
    xy: NDArray[np.float64]
    metres: NDArray[np.float64]


def with_walking(
    edges: pd.DataFrame,
    district: District,
    mesh: Mesh,
    cell_atom: NDArray[np.int32],
    atoms: pd.DataFrame,
    *,
    chosen: Chosen,
) -> pd.DataFrame:
    """Edges with what walking them takes.

    Parameters
    ----------
    edges : table of edges of a fabric, with `link`
    district : District
        Its rules `ea.crossing_m` and `ea.wide_road` say what bars.
    mesh : Mesh
    cell_atom : int32, shape (n_cells,)
    atoms : table of atoms
    chosen : what `select` makes of the district's barriers

    Returns
    -------
    DataFrame
        With `barrier_m`, metres of the border along rivers, railways and wide roads; `crossing_m`, metres
        from there to the nearest way over (1e9 for none, 0 where nothing is in the way); `barred` (bool):
        no way over is near enough; `main_m`, metres along those and other main roads, where the district is so
        large that it is divided into blocks, else 0; `held` (bool): a line that must be kept lies between.
        Ground without buildings is never cut off: its best edge stays open.
    """
    walls = walls_of(district.barriers, str(district.profile["ea.wide_road"]), chosen=chosen)
    rim = _rim(edges, mesh, cell_atom, walls.kind)
    bare = atoms["kind"].to_numpy(object) == "empty"
    metres = np.bincount(rim.edge, rim.metres, len(edges))
    crossing, barred = np.zeros(len(edges)), np.zeros(len(edges), np.bool_)
    if len(rim.edge):
        gates = gates_of(district.barriers, walls)
        crossing = np.where(metres > 0, _distances(rim, gates, len(edges)), 0.0)
        wet = _wet(bare, mesh, cell_atom, walls.water)
        limit = float(district.profile["ea.crossing_m"])
        barred = _barred(edges, rim, crossing, wet, (gates, limit))
    main = _along_main(edges, district, mesh, cell_atom, atoms, walls.kind)
    held = held_edges(edges, district, mesh, cell_atom, atoms)
    barred, held = _reached(edges, bare, barred, held)
    columns = {
        "barrier_m": metres,
        "main_m": main,
        "crossing_m": crossing,
        "barred": barred,
        "held": held,
    }
    # All at once: pandas takes three times as long to add one column after another.
    return pd.concat([edges, pd.DataFrame(columns, index=edges.index)], axis=1)


def _barred(
    edges: pd.DataFrame,
    rim: _Rim,
    crossing: NDArray[np.float64],
    wet: NDArray[np.bool_],
    crossed: tuple[Gates, float],
) -> NDArray[np.bool_]:
    """Edges whose whole border is a wall with no way over within the limit, and those into water."""
    metres = np.bincount(rim.edge, rim.metres, len(edges))
    shut = ~(edges["stair"].to_numpy(bool) | edges["link"].to_numpy(bool))
    whole = edges["border_m"].to_numpy(np.float64) - metres <= PAST_M
    barred = (metres > 0) & whole & (crossing > crossed[1]) & shut
    if not wet.any():
        return barred
    swum = (wet[edges["a"].to_numpy()] | wet[edges["b"].to_numpy()]) & shut
    return _without_swimming(barred | swum, edges, wet, rim, crossed)


def _along_main(
    edges: pd.DataFrame,
    district: District,
    mesh: Mesh,
    cell_atom: NDArray[np.int32],
    atoms: pd.DataFrame,
    walls: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Metres of each border along what a block should end at; only where blocks may be asked for."""
    above = district.profile.rules.get("blocks.above")
    if above is None or not 0 < int(above.value) < int(atoms["persons"].sum()):
        return np.zeros(len(edges))
    kind = np.where(main_roads(district.barriers), ROAD, walls)
    rim = _rim(edges, mesh, cell_atom, kind)
    return np.bincount(rim.edge, rim.metres, len(edges)).astype(np.float64)


def _rim(
    edges: pd.DataFrame, mesh: Mesh, cell_atom: NDArray[np.int32], kind: NDArray[np.int64]
) -> _Rim:
    """Pieces of the borders between atoms that follow a wall."""
    feature = mesh.piece_feature
    along = np.where(feature >= 0, np.append(kind, 0)[feature], 0)
    name = np.append(cell_atom, -1).astype(np.int64)
    left, right = name[mesh.left], name[mesh.right]
    rows = np.flatnonzero((along > 0) & (left >= 0) & (right >= 0) & (left != right))
    if not len(rows):
        none = np.zeros(0, np.int64)
        return _Rim(none, none, np.zeros((0, 2)), np.zeros(0))
    key = edges["a"].to_numpy(np.int64) << 32 | edges["b"].to_numpy(np.int64)
    low, high = np.minimum(left, right)[rows], np.maximum(left, right)[rows]
    edge = np.searchsorted(key, low << 32 | high)
    x, y = point_coordinates(mesh, mesh.point_id)
    start, end = mesh.start[rows], mesh.end[rows]
    middle = np.column_stack([x[start] + x[end], y[start] + y[end]]) / 2
    return _Rim(edge, along[rows], middle, np.hypot(x[start] - x[end], y[start] - y[end]))


def _distances(rim: _Rim, gates: Gates, n: int) -> NDArray[np.float64]:
    """Metres from the wall along each edge to the nearest way over walls of its kind."""
    near = np.full(n, FAR_M)
    for kind in np.unique(rim.kind):
        mine = rim.kind == kind
        np.minimum.at(near, rim.edge[mine], gates.distance(rim.xy[mine], int(kind)))
    return near


def _wet(
    bare: NDArray[np.bool_],
    mesh: Mesh,
    cell_atom: NDArray[np.int32],
    water: NDArray[np.object_],
) -> NDArray[np.bool_]:
    """Atoms without buildings that are mostly water."""
    wet = np.zeros(len(bare), np.bool_)
    corner = np.append(cell_atom, -1)[mesh.cell].reshape(-1, 3)
    first = corner[:, 0]
    rows = np.flatnonzero((first >= 0) & np.append(bare, False)[first])
    if not len(water) or not len(rows):
        return wet
    vertex = mesh.tri.reshape(-1, 3)[rows]
    x, y = mesh.fx[vertex], mesh.fy[vertex]
    area = np.abs(
        (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    )
    inside = _within(x.mean(axis=1), y.mean(axis=1), water)
    whole = np.bincount(first[rows], area, len(bare))
    return np.bincount(first[rows], area * inside, len(bare)) > WET_SHARE * np.maximum(whole, 1e-9)


def _within(
    x: NDArray[np.float64], y: NDArray[np.float64], areas: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Points inside one of some areas; only those in its box are asked."""
    inside = np.zeros(len(x), np.bool_)
    order = np.argsort(x, kind="stable")
    shapely.prepare(areas)
    bounds = shapely.bounds(areas)
    first = np.searchsorted(x[order], bounds[:, 0], side="left")
    after = np.searchsorted(x[order], bounds[:, 2], side="right")
    for area, low, high, i, j in zip(areas, bounds[:, 1], bounds[:, 3], first, after, strict=True):
        near = order[i:j]
        near = near[(y[near] >= low) & (y[near] <= high) & ~inside[near]]
        inside[near] = shapely.contains_xy(area, x[near], y[near])
    return inside


def _without_swimming(
    barred: NDArray[np.bool_],
    edges: pd.DataFrame,
    wet: NDArray[np.bool_],
    rim: _Rim,
    crossed: tuple[Gates, float],
) -> NDArray[np.bool_]:
    """Water joins what is near one of its bridges and nothing else: not two bridges along its whole length."""
    gates, limit = crossed
    ends = np.column_stack([edges["a"].to_numpy(np.int64), edges["b"].to_numpy(np.int64)])
    sides = [np.flatnonzero(wet[ends[rim.edge, k]]) for k in (0, 1)]
    atom = np.concatenate([ends[rim.edge[rows], k] for k, rows in enumerate(sides)])
    piece = np.concatenate(sides)
    first, reached = gates.first_ways(rim.xy[piece], atom, limit)
    chosen = np.full(len(wet), -1, np.int64)
    chosen[list(first)] = list(first.values())
    near = np.unique(rim.edge[piece[reached]])
    one, two = ends[near].T
    barred[near[~(wet[one] & wet[two]) | (chosen[one] == chosen[two])]] = False
    return barred


def _reached(
    edges: pd.DataFrame,
    bare: NDArray[np.bool_],
    barred: NDArray[np.bool_],
    held: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Bars taken away so that ground without buildings is joined to something, by its longest border.

    One edge for each piece of such ground: nothing is joined across it.
    """
    a, b = edges["a"].to_numpy(np.int64), edges["b"].to_numpy(np.int64)
    shut = barred | held
    if not shut.any():
        return barred, held
    border = edges["border_m"].to_numpy(np.float64)
    order = np.lexsort((-border, barred, held))
    rank = np.empty(len(edges), np.int64)
    rank[order] = np.arange(len(edges))
    while True:
        count, which = components(len(bare), a[~shut], b[~shut])
        empty = np.bincount(which, ~bare, count) == 0
        over = np.flatnonzero(shut & (which[a] != which[b]))
        best = np.full(count, len(edges), np.int64)
        for end in (a, b):
            np.minimum.at(best, which[end[over]], rank[over])
        chosen = np.unique(best[empty & (best < len(edges))])
        if not len(chosen):
            return barred & shut, held & shut
        shut[order[chosen]] = False
