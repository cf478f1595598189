"""What the sheets of one census district draw, prepared once: arrays, spatial indexes, label points.

A sheet then asks "what is in this frame" and gets arrays back; nothing is read twice and no
row is visited in Python. Neighbouring districts are in it as far as the frames may reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from census_gis.present.joined import joined
from census_gis.present.surroundings import (
    Layer,
    Tables,
    layer_of,
    order_of,
    standing_in,
    surroundings_of,
    words_of,
)  # fmt: skip
from census_gis.present.titles import place_of
from census_gis.present.words import say

__all__ = [
    "Buildings",
    "DistrictLayers",
    "Layer",
    "Tables",
    "reach_of",
    "read_layers",
    "setting",
    "settings_of",
]

Shapes = NDArray[np.object_]
# EA lines and district lines are the same vertices (contract, law 1); this only bridges rounding.
SAME_LINE_M = 0.1
REACH_SHARE = 1.0


@dataclass(frozen=True)
class Buildings:
    """One row for each building of an EA: what is numbered and listed.

    `columns` has ea_code, key (its id), number (as printed), floors, dwellings, use, words (address or name
    and what part of the building it is), shared and what else `joined` tells, planned and gone (in special
    areas of kind site and demolished); `shapes` None where the row stands nowhere.
    `points` is where a number stands best [m], `widest` the middle of the widest place and `radius`
    half its width [m].
    """

    columns: Mapping[str, NDArray[Any]] = field(repr=False)
    shapes: Shapes
    points: NDArray[np.float64]
    widest: NDArray[np.float64]
    radius: NDArray[np.float64]
    tree: STRtree = field(repr=False)

    @property
    def rows(self) -> pd.DataFrame:
        """The columns as a table."""
        return pd.DataFrame(dict(self.columns))


@dataclass(frozen=True)
class DistrictLayers:
    """Everything around one district that its sheets may show; `memo` is what its locator maps share, by scale."""

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
    staff: Mapping[str, str] = field(default_factory=dict)
    memo: dict[float, tuple[Any, ...]] = field(default_factory=dict, repr=False, compare=False)

    def person(self, number: Any) -> str:
        """Name to print and number of somebody who works here; '' before staff is assigned."""
        if number is None or pd.isna(number):
            return ""
        return f"{self.staff.get(str(number), '')} {number}".strip()


def setting(tables: Tables, key: str, default: str = "") -> str:
    """A value of the plan's settings, else the default."""
    return settings_of(tables).get(key, default)


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
    own_parts = _plain(pd.DataFrame(parts.loc[is_own]))
    own_parts = own_parts.iloc[np.lexsort((own_parts["part_id"], own_parts["ea_code"]))]
    around = surroundings_of(tables, reach)
    return DistrictLayers(
        code=district_code, crs=districts.crs, language=language, district=district,
        settings=settings_of(tables), place_name=_place_name(tables, district, language),
        eas=own, parts=own_parts,
        buildings=_buildings(own_parts, tables, language),
        areas=_areas(areas, reach), district_lines=_district_lines(districts, reach),
        ea_lines=_ea_lines(tables, reach), disputes=_disputes(tables, reach),
        outside=_outside(tables, parts, is_own, reach),
        roads=around.roads, rails=around.rails, streams=around.streams, land=around.land,
        places=around.places, streets=around.streets,
        descriptions=_descriptions(tables, set(own["ea_code"]), language), staff=_staff(tables),
    )  # fmt: skip


def reach_of(shape: Any) -> Any:
    """How far around a district its sheets may look: a frame is rarely more than twice as wide."""
    west, south, east, north = shape.bounds
    more = max(200.0, REACH_SHARE * max(east - west, north - south))
    return shapely.box(west - more, south - more, east + more, north + more)


def _areas(areas: gpd.GeoDataFrame, reach: Any) -> Layer:
    """Ground EAs around, named by code; kind is the district's code."""
    near = areas.iloc[np.sort(areas.sindex.query(reach))]
    near = near.loc[near["kind"] == "ground"].sort_values("ea_code", kind="stable")
    return layer_of(near.geometry.to_numpy(), near["district_code"], near["ea_code"])


def _district_lines(districts: gpd.GeoDataFrame, reach: Any) -> Layer:
    near = districts.iloc[np.sort(districts.sindex.query(reach))]
    near = near.sort_values("district_code", kind="stable")
    return layer_of(
        shapely.boundary(near.geometry.to_numpy()), near["district_code"], words_of(near, "name")
    )


def _ea_lines(tables: Tables, reach: Any) -> Layer:
    """Lines between EAs; kind is 'district' over a district line, name is 'left|right'."""
    frame = tables.get("ea_lines")
    if frame is None or not len(frame):
        return layer_of([], [], [])
    near = frame.iloc[np.sort(frame.sindex.query(reach))]
    left, right = words_of(near, "left_ea"), words_of(near, "right_ea")
    pair = np.array([f"{a}|{b}" for a, b in zip(left, right, strict=True)], dtype=object)
    # A pair may meet in several lines: their order must not be that of the rows.
    shapes = near.geometry.to_numpy()
    order = order_of(shapes, pair)
    kind = near["follows"].to_numpy(dtype=object)
    return layer_of(shapes[order], kind[order], pair[order])


def _disputes(tables: Tables, reach: Any) -> Layer:
    """Disputed lines and ground; what was settled is none any more."""
    frame = tables.get("disputes")
    if frame is None or not len(frame):
        return layer_of([], [], [])
    near = frame.iloc[np.sort(frame.sindex.query(reach))]
    near = near.loc[near["state"] != "settled"].sort_values("dispute_id", kind="stable")
    return layer_of(near.geometry.to_numpy(), near["state"], near["dispute_id"])


def _outside(tables: Tables, parts: gpd.GeoDataFrame, is_own: Any, reach: Any) -> Layer:
    """Buildings that belong to no EA of this district."""
    shapes = []
    frame = tables.get("outside_buildings")
    if frame is not None and len(frame):
        shapes.append(frame.geometry.to_numpy()[np.sort(frame.sindex.query(reach))])
    rows = np.sort(parts.sindex.query(reach))
    shapes.append(parts.geometry.to_numpy()[rows[~is_own[rows]]])
    every = np.concatenate(shapes)
    every = every[order_of(every)]
    return layer_of(every, np.full(len(every), "outside"), np.full(len(every), ""))


def _buildings(parts: pd.DataFrame, tables: Tables, language: Language) -> Buildings:
    """Join the parts of a building that are in one EA."""
    rows, shapes = joined(parts)
    rows["number"] = np.array(
        [_number(*each) for each in zip(rows["label"], rows["number"], strict=True)], dtype=object
    )
    rows["words"] = np.array([_what(each, language) for each in _each(rows)], dtype=object)
    order = np.lexsort(
        (rows["key"], np.array([n.zfill(6) for n in rows["number"]], dtype=str), rows["ea_code"])
    )
    columns, shapes = {name: values[order] for name, values in rows.items()}, shapes[order]
    columns["planned"] = standing_in(tables, shapes, "site")
    columns["gone"] = standing_in(tables, shapes, "demolished")
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
    return Buildings(columns, shapes, points, widest, radius, STRtree(shapes))


def _each(rows: Mapping[str, NDArray[Any]]) -> Iterator[dict[str, Any]]:
    """Rows of columns, one after the other."""
    for values in zip(*rows.values(), strict=True):
        yield dict(zip(rows, values, strict=True))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as Python objects: every sheet takes rows, which Arrow columns are slow at."""
    text = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.StringDtype)]
    return frame.astype(dict.fromkeys(text, object))


def _number(label: str, number: float) -> str:
    """Three digits where there are any: what of the building it is stands in the table ('12-2单元')."""
    if label.isdigit() or np.isnan(number):
        return label
    return f"{int(number):03d}"


def _what(row: Mapping[str, Any], language: Language) -> str:
    """Address, else name; and for part of a building, which part."""
    address, name = row["address"], row["name"]
    words: str = address if address else name
    if address and name and name not in address:
        words = f"{address} {name}"
    if not row["shared"]:
        return words
    bits = []
    doors = [u for u in row["unit"] if u]
    if doors:
        bits.append(
            say("door_of", language, n=("、" if language == "zh" else ", ").join(map(str, doors)))
        )
    lo, hi = row["lo"], row["hi"]
    if not np.isnan(lo) and not np.isnan(hi):
        key = "one_floor" if lo == hi else "floors_of"
        bits.append(say(key, language, lo=int(lo), hi=int(hi)))
    return " ".join([*bits, words]).strip()


def _staff(tables: Tables) -> Mapping[str, str]:
    """Names to print by number, where the office gave any."""
    frame = tables.get("staff")
    if frame is None:
        return {}
    named = zip(words_of(frame, "staff_id"), words_of(frame, "display_name"), strict=True)
    return {number: tidy(name) for number, name in named if name}


def settings_of(tables: Tables) -> Mapping[str, str]:
    """The plan's settings by key; those without a value are not among them."""
    frame = tables.get("settings")
    if frame is None:
        return {}
    pairs = zip(frame["key"].tolist(), frame["value"].tolist(), strict=True)
    return {str(key): str(value) for key, value in pairs if not pd.isna(value)}


def _place_name(tables: Tables, district: pd.Series, language: Language) -> tuple[str, str, str]:
    """County, township and district, by name where known, else by code."""
    code = str(district["district_code"])
    units = tables.get("units")
    if units is not None:  # a county has a thousand of them
        units = units.loc[[code.startswith(str(one)) for one in units["code"]]]
    county, township = place_of(units, code)
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
    columns = {side: words_of(own, f"{side}_{language}") for side in sides}
    return {
        str(code): {side: str(columns[side][row]) for side in sides}
        for row, code in enumerate(own["ea_code"])
    }
