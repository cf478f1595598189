"""The list of a district's virtual EAs: people registered where nothing stands, so there is no map to draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from census_gis.language import Language, Text
from census_gis.present.display import Box, DisplayList
from census_gis.present.fonts import tidy
from census_gis.present.furniture import Draft, foot, header
from census_gis.present.layers import DistrictLayers
from census_gis.present.layout import GAP, plain_page
from census_gis.present.listing import Column, capacity, draw_listing
from census_gis.present.order import Order, notes, shown_count
from census_gis.present.titles import said_in_full
from census_gis.present.words import grouped, say

__all__ = ["VIRTUAL", "virtual_pages"]

VIRTUAL = Text("Virtual EAs", "虚拟普查小区清单")
TITLE = Text("{name}: virtual enumeration areas", "{name}虚拟普查小区清单")
WHY = Text("Why, proposed and approved by", "设立原因、提出与批准")
NOTE = Text(
    "Virtual EAs hold people registered here who live elsewhere or without a place; they are not on the maps.",
    "虚拟普查小区登记户口在此、人不在此或无住所的人员，图上不绘。",
)
CODE_OF_REMARK = "VIRTUAL:"
ROW, COLUMNS = 11.6, (16.0, 14.0, 14.0, 26.0, 26.0)


def virtual_pages(layers: DistrictLayers, order: Order) -> list[DisplayList]:
    """Serial, counts, staff and reason of every virtual EA; no page where there is none.

    Counts are those of the EA; nobody registered in it is named anywhere in a plan.
    """
    eas = layers.eas.loc[layers.eas["kind"] == "virtual"]
    rows = [_row(layers, ea) for _, ea in eas.iterrows()]
    layout = plain_page(order.paper, True)
    box = Box(layout.inner.x0, layout.foot.y1 + GAP, layout.inner.x1, layout.header.y0)
    room = capacity(box, 1, ROW)
    return [
        _page(layers, order, rows[start : start + room], more=start > 0)
        for start in range(0, len(rows), room)
    ]


def _row(layers: DistrictLayers, ea: pd.Series) -> tuple[str, ...]:
    counts = (shown_count(ea[name], ea, np.nan) for name in ("persons", "households"))
    staff = (layers.person(ea.get(name)) for name in ("enumerator", "supervisor"))
    return (str(ea["serial"]), *counts, *staff, _reason(ea.get("remark"), layers.language))


def _reason(remark: object, language: Language) -> str:
    """What a remark says of a virtual EA, without its code."""
    if remark is None or pd.isna(remark):
        return say("unknown", language)
    parts = [part.strip() for part in str(remark).split(";")]
    said = [
        part.removeprefix(CODE_OF_REMARK).strip()
        for part in parts
        if part.startswith(CODE_OF_REMARK)
    ]
    return tidy(" ".join(said)) or say("unknown", language)


def _page(
    layers: DistrictLayers, order: Order, rows: Sequence[Sequence[str]], *, more: bool
) -> DisplayList:
    layout, language = plain_page(order.paper, True), order.language
    page = DisplayList(layout.width, layout.height)
    draft = Draft(page, order.face, language, order.noun)
    title = TITLE.format(name=said_in_full(layers.place_name, language)).of(language)
    title += f" {say('continued', language)}" if more else ""
    under = f"{say('district_code', language)} {grouped(layers.code)}"
    header(draft, layout.header, title, under, order.secrecy)
    heads = ("ea_short", "persons", "households", "enumerator", "supervisor")
    columns = [
        Column(say(head, language, noun=order.noun), width)
        for head, width in zip(heads, COLUMNS, strict=True)
    ]
    columns.append(Column(WHY.of(language), 0.0, "l"))
    top = layout.header.y0
    box = Box(layout.inner.x0, top - (len(rows) + 1) * ROW - 1e-6, layout.inner.x1, top)
    draw_listing(page, box, columns, rows, groups=1, row=ROW, face=order.face)
    lines = notes(layers.crs, order)
    foot(draft, layout.foot, [NOTE.of(language), lines[-1]])
    return page
