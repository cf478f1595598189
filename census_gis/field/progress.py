"""How far the field work is, who lags, and when it will be done: from the state of each EA."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.field.events import fold
from census_gis.profile import Profile

__all__ = ["BEHIND", "SILENT_DAYS", "daily", "expected_of", "progress_of", "summed"]

SHRINKAGE_DAYS = (
    2.0  # assumption: an EA's own pace counts like its district's after two days of reports
)
BEHIND = 0.2  # assumption: share of the work that an EA may lack against the days gone
LONGEST_DAYS = 3650  # a forecast beyond is none
SILENT_DAYS = 3  # assumption: days without a report from which an unfinished EA is looked after


def expected_of(areas: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Households each EA is expected to have: as planned, else persons by the size of a household.

    Parameters
    ----------
    areas
        Layer `enumeration_areas`.
    profile
        Rule `population.persons_per_household`.
    """
    size = float(profile["population.persons_per_household"])
    guess = np.ceil(areas["persons"].to_numpy(float) / size)
    known = areas["households"].astype("Float64").to_numpy(float, na_value=np.nan)
    expected = np.where(np.isnan(known), guess, known).astype(np.int64)
    return pd.DataFrame({"ea_code": areas["ea_code"].to_numpy(object), "expected": expected})


def progress_of(
    state: pd.DataFrame, areas: pd.DataFrame, *, day: str, stage: tuple[str, str] = ("", "")
) -> pd.DataFrame:
    """Each EA: share done, pace, forecast, and whether it lags.

    Parameters
    ----------
    state
        As `census_gis.field.events.fold` makes it.
    areas
        Layer `enumeration_areas`: ea_code, district_code, enumerator, supervisor.
    day
        Of the report, ISO 8601.
    stage
        First and last day of the stage, '' where not known.

    Returns
    -------
    DataFrame
        Columns of `state`, district_code, enumerator, supervisor, share (of households done), status (`none`, `begun`,
        `finished`), pace (households a day, NaN where nobody has reported), forecast (day, None without a pace), silent
        (days since the last report), behind (share lacking against the days gone), lags.

    Notes
    -----
    Pace is the EA's own drawn towards its district's: (done + k * pace of the district) / (days + k), k = `SHRINKAGE_DAYS`.
    """
    names = ["ea_code", "district_code", "enumerator", "supervisor"]
    table = state.merge(areas[names], on="ea_code", how="left", validate="one_to_one")
    today = date.fromisoformat(day)
    days = np.array(
        [_days(first, last) for first, last in zip(table["first"], table["last"], strict=True)]
    )
    share = np.where(table["total"] > 0, table["done"] / np.maximum(table["total"], 1), 1.0)
    begun = table["first"].notna().to_numpy(bool)
    finished = (table["remaining"] == 0).to_numpy(bool) & (
        begun | (table["total"] == 0).to_numpy(bool)
    )
    pace = _pace(table, days)
    silent = np.array(
        [-1 if pd.isna(last) else (today - date.fromisoformat(last)).days for last in table["last"]]
    )
    gone = _gone(today, stage, share[begun])
    behind = np.where(finished, 0.0, np.maximum(gone - share, 0.0))
    waited = _waited(today, stage)
    quiet = ~finished & np.where(begun, silent >= SILENT_DAYS, waited >= SILENT_DAYS)
    return table.assign(
        share=share, status=np.where(finished, "finished", np.where(begun, "begun", "none")), pace=pace,
        forecast=[_date(row, today, done) for row, done in zip(_ends(table, pace), finished, strict=True)],
        silent=silent, behind=behind, lags=(behind > BEHIND) | quiet,
    )  # fmt: skip


def _days(first: object, last: object) -> int:
    """Days of work between two reports, both counted; 0 without."""
    if pd.isna(first) or pd.isna(last):
        return 0
    return (date.fromisoformat(str(last)) - date.fromisoformat(str(first))).days + 1


def _pace(table: pd.DataFrame, days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Households a day of each EA."""
    sums = pd.DataFrame({"code": table["district_code"], "done": table["done"], "days": days})
    by = sums.groupby("code")[["done", "days"]].sum()
    all_days = int(days.sum())
    whole = table["done"].sum() / all_days if all_days else np.nan
    mean = (by["done"] / by["days"].where(by["days"] > 0)).fillna(whole)
    district = table["district_code"].map(mean).to_numpy(float)
    return (table["done"].to_numpy(float) + SHRINKAGE_DAYS * district) / (days + SHRINKAGE_DAYS)


def _ends(table: pd.DataFrame, pace: NDArray[np.float64]) -> NDArray[np.float64]:
    """Days that each EA still takes; NaN where nobody has a pace."""
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.ceil(table["remaining"].to_numpy(float) / pace)
    return np.where(np.isfinite(left), left, np.nan)


def _date(left: float, today: date, finished: bool) -> str | None:
    if finished:
        return today.isoformat()
    if np.isnan(left) or left > LONGEST_DAYS:
        return None
    return (today + timedelta(days=int(left))).isoformat()


def _gone(today: date, stage: tuple[str, str], shares: NDArray[np.float64]) -> float:
    """Share of a stage's days that are over; without dates the middle share of the EAs that have begun."""
    if not all(stage):
        return float(np.median(shares)) if len(shares) else 0.0
    first, last = (date.fromisoformat(text) for text in stage)
    whole = (last - first).days + 1
    return min(max(((today - first).days + 1) / max(whole, 1), 0.0), 1.0)


def _waited(today: date, stage: tuple[str, str]) -> int:
    """Days since the stage began, 0 where that is not known."""
    return (today - date.fromisoformat(stage[0])).days if stage[0] else 0


def summed(progress: pd.DataFrame, by: str) -> pd.DataFrame:
    """Progress by district or crew: EAs, finished, begun, households done and left, share, lagging EAs, forecast.

    Parameters
    ----------
    progress
        As `progress_of` makes it.
    by
        `district_code` or `supervisor`; EAs without one are summed under ''. '' sums all.

    Returns
    -------
    DataFrame
        Ordered by `by`. `forecast` is the day when the last EA is done, None where one has no forecast.
    """
    key = progress[by].astype(object).fillna("") if by else pd.Series("", index=progress.index)
    rows = []
    for name, mine in progress.groupby(key, sort=True):
        total = int(mine["total"].sum())
        dates = mine["forecast"]
        rows.append({
            by or "all": name, "eas": len(mine), "finished": int((mine["status"] == "finished").sum()),
            "begun": int((mine["status"] == "begun").sum()), "none": int((mine["status"] == "none").sum()),
            "done": int(mine["done"].sum()), "remaining": int(mine["remaining"].sum()), "total": total,
            "share": float(mine["done"].sum() / total) if total else 1.0, "lagging": int(mine["lags"].sum()),
            "forecast": None if dates.isna().any() else dates.max(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def daily(events: pd.DataFrame, areas: pd.DataFrame, *, stage: str, day: str) -> pd.DataFrame:
    """Households done by the end of each day with reports: day, done; in order."""
    days = sorted(
        {text[:10] for text in events.loc[events["stage"] == stage, "time"] if text[:10] <= day}
    )
    rows = [(one, int(fold(events, areas, stage=stage, day=one)["done"].sum())) for one in days]
    return pd.DataFrame(rows, columns=["day", "done"])
