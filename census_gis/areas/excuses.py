"""Why an EA may lie outside the band: one building above it, or ground whose people fit no whole number of EAs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from census_gis.areas.laws import said
from census_gis.profile import Profile

__all__ = ["excuses"]


def excuses(areas: gpd.GeoDataFrame, parts: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Size of every EA with persons, and why it may lie outside the band; special areas are left out.

    Returns
    -------
    DataFrame, index `ea_code`
        `district_code`, `persons`, `building` and `most` (its largest whole building, or part of a cut
        one, and the persons of it), `within` (in the band), `big` (above it because of that one, with
        at most `ea.persons.spare` others, and not above `ea.persons.cap_building`), `few` (the other persons of
        its ground fit no whole number of EAs inside the band, and there are no more EAs than they ask
        for), `rest` (those other persons).
    """
    low, high, target = (profile[f"ea.persons.{key}"] for key in ("low", "high", "target"))
    lived = areas[(areas["kind"] != "virtual") & (areas["persons"] > 0) & ~said(areas, "SPECIAL:")]
    table = (
        lived.drop_duplicates("ea_code").set_index("ea_code")[["district_code", "persons"]].copy()
    )
    spread = parts.groupby("building_id")["ea_code"].transform("nunique") > 1
    spread |= parts["building_id"].astype(object).fillna("") == ""  # each stands for itself
    unit = parts["part_id"].astype(str).where(spread, parts["building_id"].astype(str))
    held = parts["persons"].groupby([parts["ea_code"], unit]).sum().rename("most").reset_index()
    held.columns = pd.Index(["ea_code", "unit", "most"])
    held["building"] = held["unit"].map(
        dict(zip(parts["part_id"].astype(str), parts["building_id"].astype(str), strict=True))
    ).where(lambda found: found.notna(), held["unit"])  # fmt: skip
    first = held.sort_values(["ea_code", "most", "unit"], ascending=[True, False, True])
    first = first.drop_duplicates("ea_code").set_index("ea_code")
    table["building"] = first["building"].reindex(table.index).fillna("")
    table["most"] = first["most"].reindex(table.index).fillna(0).astype("int64")
    persons = table["persons"].astype("int64")
    table["within"] = (persons >= low) & (persons <= high)
    spare = persons - table["most"] <= profile["ea.persons.spare"]
    table["big"] = (table["most"] > high) & spare & (persons <= profile["ea.persons.cap_building"])
    ground = _grounds(lived, table)
    table["rest"] = persons.where(~table["big"], 0).groupby(ground).transform("sum")
    count = (~table["big"]).groupby(ground).transform("sum")
    gap = np.ceil(table["rest"] / high) > np.floor(table["rest"] / max(low, 1))
    table["few"] = ~table["big"] & gap & (count <= np.maximum(np.ceil(table["rest"] / target), 1))
    return table


def _grounds(lived: gpd.GeoDataFrame, table: pd.DataFrame) -> pd.Series:
    """Ground of every EA, named by its district and a number: what hangs together without special areas.

    A special area between two hamlets, water between islands, or the line between two blocks of a large
    district parts the people who can share EAs.
    """
    home = table["district_code"].astype(str)
    if "block" in lived and lived["block"].notna().any():  # no EA lies in two blocks
        block = lived.drop_duplicates("ea_code").set_index("ea_code")["block"]
        home = home + "/" + block.reindex(table.index).astype(str)
    ground = pd.Series(0, index=table.index)
    shapes = lived.drop_duplicates("ea_code")["geometry"].to_numpy(object)
    outside = set(home[~table["within"]])
    for rows in home.reset_index(drop=True).groupby(home.to_numpy(), sort=True).groups.values():
        if home.iloc[rows[0]] in outside:
            ground.iloc[rows] = _hanging_together(shapes[rows])
    return home + ":" + ground.astype(str)


def _hanging_together(shapes: NDArray[np.object_]) -> NDArray[np.int32]:
    """Number of the connected piece each EA lies in; one in several pieces ties them together."""
    lands = shapely.get_parts(shapely.union_all(shapes[~shapely.is_missing(shapes)]))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    spots = shapely.point_on_surface(parts)
    spot, land = shapely.STRtree(lands).query(spots, predicate="intersects")
    n = len(shapes)
    ties = coo_matrix((np.ones(len(spot)), (owner[spot], n + land)), shape=(n + len(lands),) * 2)
    return connected_components(ties, directed=False)[1][:n].astype(np.int32)
