"""Buildings as a table: one id each, numbers that are numbers, a district, and nobody counted twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.assign import assign_buildings, duplicates, odd_buildings
from census_gis.inputs.columns import UNMATCHED, as_text, map_values, numbers, rows_named
from census_gis.inputs.layers import Cases, Ground, read_layers
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.tables import USES, conform

__all__ = ["read_buildings", "settlements", "take_in"]

COLUMNS = (
    "building_id", "floors", "height", "use", "dwellings", "doors", "persons", "persons_away", "households",
    "name", "address",
)  # fmt: skip
COUNTS: dict[str, float] = {
    "dwellings": 0, "doors": 1, "persons": 0, "persons_away": 0, "households": 0,
}  # fmt: skip
MEASURES: dict[str, float] = {"floors": 1, "height": 1}
# Above what any building has (Burj Khalifa, 2010: 163 floors, 828 m): a typing error.
MOST: dict[str, float] = {"floors": 200, "height": 1000}
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# Land use and urban-rural classes that tell a farmhouse from a town house: land survey classes 0702/072
# (rural homesteads), 203 (village polygon); statistical classes 2xx are rural, 1xx urban.
RURAL_LAND = frozenset({"0702", "072", "203"})
URBAN_LAND = frozenset({"0701", "071", "201", "202"})

TOO_LARGE = Kind(
    "B307", "warning",
    Text("column '{column}': {n} values are above {most:g} and count as missing ({rows}).",
         "字段“{column}”：{n} 个值大于 {most:g}，按缺失处理（{rows}）。"),
    Text("correct these rows.", "请改正这些行。"),
)  # fmt: skip
NO_BUILDING = Kind(
    "D302", "warning",
    Text("no building lies in district {code}.", "普查区 {code} 内没有建筑。"),
    Text("check the layer of buildings; if nobody lives there, nothing is to be done.",
         "请检查建筑图层；如确无人居住，无需处理。"),
)  # fmt: skip
SCATTERED = Kind(
    "B209", "error",
    Text("the outline of building {row} reaches over {km:.0f} km and was left out.",
         "建筑 {row} 的轮廓跨度达 {km:.0f} 千米，已略去。"),
    Text("split it into its parts (QGIS: Multipart to Singleparts), and delete stray ones.",
         "请拆分为单部件（QGIS：多部件转单部件），并删除偏离的部件。"),
)  # fmt: skip
LONGEST_M = 5_000.0  # no building is as long (Klystron Gallery, Stanford: 3 km)
MADE = Kind(
    "B306", "note",
    Text("{n} buildings had no id; it was made from their position.", "{n} 栋建筑没有编号，已按位置生成。"),
    Text("keep the outlines unchanged, or give ids.", "请保持轮廓不变，或填写编号。"),
)  # fmt: skip


def read_buildings(
    sources: Source | Sequence[Source], ground: Ground
) -> tuple[gpd.GeoDataFrame, Cases]:
    """All buildings of all files with typed columns and unique ids; not yet in districts.

    Raises
    ------
    InputError
        As `read_layer`; an id that occurs twice.
    """
    frame, cases = read_layers("buildings", sources, COLUMNS, ground=ground, wanted="area")
    listed = [sources] if isinstance(sources, Source) else list(sources)
    frame, told = _without_scattered(frame)
    cases += told
    use, told = _use(frame, listed)
    frame["use"] = use
    cases += told
    for names, kind in ((MEASURES, "measure"), (COUNTS, "count")):
        for name, least in names.items():
            values = np.full(len(frame), np.nan)
            if name in frame:
                values, told = numbers(frame, name, kind, layer="buildings", least=least)  # type: ignore[arg-type]
                values, large = _without_giants(frame, name, values)
                told += large
                # Floors have their own summary after estimation.
                cases += [c for c in told if not (name in MEASURES and c["severity"] == "note")]
            frame[name] = (
                values if kind == "measure" else pd.array(values, "Float64").astype("Int64")
            )
    for name in ("name", "address"):
        if name in frame:
            frame[name] = as_text(frame[name])
    ids, told = _ids(frame, listed[0].label)
    frame["building_id"] = ids
    frame["district_code"] = ""
    frame["floors_source"] = frame["floors"].notna().map({True: "given", False: None})
    return conform(frame.drop(columns=["_row", "_key", "_source"]), "BUILDINGS"), cases + told


def _without_scattered(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Cases]:
    """Buildings without those whose parts lie kilometres apart: nobody can say where their people live."""
    box = shapely.bounds(np.asarray(frame.geometry.array, dtype=object))
    across = np.hypot(*(box[:, 2:] - box[:, :2]).T)
    far = across > LONGEST_M
    keys = frame["_key"].to_numpy()
    cases = [
        SCATTERED.at("buildings", keys[i], row=keys[i], km=across[i] / 1000)
        for i in np.flatnonzero(far)
    ]
    if far.all():
        raise InputError(
            Text("every building reaches over several kilometres.", "所有建筑的跨度都达数千米。"),
            where="[inputs.buildings]", rows=keys, fix=SCATTERED.fix,
        )  # fmt: skip
    return frame[~far].reset_index(drop=True), cases


def _without_giants(
    frame: gpd.GeoDataFrame, column: str, values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], Cases]:
    """Values without those that no building has."""
    most = MOST.get(column, np.inf)
    large = values > most
    if not large.any():
        return values, []
    keys = frame["_key"].to_numpy()[large]
    words = {
        "column": column,
        "n": int(large.sum()),
        "most": most,
        "rows": rows_named(sorted(keys)),
    }
    return np.where(large, np.nan, values), [TOO_LARGE.at("buildings", keys[0], **words)]


def take_in(
    buildings: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Cases]:
    """Buildings in districts, buildings outside, and what is odd about them.

    Exact duplicates keep their row with nobody in it. Rows are ordered by district and id.
    """
    codes, cases = assign_buildings(buildings, districts)
    frame = buildings.assign(district_code=codes)
    inside = frame[codes != ""].sort_values(["district_code", "building_id"]).reset_index(drop=True)
    outside = frame[codes == ""].sort_values("building_id").reset_index(drop=True)
    if inside.empty:
        raise _all_outside(outside, districts)
    again, told = duplicates(inside)
    cases += told
    nobody = pd.array([0], dtype="Int64")[0]
    for name in ("persons", "persons_away", "households", "dwellings"):
        inside[name] = inside[name].mask(again, nobody)
    cases += odd_buildings(inside[~again])
    held = set(inside["district_code"])
    for row in districts.itertuples():
        if row.district_code not in held:
            cases.append(
                NO_BUILDING.at("districts", row.district_code, row.geometry, code=row.district_code)
            )
    return inside, outside, cases


def _all_outside(outside: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> InputError:
    """How far off the buildings are tells a wrong coordinate system from a wrong file."""
    spots = [shapely.centroid(shapely.box(*frame.total_bounds)) for frame in (outside, districts)]
    km = shapely.distance(*spots) / 1000
    x, y = (float(value) for value in spots[0].coords[0])
    place = f"x = {x:,.0f}, y = {y:,.0f}"
    return InputError(
        Text(f"none of {len(outside)} buildings lies in a district; their middle ({place}) is {km:,.1f} km "
             "from that of the districts.",
             f"{len(outside)} 栋建筑都不在普查区内；其中心（{place}）与普查区中心相距 {km:,.1f} 千米。"),
        where="[inputs.buildings]",
        fix=Text("name the files of one place, or correct the coordinate system of one of them.",
                 "请使用同一地方的文件，或更正其中之一的坐标系。"),
    )  # fmt: skip


def settlements(
    buildings: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, landuse: gpd.GeoDataFrame
) -> NDArray[Any]:
    """``rural``, ``urban`` or '' for each building: by its land, else its district's class, else its code.

    Parameters
    ----------
    landuse : GeoDataFrame
        Column `class` (land survey classes are understood; others say nothing).

    Notes
    -----
    Digits 10-12 of a statistical division code: 001-199 and 400-499 residents' committees, 200-399 and
    500-599 village committees (statistical division codes; the cut-offs are partly the product's reading).
    """
    place = {
        row.district_code: _settlement(row.stratum, row.district_code)
        for row in districts.itertuples()
    }
    home = buildings["district_code"].to_numpy(dtype=object)
    out = np.array([place.get(code, "") for code in home], dtype=object)
    kinds = as_text(landuse["class"]) if len(landuse) else np.array([], dtype=object)
    telling = np.array([kind in RURAL_LAND or kind in URBAN_LAND for kind in kinds], dtype=bool)
    if telling.any():
        land, kinds = landuse[telling], kinds[telling]
        spot = shapely.point_on_surface(np.asarray(buildings.geometry.array, dtype=object))
        row, parcel = land.sindex.query(spot, predicate="intersects")
        said = np.array(
            ["rural" if kind in RURAL_LAND else "urban" for kind in kinds], dtype=object
        )
        out[row] = said[parcel]  # of several parcels the last one says it
    return out


def _settlement(stratum: object, code: str) -> str:
    text = "" if stratum is None or stratum is pd.NA else str(stratum).lower()
    if text in RURAL_LAND or any(
        word in text for word in ("乡村", "农村", "村庄", "rural", "village")
    ):
        return "rural"
    if text in URBAN_LAND or any(word in text for word in ("城", "镇", "urban", "town")):
        return "urban"
    if len(text) == 3 and text.isdecimal():
        return {"1": "urban", "2": "rural"}.get(text[0], "")
    if len(code) == 12 and code.isdecimal():
        village = int(code[9:])
        if 200 <= village < 400 or 500 <= village < 600:
            return "rural"
        if 1 <= village < 200 or 400 <= village < 500:
            return "urban"
    return ""


def _use(frame: gpd.GeoDataFrame, sources: Sequence[Source]) -> tuple[NDArray[Any], Cases]:
    """Use classes; what no list names is unknown, and said."""
    use = np.full(len(frame), None, dtype=object)
    lost = np.zeros(len(frame), dtype=bool)
    if "use" in frame:
        for number, source in enumerate(sources):
            rows = np.flatnonzero(frame["_source"] == number)
            lists = source.values.get("use", {})
            use[rows], lost[rows] = map_values(frame["use"].iloc[rows], lists, USES)
    cases = []
    if lost.any():
        words = rows_named(sorted(set(as_text(frame["use"][lost]))))
        cases.append(UNMATCHED.at("buildings", "", n=int(lost.sum()), words=words))
    return np.where(pd.isna(use), "unknown", use), cases


def _ids(frame: gpd.GeoDataFrame, where: str) -> tuple[NDArray[Any], Cases]:
    """Given ids, unique; else made from the position."""
    empty = np.full(len(frame), None, dtype=object)
    given = as_text(frame["building_id"]) if "building_id" in frame else empty
    known = pd.Series([one for one in given if one is not None], dtype=object)
    twice = sorted(set(known[known.duplicated()]))
    if twice:
        raise InputError(
            Text(f"{len(twice)} building ids occur in several rows.", f"{len(twice)} 个建筑编号重复出现。"),
            where=where, rows=twice,
            fix=Text("make building_id unique in the project, or leave it unmapped.",
                     "请使 building_id 在项目内唯一，或不对应该字段。"),
        )  # fmt: skip
    lacking = np.flatnonzero([one is None for one in given])
    if not len(lacking):
        return given, []
    ids = given.copy()
    shape = np.asarray(frame.geometry.array, dtype=object)[lacking]
    ids[lacking] = _positions(shape, set(known))
    return ids, [MADE.at("buildings", "", n=len(lacking))]


def _positions(shape: NDArray[Any], taken: set[str]) -> list[str]:
    """Ids from centroids in millimetres; the larger of two on one spot comes first."""
    centre = shapely.centroid(shape)
    x, y = (np.rint(get(centre) * 1000).astype(np.int64) for get in (shapely.get_x, shapely.get_y))
    wkb = shapely.to_wkb(shapely.normalize(shape))
    order = pd.DataFrame({"x": x, "y": y, "area": -shapely.area(shape), "wkb": wkb})
    ids = [""] * len(shape)
    for row in order.sort_values(["x", "y", "area", "wkb"], kind="stable").index:
        base = name = f"{_base36(int(x[row]))}-{_base36(int(y[row]))}"
        number = 1
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name)
        ids[row] = name
    return ids


def _base36(number: int) -> str:
    sign, number, text = ("m" if number < 0 else ""), abs(number), ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return sign + (text or "0")
