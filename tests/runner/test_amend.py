"""After districts of a plan were replaced, what is about several of them is as the EAs now are."""

import pandas as pd
import pytest
import shapely

from census_gis.runner.amend import amend
from census_gis.store.geopackage import read_log, read_tables
from census_gis.store.log import Entry
from census_gis.tables import conform
from tests.runner.small_plan import CODES, CRS, square, write
from tests.runner.small_plan import tables as layers

ENTRY = Entry("2020-11-02T08:00:00Z", "Zhang", "apply")


def special(ea_code):
    """A dormitory in the first EA of the first district."""
    row = {"special_id": "S1", "district_code": CODES[0], "ea_code": ea_code, "kind": "dormitory", "name": "宿舍",
           "persons": 20, "policy": "join", "contact_office": None,
           "geometry": shapely.multipolygons([square(20, 120, 40)])}  # fmt: skip
    return conform(pd.DataFrame([row]), "special_areas", crs=CRS)


def staff():
    row = {"staff_id": "P1", "role": "enumerator", "capacity": 1}
    return conform(pd.DataFrame([row]), "staff")


def finding(code, layer, district=None):
    return {"code": code, "severity": "warning", "layer": layer, "row_key": "", "message": code, "fix": "",
            "district_code": district, "geometry": None}  # fmt: skip


@pytest.fixture(scope="module")
def amended(tmp_path_factory):
    """A plan whose special area names an EA that is no more, and what became of it."""
    kept = [finding("D999", "staff"), finding("D998", "buildings"), finding("A999", "", CODES[1])]
    told = [*kept, finding("T101", "staff")]
    lines = layers()["ea_lines"]
    plan = write(
        tmp_path_factory.mktemp("plan"), ea_lines=lines.assign(district_code=lines["left_ea"].str[:12]),
        special_areas=special(f"{CODES[0]}099"), staff=staff(),
        findings=conform(pd.DataFrame(told), "findings", crs=CRS),
    )  # fmt: skip
    amend(plan, [], entries=[ENTRY])
    return plan, read_tables(plan)


def test_a_special_area_names_the_ea_that_holds_it_now(amended):
    _, tables = amended
    assert tables["special_areas"]["ea_code"].tolist() == [f"{CODES[0]}001"]


def test_lines_between_districts_name_the_ea_on_the_other_side(amended):
    _, tables = amended
    lines = tables["ea_lines"]
    over = lines[lines["left_ea"].str[:12] != lines["right_ea"].str[:12].fillna("")]
    pairs = set(zip(over["left_ea"], over["right_ea"].fillna(""), strict=True))
    for serial in ("001", "002"):
        assert (f"{CODES[0]}{serial}", f"{CODES[1]}{serial}") in pairs


def test_findings_of_staffing_are_new_and_all_others_stay(amended):
    _, tables = amended
    found = tables["findings"]
    assert {"D999", "D998", "A999"} <= set(found["code"])
    told = found.loc[found["code"] == "T101", "message"].tolist()
    assert len(told) == 2 and "T101" not in told  # one a district


def test_the_act_is_logged_after_those_before(amended):
    assert [row[3] for row in read_log(amended[0])] == ["run", "apply"]
