"""Folders and disks that refuse: one clear message, the old plan as it was, no scratch file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager

import pytest

from census_gis.store.lock import writing
from tests.bad.place import digest

posix = pytest.mark.skipif(os.name != "posix", reason="limits and rights of POSIX")
ANEW = ("seed     = 7", "seed     = 8")


def refused(census, place, status, en, zh, *more):
    """A run that must fail so, in both languages, and leave everything as it is."""
    before = digest(place.output)
    for language, said in (("en", en), ("zh", zh)):
        words = ("run", place.project, "--until", "plan", "--workers", 1, "--quiet", *more)
        code, out, err = census(*words, "--lang", language)
        assert (code, out) == (status, ""), err
        assert said in err
        assert err.count({"en": "fix:", "zh": "处理:"}[language]) == 1
        assert "Traceback" not in err
    return before


def test_an_output_that_is_a_file(place, census):
    shutil.rmtree(place.output)
    place.output.write_text("in the way", "utf-8")
    refused(census, place, 3, "is a file, not a folder", "是文件，不是文件夹")
    assert place.output.read_text("utf-8") == "in the way"


def test_a_plan_that_is_a_folder(place, census):
    (place.output / "plan.gpkg").unlink()
    (place.output / "plan.gpkg").mkdir()
    before = refused(census, place, 3, "is a folder", "是文件夹")
    assert digest(place.output) == before


def test_a_folder_that_another_run_holds(place, census):
    place.say(*ANEW)
    with writing(place.output):
        before = refused(census, place, 3, "another census-gis", "另一个 census-gis")
        assert digest(place.output) == before


def test_a_plan_that_another_program_holds(place, census):
    """A rename does not ask who has the old file open, but what stands in the plan has to be read first."""
    place.say(*ANEW)
    plan = place.output / "plan.gpkg"
    with closing(sqlite3.connect(plan)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        before = refused(census, place, 2, "another program holds it", "被其他程序占用")
        other.rollback()
    assert digest(place.output)["plan.gpkg"] == before["plan.gpkg"]


def test_a_plan_that_is_cut_short(place, census):
    plan = place.output / "plan.gpkg"
    plan.write_bytes(plan.read_bytes()[: plan.stat().st_size // 2])
    before = refused(census, place, 2, "plan.gpkg", "plan.gpkg")
    assert digest(place.output)["plan.gpkg"] == before["plan.gpkg"]


def test_a_plan_that_is_something_else(place, census):
    (place.output / "plan.gpkg").write_text("my notes", "utf-8")
    before = refused(census, place, 2, "plan.gpkg", "plan.gpkg")
    assert digest(place.output)["plan.gpkg"] == before["plan.gpkg"]


@contextmanager
def largest(size):
    """No file may grow beyond this: what a full disk or a quota does, at a place of our choice."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@posix
@pytest.mark.parametrize("size", [0, 4 << 10, 40 << 10, 90 << 10, 160 << 10, 250 << 10])
def test_a_disk_that_fills_up(place, census, size):
    place.say(*ANEW)
    words = ("run", place.project, "--until", "plan", "--workers", 1, "--quiet", "--lang", "en")
    before = digest(place.output)
    with largest(size):
        code, _, err = census(*words)
    assert code in (2, 5), err
    assert "Traceback" not in err
    assert "internal error" not in err
    after = digest(place.output)
    assert after["plan.gpkg"] == before["plan.gpkg"]
    assert [name for name in after if "writing" in name or "packed" in name] == []
    code, _, err = census(*words)
    assert code == 0, err


@contextmanager
def read_only(folder):
    """A folder that may not be written to; nobody is refused anything as root, but by a mount."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    bind = ["mount", "--bind", str(folder), str(folder)]
    if shutil.which("mount") is None or subprocess.run(bind, capture_output=True).returncode:
        pytest.skip("root without the right to mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@posix
def test_a_folder_without_the_right_to_write(place, census):
    place.say(*ANEW)
    with read_only(place.output):
        before = refused(census, place, 3, "may not be written", "没有写入")
    assert digest(place.output) == before
