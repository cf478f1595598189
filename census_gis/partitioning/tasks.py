"""Pieces of work that touch nothing in common, some of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["side_by_side"]


def side_by_side(work: Callable[[int], None], numbers: Iterable[int], threads: int) -> None:
    """Do the work for every number; kernels let go of the interpreter, so threads use as many cores.

    Each piece must have random numbers of its own, so that the order of finishing changes nothing.
    """
    if threads <= 1:
        for number in numbers:
            work(number)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, numbers):
            pass
