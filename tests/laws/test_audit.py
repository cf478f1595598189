"""An audit that finds nothing must be able to find: a plan is spoiled in one way at a time."""

import shutil
import sqlite3
from contextlib import closing

import pytest
import shapely

from census_gis.areas.audit import audit_tables
from census_gis.runner.recheck import profile_of, recheck
from census_gis.store.geopackage import read_tables

LAYERS = ("districts", "enumeration_areas", "dwelling_parts", "ea_lines")


@pytest.fixture
def tables(as_given):
    return read_tables(as_given / "plan.gpkg")


def codes(tables):
    found = audit_tables(*(tables[name] for name in LAYERS), profile_of(tables["settings"]))
    return set(found.loc[found["severity"] == "error", "code"])


def test_an_honest_plan_has_no_error(tables):
    assert codes(tables) == set()


def test_an_area_in_two_pieces_without_a_word_is_seen(tables):
    areas = tables["enumeration_areas"]
    areas.loc[0, "remark"] = None
    far = shapely.box(0, 0, 1, 1)
    areas.loc[0, "geometry"] = shapely.multipolygons(
        [*shapely.get_parts(areas.geometry.iloc[0]), far]
    )
    assert "A405" in codes(tables)
    areas.loc[0, "remark"] = "PIECES: 共 2 块"
    assert "A405" not in codes(tables)


def test_districts_that_overlap_are_seen(tables):
    land = tables["districts"]
    shape = land.geometry.iloc[0].union(land.geometry.iloc[1].representative_point().buffer(5))
    land.loc[0, "geometry"] = shapely.multipolygons(shapely.get_parts(shape))
    assert "A404" in codes(tables)


def test_overlapping_houses_in_two_areas_are_seen(tables):
    parts = tables["dwelling_parts"]
    first = parts.index[parts["persons"].between(1, 100)][0]
    same = parts["district_code"] == parts.at[first, "district_code"]
    other = parts.index[same & (parts["ea_code"] != parts.at[first, "ea_code"])
                        & parts["persons"].between(1, 100)][0]  # fmt: skip
    parts.loc[other, "geometry"] = parts.geometry[first]
    assert "A415" in codes(tables)


def test_a_person_added_by_hand_is_seen(tables):
    parts = tables["dwelling_parts"]
    parts.loc[0, "persons"] += 1
    assert "A433" in codes(tables)


def test_a_code_used_twice_is_seen(tables):
    areas = tables["enumeration_areas"]
    areas.loc[1, "ea_code"] = areas.at[0, "ea_code"]
    assert "A441" in codes(tables)


def test_a_log_changed_from_outside_is_seen(as_given, tmp_path):
    copy = tmp_path / "plan.gpkg"
    shutil.copyfile(as_given / "plan.gpkg", copy)
    assert recheck(copy).exit_code == 0
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("UPDATE audit_log SET actor = 'somebody else'")
        connection.commit()
    again = recheck(copy)
    assert again.exit_code == 1
    assert "A901" in set(again.found["code"])
