"""How many live where: totals of districts exact, own counts and the register, what is left unsaid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from census_gis.synthetic.fill import Fill, House
from census_gis.synthetic.plan import Plan
from census_gis.synthetic.town import STREET_NORM, bounded, whole

__all__ = ["AWAY_SHARE", "district_persons", "own_counts", "shares"]

AWAY_SHARE = 25_000 / 160_000  # registered here, living elsewhere (Yingpu street, 2020)
# Persons in a dwelling, least and most: keeps a house of one EA inside the band 240-360.
LEAST, MOST = 2.4, 2.72
COUNTED = ("slab", "tower", "old", "rural")  # forms of which the register has counted a few


def district_persons(plan: Plan, fills: list[Fill], persons: int) -> NDArray[np.int64]:
    """Persons of each district: near its quota, possible in its dwellings, exact in sum."""
    dwellings = np.array([_open(fill) for fill in fills], dtype=float)
    own = np.array([fill.own for fill in fills], dtype=float)
    weight = np.array([quota.persons for quota in plan.quotas], dtype=float)
    share = bounded(weight, persons, least=LEAST * dwellings + own, most=MOST * dwellings + own)
    counts = whole(share, persons)
    return _roomy(counts) if plan.norm == STREET_NORM else counts


def _roomy(persons: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move a few persons between districts so that most are a little above a round number of EAs.

    Posts of a street are one for each 300 persons of the whole; were every second district rounded up,
    there would be more EAs than posts. A county's posts are counted district by district.
    """
    moved = persons.copy()
    if len(persons) < 8:
        return moved
    over = moved % 300
    aim = np.where(over < 190, np.clip(over, 25, 135), 310) - over
    aim[np.argsort(-moved, kind="stable")[: len(moved) // 8]] = 0
    aim = np.clip(aim, -moved // 40, moved // 40)
    moved += aim
    order = np.argsort(-moved, kind="stable")
    gap = int(persons.sum() - moved.sum())
    for nth in range(abs(gap)):  # what is left over goes to the largest districts, one by one
        moved[order[nth % max(1, len(order) // 8)]] += 1 if gap > 0 else -1
    return moved


def _open(fill: Fill) -> int:
    return sum(house.dwellings or 0 for house in fill.houses if house.own is None)


def shares(
    persons: NDArray[np.int64], total: int, weight: NDArray[np.float64]
) -> NDArray[np.int64]:
    """A total shared over districts by persons times weight, exact in sum."""
    part = persons * weight
    return whole(part * total / part.sum(), total)


def own_counts(
    fill: Fill, persons: int, rng: np.random.Generator
) -> list[tuple[House, int, int, int]]:  # fmt: skip
    """Houses the register counts: (house, households, residents, away); landmarks and a few others."""
    rate = (persons - fill.own) / max(1, _open(fill))
    rows = []
    for house in fill.houses:
        if house.form == "landmark" and house.own is not None:
            rows.append((house, *_split(house.own, 0.12)))
        elif house.own is None and house.form in COUNTED and rng.random() < 0.025:
            count = round((house.dwellings or 0) * rate * float(rng.uniform(0.94, 1.03)))
            if count > 0:
                house.own = count
                rows.append((house, *_split(count, 0.15)))
    return rows


def _split(persons: int, away: float) -> tuple[int, int, int]:
    gone = round(persons * away)
    return max(1, round(persons / 2.62)), persons - gone, gone
