"""What an export reads, a plan layer by layer, and what it has to say about each: losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from census_gis.inputs.datums import datum
from census_gis.inputs.datums import name as crs_name
from census_gis.inputs.moving import project
from census_gis.language import Text

__all__ = [
    "LEFT_OUT",
    "LONLAT",
    "Loss",
    "PlanSource",
    "is_missing",
    "keys_of",
    "moved",
    "to_lonlat",
]

LONLAT = CRS.from_epsg(4326)
SHOWN_KEYS = 5
PRIVATE_SETTINGS = "image."  # where imagery lies on the computer that made the plan
LEFT_OUT = Text(
    "not handed over: the audit log, the packed inputs and the place of imagery files; they stay in the plan",
    "不随文件交出：审计日志、打包的输入数据、影像文件位置；均保留在方案文件中",
)
KEYS = {
    "districts": "district_code", "enumeration_areas": "ea_code", "dwelling_parts": "part_id",
    "ea_descriptions": "ea_code", "outside_buildings": "building_id", "units": "code",
    "settings": "key", "staff": "staff_id", "assignments": "ea_code", "crews": "supervisor",
    "retired_codes": "ea_code", "special_areas": "special_id", "disputes": "dispute_id",
}  # fmt: skip


@dataclass(frozen=True)
class Loss:
    """One thing a format could not carry as it was: in which layer, what, and which rows (by their key)."""

    layer: str
    what: Text
    rows: tuple[str, ...] = ()

    def say(self) -> Text:
        """The loss in words, with its first rows."""
        shown = ", ".join(self.rows[:SHOWN_KEYS])
        rest = len(self.rows) - SHOWN_KEYS
        more = Text(f" and {rest} more", f" 等，另有 {rest} 行") if rest > 0 else Text("", "")
        at = Text(f" ({shown}{more.en})", f"（{shown}{more.zh}）") if shown else Text("", "")
        label = f"{self.layer}: " if self.layer else ""
        return Text(f"{label}{self.what.en}{at.en}", f"{label}{self.what.zh}{at.zh}")


@dataclass(frozen=True)
class PlanSource:
    """Layers of a plan, read when asked for, so that memory holds one at a time.

    Attributes
    ----------
    name
        What the plan is called: name of its project.
    file
        Name of the plan's file.
    crs
        Projected metric CRS of the plan.
    layers
        Names of the layers, in the plan's order.
    read
        Gives one layer.
    """

    name: str
    file: str
    crs: CRS
    layers: tuple[str, ...]
    read: Callable[[str], gpd.GeoDataFrame]

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """One layer as it may be handed over."""
        frame = self.read(name)
        if name == "settings":
            kept = ~frame["key"].astype(str).str.startswith(PRIVATE_SETTINGS)
            return frame[kept].reset_index(drop=True)
        if name == "special_areas":
            # No kind: sensitive, and neither its people nor its office are handed on.
            sensitive = frame["kind"].isna()
            return frame.assign(
                persons=frame["persons"].mask(sensitive),
                contact_office=frame["contact_office"].mask(sensitive),
            )
        return frame


def keys_of(layer: str, frame: pd.DataFrame) -> list[str]:
    """What a row is called in messages: its code or id, else its number in the layer, from 1."""
    column = KEYS.get(layer)
    if column is None or column not in frame:
        return [str(n + 1) for n in range(len(frame))]
    return [str(value) for value in frame[column]]


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: None, NaN, NA."""
    return value is None or value is pd.NA or value is pd.NaT or (
        isinstance(value, float) and bool(np.isnan(value))
    )  # fmt: skip


def to_lonlat(frame: gpd.GeoDataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """The layer in longitude and latitude of WGS 84 [degrees].

    Raises
    ------
    InputError
        When no public transformation leads there from the plan's datum.
    """
    return project(frame, from_crs=crs, to_crs=LONLAT)


def moved(crs: CRS, formats: str) -> Sequence[Loss]:
    """That the coordinate system changes, and how."""
    words = Text(
        f"coordinates moved from {crs_name(crs)} to longitude and latitude of WGS 84, as {formats} demands",
        f"坐标由 {crs_name(crs)} 转换为 WGS 84 经纬度（{formats} 格式的规定）",
    )
    if datum(crs) != "cgcs2000":
        return [Loss("", words)]
    equal = Text("; CGCS2000 is taken as equal to WGS 84 (they differ by centimetres to decimetres)",
                 "；CGCS2000 按等同 WGS 84 处理（相差厘米至分米级）")  # fmt: skip
    return [Loss("", Text(words.en + equal.en, words.zh + equal.zh))]
