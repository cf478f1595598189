"""A plan beside an official zone system: who is together in both, size spread, shape, and what the lines follow.

Both are measured by the same rule: persons of the plan's dwellings in the zones they stand in, lines between two areas
near what people can see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.sums import mutual
from census_gis.errors import InputError
from census_gis.geometry.steps import middles
from census_gis.language import Text

__all__ = ["Agreement", "agreement", "line_share", "rim_lines"]

# A line within this of a road, railway or water follows it (the contract's own check of lines uses 5 m).
NEAR_M = 5.0
STEP_M = 10.0  # how often a line is looked at
VISIBLE = ("roads", "railways", "water", "waterways")


@dataclass(frozen=True)
class Agreement:
    """Two divisions of the same people.

    Attributes
    ----------
    measures : DataFrame, columns `plan` and `zones`
        `areas` [count], `mean`, `least`, `most` [persons], `cv` (standard deviation / mean), `compactness` (mean
        Polsby-Popper), `line_km` between areas, `follows` (share of it near what people see; missing without any).
    together : share of the persons of the plan who are in the largest common group of their EA and its zone
    pairs : adjusted Rand index of persons in EAs and zones, 1 for the same division, 0 for chance
    chance : share of the ground that is as near to what people see as a line that follows it
    outside : persons in no zone
    shared : DataFrame
        `ea_code`, `zone`, `persons`, `buildings`; `zone` None outside.
    """

    measures: pd.DataFrame
    together: float
    pairs: float
    chance: float | None
    outside: int
    shared: pd.DataFrame


def agreement(
    tables: Mapping[str, gpd.GeoDataFrame], zones: gpd.GeoDataFrame, *, code: str
) -> Agreement:
    """Compare a plan with zones.

    Parameters
    ----------
    tables : mapping
        Layers of a plan: `enumeration_areas`, `dwelling_parts`, `context_lines`, `context_areas`.
    zones : GeoDataFrame
        Polygons in the plan's coordinate system.
    code : str
        Column with the name of each zone; rows of one name are one zone.

    Raises
    ------
    InputError
        If no dwelling of the plan stands in a zone.
    """
    grouped = zones[[code, "geometry"]].dissolve(by=code, sort=True)
    shared = _shared(tables["dwelling_parts"], grouped)
    inside = shared[shared["zone"].notna()]
    if not len(inside):
        raise InputError(
            Text("no dwelling of the plan stands in these zones.", "方案中没有住房位于这些区划之内。"),
            where="zones", fix=Text("name zones of the same place.", "请指定同一地方的区划。"),
        )  # fmt: skip
    ground = tables["enumeration_areas"].query("kind == 'ground'")
    used = grouped.loc[np.unique(inside["zone"].to_numpy(str))]
    seen = _visible(tables)
    sizes = (
        tables["enumeration_areas"].query("kind != 'virtual' and persons > 0")["persons"],
        inside.groupby("zone")["persons"].sum(),
    )
    measures = pd.DataFrame({
        name: _measures(size, np.asarray(frame.geometry, object), seen)
        for name, size, frame in zip(("plan", "zones"), sizes, (ground, used), strict=True)
    })  # fmt: skip
    chance = None if not len(seen) else _by_chance(np.asarray(ground.geometry, object), seen)
    outside = int(shared.loc[shared["zone"].isna(), "persons"].sum())
    return Agreement(measures, _together(inside), _rand(inside), chance, outside, shared)


def rim_lines(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Lines between areas, each once; the outer rim is no choice and left out."""
    if not len(shapes):
        return np.zeros(0, object)
    every = shapely.line_merge(shapely.union_all(shapely.boundary(shapes)))
    rim = shapely.buffer(shapely.boundary(shapely.union_all(shapes)), 0.05)
    inner = np.asarray(shapely.get_parts(shapely.difference(every, rim)), object)
    return inner[shapely.length(inner) > 0]


def line_share(lines: NDArray[np.object_], seen: NDArray[np.object_]) -> float | None:
    """Share of the length of lines within 5 m of what people see; None without lines or features."""
    if not len(lines) or not len(seen):
        return None
    spots, _, metres = middles(lines, STEP_M)
    return float(np.average(_near(spots, seen), weights=metres))


def _near(spots: NDArray[np.object_], seen: NDArray[np.object_]) -> NDArray[np.bool_]:
    near = np.zeros(len(spots), bool)
    near[shapely.STRtree(seen).query(spots, predicate="dwithin", distance=NEAR_M)[0]] = True
    return near


def _by_chance(shapes: NDArray[np.object_], seen: NDArray[np.object_]) -> float | None:
    """Share of the points of a square net over the ground that lie as near as a line that follows."""
    left, bottom, right, top = shapely.total_bounds(shapes)
    step = max(np.sqrt((right - left) * (top - bottom) / 20_000), 1.0)  # some 20,000 points
    x, y = np.meshgrid(np.arange(left, right, step), np.arange(bottom, top, step))
    spots = shapely.points(x.ravel(), y.ravel())
    inside = np.unique(shapely.STRtree(spots).query(shapes, predicate="contains")[1])
    return float(_near(spots[inside], seen).mean()) if len(inside) else None


def _visible(tables: Mapping[str, gpd.GeoDataFrame]) -> NDArray[np.object_]:
    """Lines of roads, railways and water, areas by their outlines."""
    found = []
    for layer in ("context_lines", "context_areas"):
        rows = tables[layer]
        shapes = np.asarray(rows.loc[rows["source"].isin(VISIBLE), "geometry"], object)
        flat = shapely.get_dimensions(shapes) == 2
        found.append(np.where(flat, shapely.boundary(shapes), shapes))
    return shapely.get_parts(np.concatenate(found).astype(object))


def _measures(
    persons: pd.Series, shapes: NDArray[np.object_], seen: NDArray[np.object_]
) -> dict[str, float | None]:
    lines = rim_lines(shapes)
    sizes = persons.to_numpy(np.float64)
    round_ = 4 * np.pi * shapely.area(shapes) / np.maximum(shapely.length(shapes), 1e-9) ** 2
    return {
        "areas": float(len(sizes)), "mean": float(sizes.mean()), "least": float(sizes.min()),
        "most": float(sizes.max()), "cv": float(sizes.std() / sizes.mean()) if sizes.mean() else None,
        "compactness": float(round_.mean()), "line_km": float(shapely.length(lines).sum() / 1000),
        "follows": line_share(lines, seen),
    }  # fmt: skip


def _shared(parts: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.DataFrame:
    """Persons and buildings of each EA in each zone, by where the dwelling stands."""
    spots = shapely.point_on_surface(np.asarray(parts.geometry, object))
    i, j = shapely.STRtree(np.asarray(zones.geometry, object)).query(spots, predicate="intersects")
    place = pd.Series(j, index=i).groupby(level=0).min()
    zone = pd.Series(zones.index.astype(str).to_numpy(object)[place.to_numpy()], index=place.index)
    table = pd.DataFrame(parts[["ea_code", "building_id", "persons"]]).reset_index(drop=True)
    table = table.assign(
        zone=zone.reindex(table.index).astype(object).where(lambda z: z.notna(), None)
    )
    by = table.groupby(["ea_code", "zone"], dropna=False, sort=True)
    return by.agg(persons=("persons", "sum"), buildings=("building_id", "nunique")).reset_index()


def _together(shared: pd.DataFrame) -> float:
    """Share of persons in pairs of an EA and a zone that hold most of each other."""
    order = shared.sort_values(["persons", "ea_code", "zone"], ascending=[False, True, True])
    kept = mutual(order, "ea_code", "zone")["persons"]
    return float(kept.sum() / max(int(shared["persons"].sum()), 1))


def _rand(shared: pd.DataFrame) -> float:
    """Adjusted Rand index over pairs of persons."""

    def pairs(counts: pd.Series) -> float:
        n = counts.to_numpy(np.float64)
        return float((n * (n - 1) / 2).sum())

    both = pairs(shared["persons"])
    one, two = (pairs(shared.groupby(name)["persons"].sum()) for name in ("ea_code", "zone"))
    total = float(shared["persons"].sum())
    chance = one * two / max(total * (total - 1) / 2, 1.0)
    most = (one + two) / 2
    return (both - chance) / (most - chance) if most > chance else 1.0
