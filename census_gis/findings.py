"""What the program has noticed and goes on with: a table with stable codes, like a linter's.

A module declares the kinds it can find, once, and states a case with `Kind.at`:

>>> B901 = Kind("B901", "warning", Text("{n} floors", "{n} 层"), Text("look", "核对"))
>>> row = B901.at("buildings", "17", n=3)
>>> row["message_zh"], row["severity"]
('3 层', 'warning')

First letter of a code: C coordinates, F files and encodings, D districts, B buildings,
L lines and land, I imagery, P persons, G fabric, S size and shape of EAs, A areas and codes, T staff.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from census_gis.language import LANGUAGES, Language, Text, counted

__all__ = ["COLUMNS", "KINDS", "RANK", "Kind", "about", "frame", "in_both", "in_language", "worst"]

Severity = Literal["error", "warning", "note"]
COLUMNS = (
    "code", "severity", "layer", "row_key",
    "message_en", "message_zh", "fix_en", "fix_zh", "geometry",
)  # fmt: skip
KINDS: dict[str, Kind] = {}
STAFF = "T"  # staff are persons whatever is counted
RANK: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Kind:
    """One kind of finding: a code that never changes its meaning, and how to say it."""

    code: str
    severity: Severity
    message: Text
    fix: Text

    def __post_init__(self) -> None:
        """Register the kind, so that the list of all kinds can be printed."""
        known = KINDS.setdefault(self.code, self)
        if known != self:
            raise ValueError(f"finding {self.code} is declared twice with different words")

    def at(
        self, layer: str, row_key: object = "", geometry: object = None, **values: object
    ) -> dict[str, Any]:
        """One case of it: the layer and row it is about, where, and the numbers to say."""
        message, fix = self.message.format(**values), self.fix.format(**values)
        return {
            "code": self.code, "severity": self.severity, "layer": layer, "row_key": str(row_key),
            "message_en": message.en, "message_zh": message.zh,
            "fix_en": fix.en, "fix_zh": fix.zh, "geometry": geometry,
        }  # fmt: skip


def frame(rows: Iterable[Mapping[str, Any]], crs: object) -> gpd.GeoDataFrame:
    """Cases as a GeoDataFrame in a fixed order: worst first, then code, layer, row."""
    cases = list(rows)
    if not cases:
        return _none(crs).copy()
    cases.sort(
        key=lambda case: (
            RANK[case["severity"]],
            *(str(case[name]) for name in ("code", "layer", "row_key", "message_en")),
        )
    )
    table = pd.DataFrame({name: [case[name] for case in cases] for name in COLUMNS})
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


@lru_cache(maxsize=16)
def _none(crs: object) -> gpd.GeoDataFrame:
    """No case: most districts and laws have none."""
    table = pd.DataFrame([], columns=list(COLUMNS))
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


def in_language(found: gpd.GeoDataFrame, language: Language) -> gpd.GeoDataFrame:
    """The same findings with one `message` and one `fix` column, as the plan stores them."""
    table = found.rename(columns={f"message_{language}": "message", f"fix_{language}": "fix"})
    return table[["code", "severity", "layer", "row_key", "message", "fix", "geometry"]]


def in_both(row: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as a plan stores it, in one language, as one that says the same in both."""
    said = {f"{half}_{one}": row[half] for half in ("message", "fix") for one in LANGUAGES}
    return {**row, **said}


def about(found: gpd.GeoDataFrame, noun: str) -> gpd.GeoDataFrame:
    """The same findings, those about persons said of what the census counts (rule `load.noun`)."""
    if noun == "persons" or not len(found):
        return found
    kinds = [None if code.startswith(STAFF) else KINDS.get(code) for code in found["code"]]
    said: dict[str, list[str]] = {}
    for half in ("message", "fix"):
        for language in LANGUAGES:
            column = f"{half}_{language}"
            said[column] = [
                text if kind is None else _restated(text, getattr(kind, half), noun, language)
                for text, kind in zip(found[column], kinds, strict=True)
            ]
    return found.assign(**said)


def _restated(sentence: str, template: Text, noun: str, language: Language) -> str:
    """A filled-in sentence with another noun: its values stay as they are, our words change."""
    ours = [words for words, *_ in Formatter().parse(template.of(language))]
    theirs = [words for words, *_ in Formatter().parse(counted(template, noun).of(language))]
    fields = [name is not None for _, name, *_ in Formatter().parse(template.of(language))]
    pattern = "".join(
        re.escape(words) + ("(.*?)" if field else "()")
        for words, field in zip(ours, fields, strict=True)
    )
    found = re.fullmatch(pattern, sentence, re.DOTALL)
    if found is None:  # said of something else already, or by another version
        return sentence
    return "".join(a + b for a, b in zip(theirs, found.groups(), strict=True))


def worst(found: pd.DataFrame) -> str:
    """The gravest severity present: 'error', 'warning', 'note', or '' when there is none."""
    present = sorted(set(found["severity"]), key=lambda severity: RANK[severity])
    return present[0] if present else ""
