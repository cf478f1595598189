"""Sums and matches by key: the tables of one district are small, and audited often."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["mutual", "numbers", "rows_of", "sums_by"]


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """A column of counts or measures, nan where none is given."""
    return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)


def rows_of(keys: Iterable[Hashable], among: Iterable[Hashable]) -> NDArray[np.int64]:
    """For each key its first row among others, -1 where it is not there."""
    row: dict[Hashable, int] = {}
    for n, key in enumerate(among):
        row.setdefault(key, n)
    return np.array([row.get(key, -1) for key in keys], dtype=np.int64)


def sums_by(row: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sum of the values of each row 0 .. count-1; nan where none is given, rows -1 left out."""
    given = (row >= 0) & ~np.isnan(values)
    total = np.bincount(row[given], values[given], count)
    return np.where(np.bincount(row[given], minlength=count) > 0, total, np.nan)


def mutual(pairs: pd.DataFrame, one: str, two: str) -> pd.DataFrame:
    """Of pairs in order, the best first, those that are the first of both their sides.

    Examples
    --------
    >>> pairs = pd.DataFrame({"old": ["a", "a", "b"], "new": ["x", "y", "y"]})
    >>> mutual(pairs, "old", "new").to_numpy().tolist()
    [['a', 'x']]
    """
    return pairs[~pairs.duplicated(one) & ~pairs.duplicated(two)]
