"""A connected graph to divide, and what each of its areas should hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from census_gis.partitioning.network import Bands, Net, persons_of
from census_gis.partitioning.objective import strain
from census_gis.partitioning.start import Size

__all__ = ["Task", "bands_of", "first_cores", "outside"]


@dataclass(frozen=True)
class Task:
    """A connected graph, the bands of its areas of their own, and what an ordinary area should hold.

    `ideal` is the number of ordinary areas wanted; areas 0 .. len(own.low) - 1 are those of the cores.
    `exact`: no other number will do.
    """

    net: Net
    own: Bands
    size: Size
    ideal: int
    unit: float
    exact: bool = False


def bands_of(task: Task, k: int) -> Bands:
    """Bands of k areas, those of the cores first."""
    more = k - len(task.own.low)
    return Bands(
        np.concatenate([task.own.low, np.full(more, task.size.low)]),
        np.concatenate([task.own.target, np.full(more, task.size.target)]),
        np.concatenate([task.own.high, np.full(more, task.size.high)]),
        np.concatenate([task.own.extra, np.zeros(more, np.bool_)]),
    )


def outside(task: Task, label: NDArray[np.int32]) -> NDArray[np.int64]:
    """Areas outside their band or with guests, the worst first."""
    k = int(label.max()) + 1
    bands = bands_of(task, k)
    total = persons_of(task.net, label, k)
    wrong = np.flatnonzero(
        (total < bands.low) | (total > bands.high) | (bands.extra & (total > bands.target))
    )
    pain = np.array([strain(total[area], area, bands) for area in wrong.tolist()])
    return wrong[np.lexsort((wrong, -pain))]


def first_cores(task: Task, label: NDArray[np.int32]) -> NDArray[np.int32]:
    """Areas of cores first, by core; then the others by their first node."""
    core = task.net.core
    areas, first, dense = np.unique(label, return_index=True, return_inverse=True)
    hearts = np.flatnonzero(core >= 0)
    number = np.full(len(areas), -1, np.int64)
    number[dense[hearts]] = core[hearts]
    others = np.flatnonzero(number < 0)
    number[others[np.argsort(first[others], kind="stable")]] = len(task.own.low) + np.arange(
        len(others)
    )
    return number[dense].astype(np.int32)
