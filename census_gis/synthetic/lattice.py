"""Where the townships of a county lie: one line between neighbours, rivers, roads and railways through them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from census_gis.synthetic.direction import smooth
from census_gis.synthetic.plan import Barriers, Site
from census_gis.synthetic.town import generator

__all__ = ["Lattice"]

ASPECT = 1.25  # width of a township beside its height
EVERY = 3  # rows with a motorway, columns with a railway: each third
RIVERS = ("青溪", "白沙河", "南泾河", "龙港", "长塘河", "北川", "永安河", "新浦河")


class Lattice:
    """Rows of townships with uneven corners and winding lines, each line made once from its own chance.

    Parameters
    ----------
    ranks
        Rank of each township: the lower, the nearer it lies to the middle.
    area
        Land each one wants [m2], shape (n,); rows and columns are as wide as theirs ask for.
    seed
        Of all lines.
    """

    def __init__(self, ranks: Sequence[int], area: NDArray[np.float64], seed: int) -> None:
        columns = max(2, round(math.sqrt(len(ranks) / 1.1)))
        self._shape = (columns, -(-len(ranks) // columns))
        self._seed = seed
        self._cells = self._placed(ranks)
        self._x, self._y = self._lines(area)

    def _placed(self, ranks: Sequence[int]) -> list[tuple[int, int]]:
        """Column and row of each township: ranks from the middle outward, each from the north-west."""
        columns, rows = self._shape
        cells = [(nth % columns, rows - 1 - nth // columns) for nth in range(len(ranks))]
        middle = ((columns - 1) / 2, (rows - 1) / 2)
        cells.sort(key=lambda cell: (
            round(math.hypot(ASPECT * (cell[0] - middle[0]), cell[1] - middle[1]), 6), cell))  # fmt: skip
        placed: list[tuple[int, int]] = []
        for rank in sorted(set(ranks)):
            group = cells[len(placed) : len(placed) + list(ranks).count(rank)]
            placed += sorted(group, key=lambda cell: (-cell[1], cell[0]))
        return placed

    def _lines(
        self, area: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
        """Positions of the lines between columns and between rows [m]."""
        wanted = np.full(self._shape, area.mean())
        for (column, row), size in zip(self._cells, area, strict=True):
            wanted[column, row] = size
        high = math.sqrt(area.mean() / ASPECT)
        wide, tall = wanted.mean(axis=1), wanted.mean(axis=0)
        x = np.concatenate([[0.0], np.cumsum(ASPECT * high * wide / wide.mean())])
        y = np.concatenate([[0.0], np.cumsum(high * tall / tall.mean())])
        return x - x[-1] / 2, y - y[-1] / 2

    def site(self, nth: int) -> Site:
        """Where the nth township lies."""
        column, row = self._cells[nth]
        south, north = self._edge(column, row, 0), self._edge(column, row + 1, 0)
        west, east = self._edge(column, row, 1), self._edge(column + 1, row, 1)
        outline = Polygon(np.vstack([south[:-1], east[:-1], north[::-1][:-1], west[::-1][:-1]]))
        centre = outline.centroid
        chance = generator(self._seed, 52, column, row)
        river = self._through(west, east, 0.5, (centre.x, centre.y), chance)
        motorway, railway = LineString(), LineString()
        if row % EVERY == 1:
            motorway = self._through(west, east, 0.83, None, chance)
        if column % EVERY == 1:
            railway = self._through(south, north, 0.2, None, chance)
        names = (
            RIVERS[row % len(RIVERS)],
            f"云溪{'一二三四五'[row // EVERY % 5]}号高速",
            f"云青铁路{'一二三四五'[column // EVERY % 5]}线",
        )
        return Site(
            outline.buffer(0), (centre.x, centre.y), Barriers(river, motorway, railway, names)
        )

    def _corner(self, column: int, row: int) -> NDArray[np.float64]:
        shift = generator(self._seed, 50, column, row).uniform(-0.13, 0.13, 2)
        step = np.diff(self._x).min(), np.diff(self._y).min()
        return np.array([self._x[column], self._y[row]]) + shift * step

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
