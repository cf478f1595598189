"""Rounds and minutes of a whole county: copies of a plan side by side, worked out by one process and by more.

    python benchmarks/field/county.py PLAN.gpkg [--times 21] [--workers 1 2]

Seconds of the step as `run` does it (reading rows, walks, minutes, writing columns), CPU seconds of all
processes, and whether all numbers of processes wrote the same.
"""

import argparse
import hashlib
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import shapely

from census_gis.field.walking import warm
from census_gis.profile import load_profile
from census_gis.runner.work import add_work
from census_gis.store.assembly import revising
from census_gis.store.geopackage import read_tables
from census_gis.store.log import Entry

LAYERS = ("enumeration_areas", "dwelling_parts", "context_lines", "context_areas")
KEYS = ("ea_code", "district_code", "part_id", "building_id")
ENTRY = Entry("2020-11-02T08:00:00Z", "benchmark", "staff")
MADE = "SELECT ea_code, walk_m, minutes, minutes_low, minutes_high FROM enumeration_areas ORDER BY ea_code"
VISITS = "SELECT part_id, visit FROM dwelling_parts ORDER BY part_id"


def copied(frame, nth, east):
    away = np.array([nth * east, 0.0])
    moved = frame.assign(geometry=shapely.transform(frame.geometry, lambda xy: np.add(xy, away)))
    return moved.assign(
        **{name: f"{nth:02d}" + frame[name] for name in KEYS if name in frame.columns}
    )


def county(path, times, scratch):
    tables = read_tables(path, LAYERS)
    left, _, right, _ = tables["context_lines"].total_bounds
    with revising(scratch, crs=tables["dwelling_parts"].crs, entries=[ENTRY]) as plan:
        for name, frame in tables.items():
            for nth in range(1, times):
                plan.add(name, copied(frame, nth, right - left + 1000))


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("plan", type=Path)
    ask.add_argument("--times", type=int, default=21)
    ask.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    given = ask.parse_args()
    warm()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "plan.gpkg"
        scratch.write_bytes(given.plan.read_bytes())
        county(given.plan, given.times, scratch)
        for workers in given.workers:
            with revising(scratch, crs="EPSG:4549", entries=[ENTRY]) as plan:
                plan.connection.execute("UPDATE enumeration_areas SET minutes = NULL")
                begin, cpu = time.perf_counter(), sum(os.times()[:4])
                add_work(plan, load_profile("cn2020"), workers=workers)
                seconds, cpu = time.perf_counter() - begin, sum(os.times()[:4]) - cpu
                rows = [plan.connection.execute(ask).fetchall() for ask in (MADE, VISITS)]
            digest = hashlib.sha256(repr(rows).encode()).hexdigest()[:12]
            print(
                f"{len(rows[0])} EAs, {len(rows[1])} parts, {workers} process(es): {seconds:.1f} s, "
                f"{cpu:.1f} CPU s, {digest}; load {os.getloadavg()[0]:.1f}"
            )


if __name__ == "__main__":
    main()
