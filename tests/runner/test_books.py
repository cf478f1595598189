"""Map books from a plan's file: the same for any number of workers, and never half there."""

import csv
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pypdfium2
import pytest
import shapely
from typer.testing import CliRunner

from census_gis.cli import app
from census_gis.errors import ConfigError, InputError
from census_gis.present.press import Printing
from census_gis.runner.again import books_again
from census_gis.runner.books import Wish, _judged, write_maps
from census_gis.runner.near import MOST, batches, read_near
from census_gis.store.geopackage import read_tables, write_plan
from census_gis.store.log import Entry

from .small_plan import CODES, CRS, tables

ENTRY = Entry("2026-01-01T00:00:00Z", "test", "run")


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan.gpkg"
    write_plan(path, tables(), ENTRY, crs=CRS)
    return path


@pytest.fixture(scope="module")
def made(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    return folder, write_maps(plan, folder, districts=CODES, wish=Wish(townships=True))


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_two_workers_make_the_same_bytes_as_one(plan, made, tmp_path):
    write_maps(plan, tmp_path, districts=CODES, wish=Wish(townships=True), workers=2)
    assert _files(tmp_path) == _files(made[0])


def test_a_folder_of_books_holds_what_it_should(made):
    folder, maps = made
    names = set(_files(folder))
    assert {f"{code}.pdf" for code in CODES} | {
        "index.pdf",
        "sheet_index.csv",
        "quality.json",
    } <= names
    assert "township_310118001.pdf" in names and not any(name.startswith(".") for name in names)
    said = json.loads((folder / "quality.json").read_text("utf-8"))
    assert said["sheets"] == len(maps.quality["changed"]) == 6 and len(said["of_books"]) == 2
    with (folder / "sheet_index.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[:9] == [
        "file",
        "page",
        "ea_code",
        "scale",
        "paper",
        "x0",
        "y0",
        "x1",
        "y1",
    ]
    # Six sheets, and that of the township.
    assert len(rows) == 7 and len({row["digest"] for row in rows}) == 7
    assert [row["page"] for row in rows if row["ea_code"] == "310118001"] == ["1"]


def test_only_changed_sheets_are_printed_again(plan, made, tmp_path):
    write_maps(plan, tmp_path, districts=CODES)
    before = _files(tmp_path)
    quiet = write_maps(plan, tmp_path, districts=CODES, wish=Wish(only_changed=True))
    assert (
        _files(tmp_path).items() >= {k: v for k, v in before.items() if k != "quality.json"}.items()
    )
    assert quiet.quality["changed"] == [] and quiet.quality["books_written"] == 0
    changed = tables()
    parts = changed["dwelling_parts"].copy()
    own = parts.index[parts["district_code"] == CODES[1]][0]
    parts.loc[own, "address"] = "新路9号"
    changed["dwelling_parts"] = parts
    other = tmp_path / "other"
    other.mkdir()
    write_plan(other / "plan.gpkg", changed, ENTRY, crs=CRS)
    again = write_maps(other / "plan.gpkg", tmp_path, districts=CODES, wish=Wish(only_changed=True))
    (code,) = again.quality["changed"]
    assert code == parts.loc[own, "ea_code"] and again.quality["books_written"] == 1
    assert (tmp_path / f"{CODES[0]}.pdf").read_bytes() == before[f"{CODES[0]}.pdf"]
    assert (tmp_path / "changed.pdf").is_file()
    write_maps(other / "plan.gpkg", tmp_path, districts=CODES, wish=Wish(only_changed=True))
    assert not (tmp_path / "changed.pdf").exists()


def test_some_books_or_sheets_leave_the_others_and_their_rows(plan, tmp_path):
    write_maps(plan, tmp_path, districts=CODES)
    index = (tmp_path / "sheet_index.csv").read_bytes()
    book = (tmp_path / f"{CODES[0]}.pdf").read_bytes()
    write_maps(plan, tmp_path, districts=CODES[:1])
    assert (tmp_path / "sheet_index.csv").read_bytes() == index
    one = CODES[0] + "001"
    made = write_maps(
        plan, tmp_path, districts=CODES[:1], wish=Wish(Printing(areas=(one,)))
    )  # fmt: skip
    assert made.files == (tmp_path / f"{CODES[0]}-sheets.pdf",)
    assert (tmp_path / f"{CODES[0]}.pdf").read_bytes() == book
    assert (tmp_path / "sheet_index.csv").read_bytes() == index


def test_some_districts_or_sheets_leave_the_book_of_a_township(plan, tmp_path):
    wish = Wish(townships=True)
    write_maps(plan, tmp_path, districts=CODES, wish=wish)
    whole = (tmp_path / "township_310118001.pdf").read_bytes()
    one = write_maps(plan, tmp_path, districts=CODES[:1], wish=wish)
    assert tmp_path / "township_310118001-part.pdf" in one.files
    sheets = replace(wish, printing=Printing(areas=(f"{CODES[0]}001",)))
    write_maps(plan, tmp_path, districts=CODES[:1], wish=sheets)
    assert (tmp_path / "township_310118001.pdf").read_bytes() == whole


def test_a_worker_reads_the_neighbourhood_only(plan):
    districts = read_tables(plan, ("districts",))["districts"]
    (batch,) = batches(districts, CODES)
    assert batch[0] == CODES
    near = read_near(plan, batch, districts.crs)
    whole = read_tables(plan)
    for name in ("enumeration_areas", "dwelling_parts", "ea_lines", "ea_descriptions"):
        assert len(near[name]) == len(whole[name]), name


def test_districts_far_apart_are_not_read_together():
    codes = [f"{n:012d}" for n in range(2 * MOST)]
    side = [shapely.box(100.0 * n, 0, 100.0 * n + 100, 100) for n in range(2 * MOST)]
    far = [shapely.box(9e4 * n, 0, 9e4 * n + 100, 100) for n in range(2 * MOST)]
    for shapes, most in ((side, MOST), (far, 1)):
        frame = gpd.GeoDataFrame({"district_code": codes}, geometry=shapes, crs=CRS)
        made = list(batches(frame, codes))
        assert [code for some, _ in made for code in some] == codes
        assert max(len(some) for some, _ in made) == most
        for some, (west, south, east, north) in made:
            for code in some:
                assert shapely.box(west, south, east, north).contains(shapes[codes.index(code)])


def test_a_full_disk_leaves_no_half_book(plan, tmp_path):
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from census_gis.runner.books import write_maps\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        f"write_maps(Path(sys.argv[1]), Path(sys.argv[2]), districts={CODES!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, plan, tmp_path], capture_output=True, text=True
    )
    assert done.returncode != 0 and "File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 9000


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_fails_leaves_no_index_of_books_and_that_of_before_as_it_was(
    plan, made, tmp_path, workers
):
    lacking = tmp_path / "plan.gpkg"
    shutil.copy(plan, lacking)
    with sqlite3.connect(lacking) as connection:
        connection.execute("DROP TABLE dwelling_parts")
    fresh, old = tmp_path / "fresh", tmp_path / "old"
    shutil.copytree(made[0], old)
    for folder, left in ((fresh, {}), (old, _files(old))):
        with pytest.raises(InputError, match="dwelling_parts"):
            write_maps(lacking, folder, districts=CODES, workers=workers)
        assert _files(folder) == left


def test_what_cannot_be_printed_is_refused_before_anything_is(plan, tmp_path):
    asked = {"out": tmp_path / "m", "areas": (), "districts": (), "imagery": False, "workers": 1}
    for printing, where in (
        (Printing(paper="B4"), "--paper"), (Printing(audience="public"), "--audience"),
        (Printing(copies=0), "--copies"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=where):
            books_again(plan, wish=Wish(printing), **asked)
    with pytest.raises(ConfigError, match="imagery"):
        books_again(plan, wish=Wish(), **{**asked, "imagery": True})
    with pytest.raises(InputError, match="no boundary"):
        write_maps(plan, tmp_path / "m", districts=["999"])
    assert not (tmp_path / "m").exists() or not any((tmp_path / "m").iterdir())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_says_what_it_made(plan, tmp_path, lang):
    run = CliRunner()
    said = run.invoke(
        app, ["maps", str(plan), "--out", str(tmp_path), "--workers", "1", "--lang", lang]
    )
    assert said.exit_code in (0, None), said.output
    assert ("幅图" if lang == "zh" else "sheets on") in said.output
    again = run.invoke(
        app,
        ["maps", str(plan), "--out", str(tmp_path), "--workers", "1", "--lang", lang, "--changed"],
    )
    assert ("0 幅图有变化" if lang == "zh" else "0 sheets changed") in again.output


def test_base_sheets_have_books_of_their_own(plan):
    made = books_again(
        plan, out=None, areas=(), districts=CODES[:1], imagery=False,
        wish=Wish(Printing(kind="base")), workers=1,
    )  # fmt: skip
    book = plan.parent / "maps-base" / f"{CODES[0]}.pdf"
    assert made.files[0] == book and book.is_file()
    assert made.quality["numbers"] == 0 and not made.quality["tables_differ"]
    with pytest.raises(ConfigError):
        books_again(plan, out=None, areas=(), districts=(), imagery=False,
                    wish=Wish(Printing(kind="other")), workers=1)  # fmt: skip


def test_a_missing_image_is_said_before_any_book(plan, tmp_path):
    copy = tmp_path / "plan.gpkg"
    shutil.copy(plan, copy)
    with sqlite3.connect(copy) as base:
        base.execute(
            "INSERT INTO settings (key, value, unit, source) VALUES ('image.1.path', 'gone.tif', '-', '')"
        )
    with pytest.raises(InputError, match="gone"):
        books_again(copy, out=None, areas=(), districts=(), imagery=True, wish=Wish(), workers=1)
    assert not (tmp_path / "maps-imagery").exists()


def test_books_that_lack_something_are_a_finding(made, monkeypatch):
    assert made[1].quality["findings"] == []
    lacking = {**made[1].quality, "sheets_cut": ["x"]}
    monkeypatch.setattr("census_gis.runner.books.quality", lambda _: lacking)
    tables = {"settings": pd.DataFrame({"key": ["special.secrecy_km2"], "value": ["0"]})}
    (case,) = _judged(made[1].reports, tables, {}, [])["findings"]
    assert case["code"] == "M102" and case["severity"] == "error" and "1" in case["message_zh"]


def test_a_township_sheet_has_pages_and_versions(plan, tmp_path):
    wish = Wish(townships=True)
    said = []
    for _ in range(2):
        write_maps(plan, tmp_path, districts=CODES, wish=wish)
        with pypdfium2.PdfDocument(tmp_path / "township_310118001.pdf") as pdf:
            said.append(pdf[0].get_textpage().get_text_range())
    assert said[0] == said[1] and "第 1 页" in said[0] and "第 1 版" in said[0]
    # Printed before with another content: the next version.
    index = tmp_path / "sheet_index.csv"
    text = index.read_text("utf-8-sig")
    row = next(line for line in text.splitlines() if ",310118001," in line)
    index.write_text(text.replace(row, row[:-4] + "0000"), "utf-8-sig")
    write_maps(plan, tmp_path, districts=CODES, wish=wish)
    with pypdfium2.PdfDocument(tmp_path / "township_310118001.pdf") as pdf:
        assert "第 2 版" in pdf[0].get_textpage().get_text_range()


def test_books_kept_count_as_cover(plan, tmp_path):
    both = write_maps(plan, tmp_path, districts=CODES).quality["continuous_km2"]
    again = write_maps(plan, tmp_path, districts=CODES[:1]).quality["continuous_km2"]
    alone = write_maps(plan, tmp_path / "alone", districts=CODES[:1]).quality["continuous_km2"]
    assert alone < both == again
