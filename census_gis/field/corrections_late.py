"""Corrections that could stand when they came in, and cannot any more when they are accepted.

Meanwhile another one was accepted, or is accepted with it: the building is gone, has come already, or another stands
where it would. Accepted all the same they would change nothing, or count the same people twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from census_gis.errors import InputError
from census_gis.field.corrections import in_turn, moved_to, overlapping
from census_gis.field.corrections_judge import NO_BUILDING, STANDS, TAKEN
from census_gis.language import Text
from census_gis.model import District

__all__ = ["belated", "require_open"]


def belated(district: District, rows: pd.DataFrame) -> dict[int, Text]:
    """Numbers of accepted corrections of a district that cannot stand any more, and why.

    Parameters
    ----------
    district
        As the plan holds it, before them.
    rows
        Rows of layer `corrections` that are accepted now; those of other districts are left out.
    """
    homes = district.buildings
    stands: dict[str, shapely.Geometry] = dict(zip(homes["building_id"], homes.geometry, strict=True))  # fmt: skip
    out: dict[int, Text] = {}
    for row in in_turn(rows[rows["district_code"] == district.id]):
        why = _fault(row, stands)
        if why is not None:
            out[int(row["seq"])] = why
        elif row["kind"] == "gone":
            del stands[row["building_id"]]
        elif row["kind"] in ("new", "moved"):
            stands[row["building_id"]] = _place(row, stands)
    return out


def require_open(districts: gpd.GeoDataFrame, decided: pd.DataFrame) -> None:
    """What was reported after a correction came in is not changed by accepting it.

    Parameters
    ----------
    districts
        Layer `districts`.
    decided
        Rows of layer `corrections` that are decided now.

    Raises
    ------
    InputError
        Naming the districts.
    """
    shut = set(districts.loc[districts["state"] == "reported", "district_code"])
    late = decided[(decided["state"] == "accepted") & decided["district_code"].isin(shut)]
    if len(late):
        codes = sorted(set(late["district_code"]))
        raise InputError(
            Text(f"{len(codes)} districts were reported after these corrections came in; they are not changed.",
                 f"{len(codes)} 个普查区在这些更正提交后已上报，不能更改。"),
            where=", ".join(codes[:5]), rows=late["seq"].tolist(),
            fix=Text("withdraw them first (census-gis sign PLAN.gpkg approved --by WHO --reason WHY), or accept others by number.",
                     "请先退回（census-gis sign PLAN.gpkg approved --by 姓名 --reason 原因），或按编号采纳其他更正。"),
        )  # fmt: skip


def _fault(row: Mapping[str, Any], stands: Mapping[str, shapely.Geometry]) -> Text | None:
    key, kind = row["building_id"], row["kind"]
    if kind == "new" and key in stands:
        return TAKEN.format(key=key)
    if kind != "new" and key not in stands:
        return NO_BUILDING.format(key=key)
    if kind not in ("new", "moved"):
        return None
    others = [other for other in stands if other != key]
    there = overlapping(_place(row, stands), [stands[other] for other in others])
    return STANDS.format(key=others[there[0]]) if there else None


def _place(row: Mapping[str, Any], stands: Mapping[str, shapely.Geometry]) -> shapely.Geometry:
    """Where a building stands afterwards."""
    if row["kind"] == "new":
        return row["geometry"]
    return moved_to(stands[row["building_id"]], row["geometry"])
