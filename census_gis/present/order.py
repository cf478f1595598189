"""What a book is asked to be: paper, language, type, marks, imagery; and the notes every page carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from census_gis.language import Language
from census_gis.model import Image
from census_gis.present.fonts import Face
from census_gis.present.layout import Paper
from census_gis.present.words import STATES, say

__all__ = ["Order", "SheetKind", "facts_of", "notes", "shown_count"]

SheetKind = Literal["plan", "base", "blank"]


@dataclass(frozen=True)
class Order:
    """How the sheets of a book are to look.

    `audience` is office or field: sheets for the field print no coordinates. `picture_dpi` is the resolution
    of imagery on paper. `kind` is plan; base for a pale map to be corrected by hand; blank for lines only.
    `state` is that of the plan, `larger` the paper of a sheet whose numbers find no room ('' for none), `approval`
    the number of the surveying authority, `sources` what the data are from, with dates and licences. `duplex` books
    are printed on both sides of the paper, and each of their sheets begins on a front page.
    """

    paper: Paper
    language: Language
    face: Face
    project: str = ""
    secrecy: str = ""
    noun: str = "persons"
    vintage: str = ""
    images: tuple[Image, ...] = ()
    picture_dpi: int = 150
    audience: str = "office"
    kind: SheetKind = "plan"
    state: str = ""
    larger: str = "A3"
    approval: str = ""
    sources: str = ""
    duplex: bool = False

    @property
    def gutter(self) -> float | None:
        """How far backs of leaves stand to the left [mm]; None for pages printed on one side."""
        return self.paper.binding - self.paper.margin if self.duplex else None


def notes(crs: Any, order: Order) -> list[str]:
    """Data note and disclaimer."""
    language = order.language
    facts = facts_of(crs, order)
    return ["  ".join(facts), say("disclaimer", language, noun=order.noun)]


def facts_of(crs: Any, order: Order) -> list[str]:
    """What a sheet was made from: project, coordinate system, vintage of codes, imagery and its date, state."""
    language = order.language
    facts = [say("made", language, noun=order.noun, project=order.project)]
    if crs is not None:
        facts.append(say("crs", language, crs=crs.name))
    if order.vintage:
        facts.append(say("vintage", language, vintage=order.vintage))
    dated = (image for image in order.images if image.taken or image.source)
    said = [say("image", language, taken=i.taken, source=i.source).strip() for i in dated]
    facts += list(dict.fromkeys(said))[:2]
    if order.sources:
        facts.append(say("sources", language, sources=order.sources))
    if order.approval:
        facts.append(say("approval", language, number=order.approval))
    if order.state:
        state = STATES[order.state].of(language) if order.state in STATES else order.state
        facts.append(say("state", language, state=state))
    return facts


def shown_count(value: Any, ea: pd.Series, dwellings: float) -> str:
    """A count of an EA, hidden where it would be the count of a single dwelling (contract, law 7).

    Parameters
    ----------
    dwellings
        Dwellings of the EA, used where its households are not known; NaN when nobody knows.
    """
    if pd.isna(value):
        return "—"
    households = ea["households"]
    fewest = dwellings if pd.isna(households) else float(households)
    # A virtual EA has no dwellings: its count is that of a register.
    few = ea["kind"] != "virtual" and not pd.isna(fewest) and fewest < 2 and int(ea["persons"]) > 0
    return "*" if few else f"{int(value):,}"
