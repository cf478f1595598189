"""A county of many townships: one line between neighbours, one river, motorway and railway through them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from census_gis.synthetic.direction import smooth
from census_gis.synthetic.plan import Barriers, Site, site
from census_gis.synthetic.town import COUNTY, Mix, Town, generator, quotas
from census_gis.synthetic.township import Township, build

__all__ = ["MOST_DISTRICTS", "townships"]

MOST_DISTRICTS = 36  # of a township; above it a place is a county of several
COUNTY_NAME = "云溪区"
TOWNS = "云白青金石南北东西新双长大龙凤永安泰和丰"
ENDINGS = ("溪", "浦", "塘", "桥", "泾", "港", "湾", "林", "山", "川")
LEAST_SUPERVISED = 5  # EAs for one supervisor (Shanghai, 2020)


def townships(*, districts: int, persons: int, seed: int) -> Iterator[Town]:
    """The townships of a place one after the other, so that no more than one is in memory.

    Raises
    ------
    ValueError
        If there is no district, fewer than 300 persons for each, or more than 899 townships.
    """
    if districts < 1:
        raise ValueError(f"districts is {districts}; a place has at least 1.")
    if persons < 300 * districts:
        raise ValueError(f"{persons} persons in {districts} districts; each has at least 300.")
    count = -(-districts // MOST_DISTRICTS)
    if count > 899:
        raise ValueError(f"{districts} districts are {count} townships; a county has at most 899.")
    shares = [(_part(districts, nth, count), nth) for nth in range(count)]
    mixes, people = [], []
    for share, nth in shares:
        before = sum(one for one, _ in shares[:nth])
        people.append(persons * (before + share) // districts - persons * before // districts)
        mixes.append(_mix(share, people[-1]))
    sites = _sites(mixes, people, seed)
    for nth, (mix, number, place) in enumerate(zip(mixes, people, sites, strict=True)):
        name = "云溪镇" if count == 1 else _name(nth)
        code = f"{COUNTY}{101 + nth:03d}"
        leaders = max(1, number // 300 // LEAST_SUPERVISED)
        yield build(Township(code, name, mix, number, place, leaders), COUNTY_NAME, seed)


def _part(total: int, nth: int, count: int) -> int:
    return total * (nth + 1) // count - total * nth // count


def _name(nth: int) -> str:
    first, second = TOWNS[nth % len(TOWNS)], ENDINGS[nth // len(TOWNS) % len(ENDINGS)]
    round_ = nth // (len(TOWNS) * len(ENDINGS))
    return f"{first}{second}{'东南西北'[round_ - 1] if round_ else ''}镇"


def _mix(districts: int, persons: int) -> Mix:
    """Kinds by size: the more persons a district has, the less of it is country."""
    share = float(
        np.interp(persons / districts, [1_000, 2_500, 4_700, 6_000], [1.0, 0.85, 0.15, 0.05])
    )
    village = districts if districts < 4 else round(districts * share)
    town = districts - village
    old, mixed, tower = round(town * 0.14), round(town * 0.2), round(town * 0.3)
    return Mix(village, old, town - old - mixed - tower, tower, mixed)


def _sites(mixes: list[Mix], people: list[int], seed: int) -> list[Site]:
    """Where the townships lie: alone with an outline of its own, or side by side in rows."""
    area = [
        sum(one.area_m2 for one in quotas(mix, number, generator(seed, 101 + nth, 1)))
        for nth, (mix, number) in enumerate(zip(mixes, people, strict=True))
    ]
    if len(mixes) == 1:
        return [site(area[0], generator(seed, 101, 2))]
    columns = max(2, round(math.sqrt(len(mixes) / 1.1)))
    high = math.sqrt(sum(area) / len(area) / 1.25)
    grid = _Grid(1.25 * high, high, columns, -(-len(mixes) // columns), seed)
    return [grid.site(nth % columns, nth // columns) for nth in range(len(mixes))]


class _Grid:
    """Rows of townships with uneven corners and winding lines, each line made once from its own chance."""

    def __init__(self, width: float, height: float, columns: int, rows: int, seed: int) -> None:
        self._size = (width, height)
        self._shape = (columns, rows)
        self._seed = seed

    def site(self, column: int, row: int) -> Site:
        """The township of a place in the grid."""
        south, north = self._edge(column, row, 0), self._edge(column, row + 1, 0)
        west, east = self._edge(column, row, 1), self._edge(column + 1, row, 1)
        outline = Polygon(np.vstack([south[:-1], east[:-1], north[::-1][:-1], west[::-1][:-1]]))
        centre = outline.centroid
        chance = generator(self._seed, 52, column, row)
        river = self._through(west, east, 0.5, (centre.x, centre.y), chance)
        motorway = self._through(west, east, 0.83, None, chance)
        railway = self._through(south, north, 0.2, None, chance)
        return Site(outline.buffer(0), (centre.x, centre.y), Barriers(river, motorway, railway))

    def _corner(self, column: int, row: int) -> NDArray[np.float64]:
        width, height = self._size
        shift = generator(self._seed, 50, column, row).uniform(-0.13, 0.13, 2)
        middle = np.array([self._shape[0], self._shape[1]]) / 2
        return (np.array([column, row]) - middle + shift) * (width, height)

    def _edge(self, column: int, row: int, way: int) -> NDArray[np.float64]:
        """Line from a corner to the next one eastward (0) or northward (1), on a grid of a centimetre."""
        a = self._corner(column, row)
        b = self._corner(column + (way == 0), row + (way == 1))
        chance = generator(self._seed, 51, column, row, way)
        t = np.linspace(0, 1, 13)
        over = np.array([-(b - a)[1], (b - a)[0]])
        bend = sum(
            chance.normal(0, 0.05 / wave) * np.sin(wave * math.pi * t) for wave in range(1, 9)
        )
        line = smooth(a + t[:, None] * (b - a) + np.asarray(bend)[:, None] * over, 60.0)
        return np.round(np.array(line.coords), 2)

    def _through(
        self, start: NDArray[np.float64], end: NDArray[np.float64], share: float,
        middle: tuple[float, float] | None, chance: np.random.Generator,
    ) -> LineString:  # fmt: skip
        """A curve from one line of a township to the opposite one, and a little beyond both."""
        a = np.array(LineString(start).interpolate(share, normalized=True).coords[0])
        b = np.array(LineString(end).interpolate(share, normalized=True).coords[0])
        along = (b - a) / np.hypot(*(b - a))
        over = np.array([-along[1], along[0]])
        length = float(np.hypot(*(b - a)))
        aim = np.dot(np.array(middle) - a, over) if middle else 0.0
        points = [a - 300 * along, a]
        for step in (0.25, 0.5, 0.75):
            swing = math.sin(math.pi * step) * aim + chance.normal(0, 0.03) * length
            points.append(a + step * (b - a) + swing * over)
        return smooth(np.array([*points, b, b + 300 * along]))
