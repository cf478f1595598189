"""A plan of an earlier version lacks layers and columns: they are added empty, never filled with their own names."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from census_gis.store.geopackage import read_tables, revise, write_plan
from census_gis.store.log import Entry

CRS = "EPSG:4549"
ACT = Entry(time="2026-01-01T00:00:00Z", actor="a", operation="sign")


@pytest.fixture
def older(tmp_path):
    path = tmp_path / "plan.gpkg"
    row = {"district_code": ["d"], "name": ["d"], "persons": [0], "ea_count": [0], "state": ["draft"],
           "mean_border_m": [20.0], "geometry": [None]}  # fmt: skip
    write_plan(path, {"districts": pd.DataFrame(row)}, ACT, crs=CRS)
    with closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("ALTER TABLE districts DROP COLUMN mean_border_m")
        connection.execute("DROP TABLE corrections")
        for table in (
            "gpkg_contents",
            "gpkg_geometry_columns",
            "gpkg_ogr_contents",
            "gpkg_extensions",
        ):
            connection.execute(f"DELETE FROM {table} WHERE table_name = 'corrections'")
        connection.commit()
    return path


def test_an_older_plan_is_read_and_changed(older):
    assert read_tables(older, ("districts",))["districts"]["mean_border_m"].isna().all()
    with revise(older, entries=[ACT]) as plan:
        plan.put("districts", plan.frame("districts").assign(mean_border_m=7.0))
    tables = read_tables(older, ("districts", "corrections"))
    assert tables["districts"]["mean_border_m"].tolist() == [7.0]
    assert len(tables["corrections"]) == 0


def test_rows_taken_from_an_older_plan_are_empty_where_it_has_no_column(older, tmp_path):
    fresh = tmp_path / "fresh.gpkg"
    write_plan(fresh, {}, ACT, crs=CRS)
    with revise(fresh, entries=[ACT]) as plan:
        plan.copy(older, ("districts", "corrections"))
    found = read_tables(fresh, ("districts",))["districts"]
    assert found["district_code"].tolist() == ["d"] and found["mean_border_m"].isna().all()
