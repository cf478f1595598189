"""`census-gis staff`: how many people, from a project file's totals or from a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from census_gis.config import TotalsConfig, load_totals
from census_gis.errors import ConfigError
from census_gis.field.assignment_plan import CODES
from census_gis.field.responsibility import CODES as PAY
from census_gis.field.responsibility import budget_cases
from census_gis.field.totals import Given, Totals, totals
from census_gis.field.work_pilot import Fitted, read_pilot, settings_of
from census_gis.inputs.districts_table import read_district_table
from census_gis.inputs.layers import Ground
from census_gis.inputs.units import read_units
from census_gis.language import Language, Text
from census_gis.present.outputs import language_of
from census_gis.present.responsibility_book import write_responsibility
from census_gis.present.staffing_book import (
    StaffingPage,
    townships_of,
    write_chart,
    write_staffing_book,
)
from census_gis.profile import Profile
from census_gis.runner.amend import amend
from census_gis.runner.plan_file import changing, open_plan
from census_gis.runner.pool import cores
from census_gis.runner.recheck import profile_of
from census_gis.runner.work import add_pilot
from census_gis.store.assembly import revising
from census_gis.store.log import Entry

__all__ = ["StaffResult", "over_budget", "pilot_taken", "staff_anew", "staff_totals"]

RESPONSIBILITY = "responsibility.xlsx"

NAME = "staffing_totals"
MONEY = ("budget", "first_payment")


@dataclass(frozen=True)
class StaffResult:
    """A staffing and the files it was written to."""

    page: StaffingPage
    files: tuple[Path, ...]
    cases: tuple[Mapping[str, object], ...] = ()


def staff_totals(path: Path, *, out: Path | None = None, given: Given | None = None) -> StaffResult:
    """Staffing of a project or of a plan, written to its folder ``report``.

    Parameters
    ----------
    path
        A project file (.toml), of which only totals are needed, or a plan (.gpkg).
    out
        Folder of the results; beside the plan, or where the project says, when it is None.
    given
        What options say instead of the file.

    Raises
    ------
    CensusGISError
        If the file or what it names cannot be used.
    """
    options = given or Given()
    if path.suffix.lower() == ".gpkg":
        page, folder = _of_plan(path, options, out)
        cases: list[Mapping[str, object]] = []
    elif path.suffix.lower() == ".toml":
        config = load_totals(path, out=out)
        page, cases = _of_project(config, options)
        folder = config.output
    else:
        raise ConfigError(
            Text("is neither a project file nor a plan.", "既不是项目文件，也不是方案文件。"),
            where=str(path),
            fix=Text("name a project.toml or a plan.gpkg.", "请指定 project.toml 或 plan.gpkg。"),
        )
    return StaffResult(page, _written(page, folder / "report"), tuple(cases))


def over_budget(plan: Path, budget: float | None) -> list[dict[str, object]]:
    """A case where the people of a plan who have work cost more than a budget given beside it."""
    if budget is None:
        return []
    tables = open_plan(plan)
    return budget_cases(tables, profile_of(tables["settings"]), budget)


def staff_anew(plan: Path, *, now: str) -> pd.DataFrame:
    """Assign the people of a plan again, crews and all; write layers `staff`, `assignments`, `crews`, and log it.

    Parameters
    ----------
    plan
        plan.gpkg; the people are those it lists, else posts are numbered.
    now
        Time for the log, ISO 8601, UTC.

    Returns
    -------
    DataFrame
        The findings of staffing.

    Raises
    ------
    InputError
        If the file is no plan, or open in another program.
    ConfigError
        If another process is writing to its folder.
    """
    with changing(plan):
        entry = Entry(time=now, actor="census-gis staff", operation="staff", parameters="")
        made = amend(plan, [], entries=[entry], staffed=True)
        tables = open_plan(plan)
        folder = plan.parent / "report"
        folder.mkdir(parents=True, exist_ok=True)
        write_responsibility(
            tables, folder / RESPONSIBILITY, profile=profile_of(tables["settings"])
        )
    return made.found[made.found["code"].isin((*CODES, *PAY))]


def pilot_taken(plan: Path, file: Path, *, now: str) -> Fitted:
    """Minutes of all EAs of a plan by the hours of a pilot; the multiples stay in its settings, and the log says so.

    Parameters
    ----------
    plan
        plan.gpkg; whoever gives out work afterwards goes by the new minutes.
    file
        Table of the pilot: ea_code, person, hours.
    now
        Time for the log, ISO 8601, UTC.

    Raises
    ------
    InputError
        If either file cannot be used.
    """
    pilot = read_pilot(file)
    with changing(plan):
        tables = open_plan(plan, ("settings", "districts"))
        entries = [
            Entry(time=now, actor="census-gis staff", operation="pilot", parameters=file.name)
        ]
        with revising(plan, crs=tables["districts"].crs, entries=entries) as held:
            made = add_pilot(
                held, profile_of(tables["settings"]), pilot, file=file.name, workers=cores()
            )
            told = settings_of(made, file.name)
            after = " ".join(f"{row.key}={row.value}" for row in told.itertuples())
            entries[0] = replace(entries[0], after=after)
    return made


def _written(page: StaffingPage, folder: Path) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    book, *pictures = (folder / f"{NAME}{ending}" for ending in (".xlsx", ".png", ".svg"))
    write_staffing_book(page, book)
    write_chart(page, pictures)
    return (book, *pictures)


def _of_project(
    config: TotalsConfig, options: Given
) -> tuple[StaffingPage, list[Mapping[str, object]]]:
    tree = config.tree
    project, staffing = tree.project, tree.staffing
    profile = config.profile
    cases: list[Mapping[str, object]] = []
    districts, names = None, {}
    if "districts" in config.sources:
        districts, told = read_district_table(config.sources["districts"])
        cases += told
    if "units" in config.sources:
        units, told = read_units(config.sources["units"], profile, Ground())
        cases += told
        names = _townships(units)
    given = Given(
        persons_total=tree.population.persons_total, districts=staffing.districts,
        eas_total=staffing.eas_total, supervisors_total=staffing.supervisors_total,
        posts_total=staffing.posts_total, budget=staffing.budget, first_payment=staffing.first_payment,
    )  # fmt: skip
    counted = totals(profile, given=_over(given, options), districts=districts)
    return _page(counted, profile, (project.name, project.language), names), cases


def _of_plan(path: Path, options: Given, out: Path | None) -> tuple[StaffingPage, Path]:
    """Districts as the plan has them, and its own EAs beside what totals ask for."""
    tables = open_plan(path)
    settings = tables["settings"].set_index("key")["value"]
    profile = profile_of(tables["settings"])
    districts = tables["districts"]
    said = {name: settings.get(f"staffing.{name}") for name in Given.__dataclass_fields__}
    known: dict[str, Any] = {
        name: float(value) if name in MONEY else int(value) for name, value in said.items()
        if value not in (None, "")
    }  # fmt: skip
    counted = totals(
        profile, given=_over(Given(**known), options),
        districts=pd.DataFrame(districts[["district_code", "name", "persons", "households"]]),
    )  # fmt: skip
    table = counted.table.copy()
    planned = districts.set_index("district_code")["ea_count"]
    table["ea_count"] = table["district_code"].map(planned)
    table.loc[table.index[-1], "ea_count"] = int(planned.sum())
    table["ea_count"] = table["ea_count"].astype("int64")
    table["difference"] = table["ea_count"] - table["eas"].astype("int64")
    names = _townships(tables["units"])
    page = _page(
        replace(counted, table=table),
        profile,
        (str(settings["project.name"]), language_of(tables)),
        names,
    )
    return page, path.parent if out is None else out


def _page(
    counted: Totals, profile: Profile, named: tuple[str, Language], townships: Mapping[str, str]
) -> StaffingPage:
    project, language = named
    return StaffingPage(counted, profile, project, townships_of(counted.table, townships), language)


def _over(given: Given, options: Given) -> Given:
    """What options say wins over the file."""
    return Given(**{
        name: option if (option := getattr(options, name)) is not None else getattr(given, name)
        for name in Given.__dataclass_fields__
    })  # fmt: skip


def _townships(units: pd.DataFrame) -> dict[str, str]:
    towns = units[units["level"] == "township"]
    return dict(zip(towns["code"].astype(str), towns["name"], strict=True))
