"""District lines seen from both sides: which EA of the neighbouring district lies across.

Neighbouring districts lie on the same line but set their own vertices on it, so pieces are paired by
position, never by vertex.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis import tables
from census_gis.areas.lines import in_order

__all__ = ["seam"]

NEAR_M = 0.05  # two districts' lines closer than this are one line (noding tolerance of the fabric)
LEAST_M = 0.05  # shorter stretches are rounding at a corner


def seam(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Fill the code across every district line; a line is split where the EA across changes.

    Parameters
    ----------
    lines : GeoDataFrame
        Tables `ea_lines` of all districts together, with their column `district_code`. Codes across
        that were filled before are found anew.

    Returns
    -------
    GeoDataFrame
        The same lines; those with follows 'district' have `right_ea` where a district of the project
        lies across, and null where none does. Ordered by codes, then position.
    """
    outer = (lines["follows"] == "district").to_numpy()
    if not outer.any():
        return lines
    table = lines[outer].assign(right_ea=None).reset_index(drop=True)
    line, start, end = _segments(table.geometry.to_numpy())
    met = _overlaps(line, start, end, table["district_code"].to_numpy(object))
    pieces = _pieces(met, np.hypot(*(end - start).T))
    left = table["left_ea"].to_numpy(object)
    shapes, rows, codes = _joined(pieces, left, line, (start, end))
    parts = table.iloc[rows].assign(right_ea=codes, length_m=shapely.length(shapes))
    parts["geometry"] = shapes
    both = pd.DataFrame(pd.concat([lines[~outer], parts], ignore_index=True))
    names = ("left_ea", "right_ea", "geometry")
    order = in_order(*(both[name].to_numpy(object) for name in names))
    return tables.conform(both.iloc[order], "ea_lines", lines.crs)


def _segments(
    shapes: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Line, start and end of every segment, in order along each line."""
    xy, line = shapely.get_coordinates(shapes, return_index=True)
    same = line[1:] == line[:-1]
    return line[:-1][same], xy[:-1][same], xy[1:][same]


def _overlaps(
    line: NDArray[np.int64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    district: NDArray[np.object_],
) -> pd.DataFrame:
    """Stretches of segments (share `lo` to `hi`) that lie on a line of another district (`other`)."""
    segments = shapely.linestrings(np.stack([start, end], axis=1))
    i, j = shapely.STRtree(segments).query(segments, predicate="dwithin", distance=NEAR_M)
    strange = district[line[i]] != district[line[j]]
    i, j = i[strange], j[strange]
    way = end[i] - start[i]
    length = np.hypot(*way.T)
    unit = way / np.maximum(length, 1e-12)[:, None]
    along = [((at[j] - start[i]) * unit).sum(axis=1) for at in (start, end)]
    beside = [
        unit[:, 0] * (at[j] - start[i])[:, 1] - unit[:, 1] * (at[j] - start[i])[:, 0]
        for at in (start, end)
    ]
    lo = np.clip(np.minimum(*along), 0, length)
    hi = np.clip(np.maximum(*along), 0, length)
    slope = (beside[1] - beside[0]) / np.where(along[1] == along[0], 1, along[1] - along[0])
    off = [np.abs(beside[0] + slope * (at - along[0])) for at in (lo, hi)]
    ok = (hi - lo > 1e-3) & (np.maximum(*off) <= NEAR_M)
    met = pd.DataFrame({"segment": i, "lo": lo, "hi": hi, "other": line[j]})[ok]
    return met.sort_values(["segment", "lo", "hi", "other"], kind="stable")


def _pieces(met: pd.DataFrame, length: NDArray[np.float64]) -> pd.DataFrame:
    """Every segment cut into stretches in order, each with the line across or -1."""
    before = met.groupby("segment")["hi"].cummax().groupby(met["segment"]).shift(fill_value=0.0)
    whole = length[met["segment"].to_numpy()]
    low = np.maximum(met["lo"].to_numpy(), before.to_numpy())
    low = np.where(low - before < LEAST_M, before, low)
    high = np.where(whole - met["hi"] < LEAST_M, whole, met["hi"])
    found = met.assign(lo=low, hi=high)
    gaps = found.assign(lo=before, hi=low, other=-1)
    reached = pd.Series(0.0, index=range(length.size))
    reached.update(found.groupby("segment")["hi"].max())
    rest = pd.DataFrame(
        {"segment": reached.index, "lo": reached.to_numpy(), "hi": length, "other": -1}
    )
    every = pd.concat([found, gaps, rest], ignore_index=True)
    every = every[every["hi"] > every["lo"]]
    return every.sort_values(["segment", "lo"], kind="stable").reset_index(drop=True)


def _joined(
    pieces: pd.DataFrame,
    codes: NDArray[np.object_],
    line: NDArray[np.int64],
    ends: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.object_]]:
    """Stretches joined along each line while the code across stays: shapes, lines, codes."""
    start, end = ends
    at = pieces["segment"].to_numpy(np.int64)
    across = np.array([*codes, None], dtype=object)[pieces["other"].to_numpy(np.int64)]
    said = np.array([str(code or "") for code in across])
    fresh = np.append(True, (line[at][1:] != line[at][:-1]) | (said[1:] != said[:-1]))
    way = end[at] - start[at]
    length = np.hypot(*way.T)
    lo, hi = pieces["lo"].to_numpy(), pieces["hi"].to_numpy()
    share = np.stack([lo, hi], axis=1) / np.maximum(length, 1e-12)[:, None]
    first = np.where((lo == 0)[:, None], start[at], start[at] + share[:, :1] * way)
    last = np.where((hi == length)[:, None], end[at], start[at] + share[:, 1:] * way)
    group = np.cumsum(fresh) - 1
    corner = fresh | (lo == 0)  # points set only by a change that was none are left out
    closing = np.append(fresh[1:], True)
    xy = np.concatenate([first[corner], last[closing]])
    index = np.concatenate([group[corner], group[closing]])
    order = np.argsort(index, kind="stable")
    shapes = np.asarray(shapely.linestrings(xy[order], indices=index[order]), dtype=object)
    return shapes, line[at][fresh], across[fresh]
