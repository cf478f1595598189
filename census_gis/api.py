"""What a notebook imports from the root: the calls of contract section 5, frames in and frames out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from census_gis.areas.audit import audit
from census_gis.areas.codes import number
from census_gis.areas.compare import Comparison, compare_tables
from census_gis.areas.outline import outline
from census_gis.areas.tabulate import tabulate
from census_gis.fabric.build import build_fabric
from census_gis.field.assignment_plan import staff_plan
from census_gis.inputs.check import check
from census_gis.inputs.place import read_district
from census_gis.inputs.population import estimate_district
from census_gis.language import Language
from census_gis.model import District, Plan, Roster
from census_gis.partitioning.solve import partition, refine
from census_gis.present import lists
from census_gis.present.book import BookReport
from census_gis.present.book import map_book as book_of_tables
from census_gis.present.report import write_report_page
from census_gis.present.web import web_page
from census_gis.profile import load_profile
from census_gis.runner.comparing import compare_plans
from census_gis.runner.export_plan import Wishes, export_plan, export_tables
from census_gis.runner.main import Options, RunResult, run_project
from census_gis.runner.plan_file import open_plan
from census_gis.runner.plan_tables import plan_tables
from census_gis.store.geopackage import write_plan
from census_gis.store.log import Entry
from census_gis.tables import empty

__all__ = [
    "assign", "audit", "build_fabric", "check", "compare", "estimate_population", "export", "load_profile",
    "map_book", "number", "outline", "partition", "read_district", "read_plan", "refine", "report",
    "run", "web_map",
]  # fmt: skip


def estimate_population(district: District, *, control: int | None = None) -> District:
    """Persons for every building of a district (contract 3.1); `control` is its total [persons]."""
    return estimate_district(district, control=control)


def assign(plan: Plan, *, people: pd.DataFrame | None = None, language: Language = "en") -> Roster:
    """One person for each EA and a supervisor over them.

    Parameters
    ----------
    plan
        A numbered plan.
    people
        Table STAFF; without it posts are numbered.
    """
    tables = tabulate(plan, language=language)
    listed = empty("STAFF") if people is None else people
    done = staff_plan(tables, plan.fabric.district.profile, people=listed, language=language)
    return Roster(plan, done.areas[["ea_code", "enumerator", "supervisor"]])


def map_book(
    plan: Plan, path: str | Path, *, language: Language = "en", paper: str = "A4"
) -> BookReport:
    """The district's map book as one PDF: district sheet, then EA sheets."""
    tables = plan_tables(plan, language=language)
    return book_of_tables(
        tables, plan.fabric.district.id, Path(path), language=language, paper=paper
    )


def web_map(plan: Plan, folder: str | Path, *, language: Language = "en") -> Path:
    """A web map of the plan for the office; opens with the network off."""
    page = Path(folder) / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    web_page(plan_tables(plan, language=language), page, language=language)
    return page


def report(plan: Plan, path: str | Path, *, language: Language = "en", made_on: str = "") -> Path:
    """The report of the plan as one HTML page; `made_on` is printed on it."""
    profile = plan.fabric.district.profile
    target = Path(path)
    write_report_page(
        plan_tables(plan, language=language), target, profile=profile, made_on=made_on
    )
    return target


def export(
    plan: Plan | str | Path, path: str | Path, *, format: str = "", encoding: str = "utf-8",
    language: Language = "en", reason: str = "",
) -> Path:  # fmt: skip
    """A plan as a GeoPackage (contract, section 4), its EA list as .xlsx, or a folder of exchange files.

    Parameters
    ----------
    plan
        A plan, or the path of a plan.gpkg.
    path
        Where to write: a .gpkg or .xlsx file; a folder when `format` is given or `plan` is a path.
    format
        gpkg, shp, geojson, kml, xlsx, parquet or package, as `census-gis export`.
    encoding
        Texts of shapefiles: utf-8 or gbk.
    reason
        Why, for the log of a new plan.gpkg.

    Returns
    -------
    Path of the file or folder; README.txt in the folder says what the format could not carry.

    Raises
    ------
    ConfigError
        Unknown format or encoding, or a folder that holds something else.
    """
    target = Path(path)
    if isinstance(plan, str | Path):
        wishes = Wishes(format, encoding=encoding, language=language)
        return export_plan(Path(plan).absolute(), wishes, out=target).folder
    tables = plan_tables(plan, language=language)
    if format:
        wishes = Wishes(format, encoding=encoding, language=language)
        return export_tables(tables, wishes, folder=target, language=language).folder
    if target.suffix == ".xlsx":
        lists.ea_list(tables, target, language=language)
        return target
    entry = Entry(time=_now(), actor="notebook", operation="export", reason=reason)
    write_plan(target, tables, entry, crs=plan.fabric.district.crs)
    return target


def compare(old: Plan | str | Path, new: Plan | str | Path) -> Comparison:
    """Two plans term by term and EA by EA, with a concordance; both in memory, or both paths of a plan.gpkg.

    Raises
    ------
    TypeError
        If one is a plan in memory and the other a path.
    """
    if isinstance(old, Plan) and isinstance(new, Plan):
        one, two = (plan_tables(plan, language="en") for plan in (old, new))
        return compare_tables(one, two, new.fabric.district.profile)
    if isinstance(old, Plan) or isinstance(new, Plan):
        raise TypeError("compare() takes two plans or two paths, not one of each.")
    return compare_plans(Path(old), Path(new))


def read_plan(path: str | Path) -> Mapping[str, gpd.GeoDataFrame]:
    """Layers of a plan.gpkg by name."""
    return open_plan(Path(path))


def run(project: str | Path, **options: Any) -> RunResult:
    """The main job on a project file; keywords as `census_gis.runner.main.Options`."""
    return run_project(project, now=_now(), options=Options(**options))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
