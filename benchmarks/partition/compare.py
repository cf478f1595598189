"""The partitioner against others on the same building graphs, in the same run.

    python benchmarks/partition/compare.py INSTANCE.npz ... [--seeds 1 2 3] [--band 0.15] [--threads 1]
        [--methods census_gis METIS KaHIP KaMinPar k-means-buildings k-means-persons GerryChain Skater MaxP | all]
        [--peers SITE_PACKAGES] [--limit CPU_SECONDS] [--stress disconnected | oversized]

Instances: see instances.py (large ones: tiles.py). Methods: see peers.py. No peer is a dependency of the product:
one that is not installed (`--peers` names a folder to look in as well) is named and left out, and so is one that
takes more than `--limit`. All get the same weights, as far as they can use them; those that know an imbalance get
that of the band, above the mean. Each run is a process of its own; seconds are without loading and compiling,
memory is the peak of the process. PP is the mean Polsby-Popper compactness (4 pi area / perimeter^2) of the areas
as unions of the buildings' Voronoi cells; it is left out where an instance has no cells. Lower cost is better.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import math
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from instances import STRESS, Instance, load
from peers import PEERS, Ask

from census_gis.graph import components
from census_gis.partitioning.solve import solve, warm

COLUMNS = (
    "CPU s", "wall s", "RSS MB", "EAs", "in band %", "min-max", "broken", "on barriers", "PP", "cost",
)  # fmt: skip


def measure(given: Instance, label: np.ndarray) -> dict:
    """What the table shows of one plan; areas of one oversized building are not judged by the band."""
    problem, metres = given.problem, given.metres
    label = np.unique(label, return_inverse=True)[1]
    total = np.bincount(label, problem.persons)
    hearts = np.bincount(label, problem.alone) > 0
    inside = ((total >= problem.low) & (total <= problem.high))[~hearts]
    cut = label[problem.a] != label[problem.b]
    same = ~cut
    _, piece = components(len(label), problem.a[same], problem.b[same])
    pieces = np.bincount(label[np.unique(piece, return_index=True)[1]])
    compact = compactness(given, label)
    return {
        "EAs": len(total),
        "in band %": round(100 * float(np.mean(inside)), 1),
        "min-max": f"{total[~hearts].min():.0f}-{total[~hearts].max():.0f}",
        "broken": int((pieces > 1).sum()),
        "on barriers": round(float(metres[cut & given.barrier].sum() / metres[cut].sum()), 3),
        "PP": "" if compact is None else round(float(compact.mean()), 3),
        "cost": int(problem.cost[cut].sum()),
    }


def compactness(given: Instance, label: np.ndarray) -> np.ndarray | None:
    """Polsby-Popper of each area as the union of its buildings' cells, 0 to 1; None without cells."""
    if given.area is None or given.outer is None:
        return None
    a, b = label[given.problem.a], label[given.problem.b]
    cut = a != b
    k = int(label.max()) + 1
    perimeter = np.bincount(label, given.outer, k)
    for side in (a, b):
        perimeter += np.bincount(side[cut], given.metres[cut], k)
    return 4 * np.pi * np.bincount(label, given.area, k) / perimeter**2


def once(path: Path, method: str, seed: int, asked: argparse.Namespace) -> dict:
    """One run in this process."""
    given = load(path, asked.band)
    if asked.stress:
        given = STRESS[asked.stress](given)
    if method == "census_gis":
        warm()
    else:
        for module in PEERS[method].modules:
            importlib.import_module(module)
    if asked.limit:
        soft = math.ceil(time.process_time()) + asked.limit
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    cpu, wall = time.process_time(), time.perf_counter()
    if method == "census_gis":
        label = solve(given.problem, seed=seed, threads=asked.threads).label
    else:
        label = PEERS[method].ask(Ask(given, seed, asked.band))
    spent = {
        "CPU s": round(time.process_time() - cpu, 2), "wall s": round(time.perf_counter() - wall, 2),
    }  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {**spent, "RSS MB": peak, **measure(given, label)}


def row_of(path: Path, method: str, seed: int, asked: argparse.Namespace) -> dict:
    """One run in a process of its own; what stopped it, where it did not come to an end."""
    if not installed(method):
        return {"said": "not installed, skipped"}
    command = [
        sys.executable, __file__, str(path), "--seeds", str(seed), "--methods", method, "--child",
        "--band", str(asked.band), "--threads", str(asked.threads), "--peers", asked.peers,
        "--limit", str(asked.limit),
    ]  # fmt: skip
    if asked.stress:
        command += ["--stress", asked.stress]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == -signal.SIGXCPU:
        return {"said": f"no plan in {asked.limit} CPU s"}
    if done.returncode:
        return {"said": (done.stderr.strip().splitlines() or ["stopped"])[-1][:100]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def installed(method: str) -> bool:
    """Whether a method can be run here."""
    if method == "census_gis":
        return True
    roots = {module.partition(".")[0] for module in PEERS[method].modules}
    return all(importlib.util.find_spec(root) is not None for root in roots)


def read_arguments() -> argparse.Namespace:
    """What the caller asks for."""
    every = ["METIS", "census_gis", *(name for name in PEERS if name != "METIS")]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("instances", type=Path, nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--band", type=float, default=0.15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--methods", nargs="+", default=every[:2], choices=[*every, "all"])
    parser.add_argument("--peers", default="", help="one more folder to look for peers in")
    parser.add_argument("--limit", type=int, default=0, help="CPU seconds of a run, 0 for none")
    parser.add_argument("--stress", choices=sorted(STRESS))
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if "all" in asked.methods:
        asked.methods = every
    return asked


def main() -> None:
    """Print one row for each instance, method and seed, and the ratio to METIS with the same seed."""
    asked = read_arguments()
    if asked.peers:
        sys.path.append(str(Path(asked.peers).resolve()))
    if asked.child:
        print(json.dumps(once(asked.instances[0], asked.methods[0], asked.seeds[0], asked)))
        return
    print("| instance | method | seed | " + " | ".join(COLUMNS) + " | cost / METIS |")
    print("|" + "---|" * (4 + len(COLUMNS)))
    for path in asked.instances:
        for seed in asked.seeds:
            base = 0
            for method in asked.methods:
                row = row_of(path, method, seed, asked)
                base = row.get("cost", 0) if method == "METIS" else base
                ratio = (
                    f"{row['cost'] / base:.3f}" if base and "cost" in row else row.get("said", "")
                )
                cells = [path.stem, method, seed, *(row.get(name, "") for name in COLUMNS), ratio]
                print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
