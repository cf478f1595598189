"""Why an EA may lie outside the band: one building above it, or ground whose people fit no whole number of EAs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from census_gis.areas.laws import said
from census_gis.areas.sums import numbers
from census_gis.profile import Profile

__all__ = ["excuses", "largest"]


def excuses(areas: gpd.GeoDataFrame, parts: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Size of every EA with persons, and why it may lie outside the band; special areas are left out.

    Sizes are of what the band is about (`ea.primary`): persons, or households, of EAs where these are known.

    Returns
    -------
    DataFrame, index `ea_code`
        `district_code`, `persons`, `load` (what the band is about), `building` and `most` (its largest whole
        building, or part of a cut one, and the load of it), `parted` (whether that is a part), `housed` (whether that is a building, not persons
        without a dwelling), `within` (in the band), `big` (above it because of that one, with at most
        `ea.persons.spare` others, and not above `ea.persons.cap_building`), `few` (the other load of its ground
        fits no whole number of EAs inside the band, and there are no more EAs than it
        asks for), `rest` (that other load).
    """
    main = str(profile["ea.primary"])
    low, high, target = (profile[f"ea.{main}.{key}"] for key in ("low", "high", "target"))
    guests, cap = _allowed(profile)
    lived = areas[(areas["kind"] != "virtual") & (areas["persons"] > 0) & areas[main].notna() & ~said(areas, "SPECIAL:")]  # fmt: skip
    known = lived.drop_duplicates("ea_code").set_index("ea_code")
    table = known[["district_code", "persons"]].assign(load=known[main].astype("int64"))
    first = largest(parts, main)
    table["building"] = first["building"].reindex(table.index).fillna("")
    table["most"] = first["most"].reindex(table.index).fillna(0).astype("int64")
    table["housed"] = first["housed"].reindex(table.index, fill_value=True)
    table["parted"] = first["parted"].reindex(table.index, fill_value=False)
    load = table["load"]
    table["within"] = (load >= low) & (load <= high)
    table["big"] = (table["most"] > high) & (load - table["most"] <= guests) & (load <= cap)
    ground = _grounds(lived, table)
    table["rest"] = load.where(~table["big"], 0).groupby(ground).transform("sum")
    count = (~table["big"]).groupby(ground).transform("sum")
    gap = np.ceil(table["rest"] / high) > np.floor(table["rest"] / max(low, 1))
    table["few"] = ~table["big"] & gap & (count <= np.maximum(np.ceil(table["rest"] / target), 1))
    return table


def _allowed(profile: Profile) -> tuple[int, int]:
    """Most guests of a large building, and most in an EA of one; of households by the ratio of the targets."""
    spare, cap = (int(profile[f"ea.persons.{key}"]) for key in ("spare", "cap_building"))
    if profile["ea.primary"] == "persons":
        return spare, cap
    high, target, most = (int(profile[f"ea.households.{key}"]) for key in ("high", "target", "cap"))
    share = target / int(profile["ea.persons.target"])
    return round(spare * share), min(most, max(high, round(cap * share)))


def largest(parts: pd.DataFrame, count: str) -> pd.DataFrame:
    """Of every EA the whole building, or part of a cut one, with most of a count, and that; index `ea_code`.

    Of several as large it is the first by its id. `housed` tells whether it is one, not persons without a dwelling;
    `parted` whether it is part of a building that stands in other EAs too.
    """
    codes, areas = pd.factorize(parts["ea_code"].to_numpy(object))
    homes, _ = pd.factorize(parts["building_id"].to_numpy(object))
    building = parts["building_id"].astype(str).to_numpy(object)
    part = parts["part_id"].astype(str).to_numpy(object)
    pairs = np.unique(np.column_stack([homes, codes])[(homes >= 0) & (codes >= 0)], axis=0)
    areas_of = np.bincount(pairs[:, 0], minlength=homes.max(initial=0) + 1)
    # Without a building each stands for itself.
    nowhere = (homes < 0) | (building == "")
    alone = nowhere | (areas_of[homes] > 1)
    unit, called = pd.factorize(np.where(alone, part, building))
    housed = np.ones(len(called), bool)
    housed[unit[nowhere]] = False
    parted = np.zeros(len(called), bool)
    parted[unit[alone & ~nowhere]] = True
    held = codes >= 0
    keys, at = np.unique(codes[held] * len(called) + unit[held], return_inverse=True)
    most = np.bincount(at, np.nan_to_num(numbers(parts[count]))[held], len(keys))
    area, unit = np.divmod(keys, max(len(called), 1))
    top = np.full(len(areas), -np.inf)
    np.maximum.at(top, area, most)
    rows = np.flatnonzero(most == top[area])
    rows = rows[np.lexsort((called[unit[rows]].astype(str), area[rows]))]
    rows = rows[np.unique(area[rows], return_index=True)[1]]
    names = called[unit[rows]]
    home = {key: name for key, name in zip(part, building, strict=True) if isinstance(name, str)}
    return pd.DataFrame(
        {"building": [home.get(name, name) for name in names], "most": most[rows],
         "housed": housed[unit[rows]], "parted": parted[unit[rows]]},
        index=pd.Index(areas[area[rows]], name="ea_code"),
    )  # fmt: skip


def _grounds(lived: gpd.GeoDataFrame, table: pd.DataFrame) -> pd.Series:
    """Ground of every EA, named by its district and a number: what hangs together without special areas.

    A special area between two hamlets, water between islands, or the line between two blocks of a large
    district parts the people who can share EAs.
    """
    home = table["district_code"].astype(str)
    if "block" in lived and lived["block"].notna().any():  # no EA lies in two blocks
        block = lived.drop_duplicates("ea_code").set_index("ea_code")["block"]
        home = home + "/" + block.reindex(table.index).astype(str)
    ground = pd.Series(0, index=table.index)
    shapes = lived.drop_duplicates("ea_code")["geometry"].to_numpy(object)
    outside = set(home[~table["within"]])
    for rows in home.reset_index(drop=True).groupby(home.to_numpy(), sort=True).groups.values():
        if home.iloc[rows[0]] in outside:
            ground.iloc[rows] = _hanging_together(shapes[rows])
    return home + ":" + ground.astype(str)


def _hanging_together(shapes: NDArray[np.object_]) -> NDArray[np.int32]:
    """Number of the connected piece each EA lies in; one in several pieces ties them together."""
    lands = shapely.get_parts(shapely.union_all(shapes[~shapely.is_missing(shapes)]))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    spots = shapely.point_on_surface(parts)
    spot, land = shapely.STRtree(lands).query(spots, predicate="intersects")
    n = len(shapes)
    ties = coo_matrix((np.ones(len(spot)), (owner[spot], n + land)), shape=(n + len(lands),) * 2)
    return connected_components(ties, directed=False)[1][:n].astype(np.int32)
