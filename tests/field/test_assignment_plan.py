"""Staff of a small county, as an office would give it: homes, languages, limits, too few people."""

import numpy as np
import pandas as pd
import pytest
import shapely

from census_gis.errors import ConfigError
from census_gis.field.assignment_people import needs_of, words_of
from census_gis.field.assignment_plan import staff_plan
from census_gis.field.crews_places import beside
from census_gis.profile import Rule, load_profile
from census_gis.tables import empty
from tests.field.test_staffing import graver, plan_of

RULES = load_profile("cn2020")


def rules(**values):
    return RULES.depart(
        {f"staff.{key}": Rule(value, "-", "test") for key, value in values.items()}, "test"
    )


def town(**eas) -> dict[str, pd.DataFrame]:
    """EAs of a kilometre in a row, 300 persons each."""
    tables = plan_of(eas)
    areas = tables["enumeration_areas"]
    shapes = [shapely.box(1000 * i, 0, 1000 * i + 1000, 1000) for i in range(len(areas))]
    tables["enumeration_areas"] = areas.assign(persons=300, minutes=600.0).set_geometry(
        shapes, crs="EPSG:4549"
    )
    return tables


def staff(n, **columns) -> pd.DataFrame:
    """Enumerators e00 … of no district, and one supervisor."""
    table = pd.DataFrame({"staff_id": [f"e{i:02d}" for i in range(n)], "role": "enumerator", "district_code": None,
                          "display_name": "", "capacity": None, "skills": None}).assign(**columns)  # fmt: skip
    boss = {"staff_id": "s", "role": "supervisor", "display_name": ""}
    return pd.concat([table, pd.DataFrame([boss])], ignore_index=True)


def who(done) -> dict[str, str]:
    return dict(zip(done.areas["ea_code"], done.areas["enumerator"], strict=True))


def test_people_count_near_home():
    homes = [4500.0, 3500.0, 2500.0, 1500.0, 500.0]
    done = staff_plan(town(a=5), RULES, people=staff(5, x=homes, y=0.0), supervisors_total=1)
    assert list(who(done).values()) == ["e04", "e03", "e02", "e01", "e00"]
    assert not graver(done)
    assert (done.assignments["reason"].str.len() > 5).all()


def test_the_order_of_rows_changes_nothing():
    people = staff(7, x=[4500.0, 3500.0, 2500.0, 1500.0, 500.0, 0.0, 100.0], y=0.0)
    one, two = (staff_plan(town(a=5), RULES, people=table, supervisors_total=1)
                for table in (people, people.iloc[::-1]))  # fmt: skip
    pd.testing.assert_frame_equal(one.assignments, two.assignments)
    pd.testing.assert_frame_equal(one.staff, two.staff)


def test_a_language_is_heeded_and_its_lack_named():
    needs = rules(needs="a001 = uyghur; a002 = uyghur")
    done = staff_plan(
        town(a=5), needs, people=staff(6, skills=["Uyghur", *[None] * 5]), supervisors_total=1
    )
    assert list(who(done).values()).count("UNSTAFFED") == 1
    assert who(done)["a001"] == "e00" or who(done)["a002"] == "e00"
    (case,) = [case for case in done.found if case["code"] == "T101"]
    assert "uyghur" in case["fix_en"] and "uyghur" in case["fix_zh"]
    assert "without the rule on skills 1 fewer" in case["message_en"].casefold()


def test_an_island_out_of_range_says_whom_to_send_and_how_far():
    tables = town(a=5, b=5)
    areas = tables["enumeration_areas"]
    areas["geometry"] = areas.geometry.where(areas["district_code"] == "a", areas.translate(20_000))
    people = staff(10, district_code="a")
    done = staff_plan(tables, RULES, people=people, supervisors_total=2)
    assert [who(done)[f"b00{n}"] for n in range(1, 6)] == ["UNSTAFFED"] * 5
    (case,) = [case for case in done.found if case["code"] == "T101"]
    assert case["row_key"] == "b"
    assert "borrow 5 from district a, 25.0 km away" in case["fix_en"]
    assert "10 个" in case["message_zh"] or "5 个" in case["message_zh"]


def test_too_few_people_take_several_where_the_rules_let_them():
    tables = town(a=6)
    tables["enumeration_areas"]["minutes"] = [100.0, 200.0, 300.0, 400.0, 500.0, 600.0]
    few = staff(3, district_code="a")
    assert (
        list(who(staff_plan(tables, RULES, people=few, supervisors_total=1)).values()).count(
            "UNSTAFFED"
        )
        == 3
    )
    done = staff_plan(tables, rules(eas_per_person=2), people=few, supervisors_total=1)
    load = done.areas.groupby("enumerator")["minutes"].sum()
    assert load.tolist() == [700.0, 700.0, 700.0]
    (case,) = [case for case in done.found if case["code"] == "T112"]
    assert "700" in case["message_en"] and "gap 0.0%" in case["message_en"]


def test_limits_of_persons_are_heeded_where_somebody_takes_more():
    tables = town(a=5)
    tables["enumeration_areas"]["persons"] = [250, 250, 250, 250, 380]
    done = staff_plan(
        tables, RULES, people=staff(5, capacity=[400, *[300] * 4]), supervisors_total=1
    )
    assert who(done)["a005"] == "e00"


def test_supervisors_who_enumerate_do_so_in_their_own_crew():
    people = pd.concat(
        [staff(8, x=4500.0, y=0.0), staff(0).assign(staff_id="t", x=0.0)], ignore_index=True
    )
    dual = rules(supervisor_enumerates=True)
    done = staff_plan(town(a=10), dual, people=people, supervisors_total=2)
    own = done.areas[done.areas["enumerator"].isin(["s", "t"])]
    assert len(own) == 2 and (own["enumerator"] == own["supervisor"]).all()
    assert not graver(done)


def test_crews_are_whole_numbers_of_neighbours():
    done = staff_plan(town(a=15), RULES, people=empty("STAFF"), supervisors_total=3)
    assert [len(text.split()) for text in done.crews["ea_codes"]] == [5, 5, 5]
    assert [len(shape.geoms) for shape in done.crews.geometry] == [1, 1, 1]
    assert done.crews["minutes"].tolist() == [3000.0] * 3


def test_stacked_eas_are_beside_those_their_slices_touch():
    areas = town(a=4)["enumeration_areas"].assign(kind=["ground", "ground", "stacked", "stacked"])
    shapes = areas.geometry.to_list()
    shapes[2:] = [shapes[1].buffer(-10), shapes[0].buffer(-20)]
    lines = pd.DataFrame({"left_ea": ["a001"], "right_ea": ["a002"]})
    pairs = beside(areas.set_geometry(shapes, crs=areas.crs), lines)
    assert pairs.tolist() == [[0, 1], [0, 3], [1, 2]]


def test_arms_of_one_surrounding_ea_are_grouped_over_the_street_and_it_is_said():
    """Nine blocks in a row, streets of 20 m between them, all streets one EA."""
    blocks = [shapely.box(100 * i, 0, 100 * i + 80, 80) for i in range(9)]
    tables = town(a=10)
    streets = shapely.box(-20, -20, 900, 100) - shapely.union_all(blocks)
    areas = tables["enumeration_areas"]
    tables["enumeration_areas"] = areas.set_geometry([streets, *blocks], crs=areas.crs)
    done = staff_plan(tables, RULES, people=empty("STAFF"), supervisors_total=2)
    assert [len(text.split()) for text in done.crews["ea_codes"]] == [6, 4]  # the fewest gaps
    (case,) = [case for case in done.found if case["code"] in ("T132", "T135")]
    assert case["code"] == "T135" and "3 gaps of up to 20 m" in case["message_en"]
    assert "没有符合的分法（已证明）" in case["message_zh"] and "{" not in case["message_zh"]


def test_a_supervisor_counts_in_the_own_crew_where_an_ea_is_small_enough():
    tables = town(a=10)
    tables["enumeration_areas"]["persons"] = [350] * 5 + [250] * 2 + [350] * 3
    people = pd.concat([staff(8), staff(0).assign(staff_id="t")], ignore_index=True)
    people = people.assign(district_code="a", capacity=[400] * 8 + [300] * 2)
    done = staff_plan(tables, rules(supervisor_enumerates=True), people=people, supervisors_total=2)
    assert not graver(done)
    assert [len(text.split()) for text in done.crews["ea_codes"]] == [6, 4]


def test_a_small_district_shares_a_crew_where_townships_may():
    tables = town(**{"310118002001": 2, "310118002002": 3})
    apart = staff_plan(tables, RULES, people=empty("STAFF"))
    assert [case["code"] for case in apart.found] == ["T131", "T131"]
    tables["enumeration_areas"]["minutes"] = np.nan
    together = staff_plan(
        tables, rules(group_scope="township", supervisors_least=0), people=empty("STAFF")
    )
    assert {case["code"] for case in together.found} <= {"T111", "T132"}


def test_homes_in_degrees_are_taken_to_the_plan():
    tables = town(a=5)
    ground = tables["enumeration_areas"].translate(500_000, 3_450_000)
    tables["enumeration_areas"] = tables["enumeration_areas"].set_geometry(ground)
    east, north = ground.to_crs("EPSG:4326").iloc[4].centroid.coords[0]
    people = staff(5, x=[east, *[np.nan] * 4], y=[north, *[np.nan] * 4])
    assert who(staff_plan(tables, RULES, people=people, supervisors_total=1))["a005"] == "e00"


def test_a_home_far_off_and_a_strange_role_are_said():
    people = staff(5, x=[9e6, *[50.0] * 4], y=0.0)
    people.loc[4, "role"] = "driver"
    done = staff_plan(town(a=5), RULES, people=people, supervisors_total=1)
    assert {"T121", "T123", "T101"} <= set(graver(done))


def test_needs_are_read_or_refused():
    assert words_of("Wu、手语, wu") == ("wu", "手语")
    assert [need.prefix for need in needs_of(rules(needs="31 = wu； 32=sign,wu;"))] == ["31", "32"]
    with pytest.raises(ConfigError, match="CODE = SKILL"):
        needs_of(rules(needs="uyghur"))
    done = staff_plan(town(a=5), rules(needs="zz = wu"), people=staff(5), supervisors_total=1)
    assert "T122" in graver(done)
