"""Whole numbers out of shares: a total is spread over weights, exactly, and nobody is lost.

Rounding each share by itself loses the total; rounding the largest remainders up puts the rounded-up
houses wherever rows happen to stand. Here the running total is rounded instead (error diffusion): x_i =
floor(C_i + 1/2) - floor(C_{i-1} + 1/2). The sum is exact, and any run of neighbours in the order given is
within one of its share [1]_.

References
----------
.. [1] Measured on simulated villages: areas of about 300 persons were off by 5.7 %, against 13.2 % with
   largest remainders in the order of rows (design note on imagery and population, decision 2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["allocate"]

EXACT = (
    2**62
)  # products up to here are exact in int64; larger ones are computed with Python's integers


def allocate(total: int, weights: ArrayLike) -> NDArray[np.int64]:
    """Spread `total` over `weights` in the order given, in whole numbers.

    Parameters
    ----------
    total
        What is spread [persons, households ...], >= 0.
    weights : int, shape (n,)
        Integers >= 0; at least one above 0 where `total` is above 0.

    Returns
    -------
    int64, shape (n,)
        Sums to `total` exactly; 0 where the weight is 0; never above the weight where `total` is not above
        the sum of weights.

    Raises
    ------
    ValueError
        If there is something to spread and nothing to spread it over, or a number is negative.

    Examples
    --------
    >>> allocate(10, [1, 1, 1, 1]).tolist()
    [3, 2, 3, 2]
    """
    weight = np.asarray(weights, dtype=np.int64)
    if total < 0 or (weight < 0).any():
        raise ValueError("allocate: totals and weights are not negative.")
    if total == 0 or weight.size == 0:
        if total:
            raise ValueError("allocate: there is nothing to spread the total over.")
        return np.zeros(weight.size, dtype=np.int64)
    below = np.cumsum(weight)
    whole = int(below[-1])
    if whole == 0:
        raise ValueError("allocate: there is nothing to spread the total over.")
    if 2 * total * whole + whole < EXACT:
        steps = (2 * total * below + whole) // (2 * whole)
    else:
        steps = np.array(
            [(2 * total * int(value) + whole) // (2 * whole) for value in below], dtype=np.int64
        )
    return np.diff(steps, prepend=np.int64(0)).astype(np.int64)
