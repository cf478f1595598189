"""Floors where nobody counted them: from the height, from neighbours of the same use, or by default.

Every value says where it comes from (`floors_source`), and one finding for each district gives the numbers.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["fill_floors"]

NEAREST = 32  # neighbours of the same use looked at; more do not change a median of whole floors
FEET = 1e-6  # m; distances are compared with this slack

FILLED = Kind(
    "B401", "warning",
    Text("floors were not given for {n} of {all} buildings: {height} from their height, {near} from "
         "neighbours of the same use, {median} from the district's median, {default} by default.",
         "{all} 栋建筑中有 {n} 栋未给出层数：{height} 栋由高度推算，{near} 栋取邻近同类建筑，"
         "{median} 栋取本区中位数，{default} 栋取缺省值。"),
    Text("fill floors or height; persons follow them.", "请补填层数或高度，人数分配以此为据。"),
)  # fmt: skip


def fill_floors(
    buildings: gpd.GeoDataFrame, profile: Profile, *, centre: NDArray[np.float64] | None = None
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Fill `floors` and `floors_source` of a table BUILDINGS.

    In this order: given; height / storey height, rounded, at least 1; the median of the nearest (at most
    32) buildings of the same use within the profile's distance; the median of that use in the district, else
    of all its buildings; the profile's default. Only given and measured floors are passed on.

    Parameters
    ----------
    buildings : GeoDataFrame, n rows
        Table BUILDINGS in canonical order (see `hilbert_order`), which breaks ties of distance.
    profile
        Rules `population.storey_m`, `neighbour_m`, `default_floors`.
    centre : float64, shape (n, 2)
        Middles of the buildings [m], where they are known already.

    Returns
    -------
    The table with both columns complete, and one finding for each district where floors were missing.
    """
    floors = buildings["floors"].to_numpy(np.float64).copy()
    stated = buildings["floors_source"].to_numpy(dtype=object)
    # What an earlier call derived is derived again: only what was given stands.
    floors[np.isin(stated, ["height", "neighbours", "default"])] = np.nan
    source = np.full(len(buildings), None, dtype=object)
    step = np.full(len(buildings), "", dtype=object)
    source[~np.isnan(floors)] = "given"
    height = buildings["height"].to_numpy(np.float64)
    measured = np.isnan(floors) & (height > 0)
    floors[measured] = np.maximum(np.rint(height[measured] / profile["population.storey_m"]), 1)
    source[measured] = step[measured] = "height"
    known = ~np.isnan(floors)
    use = buildings["use"].to_numpy(dtype=object)
    if centre is None:
        middle = shapely.centroid(np.asarray(buildings.geometry.array, dtype=object))
        centre = np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
    for value, name, label in (
        (_of_neighbours(use, centre, floors, profile["population.neighbour_m"]), "neighbours", "near"),
        (_of_district(buildings["district_code"], use, floors, known), "neighbours", "median"),
        (np.full(len(floors), float(profile["population.default_floors"])), "default", "default"),
    ):  # fmt: skip
        rows = np.isnan(floors) & ~np.isnan(value)
        floors[rows] = np.floor(value[rows] + 0.5)  # a median between two counts goes up
        source[rows], step[rows] = name, label
    filled = buildings.assign(floors=floors, floors_source=source)
    return filled, _told(buildings["district_code"].to_numpy(dtype=object), step)


def _of_neighbours(
    use: NDArray[Any], xy: NDArray[np.float64], floors: NDArray[np.float64], within_m: float
) -> NDArray[np.float64]:
    """Median floors of the nearest known buildings of the same use, NaN where there is none."""
    known = ~np.isnan(floors)
    value = np.full(len(floors), np.nan)
    for kind in sorted(set(use)):
        here = np.flatnonzero((use == kind) & known)
        asking = np.flatnonzero((use == kind) & ~known)
        if not len(here) or not len(asking) or within_m <= 0:
            continue
        distance, row = cKDTree(xy[here]).query(
            xy[asking], k=min(NEAREST, len(here)), distance_upper_bound=within_m + FEET
        )
        distance, row = distance.reshape(len(asking), -1), row.reshape(len(asking), -1)
        near = np.isfinite(distance)
        found = np.where(near, np.append(floors[here], np.nan)[row], np.nan)
        some = near.any(axis=1)
        value[asking[some]] = np.nanmedian(found[some], axis=1)
    return value


def _of_district(
    code: pd.Series,
    use: NDArray[Any],
    floors: NDArray[np.float64],
    known: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Median floors of the same use in the district, else of all known buildings there."""
    table = pd.DataFrame({"code": code.to_numpy(dtype=object), "use": use})
    table["floors"] = np.where(known, floors, np.nan)
    alike = table.groupby(["code", "use"])["floors"].transform("median").to_numpy(np.float64)
    whole = table.groupby("code")["floors"].transform("median").to_numpy(np.float64)
    return np.where(np.isnan(alike), whole, alike)


def _told(code: NDArray[Any], step: NDArray[Any]) -> list[dict[str, Any]]:
    """One finding for each district where floors were missing, ordered by code."""
    districts, row = np.unique(code.astype(str), return_inverse=True)
    every = np.bincount(row, minlength=len(districts))
    counts = {
        name: np.bincount(row[step == name], minlength=len(districts))
        for name in ("height", "near", "median", "default")
    }
    missing = np.sum(list(counts.values()), axis=0)
    return [
        FILLED.at(
            "buildings", str(districts[at]), n=int(missing[at]), all=int(every[at]),
            **{name: int(count[at]) for name, count in counts.items()},
        )
        for at in np.flatnonzero(missing)
    ]  # fmt: skip
