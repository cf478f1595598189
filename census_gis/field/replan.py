"""Who counts what after people drop out or EAs grow: from the fewest changes to the shortest ways.

A fresh optimum moves three EAs for each one that has to move. So a change has a price in metres: 0 is the fresh
optimum, without limit the fewest changes possible. Whatever the price, as many EAs as can be have somebody, and work
that has begun stays with whoever began it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from census_gis.field.assignment import Openings, People, Terms, judged
from census_gis.field.matching import NOBODY, Arcs, Matching, cheapest, prices
from census_gis.language import Text

Table = TypeVar("Table", Openings, People)

__all__ = ["CHOICES", "Choice", "Holding", "Replanned", "four_ways", "replan"]

NEAREST = 30  # people an EA begins with, beside those of its own committee (speed only)
ADDED = 12  # people an EA gets to know in a round (speed only)
CHUNK = 500  # EAs whose pairs are weighed at once (memory only)


@dataclass(frozen=True)
class Choice:
    """One way to weigh changes against ways: the price of a change [m], None for the fewest there can be."""

    key: str
    penalty_m: int | None
    words: Text


# Prices of 0, 300 and 1,500 m and none were measured on counties of 533 and 7,100 EAs (benchmarks/field/dropouts.py).
CHOICES = (
    Choice("fewest", None, Text("fewest changes", "变动最少")),
    Choice("few", 1500, Text("few changes", "变动较少")),
    Choice("near", 300, Text("short ways", "路程较短")),
    Choice("nearest", 0, Text("shortest ways", "路程最短")),
)


@dataclass(frozen=True)
class Holding:
    """Who has which EA now.

    Attributes
    ----------
    person : int64, shape (n_work,)
        Row of the person, -1 for nobody (new EAs, and those of people who left).
    fixed : bool, shape (n_work,)
        Begun, or locked by hand: stays.
    same : int64, shape (n_people,)
        Number of the human behind each row: somebody with three EAs is three rows.
    """

    person: NDArray[np.int64]
    fixed: NDArray[np.bool_]
    same: NDArray[np.int64]


@dataclass(frozen=True)
class Replanned:
    """A new assignment and what it came to.

    Attributes
    ----------
    choice : how changes were weighed
    person : int64, row of each EA's person, -1 for nobody
    metres : ways from home, all EAs [m]
    changed : EAs with another person than before, those that had nobody counted in
    forced : EAs that had nobody before
    short : EAs that have nobody
    """

    choice: Choice
    person: NDArray[np.int64]
    metres: int
    changed: int
    forced: int
    short: int


def four_ways(
    work: Openings, people: People, terms: Terms, *, holding: Holding,
    choices: Sequence[Choice] = CHOICES,
) -> tuple[Replanned, ...]:  # fmt: skip
    """The new assignment by each choice."""
    return tuple(replan(work, people, terms, holding=holding, choice=choice) for choice in choices)


def replan(
    work: Openings, people: People, terms: Terms, *, holding: Holding, choice: Choice
) -> Replanned:  # fmt: skip
    """As many EAs as can be placed, at the least ways plus the price of changes: the optimum over all pairs.

    Parameters
    ----------
    work, people
        EAs that are not finished, and everybody who still counts, in the order of their codes.
    terms
        What may be, and what it costs.
    holding
        Who has what now.
    choice
        Price of a change.
    """
    open_ = np.flatnonzero(~holding.fixed)
    taken = np.zeros(len(people), dtype=bool)
    taken[holding.person[holding.fixed]] = True
    free = np.flatnonzero(~taken)
    desk = _Desk(
        _rows(work, open_), _rows(people, free), terms,
        holder=_renumbered(holding.person[open_], free, len(people)), same=holding.same[free],
    )  # fmt: skip
    found = desk.solved(choice)
    person = holding.person.copy()
    person[open_] = np.where(found == NOBODY, NOBODY, free[found] if len(free) else NOBODY)
    return _counted(work, people, holding, choice, person)


def _counted(
    work: Openings, people: People, holding: Holding, choice: Choice, person: NDArray[np.int64]
) -> Replanned:  # fmt: skip
    placed = np.flatnonzero(person != NOBODY)
    way = np.hypot(
        work.x[placed] - people.x[person[placed]], work.y[placed] - people.y[person[placed]]
    )
    had = holding.person != NOBODY
    other = np.ones(len(person), dtype=bool)
    both = np.flatnonzero(had & (person != NOBODY))
    other[both] = holding.same[person[both]] != holding.same[holding.person[both]]
    other[~had & (person == NOBODY)] = False
    return Replanned(
        choice, person, int(np.nansum(np.rint(way))), int(other.sum()), int((~had).sum()),
        int((person == NOBODY).sum()),
    )  # fmt: skip


class _Desk:
    """Pairs worth a look, and what they cost with the price of a change."""

    def __init__(
        self, work: Openings, people: People, terms: Terms, *, holder: NDArray[np.int64],
        same: NDArray[np.int64],
    ) -> None:  # fmt: skip
        self._work, self._people, self._terms, self._same = work, people, terms, same
        self._had = np.where(holder == NOBODY, -1, same[holder] if len(same) else -1)
        self._homed = np.flatnonzero(~np.isnan(people.x))
        self._anywhere = np.flatnonzero(np.isnan(people.x))
        homes = np.column_stack([people.x, people.y])[self._homed]
        self._tree = cKDTree(homes) if len(homes) else None
        self._holder = holder

    def solved(self, choice: Choice) -> NDArray[np.int64]:
        """Person of each EA; pairs join until none could better the whole."""
        if not len(self._work):
            return np.empty(0, dtype=np.int64)
        w, p = self._first()
        while True:
            ok, cost = self._judged(w, p)
            price = self._price(choice, cost[ok])
            strange = price * self._changes(w, p)
            shape = (len(self._work), len(self._people))
            arcs = Arcs.of(w[ok], p[ok], (cost + strange)[ok], shape=shape)
            matching = cheapest(arcs)
            more_w, more_p = self._better(arcs, matching, price)
            if not len(more_w):
                return matching.person
            w, p = np.concatenate([arcs.work, more_w]), np.concatenate([arcs.person, more_p])

    def _price(self, choice: Choice, cost: NDArray[np.int64]) -> int:
        """Price of a change [m]; that of the fewest changes is above all that ways could save."""
        if choice.penalty_m is not None:
            return choice.penalty_m
        farthest = max(int(cost.max(initial=0)), self._span() + self._terms.familiar_m)
        return len(self._work) * (farthest + 1)

    def _span(self) -> int:
        """No way is longer [m]."""
        x = np.concatenate([self._work.x, self._people.x[self._homed]])
        y = np.concatenate([self._work.y, self._people.y[self._homed]])
        return int(np.hypot(np.ptp(x), np.ptp(y))) + 1

    def _judged(
        self, w: NDArray[np.int64], p: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Whether pairs may be; whoever has an EA may keep it."""
        ok, cost = judged(self._work, self._people, self._terms, pairs=(w, p))
        return ok | ~self._changes(w, p), cost

    def _changes(self, w: NDArray[np.int64], p: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether a pair is any but of an EA and who has it.

        As many EAs as can be have somebody: a price on every other pair is the same as one on each EA whose person
        goes, be it that another comes or nobody.
        """
        return self._same[p] != self._had[w]

    def _first(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        n = len(self._work)
        keep = np.flatnonzero(self._holder != NOBODY)
        pairs = [(keep, self._holder[keep]), _alike(self._work.district, self._people.district)]
        if self._tree is not None:
            k = min(NEAREST, len(self._homed))
            spots = np.column_stack([self._work.x, self._work.y])
            _, near = self._tree.query(spots, k=range(1, k + 1))
            pairs.append((np.repeat(np.arange(n), k), self._homed[near.ravel()]))
        if len(self._anywhere):
            h = len(self._anywhere)
            picked = (np.arange(n)[:, None] + np.arange(min(NEAREST, h))) % h
            pairs.append((np.repeat(np.arange(n), picked.shape[1]), self._anywhere[picked.ravel()]))
        return np.concatenate([w for w, _ in pairs]), np.concatenate([p for _, p in pairs])

    def _better(
        self, arcs: Arcs, matching: Matching, price: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs left out so far that could better the matching; none of any other can."""
        paid, worth = prices(arcs, matching)
        reach = paid - price - 1
        out = []
        for begin in range(0, len(reach), CHUNK):
            rows = np.arange(begin, min(begin + CHUNK, len(reach)))
            w, p = self._within(rows, reach[rows])
            ok, cost = self._judged(w, p)
            gain = paid[w] - worth[p] - cost - price * self._changes(w, p)
            ok &= gain > 0
            out.append(_most(w[ok], p[ok], gain[ok]))
        return np.concatenate([w for w, _ in out]), np.concatenate([p for _, p in out])

    def _within(
        self, rows: NDArray[np.int64], reach: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Everybody whose home is no farther than a way that could pay, and all without a home."""
        pairs = []
        if self._tree is not None:
            limit = np.minimum(reach, self._span()).astype(float)
            some = np.flatnonzero(limit >= 0)
            spots = np.column_stack([self._work.x[rows], self._work.y[rows]])[some]
            lists = self._tree.query_ball_point(spots, limit[some] + 1.0)
            sizes = np.array([len(one) for one in lists], dtype=np.int64)
            near = np.concatenate([np.asarray(one, dtype=np.int64) for one in lists] or [np.empty(0, np.int64)])  # fmt: skip
            pairs.append((np.repeat(rows[some], sizes), self._homed[near]))
        pairs.append((np.repeat(rows, len(self._anywhere)), np.tile(self._anywhere, len(rows))))
        return np.concatenate([w for w, _ in pairs]), np.concatenate([p for _, p in pairs])


def _most(
    w: NDArray[np.int64], p: NDArray[np.int64], gain: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of each EA that gain most."""
    order = np.lexsort((p, -gain, w))
    w, p = w[order], p[order]
    nth = np.arange(len(w)) - np.searchsorted(w, w)
    return w[nth < ADDED], p[nth < ADDED]


def _alike(
    left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of EAs and people of the same district."""
    order = np.argsort(right, kind="stable")
    begin, end = (np.searchsorted(right[order], left, side=side) for side in ("left", "right"))
    count = np.where(left == NOBODY, 0, end - begin)
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(np.arange(len(left)), count), order[np.repeat(begin, count) + within]


def _rows(table: Table, rows: NDArray[np.int64]) -> Table:
    """Some rows of a table of arrays."""
    return replace(table, **{name: getattr(table, name)[rows] for name in table.__dataclass_fields__})  # fmt: skip


def _renumbered(
    person: NDArray[np.int64], free: NDArray[np.int64], n: int
) -> NDArray[np.int64]:  # fmt: skip
    """Rows of people as places among those who are free; nobody where they are not."""
    place = np.full(n + 1, NOBODY, dtype=np.int64)
    place[free] = np.arange(len(free))
    return place[person]
