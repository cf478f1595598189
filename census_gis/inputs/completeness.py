"""Are all buildings there? Streets without houses and housing land without footprints say no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Mapped:
    """What is mapped, to be asked by place: footprints, streets, housing parcels and what these are called."""

    foot: shapely.STRtree
    streets: shapely.STRtree
    housing: shapely.STRtree
    kinds: NDArray[Any]


def incomplete(inputs: Inputs) -> gpd.GeoDataFrame:
    """Where buildings seem to be missing, for each district of a project.

    Returns
    -------
    Findings: B501 for a district whose streets are mostly without buildings, B502 for housing parcels with
    more than 1,500 m2 in one piece without a footprint.
    """
    shapes = [
        np.asarray(part.geometry.array, dtype=object) for part in (inputs.buildings, inputs.outside)
    ]
    foot = np.concatenate(shapes)
    mapped = _mapped(foot, inputs.barriers)
    cases: list[dict[str, Any]] = []
    for code, ground in zip(
        inputs.districts["district_code"], inputs.districts.geometry, strict=True
    ):
        cases += _of_ground(code, ground, mapped)
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
    return _of_ground(code, ground, _mapped(foot, barriers))


def street_share(ground: Any, foot: NDArray[Any], roads: gpd.GeoDataFrame) -> tuple[float, float]:
    """Share of the length of streets in `ground` with a building within 40 m, and that length [m].

    Motorways, tracks, service roads and paths do not count; a street is judged in pieces of 20 m.
    """
    middle, metres = _pieces(ground, shapely.STRtree(_streets(roads)))
    return _built(middle, metres, shapely.STRtree(foot)), float(metres.sum())


def _mapped(foot: NDArray[Any], barriers: gpd.GeoDataFrame) -> _Mapped:
    kinds = barriers["class"].to_numpy(dtype=object)
    housing = (barriers["source"] == "landuse").to_numpy() & _by_class(kinds, _is_housing)
    land = np.asarray(barriers.geometry.array, dtype=object)[housing]
    streets = shapely.STRtree(_streets(barriers))
    return _Mapped(shapely.STRtree(foot), streets, shapely.STRtree(land), kinds[housing])


def _streets(roads: gpd.GeoDataFrame) -> NDArray[Any]:
    """Lines that people live along."""
    street = (roads["source"] == "roads").to_numpy() & ~roads["tunnel"].to_numpy(dtype=bool)
    street &= _by_class(roads["class"].to_numpy(dtype=object), _is_street)
    lines = np.asarray(roads.geometry.array, dtype=object)[street]
    return np.asarray(lines[shapely.get_dimensions(lines) == 1], dtype=object)


def _by_class(kinds: NDArray[Any], asked: Callable[[str], bool]) -> NDArray[np.bool_]:
    """What is true of each class, found out once for each that there is."""
    words = [str(kind) for kind in kinds]
    said = {word: asked(word) for word in set(words)}
    return np.array([said[word] for word in words], dtype=bool)


def _of_ground(code: str, ground: Any, mapped: _Mapped) -> list[dict[str, Any]]:
    """Findings of one district."""
    middle, metres = _pieces(ground, mapped.streets)
    total = float(metres.sum())
    cases = []
    if total >= LEAST_STREET_M and not _settled(middle, metres, mapped.foot):
        share = _built(middle, metres, mapped.foot)
        if share < LEAST_SHARE:
            cases.append(SPARSE.at("buildings", code, ground, share=share, km=total / 1000))
    return cases + _empty_land(code, ground, mapped)


def _pieces(ground: Any, streets: shapely.STRtree) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Middles and lengths [m] of the pieces of the streets in an area."""
    lines = streets.geometries[np.sort(streets.query(ground, predicate="intersects"))]
    shapely.prepare(ground)
    over = ~shapely.covers(ground, lines)
    lines[over] = shapely.intersection(lines[over], ground)
    pieces = shapely.get_parts(lines)
    middle, _, metres = middles(pieces[shapely.get_dimensions(pieces) == 1], PIECE_M)
    return middle, metres


def _built(middle: NDArray[Any], metres: NDArray[np.float64], foot: shapely.STRtree) -> float:
    """Share of the length of pieces with a building nearby."""
    total = float(metres.sum())
    if not len(foot.geometries) or not total:
        return 0.0
    hit = np.unique(foot.query(middle, predicate="dwithin", distance=NEAR_M)[0])
    return float(metres[hit].sum()) / total


def _settled(middle: NDArray[Any], metres: NDArray[np.float64], foot: shapely.STRtree) -> bool:
    """Whether every second piece alone tells that enough of the streets have buildings: of most places it does."""
    some = slice(None, None, 2)
    share = _built(middle[some], metres[some], foot)
    return share * float(metres[some].sum()) >= LEAST_SHARE * float(metres.sum())


def _empty_land(code: str, ground: Any, mapped: _Mapped) -> list[dict[str, Any]]:
    """Housing parcels without a single footprint on more than 1,500 m2."""
    rows = np.sort(mapped.housing.query(ground, predicate="intersects"))
    parcels = mapped.housing.geometries[rows]
    rows, parcels = (
        rows[shapely.area(parcels) > EMPTY_M2],
        parcels[shapely.area(parcels) > EMPTY_M2],
    )
    built = np.zeros(len(rows), dtype=bool)
    built[mapped.foot.query(parcels, predicate="intersects")[0]] = True
    # A building on a parcel that reaches out of the district may stand outside.
    doubt = ~(built & shapely.covers(ground, parcels))
    cases = []
    for row, parcel in zip(rows[doubt], shapely.intersection(parcels[doubt], ground), strict=True):
        if parcel.area <= EMPTY_M2 or len(mapped.foot.query(parcel, predicate="intersects")):
            continue
        kind = mapped.kinds[row]
        cases.append(EMPTY_LAND.at("landuse", code, parcel, area=parcel.area, kind=kind))
    return cases


def _is_street(kind: str) -> bool:
    return kind not in NOT_STREETS


def _is_housing(kind: str) -> bool:
    """Land that people live on: classes of both land surveys, OSM's word, words in Chinese."""
    return kind in HOUSING or "住宅" in kind or "宅基地" in kind
