"""EAs to people, one each: everybody who may do an EA is weighed, none is left out unproven.

Who may do what is a question of language and other skills, of how far the home is, and of how many persons somebody
takes on; what it costs is the way from home in metres, and more for an EA outside the own committee. A county has ten
million such pairs. The matching is found among the nearest, and its prices show which other pairs could better it;
these join, until there are none: the result is the optimum over all pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from census_gis.field.matching import NOBODY, Arcs, Matching, cheapest, prices

__all__ = ["Assigned", "Openings", "People", "Terms", "assign_work", "judged", "some"]

NEAREST = 20  # people an EA begins with, beside those of its own committee (speed only)
WINDOW = 40  # people of no known home it begins with (speed only)
FREE = -1  # no limit of persons; no crew


@dataclass(frozen=True)
class Openings:
    """EAs that ask for somebody, ordered by code.

    Attributes
    ----------
    x, y : float64 [m]
    district : int64
        Number of the district.
    persons : int64
    needs : int64
        Bits of the skills it asks for.
    crew : int64
        Number of its crew, -1 before there are crews.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    district: NDArray[np.int64]
    persons: NDArray[np.int64]
    needs: NDArray[np.int64]
    crew: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class People:
    """People who count, ordered by number.

    Attributes
    ----------
    x, y : float64 [m]
        Home, nan where nobody knows it.
    district : int64
        Own district, -1 for none.
    capacity : int64
        Most persons, -1 for no limit.
    skills : int64
        Bits of what they can.
    crew : int64
        Crew they lead, -1 for none.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    district: NDArray[np.int64]
    capacity: NDArray[np.int64]
    skills: NDArray[np.int64]
    crew: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)


Rows = TypeVar("Rows", Openings, People)


@dataclass(frozen=True)
class Terms:
    """Conditions, all in metres: farthest home, what counting outside the own committee or the own crew costs.

    A False switch of `heeded` (skills, range, capacity) tells what a rule costs.
    """

    range_m: float
    familiar_m: int
    stray_m: int = 0
    heeded: frozenset[str] = field(
        default_factory=lambda: frozenset({"skills", "range", "capacity"})
    )


@dataclass(frozen=True)
class Assigned:
    """A matching, the pairs it was chosen from, and how many times pairs had to be added."""

    matching: Matching
    arcs: Arcs
    rounds: int


def some(table: Rows, rows: NDArray[np.int64]) -> Rows:
    """Some of the openings, or of the people."""
    return replace(
        table, **{name: getattr(table, name)[rows] for name in table.__dataclass_fields__}
    )


def judged(
    work: Openings,
    people: People,
    terms: Terms,
    *,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Whether each pair of work and person may be, and what it costs [m].

    An EA larger than what anybody takes on is held against nobody's capacity: it must be counted all the same.
    """
    w, p = pairs
    known = ~np.isnan(people.x[p])
    way = np.hypot(work.x[w] - people.x[p], work.y[w] - people.y[p])
    metres = np.rint(np.where(known, way, 0.0)).astype(np.int64)
    strange = people.district[p] != work.district[w]
    cost = metres + terms.familiar_m * strange
    if terms.stray_m:
        cost = cost + terms.stray_m * ((people.crew[p] != FREE) & (people.crew[p] != work.crew[w]))
    ok = np.ones(len(w), dtype=bool)
    if "skills" in terms.heeded:
        ok &= (work.needs[w] & ~people.skills[p]) == 0
    if "range" in terms.heeded and terms.range_m:
        ok &= ~strange | ~known | (way <= terms.range_m)
    if "capacity" in terms.heeded:
        limit = np.where(people.capacity == FREE, np.iinfo(np.int64).max, people.capacity)
        ok &= np.minimum(work.persons[w], limit.max(initial=0)) <= limit[p]
    return ok, cost


def assign_work(work: Openings, people: People, terms: Terms) -> Assigned:
    """As many EAs as can be placed, at the least cost: the optimum over all pairs that may be.

    Parameters
    ----------
    work, people
        In the order of their codes, which decides between equals.
    terms
        Conditions.
    """
    search = _Search(work, people, terms)
    arcs = search.arcs(*search.first())
    rounds = 0
    while True:
        matching = cheapest(arcs)
        extra = search.better(arcs, matching)
        if not len(extra[0]):
            person = _in_order(matching.person, people)
            return Assigned(replace(matching, person=person), arcs, rounds)
        rounds += 1
        arcs = search.arcs(
            np.concatenate([arcs.work, extra[0]]), np.concatenate([arcs.person, extra[1]])
        )


def _in_order(person: NDArray[np.int64], people: People) -> NDArray[np.int64]:
    """People who are alike in all that is asked, the lowest number first, in the order of their EAs."""
    table = np.column_stack([
        np.nan_to_num(people.x, nan=np.inf), np.nan_to_num(people.y, nan=np.inf),
        people.district, people.capacity, people.skills, people.crew,
    ])  # fmt: skip
    if not len(table):
        return person
    _, kind = np.unique(table, axis=0, return_inverse=True)
    order = np.argsort(kind, kind="stable")
    begin = np.searchsorted(kind[order], np.arange(int(kind.max()) + 1))
    placed = np.flatnonzero(person != NOBODY)
    placed = placed[np.argsort(kind[person[placed]], kind="stable")]
    mine = kind[person[placed]]
    nth = np.arange(len(placed)) - np.searchsorted(mine, mine)
    out = person.copy()
    out[placed] = order[begin[mine] + nth]
    return out


class _Search:
    """Pairs worth a look: first those near each other, then those the prices ask for."""

    def __init__(self, work: Openings, people: People, terms: Terms) -> None:
        self._work, self._people, self._terms = work, people, terms
        self._spots = np.column_stack([work.x, work.y])
        self._homed = np.flatnonzero(~np.isnan(people.x))
        self._anywhere = np.flatnonzero(np.isnan(people.x))
        homes = np.column_stack([people.x, people.y])[self._homed]
        self._tree = cKDTree(homes) if len(homes) else None

    def arcs(self, w: NDArray[np.int64], p: NDArray[np.int64]) -> Arcs:
        """Those of the pairs that may be."""
        ok, cost = judged(self._work, self._people, self._terms, pairs=(w, p))
        return Arcs.of(w[ok], p[ok], cost[ok], shape=(len(self._work), len(self._people)))

    def first(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The nearest homes, everybody of the own district, and some of those without a home."""
        n = len(self._work)
        pairs = [
            _same(self._work.district, self._people.district),
            _same(self._work.crew, self._people.crew),
        ]
        if self._tree is not None and n:
            _, near = self._tree.query(self._spots, k=range(1, min(NEAREST, len(self._homed)) + 1))
            pairs.append((np.repeat(np.arange(n), near.shape[1]), self._homed[near.ravel()]))
        if len(self._anywhere) and n:
            h = len(self._anywhere)
            first = np.arange(n) * max(h // n, 1)
            picked = (first[:, None] + np.arange(min(WINDOW, h))) % h
            pairs.append((np.repeat(np.arange(n), picked.shape[1]), self._anywhere[picked.ravel()]))
        return np.concatenate([w for w, _ in pairs]), np.concatenate([p for _, p in pairs])

    def better(self, arcs: Arcs, matching: Matching) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs left out so far that could better the matching; none of any other can."""
        paid, price = prices(arcs, matching)
        work, people, terms = self._work, self._people, self._terms
        limit = terms.range_m if terms.range_m and "range" in terms.heeded else np.inf
        x = np.nan_to_num(people.x, nan=np.inf)
        order = np.argsort(
            x, kind="stable"
        )  # by x: who lives too far east or west is not looked at
        places = (work.x, work.y, work.district, x[order], people.y[order], people.district[order])
        far = (float(terms.familiar_m), float(limit))
        w, p = _promising(places, paid, price[order], far)
        p = order[p]
        ok, cost = judged(work, people, terms, pairs=(w, p))
        ok &= cost < paid[w] - price[p]
        return w[ok], p[ok]


@njit(cache=True)
def _promising(
    places: tuple[NDArray[np.generic], ...], paid: NDArray[np.int64], price: NDArray[np.int64], terms: tuple[float, float],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Pairs of different districts near enough to cost less than paid minus price, ordered by work.

    Homes are ordered by x; one that nobody knows is at x = inf. `terms` are what a strange district costs and how
    far it may be [m].
    """
    x, y, district, home_x, home_y, home = places
    strange_m, range_m = terms
    nowhere = np.searchsorted(home_x, np.inf)
    n, pairs = 0, np.empty((2, 4096), np.int64)
    for i in range(len(x)):
        reach = min(range_m, float(paid[i]) - strange_m) + 1.0
        low = np.searchsorted(home_x[:nowhere], x[i] - reach)
        high = np.searchsorted(home_x[:nowhere], x[i] + reach)
        for j in np.concatenate((np.arange(low, high), np.arange(nowhere, len(home_x)))):
            bound = float(paid[i] - price[j]) - strange_m
            if home[j] == district[i] or bound <= -1.0:
                continue
            if j < nowhere:
                dx, dy = abs(x[i] - home_x[j]), abs(y[i] - home_y[j])
                if dx > bound + 1.0 or dy > min(range_m, bound) + 1.0:
                    continue
                way = (dx * dx + dy * dy) ** 0.5
                if way > bound + 1.0 or way > range_m:
                    continue
            if n == pairs.shape[1]:
                pairs = np.concatenate((pairs, np.empty_like(pairs)), axis=1)
            pairs[0, n], pairs[1, n] = i, j
            n += 1
    return pairs[0, :n].copy(), pairs[1, :n].copy()


def _same(
    left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs of rows with the same number, -1 being none."""
    order = np.argsort(right, kind="stable")
    begin = np.searchsorted(right[order], left, side="left")
    count = np.where(left == NOBODY, 0, np.searchsorted(right[order], left, side="right") - begin)
    ends = np.cumsum(count)
    within = np.arange(int(count.sum())) - np.repeat(ends - count, count)
    return np.repeat(np.arange(len(left)), count), order[np.repeat(begin, count) + within]
