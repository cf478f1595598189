"""Draw what is in a map's frame: land, roads, buildings, lines. Words come later (labels).

The band outside an EA lies above the ground but hides nothing: the ground under it is drawn a second
time inside the band, in colours blended beforehand. So no printer has to mix colours.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image as Bitmap

from census_gis.present import style
from census_gis.present.display import Color, DisplayList, Hatch, Pen, Picture, rings_of
from census_gis.present.layers import DistrictLayers, Layer
from census_gis.present.order import Order
from census_gis.present.style import tinted
from census_gis.present.view import View

__all__ = ["DWELLINGS", "Ground", "draw_disputes", "draw_ground", "draw_own", "picture_of"]

Shapes = NDArray[np.object_]
Tint = Callable[[Color], Color]
SINGLE_STOREY = 1.0
HIDDEN_M = 0.05  # floors of one building have one outline, but for rounding
DWELLINGS = ("residential", "mixed", "group_quarters", "unknown")
# Spots looked at along a side of the frame; how many of those on an EA may lack an image: specks without data.
SPOTS, MOST_SEEN = 80, 0.98
PICTURE_QUALITY = 70
# The picture is mixed with this much white, so that lines and numbers stay readable on it.
LIGHTEN = 0.45
PALER = (np.arange(256) * (1 - LIGHTEN) + 255 * LIGHTEN).astype(np.uint8)
# Pixels on paper are at most this many times finer than the image's: more would only repeat them.
FINER = 2.0


@dataclass
class Ground:
    """What a frame shows: rows of each layer, already cut, and the symbols that occur."""

    view: View
    land: Layer
    streams: Layer
    roads: Layer
    rails: Layer
    outside: Shapes
    symbols: set[str] = field(default_factory=set)
    imagery: bool = False
    faint: bool = False


def ground_of(
    layers: DistrictLayers, view: View, own_rows: NDArray[Any], *, imagery: bool
) -> Ground:
    """Everything but the EA itself that lies in the frame.

    Parameters
    ----------
    own_rows
        Rows of `layers.buildings` that belong to the EA; the others are outside it.
    """

    def cut(layer: Layer) -> Layer:
        rows = layer.inside(view.ground)
        return Layer(view.cut(layer.shapes[rows]), layer.kind[rows], layer.name[rows], layer.tree)

    area = shapely.box(*view.ground)
    near = np.sort(layers.buildings.tree.query(area))
    others = layers.buildings.shapes[_apart(layers, np.setdiff1d(near, own_rows), own_rows)]
    beyond = layers.outside.shapes[layers.outside.inside(view.ground)]
    return Ground(
        view, cut(layers.land), cut(layers.streams), cut(layers.roads), cut(layers.rails),
        np.concatenate([beyond, others]), imagery=imagery,
    )  # fmt: skip


def _apart(layers: DistrictLayers, others: NDArray[Any], own: NDArray[Any]) -> NDArray[Any]:
    """Rows of other EAs but those that are floors of an own building: they lie hidden under it."""
    table, shapes = layers.buildings.columns, layers.buildings.shapes
    mine = own[table["shared"][own].astype(bool)]
    same = np.isin(table["key"][others], table["key"][mine])
    if not same.any():
        return others
    cover = shapely.buffer(shapely.union_all(shapes[mine]), HIDDEN_M)
    return others[~(same & shapely.covers(cover, shapes[others]))]


def draw_ground(page: DisplayList, ground: Ground, band: Any | None) -> None:
    """Land, water, roads and outside buildings; then once more, tinted, in the band [ground metres]."""
    if ground.imagery:
        if band is not None:
            page.lines(ground.view.lines(np.array([shapely.boundary(band)])), style.OPEN_PEN)
            outline = Pen(style.BAND, 0.8)
            page.lines(ground.view.lines(np.array([shapely.boundary(band)])), outline)
        return
    pale = faint if ground.faint else _plain
    _paint(page, ground, pale, None)
    if band is not None and not band.is_empty:
        rings = ground.view.polygons(np.array([band]))
        page.polygons(rings, fill=style.BAND)
        page.clip(rings)
        shapely.prepare(band)
        _paint(page, ground, lambda color: tinted(pale(color)), band)
        page.unclip()


def _plain(color: Color) -> Color:
    return color


def faint(color: Color) -> Color:
    """A colour as it is on a base sheet: mixed with white."""
    red, green, blue = (c + (1.0 - c) * style.FAINT for c in color)
    return (red, green, blue)


def _paint(page: DisplayList, ground: Ground, tint: Tint, within: Any | None) -> None:
    """All layers of the ground from bottom to top; only what touches `within`, where given."""
    _land(page, ground, tint, within)
    streams = _near(ground.streams.shapes, within)
    page.lines(ground.view.lines(streams), _tinted(style.STREAM_PEN, tint))
    outside = _near(ground.outside, within)
    page.polygons(
        ground.view.polygons(outside),
        fill=tint(style.OUTSIDE),
        pen=_tinted(style.OUTSIDE_PEN, tint),
    )
    _roads(page, ground, tint, within)
    rails = ground.view.lines(_near(ground.rails.shapes, within))
    page.lines(rails, _tinted(style.RAIL_PEN, tint))
    page.lines(rails, _tinted(style.RAIL_CORE, tint))
    if within is None:
        seen = {"water": len(streams), "outside": len(outside), "rail": len(rails.counts)}
        ground.symbols |= {name for name, n in seen.items() if n}


def _land(page: DisplayList, ground: Ground, tint: Tint, within: Any | None) -> None:
    frame = shapely.box(*ground.view.ground)
    for name in ("farm", "green", "water", "compound"):
        fill, hatch, pen = style.AREAS[name]
        shapes = _near(ground.land.shapes[ground.land.kind == name], within)
        rings = ground.view.polygons(shapes)
        if not len(rings.counts):
            continue
        if within is None:
            # An outline alone may run around the frame, out of sight.
            drawn = shapely.boundary(shapes) if fill is None else shapes
            if shapely.intersects(frame, drawn).any():
                ground.symbols.add(name)
        page.polygons(
            rings,
            fill=None if fill is None else tint(fill),
            hatch=None
            if hatch is None
            else Hatch(_tinted(hatch.pen, tint), hatch.spacing, hatch.angle),
            pen=None if pen is None else _tinted(pen, tint),
        )


def _roads(page: DisplayList, ground: Ground, tint: Tint, within: Any | None) -> None:
    """Casings first, then fills, so that crossings are open."""
    kinds = ground.roads.kind
    lines = {
        n: ground.view.lines(_near(ground.roads.shapes[kinds == str(n)], within))
        for n in (4, 3, 2, 1)
    }
    page.lines(lines[4], _tinted(style.PATH_PEN, tint))
    for n in (3, 2, 1):
        width = road_width(n, ground.view)
        page.lines(lines[n], Pen(tint(style.CASING), width + 2 * style.CASING_MM))
    for n in (3, 2, 1):
        page.lines(lines[n], Pen(tint(style.ROAD_FILL), road_width(n, ground.view)))
    if len(lines[4].counts):
        ground.symbols.add("path")
    if any(len(lines[n].counts) for n in (1, 2, 3)):
        ground.symbols.add("road")


def road_width(kind: int, view: View) -> float:
    """Drawn width of a road [mm]: its width on the ground, kept between once and twice the symbol's."""
    least, ground_m = style.ROAD_WIDTH[kind]
    return min(max(least, ground_m * view.factor), 2 * least)


def _near(shapes: Shapes, within: Any | None) -> Shapes:
    return shapes if within is None else shapes[shapely.intersects(within, shapes)]


def _tinted(pen: Pen, tint: Tint) -> Pen:
    return Pen(tint(pen.color), pen.width, pen.dash)


def draw_disputes(page: DisplayList, layers: DistrictLayers, view: View) -> set[str]:
    """Disputed lines and outlines of disputed ground, above all other lines; the symbols drawn."""
    shapes = layers.disputes.shapes[layers.disputes.inside(view.ground)]
    lines = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    drawn = view.lines(view.cut(lines[shapely.get_dimensions(lines) == 1]))
    page.lines(drawn, style.DISPUTE_CORE)
    page.lines(drawn, style.DISPUTE_PEN)
    return {"dispute"} if len(drawn.counts) else set()


def draw_own(page: DisplayList, layers: DistrictLayers, ground: Ground, rows: NDArray[Any]) -> None:
    """The EA's own buildings: storeyed, single-storey, not for dwelling, shared with other EAs."""
    view, table = ground.view, layers.buildings.columns
    shapes = layers.buildings.shapes[rows]
    if ground.imagery:
        rings = view.polygons(shapes)
        page.polygons(rings, pen=style.PICTURED_CASING)
        page.polygons(rings, pen=style.PICTURED_PEN)
        ground.symbols |= {"pictured"} if len(shapes) else set()
        return
    if ground.faint:
        ground.symbols.add("building")
        page.polygons(view.polygons(shapes), pen=style.FAINT_PEN)
        return
    lived = np.isin(table["use"][rows].astype(str), DWELLINGS)
    # Floors that nobody knows count as several: the darker sign.
    low = (table["floors"][rows].astype(float) <= SINGLE_STOREY) & lived
    gone = table["gone"][rows].astype(bool)
    planned = table["planned"][rows].astype(bool) & ~gone
    stands = ~(planned | gone)
    groups = {
        "storeyed": lived & ~low & stands, "single": low & stands, "other_use": ~lived & stands,
        "planned": planned, "gone": gone,
    }  # fmt: skip
    for name, chosen in groups.items():
        if chosen.any():
            ground.symbols.add(name)
            fill, hatch, pen = style.AREAS[name]
            page.polygons(view.polygons(shapes[chosen]), fill=fill, pen=pen, hatch=hatch)
    if gone.any():
        page.lines(view.lines(_crosses(shapes[gone])), style.CROSS_PEN)
    shared = table["shared"][rows].astype(bool)
    if shared.any():
        ground.symbols.add("shared")
        page.polygons(view.polygons(shapes[shared]), pen=style.SHARED_PEN)


def _crosses(shapes: Shapes) -> Shapes:
    """Both diagonals of buildings, as far as they lie on them."""
    around = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(-1, 5, 2)
    lines = shapely.linestrings(np.concatenate([around[:, [0, 2]], around[:, [1, 3]]]))
    return shapely.intersection(lines, np.concatenate([shapes, shapes]))


def picture_of(order: Order, layers: DistrictLayers, view: View, area: Any) -> Picture | None:
    """The lightened image under a map as a JPEG; None where it does not show the EA on it.

    What is drawn over an image leaves out roads and water, so that a map of part of the EA would lack them.

    Parameters
    ----------
    area
        Boundary polygon of the EA.
    """
    from census_gis.inputs.imagery import (
        window,  # its libraries take 60 MB: plain sheets do without
    )

    finest = min(image.pixel_m for image in order.images) / FINER * view.factor  # mm on paper
    dpi = min(float(order.picture_dpi), 25.4 / finest)
    width, height = (round(side / 25.4 * dpi) for side in (view.frame.width, view.frame.height))
    rgba = window(order.images, view.ground, layers.crs, width, height)
    seen = rgba[..., 3] > 0
    if not _shows(seen, view, area):
        return None
    paler = PALER[rgba[..., :3]]
    if not seen.all():
        paler[~seen] = 255
    bitmap = Bitmap.fromarray(paler)
    out = io.BytesIO()
    bitmap.save(out, "JPEG", quality=PICTURE_QUALITY)
    return Picture(view.frame, out.getvalue(), width, height)


def _shows(seen: NDArray[np.bool_], view: View, area: Any) -> bool:
    """Whether nearly all of an EA in the frame is on a picture, looked at in spots all over it."""
    if seen.all() or not seen.any():
        return bool(seen.all())
    rows, columns = (
        np.unique(np.linspace(0, n - 1, SPOTS).round().astype(int)) for n in seen.shape
    )
    west, south, east, north = view.ground
    x = west + (columns + 0.5) / seen.shape[1] * (east - west)
    y = north - (rows + 0.5) / seen.shape[0] * (north - south)
    shown = seen[np.ix_(rows, columns)]
    shapely.prepare(area)
    own = shapely.contains_xy(area, *np.meshgrid(x, y))
    # An EA thinner than the spots are apart: all of the frame has to be seen.
    return bool(shown[own].mean() >= MOST_SEEN) if own.any() else bool(shown.all())


def frame_rings(view: View) -> Any:
    """The frame as a clip."""
    x0, y0, x1, y1 = view.frame
    return rings_of([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)]])
