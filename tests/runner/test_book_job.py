"""A process that prints holds only the libraries it prints with."""

import subprocess
import sys

import pandas as pd
import pytest

from census_gis.runner.near import read_whole
from census_gis.store.geopackage import read_tables, write_plan
from census_gis.store.log import Entry

from .small_plan import CODES, CRS, tables

HEAVY = (
    "pyogrio",
    "openpyxl",
    "matplotlib",
    "rasterio",
    "scipy.spatial",
    "fontTools",
    "pandera",
    "pyarrow",
)
SCRIPT = (
    "import sys; from pathlib import Path; import shapely\n"
    "from multiprocessing import Event, Lock; from census_gis.runner import lean\n"
    "from census_gis.runner.pool import _begin\n"
    "_begin(lean.begin, Lock(), Event())\n"
    "from census_gis.runner.book_job import Job, Wish, make\n"
    "code, made = sys.argv[2], Path(sys.argv[3])\n"
    "make(Job(Path(sys.argv[1]), ((code,), (-1e6, -1e6, 1e6, 1e7)), made, 'zh', Wish(), {code: {}}, sys.argv[4]))\n"
    "print(*sorted(name for name, one in sys.modules.items() if one))\n"
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


def test_reading_images_brings_no_reader_of_other_formats():
    script = "import sys, census_gis.inputs.imagery; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    held = set(done.stdout.split())
    assert "rasterio" in held and not held & {"pyogrio", "openpyxl", "pyarrow.parquet"}


@pytest.mark.parametrize(("before", "storage"), [("", "python"), ("import pyarrow; ", "pyarrow")])
def test_only_pandas_does_without_arrow(before, storage):
    """Images are read through modules that import it."""
    script = (
        f"{before}from census_gis.runner import lean; lean.begin(); import pandas as pd\n"
        "print(pd.Series(['a'], dtype='str').dtype.storage); import census_gis.present.terrain\n"
        "import census_gis.inputs.open, pyarrow; pyarrow.array([1]); pd.Series(['a', None]).str.upper()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [storage]


def test_layers_are_read_whole_as_by_the_library(plan):
    names = ("districts", "units", "settings")
    ours, theirs = read_whole(plan, names, CRS), read_tables(plan, names)
    for name in names:
        pd.testing.assert_frame_equal(pd.DataFrame(ours[name]), pd.DataFrame(theirs[name]))
