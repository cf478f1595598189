"""Names in full: county, township, district, EA, as every title carries them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from census_gis.language import Language
from census_gis.present.fonts import tidy
from census_gis.present.words import LATIN

__all__ = [
    "language_of",
    "noun_of",
    "place_of",
    "place_of_plan",
    "places_of",
    "said_in_full",
    "townships",
]

# Digits of a district code that stand for a unit without a name: county, township.
DIGITS = {"county": slice(0, 6), "township": slice(6, 9)}
LONG = 12  # digits of a code that names them
# Where a Latin letter or a digit meets the next name, as lines.
SEAM = re.compile(f"(?<={LATIN})\\n|\\n(?={LATIN})")


def place_of(units: pd.DataFrame | None, code: str) -> tuple[str, str]:
    """County and township of a district: their names where known, else the digits of its code.

    Examples
    --------
    >>> place_of(None, "310118002001")
    ('310118', '002')
    """
    return places_of(units, [code])[0]


def places_of(units: pd.DataFrame | None, codes: Iterable[str]) -> list[tuple[str, str]]:
    """County and township of each district, as `place_of` has them."""
    codes = list(codes)
    return list(zip(*(_names(units, level, codes) for level in DIGITS), strict=True))


def place_of_plan(tables: Mapping[str, Any], language: Language) -> str:
    """The county, and the township where there is one only, that all districts lie in; '' without names."""
    units = tables.get("units")
    if units is None or not len(units):
        return ""
    codes = tables["districts"]["district_code"].astype(str)
    places = [set(_names(units, level, codes, digits=False)) for level in DIGITS]
    return said_in_full(
        [next(iter(names)) if len(names) == 1 else "" for names in places], language
    )


def townships(tables: Mapping[str, Any]) -> list[str]:
    """Name of the township of each district, '' where it has none or all lie in the same."""
    codes = tables["districts"]["district_code"].astype(str)
    named = _names(tables.get("units"), "township", codes, digits=False)
    return named if len(set(named)) > 1 else [""] * len(named)


def said_in_full(names: Sequence[str], language: Language) -> str:
    """Names from the largest unit down as one: joined in Chinese, from the smallest up in English.

    Latin letters and the digits of codes stand apart from what is beside them.

    Examples
    --------
    >>> said_in_full(["Yunxi County", "", "Hewan"], "en")
    'Hewan, Yunxi County'
    >>> said_in_full(["郧西县", "Hewan", "第003普查小区"], "zh")
    '郧西县 Hewan 第003普查小区'
    """
    known = [name for name in names if name]
    if language == "en":
        return ", ".join(reversed(known))
    return SEAM.sub(" ", "\n".join(known)).replace("\n", "")


def language_of(tables: Mapping[str, Any]) -> Language:
    """Language of a plan, from its settings."""
    settings = tables["settings"].set_index("key")["value"]
    return "zh" if settings["project.language"] == "zh" else "en"


def noun_of(tables: Mapping[str, Any]) -> str:
    """What the census of a plan counts (rule `load.noun`); persons in a plan older than the rule."""
    settings = tables.get("settings")
    if settings is None:
        return "persons"
    found = settings.loc[settings["key"] == "load.noun", "value"]
    return str(found.iloc[0]) if len(found) else "persons"


def _names(
    units: pd.DataFrame | None, level: str, codes: Iterable[str], *, digits: bool = True
) -> list[str]:
    """Name of the unit of a level that each code begins with; else its digits, where they are asked for."""
    known: dict[str, str] = {}
    if units is not None and len(units):
        told = (units["level"].astype(str) == level) & units["name"].notna() & units["code"].notna()
        own = units.loc[told, ["code", "name"]].astype(str)
        known = {code: tidy(name) for code, name in zip(own["code"], own["name"], strict=True)}
    return [_name(known, code, DIGITS[level] if digits else None) for code in codes]


def _name(known: Mapping[str, str], code: str, digits: slice | None) -> str:
    """The name under the longest beginning of a code, else those of its digits that name a place."""
    for end in range(len(code), 0, -1):
        if code[:end] in known:
            return known[code[:end]]
    part = code[digits] if digits is not None and len(code) >= LONG else ""
    return part if part.strip("0") else ""  # zeros name no place
