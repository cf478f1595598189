"""A plan that another program has open is not replaced: what waits beside it would spoil the new one."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from census_gis.errors import InputError
from census_gis.store.geopackage import read_log, revise, write_plan
from census_gis.store.log import Entry
from tests.runner.small_plan import CRS, tables, write

ENTRY = Entry("2026-01-01T00:00:00Z", "test", "run")
# A process of its own: locks of one process do not hold against itself.
OTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode=WAL")
for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
    connection.execute(f'DROP TRIGGER "{name}"')
connection.execute("UPDATE districts SET name = 'by hand'")
connection.commit()
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def opened(plan):
    """Another program has a plan open as QGIS does, with a change that is not in the file yet."""
    program = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(plan)], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert program.stdout.readline() == "open\n"
    try:
        yield
    finally:
        program.communicate("")


def names(plan):
    with closing(sqlite3.connect(plan)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM districts")}


def test_an_open_plan_is_not_replaced(tmp_path):
    plan = write(tmp_path)
    with opened(plan):
        with pytest.raises(InputError, match="open"):
            write_plan(plan, tables(), ENTRY, crs=CRS)
        with pytest.raises(InputError, match="open"), revise(plan, entries=[ENTRY]):
            pass
    assert names(plan) == {"by hand"} and len(read_log(plan)) == 1
    assert not list(tmp_path.glob(".plan.writing*"))


def test_a_plan_opened_meanwhile_is_not_replaced_either(tmp_path):
    plan = write(tmp_path)
    with pytest.raises(InputError, match="open"), revise(plan, entries=[ENTRY]):
        other = opened(plan)
        other.__enter__()
    other.__exit__(None, None, None)
    assert names(plan) == {"by hand"} and len(read_log(plan)) == 1


def test_what_a_program_that_died_left_beside_it_is_kept(tmp_path):
    plan = write(tmp_path)
    left = tmp_path / "left"
    left.mkdir()
    with opened(plan):
        for name in ("plan.gpkg", "plan.gpkg-wal"):
            shutil.copyfile(tmp_path / name, left / name)
    with revise(left / "plan.gpkg", entries=[ENTRY]):
        pass
    assert names(left / "plan.gpkg") == {"by hand"}
    assert [path.name for path in left.iterdir()] == ["plan.gpkg"]
