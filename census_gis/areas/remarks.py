"""Remarks of EAs: why one differs from the plain case. Each begins with a code the contract lists."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.areas.codes import part_labels
from census_gis.areas.outline import part_areas
from census_gis.language import Language, Text
from census_gis.model import Plan

__all__ = ["remarks"]

SPLIT = Text(
    "SPLIT: {building}: {mine} here, {others}", "SPLIT: {building}：本小区含{mine}，{others}"
)
REST = Text("{what} in {code}", "{what}在{code}")
EXCLAVE = Text(
    "PIECES: {n} pieces, as the district itself is in pieces",
    "PIECES: 共 {n} 块，因普查区本身含飞地或岛屿",
)
APART = Text(
    "PIECES: {n} pieces, a building that must stay whole stands on both sides",
    "PIECES: 共 {n} 块，因同一建筑物占地不相连",
)
APPROX = Text("APPROX: doors of {buildings} are estimated", "APPROX: {buildings}的单元数为估计值")
VIRTUAL = Text("VIRTUAL: {persons} persons without a place", "VIRTUAL: 无住所登记人员 {persons} 人")
PART = Text("part {n}", "第{n}部分")
JOIN = Text("; ", "; ")
SHOWN = 5


def remarks(plan: Plan, shapes: gpd.GeoDataFrame, language: Language) -> list[str | None]:
    """Remark of every area of a numbered plan, None where there is nothing to say.

    `SPLIT:` for every area that holds part of a split building, with which doors and floors, and the
    codes that hold the rest; `PIECES:`, `APPROX:` (doors estimated, not given) and `VIRTUAL:`.
    """
    found: list[list[str]] = [[] for _ in range(len(plan))]
    _splits(plan, found, language)
    _pieces(plan, shapes, found, language)
    _estimates(plan, found, language)
    for area in np.flatnonzero(shapes["kind"] == "virtual"):
        persons = int(shapes["persons"].iloc[area])
        found[area].append(VIRTUAL.format(persons=persons).of(language))
    return [JOIN.of(language).join(each) or None for each in found]


def _splits(plan: Plan, found: list[list[str]], language: Language) -> None:
    """Say of every split building which part is here and which codes hold the rest."""
    parts = plan.fabric.parts
    table = pd.DataFrame(
        {
            "building": parts["building_id"].to_numpy(object),
            "called": _called(parts),
            "area": part_areas(plan),
            "label": part_labels(parts, language),
        }
    )
    table = table[table["building"] != ""]
    spread = table.groupby("building")["area"].transform("nunique") > 1
    for _, rows in table[spread].groupby("building", sort=True):
        held: dict[int, str] = {}
        for nth, (area, mine) in enumerate(rows.groupby("area"), start=1):
            # How it is known is said once, by APPROX.
            words = [word.split("（")[0].split(" (")[0] for word in mine["label"] if word]
            join = "、" if language == "zh" else ", "
            held[int(str(area))] = join.join(words) or PART.format(n=nth).of(language)
        for area, said_here in held.items():
            others = sorted(
                (plan.codes[other], what) for other, what in held.items() if other != area
            )
            said = [REST.format(what=what, code=code).of(language) for code, what in others]
            rest = ("，" if language == "zh" else ", ").join(said)
            name = rows["called"].iloc[0]
            found[area].append(
                SPLIT.format(building=name, mine=said_here, others=rest).of(language)
            )


def _called(parts: pd.DataFrame) -> list[str]:
    """How a building is called: its name or address, and always its id; never a semicolon."""
    names = parts["name"].where(parts["name"].notna(), parts["address"])
    return [
        (f"{name} ({key})" if isinstance(name, str) and name else str(key)).replace(";", ",")
        for key, name in zip(parts["building_id"], names, strict=True)
    ]


def _pieces(
    plan: Plan, shapes: gpd.GeoDataFrame, found: list[list[str]], language: Language
) -> None:
    """Say why a ground area is in several pieces."""
    geometry = shapes.geometry.to_numpy()
    ground = (shapes["kind"] == "ground").to_numpy()
    home = shapely.get_parts(plan.fabric.district.boundary)
    for area in np.flatnonzero(ground & (shapely.get_num_geometries(geometry) > 1)):
        spots = shapely.point_on_surface(shapely.get_parts(geometry[area]))
        inside = shapely.STRtree(home).query(spots, predicate="within")[1]
        text = EXCLAVE if len(np.unique(inside)) == len(spots) else APART
        found[area].append(text.format(n=len(spots)).of(language))


def _estimates(plan: Plan, found: list[list[str]], language: Language) -> None:
    """Name the cut buildings whose doors were not given."""
    parts = plan.fabric.parts
    given = plan.fabric.district.buildings.set_index("building_id")
    doors = given["doors"].notna() if "doors" in given else pd.Series(False, index=given.index)
    known = parts["building_id"].map(doors).fillna(True).astype(bool)
    cut = (parts["unit"] > 0).to_numpy() & ~known.to_numpy()
    table = pd.DataFrame({"area": part_areas(plan)[cut], "called": np.array(_called(parts))[cut]})
    for area, rows in table.groupby("area"):
        names = sorted(set(rows["called"]))
        join = "、" if language == "zh" else ", "
        text = join.join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
        found[int(str(area))].append(APPROX.format(buildings=text).of(language))
