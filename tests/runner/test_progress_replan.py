"""Who is left without a person after a drop-out is said in the plan, until somebody is found."""

from census_gis.runner.progress_report import Asked, report_progress
from census_gis.runner.staff import staff_anew
from census_gis.store.geopackage import read_tables
from tests.runner.small_plan import write
from tests.runner.test_staff_anew import NOW, whole_staff


def unstaffed(plan):
    layers = read_tables(plan, ("findings", "enumeration_areas"))
    found = layers["findings"]
    areas = layers["enumeration_areas"]
    alone = sorted(areas.loc[areas["enumerator"] == "UNSTAFFED", "ea_code"])
    return sorted(found.loc[found["code"] == "T103", "row_key"]), alone


def asked(**change):
    facts = {
        "now": NOW,
        "by": "张三",
        "day": "2020-11-05",
        "stage": "short",
        "dropped": (),
        "choice": "",
        "language": "zh",
    }
    return Asked(*{**facts, **change}.values())


def test_an_ea_without_a_person_is_a_finding_until_there_is_one(tmp_path):
    plan = write(tmp_path, staff=whole_staff())
    staff_anew(plan, now=NOW)
    assert unstaffed(plan) == ([], [])
    report_progress(plan, None, asked=asked(dropped=("e1",), choice="fewest"))
    found, alone = unstaffed(plan)
    assert len(alone) == 1 and found == alone
    staff_anew(plan, now=NOW)  # who gives out work anew says it in its own words
    assert unstaffed(plan)[0] == []
