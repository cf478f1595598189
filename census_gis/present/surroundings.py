"""What lies around on the ground: roads, rails, water, land, landmarks and named streets, for any map."""

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

from census_gis.present.fonts import tidy
from census_gis.present.style import land_class, place_class, road_class

__all__ = [
    "Layer", "Surroundings", "Tables", "layer_of", "standing_in", "surroundings_of", "words_of",
]  # fmt: skip

Tables = Mapping[str, Any]
Shapes = NDArray[np.object_]
# A building is of the special area that holds more than this share of its footprint.
MOST_HELD = 0.5


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
        return layer_of(self.shapes[rows], self.kind[rows], self.name[rows])


@dataclass(frozen=True)
class Surroundings:
    """Layers of context, each by class; `streets` are all named lines, the pieces of a name joined."""

    roads: Layer
    rails: Layer
    streams: Layer
    land: Layer
    places: Layer
    streets: Layer


def surroundings_of(tables: Tables, reach: Any) -> Surroundings:
    """The context of a plan that touches an area [m]; special areas are outlines, named as landmarks."""
    lines = _context(tables, "context_lines", reach)
    roads = _of(lines, ["roads", "links"])
    stream_rows = _of(lines, ["waterways", "water"])
    outlines, signs = _special(tables, reach)
    land, places = (_context(tables, f"context_{kind}", reach) for kind in ("areas", "points"))
    return Surroundings(
        roads=_classed(roads, _road), rails=_classed(_of(lines, ["railways"]), _line),
        streams=_classed(stream_rows, _line), land=_classed(_below(land, outlines), _land),
        places=_classed(_below(places, signs), _place),
        streets=_streets(pd.concat([roads, stream_rows, _of(lines, ["railways"])])),
    )  # fmt: skip


def words_of(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """A text column as tidy strings, '' for nothing."""
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    values = frame[column].tolist()
    # Most words come again and again: classes, streets, nothing.
    told = {value: tidy(value) if isinstance(value, str) else _word(value) for value in set(values)}
    return np.array([told[value] for value in values], dtype=object)


def _word(value: Any) -> str:
    return "" if pd.isna(value) else tidy(str(value))


def layer_of(shapes: Any, kind: Any, name: Any) -> Layer:
    """A layer of geometries with their classes and names, and its index."""
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
    order = np.lexsort((key, words_of(near, "class"), words_of(near, "source")))
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


def standing_in(tables: Tables, shapes: Shapes, kind: str) -> NDArray[np.bool_]:
    """Which buildings stand in special areas of a kind, by most of their footprints."""
    held = np.zeros(len(shapes), dtype=bool)
    frame = tables.get("special_areas")
    if frame is None or not len(frame):
        return held
    land = shapely.union_all(
        frame.geometry.to_numpy()[(frame["kind"] == kind).to_numpy(dtype=bool)]
    )
    if land.is_empty:
        return held
    shapely.prepare(land)
    near = np.flatnonzero(shapely.intersects(land, shapes))
    inside = shapely.area(shapely.intersection(shapes[near], land))
    held[near] = inside > MOST_HELD * shapely.area(shapes[near])
    return held


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
    source, kind, name = (words_of(frame, column) for column in ("source", "class", "name"))
    classes = [rule(s, k, n) for s, k, n in zip(source, kind, name, strict=True)]
    return layer_of(frame.geometry.to_numpy(), classes, name)


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
    name = words_of(frame, "name")
    shapes, source = frame.geometry.to_numpy(), words_of(frame, "source")
    merged, names, kinds = [], [], []
    for one in sorted(set(name) - {""}):
        of_name = name == one
        lines = shapely.get_parts(shapely.line_merge(shapely.union_all(shapes[of_name])))
        merged += list(lines)
        names += [one] * len(lines)
        kinds += [str(source[of_name][0])] * len(lines)
    return layer_of(merged, kinds, names)
