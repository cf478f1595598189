"""A plan put on its district again: the same on the same ground, and lawful on changed ground."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis import tables
from census_gis.areas.codes import number
from census_gis.areas.outline import outline
from census_gis.areas.recall import Standing, _fewest, _whole, recall
from census_gis.areas.regroup import pieces_of, web_of
from census_gis.areas.tabulate import tabulate
from census_gis.fabric.build import build_fabric
from census_gis.partitioning.solve import partition
from tests.areas.hands import broken_laws, code_of
from tests.areas.towns import CODE, fabric, grouped

seeds = st.integers(0, 7)


def standing(plan, *retired):
    made = tabulate(plan)
    return Standing(made["enumeration_areas"], made["dwelling_parts"], frozenset(retired))


def changed(land, boundary, buildings=None):
    """A district with another line: only buildings mostly inside it stay."""
    homes = land.buildings if buildings is None else buildings
    inside = homes.geometry.intersection(boundary).area > homes.area / 2
    kept = homes[inside].reset_index(drop=True)
    return replace(land, boundary=boundary, buildings=kept, persons=int(kept["persons"].sum()))


@settings(max_examples=10, deadline=None)
@given(seeds, st.integers(0, 1000), st.integers(3, 40))
def test_the_same_ground_gives_the_same_plan(seed, grouping, per_area):
    plan = number(grouped(fabric(seed), grouping, per_area))
    back = recall(plan.fabric, standing(plan))
    was, now = (np.array(each.codes, object)[each.label] for each in (plan, back.plan))
    assert (was == now).all()
    assert len(back.findings) == 0 and len(back.retired) == 0


@settings(max_examples=6, deadline=None)
@given(seeds, st.integers(0, 1000), st.floats(-0.45, 0.3), st.booleans())
def test_a_moved_district_line_breaks_no_law(seed, grouping, move, east):
    plan = number(grouped(fabric(seed), grouping, 10))
    land = plan.fabric.district
    west, south, right, north = land.boundary.bounds
    edge = right + move * (right - west) if east else north + move * (north - south)
    frame = shapely.box(west, south, edge, north) if east else shapely.box(west, south, right, edge)
    boundary = frame if move > 0 else land.boundary.intersection(frame)
    back = recall(build_fabric(changed(land, boundary)), standing(plan, CODE + "070"))
    assert broken_laws(back.plan, back.retired) == []
    gone = set(plan.codes) - set(back.plan.codes)
    fresh = set(back.plan.codes) - set(plan.codes)
    assert set(back.retired["ea_code"]) == gone
    assert all(code > CODE + "070" for code in fresh)
    assert set(back.retired["successor"]) <= {"", *back.plan.codes}


def two_areas():
    """A district of two EAs, west and east."""
    ground = fabric(5)
    west = ground.atoms["x"] < ground.atoms["x"].median()
    return number(replace(grouped(ground, 1, 10_000), label=np.where(west, 0, 1).astype(np.int32)))


def test_land_that_grows_goes_to_the_area_beside_it():
    plan = two_areas()
    land = plan.fabric.district
    west, south, east, north = land.boundary.bounds
    wider = shapely.box(west, south, east + 40, north)
    back = recall(build_fabric(changed(land, wider)), standing(plan))
    assert set(back.plan.codes) == set(plan.codes)
    shapes = outline(back.plan).set_index("ea_code").geometry
    beside = max(plan.codes, key=lambda code: shapes[code].bounds[2])
    assert shapes[beside].bounds[2] == pytest.approx(east + 40)
    told = back.findings[back.findings["code"] == "A501"].set_index("row_key")["message_en"]
    assert "ground +" in told[beside]


def test_an_area_that_is_cut_away_is_retired():
    plan = two_areas()
    land = plan.fabric.district
    shapes = outline(plan).set_index("ea_code").geometry
    kept = min(plan.codes, key=lambda code: shapes[code].bounds[0])
    lost = next(code for code in plan.codes if code != kept)
    homes = land.buildings[[code_of(plan, key) == kept for key in land.buildings["building_id"]]]
    boundary = land.boundary.intersection(shapes[kept].buffer(3))
    back = recall(build_fabric(changed(land, boundary, homes)), standing(plan))
    assert back.plan.codes == (kept,)
    # No ground of it is left.
    assert back.retired[["ea_code", "successor"]].to_numpy().tolist() == [[lost, ""]]
    assert "A503" in set(back.findings["code"])


def test_a_new_building_goes_to_the_area_it_stands_in():
    plan = two_areas()
    land = plan.fabric.district
    shapes = outline(plan).set_index("ea_code").geometry
    code = plan.codes[0]
    free = shapes[code].difference(shapely.union_all(land.buildings.geometry).buffer(3))
    spot = shapely.maximum_inscribed_circle(free)
    house = shapely.get_point(spot, 0).buffer(min(shapely.length(spot) / 2, 4))
    row = land.buildings.iloc[[0]].assign(building_id="NEW", persons=9, geometry=[house])
    homes = pd.concat([land.buildings, row], ignore_index=True)
    grown = replace(land, buildings=homes, persons=int(homes["persons"].sum()))
    back = recall(build_fabric(grown), standing(plan))
    assert code_of(back.plan, "NEW") == code
    told = back.findings[back.findings["code"] == "A502"]
    assert told["row_key"].tolist() == [code] and "NEW (9 persons)" in told["message_en"].iloc[0]


def measured_by(ground, main, low):
    """The fabric with another measure that decides the size of EAs, and its fewest."""
    band = {f"ea.{main}.low": low, f"ea.{main}.target": max(low, 300), f"ea.{main}.high": 9999,
            f"ea.{main}.cap": 9999}  # fmt: skip
    land = replace(ground.district, profile=changed_rules(ground, {"ea.primary": main, **band}))
    return replace(ground, district=land)


def changed_rules(ground, values):
    rules = ground.district.profile.rules
    known = {key: replace(rules[key], value=value) for key, value in values.items() if key in rules}
    return replace(ground.district.profile, rules={**rules, **known})


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(0, 1000), st.sampled_from(["persons", "households"]), st.integers(0, 12))
def test_a_piece_is_an_area_where_what_decides_is_enough(seed, mixing, main, low):
    ground = measured_by(fabric(seed), main, low)
    web = web_of(ground)
    label = np.random.default_rng(mixing).integers(0, 3, len(web))
    label[:3] = [0, 1, 2]
    whole, born = _whole(web, label, 3, _fewest(ground))
    touched = {
        *whole[web.a[whole[web.a] != whole[web.b]]],
        *whole[web.b[whole[web.a] != whole[web.b]]],
    }
    held = np.bincount(whole, ground.atoms[main])
    assert all(held[area] >= low for area in born if area in touched)
    assert all(len(pieces) == 1 for pieces in pieces_of(web, whole).values())


def test_an_area_cut_in_two_stays_one_piece():
    plan = number(grouped(fabric(5), 1, 10_000))
    land = plan.fabric.district
    west, south, east, north = land.boundary.bounds
    third = (east - west) / 3
    slot = shapely.box(west + third, south - 1, east - third, north + 1)
    back = recall(build_fabric(changed(land, land.boundary.difference(slot))), standing(plan))
    assert plan.codes[0] in back.plan.codes
    assert broken_laws(back.plan, back.retired) in ([], ["2 pieces of 1 EAs"])  # islands are linked
    assert back.plan.fabric.parts["persons"].sum() == back.plan.fabric.atoms["persons"].sum()


def test_a_district_that_lost_all_its_buildings_is_one_area():
    plan = two_areas()
    land = plan.fabric.district
    bare = replace(land, buildings=land.buildings.iloc[:0], persons=0)
    back = recall(build_fabric(bare), standing(plan))
    assert back.plan.codes == (plan.codes[0],)
    assert broken_laws(back.plan, back.retired) == []


def test_rows_of_the_standing_plan_may_come_in_any_order():
    plan = number(grouped(fabric(3), 2, 8))
    whole = standing(plan)
    mixed = Standing(whole.areas.iloc[::-1], whole.parts.sample(frac=1, random_state=3))
    one, two = recall(plan.fabric, whole).plan, recall(plan.fabric, mixed).plan
    assert (one.label == two.label).all() and one.codes == two.codes


def with_listed(land, persons):
    """The district with people registered where nothing stands."""
    row = {"district_code": CODE, "persons": persons, "reason": "abroad", "approved_by": "county"}
    table = tables.conform(pd.DataFrame([row]), "VIRTUAL")
    return replace(land, virtual=table, persons=land.persons + persons)


def test_virtual_areas_keep_their_codes():
    land = fabric(5).district
    plan = number(partition(build_fabric(with_listed(land, 6000)), seed=1))
    back = recall(plan.fabric, standing(plan))
    assert back.plan.codes == plan.codes and len(back.findings) == 0
    more = recall(build_fabric(with_listed(land, 11_000)), standing(plan))
    assert set(plan.codes) <= set(more.plan.codes)
    assert broken_laws(more.plan) == []
