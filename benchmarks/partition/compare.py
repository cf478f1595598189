"""The partitioner against METIS on the same building graphs, in the same run.

    python benchmarks/partition/compare.py INSTANCE.npz ... [--seeds 1 2 3] [--band 0.15] [--markdown]

An instance holds `pop` [persons], `edges` (m, 2), `flen` [m] border length, `bar` (the border lies on a road,
water or railway) and `xy` [m] (docs: benchmarks/partition/RESULTS.md). METIS (pymetis, not a dependency of the
product) gets the same weights, contiguous parts and 15 % imbalance above the mean. CPU seconds, without loading
and compiling. Lower cost is better.
"""

from __future__ import annotations

import argparse
import time
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
        round(int(problem.persons.sum()) / TARGET), xadj=graph.start, adjncy=graph.to,
        vweights=problem.persons, eweights=problem.cost[graph.edge], options=options,
    )  # fmt: skip
    return np.asarray(part)


def measure(problem: Problem, label: np.ndarray, metres: np.ndarray, barrier: np.ndarray) -> dict:
    """What the table shows of one plan."""
    total = np.bincount(label, problem.persons)
    cut = label[problem.a] != label[problem.b]
    same = ~cut
    _, piece = components(len(label), problem.a[same], problem.b[same])
    pieces = np.bincount(label[np.unique(piece, return_index=True)[1]])
    return {
        "EAs": len(total),
        "in band %": round(
            100 * float(np.mean((total >= problem.low) & (total <= problem.high))), 1
        ),
        "min-max": f"{total.min():.0f}-{total.max():.0f}",
        "broken": int((pieces > 1).sum()),
        "on barriers": round(float(metres[cut & barrier].sum() / metres[cut].sum()), 3),
        "cost": int(problem.cost[cut].sum()),
    }


def main() -> None:
    """Print one row for each instance, method and seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("instances", type=Path, nargs="+")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--band", type=float, default=0.15)
    asked = parser.parse_args()
    warm()
    excess = round(1000 * asked.band)
    shown = ("EAs", "in band %", "min-max", "broken", "on barriers", "cost")
    print("| instance | method | seed | CPU s | " + " | ".join(shown) + " |")
    print("|" + "---|" * (4 + len(shown)))
    for path in asked.instances:
        problem, metres, barrier = load(path, asked.band)
        for seed in asked.seeds:
            for method in ("census_gis", f"METIS ufactor {excess}"):
                begin = time.process_time()
                label = (
                    solve(problem, seed=seed).label
                    if method == "census_gis"
                    else metis(problem, seed, excess)
                )
                spent = time.process_time() - begin
                row = measure(problem, label, metres, barrier)
                cells = [path.stem, method, seed, f"{spent:.2f}", *(row[name] for name in shown)]
                print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
