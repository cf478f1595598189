"""Buildings across a district line or close to it (界上建筑物), for the committees of both sides to agree on."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = ["COLUMNS", "NEAR_M", "border_buildings"]

# A wall this close to a line may lie on either side of it: the accuracy of an orthophoto.
NEAR_M = 2.0
LEAST_M2 = 0.5  # what crosses a line by less is rounding (contract, law 1)
COLUMNS = (
    "left", "right", "building_id", "name", "address", "share_left", "share_right", "share_outside",
    "across", "given_to", "ea_codes", "persons", "geometry",
)  # fmt: skip


def border_buildings(tables: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Buildings across or near the line of each pair of neighbouring districts.

    Parameters
    ----------
    tables
        Layers `districts`, `dwelling_parts`, `outside_buildings` of a plan. A building within 2 m of both
        districts counts as near their line.

    Returns
    -------
    GeoDataFrame
        One row for each pair and building: `left` < `right` (district codes; right '' for the outer line:
        buildings across it, and those near it that are in no district), `share_left`, `share_right`, `share_outside` (of the
        footprint [%], one decimal), `across` (bool), `given_to` ('' for none), `ea_codes` (by commas),
        `persons`. Ordered by pair, then building. A building at a corner of three districts stands under each pair.
    """
    districts = tables["districts"]
    buildings = _buildings(tables)
    at, near = _within_reach(buildings, districts)
    if not at.size:
        return _frame([], districts)
    shapes, ground = buildings.geometry.to_numpy(), districts.geometry.to_numpy()
    inside = shapely.area(shapely.intersection(shapes[at], ground[near]))
    whole = shapely.area(shapes)
    codes = districts["district_code"].to_numpy(object)
    rows: list[dict[str, object]] = []
    first = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
    for begin, end in zip(first, np.append(first[1:], at.size), strict=True):
        building = buildings.iloc[at[begin]]
        area = {codes[d]: float(a) for d, a in zip(near[begin:end], inside[begin:end], strict=True)}
        rows += _pairs(building, area, float(whole[at[begin]]))
    return _frame(rows, districts)


def _buildings(tables: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Whole buildings close to a district line, joined from their parts, and such in no district."""
    parts, districts = tables["dwelling_parts"], tables["districts"]
    parts = parts[parts.geometry.notna() & (parts["building_id"].fillna("") != "")]
    close = set(parts.loc[_close(parts, districts), "building_id"])
    parts = parts[parts["building_id"].isin(close)]
    several = parts["building_id"].duplicated(keep=False)
    columns = ["building_id", "name", "address", "district_code", "ea_codes", "persons", "geometry"]
    single = pd.DataFrame(parts[~several].assign(ea_codes=parts["ea_code"]))[columns]
    joined = [
        _joined(key, group) for key, group in parts[several].groupby("building_id", sort=True)
    ]
    outside = tables["outside_buildings"]
    outside = outside[outside.geometry.notna()]
    outside = outside[_close(outside, districts)]
    free = pd.DataFrame({
        "building_id": outside["building_id"], "name": outside["name"], "address": None,
        "district_code": "", "ea_codes": "", "persons": pd.array([pd.NA] * len(outside), dtype="Int64"),
        "geometry": outside["geometry"],
    })  # fmt: skip
    tables_ = [frame.astype({"persons": "Int64"}) for frame in
               (single, pd.DataFrame(joined, columns=columns), free) if len(frame)]  # fmt: skip
    if not tables_:
        return gpd.GeoDataFrame({name: [] for name in columns}, geometry="geometry")
    every = pd.concat(tables_, ignore_index=True)
    return gpd.GeoDataFrame(every, geometry="geometry", crs=parts.crs)


def _joined(key: object, group: gpd.GeoDataFrame) -> dict[str, object]:
    """A building of several parts (doors, floors) as one."""
    said = {
        name: next((v for v in group[name] if isinstance(v, str) and v), None)
        for name in ("name", "address")
    }
    return {
        "building_id": key, **said, "district_code": group["district_code"].iloc[0],
        "ea_codes": ", ".join(sorted(set(group["ea_code"]))), "persons": int(group["persons"].sum()),
        "geometry": shapely.union_all(group.geometry.to_numpy()),
    }  # fmt: skip


def _close(frame: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Rows whose shape lies within reach of a district line."""
    tree = shapely.STRtree(frame.geometry.to_numpy())
    lines = shapely.boundary(districts.geometry.to_numpy())
    _, found = tree.query(lines, predicate="dwithin", distance=NEAR_M)
    close = np.zeros(len(frame), dtype=bool)
    close[found] = True
    return close


def _within_reach(
    buildings: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Building and district of every pair within reach of each other, in order."""
    ground = shapely.STRtree(districts.geometry.to_numpy())
    shapes = buildings.geometry.to_numpy()
    at, near = ground.query(shapes, predicate="dwithin", distance=NEAR_M)
    order = np.lexsort((near, at))
    return at[order], near[order]


def _pairs(building: pd.Series, area: Mapping[str, float], whole: float) -> list[dict[str, object]]:
    """Rows of one building: with each neighbour, and with the outside where it crosses the outer line."""
    out = max(whole - sum(area.values()), 0.0)
    home = building["district_code"]
    codes = sorted(area)
    pairs = [(a, b) for i, a in enumerate(codes) for b in codes[i + 1 :] if home in ("", a, b)]
    if out > LEAST_M2 and (home in area or not pairs):
        pairs.append((home if home in area else max(codes, key=lambda code: area[code]), ""))
    share = {code: 100 * value / whole if whole else 0.0 for code, value in area.items()}
    return [
        {
            "left": a, "right": b, "building_id": building["building_id"], "name": building["name"],
            "address": building["address"], "share_left": round(share[a], 1),
            "share_right": round(share.get(b, 0.0), 1), "share_outside": round(100 * out / whole, 1) if whole else 0.0,
            "across": bool(min(area[a], area.get(b, out)) > LEAST_M2), "given_to": home,
            "ea_codes": building["ea_codes"], "persons": building["persons"], "geometry": building["geometry"],
        }
        for a, b in pairs
    ]  # fmt: skip


def _frame(rows: list[dict[str, object]], districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["persons"] = table["persons"].astype("Int64")
    # The outer line of a district comes after its neighbours.
    order = table.assign(last=table["right"] == "").sort_values(
        ["left", "last", "right", "building_id"], kind="stable"
    )
    return gpd.GeoDataFrame(
        table.loc[order.index].reset_index(drop=True), geometry="geometry", crs=districts.crs
    )
