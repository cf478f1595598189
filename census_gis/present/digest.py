"""A digest of what is drawn: two sheets with the same digest look the same on paper."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from census_gis.present.display import (
    Clip,
    Color,
    DisplayList,
    Hatch,
    Item,
    Path,
    Pen,
    Picture,
    Rings,
    Type,
    Unclip,
    Words,
)  # fmt: skip

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
        box = None if page.code_box is None else tuple(round(float(mm), 2) for mm in page.code_box)
        maps = [[round(float(v), 3) for part in one for v in part] for one in page.maps]
        sum_.update(f"page {page.width:.2f} {page.height:.2f} {maps} {box};".encode())
        sum_.update(b"".join(map(_said, page.items)))
    return sum_.hexdigest()[:DIGITS]


def _said(item: Item) -> bytes:
    """What an item looks like, as bytes."""
    match item:
        case Path(rings, closed, fill, pen, hatch):
            look = f"path {closed} {_colour(fill)} {_look(pen)} {_look(hatch)};"
            return look.encode() + _points(rings)
        case Words(x, y, words, type_, anchor, angle):
            return f"words {x:.2f} {y:.2f} {words} {_look(type_)} {anchor} {angle:.2f};".encode()
        case Clip(rings):
            return b"clip" + _points(rings)
        case Picture(box, jpeg, width, height):
            place = " ".join(f"{mm:.2f}" for mm in box)
            return f"picture {place} {width} {height};".encode() + jpeg
        case Unclip():
            return b"unclip"


def _points(rings: Rings) -> bytes:
    xy = np.rint(rings.xy * STEPS).astype("<i8")
    return xy.tobytes() + np.asarray(rings.counts).astype("<i8").tobytes()


@lru_cache(maxsize=4096)
def _look(style: Pen | Hatch | Type | None) -> str:
    """Pens and types are few, and the same on every sheet."""
    return repr(style)


@lru_cache(maxsize=4096)
def _colour(color: Color | None) -> str:
    return repr(color)
