"""Slices tile their footprint, in order, or there are fewer than asked for."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import affinity

from census_gis.geometry.slices import LEAST_SHARE, shape_of, slice_footprint, starts_at

SLAB = shapely.box(0, 0, 72, 14)
TOWER = shapely.box(0, 0, 40, 38)
BENT = shapely.union_all([shapely.box(0, 0, 80, 14), shapely.box(66, 0, 80, 70)])
COURT = shapely.box(0, 0, 70, 60).difference(shapely.box(14, 14, 56, 46))
CROSS = shapely.union_all([shapely.box(-40, -7, 40, 7), shapely.box(-7, -40, 7, 40)])
COMB = shapely.union_all(
    [shapely.box(0, 0, 90, 10), *shapely.box([0, 30, 60], 0, [10, 40, 70], 24)]
)


def assert_tiles(footprint, slices, weights):
    area = shapely.area(slices)
    assert abs(area.sum() - footprint.area) < 1e-6 * footprint.area
    assert shapely.coverage_is_valid(slices)
    assert shapely.union_all(slices).symmetric_difference(footprint).area < 1e-6 * footprint.area
    share = np.array(weights) / sum(weights)
    assert (area >= LEAST_SHARE * share * footprint.area * 0.999).all()
    assert all(slice.geom_type == "Polygon" and slice.is_valid for slice in slices)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([SLAB, TOWER, BENT, COURT, CROSS, COMB]),
    st.lists(st.integers(1, 4), min_size=2, max_size=5),
    st.floats(0, 360),
    st.floats(0.8, 2.0),
)
def test_slices_tile_the_footprint_on_shared_vertices(shape, weights, angle, scale):
    footprint = affinity.translate(
        affinity.scale(affinity.rotate(shape, angle), scale, scale), 450_000.123, 4_400_000.456
    )
    slices, _ = slice_footprint(footprint, weights)
    assume(len(slices) == len(weights))
    assert_tiles(footprint, slices, weights)


@pytest.mark.parametrize(
    ("shape", "kind"), [(SLAB, "slab"), (TOWER, "tower"), (BENT, "bent"), (COURT, "court")]
)
@pytest.mark.parametrize("n", [2, 3, 4])
def test_every_shape_can_be_cut_in_about_equal_slices(shape, kind, n):
    slices, found = slice_footprint(shape, [1] * n)
    area = shapely.area(slices)
    assert found == kind
    assert len(slices) == n
    assert area.max() / area.mean() < 1.35


def test_slices_of_a_slab_have_areas_in_proportion_and_run_from_the_west():
    slices, kind = slice_footprint(SLAB, [1, 2, 3])
    assert kind == "slab"
    assert [round(slice.area / SLAB.area * 6, 3) for slice in slices] == [1, 2, 3]
    assert starts_at(slices) == "west"
    assert list(shapely.get_x(shapely.centroid(slices))) == sorted(
        shapely.get_x(shapely.centroid(slices))
    )


def test_slices_of_a_slab_that_runs_north_start_in_the_north():
    slices, _ = slice_footprint(affinity.rotate(SLAB, 90), [1, 1, 1])
    y = list(shapely.get_y(shapely.centroid(slices)))
    assert starts_at(slices) == "north"
    assert y == sorted(y, reverse=True)


def test_slices_of_a_bent_footprint_follow_its_way_from_end_to_end():
    slices, _ = slice_footprint(BENT, [1, 1, 1, 1])
    touching = [one.intersection(two).length > 1 for one, two in pairwise(slices)]
    assert all(touching)
    assert not slices[0].touches(slices[-1])


def test_a_cut_goes_through_the_recess_nearby():
    recessed = shapely.box(0, 0, 72, 14).difference(shapely.box(37, 10, 39, 14))
    slices, _ = slice_footprint(recessed, [1, 1])
    assert slices[0].intersection(slices[1]).length == pytest.approx(10, abs=0.01)


def test_the_order_of_vertices_does_not_matter():
    turned = shapely.Polygon([*BENT.exterior.coords[3:-1], *BENT.exterior.coords[:4]])
    one, two = slice_footprint(BENT, [1, 1, 1])[0], slice_footprint(turned, [1, 1, 1])[0]
    assert all(a.equals(b) for a, b in zip(one, two, strict=True))


def test_one_weight_leaves_the_footprint_whole():
    assert slice_footprint(TOWER, [5])[0] == [TOWER]


def test_what_cannot_be_cut_without_slivers_comes_back_in_fewer_pieces():
    assert len(slice_footprint(CROSS, [4, 4, 1, 4, 1])[0]) < 5


def test_small_detached_polygons_go_with_the_nearest_slice():
    footprint = shapely.MultiPolygon([SLAB, shapely.box(74, 0, 76, 3)])
    slices, _ = slice_footprint(footprint, [1, 1])
    assert [slice.geom_type for slice in slices] == ["Polygon", "MultiPolygon"]
    assert sum(slice.area for slice in slices) == pytest.approx(footprint.area)


def test_two_large_polygons_are_cut_across_both():
    footprint = shapely.MultiPolygon([shapely.box(0, 0, 40, 14), shapely.box(44, 0, 84, 14)])
    slices, _ = slice_footprint(footprint, [1, 1])
    assert [round(slice.area) for slice in slices] == [560, 560]


def test_a_weight_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        slice_footprint(SLAB, [1, 0])


def test_the_length_of_a_bent_footprint_runs_around_the_corner():
    assert shape_of(BENT).length_m == pytest.approx(136, abs=2)
    assert shape_of(SLAB).length_m == pytest.approx(72)


def test_a_square_court_is_cut_across_its_wings_not_through_the_yard():
    court = shapely.box(0, 0, 70, 70).difference(shapely.box(14, 14, 56, 56))
    slices, kind = slice_footprint(court, [300] * 4)
    assert kind == "court" and len(slices) == 4
    assert all(piece.geom_type == "Polygon" and piece.length < 160 for piece in slices)
    assert max(piece.area for piece in slices) < 1.1 * court.area / 4
