"""A county in memory: footprints to cells, adjacency and drawn EA lines of many districts, over two processes.

    python benchmarks/fabric/county.py [--copies 55] [--workers 2] [--partition]

The 11 municipalities of Liechtenstein, as many times as asked (55: 605 districts, 492,305 buildings), each begun from its footprints and
barriers in memory. The grouping is found once for each municipality and given, so that the partitioner is apart; with `--partition` it
works each time. A line of JSON: wall seconds, CPU milliseconds a building by step, memory of the largest worker.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from census_gis.areas.drawing import draw, polygons
from census_gis.config import load_config
from census_gis.fabric import mesh
from census_gis.fabric.build import build_fabric
from census_gis.inputs.place import select
from census_gis.inputs.population import estimate_population
from census_gis.inputs.read import read_inputs
from census_gis.model import District, Plan
from census_gis.partitioning import solve

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "benchmarks" / "places" / "liechtenstein.toml"
STEPS = ("fabric", "partition", "lines")
SEED = 7

Job = tuple[District, Plan | None]
HELD: list[Job] = []


def municipalities() -> list[District]:
    """The districts of Liechtenstein with their persons, in memory."""
    os.environ.setdefault("CENSUS_GIS_DATA", str(ROOT.parent / "shared" / "data"))
    config = load_config(PLACE)
    inputs = estimate_population(read_inputs(config.sources, config.settings))
    return [select(inputs, code) for code in inputs.districts["district_code"]]


def hold(jobs: list[Job]) -> None:
    """What a worker has in memory before the clock starts; its kernels are ready."""
    os.environ["NUMBA_NUM_THREADS"] = "1"
    mesh.warm()
    solve.warm()
    HELD[:] = jobs
    gc.set_threshold(10_000, 20, 50)  # as the workers of a run have it


def work(row: int) -> dict[str, float]:
    """CPU seconds by step, EAs and area that is not covered [m2] of one district."""
    district, grouped = HELD[row]
    begin = time.process_time()
    fabric = build_fabric(district)
    built = time.process_time()
    plan = partition(fabric) if grouped is None else replace(grouped, fabric=fabric)
    parted = time.process_time()
    shapes = polygons(draw(plan))
    drawn = time.process_time()
    error = abs(sum(shape.area for shape in shapes if shape is not None) - district.boundary.area)
    spent = dict(zip(STEPS, np.diff([begin, built, parted, drawn]).tolist(), strict=True))
    return {**spent, "eas": len(plan), "error_m2": error, "mib": peak()}


def partition(fabric: object) -> Plan:
    return solve.partition(fabric, seed=SEED)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--copies", type=int, default=55)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--partition", action="store_true")
    given = asked.parse_args()
    towns = municipalities()
    mesh.warm()
    solve.warm()
    jobs = [(town, None if given.partition else partition(build_fabric(town))) for town in towns]
    rows = [row for _ in range(given.copies) for row in range(len(towns))]
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        given.workers, mp_context=spawned, initializer=hold, initargs=(jobs,)
    ) as pool:
        list(pool.map(work, range(2 * given.workers)))  # workers are there and warm
        begin = time.perf_counter()
        found = list(pool.map(work, rows))
        wall = time.perf_counter() - begin
    buildings = given.copies * sum(len(town.buildings) for town in towns)
    spent = {name: sum(each[name] for each in found) for name in STEPS}
    steps = {f"{name}_ms": round(1000 * s / buildings, 4) for name, s in spent.items()}
    print(
        json.dumps(
            {
                "districts": len(rows), "buildings": buildings, "eas": int(sum(f["eas"] for f in found)),
                "wall_s": round(wall, 1), "cpu_s": round(sum(spent.values()), 1),
                "cpu_ms_a_building": round(1000 * sum(spent.values()) / buildings, 4), **steps,
                "largest_worker_mib": round(max(f["mib"] for f in found)),
                "area_error_m2": round(max(f["error_m2"] for f in found), 6),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
