"""EA lines: the arcs between areas, cut where what they follow changes.

Within a district both neighbours are known; over a district line the neighbour's code is filled by
`seam`, once all districts have their codes.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis import tables
from census_gis.areas.drawing import Drawing, draw
from census_gis.model import Plan

__all__ = ["ea_lines"]


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
    shapes, arc, what = _strings(drawing)
    follows, names = drawing.words.follows, drawing.words.names
    left, right = drawing.left[arc], drawing.right[arc]
    called = plan.codes or tuple(map(str, range(len(plan))))
    codes = np.array([*called, None], dtype=object)
    rank = np.append(np.argsort(np.argsort(called)), len(called))  # the outside comes last
    turned = rank[left] > rank[right]
    left, right = np.where(turned, right, left), np.where(turned, left, right)
    shapes = np.where(turned, shapely.reverse(shapes), shapes)
    table = {
        "left_ea": codes[left],
        "right_ea": codes[right],
        "follows": np.where(right < 0, "district", follows[what]),
        "feature_name": names[what],
        "length_m": shapely.length(shapes),
        "district_code": np.full(shapes.size, plan.fabric.district.id, dtype=object),
        "geometry": shapes,
    }
    order = in_order(table["left_ea"], table["right_ea"], shapes)
    columns = {name: column[order] for name, column in table.items()}
    return tables.conform(columns, "ea_lines", plan.fabric.district.crs)


def in_order(
    left: NDArray[np.object_], right: NDArray[np.object_], shapes: NDArray[np.object_]
) -> NDArray[np.int64]:
    """Order of lines by the codes beside them, then by the place where they begin."""
    start = shapely.get_coordinates(shapely.get_point(shapes, 0))
    after = shapely.get_coordinates(shapely.get_point(shapes, 1))
    codes = [[text if isinstance(text, str) else "" for text in column] for column in (left, right)]
    rank = {code: nth for nth, code in enumerate(sorted({*codes[0], *codes[1]}))}
    ranks = (np.array([rank[code] for code in each], dtype=np.int64) for each in codes)
    first, second = ranks
    return np.lexsort((*after.T[::-1], *start.T[::-1], second, first))


def _strings(
    drawing: Drawing,
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.int64]]:
    """LineString, arc and code of every stretch of an arc that follows one thing."""
    arc, what = drawing.arc, drawing.says
    begin = np.flatnonzero(arc[1:] == arc[:-1])  # a stroke begins here
    fresh = np.append(True, (np.diff(arc[begin]) != 0) | (np.diff(what[begin]) != 0))
    string = np.cumsum(fresh) - 1
    head = begin[fresh]
    ends = begin[np.append(fresh[1:], True)] + 1
    index = np.concatenate([string, np.arange(head.size)])
    at = np.concatenate([begin, ends])
    order = np.lexsort((at, index))
    shapes = shapely.linestrings(drawing.xy[drawing.path[at[order]]], indices=index[order])
    return np.asarray(shapes, dtype=object), arc[head], what[head]
