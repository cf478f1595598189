"""KML for globes and phones: districts as folders, styled, no link to anywhere, no text that could act.

Viewers show a description as a web page; so it is escaped twice, once for KML and once for the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.language import Language, Text
from census_gis.present.exchange.fields import heading, write_fields
from census_gis.present.exchange.geojson import COARSE, finer, plain_value, rounded
from census_gis.present.exchange.source import (
    Loss,
    PlanSource,
    is_missing,
    keys_of,
    moved,
    to_lonlat,
)

__all__ = ["write_kml"]

# aabbggrr, as KML wants; widths in pixels.
STYLES = {
    "districts": ("ff141414", 3.0, "00ffffff"), "enumeration_areas": ("ff1e1ebe", 2.0, "40b2ccff"),
    "ea_lines": ("ff1e1ebe", 2.0, "00ffffff"), "dwelling_parts": ("ff3c4b5a", 1.0, "b0a0afbe"),
}  # fmt: skip
FOLDERS = {
    "districts": Text("district", "普查区"), "enumeration_areas": Text("enumeration areas", "普查小区"),
    "ea_lines": Text("lines", "界线"), "dwelling_parts": Text("buildings", "建筑物"),
}  # fmt: skip
TITLES = {
    "districts": ("name", "district_code"), "enumeration_areas": ("name", "ea_code"),
    "ea_lines": ("feature_name", "follows"), "dwelling_parts": ("number_label", "part_id"),
}  # fmt: skip
# Not allowed in XML 1.0.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n'


def write_kml(
    plan: PlanSource, folder: Path, *, language: Language, advance: Callable[[str], None]
) -> list[Loss]:
    """plan.kml with districts, EAs and lines in a folder for each district; buildings/CODE.kml beside."""
    losses = [*moved(plan.crs, "KML"), COARSE]
    frames: dict[str, gpd.GeoDataFrame] = {}
    for layer in ("districts", "enumeration_areas", "ea_lines"):
        frames[layer] = _placed(plan, layer, losses)
    codes = [str(code) for code in frames["districts"]["district_code"]]
    lines = frames["ea_lines"]
    owner = frames["enumeration_areas"].set_index("ea_code")["district_code"]
    parts = {layer: _by_district(frames[layer], frames[layer]["district_code"])
             for layer in ("districts", "enumeration_areas")}  # fmt: skip
    parts["ea_lines"] = _by_district(lines, _owners(lines, owner))
    with _document(folder / "plan.kml", plan.name, tuple(frames)) as stream:
        for nth, code in enumerate(codes):
            own = frames["districts"].iloc[nth]
            title = own["name"] if not is_missing(own["name"]) else code
            stream.write(f"<Folder><name>{_text(title)}</name>\n")
            for layer, groups in parts.items():
                _folder(stream, layer, groups.get(code), language)
            stream.write("</Folder>\n")
            advance(code)
    for layer, groups in parts.items():
        lost = len(frames[layer]) - sum(len(groups[code]) for code in codes if code in groups)
        if lost:
            losses.append(Loss(layer, Text(f"{lost} rows belong to no district of the plan: left out",
                                           f"{lost} 行不属于本方案任何普查区，未写出")))  # fmt: skip
    buildings = _placed(plan, "dwelling_parts", losses)
    (folder / "buildings").mkdir()
    for nth, (code, rows) in enumerate(_by_district(buildings, buildings["district_code"]).items()):
        name = code if re.fullmatch(r"[0-9A-Za-z_-]+", code) else f"district_{nth + 1}"
        with _document(folder / "buildings" / f"{name}.kml", code, ("dwelling_parts",)) as stream:
            _folder(stream, "dwelling_parts", rows, language)
        advance(code)
    left = [layer for layer in plan.layers if layer not in FOLDERS]
    losses.append(Loss("", Text(f"layers that are not in the KML: {', '.join(left)}",
                                f"KML 中未包含的图层：{'、'.join(left)}")))  # fmt: skip
    columns = {layer: [str(c) for c in frame.columns if c != "geometry"]
               for layer, frame in (*frames.items(), ("dwelling_parts", buildings))}  # fmt: skip
    write_fields(folder / "fields.csv", columns, short={})
    return losses


def _placed(plan: PlanSource, layer: str, losses: list[Loss]) -> gpd.GeoDataFrame:
    """A layer in degrees, rounded; what that changes is noted."""
    frame = plan.layer(layer)
    moved_frame = to_lonlat(frame, plan.crs)
    shapes, digits = rounded(shapely.orient_polygons(moved_frame.geometry.to_numpy()))
    losses += finer(layer, digits)
    bare = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if bare.any():
        losses.append(Loss(layer, Text(f"{int(bare.sum())} rows have no shape: placemarks without a place",
                                       f"{int(bare.sum())} 行无几何：地标没有位置"),
                           tuple(keys_of(layer, frame[bare]))))  # fmt: skip
    keys = keys_of(layer, frame)
    faulty = {(key, str(name)) for name in frame.columns if name != "geometry"
              for key, value in zip(keys, frame[name], strict=True)
              if isinstance(value, str) and FORBIDDEN.search(value)}  # fmt: skip
    if faulty:
        losses.append(Loss(layer, Text("control characters, which KML forbids, were left out",
                                       "去掉了 KML 不允许的控制字符"),
                           tuple(f"{key} {name}" for key, name in sorted(faulty))))  # fmt: skip
    return moved_frame.set_geometry(
        gpd.GeoSeries(shapes, index=moved_frame.index, crs=moved_frame.crs)
    )


def _owners(lines: pd.DataFrame, owner: pd.Series) -> pd.Series:
    """District of each line: that of the EA on its left, else on its right."""
    left, right = lines["left_ea"].map(owner), lines["right_ea"].map(owner)
    return left.where(left.notna(), right)


def _by_district(frame: gpd.GeoDataFrame, codes: pd.Series) -> dict[str, gpd.GeoDataFrame]:
    """Rows of each district, in the order of codes."""
    return {str(code): rows for code, rows in frame.groupby(codes.to_numpy(), sort=True)}


@contextmanager
def _document(path: Path, title: str, layers: Sequence[str]) -> Iterator[TextIO]:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f"{HEAD}<name>{_text(title)}</name>\n")
        for layer in layers:
            line, width, fill = STYLES[layer]
            stream.write(
                f'<Style id="{layer}"><LineStyle><color>{line}</color><width>{width:g}</width></LineStyle>'
                f"<PolyStyle><color>{fill}</color></PolyStyle>"
                "<BalloonStyle><text>$[description]</text></BalloonStyle></Style>\n"
            )
        yield stream
        stream.write("</Document>\n</kml>\n")


def _folder(stream: TextIO, layer: str, rows: gpd.GeoDataFrame | None, language: Language) -> None:
    if rows is None:
        return
    stream.write(f"<Folder><name>{FOLDERS[layer].of(language)}</name>\n")
    names = [str(name) for name in rows.columns if name != "geometry"]
    values = [rows[name].tolist() for name in names]
    for cells, shape in zip(zip(*values, strict=True), rows.geometry, strict=True):
        row = {name: plain_value(cell) for name, cell in zip(names, cells, strict=True)}
        stream.write(_placemark(layer, row, shape, language))
    stream.write("</Folder>\n")


def _placemark(layer: str, row: Mapping[str, Any], shape: Any, language: Language) -> str:
    title = next((row[name] for name in TITLES[layer] if row.get(name)), "")
    told = "<br/>".join(f"{html.escape(heading(name).of(language))}: {html.escape(str(value))}"
                        for name, value in row.items() if value is not None)  # fmt: skip
    data = "".join(
        f"<Data name={quoteattr(name)}><value>{_text(value)}</value></Data>"
        for name, value in row.items()
        if value is not None
    )
    return (
        f"<Placemark><name>{_text(title)}</name><description>{_text(told)}</description>"
        f"<styleUrl>#{layer}</styleUrl><ExtendedData>{data}</ExtendedData>{_shape(shape)}</Placemark>\n"
    )


def _text(value: object) -> str:
    return escape(FORBIDDEN.sub("", str(value)))


def _shape(shape: Any) -> str:
    """A shape as KML; collections become MultiGeometry."""
    if shape is None or shape.is_empty:
        return ""
    if shape.geom_type == "Polygon":
        inner = "".join(
            f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in shape.interiors
        )
        return (
            f"<Polygon><outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>{inner}</Polygon>"
        )
    if shape.geom_type in ("LineString", "Point"):
        return f"<{shape.geom_type}>{_coordinates(shape)}</{shape.geom_type}>"
    return f"<MultiGeometry>{''.join(map(_shape, shape.geoms))}</MultiGeometry>"


def _ring(ring: Any) -> str:
    return f"<LinearRing>{_coordinates(ring)}</LinearRing>"


def _coordinates(shape: Any) -> str:
    points = np.asarray(shape.coords)[:, :2].tolist()
    return f"<coordinates>{' '.join(f'{x:.12g},{y:.12g}' for x, y in points)}</coordinates>"
