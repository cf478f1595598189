"""A plan being written gets walks and minutes where it has none, and keeps those it has."""

import numpy as np
import pytest

from census_gis.field.minutes import PARTS
from census_gis.profile import Profile, load_profile
from census_gis.runner.work import add_work
from census_gis.store.assembly import revising
from census_gis.store.geopackage import read_tables
from census_gis.store.log import Entry
from tests.runner.small_plan import CODES, CRS, write

ENTRY = Entry("2020-11-02T08:00:00Z", "Zhang", "staff")
RULES = load_profile("cn2020")


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("work"))
    with revising(path, crs=CRS, entries=[ENTRY]) as plan:
        add_work(plan, RULES)
    return path


def test_every_ea_has_its_walk_its_parts_and_its_bounds(worked):
    areas = read_tables(worked)["enumeration_areas"]
    minutes = areas["minutes"].to_numpy()
    parts = areas[[f"minutes_{part}" for part in PARTS]]
    assert np.allclose(parts.sum(axis=1), minutes)
    assert (parts >= 0).all().all()
    assert (areas["minutes_low"] <= minutes).all() and (minutes <= areas["minutes_high"]).all()
    assert (areas["walk_m"] > 0).all()


def test_each_ea_is_visited_from_one_on(worked):
    parts = read_tables(worked)["dwelling_parts"]
    for _, mine in parts.groupby("ea_code"):
        assert sorted(mine["visit"]) == list(range(1, len(mine) + 1))
        assert mine.loc[mine["building_number"] == 1, "visit"].tolist() == [1]


def test_what_is_there_stays_and_what_is_missing_comes_back_the_same(worked):
    before = read_tables(worked)["enumeration_areas"].drop(columns="geometry")
    with revising(worked, crs=CRS, entries=[ENTRY]) as plan:
        plan.connection.execute(
            "UPDATE enumeration_areas SET minutes = 1 WHERE district_code = ?", CODES[1:]
        )
        plan.connection.execute(
            "UPDATE enumeration_areas SET minutes = NULL, walk_m = NULL WHERE ea_code = ?",
            (f"{CODES[0]}002",),
        )
        older = {key: rule for key, rule in RULES.rules.items() if not key.startswith("work.")}
        add_work(plan, Profile(RULES.name, RULES.title, older))
    after = read_tables(worked)["enumeration_areas"].drop(columns="geometry")
    first = before["district_code"] == CODES[0]
    assert before[first].equals(after[first])
    assert (after.loc[~first, "minutes"] == 1).all()
