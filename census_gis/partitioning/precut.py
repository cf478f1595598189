"""Cutting one large piece of land into blocks: on groups of atoms first, then atom by atom.

A block holds some thousand atoms. Searched for directly, areas that large cost more with the square of the district;
on groups of a hundredth of a block the same search is short, and what follows only straightens the lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from census_gis.partitioning.coarsen import ladder
from census_gis.partitioning.draws import seeded
from census_gis.partitioning.network import Bands, Net, build
from census_gis.partitioning.objective import unit_of
from census_gis.partitioning.problem import Problem
from census_gis.partitioning.refine import cycles

__all__ = ["MOVES_PER_ATOM", "Search", "cut_in_blocks"]

# Proposed moves for each atom: a tenth of what EAs get, since a block is some twenty-five of them.
MOVES_PER_ATOM = 200
# Blocks of half as much again as the least leave the search room on both sides.
ROOM = 1.5
# From so many atoms on groups are cut first, each of at most this part of the least block (finer groups cost more
# for the same lines, coarser ones give lines 10 % dearer), with as many moves for each as an atom has in all.
GROUPED_FROM = 20_000
GRAIN = 1 / 80
MOVES_PER_GROUP = 1000
# Steps of joining, each at best in pairs.
STEPS = 24
# With more blocks than this, one too small joins a neighbour; up to it, fewer are searched for, one by one.
MANY = 16

Search = Callable[..., NDArray[np.int32]]


def cut_in_blocks(
    piece: Problem, search: Search, bounds: tuple[int, int], seed: int
) -> NDArray[np.int64]:
    """Blocks of one connected piece of land: as many as leave room, fewer where that cannot be.

    Parameters
    ----------
    piece : Problem
        Its band does not matter.
    search
        `census_gis.partitioning.solve.grouped`.
    bounds : persons above which land is cut, fewest persons of a block

    Returns
    -------
    int64, shape (n,)
        0 .. blocks - 1, each connected with at least the fewest persons; all 0 where nothing can be cut.
    """
    least = bounds[1]
    count = max(2, round(int(piece.persons.sum()) / (ROOM * least)))
    while count > 1:
        label = _searched(_with_band(piece, count, bounds), search, seed)
        if int(np.bincount(label, piece.persons).min()) >= least and label.max() > 0:
            return label
        if count > MANY:
            return _joined(piece, label, least)
        count -= 1
    return np.zeros(len(piece.persons), np.int64)


def _with_band(piece: Problem, count: int, bounds: tuple[int, int]) -> Problem:
    """The question with the band of so many blocks."""
    above, least = bounds
    mean = int(piece.persons.sum()) // count
    return replace(piece, low=min(least, mean), target=max(mean, 1), high=max(above, mean + 1))


def _searched(asked: Problem, search: Search, seed: int) -> NDArray[np.int64]:
    """Areas inside the band as far as a search of bounded length finds them."""
    n = len(asked.persons)
    if n < GROUPED_FROM:
        return search(asked, seed=seed, moves=MOVES_PER_ATOM * n).astype(np.int64)
    net = _net(asked)
    groups, group = _groups(net, int(GRAIN * asked.low), seed)
    coarse = _as_problem(groups, asked)
    label = search(coarse, seed=seed, moves=MOVES_PER_GROUP * len(groups.persons))[group]
    k = int(label.max()) + 1
    low, target, high = (np.full(k, float(at)) for at in (asked.low, asked.target, asked.high))
    bands = Bands(low, target, high, np.zeros(k, np.bool_), asked.deviation)
    fine = cycles(net, label, bands, unit=unit_of(net), seed=seed, moves=MOVES_PER_ATOM * n)
    return fine.astype(np.int64)


def _net(problem: Problem) -> Net:
    """The graph of a problem without areas of their own."""
    nobody = np.full(len(problem.persons), -1, np.int32)
    return build(problem.persons, nobody, problem.a, problem.b, problem.cost)


def _groups(net: Net, most: int, seed: int) -> tuple[Net, NDArray[np.int64]]:
    """The graph of connected groups of at most `most` persons (or one node), and the group of each node."""
    n = len(net.persons)
    everywhere = np.zeros(n, np.int32)
    nets, maps, _ = ladder(
        net, everywhere, most=max(1, most), steps=STEPS, state=seeded(seed, 3, n)
    )
    group = np.arange(n)
    for step in maps:
        group = step[group].astype(np.int64)
    return nets[-1], group


def _as_problem(net: Net, asked: Problem) -> Problem:
    """A graph as a problem with the band of another."""
    n = len(net.persons)
    tail = np.repeat(np.arange(n, dtype=np.int32), np.diff(net.start))
    once = tail < net.to
    none = np.full(n, -1, np.int32)
    return Problem(
        net.persons, tail[once], net.to[once], net.cost[once], none >= 0, none,
        low=asked.low, target=asked.target, high=asked.high, deviation=asked.deviation,
    )  # fmt: skip


def _joined(piece: Problem, label: NDArray[np.int64], least: int) -> NDArray[np.int64]:
    """The blocks with each that is too small joined to the smallest one beside it, the smallest first."""
    held = np.bincount(label, piece.persons)
    name = np.arange(len(held))
    one, two = label[piece.a], label[piece.b]
    one, two = one[one != two], two[one != two]
    while len(np.unique(name)) > 1:
        alive = np.flatnonzero(name == np.arange(len(name)))
        small = int(alive[np.argmin(held[alive])])
        if held[small] >= least:
            break
        near = np.unique(np.r_[name[two[name[one] == small]], name[one[name[two] == small]]])
        near = near[near != small]
        host = int(near[np.argmin(held[near])])
        held[host] += held[small]
        name[name == small] = host
    return np.unique(name[label], return_inverse=True)[1].astype(np.int64)
