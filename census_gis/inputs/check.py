"""What is wrong with a district before it is planned: shapes, buildings, numbers, completeness.

Nothing is changed; checking twice finds the same.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np

from census_gis import findings
from census_gis.findings import Kind
from census_gis.inputs.assign import assign_buildings, duplicates, odd_buildings
from census_gis.inputs.completeness import incomplete_ground
from census_gis.inputs.population import review_district
from census_gis.inputs.repair import drop_unusable, repair
from census_gis.language import Text
from census_gis.model import District

__all__ = ["check"]

EMPTY = Kind(
    "D301", "error",
    Text("the district has no building.", "普查区内没有建筑。"),
    Text("check the layer of buildings.", "请检查建筑图层。"),
)  # fmt: skip


def check(district: District) -> gpd.GeoDataFrame:
    """Findings about one district.

    Parameters
    ----------
    district
        As read or as made in a notebook.

    Returns
    -------
    Table FINDINGS in the CRS of the district: outlines that need repair, buildings outside, across the line,
    twice, overlapping, tiny or huge; floors, uses and totals that are assumed; signs of missing buildings.
    """
    ground = gpd.GeoDataFrame(
        {"district_code": [district.id], "_key": [district.id]},
        geometry=[district.boundary], crs=district.crs,
    )  # fmt: skip
    _, cases = repair(ground, "districts")
    if district.buildings.empty:
        return findings.frame([*cases, EMPTY.at("districts", district.id)], district.crs)
    named = district.buildings.assign(_key=district.buildings["building_id"].astype(str))
    usable, told = drop_unusable(named, "buildings")
    cases += told
    sound, told = repair(usable, "buildings")
    cases += told + _of_buildings(sound, ground)
    cases += review_district(district)
    foot = np.asarray(sound.geometry.array, dtype=object)
    cases += incomplete_ground(district.id, district.boundary, foot, district.barriers)
    return findings.about(findings.frame(cases, district.crs), district.profile.noun)


def _of_buildings(buildings: gpd.GeoDataFrame, ground: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Findings about sound footprints."""
    _, cases = assign_buildings(buildings, ground)
    again, told = duplicates(buildings)
    return cases + told + odd_buildings(buildings[~again])
