"""Places of any size: one township by itself, or a county of many side by side.

A place of more than one township is a county, with EAs of 247 persons (Tengzhou, 2020); one township by
itself has EAs of 300 persons (Yingpu street, 2020). A township has about 36 districts unless the number
of townships is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.synthetic.lattice import Lattice
from census_gis.synthetic.plan import site
from census_gis.synthetic.town import (
    COUNTY,
    COUNTY_NORM,
    STREET_NORM,
    Mix,
    Town,
    bounded,
    generator,
    quotas,
    whole,
)
from census_gis.synthetic.township import Township, build

__all__ = ["planned", "township_count", "townships"]

MOST_DISTRICTS = 36  # of a township by itself; a place of more is a county
MOST_TOWNSHIPS = 140  # two in three are towns, whose codes are 100-199
COUNTY_NAME = "云溪区"
FIRST = "云白青金石南北东西新双长大龙凤永安泰和丰"
SECOND = "溪塘桥泾港湾林川沟堰"
RANKS = (("街道", 1), ("镇", 100), ("乡", 200))  # ending of the name, first number of the code
# Of streets, towns and townships: share of all; districts beside a town's; committees among the districts.
SHARE, SIZE, URBAN = (0.20, 0.68, 0.12), (0.75, 1.0, 0.9), (9.0, 1.0, 0.02)
# Persons of a typical committee of a street and of a town, and of a village.
COMMITTEE, TOWN_COMMITTEE, VILLAGE = 4_000, 2_500, 1_050
LEAST_PERSONS = 300  # of a district on average


def townships(
    *, districts: int, persons: int, seed: int, count: int | None = None
) -> Iterator[Town]:
    """The townships of a place one after the other in the order of their codes; one is in memory.

    Parameters
    ----------
    districts, persons : int
        Of the whole place; both exact.
    seed : int
        The same numbers and seed give the same place.
    count : int, optional
        Number of townships; without it one for each 36 districts.

    Raises
    ------
    ConfigError
        If there is no district, fewer than 300 persons for each, more townships than districts, or
        more than 140 townships.
    """
    plans = planned(districts=districts, persons=persons, seed=seed, count=count)
    return (build(one, COUNTY_NAME, seed) for one in plans)


def planned(*, districts: int, persons: int, seed: int, count: int | None = None) -> list[Township]:
    """What `townships` will build: codes, names, mixes, persons and sites; same arguments and errors."""
    number = township_count(districts, count)
    if persons < LEAST_PERSONS * districts:
        raise ConfigError(
            Text(f"{persons} persons in {districts} districts are fewer than {LEAST_PERSONS} for each.",
                 f"{districts} 个普查区共 {persons} 人，平均不足 {LEAST_PERSONS} 人。"),
            where="persons", fix=Text(f"give at least {LEAST_PERSONS * districts} persons.",
                                      f"人数至少为 {LEAST_PERSONS * districts}。"),
        )  # fmt: skip
    if number == 1:
        return [_alone(districts, persons, seed)]
    return _county(districts, persons, number, seed)


def township_count(districts: int, count: int | None = None) -> int:
    """Number of townships of a place: as given, else one for each 36 districts.

    Raises
    ------
    ConfigError
        If there is no district, or the number cannot be.
    """
    number = -(-districts // MOST_DISTRICTS) if count is None else count
    most = min(MOST_TOWNSHIPS, districts)
    if districts < 1 or not 1 <= number <= most:
        raise ConfigError(
            Text(f"{districts} districts in {number} townships cannot be made.",
                 f"无法生成 {number} 个乡级单位、{districts} 个普查区。"),
            where="districts", fix=Text(
                f"a place has at most {MOST_TOWNSHIPS} townships, each with a district at least.",
                f"乡级单位至多 {MOST_TOWNSHIPS} 个，每个至少有一个普查区。"),
        )  # fmt: skip
    return number


def _alone(districts: int, persons: int, seed: int) -> Township:
    """A street where most districts are residents' committees, else a town."""
    mix = _mix(districts, persons)
    key, name = (1, "青溪街道") if mix.village * 2 < districts else (101, "云溪镇")
    area = sum(one.area_m2 for one in quotas(mix, persons, generator(seed, key, 1), STREET_NORM))
    place = site(area, generator(seed, key, 2))
    return Township(f"{COUNTY}{key:03d}", name, mix, persons, place)


def _mix(districts: int, persons: int) -> Mix:
    """Kinds by size: the more persons a district has, the less of it is country."""
    share = float(
        np.interp(persons / districts, [1_000, 2_500, 4_700, 6_000], [1.0, 0.85, 0.15, 0.05])
    )
    village = districts if districts < 4 else round(districts * share)
    town = districts - village
    old, mixed, tower = round(town * 0.14), round(town * 0.2), round(town * 0.3)
    return Mix(village, old, town - old - mixed - tower, tower, mixed)


@dataclass(frozen=True)
class _Share:
    """One township of a county to be: its rank (0 street, 1 town, 2 township) and its districts."""

    rank: int
    committees: int
    villages: int

    @property
    def mix(self) -> Mix:
        """Low houses more than high ones, as in the towns of a county."""
        old, slab = round(self.committees * 0.3), round(self.committees * 0.24)
        tower = round(self.committees * 0.08)
        return Mix(self.villages, old, slab, tower, self.committees - old - slab - tower)

    @property
    def usual(self) -> float:
        """Persons of such districts where they are of the usual size."""
        committee = TOWN_COMMITTEE if self.rank else COMMITTEE
        return float(self.committees * committee + self.villages * VILLAGE)


def _county(districts: int, persons: int, number: int, seed: int) -> list[Township]:
    """Streets in the middle, towns around them, townships of villages at the edge."""
    shares = _shares(districts, persons, number, generator(seed, 53))
    ranks = [one.rank for one in shares]
    keys = [RANKS[rank][1] + ranks[:nth].count(rank) for nth, rank in enumerate(ranks)]
    usual = np.array([one.usual for one in shares])
    least = np.array([LEAST_PERSONS * (one.committees + one.villages) for one in shares], float)
    people = whole(bounded(usual, persons, least=least, most=3.0 * usual), persons).tolist()
    area = [
        sum(one.area_m2 for one in quotas(share.mix, count, generator(seed, key, 1), COUNTY_NORM))
        for share, count, key in zip(shares, people, keys, strict=True)
    ]
    lattice = Lattice(ranks, np.array(area), seed)
    return [
        Township(f"{COUNTY}{key:03d}", _name(nth, share.rank), share.mix, count, lattice.site(nth), False)
        for nth, (share, count, key) in enumerate(zip(shares, people, keys, strict=True))
    ]  # fmt: skip


def _shares(districts: int, persons: int, number: int, rng: np.random.Generator) -> list[_Share]:
    """Ranks and districts of all townships, streets first.

    There are as many committees as make up for villages of the usual size, most of them in the streets.
    """
    streets = min(max(round(SHARE[0] * number), 1), number - 1)
    rural = min(round(SHARE[2] * number), number - streets - 1)
    rank = np.repeat([0, 1, 2], [streets, number - streets - rural, rural])
    weight = np.take(SIZE, rank) * rng.uniform(0.88, 1.12, number)
    sizes = 1 + whole(weight * (districts - number) / weight.sum(), districts - number)
    committees = (persons - VILLAGE * districts) / (COMMITTEE - VILLAGE)
    total = int(np.clip(round(committees), streets, 0.9 * districts))
    towns = _committees(sizes, np.take(URBAN, rank), total)
    return [_Share(int(one), int(town), int(size - town))
            for one, town, size in zip(rank, towns, sizes, strict=True)]  # fmt: skip


def _committees(
    sizes: NDArray[np.int64], weight: NDArray[np.float64], total: int
) -> NDArray[np.int64]:
    """Residents' committees among the districts of each township."""
    least, most = np.full(len(sizes), 0.01), sizes * np.float64(0.95)
    return np.minimum(whole(bounded(weight * sizes, total, least=least, most=most), total), sizes)


def _name(nth: int, rank: int) -> str:
    """A name for the nth township; two hundred different ones."""
    first, second = FIRST[nth % len(FIRST)], SECOND[(7 * nth + nth // len(FIRST)) % len(SECOND)]
    return f"{first}{second}{RANKS[rank][0]}"
