"""OpenStreetMap files (.osm, .osm.pbf) as layers: buildings, roads, railways, water, and what else a plan can use.

Read with pyosmium (extra ``census-gis[osm]``). Areas are put together from closed ways and multipolygon relations.
Only the tags listed here become columns: a file of OSM holds telephone numbers and much else no census needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.contents import damaged, refused
from census_gis.inputs.raw import Raw, size_limits, whole_file
from census_gis.language import Text

__all__ = ["LAYERS", "OSM_READER", "read_osm"]

WGS84 = CRS.from_epsg(4326)
Tags = Mapping[str, str]
NAMES = ("name", "name:zh", "name:en")
ADDRESS = ("addr:full", "addr:street", "addr:place", "addr:housenumber", "addr:unit", "addr:flats")
PARKS = ("park", "garden", "pitch", "playground", "stadium", "sports_centre", "golf_course")
CAMPUS = ("school", "university", "college", "hospital", "kindergarten", "parking")
GREEN = ("wood", "scrub", "grassland", "wetland", "beach", "bare_rock")
BASINS = ("reservoir", "basin")
LANDMARKS = ("place", "amenity", "shop", "tourism", "office", "historic", "leisure", "public_transport")  # fmt: skip

# Common values of the tag building by our uses (OSM wiki, Key:building); others, `yes` among them, say nothing.
USES = {
    "residential": "apartments house detached residential terrace semidetached_house bungalow farm cabin villa houseboat",
    "group_quarters": "dormitory barracks monastery convent",
    "commercial": "commercial retail office hotel supermarket kiosk",
    "industrial": "industrial warehouse factory manufacture",
    "public": "public civic school university college kindergarten hospital government church cathedral chapel mosque "
              "temple shrine synagogue train_station transportation sports_hall stadium fire_station museum castle",
    "other": "garage garages carport shed barn roof hut greenhouse farm_auxiliary stable sty construction ruins bunker "
             "service transformer_tower storage_tank silo parking toilets",
}  # fmt: skip
USE_OF = {value: use for use, values in USES.items() for value in values.split()}


@dataclass(frozen=True)
class _Layer:
    """One layer: which objects, the tag that classes them, and the tags that become columns."""

    shape: str
    takes: Callable[[Tags], str | None]
    columns: tuple[str, ...]


def _building(tags: Tags) -> str | None:
    value = tags.get("building")
    return None if value in (None, "no") else value


def _road(tags: Tags) -> str | None:
    value = tags.get("highway")
    # Planned and dismantled roads are on no ground; squares drawn as areas are no lines.
    gone = value in (
        None,
        "proposed",
        "construction",
        "razed",
        "abandoned",
        "platform",
        "rest_area",
    )
    return None if gone or tags.get("area") == "yes" else value


def _railway(tags: Tags) -> str | None:
    value = tags.get("railway")
    return value if value in ("rail", "light_rail", "subway", "tram", "narrow_gauge", "monorail") else None  # fmt: skip


def _water(tags: Tags) -> str | None:
    if tags.get("natural") == "water":
        return tags.get("water") or "water"
    if tags.get("landuse") in BASINS:
        return tags["landuse"]
    return tags["waterway"] if tags.get("waterway") in ("riverbank", "dock") else None


def _waterway(tags: Tags) -> str | None:
    value = tags.get("waterway")
    return value if value in ("river", "stream", "canal", "drain", "ditch", "tidal_channel") else None  # fmt: skip


def _landuse(tags: Tags) -> str | None:
    if tags.get("landuse") and tags["landuse"] not in BASINS:
        return tags["landuse"]
    for key, values in (("leisure", PARKS), ("amenity", CAMPUS), ("natural", GREEN)):
        if tags.get(key) in values:
            return tags[key]
    return None


def _place(tags: Tags) -> str | None:
    if not any(tags.get(name) for name in NAMES):
        return None
    return next((tags[key] for key in LANDMARKS if tags.get(key)), None)


def _boundary(tags: Tags) -> str | None:
    return "administrative" if tags.get("boundary") == "administrative" else None


LAYERS: Mapping[str, _Layer] = {
    "buildings": _Layer("area", _building, (
        "building", "building:levels", "roof:levels", "building:flats", "building:use", "height", *NAMES, *ADDRESS,
        "amenity", "shop", "office", "tourism", "layer")),
    "roads": _Layer("line", _road, ("highway", *NAMES, "service", "access", "oneway", "bridge", "tunnel", "layer")),
    "railways": _Layer("line", _railway, ("railway", *NAMES, "service", "bridge", "tunnel", "layer")),
    "water": _Layer("area", _water, ("natural", "water", "landuse", "waterway", *NAMES, "intermittent")),
    "waterways": _Layer("line", _waterway, ("waterway", *NAMES, "tunnel", "intermittent", "layer")),
    "landuse": _Layer("area", _landuse, ("landuse", "leisure", "amenity", "natural", *NAMES)),
    "places": _Layer("point", _place, (*NAMES, *LANDMARKS, "population")),
    "boundaries": _Layer("area", _boundary, ("admin_level", *NAMES, "ref", "population")),
}  # fmt: skip
KEYS = ("building", "highway", "railway", "natural", "landuse", "waterway", "leisure", "amenity", "boundary", *LANDMARKS)  # fmt: skip

F018 = Kind(
    "F018", "warning",
    Text("{n} multipolygons or closed ways make no valid area and were left out ({rows})",
         "{n} 个多面关系或闭合路径不能构成有效面，已略去（{rows}）"),
    Text("correct them in OpenStreetMap, or take a wider extract", "请在 OpenStreetMap 中改正，或截取更大范围"),
)  # fmt: skip
F019 = Kind(
    "F019", "warning",
    Text("{n} ways lack points that the extract does not hold, and were left out ({rows})",
         "{n} 条路径缺少截取范围之外的节点，已略去（{rows}）"),
    Text("take an extract with complete ways", "请使用保留完整路径的截取方式"),
)  # fmt: skip


@dataclass
class _Rows:
    """Rows of one layer while the file goes by."""

    ids: list[tuple[str, int]] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    tags: list[tuple[str | None, ...]] = field(default_factory=list)
    wanted: set[tuple[str, int]] = field(default_factory=set)
    incomplete: set[tuple[str, int]] = field(default_factory=set)


def read_osm(path: Path, _encoding: str | None = None) -> dict[str, Raw]:
    """Layers of `LAYERS` that the file has objects for.

    Raises
    ------
    InputError
        pyosmium is not installed; the file is damaged or holds nothing of use.
    """
    osmium = _library(path)
    rows = {name: _Rows() for name in LAYERS}
    kind = "pbf" if path.suffix.lower() == ".pbf" else "xml"
    keys = osmium.filter.KeyFilter(*KEYS)
    wkb = osmium.geom.WKBFactory()
    try:
        objects = osmium.FileProcessor(osmium.io.File(str(path), kind))
        for item in objects.with_locations().with_areas(keys).with_filter(keys):
            _take(item, rows, wkb, osmium.InvalidLocationError)
    except (RuntimeError, ValueError) as error:
        raise damaged(path, error) from error
    out = {name: _raw(name, one, path) for name, one in rows.items() if one.ids}
    if not out:
        raise refused(
            path,
            Text("the file holds no building, road, railway, water, land use, place or boundary.",
                 "文件中没有建筑、道路、铁路、水系、用地、地名或境界。"),
            Text("take another extract.", "请重新截取数据。"),
        )  # fmt: skip
    return out


def _library(path: Path) -> Any:
    """Pyosmium, or an error that says how to get it."""
    try:
        import osmium
        import osmium.filter
        import osmium.geom
    except ImportError as error:
        raise InputError(
            Text("OpenStreetMap files need the package osmium, which is not installed.",
                 "读取 OpenStreetMap 文件需要 osmium 包，尚未安装。"),
            where=path.name,
            fix=Text('pip install "census-gis[osm]", or convert the file to GeoPackage.',
                     'pip install "census-gis[osm]"，或将文件转换为 GeoPackage。'),
        ) from error  # fmt: skip
    return osmium


def _take(item: Any, rows: Mapping[str, _Rows], wkb: Any, lost: type[Exception]) -> None:
    """One object into every layer it belongs to."""
    tags = dict(item.tags)
    for name, layer in LAYERS.items():
        value = layer.takes(tags)
        if value is None:
            continue
        shape, origin = None, _origin(item)
        try:
            if layer.shape == "area":
                if item.is_area():
                    shape = wkb.create_multipolygon(item)
                elif _is_area_source(item, tags):
                    rows[name].wanted.add(origin)
            elif layer.shape == "line" and item.is_way():
                shape = wkb.create_linestring(item)
            elif layer.shape == "point" and item.is_node():
                shape = wkb.create_point(item)
        except lost:
            rows[name].incomplete.add(origin)
        except RuntimeError:
            rows[name].wanted.add(origin)  # fewer than two different points
        if shape is not None:
            size_limits(len(rows[name].ids) + 1, 1, name)
            rows[name].ids.append(origin)
            rows[name].shapes.append(shape)
            rows[name].tags.append((value, *(tags.get(key) for key in layer.columns)))


def _origin(item: Any) -> tuple[str, int]:
    """Kind and number of the object an item comes from."""
    if item.is_area():
        return ("w" if item.from_way() else "r", int(item.orig_id()))
    return (item.type_str(), int(item.id))


def _is_area_source(item: Any, tags: Tags) -> bool:
    if item.is_relation():
        return tags.get("type") in ("multipolygon", "boundary")
    return bool(item.is_way() and item.is_closed() and len(item.nodes) >= 4)


def _raw(name: str, rows: _Rows, path: Path) -> Raw:
    """A layer's rows ordered by the objects' numbers, with the columns that hold a value."""
    order = sorted(range(len(rows.ids)), key=lambda i: rows.ids[i])
    columns = ("class", *LAYERS[name].columns)
    table = pd.DataFrame(
        {"osm_id": [f"{kind}{number}" for kind, number in (rows.ids[i] for i in order)]}
    )
    if name == "buildings":
        table["use"] = pd.Series([USE_OF.get(rows.tags[i][0] or "") for i in order], dtype=object)
        table["address"] = pd.Series([_address(rows.tags[i][1:]) for i in order], dtype=object)
    for place, column in enumerate(columns):
        values = [rows.tags[i][place] for i in order]
        if any(value is not None for value in values):
            table[column] = pd.Series(values, dtype=object)
    shapes = shapely.from_wkb(np.array([rows.shapes[i] for i in order], dtype=object))
    shapes = np.array([_single(shape) for shape in shapes], dtype=object)
    label = f"{path.name}:{name}"
    found = _remarks(F018, label, rows.wanted - set(rows.ids)) + _remarks(
        F019, label, rows.incomplete
    )
    return Raw(gpd.GeoDataFrame(table, geometry=shapes), WGS84, "utf-8", found)


def _address(values: tuple[str | None, ...]) -> str | None:
    """Street or place with the house number, or the whole address where it is one tag."""
    tags = dict(zip(LAYERS["buildings"].columns, values, strict=True))
    where = tags["addr:street"] or tags["addr:place"]
    parts = [part for part in (where, tags["addr:housenumber"]) if part]
    return tags["addr:full"] or " ".join(parts) or None


def _single(shape: Any) -> Any:
    """A multipolygon of one part as that polygon."""
    return shape.geoms[0] if shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1 else shape


def _remarks(kind: Kind, label: str, ids: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    named = [f"{letter}{number}" for letter, number in sorted(ids)]
    if not named:
        return []
    shown = ", ".join(named[:5])
    return [kind.at(label, shown, n=len(named), rows=shown)]


OSM_READER = whole_file(read_osm)
