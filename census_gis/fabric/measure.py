"""What an EA is full of: persons, or households where these decide (`ea.primary`), and when a building is too large.

Where households decide, a building is cut by its households, and the cap of persons in one building (contract 3.2)
holds as well: a building above it is cut, and no piece may hold more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis import findings
from census_gis.fabric.cutting import Band, band_of
from census_gis.profile import Profile

__all__ = ["Measure", "Sized", "load_of", "measure_of", "said_of", "sized", "too_large"]


class Measure(NamedTuple):
    """What fills an EA.

    `name` is persons or households; `band` and `spare` (what an uncut building above the band may have beside it)
    are of these; `most` is the cap of one building [persons].
    """

    name: str
    band: Band
    spare: int
    most: int


class Sized(NamedTuple):
    """What one building is cut by: how many of what, and the band its pieces should close in."""

    name: str
    load: int
    band: Band


def measure_of(profile: Profile) -> Measure:
    """What fills an EA by the rules; limits of persons are taken over to households by the ratio of the targets."""
    band, spare = band_of(profile), int(profile["ea.persons.spare"])
    if profile["ea.primary"] == "persons":
        return Measure("persons", band, spare, band.cap)
    low, target, high, most = (
        int(profile[f"ea.households.{name}"]) for name in ("low", "target", "high", "cap")
    )
    share = target / band.target
    cap = min(most, max(high, round(band.cap * share)))
    return Measure("households", Band(low, target, high, cap), round(spare * share), band.cap)


def load_of(table: pd.DataFrame, measure: Measure) -> NDArray[np.int64]:
    """Persons of each row, or its households; none where they are not known."""
    return table[measure.name].fillna(0).to_numpy(np.int64)


def too_large(
    persons: NDArray[np.int64],
    load: NDArray[np.int64],
    fixed: NDArray[np.bool_],
    measure: Measure,
) -> NDArray[np.bool_]:
    """Buildings to be cut where they can be; `fixed` ones, of an area taken as it is, above a cap only."""
    over = load > np.where(fixed, measure.band.cap, measure.band.high)
    return over if measure.name == "persons" else over | (persons > measure.most)


def sized(persons: int, load: int, measure: Measure) -> Sized:
    """What a building is cut by: the main measure, or persons where pieces full of households break their cap."""
    band, most = measure.band, measure.most
    if measure.name == "persons" or persons <= most:
        return Sized(measure.name, load, band)
    if persons * band.high > most * load:
        return Sized("persons", persons, Band((most + 1) // 2, most, most, most))
    return Sized(measure.name, load, band._replace(cap=min(band.cap, most * load // persons)))


def said_of(case: dict[str, Any], name: str) -> dict[str, Any]:
    """A finding about persons, said of what it counts."""
    if name == "persons":
        return case
    (said,) = findings.about(findings.frame([case], None), name).to_dict("records")
    return said
