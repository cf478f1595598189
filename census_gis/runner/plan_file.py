"""A plan that somebody hands us is a file like any other: it comes in through the door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd

from census_gis.errors import InputError
from census_gis.inputs.door import check
from census_gis.language import Text
from census_gis.store.geopackage import LAYERS, read_tables
from census_gis.store.lock import writing

__all__ = ["changing", "open_plan"]


def open_plan(path: Path, layers: tuple[str, ...] = LAYERS) -> dict[str, gpd.GeoDataFrame]:
    """Layers of a plan.gpkg by name, all or some, after the checks every GeoPackage passes.

    Raises
    ------
    InputError
        If it is absent, disguised, truncated, holds foreign SQL, or is no plan.
    """
    _require_geopackage(path)
    return read_tables(path, layers)


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """A plan is read, worked on and replaced while nobody else writes to it: no one's changes are lost.

    Raises
    ------
    InputError
        If it is absent or no GeoPackage; nothing is made beside it then.
    ConfigError
        If another process is writing to its folder.
    """
    _require_geopackage(path)
    with writing(path.absolute().parent):
        yield


def _require_geopackage(path: Path) -> None:
    if check(path).driver != "GPKG":
        raise InputError(
            Text("is no GeoPackage.", "不是 GeoPackage。"),
            where=str(path),
            fix=Text("name a plan.gpkg made by `census-gis run`.", "请指定 `census-gis run` 生成的 plan.gpkg。"),
        )  # fmt: skip
