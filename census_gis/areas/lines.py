"""EA lines: the arcs between areas, cut where what they follow changes.

Within a district both neighbours are known; over a district line the neighbour's code is filled by
`seam`, once all districts have their codes.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis import tables
from census_gis.areas.beside import Visible, beside, visible
from census_gis.areas.drawing import Drawing, draw
from census_gis.model import LAND, OTHER, RAIL, ROAD, WATER, Plan

__all__ = ["FOLLOWS", "ea_lines"]

LEAST_M = 3.0  # what an arc follows for less than this counts as what it follows beside it
FOLLOWS = {
    "roads": "road", "railways": "rail", "water": "water", "waterways": "water",
    "landuse": "landuse", "compounds": "compound", "grids": "grid", "barriers": "barrier",
}  # fmt: skip
BY_FLAG = ((ROAD, "road"), (RAIL, "rail"), (WATER, "water"), (LAND, "landuse"), (OTHER, "barrier"))


def ea_lines(plan: Plan, *, drawing: Drawing | None = None) -> gpd.GeoDataFrame:
    """The lines between the areas of a plan, with what each follows.

    Parameters
    ----------
    plan : Plan
        Numbered, or its areas are called by their numbers.
    drawing : Drawing, optional
        The plan's lines, where they have been drawn already.

    Returns
    -------
    GeoDataFrame, table `ea_lines` and a column `district_code`
        `left_ea` lies on the left of the line and, within the district, has the smaller code. A piece
        of the district line follows 'district', has the area inside on its left and no `right_ea`
        yet; its `feature_name` is that of the road or river the district line runs along, if any.
        Ordered by codes, then position.
    """
    if drawing is None:
        drawing = draw(plan)
    follows, names, first = _features(plan)
    shapes, arc, what = _strings(
        drawing, _cuts(drawing, _codes(drawing, first), _seen(plan, first))
    )
    left, right = drawing.left[arc], drawing.right[arc]
    called = plan.codes or tuple(map(str, range(len(plan))))
    codes = np.array([*called, None], dtype=object)
    rank = np.append(np.argsort(np.argsort(called)), len(called))  # the outside comes last
    turned = rank[left] > rank[right]
    left, right = np.where(turned, right, left), np.where(turned, left, right)
    shapes = np.where(turned, shapely.reverse(shapes), shapes)
    table = pd.DataFrame(
        {
            "left_ea": codes[left],
            "right_ea": codes[right],
            "follows": np.where(right < 0, "district", follows[what]),
            "feature_name": names[what],
            "length_m": shapely.length(shapes),
            "district_code": plan.fabric.district.id,
            "geometry": shapes,
        }
    )
    return tables.conform(ordered(table), "ea_lines", plan.fabric.district.crs)


def ordered(lines: pd.DataFrame) -> pd.DataFrame:
    """Rows by codes, then by the place where they begin."""
    shapes = np.asarray(lines["geometry"].array, dtype=object)
    start = shapely.get_coordinates(shapely.get_point(shapes, 0))
    after = shapely.get_coordinates(shapely.get_point(shapes, 1))
    codes = [[text if isinstance(text, str) else "" for text in lines[name]]
             for name in ("left_ea", "right_ea")]  # fmt: skip
    rank = {code: nth for nth, code in enumerate(sorted({*codes[0], *codes[1]}))}
    left, right = (np.array([rank[code] for code in each], dtype=np.int64) for each in codes)
    order = np.lexsort((*after.T[::-1], *start.T[::-1], right, left))
    return lines.iloc[order].reset_index(drop=True)


def _features(
    plan: Plan,
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.int64]]:
    """What a line follows and its name: first the plain kinds, then every barrier row.

    The third array gives the first row that says the same, so that a road in many rows is one line.
    """
    barriers = plan.fabric.district.barriers
    plain = ["none", *(word for _, word in BY_FLAG)]
    own = [FOLLOWS.get(source, "none") for source in barriers["source"]]
    called = [name if isinstance(name, str) and name else None for name in barriers["name"]]
    follows = np.array([*plain, *own], dtype=object)
    names = np.array([*[None] * len(plain), *called], dtype=object)
    key = pd.Series([f"{what}\t{name or ''}" for what, name in zip(follows, names, strict=True)])
    _, at, same = np.unique(key.to_numpy(str), return_index=True, return_inverse=True)
    return follows, names, at[same]


def _codes(drawing: Drawing, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """What each undrawn piece runs along, as a row of `_features`."""
    plain = np.zeros(drawing.flags.size, np.int64)
    for at, (flag, _) in reversed(list(enumerate(BY_FLAG, start=1))):
        plain[(drawing.flags & flag) > 0] = at
    rows = np.where(drawing.feature >= 0, drawing.feature + 1 + len(BY_FLAG), 0)
    return np.where(drawing.feature >= 0, first[rows], first[plain])


def _seen(plan: Plan, first: NDArray[np.int64]) -> Visible:
    """What a stroke may run beside; rows that no line follows have the code of open ground."""
    district = plan.fabric.district
    known = district.barriers["source"].isin(list(FOLLOWS)).to_numpy(bool)
    code = np.where(known, first[1 + len(BY_FLAG) :], 0)
    return visible(district.barriers, code, district.boundary)


def _cuts(drawing: Drawing, code: NDArray[np.int64], around: Visible) -> NDArray[np.int64]:
    """Code of every entry of the path, the same along each drawn stroke and for at least `LEAST_M`."""
    arc, xy = drawing.arc, drawing.xy[drawing.path]
    last = np.append(arc[1:] != arc[:-1], True)
    length = np.where(last, 0.0, np.hypot(*(np.roll(xy, -1, axis=0) - xy).T))
    stroke = np.cumsum(drawing.keep) - 1
    drawn, first, row = np.unique(stroke[~last], return_index=True, return_inverse=True)
    chosen = _most(row, code[~last], length[~last])
    silent = np.flatnonzero(chosen == 0)
    ends = drawing.xy[drawing.path[np.flatnonzero(drawing.keep)]]
    tail = drawn[silent]
    chosen[silent] = beside(ends[tail], ends[tail + 1], around)
    m = np.asarray(np.bincount(row, length[~last], len(drawn)), dtype=np.float64)
    of = arc[~last][first]
    begin = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
    for i, j in zip(begin, np.append(begin[1:], len(of)), strict=True):
        if (chosen[i:j] != chosen[i]).any():
            chosen[i:j] = _merged(chosen[i:j], m[i:j])
    # The last point of an arc begins no stroke: it has the code of the one that ends there.
    return chosen[np.searchsorted(drawn, stroke, side="right") - 1]


def _most(
    row: NDArray[np.int64], code: NDArray[np.int64], m: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Code of most metres in each row, the smallest of equals."""
    kinds, same = np.unique(row << 32 | code, return_inverse=True)
    order = np.lexsort((kinds, -np.bincount(same, m, len(kinds)), kinds >> 32))
    first = np.unique(kinds[order] >> 32, return_index=True)[1]
    return kinds[order][first] & 0xFFFFFFFF


def _merged(code: NDArray[np.int64], m: NDArray[np.float64]) -> NDArray[np.int64]:
    """Runs shorter than `LEAST_M` given to the longer run beside them, shortest first."""
    runs: list[list[float]] = []  # [code, metres, strokes]
    for c, d in zip(code, m, strict=True):
        if runs and runs[-1][0] == c:
            runs[-1][1] += d
            runs[-1][2] += 1
        else:
            runs.append([c, d, 1])
    while len(runs) > 1:
        at = min(range(len(runs)), key=lambda k: runs[k][1])
        if runs[at][1] >= LEAST_M:
            break
        beside = [k for k in (at - 1, at + 1) if 0 <= k < len(runs)]
        runs[at][0] = runs[max(beside, key=lambda k: runs[k][1])][0]
        joined = [runs[0]]
        for run in runs[1:]:
            if run[0] == joined[-1][0]:
                joined[-1] = [run[0], joined[-1][1] + run[1], joined[-1][2] + run[2]]
            else:
                joined.append(run)
        runs = joined
    return np.repeat([int(run[0]) for run in runs], [int(run[2]) for run in runs])


def _strings(
    drawing: Drawing, cut: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.int64]]:
    """LineString, arc and code of every stretch of an arc that follows one thing."""
    kept = np.flatnonzero(drawing.keep)
    arc, what, point = drawing.arc[kept], cut[kept], drawing.path[kept]
    start = np.append(arc[1:] == arc[:-1], False)  # a stroke begins here
    begin = np.flatnonzero(start)
    fresh = np.append(
        True, (arc[begin][1:] != arc[begin][:-1]) | (what[begin][1:] != what[begin][:-1])
    )
    string = np.cumsum(fresh) - 1
    head = begin[fresh]
    ends = begin[np.append(fresh[1:], True)] + 1
    index = np.concatenate([string, np.arange(head.size)])
    at = np.concatenate([begin, ends])
    order = np.lexsort((at, index))
    shapes = shapely.linestrings(drawing.xy[point[at[order]]], indices=index[order])
    return np.asarray(shapes, dtype=object), arc[head], what[head]
