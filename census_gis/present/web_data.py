"""What a web map shows: the layers of a plan as GeoJSON, with no more than its audience may see."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from PIL import Image as Picture
from pyproj import CRS

from census_gis.graph import Graph
from census_gis.inputs.imagery import window
from census_gis.language import Language, Text
from census_gis.model import Image
from census_gis.present.lists import KINDS, USE_WORDS, filled
from census_gis.present.titles import places_of, said_in_full

__all__ = [
    "BUILDING_FIELDS",
    "EA_FIELDS",
    "Audience",
    "background",
    "is_overview",
    "map_data",
    "of_districts",
]

Audience = Literal["public", "office", "field"]
# Of a degree: about 0.1 m, finer than the line drawn, a third of the bytes of full numbers.
DECIMALS = 6
# Above as many buildings, parcels and roads a browser takes minutes to open a page, or gives up.
MOST_SHAPES = 60_000
OVERVIEW_M = 3.0  # a pixel or less up to the scale of 1:10,000
AROUND_M = 200.0  # as far as context reaches in a plan (contract, section 4)
# Classes of OpenStreetMap that an overview leaves out.
MINOR_ROADS = (
    "residential", "living_street", "service", "unclassified", "track", "path", "footway", "pedestrian",
    "steps", "cycleway", "alley",
)  # fmt: skip
# No exact count (imagery-population note, 5.3).
BANDS = (
    (0, "0"),
    (4, "1-4"),
    (9, "5-9"),
    (19, "10-19"),
)
IMAGE_PIXELS = 2_000

EA_FIELDS: dict[str, Text] = {
    "ea_code": Text("code", "代码"), "name": Text("name", "名称"), "district": Text("district", "普查区"),
    "kind_word": Text("kind", "类型"), "persons": Text("persons", "人数（人）"),
    "households": Text("households", "户数（户）"), "buildings": Text("buildings", "建筑物（栋）"),
    "enumerator": Text("enumerator", "普查员"), "supervisor": Text("supervisor", "普查指导员"),
    "boundary": Text("boundary", "四至"), "remark": Text("remark", "备注"),
}  # fmt: skip
BUILDING_FIELDS: dict[str, Text] = {
    "ea_code": Text("EA", "小区"), "number_label": Text("number", "编号"), "name": Text("name", "名称"),
    "address": Text("address", "地址"), "use_word": Text("use", "用途"), "floors": Text("floors", "层数（层）"),
    "persons_band": Text("persons (band)", "人数区间（人）"),
}  # fmt: skip


def is_overview(tables: Mapping[str, pd.DataFrame]) -> bool:
    """Whether a plan is too large for one page with every building, parcel and road."""
    layers = ("dwelling_parts", "context_areas", "context_lines")
    return sum(len(tables[name]) for name in layers) > MOST_SHAPES


def of_districts(
    tables: Mapping[str, pd.DataFrame], codes: Sequence[str]
) -> Mapping[str, pd.DataFrame]:
    """The tables of some districts, with what lies around them; all where no code is given.

    Parameters
    ----------
    tables
        Layers of a plan.
    codes
        Codes of districts in the plan.
    """
    if not codes:
        return tables
    kept = dict(tables)
    for name in ("districts", "enumeration_areas", "dwelling_parts"):
        rows = tables[name]
        kept[name] = rows[rows["district_code"].isin(list(codes))].reset_index(drop=True)
    ground = shapely.union_all(kept["districts"].geometry.buffer(AROUND_M).to_numpy())
    for name in ("context_lines", "context_areas", "special_areas"):
        if name in tables and len(tables[name]):
            near = tables[name].sindex.query(ground, predicate="intersects")
            kept[name] = tables[name].iloc[np.sort(near)].reset_index(drop=True)
    return kept


def map_data(
    tables: Mapping[str, pd.DataFrame], language: Language, audience: Audience
) -> dict[str, Any]:
    """Layers as GeoJSON in longitude and latitude, with only the fields the page shows.

    An overview (`is_overview`) has no buildings and parcels, only main roads, and coarser lines.
    `placeless` are EAs that are found by search but have no place on the map.
    """
    overview = is_overview(tables)
    areas = _areas(tables, language, audience)
    if audience == "public":  # a stacked EA has the outline of a building: none is shown in public
        areas = areas.assign(geometry=areas.geometry.where(areas["kind"] != "stacked", None))
    fields = [*EA_FIELDS, "serial", "kind", "tint"]
    lost = (areas.geometry.isna() | areas.geometry.is_empty).to_numpy()
    nowhere = [
        {"type": "Feature", "properties": record, "geometry": None}
        for record in _records(areas[lost], fields)
    ]
    lines, land = _drawn(tables["context_lines"]), _land(tables, audience)
    districts = tables["districts"]
    if overview:
        areas, districts = _coarse(areas[~lost], "coverage"), _coarse(districts, "coverage")
        lines = _coarse(lines[~lines["class"].isin(MINOR_ROADS)], "each")
        land = _coarse(land[land["s"] == "water"], "each")
    data: dict[str, Any] = {
        "districts": _collection(districts, ["name"]),
        "enumeration_areas": _collection(areas, fields),
        "placeless": {"type": "FeatureCollection", "features": nowhere},
        "context_lines": _collection(lines, ["s"]),
        "context_areas": _collection(land, ["s"]),
    }
    if audience != "public" and not overview:
        parts = tables["dwelling_parts"]
        band = [_band(n) if audience == "office" else None for n in parts["persons"]]
        use = [USE_WORDS[u].of(language) if u in USE_WORDS else None for u in parts["use"]]
        parts = parts.assign(persons_band=band, use_word=use)
        data["dwelling_parts"] = _collection(parts, list(BUILDING_FIELDS))
    return data


def _coarse(frame: gpd.GeoDataFrame, way: Literal["coverage", "each"]) -> gpd.GeoDataFrame:
    """Shapes as an overview shows them; areas side by side keep one line between them."""
    shapes = frame.geometry.to_numpy()
    thin = (
        shapely.coverage_simplify(shapes, OVERVIEW_M)
        if way == "coverage"
        else shapely.simplify(shapes, OVERVIEW_M)
    )
    return frame.set_geometry(gpd.GeoSeries(thin, index=frame.index, crs=frame.crs))


def _areas(
    tables: Mapping[str, pd.DataFrame], language: Language, audience: Audience
) -> gpd.GeoDataFrame:
    areas = tables["enumeration_areas"]
    codes, names = tables["districts"]["district_code"], tables["districts"]["name"].fillna("")
    places = places_of(tables.get("units"), codes.astype(str))
    district = {
        code: said_in_full([*place, str(name)], language)
        for code, name, place in zip(codes, names, places, strict=True)
    }
    words = tables["ea_descriptions"].set_index("ea_code")[f"text_{language}"]
    areas = areas.assign(
        district=areas["district_code"].map(district), boundary=areas["ea_code"].map(words),
        kind_word=[KINDS[kind].of(language) for kind in areas["kind"]], tint=_tints(tables),
        **{role: filled(areas[role], language) for role in ("enumerator", "supervisor")},
    )  # fmt: skip
    if audience == "office":
        return areas
    if audience == "field":
        single = _of_one_dwelling(tables)
        return areas.assign(
            **{n: areas[n].astype("Int64").mask(single) for n in ("persons", "households")}
        )
    rules = tables["settings"].set_index("key")["value"]
    few = areas["persons"] < int(rules["privacy.public_persons"])
    few |= (
        (areas["households"] < int(rules["privacy.public_households"])).fillna(False).astype(bool)
    )
    rounded = {name: (areas[name] / 5).round() * 5 for name in ("persons", "households")}
    for name, values in rounded.items():
        areas[name] = values.astype("Int64").mask(few)
    hidden = dict.fromkeys(("enumerator", "supervisor", "remark", "buildings"))
    return areas.assign(**hidden)


def _of_one_dwelling(tables: Mapping[str, pd.DataFrame]) -> NDArray[np.bool_]:
    """EAs whose count would be that of a single dwelling (contract, law 7)."""
    areas, parts = tables["enumeration_areas"], tables["dwelling_parts"]
    dwellings = parts.groupby("ea_code")["dwellings"].sum(min_count=1).reindex(areas["ea_code"])
    known = (
        areas["households"]
        .astype("Float64")
        .fillna(pd.Series(dwellings.to_numpy(), index=areas.index).astype("Float64"))
    )
    few = (known < 2).fillna(False).to_numpy(bool)
    return few & (areas["persons"] > 0).to_numpy(bool) & (areas["kind"] != "virtual").to_numpy(bool)


def _tints(tables: Mapping[str, pd.DataFrame]) -> list[int]:
    """A colour number for each EA, so that EAs side by side differ (greedy, in code order)."""
    codes = pd.Index(tables["enumeration_areas"]["ea_code"])
    lines = tables["ea_lines"]
    one, two = codes.get_indexer(lines["left_ea"]), codes.get_indexer(lines["right_ea"])
    pair = (one >= 0) & (two >= 0)
    graph = Graph.of(len(codes), one[pair], two[pair])
    tint = np.full(len(codes), -1, np.int64)
    for v in range(len(codes)):
        taken = set(tint[graph.to[graph.start[v] : graph.start[v + 1]]])
        tint[v] = next(c for c in range(len(codes) + 1) if c not in taken)
    return [int(c) for c in tint]


def _drawn(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(s=frame["source"])


def _land(tables: Mapping[str, pd.DataFrame], audience: Audience) -> gpd.GeoDataFrame:
    """Water and land; special areas as compounds, and in public not at all."""
    land = _drawn(tables["context_areas"])[["s", "geometry"]]
    special = tables.get("special_areas")
    if audience == "public" or special is None or not len(special):
        return gpd.GeoDataFrame(land)
    more = special.assign(s="compounds")[["s", "geometry"]]
    both = pd.concat([land, more], ignore_index=True) if len(land) else more
    return gpd.GeoDataFrame(both, geometry="geometry", crs=special.crs)


def _band(persons: int) -> str:
    return next((name for top, name in BANDS if persons <= top), "20+")


def _collection(frame: gpd.GeoDataFrame, fields: list[str]) -> dict[str, Any]:
    """Features with rounded coordinates; `at` is a point on each polygon [lat, lon] for its label."""
    shown = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    shapes = shown.geometry.to_crs("EPSG:4326").to_numpy()
    at = shapely.get_coordinates(shapely.point_on_surface(shapes)).round(6)
    records = _records(shown, fields)
    thin = shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS))
    texts = shapely.to_geojson(thin)
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {**record, "at": [point[1], point[0]]},
             "geometry": json.loads(text)}
            for record, point, text in zip(records, at.tolist(), texts, strict=True)
        ],
    }  # fmt: skip


def _records(frame: pd.DataFrame, fields: list[str]) -> list[dict[str, Any]]:
    """What is known of each row."""
    plain = pd.DataFrame(frame[fields]).astype(object)
    records = plain.where(plain.notna(), None).to_dict("records")
    return [{str(k): v for k, v in one.items() if v is not None and v != ""} for one in records]


def background(tables: Mapping[str, pd.DataFrame], images: Sequence[Image]) -> dict[str, Any]:
    """Imagery of the districts in Web Mercator as a JPEG data URL, with its date and source."""
    land = tables["districts"].geometry
    left, bottom, right, top = land.to_crs("EPSG:3857").total_bounds
    scale = IMAGE_PIXELS / max(right - left, top - bottom)
    size = max(1, round((right - left) * scale)), max(1, round((top - bottom) * scale))
    pixels = window(images, (left, bottom, right, top), CRS.from_epsg(3857), size[0], size[1])
    paper = np.full((*pixels.shape[:2], 3), 255, np.uint8)
    seen = pixels[..., 3] > 0
    paper[seen] = pixels[..., :3][seen]
    buffer = io.BytesIO()
    Picture.fromarray(paper).save(buffer, "JPEG", quality=80)
    west, south, east, north = land.to_crs("EPSG:4326").total_bounds
    notes = sorted({f"{image.source} {image.taken}".strip() for image in images})
    url = "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
    return {"url": url, "bounds": [[south, west], [north, east]], "note": "; ".join(notes)}
