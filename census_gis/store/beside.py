"""Files that are there whole or not at all: written beside themselves under another name, then renamed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["beside", "write_whole"]


@contextmanager
def beside(path: Path, *, tag: str = "") -> Iterator[Path]:
    """A name to write under, which becomes `path` when the block ends without an error, and else is removed.

    Parameters
    ----------
    path
        The file wanted; the one that is there stays until then.
    tag
        What tells names apart where several processes may write the same file at once, and others look for finished
        files by their ending. Without it, what a killed process left behind is overwritten by the next.

    Yields
    ------
    Path
        In the same folder; without a tag with the same ending, by which libraries tell a format.
    """
    name = f".{path.name}.writing{tag}" if tag else f".{path.stem}.writing{path.suffix}"
    scratch = path.with_name(name)
    try:
        yield scratch
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, tag: str = "") -> None:
    """Write a file, whole or not at all (see `beside`)."""
    with beside(path, tag=tag) as scratch:
        scratch.write_bytes(data)
