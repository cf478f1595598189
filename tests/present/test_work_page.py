"""Work in the report: parts make up the whole, loads are counted once, and a plan without staff says nothing."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.field.minutes import PARTS
from census_gis.present.work_page import _colours, work_record, work_view
from tests.runner.small_plan import tables


@pytest.fixture
def staffed():
    """Four EAs, two people, one crew a district; one EA nobody counts."""
    made = tables()
    areas = made["enumeration_areas"].sort_values("ea_code", ignore_index=True)
    for nth, part in enumerate(PARTS, start=1):
        areas[f"minutes_{part}"] = [10.0 * nth, 20.0 * nth, 30.0 * nth, 40.0 * nth]
    areas["minutes"] = areas[[f"minutes_{part}" for part in PARTS]].sum(axis=1)
    areas["minutes_low"], areas["minutes_high"] = areas["minutes"] * 0.9, areas["minutes"] * 1.1
    areas["walk_m"] = 100.0
    areas["enumerator"] = ["E1", "E1", "E2", "UNSTAFFED"]
    areas["supervisor"] = ["S1", "S1", "S2", "S2"]
    crews = areas.dissolve("supervisor").reset_index()[["supervisor", "geometry"]]
    return {**made, "enumeration_areas": areas, "crews": crews.assign(ea_codes="", minutes=0.0)}


def test_parts_sum_and_loads_are_those_of_people(staffed):
    record = work_record(staffed)
    assert sum(record[part] for part in PARTS) == record["minutes"] == 1500.0
    assert record["spread"]["enumerators_before"]["n"] == 4
    assert record["spread"]["enumerators"] == {
        "n": 2, "least": 450.0, "mean": 450.0, "most": 450.0, "most_over_mean": 1.0, "cv": 0.0,
    }  # fmt: skip
    assert (record["spread"]["crews"]["least"], record["spread"]["crews"]["most"]) == (
        450.0,
        1050.0,
    )


def test_before_staffing_there_is_nothing_to_say(staffed):
    areas = staffed["enumeration_areas"].assign(minutes=np.nan)
    bare = {**staffed, "enumeration_areas": areas}
    assert work_record(bare) is None and work_view(bare, "zh") is None
    alone = {**staffed, "crews": staffed["crews"].iloc[:0]}
    assert set(work_record(alone)["spread"]) == {"enumerators_before", "enumerators"}
    assert work_view(alone, "en")["map"] == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_has_rows_chart_and_map_and_is_the_same_twice(staffed, language):
    one = work_view(staffed, language)
    assert [row[2] for row in one["parts"][:5]] == ["6.7%", "13.3%", "20.0%", "26.7%", "33.3%"]
    assert len(one["loads"]) == 4
    assert one["chart"].startswith("<svg") and one["map"].startswith("<svg")
    rows = staffed["enumeration_areas"].sample(frac=1, random_state=1)
    assert work_view({**staffed, "enumeration_areas": rows}, language) == one


@settings(max_examples=30, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_neighbours_have_different_colours(cells):
    shapes = np.array([shapely.box(x, y, x + 1, y + 1) for x, y in sorted(cells)])
    colours = _colours(shapes)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (colours[a[a < b]] != colours[b[a < b]]).all()


def test_an_ea_with_nothing_to_do_weighs_nothing(staffed):
    areas = staffed["enumeration_areas"].copy()
    areas.loc[3, ["minutes", *(f"minutes_{part}" for part in PARTS)]] = 0.0
    record = work_record({**staffed, "enumeration_areas": areas})
    assert record["eas"] == 3 and record["eas_without_minutes"] == 0
    assert pd.notna(record["of_an_ea"]["minutes"])


def test_the_name_of_a_supervisor_is_no_formula(staffed):
    crews = staffed["crews"].assign(
        supervisor=[f"$a_{{$<b>{n}" for n in range(len(staffed["crews"]))]
    )
    assert work_view({**staffed, "crews": crews}, "en")["map"].startswith("<svg")
