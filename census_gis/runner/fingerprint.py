"""What of a district a signature is under: a fingerprint of its EAs and dwelling parts.

People, places of codes of neighbours and remarks of staffing may change under a signature; who lives where
and along which lines may not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import shapely

__all__ = ["LAYERS", "fingerprints"]

LAYERS = ("districts", "enumeration_areas", "dwelling_parts")
SIGNED = {
    "districts": ("district_code", "name", "persons", "households", "ea_count"),
    "enumeration_areas": ("ea_code", "name", "kind", "persons", "households", "buildings", "remark"),
    "dwelling_parts": ("part_id", "building_id", "ea_code", "building_number", "persons", "households"),
}  # fmt: skip
DIGITS = 16  # of a SHA-256 in hexadecimal: enough to notice, short enough to print


def fingerprints(tables: Mapping[str, pd.DataFrame], codes: Iterable[str]) -> dict[str, str]:
    """Fingerprint of each district, 16 hexadecimal digits; the order of rows does not matter.

    Parameters
    ----------
    tables
        `LAYERS` of a plan.
    codes
        Districts.
    """
    lines: dict[str, list[str]] = {code: [] for code in codes}
    for layer in LAYERS:
        table = tables[layer]
        table = table[table["district_code"].isin(list(lines))]
        for code, line in zip(table["district_code"], _lines(layer, table), strict=True):
            lines[code].append(line)
    return {
        code: hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:DIGITS]
        for code, rows in lines.items()
    }


def _lines(layer: str, table: pd.DataFrame) -> list[str]:
    """One text for each row: its values, then its shape."""
    plain = table[list(SIGNED[layer])]
    rows = plain.astype(object).where(plain.notna(), None).to_numpy().tolist()
    shapes = np.asarray(table["geometry"], dtype=object)
    solid = shapely.to_wkb(shapely.force_2d(shapes), hex=True)
    return [
        json.dumps([layer, *row, shape], ensure_ascii=False, default=str)
        for row, shape in zip(rows, solid, strict=True)
    ]
