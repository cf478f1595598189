"""The question and the answer of partitioning, as arrays: what every plan is made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "HouseholdBand",
    "Misfit",
    "MisfitKind",
    "Problem",
    "Solution",
    "areas_for",
    "by_primary",
]

MisfitKind = Literal["big", "few", "pocket", "lump", "jam", "neck", "open", "asked", "pieces"]
Primary = Literal["persons", "households"]


@dataclass(frozen=True)
class HouseholdBand:
    """Households an area should hold [households]: a soft band and its target, and a hard cap.

    0 for `low`: no fewest; `high` may be as high as `cap`.
    """

    low: int
    target: int
    high: int
    cap: int

    def __post_init__(self) -> None:
        """Refuse a band that holds nothing."""
        if not 0 <= self.low <= self.target <= self.high <= self.cap or self.target < 1:
            raise ValueError(
                f"the households {self.low}-{self.high} (cap {self.cap}) do not hold {self.target}"
            )


@dataclass(frozen=True)
class Problem:
    """Group n atoms into connected areas inside a band of persons, cutting as cheaply as possible.

    Attributes
    ----------
    persons : int64, shape (n,), >= 0
    a, b : int32, shape (m,)
        Undirected edges between atoms.
    cost : int64, shape (m,)
        Cost of cutting each [dm], `objective.cut_cost`.
    alone : bool, shape (n,)
        Must be an EA of its own: an uncut building above the band, or a piece of a cut one. It may take
        in atoms of 0 persons, and at most `spare` persons that fit nowhere else.
    family : int32, shape (n,)
        Same number: pieces of one building, -1: none. Pieces that are alone may join each other where
        they do not close inside the band one by one.
    low, target, high : int
        The band [persons].
    spare : int
        Most persons of others beside one that must be alone [persons].
    cap : int
        Most persons of an area of one building with its guests [persons].
    households : int64, shape (n,), >= 0, or None
        Households of each atom; needed where `household_band` is given.
    household_band : HouseholdBand or None
        None: households do not count.
    primary : "persons" or "households"
        Whose band is the main one; the other's is soft.
    deviation : float
        Price of an area that is off its target by the whole target [mean edge costs], squared in between
        (`weights.deviation`).
    """

    persons: NDArray[np.int64]
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    cost: NDArray[np.int64]
    alone: NDArray[np.bool_]
    family: NDArray[np.int32]
    low: int
    target: int
    high: int
    spare: int = 60
    cap: int = 2000
    households: NDArray[np.int64] | None = None
    household_band: HouseholdBand | None = None
    primary: Primary = "persons"
    deviation: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no kernel could survive."""
        n, m = len(self.persons), len(self.a)
        if len(self.alone) != n or len(self.family) != n or len(self.b) != m or len(self.cost) != m:
            raise ValueError("arrays of a Problem differ in length")
        if n and int(np.min(self.persons)) < 0:
            raise ValueError("an atom holds fewer than 0 persons")
        if m and not 0 <= min(self.a.min(), self.b.min()) <= max(self.a.max(), self.b.max()) < n:
            raise ValueError("an edge names an atom that does not exist")
        if not 0 <= self.low <= self.target <= self.high or self.target < 1:
            raise ValueError(f"the band {self.low}-{self.high} does not hold {self.target}")
        self._check_households()

    def within(self, atoms: NDArray[np.int64]) -> Problem:
        """The same question for some atoms, numbered as they are given, and the edges between them."""
        place = np.full(len(self.persons), -1, np.int32)
        place[atoms] = np.arange(len(atoms))
        inner = (place[self.a] >= 0) & (place[self.b] >= 0)
        return replace(
            self, persons=self.persons[atoms], a=place[self.a[inner]], b=place[self.b[inner]],
            cost=self.cost[inner], alone=self.alone[atoms], family=self.family[atoms],
            households=None if self.households is None else self.households[atoms],
        )  # fmt: skip

    @property
    def lived_in(self) -> NDArray[np.bool_]:
        """Atoms where somebody is counted, by whichever measure."""
        some = self.persons > 0
        return some if self.households is None else some | (self.households > 0)

    def _check_households(self) -> None:
        """Households are given where they are asked for, one number for each atom."""
        if self.households is None:
            if self.household_band is not None or self.primary == "households":
                raise ValueError("a band of households is asked for, but no households are given")
            return
        if len(self.households) != len(self.persons):
            raise ValueError("arrays of a Problem differ in length")
        if len(self.households) and int(np.min(self.households)) < 0:
            raise ValueError("an atom holds fewer than 0 households")
        if self.primary == "households" and self.household_band is None:
            raise ValueError("households are the main measure, but their band is not given")


@dataclass(frozen=True)
class Misfit:
    """An area that is not what the rules ask for, and why.

    Attributes
    ----------
    kind
        `big`: one building above the band stays whole; `few`: the persons of this piece of land fit no whole
        number of areas; `pocket`: the same, shut in between areas of one building; `lump`: no connected
        group around its largest building closes; `jam`: large buildings that cannot all be combined, and no
        plan leaves fewer of them outside; `neck`: the land hangs together by few places, and what lies behind them
        fits no whole number of areas; `open`: not explained; `asked`: a number of areas was asked for;
        `pieces`: not one piece of land.
    area : label of the area
    persons : its persons
    atoms : the atoms that force it
    held : persons of the piece of land it lies in, without areas of one building
    below, above : proven: in every plan an area here has at most `below` or at least `above` persons; -1: no such side
    least : proven: in every plan an area here is at least so many persons outside the band; 0: not known
    """

    kind: MisfitKind
    area: int
    persons: int
    atoms: tuple[int, ...] = ()
    held: int = 0
    below: int = -1
    above: int = -1
    least: int = 0


@dataclass(frozen=True)
class Solution:
    """Area of each atom (0 .. k-1, by first atom), what could not be met, and the cost of the cut [dm]."""

    label: NDArray[np.int32]
    misfits: tuple[Misfit, ...]
    cost: int


def by_primary(problem: Problem) -> Problem:
    """The same question with what the main band is about in the place of persons.

    Where households are primary, `persons` and the main band are theirs, and the persons become the soft
    measure, whose hard cap is `cap`; `spare` and `cap` are converted by the ratio of the targets.
    """
    band, households = problem.household_band, problem.households
    if problem.primary == "persons" or band is None or households is None:
        return problem
    share = band.target / problem.target
    persons = HouseholdBand(
        problem.low, problem.target, problem.high, max(problem.high, problem.cap)
    )
    return replace(
        problem, persons=households, low=band.low, target=band.target, high=band.high,
        spare=round(problem.spare * share), cap=min(band.cap, max(band.high, round(problem.cap * share))),
        households=problem.persons, household_band=persons, primary="persons",
    )  # fmt: skip


def areas_for(persons: int, low: int, target: int, high: int) -> tuple[int, bool]:
    """Number of areas nearest to persons / target that the band allows, and whether it allows any.

    Examples
    --------
    >>> areas_for(1000, 240, 300, 360), areas_for(400, 240, 300, 360)
    ((3, True), (1, False))
    """
    ideal = persons / target
    least, most = max(1, -(-persons // max(1, high))), persons // max(1, low)
    if least <= most:
        near = {least, most, *(n for n in (int(ideal), int(ideal) + 1) if least <= n <= most)}
        return min(near, key=lambda n: (abs(n - ideal), -n)), True
    return max(1, int(ideal + 0.5)), False
