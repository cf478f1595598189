"""Real places for tests: a folder named by CENSUS_GIS_DATA, absent in most clones."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CENSUS_GIS_DATA") or ROOT.parent / "shared" / "data")


def place(*parts: str) -> Path:
    """Path of a file of the real places; the test is skipped where it is absent."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real places are absent: {'/'.join(parts)} under CENSUS_GIS_DATA")
    return path
