"""A plan comes back as it went in, and a failed write leaves the old one."""

import errno
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import partial

import pandas as pd
import pyogrio
import pytest
from shapely import box

from census_gis.errors import InputError
from census_gis.store import assembly
from census_gis.store.geopackage import LAYERS, read_log, read_tables, write_plan
from census_gis.store.log import Entry, verify
from census_gis.store.styles import STYLES, qml
from census_gis.tables import empty, names

CRS = "EPSG:4549"
HOLDS = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""
ENTRY = Entry("2026-01-01T00:00:00Z", "test", "run")


def small_plan():
    districts = pd.DataFrame({
        "district_code": ["310199001001"], "name": ["学府社区"], "persons": [300], "persons_given": [None],
        "persons_away": [0], "households": [None], "ea_count": [1], "state": ["draft"],
        "geometry": [box(0, 0, 100, 100)],
    })  # fmt: skip
    areas = pd.DataFrame({
        "ea_code": ["310199001001001"], "district_code": ["310199001001"], "serial": ["001"],
        "name": ["第一普查小区"], "kind": ["ground"], "persons": [300], "buildings": [1],
        "remark": [""], "geometry": [box(0, 0, 100, 100)],
    })  # fmt: skip
    return {"districts": districts, "enumeration_areas": areas}


def test_what_is_written_is_read(tmp_path):
    plan = tmp_path / "plan.gpkg"
    write_plan(plan, small_plan(), ENTRY, crs=CRS)
    tables = read_tables(plan)
    assert set(tables) == set(LAYERS)
    assert tables["districts"]["name"].tolist() == ["学府社区"]
    assert tables["districts"]["persons_given"].isna().all()
    assert tables["enumeration_areas"]["persons"].tolist() == [300]
    assert tables["enumeration_areas"].geometry.area.tolist() == [10_000.0]
    assert [list(tables[name].columns) for name in LAYERS] == [names(name) for name in LAYERS]
    assert tables["districts"].crs == CRS


def test_the_folder_holds_the_plan_and_nothing_beside_it(tmp_path):
    write_plan(tmp_path / "plan.gpkg", small_plan(), ENTRY, crs=CRS)
    assert [p.name for p in tmp_path.iterdir()] == ["plan.gpkg"]


def test_the_log_survives_a_new_plan(tmp_path):
    plan = tmp_path / "plan.gpkg"
    write_plan(plan, small_plan(), ENTRY, crs=CRS)
    write_plan(plan, small_plan(), Entry("2026-01-02T00:00:00Z", "test", "run --fresh"), crs=CRS)
    log = read_log(plan)
    assert [row[3] for row in log] == ["run", "run --fresh"]
    assert verify(log) is None


def test_a_failed_write_leaves_the_old_plan(tmp_path, monkeypatch):
    plan = tmp_path / "plan.gpkg"
    write_plan(plan, small_plan(), ENTRY, crs=CRS)
    before = plan.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(assembly.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_plan(plan, small_plan(), ENTRY, crs=CRS)
    assert plan.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["plan.gpkg"]


def test_a_file_that_is_no_plan_is_named(tmp_path):
    other = tmp_path / "other.gpkg"
    pyogrio.write_dataframe(empty("districts", CRS), other, layer="districts")
    with pytest.raises(InputError, match="lacks the layers"):
        read_tables(other)
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(other.read_bytes()[:2000])
    with pytest.raises(InputError):
        read_tables(broken)
    with pytest.raises(InputError, match="no such plan"):
        read_tables(tmp_path / "absent.gpkg")


def test_a_plan_that_another_program_holds_is_not_called_unusable(tmp_path, monkeypatch):
    plan = tmp_path / "plan.gpkg"
    write_plan(plan, small_plan(), ENTRY, crs=CRS)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0))
    monkeypatch.setenv("SQLITE_BUSY_TIMEOUT", "0")  # of GDAL [ms]
    # Locks of a file are a process's own: only another one can be in the way.
    with subprocess.Popen([sys.executable, "-c", HOLDS, plan], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:  # fmt: skip
        assert other.stdout.readline().strip() == b"held"
        for look in (read_tables, read_log):
            with pytest.raises(OSError) as caught:
                look(plan)
            assert caught.value.errno == errno.EBUSY
        other.communicate()
    assert len(read_log(plan)) == 1


def test_every_style_is_a_document_and_is_stored(tmp_path):
    for style in STYLES.values():
        assert ET.fromstring(qml(style).split(">", 1)[1]).find(".//symbol") is not None
    plan = tmp_path / "plan.gpkg"
    write_plan(plan, small_plan(), ENTRY, crs=CRS)
    with sqlite3.connect(plan) as connection:
        stored = {row[0] for row in connection.execute("SELECT f_table_name FROM layer_styles")}
        geometry = {row[0]: row[1] for row in connection.execute(
            "SELECT table_name, column_name FROM gpkg_geometry_columns")}  # fmt: skip
    assert stored == set(STYLES)
    assert {geometry[name] for name in stored} == {"geom"}
