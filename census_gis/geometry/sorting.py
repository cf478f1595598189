"""Whole numbers in order, by counting their digits: many at once, faster than by comparing them."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["stable_order"]

# Bits of a digit: 2,048 counters stay close to the processor, and four rounds sort what a town measures.
DIGIT = 11


@njit(cache=True)
def stable_order(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows in the order of their keys, equal ones as they were; as ``np.argsort(key, kind="stable")``.

    Parameters
    ----------
    key : int64, shape (n,)
        None below 0.

    Returns
    -------
    int64, shape (n,)
    """
    order = np.arange(key.size)
    other = np.empty(key.size, np.int64)
    largest = np.int64(0)
    for i in range(key.size):
        largest = max(largest, key[i])
    shift = 0
    while shift < 63 and largest >> shift > 0:
        place = np.zeros(2**DIGIT + 1, np.int64)
        for i in range(key.size):
            place[(key[i] >> shift & 2**DIGIT - 1) + 1] += 1
        for digit in range(2**DIGIT):
            place[digit + 1] += place[digit]
        for row in order:
            at = key[row] >> shift & 2**DIGIT - 1
            other[place[at]] = row
            place[at] += 1
        order, other = other, order
        shift += DIGIT
    return order
