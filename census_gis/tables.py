"""Every table that crosses a door, declared once: names, types, units, bounds, meaning.

The declaration validates (all faults gathered, one error in our words), orders and types columns, and
writes docs/data_dictionary.md. Layer and column names are those of the contract, section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pandera.pandas as pa

from census_gis.errors import InputError
from census_gis.language import Text

__all__ = ["TABLES", "USES", "Column", "conform", "dictionary", "empty", "names"]

USES = (
    "residential", "mixed", "group_quarters", "commercial", "industrial", "public", "other", "unknown",
)  # fmt: skip
FOLLOWS = (
    "road", "rail", "water", "landuse", "compound", "grid", "barrier", "district", "none",
)  # fmt: skip
Frame = TypeVar("Frame", pd.DataFrame, gpd.GeoDataFrame)


@dataclass(frozen=True)
class Column:
    """One column: pandas type, unit, meaning; `least` bounds numbers, `choices` texts."""

    dtype: str
    unit: str
    meaning: str
    null: bool = False
    least: float | None = None
    choices: tuple[str, ...] = ()


def _text(meaning: str, *, null: bool = True, choices: tuple[str, ...] = ()) -> Column:
    return Column("str", "-", meaning, null, None, choices)


def _count(unit: str, meaning: str, *, null: bool = False, least: float = 0) -> Column:
    return Column("Int64" if null else "int64", unit, meaning, null, least)


def _number(unit: str, meaning: str, *, null: bool = True, least: float | None = 0) -> Column:
    return Column("float64", unit, meaning, null, least)


_SHAPE = Column("geometry", "m", "geometry in the projected CRS of the project", True)

TABLES: dict[str, dict[str, Column]] = {
    # ---- inputs
    "DISTRICTS": {
        "district_code": _text("code of the census district", null=False),
        "name": _text("its name"),
        "persons": _count("persons", "given load, the control total", null=True),
        "persons_away": _count("persons", "of it registered here, living elsewhere", null=True),
        "households": _count("households", "given households", null=True),
        "stratum": _text("urban or rural class"),
        "geometry": _SHAPE,
    },
    "BUILDINGS": {
        "building_id": _text("unique id of the building", null=False),
        "district_code": _text("district that holds most of it ('' outside)", null=False),
        "floors": _number("storeys", "storeys above ground"),
        "floors_source": _text("given, height, neighbours or default"),
        "height": _number("m", "height"),
        "use": _text("use class", null=False, choices=USES),
        "dwellings": _count("dwellings", "dwelling units", null=True),
        "doors": _count("doors", "street doors with a stair (单元)", null=True),
        "persons": _count("persons", "own count, or the estimate after estimation", null=True),
        "persons_away": _count("persons", "of them registered here, living elsewhere", null=True),
        "households": _count("households", "households", null=True),
        "persons_source": _text("counted, dwellings, floor_area or none"),
        "name": _text("name"),
        "address": _text("address"),
        "geometry": _SHAPE,
    },
    "BARRIERS": {
        "source": _text("input it came from", null=False, choices=(
            "roads", "railways", "water", "waterways", "landuse", "compounds", "grids", "barriers", "links")),
        "class": _text("class as given (OSM highway, railway, DLBM code or kind)"),
        "name": _text("name"),
        "tunnel": Column("bool", "-", "runs under ground"),
        "hold": _text("must or never, of barriers"),
        "mode": _text("prefer, atom or as_is, of compounds and grids"),
        "geometry": _SHAPE,
    },
    "PLACES": {"name": _text("name"), "class": _text("class"), "geometry": _SHAPE},
    "UNITS": {
        "level": _text("county or township", null=False),
        "code": _text("its code (prefix of district codes)", null=False),
        "name": _text("its name", null=False),
    },
    "STAFF": {
        "staff_id": _text("number of the person", null=False),
        "role": _text("enumerator or supervisor"),
        "district_code": _text("own district"),
        "display_name": _text("name to print"),
        "capacity": _number("persons", "most persons"),
        "skills": _text("skills"),
    },
    # ---- fabric
    "PARTS": {
        "part_id": _text("unique id of the dwelling part", null=False),
        "building_id": _text("its building ('' for a placeless part)", null=False),
        "unit": _count("door", "door group, 0 = whole"),
        "floor_lo": _count("storey", "lowest storey, ground floor is 1", null=True),
        "floor_hi": _count("storey", "highest storey", null=True),
        "doors": _count("doors", "street doors in the part", null=True),
        "floors": _number("storeys", "storeys of the building"),
        "dwellings": _count("dwellings", "dwelling units", null=True),
        "persons": _count("persons", "load"),
        "persons_away": _count("persons", "of it living elsewhere"),
        "households": _count("households", "households", null=True),
        "use": _text("use class"),
        "name": _text("name"),
        "address": _text("address"),
        "label": _text("what of the building it is, in words ('' for all of it)"),
        "cell": Column("int64", "-", "cell of the mesh, -1 for none"),
        "atom": Column("int64", "-", "atom of the fabric", False, 0),
        "geometry": _SHAPE,
    },
    # ---- the plan (contract, section 4)
    "districts": {
        "district_code": _text("code", null=False),
        "name": _text("name"),
        "persons": _count("persons", "what was distributed"),
        "persons_given": _count("persons", "what was read", null=True),
        "persons_away": _count("persons", "of them living elsewhere", null=True),
        "households": _count("households", "households", null=True),
        "ea_count": _count("EAs", "number of EAs"),
        "state": _text("draft, checked, approved or reported", null=False),
        "geometry": _SHAPE,
    },
    "enumeration_areas": {
        "ea_code": _text("district code + serial", null=False),
        "district_code": _text("code of its district", null=False),
        "serial": _text("serial in the district", null=False),
        "name": _text("name"),
        "kind": _text("kind", null=False, choices=("ground", "stacked", "virtual")),
        "persons": _count("persons", "load"),
        "persons_low": _count("persons", "lower bound", null=True),
        "persons_high": _count("persons", "upper bound", null=True),
        "persons_away": _count("persons", "of them living elsewhere", null=True),
        "households": _count("households", "households", null=True),
        "buildings": _count("buildings", "buildings, whole or in part"),
        "area_m2": _number("m2", "area"),
        "walk_m": _number("m", "walking distance, null before staffing"),
        "minutes": _number("min", "working time, null before staffing"),
        "enumerator": _text("enumerator"),
        "supervisor": _text("supervisor"),
        "remark": _text("remarks, each beginning with a code"),
        "geometry": _SHAPE,
    },
    "dwelling_parts": {
        "part_id": _text("unique id", null=False),
        "building_id": _text("building"),
        "ea_code": _text("its EA", null=False),
        "district_code": _text("its district", null=False),
        "building_number": _count("-", "number of the building in its EA", null=True),
        "number_label": _text("number as printed"),
        "unit": _count("door", "door number, 0 = whole"),
        "floor_lo": _count("storey", "lowest storey", null=True),
        "floor_hi": _count("storey", "highest storey", null=True),
        "doors": _count("doors", "doors in the part", null=True),
        "floors": _number("storeys", "storeys of the building"),
        "dwellings": _count("dwellings", "dwelling units", null=True),
        "persons": _count("persons", "load"),
        "persons_away": _count("persons", "of it living elsewhere", null=True),
        "households": _count("households", "households", null=True),
        "use": _text("use class"),
        "name": _text("name"),
        "address": _text("address"),
        "geometry": _SHAPE,
    },
    "ea_lines": {
        "left_ea": _text("EA on the left"),
        "right_ea": _text("EA on the right (over a district line too)"),
        "follows": _text("what the line follows", null=False, choices=FOLLOWS),
        "feature_name": _text("name of what it follows"),
        "length_m": _number("m", "length"),
        "geometry": _SHAPE,
    },
    "ea_descriptions": {
        "ea_code": _text("EA", null=False),
        "north_zh": _text("north side in Chinese"), "east_zh": _text("east"),
        "south_zh": _text("south"), "west_zh": _text("west"),
        "text_zh": _text("whole boundary in Chinese"),
        "north_en": _text("north side in English"), "east_en": _text("east"),
        "south_en": _text("south"), "west_en": _text("west"),
        "text_en": _text("whole boundary in English"),
    },
    "context_lines": {
        "source": _text("input"), "class": _text("class"), "name": _text("name"), "geometry": _SHAPE,
    },
    "context_areas": {
        "source": _text("input"), "class": _text("class"), "name": _text("name"), "geometry": _SHAPE,
    },
    "context_points": {
        "source": _text("input"), "class": _text("class"), "name": _text("name"), "geometry": _SHAPE,
    },
    "outside_buildings": {
        "source": _text("input"), "class": _text("use"), "name": _text("name"),
        "building_id": _text("building"), "geometry": _SHAPE,
    },
    "units": {"level": _text("level"), "code": _text("code"), "name": _text("name")},
    "settings": {
        "key": _text("key", null=False), "value": _text("value"), "unit": _text("unit"),
        "source": _text("who says so"),
    },
    "staff": {
        "staff_id": _text("number", null=False), "role": _text("role"),
        "district_code": _text("own district"), "display_name": _text("name to print"),
    },
    "assignments": {
        "ea_code": _text("EA", null=False), "staff_id": _text("who"), "minutes": _number("min", "time"),
    },
    "crews": {
        "supervisor": _text("supervisor", null=False), "ea_codes": _text("EAs, sorted"),
        "minutes": _number("min", "time"), "geometry": _SHAPE,
    },
    "findings": {
        "code": _text("stable code", null=False),
        "severity": _text("gravity", null=False, choices=("error", "warning", "note")),
        "layer": _text("layer"), "row_key": _text("row"), "message": _text("what"),
        "fix": _text("what to do"), "geometry": _SHAPE,
    },
    "retired_codes": {
        "ea_code": _text("code", null=False), "retired_on": _text("date"), "successor": _text("successor"),
    },
}  # fmt: skip


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
    yield "# Data dictionary\n\nGenerated by `make docs` from `census_gis/tables.py`.\n"
    for table, columns in TABLES.items():
        yield f"\n## {table}\n\n| column | type | unit | may be empty | meaning |\n|---|---|---|---|---|\n"
        for name, column in columns.items():
            kind = " \\| ".join(column.choices) or column.dtype
            null = "yes" if column.null else "no"
            yield f"| `{name}` | {kind} | {column.unit} | {null} | {column.meaning} |\n"
