"""Samples: EAs for the quality check after the census, and the frame of the long form; the same seed, the same sample.

An EA's place in the draw is a number made from the seed and its code alone, so neither the order of rows nor what other
districts hold changes it.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import ConfigError
from census_gis.field.crews_plan import TOWNSHIP_DIGITS
from census_gis.field.staffing import apportion
from census_gis.language import Text

__all__ = ["long_form_frame", "quality_sample", "strata_of"]

LEAST = 2  # EAs of a stratum, where it has them: one alone says nothing about its spread


def strata_of(areas: pd.DataFrame, districts: pd.DataFrame) -> pd.Series:
    """Stratum of each EA: urban or rural class of its district, else its township.

    Parameters
    ----------
    areas, districts
        Layers of a plan; `stratum` of districts where it is known.
    """
    town = districts["district_code"].str[:TOWNSHIP_DIGITS]
    known = districts["stratum"].astype(object).fillna("")
    said = known.where(known != "", town)
    stratum = dict(zip(districts["district_code"], said, strict=True))
    return areas["district_code"].map(stratum).rename("stratum")


def quality_sample(
    areas: pd.DataFrame, strata: pd.Series, *, number: int, seed: int
) -> pd.DataFrame:
    """EAs to be counted once more, shared over strata by persons, drawn in each with equal chance.

    Parameters
    ----------
    areas
        ea_code, district_code, persons, households; EAs with nobody are left out.
    strata
        Stratum of each row of `areas`.
    number
        EAs to draw, at most all.
    seed
        Of the draw.

    Returns
    -------
    DataFrame
        Columns of `areas`, stratum, chance (of inclusion), weight (1 / chance: persons of the stratum that each of the
        EA's stands for), in the order of strata and codes.

    Raises
    ------
    ConfigError
        If the number is below 1 or above that of the EAs, or below one for each stratum.
    """
    table = areas.assign(stratum=strata.to_numpy(object))
    table = table[table["persons"] > 0].sort_values(["stratum", "ea_code"], ignore_index=True)
    names = table["stratum"].drop_duplicates().tolist()
    have = table.groupby("stratum", sort=False)["ea_code"].size().reindex(names).to_numpy(np.int64)
    if not len(names) <= number <= len(table):
        raise ConfigError(
            Text(f"{number} EAs cannot be drawn from {len(table)} in {len(names)} strata.",
                 f"不能从 {len(names)} 层共 {len(table)} 个普查小区中抽取 {number} 个。"),
            where="--number",
            fix=Text(f"draw {len(names)} to {len(table)}.", f"请抽取 {len(names)} 至 {len(table)} 个。"),
        )  # fmt: skip
    persons = (
        table.groupby("stratum", sort=False)["persons"].sum().reindex(names).to_numpy(np.int64)
    )
    share = _shared(number, persons, have)
    draw = _draw(table["ea_code"].to_numpy(object), seed)
    rank = (
        pd.Series(draw).groupby(table["stratum"].to_numpy(object)).rank(method="first").to_numpy()
    )
    wanted = table["stratum"].map(dict(zip(names, share.tolist(), strict=True))).to_numpy(float)
    size = table["stratum"].map(dict(zip(names, have.tolist(), strict=True))).to_numpy(float)
    table = table.assign(chance=wanted / size, weight=size / np.maximum(wanted, 1))
    return table[rank <= wanted].reset_index(drop=True)


def _shared(number: int, persons: NDArray[np.int64], have: NDArray[np.int64]) -> NDArray[np.int64]:
    """EAs of each stratum: by persons, `LEAST` where that can be, never more than there are."""
    least = LEAST if number >= LEAST * len(have) else 1
    floor = np.minimum(least, have)
    share = floor.copy()
    rest = number - int(floor.sum())
    while rest > 0:
        room = have - share
        open_ = np.flatnonzero(room > 0)
        more = apportion(rest, persons[open_], least=0)
        taken = np.minimum(more, room[open_])
        share[open_] += taken
        rest -= int(taken.sum())
    return share


def long_form_frame(areas: pd.DataFrame, *, share: float, seed: int) -> pd.DataFrame:
    """Long-form households of each EA: every 1/share-th household on its list, from a start drawn for it.

    Parameters
    ----------
    areas
        ea_code, district_code, households (expected).
    share
        Of households, 0 < share <= 1 (China, 2020: 0.1).
    seed
        Of the draw.

    Returns
    -------
    DataFrame
        ea_code, district_code, households, start and step (first number on the list of households, from 1, and how far
        to the next), long_forms (how many), numbers (the household numbers, spaces between); in the order of codes. The
        numbers go on from EA to EA of a district, so a district has its share to within one household.

    Raises
    ------
    ConfigError
        If the share is out of range.
    """
    if not 0 < share <= 1:
        raise ConfigError(
            Text(f"the share {share} is not above 0 and up to 1.", f"比例 {share} 不在 0 与 1 之间。"), where="--share",
            fix=Text("give 0.1 for one household in ten.", "每十户抽一户请写 0.1。"),
        )  # fmt: skip
    table = areas.sort_values("ea_code", ignore_index=True)
    step = 1.0 / share
    rows = []
    for code, mine in table.groupby("district_code", sort=True):
        at = _draw(np.array([code], dtype=object), seed)[0] * step
        for row in mine.itertuples():
            n = int(row.households)
            places = np.arange(at, n, step) if at < n else np.empty(0)
            numbers = np.minimum(np.floor(places).astype(np.int64), max(n - 1, 0)) + 1
            at = at + len(places) * step - n
            first = int(numbers[0]) if len(numbers) else None
            rows.append(
                (
                    row.ea_code,
                    code,
                    n,
                    first,
                    step,
                    len(numbers),
                    " ".join(map(str, numbers.tolist())),
                )
            )
    names = ["ea_code", "district_code", "households", "start", "step", "long_forms", "numbers"]
    return pd.DataFrame(rows, columns=names).astype({"start": "Int64"})


def _draw(codes: NDArray[np.object_], seed: int) -> NDArray[np.float64]:
    """A number from 0 to below 1 for each code, from the seed and the code alone."""
    digests = [hashlib.sha256(f"{seed}:{code}".encode()).digest()[:6] for code in codes]
    return np.array([int.from_bytes(one, "big") / 2**48 for one in digests])
