"""Names in full: county, township, district, EA, as every title carries them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from census_gis.language import Language
from census_gis.present.fonts import tidy

__all__ = ["noun_of", "place_of", "place_of_plan", "said_in_full", "townships"]

# Digits of a district code that stand for a unit without a name: county, township.
DIGITS = {"county": slice(0, 6), "township": slice(6, 9)}
LONG = 12  # digits of a code that names them


def place_of(units: pd.DataFrame | None, code: str) -> tuple[str, str]:
    """County and township of a district: their names where known, else the digits of its code.

    Examples
    --------
    >>> place_of(None, "310118002001")
    ('310118', '002')
    """
    county, township = (_name(units, level, code) for level in DIGITS)
    return county, township


def place_of_plan(tables: Mapping[str, Any], language: Language) -> str:
    """The county, and the township where there is one only, that all districts lie in; '' without names."""
    units = tables.get("units")
    if units is None or not len(units):
        return ""
    codes = tables["districts"]["district_code"].astype(str)
    places = [{_name(units, level, code, digits=False) for code in codes} for level in DIGITS]
    return said_in_full(
        [next(iter(names)) if len(names) == 1 else "" for names in places], language
    )


def townships(tables: Mapping[str, Any]) -> list[str]:
    """Name of the township of each district, '' where it has none or all lie in the same."""
    codes = tables["districts"]["district_code"].astype(str)
    named = [_name(tables.get("units"), "township", code, digits=False) for code in codes]
    return named if len(set(named)) > 1 else [""] * len(named)


def said_in_full(names: Sequence[str], language: Language) -> str:
    """Names from the largest unit down as one: joined in Chinese, from the smallest up in English.

    Examples
    --------
    >>> said_in_full(["Yunxi County", "", "Hewan"], "en")
    'Hewan, Yunxi County'
    """
    known = [name for name in names if name]
    if language == "en":
        return ", ".join(reversed(known))
    # Digits of a code stand apart.
    return (" " if any(name.isdigit() for name in known) else "").join(known)


def noun_of(tables: Mapping[str, Any]) -> str:
    """What the census of a plan counts (rule `load.noun`); persons in a plan older than the rule."""
    settings = tables.get("settings")
    if settings is None:
        return "persons"
    found = settings.loc[settings["key"] == "load.noun", "value"]
    return str(found.iloc[0]) if len(found) else "persons"


def _name(units: pd.DataFrame | None, level: str, code: str, *, digits: bool = True) -> str:
    """Name of the unit of a level that a code begins with; else its digits, where they are asked for."""
    if units is not None and len(units):
        known = units.loc[(units["level"].astype(str) == level) & units["name"].notna()]
        hits = [(str(c), str(n)) for c, n in zip(known["code"], known["name"], strict=True)
                if not pd.isna(c) and code.startswith(str(c))]  # fmt: skip
        if hits:
            return tidy(max(hits, key=lambda hit: len(hit[0]))[1])
    part = code[DIGITS[level]]
    return part if digits and len(code) >= LONG and part.strip("0") else ""  # zeros name no place
