"""Which code was meant: the nearest one that exists, for the fix of a finding."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = [
    "CODE_DIGITS",
    "COUNTY_DIGITS",
    "LAST",
    "TOWNSHIP_DIGITS",
    "fewest_other_digits",
    "hint",
    "nearest_code",
    "plausible",
    "same_name",
]

# The statistical division code: 12 digits, the first 9 the township's, the first 6 the county's.
CODE_DIGITS, TOWNSHIP_DIGITS, COUNTY_DIGITS = 12, 9, 6
LAST = 599  # of townships and of village-level units; 000 stands for the unit above
SHORT = (("居民委员会", "居委会"), ("村民委员会", "村委会"))
ENDINGS = ("居委会", "村委会", "委员会", "社区", "村")


def _plain(name: str) -> str:
    """A name without spaces and width variants, its committee in the list's short form."""
    text = "".join(unicodedata.normalize("NFKC", name).split())
    for full, short in SHORT:
        text = text.replace(full, short)
    return text


def same_name(one: str, other: str) -> bool:
    """Whether two names are one, written with or without spaces, 居民委员会 or 居委会.

    Examples
    --------
    >>> same_name("翠微路 社区居民委员会", "翠微路社区居委会")
    True
    """
    return _plain(one) == _plain(other)


def _core(name: str) -> str:
    """What is left of a name without its committee: what people call the place."""
    text = _plain(name)
    for ending in ENDINGS:
        text = text.removesuffix(ending) if len(text) > len(ending) else text
    return text


def nearest_code(code: str, name: str, official: pd.Series) -> str:
    """The listed code most likely meant: the same place by name in its county, else the fewest other digits."""
    if not len(official):
        return ""
    near = _around(code, official)
    core = _core(name)
    alike = [other for other, called in near.dropna().items() if _core(str(called)) == core]
    if len(alike) == 1:
        return str(alike[0])
    return fewest_other_digits(code, near.index.to_numpy(dtype=object))


def _around(code: str, official: pd.Series) -> pd.Series:
    """The listed codes of the same county, else of the same prefecture, province, or all."""
    for digits in (COUNTY_DIGITS, 4, 2):
        near = official[official.index.str.startswith(code[:digits])]
        if len(near):
            return near
    return official


def fewest_other_digits(code: str, pool: NDArray[Any]) -> str:
    """The code that differs in the fewest places; of equals the nearest number, then the smaller."""
    same = pool[[len(other) == len(code) for other in pool]]
    if not len(same):
        return ""
    letters = np.array([list(other) for other in same])
    other = (letters != np.array(list(code))).sum(axis=1)
    best = sorted(str(one) for one in same[other == other.min()])
    if not all(one.isdecimal() for one in (code, *best)):
        return best[0]
    return min(best, key=lambda one: (abs(int(one) - int(code)), one))


def plausible(code: str) -> str:
    """The code with its impossible parts moved to the nearest possible ones, '' where the length is wrong."""
    if len(code) != CODE_DIGITS or not code.isdecimal():
        return ""
    parts = [min(max(int(code[i : i + 3]), 1), LAST) for i in (COUNTY_DIGITS, TOWNSHIP_DIGITS)]
    near = code[:COUNTY_DIGITS] + "".join(f"{part:03d}" for part in parts)
    return "" if near == code else near


def hint(near: str, official: pd.Series) -> dict[str, str]:
    """Words for the nearest code, with its name where the list has one."""
    if not near:
        return {"near": "", "near_zh": ""}
    name = official.get(near)
    called = "" if name is None or pd.isna(name) else f" {name}"
    return {"near": f"; the nearest is {near}{called}", "near_zh": f"，最接近的是 {near}{called}"}
