"""What a finished plan is turned into: map books, web map, report and lists, each in its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from census_gis.field.staffing import posts, staffing_table
from census_gis.language import Text, counted
from census_gis.model import Image
from census_gis.present.border_list import write_border_list, write_border_page
from census_gis.present.lists import building_list, ea_list, staffing_list
from census_gis.present.report import write_audit, write_report_page
from census_gis.present.responsibility_book import write_responsibility
from census_gis.present.titles import language_of
from census_gis.present.web import web_page
from census_gis.profile import Profile

__all__ = ["language_of", "write_report", "write_web"]


def write_report(
    tables: Mapping[str, pd.DataFrame], folder: Path, *, profile: Profile, made_on: str
) -> None:
    """report/: index.html, audit.json, EA, building, staffing and border-building lists, responsibility book."""
    folder.mkdir(parents=True, exist_ok=True)
    language = language_of(tables)
    write_audit(tables, folder / "audit.json", profile=profile)
    ea_list(tables, folder / "ea_list.xlsx", language=language)
    building_list(tables, folder / "building_list.xlsx", language=language)
    settings = tables["settings"].set_index("key")["value"]
    project = str(settings["project.name"])
    write_border_list(tables, folder / "border_buildings.xlsx", language=language, project=project)
    write_border_page(tables, folder / "border_buildings.html", language=language, project=project)
    given = settings["staffing.supervisors_total"]
    table = staffing_table(
        tables["districts"], profile, supervisors_total=int(given) if given else None,
        areas=tables["enumeration_areas"],
    )  # fmt: skip
    staffing_list(
        table,
        folder / "staffing.xlsx",
        language=language,
        note=_arithmetic(table, profile),
        noun=profile.noun,
    )
    if len(tables["staff"]):
        write_responsibility(tables, folder / "responsibility.xlsx", profile=profile)
    # Last: it links what lies beside it.
    write_report_page(tables, folder / "index.html", profile=profile, made_on=made_on)


def write_web(tables: Mapping[str, pd.DataFrame], folder: Path, *, images: Sequence[Image]) -> None:
    """web/index.html: the office's web map, one file without outside requests."""
    folder.mkdir(parents=True, exist_ok=True)
    web_page(tables, folder / "index.html", language=language_of(tables), images=images)


def _arithmetic(table: pd.DataFrame, profile: Profile) -> Text:
    """160,000 / 300 = 533.33 -> 533, in words, with the rounding said."""
    persons = int(table["persons"].iloc[-1])
    rate = profile["staff.persons_per_post"]
    way = posts(persons, profile)
    rounding = profile["staff.rounding"]
    zh = {"down": "舍去尾数", "nearest": "四舍五入", "up": "进位"}[rounding]
    said = Text(
        f"{persons:,} persons / {rate} = {persons / rate:.2f} -> {way['used']} posts "
        f"(rounded {rounding}; up would be {way['up']}); planned: {int(table['posts'].iloc[-1])} posts "
        f"for {int(table['ea_count'].iloc[-1])} EAs.",
        f"{persons:,} 人 / {rate} = {persons / rate:.2f}，取 {way['used']} 个岗位（{zh}；进位为 {way['up']}）；"
        f"实际划分 {int(table['ea_count'].iloc[-1])} 个普查小区，岗位 {int(table['posts'].iloc[-1])} 个。",
    )
    return counted(said, profile.noun)
