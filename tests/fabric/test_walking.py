"""What one cannot walk across: rivers, railways, wide roads without a crossing, and lines that must be kept."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from census_gis.areas.codes import number
from census_gis.areas.tabulate import tabulate
from census_gis.fabric.build import build_fabric
from census_gis.partitioning.solve import partition
from census_gis.profile import Rule
from tests.fabric.towns import RULES, at, barriers, buildings, district

SMALL = RULES.depart(
    {f"ea.persons.{key}": Rule(value, "persons", "test")
     for key, value in {"low": 80, "target": 100, "high": 120}.items()}, "test",
)  # fmt: skip
RIVER = {
    "source": "waterways",
    "class": "river",
    "geometry": at(LineString([(-120, 100), (320, 100)])),
}
RAIL = {
    "source": "railways",
    "class": "rail",
    "geometry": at(LineString([(-120, 100), (320, 100)])),
}
BROAD = {"source": "water", "geometry": at(box(-120, 56, 320, 98))}


def road(*points, word="residential"):
    return {"source": "roads", "class": word, "geometry": at(LineString(points))}


def town(columns=6, rows=6, persons=20, step=62.0):
    """Houses on a lattice over the district, none on the lines at 100."""
    spots = [(-85 + step * c, -85 + step * r) for r in range(rows) for c in range(columns)]
    return buildings(
        *({"geometry": at(box(x, y, x + 12, y + 12)), "persons": persons} for x, y in spots)
    )


def fabric(*lines, profile=SMALL, houses=None):
    houses = town() if houses is None else houses
    return build_fabric(district(houses, barriers(*lines), profile=profile))


def over(found, level=100.0):
    """Edges between houses below and above a level."""
    y = found.atoms["y"].to_numpy() - 4_400_000.0
    a, b = found.edges["a"].to_numpy(), found.edges["b"].to_numpy()
    empty = (found.atoms["kind"] == "empty").to_numpy()
    return found.edges[((y[a] < level) != (y[b] < level)) & ~empty[a] & ~empty[b]]


@pytest.mark.parametrize("wall", [RIVER, RAIL, {**RIVER, "source": "roads", "class": "trunk"}])
def test_nothing_leads_over_a_wall_without_a_crossing(wall):
    crossed = over(fabric(wall))
    assert len(crossed) and crossed["barred"].all()
    assert (crossed["barrier_m"] > 0.8 * crossed["border_m"]).all()


def test_a_small_road_a_stream_and_a_tram_are_no_walls():
    for wall in (
        road((-120, 100), (320, 100)),
        {**RIVER, "class": "stream"},
        {**RAIL, "class": "tram"},
    ):
        found = fabric(wall)
        assert not found.edges["barred"].any()
        assert len(over(found))


def test_a_bridge_opens_what_is_near_it_and_no_more():
    found = fabric(RIVER, road((0, -100), (0, 300)))
    crossed = over(found)
    x = (
        found.atoms["x"].to_numpy()[crossed["a"]] + found.atoms["x"].to_numpy()[crossed["b"]]
    ) / 2 - 450_000.0
    assert not crossed["barred"].to_numpy()[np.abs(x) < 120].any()
    assert crossed["barred"].to_numpy()[x > 200].all()


def test_a_street_that_ends_at_the_wall_is_no_crossing_two_from_both_sides_are():
    assert over(fabric(RAIL, road((0, -100), (0, 100))))["barred"].all()
    both = over(fabric(RAIL, road((0, -100), (0, 100)), road((0, 100), (0, 300), word="path")))
    assert not both["barred"].all()


def test_a_motorway_bridge_is_none_a_link_is_one():
    assert over(fabric(RIVER, road((0, -100), (0, 300), word="motorway")))["barred"].all()
    assert not over(fabric(RIVER, {"source": "links", "geometry": at(LineString([(0, 60), (0, 140)]))}))["barred"].all()  # fmt: skip


def test_the_profile_says_how_far_and_which_roads():
    near = SMALL.depart({"ea.crossing_m": Rule(20.0, "m", "test"), "ea.wide_road": Rule("primary", "-", "test")}, "test")  # fmt: skip
    bridge = road((0, -100), (0, 300))
    assert (
        over(fabric(RIVER, bridge, profile=near))["barred"].sum()
        > over(fabric(RIVER, bridge))["barred"].sum()
    )
    wall = {**RIVER, "source": "roads", "class": "primary"}
    assert over(fabric(wall, profile=near))["barred"].all()
    assert not over(fabric(wall))["barred"].any()


def test_broad_water_is_swum_by_nobody():
    found = fabric(BROAD)
    a, b = found.edges["a"].to_numpy(), found.edges["b"].to_numpy()
    wet = np.flatnonzero((found.atoms["kind"] == "empty").to_numpy())
    assert len(wet)
    walked = found.edges[~found.edges["barred"] & (np.isin(a, wet) | np.isin(b, wet))]
    assert len(walked) == len(wet)  # each piece of water goes with one neighbour


def test_a_bridge_over_broad_water_joins_its_ends():
    found = fabric(BROAD, road((0, -100), (0, 300)))
    plan = partition(found, seed=1)
    assert joined(found)
    assert len(plan) >= 6


def joined(found):
    from census_gis.graph import components

    walked = ~(found.edges["barred"] | found.edges["held"])
    return components(len(found.atoms), found.edges["a"][walked], found.edges["b"][walked])[0] == 1


def planned(found, language="en"):
    plan = number(partition(found, seed=1))
    return plan, tabulate(plan, language=language)


def test_each_bank_has_eas_of_its_own():
    found = fabric(RIVER)
    plan, _ = planned(found)
    y = found.atoms["y"].to_numpy() - 4_400_000.0
    lived = (found.atoms["kind"] != "empty").to_numpy()
    for area in range(len(plan)):
        mine = (plan.label == area) & lived
        assert len({bool(below) for below in y[mine] < 100}) == 1


@pytest.mark.parametrize(
    ("language", "said"), [("en", "PIECES: both sides of"), ("zh", "PIECES: 跨")]
)
def test_a_bank_with_too_few_people_is_joined_and_said(language, said):
    few = buildings(*({"geometry": at(box(x, y, x + 12, y + 12)), "persons": 25}
                      for x, y in [(-80, 200), (0, 200), (-80, 0), (0, 0), (80, 0), (160, 0), (240, 0), (0, -80)]))  # fmt: skip
    found = fabric(RIVER, houses=few)
    plan, tables = planned(found, language)
    assert set(plan.findings["code"]) >= {"S111"}
    remarks = tables["enumeration_areas"]["remark"].dropna()
    assert remarks.str.contains(said).sum() == 1


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_no_ea_lies_on_both_sides_of_a_line_that_must_be_kept(seed):
    made = np.random.default_rng(seed)
    left, right = made.uniform(-60, 260, 2)
    bend = made.uniform(-40, 240, 2)
    line = at(LineString([(-110, left), bend, (310, right)]))
    found = fabric({"source": "barriers", "hold": "must", "geometry": line})
    above = shapely.polygons([*shapely.get_coordinates(line), *shapely.get_coordinates(at(LineString([(310, 900), (-110, 900)])))])  # fmt: skip
    plan, _ = planned(found)
    side = shapely.contains_xy(above, found.atoms["x"], found.atoms["y"])
    lived = (found.atoms["kind"] != "empty").to_numpy()
    for area in range(len(plan)):
        assert len(set(side[(plan.label == area) & lived])) == 1


def test_a_ring_that_must_be_kept_holds_what_is_in_it():
    ring = {"source": "barriers", "hold": "must", "geometry": at(box(-30, -30, 140, 140))}
    found = fabric(ring)
    plan, _ = planned(found)
    inside = shapely.contains_xy(ring["geometry"], found.atoms["x"], found.atoms["y"])
    lived = (found.atoms["kind"] != "empty").to_numpy()
    for area in range(len(plan)):
        assert len(set(inside[(plan.label == area) & lived])) == 1


def test_a_line_that_ends_just_inside_the_district_is_led_on():
    line = {
        "source": "barriers",
        "hold": "must",
        "geometry": at(LineString([(-92, 100), (290, 100)])),
    }
    plan_of = fabric(line)
    assert over(plan_of)["held"].all()


def test_a_village_without_walls_walks_everywhere():
    found = fabric(road((-120, 100), (320, 100)))
    assert not found.edges[["barred", "held"]].any().any()
    assert (found.edges["crossing_m"] == 0).all()
