"""Records of single cases: disputes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd

from census_gis.inputs.columns import as_text
from census_gis.inputs.layers import Cases, Ground, read_layers
from census_gis.inputs.sources import Source
from census_gis.tables import TABLES, conform, names

__all__ = ["read_disputes"]

Sources = Source | Sequence[Source]


def read_disputes(sources: Sources, *, ground: Ground) -> tuple[gpd.GeoDataFrame, Cases]:
    """Table DISPUTES."""
    ours = [name for name in names("DISPUTES") if name != "geometry"]
    frame, cases = read_layers("disputes", sources, ours, ground=ground, wanted="line or area")
    frame = _texts(frame, "DISPUTES")
    return conform(frame.drop(columns=["_row", "_key", "_source"]), "DISPUTES"), cases


def _texts(frame: Any, table: str) -> Any:
    """Text columns of a declared table as texts, not as the numbers a spreadsheet made of them."""
    for name, column in TABLES[table].items():
        if name in frame and column.dtype == "str":
            frame[name] = as_text(frame[name])
    return frame
