"""Books are known again by what they were made from: nothing that is seen may change unnoticed."""

import json
import os
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pikepdf
import pyproj
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_bounds

from census_gis.model import Image
from census_gis.runner import book_job, near, unchanged
from census_gis.runner.books import Wish, write_maps
from census_gis.runner.near import AROUND, STANDING_NOWHERE, fingerprint, read_near_marked
from census_gis.store.geopackage import write_plan
from census_gis.store.log import Entry
from census_gis.tables import TABLES

from .small_plan import AT, CODES, CRS, tables

ENTRY = Entry("2026-01-01T00:00:00Z", "test", "run")
EVERYWHERE = (tuple(CODES), (-1e6, -1e6, 1e6, 1e7))
READ = (*AROUND, *STANDING_NOWHERE, "enumeration_areas", "dwelling_parts", "ea_descriptions")
AGAIN = Wish(only_changed=True)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan.gpkg"
    write_plan(path, tables(), ENTRY, crs=CRS)
    return path


@pytest.fixture
def printed(plan, tmp_path):
    write_maps(plan, tmp_path, districts=CODES)
    return tmp_path


@pytest.fixture
def composed(monkeypatch):
    """Codes of the districts whose books are composed."""
    codes, true = [], book_job.printed_book

    def counted(layers, code, path, **more):
        codes.append(code)
        return true(layers, code, path, **more)

    monkeypatch.setattr(book_job, "printed_book", counted)
    return codes


def _cells(path):
    """Every value a sheet may be made from: layer, row, column."""
    with closing(sqlite3.connect(path)) as plan:
        return [
            (name, fid, column)
            for name in READ
            for (fid,) in plan.execute(f'SELECT fid FROM "{name}"')
            for column in TABLES[name]
            if column not in ("geometry", "district_code")
        ]


@pytest.fixture(scope="module")
def loose(plan, tmp_path_factory):
    """The plan without GDAL's triggers, and a connection that changes it: SQLite alone has not their functions."""
    path = tmp_path_factory.mktemp("loose") / "plan.gpkg"
    shutil.copy(plan, path)
    with closing(sqlite3.connect(path)) as changing:
        changing.execute("PRAGMA synchronous = OFF")
        named = changing.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (trigger,) in named:
            changing.execute(f'DROP TRIGGER "{trigger}"')
        yield path, changing


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_value_that_is_read_changes_the_fingerprint(loose, data):
    path, changing = loose
    name, fid, column = data.draw(st.sampled_from(_cells(path)))
    ((old,),) = changing.execute(f'SELECT "{column}" FROM "{name}" WHERE fid = ?', (fid,))
    new = "else" if old is None or isinstance(old, str) else old + 1
    marks = []
    for value in (new, old):
        with changing:
            changing.execute(f'UPDATE "{name}" SET "{column}" = ? WHERE fid = ?', (value, fid))
        marks.append(fingerprint(path, EVERYWHERE, CRS))
    assert (marks[0] == marks[1]) == (new == old)


def test_reading_gives_the_same_fingerprint(plan):
    for batch in (EVERYWHERE, ((CODES[0],), EVERYWHERE[1])):
        read, mark = read_near_marked(plan, batch, CRS)
        assert len(read["enumeration_areas"]) and mark == fingerprint(plan, batch, CRS)


def test_a_moved_corner_changes_the_fingerprint_and_what_is_far_away_does_not(plan, tmp_path):
    moved = tables()
    parts = moved["dwelling_parts"].copy()
    parts["geometry"] = [parts.geometry.iloc[0].buffer(0.01), *parts.geometry.iloc[1:]]
    write_plan(tmp_path / "plan.gpkg", {**moved, "dwelling_parts": parts}, ENTRY, crs=CRS)
    assert fingerprint(tmp_path / "plan.gpkg", EVERYWHERE, CRS) != fingerprint(
        plan, EVERYWHERE, CRS
    )
    elsewhere = ((CODES[1],), (0.0, 0.0, 1.0, 1.0))  # the building is of the first district
    assert fingerprint(tmp_path / "plan.gpkg", elsewhere, CRS) == fingerprint(plan, elsewhere, CRS)


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_is_composed_where_nothing_changed(plan, printed, composed, workers):
    before = {path.name: path.read_bytes() for path in printed.iterdir()}
    first = json.loads(before.pop("quality.json"))
    made = write_maps(plan, printed, districts=CODES, wish=AGAIN, workers=workers)
    assert composed == [] and made.quality["changed"] == [] and made.quality["books_written"] == 0
    assert before == {
        path.name: path.read_bytes() for path in printed.iterdir() if path.name != "quality.json"
    }
    told = json.loads((printed / "quality.json").read_text("utf-8"))
    assert {key for key in told if told[key] != first[key]} == {
        "changed", "books_written", "of_books",
    }  # fmt: skip
    for now, then in zip(told["of_books"], first["of_books"], strict=True):
        assert {key for key in now if now[key] != then[key]} <= {"changed", "books_written"}, now


def test_a_book_that_is_not_the_one_written_is_composed(plan, printed, composed):
    with (printed / f"{CODES[0]}.pdf").open("ab") as book:
        book.write(b"%")
    (printed / f"{CODES[1]}.pdf").unlink()
    write_maps(plan, printed, districts=CODES, wish=AGAIN)
    assert composed == list(CODES) and (printed / f"{CODES[1]}.pdf").is_file()


@pytest.mark.parametrize("words", ["", "[]", '{"program": "another", "books": {}}'])
def test_a_record_that_is_not_ours_is_worth_nothing(plan, printed, composed, words):
    (printed / unchanged.RECORD).write_text(words)
    write_maps(plan, printed, districts=CODES, wish=AGAIN)
    assert composed == list(CODES)
    composed.clear()
    write_maps(plan, printed, districts=CODES, wish=AGAIN)
    assert composed == []


def test_a_record_changed_by_hand_is_worth_nothing(plan, printed, composed):
    file = printed / unchanged.RECORD
    record = json.loads(file.read_text("utf-8"))
    del record["books"][f"{CODES[0]}.pdf"]["inputs"]
    file.write_text(json.dumps(record), "utf-8")
    write_maps(plan, printed, districts=CODES, wish=AGAIN)
    assert composed == list(CODES)


def test_the_book_of_a_township_holds_the_books_asked_for_even_where_none_was_composed(
    plan, tmp_path
):
    """Which books it was bound of last is no part of what is known of them."""
    for code in CODES:
        write_maps(plan, tmp_path, districts=[code], wish=Wish(townships=True))
        assert _districts_in(tmp_path / "township_310118001-part.pdf") == {code}
    write_maps(plan, tmp_path, districts=CODES[:1], wish=Wish(only_changed=True, townships=True))
    assert _districts_in(tmp_path / "township_310118001-part.pdf") == {CODES[0]}


def _districts_in(path):
    """Districts whose sheets a book of a township has, by the labels of its pages."""
    with pikepdf.open(path) as pdf:
        labels = [str(entry.get("/P", "")) for entry in list(pdf.Root.PageLabels.Nums)[1::2]]
    return {code for code in CODES if any(label.startswith(code) for label in labels)}


def test_sheets_of_other_versions_are_composed(plan, printed, composed):
    index = printed / "sheet_index.csv"
    text = index.read_text("utf-8-sig")
    index.write_text(text.replace(",1,", ",7,", 1), "utf-8-sig")
    write_maps(plan, printed, districts=CODES, wish=AGAIN)
    assert len(composed) >= 1


def test_another_wish_composes(plan, printed, composed):
    write_maps(
        plan, printed, districts=CODES, wish=Wish(book_job.Printing("A3"), only_changed=True)
    )
    assert composed == list(CODES)


def test_books_for_the_field_leave_no_coordinates_behind(plan, printed, composed):
    wish = Wish(book_job.Printing(audience="field"), only_changed=True)
    write_maps(plan, printed, districts=CODES, wish=wish)
    assert json.loads((printed / unchanged.RECORD).read_text("utf-8"))["books"] == {}
    write_maps(plan, printed, districts=CODES, wish=wish)
    assert composed == [*CODES, *CODES]


def _picture(path, seed):
    """An image of the small plan's ground, as many bytes for every seed, and of one second."""
    bounds = (AT - 100, AT - 100, AT + 300, AT + 300)
    pixels = np.random.default_rng(seed).integers(0, 255, (3, 80, 80), dtype=np.uint8)
    with rasterio.open(
        path, "w", driver="GTiff", count=3, height=80, width=80, dtype="uint8", crs=CRS,
        transform=from_bounds(*bounds, 80, 80),
    ) as file:  # fmt: skip
        file.write(pixels)
    os.utime(path, (1.6e9, 1.6e9))
    return (Image(str(path), pyproj.CRS(CRS), bounds, 5.0, 3, "uint8"),)


def test_books_with_imagery_are_known_again_while_no_pixel_changes(plan, tmp_path, composed):
    folder, image = tmp_path / "maps", tmp_path / "ortho.tif"
    printing = book_job.Printing(images=_picture(image, 1))
    write_maps(plan, folder, districts=CODES, wish=Wish(printing))
    composed.clear()
    write_maps(plan, folder, districts=CODES, wish=Wish(printing, only_changed=True))
    assert composed == []
    again = book_job.Printing(images=_picture(image, 2))
    assert again == printing  # path, place, size and time are the same
    made = write_maps(plan, folder, districts=CODES, wish=Wish(again, only_changed=True))
    assert composed == list(CODES) and made.quality["books_written"] == 2


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()])
def test_books_done_before_a_run_broke_off_are_listed_and_known_again(
    plan, tmp_path, composed, monkeypatch, error
):
    true = book_job.printed_book

    def breaks(layers, code, path, **more):
        if code == CODES[1]:
            raise error
        return true(layers, code, path, **more)

    monkeypatch.setattr(near, "MOST", 1)
    with monkeypatch.context() as broken:
        broken.setattr(book_job, "printed_book", breaks)
        with pytest.raises(type(error)):
            write_maps(plan, tmp_path, districts=CODES)
    listed = (tmp_path / "sheet_index.csv").read_text("utf-8-sig").splitlines()
    assert {line.split(",")[0] for line in listed[1:]} == {f"{CODES[0]}.pdf"}
    assert not (tmp_path / "index.pdf").exists()
    composed.clear()
    write_maps(plan, tmp_path, districts=CODES, wish=AGAIN)
    assert composed == [CODES[1]]
    whole = tmp_path / "whole"
    write_maps(plan, whole, districts=CODES)
    for name in ("sheet_index.csv", "books.json", "index.pdf", *(f"{code}.pdf" for code in CODES)):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name
