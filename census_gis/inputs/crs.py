"""Which coordinate system the numbers are in, against what the file says; and how they are moved.

What a file states is believed only if its numbers lie where that system is used. Nothing is corrected
silently: either the numbers agree, or the reading stops and says what they look like, or (for a few
stray objects, a missing label that the project file supplies …) a finding gives the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.datums import as_epsg, name, same_place, user_crs
from census_gis.inputs.extent import Bounds, Boxes, boxes_of, degrees_of, outside_of
from census_gis.inputs.moving import project, transform_findings, working_crs
from census_gis.inputs.zones import Reading, looks_like
from census_gis.language import Text

__all__ = ["project", "resolve", "transform_findings", "user_crs", "working_crs"]

MARGIN_DEG = 1.5  # half a 3-degree zone: data of a county may reach that far over its zone's edge
FAR_DEG = 8.0  # beyond this the numbers are no longer an overlong zone but another system
STRAY_SHARE, STRAY_FEW = 0.01, 5  # in small layers up to a tenth, but no more than five

C002 = Kind(
    "C002", "warning",
    Text("the file states {stated}; {used} of the project file was used",
         "文件标明 {stated}；已按项目文件使用 {used}"),
    Text("correct the file, or remove crs from the input", "请改正文件，或去掉该输入的 crs"),
)  # fmt: skip
C003 = Kind(
    "C003", "error",
    Text("{n} of {all} objects lie outside the area of {crs}, e.g. at {x:.3f}, {y:.3f} ({looks_en})",
         "{all} 个对象中有 {n} 个在 {crs} 的适用范围之外，例如 {x:.3f}, {y:.3f}（{looks_zh}）"),
    Text("move or remove these objects", "请移动或删除这些对象"),
)  # fmt: skip
C004 = Kind(
    "C004", "note",
    Text("the file describes its coordinate system without a code; it is the same as {epsg}",
         "文件的坐标系没有代码；其参数与 {epsg} 相同"),
    Text("nothing to do", "无需处理"),
)  # fmt: skip
C005 = Kind(
    "C005", "error",
    Text("the layer lies at longitude {west:.3f} to {east:.3f}, the districts at {hint:.3f}",
         "图层位于经度 {west:.3f} 至 {east:.3f}，而普查区位于 {hint:.3f}"),
    Text("check the coordinate system of both (a wrong central meridian is likely)",
         "请核对两者的坐标系（可能是中央经线有误）"),
)  # fmt: skip
C006 = Kind(
    "C006", "note",
    Text("the file states no coordinate system; {used} of the project file was used",
         "文件未标明坐标系；按项目文件使用 {used}"),
    Text("nothing to do", "无需处理"),
)  # fmt: skip
C007 = Kind(
    "C007", "warning",
    Text("the numbers reach {degrees:.1f} degrees outside the area of {crs}",
         "坐标超出 {crs} 适用范围 {degrees:.1f} 度"),
    Text("check the coordinate system; lengths are distorted out there", "请核对坐标系；范围外长度变形较大"),
)  # fmt: skip


def resolve(
    subject: Bounds | gpd.GeoDataFrame,
    *,
    stated: CRS | None,
    source_crs: str | None,
    hint_longitude: float | None,
    where: str,
) -> tuple[CRS, list[dict[str, Any]]]:
    """The coordinate system of a layer, checked against its numbers.

    Parameters
    ----------
    subject
        The layer (its own CRS is ignored), or (left, bottom, right, top) of it.
    stated
        What the file states, None for nothing.
    source_crs
        What the project file states; it wins over the file, and must agree with the numbers too.
    hint_longitude
        Where the districts are [degrees east], when that is known already.
    where
        File and layer, for messages.

    Raises
    ------
    InputError
        When no coordinate system is stated, when the numbers contradict it, when axes are swapped, or
        when rows of several zones are mixed. The message says what the numbers look like.
    ConfigError
        When `source_crs` is no coordinate system.
    """
    layer = _Layer(*boxes_of(subject), hint_longitude, where)
    found: list[dict[str, Any]] = []
    crs = stated
    if source_crs is not None:
        crs = user_crs(source_crs, where)
        if stated is None:
            found.append(C006.at(where, used=name(crs)))
        elif not same_place(stated, crs):
            found.append(C002.at(where, stated=name(stated), used=name(crs)))
    if crs is None:
        raise _nothing_stated(layer)
    crs, same = as_epsg(crs)
    if same:
        found.append(C004.at(where, epsg=name(crs)))
    return crs, found + _agree(crs, layer) if len(layer.boxes) else found


# ---------------------------------------------------------------- agreement of words and numbers


@dataclass(frozen=True)
class _Layer:
    """What is known of a layer while its numbers are judged."""

    boxes: Boxes
    rows: NDArray[Any]
    hint: float | None
    where: str


def _agree(crs: CRS, layer: _Layer) -> list[dict[str, Any]]:
    """Findings where the numbers fit the coordinate system well enough; an error where not."""
    boxes, hint, where = layer.boxes, layer.hint, layer.where
    degrees = degrees_of(crs, boxes)
    off = outside_of(crs, degrees)
    # Degrees read as metres are a dot near the origin: for UTM less than the margin outside its area.
    stray = off > (0.0 if crs.is_projected and _like_degrees(boxes) else MARGIN_DEG)
    swapped = _swapped(crs, boxes, hint)
    few = max(STRAY_SHARE * len(boxes), min(STRAY_FEW, 10 * STRAY_SHARE * len(boxes)))
    if swapped or stray.sum() > few:
        overlong = not swapped and bool((off <= FAR_DEG).all()) and _sane(crs, boxes[stray], hint)
        if not overlong:
            raise _swapped_axes(crs, layer) if swapped else _contradiction(crs, layer, stray)
        return [C007.at(where, degrees=float(off.max()), crs=name(crs))]
    found = []
    if stray.any():
        x, y = boxes[stray][0, :2]
        looks = _first(looks_like(x, y, hint))
        rows = ", ".join(map(str, layer.rows[stray][:5].tolist()))
        numbers = {"x": x, "y": y, "looks_en": looks.en, "looks_zh": looks.zh, "crs": name(crs)}
        found.append(C003.at(where, rows, n=int(stray.sum()), all=len(boxes), **numbers))
    west, east = float(degrees[~stray, 0].min()), float(degrees[~stray, 2].max())
    if hint is not None and not west - MARGIN_DEG <= hint <= east + MARGIN_DEG:
        found.append(C005.at(where, west=west, east=east, hint=hint))
    return found


def _like_degrees(boxes: Boxes) -> bool:
    """Whether all numbers could be longitudes and latitudes, in whichever order."""
    return bool(np.abs(boxes).max() <= 180.0)


def _turned(boxes: Boxes) -> Boxes:
    return boxes[:, [1, 0, 3, 2]]


def _swapped(crs: CRS, boxes: Boxes, hint: float | None) -> bool:
    """Whether x is north and y east: the numbers fit (or fit the districts) only when exchanged."""
    middle = np.median(boxes, axis=0)[None, :]
    here = degrees_of(crs, middle)
    there = degrees_of(crs, _turned(middle))
    if outside_of(crs, here)[0] > MARGIN_DEG:
        return bool(outside_of(crs, there)[0] <= MARGIN_DEG)
    if not crs.is_geographic:
        return False
    lon, lat = (here[0, 0] + here[0, 2]) / 2, (here[0, 1] + here[0, 3]) / 2
    if hint is not None:
        return abs(lon - hint) > MARGIN_DEG and abs(lat - hint) <= MARGIN_DEG
    return bool(outside_of(CRS.from_epsg(4490), there)[0] == 0 and lat > 72)


def _sane(crs: CRS, boxes: Boxes, hint: float | None) -> bool:
    """No other reading of the numbers explains them better."""
    x, y = np.median(boxes[:, [0, 2]]), np.median(boxes[:, [1, 3]])
    others = [one for one in looks_like(x, y, hint) if one.epsg != crs.to_epsg() and one.certain]
    return crs.is_projected and not others


def _swapped_axes(crs: CRS, layer: _Layer) -> InputError:
    x, y = (float(value) for value in np.median(layer.boxes, axis=0)[:2])
    return InputError(
        Text(f"the axes are swapped: x = {x:,.3f}, y = {y:,.3f} fit {name(crs)} only when exchanged.",
             f"坐标轴颠倒：x = {x:,.3f}、y = {y:,.3f} 对调后才符合 {name(crs)}。"),
        where=layer.where,
        fix=Text("exchange x and y in the file (QGIS: Swap X and Y coordinates).",
                 "请在文件中对调 x 与 y（QGIS：交换 X 和 Y 坐标）。"),
    )  # fmt: skip


def _contradiction(crs: CRS, layer: _Layer, stray: NDArray[np.bool_]) -> InputError:
    rows = layer.rows[stray]
    x, y = (float(value) for value in np.median(layer.boxes[stray], axis=0)[:2])
    readings = looks_like(x, y, layer.hint)
    looks, advice = _first(readings), _advice(readings)
    mixed = rows.size < len(layer.boxes)
    part = Text(
        f"{rows.size} of {len(layer.boxes)} objects have",
        f"{len(layer.boxes)} 个对象中有 {rows.size} 个的",
    )
    some = part if mixed else Text("the layer has", "图层的")
    return InputError(
        Text(f"{name(crs)} is stated, but {some.en} numbers like x = {x:,.3f}, y = {y:,.3f}: {looks.en}.",
             f"标明为 {name(crs)}，但{some.zh}坐标形如 x = {x:,.3f}、y = {y:,.3f}：{looks.zh}。"),
        where=layer.where, rows=rows.tolist() if mixed else (),
        fix=Text("bring all objects into one zone and layer." if mixed else
                 f"ask the supplier which it is and state it: {advice}.",
                 "请将所有对象转换到同一带。" if mixed else
                 f"请向提供方核实后写明：{advice}。"),
    )  # fmt: skip


def _nothing_stated(layer: _Layer) -> InputError:
    some = len(layer.boxes) > 0
    x, y = (float(value) for value in np.median(layer.boxes, axis=0)[:2]) if some else (0.0, 0.0)
    readings = looks_like(x, y, layer.hint) if some else []
    looks, advice = _first(readings), _advice(readings)
    return InputError(
        Text(f"no coordinate system is stated; numbers like x = {x:,.3f}, y = {y:,.3f}: {looks.en}.",
             f"未标明坐标系；坐标形如 x = {x:,.3f}、y = {y:,.3f}：{looks.zh}。"),
        where=layer.where,
        fix=Text(f"confirm it with the supplier and write {advice} for this input.",
                 f"请向提供方核实后在该输入中写明 {advice}。"),
    )  # fmt: skip


def _first(readings: list[Reading]) -> Text:
    return readings[0].words if readings else Text("no system known here", "不是已知坐标系")


def _advice(readings: list[Reading]) -> str:
    known = [one.epsg for one in readings if one.epsg]
    known += [4326] if 4490 in known else []  # in China degrees may be of either
    codes = [f'crs = "EPSG:{one}"' for one in known]
    return " | ".join(codes) or 'crs = "EPSG:…"'
