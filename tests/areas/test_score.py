"""The terms of a plan are measured once and add up: EAs to districts to the plan."""

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas.codes import number
from census_gis.areas.fabric_terms import changed, fabric_terms, mean_border
from census_gis.areas.score import TERMS, score
from census_gis.areas.tabulate import tabulate
from census_gis.partitioning.terms import cut_terms, shipped_weights, weights_of
from census_gis.profile import Profile, load_profile
from tests.areas.towns import fabric, plan

RULES = load_profile("cn2020")


@cache
def _tables(seed):
    return tabulate(number(plan(seed)))


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_eas_add_up_to_districts_and_to_the_plan(seed):
    made = score(_tables(seed), RULES)
    whole = made.plan()
    for name in TERMS:
        if made.areas[name].notna().any():
            assert whole.at[name, "value"] == pytest.approx(made.areas[name].sum())
            assert made.districts()[name].sum() == pytest.approx(whole.at[name, "value"])
    costs = [name for name in TERMS if name in made.costs]
    assert made.districts()["cost"].sum() == pytest.approx(made.costs[costs].sum().sum())


@pytest.mark.parametrize("seed", range(3))
def test_lines_are_counted_once_whatever_they_follow(seed):
    tables = _tables(seed)
    whole = score(tables, RULES).plan()["value"]
    inner = tables["ea_lines"][tables["ea_lines"]["follows"] != "district"]
    assert whole[["open", "visible", "parcel"]].sum() == pytest.approx(
        inner["length_m"].sum(), abs=1
    )


def test_the_order_of_rows_and_the_names_of_codes_do_not_matter():
    tables = _tables(1)
    mixed = {name: frame.sample(frac=1, random_state=3) for name, frame in tables.items()}
    one, two = score(tables, RULES), score(mixed, RULES)
    pd.testing.assert_frame_equal(one.areas, two.areas)
    pd.testing.assert_frame_equal(one.costs, two.costs)


def _square(x, y, side=100.0):
    return shapely.multipolygons([shapely.box(x, y, x + side, y + side)])


def _two_eas(rules=RULES, **more):
    """Two EAs of 300 and 360 persons side by side, 60 m of their line on a road and 40 m in the open."""
    crs = "EPSG:4549"
    areas = gpd.GeoDataFrame({
        "ea_code": ["d001", "d002"], "district_code": "d", "kind": "ground", "persons": [300, 360],
        "households": pd.array([100, None], "Int64"), "effort_m": [500.0, 700.0], "crossings": [0, 2], "changed": None,
    }, geometry=[_square(0, 0), _square(100, 0)], crs=crs)  # fmt: skip
    lines = gpd.GeoDataFrame({
        "left_ea": ["d001", "d001", "d001"], "right_ea": ["d002", "d002", None],
        "follows": ["road", "none", "district"], "length_m": [60.0, 40.0, 300.0],
    }, geometry=[shapely.LineString([(100, 0), (100, 60)]), shapely.LineString([(100, 60), (100, 100)]),
                 shapely.LineString([(100, 100), (0, 100), (0, 0), (100, 0)])], crs=crs)  # fmt: skip
    parts = gpd.GeoDataFrame({
        "building_id": ["a", "b", "b", None], "ea_code": ["d001", "d001", "d002", "d002"], "persons": [200, 100, 60, 300],
    }, geometry=[_square(10, 10, 20), _square(80, 10, 10), _square(105, 10, 10), _square(150, 50, 10)], crs=crs)  # fmt: skip
    districts = pd.DataFrame({"district_code": ["d"], "mean_border_m": [20.0]})
    made = {
        "districts": districts,
        "enumeration_areas": areas,
        "dwelling_parts": parts,
        "ea_lines": lines,
    }
    return score({**made, **more}, rules)


def test_a_tiny_plan_is_measured_exactly():
    made = _two_eas()
    assert made.areas["persons"].tolist() == [0, 60]
    assert made.areas["open"].tolist() == [20, 20] and made.areas["visible"].tolist() == [30, 30]
    assert made.areas["buildings"].tolist() == [0, 1]  # b has more persons in the first
    assert made.areas["outline"].to_numpy() == pytest.approx(
        [400 - 2 * np.sqrt(np.pi) * 100] * 2, abs=0.01
    )
    assert made.costs["persons"].tolist() == pytest.approx([0, 20 * 0.2**2])
    assert made.costs["visible"].tolist() == pytest.approx([6, 6])
    assert made.plan().at["effort", "value"] == 1200 and made.plan().at["crossings", "value"] == 2
    assert np.isnan(made.plan().at["change", "value"])
    assert made.areas["households"].iloc[0] == 0 and np.isnan(made.areas["households"].iloc[1])
    assert made.worst("persons", 5)["ea_code"].tolist() == ["d002"]


def test_the_weight_of_the_deviation_stands_where_its_cost_does():
    by_homes = replace(
        RULES, rules={**RULES.rules, "ea.primary": replace(RULES.rules["ea.primary"], value="households")}
    )  # fmt: skip
    for rules, main, other in (
        (RULES, "persons", "households"),
        (by_homes, "households", "persons"),
    ):
        plan_of = _two_eas(rules).plan()
        assert plan_of.at[main, "weight"] == weights_of(rules).deviation
        assert np.isnan(plan_of.at[other, "weight"]) and np.isnan(plan_of.at[other, "cost"])
        assert (plan_of["weight"].notna() | plan_of["cost"].isna()).all()


def test_a_compound_across_two_eas_is_one_too_many_and_the_line_in_it_is_measured():
    yard = gpd.GeoDataFrame({"source": ["compounds", "landuse"]},
                            geometry=[shapely.box(70, 0, 130, 50), shapely.box(0, 0, 200, 100)], crs="EPSG:4549")  # fmt: skip
    made = _two_eas(context_areas=yard)
    assert made.areas["compounds"].tolist() == [0, 1]
    assert made.plan().at["compound", "value"] == pytest.approx(
        46
    )  # 50 m less 2 m at either outline


def test_what_a_plan_does_not_know_is_missing_and_not_nought():
    areas = _two_eas().areas
    assert areas["change"].isna().all()
    bare = _two_eas(districts=pd.DataFrame({"district_code": ["d"], "mean_border_m": [None]}))
    assert bare.costs["persons"].isna().all() and np.isnan(bare.plan().at["persons", "cost"])


def test_a_plan_older_than_the_weights_is_measured_by_the_shipped_ones():
    rules = {key: rule for key, rule in RULES.rules.items() if not key.startswith("weights.")}
    assert weights_of(Profile("old", RULES.title, rules)) == shipped_weights()


def test_the_price_of_a_cut_is_the_sum_of_its_terms():
    edges = pd.DataFrame({"border_m": [100.0, 500.0, 0.0, 0.0], "road_m": [60.0, 0.0, 0.0, 0.0], "rail_m": 0.0, "water_m": 0.0,
                          "land_m": [20.0, 0.0, 0.0, 0.0], "other_m": 0.0, "wall_m": [10.0, 0.0, 0.0, 0.0],
                          "stair": [False, False, True, False], "kept": [True, False, False, False]})  # fmt: skip
    terms = cut_terms(edges, shipped_weights()._replace(line_compound=2.0))
    assert {name: values[0] for name, values in terms.items()} == pytest.approx(
        {"open": 20, "visible": 12, "parcel": 12, "wall": 3, "compound": 200, "stair": 0, "gap": 0, "crossing": 0})  # fmt: skip
    assert terms["open"][1] == 250 and terms["stair"][2] == 50 and terms["gap"][3] == 10


def test_houses_are_joined_and_a_barrier_has_two_sides():
    made = plan(1)
    table = fabric_terms(made)
    assert (table["effort_m"] >= 0).all() and mean_border(fabric(1)) > 0
    assert table["crossings"].notna().all() == ("barred" in fabric(1).edges)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 9)),
        min_size=1,
        max_size=12,
    )
)
def test_new_names_are_no_change_and_nobody_changes_twice(rows):
    before, after, persons = (np.array(column) for column in zip(*rows, strict=True))
    assert changed(before.astype(object), before.astype(object), persons).sum() == 0
    renamed = np.char.add("n", before).astype(object)
    assert changed(before.astype(object), renamed, persons).sum() == 0
    moved = changed(before.astype(object), after.astype(object), persons)
    assert ((moved == 0) | (moved == persons)).all()


def test_a_house_that_leaves_its_ea_has_changed():
    before = np.array(["a", "a", "b", ""], object)
    after = np.array(["1", "2", "2", "2"], object)
    assert changed(before, after, np.array([9, 4, 8, 5])).tolist() == [0, 4, 0, 0]


def test_the_plan_of_last_time_is_no_change_and_without_one_nothing_is_known():
    made = plan(1)
    bare = replace(made.fabric, atoms=made.fabric.atoms.assign(previous=""))
    assert fabric_terms(replace(made, fabric=bare))["changed"].isna().all()
    same = replace(
        made.fabric,
        atoms=made.fabric.atoms.assign(previous=np.char.add("p", made.label.astype(str))),
    )
    assert fabric_terms(replace(made, fabric=same))["changed"].sum() == 0
