"""The cheapest one-to-one matching of work to people, and the proof that no more can be placed.

Work and people are numbers; an arc says that a person may do a piece of work and what it costs. Every piece of work
has a stand-in nobody would choose: work that ends with its stand-in has nobody. So the matching places as many as can
be placed and, among all such ways, the cheapest one; both exactly, in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from census_gis.field.augment import augmented

__all__ = [
    "NOBODY",
    "Arcs",
    "Matching",
    "alone_cost",
    "cheapest",
    "cost_of",
    "most",
    "prices",
    "without_choice",
]

NOBODY = -1


@dataclass(frozen=True)
class Arcs:
    """Who may do what.

    Attributes
    ----------
    work, person : int64, shape (m,)
        Rows of work and of people; each pair at most once, ordered by work, then person.
    cost : int64, shape (m,), not negative
        What it costs; any unit, here metres.
    n_work, n_people
        Number of both.
    """

    work: NDArray[np.int64]
    person: NDArray[np.int64]
    cost: NDArray[np.int64]
    n_work: int
    n_people: int

    @classmethod
    def of(
        cls, work: NDArray[np.int64], person: NDArray[np.int64], cost: NDArray[np.int64],
        *, shape: tuple[int, int],
    ) -> Arcs:  # fmt: skip
        """In order, whatever the order given; of a pair given twice the cheaper one stays."""
        order = np.lexsort((cost, person, work))
        work, person, cost = work[order], person[order], cost[order]
        new = np.ones(len(work), dtype=bool)
        new[1:] = (np.diff(work) != 0) | (np.diff(person) != 0)
        return cls(work[new], person[new], cost[new], *shape)

    def start(self) -> NDArray[np.int64]:
        """Arcs of work w are rows ``start[w]:start[w + 1]``."""
        return np.searchsorted(self.work, np.arange(self.n_work + 1)).astype(np.int64)


@dataclass(frozen=True)
class Matching:
    """Person of each piece of work (`NOBODY` where none can be had), the cost of all, and how many have nobody."""

    person: NDArray[np.int64]
    cost: int
    short: int


def cheapest(arcs: Arcs) -> Matching:
    """Place as many pieces of work as can be placed, each person doing one at most, at the least cost.

    Costs are whole numbers below 2**63 in all: enough for a million pieces of work at a thousand km each.

    Examples
    --------
    >>> arcs = Arcs.of(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([1, 5, 1]), shape=(2, 2))
    >>> cheapest(arcs).person.tolist(), cheapest(arcs).cost
    ([1, 0], 6)
    """
    n, m = arcs.n_work, arcs.n_people
    if n == 0:
        return Matching(np.empty(0, np.int64), 0, 0)
    person = augmented(arcs.start(), arcs.person, arcs.cost, m, alone_cost(arcs))
    return Matching(person, cost_of(arcs, person), int((person == NOBODY).sum()))


def alone_cost(arcs: Arcs) -> int:
    """What work with nobody costs: above what all other work could save."""
    return (int(arcs.cost.max(initial=0)) + 2) * (arcs.n_work + 1)


def cost_of(arcs: Arcs, person: NDArray[np.int64]) -> int:
    """Cost of a matching."""
    return int(arcs.cost[person[arcs.work] == arcs.person].sum())


def most(arcs: Arcs) -> int:
    """How many pieces of work can be placed at all: a maximum matching by another algorithm (Hopcroft-Karp)."""
    ones = np.ones(len(arcs.work), np.int8)
    table = csr_matrix((ones, (arcs.work, arcs.person)), shape=(arcs.n_work, arcs.n_people))
    return int((maximum_bipartite_matching(table, perm_type="column") >= 0).sum())


def without_choice(
    arcs: Arcs, person: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Work that competes for too few people, and those people: what proves a shortage (Hall, 1935).

    From work that has nobody, go to everybody who may do it, from them to what they do instead, and so on. All that
    is reached shares the people reached, and outnumbers them by exactly the work that has nobody.

    Parameters
    ----------
    arcs
        All arcs.
    person
        A matching that places as many as can be placed.

    Returns
    -------
    work, people
        Rows, ascending; ``len(work) - len(people)`` is the number of pieces of work with nobody.
    """
    start = arcs.start()
    does = np.full(arcs.n_people, NOBODY, dtype=np.int64)
    placed = np.flatnonzero(person != NOBODY)
    does[person[placed]] = placed
    reached = person == NOBODY
    asked = np.zeros(arcs.n_people, dtype=bool)
    open_ = np.flatnonzero(reached).tolist()
    while open_:
        work = open_.pop()
        for who in arcs.person[start[work] : start[work + 1]]:
            if not asked[who]:
                asked[who] = True
                other = int(does[who])  # not NOBODY: the matching could grow then
                if not reached[other]:
                    reached[other] = True
                    open_.append(other)
    return np.flatnonzero(reached), np.flatnonzero(asked)


@njit(cache=True)
def _raise(
    start: NDArray[np.int64], person: NDArray[np.int64], cost: NDArray[np.int64],
    does: NDArray[np.int64], price: NDArray[np.int64], paid: NDArray[np.int64],
    queue: NDArray[np.int64],
) -> None:  # fmt: skip
    """Raise prices of people until no work would rather have somebody else; `queue` holds the work to ask, once each."""
    n = len(start) - 1
    waiting = np.ones(n, np.bool_)
    head, tail, count = 0, 0, n
    while count > 0:
        work = queue[head]
        head = (head + 1) % n
        count -= 1
        waiting[work] = False
        for arc in range(start[work], start[work + 1]):
            who = person[arc]
            least = paid[work] - cost[arc]
            if least <= price[who] or does[who] == work:
                continue
            price[who] = least
            other = does[who]
            if other < 0:
                continue
            for own in range(start[other], start[other + 1]):
                if person[own] == who:
                    paid[other] = cost[own] + least
            if not waiting[other]:
                waiting[other] = True
                queue[tail] = other
                tail = (tail + 1) % n
                count += 1


def prices(arcs: Arcs, matching: Matching) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What proves a cheapest matching: a price for each person, and what each piece of work pays.

    No arc costs less than work pays minus the person's price, those of the matching cost exactly that, people who do
    nothing have the price 0, and work that has nobody pays more than all else could save. An arc that was left out
    and keeps this changes nothing.

    Returns
    -------
    paid : int64, shape (n_work,)
    price : int64, shape (n_people,), the lowest there are
    """
    start = arcs.start()
    does = np.full(arcs.n_people, NOBODY, dtype=np.int64)
    placed = np.flatnonzero(matching.person != NOBODY)
    does[matching.person[placed]] = placed
    paid = np.full(arcs.n_work, alone_cost(arcs), dtype=np.int64)
    chosen = matching.person[arcs.work] == arcs.person
    paid[arcs.work[chosen]] = arcs.cost[chosen]
    price = np.zeros(arcs.n_people, dtype=np.int64)
    if arcs.n_work:
        queue = np.arange(arcs.n_work, dtype=np.int64)
        _raise(start, arcs.person, arcs.cost, does, price, paid, queue)
    return paid, price
