"""Parts of dwellings joined to the buildings of each EA: a row for each, as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.present.surroundings import words_of

__all__ = ["joined"]

Values = NDArray[Any]


def joined(parts: pd.DataFrame) -> tuple[dict[str, Values], NDArray[np.object_]]:
    """Columns of the buildings of EAs, by EA and building, and their shapes.

    Parameters
    ----------
    parts
        Rows of `dwelling_parts` of a district; those without an EA are left out. Of columns that hold one value for a
        building, the first part's that has one counts.

    Returns
    -------
    columns
        ea_code, key (building_id, else part_id), number, label, floors, dwellings, use, address, name, shared
        (whether other EAs have parts of it), unit (its doors' numbers), lo and hi (floors); numbers are
        floats, NaN where unknown.
    shapes
        None where none of the parts stands anywhere.
    """
    parts = parts.loc[parts["ea_code"].notna()]
    codes = parts["ea_code"].to_numpy(dtype=object)
    named = zip(words_of(parts, "building_id"), words_of(parts, "part_id"), strict=True)
    keys = np.array([building or part for building, part in named], dtype=object)
    pairs = list(zip(codes.tolist(), keys.tolist(), strict=True))
    groups = sorted(set(pairs))
    number = {pair: n for n, pair in enumerate(groups)}
    group = np.array([number[pair] for pair in pairs], dtype=np.int64)
    order = np.argsort(group, kind="stable")
    at = _Groups(order, np.searchsorted(group[order], np.arange(len(groups) + 1)))
    holders: dict[str, int] = {}
    for _, key in groups:
        holders[key] = holders.get(key, 0) + 1
    columns = {
        "ea_code": np.array([code for code, _ in groups], dtype=object),
        "key": np.array([key for _, key in groups], dtype=object),
        "number": at.first(_floats(parts, "building_number")),
        "label": at.leading(words_of(parts, "number_label")),
        "floors": at.reduced(np.fmax, _floats(parts, "floors")),
        "dwellings": at.total(_floats(parts, "dwellings")),
        "use": at.first(parts["use"].to_numpy(dtype=object)),
        "address": at.leading(words_of(parts, "address")),
        "name": at.leading(words_of(parts, "name")),
        "shared": np.array([holders[key] > 1 for _, key in groups], dtype=bool),
        "unit": at.sets(parts["unit"].to_numpy(dtype=object)),
        "lo": at.reduced(np.fmin, _floats(parts, "floor_lo")),
        "hi": at.reduced(np.fmax, _floats(parts, "floor_hi")),
    }
    return columns, at.joined(parts["geometry"].to_numpy())


def _floats(parts: pd.DataFrame, column: str) -> NDArray[np.float64]:
    values: NDArray[np.float64] = parts[column].to_numpy(dtype=np.float64, na_value=np.nan)
    return values


class _Groups:
    """Rows in order of their group, and where each group begins, with the end of the last one."""

    def __init__(self, order: NDArray[np.int64], begin: NDArray[np.int64]) -> None:
        self._order, self._begin = order, begin
        self._heads = order[begin[:-1]]
        self._single = np.diff(begin) == 1

    def leading(self, values: Values) -> Values:
        """The value of each group's first row."""
        return values[self._heads]

    def reduced(self, rule: np.ufunc, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values of each group reduced to one."""
        if not len(self._heads):
            return np.empty(0)
        result: NDArray[np.float64] = rule.reduceat(values[self._order], self._begin[:-1])
        return result

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum of what is known in each group, NaN where nothing is."""
        none = self.reduced(np.logical_and, np.isnan(values)).astype(bool)
        return np.where(none, np.nan, self.reduced(np.add, np.nan_to_num(values)))

    def first(self, values: Values) -> Values:
        """The first known value of each group."""
        found = values[self._heads]
        for n in np.flatnonzero(pd.isna(found) & ~self._single).tolist():
            known = [value for value in values[self._rows(n)] if not pd.isna(value)]
            found[n] = known[0] if known else found[n]
        return found

    def sets(self, values: Values) -> Values:
        """The different values of each group in order."""
        found = np.empty(len(self._heads), dtype=object)
        for n, value in enumerate(values[self._heads].tolist()):
            single = self._single[n]
            found[n] = (value,) if single else tuple(sorted(set(values[self._rows(n)].tolist())))
        return found

    def joined(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """The shapes of each group as one, None where none of them stands anywhere."""
        standing = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        found: NDArray[np.object_] = shapes[self._heads]
        found[~standing[self._heads]] = None
        for n in np.flatnonzero(~self._single).tolist():
            rows = self._rows(n)
            some = shapes[rows[standing[rows]]]
            found[n] = (
                (some[0] if len(some) == 1 else shapely.union_all(some)) if len(some) else None
            )
        return found

    def _rows(self, n: int) -> NDArray[np.int64]:
        return self._order[self._begin[n] : self._begin[n + 1]]
