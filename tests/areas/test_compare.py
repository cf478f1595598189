"""Two plans laid over each other: nobody is lost, and a plan beside itself has not changed."""

from functools import cache

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas.agreement import agreement, line_share, rim_lines
from census_gis.areas.codes import number
from census_gis.areas.compare import compare_tables
from census_gis.areas.concordance import _laid, concordance, heirs
from census_gis.areas.tabulate import tabulate
from census_gis.errors import InputError
from census_gis.profile import load_profile
from tests.areas.towns import fabric, grouped

RULES = load_profile("cn2020")


@cache
def _tables(seed, growth=1):
    return tabulate(number(grouped(fabric(seed), growth)))


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_beside_itself_has_not_changed(seed):
    found = compare_tables(_tables(seed), _tables(seed), RULES)
    assert found.counts == {"same": len(found.eas), "changed": 0, "new": 0, "gone": 0}
    assert found.moved == 0 and found.notes == ()
    assert (found.terms["difference"].dropna() == 0).all() and (found.eas["ground_m2"] == 0).all()
    assert (found.concordance["old_ea"] == found.concordance["new_ea"]).all()


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_lost_between_two_plans(seed):
    old, new = _tables(seed, 1), _tables(seed, 2)
    found = compare_tables(old, new, RULES)
    table = found.concordance
    for side, plan, count in (("old_ea", old, "persons_before"), ("new_ea", new, "persons_after")):
        areas = plan["enumeration_areas"].set_index("ea_code")["persons"]
        assert table.groupby(side)[count].sum().to_dict() == areas.to_dict()
    assert table.groupby("old_ea")["share_of_old"].sum().round(6).isin([0, 1]).all()
    assert found.moved == found.eas["moved"].sum() > 0
    both = found.counts["same"] + found.counts["changed"]
    assert both + found.counts["new"] == len(new["enumeration_areas"])
    assert both + found.counts["gone"] == len(old["enumeration_areas"])


def test_other_building_numbers_and_another_order_of_rows_change_nothing():
    old, new = _tables(1, 1), dict(_tables(1, 2))
    wanted = concordance(old, new)
    parts = new["dwelling_parts"].assign(building_id=lambda t: "x" + t["building_id"].astype(str))
    new["dwelling_parts"] = parts.sample(frac=1, random_state=1)
    found = concordance(old, new)
    overlap = wanted.merge(found, on=["old_ea", "new_ea"], how="outer", suffixes=("", "_found"))
    moved = (overlap["persons_after"] - overlap["persons_after_found"]).abs().sum()
    assert moved <= 24  # a doubled footprint may be taken for the other of the pair


count = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), min_size=1, max_size=4)


@settings(max_examples=40, deadline=None)
@given(count, count)
def test_a_cut_building_keeps_every_person_of_every_piece(before, after):
    rows = _laid(before, after)
    for at, side, n in ((0, before, 2), (1, after, 3)):
        for code in "abc":
            assert sum(row[n] for row in rows if row[at] == code) == sum(
                k for c, k in side if c == code
            )
        assert {row[at] for row in rows} >= {code for code, _ in side}


def test_built_and_gone_houses_have_no_other_side():
    assert _laid([], [("x", 3)]) == [(None, "x", 0, 3, 1)] and _laid([("a", 2)], []) == [
        ("a", None, 2, 0, 1)
    ]


def test_plans_of_other_places_and_systems_are_refused():
    one = _tables(1)
    far = {name: t.assign(geometry=t.geometry.translate(1e5)) if "geometry" in t and name != "ea_descriptions" else t
           for name, t in one.items()}  # fmt: skip
    with pytest.raises(InputError, match="no ground in common"):
        compare_tables(one, far, RULES)
    turned = {**one, "districts": one["districts"].to_crs(4549)}
    with pytest.raises(InputError, match="different coordinate systems"):
        compare_tables(one, turned, RULES)


def test_another_district_code_on_the_same_ground_is_said_and_compared():
    other = {
        name: t.assign(district_code="9") if "district_code" in t else t
        for name, t in _tables(1).items()
    }
    found = compare_tables(_tables(1), other, RULES)
    assert "no district code" in found.notes[0].en and found.counts["changed"] == 0


def _context(tables, source="roads"):
    crs = tables["districts"].crs
    none = gpd.GeoDataFrame({"source": [], "geometry": []}, geometry="geometry", crs=crs)
    left, bottom, right, top = tables["districts"].total_bounds
    road = shapely.LineString([(left, bottom), (right, top)])
    lines = gpd.GeoDataFrame({"source": [source]}, geometry=[road], crs=crs)
    return {**tables, "context_lines": lines, "context_areas": none}


def test_a_plan_beside_its_own_areas_as_zones_agrees():
    tables = _context(_tables(1))
    zones = tables["enumeration_areas"][["ea_code", "geometry"]]
    found = agreement(tables, zones, code="ea_code")
    assert (
        found.together == pytest.approx(1)
        and found.pairs == pytest.approx(1)
        and found.outside == 0
    )
    assert found.measures.at["compactness", "plan"] == pytest.approx(
        found.measures.at["compactness", "zones"]
    )
    assert found.shared["persons"].sum() == tables["dwelling_parts"]["persons"].sum()


def test_one_zone_for_all_agrees_no_better_than_chance():
    tables = _context(_tables(1))
    whole = gpd.GeoDataFrame(
        {"z": ["1"]}, geometry=[tables["districts"].geometry.iloc[0]], crs=tables["districts"].crs
    )
    found = agreement(tables, whole, code="z")
    assert found.pairs == pytest.approx(0, abs=1e-9) and found.measures.at["line_km", "zones"] == 0


def test_zones_elsewhere_are_refused():
    tables = _context(_tables(1))
    away = gpd.GeoDataFrame(
        {"z": ["1"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=tables["districts"].crs
    )
    with pytest.raises(InputError, match="no dwelling"):
        agreement(tables, away, code="z")


def test_lines_between_areas_are_counted_once_and_follow_what_is_near():
    squares = np.array([shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100)], object)
    lines = rim_lines(squares)
    assert shapely.length(lines).sum() == pytest.approx(100, abs=0.5)
    beside = np.array([shapely.LineString([(53, 0), (53, 50)])], object)
    assert line_share(lines, beside) == pytest.approx(0.5, abs=0.11)
    assert heirs(concordance(_tables(1), _tables(1)))
