"""The price of a line between two pieces of ground, in named terms: metres of line across open ground.

A line should run where people see it. What each kind of line is worth comes from the profile (`weights.*`),
so that the plan is made and measured by the same numbers.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.profile import WEIGHTS, Profile, load_profile

__all__ = ["Weights", "cut_terms", "shipped_weights", "weights_of"]

PREFIX = "weights."


class Weights(NamedTuple):
    """Weights of a profile, by key without `weights.` and with `_` for dots; units as `profile.WEIGHTS` says."""

    line_visible: float
    line_parcel: float
    line_wall: float
    line_longest: float
    line_stair: float
    line_gap: float
    line_compound: float
    deviation: float
    crossing: float
    effort: float
    building: float
    change: float


def weights_of(profile: Profile) -> Weights:
    """Weights of a profile; a plan made before there were any is measured by the shipped ones."""
    if not any(key in profile.rules for key in WEIGHTS):
        return shipped_weights()
    return Weights(**{_field(key): float(profile[key]) for key in WEIGHTS})


@cache
def shipped_weights() -> Weights:
    """Weights of the general profile the program comes with."""
    return weights_of(load_profile("un"))


def cut_terms(edges: pd.DataFrame, weights: Weights) -> dict[str, NDArray[np.float64]]:
    """What a cut through each edge of a fabric costs, term by term.

    Parameters
    ----------
    edges : DataFrame
        `border_m` and of it `road_m`, `rail_m`, `water_m`, `land_m`, `other_m`, `wall_m` [m]; `stair`;
        optionally `kept` (both ends in one compound or grid) and `barred` (a barrier without a crossing
        nearby lies between them).
    weights : Weights

    Returns
    -------
    dict of str to float64, shape (m,)
        Metres of line across open ground: `open`, `visible`, `parcel`, `wall`, `compound`, `stair`, `gap`, and
        `crossing`, which is below 0: a line on such a barrier is what is wanted. Their sum is the price of the cut.
    """
    border, seen, parcel, wall = _lengths(edges)
    stair = edges["stair"].to_numpy(bool)
    lined = (border > 0) & ~stair
    share = np.where(
        lined, np.minimum(border, weights.line_longest) / np.maximum(border, 1e-9), 0.0
    )
    inside = _flag(edges, "kept")
    return {
        "open": (border - seen - parcel) * share,
        "visible": weights.line_visible * seen * share,
        "parcel": weights.line_parcel * parcel * share,
        "wall": weights.line_wall * wall * share,
        "compound": weights.line_compound * np.where(inside, border, 0.0) * share,
        "stair": np.where(stair, weights.line_stair, 0.0),
        "gap": np.where(~lined & ~stair, weights.line_gap, 0.0),
        "crossing": np.where(_flag(edges, "barred"), -weights.crossing, 0.0),
    }


def _lengths(edges: pd.DataFrame) -> tuple[NDArray[np.float64], ...]:
    """Whole border of each edge, and of it on features people see, on parcels, and along party walls [m]."""
    border, road, rail, water, land, other, wall = (
        edges[f"{name}_m"].to_numpy(np.float64)
        for name in ("border", "road", "rail", "water", "land", "other", "wall")
    )
    seen = np.minimum(border, road + rail + water)
    return border, seen, np.minimum(border - seen, land + other), np.minimum(border, wall)


def _flag(edges: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """A column of marks; nothing is marked where the fabric has none."""
    return edges[name].to_numpy(bool) if name in edges else np.zeros(len(edges), bool)


def _field(key: str) -> str:
    return key.removeprefix(PREFIX).replace(".", "_")
