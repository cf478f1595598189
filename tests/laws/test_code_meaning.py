"""Edits that name EAs by code: once a draft was divided from other inputs, the codes may mean other EAs, and that is told."""

import re
import shutil

import pandas as pd
import pytest

from census_gis.runner import main
from census_gis.store.geopackage import read_tables
from tests.laws.conftest import FIRST


@pytest.fixture
def place(as_given, tmp_path):
    """A copy of the planned place: its project file."""
    folder = tmp_path / "place"
    shutil.copytree(as_given.parent, folder)
    project = folder / "project.toml"
    with project.open("a", encoding="utf-8") as file:
        file.write('\n[inputs.edits]\nfile = "edits.csv"\n')
    return project


def listed(project, **row):
    plan = read_tables(project.parent / "outputs" / "plan.gpkg", ("enumeration_areas",))
    code = str(plan["enumeration_areas"]["ea_code"].iloc[0])
    edit = {"op": "lock", "ea_code": code, "reason": "agreed", "who": "Li Mei", **row}
    pd.DataFrame([edit]).to_csv(project.parent / "edits.csv", index=False)


def told(project):
    """Districts whose codes may mean others, after a run."""
    ended = main.run_project(project, now=FIRST, options=main.Options(until="plan", workers=1))
    assert ended.exit_code in (0, 1)
    found = read_tables(ended.output / "plan.gpkg", ("findings",))["findings"]
    return found.loc[found["code"] == "A515", "row_key"].tolist()


def seeded(project, seed):
    text, times = re.subn(r"(?m)^seed +=.*$", f"seed = {seed}", project.read_text(encoding="utf-8"))
    assert times == 1
    project.write_text(text, encoding="utf-8")


def test_codes_of_the_plan_there_is_are_what_they_were(place):
    listed(place)
    assert told(place) == []
    assert told(place) == []


def test_a_list_that_outlived_its_division_is_told_until_it_is_looked_at(place):
    listed(place)
    assert told(place) == []
    seeded(place, 4711)
    first = told(place)
    assert len(first) == 1
    assert told(place) == first
    listed(place, when="2020-11-02")
    assert told(place) == []


def test_edits_of_buildings_mean_the_same_in_any_division(place):
    parts = read_tables(place.parent / "outputs" / "plan.gpkg", ("dwelling_parts",))
    key = parts["dwelling_parts"]["building_id"].iloc[0]
    edit = {"op": "lock", "building_id": key, "reason": "agreed", "who": "Li Mei"}
    pd.DataFrame([edit]).to_csv(place.parent / "edits.csv", index=False)
    seeded(place, 4711)
    assert told(place) == []
