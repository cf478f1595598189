"""Books whose inputs are as they were: known again by content, without composing a sheet.

books.json beside the books holds, for each, a fingerprint of all rows it was made from and of how it was to be
made, the hash of its file, and what its sheets were like. It is worth nothing to another version of the program
or of the libraries that draw: every book is composed then.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from census_gis.model import Image
from census_gis.present.book import BookReport, Known
from census_gis.present.press import Print
from census_gis.present.sheet import SheetReport
from census_gis.store.beside import write_whole

__all__ = [
    "RECORD",
    "Made",
    "Record",
    "images_seen",
    "known_again",
    "made",
    "program",
    "read_record",
    "write_record",
]

RECORD = "books.json"
# What draws besides our own code; the font is a package too.
LIBRARIES = (
    "geopandas", "numba", "numpy", "pandas", "pikepdf", "pillow", "pylopdf-fonts-zh-cn", "pyproj", "rasterio", "segno",
    "shapely", "uharfbuzz",
)  # fmt: skip
CACHES = "__pycache__"

Record = Mapping[str, Any]


class Made(NamedTuple):
    """A book, the fingerprint of what it was made from, and the hash of its file."""

    report: BookReport
    inputs: str
    content: str


def made(report: BookReport, inputs: str) -> Made:
    """A book whose file has been written, or was left as it is."""
    return Made(report, inputs, _hash(report.path))


def images_seen(images: Sequence[Image]) -> str:
    """Hash of all that pictures are taken from; '' for no images.

    Of files beside an image only a world file counts: the position it gives is in the image's bounds.
    """
    state = hashlib.sha256()
    for image in images:
        state.update(f"{image!r} {image.crs.to_wkt()} {_hash(Path(image.path))}\n".encode())
    return state.hexdigest() if images else ""


def known_again(
    record: Record | None, path: Path, inputs: str, known: Mapping[str, Known]
) -> Made | None:
    """A book as it was printed last; None when it has to be composed.

    Parameters
    ----------
    record
        Its entry of books.json, None without one.
    path
        Its file: it must be the one that was written, to the byte.
    inputs
        Fingerprint of what it would be made from now.
    known
        Its sheets as sheet_index.csv has them.
    """
    if record is None or record["inputs"] != inputs or not path.is_file():
        return None
    report = _report(record["report"], path)
    if report.known != dict(known) or _hash(path) != record["content"]:
        return None
    return Made(report, inputs, record["content"])


def read_record(folder: Path) -> dict[str, Record]:
    """Entries of books.json by name of the file; none where another program or hand wrote it."""
    path = folder / RECORD
    if not path.is_file():
        return {}
    try:
        said = json.loads(path.read_text("utf-8"))
    except ValueError:
        said = None
    # Cut off, changed by hand, or of another version: every book is composed, and it is written anew.
    if not isinstance(said, dict) or said.get("seal") != _seal(json.dumps(said.get("books"))):
        return {}
    return dict(said["books"])


def write_record(folder: Path, books: Iterable[Made], before: Mapping[str, Record]) -> None:
    """Write books.json; entries of books that were not made now stay while their files do.

    Books for the field have none: it would tell the ground in their frames, as nothing they go with may.
    """
    entries = {name: entry for name, entry in before.items() if (folder / name).is_file()}
    for book in books:
        name = book.report.path.name
        entries.pop(name, None)
        if all(one.located for one in book.report.prints):
            entries[name] = {
                "inputs": book.inputs, "content": book.content, "report": _said(book.report),
            }  # fmt: skip
    text = json.dumps(dict(sorted(entries.items())))
    write_whole(folder / RECORD, f'{{"seal": "{_seal(text)}", "books": {text}}}'.encode())


def _seal(books: str) -> str:
    """Hash of the entries, as JSON, and of the program that wrote them."""
    return hashlib.sha256(f"{program()}\n{books}".encode()).hexdigest()


@cache
def program() -> str:
    """Hash of all that makes a book of rows: our code and its data, Python, the libraries that draw."""
    root = Path(__file__).resolve().parents[1]
    state = hashlib.sha256(platform.python_version().encode())
    for name in LIBRARIES:
        state.update(f"{name} {version(name)}\n".encode())
    files = (path for path in root.rglob("*") if path.is_file() and CACHES not in path.parts)
    for path in sorted(files):
        state.update(f"{path.relative_to(root).as_posix()} {_hash(path)}\n".encode())
    return state.hexdigest()


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _said(report: BookReport) -> dict[str, Any]:
    """A report as JSON."""
    return {
        "district_code": report.district_code, "pages": report.pages, "title": report.title,
        "missing_characters": report.missing_characters,
        "sheets": [asdict(sheet) for sheet in report.sheets],
        "prints": [one._replace(changed=False)._asdict() for one in report.prints],
    }  # fmt: skip


def _report(said: Mapping[str, Any], path: Path) -> BookReport:
    """A report from JSON, of a book that is left as it is."""
    sheets = tuple(
        SheetReport(**{name: _tuples(value) for name, value in sheet.items()})
        for sheet in said["sheets"]
    )
    prints = tuple(Print(**{**one, "known": Known(*one["known"])}) for one in said["prints"])
    return BookReport(
        said["district_code"], path, said["pages"], sheets, said["missing_characters"], prints, said["title"],
        written=False,
    )  # fmt: skip


def _tuples(value: Any) -> Any:
    """Sequences as the reports have them."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
