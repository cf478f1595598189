"""What stands around the map of an EA: title, identification, scale, locator, endorsements, notes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from census_gis.present import style
from census_gis.present.details import AreaOfSheet, MapOfSheet
from census_gis.present.display import Box
from census_gis.present.furniture import (
    Draft,
    bounds,
    foot,
    header,
    identification,
    north_arrow,
    scale_bar,
)  # fmt: skip
from census_gis.present.layers import DistrictLayers
from census_gis.present.locator import draw_locator
from census_gis.present.marks import endorsements, lined_box
from census_gis.present.order import Order, facts_of, shown_count
from census_gis.present.style import MIN_POINTS
from census_gis.present.titles import DIGITS, LONG
from census_gis.present.words import grouped, say

__all__ = ["Surround", "draw_surround"]

Cells = list[tuple[str, str, float]]
# Where the box of the scale is higher than this, facts stand under the scale, which takes so much [mm].
SPARE_MM = 30.0
SCALE_MM = 20.0
FACT_ROW = 2.9


@dataclass(frozen=True)
class Surround:
    """What all pages of a sheet say: `place` and `title` in full, `behind` when its table is on the next page."""

    layers: DistrictLayers
    area: AreaOfSheet
    order: Order
    place: str
    title: str
    behind: bool


def draw_surround(draft: Draft, around: Surround, one: MapOfSheet, *, unpictured: bool) -> None:
    """Everything but the legend.

    Parameters
    ----------
    unpictured
        Whether imagery was asked for and there is none here, which the sheet then says.
    """
    layout, language, area = one.layout, around.order.language, around.area
    under = f"{say('ea_code', language)} {grouped(area.code)}"
    header(draft, layout.header, _heading(around, one.letter), under, around.order.secrecy)
    scale_bar(draft, layout.scale, one.view)
    north_arrow(draft, *layout.arrow)
    state = str(around.layers.district.get("state", ""))
    facts = facts_of(around.layers.crs, replace(around.order, state=state))
    if unpictured:
        facts.append(say("no_image", language))
    lines = [say("disclaimer", language, noun=around.order.noun)]
    if layout.scale.height > SPARE_MM:
        _facts(draft, layout.scale, facts)
    else:
        lines.insert(0, "  ".join(facts))
    if one.letter:
        foot(draft, layout.foot, lines)
        return
    box = layout.identity
    middle = (box.y0 + box.y1) / 2
    identification(draft, Box(box.x0, middle, box.x1, box.y1), _names(around))
    identification(draft, Box(box.x0, box.y0, box.x1, middle), _counts(around))
    if layout.bounds is not None:
        bounds(draft, layout.bounds, around.layers.descriptions.get(area.code, {}))
    if layout.notes is not None:
        lined_box(draft, layout.notes, say("notes", language))
    if layout.locator is not None:
        draw_locator(draft, around.layers, layout.locator, area.shape)
    endorsements(draft, layout.signs)
    hints = "  ".join(_hints(around, one))
    foot(
        draft,
        layout.foot,
        [*lines, hints] if len(lines) == 1 else [lines[0], f"{lines[1]}  {hints}"],
    )


def _facts(draft: Draft, box: Box, facts: list[str]) -> None:
    """What the sheet was made from, under the scale."""
    lines = [line for words in facts for line in draft.face.wrapped(words, MIN_POINTS, box.width)]
    for n, words in enumerate(lines[: int((box.height - SCALE_MM) / FACT_ROW)]):
        at = (box.x0, box.y1 - SCALE_MM - (n + 1) * FACT_ROW + 0.8)
        draft.page.text(at, words, style.NOTE)


def _heading(around: Surround, letter: str) -> str:
    """The full name of the map; in Chinese the EA's number stands apart from its place."""
    language, order = around.order.language, around.order
    whole = around.title
    if language == "zh" and around.place:
        whole = f"{around.place} {around.area.name}"
    if letter:
        return say("detail", language, name=whole, letter=letter)
    return say("map_of" if order.kind == "plan" else "base_of", language, name=whole)


def _hints(around: Surround, one: MapOfSheet) -> list[str]:
    language = around.order.language
    hints = []
    if around.order.kind != "plan":
        return [say(f"{around.order.kind}_note", language)]
    if around.behind and len(around.area.listed):
        hints.append(say("table_behind", language))
    if one.windows:
        hints.append(say("details_note", language))
    return hints


def _names(around: Surround) -> Cells:
    """Names and codes from the county down, as on the census form."""
    language, area = around.order.language, around.area
    code = around.layers.code
    digits = ["", "", code]
    if len(code) >= LONG:
        parts = (code[DIGITS["county"]], code[DIGITS["township"]], code[9:])
        digits = [part if part.strip("0") else "" for part in parts]  # zeros name no place
    keys = ("county", "township", "committee")
    cells: Cells = [
        (say(key, language), name if name == part else f"{name}  {part}".strip(), share)
        for key, name, part, share in zip(keys, around.layers.place_name, digits, (3.0, 3.0, 5.0), strict=True)
        if name or part
    ]  # fmt: skip
    given = area.row["name"]
    name = "" if pd.isna(given) else str(given)
    own = (
        "" if any(character.isdigit() for character in name) or not _fits(name, language) else name
    )
    return [*cells, (say("ea_short", language), f"{own}  {area.serial}".strip(), 2.5)]


def _fits(name: str, language: str) -> bool:
    """Whether a name was given by somebody and reads in the language of the sheet."""
    return bool(name) and (language == "en") == name.isascii() and "普查小区" not in name


def _counts(around: Surround) -> Cells:
    """What is counted, the kind of EA, and who works there."""
    ea, order, language = around.area.row, around.order, around.order.language
    known = around.layers.buildings.columns["dwellings"][around.area.listed].astype(float)
    dwellings = pd.NA if np.isnan(known).all() else int(np.nansum(known))
    counts = ["persons"] if order.noun == "households" else ["persons", "households"]
    cells: Cells = [
        (say("kind", language), say(f"kind.{ea['kind']}", language), 1.6),
        *((say(name, language, noun=order.noun), shown_count(ea[name], ea, dwellings), 1.5)
          for name in counts),
        (say("buildings", language), f"{int(ea['buildings']):,}", 1.4),
        (say("area", language), f"{float(ea['area_m2']) / 1e4:.2f} ha", 1.8),
        (say("enumerator", language), around.layers.person(ea.get("enumerator")), 2.6),
        (say("supervisor", language), around.layers.person(ea.get("supervisor")), 2.6),
    ]  # fmt: skip
    return cells
