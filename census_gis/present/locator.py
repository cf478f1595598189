"""The small map that shows where in its district an EA lies, its neighbours' sheets numbered."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from census_gis.present import style
from census_gis.present.display import POINT_MM, Box, Pen, Rings, Type, grey, polygon_rings
from census_gis.present.furniture import Draft
from census_gis.present.layers import DistrictLayers
from census_gis.present.style import BLACK, MIN_POINTS, WHITE
from census_gis.present.words import say

__all__ = ["draw_locator"]

CAPTION_MM = 3.2
MARGIN_MM = 1.2
# Corners finer than this on paper are not seen [mm]; an area smaller than this across gets a ring around it.
FINE_MM = 0.15
SMALL_MM = 2.0
RING_MM = 2.2
RING_CORNERS = 24
DIGIT_EM = 0.8
# Of more areas than these the outlines are paler, or they would run together.
MANY = 40
MANY_LINES = Pen(grey(0.35), 0.08)


def draw_locator(draft: Draft, layers: DistrictLayers, box: Box, shape: Any) -> None:
    """The district's EAs as outlines, one of them black, each numbered where its number fits.

    Parameters
    ----------
    box
        Where on paper [mm]; the caption stands in its top.
    shape
        The EA.
    """
    page = draft.page
    page.rectangle(box, fill=WHITE, pen=style.RULE)
    middle = (box.x0 + box.x1) / 2
    page.text((middle, box.y1 - 2.6), say("locator", draft.language), style.NOTE, anchor="c")
    inner = Box(box.x0, box.y0, box.x1, box.y1 - CAPTION_MM).shrunk(MARGIN_MM)
    west, south, east, north = layers.district["geometry"].bounds
    factor = min(inner.width / (east - west), inner.height / (north - south))
    affine = (
        factor,
        (inner.x0 + inner.x1) / 2 - (west + east) / 2 * factor,
        (inner.y0 + inner.y1) / 2 - (south + north) / 2 * factor,
    )
    codes, areas, land, spots = _simple(layers, factor)
    fine = MANY_LINES if len(areas) > MANY else style.GRID
    page.polygons(polygon_rings(areas, affine), pen=fine)
    page.polygons(polygon_rings(land, affine), pen=style.RULE)
    own = shapely.simplify(np.array([shape]), FINE_MM / factor)
    page.polygons(polygon_rings(own, affine), fill=BLACK, pen=style.RULE)
    _ring(draft, shape, affine)
    _numbers(draft, (areas, codes, spots), affine, shape)


def _simple(layers: DistrictLayers, factor: float) -> tuple[Any, ...]:
    """Codes and outlines of the district's areas, its own outline, and the widest place of each area.

    Worked out once for a district: its sheets have locators of one size.
    """
    if factor not in layers.memo:
        mine = layers.areas.kind == layers.code
        areas = shapely.simplify(layers.areas.shapes[mine], FINE_MM / factor)
        land = shapely.simplify(np.array([layers.district["geometry"]]), FINE_MM / factor)
        near = 0.2 / factor  # a fifth of a millimetre on paper is near enough to the middle
        spots = np.empty((0, 2))
        if len(areas):
            circles = shapely.maximum_inscribed_circle(areas, tolerance=near)
            spots = shapely.get_coordinates(shapely.get_point(circles, 0))
        layers.memo[factor] = layers.areas.name[mine], areas, land, spots
    return layers.memo[factor]


def _ring(draft: Draft, shape: Any, affine: tuple[float, float, float]) -> None:
    """A ring around an area too small to be seen."""
    west, south, east, north = shape.bounds
    if max(east - west, north - south) * affine[0] >= SMALL_MM:
        return
    x, y = (
        (west + east) / 2 * affine[0] + affine[1],
        (south + north) / 2 * affine[0] + affine[2],
    )
    turn = np.linspace(0, 2 * np.pi, RING_CORNERS, endpoint=False)
    ring = np.column_stack([x + RING_MM * np.cos(turn), y + RING_MM * np.sin(turn)])
    draft.page.polygons(Rings(ring, np.array([RING_CORNERS])), pen=style.FRAME)


def _numbers(draft: Draft, known: tuple[Any, Any, Any], affine: Any, shape: Any) -> None:
    """Serials of the areas that hold theirs, white on the black one."""
    areas, codes, spots = known
    if not len(areas):
        return
    serials = [str(code)[-3:] for code in codes]
    half_w = np.array([draft.face.width(words, MIN_POINTS) for words in serials]) / 2 / affine[0]
    half_h = MIN_POINTS * POINT_MM * DIGIT_EM / 2 / affine[0]
    x, y = spots.T
    boxes = shapely.box(x - half_w, y - half_h, x + half_w, y + half_h)
    fits = shapely.contains(areas, boxes)
    own = shapely.contains(shape, boxes)
    # Half on black and half on white a number is not read.
    fits &= own | ~shapely.intersects(shape, boxes)
    # Ground around a stacked EA may have its middle under it: the number would be taken for the EA's.
    fits[own] &= shapely.area(shapely.difference(areas[own], shape)) < shapely.area(areas[own]) / 2
    for n in np.flatnonzero(fits).tolist():
        at = (float(x[n] * affine[0] + affine[1]), float(y[n] * affine[0] + affine[2]))
        color = WHITE if own[n] else BLACK
        draft.page.text(at, serials[n], Type(MIN_POINTS, color), anchor="cm")
