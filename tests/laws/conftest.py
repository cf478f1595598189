"""A tiny place of two districts, planned once for all tests of this folder."""

from functools import cache
from pathlib import Path

import pytest

from census_gis.runner.main import Options, run_project
from census_gis.synthetic import Town, county, write

FIRST = "2020-11-01T00:00:00Z"


@cache
def place() -> Town:
    return county(districts=2, persons=3_000, seed=5)


def planned(town: Town, folder: Path, *, workers: int, now: str) -> Path:
    """Folder of the plan of a place; its files lie in the folder above."""
    project = write(town, folder)
    options = Options(until="staff", workers=workers)
    return run_project(project, now=now, options=options).output


@pytest.fixture(scope="session")
def as_given(tmp_path_factory) -> Path:
    return planned(place(), tmp_path_factory.mktemp("place"), workers=1, now=FIRST)
