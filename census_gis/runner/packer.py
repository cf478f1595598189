"""Districts of a project as bytes, one after the other: their rows are taken from columns, without frames between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from census_gis.field.corrections import corrected
from census_gis.inputs.place import selected
from census_gis.inputs.selection import Selection
from census_gis.inputs.sensitive import unmarked
from census_gis.model import District, Inputs
from census_gis.store.geopackage import read_tables
from census_gis.store.packing import RULES, pack, packed_rules
from census_gis.store.table_bytes import Columns
from census_gis.tables import empty

__all__ = ["Packer", "found_on_the_spot"]


class Packer:
    """Packs the districts of a project as a plan keeps them, with what was found on the spot.

    Parameters
    ----------
    inputs
        After population.
    found
        Accepted corrections (table CORRECTIONS).
    """

    def __init__(self, inputs: Inputs, found: pd.DataFrame) -> None:
        self._selection, self._found = Selection(inputs), found
        self._changed = frozenset(found["district_code"])
        self._columns = {"buildings": Columns(inputs.buildings), "barriers": Columns(inputs.barriers)}  # fmt: skip
        self._footprints = np.asarray(inputs.buildings.geometry.array, dtype=object)
        self._rules: dict[str, bytes] = {}

    def packed(self, code: str) -> bytes:
        """One district.

        Raises
        ------
        InputError
            If there is no such district.
        """
        if code in self._changed:
            return pack(corrected(_kept(selected(self._selection, code)), self._found))
        district = _kept(self._selection.bare(code))
        if district.stratum not in self._rules:
            self._rules[district.stratum] = packed_rules(district.profile)
        return pack(district, ready={RULES: self._rules[district.stratum], **self._tables(code)})

    def _tables(self, code: str) -> dict[str, bytes]:
        """Buildings and barriers of a district, where there are such."""
        rows = self._selection.rows(code)
        given = {
            "buildings": (rows.buildings, self._footprints[rows.buildings]),
            "barriers": (rows.barriers, rows.barrier_shapes),
        }
        return {
            name: self._columns[name].packed(mine, shapes)
            for name, (mine, shapes) in given.items() if len(mine)
        }  # fmt: skip


def found_on_the_spot(plan: Path) -> pd.DataFrame:
    """Accepted corrections of the plan there is: what was found on the spot holds until the inputs say it too."""
    if not plan.is_file():
        return empty("corrections")
    return read_tables(plan, ("corrections",), where="state = 'accepted'")["corrections"]


def _kept(district: District) -> District:
    """The district as a plan may keep it: what sensitive areas are is of no use once persons are known."""
    if not len(district.special):
        return district
    return replace(district, special=unmarked(district.special))
