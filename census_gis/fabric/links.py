"""Bridges and sky decks: which atoms a link joins, along the ground below it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.fabric.adjacency import METRES
from census_gis.model import District, Mesh

__all__ = ["cells_at", "with_links"]

# Points along a link are this far apart [m]: no atom narrower than this lies under it unseen.
STEP_M = 0.5


def with_links(
    edges: pd.DataFrame, district: District, mesh: Mesh, cell_atom: NDArray[np.int32]
) -> pd.DataFrame:
    """Edges with a column `link`: true where a link leads from one atom to the other.

    A link joins each atom under it to the next, from end to end. Two that have no common border (a bridge
    to an exclave) get an edge without length. No line on the map moves.

    Parameters
    ----------
    edges : table of edges of a fabric, ordered by `a`, `b`
    district : District
        Its barriers of source ``links``; areas among them join nothing.
    mesh : Mesh
    cell_atom : int32, shape (n_cells,)
    """
    linked = district.barriers["source"].to_numpy(dtype=object) == "links"
    if not linked.any():
        return edges.assign(link=False)
    shapes = np.asarray(district.barriers.geometry.array[linked], dtype=object)
    lines = shapely.get_parts(shapes[shapely.get_dimensions(shapes) == 1])
    pairs = _pairs(lines, mesh, cell_atom)
    if not len(pairs):
        return edges.assign(link=False)
    key = edges["a"].to_numpy(np.int64) << 32 | edges["b"].to_numpy(np.int64)
    wanted = pairs[:, 0] << 32 | pairs[:, 1]
    known = np.isin(wanted, key)
    table = edges.assign(link=np.isin(key, wanted))
    more = pd.DataFrame(
        {"a": pairs[~known, 0].astype(np.int32), "b": pairs[~known, 1].astype(np.int32),
         **dict.fromkeys(METRES, 0.0), "stair": False, "link": True}
    )  # fmt: skip
    both = pd.concat([table, more], ignore_index=True) if len(more) else table
    return both.sort_values(["a", "b"], kind="stable", ignore_index=True)


def _pairs(
    lines: NDArray[np.object_], mesh: Mesh, cell_atom: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Pairs a < b of atoms that follow each other under a link, each once."""
    found = []
    for line in lines:
        count = max(int(np.ceil(line.length / STEP_M)), 1)
        spots = shapely.line_interpolate_point(line, np.linspace(0.0, line.length, count + 1))
        cell = cells_at(mesh, spots)
        atoms = cell_atom[cell[cell >= 0]].astype(np.int64)
        step = atoms[:-1] != atoms[1:]
        found.append(np.column_stack([atoms[:-1][step], atoms[1:][step]]))
    if not found:
        return np.empty((0, 2), dtype=np.int64)
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def cells_at(mesh: Mesh, spots: NDArray[np.object_]) -> NDArray[np.int64]:
    """Cell at each point, -1 outside the district: the corner of its triangle that is nearest in shares."""
    px, py = shapely.get_x(spots), shapely.get_y(spots)
    corner = mesh.tri.reshape(-1, 3)
    x, y = mesh.fx[corner], mesh.fy[corner]
    near = mesh.inside & (x.max(axis=1) >= px.min()) & (x.min(axis=1) <= px.max())
    near &= (y.max(axis=1) >= py.min()) & (y.min(axis=1) <= py.max())
    rows = np.flatnonzero(near)
    rings = np.stack([x[rows], y[rows]], axis=-1)
    triangles = shapely.polygons(np.concatenate([rings, rings[:, :1]], axis=1))
    i, j = shapely.STRtree(triangles).query(spots, predicate="intersects")
    result = np.full(len(spots), -1, dtype=np.int64)
    # Where a point lies on an edge, any of its triangles will do: the last written, in a fixed order.
    order = np.lexsort((j, i))
    i, t = i[order], rows[j[order]]
    ax, ay, bx, by, cx, cy = (v[t, k] for k in range(3) for v in (x, y))
    whole = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    second = ((px[i] - ax) * (cy - ay) - (cx - ax) * (py[i] - ay)) / whole
    third = ((bx - ax) * (py[i] - ay) - (px[i] - ax) * (by - ay)) / whole
    best = np.argmax(np.column_stack([1 - second - third, second, third]), axis=1)
    result[i] = mesh.cell.reshape(-1, 3)[t, best]
    return result
