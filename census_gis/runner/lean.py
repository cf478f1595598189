"""What a process that prints holds: nothing it does not use, and what it will use again.

Nothing is imported here that imports pandas: a worker calls `begin` before it.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from functools import cache

__all__ = ["begin", "give_back"]

# glibc's mallopt (malloc.h). Composing takes and gives back arrays of some megabytes by the thousand; handed to
# the system and asked for again each time, their pages cost a tenth of the CPU time of a book.
TRIM, MMAP = -1, -3
# Bytes kept at most when free; arrays larger than this come and go: so does whose building is where on an A3 map.
KEPT, LARGE = 24 << 20, 2 << 20


def begin() -> None:
    """Import what prints and have its kernels compiled."""
    _keep_memory()
    _import_pandas()
    from census_gis.present.warming import warm  # pandas comes with it, unless it is there

    warm()


def _import_pandas() -> None:
    """Let pandas do without Arrow, as where it is not installed: strings are the same, the process 40 MB smaller.

    What is sent to such a process holds no frames: texts that are held by Arrow could not be read there.

    Only while pandas looks for it: what reads images may import Arrow later. Where Arrow is imported already (by a
    caller's script that each worker reads) it stays.
    """
    if "pyarrow" in sys.modules:
        return
    # This is how the import system is told that there is no such module.
    sys.modules["pyarrow"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("pandas")
    finally:
        del sys.modules["pyarrow"]


def give_back() -> None:
    """Give pages to the system that are free among those in use: over a county a process would grow by 60 MB."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _keep_memory() -> None:
    """Keep pages of arrays that were freed for the next ones."""
    library = _glibc()
    if library is not None:
        library.mallopt(TRIM, KEPT)
        library.mallopt(MMAP, LARGE)


@cache
def _glibc() -> ctypes.CDLL | None:
    """The C library where it is glibc; others decide themselves what they keep."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
