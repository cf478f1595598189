"""What the disk refuses, said as the system says it: SQLite and GDAL have words of their own for a full disk."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyogrio

__all__ = ["disk_faults"]

# SQLite's result codes (sqlite.org/rescode.html) and what they are to the operating system.
MEANING = {
    "SQLITE_FULL": errno.ENOSPC,
    "SQLITE_READONLY": errno.EROFS,
    "SQLITE_PERM": errno.EACCES,
    "SQLITE_CANTOPEN": errno.EACCES,
    "SQLITE_BUSY": errno.EBUSY,
    "SQLITE_LOCKED": errno.EBUSY,
    "SQLITE_IOERR": errno.EIO,
}
LITTLE = 1 << 20  # a disk with less than this left is full [bytes]


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Faults of the disk under a block become OSError with the reason; defects stay what they are."""
    try:
        yield
    except sqlite3.OperationalError as error:
        name = "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
        # GDAL leaves a file without its tables, and no error, where the disk was full.
        bare = "no such table: gpkg_" in str(error)
        if name not in MEANING and not bare:
            raise
        raise _refused(_full_or_faulty(path) if bare else MEANING[name], path) from error
    except pyogrio.errors.DataSourceError as error:
        raise _refused(_full_or_faulty(path), path) from error


def _full_or_faulty(path: Path) -> int:
    free = shutil.disk_usage(path.parent).free if path.parent.exists() else 0
    return errno.ENOSPC if free < LITTLE else errno.EIO


def _refused(code: int, path: Path) -> OSError:
    return OSError(code, os.strerror(code), str(path))
