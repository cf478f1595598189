"""Geometry goes onto paper flat, and nothing of it is lost on the way."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from census_gis.present.display import Box, DisplayList, Hatch, Pen, line_rings, polygon_rings
from census_gis.present.pdf import hatch_lines
from census_gis.present.view import SCALES, View, fit

PEN = Pen((0.0, 0.0, 0.0), 0.2)
side = st.floats(1.0, 90_000.0)


def _area(rings):
    """Signed area of all rings: holes count against their shape."""
    total = 0.0
    for ring in np.split(rings.xy, np.cumsum(rings.counts)[:-1]):
        x, y = ring.T
        total += np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))
    return abs(total) / 2


def test_rings_of_shapes_with_holes_keep_their_area_at_any_scale():
    holed = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 4, 4).exterior])
    shapes = np.array([holed, MultiPolygon([box(20, 0, 25, 5), box(30, 0, 31, 1)])])
    rings = polygon_rings(shapes, (2.0, 5.0, -7.0))
    assert _area(rings) == pytest.approx(shapely.area(shapes).sum() * 4)
    assert rings.counts.sum() == len(rings.xy)


def test_lines_of_mixed_geometries_are_only_the_lines():
    shapes = np.array([LineString([(0, 0), (3, 4)]), box(0, 0, 1, 1), LineString()])
    rings = line_rings(shapes, (1.0, 0.0, 0.0))
    assert rings.counts.tolist() == [2]


def test_nothing_to_draw_adds_nothing():
    page = DisplayList(210, 297)
    page.polygons(polygon_rings(np.empty(0, dtype=object), (1.0, 0.0, 0.0)))
    page.text((0, 0), "", None)
    assert page.items == []


@given(side, side, st.booleans())
@settings(max_examples=50, deadline=None)
def test_the_view_holds_its_area_whole_at_a_whole_scale(width, height, upright):
    frame = Box(35, 70, 195, 250) if upright else Box(35, 25, 214, 168)
    view = fit((1e6, 3e6, 1e6 + width, 3e6 + height), frame, margin=7.0)
    (x0, y0), (x1, y1) = view.points(np.array([(1e6, 3e6), (1e6 + width, 3e6 + height)]))
    assert min(x0 - frame.x0, y0 - frame.y0, frame.x1 - x1, frame.y1 - y1) >= 7.0 - 1e-6
    assert view.scale in SCALES
    smaller = [s for s in SCALES if s < view.scale]
    if smaller:  # and no larger scale would have held it
        k = 1000 / smaller[-1]
        assert width * k > frame.width - 14 or height * k > frame.height - 14


def test_ground_of_a_view_is_its_frame():
    view = View(1000, Box(10, 20, 110, 220), (500.0, 600.0))
    west, south, east, north = view.ground
    assert (east - west, north - south) == (100.0, 200.0)
    assert view.points(np.array([(west, south)])).tolist() == [[10.0, 20.0]]


@pytest.mark.parametrize("angle", [0, 45, 135])
def test_hatching_covers_a_shape_at_its_spacing(angle):
    rings = polygon_rings(np.array([box(3, 4, 33, 24)]), (1.0, 0.0, 0.0))
    lines = hatch_lines(rings, Hatch(PEN, 2.0, angle))
    cut = shapely.intersection(
        shapely.multilinestrings([shapely.linestrings(p) for p in lines.xy.reshape(-1, 2, 2)]),
        box(3, 4, 33, 24),
    )
    assert cut.length == pytest.approx(30 * 20 / 2.0, rel=0.1)
