"""What an office was issued, read through the door: code list, polygons, its own table of districts."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from census_gis.errors import InputError
from census_gis.inputs.door import check
from census_gis.inputs.layers import Ground, longitude_of, read_layer
from census_gis.inputs.naming import suggest_columns
from census_gis.inputs.open import open_rows
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.present.exchange.own_list import Filled, fill_own_list
from census_gis.present.exchange.source import is_missing

__all__ = ["read_issued_codes", "read_issued_polygons", "read_own_list"]


def read_issued_codes(path: Path, known: set[str]) -> tuple[pd.DataFrame, tuple[Text, ...]]:
    """Code and name of the official list; which columns these are is seen from the codes of the plan.

    Parameters
    ----------
    known
        Codes of the plan's districts and townships.

    Raises
    ------
    InputError
        If the file cannot be read or no column holds codes of the plan.
    """
    rows = open_rows(Source(path.absolute()))
    table = pd.DataFrame(rows.frame.drop(columns="_row", errors="ignore"))
    code, name = _columns(table, known, path.name)
    listed = pd.DataFrame({"code": [_text(v) for v in table[code]],
                           "name": [_text(v) for v in table[name]] if name else ""})  # fmt: skip
    return listed, (_told(path.name, code, name),)


def read_issued_polygons(
    words: str, known: set[str], *, crs: CRS, districts: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, tuple[Text, ...]]:
    """Issued polygons with code and name, in the plan's coordinate system.

    Parameters
    ----------
    words
        ``FILE`` or ``FILE:LAYER``.

    Raises
    ------
    InputError
        If the file cannot be read, has no coordinate system, or no column holds codes of the plan.
    """
    path, layer = _split(words)
    source = Source(path, layer=layer)
    table = pd.DataFrame(open_rows(source).frame.drop(columns="_row", errors="ignore"))
    code, name = _columns(table, known, source.label)
    columns = {"district_code": code} | ({"name": name} if name else {})
    ours = tuple(columns)
    frame, cases = read_layer(
        "districts", Source(path, layer=layer, columns=columns), ours,
        ground=Ground(crs, longitude_of(districts)), wanted="area",
    )  # fmt: skip
    texts = {"code": [_text(v) for v in frame["district_code"]],
             "name": [_text(v) for v in frame["name"]] if name else ""}  # fmt: skip
    told = [
        Text(f"{source.label}: {case['message_en']}", f"{source.label}：{case['message_zh']}")
        for case in cases
    ]
    polygons = gpd.GeoDataFrame(texts, geometry=frame.geometry.to_numpy(), crs=crs)
    return polygons, (_told(source.label, code, name), *told)


def read_own_list(path: Path, counts: dict[str, int]) -> Filled:
    """The office's own table with its column filled in.

    Raises
    ------
    InputError
        If it is no whole .xlsx, or has no such column (see `fill_own_list`).
    """
    checked = check(path.absolute())
    if checked.driver != "XLSX":
        raise InputError(
            Text("the table is no .xlsx workbook.", "该表不是 .xlsx 工作簿。"),
            where=path.name, fix=Text("save it as .xlsx.", "请另存为 .xlsx。"),
        )  # fmt: skip
    return fill_own_list(checked.path, counts)


def _split(words: str) -> tuple[Path, str | None]:
    """File and layer; a colon that belongs to the path (C:/…) is no divider."""
    whole = Path(words).absolute()
    head, colon, tail = words.rpartition(":")
    if whole.exists() or not colon or len(head) < 2:
        return whole, None
    return Path(head).absolute(), tail


def _columns(table: pd.DataFrame, known: set[str], where: str) -> tuple[str, str | None]:
    """The column with most codes of the plan, and the one with names."""
    padded = known | {f"{code}000" for code in known}
    hits = {
        str(name): sum(_text(value) in padded for value in table[name]) for name in table.columns
    }
    best = max(hits, key=lambda name: hits[name], default="")
    if not best or not hits[best]:
        raise InputError(
            Text("no column holds codes of this plan.", "没有一列含有本方案的代码。"),
            where=where, rows=sorted(known)[:3],
            fix=Text("check that it is of this place, and that codes are whole.", "请核对是否属于本地、代码是否完整。"),
        )  # fmt: skip
    rest = [str(name) for name in table.columns if str(name) != best]
    return best, suggest_columns("districts", rest).get("name")


def _told(label: str, code: str, name: str | None) -> Text:
    named_en = f"names from column '{name}'" if name else "no column of names"
    named_zh = f"名称取自“{name}”列" if name else "没有名称列"
    return Text(
        f"{label}: codes from column '{code}', {named_en}.",
        f"{label}：代码取自“{code}”列，{named_zh}。",
    )


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if is_missing(value) else str(value).strip()
