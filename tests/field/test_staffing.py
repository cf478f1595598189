"""People are whole, and add up."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from census_gis.errors import InfeasibleError
from census_gis.field.assignment_plan import staff_plan
from census_gis.field.staffing import apportion, posts, staffing_table
from census_gis.profile import Rule, load_profile
from census_gis.tables import empty

RULES = load_profile("cn2020")
DUAL = RULES.depart({"staff.supervisor_enumerates": Rule(True, "-", "test")}, "test")


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=40), st.integers(0, 300), st.integers(0, 2)
)
def test_shares_add_up_and_keep_their_least(weights, extra, least):
    total = least * len(weights) + extra
    shares = apportion(total, np.array(weights), least=least)
    assert shares.sum() == total
    assert (shares >= least).all()


@given(st.lists(st.integers(1, 500), min_size=2, max_size=20))
def test_a_larger_district_never_gets_less(weights):
    shares = apportion(3 * len(weights), np.array(weights), least=1)
    order = np.argsort(weights, kind="stable")
    sorted_w, sorted_s = np.array(weights)[order], shares[order]
    larger = np.diff(sorted_w) > 0
    assert (np.diff(sorted_s)[larger] >= 0).all()


def test_too_few_people_for_every_district_is_an_error():
    with pytest.raises(InfeasibleError, match="3 people"):
        apportion(3, np.array([1, 1, 1, 1]), least=1)


def test_the_street_of_2020():
    assert posts(160_000, RULES)["used"] == 533
    districts = pd.DataFrame({
        "district_code": [f"{i:012d}" for i in range(34)], "name": "x",
        "persons": 4706, "ea_count": [16] * 23 + [15] * 11,
    })  # fmt: skip
    table = staffing_table(districts, DUAL, supervisors_total=110)
    total = table.iloc[-1]
    assert (total["supervisors"], total["enumerators"], total["posts"]) == (110, 423, 533)
    assert table["supervisors"].iloc[:-1].min() >= 1


def test_every_ea_has_one_person_and_one_supervisor():
    districts = pd.DataFrame({"district_code": ["1", "2"], "name": ["a", "b"], "persons": [900, 600],
                              "ea_count": [3, 2]})  # fmt: skip
    areas = pd.DataFrame({"ea_code": ["1001", "1002", "1003", "2001", "2002"],
                          "district_code": ["1", "1", "1", "2", "2"],
                          "enumerator": None, "supervisor": None}, dtype=object)  # fmt: skip
    done = staff_plan({"districts": districts, "enumeration_areas": areas}, DUAL,
                      people=empty("STAFF"), supervisors_total=2)  # fmt: skip
    assert done.areas["enumerator"].is_unique
    assert done.areas.groupby("district_code")["supervisor"].nunique().tolist() == [1, 1]
    assert len(done.staff) == 5
    assert not graver(done)


def test_a_short_staff_list_leaves_named_gaps():
    districts = pd.DataFrame(
        {"district_code": ["1"], "name": ["a"], "persons": [900], "ea_count": [3]}
    )
    areas = pd.DataFrame({"ea_code": ["1001", "1002", "1003"], "district_code": "1",
                          "enumerator": None, "supervisor": None}, dtype=object)  # fmt: skip
    people = pd.DataFrame({"staff_id": ["s", "e"], "role": ["supervisor", "enumerator"],
                           "district_code": ["1", "1"], "display_name": ["", ""]})  # fmt: skip
    done = staff_plan({"districts": districts, "enumeration_areas": areas}, RULES, people=people)
    assert (done.areas["enumerator"] == "UNSTAFFED").sum() == 2
    assert done.found[0]["severity"] == "error"


def graver(done) -> list[str]:
    """Codes of errors and warnings."""
    return [case["code"] for case in done.found if case["severity"] != "note"]


def plan_of(eas: dict[str, int]) -> dict[str, pd.DataFrame]:
    """Districts of so many EAs, each EA a square beside the one before."""
    codes = [f"{district}{n:03d}" for district, count in eas.items() for n in range(1, count + 1)]
    areas = gpd.GeoDataFrame(
        {"ea_code": codes, "district_code": [code[:-3] for code in codes]},
        geometry=[shapely.box(10 * i, 0, 10 * i + 10, 10) for i in range(len(codes))], crs="EPSG:4549",
    )  # fmt: skip
    districts = pd.DataFrame({"district_code": list(eas), "name": "x", "persons": 300,
                              "ea_count": list(eas.values())})  # fmt: skip
    return {"districts": districts, "enumeration_areas": areas}


def listed(**districts: int) -> pd.DataFrame:
    """A supervisor in each district, and so many enumerators."""
    rows = [(f"s{d}", "supervisor", d) for d in districts if d != "none"]
    rows += [(f"e{d}{n}", "enumerator", "" if d == "none" else d)
             for d, count in districts.items() for n in range(count)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["staff_id", "role", "district_code"])
    return table.assign(display_name="")


def test_a_crew_is_the_ground_of_its_eas():
    done = staff_plan(plan_of({"a": 3, "b": 2}), RULES, people=empty("STAFF"), supervisors_total=2)
    assert done.crews["ea_codes"].tolist() == ["a001 a002 a003", "b001 b002"]
    assert done.crews.geometry.area.tolist() == [300, 200]
    assert set(done.crews.geom_type) == {"MultiPolygon"}


def test_a_district_short_of_people_does_not_empty_its_neighbour():
    plan = plan_of({"a": 3, "b": 2})
    done = staff_plan(plan, RULES, people=listed(a=1, b=2, none=1), supervisors_total=2)
    who = done.areas.set_index("ea_code")["enumerator"].to_dict()
    assert [who["b001"], who["b002"]] == ["eb0", "eb1"]
    assert who["a002"] == "ea0"  # the middle of the district is the nearest
    assert {who["a001"], who["a003"]} == {"enone0", "UNSTAFFED"}
    assert done.found[0]["code"] == "T101"


def test_people_a_district_can_spare_help_out_and_nobody_is_lost():
    people = listed(a=1, b=4)
    done = staff_plan(plan_of({"a": 3, "b": 2}), RULES, people=people, supervisors_total=2)
    assert not graver(done)
    assert sorted(done.staff["staff_id"]) == sorted(people["staff_id"])
    assert done.areas["enumerator"].is_unique


def test_a_crew_without_a_supervisor_is_said():
    people = listed(a=3, b=2).query("staff_id != 'sb'")
    done = staff_plan(plan_of({"a": 3, "b": 2}), RULES, people=people, supervisors_total=2)
    assert graver(done) == ["T102"]
    assert done.crews["supervisor"].tolist() == ["sa"]


def test_a_special_area_with_nobody_to_count_asks_for_no_post():
    districts = pd.DataFrame({"district_code": ["1", "2"], "name": ["a", "b"], "persons": [600, 0],
                              "ea_count": [3, 1]})  # fmt: skip
    areas = pd.DataFrame({"ea_code": ["1001", "1002", "1003", "2001"], "district_code": ["1", "1", "1", "2"],
                          "persons": [300, 0, 300, 0], "remark": [None, "SPECIAL: x", "SPECIAL: y", "SPECIAL: z"],
                          "enumerator": None, "supervisor": None}, dtype=object)  # fmt: skip
    tables = {"districts": districts, "enumeration_areas": areas}
    for rules in (RULES, DUAL):
        done = staff_plan(tables, rules, people=empty("STAFF"))
        assert done.areas["enumerator"].isna().tolist() == [False, True, False, True]
        assert done.areas["supervisor"].isna().tolist() == [False, True, False, True]
        assert done.assignments["ea_code"].tolist() == ["1001", "1003"]
        assert int(done.apportionment["posts"].iloc[-1]) == len(done.staff)
        assert done.crews["ea_codes"].tolist() == ["1001 1003"]
    empty_district = staff_plan(tables, DUAL, people=empty("STAFF"), supervisors_total=2)
    assert empty_district.areas["enumerator"].isna().tolist() == [False, True, False, True]
