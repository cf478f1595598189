"""A part is cut from a building; nothing may be lost in the cutting."""

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.errors import InputError
from census_gis.fabric.parts import dwelling_parts
from tests.fabric.towns import RULES, at, barriers, buildings, district, rules, village

SLAB = at(shapely.box(0, 0, 72, 14))
TOWER = at(shapely.box(0, 100, 30, 126))
NARROW = at(shapely.box(200, 0, 210, 9))
HOUSE = at(shapely.box(100, 0, 110, 10))


def cut(*rows, split="when_needed", compounds=None):
    town = buildings(*rows)
    ground = district(town).boundary
    return dwelling_parts(town, ground, rules(split=split), compounds=compounds)


def codes(made):
    return sorted(case["code"] for case in made.findings)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["never", "when_needed", "always"]))
def test_counts_of_the_parts_sum_to_the_building(seed, split):
    town = village(seed, 12)
    made = dwelling_parts(town, district(town).boundary, rules(split=split))
    for name in ("persons", "persons_away", "households"):
        parts = made.parts.groupby("building_id")[name].sum()
        assert parts.to_dict() == town.set_index("building_id")[name].fillna(0).to_dict()
    assert made.parts["part_id"].is_unique
    assert (made.parts["persons_away"] <= made.parts["persons"]).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_building_is_cut_only_above_the_band_and_only_where_every_piece_closes(seed):
    town = village(seed, 12)
    made = dwelling_parts(town, district(town).boundary, RULES)
    for building_id, pieces in made.parts.groupby("building_id"):
        persons = int(pieces["persons"].sum())
        if len(pieces) > 1:
            assert persons > 360
            assert pieces["persons"].between(240, 360).all() or persons > 2000
        assert made.alone[pieces.index].all() == (persons > 360), building_id


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["when_needed", "always"]))
def test_ground_pieces_tile_the_footprint_and_bands_stand_on_it(seed, split):
    town = village(seed, 12)
    made = dwelling_parts(town, district(town).boundary, rules(split=split))
    footprint = town.set_index("building_id").geometry
    for building_id, pieces in made.parts.groupby("building_id"):
        low = pieces[pieces["floor_lo"].fillna(1) == 1]
        whole = shapely.union_all(low.geometry.values)
        assert whole.symmetric_difference(footprint[building_id]).area < 1e-5
        assert low.area.sum() == pytest.approx(footprint[building_id].area, rel=1e-6)
        for piece in pieces.geometry:
            assert piece.difference(footprint[building_id].buffer(1e-6)).area < 1e-6


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(seed, random):
    town = village(seed, 10)
    order = list(range(len(town)))
    random.shuffle(order)
    one = dwelling_parts(town, district(town).boundary, RULES)
    two = dwelling_parts(town.iloc[order], district(town).boundary, RULES)
    pd.testing.assert_frame_equal(
        one.parts.drop(columns="geometry"), two.parts.drop(columns="geometry")
    )
    assert (one.group == two.group).all()
    assert one.parts.geometry.geom_equals(two.parts.geometry).all()


def test_a_slab_of_600_with_four_doors_becomes_two_halves():
    parts = cut({"geometry": SLAB, "persons": 600, "doors": 4, "households": 201}).parts
    assert parts["part_id"].tolist() == ["B00-U1", "B00-U3"]
    assert parts["persons"].tolist() == [300, 300]
    assert parts["doors"].tolist() == [2, 2]
    assert parts["households"].tolist() == [100, 101]
    assert parts["label_zh"].tolist() == ["1单元至2单元", "3单元至4单元"]
    assert parts["label_en"].tolist() == ["doors 1-2", "doors 3-4"]


def test_a_slab_of_600_with_three_doors_closes_by_floors_where_they_are_known():
    whole = cut({"geometry": SLAB, "persons": 600, "doors": 3})
    assert len(whole.parts) == 1
    assert codes(whole) == ["G203"]
    parts = cut({"geometry": SLAB, "persons": 600, "doors": 3, "floors": 6}).parts
    assert parts["part_id"].tolist() == ["B00-U0F1-3", "B00-U0F4-6"]


def test_a_slab_of_900_with_three_doors_becomes_three_slices():
    made = cut({"geometry": SLAB, "persons": 900, "doors": 3})
    assert made.parts["unit"].tolist() == [1, 2, 3]
    assert made.alone.all()
    assert codes(made) == ["G201"]


def test_a_tower_of_1200_with_two_doors_becomes_four():
    parts = cut({"geometry": TOWER, "persons": 1200, "doors": 2, "floors": 20}).parts
    assert parts["part_id"].tolist() == [
        "B00-U1F1-10",
        "B00-U1F11-20",
        "B00-U2F1-10",
        "B00-U2F11-20",
    ]
    assert (parts["persons"] == 300).all()
    assert parts.geometry[0].equals(parts.geometry[1])
    assert not parts.geometry[0].equals(parts.geometry[2])


@pytest.mark.parametrize("persons", [361, 420, 479])
def test_361_to_479_persons_stay_whole_and_alone(persons):
    made = cut({"geometry": SLAB, "persons": persons, "doors": 4, "floors": 9})
    assert made.parts["unit"].tolist() == [0]
    assert made.alone.tolist() == [True]
    assert codes(made) == ["G202"]


def test_without_doors_equal_slices_are_made_and_say_that_they_are_estimated():
    parts = cut({"geometry": SLAB, "persons": 900}).parts
    assert parts["persons"].tolist() == [300, 300, 300]
    assert parts["label_zh"][0] == "自西端起第1段，共3段（单元数未提供，按估计划分）"
    assert "estimated" in parts["label_en"][0]


def test_a_narrow_footprint_is_banded_where_floors_are_known_and_stays_whole_where_not():
    parts = cut({"geometry": NARROW, "persons": 600, "floors": 30}).parts
    assert parts["part_id"].tolist() == ["B00-U0F1-15", "B00-U0F16-30"]
    assert parts["label_zh"].tolist() == ["1-15层", "16-30层"]
    whole = cut({"geometry": NARROW, "persons": 600})
    assert len(whole.parts) == 1
    assert codes(whole) == ["G204"]


def test_guessed_floors_make_no_bands():
    row = {"geometry": NARROW, "persons": 600, "floors": 30}
    assert len(cut({**row, "floors_source": "default"}).parts) == 1
    assert len(cut({**row, "floors_source": "given"}).parts) == 2


def test_above_the_cap_a_building_is_cut_whatever_the_rule_and_whatever_is_known():
    made = cut({"geometry": NARROW, "persons": 2001}, split="never")
    assert len(made.parts) == 7
    assert made.parts["persons"].sum() == 2001
    assert codes(made) == ["G206"]
    assert made.findings[0]["severity"] == "error"
    assert made.findings[0]["message_en"].startswith(
        "building of 2001 persons is above the cap of 2000"
    )


@pytest.mark.parametrize(("floors", "doors", "persons"), [(2, None, 5000), (3, 2, 14_000)])
def test_where_doors_and_floors_cannot_keep_to_the_cap_a_building_is_cut_in_shares(
    floors, doors, persons
):
    row = {"geometry": SLAB, "persons": persons, "floors": floors, "doors": doors}
    made = cut({**row, "floors_source": "given"})
    assert made.parts["persons"].sum() == persons and made.parts["persons"].max() <= 360
    assert codes(made) == ["G206"]


def test_never_leaves_a_building_of_600_whole():
    made = cut({"geometry": SLAB, "persons": 600, "doors": 4}, split="never")
    assert len(made.parts) == 1
    assert codes(made) == ["G205"]


def test_always_cuts_into_pieces_that_may_join_neighbours():
    made = cut({"geometry": SLAB, "persons": 420, "doors": 3}, split="always")
    assert made.parts["persons"].tolist() == [140, 140, 140]
    assert not made.alone.any()


def test_two_overlapping_buildings_are_one_group_up_to_the_top_and_may_part_above():
    other = at(shapely.box(60, 5, 100, 20))
    low = cut({"geometry": SLAB, "persons": 100}, {"geometry": other, "persons": 100})
    assert low.group[0] == low.group[1]
    high = cut({"geometry": SLAB, "persons": 300}, {"geometry": other, "persons": 300})
    assert high.group[0] != high.group[1]
    assert codes(high) == ["G209"]


def test_an_exact_duplicate_goes_with_its_twin():
    made = cut({"geometry": HOUSE, "persons": 20}, {"geometry": HOUSE, "persons": 0})
    assert made.group.tolist() == [0, 0]


def test_buildings_of_a_compound_kept_as_one_are_one_group():
    area = barriers(
        {"source": "compounds", "mode": "atom", "geometry": at(shapely.box(-5, -5, 120, 30))}
    )
    rows = {"geometry": SLAB, "persons": 200}, {"geometry": HOUSE, "persons": 100}
    assert cut(*rows, compounds=area).group.tolist() == [0, 0]
    assert cut(*rows).group.tolist() == [0, 1]
    rows[0]["persons"] = 300
    refused = cut(*rows, compounds=area)
    assert refused.group.tolist() == [0, 1]
    assert codes(refused) == ["G210"]


def test_an_area_taken_as_it_is_is_one_group_whatever_it_holds():
    area = {
        "source": "grids",
        "mode": "as_is",
        "name": "7",
        "geometry": at(shapely.box(-5, -5, 120, 30)),
    }
    rows = {"geometry": SLAB, "persons": 700, "doors": 7}, {"geometry": HOUSE, "persons": 100}
    made = cut(*rows, {"geometry": TOWER, "persons": 90}, compounds=barriers(area))
    assert made.group.tolist() == [0, 0, 1]
    assert made.alone.tolist() == [True, True, False]
    assert codes(made) == ["G212"]


def test_a_slice_that_would_lie_in_another_district_is_not_made():
    town = buildings({"geometry": SLAB, "persons": 600, "doors": 4})
    half = at(shapely.box(-100, -100, 45, 300))
    assert len(dwelling_parts(town, half, RULES).parts) == 1


def test_missing_persons_are_refused_with_their_rows():
    town = buildings({"geometry": SLAB, "persons": None}, {"geometry": HOUSE, "persons": 3})
    with pytest.raises(InputError, match="1 of 2 buildings have no persons") as caught:
        dwelling_parts(town, district(town, persons=3).boundary, RULES)
    assert caught.value.rows == ("B00",)


def test_a_district_without_buildings_has_no_parts():
    made = dwelling_parts(buildings(), at(shapely.box(0, 0, 9, 9)), RULES)
    assert len(made.parts) == len(made.group) == len(made.alone) == 0
