"""Responsibility book: who counts what, who leads, who is trained where, what each is paid; one Excel file."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Font

from census_gis.field.pay import Pay
from census_gis.field.replan_tables import LEFT
from census_gis.field.responsibility import (
    cost_of_people,
    crew_loads,
    payroll,
    responsibility,
    spread,
    training,
)
from census_gis.field.staffing import UNITS
from census_gis.language import Language, Text
from census_gis.present.lists import filled
from census_gis.present.office import print_on, put, put_row, save_whole, widths
from census_gis.profile import Profile

__all__ = ["write_responsibility"]

SHEETS = {
    "responsibility": Text("Responsibility", "责任落实表"), "people": Text("People and pay", "人员与补助"),
    "crews": Text("Crews", "普查组"), "training": Text("Training and devices", "培训与设备"),
}  # fmt: skip
TITLE = Text("Responsibility to every person", "普查责任落实到每一个人")
CREWS = Text(
    "Largest crew over the mean: {now:.2f} (cut in the order of codes: {before:.2f}); spread (coefficient of variation) "
    "{cv:.1%} (before: {old:.1%}); work in {unit}.",
    "普查组工作量最大与平均之比 {now:.2f}（按代码顺序编组为 {before:.2f}）；变异系数 {cv:.1%}（按代码顺序为 {old:.1%}）；"
    "工作量单位：{unit}。",
)
PAID = Text(
    "{people:,} people who have work: {total:,} in all (flat {posts:,}, by household {forms:,}, devices {devices:,}, "
    "training {training:,}, reserve {reserve:,}).",
    "已安排 {people:,} 人，费用合计 {total:,}（定额 {posts:,}，按户 {forms:,}，设备 {devices:,}，培训 {training:,}，"
    "备用人员 {reserve:,}）。",
)
WITHIN = Text(" Budget {budget:,}: {left:,} left.", "预算 {budget:,}，结余 {left:,}。")
ABOVE = Text(" Budget {budget:,}: {over:,} short.", "预算 {budget:,}，不足 {over:,}。")
FIRST = Text(" First payment {first:,}.", "首期拨付 {first:,}。")
GROUPS = Text(
    "Groups of at most {size} people; reserve {reserve:.0%} and spare devices {spare:.0%} of all people, rounded up.",
    "每组不超过 {size} 人；备用人员、备用设备分别按总人数的 {reserve:.0%}、{spare:.0%} 进位计算。",
)
HEADS: dict[str, Text] = {
    "office": Text("office", "乡级普查机构"), "committee": Text("committee", "村（居）委会"),
    "district_code": Text("district", "普查区代码"), "supervisor": Text("supervisor", "指导员编号"),
    "supervisor_name": Text("supervisor's name", "普查指导员"), "enumerator": Text("enumerator", "普查员编号"),
    "enumerator_name": Text("enumerator's name", "普查员"), "ea_code": Text("EA", "普查小区代码"),
    "name": Text("name of the EA", "小区名称"), "persons": Text("persons", "人数（人）"),
    "households": Text("households", "户数（户）"), "minutes": Text("minutes", "工作时间（分钟）"),
    "staff_id": Text("number", "人员编号"), "display_name": Text("name", "姓名"), "role": Text("role", "职务"),
    "eas": Text("EAs", "负责小区"), "ea_count": Text("number of EAs", "小区数（个）"),
    "flat": Text("flat pay", "定额补助"), "forms": Text("pay for forms", "按户补助"), "pay": Text("pay", "补助合计"),
    "first": Text("first payment", "首期"), "signed": Text("signature", "签字"),
    "load": Text("work of the crew", "工作量"), "load_by_code": Text("in the order of codes", "按代码顺序编组"),
    "group": Text("training group", "培训组"), "committees": Text("committees", "村（居）委会"),
    "people": Text("people", "人员（人）"), "reserve": Text("reserve", "备用人员（人）"), "devices": Text("devices", "设备（台）"),
}  # fmt: skip
ROLES = {
    "enumerator": Text("enumerator", "普查员"), "supervisor": Text("supervisor", "普查指导员"), LEFT: Text("has left", "已退出"),
}  # fmt: skip
TOTAL = Text("total", "合计")
SUMMED = {
    "persons", "households", "minutes", "flat", "forms", "pay", "first", "ea_count", "load", "load_by_code",
    "people", "reserve", "devices",
}  # fmt: skip
Page = tuple[pd.DataFrame, Text | None]


def write_responsibility(
    tables: Mapping[str, pd.DataFrame], path: Path, *, profile: Profile
) -> None:
    """Write responsibility.xlsx: a row for each EA with room to sign, people and pay, crews, training groups.

    Parameters
    ----------
    tables
        Layers of a plan with staff; its settings say the language, the budget and the first payment.
    path
        The file.
    profile
        Rules `pay.*` and `staff.*`.
    """
    settings = tables["settings"].set_index("key")["value"]
    language: Language = "zh" if settings["project.language"] == "zh" else "en"
    budget, first = (
        _number(settings.get(f"staffing.{key}")) for key in ("budget", "first_payment")
    )
    paid = payroll(tables, profile, first_payment=first)
    groups, member = training(tables, paid, profile)
    duty = responsibility(tables)
    pages: dict[str, Page] = {
        "responsibility": (_duty(duty, language), None),
        "people": (
            _people(paid, member, language),
            _paid(cost_of_people(paid, profile, (budget, first)), len(member)),
        ),
        "crews": _crews(tables, duty["minutes"]),
        "training": (groups, GROUPS.format(
            size=profile["staff.training_group"], reserve=profile["staff.reserve_share"],
            spare=profile["staff.device_reserve_share"],
        )),
    }  # fmt: skip
    book = Workbook()
    del book[book.sheetnames[0]]
    project = str(settings["project.name"])
    for name, (table, note) in pages.items():
        sheet = book.create_sheet(SHEETS[name].of(language))
        put(sheet, (1, 1), f"{project} {TITLE.of(language)}", font=Font(bold=True, size=14))
        if note is not None:
            put(sheet, (2, 1), note.of(language), font=Font(italic=True))
        _rows(sheet, table, language)
        print_on(sheet, repeat="3:3", footer=project)
    save_whole(book, path)


def _number(said: Any) -> float | None:
    return float(said) if said else None


def _duty(duty: pd.DataFrame, language: Language) -> pd.DataFrame:
    duty = duty.assign(signed="")
    for name in ("supervisor", "enumerator"):
        duty[name] = filled(duty[name], language)
    return duty


def _people(people: pd.DataFrame, member: pd.Series, language: Language) -> pd.DataFrame:
    said = [ROLES[role].of(language) if role in ROLES else role for role in people["role"]]
    leader = filled(people["supervisor"], language)
    return people.assign(
        role=said, supervisor=leader, group=people["staff_id"].map(member), signed=""
    )


def _paid(pay: Pay, people: int) -> Text:
    """What all cost, beside the budget."""
    said = [PAID.format(
        people=people, total=pay.total, posts=pay.posts, forms=pay.forms, devices=pay.devices,
        training=pay.training, reserve=pay.reserve,
    )]  # fmt: skip
    if pay.budget is not None:
        gap = pay.total - pay.budget
        said.append(
            ABOVE.format(budget=pay.budget, over=gap) if gap > 0
            else WITHIN.format(budget=pay.budget, left=-gap)
        )  # fmt: skip
    if pay.first_payment is not None:
        said.append(FIRST.format(first=pay.first_payment))
    return Text("".join(text.en for text in said), "".join(text.zh for text in said))


def _crews(tables: Mapping[str, pd.DataFrame], minutes: pd.Series) -> Page:
    """Work of each crew, and how even it is beside crews in the order of codes."""
    by = "minutes" if minutes.notna().all() and len(minutes) else "persons"
    crews = crew_loads(tables, by=by)
    (now, cv), (before, old) = (
        spread(crews[name].to_numpy(float)) for name in ("load", "load_by_code")
    )
    return crews, CREWS.format(now=now, before=before, cv=cv, old=old, unit=UNITS[by])


def _rows(sheet: Any, table: pd.DataFrame, language: Language) -> None:
    """Heading in row 3, rows, total; columns nobody fills are left out."""
    shown = table.dropna(axis=1, how="all") if len(table) else table
    names = list(shown.columns)
    heads = [HEADS[name].of(language) for name in names]
    rows = shown.astype(object).where(shown.notna(), None).to_numpy().tolist()
    put_row(sheet, 3, heads, head=True)
    for nth, row in enumerate(rows, start=4):
        put_row(sheet, nth, [round(v) if isinstance(v, float) else v for v in row])
    sums = [
        round(fsum(pd.to_numeric(shown[name]).dropna())) if name in SUMMED else None for name in names
    ]  # fmt: skip
    put_row(sheet, 4 + len(rows), [TOTAL.of(language), *sums[1:]], head=True)
    widths(sheet, [[head, *(row[k] for row in rows)] for k, head in enumerate(heads)])
    sheet.freeze_panes = "A4"
