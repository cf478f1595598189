"""Responsibility book: who counts what, who leads, what each is paid; one Excel file for the office."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Font

from census_gis.field.responsibility import crew_loads, payroll, responsibility, spread
from census_gis.language import Language, Text
from census_gis.present.office import print_on, put, put_row, save_whole, widths
from census_gis.profile import Profile

__all__ = ["write_responsibility"]

SHEETS = {
    "responsibility": Text("Responsibility", "责任落实表"), "people": Text("People and pay", "人员与补助"),
    "crews": Text("Crews", "普查组"),
}  # fmt: skip
TITLE = Text("Responsibility to every person", "普查责任落实到每一个人")
NOTE = Text(
    "Largest crew over the mean: {now:.2f} (cut in the order of codes: {before:.2f}); spread (coefficient of variation) "
    "{cv:.1%} (before: {old:.1%}); work in {unit}.",
    "普查组工作量最大与平均之比 {now:.2f}（按代码顺序编组为 {before:.2f}）；变异系数 {cv:.1%}（按代码顺序为 {old:.1%}）；"
    "工作量单位：{unit}。",
)
UNITS = {"minutes": Text("minutes", "分钟"), "persons": Text("persons", "人")}
HEADS: dict[str, Text] = {
    "office": Text("office", "乡级普查机构"), "committee": Text("committee", "村（居）委会"),
    "district_code": Text("district", "普查区代码"), "supervisor": Text("supervisor", "指导员编号"),
    "supervisor_name": Text("supervisor's name", "普查指导员"), "enumerator": Text("enumerator", "普查员编号"),
    "enumerator_name": Text("enumerator's name", "普查员"), "ea_code": Text("EA", "普查小区代码"),
    "name": Text("name of the EA", "小区名称"), "persons": Text("persons", "人数"),
    "households": Text("households", "户数"), "minutes": Text("minutes", "工作时间（分钟）"),
    "staff_id": Text("number", "人员编号"), "display_name": Text("name", "姓名"), "role": Text("role", "职务"),
    "eas": Text("EAs", "负责小区"), "ea_count": Text("number of EAs", "小区数"),
    "flat": Text("flat pay", "定额补助"), "forms": Text("pay for forms", "按户补助"), "pay": Text("pay", "补助合计"),
    "first": Text("first payment", "首期"), "signed": Text("signature", "签字"),
    "load": Text("work of the crew", "工作量"), "load_by_code": Text("in the order of codes", "按代码顺序编组"),
}  # fmt: skip
ROLES = {"enumerator": Text("enumerator", "普查员"), "supervisor": Text("supervisor", "普查指导员")}
TOTAL = Text("total", "合计")
SUMMED = (
    "persons",
    "households",
    "minutes",
    "flat",
    "forms",
    "pay",
    "first",
    "ea_count",
    "load",
    "load_by_code",
)


def write_responsibility(
    tables: Mapping[str, pd.DataFrame], path: Path, *, profile: Profile, language: Language,
    first_payment: float | None = None,
) -> None:  # fmt: skip
    """Write responsibility.xlsx: a row for each EA with room to sign, each person's pay, the work of each crew.

    Parameters
    ----------
    tables
        Layers of a plan with staff.
    path
        The file.
    profile
        Rules `pay.*`.
    first_payment
        Shared in proportion to pay, where there is one.
    """
    duty = responsibility(tables).assign(signed=None)
    people = payroll(tables, profile, first_payment=first_payment)
    people["role"] = [
        ROLES[role].of(language) if role in ROLES else role for role in people["role"]
    ]
    by = "minutes" if duty["minutes"].notna().all() and len(duty) else "persons"
    crews = crew_loads(tables, by=by)
    (now, cv), (before, old) = (
        spread(crews[name].to_numpy(float)) for name in ("load", "load_by_code")
    )
    said = Text(*(
        getattr(NOTE, half).format(now=now, before=before, cv=cv, old=old, unit=getattr(UNITS[by], half))
        for half in ("en", "zh")
    ))  # fmt: skip
    book = Workbook()
    del book[book.sheetnames[0]]
    settings = tables["settings"].set_index("key")["value"]
    for name, table, note in (
        ("responsibility", duty, None),
        ("people", people, None),
        ("crews", crews, said),
    ):
        sheet = book.create_sheet(SHEETS[name].of(language))
        put(
            sheet,
            (1, 1),
            f"{settings['project.name']} {TITLE.of(language)}",
            font=Font(bold=True, size=14),
        )
        if note is not None:
            put(sheet, (2, 1), note.of(language), font=Font(italic=True))
        _rows(sheet, table, language)
        print_on(sheet, repeat="3:3", footer=str(settings["project.name"]))
    save_whole(book, path)


def _rows(sheet: object, table: pd.DataFrame, language: Language) -> None:
    """Heading in row 3, rows, total."""
    shown = table.dropna(axis=1, how="all") if "first" in table else table
    names = list(shown.columns)
    heads = [HEADS[name].of(language) for name in names]
    rows = shown.astype(object).where(shown.notna(), None).to_numpy().tolist()
    put_row(sheet, 3, heads, head=True)
    for nth, row in enumerate(rows, start=4):
        put_row(sheet, nth, [round(v) if isinstance(v, float) else v for v in row])
    sums = [
        round(pd.to_numeric(shown[name]).sum()) if name in SUMMED else None for name in names
    ]  # fmt: skip
    put_row(sheet, 4 + len(rows), [TOTAL.of(language), *sums[1:]], head=True)
    widths(sheet, [[head, *(row[k] for row in rows)] for k, head in enumerate(heads)])
    sheet.freeze_panes = "A4"  # type: ignore[attr-defined]
