"""Two plans of one place: term by term, EA by EA, and who went where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.figure import Figure
from pyproj import CRS

from census_gis.areas.concordance import concordance, heirs
from census_gis.areas.score import TERMS, score
from census_gis.errors import InputError
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["COLOURS", "STATUS", "Comparison", "compare_tables"]

STATUS: dict[str, Text] = {
    "same": Text("same", "未变"), "changed": Text("changed", "有变动"),
    "new": Text("new", "新增"), "gone": Text("gone", "撤销"),
}  # fmt: skip
COLOURS = {"same": "#dfe6ea", "changed": "#f2c14e", "new": "#5b9e6f", "gone": "#c8553d"}
# Ground that drawing alone moves: smoothed lines of two runs [m2].
SAME_M2 = 1.0
MAP_IN = 9.0  # side of the map [inches]


@dataclass(frozen=True)
class Comparison:
    """What one plan has that the other has not.

    Attributes
    ----------
    terms : DataFrame, index the terms of `census_gis.areas.score.TERMS`
        `old`, `new` [unit of the term], `difference` (new - old); missing where a plan does not know.
    eas : GeoDataFrame, one row an EA, ordered by new code, those that are gone behind
        `status` (`same`: the same dwellings; `changed`; `new`; `gone`), `old_ea`, `new_ea` (None for none),
        `district_code`, `persons_before`, `persons_after`, `moved` (persons in it now who were elsewhere),
        `ground_m2` (ground that is in only one of the two) and the ground, of gone ones as it was.
    concordance : DataFrame
        See `census_gis.areas.concordance.concordance`.
    notes : what else is to be said
    """

    terms: pd.DataFrame
    eas: gpd.GeoDataFrame
    concordance: pd.DataFrame
    notes: tuple[Text, ...]

    @property
    def counts(self) -> dict[str, int]:
        """EAs by status."""
        return {name: int((self.eas["status"] == name).sum()) for name in STATUS}

    @property
    def moved(self) -> int:
        """Persons in both plans whose EA is no heir of their old one."""
        return int(self.eas["moved"].sum())

    def plot(self) -> Figure:
        """Map of the EAs by what became of them."""
        figure = Figure(figsize=(MAP_IN, MAP_IN), layout="constrained")
        axes = figure.subplots()
        for status, colour in COLOURS.items():
            rows = self.eas[(self.eas["status"] == status) & self.eas.geometry.notna()]
            if not len(rows):
                continue
            if status == "gone":
                rows.boundary.plot(ax=axes, color=colour, linewidth=1.2, linestyle="--")
            else:
                rows.plot(ax=axes, color=colour, edgecolor="#51616b", linewidth=0.4)
        axes.set_axis_off()
        axes.set_aspect("equal")
        return figure


def compare_tables(
    old: Mapping[str, gpd.GeoDataFrame], new: Mapping[str, gpd.GeoDataFrame], profile: Profile
) -> Comparison:
    """Compare two plans from their tables.

    Parameters
    ----------
    old, new : mapping
        Layers `districts`, `enumeration_areas`, `dwelling_parts`, `ea_lines`, and `context_areas` where there is one.
    profile : Profile
        Rules and weights both are measured by.

    Raises
    ------
    InputError
        If they are in different coordinate systems or have no ground in common.
    """
    _require_common(old, new)
    table = concordance(dict(old), dict(new))
    before, after = (score(tables, profile).plan() for tables in (old, new))
    terms = pd.DataFrame({"old": before["value"], "new": after["value"]})
    terms["difference"] = terms["new"] - terms["old"]
    eas = _eas(old["enumeration_areas"], new["enumeration_areas"], table)
    return Comparison(terms.loc[list(TERMS)], eas, table, tuple(_notes(old, new)))


def _require_common(
    old: Mapping[str, gpd.GeoDataFrame], new: Mapping[str, gpd.GeoDataFrame]
) -> None:
    """Refuse plans that cannot be laid over each other."""
    one, two = (CRS.from_user_input(tables["districts"].crs) for tables in (old, new))
    if one != two:
        raise InputError(
            Text(f"the plans are in different coordinate systems: {one.name} and {two.name}.",
                 f"两个方案的坐标系不同：{one.name} 和 {two.name}。"),
            where="compare", fix=Text("make one of them again with the same [project] crs.", "请在 [project] crs 中写明同一坐标系，重新生成其中一个方案。"),
        )  # fmt: skip
    first, second = (np.asarray(tables["districts"].geometry, object) for tables in (old, new))
    i, j = shapely.STRtree(first).query(second, predicate="intersects")
    if not (shapely.area(shapely.intersection(second[i], first[j])) > SAME_M2).any():
        raise InputError(
            Text("the plans have no ground in common.", "两个方案没有共同的地域。"), where="compare",
            rows=[*old["districts"]["district_code"].head(2), *new["districts"]["district_code"].head(2)],
            fix=Text("name two plans of the same place.", "请指定同一地方的两个方案。"),
        )  # fmt: skip


def _notes(old: Mapping[str, gpd.GeoDataFrame], new: Mapping[str, gpd.GeoDataFrame]) -> list[Text]:
    """Districts that only one plan has."""
    one, two = (set(tables["districts"]["district_code"].astype(str)) for tables in (old, new))
    if not one & two:
        return [Text("the plans have no district code in common; EAs are compared by their ground and buildings.",
                     "两个方案没有相同的普查区代码；按地域和建筑物比较。")]  # fmt: skip
    told = []
    for alone, en, zh in (
        (one - two, "the old plan", "旧方案"),
        (two - one, "the new plan", "新方案"),
    ):
        if alone:
            some = ", ".join(sorted(alone)[:5]) + (" …" if len(alone) > 5 else "")
            told.append(
                Text(
                    f"{len(alone)} districts are only in {en}: {some}",
                    f"{len(alone)} 个普查区仅见于{zh}：{some}",
                )
            )
    return told


def _eas(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, table: pd.DataFrame) -> gpd.GeoDataFrame:
    """What became of each EA."""
    heir = heirs(table)
    source = {b: a for a, b in heir.items()}
    one, two = old.set_index("ea_code"), new.set_index("ea_code")
    stayed = table["old_ea"].map(heir) == table["new_ea"]
    moved = table[~stayed & table["old_ea"].notna()].groupby("new_ea")["persons_after"].sum()
    torn, mixed = (set(table.loc[~stayed, side].dropna()) for side in ("old_ea", "new_ea"))
    rows = []
    for code, row in two.sort_index().iterrows():
        past = source.get(str(code))
        same = past is not None and past not in torn and code not in mixed
        rows.append({
            "status": "new" if past is None else "same" if same else "changed", "old_ea": past, "new_ea": code,
            "district_code": row["district_code"], "persons_after": int(row["persons"]),
            "persons_before": 0 if past is None else int(one.at[past, "persons"]),
            "moved": int(moved.get(code, 0)), "geometry": row["geometry"],
            "was": None if past is None else one.at[past, "geometry"],
        })  # fmt: skip
    for code, row in one.sort_index().iterrows():
        if str(code) not in heir:
            rows.append({"status": "gone", "old_ea": code, "new_ea": None, "district_code": row["district_code"],
                         "persons_after": 0, "persons_before": int(row["persons"]), "moved": 0,
                         "geometry": row["geometry"], "was": None})  # fmt: skip
    frame = pd.DataFrame(rows)
    shapes, was = (np.asarray(frame[name], object) for name in ("geometry", "was"))
    differ = np.nan_to_num(shapely.area(shapely.symmetric_difference(shapes, was)))
    frame["ground_m2"] = np.round(np.where(differ > SAME_M2, differ, 0.0), 1)
    return gpd.GeoDataFrame(frame.drop(columns="was"), geometry="geometry", crs=new.crs)
