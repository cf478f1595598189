"""Crews of supervisors on a district's sheet: a ground of its own for each, told apart in a copy too.

Crews that touch never look alike while there are looks: they are given them in the order of their codes,
each the least used that no crew beside it has. A look is a pale tint and a hatch, so that it survives a black-and-white copier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from census_gis.language import Text
from census_gis.present import style
from census_gis.present.display import Box, Color, DisplayList, Hatch, Pen, Type, corners, grey
from census_gis.present.furniture import Draft
from census_gis.present.style import MIN_POINTS
from census_gis.present.view import View

__all__ = ["Crews", "crews_height", "crews_of", "draw_crews", "list_crews"]

CREW_ROW = 4.6
HEADING_MM = 5.0
COLUMN_MM = 58.0
TOUCH_M = 1.0
_LINES = Pen(grey(0.42), 0.10)
# Tints of 3 to 13 % black; hatches differ in angle and distance where tints are near each other. No blue and
# no green: these are water and wood.
LOOKS: tuple[tuple[Color, Hatch | None], ...] = (
    ((0.99, 0.97, 0.86), None),
    ((0.93, 0.89, 0.97), Hatch(_LINES, 2.2, 45)),
    ((0.99, 0.89, 0.84), Hatch(_LINES, 2.2, 135)),
    ((0.90, 0.90, 0.90), None),
    ((0.99, 0.93, 0.80), Hatch(_LINES, 1.1, 45)),
    ((0.96, 0.86, 0.93), Hatch(_LINES, 1.1, 135)),
)  # fmt: skip
HEADING = Text("Crews: supervisor and EAs", "普查指导员分片")
COUNT = Text("{n} EAs", "{n}个小区")


@dataclass(frozen=True)
class Crews:
    """Supervisors of a district in the order of their codes, the look of each and its EAs' serials."""

    names: tuple[str, ...]
    look: tuple[int, ...]
    serials: tuple[tuple[str, ...], ...]
    shapes: tuple[Any, ...]

    def __len__(self) -> int:
        """Number of crews."""
        return len(self.names)


def crews_of(eas: pd.DataFrame) -> Crews:
    """The crews of a district's EAs; none before staff is assigned.

    Parameters
    ----------
    eas
        Rows of `enumeration_areas`; `supervisor` may be missing or empty.
    """
    if "supervisor" not in eas:
        return Crews((), (), (), ())
    told = eas.loc[eas["supervisor"].notna() & (eas["supervisor"].astype(str) != "")]
    names = sorted(set(told["supervisor"].astype(str)))
    own = [told.loc[told["supervisor"].astype(str) == name] for name in names]
    ground = [rows.loc[rows["kind"] == "ground", "geometry"].dropna().to_numpy() for rows in own]
    shapes = tuple(shapely.union_all(one) for one in ground)
    serials = tuple(tuple(sorted(rows["serial"].astype(str))) for rows in own)
    return Crews(tuple(names), _looks(shapes), serials, shapes)


def _looks(shapes: Sequence[Any]) -> tuple[int, ...]:
    """The least used look, of those that no crew before, within a metre, has; of all where none is free."""
    found: list[int] = []
    for n, shape in enumerate(shapes):
        beside = {found[k] for k in range(n) if shapely.dwithin(shapes[k], shape, TOUCH_M)}
        free = [look for look in range(len(LOOKS)) if look not in beside] or list(range(len(LOOKS)))
        found.append(min(free, key=found.count))  # min keeps the first of equals
    return tuple(found)


def draw_crews(page: DisplayList, view: View, crews: Crews) -> None:
    """The ground of every crew, below everything else."""
    for shape, look in zip(crews.shapes, crews.look, strict=True):
        fill, hatch = LOOKS[look]
        page.polygons(view.polygons(view.cut(np.array([shape]))), fill=fill, hatch=hatch)


def crews_height(crews: Crews, width: float) -> float:
    """What the list of crews needs of a column of a width [mm]; 0 where there is none."""
    return HEADING_MM + _columns(len(crews), width)[1] * CREW_ROW if len(crews) else 0.0


def _columns(n: int, width: float) -> tuple[int, int]:
    columns = max(1, int(width // COLUMN_MM))
    return columns, max(1, -(-n // columns))


def list_crews(draft: Draft, box: Box, crews: Crews, person: Callable[[str], str] = str) -> None:
    """Sample, supervisor and EAs of each crew, in columns filled from above.

    Parameters
    ----------
    person
        Name to print of a supervisor.
    """
    page, face = draft.page, draft.face
    page.text((box.x0, box.y1 - 3.2), HEADING.of(draft.language), style.HEAD)
    columns, rows = _columns(len(crews), box.width)
    width = box.width / columns
    for n, name in enumerate(crews.names):
        column, row = divmod(n, rows)
        x, y = box.x0 + column * width, box.y1 - HEADING_MM - (row + 0.5) * CREW_ROW
        fill, hatch = LOOKS[crews.look[n]]
        swatch = Box(x, y - 1.6, x + 8.0, y + 1.6)
        page.polygons(corners(swatch), fill=fill, pen=style.RULE, hatch=hatch)
        count = COUNT.format(n=len(crews.serials[n])).of(draft.language)
        said = f"{person(name)}  {_ranges(crews.serials[n])}  {count}"
        size = max(MIN_POINTS, face.fitted(said, 7.0, width - 11.0))
        page.text((x + 9.5, y), face.cut(said, size, width - 11.0), Type(size), anchor="lm")


def _ranges(serials: Sequence[str]) -> str:
    """Serials with runs drawn together: 001–003, 007."""
    runs: list[list[str]] = []
    for serial in serials:
        joins = runs and serial.isdigit() and runs[-1][-1].isdigit()
        if joins and int(serial) == int(runs[-1][-1]) + 1:
            runs[-1].append(serial)
        else:
            runs.append([serial])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
