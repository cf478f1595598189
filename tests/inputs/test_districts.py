"""Districts come out sharing every line, nothing moves without need, and what moved is said."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, box
from shapely.affinity import translate

from census_gis.errors import InputError
from census_gis.inputs.districts import close_districts

CRS = "EPSG:4549"


def frame(shapes):
    codes = [f"{i:03d}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"district_code": codes}, geometry=list(shapes), crs=CRS)


def closed(shapes, snap_m=5.0):
    out, cases = close_districts(frame(shapes), snap_m=snap_m)
    return np.asarray(out.geometry), [case["code"] for case in cases]


def overlaps(shapes):
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pair = one < two
    return shapely.area(shapely.intersection(shapes[one[pair]], shapes[two[pair]])).max(initial=0)


def cells(seeds):
    spots = shapely.MultiPoint(seeds)
    ground = box(0, 0, 1000, 1000)
    found = shapely.get_parts(shapely.voronoi_polygons(spots, extend_to=ground))
    return shapely.intersection(found, ground)


seed = st.tuples(st.integers(20, 980), st.integers(20, 980))
seeds = st.lists(seed, min_size=2, max_size=9, unique=True)
shift = st.tuples(st.floats(-2, 2), st.floats(-2, 2))


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_a_coverage_is_left_alone_bit_for_bit(points):
    shapes = np.asarray(cells(points))
    assume(len(shapes) > 1 and shapely.coverage_is_valid(shapes))
    got, codes = closed(shapes)
    assert codes == []
    assert all(
        a.equals_exact(b, 0) for a, b in zip(got, [MultiPolygon([s]) for s in shapes], strict=True)
    )


@settings(max_examples=40, deadline=None)
@given(seeds, st.lists(shift, min_size=9, max_size=9), st.floats(0, 8))
def test_whatever_comes_in_a_coverage_comes_out(points, shifts, snap_m):
    shapes = np.array(
        [translate(cell, *move) for cell, move in zip(cells(points), shifts, strict=False)]
    )
    got, codes = closed(shapes, snap_m)
    assert shapely.coverage_is_valid(got)
    assert shapely.is_valid(got).all()
    assert overlaps(got) < 1e-6
    # Nobody gains or loses more than a rim as wide as the faults that were made.
    moved = shapely.area(shapely.symmetric_difference(shapes, got))
    assert (moved <= 6.0 * shapely.length(shapes)).all()
    # A second closing finds nothing to do but, at most, in gaps that were left open: one as wide as
    # the limit is wider or narrower by a millimetre of rounding.
    again, _ = closed(got, snap_m)
    moved = shapely.symmetric_difference(got, again)
    if "D203" in codes:
        moved = shapely.intersection(moved, shapely.union_all(got))
    assert (shapely.area(moved) < 0.01 * shapely.area(got)).all()


def test_a_strip_between_two_districts_goes_to_one_with_its_area_said():
    out, cases = close_districts(frame([box(0, 0, 1e4, 1e4), box(10_003, 0, 2e4, 1e4)]), snap_m=5)
    assert [case["code"] for case in cases] == ["D201"]
    assert "30000.00" in cases[0]["message_en"]
    assert out.area.sum() == pytest.approx(2e8)


def test_an_enclosed_sliver_is_closed_and_a_wide_hole_is_an_error_left_open():
    whole = box(0, 0, 1000, 1000)
    left, right = box(0, 0, 500, 1000), box(500, 0, 1000, 1000)
    got, codes = closed([left.difference(box(498, 400, 500, 600)), right])
    assert codes == ["D201"]
    assert shapely.union_all(got).area == pytest.approx(whole.area)
    got, codes = closed([left.difference(box(470, 400, 500, 600)), right])
    assert codes == ["D203"]
    assert shapely.union_all(got).area == pytest.approx(whole.area - 6000)


def test_a_narrow_overlap_goes_to_one_of_the_two_and_is_a_note():
    got, codes = closed([box(0, 0, 1000, 1000), box(997, 0, 2000, 1000)])
    assert codes == ["D202"]
    assert sorted(shapely.area(got)) == pytest.approx([1e6, 1e6])


def test_a_wide_overlap_goes_to_the_smaller_and_is_an_error():
    got, codes = closed([box(0, 0, 1000, 1000), box(900, 0, 1500, 1000)])
    assert codes == ["D204"]
    assert shapely.area(got) == pytest.approx([900_000, 600_000])


def test_an_enclave_drawn_on_top_is_cut_out_and_an_exclave_stays():
    town = box(0, 0, 1000, 1000)
    village = MultiPolygon([box(400, 400, 600, 600), box(3000, 0, 3100, 100)])
    got, codes = closed([town, village])
    assert codes == ["D204"]
    assert shapely.area(got) == pytest.approx([960_000, 50_000])
    assert shapely.get_num_geometries(got[1]) == 2


def test_a_hole_filled_by_its_enclave_with_a_narrow_ring_between_is_closed():
    town = box(0, 0, 1000, 1000).difference(box(400, 400, 600, 600))
    got, codes = closed([town, box(402, 402, 598, 598)])
    assert codes == ["D201", "D205"]  # 1,584 m2 of 1 km2 is more than 0.1 %
    assert shapely.union_all(got).area == pytest.approx(1e6)


def test_a_hole_of_one_district_alone_is_its_own_affair():
    got, codes = closed(
        [box(0, 0, 1000, 1000).difference(box(400, 400, 402, 600)), box(1000, 0, 2000, 1000)]
    )
    assert codes == []
    assert shapely.area(got)[0] == pytest.approx(999_600)


def test_missing_vertices_on_a_shared_line_are_added():
    got, codes = closed([box(0, 0, 100, 100), box(100, 0, 200, 50), box(100, 50, 200, 100)])
    assert codes == []
    assert [100.0, 50.0] in shapely.get_coordinates(got[0]).tolist()


def test_the_notch_between_two_districts_is_no_gap():
    left = shapely.Polygon([(0, 0), (100, 0), (100, 80), (97, 100), (0, 100)])
    right = shapely.Polygon([(100, 0), (200, 0), (200, 100), (103, 100), (100, 80)])
    got, codes = closed([left, right])
    assert codes == []
    assert shapely.area(got) == pytest.approx([left.area, right.area])


def test_a_district_drawn_twice_is_refused_by_name():
    with pytest.raises(InputError, match="nothing is left") as caught:
        closed([box(0, 0, 100, 100), box(0, 0, 100, 100)])
    assert caught.value.rows == ("001",)


def test_a_gap_wider_than_snap_is_an_error_and_stays():
    got, codes = closed([box(0, 0, 1000, 1000), box(1008, 0, 2000, 1000)])
    assert codes == ["D203"]
    assert shapely.area(got) == pytest.approx([1e6, 992_000])


def spread(width):
    """Three districts about one point, strips of one width [m] between them at equal angles."""
    turn = 2 * np.pi / 3
    corners = [(500 * np.cos(k * turn), 500 * np.sin(k * turn)) for k in range(3)]
    about = [shapely.Polygon([(0, 0), corners[k], corners[(k + 1) % 3]]) for k in range(3)]
    gap = shapely.union_all([shapely.LineString([(0, 0), c]) for c in corners]).buffer(
        width / 2, cap_style="square", join_style="mitre"
    )
    return np.array([shapely.difference(one, gap) for one in about])


@pytest.mark.parametrize(("width", "codes"), [(4.9, ["D201"]), (5.2, ["D203"])])
def test_gaps_that_meet_are_closed_though_the_place_where_they_meet_is_wider(width, codes):
    got, said = closed(spread(width))
    assert [code for code in said if code != "D205"] == codes
    assert shapely.coverage_is_valid(got)
    assert (shapely.union_all(got).area > shapely.union_all(spread(width)).area + 1) == (
        codes == ["D201"]
    )


def test_a_net_of_gaps_is_closed_the_first_time():
    points = [(26, 20), (54, 251), (93, 606), (160, 314), (55, 20)]
    moves = [(-1.25, 0.0), (0.0, -1.0), (0.0, 0.0), (0.0, 2.0), (0.0, 0.0)]
    shapes = np.array([translate(c, *m) for c, m in zip(cells(points), moves, strict=True)])
    got, _ = closed(shapes, 2.125)
    again, _ = closed(got, 2.125)
    assert shapely.area(shapely.symmetric_difference(got, again)).max() < 1.0
