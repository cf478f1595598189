"""A plan that somebody hands us is a file like any other: it comes in through the door."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from census_gis.errors import InputError
from census_gis.inputs.door import check
from census_gis.language import Text
from census_gis.store.geopackage import LAYERS, read_tables

__all__ = ["open_plan"]


def open_plan(path: Path, layers: tuple[str, ...] = LAYERS) -> dict[str, gpd.GeoDataFrame]:
    """Layers of a plan.gpkg by name, all or some, after the checks every GeoPackage passes.

    Raises
    ------
    InputError
        If it is absent, disguised, truncated, holds foreign SQL, or is no plan.
    """
    if check(path).driver != "GPKG":
        raise InputError(
            Text("is no GeoPackage.", "不是 GeoPackage。"),
            where=str(path),
            fix=Text("name a plan.gpkg made by `census-gis run`.", "请指定 `census-gis run` 生成的 plan.gpkg。"),
        )  # fmt: skip
    return read_tables(path, layers)
