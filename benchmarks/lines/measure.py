"""What can be said of drawn lines from outside: lengths near given features, turns, and blocks."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = ["Ground", "blocks", "followed", "ground_of", "outside_blocks", "said_right", "turns"]

FOLLOW_M, MEDIAN_M = 5.0, 25.0  # issue of the engine: beside a feature, and inside a median
SHARP_DEG = 60.0
WORD = {
    "roads": "road", "railways": "rail", "water": "water", "waterways": "water", "landuse": "landuse",
    "compounds": "compound", "grids": "grid", "barriers": "barrier",
}  # fmt: skip
PATHS = frozenset({
    "footway", "path", "steps", "cycleway", "bridleway", "platform", "corridor", "construction",
    "proposed", "elevator",
})  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """Given features of one district as lines: what each is, its name, and its class."""

    shape: NDArray[np.object_]
    what: NDArray[np.object_]
    name: NDArray[np.object_]
    path: NDArray[np.bool_]


def ground_of(barriers: gpd.GeoDataFrame, within: shapely.Geometry) -> Ground:
    """All features of a district that one can see; areas by their outlines, tunnels left out."""
    seen = ~barriers["tunnel"].fillna(False).to_numpy(bool)
    shape = shapely.force_2d(np.asarray(barriers.geometry.values, dtype=object))
    seen &= shapely.intersects(shape, shapely.buffer(within, MEDIAN_M))
    rows = barriers[seen]
    shape = shape[seen]
    flat = shapely.get_dimensions(shape) == 2
    shape[flat] = shapely.boundary(shape[flat])
    what = rows["source"].map(WORD).fillna("").to_numpy(object)
    name = rows["name"].astype(object).where(rows["name"].notna(), None).to_numpy(object)
    path = (rows["source"] == "roads") & rows["class"].isin(PATHS)
    good = ~shapely.is_missing(shape) & ~shapely.is_empty(shape) & (what != "")
    return Ground(shape[good], what[good], name[good], path.to_numpy(bool)[good])


def _near(shapes: NDArray[np.object_], *, median: bool = True) -> shapely.Geometry:
    """Ground within 5 m of lines, and inside their medians."""
    beside = shapely.union_all(shapely.buffer(shapes, FOLLOW_M))
    if not median or not len(shapes):
        return beside
    wide = shapely.union_all(shapely.buffer(shapes, MEDIAN_M / 2))
    return shapely.union(beside, shapely.buffer(wide, -MEDIAN_M / 2))


def followed(lines: NDArray[np.object_], ground: Ground) -> tuple[float, float, float]:
    """Length [m] of all lines, of it near any given feature, and near a road or path."""
    whole = shapely.union_all(lines)
    road = ground.what == "road"
    linear = np.isin(ground.what, ["road", "rail"])
    near = shapely.union(_near(ground.shape[linear]), _near(ground.shape[~linear], median=False))
    near_road = _near(ground.shape[road])
    return (
        whole.length,
        shapely.intersection(whole, near).length,
        shapely.intersection(whole, near_road).length,
    )


def said_right(
    lines: gpd.GeoDataFrame, ground: Ground
) -> tuple[float, float, float, dict[str, float]]:
    """Metres said, metres whose `follows` is right, metres whose `feature_name` is right, wrong by word.

    `none` is right where no given feature is near. A line with no name is right where it follows
    nothing, or a feature without a name is near.
    """
    inner = lines[lines["follows"] != "district"]
    total = right = named = 0.0
    wrong: dict[str, float] = {}
    everything = shapely.union_all(shapely.buffer(ground.shape, FOLLOW_M))
    called = np.array([name or "" for name in ground.name], object)
    zones: dict[tuple[str, str | None], shapely.Geometry] = {}

    def zone(word: str, name: str | None) -> shapely.Geometry:
        if (word, name) not in zones:
            of = ground.what == word
            here = of if name is None else of & (called == name)
            beside = shapely.union_all(shapely.buffer(ground.shape[here], FOLLOW_M))
            if word in ("road", "rail"):
                if (word, None) not in zones or name is None:
                    median = shapely.difference(
                        _near(ground.shape[of]),
                        shapely.union_all(shapely.buffer(ground.shape[of], FOLLOW_M)),
                    )
                    zones["median", word] = median
                median = zones["median", word]
                reach = shapely.union_all(shapely.buffer(ground.shape[here], MEDIAN_M))
                beside = shapely.union(beside, shapely.intersection(median, reach))
            zones[word, name] = beside
        return zones[word, name]

    for (word, name), rows in inner.groupby(
        [
            inner["follows"],
            inner["feature_name"].astype(object).where(inner["feature_name"].notna(), ""),
        ]
    ):
        shape = shapely.union_all(rows.geometry.to_numpy())
        metres = float(rows["length_m"].sum())
        if word == "none":
            good = shapely.difference(shape, everything).length
            good_name = metres
        else:
            zone(word, None)
            good = shapely.intersection(shape, zone(word, None)).length
            good_name = shapely.intersection(shape, zone(word, name)).length
        total, right, named = total + metres, right + good, named + good_name
        wrong[word] = wrong.get(word, 0.0) + metres - good
    return total, right, named, wrong


def blocks(ground: Ground, district: shapely.Geometry) -> NDArray[np.object_]:
    """What streets, railways, water and outlines of parcels cut the district into."""
    lines = ground.shape[~ground.path]
    cut = shapely.union_all([*lines, shapely.boundary(district)], grid_size=0.01)
    faces = shapely.get_parts(shapely.polygonize([cut]))
    return faces[shapely.intersects(shapely.point_on_surface(faces), district)]


def outside_blocks(
    lines: NDArray[np.object_],
    ground: Ground,
    district: shapely.Geometry,
    homes: pd.DataFrame,
    most: float,
) -> tuple[float, float]:
    """Length [m] outside blocks that hold more than `most` persons, and of it what follows features."""
    faces = blocks(ground, district)
    spot = homes["spot"].to_numpy(object)
    part, face = shapely.STRtree(faces).query(spot, predicate="within")
    held = np.bincount(face, homes["persons"].to_numpy()[part], len(faces))
    large = shapely.buffer(shapely.union_all(faces[held > most]), -FOLLOW_M)
    left = shapely.difference(shapely.union_all(lines), large)
    total, near, _ = followed(shapely.get_parts(left), ground)
    return total, near


def turns(lines: NDArray[np.object_]) -> tuple[int, float]:
    """Turns of more than 60 degrees, and all turning [degrees] of lines merged at their joints."""
    merged = shapely.get_parts(shapely.line_merge(shapely.union_all(lines)))
    xy, line = shapely.get_coordinates(merged, return_index=True)
    step = np.diff(xy, axis=0)
    angle = np.degrees(np.arctan2(step[:, 1], step[:, 0]))
    turn = np.abs((np.diff(angle) + 180) % 360 - 180)[line[2:] == line[:-2]]
    return int((turn > SHARP_DEG).sum()), float(turn.sum())
