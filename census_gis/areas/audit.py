"""Is a plan what the contract promises? Every rule has a measure, and is checked from tables alone.

`census-gis check PLAN.gpkg` uses it, so nothing here may look at a Fabric: a plan that was edited in
another program is judged by the same rules as one fresh from the partitioner.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from census_gis import findings
from census_gis.areas.counts import code_laws, size_laws, sum_laws
from census_gis.areas.laws import building_laws, ground_laws, line_laws
from census_gis.areas.measures import measures
from census_gis.areas.strata import Bands
from census_gis.areas.tabulate import tabulate
from census_gis.model import Plan
from census_gis.profile import Profile

__all__ = ["audit", "audit_tables", "measures"]


def audit_tables(
    districts: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    parts: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    profile: Profile,
    *,
    retired: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Check the contract's laws 1 to 5 and the rules of size.

    Parameters
    ----------
    districts, areas, parts, lines : tables `districts`, `enumeration_areas`, `dwelling_parts`, `ea_lines`
        Of one district or of many.
    profile : Profile
        The rules the plan was made by; a district of a stratum with rules of its own is judged by these.
    retired : table `retired_codes`, optional
        Codes no longer in use, whose serials may be missing.

    Returns
    -------
    GeoDataFrame, table FINDINGS
        Empty when every rule holds. An EA outside the band is a warning where nothing could be done
        (one building above it, or persons that fit no whole number of EAs), else an error.
    """
    crs = districts.crs
    # Rows of a plain frame are taken several times faster than those of one with a geometry of its own.
    districts, areas, parts, lines = map(pd.DataFrame, (districts, areas, parts, lines))
    bands = Bands(profile, districts)
    gone = set() if retired is None else set(retired["ea_code"].dropna().astype(str))
    rows = [
        *ground_laws(districts, areas),
        *line_laws(areas, lines),
        *building_laws(districts, areas, parts, bands.high),
        *sum_laws(districts, areas, parts, profile.noun),
        *code_laws(districts, areas, profile, gone),
        *_size_laws(areas, parts, bands),
    ]
    return findings.about(findings.frame(rows, crs), profile.noun)


def _size_laws(areas: pd.DataFrame, parts: pd.DataFrame, bands: Bands) -> list[dict[str, object]]:
    """Each district by the band of its stratum."""
    rows: list[dict[str, object]] = []
    for rules, mine in bands.shared(areas["district_code"]):
        held = parts[parts["ea_code"].isin(areas["ea_code"][mine])] if bands.several else parts
        rows += size_laws(areas[mine] if bands.several else areas, held, rules)
    return rows


def audit(plan: Plan) -> gpd.GeoDataFrame:
    """Findings of a numbered plan: its own, and those of `audit_tables` on its tables."""
    tables = tabulate(plan)
    found = audit_tables(
        gpd.GeoDataFrame(tables["districts"]),
        gpd.GeoDataFrame(tables["enumeration_areas"]),
        gpd.GeoDataFrame(tables["dwelling_parts"]),
        gpd.GeoDataFrame(tables["ea_lines"]),
        plan.fabric.district.profile,
    )
    rows = [*plan.findings.to_dict("records"), *found.to_dict("records")]
    return findings.frame(rows, plan.fabric.district.crs)
