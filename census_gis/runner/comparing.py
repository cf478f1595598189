"""`census-gis compare`: plans and zones read through the door, compared, and laid down in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from census_gis.areas.agreement import Agreement, agreement
from census_gis.areas.compare import Comparison, compare_tables
from census_gis.errors import ConfigError, InputError
from census_gis.inputs.crs import resolve
from census_gis.inputs.layers import longitude_of
from census_gis.inputs.open import open_vector
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import nearest
from census_gis.runner.plan_file import open_plan
from census_gis.runner.recheck import profile_of

__all__ = ["compare_plans", "compare_zones", "noun_of"]

LAYERS = (
    "districts",
    "enumeration_areas",
    "dwelling_parts",
    "ea_lines",
    "context_lines",
    "context_areas",
    "settings",
)


def compare_plans(old: Path, new: Path) -> Comparison:
    """Compare two plan.gpkg by the rules of the new one.

    Raises
    ------
    InputError
        If a file is no plan, or they have no coordinate system or ground in common.
    """
    one, two = (open_plan(path, LAYERS) for path in (old, new))
    return compare_tables(one, two, profile_of(two["settings"]))


def compare_zones(plan: Path, zones: str, *, code: str) -> Agreement:
    """Compare a plan.gpkg with polygons of any file; these are brought into the plan's coordinate system.

    Parameters
    ----------
    zones
        FILE or FILE:LAYER.
    code
        Column with the name of each zone.

    Raises
    ------
    InputError
        If a file cannot be read, has no polygons, or lies elsewhere.
    ConfigError
        If there is no such column.
    """
    tables = open_plan(plan, LAYERS)
    return agreement(tables, _read_zones(zones, code, tables["districts"]), code=code)


def _read_zones(words: str, code: str, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Polygons of a file in the plan's coordinate system."""
    path, layer = _split(words)
    source = Source(path, layer=layer)
    opened = open_vector(source)
    _require_column(opened.frame, code, source.label)
    crs, _ = resolve(
        opened.frame, stated=opened.stated_crs, source_crs=None, hint_longitude=longitude_of(districts), where=source.label,
    )  # fmt: skip
    frame = opened.frame.set_crs(crs, allow_override=True).to_crs(districts.crs)
    frame["geometry"] = shapely.make_valid(np.asarray(frame.geometry, object))
    frame = frame[shapely.get_dimensions(np.asarray(frame.geometry, object)) == 2]
    if not len(frame):
        raise InputError(
            Text("holds no polygons.", "没有面状要素。"), where=source.label,
            fix=Text("name a layer of zones.", "请指定区划面图层。"),
        )  # fmt: skip
    names = [_text(value) for value in frame[code]]
    return gpd.GeoDataFrame({code: names}, geometry=frame.geometry.to_numpy(), crs=districts.crs)


def _require_column(frame: gpd.GeoDataFrame, code: str, where: str) -> None:
    columns = [name for name in frame.columns if name not in ("geometry", "_row")]
    if code not in columns:
        guess = nearest(code, columns)
        raise ConfigError(
            Text(f"there is no column '{code}'." if code else "the column with the zones' codes is not named.",
                 f"没有“{code}”列。" if code else "未指明区划代码所在的列。"),
            where=where, fix=Text(f"give --code one of: {', '.join(columns)} (nearest: {guess}).",
                                  f"--code 可用：{'、'.join(columns)}（最接近：{guess}）。"),
        )  # fmt: skip


def _split(words: str) -> tuple[Path, str | None]:
    """File and layer; a colon that belongs to the path (C:/…) is no divider."""
    whole = Path(words).absolute()
    head, colon, tail = words.rpartition(":")
    if whole.exists() or not colon or len(head) < 2:
        return whole, None
    return Path(head).absolute(), tail


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def noun_of(plan: Path) -> str:
    """What the census of a plan counts."""
    return profile_of(open_plan(plan, ("settings",))["settings"]).noun
