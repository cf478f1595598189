"""The made-up place as one value, and the quotas it is planned from.

Nothing here exists: the county, its code (310199), all names and all counts are invented, and the
place lies in open sea so that no map of a real place is contradicted.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

__all__ = [
    "CENTRE",
    "COUNTY",
    "COUNTY_NORM",
    "STREET_NORM",
    "Mix",
    "Norm",
    "Quota",
    "Town",
    "bounded",
    "generator",
    "joined",
    "quotas",
    "refit",
    "shuffled",
    "whole",
]

# Code of an invented county: 31 and 01 exist, county part 99 is not in use (code tables of 2023).
COUNTY = "310199"
# Middle of the place in EPSG:4549 [m]: 121.5 E (the edge of the 3-degree zones 40 and 41), 30.5 N.
CENTRE = (644_000.0, 3_376_000.0)

KINDS = ("village", "old", "slab", "tower", "mixed")
# Persons and hectares of a typical committee of each kind: what the plan starts from.
TYPICAL = {
    "old": (3_900, 20.0),
    "slab": (5_500, 30.0),
    "tower": (5_700, 30.0),
    "mixed": (4_700, 29.0),
}


@dataclass(frozen=True)
class Norm:
    """Size of an EA that a place is built for, and what follows from it.

    Attributes
    ----------
    target, low, high : persons of an EA, and its band [persons]
    source : who says so, for the project file
    village : persons and hectares of a typical village
    rural : dwellings of a village house, each as likely; makes 50-60 houses to an EA
    """

    target: int
    low: int
    high: int
    source: str
    village: tuple[int, float]
    rural: tuple[int, ...]

    def typical(self, kind: str) -> tuple[int, float]:
        """Persons and hectares of a typical district of a kind."""
        return self.village if kind == "village" else TYPICAL[kind]


STREET_NORM = Norm(
    300, 240, 360, "盈浦街道 2020 年通知：每 300 人一个岗位", (2_450, 125.0), (1, 2, 2, 2, 3)
)
COUNTY_NORM = Norm(247, 198, 296, "滕州市 2020 年报告：175.6 万人划分 7100 个普查小区，平均 247 人",
                   (1_050, 63.0), (1, 2, 2, 2))  # fmt: skip

# Persons on a hectare, streets included, when a district of a kind is full.
FULL = {"old": 190.0, "slab": 205.0, "tower": 200.0, "mixed": 190.0}


@dataclass(frozen=True)
class Town:
    """A made-up place: every layer a project needs, in one projected CRS.

    Attributes
    ----------
    districts : code, name, persons, persons_away, households, stratum; 12-digit codes
    buildings : building_id, floors, height, use, dwellings, doors, persons, name, address
    roads, railways, water, waterways, landuse (DLBM codes), compounds, places : class, name
    units : level, code, name of county and townships
    staff : staff_id, role, district_code, display_name, capacity
    register : village_code, building_id, households, residents, away, as_of (counts, never persons)
    persons : all people to be enumerated [persons], residents and registered away
    """

    name: str
    crs: CRS
    persons: int
    districts: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    railways: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    waterways: gpd.GeoDataFrame
    landuse: gpd.GeoDataFrame
    compounds: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    units: pd.DataFrame
    staff: pd.DataFrame
    register: pd.DataFrame
    norm: Norm


@dataclass(frozen=True)
class Quota:
    """One district to be: what it is like, how many live there, how much land that takes."""

    kind: str
    persons: int
    area_m2: float


@dataclass(frozen=True)
class Mix:
    """How many districts of each kind a township has."""

    village: int = 0
    old: int = 0
    slab: int = 0
    tower: int = 0
    mixed: int = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kind of each district, villages first."""
        return tuple(kind for kind in KINDS for _ in range(getattr(self, kind)))


def generator(*key: int) -> np.random.Generator:
    """A stream of its own for each purpose and place, so that no order of work shows."""
    return np.random.default_rng(np.random.SeedSequence(key))


def joined(towns: list[Town]) -> Town:
    """Several townships as one place."""
    if len(towns) == 1:
        return towns[0]
    frames = {
        one.name: pd.concat([getattr(town, one.name) for town in towns], ignore_index=True)
        for one in fields(Town)
        if one.name not in ("name", "crs", "persons", "norm")
    }
    frames["units"] = frames["units"].drop_duplicates("code", ignore_index=True)
    name = str(frames["units"].loc[frames["units"]["level"] == "county", "name"].iloc[0])
    persons = sum(town.persons for town in towns)
    return Town(name, towns[0].crs, persons, **frames, norm=towns[0].norm)


def shuffled(town: Town, *, seed: int) -> Town:
    """The same place with the rows of every table in another order."""
    rng = generator(seed, 60)
    tables = {one.name: getattr(town, one.name) for one in fields(Town)}
    return replace(town, **{
        name: table.iloc[rng.permutation(len(table))].reset_index(drop=True)
        for name, table in tables.items() if isinstance(table, pd.DataFrame)
    })  # fmt: skip


def quotas(
    mix: Mix, persons: int, rng: np.random.Generator, norm: Norm = STREET_NORM
) -> tuple[Quota, ...]:
    """Share persons over districts: typical for their kind, uneven, exact in sum."""
    kinds = mix.kinds
    usual = [norm.typical(kind) for kind in kinds]
    typical = np.array([people for people, _ in usual], dtype=float)
    weight = typical * np.exp(rng.normal(0.0, 0.2, len(kinds)))
    share = bounded(
        weight, persons, least=typical * rng.uniform(0.72, 0.84, len(kinds)), most=1.5 * typical
    )
    return tuple(
        Quota(kind, int(count), hectares * 1e4 * (count / people) ** 0.8)
        for kind, count, (people, hectares) in zip(kinds, whole(share, persons), usual, strict=True)
    )


def refit(
    quota: list[Quota], area_m2: NDArray[np.float64], persons: int, limits: tuple[int, int]
) -> list[Quota]:
    """The same quotas once the land of each district is known: as many persons as fit there.

    Villages keep theirs; in town the rest is shared by what the land holds, inside `limits` [persons].
    """
    rural = np.array([one.kind == "village" for one in quota])
    if rural.all():
        return quota
    given = np.array([one.persons for one in quota], dtype=float)
    room = np.array([FULL.get(one.kind, 0.0) for one in quota]) * area_m2 / 1e4
    # Districts of one size differ all the same.
    taste = np.array([(one.persons / TYPICAL[one.kind][0]) ** 0.4
                      for one in quota if one.kind != "village"])  # fmt: skip
    left = persons - int(given[rural].sum())
    low, high = limits
    share = bounded(np.clip(room, 1.05 * low, 1.15 * high)[~rural] * taste, left,
                    least=np.maximum(0.5 * room[~rural], low),
                    most=np.clip(room[~rural], 1.1 * low, high))  # fmt: skip
    given[~rural] = whole(share, left)
    return [replace(one, persons=int(count)) for one, count in zip(quota, given, strict=True)]


def bounded(
    weight: NDArray[np.float64],
    total: int,
    *,
    least: NDArray[np.float64],
    most: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Scale weights to a total inside bounds (scaled alike when the total does not fit them)."""
    scale = min(1.0, total / (1.2 * least.sum())), max(1.0, total / (0.98 * most.sum()))
    low, high = least * scale[0], most * scale[1]
    share = weight * total / weight.sum()
    for _ in range(20):
        share = np.clip(share, low, high)
        free = (share > low) & (share < high)
        gap = total - share.sum()
        if abs(gap) < 0.5 or not free.any():
            break
        share[free] += gap * share[free] / share[free].sum()
    return share * total / share.sum()


def whole(share: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Whole numbers nearest to shares with an exact sum (largest remainders, ties by position)."""
    whole = np.floor(share).astype(np.int64)
    order = np.argsort(-(share - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole
