"""A folder of files that appears whole or not at all, and never in the place of somebody's own work."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyogrio

from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.store.faults import disk_faults

__all__ = ["RECORD", "Place", "digest", "files_in", "whole"]

RECORD = "export.json"


@dataclass
class Place:
    """Where an export is written; `kept` is where an old one went that somebody had changed by hand."""

    scratch: Path
    target: Path
    kept: Path | None = None


@contextmanager
def whole(target: Path, *, purpose: str) -> Iterator[Place]:
    """Give a folder to write into; it takes the place of the old one only when the block has ended well.

    An old export whose files are as they were made is replaced. One that somebody worked in (files
    changed or added) is kept beside the new one.

    Parameters
    ----------
    target
        Folder of the finished export.
    purpose
        What the folder holds (the format), noted in export.json.

    Raises
    ------
    ConfigError
        If the folder holds something else than an export.
    OSError
        If the disk is full, read-only, or another program holds a file; the old export is then untouched.
    """
    target = target.resolve()
    scratch = target.with_name(f".{target.name}.writing")
    aside = target.with_name(f".{target.name}.old")
    place = Place(scratch, target)
    try:
        # Inside the clearing up: whether the disk is full is only seen while the files are there.
        with disk_faults(target), _rows_too():
            target.parent.mkdir(parents=True, exist_ok=True)
            if aside.is_dir() and not target.exists():
                aside.replace(target)  # the last call was killed between its two renames
            _refuse_foreign(target, purpose)
            _discard(scratch)
            scratch.mkdir()
            yield place
            _record(scratch, purpose)
            place.kept = _exchange(scratch, target, aside)
    finally:
        _discard(scratch)


def files_in(folder: Path) -> list[str]:
    """Names of all files under a folder, with forward slashes, sorted."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _record(folder: Path, purpose: str) -> None:
    """Flush every file to the disk and note its hash."""
    hashes = {name: digest(folder / name) for name in files_in(folder)}
    text = json.dumps({"export": purpose, "files": hashes}, ensure_ascii=False, indent=1)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")
    for name in files_in(folder):
        with (folder / name).open("rb+") as stream:
            os.fsync(stream.fileno())


def _exchange(scratch: Path, target: Path, aside: Path) -> Path | None:
    """Put the new folder in the place of the old one; the old one comes back if that fails."""
    if not target.exists():
        scratch.replace(target)
        return None
    touched = _touched(target)
    _discard(aside)
    target.replace(aside)
    try:
        scratch.replace(target)
    except OSError:
        aside.replace(target)
        raise
    if not touched:
        _discard(aside)
        return None
    kept = _free_name(target)
    aside.replace(kept)
    return kept


def _touched(folder: Path) -> bool:
    """Whether somebody changed, removed or added files since the export was made."""
    if not (folder / RECORD).is_file():
        return False  # an empty folder
    made = json.loads((folder / RECORD).read_text(encoding="utf-8"))["files"]
    now = [name for name in files_in(folder) if name != RECORD]
    return sorted(made) != now or any(digest(folder / name) != made[name] for name in now)


@contextmanager
def _rows_too() -> Iterator[None]:
    """A row that could not be written is a fault of the file it should be in."""
    try:
        yield
    except pyogrio.errors.FeatureError as error:
        raise pyogrio.errors.DataSourceError(str(error)) from error


def _refuse_foreign(target: Path, purpose: str) -> None:
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if purpose_of(target) != purpose:
        raise ConfigError(
            Text(f"this is no folder of an earlier export in the format {purpose}; it is not replaced.",
                 f"该位置不是以前导出的 {purpose} 格式文件夹，不会替换。"),
            where=str(target),
            fix=Text("name a new or empty folder with --out.", "请用 --out 指定新的或空的文件夹。"),
        )  # fmt: skip


def purpose_of(folder: Path) -> str | None:
    """What an export holds; None for a folder or file that is none."""
    try:
        return str(json.loads((folder / RECORD).read_text(encoding="utf-8"))["export"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _free_name(target: Path) -> Path:
    nth = 1
    while (kept := target.with_name(f"{target.name}.kept-{nth}")).exists():
        nth += 1
    return kept


def _discard(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)
