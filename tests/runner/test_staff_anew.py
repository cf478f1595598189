"""`staff PLAN.gpkg`: people get EAs, the layers and the log say so, and the book is written."""

import json
import sys

import geopandas as gpd
import pandas as pd
import pytest
from openpyxl import load_workbook

from census_gis import cli
from census_gis.errors import InputError
from census_gis.profile import load_profile
from census_gis.runner.staff import pilot_taken, staff_anew
from census_gis.runner.work import add_work
from census_gis.store.assembly import revising
from census_gis.store.geopackage import read_log, read_tables
from census_gis.tables import conform
from tests.runner.small_plan import CODES, CRS, tables, write

NOW = "2020-11-02T08:00:00Z"


def listed(*rows) -> pd.DataFrame:
    names = ["staff_id", "role", "district_code", "ea_codes"]
    return conform(pd.DataFrame(list(rows), columns=names).assign(display_name="=张"), "staff")


def whole_staff() -> pd.DataFrame:
    first, second = CODES
    return listed(
        ("s1", "supervisor", first, None), ("s2", "supervisor", second, None),
        ("e1", "enumerator", first, None), ("e2", "enumerator", first, f"{second}002"),
        ("e3", "enumerator", second, None), ("e4", "enumerator", second, None),
    )  # fmt: skip


def said(**facts) -> pd.DataFrame:
    settings = tables()["settings"].set_index("key")
    for key, value in facts.items():
        settings.loc[key.replace("__", ".")] = [value, "-", "test"]
    return conform(settings.reset_index().sort_values("key"), "settings")


def test_people_of_the_plan_are_given_out_and_the_act_is_logged(tmp_path):
    plan = write(tmp_path, staff=whole_staff())
    found = staff_anew(plan, now=NOW)
    layers = read_tables(plan)
    who = layers["enumeration_areas"].set_index("ea_code")["enumerator"]
    assert who[f"{CODES[1]}002"] == "e2" and sorted(who) == ["e1", "e2", "e3", "e4"]
    assert sorted(layers["crews"]["supervisor"]) == ["s1", "s2"]
    assert len(layers["assignments"]) == 4 and "error" not in set(found["severity"])
    assert layers["staff"]["ea_codes"].dropna().tolist() == [f"{CODES[1]}002"]
    assert read_log(plan)[-1][3] == "staff"


def test_a_second_time_nothing_changes_but_the_log(tmp_path):
    for people in (None, whole_staff()):
        folder = tmp_path / str(people is None)
        folder.mkdir()
        plan = write(folder, **({} if people is None else {"staff": people}))
        seen = []
        for _ in (1, 2):
            staff_anew(plan, now=NOW)
            layers = read_tables(plan)
            seen.append({name: pd.DataFrame(layers[name]).drop(columns="geometry", errors="ignore").to_json()
                         for name in ("staff", "assignments", "crews", "enumeration_areas", "findings")})  # fmt: skip
        assert seen[0] == seen[1]


def test_posts_without_names_stay_as_many_as_are_needed(tmp_path):
    """An EA more or less, and the numbered posts follow; they are nobody's names."""
    plan = write(tmp_path)
    staff_anew(plan, now=NOW)
    first = read_tables(plan)["staff"]
    staff_anew(plan, now=NOW)
    assert read_tables(plan)["staff"]["staff_id"].tolist() == first["staff_id"].tolist()
    assert first["staff_id"].tolist() == ["E0001", "E0002", "E0003", "E0004", "S0001", "S0002"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_book_has_a_row_for_each_ea_and_sums(tmp_path, language):
    settings = said(
        project__language=language, staffing__budget="4000", staffing__first_payment="1000"
    )
    plan = write(tmp_path, staff=whole_staff(), settings=settings)
    found = staff_anew(plan, now=NOW)
    assert set(found["code"]) >= {"T214"}  # six at 800
    book = load_workbook(tmp_path / "report" / "responsibility.xlsx")
    names = {"zh": ["责任落实表", "人员与补助", "普查组", "培训与设备"],
             "en": ["Responsibility", "People and pay", "Crews", "Training and devices"]}  # fmt: skip
    assert book.sheetnames == names[language]
    duty, people, crews, groups = book.worksheets
    assert [row[0].row for row in duty.iter_rows(min_row=4)][-1] == 8  # four EAs and the total
    cells = {cell.value for row in duty.iter_rows() for cell in row}
    assert {"=张", f"{CODES[0]}001", 1200} <= cells
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    note = people["A2"].value
    assert "4,800" in note and "800" in note and "1,000" in note
    last = [cell.value for cell in people[people.max_row]]
    assert last.count(4800) == 2 and 1000 in last  # flat, in all, first payment
    assert crews.max_row == 6
    assert [cell.value for cell in groups[groups.max_row]][-3:] == [6, 1, 7]


def test_too_few_people_end_with_1_and_words_for_nobody(tmp_path, capsys, monkeypatch):
    plan = write(tmp_path, staff=whole_staff().iloc[:4])
    monkeypatch.setattr(sys, "argv", ["census-gis", "staff", str(plan), "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    code = ended.value.code
    record = json.loads(capsys.readouterr().out)
    assert code == record["exit"] == 1
    assert {"T101"} <= {row["code"] for row in record["assignment"]}
    book = load_workbook(tmp_path / "report" / "responsibility.xlsx")
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    assert "UNSTAFFED" not in cells and len(gpd.read_file(plan, layer="crews")) == 2
    assert gpd.read_file(plan, layer="crews").crs == CRS


def test_hours_of_a_pilot_change_all_minutes_and_stay_with_the_plan(tmp_path):
    plan = write(tmp_path, staff=whole_staff())
    staff_anew(plan, now=NOW)
    before = read_tables(plan)["enumeration_areas"].set_index("ea_code")["minutes"]
    first = before.index.min()
    hours = tmp_path / "试点.csv"
    hours.write_text(
        f"小区代码,普查员,工时\n{first},e1,{3 * before[first] / 60:.2f}\n", encoding="utf-8"
    )
    made = pilot_taken(plan, hours, now=NOW)
    kind = made.table.index[made.table["eas"] > 0].item()
    assert made.table.loc[kind, "error"] < made.table.loc[kind, "before"]
    after = read_tables(plan)["enumeration_areas"].set_index("ea_code")
    assert (after["minutes"] > before).all() and (after["minutes"] <= after["minutes_high"]).all()
    kept = read_tables(plan)["settings"].set_index("key")
    assert kept.loc[f"pilot.{kind}.interview", "source"].startswith("试点.csv: 1 EAs")
    assert read_log(plan)[-1][3] == "pilot" and "pilot." in str(read_log(plan)[-1])

    # What is worked out later goes by the pilot too, and a second pilot takes the place of the first.
    with revising(plan, crs=CRS, entries=[]) as held:
        held.connection.execute("UPDATE enumeration_areas SET minutes = NULL")
        add_work(held, load_profile("cn2020"))
    again = read_tables(plan)["enumeration_areas"].set_index("ea_code")["minutes"]
    assert again.to_dict() == after["minutes"].to_dict()
    pilot_taken(plan, hours, now=NOW)
    settings = read_tables(plan)["settings"]
    assert settings["key"].is_unique
    assert (
        read_tables(plan)["enumeration_areas"].set_index("ea_code")["minutes"].to_dict()
        == again.to_dict()
    )


@pytest.mark.parametrize("text, said", [
    ("ea_code,hours\n999,3\n", "not in the plan"), ("ea_code,hours\n", "no rows"), ("ea_code,days\n1,2\n", "hours"),
    (f"ea_code,hours\n{CODES[0]}001,-1\n", "no hours above 0"),
])  # fmt: skip
def test_a_pilot_that_cannot_be_used_changes_nothing(tmp_path, text, said):
    plan = write(tmp_path, staff=whole_staff())
    held, file = plan.read_bytes(), tmp_path / "pilot.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        pilot_taken(plan, file, now=NOW)
    assert plan.read_bytes() == held
