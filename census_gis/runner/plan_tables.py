"""All layers of the plan of one district, for notebooks: what `run` folds from many, from one."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from census_gis import __version__, findings
from census_gis.areas.audit import audit_tables
from census_gis.areas.tabulate import tabulate
from census_gis.language import Language
from census_gis.model import Plan
from census_gis.tables import empty

__all__ = ["plan_tables"]


def plan_tables(plan: Plan, *, language: Language) -> dict[str, pd.DataFrame]:
    """Layers of contract section 4 for one district; nobody is assigned."""
    district = plan.fabric.district
    tables: dict[str, pd.DataFrame] = dict(tabulate(plan, language=language))
    audited = audit_tables(
        tables["districts"], tables["enumeration_areas"], tables["dwelling_parts"],
        tables["ea_lines"], district.profile,
    )  # fmt: skip
    rows = [*plan.fabric.findings.to_dict("records"), *plan.findings.to_dict("records"),
            *audited.to_dict("records")]  # fmt: skip
    drawn = district.barriers[["source", "class", "name", "geometry"]]
    areas = shapely.get_dimensions(drawn.geometry.to_numpy()) == 2
    said = findings.about(findings.frame(rows, district.crs), district.profile.noun)
    found = findings.in_language(said, language)
    layers = {
        "context_lines": drawn[~areas], "context_areas": drawn[areas], "findings": found,
        "settings": _settings(plan, language),
    }  # fmt: skip
    bare = {name: empty(name, district.crs) for name in
            ("context_points", "outside_buildings", "units", "staff", "assignments", "crews",
             "retired_codes")}  # fmt: skip
    return {**bare, **tables, **{k: v.reset_index(drop=True) for k, v in layers.items()}}


def _settings(plan: Plan, language: Language) -> gpd.GeoDataFrame:
    district = plan.fabric.district
    facts = {
        "project.name": district.name, "project.language": language,
        "project.profile": district.profile.name, "project.seed": district.seed,
        "program.version": __version__, "staffing.supervisors_total": "",
    }  # fmt: skip
    rows = [(key, str(value), "-", "notebook") for key, value in facts.items()]
    rows += [(k, str(r.value), r.unit, r.source) for k, r in district.profile.every().items()]
    return pd.DataFrame(sorted(rows), columns=["key", "value", "unit", "source"])
