"""KML: placemarks by folder, with their extended data; nothing a file points to is ever followed.

Coordinates are WGS 84 by the standard (OGC 12-007r2). Styles, overlays, models and tours are left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from xml.parsers import expat

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.contents import refused
from census_gis.inputs.raw import Raw, size_limits, whole_file
from census_gis.inputs.xml_door import MOST_DEPTH, damaged_xml, no_doctype
from census_gis.language import Text

__all__ = ["KML_READER", "read_kml"]

WGS84 = CRS.from_epsg(4326)
SHAPES = {"Point", "LineString", "LinearRing", "Polygon"}
TEXTS = {"name", "description", "address", "coordinates", "value", "SimpleData", "href", "snippet"}
TYPES = {
    "int": "Int64", "uint": "Int64", "short": "Int64", "ushort": "Int64", "float": "Float64",
    "double": "Float64", "bool": "boolean",
}  # fmt: skip
NOT_FOLLOWED = {"NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "Model", "Tour", "Track"}  # fmt: skip

F014 = Kind(
    "F014", "warning",
    Text("{n} elements {name} were left out; what they point to is not followed",
         "已略去 {n} 个 {name} 元素；不读取其指向的内容"),
    Text("export the objects themselves into the file", "请将对象本身导出到文件中"),
)  # fmt: skip
F015 = Kind(
    "F015", "note",
    Text("the file states no types for {n} columns; they are texts ({names})",
         "文件未说明 {n} 个字段的类型，按文本读取（{names}）"),
    Text("nothing to do: numbers in texts are read where numbers are needed", "无需处理：需要数字之处会从文本读取"),
)  # fmt: skip
F016 = Kind(
    "F016", "warning",
    Text("{n} placemarks have coordinates that make no shape, e.g. {rows}", "{n} 个地标的坐标不能构成几何，例如 {rows}"),
    Text("redraw these objects", "请重新绘制这些对象"),
)  # fmt: skip


class _Handler:
    """Placemarks gathered while the file goes by; one element at a time is held."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stack: list[str] = []
        self.folders: list[tuple[int, str]] = [(0, path.stem)]
        self.text: list[str] = []
        self.row: dict[str, Any] | None = None
        self.key = ""
        self.rings: list[Any] = []
        self.parts: list[BaseGeometry] = []
        self.rows: list[tuple[str, dict[str, Any], BaseGeometry | None]] = []
        self.types: dict[str, str] = {}
        self.skipped: Counter[str] = Counter()
        self.bad: list[int] = []
        self.wrong = False

    def start(self, full: str, attributes: dict[str, str]) -> None:
        name = full.rsplit(" ", 1)[-1]
        self.stack.append(name)
        if len(self.stack) > MOST_DEPTH:
            raise refused(self.path, Text("elements are nested too deep.", "元素嵌套过深。"))
        self.text = []
        if name in NOT_FOLLOWED:
            self.skipped[name] += 1
        elif name in ("Folder", "Document"):
            self.folders.append((len(self.stack), ""))
        elif name == "Placemark":
            self.row, self.parts, self.rings, self.wrong = {}, [], [], False
        elif name == "Polygon":
            self.rings = []
        elif name in ("Data", "SimpleData"):
            self.key = attributes.get("name", "")
        elif name == "SimpleField":
            self.types[attributes.get("name", "")] = attributes.get("type", "string")

    def characters(self, text: str) -> None:
        if self.stack and self.stack[-1] in TEXTS:
            self.text.append(text)

    def end(self, _: str) -> None:
        name = self.stack.pop()
        text = "".join(self.text).strip() if name in TEXTS else ""
        parent = self.stack[-1] if self.stack else ""
        if name in TEXTS:
            self.text = []
        if name == "name" and parent in ("Folder", "Document"):
            self.folders[-1] = (self.folders[-1][0], text)
        elif name in ("Folder", "Document"):
            self.folders.pop()
        elif name == "Placemark":
            self._finish()
        elif self.row is not None:
            self._inside(name, parent, text)

    def _inside(self, name: str, parent: str, text: str) -> None:
        """An element that ends within a placemark."""
        if self.row is None:
            return
        if name in ("name", "description", "address") and parent == "Placemark":
            self.row[name] = text or None
        elif name == "SimpleData" or (name == "value" and parent == "Data"):
            self.row[self.key] = text or None
        elif name == "coordinates":
            self.rings.append(_numbers(text))
        elif name in SHAPES and not parent.endswith("BoundaryIs"):
            shape = _shape(name, self.rings)
            self.wrong |= shape is None
            self.parts += [] if shape is None else [shape]
            self.rings = []

    def _finish(self) -> None:
        size_limits(len(self.rows) + 1, 1, self.path.name)
        if self.wrong:
            self.bad.append(len(self.rows) + 1)
        folder = next((name for _, name in reversed(self.folders) if name), self.path.stem)
        self.rows.append((folder, self.row or {}, _together(self.parts)))
        self.row = None


def read_kml(path: Path, _encoding: str | None = None) -> dict[str, Raw]:
    """All folders of a KML file as layers.

    Raises
    ------
    InputError
        Damaged, with a document type or entities, or without a placemark.
    """
    handler = _Handler(path)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.characters

    def doctype(*_: object) -> None:
        raise no_doctype(path)

    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise damaged_xml(path, error) from error
    if not handler.rows:
        raise _nothing(path, handler.skipped)
    return _frames(handler)


def _frames(handler: _Handler) -> dict[str, Raw]:
    """Rows by folder, each layer with the remarks on the whole file: any of them may be read alone."""
    found = [F014.at(handler.path.name, "", n=n, name=kind) for kind, n in sorted(handler.skipped.items())]  # fmt: skip
    if handler.bad:
        shown = ", ".join(map(str, handler.bad[:5]))
        found.append(F016.at(handler.path.name, shown, n=len(handler.bad), rows=shown))
    out: dict[str, Raw] = {}
    groups: dict[str, list[tuple[dict[str, Any], BaseGeometry | None]]] = defaultdict(list)
    for folder, row, shape in handler.rows:
        groups[folder].append((row, shape))
    for folder, group in groups.items():
        rows = [row for row, _ in group]
        shapes = np.empty(len(rows), dtype=object)
        shapes[:] = [shape for _, shape in group]
        names = list(dict.fromkeys(key for one in rows for key in one))
        size_limits(len(rows), len(names), handler.path.name)
        columns, untyped = {}, []
        for name in names:
            values = pd.Series([one.get(name) for one in rows], dtype=object)
            columns[name], typed = _typed(values, handler.types.get(name))
            if not typed and name not in ("name", "description", "address"):
                untyped.append(name)
        frame = gpd.GeoDataFrame(pd.DataFrame(columns, index=range(len(rows))), geometry=shapes)
        shown = ", ".join(untyped[:5])
        own = [F015.at(folder, "", n=len(untyped), names=shown)] if untyped else []
        out[folder] = Raw(frame, WGS84, "utf-8", [*found, *own])
    return out


def _typed(values: pd.Series, kind: str | None) -> tuple[pd.Series, bool]:
    """A column in the type its schema states; texts where it states none, or not the truth."""
    if kind == "string":
        return values, True
    if kind not in TYPES:
        return values, False
    if kind == "bool":
        flags = {"1": True, "true": True, "0": False, "false": False}
        read = values.map(lambda one: flags.get(str(one).lower()), na_action="ignore")
        return (read, True) if read.notna().eq(values.notna()).all() else (values, False)
    read = pd.to_numeric(values, errors="coerce")
    if not read.notna().eq(values.notna()).all():
        return values, False
    whole = TYPES[kind] == "Int64" and read.isna().any()
    return (read.astype("Int64") if whole else read), True


def _numbers(text: str) -> Any:
    """Pairs x, y of a coordinates element; None where they are no numbers."""
    tuples = re.sub(r"\s*,\s*", ",", text).split()
    try:
        return np.array([[float(one) for one in t.split(",")[:2]] for t in tuples], dtype=float).reshape(-1, 2)  # fmt: skip
    except ValueError:
        return None


def _shape(name: str, rings: list[Any]) -> BaseGeometry | None:
    """A shape of its rows of points; None where they make none."""
    if not rings or any(ring is None or not len(ring) for ring in rings):
        return None
    if name == "Point":
        return shapely.Point(rings[0][0])
    if name == "LineString":
        return shapely.LineString(rings[0]) if len(rings[0]) > 1 else None
    if any(len(ring) < 3 for ring in rings):
        return None
    return shapely.Polygon(rings[0], rings[1:])


def _together(parts: list[BaseGeometry]) -> BaseGeometry | None:
    if len(parts) <= 1:
        return parts[0] if parts else None
    kinds = {part.geom_type for part in parts}
    multi = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}  # fmt: skip
    if len(kinds) == 1:
        return multi[kinds.pop()](parts)
    return shapely.GeometryCollection(parts)


def _nothing(path: Path, skipped: Counter[str]) -> InputError:
    links = skipped["NetworkLink"]
    return refused(
        path,
        Text(f"the file has no placemark, only {links} links to other places, which are not followed." if links
             else "the file has no placemark.",
             f"文件没有地标，只有 {links} 个指向别处的链接（NetworkLink），不予读取。" if links else "文件没有地标。"),
        Text("save the objects themselves as KML.", "请将对象本身另存为 KML。"),
    )  # fmt: skip


KML_READER = whole_file(read_kml)
