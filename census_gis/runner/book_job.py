"""The books of some districts side by side, made in a process of their own.

This process needs none of the libraries that read other formats: what is imported here is what it holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from census_gis.language import Language
from census_gis.present.binding import Chapter, bind
from census_gis.present.book import Known, index_page, order_of, printed_book
from census_gis.present.press import Printing
from census_gis.present.titles import places_of, said_in_full
from census_gis.present.township_book import township_chapter
from census_gis.present.township_sheet import Volume
from census_gis.present.words import say
from census_gis.runner.lean import give_back
from census_gis.runner.near import (
    Batch,
    fingerprint,
    read_near_marked,
    read_township,
    read_whole,
)
from census_gis.runner.unchanged import Made, known_again, made

__all__ = ["Job", "TownshipJob", "Wish", "make", "make_index", "make_township", "name_of"]

INDEXED = ("districts", "units", "settings")


@dataclass(frozen=True)
class Wish:
    """What to print, and which books.

    Parameters
    ----------
    printing
        How each book is made.
    only_changed
        Leave books as they are whose sheets did not change, and bind the changed sheets into changed.pdf.
    townships
        Bind a book for each township besides.
    """

    printing: Printing = field(default_factory=Printing)
    only_changed: bool = False
    townships: bool = False


@dataclass(frozen=True)
class Job:
    """Some districts side by side: they are read at once.

    `known` are their sheets as printed last, `record` their entries of books.json, by code; `images` is what
    `images_seen` says.
    """

    plan: Path
    batch: Batch
    folder: Path
    language: Language
    wish: Wish
    known: Mapping[str, Mapping[str, Known]]
    crs: Any
    record: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    images: str = ""


def make(job: Job) -> list[Made]:
    """The books of a batch; runs in a worker."""
    kept = _kept(job) if job.wish.only_changed else {}
    left = [code for code in job.batch[0] if code not in kept]
    anew = {book.report.district_code: book for book in _composed(job, left)}
    books = {**kept, **anew}
    give_back()
    return [books[code] for code in job.batch[0]]


def _kept(job: Job) -> dict[str, Made]:
    """Books that need not be composed, by district."""
    inputs = _inputs(job, fingerprint(job.plan, job.batch, job.crs))
    looked = {
        code: known_again(job.record.get(code), _path(job, code), inputs, job.known[code])
        for code in job.batch[0]
    }
    return {code: book for code, book in looked.items() if book is not None}


def _composed(job: Job, codes: Sequence[str]) -> Iterator[Made]:
    """Books of some districts of a batch; nothing is read where there are none."""
    if not codes:
        return
    tables, rows = read_near_marked(job.plan, job.batch, job.crs)
    inputs = _inputs(job, rows)
    for code in codes:
        printing = job.wish.printing
        if printing.areas is not None:
            own = set(tables["enumeration_areas"].query("district_code == @code")["ea_code"])
            printing = replace(printing, areas=tuple(ea for ea in printing.areas if ea in own))
        report = printed_book(
            tables, code, _path(job, code), language=job.language, printing=printing, known=job.known[code],
            untouched=job.wish.only_changed,
        )  # fmt: skip
        yield made(report, inputs)


def _path(job: Job, code: str) -> Path:
    return job.folder / f"{name_of(code, job.wish)}.pdf"


def _inputs(job: Job, rows: str) -> str:
    """Fingerprint of all that the books of a batch are made from."""
    how = (rows, job.images, job.language, str(job.crs), job.wish.printing)
    return hashlib.sha256(repr(how).encode()).hexdigest()


def make_index(plan: Path, path: Path, language: Language, crs: Any, printing: Printing) -> int:
    """The index of all districts of a plan; returns its pages. Runs in a worker too."""
    tables = read_whole(plan, INDEXED, crs)
    return index_page(tables, path, language=language, duplex=printing.duplex)


@dataclass(frozen=True)
class TownshipJob:
    """The book of a township: its own sheet, then those of its districts, the `chapters`, in their order.

    `volumes` are their books by code, `known` its own sheet as printed last.
    """

    plan: Path
    code: str
    path: Path
    language: Language
    crs: Any
    printing: Printing
    chapters: tuple[Chapter, ...]
    volumes: Mapping[str, Volume]
    known: Known | None = None


def make_township(job: TownshipJob) -> dict[str, Any]:
    """Write the book of a township; returns the row of sheet_index.csv for its sheet. Runs in a worker."""
    tables = read_township(job.plan, job.code, job.crs)
    scratch = job.path.with_name(f".{job.path.name}.sheet")
    order = order_of(tables, job.language, job.printing)
    names = places_of(tables["units"], [next(iter(job.volumes))])[0]
    title = say("book", job.language, name=said_in_full(names, job.language) or job.code)
    try:
        first, row = township_chapter(
            tables, job.code, scratch, order=order, volumes=job.volumes, known=job.known
        )
        del tables  # what binding holds comes on top
        bind(job.path, [first, *job.chapters], title=title, language=job.language)
    finally:
        scratch.unlink(missing_ok=True)
    return {"file": job.path.name, **row}


def name_of(code: str, wish: Wish) -> str:
    """Name of a district's file; single sheets never replace a whole book."""
    return code if wish.printing.areas is None else f"{code}-sheets"
