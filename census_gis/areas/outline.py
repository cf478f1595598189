"""The polygon of every area, with what it holds.

Ground areas tile the district exactly: their polygons are rings over the same drawn points. A stacked
area has no ground of its own; its shape is the slices of the building its floors lie in.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.array import from_shapely
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
    columns = {
        "ea_code": list(plan.codes) if plan.codes else [""] * count,
        "kind": kind,
        "persons": _sums(parts["persons"], area, count)[0],
        "persons_away": _sums(parts["persons_away"], area, count)[0],
        "households": pd.arrays.IntegerArray(*_sums(parts["households"], area, count)),
        "buildings": _buildings(parts["building_id"].to_numpy(object), area, count),
        "area_m2": np.where(kind == "virtual", np.nan, shapely.area(shapes)),
        "geometry": from_shapely(shapes, crs=plan.fabric.district.crs),
    }
    table = pd.DataFrame(columns, index=pd.RangeIndex(count, name="area"))
    return gpd.GeoDataFrame(table, geometry="geometry", copy=False)


def _sums(
    counts: pd.Series, area: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Sum of the parts of each area, and which areas have no part with a count."""
    given = counts.notna().to_numpy(bool)
    values = counts.to_numpy(dtype=np.float64, na_value=0.0)
    total = np.bincount(area, np.where(given, values, 0.0), count)
    return total.astype(np.int64), np.bincount(area[given], minlength=count) == 0


def _buildings(ids: NDArray[np.object_], area: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Buildings of each area, whole or in part."""
    pairs = {pair for pair in zip(area.tolist(), ids.tolist(), strict=True) if pair[1] != ""}
    held = np.fromiter((pair[0] for pair in pairs), np.int64, len(pairs))
    return np.bincount(held, minlength=count).astype(np.int64)


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
