"""Programs some tests need: a test is skipped with the program's name where it is absent."""

import os
import shutil

import pytest


def program(*names: str) -> str:
    """Path of the first program found; with CENSUS_GIS_ALL=1 its absence fails the test."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("CENSUS_GIS_ALL") == "1":
            pytest.fail(f"{names[0]} is not installed")
        pytest.skip(f"{names[0]} is not installed")
    return found
