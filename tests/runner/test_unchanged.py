"""Books are known again by what they were made from: nothing that is seen may change unnoticed."""

import json
import shutil
import sqlite3
from contextlib import closing

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.runner import book_job, unchanged
from census_gis.runner.books import Wish, write_maps
from census_gis.runner.near import AROUND, STANDING_NOWHERE, fingerprint, read_near_marked
from census_gis.store.geopackage import write_plan
from census_gis.store.log import Entry
from census_gis.tables import TABLES

from .small_plan import CODES, CRS, tables

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
