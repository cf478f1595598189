"""Are all buildings there? Streets without houses and housing land without footprints say no."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis import findings
from census_gis.findings import Kind
from census_gis.geometry.steps import middles
from census_gis.language import Text
from census_gis.model import Inputs

__all__ = ["incomplete", "incomplete_ground", "street_share"]

NEAR_M = 40.0  # a house stands this close to its street
PIECE_M = 20.0  # streets are judged in pieces of this length
LEAST_SHARE = 0.25  # measured: sparse mapping 8 %, other places 59-100 %
LEAST_STREET_M = 1000.0  # below this there is too little street to judge by
EMPTY_M2 = 1500.0  # ground of a housing parcel without any footprint
# Classes people do not live along (OSM highway values).
NOT_STREETS = frozenset(
    [
        "motorway",
        "motorway_link",
        "trunk",
        "trunk_link",
        "track",
        "path",
        "bridleway",
        "construction",
        "proposed",
        "raceway",
        "service",
        "corridor",
        "steps",
        "via_ferrata",
        "busway",
    ]
)
HOUSING = frozenset({"0701", "0702", "071", "072", "residential", "homestead"})

SPARSE = Kind(
    "B501", "warning",
    Text("buildings are incompletely mapped: only {share:.0%} of {km:.1f} km of streets have one within 40 m.",
         "建筑数据不完整：{km:.1f} 公里街道中只有 {share:.0%} 在 40 米内有建筑。"),
    Text("complete the buildings from imagery before planning; persons are placed only where buildings are.",
         "请先依影像补全建筑再划分；人数只分配到已有建筑。"),
)  # fmt: skip
EMPTY_LAND = Kind(
    "B502", "warning",
    Text("{area:.0f} m² of housing land ({kind}) hold no building.",
         "{area:.0f} 平方米住宅用地（{kind}）上没有建筑。"),
    Text("see the imagery whether buildings are missing.", "请对照影像核对是否缺少建筑。"),
)  # fmt: skip


def incomplete(inputs: Inputs) -> gpd.GeoDataFrame:
    """Where buildings seem to be missing, for each district of a project.

    Returns
    -------
    Findings: B501 for a district whose streets are mostly without buildings, B502 for housing parcels with
    more than 1,500 m2 in one piece without a footprint.
    """
    foot = np.asarray([*inputs.buildings.geometry, *inputs.outside.geometry], dtype=object)
    tree = shapely.STRtree(foot)
    cases: list[dict[str, Any]] = []
    for row in inputs.districts.itertuples():
        near = np.sort(tree.query(row.geometry, predicate="dwithin", distance=NEAR_M))
        cases += incomplete_ground(row.district_code, row.geometry, foot[near], inputs.barriers)
    return findings.frame(cases, inputs.crs)


def incomplete_ground(
    code: str, ground: Any, foot: NDArray[Any], barriers: gpd.GeoDataFrame
) -> list[dict[str, Any]]:
    """The same for one district.

    Parameters
    ----------
    code
        Its code, for findings.
    ground : Polygon or MultiPolygon
        Its area.
    foot : object, shape (n,)
        Footprints in and around it.
    barriers : GeoDataFrame
        Table BARRIERS, holding its roads and land use.
    """
    near = barriers.iloc[np.sort(barriers.sindex.query(ground, predicate="intersects"))]
    cases = []
    share, metres = street_share(ground, foot, near)
    if metres >= LEAST_STREET_M and share < LEAST_SHARE:
        cases.append(SPARSE.at("buildings", code, ground, share=share, km=metres / 1000))
    return cases + _empty_land(code, ground, foot, near)


def street_share(ground: Any, foot: NDArray[Any], roads: gpd.GeoDataFrame) -> tuple[float, float]:
    """Share of the length of streets in `ground` with a building within 40 m, and that length [m].

    Motorways, tracks, service roads and paths do not count; a street is judged in pieces of 20 m.
    """
    kind = roads["class"].to_numpy(dtype=object)
    street = (roads["source"] == "roads").to_numpy() & ~roads["tunnel"].to_numpy(dtype=bool)
    street &= np.array([str(k) not in NOT_STREETS for k in kind], dtype=bool)
    lines = np.asarray(roads.geometry.array, dtype=object)[street]
    lines = lines[shapely.get_dimensions(lines) == 1]
    pieces = shapely.get_parts(shapely.intersection(lines, ground))
    pieces = pieces[shapely.get_dimensions(pieces) == 1]
    middle, _, metres = middles(pieces, PIECE_M)
    total = float(metres.sum())
    if not len(foot) or not total:
        return 0.0, total
    hit = np.unique(shapely.STRtree(foot).query(middle, predicate="dwithin", distance=NEAR_M)[0])
    return float(metres[hit].sum()) / total, total


def _empty_land(
    code: str, ground: Any, foot: NDArray[Any], land: gpd.GeoDataFrame
) -> list[dict[str, Any]]:
    """Housing parcels without a single footprint on more than 1,500 m2."""
    kinds = land["class"].to_numpy(dtype=object)
    housing = (land["source"] == "landuse").to_numpy() & np.array(
        [_is_housing(kind) for kind in kinds], dtype=bool
    )
    cases = []
    tree = shapely.STRtree(foot) if len(foot) else None
    for i in np.flatnonzero(housing):
        parcel = shapely.intersection(land.geometry.iloc[i], ground)
        if parcel.area <= EMPTY_M2:
            continue
        if tree is not None and len(tree.query(parcel, predicate="intersects")):
            continue
        cases.append(EMPTY_LAND.at("landuse", code, parcel, area=parcel.area, kind=kinds[i]))
    return cases


def _is_housing(kind: object) -> bool:
    """Land that people live on: classes of both land surveys, OSM's word, words in Chinese."""
    text = str(kind)
    return text in HOUSING or "住宅" in text or "宅基地" in text
