"""Cells of real places: ours against Voronoi cells of densified outlines (shapely), in one run.

    python benchmarks/fabric/bench.py [PLACE ...]

CPU seconds of one process, best of three; both start from footprints and barriers in memory and end with one
polygon a building. The peer knows no barriers (it could clip by blocks, at further cost).
"""

import json
import os
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from census_gis.config import load_config
from census_gis.fabric.barriers import select as select_barriers
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.mesh import build_mesh, warm
from census_gis.inputs.place import select
from census_gis.inputs.read import read_inputs

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
os.environ.setdefault("CENSUS_GIS_DATA", str(ROOT.parent / "shared" / "data"))
PLACES = ("suzhou_gusu", "seoul_yeoksam", "monaco", "singapore_punggol", "higashimurayama")


def ours(boundary, footprints, barriers):
    shapes, kinds, _ = select_barriers(barriers)
    cells = cell_polygons(build_mesh(boundary, footprints, shapes, kinds))
    return np.array([cell for cell in cells if cell is not None], object)


def voronoi(boundary, footprints, _):
    """Voronoi cells of points every 2 m along the outlines, dissolved by building, clipped."""
    lines = shapely.segmentize(shapely.boundary(footprints), 2.0)
    xy, row = shapely.get_coordinates(lines, return_index=True)
    xy, first = np.unique(xy, axis=0, return_index=True)
    pieces = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(xy), extend_to=boundary, ordered=True)
    )
    cells = gpd.GeoSeries(pieces).groupby(row[first]).apply(lambda part: part.union_all())
    return shapely.intersection(cells.to_numpy(), boundary)


def timed(work, *given):
    best = np.inf
    for _ in range(3):
        begin = time.process_time()
        cells = work(*given)
        best = min(best, time.process_time() - begin)
    return best, cells


def main() -> None:
    warm()
    for place in sys.argv[1:] or PLACES:
        config = load_config(ROOT / "benchmarks" / "places" / f"{place}.toml")
        inputs = read_inputs(config.sources, config.settings)
        row = {"place": place, "buildings": 0, "ours_s": 0.0, "voronoi_s": 0.0}
        error = [0.0, 0.0]
        for code in inputs.districts["district_code"]:
            district = select(inputs, code)
            given = (district.boundary, district.buildings.geometry.to_numpy(), district.barriers)
            if not len(given[1]):
                continue
            row["buildings"] += len(given[1])
            for at, (name, work) in enumerate((("ours_s", ours), ("voronoi_s", voronoi))):
                seconds, cells = timed(work, *given)
                row[name] += seconds
                error[at] += abs(shapely.area(cells).sum() - given[0].area)
        row |= {"ratio": round(row["voronoi_s"] / row["ours_s"], 1),
                "ours_area_error_m2": round(error[0], 6), "voronoi_area_error_m2": round(error[1], 3)}  # fmt: skip
        print(
            json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}),
            flush=True,
        )


if __name__ == "__main__":
    main()
