"""A few faults as real data has them, none that a plan would break on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.ops import substring

__all__ = ["disturb"]

GAP_M, OVERLAP_M = 1.2, 0.9  # below snap_m of the project file


def disturb(
    districts: pd.DataFrame, buildings: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two buildings twice, one over a district line, two narrow gaps and an overlap between districts."""
    districts, buildings = districts.copy(), buildings.copy()
    area = shapely.area(buildings["geometry"].to_numpy())
    spare = np.flatnonzero((buildings["use"] == "other").to_numpy() & (area < 90))
    if len(spare) >= 2:
        twice = buildings.iloc[rng.choice(spare, 2, replace=False)].copy()
        twice["building_id"] = twice["building_id"] + "D"
        buildings = pd.concat([buildings, twice], ignore_index=True)
    if len(districts) > 3:
        _over_line(districts, buildings)
        borders = _borders(districts)
        for nth, width in ((0, GAP_M), (1, GAP_M), (2, -OVERLAP_M)):
            if nth < len(borders):
                _seam(districts, *borders[nth], width)
    return districts, buildings


def _borders(districts: pd.DataFrame) -> list[tuple[int, int, LineString]]:
    """Long common lines of two districts, largest districts first, each district once."""
    shapes = districts["geometry"].to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="touches")
    found = []
    for a, b in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        if a < b:
            shared = shapely.get_parts(shapely.intersection(shapes[a], shapes[b]))
            lines = [part for part in shared if part.geom_type == "LineString"]
            line = shapely.line_merge(shapely.multilinestrings(lines)) if lines else LineString()
            best = max(shapely.get_parts(line), key=lambda part: float(part.length), default=line)
            if best.length > 300:
                found.append((min(shapes[a].area, shapes[b].area), a, b, best))
    found.sort(key=lambda one: (-one[0], one[1], one[2]))
    used: set[int] = set()
    borders = []
    for _, a, b, line in found:
        if a not in used and b not in used:
            used |= {a, b}
            borders.append((a, b, line))
    return borders


def _seam(districts: pd.DataFrame, a: int, b: int, line: LineString, width: float) -> None:
    """Pull district `a` back from a stretch of its line (or push it over, with a negative width)."""
    middle = line.length / 2
    strip = substring(line, middle - 35, middle + 35).buffer(abs(width), cap_style="flat")
    shapes = districts["geometry"].to_numpy().copy()
    shapes[a] = shapely.difference(shapes[a], strip) if width > 0 else shapely.union(
        shapes[a], shapely.intersection(strip, shapes[b]))  # fmt: skip
    districts["geometry"] = [_multi(shape) for shape in shapes]


def _over_line(districts: pd.DataFrame, buildings: pd.DataFrame) -> None:
    """Let one district reach over the street into a corner of a building of its neighbour."""
    shapes = districts["geometry"].to_numpy().copy()
    houses = buildings["geometry"].to_numpy()
    use = buildings["use"].to_numpy()
    lines = shapely.boundary(shapes)
    tree = shapely.STRtree(houses)
    for a, b, line in _borders(districts):
        del line
        shared = shapely.intersection(lines[a], lines[b])
        near = tree.query(shared, predicate="dwithin", distance=24.0)
        rows = [row for row in sorted(near.tolist())
                if use[row] == "commercial" and shapely.contains(shapes[b], houses[row])]  # fmt: skip
        for row in rows:
            middle = houses[row].centroid
            start = shapely.shortest_line(shared, houses[row])
            p = np.array(start.coords)
            end = p[1] + 0.3 * (np.array([middle.x, middle.y]) - p[1])
            patch = LineString([p[0] - 0.05 * (p[1] - p[0]), end]).buffer(5.0, cap_style="flat")
            patch = shapely.intersection(patch, shapes[b])
            cut = shapely.intersection(houses[row], patch).area / houses[row].area
            grown, rest = shapely.union(shapes[a], patch), shapely.difference(shapes[b], patch)
            whole = shapely.get_num_geometries(grown) == shapely.get_num_geometries(shapes[a])
            alone = len(tree.query(patch, predicate="intersects")) == 1
            if (
                0.03 < cut < 0.45
                and whole
                and alone
                and shapely.get_num_geometries(rest) == shapely.get_num_geometries(shapes[b])
            ):
                shapes[a], shapes[b] = grown, rest
                districts["geometry"] = [_multi(shape) for shape in shapes]
                return


def _multi(shape: Polygon | MultiPolygon) -> MultiPolygon:
    return MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
