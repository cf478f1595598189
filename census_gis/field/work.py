"""The work of every EA of a plan: rounds, minutes and the order of visits, district by district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.field.minutes import minutes_of
from census_gis.field.walking import walks_of
from census_gis.profile import Profile

__all__ = ["AROUND_M", "Near", "Work", "work_of"]

AROUND_M = 200.0  # how far around a district a plan holds streets


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


class Near:
    """Lines and areas of a plan, to be asked for those around a district."""

    def __init__(self, layers: Mapping[str, pd.DataFrame]) -> None:
        self._layers = layers
        self._trees = {
            name: shapely.STRtree(frame.geometry.to_numpy()) for name, frame in layers.items()
        }

    def around(self, *held: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Rows of each layer that reach into the neighbourhood of some shapes, in their order."""
        bounds = np.array([frame.total_bounds for frame in held if len(frame)]).reshape(-1, 4)
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
        if not len(bounds):
            return {name: frame.iloc[:0] for name, frame in self._layers.items()}
        low, high = bounds[:, :2].min(axis=0) - AROUND_M, bounds[:, 2:].max(axis=0) + AROUND_M
        around = shapely.box(*low, *high)
        return {
            name: frame.iloc[np.sort(self._trees[name].query(around))]
            for name, frame in self._layers.items()
        }


def work_of(
    tables: Mapping[str, pd.DataFrame], profile: Profile, *, seed: int,
    factors: pd.DataFrame | None = None,
) -> Work:  # fmt: skip
    """Work of all EAs of a plan.

    Parameters
    ----------
    tables
        The plan's layers `enumeration_areas` (with a row at least), `dwelling_parts`, `context_lines`, `context_areas`.
    profile
        Rules `work.*`.
    seed
        Of the plan.
    factors
        What a pilot says (`census_gis.field.work_pilot`).
    """
    areas, parts = tables["enumeration_areas"], tables["dwelling_parts"]
    near = Near({name: tables[name] for name in ("context_lines", "context_areas")})
    of_areas, of_parts = _rows(areas), _rows(parts)
    none = np.empty(0, dtype=np.int64)
    done = []
    for code in sorted(of_areas):
        mine, own = areas.iloc[of_areas[code]], parts.iloc[of_parts.get(code, none)]
        held = {"dwelling_parts": own, **near.around(mine, own)}
        codes = mine["ea_code"].to_numpy(object)
        done.append(walks_of(held, codes, profile=profile, seed=seed))
    walked = pd.concat([walks.areas for walks in done]).sort_index()
    minutes = minutes_of(areas, parts, walked, profile=profile, seed=seed, factors=factors)
    visits = pd.concat([walks.visits for walks in done]).sort_index()
    return Work(walked.join(minutes), visits)


def _rows(frame: pd.DataFrame) -> dict[str, NDArray[np.int64]]:
    """Row numbers of each district."""
    rows = frame.reset_index(drop=True).groupby("district_code").indices
    return {str(code): np.asarray(row, dtype=np.int64) for code, row in rows.items()}
