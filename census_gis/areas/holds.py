"""Lines that people decided EAs must keep to: barriers of the district before its fabric is made."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from census_gis import tables
from census_gis.model import District

__all__ = ["with_holds"]


def with_holds(district: District) -> District:
    """The district with the lines of its `hold` edits among its barriers (`hold` = must).

    Doing it twice changes nothing: a line that is a barrier already is not added again.
    """
    if not (district.edits["op"] == "hold").any():
        return district
    held = district.edits[(district.edits["op"] == "hold") & district.edits.geometry.notna()]
    known = district.barriers[district.barriers["source"] == "barriers"].geometry
    there = {bytes(shape) for shape in known.normalize().to_wkb()}
    fresh = held[[bytes(shape) not in there for shape in held.geometry.normalize().to_wkb()]]
    if not len(fresh):
        return district
    rows = gpd.GeoDataFrame(
        {"source": "barriers", "class": None, "name": None, "tunnel": False, "hold": "must"},
        index=fresh.index, geometry=fresh.geometry.to_numpy(), crs=district.crs,
    )  # fmt: skip
    lines = tables.conform(rows.reset_index(drop=True), "BARRIERS", crs=district.crs)
    both = pd.concat([district.barriers, lines[list(tables.names("BARRIERS"))]], ignore_index=True)
    return replace(district, barriers=tables.conform(both, "BARRIERS", crs=district.crs))
