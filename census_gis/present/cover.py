"""The cover of a district's book: what it is of, what is in it, who answers for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from census_gis.language import Text
from census_gis.present import style
from census_gis.present.display import POINT_MM, Box, DisplayList, Pen, Type, polygon_rings
from census_gis.present.furniture import Draft, foot, signs
from census_gis.present.layers import DistrictLayers
from census_gis.present.layout import plain_page
from census_gis.present.listing import Column, draw_listing
from census_gis.present.order import Order, notes
from census_gis.present.style import BLACK, MIN_POINTS
from census_gis.present.titles import said_in_full
from census_gis.present.words import STATES, grouped, say

__all__ = ["cover_page"]

TITLE = Text("Map book", "普查地图册")
BASE_TITLE = Text("Base sheets", "普查底样册")
KEEPING = Text("Handed out and returned", "领用与交回")
KEEPERS = (
    Text("Sheets", "图号"), Text("Taken by", "领用人"), Text("Date", "领用日期"), Text("Returned", "交回日期"),
    Text("Checked by", "核对人"),
)  # fmt: skip
STATE = Text("State of the plan", "方案状态")
KINDS = {
    "ground": Text("{n} on the ground", "一般{n}个"), "stacked": Text("{n} stacked", "叠层{n}个"),
    "virtual": Text("{n} virtual", "虚拟{n}个"),
}  # fmt: skip
BETWEEN = Text(", ", "、")
OFFICE = Text("Census office", "编制单位")
MAP_MM, LINE_MM = 86.0, 6.4
KEEPING_ROWS, ROW = 5, 7.0
TITLE_POINTS, PLACE_POINTS = 30.0, 17.0
# Longer names have more lines [pt], so far apart [em].
SMALLEST_TITLE, LINE_EM = 12.0, 1.45


def cover_page(layers: DistrictLayers, order: Order) -> DisplayList:
    """Title, place, code, the district with its EAs as a small map, counts, and boxes to sign in."""
    layout = plain_page(order.paper, True)
    page = DisplayList(layout.width, layout.height)
    draft = Draft(page, order.face, order.language, order.noun)
    inner, language = layout.inner, order.language
    title = TITLE if order.kind == "plan" else BASE_TITLE
    middle, width = (inner.x0 + inner.x1) / 2, inner.width
    if order.secrecy:
        page.text((inner.x0, inner.y1 - 5.0), order.secrecy, Type(14.0, bold=True))
    y, more = inner.y1 - 26.0, 0.0
    for words, size, drop in (
        (order.project, 14.0, 17.0), (title.of(language), TITLE_POINTS, 14.0),
        (said_in_full(layers.place_name, language), PLACE_POINTS, 8.0),
        (f"{say('district_code', language)} {grouped(layers.code)}", 11.0, 6.0),
    ):  # fmt: skip
        fitting = max(min(size, SMALLEST_TITLE), order.face.fitted(words, size, width))
        lines = order.face.wrapped(words, fitting, width)
        step = LINE_EM * fitting * POINT_MM
        for n, line in enumerate(lines):
            page.text((middle, y - n * step), line, Type(fitting, bold=size > 11.0), anchor="c")
        more += (len(lines) - 1) * step if words else 0.0
        y -= drop + (len(lines) - 1) * step if words else 0.0
    side = MAP_MM - more  # what is below keeps its room
    box = Box(middle - side / 2, y - side, middle + side / 2, y)
    _outline(draft, layers, box)
    y = _facts(draft, layers, order, Box(inner.x0 + 12, inner.y0, inner.x1 - 12, box.y0 - 4.0))
    low = layout.foot.y1 + 2.0
    signs(draft, Box(inner.x0, low, inner.x1, low + 11.0), ("drafter", "checker", "date"))
    high = low + 13.0 + (KEEPING_ROWS + 1) * ROW
    if high + 8.0 < y:
        page.text((inner.x0, high + 2.0), KEEPING.of(language), style.HEAD)
        columns = [Column(head.of(language), width / len(KEEPERS)) for head in KEEPERS]
        draw_listing(
            page, Box(inner.x0, low + 13.0 - 1e-6, inner.x1, high), columns, (), groups=1, row=ROW, face=order.face
        )  # fmt: skip
    foot(draft, layout.foot, notes(layers.crs, order))
    return page


def _outline(draft: Draft, layers: DistrictLayers, box: Box) -> None:
    """The district and the lines of its EAs, as large as the box holds them."""
    shape = layers.district["geometry"]
    west, south, east, north = shape.bounds
    k = min(box.width / (east - west), box.height / (north - south))
    at = (
        (box.x0 + box.x1) / 2 - (west + east) / 2 * k,
        (box.y0 + box.y1) / 2 - (south + north) / 2 * k,
    )
    affine = (k, *at)
    ground = layers.areas.shapes[layers.areas.kind == layers.code]
    simple = shapely.simplify(ground, 0.1 / k)
    draft.page.polygons(polygon_rings(simple, affine), fill=style.OUTSIDE, pen=Pen(BLACK, 0.2))
    outline = shapely.simplify(np.array([shape], dtype=object), 0.1 / k)
    draft.page.polygons(polygon_rings(outline, affine), pen=Pen(BLACK, 0.7))


def _facts(draft: Draft, layers: DistrictLayers, order: Order, box: Box) -> float:
    """Labelled counts, one a line; returns where the last one stands [mm]."""
    language, y = order.language, box.y1
    kinds = layers.eas["kind"].value_counts()
    counted = [
        word.format(n=int(kinds[key])).of(language)
        for key, word in KINDS.items()
        if kinds.get(key, 0)
    ]
    areas = f"{len(layers.eas):,}"
    if len(counted) > 1:
        areas += (
            f" ({BETWEEN.of(language).join(counted)})"
            if language == "en"
            else f"（{BETWEEN.of(language).join(counted)}）"
        )
    state = str(layers.district.get("state") or "")
    facts = [
        (say("eas", language), areas),
        (say("buildings", language), f"{int(layers.eas['buildings'].sum()):,}"),
        (say("persons", language, noun=order.noun), _count(layers.district["persons"])),
        (STATE.of(language), STATES[state].of(language) if state in STATES else state),
        (OFFICE.of(language), ""),
    ]  # fmt: skip
    label = box.width * 0.34
    for name, value in facts:
        y -= LINE_MM
        draft.page.text((box.x0, y), name, style.CODE)
        size = max(MIN_POINTS, draft.face.fitted(value, 10.0, box.width - label))
        draft.page.text(
            (box.x0 + label, y),
            draft.face.cut(value, size, box.width - label),
            Type(size, bold=True),
        )
        draft.page.segments([(box.x0 + label, y - 1.4, box.x1, y - 1.4)], style.GRID)
    return y


def _count(value: Any) -> str:
    return "—" if pd.isna(value) else f"{int(value):,}"
