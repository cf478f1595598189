"""The web map: one HTML file with everything in it, which opens from a disk with the network off.

folium makes the page; Leaflet (BSD-2, shipped in ``assets/leaflet``) is written into it in place of
folium's links, and a content security policy forbids any request. folium's Popup and Tooltip are not
used, since they write names of the data as markup: `assets/web.js` sets every text with textContent.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from branca.element import Element, MacroElement
from folium.template import Template
from numpy.typing import NDArray
from PIL import Image as Picture
from pyproj import CRS

from census_gis.graph import Graph
from census_gis.inputs.imagery import window
from census_gis.language import Language, Text, counted
from census_gis.model import Image
from census_gis.present.lists import KINDS, USE_WORDS, filled
from census_gis.present.titles import noun_of, place_of_plan, places_of, said_in_full
from census_gis.present.webfont import font_style
from census_gis.store.beside import write_whole

__all__ = ["Audience", "web_page"]

Audience = Literal["public", "office", "field"]
# Of a degree: about 0.1 m, finer than the line drawn, a third of the bytes of full numbers.
DECIMALS = 6
# No exact count (imagery-population note, 5.3).
BANDS = (
    (0, "0"),
    (4, "1-4"),
    (9, "5-9"),
    (19, "10-19"),
)
IMAGE_PIXELS = 2_000

WORDS: dict[str, Text] = {
    "search": Text("EA code or name, then Enter", "输入小区代码或名称后回车"),
    "hint": Text("Click an area or a building.", "点击小区或建筑物查看。"),
    "office": Text("Internal: for the census office only.", "内部资料，仅供普查机构使用。"),
    "public": Text("Areas with few people are not shown with numbers; counts are rounded to 5.",
                   "人数过少的小区不显示数字；人数按 5 取整。"),
    "disclaimer": Text("Boundaries serve the census only; no basis for administrative division.",
                       "界线仅供普查使用，不作为行政区划界线的依据。"),
    "none": Text("not found", "未找到"),
}  # fmt: skip
LAYERS: dict[str, Text] = {
    "image": Text("imagery", "影像"), "areas": Text("water and land", "水系与用地"),
    "lines": Text("roads and rails", "道路与铁路"), "eas": Text("enumeration areas", "普查小区"),
    "buildings": Text("buildings", "建筑物"), "districts": Text("districts", "普查区"),
    "names": Text("labels", "标注"),
}  # fmt: skip
EA_FIELDS: dict[str, Text] = {
    "ea_code": Text("code", "代码"), "name": Text("name", "名称"), "district": Text("district", "普查区"),
    "kind_word": Text("kind", "类型"), "persons": Text("persons", "人数"),
    "households": Text("households", "户数"), "buildings": Text("buildings", "建筑物"),
    "enumerator": Text("enumerator", "普查员"), "supervisor": Text("supervisor", "普查指导员"),
    "boundary": Text("boundary", "四至"), "remark": Text("remark", "备注"),
}  # fmt: skip
BUILDING_FIELDS: dict[str, Text] = {
    "ea_code": Text("EA", "小区"), "number_label": Text("number", "编号"), "name": Text("name", "名称"),
    "address": Text("address", "地址"), "use_word": Text("use", "用途"), "floors": Text("floors", "层数"),
    "persons_band": Text("persons (band)", "人数（区间）"),
}  # fmt: skip


def web_page(
    tables: Mapping[str, pd.DataFrame], path: Path, *, language: Language,
    audience: Audience = "office", images: Sequence[Image] = (),
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
    """
    data = _data(tables, language, audience)
    if images:
        data["image"] = _background(tables, images)
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
    panel = _panel(tables, language, audience, data.get("image", {}).get("note", ""))
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
        "none": WORDS["none"].of(language),
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
    start = f'L.control.zoom({{ position: "topright" }}).addTo({chart.get_name()});'
    chart.add_child(_Start(f"{start} censusMap({chart.get_name()}, {_json(words)});"))
    return str(figure.render())


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
    tables: Mapping[str, pd.DataFrame], language: Language, audience: Audience, image: str
) -> str:
    """What stands beside the map: title, place, who may see it, when the imagery was taken."""
    title = tables["settings"].set_index("key")["value"]["project.name"]
    full = place_of_plan(tables, language)
    place = "" if full == title else f"<p>{_escaped(full)}</p>"
    said = counted(WORDS["public" if audience == "public" else "office"], noun_of(tables))
    note = said.of(language)
    taken = f"<p>{_escaped(LAYERS['image'].of(language))}: {_escaped(image)}</p>" if image else ""
    return (
        f'<div class="cg-panel"><h1>{_escaped(title)}</h1>{place}<p>{_escaped(note)}</p>'
        f'<input id="cg-search" type="search" placeholder="{_escaped(WORDS["search"].of(language))}">'
        f'<dl id="cg-info"></dl><p>{_escaped(WORDS["hint"].of(language))} '
        f"{_escaped(WORDS['disclaimer'].of(language))}</p>{taken}</div>"
    )


def _data(
    tables: Mapping[str, pd.DataFrame], language: Language, audience: Audience
) -> dict[str, Any]:
    """All layers as GeoJSON in longitude and latitude, with only the fields the page shows."""
    data = {
        "districts": _collection(tables["districts"], ["name"]),
        "enumeration_areas": _collection(_areas(tables, language, audience), [
            *EA_FIELDS, "serial", "kind", "tint"]),
        "context_lines": _collection(_drawn(tables["context_lines"]), ["s"]),
        "context_areas": _collection(_land(tables, audience), ["s"]),
    }  # fmt: skip
    if audience != "public":
        parts = tables["dwelling_parts"]
        band = [_band(n) if audience == "office" else None for n in parts["persons"]]
        use = [USE_WORDS[u].of(language) if u in USE_WORDS else None for u in parts["use"]]
        parts = parts.assign(persons_band=band, use_word=use)
        data["dwelling_parts"] = _collection(parts, list(BUILDING_FIELDS))
    return data


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
    plain = pd.DataFrame(shown[fields]).astype(object)
    records = plain.where(plain.notna(), None).to_dict("records")
    thin = shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS))
    texts = shapely.to_geojson(thin)
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {**_filled(record), "at": [point[1], point[0]]},
             "geometry": json.loads(text)}
            for record, point, text in zip(records, at.tolist(), texts, strict=True)
        ],
    }  # fmt: skip


def _filled(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value is not None and value != ""}


def _background(tables: Mapping[str, pd.DataFrame], images: Sequence[Image]) -> dict[str, Any]:
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
