"""Commands of the days in the field: progress and corrections, as an office calls them."""

import json
import sys

import pandas as pd
import pytest

from census_gis import cli
from census_gis.runner.main import Options, run_project
from census_gis.store.geopackage import read_tables
from census_gis.synthetic import county, write
from census_gis.tables import conform
from tests.runner import small_plan

PEOPLE = ("E0001", "E0002", "E0003", "E0004", "E0005", "E0006", "S0001")
NOTHING = "nothing was changed"


@pytest.fixture
def census(capsys, monkeypatch):
    """Calls a command in this process: exit status and its result."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["census-gis", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return ended.value.code, said.out + said.err

    return call


@pytest.fixture
def plan(tmp_path):
    """Four EAs, each with somebody; E0005 and E0006 live next door and have none."""
    areas = small_plan.tables()["enumeration_areas"]
    areas = areas.assign(enumerator=list(PEOPLE[:4]), supervisor="S0001")
    homes = areas.geometry.centroid
    staff = pd.DataFrame({
        "staff_id": PEOPLE, "role": ["enumerator"] * 6 + ["supervisor"], "district_code": small_plan.CODES[0],
        "x": [*homes.x, homes.x[0], homes.x[3], homes.x[0]], "y": [*homes.y, homes.y[0], homes.y[3], homes.y[0]],
    })  # fmt: skip
    return small_plan.write(tmp_path, enumeration_areas=areas, staff=conform(staff, "staff"))


def holders(plan):
    areas = read_tables(plan, ("enumeration_areas",))["enumeration_areas"]
    return areas.set_index("ea_code")["enumerator"].to_dict()


def test_reports_are_taken_in_once_and_told_in_the_language_asked_for(plan, tmp_path, census):
    code = f"{small_plan.CODES[0]}001"
    file = tmp_path / "events.csv"
    file.write_text(f"ea_code,staff_id,stage,time,done,remaining\n{code},E0001,短表,2020-11-02,40,60\n"
                    f"nowhere,E0001,短表,2020-11-02,1,1\n{code},E0001,登记,2020-11-02,1,1\n", encoding="utf-8")  # fmt: skip
    status, said = census("progress", plan, file, "--day", "2020-11-05", "--json", "--lang", "en")
    record = json.loads(said)
    assert (status, record["taken"], record["whole"]["done"]) == (1, 1, 40)
    # 登记 is said of the short form and of the long one.
    assert [row["row"] for row in record["refused"]] == [2, 3]
    assert "not in the plan" in record["refused"][0]["why"]
    status, said = census("progress", plan, file, "--day", "2020-11-05", "--lang", "zh")
    assert status == 1 and "另有 1 条此前已收到" in said and "已登记 40 户" in said


def test_whoever_has_left_is_given_no_work_again(plan, census):
    before = holders(plan)
    asked = ("progress", plan, "--day", "2020-11-05", "--lang", "en")
    status, said = census(*asked, "--drop", "E0001")
    assert status == 0 and NOTHING in said and holders(plan) == before
    census(*asked, "--drop", "E0001", "--choose", "nearest", "--by", "Li Mei")
    assert sorted(holders(plan).values()) == ["E0002", "E0003", "E0004", "E0005"]
    census(*asked, "--drop", "E0005", "--choose", "nearest", "--by", "Li Mei")
    assert sorted(holders(plan).values()) == ["E0002", "E0003", "E0004", "E0006"]


def test_a_plan_without_people_has_nobody_to_give_work_to(tmp_path, census):
    plan = small_plan.write(tmp_path)
    status, said = census("progress", plan, "--choose", "few", "--by", "Li Mei", "--lang", "en")
    assert status == 3 and "census-gis staff" in said


@pytest.mark.parametrize(
    ("language", "why"), [("en", "is not in the plan"), ("zh", "方案中没有建筑物")]
)
def test_corrections_are_refused_in_the_language_asked_for(tmp_path, census, language, why):
    file = tmp_path / "found.csv"
    file.write_text("kind,building_id,who,when,reference\ngone,X9,Li,2020-11-01,F1\n", encoding="utf-8")  # fmt: skip
    status, said = census("corrections", small_plan.write(tmp_path), file, "--lang", language)
    assert status == 1 and why in said


def test_an_accepted_correction_changes_the_persons_of_its_ea(tmp_path, census):
    project = write(county(districts=1, persons=1_200, seed=5), tmp_path)
    options = Options(until="plan", workers=1)
    plan = run_project(project, now="2020-11-01T00:00:00Z", options=options).output / "plan.gpkg"
    parts = read_tables(plan, ("dwelling_parts",))["dwelling_parts"]
    home = parts[parts["persons"] > 3].iloc[0]
    mine = int(parts.loc[parts["building_id"] == home["building_id"], "persons"].sum())
    file = tmp_path / "found.csv"
    file.write_text(f"kind,building_id,persons,who,when,reference\ncounts,{home['building_id']},{mine + 2},Li,2020-11-01,F1\n",
                    encoding="utf-8")  # fmt: skip
    status, said = census("corrections", plan, file, "--json", "--lang", "en")
    assert status == 0 and json.loads(said)["decided"] == []
    status, said = census("corrections", plan, "--accept", "all", "--by", "Li Mei", "--json")
    (changed,) = [row for row in json.loads(said)["areas"] if row["ea_code"] == home["ea_code"]]
    assert changed["persons"] == changed["persons_before"] + 2
    after = read_tables(plan, ("dwelling_parts",))["dwelling_parts"]
    assert after["persons"].sum() == parts["persons"].sum() + 2


def test_a_code_given_up_with_its_houses_is_not_used_again_by_a_division(tmp_path, census):
    """A draft: an EA loses all its houses, another one doubles and is divided in the same act."""
    project = write(county(districts=1, persons=1_500, seed=5), tmp_path)
    options = Options(until="plan", workers=1)
    plan = run_project(project, now="2020-11-01T00:00:00Z", options=options).output / "plan.gpkg"
    parts = read_tables(plan, ("dwelling_parts",))["dwelling_parts"]
    alone = parts.groupby("building_id")["ea_code"].nunique() == 1
    homes = parts[parts["building_id"].map(alone).fillna(False)]
    houses = homes.groupby("ea_code")["building_id"].nunique()
    other = houses.idxmax()
    one = houses.drop(other).idxmin()
    gone = homes.loc[homes["ea_code"] == one, "building_id"].unique()
    grown = homes[homes["ea_code"] == other].groupby("building_id")["persons"].sum()
    rows = [f"gone,{key},,Li,2020-11-01,F1" for key in gone]
    rows += [f"counts,{key},{2 * n + 1},Li,2020-11-01,F1" for key, n in grown.items()]
    file = tmp_path / "found.csv"
    file.write_text("\n".join(["kind,building_id,persons,who,when,reference", *rows]), encoding="utf-8")  # fmt: skip
    asked = ("--accept", "all", "--by", "Li Mei", "--resplit", "--json")
    _, said = census("corrections", plan, file, *asked)
    after = read_tables(plan, ("enumeration_areas", "retired_codes", "edits"))
    used, retired = (set(after[name]["ea_code"]) for name in ("enumeration_areas", "retired_codes"))
    assert one in retired and (after["edits"]["outcome"] == "done").any()
    assert not used & retired
    assert "A447" not in [row["code"] for row in json.loads(said)["errors"]]


def test_without_a_file_and_with_nothing_waiting_it_says_so(tmp_path, census):
    plan = small_plan.write(tmp_path)
    assert census("corrections", plan, "--lang", "en") == (0, "nothing waits.\n")
    assert json.loads(census("corrections", plan, "--json")[1])["errors"] == []
