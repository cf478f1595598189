"""A connected graph to divide, and what each of its areas should hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from census_gis.partitioning.network import Bands, Net, bands_at, persons_of
from census_gis.partitioning.objective import energy, strain
from census_gis.partitioning.start import Size

__all__ = [
    "Task", "bands_by_core", "bands_of", "energy_of", "first_cores", "outside", "with_ordinary",
]  # fmt: skip


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
    return with_ordinary(task.own, task.size, k - len(task.own.low))


def with_ordinary(bands: Bands, size: Size, more: int) -> Bands:
    """Bands with so many more ordinary areas."""
    low, target, high = (np.full(more, bound) for bound in (size.low, size.target, size.high))
    return Bands(
        np.r_[bands.low, low], np.r_[bands.target, target], np.r_[bands.high, high],
        np.r_[bands.extra, np.zeros(more, np.bool_)], size.deviation,
    )  # fmt: skip


def bands_by_core(task: Task) -> Bands:
    """Band of an ordinary area, then those of the cores."""
    own = len(task.own.low)
    return bands_at(bands_of(task, own + 1), np.r_[own, :own])


def energy_of(task: Task, label: NDArray[np.int32]) -> float:
    """Cost of a plan with its strains [dm], areas of cores first."""
    return float(energy(task.net, label, bands_of(task, int(label.max()) + 1), task.unit))


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
