"""A plan being written gets walks and minutes where it has none, and keeps those it has."""

import numpy as np
import pytest

from census_gis.field import work as field_work
from census_gis.field.minutes import PARTS
from census_gis.profile import Profile, completed, load_profile
from census_gis.runner import work
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
        add_work(plan, completed(Profile(RULES.name, RULES.title, older)))
    after = read_tables(worked)["enumeration_areas"].drop(columns="geometry")
    first = before["district_code"] == CODES[0]
    assert before[first].equals(after[first])
    assert (after.loc[~first, "minutes"] == 1).all()


def made(folder, **how):
    """What a plan is told of its EAs and dwelling parts, and the findings."""
    path = write(folder)
    with revising(path, crs=CRS, entries=[ENTRY]) as plan:
        found = add_work(plan, RULES, **how)
    tables = read_tables(path)
    return found, [
        tables[name].drop(columns="geometry") for name in ("enumeration_areas", "dwelling_parts")
    ]


def test_two_processes_write_what_one_does(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    _, alone = made(tmp_path / "a")
    monkeypatch.setattr(work, "SHARED_FROM", 1)
    monkeypatch.setattr(field_work, "BATCH_EAS", 1)
    found, shared = made(tmp_path / "b", workers=2)
    assert found == []
    assert alone[0]["minutes"].notna().all()
    assert all(one.equals(other) for one, other in zip(alone, shared, strict=True))


def test_where_workers_are_killed_nothing_is_guessed_and_the_next_time_fills_it(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(work, "SHARED_FROM", 1)
    monkeypatch.setattr(field_work, "BATCH_EAS", 1)

    def killed(walk, jobs, *, workers, lost):
        first, *others = jobs
        return [*map(walk, others), lost(first)]

    monkeypatch.setattr(work.pool, "each", killed)
    found, (areas, parts) = made(tmp_path, workers=2)
    gone = areas["district_code"] == CODES[0]
    assert [case["code"] for case in found] == ["T136"]
    assert str(gone.sum()) in found[0]["message_en"]
    assert areas.loc[gone, ["walk_m", "minutes", "minutes_high"]].isna().all(axis=None)
    assert parts.loc[parts["district_code"] == CODES[0], "visit"].isna().all()
    assert areas.loc[~gone, "minutes"].notna().all()
    with revising(tmp_path / "plan.gpkg", crs=CRS, entries=[ENTRY]) as plan:
        assert add_work(plan, RULES) == []
    assert read_tables(tmp_path / "plan.gpkg")["enumeration_areas"]["minutes"].notna().all()
