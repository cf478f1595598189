"""Random numbers for kernels: the state is an argument, so a plan depends on its seed and nothing else.

xorshift64* after Vigna, "An experimental exploration of Marsaglia's xorshift generators" (2016); the
state is filled by splitmix64 (Steele, Lea, Flood 2014), so that neighbouring seeds do not resemble each other.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["below", "chance", "draw", "seeded"]

_MASK = (1 << 64) - 1


def seeded(*parts: int) -> NDArray[np.uint64]:
    """State of a generator made from any whole numbers: a seed, a round, a component."""
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = (state ^ (int(part) & _MASK)) + 0x9E3779B97F4A7C15 & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return np.array([state or 1], dtype=np.uint64)


@njit(cache=True, inline="always")
def draw(state: NDArray[np.uint64]) -> np.uint64:
    """Next 64 bits."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@njit(cache=True, inline="always")
def below(state: NDArray[np.uint64], n: int) -> int:
    """A whole number in [0, n), n < 2**31."""
    return int((draw(state) >> np.uint64(33)) * np.uint64(n) >> np.uint64(31))


@njit(cache=True, inline="always")
def chance(state: NDArray[np.uint64]) -> float:
    """A number in [0, 1)."""
    return np.float64(draw(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
