"""The contract's laws of ground and buildings, checked from tables alone (section 4, laws 1, 2 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.sums import numbers, rows_of, sums_by
from census_gis.findings import Kind
from census_gis.graph import components
from census_gis.language import Text

__all__ = ["building_laws", "ground_laws", "line_laws", "said", "spot"]

GAP_M2 = 0.5  # contract, law 1: what still counts as rounding, for a district
INSIDE = 0.98  # share of a footprint that must lie in its EA ...
SLIVER_M2 = 0.5  # ... unless what lies outside is less than this (law 2)
GRID_M = 0.001  # overlays that look wrong are done again on this grid
LENGTH_M = 0.05  # lines and outline of an EA may differ by this, and by 1e-6 of the length
Row = dict[str, Any]
High = Callable[[object], int]  # most persons of an EA, by the code of its district

NO_SHAPE = Kind(
    "A401", "error",
    Text("EA {code} has no valid polygon.", "普查小区 {code} 没有有效的多边形。"),
    Text("run the plan step again; if it stays, report the district.", "请重新运行划分步骤；若仍存在，请反馈该普查区。"),
)  # fmt: skip
NOT_TILED = Kind(
    "A402", "error",
    Text("the EAs of district {code} do not cover it exactly: {gap:.2f} m2 uncovered, {out:.2f} m2 outside, {double:.2f} m2 double.",
         "普查区 {code} 的普查小区未能恰好覆盖全区：未覆盖 {gap:.2f} 平方米，超出 {out:.2f} 平方米，重叠 {double:.2f} 平方米。"),
    Text("undo edits of EA polygons made outside the program.", "请撤销在程序外对小区边界所作的改动。"),
)  # fmt: skip
NOT_SHARED = Kind(
    "A403", "error",
    Text("EA {code} and a neighbour do not share the vertices of their line.", "普查小区 {code} 与相邻小区的界线节点不一致。"),
    Text("undo edits of EA polygons made outside the program.", "请撤销在程序外对小区边界所作的改动。"),
)  # fmt: skip
DISTRICTS_OVERLAP = Kind(
    "A404", "error",
    Text("districts {one} and {two} overlap by {m2:.2f} m2.", "普查区 {one} 与 {two} 重叠 {m2:.2f} 平方米。"),
    Text("settle the line between them, or raise snap_m.", "请确定两区界线，或增大 snap_m。"),
)  # fmt: skip
IN_PIECES = Kind(
    "A405", "error",
    Text("EA {code} lies in {n} pieces and its remark does not say why.", "普查小区 {code} 分为 {n} 块，备注未说明原因。"),
    Text("move the buildings of one piece to its neighbour, or write a remark PIECES:.", "请把其中一块的建筑物划给相邻小区，或填写备注 PIECES:。"),
)  # fmt: skip
CUT = Kind(
    "A411", "error",
    Text("building {building} ({part}) does not lie inside its EA {code}.", "建筑物 {building}（{part}）未完全位于所属普查小区 {code} 内。"),
    Text("move the line, or assign the building to the EA it stands in.", "请调整界线，或将该建筑物划入其所在小区。"),
)  # fmt: skip
SPLIT_SMALL = Kind(
    "A412", "error",
    Text("building {building} of {persons} persons is split over {codes}; buildings of up to {high} stay whole.",
         "建筑物 {building}（{persons} 人）被分到 {codes}；{high} 人以内的建筑物不得拆分。"),
    Text("assign all its parts to one EA.", "请将其各部分划入同一小区。"),
)  # fmt: skip
SPLIT_SILENT = Kind(
    "A413", "error",
    Text("EA {code} holds part of building {building} and its remark does not say so.", "普查小区 {code} 含建筑物 {building} 的一部分，但备注未说明。"),
    Text("write a remark SPLIT: with the part and the codes of the rest.", "请填写备注 SPLIT:，注明所含部分及其余部分所在小区。"),
)  # fmt: skip
NOWHERE = Kind(
    "A414", "error",
    Text("dwelling part {part} belongs to no EA of the plan ({code}).", "居住部分 {part} 不属于任何普查小区（{code}）。"),
    Text("assign it to an EA.", "请将其划入一个小区。"),
)  # fmt: skip
TOGETHER = Kind(
    "A415", "error",
    Text("buildings {one} and {two} overlap, hold {persons} persons together, and lie in two EAs.",
         "建筑物 {one} 与 {two} 相互重叠，合计 {persons} 人，却分属两个小区。"),
    Text("assign both to one EA, or correct the footprints.", "请划入同一小区，或改正建筑物轮廓。"),
)  # fmt: skip
FLOATING = Kind(
    "A416", "error",
    Text("stacked EA {code} holds no part, or one outside its shape.", "叠层小区 {code} 不含任何居住部分，或所含部分在其图形之外。"),
    Text("run the plan step again.", "请重新运行划分步骤。"),
)  # fmt: skip
LINE_MISSING = Kind(
    "A421", "error",
    Text("the lines of EA {code} measure {lines:.2f} m, its outline {outline:.2f} m.", "普查小区 {code} 的界线合计 {lines:.2f} 米，而其轮廓长 {outline:.2f} 米。"),
    Text("run the plan step again; layer ea_lines was changed or is incomplete.", "请重新运行划分步骤；ea_lines 图层被改动或不完整。"),
)  # fmt: skip


def spot(shape: Any) -> Any:
    """A point inside a shape, for a finding; None where there is none."""
    return None if shape is None or shape.is_empty else shapely.point_on_surface(shape)


def said(areas: pd.DataFrame, code: str) -> NDArray[np.bool_]:
    """EAs whose remark holds a code."""
    remarks = areas["remark"].to_numpy(object)
    return np.array([isinstance(text, str) and code in text for text in remarks], dtype=bool)


def ground_laws(districts: pd.DataFrame, areas: pd.DataFrame) -> Iterator[Row]:
    """Laws 1 and 4: ground EAs tile their district, share vertices, are one piece."""
    ground = areas[areas["kind"] == "ground"]
    shapes = ground["geometry"].to_numpy()
    sound = shapely.is_valid(shapes) & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    for row in np.flatnonzero(~sound):
        code = ground["ea_code"].iloc[row]
        yield NO_SHAPE.at("enumeration_areas", code, spot(shapes[row]), code=code)
    home = ground["district_code"].to_numpy(object)
    for code, land in zip(districts["district_code"], districts["geometry"], strict=True):
        here = np.flatnonzero((home == code) & sound)
        yield from _tiling(str(code), land, shapes[here], ground["ea_code"].to_numpy(object)[here])
    pieces = shapely.get_num_geometries(shapes)
    for row in np.flatnonzero((pieces > 1) & ~said(ground, "PIECES:")):
        code = ground["ea_code"].iloc[row]
        yield IN_PIECES.at(
            "enumeration_areas", code, spot(shapes[row]), code=code, n=int(pieces[row])
        )
    yield from _overlapping(districts)


def _tiling(
    code: str, land: Any, shapes: NDArray[np.object_], codes: NDArray[np.object_]
) -> Iterator[Row]:
    """Coverage of one district."""
    faults = shapely.coverage_invalid_edges(shapes) if len(shapes) else np.zeros(0, object)
    wrong = ~(shapely.is_empty(faults) | shapely.is_missing(faults))
    union = shapely.union_all(shapes) if wrong.any() else shapely.coverage_union_all(shapes)
    gap, out = _minus_m2(land, union), _minus_m2(union, land)
    double = max(float(shapely.area(shapes).sum() - shapely.area(union)), 0.0)
    if max(gap + out, double) > GAP_M2:
        yield NOT_TILED.at(
            "districts", code, spot(land), code=code, gap=gap, out=out, double=double
        )
    for row in np.flatnonzero(wrong):
        place = shapely.get_point(shapely.get_parts(faults[row])[0], 0)
        yield NOT_SHARED.at("enumeration_areas", codes[row], place, code=codes[row])


def _minus_m2(one: Any, two: Any) -> float:
    """Area of one without two; what looks like more than rounding is computed again on a grid."""
    m2 = float(shapely.area(shapely.difference(one, two)))
    if m2 <= GAP_M2:
        return m2
    return min(m2, float(shapely.area(shapely.difference(one, two, grid_size=GRID_M))))


def _overlapping(districts: pd.DataFrame) -> Iterator[Row]:
    land, codes = districts["geometry"].to_numpy(), districts["district_code"].to_numpy(object)
    i, j = shapely.STRtree(land).query(land, predicate="intersects")
    i, j = i[i < j], j[i < j]
    common = shapely.intersection(land[i], land[j])
    for one, two, shape in zip(i, j, common, strict=True):
        if shape.area > GAP_M2:
            yield DISTRICTS_OVERLAP.at(
                "districts", codes[one], spot(shape), one=codes[one], two=codes[two], m2=shape.area
            )


def line_laws(areas: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Row]:
    """Lines cover the outline of every ground EA exactly once."""
    ground = _unique(areas[areas["kind"] == "ground"])
    codes, metres = ground["ea_code"].to_numpy(object), numbers(lines["length_m"])
    inner = (lines["follows"] != "district").to_numpy(bool)
    total = np.zeros(len(ground))
    for side, counts in (("right_ea", inner), ("left_ea", np.ones(len(lines), bool))):
        beside = rows_of(lines[side].to_numpy(object)[counts], codes)
        total += np.nan_to_num(sums_by(beside, metres[counts], len(ground)))
    outline = shapely.length(ground["geometry"].to_numpy())
    for row in np.flatnonzero(np.abs(total - outline) > LENGTH_M + 1e-6 * outline):
        code = ground["ea_code"].iloc[row]
        yield LINE_MISSING.at(
            "ea_lines", code, spot(ground["geometry"].iloc[row]), code=code, lines=total[row], outline=outline[row]
        )  # fmt: skip


def building_laws(
    districts: pd.DataFrame, areas: pd.DataFrame, parts: pd.DataFrame, high: High
) -> Iterator[Row]:
    """Law 2: every building in one EA, or a recorded split above the band's top.

    `high` tells that top of a district by its code [persons].
    """
    unique = _unique(areas)
    home = rows_of(parts["ea_code"].to_numpy(object), unique["ea_code"].to_numpy(object))
    kept = parts
    if (home < 0).any():
        for part, code in parts.loc[home < 0, ["part_id", "ea_code"]].to_numpy(object):
            yield NOWHERE.at("dwelling_parts", part, part=part, code=code)
        kept = parts[home >= 0]
    yield from _splits(areas, kept, high)
    kind = np.append(unique["kind"].to_numpy(object), "")[home]
    drawn = (home >= 0) & ~shapely.is_missing(parts["geometry"].to_numpy())
    ground, above = drawn & (kind == "ground"), drawn & (kind == "stacked")
    on_ground = parts if ground.all() else parts[ground]
    hosts = unique[["district_code", "geometry"]].iloc[home[ground]]
    yield from _footprints(districts, hosts, on_ground)
    yield from _apart(hosts["district_code"].to_numpy(object), kept, on_ground, high)
    shapes = unique["geometry"].to_numpy()
    held = _held(parts["geometry"].to_numpy()[above], shapes[home[above]])
    codes = parts["ea_code"].to_numpy(object)[above]
    stacked = set(areas.loc[areas["kind"] == "stacked", "ea_code"])
    for code in sorted(set(codes[held < INSIDE]) | (stacked - set(codes))):
        place = shapes[rows_of([code], unique["ea_code"].to_numpy(object))[0]]
        yield FLOATING.at("enumeration_areas", code, spot(place), code=code)


def _unique(areas: pd.DataFrame) -> pd.DataFrame:
    """The first row of each EA."""
    codes = areas["ea_code"].to_numpy(object)
    return areas if len(set(codes)) == len(codes) else areas.drop_duplicates("ea_code")


def _splits(areas: pd.DataFrame, parts: pd.DataFrame, high: High) -> Iterator[Row]:
    ids = parts["building_id"].to_numpy(object)
    named = ~pd.isna(ids) & (ids != "")
    pairs = set(zip(ids[named], parts["ea_code"].to_numpy(object)[named], strict=True))
    if len(pairs) == len({building for building, _ in pairs}):
        return  # each building in one EA
    homes = parts[named]
    spread = homes.groupby("building_id")["ea_code"].transform("nunique") > 1
    silent = set(areas["ea_code"]) - set(areas.loc[said(areas, "SPLIT:"), "ea_code"])
    for building, rows in homes[spread].groupby("building_id", sort=True):
        codes, persons = sorted(set(rows["ea_code"])), int(rows["persons"].sum())
        top = high(rows["district_code"].iloc[0])
        if persons <= top:
            yield SPLIT_SMALL.at(
                "dwelling_parts", building, spot(rows["geometry"].iloc[0]), building=building,
                persons=persons, codes=", ".join(codes), high=top,
            )  # fmt: skip
        for code in codes:
            if code in silent:
                yield SPLIT_SILENT.at("enumeration_areas", code, code=code, building=building)


def _footprints(districts: pd.DataFrame, hosts: pd.DataFrame, parts: pd.DataFrame) -> Iterator[Row]:
    """Footprints that cross the line of their EA, but for ground others claim or that lies outside the district.

    `hosts` has the EA of each part.
    """
    foot, host = parts["geometry"].to_numpy(), hosts["geometry"].to_numpy()
    shapely.prepare(host)
    doubt = np.flatnonzero(~shapely.covers(host, foot))
    doubt = doubt[_held(foot[doubt], host[doubt]) < INSIDE]
    if not len(doubt):
        return
    row = rows_of(
        hosts["district_code"].to_numpy(object)[doubt], districts["district_code"].to_numpy(object)
    )
    lands = districts["geometry"].to_numpy()
    home = [lands[at] if at >= 0 else None for at in row]
    tree, own = shapely.STRtree(foot), parts["building_id"].to_numpy(object)
    for at, inner in zip(doubt, home, strict=True):
        near = tree.query(foot[at], predicate="intersects")
        others = shapely.union_all(foot[near[own[near] != own[at]]])
        judged = shapely.intersection(foot[at], inner, grid_size=GRID_M)
        judged = shapely.difference(judged, others, grid_size=GRID_M)
        out = shapely.area(shapely.difference(judged, host[at], grid_size=GRID_M))
        if out > max(SLIVER_M2, (1 - INSIDE) * shapely.area(judged)):
            part, code = parts["part_id"].iloc[at], parts["ea_code"].iloc[at]
            yield CUT.at(
                "dwelling_parts", part, spot(foot[at]), building=own[at], part=part, code=code
            )


def _held(foot: NDArray[np.object_], host: NDArray[np.object_]) -> NDArray[np.float64]:
    """Share of each footprint inside its host."""
    area = np.maximum(shapely.area(foot), 1e-9)
    return np.asarray(np.nan_to_num(shapely.area(shapely.intersection(foot, host)) / area))


def _apart(
    home: NDArray[np.object_], parts: pd.DataFrame, on_ground: pd.DataFrame, high: High
) -> Iterator[Row]:
    """Overlapping buildings of one district that lie in two EAs though they would fit in one.

    `home` is the district of each part on the ground.
    """
    foot, ids = on_ground["geometry"].to_numpy(), on_ground["building_id"].to_numpy(object)
    codes = on_ground["ea_code"].to_numpy(object)
    i, j = shapely.STRtree(foot).query(foot, predicate="intersects")
    near = (i < j) & (ids[i] != ids[j]) & (home[i] == home[j])
    i, j = i[near], j[near]
    common = shapely.area(shapely.intersection(foot[i], foot[j]))
    least = np.minimum(shapely.area(foot[i]), shapely.area(foot[j]))
    real = (common > SLIVER_M2) & (common > (1 - INSIDE) * least)
    i, j = i[real], j[real]
    if (codes[i] == codes[j]).all():
        return
    names, number = np.unique(ids.astype(str), return_inverse=True)
    _, group = components(len(names), number[i], number[j])
    people = parts.groupby(parts["building_id"].astype(str))["persons"].sum()
    total = np.bincount(group, people.reindex(names).fillna(0).to_numpy(float))
    for one, two in zip(i, j, strict=True):
        persons = int(total[group[number[one]]])
        if codes[one] != codes[two] and persons <= high(home[one]):
            yield TOGETHER.at(
                "dwelling_parts",
                ids[one],
                spot(foot[one]),
                one=ids[one],
                two=ids[two],
                persons=persons,
            )
