"""Crews of 4-6 EAs: ours against METIS and a greedy search, on 34 and 500 districts.

    python benchmarks/field/crews.py [--large]

Needs pymetis for the peer (else it is left out). Legal: of 4-6 EAs. Load is compared within districts: the largest
crew over the mean of its district. Wall and CPU seconds of one run; compilation is not counted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.field.instances import County, county
from census_gis.field.crews import Ground, group, group_cost
from census_gis.field.crews_places import fitting, place_of
from census_gis.field.crews_search import search
from census_gis.graph import Graph, components

try:
    import pymetis
except ImportError:  # a peer, not a dependency
    pymetis = None

SIZES = (4, 6)
NOWHERE = pd.DataFrame()  # EAs without shapes


def grounds(place: County) -> list[tuple[Ground, int]]:
    """Each district as a connected place, and its number of crews."""
    out = []
    for d in range(int(place.district.max()) + 1):
        rows = np.flatnonzero(place.district == d)
        made = place_of(
            rows, (place.load, None), place.at, pairs=place.edges, district=place.district, areas=NOWHERE
        )  # fmt: skip
        out.append((made.ground, fitting(len(rows), -(-len(rows) // 5), SIZES)))
    return out


def metis(ground: Ground, k: int) -> NDArray[np.int64]:
    """METIS, k-way, contiguous, weighted by minutes."""
    if k == 1:
        return np.zeros(len(ground), np.int64)
    graph = Graph.of(len(ground), ground.a, ground.b)
    options = pymetis.Options(contig=1, seed=1)
    _, label = pymetis.part_graph(
        k, xadj=graph.start.tolist(), adjncy=graph.to.tolist(), vweights=np.rint(ground.load).astype(int).tolist(),
        options=options, recursive=False,
    )  # fmt: skip
    return np.asarray(label, np.int64)


def told(
    name: str,
    places: list[tuple[Ground, int]],
    divide: Callable[[Ground, int], NDArray[np.int64]],
    proven: str = "none",
) -> None:
    """Print what a method makes of all districts."""
    wall, cpu = time.perf_counter(), time.process_time()
    labels = [divide(ground, k) for ground, k in places]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sizes, whole, loads, cost = [], 0, [], 0
    for (ground, k), label in zip(places, labels, strict=True):
        inside = label[None, :] == np.arange(k)[:, None]
        inside = inside[inside.any(axis=1)]
        sizes += inside.sum(axis=1).tolist()
        cost += int(group_cost(ground, inside, float(ground.load.sum()) / k, SIZES).sum())
        loads += (inside @ ground.load / (ground.load.sum() / k)).tolist()
        for crew in inside:
            kept = crew[ground.a] & crew[ground.b]
            number = np.cumsum(crew) - 1
            whole += (
                components(int(crew.sum()), number[ground.a[kept]], number[ground.b[kept]])[0] == 1
            )
    size, load = np.array(sizes), np.array(loads)
    legal = ((size >= SIZES[0]) & (size <= SIZES[1])).mean()
    print(
        f"| {name} | {legal:.1%} | {whole / len(size):.1%} | {load.max():.3f} | {load.std():.3f} | {cost / 1e4:,.1f} | {proven} | {wall:.2f} | {cpu:.2f} |",
        flush=True,
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="500 districts of 7,100 EAs")
    n, districts = (7100, 500) if parser.parse_args().large else (533, 34)
    places = grounds(county(n, districts, n, seed=4))
    group(*places[0], sizes=SIZES)
    count = [0]

    def ours(ground: Ground, k: int) -> NDArray[np.int64]:
        done = group(ground, k, sizes=SIZES)
        count[0] += done.proven
        return done.label

    print(
        f"{n} EAs, {districts} districts\n\n| method | legal | connected | load max/mean | CV | cost | proven | wall s | cpu s |\n|---|---|---|---|---|---|---|---|---|"
    )
    if pymetis is not None:
        told("METIS k-way", places, metis)
    told(
        "grown and bettered",
        places,
        lambda ground, k: search(ground.load, (ground.x, ground.y), (ground.a, ground.b), k, SIZES),
    )
    told("ours", places, ours)
    print(f"\nproven: {count[0]} of {len(places)}")


if __name__ == "__main__":
    main()
