"""The web map: one HTML file with everything in it, which opens from a disk with the network off.

folium makes the page; Leaflet (BSD-2, shipped in ``assets/leaflet``) is written into it in place of
folium's links, and a content security policy forbids any request. folium's Popup and Tooltip are not
used, since they write names of the data as markup: `assets/web.js` sets every text with textContent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import folium
import pandas as pd
from branca.element import Element, MacroElement
from folium.template import Template

from census_gis.language import Language, Text, counted
from census_gis.model import Image
from census_gis.present.titles import noun_of, place_of_plan
from census_gis.present.web_data import (
    BUILDING_FIELDS,
    EA_FIELDS,
    Audience,
    background,
    is_overview,
    map_data,
    of_districts,
)
from census_gis.present.webfont import font_style
from census_gis.store.beside import write_whole

__all__ = ["Audience", "web_page"]

WORDS: dict[str, Text] = {
    "search": Text("EA code or name, then Enter", "输入小区代码或名称后回车"),
    "hint": Text("Click an area or a building.", "点击小区或建筑物查看。"),
    "office": Text("Internal: for the census office only.", "内部资料，仅供普查机构使用。"),
    "public": Text("Areas with few people are not shown with numbers; counts are rounded to 5.",
                   "人数过少的小区不显示数字；人数按 5 取整。"),
    "disclaimer": Text("Boundaries serve the census only; no basis for administrative division.",
                       "界线仅供普查使用，不作为行政区划界线的依据。"),
    "none": Text("not found", "未找到"),
    "hit": Text("match", "匹配"), "legend": Text("Legend", "图例"), "north": Text("N", "北"),
    "zoom_in": Text("zoom in", "放大"), "zoom_out": Text("zoom out", "缩小"), "layers": Text("layers", "图层"),
    "version": Text("Content {version}", "内容校验码 {version}"),
    "overview": Text("Overview without buildings: {n} shapes are more than a browser can show. With them, for some districts: "
                     "census-gis web plan.gpkg --district CODE,CODE",
                     "概览图，不含建筑物：要素共 {n} 个，超出浏览器的显示能力。需要建筑物时请按普查区制作：census-gis web plan.gpkg --district 代码,代码"),
}  # fmt: skip
LEGEND: dict[str, Text] = {
    "eas": Text("EA", "普查小区"), "districts": Text("district", "普查区"), "buildings": Text("building", "建筑物"),
    "roads": Text("road", "道路"), "railways": Text("railway", "铁路"), "waterways": Text("river, canal", "河渠"),
    "barriers": Text("wall, fence", "围墙、栅栏"), "water": Text("water", "水面"), "landuse": Text("parcel", "地类"),
    "compounds": Text("compound", "院落、小区"), "grids": Text("management grid", "网格"),
}  # fmt: skip
LAYERS: dict[str, Text] = {
    "image": Text("imagery", "影像"), "areas": Text("water and land", "水系与用地"),
    "lines": Text("roads and rails", "道路与铁路"), "eas": Text("enumeration areas", "普查小区"),
    "buildings": Text("buildings", "建筑物"), "districts": Text("districts", "普查区"),
    "names": Text("labels", "标注"),
}  # fmt: skip


def web_page(
    tables: Mapping[str, pd.DataFrame], path: Path, *, language: Language,
    audience: Audience = "office", images: Sequence[Image] = (), districts: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write the map page.

    Parameters
    ----------
    tables
        Layers of a plan.
    path
        The HTML file; written beside itself and renamed.
    audience
        `office` shows buildings with persons in bands; `public` shows areas only, counts rounded to 5
        and suppressed below the rules `privacy.*`; `field` shows buildings without counts.
    images
        Background imagery; needs no network either: it is written into the page.
    districts
        Codes of the districts on the page; all where empty.
    """
    tables = of_districts(tables, districts)
    data = map_data(tables, language, audience)
    if images:
        data["image"] = background(tables, images)
    write_whole(path, _page(tables, data, language, audience).encode())


def _page(
    tables: Mapping[str, pd.DataFrame],
    data: Mapping[str, Any],
    language: Language,
    audience: Audience,
) -> str:
    """The page as one text."""
    figure = folium.Figure()
    chart = folium.Map(
        tiles=None, prefer_canvas=True, zoom_control=False, attribution_control=False
    )
    chart.default_js, chart.default_css = [], []
    chart.add_to(figure)
    title = tables["settings"].set_index("key")["value"]["project.name"]
    panel = _panel(tables, data, language, audience)
    assets = resources.files("census_gis") / "present" / "assets"
    policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:"
    styles = (assets / "leaflet" / "leaflet.css").read_text("utf-8") + (
        assets / "web.css"
    ).read_text("utf-8")
    scripts = (
        (assets / "leaflet" / "leaflet.js").read_text("utf-8"),
        (assets / "web.js").read_text("utf-8"),
    )
    words = {
        "layers": {key: text.of(language) for key, text in LAYERS.items()},
        "ea": _fields(EA_FIELDS, language, noun_of(tables)),
        "building": _fields(BUILDING_FIELDS, language, noun_of(tables)),
        "legend": {key: text.of(language) for key, text in LEGEND.items()},
        **{key: WORDS[key].of(language) for key in ("none", "hit", "north", "zoom_in", "zoom_out")},
        "layers_title": WORDS["layers"].of(language),
    }
    head = [
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        f"<title>{_escaped(title)}</title>",
        f"<style>{font_style(_json(data) + panel + _json(words))}{styles}</style>",
        *(f"<script>{script}</script>" for script in scripts),
    ]
    for nth, part in enumerate(head):
        figure.header.add_child(_raw(part), name=f"census_{nth}", index=nth)
    figure.html.add_child(_raw(panel), name="census_panel")
    block = f'<script type="application/json" id="cg-data">{_json(data)}</script>'
    figure.html.add_child(_raw(block), name="census_data")
    chart._id = "plan"  # folium's own is random: the same plan is the same page
    chart.add_child(_Start(f"censusMap({chart.get_name()}, {_json(words)});"))
    tongue = "zh-CN" if language == "zh" else "en"
    return str(figure.render()).replace("<html>", f'<html lang="{tongue}">', 1)


class _Raw(Element):
    """Text that is written as it stands."""

    _template = Template("{{ this.text }}")
    text = ""


class _Start(MacroElement):
    """A call made once the map exists."""

    _template = Template("{% macro script(this, kwargs) %}{{ this.call }}{% endmacro %}")

    def __init__(self, call: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.call = call


def _raw(text: str) -> Element:
    """An element whose text jinja leaves alone."""
    element = _Raw()
    element.text = text
    return element


def _fields(fields: Mapping[str, Text], language: Language, noun: str) -> list[list[str]]:
    """What the page shows of a feature: key and word; households once where they are what is counted."""
    return [[key, counted(text, noun).of(language)] for key, text in fields.items()
            if noun != "households" or key != "households"]  # fmt: skip


def _panel(
    tables: Mapping[str, pd.DataFrame], data: Mapping[str, Any], language: Language, audience: Audience
) -> str:  # fmt: skip
    """What stands beside the map: title, place, who may see it, version, when the imagery was taken."""
    title = tables["settings"].set_index("key")["value"]["project.name"]
    full = place_of_plan(tables, language)
    place = "" if full == title else f"<p>{_escaped(full)}</p>"
    said = counted(WORDS["public" if audience == "public" else "office"], noun_of(tables))
    version = WORDS["version"].format(version=_digest(data)).of(language)
    image = data.get("image", {}).get("note", "")
    taken = f"{LAYERS['image'].of(language)}: {image}" if image else ""
    under = "".join(f"<p>{_escaped(text)}</p>" for text in (version, taken) if text)
    search = _escaped(WORDS["search"].of(language))
    return (
        f'<div class="cg-panel"><h1>{_escaped(title)}</h1>{place}<p>{_escaped(said.of(language))}</p>'
        f"{_overview(tables, language)}"
        f'<input id="cg-search" type="search" placeholder="{search}" aria-label="{search}">'
        f'<dl id="cg-info" aria-live="polite"></dl><p>{_escaped(WORDS["hint"].of(language))} '
        f"{_escaped(WORDS['disclaimer'].of(language))}</p>{under}"
        f'<details id="cg-legend"><summary>{_escaped(WORDS["legend"].of(language))}</summary></details></div>'
    )


def _overview(tables: Mapping[str, pd.DataFrame], language: Language) -> str:
    """What an overview leaves out, and how to see it."""
    if not is_overview(tables):
        return ""
    n = sum(len(tables[name]) for name in ("dwelling_parts", "context_areas", "context_lines"))
    said = WORDS["overview"].format(n=f"{n:,}").of(language)
    return f"<p><b>{_escaped(said)}</b></p>"


def _digest(data: Mapping[str, Any]) -> str:
    """By which two pages of the same content are known: it does not depend on when they were made."""
    return hashlib.sha256(_json(data).encode()).hexdigest()[:8]


def _json(value: object) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number)
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")


def _number(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in a web map")


def _escaped(text: object) -> str:
    signs = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    return "".join(signs.get(c, c) for c in str(text))
