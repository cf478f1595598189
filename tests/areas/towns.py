"""Made-up census districts, and random connected groupings of their atoms."""

from functools import cache

import geopandas as gpd
import numpy as np
import shapely

from census_gis import findings, tables
from census_gis.fabric.build import build_fabric
from census_gis.graph import components
from census_gis.model import District, Fabric, Plan
from census_gis.profile import load_profile

CRS = "EPSG:32650"
CODE = "110108001001"
EAST, NORTH = 448_000.0, 4_428_000.0


def district(seed: int, *, code: str = CODE, shift: float = 0.0) -> District:
    """A grid town: streets every 60-100 m, houses in rows, one slanting river, some houses doubled."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(150, 320)
    step = rng.uniform(55, 100)
    at = np.arange(step / 2, size, step)
    roads = [shapely.LineString([(-30, y), (size + 30, y + rng.uniform(-4, 4))]) for y in at]
    roads += [shapely.LineString([(x, -30), (x + rng.uniform(-4, 4), size + 30)]) for x in at]
    river = shapely.LineString([(-30, rng.uniform(0, size)), (size + 30, rng.uniform(0, size))])
    houses = []
    for x in np.arange(4, size - 16, rng.uniform(18, 30)):
        for y in np.arange(4, size - 16, rng.uniform(16, 30)):
            house = shapely.box(x, y, x + rng.uniform(7, 15), y + rng.uniform(7, 12))
            clear = all(road.distance(house) > 1.5 for road in [*roads, river])
            if clear and rng.random() < 0.8:
                houses.append(house)
    if rng.random() < 0.5:
        houses.append(shapely.affinity.translate(houses[0], 3, 2))
    outline = shapely.box(0, 0, size, size)
    if rng.random() < 0.5:
        outline = shapely.box(0, 0, size, size * 0.7).union(shapely.box(0, 0, size * 0.6, size))
        houses = [h for h in houses if outline.intersection(h).area > h.area / 2]
    move = [EAST + shift, NORTH]
    return _district(code, outline, houses, roads, river, move, rng)


def _district(code, outline, houses, roads, river, move, rng) -> District:
    n = len(houses)
    buildings = gpd.GeoDataFrame(
        {"building_id": [f"B{i:04d}" for i in range(n)], "district_code": code, "use": "residential",
         "floors": 2.0, "persons": rng.integers(0, 12, n), "persons_away": 0,
         "households": rng.integers(0, 4, n), "persons_source": "counted"},
        geometry=_moved(houses, move), crs=CRS,
    )  # fmt: skip
    lines = [*roads, river]
    barriers = gpd.GeoDataFrame(
        {"source": ["roads"] * len(roads) + ["waterways"], "class": ["residential"] * len(roads) + ["river"],
         "name": [f"路{i}" if i % 3 else None for i in range(len(roads))] + ["清河"], "tunnel": False},
        geometry=_moved(lines, move), crs=CRS,
    )  # fmt: skip
    return District(
        code, "花园居委会", load_profile("cn2020"), CRS, _moved([outline], move)[0],
        tables.conform(buildings, "BUILDINGS"), tables.conform(barriers, "BARRIERS"),
        int(buildings["persons"].sum()), 0, int(buildings["households"].sum()), seed=1,
    )  # fmt: skip


def _moved(shapes, move):
    return list(shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + move))


@cache
def fabric(seed: int) -> Fabric:
    return build_fabric(district(seed))


def grouped(fabric: Fabric, seed: int, per_area: int = 12) -> Plan:
    """Atoms grown together from random seeds; every area connected."""
    rng = np.random.default_rng(seed)
    n = len(fabric.atoms)
    a, b = fabric.edges["a"].to_numpy(), fabric.edges["b"].to_numpy()
    _, component = components(n, a, b)
    label = np.full(n, -1, np.int64)
    areas = 0
    for which in range(component.max() + 1):
        atoms = np.flatnonzero(component == which)
        seeds = rng.choice(atoms, max(1, len(atoms) // per_area), replace=False)
        label[seeds] = np.arange(areas, areas + len(seeds))
        areas += len(seeds)
    while (label < 0).any():
        for edge in rng.permutation(len(a)):
            for one, two in ((a[edge], b[edge]), (b[edge], a[edge])):
                if label[one] >= 0 > label[two]:
                    label[two] = label[one]
    return Plan(fabric, label.astype(np.int32), findings.frame([], CRS))


@cache
def plan(seed: int) -> Plan:
    return grouped(fabric(seed), seed)
