"""What the sheets of one census district draw, prepared once: arrays, spatial indexes, label points.

A sheet then asks "what is in this frame" and gets arrays back; nothing is read twice and no
row is visited in Python. Neighbouring districts are in it as far as the frames may reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from census_gis.errors import InputError
from census_gis.language import Language, Text
from census_gis.present.fonts import tidy
from census_gis.present.style import land_class, place_class, road_class
from census_gis.present.titles import place_of
from census_gis.present.words import say

__all__ = ["Buildings", "DistrictLayers", "Layer", "Tables", "reach_of", "read_layers", "setting"]

Tables = Mapping[str, Any]
Shapes = NDArray[np.object_]
# EA lines and district lines are the same vertices (contract, law 1); this only bridges rounding.
SAME_LINE_M = 0.1
REACH_SHARE = 1.0


@dataclass(frozen=True)
class Layer:
    """Geometries of one kind with a class and a name each, and their index."""

    shapes: Shapes
    kind: NDArray[np.object_]
    name: NDArray[np.object_]
    tree: STRtree = field(repr=False)

    def inside(self, view_ground: tuple[float, float, float, float]) -> NDArray[np.int64]:
        """Rows that touch a rectangle [m], in row order."""
        return np.sort(self.tree.query(shapely.box(*view_ground), predicate="intersects"))

    def take(self, rows: NDArray[Any]) -> Layer:
        """Some rows only, as a layer."""
        return _layer(self.shapes[rows], self.kind[rows], self.name[rows])


@dataclass(frozen=True)
class Buildings:
    """One row for each building of an EA: what is numbered and listed.

    `rows` has ea_code, building_id, number (as printed), floors, dwellings, use, words (address or name
    and what part of the building it is), shared; `shapes` None where the row stands nowhere.
    `points` is where a number stands best [m], `widest` the middle of the widest place and `radius`
    half its width [m].
    """

    rows: pd.DataFrame
    shapes: Shapes
    points: NDArray[np.float64]
    widest: NDArray[np.float64]
    radius: NDArray[np.float64]
    tree: STRtree = field(repr=False)


@dataclass(frozen=True)
class DistrictLayers:
    """Everything around one district that its sheets may show."""

    code: str
    crs: Any
    language: Language
    district: pd.Series
    settings: Mapping[str, str]
    place_name: tuple[str, str, str]
    eas: pd.DataFrame
    parts: pd.DataFrame
    buildings: Buildings
    areas: Layer
    district_lines: Layer
    ea_lines: Layer
    disputes: Layer
    outside: Layer
    roads: Layer
    rails: Layer
    streams: Layer
    land: Layer
    places: Layer
    streets: Layer
    descriptions: Mapping[str, Mapping[str, str]]


def setting(tables: Tables, key: str, default: str = "") -> str:
    """A value of the plan's settings, else the default."""
    return _settings(tables).get(key, default)


def read_layers(tables: Tables, district_code: str, language: Language) -> DistrictLayers:
    """Gather one district out of the tables of a plan.

    Raises
    ------
    InputError
        When the plan has no such district, or it has no geometry.
    """
    districts = tables["districts"]
    codes = districts["district_code"].astype(str)
    found = np.flatnonzero((codes == district_code).to_numpy())
    if not len(found) or districts.geometry.iloc[found[0]] is None:
        raise InputError(
            Text(f"there is no district {district_code} with a boundary.",
                 f"没有带边界的普查区 {district_code}。"),
            where="districts", rows=[district_code],
            fix=Text("give a code of the layer 'districts'.", "请给出 districts 图层中的代码。"),
        )  # fmt: skip
    district = districts.iloc[found[0]]
    reach = reach_of(district.geometry)
    areas = tables["enumeration_areas"]
    own = areas.loc[areas["district_code"].astype(str) == district_code]
    own = pd.DataFrame(own).sort_values("ea_code", kind="stable").reset_index(drop=True)
    parts = tables["dwelling_parts"]
    is_own = (parts["district_code"].astype(str) == district_code).to_numpy()
    own_parts = pd.DataFrame(parts.loc[is_own]).sort_values(["ea_code", "part_id"], kind="stable")
    lines = _context(tables, "context_lines", reach)
    roads = _of(lines, ["roads", "links"])
    stream_rows = _of(lines, ["waterways", "water"])
    outlines, signs = _special(tables, reach)
    land, places = (_context(tables, f"context_{kind}", reach) for kind in ("areas", "points"))
    return DistrictLayers(
        code=district_code, crs=districts.crs, language=language, district=district,
        settings=_settings(tables), place_name=_place_name(tables, district, language),
        eas=own, parts=own_parts,
        buildings=_buildings(own_parts, language),
        areas=_areas(areas, reach), district_lines=_district_lines(districts, reach),
        ea_lines=_ea_lines(tables, reach), disputes=_disputes(tables, reach),
        outside=_outside(tables, parts, is_own, reach),
        roads=_classed(roads, _road),
        rails=_classed(_of(lines, ["railways"]), _line),
        streams=_classed(stream_rows, _line),
        land=_classed(_below(land, outlines), _land),
        places=_classed(_below(places, signs), _place),
        streets=_streets(pd.concat([roads, stream_rows, _of(lines, ["railways"])])),
        descriptions=_descriptions(tables, set(own["ea_code"]), language),
    )  # fmt: skip


def reach_of(shape: Any) -> Any:
    """How far around a district its sheets may look: a frame is rarely more than twice as wide."""
    west, south, east, north = shape.bounds
    more = max(200.0, REACH_SHARE * max(east - west, north - south))
    return shapely.box(west - more, south - more, east + more, north + more)


def _words(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """A text column as tidy strings, '' for nothing."""
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    values = frame[column].to_numpy(dtype=object)
    return np.array(["" if pd.isna(v) else tidy(str(v)) for v in values], dtype=object)


def _layer(shapes: Any, kind: Any, name: Any) -> Layer:
    array = np.asarray(shapes, dtype=object)
    return Layer(
        array, np.asarray(kind, dtype=object), np.asarray(name, dtype=object), STRtree(array)
    )


def _context(tables: Tables, table: str, reach: Any) -> gpd.GeoDataFrame:
    frame = tables.get(table)
    if frame is None or not len(frame):
        return gpd.GeoDataFrame({"source": [], "class": [], "name": []}, geometry=[])
    rows = np.sort(frame.sindex.query(reach))
    near = frame.iloc[rows]
    # Row order must not matter: of equals, the same one is always drawn last.
    key = shapely.to_wkb(shapely.normalize(near.geometry.to_numpy()))
    order = np.lexsort((key, _words(near, "class"), _words(near, "source")))
    return near.iloc[order]


def _special(tables: Tables, reach: Any) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Special areas as outlines of compounds, and as landmarks where they may be named."""
    frame = tables.get("special_areas")
    if frame is None or not len(frame):
        none = _context(tables, "special_areas", reach)
        return none, none
    drawn = frame.assign(**{"source": "compounds", "class": frame["kind"]})
    outlines = _context({"special_areas": drawn}, "special_areas", reach)
    named = outlines[outlines["name"].notna()]
    spots = named.set_geometry(shapely.point_on_surface(named.geometry.to_numpy()))
    return outlines.assign(name=None), spots


def _below(upper: gpd.GeoDataFrame, more: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Two tables of context as one."""
    if not len(more):
        return upper
    columns = ["source", "class", "name", "geometry"]
    shapes = [*upper.geometry, *more.geometry]
    both = pd.concat([pd.DataFrame(one)[columns[:3]] for one in (upper, more)], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry=shapes, crs=more.crs)


def _of(frame: gpd.GeoDataFrame, sources: list[str]) -> gpd.GeoDataFrame:
    return frame.loc[frame["source"].astype(str).isin(sources)]


def _classed(frame: gpd.GeoDataFrame, rule: Any) -> Layer:
    source, kind, name = (_words(frame, column) for column in ("source", "class", "name"))
    classes = [rule(s, k, n) for s, k, n in zip(source, kind, name, strict=True)]
    return _layer(frame.geometry.to_numpy(), classes, name)


def _road(_source: str, kind: str, _name: str) -> str:
    return str(road_class(kind))


def _line(source: str, _kind: str, _name: str) -> str:
    return source


def _land(source: str, kind: str, _name: str) -> str:
    return land_class(source, kind)


def _place(_source: str, kind: str, name: str) -> str:
    return place_class(kind, name)


def _streets(frame: gpd.GeoDataFrame) -> Layer:
    """Named lines, the pieces of a name joined where they meet."""
    name = _words(frame, "name")
    shapes, source = frame.geometry.to_numpy(), _words(frame, "source")
    merged, names, kinds = [], [], []
    for one in sorted(set(name) - {""}):
        of_name = name == one
        lines = shapely.get_parts(shapely.line_merge(shapely.union_all(shapes[of_name])))
        merged += list(lines)
        names += [one] * len(lines)
        kinds += [str(source[of_name][0])] * len(lines)
    return _layer(merged, kinds, names)


def _areas(areas: gpd.GeoDataFrame, reach: Any) -> Layer:
    """Ground EAs around, named by code; kind is the district's code."""
    near = areas.iloc[np.sort(areas.sindex.query(reach))]
    near = near.loc[near["kind"] == "ground"].sort_values("ea_code", kind="stable")
    return _layer(near.geometry.to_numpy(), near["district_code"], near["ea_code"])


def _district_lines(districts: gpd.GeoDataFrame, reach: Any) -> Layer:
    near = districts.iloc[np.sort(districts.sindex.query(reach))]
    near = near.sort_values("district_code", kind="stable")
    return _layer(
        shapely.boundary(near.geometry.to_numpy()), near["district_code"], _words(near, "name")
    )


def _ea_lines(tables: Tables, reach: Any) -> Layer:
    """Lines between EAs; kind is 'district' over a district line, name is 'left|right'."""
    frame = tables.get("ea_lines")
    if frame is None or not len(frame):
        return _layer([], [], [])
    near = frame.iloc[np.sort(frame.sindex.query(reach))]
    left, right = _words(near, "left_ea"), _words(near, "right_ea")
    pair = np.array([f"{a}|{b}" for a, b in zip(left, right, strict=True)], dtype=object)
    order = np.argsort(pair, kind="stable")
    kind = near["follows"].to_numpy(dtype=object)
    return _layer(near.geometry.to_numpy()[order], kind[order], pair[order])


def _disputes(tables: Tables, reach: Any) -> Layer:
    """Disputed lines and ground; what was settled is none any more."""
    frame = tables.get("disputes")
    if frame is None or not len(frame):
        return _layer([], [], [])
    near = frame.iloc[np.sort(frame.sindex.query(reach))]
    near = near.loc[near["state"] != "settled"].sort_values("dispute_id", kind="stable")
    return _layer(near.geometry.to_numpy(), near["state"], near["dispute_id"])


def _outside(tables: Tables, parts: gpd.GeoDataFrame, is_own: Any, reach: Any) -> Layer:
    """Buildings that belong to no EA of this district."""
    shapes = []
    frame = tables.get("outside_buildings")
    if frame is not None and len(frame):
        shapes.append(frame.geometry.to_numpy()[np.sort(frame.sindex.query(reach))])
    rows = np.sort(parts.sindex.query(reach))
    shapes.append(parts.geometry.to_numpy()[rows[~is_own[rows]]])
    every = np.concatenate(shapes)
    every = every[np.argsort(shapely.to_wkb(every), kind="stable")]
    return _layer(every, np.full(len(every), "outside"), np.full(len(every), ""))


def _buildings(parts: pd.DataFrame, language: Language) -> Buildings:
    """Join the parts of a building that are in one EA."""
    frame = parts.assign(
        key=[b if b else p for b, p in zip(_words(parts, "building_id"), _words(parts, "part_id"), strict=True)],
        address=_words(parts, "address"), name=_words(parts, "name"), label=_words(parts, "number_label"),
    )  # fmt: skip
    per_building = frame.groupby("key")["ea_code"].transform("nunique")
    groups = frame.assign(shared=per_building > 1).groupby(["ea_code", "key"], sort=True)
    rows = groups.agg(
        number=("building_number", "first"), label=("label", "first"), floors=("floors", "max"),
        dwellings=("dwellings", lambda v: v.sum(min_count=1)),
        use=("use", "first"), address=("address", "first"), name=("name", "first"),
        shared=("shared", "first"), unit=("unit", lambda v: tuple(sorted(set(v)))),
        lo=("floor_lo", "min"), hi=("floor_hi", "max"),
    ).reset_index()  # fmt: skip
    rows["number"] = [_number(r.label, r.number) for r in rows.itertuples()]
    rows["words"] = [_what(r, language) for r in rows.itertuples()]
    shapes = np.asarray(
        [_joined(g) for _, g in groups["geometry"]] if len(rows) else [], dtype=object
    )
    order = np.lexsort(
        (rows["key"], np.array([n.zfill(6) for n in rows["number"]], dtype=str), rows["ea_code"])
    )
    rows, shapes = rows.iloc[order].reset_index(drop=True), shapes[order]
    circle = shapely.maximum_inscribed_circle(shapes, tolerance=0.3)
    widest = np.full((len(shapes), 2), np.nan)
    standing = ~shapely.is_missing(shapes)
    widest[standing] = shapely.get_coordinates(shapely.get_point(circle[standing], 0))
    # The centroid looks best as the place of a number, where it lies on the building.
    middle = shapely.centroid(shapes)
    central = shapely.contains(shapes, middle)
    points = widest.copy()
    points[central] = shapely.get_coordinates(middle[central])
    radius = np.where(standing, shapely.length(circle), 0.0)
    return Buildings(rows, shapes, points, widest, radius, STRtree(shapes))


def _joined(shapes: pd.Series) -> Any:
    standing = [shape for shape in shapes if shape is not None and not shape.is_empty]
    if not standing:
        return None
    return standing[0] if len(standing) == 1 else shapely.union_all(standing)


def _number(label: str, number: Any) -> str:
    """Three digits where there are any: what of the building it is stands in the table ('12-2单元')."""
    if label.isdigit() or pd.isna(number):
        return label
    return f"{int(number):03d}"


def _what(row: Any, language: Language) -> str:
    """Address, else name; and for part of a building, which part."""
    words = row.address if row.address else row.name
    if row.address and row.name and row.name not in row.address:
        words = f"{row.address} {row.name}"
    if not row.shared:
        return words
    bits = []
    doors = [u for u in row.unit if u]
    if doors:
        bits.append(
            say("door_of", language, n=("、" if language == "zh" else ", ").join(map(str, doors)))
        )
    if not pd.isna(row.lo) and not pd.isna(row.hi):
        key = "one_floor" if row.lo == row.hi else "floors_of"
        bits.append(say(key, language, lo=int(row.lo), hi=int(row.hi)))
    return " ".join([*bits, words]).strip()


def _settings(tables: Tables) -> Mapping[str, str]:
    frame = tables.get("settings")
    if frame is None:
        return {}
    known = frame.loc[frame["value"].notna()]
    return dict(zip(known["key"].astype(str), known["value"].astype(str), strict=True))


def _place_name(tables: Tables, district: pd.Series, language: Language) -> tuple[str, str, str]:
    """County, township and district, by name where known, else by code."""
    code = str(district["district_code"])
    county, township = place_of(tables.get("units"), code)
    own = district["name"]
    unnamed = say("district_unnamed", language, code=code)
    return county, township, unnamed if pd.isna(own) or not str(own) else tidy(str(own))


def _descriptions(
    tables: Tables, codes: set[str], language: Language
) -> Mapping[str, Mapping[str, str]]:
    frame = tables.get("ea_descriptions")
    if frame is None or not len(frame):
        return {}
    own = frame.loc[frame["ea_code"].isin(codes)]
    sides = ("north", "east", "south", "west")
    columns = {side: _words(own, f"{side}_{language}") for side in sides}
    return {
        str(code): {side: str(columns[side][row]) for side in sides}
        for row, code in enumerate(own["ea_code"])
    }
