"""Edits by hand as a table: with shapes or without, in the order in which they were decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis import tables
from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.columns import text_column
from census_gis.inputs.layers import Cases, Ground, read_layer, read_table
from census_gis.inputs.naming import suggest_columns
from census_gis.inputs.open import has_shapes, open_rows
from census_gis.inputs.repair import MISSING
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import nearest

__all__ = ["Known", "place_edits", "read_edits"]

NOWHERE = Kind(
    "A513", "error",
    Text("edit {seq} ({op}) names no EA, building or place of the project; it is not done.",
         "第 {seq} 条编辑（{op}）未指明本项目中的小区、建筑物或位置，未执行。"),
    Text("correct ea_code, building_id or part_id.", "请改正 ea_code、building_id 或 part_id。"),
)  # fmt: skip
WORDS = {
    "划入": "assign", "调整": "assign", "指定": "assign", "锁定": "lock", "合并": "merge", "拆分": "split",
    "分割": "split", "界线": "hold", "保持界线": "hold", "豁免": "exempt", "例外": "exempt",
}  # fmt: skip
MIDNIGHT = " 00:00:00"


@dataclass(frozen=True)
class Known:
    """What an edit may speak of: districts with their ground, and the district of each building and part."""

    districts: gpd.GeoDataFrame
    buildings: Mapping[str, str]
    parts: Mapping[str, str] = field(default_factory=dict)


def read_edits(
    sources: Source | Sequence[Source], *, ground: Ground
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Table EDITS: in the order of column `seq` where there is one, else of the file.

    Parameters
    ----------
    sources
        CSV, XLSX, or any vector file, with shapes or without.
    ground
        Where the project lies.

    Raises
    ------
    InputError
        If an operation is none of ours, or a file or column cannot be used.
    """
    listed = [sources] if isinstance(sources, Source) else list(sources)
    frames, cases = [], []
    for source in listed:
        frame, told = _rows(source, ground)
        frame["op"] = _ops(frame, source)
        frames.append(_ordered(frame))
        cases += told
    table = pd.concat(frames, ignore_index=True)
    table["seq"] = np.arange(1, len(table) + 1)
    return tables.conform(table[tables.names("EDITS")], "EDITS", crs=ground.crs), cases


def place_edits(edits: gpd.GeoDataFrame, known: Known) -> tuple[gpd.GeoDataFrame, Cases]:
    """The edits with their districts: by code, EA, building or part, else by the shape.

    A shape over several districts makes an edit in each. What belongs nowhere keeps no district and is an
    error finding.
    """
    codes = sorted(
        known.districts["district_code"].astype(str), key=lambda code: (-len(code), code)
    )
    tree = shapely.STRtree(known.districts.geometry.to_numpy())
    names = known.districts["district_code"].astype(str).to_numpy(object)
    rows, cases = [], []
    for row in edits.to_dict("records"):
        shape = row["geometry"]
        home = _home(row, codes, known)
        homes = [home] if home else []
        if not homes and isinstance(shape, shapely.Geometry):
            homes = sorted(names[tree.query(shape, predicate="intersects")])
        if not homes:
            cases.append(NOWHERE.at("edits", row["seq"], seq=row["seq"], op=row["op"]))
        places: list[str | None] = [*homes] or [None]
        rows += [{**row, "district_code": one} for one in places]
    table = pd.DataFrame(rows, columns=tables.names("EDITS"))
    return tables.conform(table, "EDITS", crs=edits.crs), cases


def _home(row: Mapping[str, Any], codes: Sequence[str], known: Known) -> str:
    """District of an edit by what it names, the first that says so; '' for none."""
    given, ea = row["district_code"], row["ea_code"] or ""
    part, building = row["part_id"] or "", row["building_id"] or ""
    by_code = next((code for code in codes if ea and ea.strip().startswith(code)), "")
    by_building = known.buildings.get(building)
    by_part = known.parts.get(part) or known.buildings.get(part.rsplit("-U", 1)[0])
    return (given if given in codes else "") or by_code or by_building or by_part or ""


def _rows(source: Source, ground: Ground) -> tuple[pd.DataFrame, Cases]:
    """All rows of a file with our columns as texts; shapes where it has them."""
    ours = [name for name in tables.names("EDITS") if name != "geometry"]
    source = _headed(source)
    frame, cases = read_table("edits", source, ours, audience="context", names=("who",))
    if "op" not in frame:
        raise InputError(
            Text("there is no column op: it is no list of edits.", "没有 op（操作）列：不是编辑清单。"),
            where=source.label,
            fix=Text(f"give columns op ({', '.join(tables.EDIT_OPS)}), building_id or part_id, ea_code; or a copy of "
                     "dwelling_parts with part_id and ea_code.",
                     f"请提供 op（{'、'.join(tables.EDIT_OPS)}）、building_id 或 part_id、ea_code 等列；"
                     "或提供含 part_id 和 ea_code 的 dwelling_parts 副本。"),
        )  # fmt: skip
    for name in ours:
        frame[name] = text_column(frame, name)
    frame["when"] = [word.removesuffix(MIDNIGHT) if word else None for word in frame["when"]]
    shapes = np.full(len(frame), None, dtype=object)
    if has_shapes(source):
        drawn, told = read_layer("edits", source, ours, ground=ground, wanted="any")
        place = {row: at for at, row in enumerate(frame["_row"].tolist())}
        for row, shape in zip(drawn["_row"], drawn.geometry, strict=True):
            shapes[place[row]] = shape
        cases += [case for case in told if case["code"] != MISSING.code and case not in cases]
    frame["geometry"] = shapes
    return frame, cases


def _headed(source: Source) -> Source:
    """The columns by their usual Chinese names, where nobody says what they are called and none is `op`."""
    if source.columns:
        return source
    names = [str(name) for name in open_rows(source).frame.columns]
    known = {} if "op" in names else suggest_columns("edits", names)
    return replace(source, columns=known) if "op" in known else source


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows by `seq` where it is given for all of them."""
    number = pd.to_numeric(frame["seq"], errors="coerce")
    if len(frame) and number.notna().all():
        return frame.assign(seq=number).sort_values("seq", kind="stable", ignore_index=True)
    return frame


def _ops(frame: pd.DataFrame, source: Source) -> NDArray[np.object_]:
    """Operations, in either language, as ours."""
    words = [(word or "").strip().lower() for word in frame["op"]]
    ops = np.array([WORDS.get(word, word) for word in words], dtype=object)
    bad = [at for at, op in enumerate(ops) if op not in tables.EDIT_OPS]
    if bad:
        word = words[bad[0]]
        near = nearest(word, [*tables.EDIT_OPS, *WORDS])
        raise InputError(
            Text(f"{len(bad)} rows have an operation that is not known (op = '{word}').",
                 f"{len(bad)} 行的操作（op）无法识别：“{word}”。"),
            where=source.label, rows=(frame["_row"].to_numpy()[bad] + 1).tolist(),
            fix=Text(f"use one of {', '.join(tables.EDIT_OPS)} (nearest: {near}).",
                     f"可用：{'、'.join(WORDS)} 或 {'、'.join(tables.EDIT_OPS)}（最接近：{near}）。"),
        )  # fmt: skip
    return ops
