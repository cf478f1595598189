"""What a plan costs, in named terms a planner understands: one row for each EA, their sum for a district or the plan.

Everything is measured from the tables of a plan, so that a plan edited by hand, or another office's, is measured
by the same rule as one fresh from the partitioner. Each term has a unit; where it is weighed, its cost is in metres
of EA line across open ground (profile, `weights.*`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.strata import Bands
from census_gis.areas.sums import numbers
from census_gis.language import Text
from census_gis.partitioning.terms import Weights, weights_of
from census_gis.profile import Profile

__all__ = ["TERMS", "Score", "Term", "score"]

VISIBLE = ("road", "rail", "water")
PARCEL = ("landuse", "compound", "grid", "barrier")
HELD = ("compounds", "grids")  # sources of areas that a line had better not run through
# A line so near the outline of a compound runs along it, not through it [m].
ALONG_M = 2.0


@dataclass(frozen=True)
class Term:
    """One term: what it is called, its unit, what it means, and the weight behind it ('' for none)."""

    title: Text
    unit: Text
    meaning: Text
    weight: str = ""


METRE, COUNT, PERSON = Text("m", "米"), Text("", "处"), Text("persons", "人")
TERMS: dict[str, Term] = {
    "persons": Term(
        Text("persons off the target", "人数偏离目标"), PERSON,
        Text("how many persons more or fewer than the target an EA holds", "小区人数比目标多或少的人数"),
        "deviation",
    ),
    "households": Term(
        Text("households off the target", "户数偏离目标"), Text("households", "户"),
        Text("how many households more or fewer than the target an EA holds", "小区户数比目标多或少的户数"),
        "deviation",
    ),
    "open": Term(
        Text("line across open ground", "无明显地物的界线"), METRE,
        Text("line between EAs that follows nothing people can see", "小区之间不沿任何可见地物的界线长度"), "1",
    ),
    "visible": Term(
        Text("line along roads, railways, water", "沿道路、铁路、水系的界线"), METRE,
        Text("line between EAs that everybody finds", "小区之间人人可辨认的界线长度"), "line_visible",
    ),
    "parcel": Term(
        Text("line along parcels and walls", "沿地块、围墙等的界线"), METRE,
        Text("line between EAs along parcels, compounds, grids or other barriers", "小区之间沿地块、院落、网格等边界的界线长度"),
        "line_parcel",
    ),
    "compound": Term(
        Text("line through compounds and grids", "穿过院落、网格的界线"), METRE,
        Text("line between EAs inside a compound or management grid", "小区界线从院落或网格内部穿过的长度"),
        "line_compound",
    ),
    "compounds": Term(
        Text("compounds and grids divided", "被拆分的院落、网格"), COUNT,
        Text("further EAs that a compound or grid lies in, beyond the first", "院落或网格除主要所在小区外还分入的小区数"),
    ),
    "crossings": Term(
        Text("barriers straddled", "跨越障碍"), COUNT,
        Text("further sides of rivers, railways or wide roads an EA lies on without a crossing nearby",
             "小区跨越附近无法通行的河流、铁路或宽阔道路的次数"), "crossing",
    ),
    "outline": Term(
        Text("outline beyond a circle's", "轮廓超出等面积圆的长度"), METRE,
        Text("how much longer the outline is than that of a circle of the same area", "小区轮廓比等面积圆周长多出的长度"),
    ),
    "effort": Term(
        Text("walking between houses", "户间步行"), METRE,
        Text("shortest network of ways that joins all houses of an EA", "连通小区内所有住房的最短步行路网长度"), "effort",
    ),
    "buildings": Term(
        Text("buildings divided", "被拆分的建筑物"), COUNT,
        Text("further EAs that a building lies in, beyond the first", "建筑物除主要所在小区外还分入的小区数"), "building",
    ),
    "change": Term(
        Text("change against the previous census", "与上次普查相比的变动"), PERSON,
        Text("persons who are no longer with most of the people of their former EA", "不再与原小区多数人同区的人数"), "change",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Score:
    """Terms of a plan.

    Attributes
    ----------
    areas : DataFrame, one row an EA, ordered by code
        `ea_code`, `district_code`, and each of `TERMS` in its own unit; missing where the plan does not know.
    costs : DataFrame, the same rows
        Weighed terms [m of line across open ground]; missing where the term or its weight is not known.
    weights : Weights
    """

    areas: pd.DataFrame
    costs: pd.DataFrame
    weights: Weights

    def plan(self) -> pd.DataFrame:
        """The whole plan: one row a term, `value`, `cost` [m] and `weight`; missing where no EA knows."""
        named = list(TERMS)
        return pd.DataFrame({
            "value": self.areas[named].sum(min_count=1),
            "cost": self.costs.reindex(columns=named).sum(min_count=1),
            "weight": [self.weight_of(name) for name in named],
        }).rename_axis("term")  # fmt: skip

    def districts(self) -> pd.DataFrame:
        """One row a district by code: each term in its own unit, and `cost` of all [m]."""
        by = self.areas.groupby("district_code", sort=True)
        weighed = self.costs[[name for name in TERMS if name in self.costs]].sum(axis=1)
        cost = weighed.groupby(self.areas["district_code"]).sum()
        return by[list(TERMS)].sum(min_count=1).assign(cost=cost)

    def worst(self, term: str, most: int) -> pd.DataFrame:
        """The EAs with the highest value of a term, those without any left out; ties by code."""
        rows = self.areas.loc[self.areas[term] > 0, ["ea_code", "district_code", term]]
        return rows.sort_values([term, "ea_code"], ascending=[False, True]).head(most)

    def weight_of(self, name: str) -> float | None:
        """Weight of a term, None where it is reported only: of persons and households one is (`ea.primary`)."""
        if name not in self.costs:
            return None
        key = TERMS[name].weight
        return 1.0 if key == "1" else float(getattr(self.weights, key))


def score(tables: Mapping[str, pd.DataFrame], profile: Profile) -> Score:
    """Measure a plan term by term.

    Parameters
    ----------
    tables : mapping
        Layers `districts`, `enumeration_areas`, `dwelling_parts`, `ea_lines`, and `context_areas` where there is one.
    profile : Profile
        The rules and weights the plan was made by.

    Returns
    -------
    Score
        A line between two EAs counts half for each; virtual EAs and those of 0 persons have no deviation.
    """
    areas = pd.DataFrame(tables["enumeration_areas"]).sort_values("ea_code").reset_index(drop=True)
    parts, weights = tables["dwelling_parts"], weights_of(profile)
    held = _held(tables.get("context_areas"))
    lines = _inner(tables["ea_lines"])
    follows = lines["follows"].to_numpy(object).astype(str)
    metres = lines["length_m"].to_numpy(np.float64)
    known = areas[["ea_code", "district_code"]].copy()
    bands = Bands(profile, tables["districts"])
    # Crossings, effort and change were written down by the planner: the tables alone do not tell them.
    terms: dict[str, object] = {
        **_deviation(areas, bands),
        "open": _halves(areas, lines, metres * (follows == "none")),
        "visible": _halves(areas, lines, metres * np.isin(follows, VISIBLE)),
        "parcel": _halves(areas, lines, metres * np.isin(follows, PARCEL)),
        "compound": _halves(areas, lines, _through(lines, held)),
        "compounds": _compounds(areas, parts, held),
        "crossings": numbers(areas["crossings"]),
        "outline": _beyond_circle(areas),
        "effort": numbers(areas["effort_m"]),
        "buildings": _pieces(areas, parts["building_id"], parts),
        "change": numbers(areas["changed"]),
    }
    table = known.assign(**{name: terms[name] for name in TERMS})
    costs = known.assign(**_costs(table, tables["districts"], bands, weights))
    return Score(table, costs, weights)


def _costs(
    table: pd.DataFrame, districts: pd.DataFrame, bands: Bands, weights: Weights
) -> dict[str, pd.Series]:
    """Weighed terms [m]; the deviation is squared, in mean borders of its district."""
    borders = districts.set_index("district_code")["mean_border_m"].astype("float64")
    scale = table["district_code"].map(borders)
    main = str(bands.of("")["ea.primary"])
    off = table[main] / bands.values(f"ea.{main}.target", table["district_code"])
    costs = {main: weights.deviation * scale * off**2, "open": table["open"]}
    for name, term in TERMS.items():
        if term.weight not in ("", "1", "deviation"):
            costs[name] = float(getattr(weights, term.weight)) * table[name]
    return costs


def _deviation(areas: pd.DataFrame, bands: Bands) -> dict[str, NDArray[np.float64]]:
    """Distance of persons and households from their targets; 0 where nobody is meant to be counted on the ground."""
    lived = ((areas["kind"] != "virtual") & (areas["persons"] > 0)).to_numpy(bool)
    found = {}
    for name in ("persons", "households"):
        target = bands.values(f"ea.{name}.target", areas["district_code"])
        found[name] = np.where(lived, np.abs(numbers(areas[name]) - target), 0.0)
    return found


def _inner(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines between EAs of one district: the district line is given, not chosen."""
    return lines[(lines["follows"] != "district") & lines["right_ea"].notna()].reset_index(
        drop=True
    )


def _halves(
    areas: pd.DataFrame, lines: pd.DataFrame, metres: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Metres of lines shared out, half to the EA on each side."""
    sides = pd.concat([lines["left_ea"], lines["right_ea"]], ignore_index=True)
    total = pd.Series(np.tile(metres / 2, 2)).groupby(sides.to_numpy(object)).sum()
    return np.round(total.reindex(areas["ea_code"]).fillna(0.0).to_numpy(np.float64), 2)


def _held(context: pd.DataFrame | None) -> NDArray[np.object_]:
    """Compounds and grids of the plan."""
    if context is None or not len(context):
        return np.zeros(0, object)
    shapes = gpd.GeoSeries(context.loc[context["source"].isin(HELD), "geometry"])
    return np.asarray(shapes[shapes.notna()].array, dtype=object)


def _through(lines: pd.DataFrame, held: NDArray[np.object_]) -> NDArray[np.float64]:
    """Metres of each line inside a compound or grid, not along its outline."""
    metres = np.zeros(len(lines))
    if not len(held) or not len(lines):
        return metres
    inner = shapely.buffer(held, -ALONG_M)
    shapes = np.asarray(lines["geometry"], dtype=object)
    i, j = shapely.STRtree(inner).query(shapes, predicate="intersects")
    np.maximum.at(metres, i, shapely.length(shapely.intersection(shapes[i], inner[j])))
    return metres


def _compounds(
    areas: pd.DataFrame, parts: pd.DataFrame, held: NDArray[np.object_]
) -> NDArray[np.float64]:
    """Further EAs that hold dwellings of one compound or grid."""
    if not len(held):
        return np.zeros(len(areas))
    spots = shapely.point_on_surface(np.asarray(parts["geometry"], dtype=object))
    i, j = shapely.STRtree(held).query(spots, predicate="within")
    inside = pd.DataFrame(parts)[["ea_code", "persons"]].iloc[i].reset_index(drop=True)
    return _pieces(areas, pd.Series(j).astype(str), inside)


def _pieces(areas: pd.DataFrame, whole: pd.Series, parts: pd.DataFrame) -> NDArray[np.float64]:
    """For each EA, in how many things it is one more EA than the first: the one with most persons is the first."""
    table = pd.DataFrame({
        "whole": whole.to_numpy(object), "ea_code": parts["ea_code"].to_numpy(object),
        "persons": parts["persons"].to_numpy(np.int64),
    }).dropna(subset="whole")  # fmt: skip
    table = table[table["whole"] != ""]
    shared = table.groupby(["whole", "ea_code"], sort=True)["persons"].sum().reset_index()
    order = shared.sort_values(["whole", "persons", "ea_code"], ascending=[True, False, True])
    more = order[order.duplicated("whole")]["ea_code"].value_counts()
    return more.reindex(areas["ea_code"]).fillna(0).to_numpy(np.float64)


def _beyond_circle(areas: pd.DataFrame) -> NDArray[np.float64]:
    """Length of each ground EA's outline beyond that of a circle of its area [m]."""
    shapes = np.asarray(areas["geometry"], dtype=object)
    beyond = shapely.length(shapes) - 2 * np.sqrt(np.pi * shapely.area(shapes))
    ground = (areas["kind"] == "ground").to_numpy(bool)
    longer = np.where(ground, np.maximum(np.nan_to_num(beyond), 0.0), 0.0).astype(np.float64)
    return np.round(longer, 2)
