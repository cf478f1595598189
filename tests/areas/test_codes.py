"""Codes are dense, serpentine from the north-west; names count in Chinese."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.areas.codes import area_name, building_numbers, number, numeral, serpentine
from census_gis.areas.outline import outline, part_areas
from census_gis.errors import InfeasibleError
from census_gis.model import Plan
from census_gis.profile import Rule
from tests.areas.towns import CODE, CRS, plan

DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")}


def _read(text: str) -> int:
    total, digit = 0, 0
    for c in text:
        if c in "百十":
            total += (digit or 1) * (100 if c == "百" else 10)
            digit = 0
        else:
            digit = DIGIT[c]
    return total + digit


@given(st.integers(1, 999))
def test_a_numeral_reads_back_and_has_no_empty_word(n):
    assert _read(numeral(n)) == n
    assert not numeral(n).endswith("零") and "零十" not in numeral(n)


@pytest.mark.parametrize(
    ("n", "said"),
    [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (100, "一百"), (101, "一百零一"),
     (110, "一百一十"), (111, "一百一十一"), (210, "二百一十"), (899, "八百九十九")],
)  # fmt: skip
def test_numerals_as_they_are_said(n, said):
    assert numeral(n) == said


def test_names():
    assert area_name(10).zh == "第十普查小区"
    assert area_name(10).en == "Enumeration area 10"
    assert area_name(900, virtual=True).zh == "第900普查小区"


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 14))
def test_serials_are_dense_and_district_code_goes_before(seed):
    made = number(plan(seed))
    serials = sorted(int(code[len(CODE) :]) for code in made.codes)
    assert all(code.startswith(CODE) and len(code) == len(CODE) + 3 for code in made.codes)
    assert serials == list(range(1, len(made) + 1))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 14), st.randoms(use_true_random=False))
def test_codes_do_not_depend_on_how_areas_were_numbered(seed, random):
    made = plan(seed)
    order = list(range(len(made)))
    random.shuffle(order)
    other = number(Plan(made.fabric, np.array(order, np.int32)[made.label], made.findings))
    first = number(made)
    assert [other.codes[order[area]] for area in range(len(made))] == list(first.codes)


def test_a_serpentine_turns_at_each_row():
    x, y = np.tile([0.0, 10, 20], 3), np.repeat([20.0, 10, 0], 3)
    assert serpentine(x, y, np.full(9, 10.0)).tolist() == [0, 1, 2, 5, 4, 3, 6, 7, 8]


def test_a_row_without_anything_does_not_turn():
    x, y = np.array([0.0, 10, 0, 10]), np.array([100.0, 100, 0, 0])
    assert serpentine(x, y, np.full(4, 10.0)).tolist() == [0, 1, 3, 2]


def test_too_many_areas_for_the_serial_is_no_plan():
    made = plan(0)
    short = made.fabric.district.profile.depart({"code.virtual_from": Rule(2, "-", "test")}, "test")
    home = type(made.fabric.district)(**{**vars(made.fabric.district), "profile": short})
    narrow = Plan(
        type(made.fabric)(**{**vars(made.fabric), "district": home}), made.label, made.findings
    )
    with pytest.raises(InfeasibleError, match="virtual"):
        number(narrow)


def test_the_same_ground_keeps_its_code():
    made = number(plan(6))
    table = outline(made)[["ea_code", "geometry"]].reset_index(drop=True)
    assert number(plan(6), previous=table).codes == made.codes
    renamed = table.assign(ea_code=[CODE + f"{i + 101}" for i in range(len(table))])
    assert number(plan(6), previous=renamed).codes == tuple(renamed["ea_code"])
    gone = renamed.iloc[1:]
    kept = number(plan(6), previous=gone).codes
    assert kept[1:] == tuple(gone["ea_code"])
    assert kept[0] == CODE + f"{101 + len(table)}"


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 14))
def test_buildings_are_numbered_from_one_in_every_area(seed):
    made = plan(seed)
    parts, area = made.fabric.parts, part_areas(made)
    numbers = building_numbers(parts, area)
    for _, rows in numbers.groupby(area):
        assert sorted(set(rows["building_number"])) == list(
            range(1, rows["building_number"].max() + 1)
        )


def test_parts_of_a_building_share_a_number_and_name_their_door():
    parts = gpd.GeoDataFrame(
        {"building_id": ["a", "b", "b"], "label_zh": ["", "1单元", "2单元"], "label_en": ["", "door 1", "door 2"]},
        geometry=[shapely.box(0, 0, 9, 9), shapely.box(20, 0, 29, 9), shapely.box(29, 0, 38, 9)], crs=CRS,
    )  # fmt: skip
    found = building_numbers(parts, np.zeros(3, np.int64))
    assert found["building_number"].tolist() == [1, 2, 2]
    assert found["number_label"].tolist() == ["001", "2-1单元", "2-2单元"]
    english = building_numbers(parts, np.zeros(3, np.int64), language="en")
    assert english["number_label"].tolist() == ["001", "2-door 1", "2-door 2"]
