"""Random nasty districts: each must tile exactly. python benchmarks/fabric/stress.py [HOW_MANY] [--plans]

With --plans the areas drawn for a plan of each are looked at instead: they tile the district, and no line
between them cuts more than 0.5 m2 off a footprint whose ground is in one area.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from census_gis import tables
from census_gis.areas.drawing import draw, polygons
from census_gis.fabric.build import build_fabric
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.mesh import build_mesh, warm
from census_gis.model import LAND, RAIL, ROAD, WATER, District, Plan
from census_gis.partitioning.solve import partition
from census_gis.profile import load_profile
from tests.fabric.nasty import district

CUT_M2 = 0.5
CRS = "EPSG:32650"
SOURCE = {ROAD: ("roads", "primary"), RAIL: ("railways", "rail"), LAND: ("landuse", "residential")}


def tiles(shapes: np.ndarray, boundary: shapely.Geometry) -> bool:
    """Whether shapes cover the boundary's ground once."""
    some = np.array([shape for shape in shapes if shape is not None], object)
    error = abs(shapely.area(some).sum() - boundary.area) / boundary.area
    return bool(error < 1e-9 and shapely.is_valid(some).all() and shapely.coverage_is_valid(some))


def exact(seed: int) -> bool:
    """Whether the cells of a random district tile it."""
    boundary, footprints, barriers, kinds = district(seed)
    return tiles(cell_polygons(build_mesh(boundary, footprints, barriers, kinds)), boundary)


def as_district(seed: int) -> District:
    """The random district as one read from files, with persons in its houses."""
    boundary, footprints, barriers, kinds = district(seed)
    inside = shapely.area(shapely.intersection(footprints, boundary)) > shapely.area(footprints) / 2
    houses = footprints[inside]
    n = len(houses)
    persons = np.random.default_rng(seed).integers(0, 60, n)
    buildings = gpd.GeoDataFrame(
        {"building_id": [f"B{i:04d}" for i in range(n)], "district_code": "1", "use": "residential",
         "floors": 2.0, "persons": persons, "persons_away": 0, "households": persons // 3,
         "persons_source": "counted"},
        geometry=list(houses), crs=CRS,
    )  # fmt: skip
    flat = shapely.get_dimensions(np.array(barriers, object)) == 2
    said = [
        ("water" if area else "waterways", "river") if kind == WATER else SOURCE.get(kind, ("barriers", None))
        for kind, area in zip(kinds, flat, strict=True)
    ]  # fmt: skip
    lines = gpd.GeoDataFrame(
        {"source": [s for s, _ in said], "class": [c for _, c in said], "tunnel": False},
        geometry=list(barriers), crs=CRS,
    )  # fmt: skip
    return District(
        id="1", name="1", profile=load_profile("un"), crs=buildings.crs, boundary=boundary,
        buildings=tables.conform(buildings, "BUILDINGS", CRS), barriers=tables.conform(lines, "BARRIERS", CRS),
        persons=int(persons.sum()),
    )  # fmt: skip


def cuts(plan: Plan, shapes: np.ndarray) -> bool:
    """Whether an area takes more than 0.5 m2 of a footprint of another, overlaps left out."""
    parts, mesh = plan.fabric.parts, plan.fabric.mesh
    cell = parts["cell"].to_numpy()
    rows = np.flatnonzero(cell >= 0)
    foot = parts.geometry.to_numpy()[rows]
    one, _ = shapely.STRtree(foot).query(foot, predicate="intersects")
    alone = np.bincount(one, minlength=len(foot)) == 1
    own = mesh.cover[cell[rows]] == cell[rows]
    area = plan.label[plan.fabric.cell_atom[cell[rows]]]
    for shape, mine in zip(foot[alone & own], area[alone & own], strict=True):
        inside = shapely.intersection(shape, plan.fabric.district.boundary)
        if shapely.difference(inside, shapes[mine], grid_size=0.001).area > CUT_M2:
            return True
    return False


def planned(seed: int) -> bool:
    """Whether the areas of a plan tile a random district, and no line cuts a house."""
    given = as_district(seed)
    plan = partition(build_fabric(given), seed=seed)
    shapes = polygons(draw(plan))
    return tiles(shapes, given.boundary) and not cuts(plan, shapes)


def main() -> int:
    plans = "--plans" in sys.argv
    counts = [int(word) for word in sys.argv[1:] if word.isdigit()]
    count = counts[0] if counts else 1_000
    look: Callable[[int], bool] = planned if plans else exact
    warm()
    begin = time.process_time()
    bad = [seed for seed in range(count) if not look(seed)]
    print(
        f"{count - len(bad)} of {count} districts exact, {time.process_time() - begin:.0f} CPU s",
        *bad,
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
