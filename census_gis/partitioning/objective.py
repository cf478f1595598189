"""What a good plan is, in one currency: decimetres of EA line across open ground.

An EA line should follow what people can see, the EAs should be inside the band, near the target and
compact. All of it is added up as the length of line one would accept to get rid of it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.network import Bands, Net

__all__ = [
    "BREACH", "CAP_M", "CROWD", "LAND", "OPEN_DM", "ROAD", "STAIR_DM", "WALL",
    "cut_cost", "cut_of", "energy", "strain", "unit_of",
]  # fmt: skip

# Longest border of two atoms that still counts [m]: a field's rim must not outweigh a street of houses
# (partition.md, section 1, measured with 200 m; empty atoms of the fabric are larger than Voronoi cells).
CAP_M = 250.0
# A metre of line along a road, railway or water, of one along a parcel or compound, against 1 in the open
# (partition.md, section 1: 0.2; the parcel's share is a product judgement: seen on imagery, less so on foot).
ROAD = 0.2
LAND = 0.6
# Added for each metre of party wall: a line between two houses that touch cannot be walked (product judgement).
WALL = 0.3
# Cutting a stair leaves an EA without ground of its own: as much as 50 m of line (product judgement).
STAIR_DM = 500
# An edge without length, such as a bridge that links two banks [dm] (product judgement).
OPEN_DM = 100

# In mean edge costs of the district: an EA outside the band, and its slope for each target's worth of persons
# beyond it (partition.md, section 4, prototype: 40, slope 10; slope 3 leaves fewer EAs outside among towers);
# deviation inside the band; a large building that takes in others, which it may only do when they fit nowhere
# else (contract 3.2), so well below a breach.
BREACH = 40.0
SLOPE = 3.0
DEVIATION = 1.0
GUESTS = 10.0
# More guests than may be: out of the question, at any number of breaches elsewhere that could be met by one move.
CROWD = 1000.0


def cut_cost(edges: pd.DataFrame) -> NDArray[np.int64]:
    """Cost of cutting each edge of a fabric.

    Parameters
    ----------
    edges : DataFrame
        `border_m` and of it `road_m`, `rail_m`, `water_m`, `land_m`, `other_m`, `wall_m` [m], and `stair`.

    Returns
    -------
    int64, shape (m,)
        Decimetres, at least 1.
    """
    metres = {
        name: edges[f"{name}_m"].to_numpy(np.float64)
        for name in ("border", "road", "rail", "water", "land", "other", "wall")
    }
    border = metres["border"]
    seen = np.minimum(border, metres["road"] + metres["rail"] + metres["water"])
    parcel = np.minimum(border - seen, metres["land"] + metres["other"])
    wall = np.minimum(border, metres["wall"])
    weighed = border - seen - parcel + ROAD * seen + LAND * parcel + WALL * wall
    share = np.minimum(border, CAP_M) / np.maximum(border, 1e-9)
    cost = np.rint(weighed * share * 10)
    cost = np.where(border > 0, cost, OPEN_DM)
    cost = np.where(edges["stair"].to_numpy(bool), STAIR_DM, cost)
    return np.maximum(cost, 1).astype(np.int64)


def unit_of(net: Net) -> float:
    """Mean cost of an edge [dm]: what the weights of this module are multiples of."""
    return float(np.mean(net.cost)) if len(net.cost) else 1.0


@njit(cache=True)
def strain(persons: float, area: int, bands: Bands) -> float:
    """How unwelcome that many persons are in an area, in mean edge costs."""
    target = bands.target[area]
    off = (persons - target) / target
    pain = DEVIATION * off * off
    if bands.extra[area] and persons > target:
        pain += GUESTS * (1.0 + off)
    if bands.extra[area] and persons > bands.high[area]:
        pain += CROWD * (1.0 + off)
    elif persons > bands.high[area]:
        pain += BREACH + BREACH * SLOPE * (persons - bands.high[area]) / target
    elif persons < bands.low[area]:
        pain += BREACH + BREACH * SLOPE * (bands.low[area] - persons) / target
    return pain


@njit(cache=True)
def cut_of(net: Net, label: NDArray[np.int32]) -> int:
    """Cost of all edges between areas [dm]."""
    twice = 0
    for v in range(len(label)):
        for q in range(net.start[v], net.start[v + 1]):
            if label[net.to[q]] != label[v]:
                twice += net.cost[q]
    return twice // 2


@njit(cache=True)
def energy(net: Net, label: NDArray[np.int32], bands: Bands, unit: float) -> float:
    """Cost of a plan with its strains [dm]; lower is better."""
    k = len(bands.low)
    total = np.zeros(k, np.int64)
    for v in range(len(label)):
        total[label[v]] += net.persons[v]
    pain = 0.0
    for area in range(k):
        pain += strain(total[area], area, bands)
    return cut_of(net, label) + unit * pain
