"""People are placed exactly, kept where they were counted, and independent of the order of rows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from census_gis.errors import ConfigError
from census_gis.inputs.population import estimate_district, estimate_population
from census_gis.profile import Rule
from census_gis.tables import USES
from tests.inputs.made import UN, district, districts, houses, project

count = st.one_of(st.none(), st.integers(0, 60))
building = st.tuples(
    st.integers(1, 12), st.sampled_from(USES), count, st.one_of(st.none(), st.integers(0, 20)), st.integers(3, 40)
)  # fmt: skip
town = st.lists(building, min_size=1, max_size=15)


def build(rows):
    floors, use, persons, dwellings, side = zip(*rows, strict=True)
    shape = [box(50 * i, 0, 50 * i + s, 20) for i, s in enumerate(side)]
    return houses(
        len(rows), geometry=shape, floors=[float(f) for f in floors], use=list(use),
        persons=pd.array(persons, "Int64"), dwellings=pd.array(dwellings, "Int64"),
    )  # fmt: skip


def cottages(n):
    return houses(n, geometry=[box(30 * i, 0, 30 * i + 12, 12) for i in range(n)])


def codes(inputs):
    return inputs.findings["code"].tolist()


@settings(max_examples=30, deadline=None)
@given(town, st.one_of(st.none(), st.integers(0, 5000)), st.one_of(st.none(), st.integers(0, 900)))
def test_sums_are_exact_own_counts_stand_and_conflicts_are_errors(rows, total, away):
    frame = build(rows)
    land = districts([box(-10, -10, 5000, 100)], persons=pd.array([total], "Int64"),
                     persons_away=pd.array([away], "Int64"))  # fmt: skip
    got = estimate_population(project(frame, land))
    placed = got.buildings["persons"].to_numpy(np.int64)
    written = int(got.districts["persons"].iloc[0])
    own = frame["persons"].notna().to_numpy()
    assert (placed >= 0).all()
    assert (placed[own] == frame["persons"][own].to_numpy(np.int64)).all()
    found = set(codes(got))
    if "P514" in found:  # nobody could be placed: the total waits for a placeless part
        assert placed.sum() == 0
        assert written == total
    else:
        assert placed.sum() == written
        if total is not None and not found & {"P512", "P513"}:
            assert written == total
    if found & {"P512", "P513"}:
        assert written == placed[own].sum()
    elsewhere = got.buildings["persons_away"].to_numpy(np.int64)
    assert (elsewhere <= placed).all()
    if away is not None and "P515" not in found:
        assert int(got.districts["persons_away"].iloc[0]) == away
    assert (got.buildings["persons_source"].eq("counted").to_numpy() == own).all()
    assert (placed[got.buildings["persons_source"].eq("none").to_numpy()] == 0).all()


@settings(max_examples=12, deadline=None)
@given(town, st.integers(0, 3000), st.integers(0, 900), st.randoms())
def test_the_order_of_rows_does_not_matter_and_twice_is_once(rows, total, homes, random):
    frame = build(rows)
    land = districts([box(-10, -10, 5000, 100)], persons=pd.array([total], "Int64"),
                     households=pd.array([homes], "Int64"))  # fmt: skip
    one = estimate_population(project(frame, land))
    order = list(range(len(rows)))
    random.shuffle(order)
    two = estimate_population(project(frame.iloc[order].reset_index(drop=True), land))
    names = ["persons", "persons_away", "households", "floors"]
    left = one.buildings.set_index("building_id")[names]
    right = two.buildings.set_index("building_id").loc[left.index, names]
    pd.testing.assert_frame_equal(left, right)
    again = estimate_population(one)
    pd.testing.assert_frame_equal(again.buildings[names], one.buildings[names])
    assert codes(again) == codes(one)
    alone = estimate_district(district(frame, persons=total, households=homes))
    assert alone.buildings["persons"].tolist() == one.buildings["persons"].tolist()
    assert alone.persons == int(one.districts["persons"].iloc[0])


def test_people_go_by_dwellings_then_single_houses_then_floor_area():
    frame = houses(
        4, geometry=[box(100 * i, 0, 100 * i + 60, 20) for i in range(3)] + [box(300, 0, 310, 10)],
        floors=[6.0, 6.0, 6.0, 2.0], dwellings=pd.array([30, None, None, None], "Int64"),
        use=["residential", "residential", "commercial", "residential"],
    )  # fmt: skip
    got = estimate_district(district(frame, persons=1000)).buildings
    # 30 dwellings; 1,200 m2 x 6 x 0.85 / 90 m2 = 68 dwellings; a shop: none; a house of 100 m2: one.
    assert got["persons_source"].tolist() == ["dwellings", "floor_area", "none", "dwellings"]
    assert got["persons"].to_numpy(float) == pytest.approx(
        np.array([30, 68, 0, 1]) / 99 * 1000, abs=1
    )


def test_a_small_house_in_town_goes_by_floor_area():
    frame = houses(2, floors=3.0, geometry=[box(0, 0, 12, 12), box(40, 0, 52, 12)]).assign(
        settlement=["urban", "rural"]
    )
    got = estimate_district(district(frame, persons=100)).buildings
    assert got["persons_source"].tolist() == ["floor_area", "dwellings"]
    assert got["persons"][0] > 3 * got["persons"][1]


def test_mixed_use_loses_its_ground_floor_and_unknown_a_twentieth():
    frame = houses(3, geometry=[box(100 * i, 0, 100 * i + 60, 20) for i in range(3)], floors=5.0,
                   use=["mixed", "unknown", "residential"])  # fmt: skip
    got = estimate_population(
        project(frame, districts([box(-9, -9, 900, 90)], persons=pd.array([10_000], "Int64")))
    )
    assert got.buildings["persons"].to_numpy(float) == pytest.approx(
        np.array([0.8, 0.95, 1]) / 2.75 * 1e4, abs=1
    )
    assert "B402" in codes(got)


def test_counts_above_the_total_stand_and_both_numbers_are_said():
    frame = houses(3, persons=pd.array([50, 60, None], "Int64"))
    got = estimate_population(
        project(frame, districts([box(-9, -9, 900, 90)], persons=pd.array([100], "Int64")))
    )
    assert got.buildings["persons"].tolist() == [50, 60, 0]
    assert got.districts["persons"].tolist() == [110]
    case = got.findings[got.findings["code"] == "P512"].iloc[0]
    assert case["severity"] == "error"
    assert "110" in case["message_zh"]
    assert "100" in case["message_zh"]


def test_full_counts_that_differ_from_the_total_stand():
    frame = houses(2, persons=pd.array([50, 60], "Int64"))
    got = estimate_population(
        project(frame, districts([box(-9, -9, 900, 90)], persons=pd.array([120], "Int64")))
    )
    assert got.districts["persons"].tolist() == [110]
    assert "P513" in codes(got)


def test_persons_without_a_dwelling_wait_for_a_placeless_part():
    frame = houses(2, use="industrial")
    got = estimate_population(project(frame, districts([box(-9, -9, 900, 90)], persons=pd.array([7], "Int64"),
                                                       households=pd.array([3], "Int64"))))  # fmt: skip
    assert got.buildings["persons"].tolist() == [0, 0]
    assert got.districts[["persons", "households"]].iloc[0].tolist() == [7, 3]
    assert "P514" in codes(got)


def test_without_any_total_density_speaks_and_says_so():
    got = estimate_population(project(cottages(10), districts([box(-9, -9, 900, 90)])))
    # Ten one-family houses of 90 m2 at 2.6 persons per 100 m2.
    assert got.districts["persons"].tolist() == [23]
    assert "no control total" in got.findings.set_index("code").loc["P511", "message_en"]


def test_the_projects_total_is_shared_by_dwelling_space_and_given_districts_stand():
    frame = houses(9, geometry=[box(30 * i, 0, 30 * i + 15, 15) for i in range(9)],
                   district_code=["001"] * 2 + ["002"] * 4 + ["003"] * 3)  # fmt: skip
    land = districts([box(-5, -5, 55, 20), box(55, -5, 175, 20), box(175, -5, 300, 20)],
                     persons=pd.array([50, None, None], "Int64"))  # fmt: skip
    got = estimate_population(project(frame, land), persons_total=120)
    assert got.districts["persons"].tolist() == [50, 40, 30]
    assert got.buildings["persons"].sum() == 120


@pytest.mark.parametrize(("given", "wrong"), [(1000, True), (1004, False), (1006, True)])
def test_totals_that_disagree_by_more_than_half_a_percent_stop(given, wrong):
    land = districts([box(-9, -9, 900, 90)], persons=pd.array([given], "Int64"))
    inputs = project(houses(3), land)
    if wrong and given != 1000:
        with pytest.raises(ConfigError, match="persons_total is 1000"):
            estimate_population(inputs, persons_total=1000)
    else:
        got = estimate_population(inputs, persons_total=1000)
        assert got.districts["persons"].tolist() == [given]
        assert ("P501" in codes(got)) == (given != 1000)


def test_own_away_and_households_stand_and_the_rest_is_spread():
    frame = houses(4, persons=pd.array([40, None, None, None], "Int64"),
                   persons_away=pd.array([10, None, None, None], "Int64"),
                   households=pd.array([20, None, None, None], "Int64"))  # fmt: skip
    got = estimate_district(district(frame, persons=100, persons_away=16, households=50))
    assert got.buildings["persons"].tolist() == [40, 20, 20, 20]
    assert got.buildings["persons_away"].tolist() == [10, 2, 2, 2]
    assert got.buildings["households"].tolist() == [20, 10, 10, 10]
    none = estimate_district(district(houses(2), persons=10))
    assert none.households is None
    assert none.buildings["households"].isna().all()


def test_control_overrides_what_the_district_says():
    assert estimate_district(district(houses(2), persons=10), control=44).persons == 44


def test_a_departed_rule_is_obeyed():
    rule = Rule(5.0, "persons per 100 m2", "test")
    dense = UN.depart({"population.density": rule}, "test")
    got = estimate_district(replace(district(cottages(10)), profile=dense))
    assert got.persons == 45
