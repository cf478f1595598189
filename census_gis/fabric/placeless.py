"""Parts without a building: virtual EAs, special areas without one, and a district without a dwelling."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.findings import Kind
from census_gis.inputs.beside import COLLECTIVE, Records, beside_of
from census_gis.inputs.special import placeless_in
from census_gis.inputs.virtual import virtual_areas
from census_gis.language import Text
from census_gis.model import District
from census_gis.tables import conform, names

__all__ = ["with_placeless"]

PLACELESS = Kind(
    "G220", "error",
    Text("{persons} persons of the district have no dwelling: they are kept in one part without a place.",
         "本普查区有 {persons} 人但没有住房，暂记入一个无位置的部分。"),
    Text("add the missing buildings, or list these persons as virtual.", "请补充建筑物，或列为虚拟小区。"),
)  # fmt: skip
NO_DWELLING = Text("persons without a dwelling", "无住房人口")
IN_AREA = Text("persons in a special area", "特殊区域人口")
VIRTUAL = Text("persons without a place", "无住所登记人员")


def with_placeless(
    parts: gpd.GeoDataFrame, district: District, homes: NDArray[np.int64], *, next_atom: int
) -> tuple[gpd.GeoDataFrame, NDArray[np.int64], list[dict[str, Any]]]:
    """Parts of a district with those that no building holds (contract 3.1).

    Parameters
    ----------
    parts : table PARTS
        With `atom`.
    district : District
    homes : int64, shape (special areas,)
        Atom on the ground of each special area, -1 for none: its people without a building stand there.
    next_atom : int
        First free number of an atom.

    Returns
    -------
    The parts; which EA of `virtual_areas` each part is, -1 for none; findings.
    """
    rows = _in_areas(district, homes)
    rest, cases = _rest(parts, district)
    rows += rest
    ordinary = len(parts) + len(rows)
    rows += _virtual(district)
    if not rows:
        return parts, np.full(len(parts), -1, dtype=np.int64), []
    for row in rows:
        if row["atom"] < 0:
            row["atom"], next_atom = next_atom, next_atom + 1
    blank = dict.fromkeys(names("PARTS"))
    filled = [{**blank, "building_id": "", "unit": 0, "cell": -1, **row} for row in rows]
    extra = gpd.GeoDataFrame(pd.DataFrame(filled), geometry="geometry", crs=district.crs)
    both = pd.concat([parts.astype(object), extra.astype(object)], ignore_index=True)
    shaped = gpd.GeoDataFrame(both, geometry="geometry", crs=district.crs)
    virtual = np.full(len(both), -1, dtype=np.int64)
    virtual[ordinary:] = np.arange(len(both) - ordinary)
    return conform(shaped, "PARTS"), virtual, cases


def _in_areas(district: District, homes: NDArray[np.int64]) -> list[dict[str, Any]]:
    """One part for the people of each special area without a building."""
    if not len(district.special):
        return []
    persons = placeless_in(district.special, district.buildings)
    size = district.profile[COLLECTIVE]
    return [
        {
            "part_id": f"{district.id}-{district.special['special_id'].iloc[row]}", "persons": int(persons[row]),
            "persons_away": 0, "households": None if district.households is None else -(-int(persons[row]) // size),
            "atom": int(homes[row]), **_label(IN_AREA),
        }
        for row in np.flatnonzero(persons > 0)
    ]  # fmt: skip


def _virtual(district: District) -> list[dict[str, Any]]:
    """One part for each virtual EA: its people are registered here and live elsewhere."""
    if not len(district.virtual):
        return []
    table = virtual_areas(district.virtual, district.profile)
    return [
        {
            "part_id": f"{district.id}-virtual-{nth + 1:03d}", "persons": row["persons"],
            "persons_away": row["persons"], "households": row["households"], "atom": -1, **_label(VIRTUAL),
        }
        for nth, row in enumerate(table.to_dict("records"))
    ]  # fmt: skip


def _rest(
    parts: gpd.GeoDataFrame, district: District
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Persons of a district without any dwelling: one part without a place."""
    if int(parts["persons"].sum()):
        return [], []
    records = Records(district.special, district.virtual)
    beside = beside_of(
        records, district.buildings, np.array([district.id], dtype=object), district.profile
    )
    persons = (district.persons or 0) - int(beside["persons"][0])
    if persons <= 0:
        return [], []
    households = district.households
    row = {
        "part_id": f"{district.id}-placeless", "persons": persons, "atom": -1,
        "persons_away": max((district.persons_away or 0) - int(beside["persons_away"][0]), 0),
        "households": None if households is None else max(households - int(beside["households"][0]), 0),
        **_label(NO_DWELLING),
    }  # fmt: skip
    spot = district.boundary.representative_point()
    return [row], [PLACELESS.at("districts", district.id, spot, persons=persons)]


def _label(said: Text) -> dict[str, str]:
    """Columns of PARTS that say what a part is."""
    return {"label": said.zh, "label_zh": said.zh, "label_en": said.en}
