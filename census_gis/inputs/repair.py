"""Geometry is repaired by rule, and every repair is written down with the area it moved.

Nothing is repaired silently: a shape that changes by more than 0.5 % of its area, or loses a part, is
an error finding, because then the rule may have understood something else than the drawer meant.
"""

from __future__ import annotations

from typing import Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.findings import Kind
from census_gis.language import Text

__all__ = ["Wanted", "drop_unusable", "parts_of", "repair"]

Wanted = Literal["area", "line or area", "any"]
DIMENSIONS: dict[str, tuple[int, ...]] = {"area": (2,), "line or area": (1, 2), "any": (0, 1, 2)}
CHANGED = (
    0.005  # share of the area a repair may change (design note on imagery and population, 4.4)
)
LEAST_M2 = 1e-6  # a polygon below this has no area: three points on a line, a point drawn twice

MISSING = Kind(
    "F701", "warning",
    Text("row {row} has no geometry and was left out.", "第 {row} 行没有几何，已略去。"),
    Text("draw it, or delete the row.", "请补绘，或删除该行。"),
)  # fmt: skip
NOT_FINITE = Kind(
    "F702", "warning",
    Text("row {row} has a coordinate that is not a number and was left out.",
         "第 {row} 行含有非数值坐标，已略去。"),
    Text("correct the coordinate.", "请改正坐标。"),
)  # fmt: skip
FLATTENED = Kind(
    "F703", "note",
    Text("{n} shapes had heights; only their plan is used.", "{n} 个图形带有高程，只使用其平面。"),
    Text("nothing to do.", "无需处理。"),
)  # fmt: skip
REPAIRED = Kind(
    "F704", "warning",
    Text("{row}: the outline crossed itself ({reason}) and was repaired: {before:.1f} m² became "
         "{after:.1f} m².",
         "{row}：轮廓自相交（{reason}），已按规则修复：{before:.1f} 平方米变为 {after:.1f} 平方米。"),
    Text("compare it with the imagery.", "请对照影像核对。"),
)  # fmt: skip
CHANGED_MUCH = Kind(
    "F705", "error",
    Text("{row}: repairing the outline ({reason}) changed it from {before:.1f} m² to {after:.1f} m² "
         "({parts} parts lost).",
         "{row}：修复轮廓（{reason}）后，面积由 {before:.1f} 平方米变为 {after:.1f} 平方米"
         "（丢失 {parts} 个部分）。"),
    Text("draw the outline again.", "请重新绘制轮廓。"),
)  # fmt: skip
WRONG_SHAPE = Kind(
    "F706", "warning",
    Text("{row} is {shape} without area or length to use here and was left out.",
         "{row} 为{shape}，没有可用的面积或长度，已略去。"),
    Text("draw it as an area, or as a line where lines are allowed.", "请绘成面；允许线的图层可绘成线。"),
)  # fmt: skip
CLOSED_LINE = Kind(
    "F707", "note",
    Text("{n} closed lines were read as areas.", "{n} 条闭合线按面读入。"),
    Text("nothing to do.", "无需处理。"),
)  # fmt: skip
THINNED = Kind(
    "F708", "warning",
    Text("{row}: the outline had {n} vertices and was thinned to {left}: {before:.1f} m² became {after:.1f} m².",
         "{row}：轮廓有 {n} 个顶点，已抽稀为 {left} 个：{before:.1f} 平方米变为 {after:.1f} 平方米。"),
    Text("simplify the outline, and compare it with the imagery.", "请简化该轮廓，并对照影像核对。"),
)  # fmt: skip
# A shape with more vertices than this is no drawing of a thing but a scan, a fractal or an attack; the work
# on one district would grow with it without end. A building is much smaller than a district or a coast.
MOST_VERTICES, MOST_OF_BUILDING = 100_000, 5_000
# Vertices closer than this to the last are left out, doubled as needed [m].
FINEST_M, COARSEST_M = 0.05, 1.6
SHAPES = (
    Text("a point", "点"), Text("a line", "线"), Text("a ring", "环"), Text("an area", "面"),
    Text("points", "多点"), Text("lines", "多线"), Text("areas", "多面"), Text("a collection", "集合"),
)  # fmt: skip


def drop_unusable(
    frame: gpd.GeoDataFrame, layer: str
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Leave out rows without geometry or with coordinates that are not numbers.

    Parameters
    ----------
    frame : GeoDataFrame
        With a text column `_key` that names each row in findings.
    layer
        Name of the input, for findings.

    Returns
    -------
    The rows left, and one finding for each row left out.
    """
    shape = np.asarray(frame.geometry.array, dtype=object)
    missing = shapely.is_missing(shape) | shapely.is_empty(shape)
    coordinates, row = shapely.get_coordinates(shape, return_index=True)
    odd = np.zeros(len(shape), dtype=bool)
    odd[row[~np.isfinite(coordinates).all(axis=1)]] = True
    odd &= ~missing
    keys = frame["_key"].to_numpy()
    cases = [MISSING.at(layer, key, row=key) for key in keys[missing]]
    cases += [NOT_FINITE.at(layer, key, row=key) for key in keys[odd]]
    return frame[~(missing | odd)].reset_index(drop=True), cases


def repair(
    frame: gpd.GeoDataFrame, layer: str, *, wanted: Wanted = "area"
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Make every shape flat, valid and of the wanted kind.

    Parameters
    ----------
    frame : GeoDataFrame
        In a projected metric CRS, no missing geometry (see `drop_unusable`); column `_key` names rows.
    layer
        Name of the input, for findings.
    wanted
        ``area`` keeps polygons (closed lines are read as areas), ``line or area`` polygons or lines,
        ``any`` points too.

    Returns
    -------
    The rows left with repaired shapes, and what was done: areas before and after in m2.
    """
    shape = np.asarray(frame.geometry.array, dtype=object)
    keys = frame["_key"].to_numpy()
    cases: list[dict[str, Any]] = []
    high = shapely.has_z(shape) | shapely.has_m(shape)
    if high.any():
        shape = np.where(high, shapely.force_2d(shape), shape)
        cases.append(FLATTENED.at(layer, n=int(high.sum())))
    if wanted == "area":
        shape, closed = _closed_lines(shape)
        if closed:
            cases.append(CLOSED_LINE.at(layer, n=closed))
    shape, thin = _thinned(shape, MOST_OF_BUILDING if layer == "buildings" else MOST_VERTICES)
    cases += [_of_thinned(layer, keys[i], given, shape[i]) for i, given in thin]
    given = shape.copy()
    before, pieces = shapely.area(shape), shapely.get_num_geometries(shape)
    broken = ~shapely.is_valid(shape)
    flat = broken & (shapely.get_dimensions(shape) == 2)
    shape[flat] = shapely.make_valid(shape[flat], method="structure", keep_collapsed=False)
    line = broken & ~flat
    shape[line] = shapely.make_valid(shape[line])
    shape = parts_of(shape, DIMENSIONS[wanted])
    lost = shapely.is_empty(shape)
    if wanted != "any":
        lost |= (shapely.get_dimensions(shape) == 2) & (shapely.area(shape) < LEAST_M2)
        lost |= (shapely.get_dimensions(shape) == 1) & (shapely.length(shape) < LEAST_M2)
    for i in np.flatnonzero(lost):
        cases.append(_lost(layer, keys[i], given[i]))
    after = shapely.area(shape)
    for i in np.flatnonzero(flat & ~lost):
        cases.append(
            _repaired(layer, keys[i], (given[i], shape[i]), (before[i], after[i]), pieces[i])
        )
    whole = frame.set_geometry(gpd.GeoSeries(shape, index=frame.index, crs=frame.crs))
    return whole[~lost].reset_index(drop=True), cases


def _thinned(shape: NDArray[Any], most: int) -> tuple[NDArray[Any], list[tuple[int, Any]]]:
    """Shapes of at most so many vertices, and the rows that had more with what they were.

    Vertices are left out in one pass, because simplifying by distance takes the square of their number; what
    stays too long even so is replaced by its hull.
    """
    thin = [(int(i), shape[i]) for i in np.flatnonzero(shapely.get_num_coordinates(shape) > most)]
    shape = shape.copy() if thin else shape
    for i, given in thin:
        step = FINEST_M
        while shapely.get_num_coordinates(shape[i]) > most and step <= COARSEST_M:
            shape[i] = shapely.remove_repeated_points(given, step)
            step *= 2
        if shapely.get_num_coordinates(shape[i]) > most:
            shape[i] = shapely.convex_hull(given)
    return shape, thin


def _of_thinned(layer: str, key: str, given: Any, left: Any) -> dict[str, Any]:
    numbers = {"n": shapely.get_num_coordinates(given), "left": shapely.get_num_coordinates(left)}
    return THINNED.at(
        layer, key, left, row=key, before=shapely.area(given), after=shapely.area(left), **numbers
    )


def _closed_lines(shape: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Closed lines as polygons (drawings from CAD hold buildings like that), and how many."""
    kind = shapely.get_type_id(shape)
    lines = shape.copy()
    lines[kind == 5] = shapely.line_merge(shape[kind == 5])
    closed = np.isin(shapely.get_type_id(lines), (1, 2)) & shapely.is_closed(lines)
    closed &= shapely.get_num_coordinates(lines) >= 4
    shape = shape.copy()
    rows = np.flatnonzero(closed)
    shape[rows] = [shapely.Polygon(shapely.get_coordinates(lines[row])) for row in rows]
    return shape, int(closed.sum())


def parts_of(shape: NDArray[Any], dimensions: tuple[int, ...]) -> NDArray[Any]:
    """Of each shape the parts of its highest dimension, where that is wanted; else empty."""
    shape = shape.copy()
    for i in np.flatnonzero(shapely.get_type_id(shape) == 7):
        parts = shapely.get_parts(shape[i])
        while (shapely.get_type_id(parts) == 7).any():
            parts = shapely.get_parts(parts)
        top = shapely.get_dimensions(parts)
        best = [part for part in parts[top == top.max()] if not part.is_empty] if len(parts) else []
        shape[i] = shapely.union_all(best) if best else shapely.GeometryCollection()
    unwanted = ~np.isin(shapely.get_dimensions(shape), dimensions)
    shape[unwanted] = shapely.GeometryCollection()
    return shape


def _lost(layer: str, key: str, given: Any) -> dict[str, Any]:
    words = SHAPES[int(shapely.get_type_id(given))]
    case = WRONG_SHAPE.at(layer, key, given, row=key, shape=words.en)
    # The kind of shape is a word of its own in each language.
    chinese = WRONG_SHAPE.at(layer, key, given, row=key, shape=words.zh)
    return {**case, "message_zh": chinese["message_zh"]}


def _repaired(
    layer: str, key: str, shapes: tuple[Any, Any], areas: tuple[float, float], pieces: int
) -> dict[str, Any]:
    given, mended = shapes
    before, after = areas
    parts = max(int(pieces) - int(shapely.get_num_geometries(mended)), 0)
    much = abs(after - before) > CHANGED * max(before, LEAST_M2) or parts > 0
    reason = str(shapely.is_valid_reason(given)).split("[")[0]
    kind = CHANGED_MUCH if much else REPAIRED
    return kind.at(
        layer, key, mended, row=key, reason=reason, before=before, after=after, parts=parts
    )
