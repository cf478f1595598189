"""One census district into its fabric: what can be grouped, and along which lines it may be cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.fabric.adjacency import METRES, borders_between
from census_gis.fabric.barriers import select
from census_gis.fabric.earlier import previous_of_atoms
from census_gis.fabric.given import given_of_atoms
from census_gis.fabric.grouping import Ground, Grouped, ground_of, grouped_cells
from census_gis.fabric.links import with_links
from census_gis.fabric.medians import as_one_line
from census_gis.fabric.mesh import build_mesh
from census_gis.fabric.parts import dwelling_parts
from census_gis.fabric.placeless import with_placeless
from census_gis.fabric.special import cells_in, special_of_atoms, with_outlines
from census_gis.fabric.walking import with_walking
from census_gis.fabric.words import Words
from census_gis.findings import Kind, frame
from census_gis.graph import Graph
from census_gis.language import Text
from census_gis.model import District, Fabric, Mesh

__all__ = ["build_fabric"]

COVERED = Kind(
    "G221", "note",
    Text("footprint wholly covered by building {cover}: it goes with it.",
         "轮廓完全被建筑物 {cover} 覆盖，随其划分。"),
    Text("check whether it is a duplicate.", "请核对是否重复。"),
)  # fmt: skip
FUSED = Kind(
    "G222", "note",
    Text("kept with building {other}: it lies inside it or would be cut in pieces by it.",
         "位于建筑物 {other} 之内或被其隔断，与其划在一起。"),
    Text("nothing.", "无需处理。"),
)  # fmt: skip
BROKEN = Kind(
    "G223", "warning",
    Text("its ground lies in several pieces.", "其用地分成不相连的几块。"),
    Text("check footprints that overlap here.", "请核对此处相互重叠的轮廓。"),
)  # fmt: skip
APART = Kind(
    "G225", "warning",
    Text("its compound is to be kept together, but its ground lies in several pieces: it may be divided.",
         "所在院落要求不拆分，但用地分成不相连的几块，可能被拆分。"),
    Text("draw the compound as one piece of ground.", "请将院落画成一整块。"),
)  # fmt: skip
ISOLATED = Kind(
    "G224", "warning",
    Text("{n} atoms with {persons} persons touch no other ground of the district.",
         "{n} 个地块（共 {persons} 人）与本普查区其他用地不相连。"),
    Text("check the district for islands and slivers.", "请核对普查区是否有飞地或碎片。"),
)  # fmt: skip
GROUNDLESS = Kind(
    "G226", "warning",
    Text("special area {row} has no building and too little ground for an EA: it stays ordinary ground.",
         "特殊区域 {row} 没有建筑且面积过小，不能单独成区，按普通用地处理。"),
    Text("draw it larger, or set policy = join.", "请扩大其范围，或将 policy 设为 join。"),
)  # fmt: skip

LANES = Kind(
    "G228", "note",
    Text("{m2} m2 of ground between parcels are lanes with buildings on three sides or more, and no road or water is "
         "given in them: taken as ground that one can cross, shared out along its middle.",
         "图斑之间有 {m2} 平方米狭长用地，三侧以上有建筑，其中没有给出道路或水系：按可以通行处理，"
         "沿中线分给各侧。"),
    Text("add the roads and waters missing here.", "请补充此处缺少的道路和水系。"),
)  # fmt: skip


def build_fabric(district: District) -> Fabric:
    """Divide a district into atoms and the edges between them.

    Buildings become dwelling parts, those with ground get a cell, and cells that must stay together
    (overlapping footprints, compounds kept as one) one atom. Empty ground is an atom without persons;
    floor bands above the ground are atoms without ground, joined to the floors below by stair edges. Special
    areas with a policy of their own and virtual EAs are marked in the atoms' columns `special` and `virtual`.

    Parameters
    ----------
    district : District
        Its buildings hold whole persons.

    Returns
    -------
    Fabric
        Atoms in order of their first part, then empty ground. Persons of the atoms sum to the parts.

    Raises
    ------
    InputError
        If a building has no persons.
    """
    district = with_outlines(district)
    geometry, kinds, row = chosen = select(district.barriers)
    wanted = _kept_whole(district.barriers)
    dwellings = dwelling_parts(
        district.buildings, district.boundary, district.profile, compounds=wanted
    )
    parts = dwellings.parts
    on_ground = dwellings.on_ground
    footprints = np.asarray(parts.geometry.values, dtype=object)[on_ground]
    word, name = (Words.of(district.barriers, column)[row] for column in ("class", "name"))
    drawn = as_one_line(geometry, kinds, word, name)
    mesh = _with_rows(build_mesh(district.boundary, footprints, drawn, kinds), row)
    ground = ground_of(mesh)
    grouped = grouped_cells(mesh, dwellings, wanted, ground, district.profile)
    part_atom, cell_atom = grouped.part_atom, grouped.cell_atom
    cell = np.full(len(parts), -1, dtype=np.int64)
    cell[on_ground] = np.arange(len(on_ground))
    parts = parts.assign(cell=cell, atom=part_atom)
    special = special_of_atoms(
        district, parts, cell_atom, cells_in(mesh, district.special), ground.area
    )
    homes = _homes(special, cell_atom, ground, len(district.special))
    parts, virtual, cases = with_placeless(parts, district, homes, next_atom=len(special))
    columns = _atoms(parts, dwellings.alone, cell_atom, ground)
    atoms = pd.DataFrame(columns | _marks(columns, parts, district, special, virtual))
    cases += _groundless(district, atoms)
    edges = with_links(_edges(mesh, parts, cell_atom), district, mesh, cell_atom)
    edges = with_walking(edges, district, mesh, cell_atom, atoms, chosen=chosen)
    atoms["given"] = given_of_atoms(district, mesh, cell_atom, atoms, parts, edges)
    atoms["previous"] = previous_of_atoms(district.previous, mesh, cell_atom, atoms, parts)
    graph = Graph.of(len(atoms), edges["a"].to_numpy(), edges["b"].to_numpy())
    cases += dwellings.findings + _noticed(mesh, parts, grouped, on_ground)
    cases += _isolated(atoms, graph, district) + _lanes(mesh, district)
    noticed = frame(cases, district.crs)
    return Fabric(district, parts, atoms, edges, graph, mesh, cell_atom, noticed)


def _kept_whole(barriers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Compounds and grid cells whose buildings are to stay together."""
    whole = np.isin(barriers["mode"].to_numpy(object), ["atom", "as_is"])
    if not whole.any():
        return barriers.iloc[:0]
    whole &= barriers["source"].isin(["compounds", "grids"]).to_numpy()
    whole &= barriers.geometry.notna().to_numpy()
    return barriers[whole]


def _with_rows(mesh: Mesh, row: NDArray[np.int64]) -> Mesh:
    """Features of the mesh as positions in the district's barriers, not in the chosen ones."""
    lookup = np.append(row, -1).astype(np.int32)
    return replace(
        mesh,
        feature=lookup[mesh.feature],
        strip_feature=lookup[mesh.strip_feature],
        piece_feature=lookup[mesh.piece_feature],
    )


def _homes(
    special: NDArray[np.int64], cell_atom: NDArray[np.int32], ground: Ground, areas: int
) -> NDArray[np.int64]:
    """Atom with most ground in each special area, -1 for none."""
    homes = np.full(areas, -1, dtype=np.int64)
    area = np.bincount(cell_atom, ground.area, len(special))
    for row in range(areas):
        inside = np.flatnonzero((special == row) & (area > 0))
        if len(inside):
            homes[row] = inside[np.argmax(area[inside])]
    return homes


def _atoms(
    parts: gpd.GeoDataFrame,
    alone: NDArray[np.bool_],
    cell_atom: NDArray[np.int32],
    ground: Ground,
) -> dict[str, Any]:
    """Columns of the table of atoms: sums over parts and cells."""
    shapes = np.asarray(parts.geometry.array, dtype=object)
    of = parts["atom"].to_numpy(np.int64)
    n = max(int(of.max(initial=-1)), int(cell_atom.max(initial=-1))) + 1
    table: dict[str, Any] = {}
    for name in ("persons", "persons_away", "households"):
        counts = parts[name].fillna(0).to_numpy(np.int64)
        table[name] = np.bincount(of, counts, n).astype(np.int64)
    floor = parts["floor_lo"].fillna(0).to_numpy(np.int64)
    unit, building = parts["unit"].to_numpy(np.int64), parts["building_id"].to_numpy(object)
    rank = np.where(floor > 1, 1, np.where((floor == 1) | (unit > 0), 3, 2))
    rank[(building == "") & ~np.isin(of, cell_atom)] = 4
    kind = np.zeros(n, dtype=np.int64)
    np.maximum.at(kind, of, rank)
    table["kind"] = np.array(["empty", "band", "ground", "slice", "placeless"], object)[kind]
    ids, code = np.unique(building.astype(str), return_inverse=True)
    least, most = np.full(n, len(ids)), np.full(n, -1)
    np.minimum.at(least, of, code)
    np.maximum.at(most, of, code)
    table["building_id"] = np.append(ids, "").astype(object)[np.where(least == most, least, -1)]
    lone = np.zeros(n, dtype=bool)
    np.logical_or.at(lone, of[: len(alone)], alone)
    table["alone"] = lone
    area = np.bincount(cell_atom, ground.area, n)
    # Where people live, not where the ground's middle is: footprints where there are any.
    spots = shapely.centroid(shapes)
    weight = np.nan_to_num(shapely.area(shapes)) + 1e-9
    placed = ~shapely.is_missing(spots)
    built = np.bincount(of[placed], weight[placed], n)
    for name, values, middle in (
        ("x", shapely.get_x(spots), ground.x), ("y", shapely.get_y(spots), ground.y),
    ):  # fmt: skip
        homes = np.bincount(of[placed], (weight * values)[placed], n)
        land = np.bincount(cell_atom, ground.area * middle, n) / np.maximum(area, 1e-9)
        table[name] = np.where(built > 0, homes / np.maximum(built, 1e-12), land)
    table["area_m2"] = area
    return table


def _marks(
    atoms: dict[str, Any],
    parts: gpd.GeoDataFrame,
    district: District,
    special: NDArray[np.int64],
    virtual: NDArray[np.int64],
) -> dict[str, Any]:
    """Columns `special` (row of an area that is an EA of its own) and `virtual` (EA), -1 for none; places where there are none."""
    n, areas = len(atoms["persons"]), district.special
    own = np.append(areas["policy"].to_numpy(object) == "own" if len(areas) else [], False)
    marked = np.full(n, -1, dtype=np.int64)
    marked[: len(special)] = np.where(own.astype(bool)[special], special, -1)
    listed = np.full(n, -1, dtype=np.int64)
    made = virtual >= 0
    listed[parts["atom"].to_numpy(np.int64)[made]] = virtual[made]
    marks: dict[str, Any] = {"special": marked, "virtual": listed}
    nowhere = atoms["kind"] == "placeless"
    if nowhere.any():
        # What has no place counts as in the middle, so that the others keep their order.
        spot = district.boundary.representative_point()
        marks |= {name: np.where(nowhere, getattr(spot, name), atoms[name]) for name in ("x", "y")}
    return marks


def _groundless(district: District, atoms: pd.DataFrame) -> list[dict[str, Any]]:
    """Areas that are to be EAs of their own, and are too small to have a place on the map."""
    if not len(district.special):
        return []
    found = set(atoms["special"])
    return [
        GROUNDLESS.at("special", key, shapely.point_on_surface(shape), row=key)
        for row, (key, policy, shape) in enumerate(
            zip(district.special["special_id"], district.special["policy"], district.special.geometry,
                strict=True)
        )
        if policy == "own" and row not in found
    ]  # fmt: skip


def _edges(mesh: Mesh, parts: gpd.GeoDataFrame, cell_atom: NDArray[np.int32]) -> pd.DataFrame:
    """Borders on the ground, and stairs between floor bands of one building."""
    # Atoms without ground leave gaps in the numbers: `adjacency` gets them dense.
    number, dense = np.unique(cell_atom, return_inverse=True)
    ground = borders_between(mesh, dense.astype(np.int32))
    columns: dict[str, Any] = {name: ground[name] for name in METRES}
    a, b = number[ground["a"]], number[ground["b"]]
    stairs = sorted(_stairs(parts))
    if stairs:
        stairs = sorted(set(stairs) - set(zip(a.tolist(), b.tolist(), strict=True)))
    ends = np.asarray(stairs, dtype=np.int64).reshape(-1, 2)
    a, b = np.concatenate([a, ends[:, 0]]), np.concatenate([b, ends[:, 1]])
    order = np.lexsort((b, a))
    columns = {name: np.r_[metres, np.zeros(len(ends))] for name, metres in columns.items()}
    columns = {"a": a.astype(np.int32), "b": b.astype(np.int32), **columns}
    columns["stair"] = np.arange(len(a)) >= len(ground["a"])
    return pd.DataFrame({name: values[order] for name, values in columns.items()})


def _stairs(parts: gpd.GeoDataFrame) -> set[tuple[int, int]]:
    """Pairs of atoms where one band of floors stands on another."""
    banded = parts["floor_lo"].notna().to_numpy()
    top: dict[tuple[str, int, int], int] = {}
    bands = list(parts.loc[banded, ["building_id", "unit", "doors", "floor_lo", "floor_hi", "atom"]]
                 .itertuples(index=False, name=None)) if banded.any() else []  # fmt: skip
    for building, unit, doors, _, high, atom in bands:
        wide = int(doors) if unit and pd.notna(doors) else 1
        for door in range(unit, unit + max(wide, 1)):
            top[building, door, int(high)] = int(atom)
    pairs = set()
    for building, unit, _, low, _, atom in bands:
        below = top.get((building, unit, int(low) - 1), int(atom))
        if below != atom:
            pairs.add((min(below, int(atom)), max(below, int(atom))))
    return pairs


def _noticed(
    mesh: Mesh,
    parts: gpd.GeoDataFrame,
    grouped: Grouped,
    on_ground: NDArray[np.int64],
) -> list[dict[str, Any]]:
    """Findings about covered, joined and broken ground."""
    ids = parts["building_id"].to_numpy(object)
    spots = shapely.point_on_surface(np.asarray(parts.geometry.values, dtype=object))
    cases = []
    for cell in np.flatnonzero(mesh.cover[: mesh.n_footprints] != np.arange(mesh.n_footprints)):
        part, host = on_ground[cell], int(mesh.cover[cell])
        cover = ids[on_ground[host]] if host < len(on_ground) else ""
        cases.append(COVERED.at("buildings", ids[part], spots[part], cover=cover))
    settled = grouped.settled
    first = {int(value): i for i, value in reversed(list(enumerate(grouped.part_group)))}
    for one, other in settled.fused:
        a, b = first.get(one), first.get(other)
        if a is not None and b is not None:
            cases.append(FUSED.at("buildings", ids[b], spots[b], other=ids[a]))
    for i in grouped.apart:
        cases.append(APART.at("buildings", ids[i], spots[i]))
    for torn in settled.broken:
        at = first.get(torn)
        if at is not None:
            cases.append(BROKEN.at("buildings", ids[at], spots[at]))
    return cases


def _isolated(atoms: pd.DataFrame, graph: Graph, district: District) -> list[dict[str, Any]]:
    """One finding about atoms that no edge joins to the rest of the district."""
    lone = np.flatnonzero(np.diff(graph.start) == 0)
    if not len(lone):
        return []
    placed = atoms["kind"].to_numpy(object) != "placeless"
    lone = lone[placed[lone]]
    if not len(lone) or placed.sum() < 2:
        return []
    spot = shapely.Point(atoms["x"].iloc[lone[0]], atoms["y"].iloc[lone[0]])
    persons = int(atoms["persons"].iloc[lone].sum())
    return [ISOLATED.at("districts", district.id, spot, n=len(lone), persons=persons)]


def _lanes(mesh: Mesh, district: District) -> list[dict[str, Any]]:
    """One finding about ways that no line was given for, at the widest place of their ground."""
    rows = np.flatnonzero(np.append(mesh.lane, False)[mesh.face])
    if not len(rows):
        return []
    corner = mesh.tri.reshape(-1, 3)[rows]
    triangles = shapely.polygons(np.stack([mesh.fx[corner], mesh.fy[corner]], axis=-1))
    area = shapely.area(triangles)
    spot = shapely.centroid(triangles[np.argmax(area)])
    return [LANES.at("districts", district.id, spot, m2=round(float(area.sum())))]
