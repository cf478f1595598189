"""The work of every EA of a plan: rounds, minutes and the order of visits, district by district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from census_gis.field.minutes import minutes_of
from census_gis.field.walking import walks_of
from census_gis.profile import Profile

__all__ = ["AROUND_M", "LAYERS", "Work", "district_work", "work_of"]

# Layers of a plan that are needed, and how far around a district its streets are [m].
LAYERS = (
    "districts", "enumeration_areas", "dwelling_parts", "context_lines", "context_areas", "settings",
)  # fmt: skip
AROUND_M = 200.0


@dataclass(frozen=True)
class Work:
    """Work of EAs.

    Attributes
    ----------
    areas : DataFrame indexed by ea_code, ordered
        `walk_m` and `access_m` [m, NaN without doors], `by` (see `Tour`), and the columns of
        `census_gis.field.minutes.minutes_of` [min].
    visits : Series indexed by part_id
        Place of each dwelling part in the round of its EA, from 1.
    """

    areas: pd.DataFrame
    visits: pd.Series


def work_of(
    tables: Mapping[str, pd.DataFrame], profile: Profile, *, seed: int,
    factors: pd.DataFrame | None = None,
) -> Work:  # fmt: skip
    """Work of all EAs of a plan.

    Parameters
    ----------
    tables
        The plan's layers `enumeration_areas`, `dwelling_parts`, `context_lines`, `context_areas`.
    profile
        Rules `work.*`.
    seed
        Of the plan.
    factors
        What a pilot says (`census_gis.field.work_pilot`).
    """
    areas, parts = tables["enumeration_areas"], tables["dwelling_parts"]
    done = []
    rows = {name: _rows(tables[name]) for name in ("enumeration_areas", "dwelling_parts")}
    for code in sorted(areas["district_code"].unique()):
        mine = areas.iloc[rows["enumeration_areas"][code]]
        own = parts.iloc[rows["dwelling_parts"].get(code, np.empty(0, dtype=np.int64))]
        near = {name: _near(tables[name], mine, own) for name in ("context_lines", "context_areas")}
        held = {"enumeration_areas": mine, "dwelling_parts": own, **near}
        done.append(district_work(held, profile, seed=seed, factors=factors))
    if not done:
        return district_work(tables, profile, seed=seed, factors=factors)
    return Work(
        pd.concat([work.areas for work in done]).sort_index(),
        pd.concat([work.visits for work in done]).sort_index(),
    )


def district_work(
    tables: Mapping[str, pd.DataFrame], profile: Profile, *, seed: int,
    factors: pd.DataFrame | None = None,
) -> Work:  # fmt: skip
    """Work of the EAs of one district, from its rows alone and the lines around it: fit for any process."""
    areas, parts = tables["enumeration_areas"], tables["dwelling_parts"]
    walks = walks_of(tables, areas["ea_code"].to_numpy(object), profile=profile, seed=seed)
    minutes = minutes_of(
        areas, parts, walks.areas, profile=profile, seed=seed, factors=factors
    )  # fmt: skip
    return Work(walks.areas.join(minutes), walks.visits)


def _rows(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Row numbers of each district."""
    return frame.reset_index(drop=True).groupby("district_code").indices


def _near(frame: pd.DataFrame, areas: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Rows that reach into the neighbourhood of a district."""
    boxes = [some.total_bounds for some in (areas, parts) if len(some)]
    bounds = np.array(boxes).reshape(-1, 4)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return frame.iloc[:0]
    left, bottom = bounds[:, :2].min(axis=0) - AROUND_M
    right, top = bounds[:, 2:].max(axis=0) + AROUND_M
    return frame.cx[left:right, bottom:top]
