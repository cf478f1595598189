"""What lies around on the ground: roads, rails, water, land, landmarks and named streets, for any map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from census_gis.present.fonts import tidy
from census_gis.present.style import land_class, place_class, road_class

__all__ = [
    "Layer", "Surroundings", "Tables", "layer_of", "order_of", "standing_in", "surroundings_of", "words_of",
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


class _Context(NamedTuple):
    """Rows of context around an area, in an order that is not that of the plan."""

    shapes: Shapes
    source: NDArray[np.object_]
    kind: NDArray[np.object_]
    name: NDArray[np.object_]

    def of(self, *sources: str) -> _Context:
        """Those of some sources."""
        rows = np.isin(self.source.astype(str), sources)
        return _Context(*(column[rows] for column in self))

    def above(self, *others: _Context) -> _Context:
        """The same with others above, in this order."""
        return _Context(*(np.concatenate(columns) for columns in zip(self, *others, strict=True)))

    def classed(self, rule: Callable[[str, str, str], str]) -> Layer:
        """A layer; `rule` tells the class of source, class and name."""
        words = zip(self.source, self.kind, self.name, strict=True)
        return layer_of(self.shapes, [rule(*each) for each in words], self.name)


def surroundings_of(tables: Tables, reach: Any) -> Surroundings:
    """The context of a plan that touches an area [m]; special areas are outlines, named as landmarks."""
    lines, land, places = (
        _context(tables, f"context_{kind}", reach) for kind in ("lines", "areas", "points")
    )
    roads, streams, rails = (
        lines.of("roads", "links"),
        lines.of("waterways", "water"),
        lines.of("railways"),
    )
    outlines, signs = _special(tables, reach)
    return Surroundings(
        roads=roads.classed(_road), rails=rails.classed(_line), streams=streams.classed(_line),
        land=land.above(outlines).classed(_land), places=places.above(signs).classed(_place),
        streets=_streets(roads.above(streams, rails)),
    )  # fmt: skip


def order_of(shapes: Shapes, *words: NDArray[np.object_]) -> NDArray[np.int64]:
    """An order by words, the first ones first, then by where each shape lies: not that of the rows.

    All corners are compared only where two shapes have the same bounds.
    """
    bounds = shapely.bounds(shapes)
    keys = (*bounds.T, *words[::-1])
    order = np.lexsort(keys)
    if (bounds[order[1:]] == bounds[order[:-1]]).all(axis=1).any():
        order = np.lexsort((shapely.to_wkb(shapely.normalize(shapes)), *keys))
    return order


def words_of(
    frame: pd.DataFrame, column: str, rows: NDArray[np.int64] | None = None
) -> NDArray[np.object_]:
    """A text column, or some rows of it, as tidy strings, '' for nothing."""
    if column not in frame:
        return np.full(len(frame) if rows is None else len(rows), "", dtype=object)
    values = (frame[column] if rows is None else frame[column].take(rows)).tolist()
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


def _context(tables: Tables, table: str, reach: Any) -> _Context:
    """Rows of a table of context that touch an area."""
    frame = tables.get(table)
    if frame is None or not len(frame):
        none = np.empty(0, dtype=object)
        return _Context(none, none, none, none)
    rows = np.sort(frame.sindex.query(reach))
    words = (words_of(frame, column, rows) for column in ("source", "class", "name"))
    found = _Context(frame.geometry.to_numpy()[rows], *words)
    # Row order must not matter: of equals, the same one is always drawn last.
    order = order_of(found.shapes, found.source, found.kind)
    return _Context(*(column[order] for column in found))


def _special(tables: Tables, reach: Any) -> tuple[_Context, _Context]:
    """Special areas as outlines of compounds, and as landmarks where they may be named."""
    frame = tables.get("special_areas")
    drawn = (
        None if frame is None else frame.assign(**{"source": "compounds", "class": frame["kind"]})
    )
    found = _context({"special_areas": drawn}, "special_areas", reach)
    named = _Context(*(column[found.name != ""] for column in found))
    spots = named._replace(shapes=shapely.point_on_surface(named.shapes))
    return found._replace(name=np.full(len(found.name), "", dtype=object)), spots


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


def _road(_source: str, kind: str, _name: str) -> str:
    return str(road_class(kind))


def _line(source: str, _kind: str, _name: str) -> str:
    return source


def _land(source: str, kind: str, _name: str) -> str:
    return land_class(source, kind)


def _place(_source: str, kind: str, name: str) -> str:
    return place_class(kind, name)


def _streets(found: _Context) -> Layer:
    """Named lines, the pieces of a name joined where they meet."""
    rows = np.flatnonzero(found.name != "")
    rows = rows[np.argsort(found.name[rows], kind="stable")]
    names, first = np.unique(found.name[rows], return_index=True)
    # Most names are of one line, which is joined already.
    whole = (shapely.get_type_id(found.shapes) == 1) & shapely.is_simple(found.shapes)
    merged, owner = [], []
    for n, pieces in enumerate(np.split(rows, first[1:]) if len(rows) else ()):
        lines = found.shapes[pieces]
        if len(pieces) > 1 or not whole[pieces[0]]:
            lines = shapely.get_parts(shapely.line_merge(shapely.union_all(lines)))
        merged += list(lines)
        owner += [n] * len(lines)
    return layer_of(merged, found.source[rows[first]][owner], names[owner])
