"""Crews: EAs in connected groups of four to six, as even in work and as close together as can be, and proven so.

Of one place all connected groups are written down, each with its cost; a linear program says what any division must
cost at least, and where its answer is no division itself, its reduced costs lead and cut short a trial of all. Where
no division of EAs that touch has the sizes, EAs count as neighbours over a short gap; where that does not help, the
sizes give way one by one, and by as little as can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from census_gis.field.crews_cover import best_cover
from census_gis.field.crews_search import search
from census_gis.field.crews_subsets import (
    MOST_NODES,
    connected_subsets,
    members,
    neighbour_bits,
    pieces,
)

__all__ = ["Ground", "Grouping", "group", "group_cost"]

UNEVEN = 20.0  # cost of a crew that has twice its share of the work (choice; a crew spread over 50 km costs the same)
SPREAD_M = 2_500.0  # sum of distances to the middle that costs 1
NO_OWN = 10.0  # of a crew whose supervisor can count none of its EAs: as much as work off by 70 %
OVER_GAP = 100.0  # of each gap within a crew: above all but size
OFF_SIZE = 1_000.0  # of each EA a crew has too few or too many: above all else
WHOLE = 10_000  # costs are whole ten-thousandths
MOST_SUBSETS = 1_000_000  # groups that are written down; above, there is a search without a proof
AT_ONCE = 16_384  # groups whose cost is reckoned at once


@dataclass(frozen=True)
class Ground:
    """EAs of one place that crews are made of: connected, at least one.

    Attributes
    ----------
    load : float64, shape (n,)
        Work, in minutes or in persons.
    x, y : float64, shape (n,) [m]
    a, b : int64
        Neighbours.
    over : bool, one for each pair of neighbours
        Whether they do not touch; None where all do.
    own : bool, shape (n,)
        Whether a supervisor who enumerates can count it; None where that is not asked.
    """

    load: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    over: NDArray[np.bool_] | None = None
    own: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.load)


@dataclass(frozen=True)
class Grouping:
    """A division into crews.

    Attributes
    ----------
    label : int64, shape (n,)
        Crew of each EA, numbered by their first EA.
    value, bound : int
        Its cost, and what any division of the same sizes costs at least [ten-thousandths].
    sizes
        Fewest and most EAs that were allowed.
    legal
        Whether these are the sizes asked for.
    reason
        Why not: 'number' (so many EAs cannot be shared by so many crews), 'shape' (they lie so that no connected
        division has these sizes), 'open' (none was found and none excluded). 'shape' or 'open' also where only
        neighbours over a gap made it legal; else '' where legal.
    gaps
        Gaps within crews.
    """

    label: NDArray[np.int64]
    value: int
    bound: int
    sizes: tuple[int, int]
    legal: bool = True
    reason: str = ""
    gaps: int = 0

    @property
    def proven(self) -> bool:
        """Whether nothing is better."""
        return self.bound >= self.value


def group(
    ground: Ground, n_crews: int, *, sizes: tuple[int, int],
    further: Callable[[], Ground] | None = None,
) -> Grouping:  # fmt: skip
    """Divide a place into so many crews.

    Parameters
    ----------
    ground
        EAs and who is beside whom.
    n_crews
        Number of crews, at least 1 and at most the number of EAs.
    sizes
        Fewest and most EAs of a crew.
    further
        The same place with neighbours over short gaps too; asked for only where it is needed.

    Returns
    -------
    Grouping
        The best there is. Without one of these sizes, of the nearest sizes that can be had.
    """
    n = len(ground)
    if n_crews == 1:
        return _one(ground, sizes)
    reason = "" if sizes[0] * n_crews <= n <= sizes[1] * n_crews else "number"
    places = [ground]
    allowed = sizes
    while True:
        if allowed[0] * n_crews <= n <= allowed[1] * n_crews:
            for nth in (0, 1):
                if nth == len(places) and further is not None:
                    places.append(further())
                if nth == len(places):
                    break
                done = _divided(places[nth], n_crews, (sizes, allowed), reason)
                if isinstance(done, Grouping):
                    return done
                if done == "many" and nth == 0:
                    return _searched(ground, n_crews, sizes, reason)
                reason = reason or ("open" if done == "many" else done)
        allowed = (max(allowed[0] - 1, 1), min(allowed[1] + 1, n))


def group_cost(
    ground: Ground, inside: NDArray[np.bool_], target: float, sizes: tuple[int, int]
) -> NDArray[np.int64]:
    """Cost of groups: uneven work, spread over the ground, size [ten-thousandths]; one row of `inside` a group."""
    load = inside @ ground.load
    size = inside.sum(axis=1)
    x, y = (inside @ ground.x) / size, (inside @ ground.y) / size
    away = np.hypot(ground.x[None, :] - x[:, None], ground.y[None, :] - y[:, None])
    uneven = ((load - target) / target) ** 2 if target else np.zeros(len(load))
    off = np.maximum(sizes[0] - size, 0) + np.maximum(size - sizes[1], 0)
    cost = UNEVEN * uneven + (away * inside).sum(axis=1) / SPREAD_M + OFF_SIZE * off
    if ground.own is not None and ground.own.any():
        cost += NO_OWN * ~inside[:, ground.own].any(axis=1)
    return np.rint(cost * WHOLE).astype(np.int64)


def _one(ground: Ground, sizes: tuple[int, int]) -> Grouping:
    n = len(ground)
    whole = np.ones((1, n), dtype=bool)
    value = int(group_cost(ground, whole, float(ground.load.sum()), sizes)[0])
    legal = sizes[0] <= n <= sizes[1]
    allowed = sizes if legal else (min(n, sizes[0]), max(n, sizes[1]))
    return Grouping(np.zeros(n, np.int64), value, value, allowed, legal, "" if legal else "number")


def _divided(
    ground: Ground, n_crews: int, sizes: tuple[tuple[int, int], tuple[int, int]], reason: str
) -> Grouping | str:
    """The best division with sizes asked for and allowed; else 'shape' (there is none), 'open', or 'many' groups."""
    asked, allowed = sizes
    n = len(ground)
    if n > MOST_NODES:
        return "many"
    bits = neighbour_bits(n, ground.a, ground.b)
    subsets = connected_subsets(bits, allowed, most=MOST_SUBSETS)
    if not len(subsets):
        return "many"
    gaps = _gaps(ground, subsets)
    cost = _costs(ground, subsets, n_crews, asked) + round(OVER_GAP * WHOLE) * gaps
    found = best_cover(subsets, cost, bits, n_crews)
    if isinstance(found, str):
        return found
    chosen, bound = found
    legal = reason != "number" and allowed == asked
    return Grouping(
        _labels(members(subsets[chosen], n)), int(cost[chosen].sum()), bound, allowed,
        legal, reason, int(gaps[chosen].sum()),
    )  # fmt: skip


def _gaps(ground: Ground, subsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Gaps within groups: pieces of EAs that touch, less one."""
    if ground.over is None or not ground.over.any():
        return np.zeros(len(subsets), dtype=np.int64)
    touching = ~ground.over
    return pieces(subsets, neighbour_bits(len(ground), ground.a[touching], ground.b[touching])) - 1


def _costs(
    ground: Ground, subsets: NDArray[np.int64], n_crews: int, sizes: tuple[int, int]
) -> NDArray[np.int64]:
    """Cost of many groups, some at a time to spare memory."""
    target = float(ground.load.sum()) / n_crews
    starts = range(0, len(subsets), AT_ONCE)
    parts = (members(subsets[start : start + AT_ONCE], len(ground)) for start in starts)
    return np.concatenate([group_cost(ground, inside, target, sizes) for inside in parts])


def _labels(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Crew of each EA, numbered by their first EA."""
    order = np.argsort(inside.argmax(axis=1), kind="stable")
    return np.argmax(inside[order], axis=0).astype(np.int64)


def _searched(ground: Ground, n_crews: int, sizes: tuple[int, int], reason: str) -> Grouping:
    """Where groups are too many to write down: a search, whose value stands without a proof."""
    target = float(ground.load.sum()) / n_crews
    label = search(ground.load, (ground.x, ground.y), (ground.a, ground.b), n_crews, sizes)
    inside = label[None, :] == np.arange(n_crews)[:, None]
    cost = group_cost(ground, inside, target, sizes)
    size = inside.sum(axis=1)
    legal = bool(((size >= sizes[0]) & (size <= sizes[1])).all())
    allowed = sizes if legal else (int(size.min()), int(size.max()))
    return Grouping(
        _labels(inside), int(cost.sum()), 0, allowed, legal, "" if legal else reason or "open"
    )
