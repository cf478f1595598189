"""Lists for offices: EA list, building list and staffing as Excel files, safe to open.

Every text is written as text: a name that begins with ``=`` is a name, not a formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from census_gis.field.staffing import UNSTAFFED
from census_gis.language import Language, Text, counted
from census_gis.present.office import column_width, save_whole
from census_gis.present.titles import noun_of, place_of_plan

__all__ = ["building_list", "ea_list", "filled", "sheet_file", "staffing_list"]

NOBODY = Text("(nobody)", "（无人）")
EA_COLUMNS: dict[str, Text] = {
    "ea_code": Text("EA code", "普查小区代码"),
    "name": Text("name", "名称"),
    "district_code": Text("district code", "普查区代码"),
    "district": Text("district", "普查区"),
    "kind": Text("kind", "类型"),
    "persons": Text("persons", "人数（人）"),
    "persons_away": Text("of them living elsewhere", "其中人户分离（人）"),
    "households": Text("households", "户数（户）"),
    "buildings": Text("buildings", "建筑物（栋）"),
    "area_m2": Text("area [m2]", "面积（平方米）"),
    "walk_m": Text("round [m]", "走访路线（米）"),
    "minutes": Text("work [min]", "工作时间（分钟）"),
    "minutes_low": Text("at least [min]", "较短（分钟）"),
    "minutes_high": Text("at most [min]", "较长（分钟）"),
    "minutes_interview": Text("of it forms [min]", "其中登记（分钟）"),
    "minutes_walking": Text("of it walking [min]", "其中走访（分钟）"),
    "minutes_callbacks": Text("of it callbacks [min]", "其中补访（分钟）"),
    "minutes_travel": Text("of it travel [min]", "其中往返（分钟）"),
    "minutes_fixed": Text("of it fixed [min]", "其中固定（分钟）"),
    "enumerator": Text("enumerator", "普查员"),
    "supervisor": Text("supervisor", "普查指导员"),
    "boundary": Text("boundary", "四至"),
    "block": Text("block", "划块"),
    "remark": Text("remark", "备注"),
}
MEASURES = tuple(name for name in EA_COLUMNS if name.startswith(("area_", "walk_", "minutes")))
BUILDING_COLUMNS: dict[str, Text] = {
    "ea_code": Text("EA code", "普查小区代码"),
    "number_label": Text("number", "建筑物编号"),
    "building_id": Text("building", "建筑物标识"),
    "name": Text("name", "名称"),
    "address": Text("address", "地址"),
    "use": Text("use", "用途"),
    "floors": Text("floors", "层数（层）"),
    "doors": Text("doors", "单元数"),
    "dwellings": Text("dwellings", "住房（套）"),
    "households": Text("households", "户数（户）"),
    "persons": Text("persons", "人数（人）"),
    "unit": Text("door", "单元"),
    "floor_lo": Text("from floor", "起始层"),
    "floor_hi": Text("to floor", "终止层"),
}
STAFF_COLUMNS: dict[str, Text] = {
    "district_code": Text("district code", "普查区代码"),
    "name": Text("district", "普查区"),
    "persons": Text("persons", "人数（人）"),
    "ea_count": Text("EAs", "普查小区（个）"),
    "enumerators": Text("enumerators", "普查员（人）"),
    "supervisors": Text("supervisors", "普查指导员（人）"),
    "posts": Text("posts", "岗位合计（个）"),
    "reserve": Text("reserve", "备用人员（人）"),
    "devices": Text("devices", "设备（台）"),
}
KINDS = {
    "ground": Text("ground", "一般"), "stacked": Text("stacked (floors)", "叠层"),
    "virtual": Text("virtual", "虚拟"),
}  # fmt: skip
USE_WORDS = {
    "residential": Text("residential", "住宅"), "mixed": Text("mixed", "商住混合"),
    "group_quarters": Text("group quarters", "集体住所"), "commercial": Text("commercial", "商业"),
    "industrial": Text("industrial", "工业"), "public": Text("public", "公共"),
    "other": Text("other", "其他"), "unknown": Text("unknown", "不明"),
}  # fmt: skip

WRAPPED = 40  # longer texts break into lines
WRAP = Alignment(vertical="top", wrap_text=True)


def ea_list(tables: Mapping[str, pd.DataFrame], path: Path, *, language: Language) -> None:
    """One row for each EA, in code order, with its boundary in words."""
    words = tables["ea_descriptions"].set_index("ea_code")[f"text_{language}"]
    district = tables["districts"].set_index("district_code")["name"]
    areas = tables["enumeration_areas"]
    rows = areas.assign(
        district=areas["district_code"].map(district),
        boundary=areas["ea_code"].map(words),
        kind=[KINDS[kind].of(language) for kind in areas["kind"]],
        **{name: areas[name].astype("Float64").round() for name in MEASURES},
        **{role: filled(areas[role], language) for role in ("enumerator", "supervisor")},
    )
    title = Text("Enumeration areas", "普查小区一览表")
    columns = _counted(EA_COLUMNS, noun_of(tables))
    if "block" not in areas or areas["block"].isna().all():
        del columns["block"]
    sheet_file(rows, path, title=title, columns=columns, language=language, notes=_place(tables))


def building_list(tables: Mapping[str, pd.DataFrame], path: Path, *, language: Language) -> None:
    """One row for each dwelling part, in EA and building-number order. For the office only."""
    parts = tables["dwelling_parts"]
    rows = parts.assign(
        use=[USE_WORDS[use].of(language) if use in USE_WORDS else use for use in parts["use"]]
    )
    title = Text("Buildings", "建筑物一览表")
    columns = _counted(BUILDING_COLUMNS, noun_of(tables))
    sheet_file(rows, path, title=title, columns=columns, language=language, notes=_place(tables))


def staffing_list(
    table: pd.DataFrame, path: Path, *, language: Language, note: Text, noun: str = "persons"
) -> None:
    """Posts by district with a total row; `note` tells the arithmetic and its rounding."""
    rows = table.copy()
    rows["name"] = [*rows["name"].iloc[:-1], Text("total", "合计").of(language)]
    title = Text("Staffing", "人员配备表")
    sheet_file(
        rows,
        path,
        title=title,
        columns=_counted(STAFF_COLUMNS, noun),
        language=language,
        notes=[note],
    )


def filled(people: pd.Series, language: Language) -> pd.Series:
    """Who has a post; where nobody was left, words in place of the mark."""
    return people.where(people != UNSTAFFED, NOBODY.of(language))


def _place(tables: Mapping[str, pd.DataFrame]) -> list[Text]:
    """The place in full, as a line under the title, where it is known."""
    place = Text(place_of_plan(tables, "en"), place_of_plan(tables, "zh"))
    return [place] if place.en else []


def _counted(columns: Mapping[str, Text], noun: str) -> dict[str, Text]:
    """Headings said of what the census counts; only persons live elsewhere, households stand there once."""
    dropped = {
        "persons": (),
        "units": ("persons_away",),
        "households": ("persons_away", "households"),
    }
    return {
        name: counted(text, noun) if name == "persons" else text
        for name, text in columns.items() if name not in dropped[noun]
    }  # fmt: skip


def sheet_file(
    rows: pd.DataFrame, path: Path, *, title: Text, columns: Mapping[str, Text], language: Language,
    notes: Sequence[Text] = (),
) -> None:  # fmt: skip
    """Write one sheet: title, notes, header, rows; streamed, so that memory does not grow with it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title.of(language))
    shown = rows[list(columns)]
    heads = [text.of(language) for text in columns.values()]
    for nth, (head, name) in enumerate(zip(heads, shown.columns, strict=True), start=1):
        sheet.column_dimensions[get_column_letter(nth)].width = column_width(head, shown[name])
    begin = 2 + len(notes)
    sheet.freeze_panes = f"A{begin + 1}"
    last = get_column_letter(len(heads))
    sheet.auto_filter.ref = f"A{begin}:{last}{begin + len(shown)}"
    sheet.append([_cell(sheet, title.of(language), Font(bold=True, size=14))])
    for note in notes:
        sheet.append([_cell(sheet, note.of(language), Font(italic=True))])
    fill = PatternFill("solid", fgColor="DDE6EE")
    sheet.append([_cell(sheet, head, Font(bold=True), fill) for head in heads])
    for row in shown.itertuples(index=False):
        sheet.append([_cell(sheet, value) for value in row])
    save_whole(book, path)


def _cell(sheet: Any, value: Any, font: Font | None = None, fill: PatternFill | None = None) -> Any:
    """A cell whose text is text."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        value = None
    elif not isinstance(value, str):
        value = value.item() if hasattr(value, "item") else value
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
        if len(value) > WRAPPED:
            cell.alignment = WRAP
    if font is not None:
        cell.font = font
    if fill is not None:
        cell.fill = fill
    return cell
