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
NOWHERE = np.empty((0, 2))
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
        looks, rings, places = _parts(page.items)
        sum_.update("".join(looks).encode())
        xy = [one.xy for one in rings]
        for values in (np.concatenate([NOWHERE, *xy]), np.array(places)):
            sum_.update(np.rint(values * STEPS).astype("<i8").tobytes())
        counts = np.concatenate([NOWHERE[:, 0], *(one.counts for one in rings)])
        sum_.update(counts.astype("<i8").tobytes())
        for item in page.items:
            if isinstance(item, Picture):
                sum_.update(item.jpeg)
    return sum_.hexdigest()[:DIGITS]


def _parts(items: Iterable[Item]) -> tuple[list[str], list[Rings], list[float]]:
    """What items look like, in words; their rings; and other places on paper [mm] and turns [degrees]."""
    looks: list[str] = []
    rings: list[Rings] = []
    places: list[float] = []
    for item in items:
        match item:
            case Path(xy, closed, fill, pen, hatch):
                looks.append(_path(closed, fill, pen, hatch))
                rings.append(xy)
                looks.append(f"{len(xy.counts)};")
            case Words(x, y, words, type_, anchor, angle):
                looks.append(f"words {words} {_look(type_)} {anchor};")
                places += (x, y, angle)
            case Clip(xy):
                looks.append(f"clip {len(xy.counts)};")
                rings.append(xy)
            case Picture(box, _, width, height):
                looks.append(f"picture {width} {height};")
                places += box
            case Unclip():
                looks.append("unclip;")
    return looks, rings, places


@lru_cache(maxsize=4096)
def _path(closed: bool, fill: Color | None, pen: Pen | None, hatch: Hatch | None) -> str:
    return f"path {closed} {fill!r} {_look(pen)} {_look(hatch)} "


@lru_cache(maxsize=4096)
def _look(style: Pen | Hatch | Type | None) -> str:
    """Pens and types are few, and the same on every sheet."""
    return repr(style)
