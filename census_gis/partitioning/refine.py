"""Refinement: simulated annealing of nodes and groups of nodes, coarse to fine, over and over (V-cycles).

Only moves that keep both areas connected are made (exact test). The band is a steep price, not a fence,
so that a crowded corner can pass people on through its neighbours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.coarsen import ladder
from census_gis.partitioning.draws import below, chance, seeded
from census_gis.partitioning.network import Bands, Net, persons_of, stays_whole, workspace
from census_gis.partitioning.objective import energy, strain

__all__ = ["Heat", "anneal", "cycles", "settle"]

# Settings of the V-cycles (partition.md, section 4, prototype tuned on instance M, seed 1).
CYCLES = 6
STEPS = 6
HOT = 8.0
COLD = 0.1
CYCLE_COOLING = 0.7
LEVEL_COOLING = 0.6
# Largest cluster, as a share of the target: a group of a fifth can still change hands inside a band of +-15 %.
CLUSTER_SHARE = 0.2
# A level is swept at most this many times as often as the finest one.
BOOST = 16.0
# Nodes are drawn from a sliding window of this many, so that the working set stays in the cache.
WINDOW = 2048
SETTLING_SWEEPS = 10


class Heat(NamedTuple):
    """Temperatures at the beginning and the end [dm], sweeps in between, and the mean edge cost [dm]."""

    hot: float
    cold: float
    sweeps: int
    unit: float


@njit(cache=True)
def anneal(
    net: Net,
    label: NDArray[np.int32],
    bands: Bands,
    heat: Heat,
    state: NDArray[np.uint64],
) -> int:
    """Move nodes between neighbouring areas in place; returns how many moves were made."""
    n = len(net.persons)
    k = len(bands.low)
    window = min(WINDOW, n)
    total = persons_of(net, label, k)
    count = np.zeros(k, np.int64)
    for v in range(n):
        count[label[v]] += 1
    space = workspace(n)
    made = 0
    for sweep in range(heat.sweeps):
        share = sweep / max(1, heat.sweeps - 1)
        warmth = heat.hot * (heat.cold / heat.hot) ** share if heat.hot > 0 else 0.0
        shift = below(state, window)
        for turn in range(n):
            v = ((turn + shift) // window) * window - shift + below(state, window)
            if v < 0 or v >= n or net.core[v] >= 0:
                continue
            home = label[v]
            degree = net.start[v + 1] - net.start[v]
            if degree == 0 or count[home] <= 1:
                continue
            goal = label[net.to[net.start[v] + below(state, degree)]]
            if goal == home:
                continue
            change = 0.0
            for q in range(net.start[v], net.start[v + 1]):
                other = label[net.to[q]]
                if other == home:
                    change += net.cost[q]
                elif other == goal:
                    change -= net.cost[q]
            persons = net.persons[v]
            if persons > 0:
                change += heat.unit * (
                    strain(total[home] - persons, home, bands) - strain(total[home], home, bands)
                    + strain(total[goal] + persons, goal, bands) - strain(total[goal], goal, bands)
                )  # fmt: skip
            if change > 0 and (warmth <= 0 or chance(state) >= np.exp(-change / warmth)):
                continue
            if not stays_whole(net, label, v, space):
                continue
            label[v] = goal
            total[home] -= persons
            total[goal] += persons
            count[home] -= 1
            count[goal] += 1
            made += 1
    return made


def settle(
    net: Net, label: NDArray[np.int32], bands: Bands, *, unit: float, state: NDArray[np.uint64]
) -> None:
    """Only moves that better the plan, until few are left; in place."""
    for _ in range(SETTLING_SWEEPS):
        if anneal(net, label, bands, Heat(0.0, 0.0, 1, unit), state) == 0:
            break


def cycles(
    net: Net, label: NDArray[np.int32], bands: Bands, *, unit: float, seed: int, moves: int
) -> NDArray[np.int32]:
    """V-cycles within a budget of proposed moves; the best plan met, never worse than the one given."""
    n = len(net.persons)
    best, best_energy = label.copy(), energy(net, label, bands, unit)
    rounds = int(np.clip(moves // max(1, 40 * n), 1, CYCLES))
    ordinary = bands.target[~bands.extra]
    most = max(1, int(CLUSTER_SHARE * ordinary.min())) if len(ordinary) else 1
    state = seeded(seed, n)
    now = label.copy()
    for turn in range(CYCLES - rounds, CYCLES):
        nets, maps, now = ladder(net, now, most=most, steps=STEPS, state=state)
        budget = moves / rounds / len(nets)
        for level in range(len(nets) - 1, -1, -1):
            size = len(nets[level].persons)
            sweeps = max(1, round(min(budget / size, BOOST * budget / n)))
            cooling = CYCLE_COOLING**turn * LEVEL_COOLING ** (len(nets) - 1 - level)
            heat = Heat(max(HOT * cooling, COLD) * unit, COLD * unit, sweeps, unit)
            anneal(nets[level], now, bands, heat, state)
            if level:
                now = now[maps[level - 1]]
        tried = now.copy()
        settle(net, tried, bands, unit=unit, state=state)
        reached = energy(net, tried, bands, unit)
        if reached < best_energy:
            best, best_energy = tried, reached
    return best
