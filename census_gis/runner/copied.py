"""A copy of `dwelling_parts` that came back from QGIS with other EAs in it, as edits.

Only the column `ea_code` may differ: what else was changed would be lost in silence, so it is refused.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from census_gis import tables
from census_gis.errors import InputError
from census_gis.inputs.columns import as_text
from census_gis.inputs.open import open_table
from census_gis.inputs.privacy import refuse_identity
from census_gis.inputs.sources import Source
from census_gis.language import Text

__all__ = ["is_copy", "moved_parts"]

SHORT = 10  # letters a shapefile keeps of a column's name
COUNTED = ("persons", "persons_away", "households", "dwellings")


def is_copy(source: Source) -> bool:
    """Whether a file is a copy of `dwelling_parts` rather than a list of edits: it has parts but no `op`."""
    names = {str(name).lower() for name in open_table(source).columns}
    return {"part_id", "ea_code"} <= names and "op" not in names


def moved_parts(source: Source, parts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Table EDITS: one `assign` for each building (or part of a split one) whose EA differs.

    Parameters
    ----------
    source
        The copy: GeoPackage, shapefile with cut names, CSV, XLSX.
    parts : layer `dwelling_parts` of the plan

    Raises
    ------
    InputError
        If rows are missing, unknown or double, an EA is empty, counts or districts were changed, or the copy
        has columns with identity data.
    """
    frame = _ours(open_table(source), source)
    refuse_identity(frame, where=source.label, audience="places")
    _require_same_parts(frame, parts, source)
    old = parts.set_index("part_id")
    new = frame.set_index("part_id").loc[old.index]
    _require_same_counts(new, old, source)
    bare = new.index[new["ea_code"].isna()]
    if len(bare):
        raise _wrong(Text(f"{len(bare)} parts have no ea_code.", f"{len(bare)} 行的 ea_code 为空。"), source, bare,
                     Text("write the EA each belongs to.", "请填写所属普查小区。"))  # fmt: skip
    differ = (new["ea_code"].to_numpy(object) != old["ea_code"].to_numpy(object)).astype(bool)
    return _edits(parts[differ], new["ea_code"].to_numpy(object)[differ], old, new)


def _ours(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The copy with our names: any case, and names that a shapefile cut."""
    known = [name for name in tables.names("dwelling_parts") if name != "geometry"]
    short = {name[:SHORT]: name for name in known}
    called = {str(name): short.get(str(name).lower()[:SHORT], str(name)) for name in frame.columns
              if str(name).lower() in known or str(name).lower() in short}  # fmt: skip
    named = frame.rename(columns=called)
    double = named.columns[named.columns.duplicated()]
    if len(double):
        raise _wrong(Text(f"column {double[0]} is there twice.", f"字段 {double[0]} 重复。"), source, [],
                     Text("leave one of them.", "请只保留一个。"))  # fmt: skip
    for name in ("part_id", "building_id", "ea_code", "district_code"):
        if name in named:
            named[name] = as_text(named[name])
    return named


def _require_same_parts(frame: pd.DataFrame, parts: pd.DataFrame, source: Source) -> None:
    known, there = set(parts["part_id"]), frame["part_id"]
    faults = (
        (sorted(set(there.dropna()[there.dropna().duplicated()])),
         Text("{n} parts are there twice.", "{n} 个居住部分重复出现。")),
        (sorted(set(there.dropna()) - known), Text("{n} parts are not in the plan.", "{n} 个居住部分不在方案中。")),
        ([f"#{row + 1}" for row in np.flatnonzero(there.isna())], Text("{n} rows have no part_id.", "{n} 行没有 part_id。")),
        (sorted(known - set(there.dropna())), Text("{n} parts of the plan are missing.", "缺少方案中的 {n} 个居住部分。")),
    )  # fmt: skip
    fix = Text("export the layer dwelling_parts again, change only ea_code, and leave all rows in.",
               "请重新导出 dwelling_parts 图层，只修改 ea_code，并保留全部行。")  # fmt: skip
    for rows, what in faults:
        if rows:
            raise _wrong(what.format(n=len(rows)), source, rows, fix)


def _require_same_counts(new: pd.DataFrame, old: pd.DataFrame, source: Source) -> None:
    """Counts are not changed this way: they would not be, and nobody would notice."""
    for name in COUNTED:
        if name not in new:
            continue
        there = pd.to_numeric(new[name], errors="coerce").astype("Float64").fillna(-1)
        ours = old[name].astype("Float64").fillna(-1)
        # A shapefile writes 0 for a number that is not there.
        bad = old.index[((there != ours) & ~((ours == -1) & (there == 0))).to_numpy(bool)]
        if len(bad):
            raise _wrong(
                Text(f"{len(bad)} parts have another {name} than the plan.", f"{len(bad)} 个居住部分的 {name} 与方案不符。"),
                source, bad,
                Text("only ea_code is taken from a copy; change counts in the input and run again.",
                     "副本中只采用 ea_code；人数等请在输入数据中修改后重新运行。"),
            )  # fmt: skip


def _edits(
    moved: gpd.GeoDataFrame, codes: Any, old: pd.DataFrame, new: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Differences as edits: a building whose parts all go to one EA moves as a building."""
    goes = new["ea_code"].groupby(old["building_id"].to_numpy(object)).nunique()
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    table = zip(moved["part_id"], moved["building_id"], moved["district_code"], codes, strict=True)
    for part, building, district, code in table:
        whole = bool(building) and goes.get(building, 0) == 1
        key = (district, building if whole else part, code)
        rows[key] = {
            "op": "assign", "district_code": district, "ea_code": code,
            "building_id": building if whole else None, "part_id": None if whole else part,
        }  # fmt: skip
    ordered = [rows[key] for key in sorted(rows)]
    frame = pd.DataFrame(ordered, columns=tables.names("EDITS"))
    frame["seq"] = range(1, len(frame) + 1)
    return tables.conform(frame, "EDITS", crs=moved.crs)


def _wrong(what: Text, source: Source, rows: Any, fix: Text) -> InputError:
    return InputError(what, where=source.label, rows=list(rows), fix=fix)
