"""A repair is never silent, and what it leaves is sound."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from census_gis.inputs.repair import drop_unusable, repair

CRS = "EPSG:4549"
corner = st.tuples(st.integers(0, 60), st.integers(0, 60))


def frame(shapes):
    keys = [f"r{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"_key": keys}, geometry=list(shapes), crs=CRS)


def codes(cases):
    return [case["code"] for case in cases]


@settings(max_examples=50, deadline=None)
@given(st.lists(corner, min_size=4, max_size=9, unique=True))
def test_polygons_come_out_valid_and_any_change_of_area_is_said(ring):
    given_shape = Polygon(ring)
    out, cases = repair(frame([given_shape]), "buildings")
    assert out.geometry.is_valid.all()
    assert (out.geometry.area > 0).all()
    if given_shape.is_valid:
        assert codes(cases) == []
        assert out.geometry.iloc[0].equals_exact(given_shape, 0)
        return
    assert codes(cases) in (["F704"], ["F705"], ["F706"])
    if len(out) and abs(out.area[0] - given_shape.area) > 0.005 * given_shape.area:
        assert codes(cases) == ["F705"]
        assert f"{out.area[0]:.1f}" in cases[0]["message_en"]
    # Repairing what was repaired finds nothing.
    again, found = repair(out, "buildings")
    assert found == []
    assert again.geometry.geom_equals_exact(out.geometry, 0).all()


def test_missing_empty_and_not_finite_are_left_out_by_name():
    shapes = [box(0, 0, 1, 1), None, Polygon(), Polygon([(0, 0), (np.nan, 1), (1, 1)])]
    out, cases = drop_unusable(frame(shapes), "buildings")
    assert out["_key"].tolist() == ["r0"]
    assert sorted((case["code"], case["row_key"]) for case in cases) == [
        ("F701", "r1"), ("F701", "r2"), ("F702", "r3"),
    ]  # fmt: skip


def test_a_bow_tie_becomes_two_triangles_and_is_an_error():
    out, cases = repair(frame([Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])]), "buildings")
    assert out.area.iloc[0] == pytest.approx(50)
    assert codes(cases) == ["F705"]


def test_a_ring_that_touches_itself_keeps_its_area_and_is_a_warning():
    ring = [(0, 0), (10, 0), (10, 10), (5, 0), (0, 10)]
    out, cases = repair(frame([Polygon(ring)]), "buildings")
    assert out.area.iloc[0] == pytest.approx(Polygon(ring).area)
    assert codes(cases) == ["F704"]


def test_heights_are_dropped_and_closed_lines_become_areas():
    shapes = [
        Polygon([(0, 0, 5), (9, 0, 5), (9, 9, 5)]),
        LineString([(0, 0), (9, 0), (9, 9), (0, 0)]),
    ]
    out, cases = repair(frame(shapes), "buildings")
    assert not out.geometry.has_z.any()
    assert out.area.tolist() == pytest.approx([40.5, 40.5])
    assert codes(cases) == ["F703", "F707"]


def test_points_and_open_lines_are_no_buildings_but_lines_are_roads():
    shapes = [Point(0, 0), LineString([(0, 0), (9, 9)]), box(0, 0, 9, 9)]
    out, cases = repair(frame(shapes), "buildings")
    assert out["_key"].tolist() == ["r2"]
    assert codes(cases) == ["F706", "F706"]
    out, cases = repair(frame(shapes), "roads", wanted="line or area")
    assert out["_key"].tolist() == ["r1", "r2"]
    out, cases = repair(frame(shapes), "places", wanted="any")
    assert len(out) == 3
    assert cases == []


def test_parts_without_area_in_a_collection_are_left_out():
    whole = shapely.GeometryCollection(
        [box(0, 0, 9, 9), LineString([(20, 0), (30, 0)]), Point(1, 1)]
    )
    out, _ = repair(frame([whole, MultiPolygon([box(0, 0, 1, 1), box(5, 5, 6, 6)])]), "buildings")
    assert out.geom_type.tolist() == ["Polygon", "MultiPolygon"]
