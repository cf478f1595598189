"""HiGHS prints a line of its own now and then, whatever its options say; a result on stdout must stay clean."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["muted"]

STDOUT = 1


@contextmanager
def muted() -> Iterator[None]:
    """What native code writes to the process's stdout meanwhile goes nowhere."""
    if sys.stdout is not None:
        sys.stdout.flush()
    try:
        kept = os.dup(STDOUT)
    except OSError:  # no console: nothing to keep clean
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STDOUT)
        yield
    finally:
        os.dup2(kept, STDOUT)
        os.close(kept)
        os.close(nowhere)
