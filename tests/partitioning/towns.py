"""Made-up problems and fabrics for the laws of partitioning."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from scipy.spatial import Delaunay
from shapely.geometry import box

from census_gis import findings
from census_gis.graph import Graph, components
from census_gis.model import District, Fabric
from census_gis.partitioning.problem import Problem
from census_gis.profile import Rule, load_profile

UTM = CRS.from_epsg(32632)


def problem(persons, edges, *, cost=None, alone=None, family=None, band=(240, 300, 360), spare=60):
    persons = np.asarray(persons, np.int64)
    edges = np.asarray(edges, np.int32).reshape(-1, 2)
    n = len(persons)
    return Problem(
        persons, edges[:, 0].copy(), edges[:, 1].copy(),
        np.full(len(edges), 100, np.int64) if cost is None else np.asarray(cost, np.int64),
        np.zeros(n, bool) if alone is None else np.asarray(alone, bool),
        np.full(n, -1, np.int32) if family is None else np.asarray(family, np.int32),
        *band, spare=spare,
    )  # fmt: skip


def grid_edges(rows, columns):
    at = np.arange(rows * columns).reshape(rows, columns)
    right = np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()])
    down = np.column_stack([at[:-1].ravel(), at[1:].ravel()])
    return np.concatenate([right, down])


def random_problem(seed, n, *, top=60, share_alone=0.0, thin=0.1, **more):
    """Neighbours of n random points, some edges and persons missing; connected."""
    rng = np.random.default_rng(seed)
    edges = np.array([(i, i + 1) for i in range(n - 1)]).reshape(-1, 2)
    if n > 3:
        xy = rng.random((n, 2))
        xy = xy[np.argsort(xy[:, 0])]
        corners = Delaunay(xy).simplices
        edges = np.concatenate([corners[:, :2], corners[:, 1:], corners[:, ::2]])
        edges = np.unique(np.sort(edges, axis=1), axis=0)
    kept = edges[rng.random(len(edges)) > thin]
    if components(n, kept[:, 0], kept[:, 1])[0] == 1:
        edges = kept
    persons = rng.integers(0, top, n) * (rng.random(n) > 0.2)
    alone = rng.random(n) < share_alone
    persons = np.where(alone, rng.integers(361, 700, n), persons)
    cost = rng.integers(20, 400, len(edges))
    return problem(persons, edges, cost=cost, alone=alone, **more)


def pieces(asked, label):
    """Connected pieces of each area."""
    same = label[asked.a] == label[asked.b]
    _, which = components(len(label), asked.a[same], asked.b[same])
    first = np.unique(which, return_index=True)[1]
    return np.bincount(label[first], minlength=int(label.max()) + 1)


def connected(asked, members):
    inside = np.zeros(len(asked.persons), bool)
    inside[list(members)] = True
    kept = inside[asked.a] & inside[asked.b]
    count, _ = components(len(inside), asked.a[kept], asked.b[kept])
    return count - int((~inside).sum()) == 1


def numbers_of_areas(asked):
    """All numbers of areas for which a plan inside the band exists: an exhaustive search."""
    n = len(asked.persons)
    fitting = {}
    for subset in range(1, 1 << n):
        members = [v for v in range(n) if subset >> v & 1]
        held = int(asked.persons[members].sum())
        if asked.low <= held <= asked.high and connected(asked, members):
            fitting.setdefault(subset & -subset, []).append(subset)
    known = {0: {0}}

    def search(left):
        if left not in known:
            fits = [area for area in fitting.get(left & -left, []) if area & left == area]
            known[left] = {number + 1 for area in fits for number in search(left ^ area)}
        return known[left]

    return search((1 << n) - 1)


def fabric(persons, edges, xy, *, kind=None, alone=None, building=None, rules=None, order=None):
    """A fabric of atoms without a mesh: enough for the partitioner."""
    n = len(persons)
    order = np.arange(n) if order is None else np.asarray(order)
    place = np.argsort(order)
    profile = load_profile("cn2020").depart(
        {key: Rule(value, "-", "test") for key, value in (rules or {}).items()}, "test"
    )
    names = [f"b{i:04d}" for i in range(n)] if building is None else list(building)
    atoms = pd.DataFrame({
        "persons": np.asarray(persons, np.int64), "persons_away": 0, "households": 0,
        "kind": ["ground"] * n if kind is None else kind, "building_id": names,
        "alone": np.zeros(n, bool) if alone is None else alone,
        "x": np.asarray(xy, float)[:, 0], "y": np.asarray(xy, float)[:, 1], "area_m2": 400.0,
        "special": -1, "virtual": -1, "given": -1, "previous": "",
    }).iloc[order].reset_index(drop=True)  # fmt: skip
    edges = np.asarray(edges)
    ends = np.sort(place[edges], axis=1)
    table = pd.DataFrame({"a": ends[:, 0].astype(np.int32), "b": ends[:, 1].astype(np.int32)})
    table["border_m"] = 20.0
    for name in ("road", "rail", "water", "land", "other", "wall"):
        table[f"{name}_m"] = 0.0
    table["barrier_m"] = table["crossing_m"] = table["main_m"] = 0.0
    table["stair"] = table["link"] = table["barred"] = table["held"] = False
    parts = gpd.GeoDataFrame(
        {"part_id": atoms["building_id"], "building_id": atoms["building_id"], "atom": np.arange(n)},
        geometry=[None] * n, crs=UTM,
    )  # fmt: skip
    nobody = gpd.GeoDataFrame(geometry=[], crs=UTM)
    district = District("d", "d", profile, UTM, box(0, 0, 1, 1), nobody, nobody)
    graph = Graph.of(n, ends[:, 0], ends[:, 1])
    return Fabric(
        district, parts, atoms, table, graph, SimpleNamespace(), np.arange(n, dtype=np.int32),
        findings.frame([], UTM),
    )  # fmt: skip


def grid_fabric(rows, columns, persons, **more):
    y, x = np.divmod(np.arange(rows * columns), columns)
    xy = np.column_stack([x * 20.0, y * 20.0])
    return fabric(
        np.broadcast_to(persons, rows * columns).copy(), grid_edges(rows, columns), xy, **more
    )
