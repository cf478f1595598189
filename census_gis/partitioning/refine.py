"""Refinement: simulated annealing of nodes and groups of nodes, coarse to fine, over and over (V-cycles).

A large district is worked on in blocks of neighbouring areas, other blocks in each cycle: what lies outside a
block stays as it is, so that blocks can be worked on side by side, and the plan does not depend on how many are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from census_gis.partitioning.coarsen import contract, ladder
from census_gis.partitioning.combine import better_of
from census_gis.partitioning.draws import seeded
from census_gis.partitioning.moves import Heat, anneal
from census_gis.partitioning.network import Bands, Net, bands_at, subnet
from census_gis.partitioning.resplit import pairs_of, resplit
from census_gis.partitioning.tasks import side_by_side

__all__ = ["cycles", "settle"]

# Settings of the V-cycles (hot and cooling from level to level tuned on M, seeds 4-9, at +-15 and +-20 %).
CYCLES = 6
STEPS = 6
HOT = 12.0
COLD = 0.3
CYCLE_COOLING = 0.7
LEVEL_COOLING = 0.5
# From this cycle on each begins with the best of all plans before, place by place; the first two move everything.
FROM_BEST = 2
# Largest cluster, as a share of the width of the band, and of the target: two thirds can still change hands between
# two areas (measured on M: best of 0.2 and 0.27 of the target at +-15 %, of 0.2, 0.27 and 0.3 at +-20 %).
CLUSTER_BAND = 2 / 3
CLUSTER_TARGET = 1 / 3
# A level is swept at most this many times as often as the finest one.
BOOST = 16.0
SETTLING_SWEEPS = 10
# From the same cycle on each ends with pairs of areas divided again: so many trees each, and the share of a cycle's
# moves they may take (decision 0014, point 8; two trees for every pair of a first search on M).
TREES = 2
RESPLIT_SHARE = 0.33
# Nodes of a block: its arrays stay in the cache, and its rim, frozen for a cycle, is a small part of it.
BLOCK_NODES = 25_000
BLOCK_STEPS = 24


class _Turn(NamedTuple):
    """One V-cycle: how many were before it, moves it may propose for each node, the mean edge cost [dm]."""

    number: int
    moves: float
    most: int
    unit: float


def settle(
    net: Net, label: NDArray[np.int32], bands: Bands, *, unit: float, state: NDArray[np.uint64]
) -> None:
    """Only moves that better the plan, until few are left; in place."""
    for _ in range(SETTLING_SWEEPS):
        if anneal(net, label, bands, Heat(0.0, 0.0, 1, unit), state) == 0:
            break


def cycles(
    net: Net,
    label: NDArray[np.int32],
    bands: Bands,
    *,
    unit: float,
    seed: int,
    moves: int,
    threads: int = 1,
) -> NDArray[np.int32]:
    """V-cycles within a budget of proposed moves; the best met of each place, never worse than the plan given.

    The plan is the same for any number of threads.
    """
    n = len(net.persons)
    rounds = int(np.clip(moves // max(1, 40 * n), 1, CYCLES))
    most = _largest_cluster(bands)
    best, now = label.copy(), label.copy()
    for number in range(CYCLES - rounds, CYCLES):
        turn = _Turn(number, moves / rounds / max(1, n), most, unit)
        now, settled = _everywhere(net, now, bands, turn, seed, threads)
        best = better_of(net, best, settled, bands, unit)
        if number >= FROM_BEST:
            now = best.copy()
    return best


def _largest_cluster(bands: Bands) -> int:
    """Persons of the largest group of nodes that moves as one."""
    free = ~bands.extra
    if not free.any():
        return 1
    width = float((bands.high - bands.low)[free].min())
    return max(1, int(min(CLUSTER_BAND * width, CLUSTER_TARGET * float(bands.target[free].min()))))


def _everywhere(
    net: Net, label: NDArray[np.int32], bands: Bands, turn: _Turn, seed: int, threads: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """One V-cycle of every block; the warm plan it ends with, and the same settled."""
    state = seeded(seed, len(label), turn.number)
    if len(label) <= BLOCK_NODES:
        return _vcycle(net, label, bands, turn, state)
    warm, settled = label.copy(), label.copy()
    block = _blocks(net, label, len(bands.low), state)[label]
    order = np.argsort(block, kind="stable")
    edge = np.searchsorted(block[order], np.arange(int(block.max()) + 2))

    def work(number: int) -> None:
        nodes = order[edge[number] : edge[number + 1]]
        areas, dense = np.unique(label[nodes], return_inverse=True)
        if len(areas) == 1:
            return
        inner = bands_at(bands, areas)
        own = seeded(seed, len(label), turn.number, number)
        part = subnet(net, nodes)
        part = part._replace(core=np.where(part.core >= 0, np.int32(0), np.int32(-1)))
        both = _vcycle(part, dense.astype(np.int32), inner, turn, own)
        warm[nodes], settled[nodes] = (areas[found] for found in both)

    side_by_side(work, range(int(block.max()) + 1), threads)
    return warm, settled


def _blocks(
    net: Net, label: NDArray[np.int32], k: int, state: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Block of each area: connected groups of areas, drawn anew with every state."""
    areas = contract(net, label, k)
    free = np.full(k, -1, np.int32)
    areas = areas._replace(persons=np.bincount(label, minlength=k).astype(np.int64), core=free)
    _, maps, _ = ladder(
        areas, np.zeros(k, np.int32), most=BLOCK_NODES, steps=BLOCK_STEPS, state=state
    )
    block: NDArray[np.int64] = np.arange(k)
    for step in maps:
        block = step[block].astype(np.int64)
    return block


def _vcycle(
    net: Net, label: NDArray[np.int32], bands: Bands, turn: _Turn, state: NDArray[np.uint64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Coarsen inside areas, anneal from the coarsest graph to the finest; the plan, and the same settled.

    Later cycles also divide pairs of areas of the settled plan again.
    """
    n = len(net.persons)
    nets, maps, now = ladder(net, label, most=turn.most, steps=STEPS, state=state)
    share = RESPLIT_SHARE if turn.number >= FROM_BEST else 0.0
    budget = (1.0 - share) * turn.moves * n / len(nets)
    for level in range(len(nets) - 1, -1, -1):
        size = len(nets[level].persons)
        sweeps = max(1, round(min(budget / size, BOOST * budget / n)))
        cooling = CYCLE_COOLING**turn.number * LEVEL_COOLING ** (len(nets) - 1 - level)
        heat = Heat(max(HOT * cooling, COLD) * turn.unit, COLD * turn.unit, sweeps, turn.unit)
        now = np.ascontiguousarray(now)
        anneal(nets[level], now, bands, heat, state)
        if level:
            now = now[maps[level - 1]]
    settled = now.copy()
    settle(net, settled, bands, unit=turn.unit, state=state)
    if turn.number >= FROM_BEST:
        pairs = pairs_of(net, settled, len(bands.low))
        resplit(net, settled, bands, pairs, (turn.unit, TREES, share * turn.moves * n), state)
    return now, settled
