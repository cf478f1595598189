"""Moving layers from one coordinate system to another, and choosing the one to work in."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer, network
from pyproj.transformer import TransformerGroup

from census_gis.errors import ConfigError, InputError
from census_gis.findings import Kind
from census_gis.inputs.datums import datum, flat, is_old_chinese, name, same_place, user_crs
from census_gis.inputs.extent import Bounds, boxes_of, called, degrees_of, outside_of
from census_gis.inputs.zones import zone_of
from census_gis.language import Text

__all__ = ["bounds_in", "project", "transform_findings", "working_crs"]

FAR_DEG = 8.0
EDGE_POINTS = 21  # edges of a rectangle bend when they are projected
ROUGH_M = 5.0  # worse than this and a building may stand on the wrong side of a street

C008 = Kind(
    "C008", "note",
    Text("{one} and {other} were treated as equal (they differ by centimetres to decimetres)",
         "{one} 与 {other} 按相同处理（相差厘米至分米级）"),
    Text("nothing to do", "无需处理"),
)  # fmt: skip
C009 = Kind(
    "C009", "warning",
    Text("moved from {one} to {other} with an accuracy of {metres} m",
         "由 {one} 转换到 {other}，精度 {metres} 米"),
    Text("supply the data in the coordinate system of the districts", "请提供与普查区相同坐标系的数据"),
)  # fmt: skip


def working_crs(districts: gpd.GeoDataFrame, wanted: str | None = None) -> CRS:
    """The projected metric CRS a project is computed in.

    The one wanted; else that of the districts when it is projected, in metres and true to scale; else
    by longitude: the CGCS2000 3-degree zone where EPSG defines one for the place, else UTM.

    Raises
    ------
    ConfigError
        When the one wanted is not projected in metres, or is made for another part of the world.
    InputError
        When the districts have no coordinate system or no geometry.
    """
    if districts.crs is None or not len(boxes_of(districts)[0]):
        raise InputError(
            Text("the districts have no geometry in a known coordinate system.", "普查区没有已知坐标系的几何。"),
            where="districts", fix=Text('state crs = "EPSG:…".', '请写明 crs = "EPSG:…"。'),
        )  # fmt: skip
    box = np.asarray(districts.total_bounds, dtype=float)
    west, south, east, north = degrees_of(districts.crs, box[None, :])[0]
    lon, lat = (west + east) / 2, (south + north) / 2
    if wanted is not None:
        crs = user_crs(wanted, "project.crs")
        if not _is_metric(crs) or outside_of(crs, np.array([[lon, lat, lon, lat]]))[0] > FAR_DEG:
            raise ConfigError(
                Text(f"{name(crs)} is not a metric system for longitude {lon:.1f}, latitude {lat:.1f}.",
                     f"{name(crs)} 不是适用于经度 {lon:.1f}、纬度 {lat:.1f} 的米制投影坐标系。"),
                where="project.crs",
                fix=Text(f"{name(_by_place(lon, lat))} fits; without crs it is chosen.",
                         f"可用 {name(_by_place(lon, lat))}；不写 crs 时自动选定。"),
            )  # fmt: skip
        return crs
    return flat(districts.crs) if _is_metric(districts.crs) else _by_place(lon, lat)


def project(frame: gpd.GeoDataFrame, *, from_crs: CRS, to_crs: CRS) -> gpd.GeoDataFrame:
    """The frame with its geometries moved to another coordinate system (x = east, y = north).

    Between WGS 84 and CGCS2000 only the projection changes (`transform_findings` records it).

    Raises
    ------
    InputError
        When only a guess ("ballpark") leads from one datum to the other, as for Beijing 1954 and
        Xi'an 1980; or when a coordinate cannot be projected.
    """
    shapes = np.asarray(frame.geometry, dtype=object)
    if not same_place(from_crs, to_crs):
        for step in _steps(from_crs, to_crs):
            shapes = shapely.transform(shapes, step.transform, interleaved=False)
        bad = ~np.isfinite(shapely.bounds(shapes)).all(axis=1) & ~_empty(shapes)
        if bad.any():
            raise InputError(
                Text(f"{int(bad.sum())} objects cannot be moved from {name(from_crs)} to {name(to_crs)}.",
                     f"{int(bad.sum())} 个对象无法由 {name(from_crs)} 转换到 {name(to_crs)}。"),
                where="crs", rows=called(frame)[bad].tolist(),
                fix=Text("check the coordinate system of the input.", "请核对输入的坐标系。"),
            )  # fmt: skip
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=to_crs))


def bounds_in(bounds: Bounds, *, from_crs: CRS, to_crs: CRS) -> Bounds | None:
    """Bounds of a rectangle in another system, None where it has no place there; as `project` moves.

    Raises
    ------
    InputError
        When only a guess leads from one datum to the other.
    """
    if same_place(from_crs, to_crs):
        return bounds
    west, south, east, north = bounds
    share = np.linspace(0, 1, EDGE_POINTS)
    across, along = west + share * (east - west), south + share * (north - south)
    x = np.concatenate([across, across, np.full_like(along, west), np.full_like(along, east)])
    y = np.concatenate([np.full_like(across, south), np.full_like(across, north), along, along])
    for step in _steps(from_crs, to_crs):
        x, y = step.transform(x, y)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def transform_findings(from_crs: CRS, to_crs: CRS, where: str) -> list[dict[str, Any]]:
    """What `project` does to positions beyond arithmetic: datums held equal, or known only roughly.

    Raises
    ------
    InputError
        When only a guess leads from one datum to the other.
    """
    if same_place(from_crs, to_crs) or datum(from_crs) == datum(to_crs):
        return []
    if _held_equal(from_crs, to_crs):
        return [C008.at(where, one="CGCS2000", other="WGS 84")]
    accuracy = _best(from_crs, to_crs, where).accuracy
    if 0 <= accuracy <= ROUGH_M:
        return []
    metres = f"{accuracy:g}" if accuracy >= 0 else "?"
    return [C009.at(where, one=name(from_crs), other=name(to_crs), metres=metres)]


def _is_metric(crs: CRS) -> bool:
    """Projected, in metres, and true to scale (Web Mercator is not)."""
    if not crs.is_projected or "mercator" in crs.name.lower().replace("transverse mercator", ""):
        return False
    return all(abs(axis.unit_conversion_factor - 1) < 1e-9 for axis in crs.axis_info[:2])


def _by_place(lon: float, lat: float) -> CRS:
    """The CGCS2000 zone that EPSG defines for a place, else its UTM zone."""
    zone = zone_of(lon)
    if zone is not None:
        crs = CRS.from_epsg(zone)
        area = crs.area_of_use
        if area is not None and area.south <= lat <= area.north:
            return crs
    number = int(np.clip((lon + 180) // 6 + 1, 1, 60))
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + number)


def _held_equal(one: CRS, other: CRS) -> bool:
    return datum(one) in ("wgs84", "cgcs2000") and datum(other) in ("wgs84", "cgcs2000")


@lru_cache(maxsize=64)
def _steps(from_crs: CRS, to_crs: CRS) -> list[Transformer]:
    if datum(from_crs) == datum(to_crs) or _held_equal(from_crs, to_crs):
        steps = []
        if not from_crs.is_geographic:
            steps.append(Transformer.from_crs(from_crs, from_crs.geodetic_crs, always_xy=True))
        if not to_crs.is_geographic:
            steps.append(Transformer.from_crs(to_crs.geodetic_crs, to_crs, always_xy=True))
        return steps
    return [_best(from_crs, to_crs)]


def _best(from_crs: CRS, to_crs: CRS, where: str = "crs") -> Transformer:
    """The best transformation between two datums that is not a guess."""
    network.set_network_enabled(False)  # type: ignore[attr-defined]
    old = is_old_chinese(from_crs) or is_old_chinese(to_crs)
    group = (
        None if old else TransformerGroup(from_crs, to_crs, always_xy=True, allow_ballpark=False)
    )
    if group is None or not group.transformers:
        raise InputError(
            Text(f"no public transformation leads from {name(from_crs)} to {name(to_crs)}; a guess would "
                 "be tens of metres wrong.",
                 f"{name(from_crs)} 与 {name(to_crs)} 之间没有公开的转换参数；直接套用会偏差数十米。"),
            where=where,
            fix=Text("have the surveying office transform the data with control points.",
                     "请由测绘部门用控制点转换后再提供。"),
        )  # fmt: skip
    return group.transformers[0]


def _empty(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    return shapely.is_missing(shapes) | shapely.is_empty(shapes)
