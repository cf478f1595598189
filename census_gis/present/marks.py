"""What people write on a sheet: endorsements, seal, copies, notes, buildings found in the field."""

from __future__ import annotations

from collections.abc import Sequence

from census_gis.present import style
from census_gis.present.display import Box, Type
from census_gis.present.furniture import Draft
from census_gis.present.layout import GAP
from census_gis.present.style import MIN_POINTS
from census_gis.present.words import say

__all__ = ["endorsements", "lined_box"]

ROW_MM = 9.0
SEAL_MM = 36.0
SQUARE_MM = 2.4
LINE_MM = 6.5
KEYS = ("drafter", "checker", "date", "enumerator", "supervisor", "copies")


def endorsements(draft: Draft, box: Box) -> None:
    """Boxes to sign in, the place of the seal, and which of the two copies this is.

    Beside one another where the box is wide; in a narrow one the seal stands below.
    """
    wide = box.width > 100
    columns = 3 if wide else 2
    seal = (
        Box(box.x1 - SEAL_MM, box.y0, box.x1, box.y1)
        if wide
        else Box(box.x0, box.y0, box.x1, box.y1 - 3 * ROW_MM)
    )
    draft.page.rectangle(seal, pen=style.RULE)
    middle = ((seal.x0 + seal.x1) / 2, (seal.y0 + seal.y1) / 2)
    draft.page.text(middle, say("seal", draft.language), style.NOTE, anchor="cm")
    width = ((seal.x0 if wide else box.x1) - box.x0) / columns
    for n, key in enumerate(KEYS):
        row, column = divmod(n, columns)
        x, y = box.x0 + column * width, box.y1 - row * ROW_MM
        cell = Box(x, y - ROW_MM, x + width, y)
        draft.page.rectangle(cell, pen=style.RULE)
        if key == "copies":
            _copies(draft, cell)
            continue
        mark = "：" if draft.language == "zh" else ":"
        at = (cell.x0 + 1.5, (cell.y0 + cell.y1) / 2)
        draft.page.text(at, say(key, draft.language) + mark, style.BODY, anchor="lm")


def _copies(draft: Draft, cell: Box) -> None:
    """Two copies, one for the township, one for the district: a square to tick for each."""
    draft.page.text((cell.x0 + 1.5, cell.y1 - 3.0), say("copies", draft.language), style.NOTE)
    x, y = cell.x0 + 1.5, cell.y0 + 1.6
    for key in ("copy_township", "copy_district"):
        draft.page.rectangle(Box(x, y, x + SQUARE_MM, y + SQUARE_MM), pen=style.RULE)
        words = say(key, draft.language)
        size = MIN_POINTS
        draft.page.text((x + SQUARE_MM + 0.8, y + SQUARE_MM / 2), words, Type(size), anchor="lm")
        x += SQUARE_MM + 2.4 + draft.face.width(words, size)


def lined_box(draft: Draft, box: Box, head: str, lines: Sequence[str] = ()) -> None:
    """A box to write in under a heading, with fine lines where no words are given."""
    page = draft.page
    page.rectangle(box, pen=style.RULE)
    page.text((box.x0 + 1.5, box.y1 - 3.4), head, style.SMALL)
    y = box.y1 - 3.4
    for words in lines:
        y -= 3.0
        page.text((box.x0 + 1.5, y), words, Type(MIN_POINTS))
    rows = int((y - box.y0 - GAP) / LINE_MM)
    page.segments(
        [(box.x0 + 1.5, y - (n + 1) * LINE_MM, box.x1 - 1.5, y - (n + 1) * LINE_MM)
         for n in range(rows)], style.FAINT_GRID,
    )  # fmt: skip
