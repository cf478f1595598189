"""A copy of `dwelling_parts` that came back from the field (QField), as corrections.

Rows with other counts are counts, rows drawn elsewhere are moved, rows without a part of the plan are new, and
buildings missing from an EA that is in the copy are gone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.errors import InputError
from census_gis.field.corrections import COUNTED, summed
from census_gis.field.corrections_read import MEASURES, TEXTS, read_corrections
from census_gis.inputs.layers import Ground
from census_gis.inputs.open import open_table
from census_gis.inputs.sources import Source
from census_gis.language import Text

__all__ = ["is_edited_copy", "read_copy"]

MOVED_M = 1.0  # less is the precision of the file


def is_edited_copy(file: Path, layer: str | None = None) -> bool:
    """Whether a file is a copy of `dwelling_parts` rather than a list of corrections."""
    if file.suffix.lower() == ".json":
        return False
    names = {str(name).lower() for name in open_table(Source(file, layer=layer)).columns}
    return {"part_id", "building_id", "ea_code"} <= names and "kind" not in names


def read_copy(
    file: Path, parts: gpd.GeoDataFrame, *, ground: Ground, signed: tuple[str, str], layer: str | None = None
) -> gpd.GeoDataFrame:  # fmt: skip
    """Differences of a copy as rows of `read_corrections`.

    Parameters
    ----------
    file
        The copy, all parts of some EAs or of all.
    parts
        Layer `dwelling_parts` of the plan.
    ground
        Where the plan lies.
    signed
        Who and when, where the copy does not say; the reference is the file.

    Raises
    ------
    InputError
        If a part is there twice, or the copy holds no EA of the plan.
    """
    rows = read_corrections(file, ground=ground, layer=layer)
    known = rows["part_id"].isin(set(parts["part_id"]))
    twice = rows.loc[known, "part_id"][rows.loc[known, "part_id"].duplicated()]
    areas = set(rows["ea_code"].dropna()) & set(parts["ea_code"].dropna())
    if len(twice) or not areas:
        what = (Text(f"{len(twice)} parts are there twice.", f"{len(twice)} 个居住部分重复出现。") if len(twice)
                else Text("it holds no EA of this plan.", "其中没有本方案的普查小区。"))  # fmt: skip
        raise InputError(what, where=file.name, rows=twice.tolist(),
                         fix=Text("export the layer dwelling_parts of this plan again.", "请从本方案重新导出 dwelling_parts 图层。"))  # fmt: skip
    found = [*_changed(rows[known], parts), *_new(rows[~known]), *_gone(rows[known], parts, areas)]
    return _table(found, rows, file, signed)


def _changed(rows: gpd.GeoDataFrame, parts: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Buildings counted otherwise or drawn elsewhere; a building in several parts is compared as a whole."""
    old = parts.set_index("part_id")
    out = []
    for key, mine in rows.groupby("building_id", sort=True):
        was = old.loc[mine["part_id"]]
        counts = {name: (summed(mine[name]), summed(was[name])) for name in COUNTED}
        other = {
            name: now for name, (now, before) in counts.items() if now is not None and now != before
        }
        if other:
            out.append({"kind": "counts", "building_id": key, **other, "geometry": None, "row": int(mine["row"].iloc[0])})  # fmt: skip
        shapes, before = (np.asarray(table.geometry, dtype=object) for table in (mine, was))
        there = ~shapely.is_missing(shapes)
        if there.all() and (shapely.hausdorff_distance(shapes, before) > MOVED_M).any():
            out.append({"kind": "moved", "building_id": key, "geometry": shapely.union_all(shapes), "row": int(mine["row"].iloc[0])})  # fmt: skip
    return out


def _new(rows: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    names = [name for name in (*TEXTS, *MEASURES, "geometry", "row") if name != "kind"]
    return [
        {**{name: row[name] for name in names}, "kind": "new"} for row in rows.to_dict("records")
    ]


def _gone(rows: pd.DataFrame, parts: pd.DataFrame, areas: set[str]) -> list[dict[str, Any]]:
    """Buildings of the copy's EAs of which no part came back."""
    mine = parts[parts["ea_code"].isin(areas) & parts["building_id"].notna()]
    lost = sorted(set(mine["building_id"]) - set(rows["building_id"]))
    return [{"kind": "gone", "building_id": key, "geometry": None, "row": 0} for key in lost]


def _table(
    found: list[dict[str, Any]], rows: gpd.GeoDataFrame, file: Path, signed: tuple[str, str]
) -> gpd.GeoDataFrame:
    """Rows of `read_corrections`, signed."""
    table = pd.DataFrame(found, columns=[*rows.columns.drop("geometry"), "geometry"])
    for name in MEASURES:
        table[name] = pd.to_numeric(table[name]).astype(float)
    filled = {"who": signed[0] or None, "when": signed[1], "reference": file.name}
    for name, value in filled.items():
        column = table[name].astype(object)
        table[name] = column.where(column.notna(), value)
    for name in (*TEXTS, "part_id", "ea_code", "fault"):
        table[name] = table[name].astype(object).where(table[name].notna(), None)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=rows.crs)
