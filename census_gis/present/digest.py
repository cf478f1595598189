"""A digest of what is drawn: two sheets with the same digest look the same on paper."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from census_gis.present.display import DisplayList, Rings

__all__ = ["digest_of"]

DIGITS = 16  # of a SHA-256 in hexadecimal: enough to notice, short enough to print
STEPS = 100  # a hundredth of a millimetre: what is nearer is printed at the same place


def digest_of(pages: Iterable[DisplayList], made_for: str = "") -> str:
    """Digest of some pages, 16 hexadecimal digits.

    Parameters
    ----------
    pages
        Display lists.
    made_for
        How they are printed, where that is not drawn on them (georeference, copies).
    """
    sum_ = hashlib.sha256(made_for.encode())
    for page in pages:
        _add(sum_, (float(page.width), float(page.height), *page.maps, page.code_box))
        for item in page.items:
            sum_.update(type(item).__name__.encode())
            _add(sum_, item)
    return sum_.hexdigest()[:DIGITS]


def _add(sum_: Any, value: object) -> None:
    if isinstance(value, Rings):
        sum_.update(np.rint(value.xy * STEPS).astype("<i8").tobytes())
        sum_.update(np.asarray(value.counts).astype("<i8").tobytes())
    elif isinstance(value, bytes):
        sum_.update(value)
    elif isinstance(value, float):
        sum_.update(f"{float(value):.3f};".encode())
    elif isinstance(value, tuple):
        for one in value:
            _add(sum_, one)
    elif is_dataclass(value):
        for one in fields(value):
            _add(sum_, getattr(value, one.name))
    else:
        sum_.update(f"{value};".encode())
