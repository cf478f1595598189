"""The cheapest choice of so many groups that hold every EA once: bound, proof and answer.

Of many groups only those that could matter enter the linear program: it begins with the cheapest of each EA, and its
prices ask for more until no group left out could better it (Gilmore and Gomory, 1961).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, hstack, identity

from census_gis.field.crews_exact import tried
from census_gis.field.crews_subsets import bit_sums, members

__all__ = ["best_cover"]

FIRST = 40  # cheapest groups of each EA the linear program begins with
MORE = 400  # groups that join it at a time
GAP = 1e-6  # below one whole unit of cost
LEFT = 1e-7  # share of an EA without a group that is no more than rounding

Cover = tuple[NDArray[np.int64], int]


@dataclass(frozen=True)
class _Relaxed:
    """The linear program solved: rows and shares of its groups, by how much each group there is is dearer than its
    EAs pay, what any choice costs at least, and how much of EAs and crews is lacking.
    """

    rows: NDArray[np.int64]
    share: NDArray[np.float64]
    dear: NDArray[np.float64]
    bound: float
    lacking: float


def best_cover(
    subsets: NDArray[np.int64], cost: NDArray[np.int64], bits: NDArray[np.int64], n_crews: int
) -> Cover | str:
    """Rows of the cheapest groups that hold every EA once, and what any such choice costs at least.

    Parameters
    ----------
    subsets
        Connected groups as bit patterns, at least one.
    cost
        Whole numbers, not negative.
    bits
        For each EA the bits of its neighbours.
    n_crews
        Number of groups to choose.

    Returns
    -------
    rows, bound
        Or 'shape' where no choice can be (proven by a linear program, or by trying all), 'open' where none was found.
    """
    shape = len(bits), n_crews
    first = _cheapest(subsets, cost, shape[0])
    relaxed = _relaxed(subsets, cost, shape, start=first, alone=2.0 * shape[0] * (cost.max() + 1))
    if relaxed.lacking > LEFT:
        free = np.zeros(len(cost), dtype=np.int64)
        least = _relaxed(subsets, free, shape, start=relaxed.rows, alone=1.0)
        if least.lacking > LEFT:
            return "shape"
        relaxed = _relaxed(subsets, cost, shape, start=least.rows, alone=np.inf)
    bound = int(np.ceil(round(relaxed.bound, 3)))
    chosen = relaxed.rows[relaxed.share > 0.5]
    if np.allclose(relaxed.share[relaxed.share > LEFT], 1) and _covers(subsets[chosen], shape):
        return chosen, bound
    chosen, all_tried = tried(subsets, relaxed.dear, bits, n_crews)
    if not len(chosen):
        return "shape" if all_tried else "open"
    return chosen, int(cost[chosen].sum()) if all_tried else bound


def _covers(chosen: NDArray[np.int64], shape: tuple[int, int]) -> bool:
    return len(chosen) == shape[1] and bool((members(chosen, shape[0]).sum(axis=0) == 1).all())


def _book(subsets: NDArray[np.int64], n: int) -> csc_matrix:
    """EAs down, groups across, and a last row that counts groups."""
    inside = members(subsets, n)
    return csc_matrix(np.vstack([inside.T, np.ones(len(inside))]).astype(np.float64))


def _relaxed(
    subsets: NDArray[np.int64], cost: NDArray[np.int64], shape: tuple[int, int],
    *, start: NDArray[np.int64], alone: float,
) -> _Relaxed:  # fmt: skip
    """Solve the linear program over all groups, from some; an EA or a crew lacking has a price, infinite: none may."""
    n, n_crews = shape
    rows, spare = start, np.isfinite(alone)
    total = np.append(np.ones(n), n_crews)
    while True:
        book = hstack([_book(subsets[rows], n), identity(n + 1)], format="csc")
        price = np.append(cost[rows], np.full(n + 1, alone if spare else 0.0)).astype(np.float64)
        most = np.append(np.full(len(rows), np.inf), np.full(n + 1, np.inf if spare else 0.0))
        answer = linprog(
            price, A_eq=book, b_eq=total, bounds=np.column_stack([np.zeros(len(most)), most]),
            method="highs",
        )  # fmt: skip
        paid = answer.eqlin.marginals
        dear = cost - bit_sums(subsets, paid[:n]) - paid[n]
        extra = np.setdiff1d(_most_wanted(dear), rows)
        if not len(extra):
            lacking = float(answer.x[len(rows) :].sum())
            bound = float(answer.fun) + n_crews * min(0.0, float(dear.min()))
            return _Relaxed(rows, answer.x[: len(rows)], dear, bound, lacking)
        rows = np.union1d(rows, extra)


def _most_wanted(dear: NDArray[np.float64]) -> NDArray[np.int64]:
    """Some groups that would better the program, the best first."""
    wanted = np.flatnonzero(dear < -GAP)
    if len(wanted) <= MORE:
        return wanted
    return wanted[np.argpartition(dear[wanted], MORE)[:MORE]]


def _cheapest(subsets: NDArray[np.int64], cost: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The cheapest groups of each EA."""
    if len(subsets) <= FIRST * n:
        return np.arange(len(subsets))
    picked = []
    for node in range(n):
        mine = np.flatnonzero((subsets >> np.int64(node)) & 1)
        picked.append(mine[np.argsort(cost[mine], kind="stable")[:FIRST]])
    return np.unique(np.concatenate(picked))
