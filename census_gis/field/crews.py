"""Crews: EAs in connected groups of four to six, as even in work and as close together as can be, and proven so.

Of one place all connected groups are written down, each with its cost; a linear program says what any division must
cost at least, its reduced costs strike out the groups no best division can hold, and the few that remain are decided
exactly. Where no division keeps the sizes, they give way one by one, and by as little as can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_matrix

from census_gis.field.crews_search import search
from census_gis.field.crews_subsets import (
    MOST_NODES,
    connected_subsets,
    members,
    neighbour_bits,
)

__all__ = ["Ground", "Grouping", "group", "group_cost"]

UNEVEN = 20.0  # cost of a crew that has twice its share of the work (choice; a crew spread over 50 km costs the same)
SPREAD_M = 2_500.0  # sum of distances to the middle that costs 1
OFF_SIZE = 1_000.0  # cost of each EA a crew has too few or too many: above all else
WHOLE = 10_000  # costs are whole ten-thousandths
MOST_SUBSETS = 150_000  # groups that are written down; above, there is a search without a proof
FEW = 500  # groups that are decided without a first answer
NODES = 20_000  # branches of the exact decision
INFEASIBLE = 2  # status of scipy's linprog
GAP = 1e-6  # below one whole unit of cost


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
    """

    load: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]

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
        division has these sizes), 'open' (none was found and none excluded); '' where legal.
    """

    label: NDArray[np.int64]
    value: int
    bound: int
    sizes: tuple[int, int]
    legal: bool = True
    reason: str = ""

    @property
    def proven(self) -> bool:
        """Whether nothing is better."""
        return self.bound >= self.value


def group(ground: Ground, n_crews: int, *, sizes: tuple[int, int]) -> Grouping:
    """Divide a place into so many crews.

    Parameters
    ----------
    ground
        EAs and who is beside whom.
    n_crews
        Number of crews, at least 1 and at most the number of EAs.
    sizes
        Fewest and most EAs of a crew.

    Returns
    -------
    Grouping
        The best there is. Without one of these sizes, of the nearest sizes that can be had.
    """
    n = len(ground)
    if n_crews == 1:
        return _one(ground, sizes)
    reason = "" if sizes[0] * n_crews <= n <= sizes[1] * n_crews else "number"
    allowed = sizes
    while True:
        if allowed[0] * n_crews <= n <= allowed[1] * n_crews:
            subsets = _subsets(ground, allowed)
            if not len(subsets):
                return _searched(ground, n_crews, sizes, reason)
            found = _exact(ground, n_crews, subsets, (sizes, allowed))
            if not isinstance(found, str):
                return Grouping(*found, allowed, not reason, reason)
            reason = reason or found
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
    return np.rint(cost * WHOLE).astype(np.int64)


def _one(ground: Ground, sizes: tuple[int, int]) -> Grouping:
    n = len(ground)
    whole = np.ones((1, n), dtype=bool)
    value = int(group_cost(ground, whole, float(ground.load.sum()), sizes)[0])
    legal = sizes[0] <= n <= sizes[1]
    allowed = sizes if legal else (min(n, sizes[0]), max(n, sizes[1]))
    return Grouping(np.zeros(n, np.int64), value, value, allowed, legal, "" if legal else "number")


def _subsets(ground: Ground, sizes: tuple[int, int]) -> NDArray[np.int64]:
    """Connected groups, none when they are too many."""
    n = len(ground)
    if n > MOST_NODES:
        return np.empty(0, np.int64)
    return connected_subsets(neighbour_bits(n, ground.a, ground.b), sizes, most=MOST_SUBSETS)


def _exact(
    ground: Ground, n_crews: int, subsets: NDArray[np.int64],
    sizes: tuple[tuple[int, int], tuple[int, int]],
) -> tuple[NDArray[np.int64], int, int] | str:  # fmt: skip
    """Labels, cost and bound of the best division; else 'shape' where there is none, 'open' where none was found."""
    inside = members(subsets, len(ground))
    cost = group_cost(ground, inside, float(ground.load.sum()) / n_crews, sizes[0])
    book = csc_matrix(np.vstack([inside.T, np.ones(len(inside))]).astype(np.float64))
    total = np.append(np.ones(len(ground)), n_crews)
    relaxed = linprog(cost, A_eq=book, b_eq=total, bounds=(0, None), method="highs")
    if relaxed.x is None:
        return "shape" if relaxed.status == INFEASIBLE else "open"
    bound = int(np.ceil(round(relaxed.fun, 3)))
    chosen = np.flatnonzero(relaxed.x > 0.5)
    if not np.allclose(relaxed.x[chosen], 1) or not _covers(inside[chosen]):
        dear = cost - book.T @ relaxed.eqlin.marginals
        chosen, bound = _decided(cost, book, total, (dear, bound))
    if not len(chosen):
        return "open"
    return _labels(inside[chosen]), int(cost[chosen].sum()), bound


def _covers(inside: NDArray[np.bool_]) -> bool:
    return bool(len(inside)) and bool((inside.sum(axis=0) == 1).all())


def _decided(
    cost: NDArray[np.int64], book: csc_matrix, total: NDArray[np.float64],
    relaxed: tuple[NDArray[np.float64], int],
) -> tuple[NDArray[np.int64], int]:  # fmt: skip
    """Rows of the best groups and the bound: first among the cheap ones, then among all that could better it."""
    dear, bound = relaxed
    everything = np.arange(len(cost))
    ceiling = np.inf
    best = everything[:0]
    if len(cost) > FEW:
        cheap = np.sort(np.argsort(dear, kind="stable")[:FEW])
        best, _ = _chosen(cost, book, total, cheap)
        if len(best):
            ceiling = float(cost[best].sum())
    keep = everything if np.isinf(ceiling) else np.flatnonzero(dear <= ceiling - bound + 1)
    found, least = _chosen(cost, book, total, keep)
    if not len(found):
        return best, bound
    return found, max(bound, least)


def _chosen(
    cost: NDArray[np.int64], book: csc_matrix, total: NDArray[np.float64], keep: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """Best groups out of some, none where they cannot cover the place, and the bound for these."""
    answer = milp(
        cost[keep].astype(np.float64), constraints=LinearConstraint(book[:, keep], total, total),
        integrality=np.ones(len(keep)), bounds=Bounds(0, 1),
        options={"mip_rel_gap": GAP, "node_limit": NODES},
    )  # fmt: skip
    if answer.x is None:
        return keep[:0], 0
    return keep[answer.x > 0.5], int(np.ceil(answer.mip_dual_bound - 0.5))


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
