"""Special areas over district lines: each district has its share of the ground and of the people."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.findings import Kind
from census_gis.inputs.allocate import allocate
from census_gis.inputs.layers import Cases
from census_gis.inputs.repair import parts_of
from census_gis.inputs.special import holder_of
from census_gis.language import Text
from census_gis.tables import conform

__all__ = ["shared_out"]

# A share without a building below both of these is drawing noise along the line, no part of the area
# (product judgement).
LEAST_SHARE = 0.05
LEAST_M2 = 1000.0

OUTSIDE = Kind(
    "L712", "warning",
    Text("special area {row} lies in no district and is left out.", "特殊区域 {row} 不在任何普查区内，未采用。"),
    Text("check its position.", "请核对其位置。"),
)  # fmt: skip
ACROSS = Kind(
    "L713", "note",
    Text("special area {row} lies in several districts: {shares}; each has its share.",
         "特殊区域 {row} 跨普查区：{shares}；各区计其所占部分。"),
    Text("confirm with these districts.", "请与相关普查区确认。"),
)  # fmt: skip


def shared_out(
    special: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, Cases]:
    """One row for each special area and district, with its ground and its persons there.

    Persons are shared by the floor area of the buildings that stand in each share; where no share has a
    building, by ground. An id gets the suffix -1, -2 … in the order of district codes.

    Parameters
    ----------
    special : table SPECIAL
    districts : table DISTRICTS, ordered by code
    buildings : table BUILDINGS, in districts
    """
    land = np.asarray(districts.geometry.array, dtype=object)
    tree = shapely.STRtree(land)
    rows: list[dict[str, Any]] = []
    cases: Cases = []
    for area in special.to_dict("records"):
        key, shape = area["special_id"], area["geometry"]
        near = np.sort(tree.query(shape, predicate="intersects"))
        pieces = parts_of(shapely.intersection(land[near], shape), (2,))
        weight = _floor_area(pieces, districts["district_code"].to_numpy(object)[near], buildings)
        metres = shapely.area(pieces)
        kept = (weight > 0) | (metres >= LEAST_SHARE * shape.area) | (metres >= LEAST_M2)
        kept &= metres > 0
        if not kept.any():
            cases.append(OUTSIDE.at("special", key, shapely.point_on_surface(shape), row=key))
            continue
        near, pieces, weight, metres = near[kept], pieces[kept], weight[kept], metres[kept]
        codes = districts["district_code"].to_numpy(object)[near]
        persons = _persons(area["persons"], weight, metres)
        several = len(near) > 1
        if several:
            shares = ", ".join(
                f"{code} {m2 / shape.area:.0%}" for code, m2 in zip(codes, metres, strict=True)
            )
            cases.append(
                ACROSS.at("special", key, shapely.point_on_surface(shape), row=key, shares=shares)
            )
        for n in range(len(near)):
            name = f"{key}-{n + 1}" if several else key
            rows.append({**area, "special_id": name, "district_code": codes[n],
                         "persons": persons[n], "geometry": pieces[n]})  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(special.columns))
    return conform(frame, "SPECIAL", crs=special.crs), cases


def _floor_area(
    pieces: NDArray[np.object_], codes: NDArray[np.object_], buildings: gpd.GeoDataFrame
) -> NDArray[np.int64]:
    """Floor area of the buildings of each share [m2], counted as one floor where floors are not known."""
    mine = buildings.iloc[np.sort(buildings.sindex.query(shapely.union_all(pieces)))]
    foot = np.asarray(mine.geometry.array, dtype=object)
    of = holder_of(foot, pieces)
    same = np.append(codes, "")[of] == mine["district_code"].to_numpy(dtype=object)
    floors = mine["floors"].fillna(1).to_numpy(np.float64)
    metres = np.where(same & (of >= 0), shapely.area(foot) * floors, 0.0)
    return np.rint(np.bincount(of + 1, metres, len(pieces) + 1)[1:]).astype(np.int64)


def _persons(
    given: Any, weight: NDArray[np.int64], metres: NDArray[np.float64]
) -> list[int | None]:
    if pd.isna(given):
        return [None] * len(metres)
    by = weight if weight.any() else np.maximum(np.rint(metres), 1).astype(np.int64)
    return [int(share) for share in allocate(int(given), by)]
