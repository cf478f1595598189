"""Several small EAs for one person: as many EAs placed as can be, then the longest working time as short as can be.

First the longest EA to whom it makes least late, then moves and exchanges while they help; then the exact answer, within
a budget of branches. The bound says what nobody can better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix

from census_gis.field.matching import NOBODY

__all__ = ["Shared", "share"]

NODES = 2_000  # branches of the exact answer
LARGEST = 1_500  # pairs of EA and person up to which it is asked for


@dataclass(frozen=True)
class Shared:
    """Person of each EA (-1: nobody), the longest time, and what it is at least for so many EAs placed.

    `proven`: nothing is better, neither in EAs placed nor in time.
    """

    person: NDArray[np.int64]
    value: int
    bound: int
    proven: bool


def share(
    load: NDArray[np.int64], persons: NDArray[np.int64], capacity: NDArray[np.int64],
    *, allowed: NDArray[np.bool_], most_each: int,
) -> Shared:  # fmt: skip
    """Share EAs out.

    Parameters
    ----------
    load : shape (n,)
        Time of each EA, whole minutes (or persons).
    persons : shape (n,)
    capacity : shape (m,)
        Most persons of each person; -1 for no limit. One EA alone is held against nobody's capacity here:
        `allowed` has decided it.
    allowed : shape (n, m)
    most_each
        Most EAs of one person.
    """
    n, m = allowed.shape
    if not n or not m:
        return Shared(np.full(n, NOBODY, np.int64), 0, 0, True)
    limit = np.where(capacity < 0, np.iinfo(np.int64).max // 4, capacity)
    order = np.argsort(-load, kind="stable")
    person = _placed(load, persons, limit, allowed, most_each, order)
    _bettered(load, persons, limit, allowed, most_each, person)
    value, short = _longest(load, person, m), int((person == NOBODY).sum())
    bound = _simple_bound(load, m, short)
    if (value > bound or short) and allowed.sum() <= LARGEST:
        answer = _exact(load, persons, limit, allowed, most_each)
        if answer is not None:
            better, least = answer
            key = (int((better == NOBODY).sum()), _longest(load, better, m))
            if key < (short, value):
                person, (short, value) = better, key
            fewest, time = divmod(least, int(load.sum()) + 1)
            if fewest >= short:
                return Shared(person, value, max(time, bound if not short else 0), value <= time)
            return Shared(person, value, bound, False)
    return Shared(person, value, bound, value <= bound and not short)


def _longest(load: NDArray[np.int64], person: NDArray[np.int64], n_people: int) -> int:
    placed = person != NOBODY
    return int(np.bincount(person[placed], load[placed], n_people).max(initial=0))


def _simple_bound(load: NDArray[np.int64], n_people: int, short: int) -> int:
    """Mean, longest, and the two that must share a person; of the shortest EAs where some have nobody."""
    order = np.sort(load)[: len(load) - short][::-1]
    if not len(order):
        return 0
    bound = max(-(-int(order.sum()) // n_people), int(order[0]))
    if len(order) > n_people:
        bound = max(bound, int(order[n_people - 1] + order[n_people]))
    return bound


@njit(cache=True)
def _placed(
    load: NDArray[np.int64], persons: NDArray[np.int64], limit: NDArray[np.int64],
    allowed: NDArray[np.bool_], most_each: int, order: NDArray[np.int64],
) -> NDArray[np.int64]:  # fmt: skip
    """The longest first, each to whom it makes least late."""
    n, m = allowed.shape
    person = np.full(n, NOBODY, np.int64)
    work, held, count = np.zeros(m, np.int64), np.zeros(m, np.int64), np.zeros(m, np.int64)
    for i in order:
        best = -1
        for k in range(m):
            if (
                not allowed[i, k]
                or count[k] >= most_each
                or (count[k] > 0 and held[k] + persons[i] > limit[k])
            ):
                continue
            if best < 0 or work[k] < work[best]:
                best = k
        if best >= 0:
            person[i] = best
            work[best] += load[i]
            held[best] += persons[i]
            count[best] += 1
    return person


@njit(cache=True)
def _bettered(
    load: NDArray[np.int64], persons: NDArray[np.int64], limit: NDArray[np.int64],
    allowed: NDArray[np.bool_], most_each: int, person: NDArray[np.int64],
) -> None:  # fmt: skip
    """Move an EA of the busiest to somebody else, or exchange it, as long as both are then less busy."""
    n, m = allowed.shape
    work, held, count = np.zeros(m, np.int64), np.zeros(m, np.int64), np.zeros(m, np.int64)
    for i in range(n):
        if person[i] >= 0:
            work[person[i]] += load[i]
            held[person[i]] += persons[i]
            count[person[i]] += 1
    while True:
        busy = 0
        for k in range(m):
            if work[k] > work[busy]:
                busy = k
        least, one, other, whom = work[busy], -1, -1, -1
        for i in range(n):
            if person[i] != busy:
                continue
            for k in range(m):
                if k == busy or not allowed[i, k] or count[k] >= most_each:
                    continue
                if count[k] > 0 and held[k] + persons[i] > limit[k]:
                    continue
                late = max(work[busy] - load[i], work[k] + load[i])
                if late < least:
                    least, one, other, whom = late, i, -1, k
            for j in range(n):
                k = person[j]
                if (
                    k < 0
                    or k == busy
                    or load[j] >= load[i]
                    or not allowed[i, k]
                    or not allowed[j, busy]
                ):
                    continue
                if count[k] > 1 and held[k] - persons[j] + persons[i] > limit[k]:
                    continue
                if count[busy] > 1 and held[busy] - persons[i] + persons[j] > limit[busy]:
                    continue
                late = max(work[busy] - load[i] + load[j], work[k] + load[i] - load[j])
                if late < least:
                    least, one, other, whom = late, i, j, k
        if one < 0:
            return
        _moved(one, whom, load, persons, person, work, held, count)
        if other >= 0:
            _moved(other, busy, load, persons, person, work, held, count)


@njit(cache=True)
def _moved(
    i: int, whom: int, load: NDArray[np.int64], persons: NDArray[np.int64], person: NDArray[np.int64],
    work: NDArray[np.int64], held: NDArray[np.int64], count: NDArray[np.int64],
) -> None:  # fmt: skip
    """One EA goes to somebody else."""
    old = person[i]
    work[old] -= load[i]
    held[old] -= persons[i]
    count[old] -= 1
    person[i] = whom
    work[whom] += load[i]
    held[whom] += persons[i]
    count[whom] += 1


def _exact(
    load: NDArray[np.int64], persons: NDArray[np.int64], limit: NDArray[np.int64],
    allowed: NDArray[np.bool_], most_each: int,
) -> tuple[NDArray[np.int64], int] | None:  # fmt: skip
    """The best plan found and the bound: EAs with nobody times all the time there is and one, plus the longest time."""
    n, m = allowed.shape
    i, k = np.nonzero(allowed)
    pairs = np.arange(len(i))
    n_columns = len(i) + n + 1  # pairs, EAs with nobody, the longest time
    alone = len(i) + np.arange(n)
    # Somebody with one EA is held to no limit of persons, with two or more to their own.
    room = np.minimum(limit, int(persons.sum()))
    weight = np.minimum(persons[i], room[k])
    blocks = [
        (np.concatenate([i, np.arange(n)]), np.concatenate([pairs, alone]), np.ones(len(i) + n)),
        (n + k, pairs, load[i]),
        (n + np.arange(m), np.full(m, n_columns - 1), np.full(m, -1.0)),
        (n + m + k, pairs, np.ones(len(i))),
        (n + 2 * m + k, pairs, weight),
    ]
    rows, columns, values = (np.concatenate([block[q] for block in blocks]) for q in range(3))
    table = coo_matrix((values, (rows, columns)), shape=(n + 3 * m, n_columns)).tocsc()
    low = np.concatenate([np.ones(n), np.full(3 * m, -np.inf)])
    high = np.concatenate([np.ones(n), np.zeros(m), np.full(m, most_each), room])
    cost = np.zeros(n_columns)
    cost[alone], cost[-1] = load.sum() + 1, 1
    whole = np.append(np.ones(n_columns - 1), 0)
    answer = milp(
        cost, constraints=LinearConstraint(table, low, high), integrality=whole,
        bounds=Bounds(0, np.append(np.ones(n_columns - 1), np.inf)),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )  # fmt: skip
    if answer.x is None:
        return None
    person = np.full(n, NOBODY, dtype=np.int64)
    chosen = np.flatnonzero(answer.x[: len(i)] > 0.5)
    person[i[chosen]] = k[chosen]
    return person, int(np.ceil(answer.mip_dual_bound - 1e-6))
