"""People who are part of a district's total and stand in none of its buildings."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.inputs.special import placeless_in
from census_gis.inputs.virtual import virtual_persons
from census_gis.profile import Profile

__all__ = ["COLLECTIVE", "Records", "beside_of"]

COLLECTIVE = "special.persons_per_household"


@dataclass(frozen=True)
class Records:
    """Special areas (table SPECIAL) and virtual EAs (table VIRTUAL) of the districts that are estimated."""

    special: gpd.GeoDataFrame
    virtual: pd.DataFrame


def beside_of(
    records: Records, buildings: gpd.GeoDataFrame, codes: NDArray[np.object_], profile: Profile
) -> dict[str, NDArray[np.int64]]:
    """Counts of each district that no building holds.

    Parameters
    ----------
    records : Records
    buildings : table BUILDINGS
    codes : object, shape (d,)
        Districts.
    profile : Profile
        For the size of collective households.

    Returns
    -------
    dict of int64, shape (d,)
        `persons`; of them `persons_away`, all those of virtual EAs; `households`.
    """
    virtual, households = virtual_persons(records.virtual, codes)
    placeless = placeless_in(records.special, buildings)
    home = pd.Index(codes).get_indexer(records.special["district_code"].to_numpy(dtype=object))
    persons, homes = virtual.copy(), households.copy()
    np.add.at(persons, home[home >= 0], placeless[home >= 0])
    np.add.at(homes, home[home >= 0], -(-placeless // profile[COLLECTIVE])[home >= 0])
    return {"persons": persons, "persons_away": virtual, "households": homes}
