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
from census_gis.partitioning.terms import Weights, cut_terms, shipped_weights

__all__ = [
    "BREACH", "DM", "cut_cost", "energy", "pain_of", "second_strain", "strain", "unit_of",
]  # fmt: skip

DM = 10  # decimetres in a metre

# In mean edge costs of the district: an EA outside the band, and its slope for each target's worth of persons
# beyond it (partition.md, section 4, prototype: 40, slope 10; slope 3 leaves fewer EAs outside among towers);
# a large building that takes in others, which it may only do when they fit nowhere
# else (contract 3.2), so well below a breach.
BREACH = 40.0
SLOPE = 3.0
GUESTS = 10.0
# More guests than may be: out of the question, at any number of breaches elsewhere that could be met by one move.
CROWD = 1000.0
# The measure beside persons (households): outside its soft band for each target's worth beyond it, so that a whole
# band's width weighs less than a breach (product judgement); beyond its cap as a breach of the main band.
SOFT_SLOPE = 20.0


def cut_cost(edges: pd.DataFrame, weights: Weights | None = None) -> NDArray[np.int64]:
    """Cost of cutting each edge of a fabric: the sum of its terms.

    Parameters
    ----------
    edges : DataFrame
        As `census_gis.partitioning.terms.cut_terms` wants them.
    weights : Weights, optional
        Those of the shipped general profile by default.

    Returns
    -------
    int64, shape (m,)
        Decimetres, at least 1.
    """
    terms = cut_terms(edges, shipped_weights() if weights is None else weights)
    return np.maximum(np.rint(sum(terms.values()) * DM), 1).astype(np.int64)


def unit_of(net: Net) -> float:
    """Mean cost of an edge [dm]: what the weights of this module are multiples of."""
    return float(np.mean(net.cost)) if len(net.cost) else 1.0


@njit(cache=True, nogil=True)
def strain(persons: float, area: int, bands: Bands) -> float:
    """How unwelcome that many persons are in an area, in mean edge costs."""
    target = bands.target[area]
    off = (persons - target) / target
    pain = bands.deviation * off * off
    if bands.extra[area] and persons > target:
        pain += GUESTS * (1.0 + off)
    if bands.extra[area] and persons > bands.high[area]:
        pain += CROWD * (1.0 + off)
    elif persons > bands.high[area]:
        pain += BREACH + BREACH * SLOPE * (persons - bands.high[area]) / target
    elif persons < bands.low[area]:
        pain += BREACH + BREACH * SLOPE * (bands.low[area] - persons) / target
    return pain


@njit(cache=True, nogil=True)
def second_strain(amount: float, soft: NDArray[np.float64], deviation: float) -> float:
    """How unwelcome that much of the second measure is in an area, in mean edge costs.

    `soft` holds low, target, high and cap; `deviation` as in `Bands`.
    """
    low, target, high, cap = soft[0], soft[1], soft[2], soft[3]
    off = (amount - target) / target
    pain = deviation * off * off + SOFT_SLOPE * max(0.0, amount - high, low - amount) / target
    if amount > cap:
        pain += BREACH + BREACH * SLOPE * (amount - cap) / target
    return pain


@njit(cache=True, nogil=True)
def pain_of(
    persons: float, second: float, area: int, bands: Bands, soft: NDArray[np.float64]
) -> float:
    """How unwelcome both measures are in an area, in mean edge costs."""
    pain = strain(persons, area, bands)
    if soft[1] > 0:
        pain += second_strain(second, soft, bands.deviation)
    return pain


@njit(cache=True, nogil=True)
def _cut_of(net: Net, label: NDArray[np.int32]) -> int:
    """Cost of all edges between areas [dm]."""
    twice = 0
    for v in range(len(label)):
        for q in range(net.start[v], net.start[v + 1]):
            if label[net.to[q]] != label[v]:
                twice += net.cost[q]
    return twice // 2


@njit(cache=True, nogil=True)
def energy(net: Net, label: NDArray[np.int32], bands: Bands, unit: float) -> float:
    """Cost of a plan with its strains [dm]; lower is better."""
    k = len(bands.low)
    total, second = np.zeros(k, np.int64), np.zeros(k, np.int64)
    for v in range(len(label)):
        total[label[v]] += net.persons[v]
        second[label[v]] += net.second[v]
    pain = 0.0
    for area in range(k):
        pain += pain_of(total[area], second[area], area, bands, net.soft)
    return _cut_of(net, label) + unit * pain
