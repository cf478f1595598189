"""A process that prints holds only the libraries it prints with."""

import subprocess
import sys

import pytest

from census_gis.store.geopackage import write_plan
from census_gis.store.log import Entry

from .small_plan import CODES, CRS, tables

HEAVY = ("pyogrio", "openpyxl", "matplotlib", "rasterio", "scipy.spatial", "fontTools", "pandera")
SCRIPT = (
    "import sys; from pathlib import Path; import shapely\n"
    "from census_gis.runner.pool import _begin; from census_gis.runner.book_job import Job, Wish, make\n"
    "_begin()\n"
    "code, made = sys.argv[2], Path(sys.argv[3])\n"
    "make(Job(Path(sys.argv[1]), ((code,), (-1e6, -1e6, 1e6, 1e7)), made, 'zh', Wish(), {code: {}}, sys.argv[4]))\n"
    "print(*sorted(sys.modules))\n"
)


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.gpkg"
    write_plan(path, tables(), Entry("2026-01-01T00:00:00Z", "test", "run"), crs=CRS)
    return path


def test_a_worker_holds_no_library_of_other_formats(plan, tmp_path):
    given = [str(plan), CODES[0], str(tmp_path), str(CRS)]
    done = subprocess.run([sys.executable, "-c", SCRIPT, *given], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"{CODES[0]}.pdf").stat().st_size > 0
    held = set(done.stdout.split())
    assert "pikepdf" in held and not held & set(HEAVY), held & set(HEAVY)
