"""Buildings parted by floors, seen from the side: floors upward, doors across, whose EA each piece is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.present import style
from census_gis.present.display import Box, Type
from census_gis.present.furniture import Draft
from census_gis.present.layers import DistrictLayers
from census_gis.present.style import MIN_POINTS
from census_gis.present.words import say

__all__ = ["Tower", "draw_ladders", "ladder_width", "towers_of"]

MOST_TOWERS = 3
AXIS_MM = 7.0
DOOR_MM = 14.0
LEAST_DOOR_MM = 8.0
MOST_WIDTH_MM = 60.0
GAP_MM = 3.0
HEAD_MM = 10.0
FOOT_MM = 5.0
MOST_FLOOR_MM = 6.0
LABELS_MM = 2.8  # floors are numbered no closer than this
STEPS = (1, 2, 5, 10, 20, 50)


@dataclass(frozen=True)
class Tower:
    """A building: its number in the EA, its doors (0 for the whole), floors, and the EA serial of each piece."""

    number: str
    doors: tuple[int, ...]
    floors: int
    owner: dict[tuple[int, int], str]


def towers_of(layers: DistrictLayers, rows: NDArray[np.int64]) -> list[Tower]:
    """The buildings of some rows, in their order, at most three.

    Parameters
    ----------
    rows
        Rows of `layers.buildings` whose buildings several EAs share by floors.
    """
    found: list[Tower] = []
    if not len(rows):
        return found
    table = layers.buildings.columns
    named = layers.parts["building_id"].fillna(layers.parts["part_id"]).astype(str).to_numpy()
    for row in np.unique(rows)[:MOST_TOWERS].tolist():
        parts = layers.parts.loc[named == table["key"][row]]
        top = int(np.nanmax([1.0, *parts["floors"].to_numpy(dtype=float),
                             *parts["floor_hi"].astype("float64").to_numpy()]))  # fmt: skip
        owner: dict[tuple[int, int], str] = {}
        for part in parts.itertuples():
            low = 1 if pd.isna(part.floor_lo) else int(part.floor_lo)
            high = top if pd.isna(part.floor_hi) else int(part.floor_hi)
            serial = str(part.ea_code).removeprefix(layers.code)
            owner |= {(int(part.unit), floor): serial for floor in range(low, high + 1)}
        doors = tuple(sorted({door for door, _ in owner}))
        found.append(Tower(str(table["number"][row]), doors, top, owner))
    return found


def ladder_width(towers: Sequence[Tower]) -> float:
    """Width they want on paper [mm]; 0 for none."""
    if not towers:
        return 0.0
    wide = sum(AXIS_MM + DOOR_MM * len(tower.doors) for tower in towers)
    return min(MOST_WIDTH_MM, wide + GAP_MM * (len(towers) - 1))


def draw_ladders(draft: Draft, box: Box, towers: Sequence[Tower], mine: str) -> None:
    """The towers side by side.

    Parameters
    ----------
    mine
        Serial of the sheet's EA; its pieces are dark.
    """
    at = (box.x0, box.y1 - 3.0)
    draft.page.text(
        at, draft.face.cut(say("ladder", draft.language), style.HEAD.size, box.width), style.HEAD
    )
    doors = sum(len(tower.doors) for tower in towers)
    spare = box.width - len(towers) * AXIS_MM - (len(towers) - 1) * GAP_MM
    each = min(DOOR_MM, spare / max(doors, 1))
    x = box.x0
    for tower in towers:
        wide = AXIS_MM + each * len(tower.doors)
        _tower(draft, Box(x, box.y0, x + wide, box.y1), tower, mine)
        x += wide + GAP_MM


def _tower(draft: Draft, box: Box, tower: Tower, mine: str) -> None:
    page, left = draft.page, box.x0 + AXIS_MM
    bottom, room = box.y0 + FOOT_MM, box.height - HEAD_MM - FOOT_MM
    high = min(MOST_FLOOR_MM, room / tower.floors)
    width = (box.x1 - left) / len(tower.doors)
    top = bottom + high * tower.floors
    words = say("floors_of_number", draft.language, number=tower.number)
    page.text(((left + box.x1) / 2, top + 1.2), words, style.SMALL, anchor="c")
    fine, coarse = [], []
    for n, door in enumerate(tower.doors):
        x = left + n * width
        start = 1
        for serial, run in groupby(
            tower.owner.get((door, f), "") for f in range(1, tower.floors + 1)
        ):
            count = len(list(run))
            cell = Box(
                x, bottom + (start - 1) * high, x + width, bottom + (start - 1 + count) * high
            )
            _piece(draft, cell, serial, mine)
            coarse.append((cell.x0, cell.y1, cell.x1, cell.y1))
            start += count
        coarse += [(x, bottom, x, top), (x + width, bottom, x + width, top)]
        if door:
            said = draft.face.cut(say("door_of", draft.language, n=door), MIN_POINTS, width)
            page.text((x + width / 2, bottom - 3.2), said, Type(MIN_POINTS), anchor="c")
    every = next((n for n in STEPS if n * high >= LABELS_MM), STEPS[-1])
    for floor in range(1, tower.floors + 1):
        y = bottom + (floor - 1) * high
        fine.append((left - 0.8, y, left, y))
        if floor % every == 0 or floor in (1, tower.floors):
            near_top = tower.floors - floor < every and floor not in (1, tower.floors)
            if not near_top:
                page.text((left - 1.2, y + high / 2), str(floor), Type(MIN_POINTS), anchor="rm")
    page.segments(fine, style.GRID)
    page.segments(coarse, style.RULE)
    page.segments([(left - 2, bottom, box.x1, bottom)], style.FRAME)


def _piece(draft: Draft, cell: Box, serial: str, mine: str) -> None:
    """Floors of one EA at one door; its serial where there is room."""
    own = serial == mine
    draft.page.rectangle(cell, fill=style.STOREYED if own else None)
    size = 8.5 if cell.height > 4.0 else MIN_POINTS
    if serial and cell.height >= 2.4 and draft.face.width(serial, size) < cell.width:
        at = ((cell.x0 + cell.x1) / 2, (cell.y0 + cell.y1) / 2)
        type_ = Type(size, halo=0.35 if own else 0.0)
        draft.page.text(at, serial, type_, anchor="cm")
