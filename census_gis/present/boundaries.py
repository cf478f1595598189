"""Draw the lines of areas on an EA's map: other EAs', districts', townships', and above them its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from census_gis.present import style
from census_gis.present.display import DisplayList
from census_gis.present.layers import SAME_LINE_M, DistrictLayers
from census_gis.present.titles import LONG
from census_gis.present.view import View

__all__ = ["band_of", "draw_lines", "township_lines"]

TOWNSHIP_DIGITS = 9  # of a district code of `LONG` digits or more
# Lines shared for less than this on paper [mm] meet in a point only.
LEAST_SHARED_MM = 1.0


def band_of(shape: Any, view: View) -> Any:
    """The strip outside an EA, 4 mm on paper, as ground."""
    wide = style.BAND_MM / view.factor
    simple = shapely.simplify(shape, 0.05 / view.factor)
    return shapely.difference(shapely.buffer(simple, wide, quad_segs=4), shape)


def draw_lines(page: DisplayList, layers: DistrictLayers, outline: Any, view: View) -> set[str]:
    """All lines of areas; the symbols drawn.

    Parameters
    ----------
    outline
        The EA's own line on the ground.
    """
    around = shapely.buffer(outline, SAME_LINE_M, cap_style="flat")
    symbols = _others(page, layers, around, view)
    rows = layers.district_lines.inside(view.ground)
    cut = view.cut(layers.district_lines.shapes[rows])
    borders = shapely.union_all(cut)
    township = township_lines(cut, layers.district_lines.kind[rows], layers.code)
    free = shapely.line_merge(shapely.difference(borders, around))
    if not free.is_empty:
        plain = free if township is None else shapely.difference(free, _near(township))
        symbols |= _line(page, view, plain, "district")
        if township is not None:
            outer = shapely.line_merge(shapely.difference(township, around))
            symbols |= _line(page, view, outer, "township")
    near = _near(borders)
    if shapely.intersects(shapely.box(*view.ground), outline):
        symbols.add("ea")
    own = shapely.line_merge(shapely.difference(outline, near))
    page.lines(view.lines(np.array([own])), style.EA_PEN)
    shared = shapely.line_merge(shapely.intersection(outline, near))
    if shared.length * view.factor > LEAST_SHARED_MM:
        symbols.add("ea_district")
        page.lines(view.lines(np.array([shared])), style.EA_DISTRICT_PEN)
    return symbols


def _others(page: DisplayList, layers: DistrictLayers, around: Any, view: View) -> set[str]:
    """Lines of other EAs inside districts."""
    if len(layers.ea_lines.shapes):
        rows = layers.ea_lines.inside(view.ground)
        shapes = layers.ea_lines.shapes[rows][layers.ea_lines.kind[rows] != "district"]
    else:
        shapes = shapely.boundary(layers.areas.shapes[layers.areas.inside(view.ground)])
    shapes = shapely.difference(view.cut(shapes), around)
    page.lines(view.lines(shapes), style.NEIGHBOUR_PEN)
    return set() if shapely.is_empty(shapes).all() else {"neighbour"}


def township_lines(lines: Any, codes: Any, own: str) -> Any | None:
    """What of some district lines lies between townships; None where there is none in view.

    Parameters
    ----------
    lines
        Boundaries of districts in view.
    codes
        The code of each.
    own
        Code of the district the sheet is of.
    """
    heads = np.array([str(c)[:TOWNSHIP_DIGITS] if len(str(c)) >= LONG else "" for c in codes])
    head = own[:TOWNSHIP_DIGITS] if len(own) >= LONG else ""
    if not head or (heads == head).all():
        return None
    inner = shapely.union_all(lines[heads == head])
    outer = shapely.union_all(lines[heads != head])
    return shapely.intersection(inner, _near(outer))


def _near(lines: Any) -> Any:
    return shapely.buffer(lines, SAME_LINE_M, cap_style="flat")


def _line(page: DisplayList, view: View, line: Any, name: str) -> set[str]:
    if line.is_empty or line.length * view.factor < LEAST_SHARED_MM:
        return set()
    page.lines(view.lines(np.array([line])), style.LINES[name])
    return {name}
