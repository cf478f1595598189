"""The districts of a project taken out one by one: which rows are theirs, and what stands around them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.inputs.layers import reaching
from census_gis.inputs.read import AROUND_M
from census_gis.language import Text
from census_gis.model import District, Inputs
from census_gis.profile import Profile
from census_gis.tables import empty

__all__ = ["Rows", "Selection"]

COUNTS = ("persons", "persons_away", "households")


class Rows(NamedTuple):
    """Rows of a district by their numbers in the project's tables; barriers cut 200 m around it."""

    buildings: NDArray[np.intp]
    barriers: NDArray[np.intp]
    barrier_shapes: NDArray[np.object_]


class Selection:
    """All districts of a project; what is the same for them all is looked up once."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._buildings = inputs.buildings.groupby("district_code").indices
        codes = inputs.districts["district_code"].astype(str).tolist()
        # The first row of a code.
        self._rows = {code: row for row, code in reversed(list(enumerate(codes)))}
        self._districts: list[dict[Any, Any]] = inputs.districts.to_dict("records")
        self._profiles: dict[str, Profile] = {}
        self._none = empty("BUILDINGS", inputs.crs), empty("BARRIERS", inputs.crs)

    def rows(self, code: str) -> Rows:
        """Which buildings and barriers concern a district.

        Raises
        ------
        InputError
            If there is no such district.
        """
        around = self._of(code)["geometry"].buffer(AROUND_M)
        mine = self._buildings.get(code, np.zeros(0, dtype=np.intp))
        return Rows(mine, *reaching(self.inputs.barriers, around))

    def bare(self, code: str) -> District:
        """A district without its buildings and barriers.

        Raises
        ------
        InputError
            If there is no such district.
        """
        inputs, row = self.inputs, self._of(code)
        stratum = "" if pd.isna(row["stratum"]) else str(row["stratum"])
        if stratum not in self._profiles:
            self._profiles[stratum] = inputs.profile.of_stratum(stratum)
        buildings, barriers = self._none
        return District(
            id=code, name=str(row["name"]), profile=self._profiles[stratum], crs=inputs.crs,
            boundary=row["geometry"], buildings=buildings, barriers=barriers, seed=inputs.seed,
            special=_of(inputs.special, code), virtual=_of(inputs.virtual, code),
            edits=_of(inputs.edits, code), previous=_of(inputs.previous, code), stratum=stratum,
            **{name: None if pd.isna(row[name]) else int(row[name]) for name in COUNTS},
        )  # fmt: skip

    def _of(self, code: str) -> dict[Any, Any]:
        if code not in self._rows:
            codes = list(self._rows)[::-1]
            raise InputError(
                Text(f"there is no district '{code}'.", f"没有代码为“{code}”的普查区。"),
                where="districts",
                fix=Text(f"use one of: {', '.join(codes[:10])}.", f"可用代码：{'、'.join(codes[:10])}。"),
            )  # fmt: skip
        return self._districts[self._rows[code]]


def _of(table: Any, code: str) -> Any:
    """Rows of a district; most have none."""
    if not len(table):
        return table
    return table[table["district_code"] == code].reset_index(drop=True)
