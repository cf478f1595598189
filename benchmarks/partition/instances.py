"""The building graphs of the comparison: read, put in order, and made harder.

An instance is an .npz file with `pop` [persons], `edges` (m, 2), `flen` [m] border length of each edge, `bar` (the
border lies on a road, water or railway), `xy` (n, 2) [m], and, where the cells are at hand, `carea` [m2] area of
each building's cell and `outer` [m] its border on the edge of the place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from census_gis.partitioning.problem import Problem

TARGET = 300
CAP_M = 200.0
BARRIER = 0.2
GRID = 65_535


@dataclass(frozen=True)
class Instance:
    """One graph: the problem, and what only some methods or only the table look at."""

    problem: Problem
    metres: np.ndarray
    barrier: np.ndarray
    xy: np.ndarray
    area: np.ndarray | None
    outer: np.ndarray | None


def load(path: Path, band: float) -> Instance:
    """The instance with neighbours near in memory; area and outer are None where the file has no cells."""
    with np.load(path, allow_pickle=True) as given:
        persons, edges, xy = given["pop"], given["edges"], given["xy"]
        metres, barrier = given["flen"], given["bar"]
        cells = [given.get(name) for name in ("carea", "outer")]
    order = along_curve(xy)
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
    area, outer = (None if cell is None else cell[order] for cell in cells)
    return Instance(problem, metres, barrier, xy[order], area, outer)


def along_curve(xy: np.ndarray) -> np.ndarray:
    """Order of the points along a Z-order curve."""
    grid = ((xy - xy.min(axis=0)) / np.ptp(xy, axis=0).max() * GRID).astype(np.uint64)
    curve = np.zeros(len(xy), np.uint64)
    for bit in range(16):
        for axis in (0, 1):
            curve |= (grid[:, axis] >> np.uint64(bit) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return np.argsort(curve, kind="stable")


def wished(problem: Problem) -> int:
    """Number of areas a peer is asked for."""
    return round(int(problem.persons.sum()) / TARGET)


def disconnected(given: Instance) -> Instance:
    """The instance twice, side by side, without an edge between the two."""
    problem = given.problem
    n = len(problem.persons)
    twice = replace(
        problem, persons=np.tile(problem.persons, 2), cost=np.tile(problem.cost, 2),
        a=np.concatenate([problem.a, problem.a + n]).astype(np.int32),
        b=np.concatenate([problem.b, problem.b + n]).astype(np.int32),
        alone=np.tile(problem.alone, 2), family=np.tile(problem.family, 2),
    )  # fmt: skip
    aside = given.xy + np.array([2 * np.ptp(given.xy[:, 0]), 0.0])
    area, outer = (None if cell is None else np.tile(cell, 2) for cell in (given.area, given.outer))
    return Instance(
        twice, np.tile(given.metres, 2), np.tile(given.barrier, 2),
        np.vstack([given.xy, aside]), area, outer,
    )  # fmt: skip


def oversized(given: Instance) -> Instance:
    """One building in a hundred holds 400 persons, more than an area may."""
    problem = given.problem
    rng = np.random.default_rng(0)
    large = rng.choice(len(problem.persons), len(problem.persons) // 100, replace=False)
    persons, alone = problem.persons.copy(), problem.alone.copy()
    persons[large], alone[large] = 400, True
    return replace(given, problem=replace(problem, persons=persons, alone=alone))


STRESS = {"disconnected": disconnected, "oversized": oversized}
