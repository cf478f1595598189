"""Samples as files for the office: a workbook and a CSV, with how they were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from census_gis.language import Language, Text
from census_gis.present.bulletin_book import Sheet, write_book
from census_gis.present.exchange.fields import plain_text
from census_gis.store.beside import write_whole

__all__ = ["LONG_HEADS", "QUALITY_HEADS", "write_sample"]

QUALITY_HEADS: Mapping[str, Text] = {
    "stratum": Text("stratum", "层"), "ea_code": Text("EA", "普查小区代码"), "district_code": Text("district", "普查区代码"),
    "sheet": Text("sheet", "图幅"), "persons": Text("persons", "人数（人）"), "households": Text("households", "户数（户）"),
    "chance": Text("chance of being drawn", "入样概率"), "weight": Text("weight", "权数"),
    "counted": Text("persons found again", "复查人数（人）"), "by": Text("checked by", "抽查人"),
}  # fmt: skip
LONG_HEADS: Mapping[str, Text] = {
    "ea_code": Text("EA", "普查小区代码"), "district_code": Text("district", "普查区代码"), "households": Text("households", "户数（户）"),
    "start": Text("first household", "起点户号"), "step": Text("interval", "间隔"), "long_forms": Text("long forms", "长表户数（户）"),
    "numbers": Text("household numbers on the list", "抽中户号（按户主姓名底册顺序）"),
}  # fmt: skip


def write_sample(
    table: pd.DataFrame, path: Path, *, heads: Mapping[str, Text], told: tuple[Text, Text], project: str,
    language: Language,
) -> tuple[Path, Path]:  # fmt: skip
    """Write PATH.xlsx and PATH.csv.

    Parameters
    ----------
    table
        The sample.
    path
        Without an ending.
    heads
        Its columns.
    told
        Title, and how it was drawn.
    """
    book, plain = path.with_suffix(".xlsx"), path.with_suffix(".csv")
    write_book(book, [Sheet(told[0], table, heads, (told[1],))], project=project, language=language)
    names = [name for name in heads if name in table]
    rows = table[names].map(plain_text)
    write_whole(plain, rows.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    return book, plain
