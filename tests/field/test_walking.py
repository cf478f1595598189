"""Hops are symmetric, never shorter than the straight line, and nothing depends on the order of rows."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.doors import doors_of
from census_gis.field.streets import distances_from, street_graph
from census_gis.field.walking import Ground, Pace, hops_between, tour_of, walks_of
from census_gis.profile import load_profile
from census_gis.tables import conform, names

RULES = load_profile("cn2020")
PACE = Pace.of(RULES)
CRS = "EPSG:4549"


def parts_at(places, *, ea="a1", size=8.0, **columns):
    rows = [{"part_id": f"p{n:03d}", "building_id": f"b{n:03d}", "ea_code": ea, "district_code": "a",
             "building_number": n + 1, "unit": 0, "persons": 10, "use": "residential",
             "geometry": shapely.multipolygons([shapely.box(x, y, x + size, y + size)])}
            for n, (x, y) in enumerate(places)]  # fmt: skip
    frame = conform(gpd.GeoDataFrame(rows, crs=CRS), "dwelling_parts")
    return frame.assign(**columns)


def lines_of(*lines, source="roads", kind="residential"):
    shapes = [shapely.multilinestrings([line]) for line in lines]
    frame = gpd.GeoDataFrame({"source": source, "class": kind, "name": None}, geometry=shapes,
                             index=range(len(shapes)), crs=CRS)  # fmt: skip
    return frame if len(shapes) else gpd.GeoDataFrame(columns=names("context_lines"), crs=CRS)


def ground_of(parts, *lines, divides=(), gap_m=60.0):
    shut = np.array(divides, dtype=object)
    streets = street_graph(np.array([shapely.LineString(line) for line in lines], dtype=object), shut,
                           gap_m=gap_m)  # fmt: skip
    return Ground(doors_of(parts, streets), streets, shut, PACE)


spot = st.tuples(st.integers(0, 300), st.integers(0, 300))


@settings(max_examples=25, deadline=None)
@given(st.lists(spot, min_size=2, max_size=14),
       st.lists(st.lists(spot, min_size=2, max_size=4, unique=True), max_size=5))  # fmt: skip
def test_hops_are_symmetric_and_never_below_the_straight_line(places, lines):
    ground = ground_of(parts_at(places), *lines)
    doors = ground.doors
    hops, _ = hops_between(ground, np.arange(len(doors)))
    straight = np.hypot(doors.x[:, None] - doors.x, doors.y[:, None] - doors.y)
    assert (hops == hops.T).all()
    assert (np.diag(hops) == 0).all()
    assert (hops >= straight - 1e-9).all()
    assert np.isfinite(hops).all()
    tour = tour_of(ground, np.arange(len(doors)), seed=1)
    assert sorted(tour.order) == list(range(len(places)))


@settings(max_examples=10, deadline=None)
@given(st.lists(spot, min_size=3, max_size=12, unique=True), st.randoms(use_true_random=False))
def test_nothing_depends_on_the_order_of_rows(places, chance):
    parts = parts_at(places)
    lines = lines_of([(0, 0), (300, 0)], [(0, 150), (300, 150)], [(150, 0), (150, 300)])
    areas = lines_of()

    def walked(parts, lines):
        tables = {"dwelling_parts": parts, "context_lines": lines, "context_areas": areas}
        return walks_of(tables, np.array(["a1"], dtype=object), profile=RULES, seed=7)

    rows = chance.sample(range(len(parts)), len(parts))
    other = walked(parts.iloc[rows].reset_index(drop=True), lines.iloc[[2, 0, 1]])
    one = walked(parts, lines)
    assert one.areas.equals(other.areas)
    assert one.visits.equals(other.visits)
    assert one.visits.sort_values().tolist() == list(range(1, len(places) + 1))


def test_neighbours_cut_across_the_yard_and_others_take_the_street():
    parts = parts_at([(0, 10), (40, 10), (200, 10)])
    hops, led = hops_between(ground_of(parts, [(-50, 0), (300, 0)]), np.arange(3))
    assert led
    # Doors are corners 10 m above the street; the street way is never shorter than spur, along, spur.
    assert hops[0, 1] == pytest.approx(1.35 * 40)
    assert hops[0, 2] == pytest.approx(10 + 200 + 10)


def test_nobody_wades_through_the_canal_between_two_near_doors():
    parts = parts_at([(0, 10), (40, 10)])
    street = [(0, 0), (40, 0)], [(0, 0), (0, -200)], [(0, -200), (40, -200)], [(40, -200), (40, 0)]
    canal = shapely.LineString([(24, -100), (24, 100)])
    open_, _ = hops_between(ground_of(parts, *street[1:]), np.arange(2))
    shut, _ = hops_between(ground_of(parts, *street[1:], divides=[canal]), np.arange(2))
    assert open_[0, 1] == pytest.approx(1.35 * 40, rel=0.3)
    assert shut[0, 1] > 400


def test_without_streets_the_straight_line_counts_times_the_factor():
    ground = ground_of(parts_at([(0, 0), (30, 40)]))
    hops, led = hops_between(ground, np.arange(2))
    assert not led
    assert hops[0, 1] == pytest.approx(RULES["work.straight_factor"] * 50)
    assert tour_of(ground, np.arange(2), seed=1).by == "straight"


def test_floor_bands_share_the_door_of_their_stair():
    parts = parts_at(
        [(0, 0)] * 3, building_id="tower", unit=1, floor_lo=[1, 6, 11], floor_hi=[5, 10, 15]
    )
    ground = ground_of(parts, [(0, -20), (50, -20)])
    assert len(ground.doors) == 1
    tour = tour_of(ground, np.arange(1), seed=1)
    assert tour.metres == 0
    assert tour.order.tolist() == [2, 1, 0]  # up by lift, down on foot


def test_a_slab_with_four_doors_is_walked_along():
    parts = parts_at([(0, 0)], size=40, doors=4)
    tour = tour_of(ground_of(parts, [(0, -20), (50, -20)]), np.arange(1), seed=1)
    assert tour.metres == pytest.approx(30)


def test_parts_without_a_place_are_not_visited():
    parts = parts_at([(0, 0), (20, 0)])
    parts.loc[1, "geometry"] = None
    tables = {"dwelling_parts": parts, "context_lines": lines_of(), "context_areas": lines_of()}
    walks = walks_of(tables, np.array(["a1", "a900"], dtype=object), profile=RULES, seed=1)
    assert walks.visits.to_dict() == {"p000": 1}
    assert walks.areas.loc["a1", "walk_m"] == 0
    assert walks.areas.loc["a900"].isna()[["walk_m", "access_m"]].all()


def test_a_crossing_joins_and_a_lane_that_stops_short_is_led_on():
    lines = np.array([shapely.LineString(line) for line in
                      ([(0, 0), (100, 0)], [(50, -50), (50, 50)], [(80, 20), (80, 90)])])  # fmt: skip
    alone = street_graph(lines)
    assert len(alone) == 5  # four arms and the lane
    led = street_graph(lines, gap_m=30.0)
    begin = np.full(len(led.start) - 1, np.inf)
    begin[0] = 0.0
    metres = distances_from(led.start, led.to, led.along, begin, np.ones(len(begin), dtype=bool))
    assert np.isfinite(metres).all()
    canal = np.array(
        [shapely.LineString([(60, 10), (100, 10)]), shapely.LineString([(66, 0), (66, 99)])]
    )
    assert len(street_graph(lines, canal, gap_m=30.0)) == len(alone)


def test_distances_are_the_same_in_plain_python():
    rng = np.random.default_rng(2)
    lines = np.array([shapely.LineString(rng.integers(0, 100, (2, 2))) for _ in range(12)])
    net = street_graph(lines, gap_m=50.0)
    begin = np.full(len(net.start) - 1, np.inf)
    begin[:2] = [5.0, 9.0]
    wanted = np.ones(len(begin), dtype=bool)
    args = (net.start, net.to, net.along, begin, wanted)
    assert np.array_equal(distances_from(*args), distances_from.py_func(*args))
