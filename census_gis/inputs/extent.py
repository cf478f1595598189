"""Where a layer lies: its boxes, in degrees, against the area a coordinate system is made for."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

__all__ = ["Bounds", "Boxes", "boxes_of", "called", "degrees_of", "outside_of"]

Bounds = tuple[float, float, float, float]
Boxes = NDArray[np.float64]


def boxes_of(subject: Bounds | gpd.GeoDataFrame) -> tuple[Boxes, NDArray[Any]]:
    """Bounds (n, 4) of what has finite ones, and what messages call each row (see `called`)."""
    if isinstance(subject, pd.DataFrame):
        boxes = np.atleast_2d(shapely.bounds(np.asarray(subject.geometry, dtype=object)))
        rows = called(subject)
    else:
        boxes = np.atleast_2d(np.asarray(subject, dtype=float))
        rows = np.ones(1, dtype=np.int64)
    good = np.isfinite(boxes).all(axis=1)
    return boxes[good].reshape(-1, 4), rows[good[: len(rows)]] if len(rows) else rows


def called(frame: pd.DataFrame) -> NDArray[Any]:
    """What messages call the rows of a layer: their `_key`, else their number in the file, from 1."""
    if "_key" in frame:
        return frame["_key"].to_numpy(dtype=object)
    number = frame["_row"].to_numpy() if "_row" in frame else np.arange(len(frame))
    return np.asarray(number + 1)


def degrees_of(crs: CRS, boxes: Boxes) -> Boxes:
    """Bounds of each box in longitude and latitude on the system's own datum; NaN where impossible."""
    if crs.is_geographic:
        return boxes
    step = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    left, bottom, right, top = boxes.T
    lon, lat = step.transform(
        np.stack([left, right, right, left]), np.stack([bottom, bottom, top, top])
    )
    lon, lat = np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)
    return np.stack([lon.min(0), lat.min(0), lon.max(0), lat.max(0)], axis=1)


def outside_of(crs: CRS, degrees: Boxes) -> NDArray[np.float64]:
    """How far each box reaches outside the area of use [degrees]; infinite for what is no place."""
    west, south, east, north = degrees.T
    area = crs.area_of_use
    if area is None or area.west > area.east:
        limits = (-180.0, -90.0, 180.0, 90.0)
    else:
        limits = (area.west, area.south, area.east, area.north)
    over = np.stack([limits[0] - west, limits[1] - south, east - limits[2], north - limits[3]])
    off = np.maximum(over.max(axis=0), 0.0)
    if crs.is_geographic:
        off = np.where((np.abs(degrees[:, [0, 2]]).max(1) > 180) | (np.abs(degrees[:, [1, 3]]).max(1) > 90), np.inf, off)  # fmt: skip
    return np.where(np.isfinite(off), off, np.inf)
