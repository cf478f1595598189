"""The index of a district's book: streets and landmarks, the sheets they are on, and the cell of the grid there.

Names are in the order of their first characters' pronunciation as far as the national character set has
them in it (level 1 of GB 2312 is ordered by pinyin), others behind; in English by alphabet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.language import Text
from census_gis.present.display import Box, DisplayList
from census_gis.present.fonts import Face
from census_gis.present.furniture import Draft, foot, header
from census_gis.present.layers import DistrictLayers
from census_gis.present.layout import plain_page
from census_gis.present.listing import Column, capacity, draw_listing
from census_gis.present.order import Order, notes
from census_gis.present.reference_grid import ReferenceGrid, grid_of, say_cells
from census_gis.present.sheet import SheetReport
from census_gis.present.style import SMALL
from census_gis.present.surroundings import Layer
from census_gis.present.titles import said_in_full
from census_gis.present.words import grouped, say

__all__ = ["street_index"]

ROW = 4.6
GROUP_MM = 78.0
NAME_MM, DISTRICT_MM = 27.0, 14.0
# A street along an EA's line belongs to both EAs beside it; its middle may be off the line by this [m].
BESIDE_M = 12.0
# Places on a line are told every so far [m].
STEP_M = 20.0
TITLE = Text("{name}: index of streets and landmarks", "{name}地名索引")
HINT = Text(
    "On the district map, then on the sheets of EAs: serial and cell of the reference grid.",
    "先列普查区图上的格网，后列各普查小区图的顺序号和格网。",
)
HEADS = (
    Text("Name", "名称"),
    Text("District", "普查区图"),
    Text("Sheet of EA: cells", "普查小区图：格网"),
)


class _Map(NamedTuple):
    """A sheet's main map: the ground in its frame [m] and the grid over it."""

    ground: tuple[float, float, float, float]
    grid: ReferenceGrid

    def cells(self, xy: NDArray[np.float64]) -> list[str]:
        """Cells of points on the ground that are in the frame."""
        west, south, east, north = self.ground
        inside = (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
        size = np.array([east - west, north - south])
        frame = self.grid.frame
        paper = (xy[inside] - (west, south)) / size * (frame.width, frame.height)
        return self.grid.cells(paper)


def street_index(
    layers: DistrictLayers, order: Order, reports: Iterable[SheetReport]
) -> list[DisplayList]:
    """Pages of the index; none where nothing has a name.

    Parameters
    ----------
    layers
        The district.
    order
        Paper, language and type.
    reports
        Of the sheets in the book: the district's, by the district's code, and the EAs'.
    """
    maps = {report.ea_code: _map(report) for report in reports}
    entries: dict[str, tuple[str, str]] = {}
    for layer in (layers.streets, layers.places):
        entries |= {
            name: said for name, said in _entries(layers, layer, maps) if name not in entries
        }
    if not entries:
        return []
    layout = plain_page(order.paper, True)
    box = Box(layout.inner.x0, layout.foot.y1 + 2, layout.inner.x1, layout.header.y0)
    groups = max(1, int(box.width // GROUP_MM))
    wide = box.width / groups - NAME_MM - DISTRICT_MM
    rows = [
        row
        for name in sorted(entries, key=_rank)
        for row in _rows(name, entries[name], wide, order.face)
    ]
    room = capacity(box, groups, ROW)
    return [
        _page(layers, order, box, rows[start : start + room], start > 0)
        for start in range(0, len(rows), room)
    ]


def _map(report: SheetReport) -> _Map:
    west, south, east, north = report.frame
    k = 1000.0 / report.scale
    return _Map(report.frame, grid_of(Box(0.0, 0.0, (east - west) * k, (north - south) * k)))


def _rank(name: str) -> bytes:
    return name.casefold().encode("gb18030")


def _entries(
    layers: DistrictLayers, layer: Layer, maps: Mapping[str, _Map]
) -> list[tuple[str, tuple[str, str]]]:
    """Each name that touches the district, its cells on the district's map and on the sheets of EAs."""
    near = layer.tree.query(layers.district["geometry"], predicate="dwithin", distance=BESIDE_M)
    named = [row for row in np.sort(near).tolist() if layer.name[row]]
    by_name: dict[str, list[int]] = {}
    for row in named:
        by_name.setdefault(str(layer.name[row]), []).append(row)
    areas = layers.areas
    own = np.flatnonzero(areas.kind == layers.code)
    wide = shapely.buffer(areas.shapes[own], BESIDE_M)
    shapely.prepare(wide)
    serials = dict(zip(layers.eas["ea_code"], layers.eas["serial"], strict=True))
    found = []
    for name, rows in by_name.items():
        xy = _points(layer.shapes[rows])
        inside = shapely.contains_xy(wide[:, None], xy[None, :, 0], xy[None, :, 1])
        if not inside.any():
            continue
        mine = xy[inside.any(axis=0)]
        here = maps[layers.code].cells(mine) if layers.code in maps else []
        bits = []
        for at in np.flatnonzero(inside.any(axis=1)).tolist():
            code = str(areas.name[own[at]])
            cells = maps[code].cells(xy[inside[at]]) if code in maps else []
            if cells:
                bits.append(f"{serials[code]} {say_cells(cells)}")
        found.append((name, (say_cells(here), "  ".join(bits))))
    return found


def _points(shapes: Any) -> NDArray[np.float64]:
    """Points on lines every `STEP_M`, their corners among them; the places of points."""
    return np.asarray(shapely.get_coordinates(shapely.segmentize(shapes, STEP_M)), dtype=np.float64)


def _rows(name: str, said: tuple[str, str], wide: float, face: Face) -> list[tuple[str, str, str]]:
    """As many rows as a name's sheets take; the name stands in the first."""
    lines = face.wrapped(said[1], SMALL.size, wide - 2.0) or [""]
    return [(name, said[0], lines[0]), *(("", "", line) for line in lines[1:])]


def _page(
    layers: DistrictLayers, order: Order, box: Box, rows: Sequence[Sequence[str]], more: bool
) -> DisplayList:
    layout = plain_page(order.paper, True)
    page = DisplayList(layout.width, layout.height)
    draft = Draft(page, order.face, order.language, order.noun)
    title = TITLE.format(name=said_in_full(layers.place_name, order.language)).of(order.language)
    if more:
        title += f" {say('continued', order.language)}"
    under = f"{say('district_code', order.language)} {grouped(layers.code)}"
    header(draft, layout.header, title, under, order.secrecy)
    groups = max(1, int(box.width // GROUP_MM))
    used = Box(box.x0, box.y1 - (-(-len(rows) // groups) + 1) * ROW - 1e-6, box.x1, box.y1)
    names, district, sheets = (head.of(order.language) for head in HEADS)
    columns = [
        Column(names, NAME_MM, "l"),
        Column(district, DISTRICT_MM),
        Column(sheets, 0.0, "l"),
    ]
    draw_listing(page, used, columns, rows, groups=groups, row=ROW, face=order.face)
    foot(draft, layout.foot, [HINT.of(order.language), notes(layers.crs, order)[1]])
    return page
