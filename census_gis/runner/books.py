"""Map books of many districts over a pool of processes, and the index of all sheets.

Workers read what they need from the plan's file, so that neither they nor this process hold a county.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from census_gis.errors import InputError
from census_gis.language import Language, Text
from census_gis.present.binding import bind
from census_gis.present.book import BookReport, Known
from census_gis.present.press import INDEX
from census_gis.present.quality import (
    COVER,
    INCOMPLETE,
    book_quality,
    continuous_cover,
    faulty,
    quality,
)  # fmt: skip
from census_gis.present.titles import language_of
from census_gis.present.township_sheet import Volume
from census_gis.present.words import say
from census_gis.runner import lean, pool
from census_gis.runner.book_job import (
    INDEXED,
    Job,
    TownshipJob,
    Wish,
    make,
    make_index,
    make_township,
    name_of,
)
from census_gis.runner.near import batches
from census_gis.runner.unchanged import Made, Record, images_seen, read_record, write_record
from census_gis.store.beside import beside, write_whole
from census_gis.store.geopackage import read_tables

__all__ = ["Maps", "Wish", "write_maps"]

SHEET_INDEX, QUALITY, CHANGED = "sheet_index.csv", "quality.json", "changed.pdf"
TOWNSHIP_DIGITS = 9  # of a district's code (statistical division code: digits 7-9)


@dataclass(frozen=True)
class Maps:
    """What was made: the PDFs in order, and what became of them; `quality` is JSON, findings included."""

    files: tuple[Path, ...]
    reports: tuple[BookReport, ...]
    quality: Mapping[str, Any]


def write_maps(
    plan: Path, folder: Path, *, districts: Sequence[str], wish: Wish | None = None, workers: int = 1,
    advance: Callable[[str], None] = lambda _: None,
) -> Maps:  # fmt: skip
    """One PDF for each district asked for, then index.pdf, sheet_index.csv and quality.json.

    Parameters
    ----------
    plan
        plan.gpkg.
    folder
        maps/.
    districts
        Codes of districts; those without a boundary are an error.
    advance
        Told the code of each district done.

    Raises
    ------
    InputError
        If a district has no boundary, or a worker died on a book.
    """
    wish = wish or Wish()
    folder.mkdir(parents=True, exist_ok=True)
    tables = read_tables(plan, INDEXED)
    language = language_of(tables)
    _require_boundaries(tables["districts"], districts, plan)
    rows = _rows_of(folder / SHEET_INDEX)
    known = _known(rows)
    crs, whole = tables["districts"].crs, wish.printing.areas is None
    before, images = read_record(folder), images_seen(wish.printing.images)
    jobs = (
        Job(plan, batch, folder, language, wish, {code: known.get(name_of(code, wish), {}) for code in batch[0]}, crs,
            {code: before[f"{code}.pdf"] for code in batch[0] if f"{code}.pdf" in before}, images)
        for batch in batches(tables["districts"], list(districts))
    )  # fmt: skip
    books: list[Made] = []
    # The index names all books: it gets its name when they are there.
    indexing = beside(folder / "index.pdf") if whole else nullcontext(folder)
    try:
        with indexing as scratch, _workers(workers) as team:
            index = partial(make_index, plan, scratch, language, crs, wish.printing)
            indexed = team.beside(index) if team and whole else index
            for made in pool.each(make, jobs, workers=workers, lost=_lost, team=team):
                for book in made:
                    books.append(book)
                    advance(book.report.district_code)
            if whole:
                indexed()
            reports = sorted((book.report for book in books), key=lambda one: one.district_code)
            files, anew = _township_jobs(reports, tables, plan, folder, wish, known)
            more = list(
                pool.each(make_township, anew, workers=workers, lost=_lost_township, team=team)
            )
    except BaseException:
        # Books that are there stand in the list of sheets; what went wrong first is what is told.
        if whole and books:
            with suppress(OSError):
                _register(books, [], rows, before, folder)
        raise
    bound = [*files, *_bound(reports, folder, wish, language)]
    kept = (
        _register(books, more, rows, before, folder) if whole else _kept(rows, reports, [], folder)
    )
    found = _judged(reports, tables, known, kept)
    lines = [book_quality(report) for report in reports]
    text = json.dumps({**found, "of_books": lines}, ensure_ascii=False, indent=1)
    write_whole(folder / QUALITY, text.encode())
    return Maps((*(report.path for report in reports), *bound), tuple(reports), found)


def _workers(workers: int) -> AbstractContextManager[pool.Team | None]:
    """Processes that get ready while jobs are prepared; one of them compiles the kernels for all."""
    return pool.ready(workers, lean.begin) if workers > 1 else nullcontext()


def _lost(job: Job) -> list[Made]:
    raise _killed(f"{job.batch[0][0]}.pdf", job.batch[0])


def _lost_township(job: TownshipJob) -> dict[str, Any]:
    raise _killed(job.path.name, [job.code])


def _killed(name: str, codes: Sequence[str]) -> InputError:
    return InputError(
        Text("the process making these books was killed (memory?).", "制作这些图册的进程被终止（内存不足？）。"),
        where=name, rows=codes,
        fix=Text("close other programs, or use fewer workers.", "请关闭其他程序，或减少进程数。"),
    )  # fmt: skip


def _require_boundaries(table: Any, districts: Sequence[str], plan: Path) -> None:
    standing = ~(table.geometry.isna() | table.geometry.is_empty)
    lost = sorted(set(districts) - set(table.loc[standing, "district_code"]))
    if lost:
        raise InputError(
            Text(f"{len(lost)} districts have no boundary here.", f"{len(lost)} 个普查区在此没有边界。"),
            where=f"{plan.name}, districts", rows=lost,
            fix=Text("give codes of the layer 'districts'.", "请给出 districts 图层中的代码。"),
        )  # fmt: skip


def _bound(
    reports: Sequence[BookReport], folder: Path, wish: Wish, language: Language
) -> Iterator[Path]:
    """The changed sheets of all books in one."""
    made = []
    changed = folder / CHANGED
    if wish.only_changed:
        news = [
            report.chapter({s.ea_code for s, one in report.both() if one.changed})
            for report in reports
        ]
        title = say("changed", language)
        if bind(changed, news, title=title, language=language):
            made.append(changed)
        else:  # that of another time is not of this one
            changed.unlink(missing_ok=True)
    return iter(made)


def _by_township(table: Any) -> dict[str, int]:
    """How many districts with a boundary each township has."""
    standing = ~(table.geometry.isna() | table.geometry.is_empty)
    heads = table.loc[standing, "district_code"].str[:TOWNSHIP_DIGITS]
    return {str(code): int(n) for code, n in heads.value_counts().items()}


def _township_jobs(
    reports: Sequence[BookReport], tables: Mapping[str, Any], plan: Path, folder: Path, wish: Wish,
    known: Mapping[str, Mapping[str, Known]],
) -> tuple[list[Path], list[TownshipJob]]:  # fmt: skip
    """Books of the townships of the districts made, if they are wished for, and what is to be made of them.

    Some of its sheets never replace the book of a whole township. It is bound anew even where the books in it
    are left as they are: which books it held, and what lies around the township, may be others.

    Parameters
    ----------
    known
        Sheets as they were printed last, by file and code.
    """
    files: list[Path] = []
    jobs: list[TownshipJob] = []
    if not wish.townships:
        return files, jobs
    every, language = _by_township(tables["districts"]), language_of(tables)
    groups: dict[str, list[BookReport]] = {}
    for report in reports:
        groups.setdefault(report.district_code[:TOWNSHIP_DIGITS], []).append(report)
    for code, some in groups.items():
        whole = len(some) == every[code] and wish.printing.areas is None
        path = folder / f"township_{code}{'' if whole else '-part'}.pdf"
        files.append(path)
        volumes = {report.district_code: Volume(report.path.name, report.pages) for report in some}
        chapters = tuple(report.chapter() for report in some)
        jobs.append(
            TownshipJob(plan, code, path, language, tables["districts"].crs, wish.printing, chapters, volumes,
                        known.get(path.stem, {}).get(code))
        )  # fmt: skip
    return files, jobs


def _judged(
    reports: Sequence[BookReport], tables: Mapping[str, pd.DataFrame],
    known: Mapping[str, Mapping[str, Known]], kept: Sequence[Mapping[str, str]],
) -> dict[str, Any]:  # fmt: skip
    """Quality of the books, sheets that are no more, and the finding on continuous cover, kept books included."""
    gone = [
        code
        for report in reports
        for code in sorted(set(known.get(report.path.stem, {})) - set(report.known))
    ]
    limit = float(tables["settings"].set_index("key")["value"].get("special.secrecy_km2", 0) or 0)
    km2 = continuous_cover(reports, kept, tables.get("districts"))
    found = quality(reports)
    cases = [COVER.at("districts", km2=km2, limit=limit)] if 0 < limit <= km2 else []
    if faulty(found):
        cut, differ = len(found["sheets_cut"]), len(found["tables_differ"])
        cases.append(
            INCOMPLETE.at("maps", dropped=found["numbers_dropped"], cut=cut, differ=differ)
        )
    findings = [{key: value for key, value in case.items() if key != "geometry"} for case in cases]
    return {**found, "gone": gone, "continuous_km2": round(km2, 2), "findings": findings}


def _rows_of(path: Path) -> list[dict[str, str]]:
    """Rows of the index as it is; none where there is none, or it is not ours."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        # One column fewer was written before the ground of details was known to it.
        return list(reader) if tuple(reader.fieldnames or ()) in (INDEX, INDEX[:-1]) else []


def _known(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, Known]]:
    """Sheets as they were printed last, by file without ending and code."""
    known: dict[str, dict[str, Known]] = {}
    for row in rows:
        if row["version"].isdigit():
            sheets = known.setdefault(Path(row["file"]).stem, {})
            sheets[row["ea_code"]] = Known(row["digest"], int(row["version"]))
    return known


def _register(
    books: Sequence[Made], more: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, str]],
    record: Mapping[str, Record], folder: Path,
) -> list[Mapping[str, str]]:  # fmt: skip
    """Write sheet_index.csv and books.json; returns the rows of books that were not made now.

    `more` are rows of townships' sheets, `before` and `record` what both files said.
    """
    reports = [book.report for book in books]
    kept = _kept(before, reports, more, folder)
    own = [row for report in reports for row in report.index_rows()]
    _write_index([*kept, *own, *more], folder)
    write_record(folder, books, record)
    return kept


def _kept(
    before: Sequence[Mapping[str, str]], reports: Sequence[BookReport], more: Sequence[Mapping[str, Any]],
    folder: Path,
) -> list[Mapping[str, str]]:  # fmt: skip
    """Rows of the index for books that were not made now and are still there."""
    made = {report.path.name for report in reports} | {row["file"] for row in more}
    return [row for row in before if row["file"] not in made and (folder / row["file"]).is_file()]


def _write_index(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """sheet_index.csv: which sheet is on which page of which file."""
    with (
        beside(folder / SHEET_INDEX) as scratch,
        scratch.open("w", encoding="utf-8-sig", newline="") as stream,
    ):
        writer = csv.DictWriter(stream, fieldnames=INDEX)
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: (str(row["file"]), int(row["page"]))))
