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


@pytest.fixture
def villages(tmp_path):
    """A plan of one district, and its houses with people: id to persons."""
    project = write(county(districts=1, persons=1_200, seed=5), tmp_path)
    options = Options(until="plan", workers=1)
    plan = run_project(project, now="2020-11-01T00:00:00Z", options=options).output / "plan.gpkg"
    parts = read_tables(plan, ("dwelling_parts",))["dwelling_parts"]
    return plan, project, parts.groupby("building_id")["persons"].sum().loc[lambda n: n > 3]


def _found(folder, name, *rows):
    file = folder / name
    head = "kind,building_id,persons,x,y,who,when,reference"
    file.write_text("\n".join([head, *(f"{row},Li,{when},{name}" for row, when in rows)]), encoding="utf-8")  # fmt: skip
    return file


def _persons(plan):
    tables = read_tables(plan, ("districts", "enumeration_areas", "dwelling_parts"))
    (n,) = {int(table["persons"].sum()) for table in tables.values()}
    return n


def test_what_came_in_before_a_district_was_reported_does_not_change_it(villages, tmp_path, census):
    plan, _, homes = villages
    waiting = _found(tmp_path, "a.csv", (f"counts,{homes.index[0]},99,,", "2020-11-01"))
    census("corrections", plan, waiting)
    for state in ("checked", "approved", "reported"):
        assert census("sign", plan, state, "--by", "Li Mei")[0] == 0
    before = plan.read_bytes()
    status, said = census("corrections", plan, "--accept", "all", "--by", "Li Mei", "--lang", "en")
    assert status == 2 and "withdraw" in said and plan.read_bytes() == before
    refused = ("--refuse", "all", "--by", "Li Mei", "--reason", "too late")
    assert census("corrections", plan, *refused)[0] == 0


def test_what_another_correction_made_void_is_not_called_accepted(villages, tmp_path, census):
    plan, _, homes = villages
    one, two = homes.index[:2]
    shape = read_tables(plan, ("dwelling_parts",))["dwelling_parts"].set_index("building_id").geometry[two].centroid  # fmt: skip
    before = _persons(plan)
    # Two files tell of the same new house where one that is gone has stood, and one counts a house that is gone.
    files = [
        _found(tmp_path, "a.csv", (f"gone,{one},,,", "2020-11-01"), (f"gone,{two},,,", "2020-11-01")),
        _found(tmp_path, "b.csv", (f"counts,{one},{homes[one] + 20},,", "2020-11-02")),
    ]  # fmt: skip
    for file in files:
        assert census("corrections", plan, file)[0] == 0
    status, said = census("corrections", plan, "--accept", "all", "--by", "Li Mei", "--lang", "en")
    assert status == 1 and "2 accepted, 0 refused" in said and f"{one} is not in the plan" in said
    rows = read_tables(plan, ("corrections",))["corrections"]
    assert rows["state"].tolist() == ["accepted", "accepted", "refused"]
    assert _persons(plan) == before - homes[one] - homes[two]
    new = [
        _found(tmp_path, f"{name}.csv", (f"new,{name},8,{shape.x + move},{shape.y}", "2020-11-03"))
        for name, move in (("n1", 0), ("n2", 1))
    ]
    for file in new:
        assert census("corrections", plan, file)[0] == 0
    status, said = census("corrections", plan, "--accept", "all", "--by", "Li Mei", "--lang", "zh")
    assert status == 1 and "该处已有建筑物 n1" in said
    assert _persons(plan) == before - homes[one] - homes[two] + 8


def test_a_run_does_corrections_in_the_order_they_were_decided(villages, tmp_path, census):
    plan, project, homes = villages
    one = homes.index[0]
    rest = _persons(plan) - int(homes[one])
    for name, n in (("a.csv", 50), ("b.csv", 70)):
        census("corrections", plan, _found(tmp_path, name, (f"counts,{one},{n},,", "2020-11-01")))
    census("corrections", plan, "--accept", "2", "--by", "Li Mei")
    assert _persons(plan) == rest + 70
    rows = read_tables(plan, ("corrections",))["corrections"]
    # A minute later: the clock of a command counts seconds.
    later = rows.loc[rows["seq"] == 2, "decided_on"].iloc[0]
    census("corrections", plan, "--accept", "1", "--by", "Li Mei")
    decided = read_tables(plan, ("corrections",))["corrections"].set_index("seq")["decided_on"]
    assert decided[1] >= later == decided[2]
    mine = _persons(plan)
    run_project(project, now="2020-12-01T00:00:00Z", options=Options(until="plan", workers=1))
    assert _persons(plan) == mine == rest + 50


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_may_be_refused_as_it_comes_in(villages, tmp_path, census, language):
    plan, _, homes = villages
    file = _found(tmp_path, "a.csv", (f"counts,{homes.index[0]},99,,", "2020-11-01"))
    asked = ("--refuse", "all", "--by", "Li Mei", "--reason", "no form", "--lang", language)
    status, said = census("corrections", plan, file, *asked)
    assert status == 1 and "internal" not in said


def test_edits_of_a_plan_at_work_leave_people_with_their_eas(tmp_path, census):
    """Somebody has left and another took the EA: an edit elsewhere gives nobody other work, and none to who has left."""
    project = write(county(districts=2, persons=3_000, seed=5), tmp_path)
    options = Options(until="staff", workers=1)
    plan = run_project(project, now="2020-11-01T00:00:00Z", options=options).output / "plan.gpkg"
    first = min(holders(plan))
    asked = ("--drop", holders(plan)[first], "--choose", "fewest", "--by", "Li Mei", "--day", "2020-11-05")  # fmt: skip
    gone = holders(plan)[first]
    census("progress", plan, *asked)
    before = holders(plan)
    edits = tmp_path / "edits.csv"
    edits.write_text(f"seq,op,ea_code,who,reason,when\n1,lock,{max(before)},Li,as is,2020-11-05\n", encoding="utf-8")  # fmt: skip
    status, said = census("apply", plan, edits, "--by", "Li Mei", "--lang", "en")
    assert "1 edits done" in said and status in (0, 1)
    assert holders(plan) == before and gone not in before.values()
    staff = read_tables(plan, ("staff",))["staff"].set_index("staff_id")
    assert staff["role"][gone] == "left"
