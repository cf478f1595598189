"""Districts as a mere table: codes, names and persons, before anybody drew a line."""

from __future__ import annotations

import numpy as np
import pandas as pd

from census_gis import tables
from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.columns import strict_counts, text_column
from census_gis.inputs.headings import TOTAL
from census_gis.inputs.layers import Cases, read_table
from census_gis.inputs.sources import Source
from census_gis.language import Text

__all__ = ["read_district_table"]

TOTAL_ROW = Kind(
    "D311", "note",
    Text("a row of sums ({name}: {persons}) was left out.", "已略去合计行（{name}：{persons}）。"),
    Text("nothing to do.", "无需处理。"),
)  # fmt: skip
COUNTS = ("persons", "households")


def read_district_table(source: Source) -> tuple[pd.DataFrame, Cases]:
    """Columns district_code, name, persons, households of any file, with or without shapes, by code.

    Rows without a code are numbered 001, 002 … in their order; a row of sums (合计, total) without one is left out.

    Raises
    ------
    InputError
        If there is no row, a code occurs twice, or a count is no whole number of 0 or more.
    """
    ours = tuple(name for name in tables.names("DISTRICTS") if name != "geometry")
    frame, cases = read_table("districts", source, ours, audience="places")
    for name in ("district_code", "name"):
        frame[name] = text_column(frame, name)
    for name in COUNTS:
        values = strict_counts(frame, name, where=source.label) if name in frame else np.nan
        frame[name] = pd.array(np.broadcast_to(values, len(frame)), dtype="Float64").astype("Int64")
    nameless = frame["district_code"].isna() & frame["name"].isna()
    sums = frame["district_code"].isna() & frame["name"].fillna("").map(_is_total).astype(bool)
    for row in frame[sums].itertuples():
        persons = "-" if pd.isna(row.persons) else row.persons
        cases.append(TOTAL_ROW.at("districts", name=row.name, persons=persons))
    frame = frame[~sums & ~(nameless & frame["persons"].isna())].reset_index(drop=True)
    if frame.empty:
        raise InputError(
            Text("there is no row of a district.", "没有任何普查区的行。"),
            where=source.label, fix=Text("check the sheet and columns = {…}.", "请检查工作表和 columns = {…}。"),
        )  # fmt: skip
    frame["district_code"] = _coded(frame["district_code"], source.label)
    order = frame.sort_values("district_code", kind="stable", ignore_index=True)
    return order[["district_code", "name", *COUNTS]], cases


def _is_total(name: str) -> bool:
    """Whether a name is a word for a sum, spaces between its letters or not."""
    return TOTAL.match("".join(name.split())) is not None


def _coded(codes: pd.Series, where: str) -> list[str]:
    """Codes as given, numbers for those without."""
    twice = codes[codes.notna() & codes.duplicated(keep=False)]
    if len(twice):
        raise InputError(
            Text(f"{twice.nunique()} district codes occur more than once.", f"{twice.nunique()} 个普查区代码重复。"),
            where=where, rows=sorted(set(twice)),
            fix=Text("give each district a code of its own.", "请为每个普查区填写唯一代码。"),
        )  # fmt: skip
    taken, number, out = set(codes.dropna()), 0, []
    for code in codes:
        while pd.isna(code):
            number += 1
            code = None if f"{number:03d}" in taken else f"{number:03d}"
        out.append(str(code))
    return out
