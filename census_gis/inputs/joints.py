"""Checks of what lies around: links that lead somewhere, landmarks that have a name."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.findings import Kind
from census_gis.inputs.layers import Cases
from census_gis.language import Text

__all__ = ["check_links", "check_places"]

# How far from the districts an end may lie and still be drawn short of them by hand [m] (product judgement).
REACH_M = 2.0
# Landmarks of one name this near are one drawn twice [m] (product judgement).
SAME_M = 5.0

NOWHERE = Kind(
    "L721", "warning",
    Text("a link ends outside the districts: it joins nothing there.", "有一条连接线的端点不在任何普查区内：未起连接作用。"),
    Text("draw it from bank to bank, both ends on the ground it joins.", "请将两端都画到所连接的用地上。"),
)  # fmt: skip
AREA = Kind(
    "L722", "warning",
    Text("{n} links are areas, not lines: they join nothing.", "{n} 条连接要素是面而不是线：未起连接作用。"),
    Text("draw each as a line over the barrier.", "请画成跨越障碍的线。"),
)  # fmt: skip
NAMELESS = Kind(
    "L723", "note",
    Text("{n} landmarks have no name and are not printed.", "{n} 个地标没有名称，不予注记。"),
    Text("name them, or leave them out.", "请补充名称，或删去。"),
)  # fmt: skip
TWICE = Kind(
    "L724", "note",
    Text("{n} landmarks stand within {m:g} m of another of the same name.", "{n} 个地标与同名地标相距不到 {m:g} 米。"),
    Text("delete the doubles.", "请删除重复的地标。"),
)  # fmt: skip


def check_links(barriers: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> Cases:
    """Findings on links of which one end lies in a district and the other in none.

    Parameters
    ----------
    barriers : table BARRIERS
        Rows of source ``links`` are judged.
    districts : table DISTRICTS
    """
    links = barriers[(barriers["source"] == "links") & barriers.geometry.notna()]
    shapes = np.asarray(links.geometry.array, dtype=object)
    cases: Cases = []
    flat = shapely.get_dimensions(shapes) == 2
    if flat.any():
        cases.append(AREA.at("links", n=int(flat.sum())))
    lines = shapely.get_parts(shapes[~flat])
    if not len(lines):
        return cases
    land = shapely.buffer(shapely.union_all(districts.geometry.array), REACH_M)
    shapely.prepare(land)
    ends = [shapely.get_point(lines, at) for at in (0, -1)]
    begins, leads = (shapely.covers(land, end) for end in ends)
    for i in np.flatnonzero(begins != leads):
        end = ends[0][i] if leads[i] else ends[1][i]
        cases.append(NOWHERE.at("links", f"{end.x:.0f} {end.y:.0f}", end))
    return cases


def check_places(places: gpd.GeoDataFrame) -> Cases:
    """Findings on landmarks without a name, and on those that are there twice."""
    nameless = places["name"].isna()
    cases: Cases = []
    if nameless.any():
        cases.append(NAMELESS.at("places", n=int(nameless.sum())))
    named = places[~nameless]
    spots = shapely.point_on_surface(np.asarray(named.geometry.array, dtype=object))
    i, j = shapely.STRtree(spots).query(spots, predicate="dwithin", distance=SAME_M)
    words = pd.factorize(named["name"])[0]
    again = np.unique(j[(i < j) & (words[i] == words[j])])
    if len(again):
        cases.append(TWICE.at("places", n=len(again), m=SAME_M))
    return cases
