"""How a process that prints begins: without what it does not use, and keeping what it will use again.

Nothing is imported here that imports pandas: a worker calls `begin` before it.
"""

from __future__ import annotations

import ctypes
import sys

__all__ = ["begin"]

# glibc's mallopt (malloc.h). Composing takes and gives back arrays of some megabytes by the thousand; handed to
# the system and asked for again each time, their pages cost a tenth of the CPU time of a book.
TRIM, MMAP = -1, -3
KEPT, LARGE = 64 << 20, 4 << 20  # bytes kept at most when free; arrays larger than this come and go


def begin() -> None:
    """Import what prints and have its kernels compiled."""
    _without_arrow()
    _keep_memory()
    from census_gis.present.warming import warm  # pandas comes with it: after Arrow is set aside

    warm()


def _without_arrow() -> None:
    """Let pandas do without Arrow, as where it is not installed: strings are the same, the process 40 MB smaller.

    Where it is imported already (a caller's script that each worker reads) it stays.
    """
    sys.modules.setdefault("pyarrow", None)  # type: ignore[arg-type]  # how the import system is told: absent


def _keep_memory() -> None:
    """Keep pages of arrays that were freed for the next ones; other C libraries than glibc decide themselves."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(TRIM, KEPT)
        library.mallopt(MMAP, LARGE)
