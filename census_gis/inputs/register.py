"""Counts of the household register, one row a building or address: joined to buildings, never invented."""

from __future__ import annotations

import unicodedata
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.columns import as_text, numbers
from census_gis.inputs.layers import Cases, read_table
from census_gis.inputs.privacy import refuse_rows_of_persons
from census_gis.inputs.sources import Source
from census_gis.language import Text

__all__ = ["join_register", "read_register"]

COLUMNS = ("village_code", "address", "building_id", "households", "residents", "away", "as_of")
KEPT = Kind(
    "P601", "note",
    Text("{n} buildings took their counts from the register: {persons} persons.",
         "{n} 栋建筑采用登记数：{persons} 人。"),
    Text("nothing to do.", "无需处理。"),
)  # fmt: skip
UNJOINED = Kind(
    "P602", "warning",
    Text("{n} rows of the register ({persons} persons) match no building; they stay in their district's total.",
         "登记数中有 {n} 行（{persons} 人）未匹配到建筑；仍计入所在普查区总数。"),
    Text("correct building_id or address.", "请更正 building_id 或地址。"),
)  # fmt: skip
TWO_COUNTS = Kind(
    "P603", "note",
    Text("{n} buildings have a count of their own and one of the register; their own stands.",
         "{n} 栋建筑既有自带人数又有登记数；以自带人数为准。"),
    Text("compare the two.", "请核对两者。"),
)  # fmt: skip


def read_register(source: Source) -> tuple[pd.DataFrame, Cases]:
    """Counts with `persons` (residents and those away), `persons_away`, `households` and a key.

    Raises
    ------
    InputError
        Identity data, one row a person, or neither building_id nor address.
    """
    frame, cases = read_table("register", source, COLUMNS, audience="people")
    if "building_id" not in frame and "address" not in frame:
        raise InputError(
            Text("a register needs building_id or address.", "登记数须有 building_id 或 address。"),
            where=source.label, fix=Text("map one of them under columns = {…}.", "请在 columns = {…} 中对应其一。"),
        )  # fmt: skip
    refuse_rows_of_persons(frame, where=source.label)
    for name in ("residents", "away", "households"):
        values = np.full(len(frame), np.nan)
        if name in frame:
            values, told = numbers(frame, name, "count", layer="register", least=0)
            cases += told
        frame[name] = values
    frame["persons"] = frame["residents"] + frame["away"].fillna(0)
    return frame.rename(columns={"away": "persons_away"}), cases


def join_register(
    buildings: gpd.GeoDataFrame, register: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Fill counts that buildings do not have themselves.

    Rows are matched by building_id, else by address (full-width and half-width alike, no spaces; numbers are
    compared exactly, never by likeness). Several rows for one building are summed.
    """
    row = _matches(buildings, register)
    hit = row >= 0
    sums = register[hit].groupby(row[hit])[["persons", "persons_away", "households"]]
    counts = sums.sum(min_count=1).reindex(range(len(buildings)))
    counts = counts.set_axis(buildings.index)
    own = buildings["persons"].notna()
    taken = counts["persons"].notna() & ~own
    out = buildings.copy()
    for name in ("persons", "persons_away", "households"):
        out[name] = out[name].fillna(counts[name].where(~own).astype("Int64"))
    cases = []
    if taken.any():
        persons = int(counts["persons"][taken].sum())
        cases.append(KEPT.at("register", "", n=int(taken.sum()), persons=persons))
    if (own & counts["persons"].notna()).any():
        n = int((own & counts["persons"].notna()).sum())
        cases.append(TWO_COUNTS.at("register", "", n=n))
    if (~hit).any():
        persons = int(register["persons"][~hit].sum())
        cases.append(UNJOINED.at("register", "", n=int((~hit).sum()), persons=persons))
    return out, cases


def _matches(buildings: gpd.GeoDataFrame, register: pd.DataFrame) -> NDArray[np.int64]:
    """Building row of each row of the register, -1 for none. An address of several buildings matches none."""
    row = np.full(len(register), -1, dtype=np.int64)
    if "building_id" in register:
        row = _lookup(as_text(buildings["building_id"]), as_text(register["building_id"]))
    if "address" in register:
        here = [_plain(one) for one in as_text(buildings["address"])]
        there = [_plain(one) for one in as_text(register["address"])]
        row = np.where(row >= 0, row, _lookup(here, there))
    return row


def _lookup(here: Any, there: Any) -> NDArray[np.int64]:
    names = pd.Series(np.arange(len(here)), index=pd.Index(list(here), dtype=object))
    names = names[names.index.notna() & ~names.index.duplicated(keep=False)]
    found = pd.Series(list(there), dtype=object).map(names)
    return found.fillna(-1).to_numpy(np.int64)


def _plain(text: str | None) -> str | None:
    return None if text is None else "".join(unicodedata.normalize("NFKC", text).split())
