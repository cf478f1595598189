"""How QGIS draws a plan when it is opened: styles stored in the plan itself (table layer_styles)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

__all__ = ["STYLES", "Style", "qml", "write"]


@dataclass(frozen=True)
class Style:
    """One simple symbol and, where given, a label: colours as 'r,g,b,a', widths in mm."""

    geometry: str
    fill: str = "0,0,0,0"
    outline: str = "60,60,60,255"
    width: float = 0.26
    dash: str = "solid"
    label: str = ""
    size: float = 8.0


STYLES: dict[str, Style] = {
    "districts": Style("Polygon", "0,0,0,0", "20,20,20,255", 0.9, "dash dot", "name", 11),
    "enumeration_areas": Style("Polygon", "255,204,178,70", "190,30,30,255", 0.6, "dash", "serial", 9),
    "dwelling_parts": Style("Polygon", "190,175,160,255", "90,75,60,255", 0.15, "solid", "number_label", 6),
    "ea_lines": Style("Line", outline="190,30,30,255", width=0.5),
    "context_lines": Style("Line", outline="150,150,150,255", width=0.3, label="name", size=7),
    "context_areas": Style("Polygon", "222,235,222,160", "170,190,170,255", 0.1),
    "context_points": Style("Point", "60,90,160,255", "255,255,255,255", 0.2, label="name", size=7),
    "outside_buildings": Style("Polygon", "235,235,235,255", "190,190,190,255", 0.1),
    "crews": Style("Polygon", "0,0,0,0", "40,80,170,255", 0.8),
    "findings": Style("Point", "230,60,0,255", "255,255,255,255", 0.2, label="code", size=7),
}  # fmt: skip


def write(connection: sqlite3.Connection, layers: tuple[str, ...]) -> None:
    """Store the default style of each layer that has one."""
    connection.execute(
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT(256), "
        "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), "
        "styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, "
        "description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"
    )
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles')"
    )
    rows = [
        ("", "", layer, "geom", layer, qml(STYLES[layer]), "", 1, "census_gis", "", "", None)
        for layer in layers
        if layer in STYLES
    ]
    connection.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
        "styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def qml(style: Style) -> str:
    """A QGIS style document (QML) with one symbol and one label rule."""
    symbol = {"Polygon": _fill, "Line": _line, "Point": _marker}[style.geometry](style)
    kind = {"Polygon": "fill", "Line": "line", "Point": "marker"}[style.geometry]
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.22.0" styleCategories="Symbology|Labeling" labelsEnabled="{int(bool(style.label))}">'
        '<renderer-v2 type="singleSymbol" forceraster="0" symbollevels="0" enableorderby="0"><symbols>'
        f'<symbol name="0" type="{kind}" alpha="1" clip_to_extent="1" force_rhr="0">{symbol}</symbol>'
        f"</symbols></renderer-v2>{_label(style)}</qgis>"
    )


def _layer(kind: str, options: dict[str, str]) -> str:
    entries = "".join(
        f'<Option name={quoteattr(key)} value={quoteattr(value)} type="QString"/>'
        for key, value in options.items()
    )
    return f'<layer class="{kind}" enabled="1" locked="0" pass="0"><Option type="Map">{entries}</Option></layer>'


def _fill(style: Style) -> str:
    return _layer("SimpleFill", {
        "color": style.fill, "style": "no" if style.fill.endswith(",0") else "solid",
        "outline_color": style.outline, "outline_style": style.dash,
        "outline_width": f"{style.width:g}", "outline_width_unit": "MM", "joinstyle": "round",
    })  # fmt: skip


def _line(style: Style) -> str:
    return _layer("SimpleLine", {
        "line_color": style.outline, "line_style": style.dash, "line_width": f"{style.width:g}",
        "line_width_unit": "MM", "joinstyle": "round", "capstyle": "round",
    })  # fmt: skip


def _marker(style: Style) -> str:
    return _layer("SimpleMarker", {
        "name": "circle", "color": style.fill, "outline_color": style.outline, "size": "2",
        "size_unit": "MM", "outline_width": f"{style.width:g}",
    })  # fmt: skip


def _label(style: Style) -> str:
    if not style.label:
        return ""
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName={quoteattr(style.label)} fontSize="{style.size:g}" fontSizeUnit="Point" '
        'textColor="20,20,20,255" namedStyle="Regular"><text-buffer bufferDraw="1" bufferSize="0.7" '
        'bufferColor="255,255,255,255" bufferSizeUnits="MM"/></text-style>'
        "</settings></labeling>"
    )
