"""Excel files for offices: texts stay texts, codes keep their digits, the same content gives the same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from census_gis.language import Language, Text
from census_gis.present.exchange.fields import heading, write_fields
from census_gis.present.exchange.source import Loss, PlanSource, is_missing, keys_of
from census_gis.present.office import column_width
from census_gis.tables import TABLES

__all__ = ["Sheet", "measured", "save_workbook", "write_xlsx"]

MOST_ROWS = 1_000_000  # of 1,048,576 in a sheet
MOST_SIGNS = 32_767  # characters of a cell
EPOCH = (1980, 1, 1, 0, 0, 0)
STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
NO_DATE = rb"\g<1>2000-01-01T00:00:00Z"
FILL = PatternFill("solid", fgColor="DDE6EE")
TOP = Alignment(vertical="top", wrap_text=True)
WRAPPED = 40
ACTING = ("=", "+", "-", "@", "#")  # what Excel may take for a formula or an error
SHEETS: dict[str, Text] = {
    "districts": Text("districts", "普查区"), "enumeration_areas": Text("enumeration areas", "普查小区"),
    "dwelling_parts": Text("buildings", "建筑物"), "ea_lines": Text("lines", "界线"),
    "ea_descriptions": Text("boundaries in words", "四至说明"), "context_lines": Text("context lines", "背景线"),
    "context_areas": Text("context areas", "背景面"), "context_points": Text("context points", "背景点"),
    "outside_buildings": Text("outside buildings", "区外建筑物"), "units": Text("units", "行政单位"),
    "settings": Text("settings", "设置"), "staff": Text("staff", "人员"),
    "assignments": Text("assignments", "分工"), "crews": Text("crews", "工作组"),
    "findings": Text("findings", "检查发现"), "retired_codes": Text("retired codes", "停用代码"),
    "edits": Text("edits", "人工调整"), "corrections": Text("corrections", "外业更正"),
    "events": Text("reports from the field", "外业上报"), "special_areas": Text("special areas", "特殊区域"),
    "disputes": Text("disputes", "争议"),
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, headings, columns of cells, and rows of words above (title, notes)."""

    name: str
    headings: Sequence[str]
    rows: pd.DataFrame
    above: Sequence[str] = ()


def write_xlsx(
    plan: PlanSource, folder: Path, *, language: Language, advance: Callable[[str], None]
) -> list[Loss]:
    """plan.xlsx: a sheet a layer that has rows, without shapes; areas, lengths and places of points stay."""
    losses = [Loss("", Text("shapes are not in the workbook; areas, lengths and places of points are",
                            "工作簿不含几何；保留面积、长度和点的坐标"))]  # fmt: skip
    columns: dict[str, list[str]] = {}

    def pages() -> Iterator[Sheet]:
        """Sheets one by one, so that memory holds one layer."""
        for layer in plan.layers:
            frame = plan.layer(layer)
            if len(frame):
                table, told = _fit(layer, measured(frame))
                columns[layer] = [str(name) for name in table.columns]
                losses.extend(told)
                yield from _pages(layer, table, language)
            advance(layer)

    save_workbook(folder / "plan.xlsx", pages())
    write_fields(folder / "fields.csv", columns, short={})
    return losses


def measured(frame: pd.DataFrame) -> pd.DataFrame:
    """A layer without its shapes, with what can be measured on them: area, length [m], place of a point [m]."""
    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    if not isinstance(frame, gpd.GeoDataFrame):
        return table
    shapes = frame.geometry.to_numpy()
    dims = shapely.get_dimensions(shapes)
    if "area_m2" not in table and (dims == 2).any():
        table["area_m2"] = np.where(dims == 2, shapely.area(shapes), np.nan).round(3)
    if "length_m" not in table and (dims == 1).any():
        table["length_m"] = np.where(dims == 1, shapely.length(shapes), np.nan).round(3)
    if (dims == 0).any():
        centre = shapely.centroid(shapes)
        points = dims == 0
        table["x_m"] = np.where(points, shapely.get_x(centre), np.nan)
        table["y_m"] = np.where(points, shapely.get_y(centre), np.nan)
    return table


def save_workbook(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write sheets to one file; the same content gives the same bytes."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book, sheet)
    if not book.worksheets:
        book.create_sheet("empty")
    raw = path.with_name(f".{path.name}.raw")
    book.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            with old.open(name) as source, new.open(info, "w", force_zip64=True) as target:
                if name == "docProps/core.xml":
                    target.write(STAMP.sub(NO_DATE, source.read()))
                    continue
                while block := source.read(1 << 20):
                    target.write(block)
    raw.unlink()


def _pages(layer: str, table: pd.DataFrame, language: Language) -> list[Sheet]:
    """Both headings over each column; a layer too long for a sheet goes on in the next."""
    heads = [f"{heading(name).zh}\n{heading(name).en}" for name in map(str, table.columns)]
    title = SHEETS.get(layer, Text(layer, layer)).of(language)
    starts = range(0, len(table), MOST_ROWS)
    return [
        Sheet(f"{title} {nth + 1}" if nth else title, heads, table.iloc[at : at + MOST_ROWS])
        for nth, at in enumerate(starts)
    ]


def _write(book: Workbook, sheet: Sheet) -> None:
    page = book.create_sheet(sheet.name)
    table = sheet.rows
    for nth, (head, name) in enumerate(zip(sheet.headings, table.columns, strict=True), start=1):
        page.column_dimensions[get_column_letter(nth)].width = column_width(head, table[name])
    begin = len(sheet.above) + 1
    page.freeze_panes = f"A{begin + 1}"
    page.auto_filter.ref = f"A{begin}:{get_column_letter(len(sheet.headings))}{begin + len(table)}"
    for nth, words in enumerate(sheet.above):
        page.append([_cell(page, words, Font(bold=not nth, size=14 if not nth else 10))])
    page.append([_cell(page, head, Font(bold=True), FILL) for head in sheet.headings])
    for row in zip(*(table[name].tolist() for name in table.columns), strict=True):
        page.append([_cell(page, value) for value in row])


def _cell(page: Any, value: Any, font: Font | None = None, fill: PatternFill | None = None) -> Any:
    """A cell whose text is text: no formula, even after somebody edits it."""
    if is_missing(value):
        return None
    if not isinstance(value, str):
        return value.item() if isinstance(value, np.generic) else value
    if font is None and not value.startswith(ACTING) and len(value) <= WRAPPED:
        return value
    cell = WriteOnlyCell(page, value=value)
    cell.data_type = "s"
    cell.quotePrefix = value.startswith(ACTING)
    if font is not None:
        cell.font = font
    if fill is not None:
        cell.fill = fill
    if fill is not None or (font is None and len(value) > WRAPPED):
        cell.alignment = TOP
    return cell


def _fit(layer: str, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Loss]]:
    """Texts as a cell can hold them; what is changed is told with its row."""
    losses, keys = [], keys_of(layer, table)
    fitted = table.copy()
    wrong: list[str] = []
    for name in table.columns:
        declared = TABLES.get(layer, {}).get(str(name))
        if declared is not None and declared.dtype != "str":
            continue
        given = table[name].tolist()
        values = [_fitting(value) for value in given]
        changed = [n for n, value in enumerate(given)
                   if isinstance(value, str) and value != values[n]]  # fmt: skip
        if changed:
            fitted[name] = pd.Series(values, index=table.index, dtype=object)
            wrong += [f"{keys[n]} {name}" for n in changed]
    if wrong:
        losses.append(Loss(layer, Text(
            f"{len(wrong)} texts hold control characters or more than {MOST_SIGNS:,} characters; these were left out",
            f"{len(wrong)} 个文字含控制字符或超过 {MOST_SIGNS:,} 字，已去除"), tuple(wrong)))  # fmt: skip
    return fitted, losses


def _fitting(value: Any) -> Any:
    return ILLEGAL_CHARACTERS_RE.sub("", value)[:MOST_SIGNS] if isinstance(value, str) else value
