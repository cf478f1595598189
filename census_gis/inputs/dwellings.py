"""How many dwellings a building is expected to hold: the weight by which people are spread.

Three sources, the better first: dwellings that were counted; one household in a small country house; floor
area of the share that is lived in, divided by the size of a dwelling. Weights are whole thousandths of a
dwelling, so that all sums are exact.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.findings import Kind
from census_gis.inputs.columns import rows_named
from census_gis.language import Text
from census_gis.profile import Profile
from census_gis.tables import USES

__all__ = ["MILLI", "dwelling_weights", "own_counts", "space_m2"]

MILLI = 1000  # weights are thousandths of a dwelling

UNKNOWN = Kind(
    "B402", "warning",
    Text("{n} buildings of unknown use count as residential with a share of {share:g} ({rows}).",
         "{n} 栋建筑用途不明，按居住比例 {share:g} 计（{rows}）。"),
    Text("fill use.", "请补填用途。"),
)  # fmt: skip


def dwelling_weights(
    buildings: gpd.GeoDataFrame, profile: Profile
) -> tuple[NDArray[np.int64], NDArray[Any], list[dict[str, Any]]]:
    """Expected dwellings of each building.

    Parameters
    ----------
    buildings : GeoDataFrame, n rows
        Table BUILDINGS, `floors` complete. A column `settlement` (``rural``, ``urban`` or empty), where present,
        says whether a small house is one household; where it says nothing, size alone decides.
    profile
        Rules `population.*`.

    Returns
    -------
    weight : int64, shape (n,)
        Thousandths of a dwelling, 0 where nobody is expected to live.
    basis : object, shape (n,)
        ``dwellings``, ``floor_area`` or ``none``.
    findings
        One summary of buildings of unknown use.
    """
    floors = buildings["floors"].to_numpy(np.float64)
    use = buildings["use"].to_numpy(dtype=object)
    footprint = shapely.area(np.asarray(buildings.geometry.array, dtype=object))
    share = _share(use, floors, profile)
    share[footprint < profile["population.least_footprint_m2"]] = 0.0
    net = share * floors * footprint * profile["population.net_floor_share"]
    expected = net / profile["population.m2_per_dwelling"]
    single = _single(buildings, footprint, share, profile)
    expected[single] = share[single]  # one household; of unknown use, probably one
    given = buildings["dwellings"].to_numpy(np.float64, na_value=np.nan)
    counted = ~np.isnan(given)
    expected[counted] = given[counted]
    weight = np.rint(expected * MILLI).astype(np.int64)
    basis = np.where(single | counted, "dwellings", "floor_area").astype(object)
    basis[weight == 0] = "none"
    return weight, basis, _unknown(buildings, use, counted, profile)


def own_counts(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """What was given in a column that estimation overwrites, NaN where nothing was."""
    name = f"{column}_own" if f"{column}_own" in frame else column
    return np.asarray(frame[name].to_numpy(np.float64, na_value=np.nan))


def space_m2(weight: int, profile: Profile) -> float:
    """Dwelling space behind a weight [m2 of net floor area]."""
    return weight / MILLI * float(profile["population.m2_per_dwelling"])


def _share(use: NDArray[Any], floors: NDArray[np.float64], profile: Profile) -> NDArray[np.float64]:
    """Share of the floor area that is lived in (contract, section 3)."""
    share = np.zeros(len(use))
    for kind in USES:
        rows = use == kind
        if kind == "mixed":  # the ground floor is a shop
            share[rows] = 1 - 1 / np.maximum(floors[rows], 1)
        elif kind != "group_quarters":  # those live by their own counts only
            share[rows] = profile[f"population.share.{kind}"]
    return share


def _single(
    buildings: gpd.GeoDataFrame,
    footprint: NDArray[np.float64],
    share: NDArray[np.float64],
    profile: Profile,
) -> NDArray[np.bool_]:
    """Houses of one household: low, small, lived in, and not known to stand in a town."""
    use = buildings["use"].to_numpy(dtype=object)
    floors = buildings["floors"].to_numpy(np.float64)
    small = (floors <= profile["population.single_floors"]) & (
        footprint < profile["population.single_footprint_m2"]
    )
    lived = np.isin(use, ["residential", "unknown"]) & (share > 0)
    if "settlement" in buildings:
        lived &= buildings["settlement"].to_numpy(dtype=object) != "urban"
    return np.asarray(small & lived, dtype=bool)


def _unknown(
    buildings: gpd.GeoDataFrame, use: NDArray[Any], counted: NDArray[np.bool_], profile: Profile
) -> list[dict[str, Any]]:
    rows = (use == "unknown") & ~counted & np.isnan(own_counts(buildings, "persons"))
    if not rows.any():
        return []
    ids = sorted(buildings["building_id"].to_numpy(dtype=object)[rows])
    share = profile["population.share.unknown"]
    return [UNKNOWN.at("buildings", "", n=len(ids), share=share, rows=rows_named(ids))]
