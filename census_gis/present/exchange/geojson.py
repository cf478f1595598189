"""GeoJSON by RFC 7946: longitude and latitude of WGS 84, right-hand rule, bounded digits, UTF-8."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.language import Text
from census_gis.present.exchange.fields import write_fields
from census_gis.present.exchange.source import (
    Loss,
    PlanSource,
    is_missing,
    keys_of,
    moved,
    to_lonlat,
)

__all__ = ["COARSE", "DIGITS", "finer", "plain_value", "rounded", "write_geojson"]

DIGITS = (8, 9, 10, 11, 12)  # 1e-8 degrees are 1.1 mm; more only where a shape would break


COARSE = Loss("", Text(f"coordinates rounded to {DIGITS[0]} digits of a degree (1 mm)",
                       f"坐标保留 {DIGITS[0]} 位小数（度，约 1 毫米）"))  # fmt: skip


def write_geojson(plan: PlanSource, folder: Path, *, advance: Callable[[str], None]) -> list[Loss]:
    """One FeatureCollection a layer that has rows; rows without a shape have the geometry null."""
    losses = [*moved(plan.crs, "GeoJSON"), COARSE]
    columns: dict[str, list[str]] = {}
    for layer in plan.layers:
        frame = plan.layer(layer)
        if len(frame):
            columns[layer] = [str(name) for name in frame.columns if name != "geometry"]
            losses += _write(plan, folder / f"{layer}.geojson", layer, frame)
        advance(layer)
    write_fields(folder / "fields.csv", columns, short={})
    return losses


def rounded(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], int]:
    """Shapes in degrees with as few digits (from 8 up) as leave every valid one valid; and that number."""
    valid = shapely.is_valid(shapes)
    for digits in DIGITS:
        tried = shapely.transform(shapes, lambda xy, d=digits: np.round(xy, d))
        if not (valid & ~shapely.is_valid(tried)).any():
            return tried, digits
    return shapes, 17


def finer(layer: str, digits: int) -> list[Loss]:
    """That a layer needed more digits than the others."""
    if digits == DIGITS[0]:
        return []
    return [Loss(layer, Text(f"coordinates rounded to {digits} digits of a degree, so that no shape breaks",
                             f"坐标保留 {digits} 位小数（度），以免几何失效"))]  # fmt: skip


def plain_value(value: Any) -> Any:
    """A cell as JSON has it: text, whole number, number, true or false, null."""
    if is_missing(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _write(plan: PlanSource, path: Path, layer: str, frame: gpd.GeoDataFrame) -> list[Loss]:
    losses: list[Loss] = []
    geometries: Sequence[Any] = [None] * len(frame)
    if "geometry" in frame:
        placed = to_lonlat(frame, plan.crs).geometry.to_numpy()
        shapes, digits = rounded(shapely.orient_polygons(placed))
        geometries = shapes.tolist()
        losses += finer(layer, digits)
        bare = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        if bare.any():
            losses.append(Loss(layer, Text(f"{int(bare.sum())} rows have no shape: geometry null",
                                           f"{int(bare.sum())} 行无几何：geometry 为 null"),
                               tuple(keys_of(layer, frame[bare]))))  # fmt: skip
    else:
        losses.append(Loss(layer, Text("has no shapes: geometry null", "无几何：geometry 为 null")))
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f'{{"type":"FeatureCollection","name":{json.dumps(layer)},"features":[\n')
        before = ""
        for line in _features(frame, geometries):
            stream.write(before + line)
            before = ",\n"
        stream.write("\n]}\n")
    return losses


def _features(frame: gpd.GeoDataFrame, geometries: Sequence[Any]) -> Iterator[str]:
    names = [name for name in frame.columns if name != "geometry"]
    values = [frame[name].tolist() for name in names]
    for cells, shape in zip(zip(*values, strict=True), geometries, strict=True):
        properties = {name: plain_value(cell) for name, cell in zip(names, cells, strict=True)}
        empty = shape is None or shape.is_empty
        geometry = None if empty else shapely.geometry.mapping(shape)
        yield json.dumps({"type": "Feature", "properties": properties, "geometry": geometry},
                         ensure_ascii=False, allow_nan=False, separators=(",", ":"))  # fmt: skip
