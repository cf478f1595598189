"""A synthetic county of growing size: seconds, memory and bytes of `run --until plan`, and equal content.

    python benchmarks/county/run.py [--districts 10 100 1250] [--equal 40] [--folder DIR]

Each size is generated (`census-gis synth`), planned from files to plan.gpkg over two processes, and measured as a whole process tree:
wall and CPU seconds, the largest process, bytes written. `--equal N` plans a county of N districts by one worker, by two, and with
the rows of its layers shuffled, and compares the content of all layers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

COMMAND = [sys.executable, "-m", "census_gis.cli"]
PERSONS = 1_404.8  # of a district: 1,756,000 persons in 1,250 districts (rules.md 3.2, seed 002)


def call(*words: object) -> dict[str, object]:
    """Run a command to its end; seconds, peak memory [MiB] and bytes written by it and its children [MB]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run([*COMMAND, *map(str, words)], capture_output=True, text=True)
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{words}: exit {done.returncode}\n{done.stderr}")
    return {
        "exit": done.returncode, "wall_s": round(wall, 1),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "largest_mib": round(after.ru_maxrss / 1024),
        "written_mb": round((after.ru_oublock - before.ru_oublock) * 512 / 1e6),
        "out": done.stdout,
    }  # fmt: skip


def synth(folder: Path, districts: int) -> Path:
    call("synth", folder, "--districts", districts, "--persons", round(districts * PERSONS),
         "--townships", max(1, round(districts / 36)), "--json")  # fmt: skip
    return folder / "project.toml"


def content(plan: Path) -> dict[str, str]:
    """Digest of the rows of each layer, the log apart."""
    with closing(sqlite3.connect(f"{plan.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents")]
        found = {}
        for name in sorted(set(names) - {"audit_log"}):
            state = hashlib.sha256()
            for row in connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid'):
                state.update(repr(row).encode())
            found[name] = state.hexdigest()
    return found


def measured(folder: Path, districts: int) -> None:
    project = synth(folder / f"c{districts}", districts)
    out = folder / f"o{districts}"
    row = call("run", project, "--out", out, "--until", "plan", "--workers", 2, "--quiet", "--json")
    figures = json.loads(str(row.pop("out")))["figures"]
    buildings = figures["buildings"]
    steps = json.loads((out / "run.json").read_text("utf-8"))["steps"]
    parts = ", ".join(f"{name} {step['seconds']:.0f}" for name, step in steps.items())
    print(
        f"| {districts:,} | {buildings:,} | {figures['persons']:,} | {figures['eas']:,} | {figures['in_band_or_excused']:.4f} "
        f"| {row['wall_s']} | {row['cpu_s']} | {1000 * float(str(row['cpu_s'])) / buildings:.2f} | {row['largest_mib']:,} "
        f"| {row['written_mb']:,} | {(out / 'plan.gpkg').stat().st_size / 1e6:.0f} | {row['exit']} "
        f"| {parts} |",
        flush=True,
    )


def shuffled(project: Path, seed: int) -> None:
    """Rows of all layers of the package in another order."""
    import geopandas as gpd
    import pyogrio

    package = project.parent / "street.gpkg"
    layers = {name: gpd.read_file(package, layer=name) for name, _ in pyogrio.list_layers(package)}
    package.unlink()
    for name, frame in layers.items():
        mixed = frame.sample(frac=1, random_state=seed)
        pyogrio.write_dataframe(mixed, package, layer=name, driver="GPKG", append=package.exists())


def equal(folder: Path, districts: int) -> None:
    project = synth(folder / "one", districts)
    plans = {}
    for name, workers in (("1 worker", 1), ("2 workers", 2)):
        call(
            "run",
            project,
            "--out",
            folder / name,
            "--until",
            "plan",
            "--workers",
            workers,
            "--quiet",
        )
        plans[name] = content(folder / name / "plan.gpkg")
    shuffled(project, 3)
    call("run", project, "--out", folder / "mixed", "--until", "plan", "--workers", 2, "--quiet")
    plans["shuffled rows"] = content(folder / "mixed" / "plan.gpkg")
    for name, found in plans.items():
        differ = [layer for layer, digest in found.items() if digest != plans["1 worker"][layer]]
        print(
            f"{districts} districts, {name}: {'same content' if not differ else f'DIFFERS in {differ}'}"
        )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--districts", type=int, nargs="*", default=[10, 100, 1250])
    asked.add_argument("--equal", type=int, default=40)
    asked.add_argument("--folder", type=Path)
    given = asked.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="county-"))
    folder.mkdir(parents=True, exist_ok=True)
    print("| districts | buildings | persons | EAs | in the band or forced out | wall s | CPU s | CPU ms a building "
          "| largest process MiB | written MB | plan MB | exit | steps [s] |")  # fmt: skip
    print("|" + "---|" * 13)
    for districts in given.districts:
        measured(folder, districts)
    if given.equal:
        equal(folder, given.equal)
    if given.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
