"""Columns of a frame in their declared types, and whether their values keep what is declared.

Frames of one district are small and checked often, so what is plain is done on arrays; what is not is left
to pandas and pandera, whose words about a fault are better.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.tables.columns import Column

__all__ = ["Typed", "listed", "nothing", "require_sound", "typed"]

WHOLE = ("int64", "Int64")
LARGE = 2.0**63  # whole numbers from here on are none of 64 bits


class Typed(NamedTuple):
    """A column in its declared type, and whether a cheap look found nothing wrong with it."""

    values: Any
    sound: bool


def listed(values: Sequence[Any]) -> NDArray[Any]:
    """A list as a column of its values as they are."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def typed(values: Any, column: Column, index: pd.RangeIndex, *, where: tuple[str, str]) -> Typed:
    """A column (a Series, whatever its index, or an array) in its declared type, on an index 0 .. n-1.

    `where` are the names of the table and the column, for errors.

    Raises
    ------
    InputError
        If it holds what cannot be read as that type.
    """
    if column.dtype == "geometry":
        return Typed(np.asarray(values, dtype=object), sound=True)
    if not len(values):
        return nothing(column, index)
    if column.dtype == "str":
        return _texts(values, column, index)
    numbers = _numbers(values, column)
    return _slowly(values, column, where) if numbers is None else numbers


def nothing(column: Column, index: pd.RangeIndex) -> Typed:
    """A column that was not given, empty."""
    n = len(index)
    if column.dtype == "geometry":
        return Typed(np.full(n, None, dtype=object), sound=True)
    sound = column.null or not n
    if column.dtype == "str":
        return Typed(_series(np.full(n, None, dtype=object), index), sound)
    if column.dtype == "Int64":
        none = np.ones(n, dtype=bool)
        return Typed(pd.arrays.IntegerArray(np.zeros(n, dtype=np.int64), none), sound)
    if column.dtype == "float64":
        return Typed(np.full(n, np.nan), sound)
    return Typed(pd.Series([None] * n, dtype=column.dtype), sound)  # whole numbers, true and false


def _series(texts: NDArray[Any], index: pd.RangeIndex) -> pd.Series:
    """Objects that a frame takes as they are: bare ones would be made a column of pandas' texts."""
    return pd.Series(texts, index=index, dtype=object, copy=False)


def _texts(values: Any, column: Column, index: pd.RangeIndex) -> Typed:
    """Texts as objects, None where there is none."""
    if isinstance(values, np.ndarray):
        found = values.astype(object)
    else:
        found = values.to_numpy(dtype=object, copy=True)
    none = pd.isna(found)
    some = bool(none.any())
    if some:
        found[none] = None
    sound = column.null or not some
    if column.choices:
        sound = sound and set(found[~none].tolist()) <= set(column.choices)
    return Typed(_series(found, index), sound)


def _numbers(values: Any, column: Column) -> Typed | None:
    """A column of numbers or of true and false that is stored as such; None for pandas to convert."""
    if isinstance(values.dtype, np.dtype):
        found = np.asarray(values)
        none = np.isnan(found) if found.dtype.kind == "f" else np.zeros(len(found), dtype=bool)
    elif isinstance(values.dtype, pd.Int64Dtype):
        found = values.to_numpy(dtype=np.int64, na_value=0)
        none = np.asarray(values.isna())
    else:
        return None
    if column.dtype == "bool":
        return Typed(found.copy(), sound=True) if found.dtype.kind == "b" else None
    if found.dtype.kind not in "iuf":
        return None
    if column.dtype in WHOLE:
        return _whole(found, none, column)
    real = found.astype(np.float64)
    real[none] = np.nan
    return Typed(real, _within(real[~none], column) and (column.null or not none.any()))


def _whole(found: NDArray[Any], none: NDArray[np.bool_], column: Column) -> Typed | None:
    """Whole numbers; None for what is not whole or may not be missing: pandas says so."""
    given = found[~none]
    if (none.any() and not column.null) or found.dtype.kind == "u":
        return None
    if found.dtype.kind == "f" and not ((np.abs(given) < LARGE) & (given == np.trunc(given))).all():
        return None
    numbers = np.where(none, 0, found).astype(np.int64)
    sound = _within(numbers[~none], column)
    if not column.null:
        return Typed(numbers, sound)
    return Typed(pd.arrays.IntegerArray(numbers, none.copy()), sound)


def _within(given: NDArray[Any], column: Column) -> bool:
    return column.least is None or not (given < column.least).any()


def _slowly(values: Any, column: Column, where: tuple[str, str]) -> Typed:
    """Numbers that were read as something else, by pandas; whether they are sound is left open."""
    given = pd.Series(values).reset_index(drop=True)
    table, name = where
    try:
        if column.dtype in WHOLE:
            number = pd.to_numeric(given).astype("Float64")
            if (number.abs() >= LARGE).any():  # pandas would make another number of it
                raise ValueError(f"{number.abs().max():g} >= 2^63")
            return Typed(number.astype(column.dtype), sound=False)
        return Typed(given.astype(column.dtype), sound=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            Text(f"column '{name}' cannot be read as {column.dtype} [{column.unit}]: {error}",
                 f"字段“{name}”不能读作 {column.dtype} [{column.unit}]：{error}"),
            where=table,
            fix=Text("correct the values.", "请改正数值。"),
        ) from error  # fmt: skip


def require_sound(frame: pd.DataFrame, table: str, columns: dict[str, Column]) -> None:
    """All faults of a table at once, in our words.

    Raises
    ------
    InputError
        Naming the first value at fault and the rows.
    """
    # Read only where something may be wrong: it takes longer to load than a district to plan.
    import pandera.pandas as pa

    try:
        _schema(table, tuple(columns.items())).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        first = cases.iloc[0]
        raise InputError(
            Text(f"{len(cases)} values break the table's rules, e.g. column '{first['column']}': "
                 f"{first['check']} ({first['failure_case']}).",
                 f"{len(cases)} 个值不符合表的规定，例如字段“{first['column']}”："
                 f"{first['check']}（{first['failure_case']}）。"),
            where=table, rows=cases["index"].dropna().tolist(),
            fix=Text("correct these rows.", "请改正这些行。"),
        ) from error  # fmt: skip


@cache
def _schema(table: str, columns: tuple[tuple[str, Column], ...]) -> Any:
    """The declared table in pandera's words."""
    import pandera.pandas as pa

    checked = {}
    for name, column in columns:
        if column.dtype == "geometry":
            continue
        checks = []
        if column.least is not None:
            checks.append(pa.Check.ge(column.least))
        if column.choices:
            checks.append(pa.Check.isin(column.choices))
        checked[name] = pa.Column(None, checks=checks, nullable=column.null)
    return pa.DataFrameSchema(checked, name=table)
