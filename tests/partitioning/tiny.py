"""Build the tiny instances with a known optimum: ``python -m tests.partitioning.tiny GRAPH.npz``.

Patches of a real building graph (`pop`, `edges`, `flen` [m], `bar`) and made-up towns of 14 to 24 atoms, to be
divided in 2 to 4 areas of 300 persons +-20 %. The optimum is proven by listing every connected group inside the
band and covering all atoms with them by branch and bound; what cannot be proven, or has no plan in the band, is left out.
Costs are kept, not plans: `best` is the least energy (objective.py) with the number of areas nearest to persons / target.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from census_gis.partitioning.asked import bands_of
from census_gis.partitioning.objective import energy
from census_gis.partitioning.optimum import best_plan
from census_gis.partitioning.prepare import parts_of
from tests.partitioning.towns import problem, random_problem

FILE = Path(__file__).with_name("data") / "tiny.npz"
COUNT = 200
GROUPS, LOOKS = 100_000, 1_000_000_000


def optimum(asked):
    """Least energy of a plan inside the band, None where it is not proven or there is none."""
    (part,) = parts_of(asked, seed=0)
    proof = best_plan(part.task, groups=GROUPS, looks=LOOKS)
    if proof.label is None or proof.gap != 0.0:
        return None
    return reached(asked, proof.label[part.nodes])


def reached(asked, label):
    """Energy of a plan of one component."""
    (part,) = parts_of(asked, seed=0)
    task = part.task
    own = np.empty(len(task.net.persons), np.int32)
    own[part.nodes] = label
    return float(energy(task.net, own, bands_of(task, int(own.max()) + 1), task.unit))


def patch(graph, rng):
    """Some neighbours of a random building, their persons scaled to a whole number of areas."""
    n, areas = int(rng.integers(14, 25)), int(rng.integers(2, 5))
    edges = graph["edges"]
    chosen = {int(rng.integers(len(graph["pop"])))}
    while len(chosen) < n:
        inside = np.isin(edges, list(chosen))
        rim = np.unique(edges[inside.any(axis=1) & ~inside.all(axis=1)])
        chosen.add(int(rng.choice([v for v in rim if int(v) not in chosen])))
    nodes = np.array(sorted(chosen))
    kept = np.isin(edges, nodes).all(axis=1)
    metres = np.minimum(graph["flen"][kept], 200.0)
    cost = np.maximum(1, np.rint(metres * np.where(graph["bar"][kept], 0.2, 1.0) * 10))
    return scaled(
        np.maximum(1, graph["pop"][nodes]), np.searchsorted(nodes, edges[kept]), cost, areas
    )


def town(seed, rng):
    """A made-up town, some of its atoms empty."""
    made = random_problem(seed, int(rng.integers(14, 25)))
    return scaled(
        made.persons, np.column_stack([made.a, made.b]), made.cost, int(rng.integers(2, 5))
    )


def scaled(persons, edges, cost, areas):
    persons = np.rint(persons * (300 * areas / max(1, persons.sum()))).astype(np.int64)
    alone = persons > 360
    return None if alone.any() else problem(persons, edges, cost=cost)


def load():
    """The instances and their optima."""
    with np.load(FILE) as kept:
        persons, edges, cost = kept["persons"], kept["edges"], kept["cost"]
        atoms, lines = np.split(persons, kept["atom"]), np.split(edges, kept["line"])
        costs = np.split(cost, kept["line"])
        return [
            (problem(p, e, cost=c), float(best))
            for p, e, c, best in zip(atoms, lines, costs, kept["best"], strict=True)
        ]


def build(graph):
    """Half patches, half towns."""
    rng = np.random.default_rng(20261122)
    found = []
    seed = 0
    while len(found) < COUNT:
        seed += 1
        asked = patch(graph, rng) if len(found) % 2 else town(seed, rng)
        best = None if asked is None else optimum(asked)
        if best is not None:
            found.append((asked, best))
    sizes = [len(asked.persons) for asked, _ in found]
    lines = [len(asked.a) for asked, _ in found]
    FILE.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        FILE,
        persons=np.concatenate([asked.persons for asked, _ in found]).astype(np.int32),
        edges=np.concatenate([np.column_stack([asked.a, asked.b]) for asked, _ in found]).astype(np.int16),
        cost=np.concatenate([asked.cost for asked, _ in found]).astype(np.int32),
        atom=np.cumsum(sizes)[:-1], line=np.cumsum(lines)[:-1], best=np.array([best for _, best in found]),
    )  # fmt: skip


if __name__ == "__main__":
    with np.load(sys.argv[1], allow_pickle=True) as given:
        build({name: given[name] for name in ("pop", "edges", "flen", "bar")})
