"""What a pilot says: how many times as long each part of the work takes as the rules have it.

Hours of a pilot's EAs are fitted by non-negative least squares to the five parts, for each kind of place by
itself. The rules weigh in as `work.pilot_weight` EAs that took exactly what the rules say, so a pilot of two EAs
moves them a little and one of fifty settles them; without a pilot nothing changes. Hours are of whole EAs: where the
parts rise and fall together they tell the total and not the parts. Then the parts are drawn to one common multiple, the
more the less the hours fit (a prior of normal multiples about the common one, ridge regression).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from census_gis.errors import InputError
from census_gis.field.doors import numbers_of
from census_gis.field.headings import called, texts_of
from census_gis.field.minutes import PARTS
from census_gis.inputs.open import open_rows
from census_gis.inputs.privacy import refuse_identity
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = [
    "KEY",
    "STRATA",
    "Fitted",
    "factors_of",
    "fitted",
    "read_pilot",
    "settings_of",
    "strata_of",
]

STRATA = ("tower", "low", "village")  # houses with lifts; lower ones; thinly settled land
KEY = "pilot."  # keys of a plan's settings: pilot.STRATUM.PART
PRIOR = 0.3  # assumption: parts differ by 30 % (standard deviation) from the common multiple, before hours are known
LEAST_NOISE = 0.01  # assumption: hours are not noted better than to one hundredth
TOLD = 0.5  # share of what is known of a part that must come from the hours, for the part to count as told by them
MOST_CONDITION = 1e6  # of parts that cannot be told apart at all
ALIASES: Mapping[str, tuple[str, ...]] = {
    "ea_code": ("ea_code", "ea", "小区代码", "普查小区代码", "普查小区"),
    "person": ("person", "staff_id", "enumerator", "人员编号", "普查员编号", "普查员"),
    "hours": ("hours", "工时", "小时", "小时数", "用时", "工作小时"),
}  # fmt: skip


@dataclass(frozen=True)
class Fitted:
    """A pilot's answer.

    Attributes
    ----------
    table : DataFrame indexed by stratum
        Multiples of the five parts; `common`, the one multiple of all; `untold`, names of parts that hours do not tell by
        themselves, separated by spaces; `condition`, condition number of the parts (columns of unit length, at most 1e6; 30
        is much: Belsley, Kuh and Welsch, Regression Diagnostics, 1980); `eas` (pilot EAs), `before` and `error`: root mean
        square of what the rules alone, and with the multiples, leave over [min].
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
    pilot: pd.DataFrame, minutes: pd.DataFrame, strata: pd.Series, *, profile: Profile,
    where: str = "pilot",
) -> Fitted:  # fmt: skip
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
    where
        Name of the file, for errors.

    Raises
    ------
    InputError
        If an EA is not in the plan, or hours are missing, not positive or no number.
    """
    spent = _spent(pilot, minutes.index, where) * 60
    rows = []
    for stratum in STRATA:
        mine = spent.index[strata.reindex(spent.index) == stratum]
        measured = minutes.loc[mine, list(PARTS)].to_numpy(np.float64)
        worked = spent[mine].to_numpy(np.float64)
        scale, common, told = _multiples(measured, worked, float(profile["work.pilot_weight"]))
        before, after = (_left(made - worked) for made in (measured.sum(axis=1), measured @ scale))
        untold = " ".join(part for part, share in zip(PARTS, told, strict=True) if share < TOLD)
        rows.append(
            (stratum, *scale, common, untold, _condition(measured), len(mine), before, after)
        )
    columns = ["stratum", *PARTS, "common", "untold", "condition", "eas", "before", "error"]
    table = pd.DataFrame(rows, columns=columns).set_index("stratum")
    return Fitted(table, factors_of(table, strata.reindex(minutes.index)))


def factors_of(table: pd.DataFrame, strata: pd.Series) -> pd.DataFrame:
    """Multiples of the five parts for every EA, indexed as `strata`; 1 where its kind of place has none."""
    known = table[list(PARTS)].reindex(strata.to_numpy(object)).fillna(1.0)
    return known.set_index(strata.index).astype(np.float64)


def read_pilot(file: Path) -> pd.DataFrame:
    """Hours of a pilot from CSV or XLSX: columns ea_code, hours and, where known, person, in either language.

    Raises
    ------
    InputError
        If the file cannot be used, has no rows, lacks a column, or holds identity data.
    """
    frame = open_rows(Source(file)).frame.drop(columns="_row")
    refuse_identity(frame, where=file.name, audience="people")
    lost = [name for name in ("ea_code", "hours") if name not in called(frame.columns, ALIASES)]
    if lost or not len(frame):
        what = Text(f"columns are missing: {', '.join(lost)}.", f"缺少字段：{'、'.join(lost)}。") if lost else \
            Text("has no rows.", "没有数据行。")  # fmt: skip
        raise InputError(
            what, where=file.name,
            fix=Text("give a row for each person and EA of the pilot: ea_code, person, hours.",
                     "请为试点中每人每小区填写一行：ea_code（小区代码）、person（人员编号）、hours（工时）。"),
        )  # fmt: skip
    return texts_of(frame, ALIASES)


def settings_of(made: Fitted, file: str) -> pd.DataFrame:
    """Rows of layer `settings` that keep the multiples with the plan."""
    rows = []
    for stratum, row in made.table[made.table["eas"] > 0].iterrows():
        source = f"{file}: {row['eas']:.0f} EAs; {row['before']:.1f} min left over before, {row['error']:.1f} after"
        if row["untold"]:
            source += f"; all parts x{row['common']:.2f}, by themselves not told: {row['untold']}"
        rows += [(f"{KEY}{stratum}.{part}", f"{row[part]:.4f}", "x", source) for part in PARTS]
    return pd.DataFrame(rows, columns=["key", "value", "unit", "source"])


def _multiples(
    parts: NDArray[np.float64], spent: NDArray[np.float64], weight: float
) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Non-negative multiples of columns, the one multiple of all, and how much of each column is told by the hours (0-1).

    `weight` EAs hold the total to the rules; the parts are held to the common multiple, the more the less that one alone
    explains the hours.
    """
    n_parts = parts.shape[1]
    if not len(spent):
        return np.ones(n_parts), 1.0, np.zeros(n_parts)
    total, mean = parts.sum(axis=1), parts.mean(axis=0)
    size = float(mean.sum())
    pull = weight * size**2
    common = float((total @ spent + pull) / (total @ total + pull))
    noise = max(_left(common * total - spent), LEAST_NOISE * size)
    near = np.eye(n_parts) * max(noise, 1e-9) / PRIOR
    rows = np.vstack([parts, np.sqrt(weight) * mean, near])
    wanted = np.concatenate([spent, [np.sqrt(weight) * size], near.sum(axis=1) * common])
    scale, _ = nnls(rows, wanted)
    known = np.linalg.inv(rows.T @ rows)
    return scale, common, 1 - np.diag(known) * np.diag(near) ** 2


def _condition(parts: NDArray[np.float64]) -> float:
    """Condition number of columns of unit length; parts that are never there are left out."""
    length = np.sqrt((parts**2).sum(axis=0))
    told = parts[:, length > 0] / length[length > 0]
    if not told.size:
        return float("nan")
    if len(told) < told.shape[1]:
        return MOST_CONDITION
    values = np.linalg.svd(told, compute_uv=False)
    return float(values[0] / max(values[-1], values[0] / MOST_CONDITION))


def _left(minutes: NDArray[np.float64]) -> float:
    """Root mean square, nan of nothing."""
    return float(np.sqrt(np.mean(minutes**2))) if len(minutes) else float("nan")


def _spent(pilot: pd.DataFrame, known: pd.Index, where: str) -> pd.Series:
    """Hours of each pilot EA, ordered by code."""
    codes = pilot["ea_code"].astype(object).where(pilot["ea_code"].notna(), "").astype(str)
    if len(strange := sorted(set(codes) - set(known))):
        raise InputError(
            Text(f"{len(strange)} EAs of the pilot are not in the plan.", f"试点表中有 {len(strange)} 个普查小区不在方案中。"),
            where=where, rows=strange,
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
            where=where, rows=(bad + 1).tolist(),
            fix=Text("fill in the hours worked.", "请填写实际工时。"),
        )  # fmt: skip
    order = np.lexsort((hours, codes.to_numpy(str)))
    return pd.Series(hours[order], index=codes.to_numpy(object)[order]).groupby(level=0).sum()
