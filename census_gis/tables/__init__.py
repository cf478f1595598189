"""Every table that crosses a door, declared once: names, types, units, bounds, meaning.

The declaration validates (all faults gathered, one error in our words), orders and types columns, and
writes docs/data_dictionary.md. Layer and column names are those of the contract, section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pandera.pandas as pa

from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.tables.columns import EDIT_OPS, SPECIAL_KINDS, USES, Column
from census_gis.tables.given import GIVEN
from census_gis.tables.planned import PLANNED

__all__ = [
    "EDIT_OPS", "SPECIAL_KINDS", "TABLES", "USES", "Column", "conform", "dictionary", "empty", "names",
]  # fmt: skip

TABLES: dict[str, dict[str, Column]] = {**GIVEN, **PLANNED}


def names(table: str) -> list[str]:
    """Column names of a table, in order."""
    return list(TABLES[table])


def empty(table: str, crs: object = None) -> gpd.GeoDataFrame:
    """A table without rows; without a geometry column it is a plain DataFrame all the same."""
    return conform(pd.DataFrame({name: [] for name in TABLES[table]}), table, crs=crs)


def conform(frame: pd.DataFrame, table: str, crs: object = None) -> gpd.GeoDataFrame:
    """Order, type and check a frame against a declared table.

    Missing nullable columns are added empty; columns that are not declared are kept behind the others.

    Returns
    -------
    GeoDataFrame when the table has a geometry column, else DataFrame; index 0 .. n-1.

    Raises
    ------
    InputError
        Naming the table, the columns at fault and the first rows.
    """
    declared = TABLES[table]
    lost = [name for name, column in declared.items() if name not in frame and not column.null]
    if lost:
        raise InputError(
            Text(f"columns are missing: {', '.join(lost)}.", f"缺少字段：{'、'.join(lost)}。"),
            where=table,
            fix=Text("map them under columns = {…}.", "请在 columns = {…} 中对应。"),
        )
    source_crs = getattr(frame, "crs", None) if "geometry" in frame else None
    extra = [name for name in frame.columns if name not in declared]
    data = {name: _typed(frame, name, column, table) for name, column in declared.items()}
    ordered = pd.DataFrame({**data, **{name: frame[name].to_numpy() for name in extra}})
    _check(ordered, table)
    if "geometry" not in declared:
        return ordered
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs=source_crs if crs is None else crs)


def _typed(frame: pd.DataFrame, name: str, column: Column, table: str) -> object:
    """One column in its declared type."""
    n = len(frame)
    if name not in frame:
        if column.dtype == "geometry":
            return np.full(n, None, dtype=object)
        kind = "object" if column.dtype == "str" else column.dtype
        return pd.Series([None] * n, dtype=kind)
    values = frame[name].reset_index(drop=True)
    if column.dtype == "geometry":
        return np.asarray(values, dtype=object)
    if column.dtype == "str":
        return values.astype(object).where(values.notna(), None)
    try:
        if column.dtype in ("Int64", "int64"):
            number = pd.to_numeric(values).astype("Float64")
            return number.astype("Int64") if column.null else number.astype("int64")
        return values.astype(column.dtype)
    except (TypeError, ValueError) as error:
        raise InputError(
            Text(f"column '{name}' cannot be read as {column.dtype} [{column.unit}]: {error}",
                 f"字段“{name}”不能读作 {column.dtype} [{column.unit}]：{error}"),
            where=table,
            fix=Text("correct the values.", "请改正数值。"),
        ) from error  # fmt: skip


def _check(frame: pd.DataFrame, table: str) -> None:
    """All faults of a table at once, in our words."""
    try:
        _schema(table).validate(frame, lazy=True)
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
def _schema(table: str) -> pa.DataFrameSchema:
    columns = {}
    for name, column in TABLES[table].items():
        if column.dtype == "geometry":
            continue
        checks = []
        if column.least is not None:
            checks.append(pa.Check.ge(column.least))
        if column.choices:
            checks.append(pa.Check.isin(column.choices))
        columns[name] = pa.Column(None, checks=checks, nullable=column.null)
    return pa.DataFrameSchema(columns)


def dictionary() -> Iterator[str]:
    """The data dictionary, line by line, in Markdown."""
    yield "# Data dictionary\n\nGenerated by `make docs` from `census_gis/tables`.\n"
    for table, columns in TABLES.items():
        yield f"\n## {table}\n\n| column | type | unit | may be empty | meaning |\n|---|---|---|---|---|\n"
        for name, column in columns.items():
            kind = " \\| ".join(column.choices) or column.dtype
            null = "yes" if column.null else "no"
            yield f"| `{name}` | {kind} | {column.unit} | {null} | {column.meaning} |\n"
