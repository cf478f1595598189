"""Buildings across a line that EAs must keep to: a building is not cut by a line, so that it goes to one side whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.ops import split

from census_gis import findings
from census_gis.fabric.keeping import kept_lines
from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.model import District

__all__ = ["across_held_lines"]

# Ground this near goes with a building over the line [m]; an EA with more of the line than that inside is not parted
# by it: one may go round its end.
AROUND_M = 5.0
# An EA's own line may run along the one to be kept: what is this far inside is looked at [m].
INSIDE_M = 1.0
# Less than this on the other side of a line is how lines are drawn along walls [m2] (product judgement).
ACROSS_M2 = 5.0

ACROSS = Kind(
    "G227", "warning",
    Text("Building {building} stands across a line that must be kept ({line}): it is in EA {ea} whole, with {m2} m2 of its "
         "{all} m2 on the other side of the line.",
         "建筑物 {building} 跨越必须保持的界线（{line}）：整栋归入小区 {ea}，其 {all} 平方米中有 {m2} 平方米在界线另一侧。"),
    Text("accept it, draw the line around the building, or give the building as two.",
         "接受，或将界线绕开该建筑物，或将该建筑物分为两栋录入。"),
)  # fmt: skip
UNNAMED = Text("without a name", "无名称")


def across_held_lines(
    district: District, areas: gpd.GeoDataFrame, parts: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Buildings with more than `ACROSS_M2` on the other side of a line with hold = must.

    Parameters
    ----------
    district : with the lines of its `hold` edits among its barriers
    areas, parts : layers `enumeration_areas` and `dwelling_parts`

    Returns
    -------
    GeoDataFrame, table FINDINGS
        One for each building in one EA and each line it stands across; buildings shared by several EAs are cut
        where they can be, and left out.
    """
    lines = kept_lines(district)
    if not len(lines):
        return findings.frame([], district.crs)
    shapes = _whole_buildings(parts, lines)
    ground = areas.drop_duplicates("ea_code").set_index("ea_code")["geometry"]
    line, row = shapely.STRtree(shapes["geometry"].to_numpy()).query(lines, predicate="crosses")
    cases: list[dict[str, Any]] = []
    for i, k in zip(line.tolist(), row.tolist(), strict=True):
        building = shapes.iloc[k]
        cases += _across(lines[i], building, ground.get(building["ea_code"]), district)
    return findings.frame(cases, district.crs)


def _whole_buildings(parts: gpd.GeoDataFrame, lines: NDArray[np.object_]) -> pd.DataFrame:
    """Building, EA and footprint of every building under some lines that stands in one EA, by building."""
    drawn = parts[~shapely.is_missing(parts["geometry"].to_numpy()) & (parts["building_id"] != "")]
    _, met = shapely.STRtree(drawn["geometry"].to_numpy()).query(lines, predicate="intersects")
    under = drawn["building_id"].isin(drawn["building_id"].iloc[np.unique(met)])
    by = drawn[under].groupby("building_id", sort=True)
    one = by["ea_code"].nunique() == 1
    first = by[["ea_code", "geometry"]].first()
    shape = by["geometry"].agg(lambda some: shapely.union_all(some.to_numpy()))
    return first.assign(geometry=shape)[one].reset_index()


def _across(
    line: shapely.LineString, building: pd.Series, ground: Any, district: District
) -> Iterator[dict[str, Any]]:
    """The finding of one building and one line, where enough of it is on the other side than its EA."""
    whole = building["geometry"]
    rest = None if ground is None else shapely.difference(ground, shapely.buffer(whole, AROUND_M))
    inside = None if rest is None else shapely.buffer(rest, -INSIDE_M)
    if inside is not None and shapely.intersection(line, inside).length > AROUND_M:
        return
    pieces = np.array(
        [part for one in shapely.get_parts(whole) for part in split(one, line).geoms], dtype=object
    )
    spots = shapely.point_on_surface(pieces)
    open_ground = shapely.get_parts(rest) if rest is not None else np.empty(0, object)
    near = open_ground if len(open_ground) else pieces
    home = shapely.point_on_surface(near[np.argmax(shapely.area(near))])
    ways = shapely.linestrings([[*spot.coords, *home.coords] for spot in spots])
    other = shapely.get_num_geometries(shapely.intersection(line, ways)) % 2 == 1
    other &= shapely.crosses(line, ways)
    m2 = float(shapely.area(pieces[other]).sum())
    if m2 > ACROSS_M2:
        name, code = building["building_id"], building["ea_code"]
        yield ACROSS.at(
            "buildings", name, shapely.point_on_surface(whole), building=name, ea=code,
            line=_name_of(district, whole), m2=round(m2), all=round(whole.area),
        )  # fmt: skip


def _name_of(district: District, building: shapely.Geometry) -> Text:
    """Name of the line that must be kept under a building."""
    barriers = district.barriers
    mine = (barriers["source"] == "barriers") & (barriers["hold"] == "must")
    names = barriers["name"][mine & barriers.intersects(building)].dropna()
    return Text(str(names.iloc[0]), str(names.iloc[0])) if len(names) else UNNAMED
