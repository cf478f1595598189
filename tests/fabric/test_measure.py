"""Where households decide, buildings are cut by households, and the cap of persons holds."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.build import build_fabric
from census_gis.fabric.measure import measure_of, sized
from census_gis.fabric.parts import dwelling_parts
from census_gis.partitioning.solve import partition
from census_gis.profile import Rule
from tests.fabric.towns import at, buildings, district, rules, village

SLAB = at(shapely.box(0, 0, 72, 14))
LOW, HIGH = 80, 120


def by_households(split="when_needed"):
    band = {"low": LOW, "target": 100, "high": HIGH, "cap": 998}
    changes = {f"ea.households.{key}": Rule(value, "households", "test") for key, value in band.items()}  # fmt: skip
    return rules(split=split).depart(
        {**changes, "ea.primary": Rule("households", "-", "test")}, "test"
    )


def cut(*rows, split="when_needed"):
    town = buildings(*rows)
    return dwelling_parts(town, district(town).boundary, by_households(split))


def tower(persons, households, **more):
    return {"geometry": SLAB, "persons": persons, "households": households, **more}


def test_a_tower_of_three_eas_of_households_is_cut_in_three():
    made = cut(tower(900, 300, doors=6, floors=20))
    assert made.parts["households"].tolist() == [100, 100, 100]
    assert made.parts["persons"].tolist() == [300, 300, 300] and made.alone.all()
    (case,) = made.findings
    assert "300 households" in case["message_en"] and "300 户" in case["message_zh"]


def test_persons_above_their_band_do_not_cut_where_households_are_inside():
    made = cut(tower(500, 110, doors=6, floors=20))
    assert len(made.parts) == 1 and not made.alone.any() and made.findings == []


def test_few_persons_in_many_households_are_cut_all_the_same():
    made = cut(tower(300, 300, doors=6, floors=20))
    assert made.parts["households"].tolist() == [100, 100, 100]


@pytest.mark.parametrize("households", [0, 90, 150, 400])
def test_the_cap_of_persons_holds_whatever_the_households(households):
    made = cut(tower(5_000, households, doors=6, floors=20))
    assert made.parts["persons"].max() <= 2_000
    assert made.parts["persons"].sum() == 5_000
    assert made.parts["households"].sum() == households


def test_never_means_never_below_the_caps():
    made = cut(tower(900, 300, doors=6, floors=20), split="never")
    assert len(made.parts) == 1 and made.alone.all()
    assert "300 households" in made.findings[0]["message_en"]


def test_overlapping_buildings_are_one_atom_up_to_the_top_of_households():
    over = at(shapely.box(60, 0, 90, 14))
    one = cut(tower(250, 50), {"geometry": over, "persons": 250, "households": 50})
    assert len(set(one.group)) == 1
    two = cut(tower(50, 70), {"geometry": over, "persons": 50, "households": 70})
    assert len(set(two.group)) == 2


def test_persons_are_the_measure_unless_the_rules_say_otherwise():
    measure = measure_of(rules())
    assert measure.name == "persons" and measure.band.high == 360
    assert sized(5_000, 5_000, measure).band == measure.band


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 20_000), st.integers(0, 3_000))
def test_pieces_in_their_band_keep_to_the_cap_of_persons(persons, households):
    size = sized(persons, households, measure_of(by_households()))
    each = persons / max(size.load, 1)
    assert size.band.low <= size.band.target <= size.band.high
    if persons > 2_000:
        assert size.load > size.band.cap and size.band.cap * each <= 2_000
        assert size.band.high * each <= 2_000


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_counts_of_the_parts_sum_to_the_building(seed):
    town = village(seed, 12)
    town["households"] = (town["persons"] // 3 + seed % 2).astype("Int64")
    made = dwelling_parts(town, district(town).boundary, by_households())
    for name in ("persons", "persons_away", "households"):
        parts = made.parts.groupby("building_id")[name].sum()
        assert parts.to_dict() == town.set_index("building_id")[name].fillna(0).to_dict()
    assert (made.parts["persons_away"] <= made.parts["persons"]).all()
    for _, pieces in made.parts.groupby("building_id"):
        if len(pieces) > 1 and pieces["persons"].sum() <= 2_000:
            assert pieces["households"].between(LOW, HIGH).all()


def test_a_plan_of_towers_is_inside_the_band_of_households():
    rows = [{"geometry": at(shapely.box(0, 60 * n, 72, 60 * n + 14)), "persons": 900 + n, "households": 300,
             "doors": 6, "floors": 20} for n in range(3)]  # fmt: skip
    rows += [{"geometry": at(shapely.box(120 + 20 * n, 0, 130 + 20 * n, 10)), "persons": 60, "households": 25}
             for n in range(8)]  # fmt: skip
    fabric = build_fabric(district(buildings(*rows), profile=by_households()))
    plan = partition(fabric, seed=1)
    held = np.bincount(plan.label, fabric.atoms["households"])
    assert ((held >= LOW) & (held <= HIGH)).all() and len(plan) == 11
