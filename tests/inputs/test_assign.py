"""Each building goes where most of it stands."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from census_gis.inputs.assign import assign_buildings, duplicates, odd_buildings
from tests.inputs.made import districts, houses

LAND = [box(0, 0, 100, 100), box(100, 0, 200, 100)]
spot = st.tuples(st.floats(-15, 205), st.floats(-15, 95))


@settings(max_examples=30, deadline=None)
@given(st.lists(spot, min_size=1, max_size=12), st.randoms())
def test_the_district_holds_most_and_rows_may_stand_in_any_order(spots, random):
    shapes = [box(x, y, x + 20, y + 20) for x, y in spots]
    land = districts(LAND)
    code, cases = assign_buildings(houses(len(shapes), geometry=shapes), land)
    share = shapely.area(shapely.intersection(np.array(shapes)[:, None], np.array(LAND))) / 400
    for row, got in enumerate(code):
        if share[row].sum() <= 0.5 + 1e-9:
            assert got == "" or share[row].sum() > 0.5 - 1e-9
        else:
            assert share[row].max() - share[row][["001", "002"].index(got)] < 1e-5
    order = list(range(len(shapes)))
    random.shuffle(order)
    frame = houses(len(shapes), geometry=shapes).iloc[order].reset_index(drop=True)
    again, told = assign_buildings(frame, land)
    assert again.tolist() == code[order].tolist()
    assert sorted(c["message_en"] for c in told) == sorted(c["message_en"] for c in cases)


def test_across_the_line_and_outside_are_told_with_shares():
    shapes = [box(94, 0, 104, 10), box(-8, 0, 2, 10), box(-6, 20, 4, 30), box(0, 80, 10, 90)]
    code, cases = assign_buildings(houses(4, geometry=shapes), districts(LAND))
    assert code.tolist() == ["001", "", "", "001"]
    told = {(case["code"], case["row_key"]) for case in cases}
    assert told == {("B202", "b000"), ("B201", "b001"), ("B201", "b002")}
    assert "001 60%, 002 40%" in next(c["message_en"] for c in cases if c["code"] == "B202")


def test_equal_shares_go_to_the_smaller_code():
    code, _ = assign_buildings(houses(1, geometry=[box(90, 0, 110, 10)]), districts(LAND))
    assert code.tolist() == ["001"]


def test_a_duplicate_is_the_row_without_people_then_the_later_id():
    square = box(0, 0, 20, 20)
    turned = shapely.Polygon([(20, 20), (0, 20), (0, 0), (20, 0)])
    frame = houses(3, geometry=[square, turned, box(0, 0, 20, 20.1)])
    assert duplicates(frame)[0].tolist() == [False, True, False]
    counted = frame.assign(persons=pd.array([None, 5, None], "Int64"))
    again, cases = duplicates(counted)
    assert again.tolist() == [True, False, False]
    assert [case["code"] for case in cases] == ["B203"]
    both = frame.assign(persons=pd.array([4, 5, None], "Int64"))
    again, cases = duplicates(both)
    assert again.tolist() == [False, True, False]
    assert cases[0]["severity"] == "error"
    assert "5 persons" in cases[0]["message_en"]


@pytest.mark.parametrize(
    ("shapes", "code"),
    [
        ([box(0, 0, 2, 2)], "B206"),
        ([box(0, 0, 100, 0.3)], "B207"),
        ([box(0, 0, 300, 300)], "B208"),
        ([box(0, 0, 10, 10), box(8, 0, 20, 10)], "B205"),
    ],
)
def test_odd_footprints_are_told(shapes, code):
    assert [case["code"] for case in odd_buildings(houses(len(shapes), geometry=shapes))] == [code]


def test_neighbours_wall_to_wall_and_small_overlaps_are_not_odd():
    shapes = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(19.5, 0, 30, 10)]
    assert odd_buildings(houses(3, geometry=shapes)) == []
