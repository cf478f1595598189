"""Annealing kernel: nodes on the rim of their area move to a neighbouring one, one after another.

Only moves that keep both areas connected are made (exact test). The band is a steep price, not a fence,
so that a crowded corner can pass people on through its neighbours. Nodes inside an area cannot move and
are passed over by a counter that every move keeps right.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.draws import below, chance
from census_gis.partitioning.network import Bands, Net, Space, stays_whole, workspace
from census_gis.partitioning.objective import second_strain, strain

__all__ = ["Heat", "anneal", "tally_of"]


class Heat(NamedTuple):
    """Temperatures at the beginning and the end [dm], sweeps in between, and the mean edge cost [dm]."""

    hot: float
    cold: float
    sweeps: int
    unit: float


class Tally(NamedTuple):
    """What moves keep up to date.

    Of each area: `persons`, the `second` measure, its `nodes` and its `woe` [dm], the price of its size;
    of each node: `rim`, how many of its edges lead out of its area.
    """

    persons: NDArray[np.int64]
    second: NDArray[np.int64]
    nodes: NDArray[np.int32]
    woe: NDArray[np.float64]
    rim: NDArray[np.int32]


@njit(cache=True, nogil=True)
def woe_of(
    persons: int, second: int, area: int, bands: Bands, soft: NDArray[np.float64], unit: float
) -> float:
    """Price of an area's size [dm]."""
    # `pain_of` written out: one call more in the innermost loop is a tenth of a plan's time.
    pain = strain(persons, area, bands)
    if soft[1] > 0:
        pain += second_strain(second, soft)
    return unit * pain


@njit(cache=True, nogil=True)
def tally_of(net: Net, label: NDArray[np.int32], bands: Bands, unit: float) -> Tally:
    """Sums of a plan from scratch."""
    n, k = len(label), len(bands.low)
    persons, second = np.zeros(k, np.int64), np.zeros(k, np.int64)
    nodes, rim = np.zeros(k, np.int32), np.zeros(n, np.int32)
    for v in range(n):
        persons[label[v]] += net.persons[v]
        second[label[v]] += net.second[v]
        nodes[label[v]] += 1
        for q in range(net.start[v], net.start[v + 1]):
            rim[v] += label[net.to[q]] != label[v]
    woe = np.empty(k, np.float64)
    for area in range(k):
        woe[area] = woe_of(persons[area], second[area], area, bands, net.soft, unit)
    return Tally(persons, second, nodes, woe, rim)


@njit(cache=True, nogil=True, inline="always")
def _limit(warmth: float, state: NDArray[np.uint64]) -> float:
    """Worsening that is just accepted at a temperature [dm] (Metropolis, drawn before the worsening is known)."""
    return -warmth * np.log(1.0 - chance(state)) if warmth > 0 else 0.0


@njit(cache=True, nogil=True)
def _sweep(
    net: Net,
    label: NDArray[np.int32],
    bands: Bands,
    tally: Tally,
    how: tuple[float, float, bool],
    means: tuple[NDArray[np.uint64], Space],
) -> int:
    """Propose one move for each node on a rim; returns how many were made.

    `how` is temperature [dm], mean edge cost [dm] and whether to go backwards. Arrays are taken out of their
    tuples once: reference counts inside the loop would double its time.
    """
    warmth, unit, backwards = how
    state, space = means
    start, to, cost, persons, core = net.start, net.to, net.cost, net.persons, net.core
    second, doubled = net.second, net.soft[1] > 0
    held, beside, nodes, woe, rim = tally.persons, tally.second, tally.nodes, tally.woe, tally.rim
    n, made = len(label), 0
    for turn in range(n):
        v = n - 1 - turn if backwards else turn
        if rim[v] == 0 or core[v] >= 0 or nodes[label[v]] <= 1:
            continue
        home = label[v]
        goal, pick = home, below(state, rim[v])
        for q in range(start[v], start[v + 1]):
            goal = label[to[q]]
            pick -= goal != home
            if pick < 0:
                break
        change = 0.0
        for q in range(start[v], start[v + 1]):
            area = label[to[q]]
            if area == home:
                change += cost[q]
            elif area == goal:
                change -= cost[q]
        limit = _limit(warmth, state) + woe[home] + woe[goal]
        if change > limit:  # an area's woe cannot fall below 0
            continue
        left, joined = woe[home], woe[goal]
        if persons[v] > 0 or (doubled and second[v] > 0):
            left = woe_of(
                held[home] - persons[v], beside[home] - second[v], home, bands, net.soft, unit
            )
            joined = woe_of(
                held[goal] + persons[v], beside[goal] + second[v], goal, bands, net.soft, unit
            )
        if change + left + joined > limit or not stays_whole(net, label, v, space):
            continue
        held[home] -= persons[v]
        held[goal] += persons[v]
        beside[home] -= second[v]
        beside[goal] += second[v]
        nodes[home] -= 1
        nodes[goal] += 1
        woe[home], woe[goal] = left, joined
        label[v] = goal
        for q in range(start[v], start[v + 1]):
            shift = np.int32(label[to[q]] == home) - np.int32(label[to[q]] == goal)
            rim[to[q]] += shift
            rim[v] += shift
        made += 1
    return made


@njit(cache=True, nogil=True)
def anneal(
    net: Net,
    label: NDArray[np.int32],
    bands: Bands,
    heat: Heat,
    state: NDArray[np.uint64],
) -> int:
    """Move nodes between neighbouring areas in place; returns how many moves were made.

    Sweeps go through the nodes in their order, there and back in turn: neighbours are near in memory, and no
    direction is favoured.
    """
    tally = tally_of(net, label, bands, heat.unit)
    means = state, workspace(len(label))
    made = 0
    for sweep in range(heat.sweeps):
        share = sweep / max(1, heat.sweeps - 1)
        warmth = heat.hot * (heat.cold / heat.hot) ** share if heat.hot > 0 else 0.0
        made += _sweep(net, label, bands, tally, (warmth, heat.unit, sweep % 2 == 1), means)
    return made
