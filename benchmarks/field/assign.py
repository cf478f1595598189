"""EAs to people: ours against peers on the same pairs, and with too few people.

    python benchmarks/field/assign.py [--large]

Ours weighs all pairs in range. Peers get all pairs too for the street (networkx network simplex, scipy's dense
linear_sum_assignment, the cheapest pair first); for the county of 7,100 EAs (`--large`) the greedy one only, whose
pairs are those ours ended with. Wall and CPU seconds of one run; compilation is not counted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import networkx as nx
import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.field.instances import county
from census_gis.field.assignment import Terms, assign_work, judged, some
from census_gis.field.matching import Arcs, alone_cost, most

TERMS = Terms(6000.0, 2000)


def timed(name: str, run: Callable[[], tuple[int, int]]) -> None:
    """Print cost, EAs with nobody and seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    cost, short = run()
    print(
        f"| {name} | {cost:,} | {short} | {time.perf_counter() - wall:.2f} | {time.process_time() - cpu:.2f} |",
        flush=True,
    )


def greedy(arcs: Arcs) -> tuple[int, int]:
    """The cheapest pair first."""
    done, used, total = set(), set(), 0
    for i in np.argsort(arcs.cost, kind="stable").tolist():
        w, p = int(arcs.work[i]), int(arcs.person[i])
        if w not in done and p not in used:
            done.add(w)
            used.add(p)
            total += int(arcs.cost[i])
    return total, arcs.n_work - len(done)


def dense(arcs: Arcs) -> tuple[int, int]:
    """scipy.optimize.linear_sum_assignment with a high price where a pair may not be."""
    table = np.full((arcs.n_work, arcs.n_people), float(alone_cost(arcs)))
    table[arcs.work, arcs.person] = arcs.cost
    row, column = linear_sum_assignment(table)
    chosen = table[row, column]
    real = chosen < alone_cost(arcs)
    return int(chosen[real].sum()), arcs.n_work - int(real.sum())


def simplex(arcs: Arcs) -> tuple[int, int]:
    """networkx.network_simplex."""
    graph = nx.DiGraph()
    graph.add_node("s", demand=-arcs.n_work)
    graph.add_node("t", demand=arcs.n_work)
    alone = alone_cost(arcs)
    for w in range(arcs.n_work):
        graph.add_edge("s", ("w", w), capacity=1, weight=0)
        graph.add_edge(("w", w), "t", capacity=1, weight=alone)
    for p in range(arcs.n_people):
        graph.add_edge(("p", p), "t", capacity=1, weight=0)
    for w, p, c in zip(arcs.work.tolist(), arcs.person.tolist(), arcs.cost.tolist(), strict=True):
        graph.add_edge(("w", w), ("p", p), capacity=1, weight=c)
    cost, flow = nx.network_simplex(graph)
    short = sum(flow["w", w].get("t", 0) for w in range(arcs.n_work))
    return cost - short * alone, short


def main() -> None:
    """Print a table for each instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="the county of 7,100 EAs")
    large = parser.parse_args().large
    n, districts, m = (7100, 1250, 7600) if large else (533, 34, 560)
    place = county(n, districts, m, seed=1)
    few = np.arange(50)
    assign_work(some(place.work, few), some(place.people, few), TERMS)
    for gone in (0, m // 10):
        keep = np.sort(np.random.default_rng(5).permutation(m)[gone:])
        people = some(place.people, keep)
        print(
            f"\n{n} EAs, {districts} districts, {len(people)} people\n\n| method | metres | nobody | wall s | cpu s |\n|---|---|---|---|---|"
        )
        answer: list = []

        def ours(people=people, answer=answer) -> tuple[int, int]:
            answer.append(assign_work(place.work, people, TERMS))
            return answer[0].matching.cost, answer[0].matching.short

        timed("ours, all pairs", ours)
        if large:
            arcs = answer[0].arcs
        else:
            pairs = np.repeat(np.arange(n), len(people)), np.tile(np.arange(len(people)), n)
            ok, cost = judged(place.work, people, TERMS, pairs=pairs)
            arcs = Arcs.of(pairs[0][ok], pairs[1][ok], cost[ok], shape=(n, len(people)))
            timed("scipy linear_sum_assignment", lambda arcs=arcs: dense(arcs))
            if not gone:
                timed("networkx network_simplex", lambda arcs=arcs: simplex(arcs))
        timed("cheapest pair first", lambda arcs=arcs: greedy(arcs))
        print(
            f"\n{len(arcs.work):,} pairs; maximum matching leaves {n - most(arcs)} with nobody; {answer[0].rounds} rounds of further pairs"
        )


if __name__ == "__main__":
    main()
