"""Map books of many districts over a pool of processes, and the index of all sheets."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from census_gis.errors import InputError
from census_gis.language import Language, Text
from census_gis.model import Image
from census_gis.present.book import BookReport, index_page, map_book
from census_gis.present.outputs import language_of
from census_gis.runner import pool

__all__ = ["quality", "write_maps"]

AROUND_M = 250.0


@dataclass(frozen=True)
class _Book:
    tables: Mapping[str, pd.DataFrame]
    code: str
    path: Path
    language: Language
    paper: str
    images: tuple[Image, ...]
    areas: tuple[str, ...] | None


@dataclass(frozen=True)
class _Made:
    code: str
    report: BookReport | None


def write_maps(
    tables: Mapping[str, pd.DataFrame], folder: Path, *, districts: Sequence[str],
    images: Sequence[Image] = (), workers: int = 1, advance: Callable[[str], None] = lambda _: None,
    paper: str = "", areas: Sequence[str] | None = None,
) -> list[BookReport]:  # fmt: skip
    """One PDF for each district asked for, then index.pdf and sheet_index.csv.

    Parameters
    ----------
    tables
        Layers of a plan.
    folder
        maps/.
    districts
        Codes of districts.
    images
        Background imagery; none gives plain sheets.
    areas
        Only sheets of these EAs.

    Raises
    ------
    InputError
        If a worker died on a book.
    """
    folder.mkdir(parents=True, exist_ok=True)
    language = language_of(tables)
    rules = tables["settings"].set_index("key")["value"]
    chosen = None if areas is None else tuple(areas)
    jobs = (  # made as they are asked for: a county's books are not held at once
        _Book(_near(tables, code), code, folder / f"{code}.pdf", language,
              paper or rules["sheet.paper"], tuple(images), chosen)
        for code in districts
    )  # fmt: skip
    reports: list[BookReport] = []
    for made in pool.each(_make, jobs, workers=workers, lost=lambda job: _Made(job.code, None)):
        if made.report is None:
            raise InputError(
                Text("the process making this book was killed (memory?).", "制作该图册的进程被终止（内存不足？）。"),
                where=f"{made.code}.pdf",
                fix=Text("close other programs, or use fewer workers.", "请关闭其他程序，或减少进程数。"),
            )  # fmt: skip
        reports.append(made.report)
        advance(made.code)
    reports.sort(key=lambda report: report.district_code)
    index_page(tables, folder / "index.pdf", language=language)
    _index(reports, folder / "sheet_index.csv")
    return reports


def quality(reports: Sequence[BookReport]) -> dict[str, Any]:
    """What became of the books: pages, numbers led out or without a place, characters the font lacks."""
    sheets = [sheet for report in reports for sheet in report.sheets]
    least = [sheet.least_size for sheet in sheets if sheet.least_size > 0]
    return {
        "books": len(reports), "pages": sum(report.pages for report in reports), "sheets": len(sheets),
        "numbers": sum(sheet.numbers for sheet in sheets),
        "numbers_led_out": sum(sheet.led_out for sheet in sheets),
        "numbers_dropped": sum(report.dropped for report in reports),
        "smallest_type_pt": round(min(least), 2) if least else None,
        "characters_missing": "".join(sorted({c for report in reports for c in report.missing_characters})),
    }  # fmt: skip


def _make(book: _Book) -> _Made:
    report = map_book(
        book.tables, book.code, book.path, language=book.language, paper=book.paper,
        images=book.images, areas=book.areas,
    )  # fmt: skip
    return _Made(book.code, report)


def _near(tables: Mapping[str, pd.DataFrame], code: str) -> dict[str, pd.DataFrame]:
    """What one book needs: the district's neighbourhood of each layer, small enough to send to a worker."""
    land = tables["districts"]
    own = land[land["district_code"] == code]
    left, bottom, right, top = own.total_bounds
    near: dict[str, pd.DataFrame] = {}
    for name, frame in tables.items():
        if name in ("findings", "crews", "assignments", "staff", "retired_codes"):
            continue
        if "geometry" in frame and len(frame):
            reach = AROUND_M
            near[name] = frame.cx[left - reach : right + reach, bottom - reach : top + reach]
        else:
            near[name] = frame
    areas = tables["enumeration_areas"]
    flat = areas[
        (areas["district_code"] == code)
        & ~areas["ea_code"].isin(near["enumeration_areas"]["ea_code"])
    ]
    near["enumeration_areas"] = pd.concat([near["enumeration_areas"], flat])
    codes = set(near["enumeration_areas"]["ea_code"])
    words = tables["ea_descriptions"]
    near["ea_descriptions"] = words[words["ea_code"].isin(codes)]
    return near


def _index(reports: Sequence[BookReport], path: Path) -> None:
    """sheet_index.csv: which sheet is on which page of which file, its scale and frame [m]."""
    rows: list[Mapping[str, Any]] = [row for report in reports for row in report.index_rows()]
    scratch = path.with_name(f".{path.name}.writing")
    with scratch.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]) if rows else ["file"])
        writer.writeheader()
        writer.writerows(rows)
    scratch.replace(path)
