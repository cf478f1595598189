"""The polygon of every area, with what it holds.

Ground areas tile the district exactly: their polygons are rings over the same drawn points. A stacked
area has no ground of its own; its shape is the slices of the building its floors lie in.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.drawing import Drawing, draw, polygons
from census_gis.model import Plan

__all__ = ["kinds", "outline", "part_areas"]


def outline(plan: Plan, *, drawing: Drawing | None = None) -> gpd.GeoDataFrame:
    """Shape and contents of every area of a plan.

    Parameters
    ----------
    plan : Plan
        k areas; numbered or not.
    drawing : Drawing, optional
        The plan's lines, where they have been drawn already.

    Returns
    -------
    GeoDataFrame, k rows, index `area` 0 .. k-1
        `ea_code` ('' before numbering), `kind` ('ground', 'stacked' or 'virtual'), `persons`,
        `persons_away`, `households` (null where none is given), `buildings` (whole or in part),
        `area_m2` (null for virtual ones) and the geometry: Polygon or MultiPolygon, None for virtual.

    Notes
    -----
    Ground polygons share vertices, never enter a footprint of another area, and cover the district's
    boundary to the precision of its coordinates.
    """
    count = len(plan)
    shapes = polygons(draw(plan) if drawing is None else drawing)
    kind = kinds(plan)
    parts = plan.fabric.parts
    area = part_areas(plan)
    for stacked in np.flatnonzero(kind == "stacked"):
        shapes[stacked] = shapely.union_all(parts.geometry.to_numpy()[area == stacked])
    shapes[kind == "virtual"] = None
    held = parts.assign(area=area).groupby("area", sort=True)
    sums = held[["persons", "persons_away"]].sum().reindex(range(count), fill_value=0)
    households = held["households"].sum(min_count=1).reindex(range(count)).astype("Int64")
    homes = parts.loc[parts["building_id"] != ""].assign(area=area[parts["building_id"] != ""])
    buildings = homes.groupby("area")["building_id"].nunique().reindex(range(count), fill_value=0)
    table = pd.DataFrame(
        {
            "ea_code": list(plan.codes) if plan.codes else [""] * count,
            "kind": kind,
            "persons": sums["persons"].to_numpy(np.int64),
            "persons_away": sums["persons_away"].to_numpy(np.int64),
            "households": households.array,
            "buildings": buildings.to_numpy(np.int64),
            "area_m2": np.where(kind == "virtual", np.nan, shapely.area(shapes)),
        },
        index=pd.RangeIndex(count, name="area"),
    )
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=plan.fabric.district.crs)


def kinds(plan: Plan) -> NDArray[np.object_]:
    """'ground', 'stacked' (only floor bands) or 'virtual' (only people without a place), by area."""
    atoms = plan.fabric.atoms["kind"].to_numpy(object)
    count = len(plan)
    band = np.bincount(plan.label, atoms == "band", minlength=count)
    placeless = np.bincount(plan.label, atoms == "placeless", minlength=count)
    total = np.bincount(plan.label, minlength=count)
    grounded = np.where(band > 0, "stacked", "virtual")
    return np.where(band + placeless < total, "ground", grounded).astype(object)


def part_areas(plan: Plan) -> NDArray[np.int64]:
    """Area of each dwelling part."""
    return plan.label[plan.fabric.parts["atom"].to_numpy(np.int64)].astype(np.int64)
