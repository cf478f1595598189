"""The only place that opens files of the user: vector layers, tables and images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
from pyproj import CRS

from census_gis.inputs.sources import Source

__all__ = ["LayerInfo", "Opened", "layers", "open_raster", "open_table", "open_vector"]


@dataclass(frozen=True)
class LayerInfo:
    """What a file says about one of its layers."""

    name: str
    geometry_type: str | None
    rows: int
    columns: tuple[str, ...]
    crs: CRS | None


@dataclass(frozen=True)
class Opened:
    """One layer as read: nothing renamed, nothing repaired.

    `frame` holds all columns of the file and the row number of the file in `_row` (from 0); its CRS is
    not set, because what the file states is checked first (`census_gis.inputs.crs.resolve`).
    """

    frame: gpd.GeoDataFrame
    encoding: str
    stated_crs: CRS | None
    driver: str
    layer: str
    findings: list[dict[str, Any]] = field(default_factory=list)


def layers(path: Path) -> list[LayerInfo]:
    """All layers of a file."""
    found = []
    for name, kind in pyogrio.list_layers(path):
        info = pyogrio.read_info(path, layer=name)
        crs = CRS.from_user_input(info["crs"]) if info["crs"] else None
        found.append(LayerInfo(str(name), kind, int(info["features"]), tuple(map(str, info["fields"])), crs))
    return found


def open_vector(source: Source) -> Opened:
    """One layer with its geometries."""
    info = pyogrio.read_info(source.file, layer=source.layer)
    frame = pyogrio.read_dataframe(source.file, layer=source.layer, encoding=source.encoding)
    for column, value in source.where.items():
        frame = frame[frame[column].astype(str) == str(value)]
    frame["_row"] = np.arange(len(frame))
    stated = frame.crs
    frame = gpd.GeoDataFrame(frame).set_crs(None, allow_override=True)
    return Opened(frame, str(info["encoding"]), stated, str(info["driver"]), str(info["layer_name"]))


def open_table(source: Source) -> pd.DataFrame:
    """Rows without geometry: CSV, XLSX, or the attribute table of a GeoPackage."""
    if source.file.suffix.lower() == ".xlsx":
        return pd.read_excel(source.file, sheet_name=source.layer or 0, dtype=str)
    if source.file.suffix.lower() == ".csv":
        return pd.read_csv(source.file, dtype=str, encoding=source.encoding or "utf-8-sig")
    return pyogrio.read_dataframe(source.file, layer=source.layer, read_geometry=False)


@contextmanager
def open_raster(path: Path) -> Iterator[Any]:
    """An image, opened with the driver its first bytes ask for."""
    with rasterio.open(path, driver="GTiff") as dataset:
        yield dataset
