"""Drawings (ASCII DXF): closed polylines and hatches as areas, open ones as lines, texts as named points.

A drawing has no attributes and no coordinate system. What tells its objects apart is the drawing layer, so each
layer of the drawing becomes up to three layers here: ``NAME:areas``, ``NAME:lines``, ``NAME:texts``; and all
drawing layers together are ``areas``, ``lines``, ``texts``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.findings import Kind
from census_gis.inputs.contents import refused
from census_gis.inputs.dxf_shapes import Drawn, Entity, Placement, draw
from census_gis.inputs.encoding import ascii_or_decided
from census_gis.inputs.raw import Raw, size_limits, whole_file
from census_gis.language import Text

__all__ = ["DXF_READER", "KINDS", "read_dxf"]

KINDS = {"areas": "area", "lines": "line", "texts": "point"}
MOST_NESTING = 8
Cases = list[dict[str, Any]]
NEARLY = 0.01  # drawing units; a polyline that ends so near its beginning was meant to be closed
ESCAPE = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
CONTROL = {"%%d": "°", "%%c": "⌀", "%%p": "±", "%%u": "", "%%o": "", "%%%": "%"}
CODEPAGES = {"ANSI_936": "gb18030", "ANSI_950": "big5", "ANSI_932": "cp932", "ANSI_949": "cp949"}
UTF8_SINCE = "AC1021"  # AutoCAD 2007 [DXF reference, $ACADVER]
PASSIVE = {
    "SEQEND", "ATTDEF", "VIEWPORT", "DIMENSION", "LEADER", "MULTILEADER", "IMAGE", "WIPEOUT", "OLE2FRAME",
    "XLINE", "RAY", "ACAD_PROXY_ENTITY", "TOLERANCE",
}  # fmt: skip

F020 = Kind(
    "F020", "warning",
    Text("{n} objects of the drawing are of kinds not read here ({kinds})", "图形中有 {n} 个对象的类型不予读取（{kinds}）"),
    Text("explode them into polylines and texts (CAD: EXPLODE)", "请分解为多段线和文字（CAD：EXPLODE）"),
)  # fmt: skip
F021 = Kind(
    "F021", "warning",
    Text("{n} polylines of layer {drawn_on} end within {near} of where they begin but are not closed; they are lines",
         "图层 {drawn_on} 有 {n} 条多段线首尾相距不到 {near} 但未闭合，按线读取"),
    Text("close them (CAD: PEDIT, Close)", "请闭合（CAD：PEDIT，闭合）"),
)  # fmt: skip
F022 = Kind(
    "F022", "note",
    Text("a drawing carries no attributes and no coordinate system: layer {drawn_on} has shapes, texts and layer names only",
         "图形文件不含属性和坐标系：图层 {drawn_on} 只有几何、文字和图层名"),
    Text("state crs = \"EPSG:…\" for the input; join attributes by a table", "请为该输入写明 crs = \"EPSG:…\"；属性请用表格关联"),
)  # fmt: skip
F023 = Kind(
    "F023", "note",
    Text("{n} areas of layer {drawn_on} are drawn twice (outline and hatch); one of each is kept",
         "图层 {drawn_on} 有 {n} 个面重复绘制（轮廓与填充），各保留一个"),
    Text("nothing to do", "无需处理"),
)  # fmt: skip


@dataclass
class _Drawing:
    """What a drawing holds: its blocks, its objects, and what was not understood."""

    blocks: dict[str, tuple[tuple[float, float], list[Entity]]] = field(default_factory=dict)
    entities: list[Entity] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)


def read_dxf(path: Path, encoding: str | None = None) -> dict[str, Raw]:
    """All layers of a drawing, by kind of shape.

    Raises
    ------
    InputError
        Damaged, with texts in no known encoding, or without any shape.
    """
    name, found = _encoding(path, encoding)
    drawing = _Drawing()
    _read_entities(path, name, drawing)
    for entity in drawing.entities:
        _draw(entity, Placement(), drawing, path, 0)
    if not drawing.drawn:
        raise refused(
            path, Text("the drawing has no polyline, hatch, line or text.", "图形中没有多段线、填充、直线或文字。"),
            Text("explode its blocks and save it as ASCII DXF again.", "请分解图块后重新另存为 ASCII DXF。"),
        )  # fmt: skip
    if drawing.unknown:
        kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(drawing.unknown.items()))
        found = [*found, F020.at(path.name, "", n=sum(drawing.unknown.values()), kinds=kinds)]
    return _layers(drawing, name, found)


def _layers(drawing: _Drawing, encoding: str, found: Cases) -> dict[str, Raw]:
    """Layers by drawing layer and kind; those of all drawing layers together come last."""
    groups: dict[tuple[str, str], list[Drawn]] = defaultdict(list)
    for one in drawing.drawn:
        groups[one.layer, one.kind].append(one)
    out = {}
    for layer, kind in sorted(groups):
        out[f"{layer}:{kind}"] = _raw(groups[layer, kind], kind, layer, encoding)
    several = len({layer for layer, _ in groups}) > 1
    for kind in KINDS:
        together = [one for one in drawing.drawn if one.kind == kind]
        if together and several:
            out[kind] = _raw(together, kind, "*", encoding)
        elif together:
            out[kind] = out.pop(f"{together[0].layer}:{kind}")
    return {name: Raw(raw.frame, None, raw.encoding, [*found, *raw.findings]) for name, raw in out.items()}  # fmt: skip


def _raw(drawn: list[Drawn], kind: str, layer: str, encoding: str) -> Raw:
    size_limits(len(drawn), 3, layer)
    found = [F022.at(layer, "", drawn_on=layer)]
    if kind == "areas":
        kept = list({(one.layer, shapely.normalize(one.shape).wkb): one for one in drawn}.values())
        if len(kept) < len(drawn):
            found.append(F023.at(layer, "", n=len(drawn) - len(kept), drawn_on=layer))
        drawn = kept
    if kind == "lines":
        open_ends = sum(_nearly_closed(one.shape) for one in drawn)
        if open_ends:
            found.append(F021.at(layer, "", n=open_ends, drawn_on=layer, near=NEARLY))
    columns: dict[str, list[str | None]] = {
        "layer": [one.layer for one in drawn],
        "handle": [one.handle for one in drawn],
    }
    if kind == "texts":
        columns["name"] = [one.text for one in drawn]
    table = pd.DataFrame(columns, dtype=object)
    shapes = np.array([one.shape for one in drawn], dtype=object)
    return Raw(gpd.GeoDataFrame(table, geometry=shapes), None, encoding, found)


def _nearly_closed(line: shapely.LineString) -> bool:
    ends = np.asarray(line.coords)
    return len(ends) > 3 and 0 < float(np.hypot(*(ends[0] - ends[-1])[:2])) <= NEARLY


def _draw(entity: Entity, place: Placement, drawing: _Drawing, path: Path, depth: int) -> None:
    """Shapes of one object; a block is drawn where it is inserted."""
    if entity.paper:
        return
    if entity.kind != "INSERT":
        shapes = draw(entity, place)
        if shapes is None:
            if entity.kind not in PASSIVE:
                drawing.unknown[entity.kind] += 1
            return
        drawing.drawn += shapes
        size_limits(len(drawing.drawn), 3, path.name)
        return
    base, inside = drawing.blocks.get(entity.text(2), ((0.0, 0.0), []))
    if depth >= MOST_NESTING:
        raise refused(path, Text("blocks are nested too deep, or in themselves.", "图块嵌套过深或自我引用。"))  # fmt: skip
    for inner in place.inserted(entity, base):
        for one in inside:
            _draw(one.on_layer(entity.layer), inner, drawing, path, depth + 1)


# ---------------------------------------------------------------- the text of the file


def _encoding(path: Path, stated: str | None) -> tuple[str, Cases]:
    """Encoding of the texts: decided on their bytes; the header's word counts where these leave it open."""
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    version = re.search(rb"\$ACADVER\s+1\s+(AC\d+)", head)
    page = re.search(rb"\$DWGCODEPAGE\s+3\s+(\w+)", head)
    said = [CODEPAGES.get(page[1].decode("ascii").upper(), "")] if page else []
    if version and version[1].decode("ascii") >= UTF8_SINCE:
        said = ["utf-8"]
    return ascii_or_decided(path, said=[one for one in said if one], stated=stated)


def _read_entities(path: Path, encoding: str, drawing: _Drawing) -> None:
    """Objects of the sections BLOCKS and ENTITIES, one at a time."""
    section, block, base = "", "", (0.0, 0.0)
    waiting: Entity | None = None
    for entity in _objects(path, encoding):
        if entity.kind == "SECTION":
            section = entity.text(2)
        elif section == "BLOCKS" and entity.kind == "BLOCK":
            block, base = entity.text(2), (entity.number(10), entity.number(20))
            drawing.blocks[block] = (base, [])
        elif entity.kind in ("ENDSEC", "ENDBLK", "EOF"):
            waiting = None
        elif entity.kind == "VERTEX" and waiting is not None:
            waiting.vertices.append(entity)
        elif section == "ENTITIES" or (section == "BLOCKS" and block):
            waiting = entity if entity.kind == "POLYLINE" else None
            (drawing.entities if section == "ENTITIES" else drawing.blocks[block][1]).append(entity)
            size_limits(len(drawing.entities), 3, path.name)


def _objects(path: Path, encoding: str) -> Iterator[Entity]:
    """Groups (code, value) gathered from one code 0 to the next."""
    groups: list[tuple[int, str]] = []
    kind = ""
    with path.open(encoding=encoding, errors="strict", newline=None) as stream:
        for number, code in enumerate(stream):
            value = next(stream, None)
            if value is None or not code.strip().lstrip("-").isdigit():
                if value is None and not code.strip():
                    break
                raise refused(
                    path, Text(f"line {2 * number + 1} is no group code of a drawing.",
                               f"第 {2 * number + 1} 行不是 DXF 组码。"),
                    Text("save it as ASCII DXF again.", "请重新另存为 ASCII DXF。"),
                )  # fmt: skip
            if int(code) == 0:
                if kind:
                    yield Entity(kind, groups)
                kind, groups = value.strip(), []
            elif int(code) != 999:
                groups.append((int(code), _plain(value.rstrip("\r\n"))))
    if kind:
        yield Entity(kind, groups)


def _plain(value: str) -> str:
    """A value without the escapes of drawings."""
    if "\\" not in value and "%%" not in value:
        return value
    value = ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
    for sign, meaning in CONTROL.items():
        value = value.replace(sign, meaning).replace(sign.upper(), meaning)
    return value


DXF_READER = whole_file(read_dxf)
