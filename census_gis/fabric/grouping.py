"""Which cells are one atom: groups of dwelling parts on the ground, settled, and numbered."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.fabric.atoms import Loads, Settled, settle
from census_gis.fabric.borders import point_coordinates
from census_gis.fabric.measure import load_of, measure_of
from census_gis.fabric.parts import Dwellings
from census_gis.model import Mesh
from census_gis.profile import Profile

__all__ = ["Ground", "Grouped", "ground_of", "grouped_cells"]


class Ground(NamedTuple):
    """Area [m2] and middle [m] of each cell."""

    area: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]


class Grouped(NamedTuple):
    """Atoms of parts and cells.

    `part_group` is the group each part had before settling; `apart` are parts whose compound could not be
    kept together, the first of each.
    """

    part_atom: NDArray[np.int64]
    cell_atom: NDArray[np.int32]
    part_group: NDArray[np.int32]
    settled: Settled
    apart: list[int]


def ground_of(mesh: Mesh) -> Ground:
    """Areas and middles of cells, summed over their border pieces."""
    px, py = point_coordinates(mesh, mesh.point_id)
    x0, y0 = (float(px.mean()), float(py.mean())) if px.size else (0.0, 0.0)
    x, y = px - x0, py - y0
    cross = x[mesh.start] * y[mesh.end] - x[mesh.end] * y[mesh.start]
    moments = (
        cross / 2,
        (x[mesh.start] + x[mesh.end]) * cross / 6,
        (y[mesh.start] + y[mesh.end]) * cross / 6,
    )
    total = []
    for moment in moments:
        signed = np.zeros(mesh.n_cells)
        for side, sign in ((mesh.left, 1.0), (mesh.right, -1.0)):
            seen = side >= 0
            signed += sign * np.bincount(side[seen], moment[seen], mesh.n_cells)
        total.append(signed)
    area = np.abs(total[0])
    safe = np.where(area > 0, total[0], 1.0)
    return Ground(area, total[1] / safe + x0, total[2] / safe + y0)


def grouped_cells(
    mesh: Mesh,
    dwellings: Dwellings,
    compounds: gpd.GeoDataFrame,
    ground: Ground,
    profile: Profile,
) -> Grouped:
    """Atoms of a district.

    Groups of parts become atoms where their ground is one piece. A compound that is to be one atom but
    whose ground is not, falls back to its single buildings.

    Parameters
    ----------
    mesh : Mesh
        Its footprints are the parts on the ground, in order.
    dwellings : Dwellings
    compounds : table BARRIERS
        Areas kept together: empty ground in them goes with them.
    ground : Ground
    profile : Profile
    """
    group = _cell_groups(mesh, dwellings, compounds, ground)
    settled = settle(mesh, group, _loads(dwellings, group, profile))
    final = settled.group[dwellings.group]
    torn = np.isin(final, settled.group[settled.broken]) & ~dwellings.alone
    both = np.unique(np.column_stack([dwellings.group, dwellings.single]), axis=0)
    joined = np.bincount(both[:, 0], minlength=1) > 1
    kept = np.flatnonzero(torn & joined[dwellings.group])
    apart: list[int] = []
    if len(kept):
        torn_group = np.isin(dwellings.group, dwellings.group[kept])
        apart = kept[np.unique(dwellings.group[kept], return_index=True)[1]].tolist()
        number = np.where(
            torn_group, len(torn_group) + dwellings.single, dwellings.group.astype(np.int64)
        )
        dense = np.unique(number, return_inverse=True)[1].astype(np.int32)
        dwellings = replace(dwellings, group=dense)
        group = _cell_groups(mesh, dwellings, compounds, ground)
        settled = settle(mesh, group, _loads(dwellings, group, profile))
        final = settled.group[dwellings.group]
    part_atom, cell_atom = _numbered(final, settled.group[group])
    return Grouped(part_atom, cell_atom, dwellings.group, settled, apart)


def _loads(dwellings: Dwellings, group: NDArray[np.int64], profile: Profile) -> Loads:
    """What each group holds: persons, or households where these decide."""
    measure = measure_of(profile)
    counts = load_of(dwellings.parts, measure)
    n = max(int(group.max(initial=-1)), int(dwellings.group.max(initial=-1))) + 1
    persons = np.bincount(dwellings.group, counts, n).astype(np.int64)
    alone = np.zeros(n, dtype=bool)
    alone[dwellings.group[dwellings.alone]] = True
    core = np.where(alone, persons, 0)
    return Loads(persons, alone, core, measure.band.high, measure.spare)


def _cell_groups(
    mesh: Mesh, dwellings: Dwellings, compounds: gpd.GeoDataFrame, ground: Ground
) -> NDArray[np.int64]:
    """Group of each cell: of its part, or one of its own for empty ground.

    Empty ground inside a compound that is one group goes with it.
    """
    first = int(dwellings.group.max(initial=-1)) + 1
    n, on_ground = mesh.n_footprints, dwellings.on_ground
    empty = np.arange(mesh.n_cells - n)
    group = np.concatenate([dwellings.group[on_ground], first + empty]).astype(np.int64)
    if not len(compounds) or not len(empty):
        return group
    homes = shapely.point_on_surface(np.asarray(dwellings.parts.geometry.values, object)[on_ground])
    fields = shapely.points(ground.x[n:], ground.y[n:])
    for area in compounds.geometry:
        shapely.prepare(area)
        held = np.unique(group[:n][shapely.contains(area, homes)])
        if len(held) == 1:
            group[n:][shapely.contains(area, fields)] = held[0]
    return group


def _numbered(
    of_part: NDArray[np.int64], of_cell: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Atoms 0, 1, … in order of the first part, then the first cell."""
    every = np.concatenate([of_part, of_cell])
    values, first, inverse = np.unique(every, return_index=True, return_inverse=True)
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(values))
    atom = rank[inverse]
    return atom[: len(of_part)], atom[len(of_part) :].astype(np.int32)
