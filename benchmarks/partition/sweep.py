"""One constant of the program at several values: cost of the lines, EAs outside the band, CPU time.

    python benchmarks/partition/sweep.py partitioning.solve.MOVES_PER_ATOM_SMALL 4000 2500 2000
        (--project project.toml [--districts 30] | --instances S.npz ...) [--seeds 1 2 3] [--band 0.15]

The constant is named by its module in census_gis. With `--project` the first districts in the order of their codes
are read, and their fabrics made anew for each value (constants of census_gis.fabric too); CPU is that of the partition
alone. A constant that a compiled kernel reads cannot be set from here, and is refused. Lower cost is better.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from instances import load
from numba.core.registry import CPUDispatcher

from census_gis.config import load_config
from census_gis.fabric.build import build_fabric
from census_gis.inputs.place import select
from census_gis.inputs.population import estimate_population
from census_gis.inputs.read import read_inputs
from census_gis.model import District
from census_gis.partitioning.problem import Problem, by_primary
from census_gis.partitioning.solve import grouped, partition, warm
from census_gis.partitioning.translate import question_of

PACKAGE = "census_gis"


def set_everywhere(name: str, value: object) -> None:
    """Give a constant another value in its module and in those that import it by name."""
    path, _, constant = name.rpartition(".")
    own = importlib.import_module(f"{PACKAGE}.{path}")
    before = getattr(own, constant)
    for module in [module for key, module in sys.modules.items() if key.startswith(PACKAGE)]:
        held = vars(module)
        if module is own or held.get(constant) is before:
            for kernel in held.values():
                if (
                    isinstance(kernel, CPUDispatcher)
                    and constant in kernel.py_func.__code__.co_names
                ):
                    sys.exit(
                        f"{name} is read by the kernel {kernel.py_func.__name__}: it is compiled into it."
                    )
            if constant in held:
                setattr(module, constant, value)


def read_districts(project: Path, first: int) -> list[District]:
    """The first districts of a project, ready to be planned."""
    config = load_config(project)
    inputs = estimate_population(read_inputs(config.sources, config.settings))
    codes = sorted(inputs.districts["district_code"].astype(str))
    return [select(inputs, code) for code in codes[:first]]


def plans_of(
    asked: argparse.Namespace, districts: list[District]
) -> Iterator[tuple[Problem, np.ndarray, float]]:
    """Each problem with areas of its atoms and the CPU seconds they took."""
    for seed in asked.seeds:
        for path in asked.instances:
            problem = load(path, asked.band).problem
            begin = time.process_time()
            yield problem, grouped(problem, seed=seed), time.process_time() - begin
    for district in districts:
        fabric = build_fabric(district)
        question = question_of(fabric)
        for seed in asked.seeds:
            begin = time.process_time()
            plan = partition(fabric, seed=seed)
            spent = time.process_time() - begin
            yield by_primary(question.problem), plan.label[question.order], spent


def row_of(asked: argparse.Namespace, districts: list[District]) -> tuple[object, ...]:
    """Plans, their atoms, EAs, EAs outside the band, cost of the lines and CPU ms of each."""
    plans = atoms = areas = outside = cost = 0
    seconds = 0.0
    for problem, label, spent in plans_of(asked, districts):
        held = np.bincount(label, problem.persons)
        cut = label[problem.a] != label[problem.b]
        plans, atoms, areas = plans + 1, atoms + len(label), areas + len(held)
        outside += int(((held > 0) & ((held < problem.low) | (held > problem.high))).sum())
        cost += int(problem.cost[cut].sum())
        seconds += spent
    return plans, atoms, areas, outside, cost, round(1000 * seconds / max(plans, 1), 1)


def main() -> None:
    """Print one row for each value."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("constant", help="such as partitioning.solve.MOVES_PER_ATOM_SMALL")
    parser.add_argument("values", nargs="+", type=ast.literal_eval)
    parser.add_argument("--project", type=Path)
    parser.add_argument("--districts", type=int, default=30)
    parser.add_argument("--instances", type=Path, nargs="+", default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--band", type=float, default=0.15)
    asked = parser.parse_args()
    if not (asked.project or asked.instances):
        parser.error("name a --project or --instances")
    districts = read_districts(asked.project, asked.districts) if asked.project else []
    warm()
    print(f"| {asked.constant} | plans | atoms | EAs | outside | cost | CPU ms a plan |")
    print("|" + "---|" * 7)
    for value in asked.values:
        set_everywhere(asked.constant, value)
        print(f"| {value} | " + " | ".join(map(str, row_of(asked, districts))) + " |", flush=True)


if __name__ == "__main__":
    main()
