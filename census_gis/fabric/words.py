"""A column of words, asked by its few different values instead of row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Words"]


@dataclass(frozen=True)
class Words:
    """Words of n rows.

    `known` are the different ones, '' for what is missing; `code` (int64, shape (n,)) says which of them each
    row has, -1 for the last.
    """

    code: NDArray[np.int64]
    known: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, name: str) -> Words:
        """The words of a column.

        Examples
        --------
        >>> Words.of(pd.DataFrame({"class": ["path", None, "path"]}), "class").each().tolist()
        ['path', '', 'path']
        """
        code, known = pd.factorize(table[name].to_numpy(dtype=object))
        return cls(code, [*(word if isinstance(word, str) else "" for word in known), ""])

    def __getitem__(self, rows: Any) -> Words:
        """The words of some rows."""
        return replace(self, code=self.code[rows])

    def small(self) -> Words:
        """In small letters, without blanks around."""
        return replace(self, known=[word.strip().lower() for word in self.known])

    def each(self) -> NDArray[np.object_]:
        """The word of each row."""
        return np.array(self.known, dtype=object)[self.code]

    def among(self, some: Collection[str]) -> NDArray[np.bool_]:
        """Rows that have one of some words."""
        return np.array([word in some for word in self.known], dtype=bool)[self.code]

    def said(self, what: Callable[[str], float]) -> NDArray[np.float64]:
        """A number for each row, by its word."""
        return np.array([what(word) for word in self.known], dtype=np.float64)[self.code]
