"""The partitioner against others on the same building graphs, in the same run.

    python benchmarks/partition/compare.py INSTANCE.npz ... [--seeds 1 2 3] [--band 0.15] [--threads 1]
        [--methods census_gis METIS KaHIP KaMinPar] [--peers SITE_PACKAGES] [--stress disconnected | oversized]

An instance holds `pop` [persons], `edges` (m, 2), `flen` [m] border length, `bar` (the border lies on a road,
water or railway) and `xy` [m] (docs: benchmarks/partition/RESULTS.md; large ones: tiles.py). No peer is a
dependency of the product: one that is not installed (`--peers` names a folder to look in as well) is named and left
out. All get the same weights; those that know an imbalance get that of the band, above the mean. Each run is a
process of its own; seconds are without loading and compiling, memory is the peak of the process. Lower cost is better.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from census_gis.graph import Graph, components
from census_gis.partitioning.problem import Problem
from census_gis.partitioning.solve import solve, warm

TARGET = 300
CAP_M = 200.0
BARRIER = 0.2
GRID = 65_535


def load(path: Path, band: float) -> tuple[Problem, np.ndarray, np.ndarray]:
    """The instance as a problem with neighbours near in memory; border metres and barrier flags."""
    with np.load(path, allow_pickle=True) as given:
        persons, edges, xy = given["pop"], given["edges"], given["xy"]
        metres, barrier = given["flen"], given["bar"]
    grid = ((xy - xy.min(axis=0)) / np.ptp(xy, axis=0).max() * GRID).astype(np.uint64)
    curve = np.zeros(len(xy), np.uint64)
    for bit in range(16):
        for axis in (0, 1):
            curve |= (grid[:, axis] >> np.uint64(bit) & np.uint64(1)) << np.uint64(2 * bit + axis)
    order = np.argsort(curve, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    ends = place[edges].astype(np.int32)
    cost = np.rint(np.minimum(metres, CAP_M) * np.where(barrier, BARRIER, 1.0) * 10)
    n = len(persons)
    problem = Problem(
        persons[order].astype(np.int64), ends[:, 0].copy(), ends[:, 1].copy(),
        np.maximum(cost, 1).astype(np.int64), np.zeros(n, bool), np.full(n, -1, np.int32),
        int(np.ceil(TARGET * (1 - band))), TARGET, int(TARGET * (1 + band)),
    )  # fmt: skip
    return problem, metres, barrier


def metis(problem: Problem, seed: int, excess: int) -> np.ndarray:
    """Contiguous k-way parts of METIS with the same weights."""
    import pymetis

    graph = Graph.of(len(problem.persons), problem.a, problem.b)
    options = pymetis.Options(seed=seed, contig=1, ufactor=excess)
    _, part = pymetis.part_graph(
        wished(problem), xadj=graph.start, adjncy=graph.to,
        vweights=problem.persons, eweights=problem.cost[graph.edge], options=options,
    )  # fmt: skip
    return np.asarray(part)


def kahip(problem: Problem, seed: int, excess: int) -> np.ndarray:
    """Parts of KaHIP, mode eco; it does not keep them connected."""
    import kahip

    graph = Graph.of(len(problem.persons), problem.a, problem.b)
    _, part = kahip.kaffpa(
        problem.persons.tolist(), graph.start.tolist(), problem.cost[graph.edge].tolist(),
        graph.to.tolist(), wished(problem), excess / 1000, 1, seed, 1,
    )  # fmt: skip
    return np.asarray(part)


def kaminpar(problem: Problem, seed: int, excess: int) -> np.ndarray:
    """Parts of KaMinPar, preset strong, one thread; it does not keep them connected and draws without a seed."""
    import kaminpar

    del seed
    graph = Graph.of(len(problem.persons), problem.a, problem.b)
    weight = problem.cost[graph.edge]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph"
        with file.open("w") as out:
            out.write(f"{len(problem.persons)} {len(problem.a)} 11\n")
            for v, persons in enumerate(problem.persons.tolist()):
                row = slice(graph.start[v], graph.start[v + 1])
                near = np.column_stack([graph.to[row] + 1, weight[row]]).ravel().tolist()
                out.write(" ".join(map(str, [persons, *near])) + "\n")
        given = kaminpar.load_graph(str(file), kaminpar.GraphFileFormat.METIS)
    engine = kaminpar.KaMinPar(num_threads=1, ctx=kaminpar.context_by_name("strong"))
    return np.asarray(engine.compute_partition(given, k=wished(problem), eps=excess / 1000))


def wished(problem: Problem) -> int:
    """Number of areas a peer is asked for."""
    return round(int(problem.persons.sum()) / TARGET)


PEERS = {
    "METIS": ("pymetis", metis), "KaHIP": ("kahip", kahip), "KaMinPar": ("kaminpar", kaminpar),
}  # fmt: skip


def disconnected(given: tuple) -> tuple:
    """The instance twice, without an edge between the two."""
    problem, metres, barrier = given
    n = len(problem.persons)
    twice = replace(
        problem, persons=np.tile(problem.persons, 2), cost=np.tile(problem.cost, 2),
        a=np.concatenate([problem.a, problem.a + n]).astype(np.int32),
        b=np.concatenate([problem.b, problem.b + n]).astype(np.int32),
        alone=np.tile(problem.alone, 2), family=np.tile(problem.family, 2),
    )  # fmt: skip
    return twice, np.tile(metres, 2), np.tile(barrier, 2)


def oversized(given: tuple) -> tuple:
    """One building in a hundred holds 400 persons, more than an area may."""
    problem, metres, barrier = given
    rng = np.random.default_rng(0)
    large = rng.choice(len(problem.persons), len(problem.persons) // 100, replace=False)
    persons, alone = problem.persons.copy(), problem.alone.copy()
    persons[large], alone[large] = 400, True
    return replace(problem, persons=persons, alone=alone), metres, barrier


STRESS = {"disconnected": disconnected, "oversized": oversized}


def measure(problem: Problem, label: np.ndarray, metres: np.ndarray, barrier: np.ndarray) -> dict:
    """What the table shows of one plan; areas of one oversized building are not judged by the band."""
    label = np.unique(label, return_inverse=True)[1]
    total = np.bincount(label, problem.persons)
    hearts = np.bincount(label, problem.alone) > 0
    inside = ((total >= problem.low) & (total <= problem.high))[~hearts]
    cut = label[problem.a] != label[problem.b]
    same = ~cut
    _, piece = components(len(label), problem.a[same], problem.b[same])
    pieces = np.bincount(label[np.unique(piece, return_index=True)[1]])
    return {
        "EAs": len(total),
        "in band %": round(100 * float(np.mean(inside)), 1),
        "min-max": f"{total[~hearts].min():.0f}-{total[~hearts].max():.0f}",
        "broken": int((pieces > 1).sum()),
        "on barriers": round(float(metres[cut & barrier].sum() / metres[cut].sum()), 3),
        "cost": int(problem.cost[cut].sum()),
    }


def once(path: Path, method: str, seed: int, asked: argparse.Namespace) -> dict:
    """One run in this process."""
    given = load(path, asked.band)
    if asked.stress:
        given = STRESS[asked.stress](given)
    problem, metres, barrier = given
    if method == "census_gis":
        warm()
    cpu, wall = time.process_time(), time.perf_counter()
    if method == "census_gis":
        label = solve(problem, seed=seed, threads=asked.threads).label
    else:
        label = PEERS[method][1](problem, seed, round(1000 * asked.band))
    spent = {
        "CPU s": round(time.process_time() - cpu, 2), "wall s": round(time.perf_counter() - wall, 2),
    }  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {**spent, "RSS MB": peak, **measure(problem, label, metres, barrier)}


def row_of(path: Path, method: str, seed: int, asked: argparse.Namespace) -> dict:
    """One run in a process of its own; what stopped it, where it did not come to an end."""
    command = [
        sys.executable, __file__, str(path), "--seeds", str(seed), "--methods", method, "--child",
        "--band", str(asked.band), "--threads", str(asked.threads), "--peers", asked.peers,
    ]  # fmt: skip
    if asked.stress:
        command += ["--stress", asked.stress]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"said": (done.stderr.strip().splitlines() or ["stopped"])[-1][:100]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def installed(method: str) -> bool:
    """Whether a method can be run here."""
    return method == "census_gis" or importlib.util.find_spec(PEERS[method][0]) is not None


def main() -> None:
    """Print one row for each instance, method and seed, and the ratio to METIS with the same seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("instances", type=Path, nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--band", type=float, default=0.15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--methods", nargs="+", default=["METIS", "census_gis"])
    parser.add_argument("--peers", default="", help="one more folder to look for peers in")
    parser.add_argument("--stress", choices=sorted(STRESS))
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peers:
        sys.path.append(str(Path(asked.peers).resolve()))
    if asked.child:
        print(json.dumps(once(asked.instances[0], asked.methods[0], asked.seeds[0], asked)))
        return
    columns = (
        "CPU s",
        "wall s",
        "RSS MB",
        "EAs",
        "in band %",
        "min-max",
        "broken",
        "on barriers",
        "cost",
    )
    print("| instance | method | seed | " + " | ".join(columns) + " | cost / METIS |")
    print("|" + "---|" * (4 + len(columns)))
    for path in asked.instances:
        for seed in asked.seeds:
            base = 0
            for method in asked.methods:
                row = (
                    row_of(path, method, seed, asked)
                    if installed(method)
                    else {"said": "not installed"}
                )
                base = row.get("cost", 0) if method == "METIS" else base
                ratio = (
                    f"{row['cost'] / base:.3f}" if base and "cost" in row else row.get("said", "")
                )
                cells = [path.stem, method, seed, *(row.get(name, "") for name in columns), ratio]
                print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
