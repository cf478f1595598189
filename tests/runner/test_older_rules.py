"""A plan made before there were some rules can still be staffed, edited and judged."""

import pandas as pd
import pytest

from census_gis.profile import completed, load_profile
from census_gis.runner.recheck import profile_of
from census_gis.runner.staff import staff_anew
from census_gis.store.geopackage import read_tables
from tests.runner.small_plan import tables, write

LATER = ("staff.crew_", "staff.training_group", "work.", "weights.", "blocks.", "calendar.")


@pytest.fixture
def older():
    """Settings of a plan without the rules that came later."""
    settings = tables()["settings"]
    return settings[~settings["key"].str.startswith(LATER)].reset_index(drop=True)


def test_what_a_plan_says_stands_and_the_rest_is_the_general_profiles(older):
    told = older.assign(value=older["value"].mask(older["key"] == "staff.persons_per_post", "123"))
    profile = profile_of(told)
    general = load_profile("un")
    assert profile["staff.persons_per_post"] == 123
    assert set(profile.rules) == set(general.rules)
    assert profile["blocks.above"] == 0 and profile["calendar.moment"] == ""  # not those of cn2020
    assert profile.rules["work.walk_ms"] == general.rules["work.walk_ms"]


def test_units_of_rules_that_came_later_follow_what_the_census_counts():
    firms = load_profile("cn_economic")
    rules = {key: rule for key, rule in firms.rules.items() if not key.startswith(LATER)}
    again = completed(type(firms)(firms.name, firms.title, rules))
    assert again.rules["blocks.least"].unit == firms.rules["blocks.least"].unit != "persons"


def test_an_older_plan_is_staffed(older, tmp_path):
    plan = write(tmp_path, settings=pd.DataFrame(older))
    staff_anew(plan, now="2020-11-02T08:00:00Z")
    assert read_tables(plan, ("assignments",))["assignments"]["ea_code"].nunique() == 4
