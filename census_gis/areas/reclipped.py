"""What became of the EAs of a plan that was put on a changed district, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.areas.laws import spot
from census_gis.areas.outline import outline, part_areas
from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.model import Plan

__all__ = ["changes"]

MOVED_M2 = 1.0  # less is redrawing, not a moved line
SHOWN = 5

RECLIPPED = Kind(
    "A501", "warning",
    Text("EA {code} was re-clipped: ground {m2:+.0f} m2, persons {before} -> {after}; buildings in: {into}; out: {out}.",
         "普查小区 {code} 已重新裁切：面积变化 {m2:+.0f} 平方米，人数 {before} → {after}；划入建筑物：{into_zh}；划出：{out_zh}。"),
    Text("check its line and its sheet on the spot.", "请现场核对其界线和图纸。"),
)  # fmt: skip
GIVEN = Kind(
    "A502", "warning",
    Text("new buildings given to EA {code}: {names} ({persons} persons).", "新增建筑物划入普查小区 {code}：{names_zh}（{persons} 人）。"),
    Text("confirm, or assign them to another EA.", "请确认，或改划入其他小区。"),
)  # fmt: skip
RETIRED = Kind(
    "A503", "warning",
    Text("EA {code} is no more ({persons} persons before); what is left of it belongs to {successor}.",
         "普查小区 {code} 已不存在（原有 {persons} 人）；剩余部分划入 {successor}。"),
    Text("withdraw its sheets and its enumerator.", "请收回其图纸并调整普查员。"),
)  # fmt: skip
BORN = Kind(
    "A504", "warning",
    Text("EA {code} is new: {persons} persons that could stay in no EA they were in.", "新设普查小区 {code}：{persons} 人无法留在原小区。"),
    Text("check it, and give it an enumerator.", "请核对，并安排普查员。"),
)  # fmt: skip


def changes(
    plan: Plan, old: gpd.GeoDataFrame, parts: pd.DataFrame, gone: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Findings on EAs whose ground or buildings changed; none where nothing did.

    Parameters
    ----------
    plan : Plan
        As recalled.
    old : rows of `enumeration_areas` with a shape, of the plan that stood
    parts : its `dwelling_parts`
    gone : EAs that are no more, with the EA that has what is left of them ('' for none)
    """
    now = pd.DataFrame(
        {
            "building_id": plan.fabric.parts["building_id"].to_numpy(object),
            "ea_code": np.array(plan.codes, object)[part_areas(plan)],
            "persons": plan.fabric.parts["persons"].to_numpy(np.int64),
        }
    )
    if _same(plan, old, parts, now):
        return []
    shapes = outline(plan).set_index("ea_code")
    was, has = _buildings(parts), _buildings(now)
    first = old.set_index("ea_code")
    every = set(parts["building_id"].dropna())
    cases = [
        RETIRED.at("enumeration_areas", code, spot(first.geometry[code]), code=code,
                   persons=int(first["persons"][code]), successor=heir or "-")
        for code, heir in gone.items()
    ]  # fmt: skip
    for code in plan.codes:
        place, after = spot(shapes.geometry[code]), int(shapes["persons"][code])
        if code not in first.index:
            cases.append(BORN.at("enumeration_areas", code, place, code=code, persons=after))
            continue
        into, out = (
            has.get(code, set()) - was.get(code, set()),
            was.get(code, set()) - has.get(code, set()),
        )
        m2, moved = _moved(shapes.loc[code], first.loc[code])
        before = int(first["persons"][code])
        if into or out or before != after or moved > MOVED_M2:
            cases.append(RECLIPPED.at("enumeration_areas", code, place, code=code, m2=round(m2), before=before,
                                      after=after, **_named("into", into), **_named("out", out)))  # fmt: skip
        new, mine = into - every, now["ea_code"] == code
        if new:
            persons = int(now["persons"][mine & now["building_id"].isin(new)].sum())
            cases.append(GIVEN.at("enumeration_areas", code, place, code=code, persons=persons, **_named("names", new)))  # fmt: skip
    return cases


def _same(plan: Plan, old: gpd.GeoDataFrame, parts: pd.DataFrame, now: pd.DataFrame) -> bool:
    """Whether nothing moved: the same parts in the same EAs on the same land."""
    columns = ["part_id", "ea_code", "persons"]
    # Who is listed in a virtual EA stands in no row of `dwelling_parts`.
    listed = old[old["kind"] == "virtual"]
    virtual = now["ea_code"].isin(listed["ea_code"])
    people = now[virtual].groupby("ea_code")["persons"].sum().to_dict()
    if people != dict(zip(listed["ea_code"], listed["persons"].astype(int), strict=True)):
        return False
    one = parts.loc[~parts["ea_code"].isin(listed["ea_code"]), columns]
    two = now.assign(part_id=plan.fabric.parts["part_id"].to_numpy(object)).loc[~virtual, columns]
    before, after = (frame.sort_values("part_id").to_numpy(object).tolist() for frame in (one, two))
    if before != after:
        return False
    ground = old.geometry[old["kind"] == "ground"].to_numpy()
    land = shapely.union_all(ground)
    return (
        float(shapely.area(shapely.symmetric_difference(land, plan.fabric.district.boundary))) < 0.5
    )


def _buildings(parts: pd.DataFrame) -> dict[str, set[str]]:
    """Buildings of each EA."""
    homes = parts[parts["building_id"].astype(object).fillna("") != ""]
    return {str(code): set(rows) for code, rows in homes.groupby("ea_code")["building_id"]}


def _moved(now: pd.Series, before: pd.Series) -> tuple[float, float]:
    """Change of the area [m2], and how much ground changed hands [m2]."""
    one, two = now["geometry"], before["geometry"]
    if one is None or two is None or now["kind"] != "ground":
        return 0.0, 0.0
    change = shapely.area(one) - shapely.area(two)
    return float(change), float(shapely.area(shapely.symmetric_difference(one, two)))


def _named(word: str, buildings: set[str]) -> dict[str, str]:
    """The first few by name and how many more, in both languages."""
    names = sorted(buildings)
    rest = len(names) - SHOWN
    en = ", ".join(names[:SHOWN]) + (f" +{rest}" if rest > 0 else "")
    zh = "、".join(names[:SHOWN]) + (f" 等，另有 {rest} 栋" if rest > 0 else "")
    return {word: en or "none", f"{word}_zh": zh or "无"}
