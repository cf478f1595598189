"""Annealing kernel: nodes on the rim of their area move to a neighbouring one, one after another.

Only moves that keep both areas connected are made (exact test). The band is a steep price, not a fence,
so that a crowded corner can pass people on through its neighbours. Nodes inside an area cannot move and
are passed over by a counter that every move keeps right; those whose move has hardly a chance are passed
over for some sweeps, and have the chances of all of them in the next.
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

# A node whose move would lengthen the lines by more than these temperatures is proposed after 2, 4, 8, 16 sweeps only
# (steps of ln 2: its chance halves with each), unless a node beside it moves before.
PAUSES = (1.0, 1.7, 2.4, 3.1)


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
        pain += second_strain(second, soft, bands.deviation)
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
def _limit(warmth: float, waited: float, state: NDArray[np.uint64]) -> float:
    """Worsening that is just accepted at a temperature [dm] (Metropolis, drawn before the worsening is known).

    A node that was passed over so many times for being hopeless has as many chances in one.
    """
    return warmth * np.log(waited / (1.0 - chance(state))) if warmth > 0 else 0.0


@njit(cache=True, nogil=True, inline="always")
def _pause(worse: float, warmth: float) -> int:
    """After how many sweeps a node is proposed again whose move would lengthen the lines by so much [dm]."""
    pause = 1
    for bound in PAUSES:
        pause += pause * (worse > bound * warmth)
    return pause


@njit(cache=True, nogil=True, inline="always")
def _lines(
    start: NDArray[np.int64],
    to: NDArray[np.int32],
    cost: NDArray[np.int64],
    label: NDArray[np.int32],
    v: int,
    goal: int,
) -> tuple[float, float, float]:
    """Cost of a node's edges into its own area, into another one, and into all others [dm]."""
    inner, outer, other = 0.0, 0.0, 0.0
    for q in range(start[v], start[v + 1]):
        area = label[to[q]]
        if area == label[v]:
            inner += cost[q]
        elif area == goal:
            outer += cost[q]
        else:
            other += cost[q]
    return inner, outer, other


@njit(cache=True, nogil=True)
def _sweep(
    net: Net,
    label: NDArray[np.int32],
    bands: Bands,
    tally: Tally,
    how: tuple[float, float, int],
    means: tuple[NDArray[np.uint64], Space, NDArray[np.int32], NDArray[np.int8]],
) -> int:
    """Propose one move for each node on a rim; returns how many were made.

    `how` is temperature [dm], mean edge cost [dm] and the number of the sweep: odd ones go backwards. `means` ends
    with the sweep each node is due in, and for how many it stands then. Arrays are taken out of their
    tuples once: reference counts inside the loop would double its time.
    """
    warmth, unit, sweep = how
    backwards = sweep % 2 == 1
    state, space, due, waited = means
    start, to, cost, persons, core = net.start, net.to, net.cost, net.persons, net.core
    second, doubled = net.second, net.soft[1] > 0
    held, beside, nodes, woe, rim = tally.persons, tally.second, tally.nodes, tally.woe, tally.rim
    n, made = len(label), 0
    for turn in range(n):
        v = n - 1 - turn if backwards else turn
        if due[v] > sweep or rim[v] == 0 or core[v] >= 0 or nodes[label[v]] <= 1:
            continue
        home = label[v]
        goal, pick = home, below(state, rim[v])
        for q in range(start[v], start[v + 1]):
            goal = label[to[q]]
            pick -= goal != home
            if pick < 0:
                break
        inner, outer, other = _lines(start, to, cost, label, v, goal)
        change = inner - outer
        woes = woe[home] + woe[goal]
        limit = _limit(warmth, float(waited[v]), state) + woes
        pause = _pause(inner - max(outer, other) - woes, warmth)
        due[v], waited[v] = sweep + pause, pause
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
            due[to[q]], waited[to[q]] = 0, 1
        due[v], waited[v] = 0, 1
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
    n = len(label)
    means = state, workspace(n), np.zeros(n, np.int32), np.ones(n, np.int8)
    made = 0
    for sweep in range(heat.sweeps):
        share = sweep / max(1, heat.sweeps - 1)
        warmth = heat.hot * (heat.cold / heat.hot) ** share if heat.hot > 0 else 0.0
        made += _sweep(net, label, bands, tally, (warmth, heat.unit, sweep), means)
    return made
