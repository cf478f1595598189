"""One writer at a time in a folder of results: a second one is told, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from census_gis.errors import ConfigError
from census_gis.language import Text

__all__ = ["writing"]


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold a folder of results; the system lets go of it when the process ends, however it ends.

    Raises
    ------
    ConfigError
        If another process holds it.
    """
    work = folder / ".work"
    work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(work / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ConfigError(
            Text("another census-gis is writing to this folder.", "另一个 census-gis 正在写入该文件夹。"),
            where=str(folder),
            fix=Text("wait until it has ended, or name another folder (--out).",
                     "请等待其结束，或另行指定文件夹（--out）。"),
        ) from error  # fmt: skip
    try:
        yield
    finally:
        lock.release()
