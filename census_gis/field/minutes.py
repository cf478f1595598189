"""Working time of an EA in five parts: interview, walking, callbacks, travel, fixed.

    interview   households x (listing + form, or check of those who reported themselves)
    walking     sweeps x (round / speed + stairs)
    callbacks   households x (expected visits - 1) x time of a further visit
    travel      days x 2 x way to the EA / speed; days follow from the other parts
    fixed       meetings and hand-over, and doors where nobody lives

Every number is a rule `work.*` with its source; most are assumptions until a pilot says better. The parts
stay apart, because people argue about parts. Low and high are the 0.2 and 0.8 quantiles over draws of what
differs most between places and people: the share met at a visit, and the pace.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.areas.laws import said
from census_gis.field.doors import numbers_of
from census_gis.profile import Profile

__all__ = ["PARTS", "attempts", "minutes_of", "stairs_of", "travel_minutes"]

PARTS = ("interview", "walking", "callbacks", "travel", "fixed")
DRAWS = 200
LOW, HIGH = 0.2, 0.8
LEAST_CONTACT = 0.05  # share met; below it nobody would be found in a lifetime
DWELT = ("residential", "mixed", "group_quarters")


def minutes_of(
    areas: pd.DataFrame, parts: pd.DataFrame, walks: pd.DataFrame, *, profile: Profile, seed: int,
    factors: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Minutes of EAs, by part and in all.

    Parameters
    ----------
    areas
        Rows of layer `enumeration_areas`.
    parts
        Rows of layer `dwelling_parts` of these EAs.
    walks
        `walk_m` and `access_m` indexed by ea_code (`census_gis.field.walking.Walks.areas`); missing and
        NaN ones count as 0 m.
    profile
        Rules `work.*`, `pay.long_form_share`, `population.persons_per_household`, `single_floors`.
    seed
        Of the draws.
    factors
        What a pilot says each part takes, as a multiple: columns of `PARTS`, indexed by ea_code.

    Returns
    -------
    DataFrame indexed by ea_code, ordered, float64 [min]
        The five `PARTS`, `stairs` (of walking), `minutes` (sum of the parts), `low` and `high`; and
        `days` and `way_m`. All are 0 of special areas with nobody to count.
    """
    ordered = areas.sort_values("ea_code", kind="stable")
    codes = pd.Index(ordered["ea_code"].astype(object), name="ea_code")
    walked = walks.reindex(codes)
    frame = pd.DataFrame(index=codes)
    homes = _households(ordered, profile)
    frame["interview"] = homes * _form(profile)
    frame["stairs"] = profile["work.sweeps"] * _summed(parts, stairs_of(parts, profile), codes)
    metres = walked["walk_m"].fillna(0).to_numpy(np.float64)
    frame["walking"] = (
        profile["work.sweeps"] * metres / profile["work.walk_ms"] / 60 + frame["stairs"]
    )
    further = float(attempts(np.float64(profile["work.contact"]), profile)) - 1
    frame["callbacks"] = homes * further * profile["work.callback_min"]
    shops = _summed(parts, ~parts["use"].isin(DWELT).to_numpy(bool), codes)
    frame["fixed"] = profile["work.fixed_min"] + shops * profile["work.other_door_min"]
    if factors is not None:
        scale = factors.reindex(codes)
        for part in ("interview", "walking", "callbacks", "fixed"):
            frame[part] *= scale[part].to_numpy(np.float64)
        frame["stairs"] *= scale["walking"].to_numpy(np.float64)
    counted = ~(said(ordered, "SPECIAL:") & (ordered["persons"] == 0).to_numpy(bool))
    frame = frame.mul(counted.astype(np.float64), axis=0)
    frame["way_m"] = np.where(counted, walked["access_m"].fillna(0).to_numpy(np.float64), 0.0)
    work = frame[["interview", "walking", "callbacks", "fixed"]].sum(axis=1)
    frame["days"] = np.ceil(work / profile["work.day_min"])
    once = travel_minutes(frame["way_m"].to_numpy(np.float64), profile)
    frame["travel"] = frame["days"] * once * (1.0 if factors is None else scale["travel"])
    frame["minutes"] = frame[list(PARTS)].sum(axis=1)
    frame["low"], frame["high"] = _between(frame, profile, seed)
    return frame[[*PARTS, "stairs", "minutes", "low", "high", "days", "way_m"]]


def attempts(contact: NDArray[np.float64] | np.float64, profile: Profile) -> NDArray[np.float64]:
    """Expected visits to a household: it is tried until met, at most `work.visits` times.

    Examples
    --------
    >>> from census_gis.profile import load_profile
    >>> float(round(attempts(np.float64(0.6), load_profile("un")), 2))
    1.56
    """
    tries = np.arange(int(profile["work.visits"]))
    return np.power.outer(1 - np.asarray(contact), tries).sum(axis=-1)


def travel_minutes(metres: NDArray[np.float64], profile: Profile) -> NDArray[np.float64]:
    """Minutes to a place and back: on foot up to `work.walk_within_m`, else by `work.travel_kmh`."""
    on_foot = metres / profile["work.walk_ms"] / 60
    ridden = metres / (profile["work.travel_kmh"] / 3.6) / 60
    return np.asarray(2 * np.where(metres <= profile["work.walk_within_m"], on_foot, ridden))


def stairs_of(parts: pd.DataFrame, profile: Profile) -> NDArray[np.float64]:
    """Minutes of one sweep on the stairs of each dwelling part; 0 of houses for one household and of shops.

    Without a lift all floors up and down again on foot; with one up to the top, down on foot past the
    doors, and from the lowest floor of the part to the ground whichever way is quicker.
    """
    floors = numbers_of(parts, "floors", 1)
    top = np.maximum(numbers_of(parts, "floor_hi", np.nan), 1)
    top = np.where(np.isnan(top), np.maximum(np.ceil(floors), 1), top)
    bottom = np.maximum(np.nan_to_num(numbers_of(parts, "floor_lo", 1), nan=1), 1)
    doors = np.maximum(numbers_of(parts, "doors", 1), 1)
    homes = numbers_of(parts, "dwellings", np.nan)
    homes = np.where(np.isnan(homes), numbers_of(parts, "households", np.nan), homes)
    single = np.where(
        np.isnan(homes), floors <= profile["population.single_floors"], homes <= doors
    )
    up, down = profile["work.stair_up_s"], profile["work.stair_down_s"]
    wait, ride = profile["work.lift_wait_s"], profile["work.lift_s"]
    on_foot = (top - 1) * (up + down)
    home = np.minimum((bottom - 1) * down, np.where(bottom > 1, wait + (bottom - 1) * ride, 0))
    lifted = wait + (top - 1) * ride + (top - bottom) * down + home
    seconds = np.where(floors >= profile["work.lift_from"], np.minimum(lifted, on_foot), on_foot)
    climbed = parts["use"].isin(DWELT).to_numpy(bool) & ~single
    return np.where(climbed, seconds * doors / 60, 0.0)


def _summed(parts: pd.DataFrame, values: NDArray[np.generic], codes: pd.Index) -> pd.Series:
    """Sum over the parts of each EA; exact, so that the order of rows does not matter."""
    table = pd.DataFrame({
        "ea": parts["ea_code"].to_numpy(object), "id": parts["part_id"].to_numpy(object),
        "value": np.asarray(values, dtype=np.float64),
    }).sort_values(["ea", "id"], kind="stable")  # fmt: skip
    return table.groupby("ea")["value"].sum().reindex(codes).fillna(0.0)


def _households(areas: pd.DataFrame, profile: Profile) -> NDArray[np.float64]:
    """Households of each EA, or what stands for them: persons at their mean size, or what is counted."""
    size = profile["population.persons_per_household"] if profile.noun == "persons" else 1.0
    given = numbers_of(areas, "households", np.nan)
    return np.where(np.isnan(given), areas["persons"].to_numpy(np.float64) / size, given)


def _form(profile: Profile) -> float:
    """Minutes at one household, listing and form, in the mean."""
    long, self_ = profile["pay.long_form_share"], profile["work.self_reported_share"]
    asked = (1 - long) * profile["work.short_form_min"] + long * profile["work.long_form_min"]
    return float(
        profile["work.listing_min"] + (1 - self_) * asked + self_ * profile["work.verify_min"]
    )


def _between(
    frame: pd.DataFrame, profile: Profile, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles of the minutes over draws of contact and pace, the same draws for all EAs.

    Each draw comes with its three mirror images, so a quarter of them lies on either side of the minutes
    themselves whatever the seed: low <= minutes <= high.
    """
    draws = np.random.default_rng(seed).random((DRAWS // 4, 2))
    signs = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])
    slower, met = (draws[None] * signs[:, None]).reshape(-1, 2).T
    contact = profile["work.contact"]
    reach = min(profile["work.contact_spread"], 1 - contact, contact - LEAST_CONTACT)
    usual = float(attempts(np.float64(contact), profile)) - 1
    tries = (attempts(contact + reach * met, profile) - 1) / usual if usual else np.zeros(len(met))
    pace = 1 + profile["work.pace_spread"] * slower
    paced = frame[["interview", "walking"]].sum(axis=1).to_numpy()
    rest = frame[["travel", "fixed"]].sum(axis=1).to_numpy()
    calls = frame["callbacks"].to_numpy()
    every = rest[:, None] + pace * (paced[:, None] + tries * calls[:, None])
    low, high = np.quantile(every, [LOW, HIGH], axis=1) if len(every) else np.empty((2, 0))
    middle = frame["minutes"].to_numpy()  # rounding must not part what is equal
    return np.minimum(low, middle), np.maximum(high, middle)
