"""The report links what lies beside it, and its figures leave out what is not ordinary ground."""

import re

import pandas as pd
import pytest

from census_gis.field.staffing import UNSTAFFED
from census_gis.present.lists import ea_list
from census_gis.present.outputs import write_report
from census_gis.present.report import figures_of
from census_gis.present.words import said_value
from census_gis.runner.recheck import profile_of
from census_gis.store.geopackage import read_tables


@pytest.fixture(scope="module")
def tables(as_given):
    return read_tables(as_given / "plan.gpkg")


def test_every_link_of_the_report_leads_to_a_file(tables, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "staffing_totals.xlsx").write_bytes(b"")
    write_report(tables, folder, profile=profile_of(tables["settings"]), made_on="2026-01-01")
    links = re.findall(r'href="([^"#]+)"', (folder / "index.html").read_text("utf-8"))
    assert {"border_buildings.html", "staffing_totals.xlsx", "ea_list.xlsx"} <= set(links)
    assert all((folder / link).is_file() for link in links)


def test_an_ea_without_anybody_is_not_called_assigned(tables):
    rules = profile_of(tables["settings"])
    some = tables["assignments"].copy()
    some["staff_id"] = [UNSTAFFED, *some["staff_id"].iloc[1:]]
    shown = dict(figures_of({**tables, "assignments": some}, rules, "en"))
    assert shown["EAs with an enumerator; supervisors"].startswith(
        f"{len(some) - 1} of {len(some)};"
    )


@pytest.mark.parametrize(("language", "words"), [("zh", "（无人）"), ("en", "(nobody)")])
def test_the_list_says_nobody_in_words(tables, tmp_path, language, words):
    areas = tables["enumeration_areas"].assign(enumerator=UNSTAFFED)
    ea_list({**tables, "enumeration_areas": areas}, tmp_path / "ea.xlsx", language=language)
    cells = pd.read_excel(tmp_path / "ea.xlsx", header=None).astype(str).to_numpy().ravel().tolist()
    assert words in cells and UNSTAFFED not in cells


@pytest.mark.parametrize(("value", "en", "zh"), [(True, "yes", "是"), (False, "no", "否"), (1, "1", "1"), ("own", "own", "own")])  # fmt: skip
def test_rules_that_hold_or_not_are_said_in_words(value, en, zh):
    assert (said_value(value, "en"), said_value(value, "zh")) == (en, zh)
