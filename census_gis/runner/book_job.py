"""The books of some districts side by side, made in a process of their own.

This process needs none of the libraries that read other formats: what is imported here is what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from census_gis.language import Language
from census_gis.present.book import BookReport, Known, index_page, printed_book
from census_gis.present.press import Printing
from census_gis.runner.near import Batch, read_near, read_whole

__all__ = ["Job", "Wish", "make", "make_index", "name_of"]

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
    """Some districts side by side: they are read at once; `known` are their sheets as printed last."""

    plan: Path
    batch: Batch
    folder: Path
    language: Language
    wish: Wish
    known: Mapping[str, Mapping[str, Known]]
    crs: Any


def make(job: Job) -> list[BookReport]:
    """The books of a batch; runs in a worker."""
    tables = read_near(job.plan, job.batch, job.crs)
    made = []
    for code in job.batch[0]:
        printing = job.wish.printing
        if printing.areas is not None:
            own = set(tables["enumeration_areas"].query("district_code == @code")["ea_code"])
            printing = replace(printing, areas=tuple(ea for ea in printing.areas if ea in own))
        path = job.folder / f"{name_of(code, job.wish)}.pdf"
        made.append(printed_book(
            tables, code, path, language=job.language, printing=printing, known=job.known[code],
            untouched=job.wish.only_changed,
        ))  # fmt: skip
    return made


def make_index(plan: Path, path: Path, language: Language, crs: Any, printing: Printing) -> int:
    """The index of all districts of a plan; returns its pages. Runs in a worker too."""
    tables = read_whole(plan, INDEXED, crs)
    return index_page(tables, path, language=language, duplex=printing.duplex)


def name_of(code: str, wish: Wish) -> str:
    """Name of a district's file; single sheets never replace a whole book."""
    return code if wish.printing.areas is None else f"{code}-sheets"
