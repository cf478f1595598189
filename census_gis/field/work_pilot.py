"""What a pilot says: how many times as long each part of the work takes as the rules have it.

Hours of a pilot's EAs are fitted by non-negative least squares to the five parts, for each kind of place by
itself. The rules weigh in as `work.pilot_weight` EAs that took exactly what the rules say in each part, so
a pilot of two EAs moves them a little and one of fifty settles them; without a pilot nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from census_gis.errors import InputError
from census_gis.field.doors import numbers_of
from census_gis.field.minutes import PARTS
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["STRATA", "Fitted", "fitted", "strata_of"]

STRATA = ("tower", "low", "village")  # houses with lifts; lower ones; thinly settled land


@dataclass(frozen=True)
class Fitted:
    """A pilot's answer.

    Attributes
    ----------
    table : DataFrame indexed by stratum
        Multiples of the five parts, `eas` (pilot EAs) and `error` (root mean square of what is left [min]).
    factors : DataFrame indexed by ea_code
        Multiples of the five parts for every EA, for `minutes_of`.
    """

    table: pd.DataFrame
    factors: pd.DataFrame


def strata_of(areas: pd.DataFrame, parts: pd.DataFrame, profile: Profile) -> pd.Series:
    """Kind of place of each EA, indexed by ea_code: by persons living under lifts, then by density."""
    floors = numbers_of(parts, "floors", 1)
    persons = parts["persons"].to_numpy(np.int64)
    lifted = np.where(floors >= profile["work.lift_from"], persons, 0)
    under = pd.Series(lifted).groupby(parts["ea_code"].to_numpy(object)).sum()
    table = areas.set_index("ea_code").sort_index()
    tower = 2 * table.index.map(under).fillna(0).to_numpy() > table["persons"].to_numpy()
    hectares = numbers_of(table, "area_m2", 0) / 1e4
    thin = table["persons"].to_numpy(np.float64) < profile["work.village_density"] * hectares
    kinds = np.select([tower, thin], ["tower", "village"], "low")
    return pd.Series(kinds.astype(object), index=table.index, name="stratum")


def fitted(
    pilot: pd.DataFrame, minutes: pd.DataFrame, strata: pd.Series, *, profile: Profile
) -> Fitted:
    """Multiples that bring the parts nearest to a pilot's hours.

    Parameters
    ----------
    pilot
        Columns ea_code, person, hours [h, > 0]; several people in one EA are added up.
    minutes
        Of the EAs by the rules alone (`census_gis.field.minutes.minutes_of`).
    strata
        Kind of place of each EA (`strata_of`).
    profile
        Rule `work.pilot_weight`.

    Raises
    ------
    InputError
        If an EA is not in the plan, or hours are missing, not positive or no number.
    """
    spent = _spent(pilot, minutes.index) * 60
    rows, factors = [], pd.DataFrame(1.0, index=minutes.index, columns=list(PARTS))
    for stratum in STRATA:
        mine = spent.index[strata.reindex(spent.index) == stratum]
        measured = minutes.loc[mine, list(PARTS)].to_numpy(np.float64)
        scale, error = _multiples(measured, spent[mine].to_numpy(), profile["work.pilot_weight"])
        factors.loc[strata.index[strata == stratum], list(PARTS)] = scale
        rows.append((stratum, *scale, len(mine), error))
    table = pd.DataFrame(rows, columns=["stratum", *PARTS, "eas", "error"]).set_index("stratum")
    return Fitted(table, factors)


def _multiples(
    parts: NDArray[np.float64], spent: NDArray[np.float64], weight: float
) -> tuple[NDArray[np.float64], float]:
    """Non-negative multiples of columns, held near 1 by `weight` rows of the columns' mean size."""
    if not len(spent):
        return np.ones(parts.shape[1]), float("nan")
    hold = np.diag(np.sqrt(weight) * np.maximum(parts.mean(axis=0), 1e-9))
    scale, _ = nnls(np.vstack([parts, hold]), np.concatenate([spent, hold.sum(axis=1)]))
    left = parts @ scale - spent
    return scale, float(np.sqrt(np.mean(left**2)))


def _spent(pilot: pd.DataFrame, known: pd.Index) -> pd.Series:
    """Hours of each pilot EA, ordered by code."""
    codes = pilot["ea_code"].astype(object).where(pilot["ea_code"].notna(), "").astype(str)
    if len(strange := sorted(set(codes) - set(known))):
        raise InputError(
            Text(f"{len(strange)} EAs of the pilot are not in the plan.", f"试点表中有 {len(strange)} 个普查小区不在方案中。"),
            where="pilot", rows=strange,
            fix=Text("use codes of layer enumeration_areas.", "请使用 enumeration_areas 图层中的代码。"),
        )  # fmt: skip
    hours = (
        pd.to_numeric(pilot["hours"], errors="coerce")
        .astype("Float64")
        .to_numpy(np.float64, na_value=np.nan)
    )
    if len(bad := np.flatnonzero(~(hours > 0) | ~np.isfinite(hours))):
        raise InputError(
            Text(f"{len(bad)} rows of the pilot have no hours above 0.", f"试点表有 {len(bad)} 行没有大于 0 的工时。"),
            where="pilot", rows=(bad + 1).tolist(),
            fix=Text("fill in the hours worked.", "请填写实际工时。"),
        )  # fmt: skip
    order = np.lexsort((hours, codes.to_numpy(str)))
    return pd.Series(hours[order], index=codes.to_numpy(object)[order]).groupby(level=0).sum()
