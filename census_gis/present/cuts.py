"""Buildings shared by several EAs on the map of one: where they are cut, and whose the other parts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.present import style
from census_gis.present.display import DisplayList, Type
from census_gis.present.furniture import Draft
from census_gis.present.labels import Board, spread, within
from census_gis.present.layers import DistrictLayers
from census_gis.present.lettering import Lettered, lattice
from census_gis.present.view import View
from census_gis.present.words import say

__all__ = ["Cuts", "cuts_of", "draw_cuts", "letter_cuts"]

# Parts that overlap by more than this share of the smaller lie above one another.
ABOVE_SHARE = 0.02
SIZES = (7.5, 6.0)


@dataclass(frozen=True)
class Cuts:
    """Pairs of an own row and the row of another EA's part of the same building.

    `lines` are the vertical cuts between them; `above` tells pairs parted by floors instead.
    """

    own: NDArray[np.int64]
    other: NDArray[np.int64]
    lines: NDArray[np.object_]
    above: NDArray[np.bool_]


def cuts_of(layers: DistrictLayers, standing: NDArray[np.int64]) -> Cuts:
    """What an EA shares with others.

    Parameters
    ----------
    standing
        Rows of `layers.buildings` that belong to the EA and stand somewhere.
    """
    table, shapes = layers.buildings.columns, layers.buildings.shapes
    shared = np.flatnonzero(table["shared"].astype(bool) & ~shapely.is_missing(shapes))
    own = shared[np.isin(shared, standing)]
    keys, codes = table["key"], table["ea_code"]
    same = (keys[own][:, None] == keys[shared]) & (codes[own][:, None] != codes[shared])
    at, to = np.nonzero(same)
    a, b = own[at], shared[to]
    common = shapely.intersection(shapes[a], shapes[b])
    least = np.minimum(shapely.area(shapes[a]), shapely.area(shapes[b]))
    return Cuts(a, b, common, shapely.area(common) > ABOVE_SHARE * least)


def draw_cuts(page: DisplayList, cuts: Cuts, view: View) -> set[str]:
    """Vertical cuts as dashed lines through the buildings; the symbols drawn."""
    lines = view.lines(view.cut(cuts.lines[~cuts.above]))
    page.lines(lines, style.CUT_PEN)
    return {"cut"} if len(lines.counts) else set()


def letter_cuts(
    draft: Draft, board: Board, layers: DistrictLayers, cuts: Cuts, view: View, done: Lettered
) -> None:
    """The serial of the other EA on its part of a building cut vertically, once a part."""
    if cuts.above.all():
        return
    codes = layers.buildings.columns["ea_code"]
    for row in np.unique(cuts.other[~cuts.above]).tolist():
        shape = view.on_paper(view.cut(layers.buildings.shapes[[row]]))[0]
        if shape.is_empty:
            continue
        serial = str(codes[row]).removeprefix(layers.code)
        words = say("part_of", draft.language, serial=serial)  # a bare number would be a building's
        done.others_dropped += not _letter(draft, board, shape, words)


def _letter(draft: Draft, board: Board, shape: Any, words: str) -> bool:
    outline, spots = lattice(shape)
    for size, whole in ((SIZES[0], True), (SIZES[1], True), (SIZES[1], False)):
        width = draft.face.width(words, size)
        at = (
            within(board, outline, spots, (width, size))
            if whole
            else spread(board, spots, width, size)
        )
        if at is not None:
            draft.page.text((at.x, at.y), words, Type(size, halo=0.35), anchor="cm")
            return True
    return False
