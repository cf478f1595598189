"""Remarks of EAs: why one differs from the plain case. Each begins with a code the contract lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.codes import part_labels
from census_gis.areas.outline import part_areas
from census_gis.graph import components
from census_gis.inputs.virtual import virtual_areas
from census_gis.language import Language, Text, counted
from census_gis.model import Plan
from census_gis.partitioning.translate import Why, joined_by, question_of

__all__ = ["remarks"]

SPLIT = Text(
    "SPLIT: {building}: {mine} here, {others}", "SPLIT: {building}：本小区含{mine}，{others}"
)
REST = Text("{what} in {code}", "{what}在{code}")
FAR = Text("the rest in {n} EAs, {codes}", "其余部分在{n}个小区：{codes}")
EXCLAVE = Text(
    "PIECES: {n} pieces, as the district itself is in pieces",
    "PIECES: 共 {n} 块，因普查区本身含飞地或岛屿",
)
APART = Text(
    "PIECES: {n} pieces, a building that must stay whole stands on both sides",
    "PIECES: 共 {n} 块，因同一建筑物占地不相连",
)
APPROX = Text("APPROX: doors of {buildings} are estimated", "APPROX: {buildings}的单元数为估计值")
BEHIND = Text(
    "PIECES: {n} pieces, an area of its own lies between",
    "PIECES: 共 {n} 块，因单独成区的区域居于其间",
)
TORN = Text(
    "PIECES: {n} pieces, as the special area itself is in pieces",
    "PIECES: 共 {n} 块，因该特殊区域本身不相连",
)
BRIDGE = Text(
    "PIECES: {n} pieces, joined by a bridge or sky deck", "PIECES: 共 {n} 块，以桥梁或连廊相连"
)
BARRIER = Text(
    "PIECES: both sides of a river, railway or wide road without a crossing nearby",
    "PIECES: 跨河流、铁路或宽阔道路两侧，附近没有通道",
)
GIVEN = Text(
    "PIECES: {n} pieces, as the area taken as it is is in pieces itself",
    "PIECES: 共 {n} 块，因按原样采用的区域本身不相连",
)
NOWHERE = Text("VIRTUAL: {n} persons without a place", "VIRTUAL: 无住所登记 {n} 人")
VIRTUAL = Text(
    "VIRTUAL: {n} persons registered here{part}, {why}{proposed}{approved}",
    "VIRTUAL: 在此登记 {n} 人{part}，{why}{proposed}{approved}",
)
SHARE = Text(" (part {nth} of {of})", "（第{nth}部分，共{of}部分）")
NO_REASON = Text("no reason given", "未写原因")
PROPOSED = Text(", proposed by {who}", "，{who}提出")
APPROVED = Text(", approved by {who} on {when}", "，{who}于{when}批准")
UNAPPROVED = Text(", not approved", "，尚未批准")
SPECIAL = Text("SPECIAL: {kind}{name}", "SPECIAL: {kind}{name}")
SENSITIVE = Text(
    "SPECIAL: area with arrangements of its own, see the office in charge",
    "SPECIAL: 按专门规定登记的区域，请与主管单位联系",
)
REASONS: dict[Why, Text] = {
    "island": EXCLAVE, "behind": BEHIND, "special": TORN, "bridge": BRIDGE, "barrier": BARRIER,
    "given": GIVEN,
}  # fmt: skip
KINDS = {
    "military": Text("military area", "军事区域"), "prison": Text("prison", "监狱"),
    "dormitory": Text("dormitory", "宿舍"), "hospital": Text("hospital", "医院"),
    "site": Text("building site", "工地"), "demolished": Text("demolished area", "拆迁区"),
    "uninhabited": Text("uninhabited land", "无人区"),
}  # fmt: skip
PART = Text("part {n}", "第{n}部分")
JOIN = Text("; ", "; ")
SHOWN = 5
LISTED = 6  # other shares of a building that a remark tells one by one


def remarks(plan: Plan, shapes: gpd.GeoDataFrame, language: Language) -> list[str | None]:
    """Remark of every area of a numbered plan, None where there is nothing to say.

    `SPLIT:` for every area that holds part of a split building, with which doors and floors, and the
    codes that hold the rest; `PIECES:`, `APPROX:` (doors estimated, not given), `VIRTUAL:` with the reason
    and who approved, `SPECIAL:` with what it is, but of a sensitive area neither kind nor name.
    """
    found: list[list[str]] = [[] for _ in range(len(plan))]
    _splits(plan, found, language)
    _pieces(plan, shapes, found, language)
    _estimates(plan, found, language)
    _virtual(plan, shapes, found, language)
    _special(plan, found, language)
    return [JOIN.of(language).join(each) or None for each in found]


def _splits(plan: Plan, found: list[list[str]], language: Language) -> None:
    """Say of every split building which part is here and which codes hold the rest."""
    rows_of = _spread(plan)
    if not len(rows_of):
        return
    parts = plan.fabric.parts.iloc[rows_of]
    table = pd.DataFrame(
        {
            "building": parts["building_id"].to_numpy(object),
            "called": _called(parts),
            "area": part_areas(plan)[rows_of],
            "label": part_labels(parts, language),
        }
    )
    for _, rows in table.groupby("building", sort=True):
        held: dict[int, str] = {}
        for nth, (area, mine) in enumerate(rows.groupby("area"), start=1):
            # How it is known is said once, by APPROX.
            words = [word.split("（")[0].split(" (")[0] for word in mine["label"] if word]
            join = "、" if language == "zh" else ", "
            held[int(str(area))] = join.join(words) or PART.format(n=nth).of(language)
        for area, said_here in held.items():
            others = {plan.codes[other]: what for other, what in held.items() if other != area}
            rest = _elsewhere(plan, others, language)
            name = rows["called"].iloc[0]
            found[area].append(
                SPLIT.format(building=name, mine=said_here, others=rest).of(language)
            )


def _elsewhere(plan: Plan, others: dict[str, str], language: Language) -> str:
    """What other EAs hold of a building; of many only their codes, since each remark says its own share."""
    if len(others) > LISTED:
        codes = _runs(others, sorted(plan.codes))
        return FAR.format(n=len(others), codes=codes.of(language)).of(language)
    said = [REST.format(what=others[code], code=code).of(language) for code in sorted(others)]
    return ("，" if language == "zh" else ", ").join(said)


def _runs(wanted: Collection[str], codes: Sequence[str]) -> Text:
    """Codes in words, those that follow each other in the district as first to last."""
    runs: list[list[str]] = []
    for nth, code in enumerate(codes):
        if code not in wanted:
            continue
        if runs and codes[nth - 1] == runs[-1][-1]:
            runs[-1].append(code)
        else:
            runs.append([code])
    ends = [run[:1] if len(run) == 1 else [run[0], run[-1]] for run in runs]
    return Text(
        ", ".join(" to ".join(end) for end in ends), "、".join("至".join(end) for end in ends)
    )


def _spread(plan: Plan) -> NDArray[np.int64]:
    """Parts of buildings that several areas hold."""
    ids = plan.fabric.parts["building_id"].to_numpy(object)
    first: dict[object, int] = {}
    code = np.array([first.setdefault(each, nth) for nth, each in enumerate(ids)], dtype=np.int64)
    area = part_areas(plan)
    torn = (area != area[code]) & (ids != "")
    return np.flatnonzero(np.isin(code, code[torn]))


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
    """Say why a ground area is in several pieces, on the map or for who walks it: the partitioner's reasons,
    and for areas that people made what the ground shows.
    """
    geometry = shapes.geometry.to_numpy()
    ground = (shapes["kind"] == "ground").to_numpy()
    several = ground & (shapely.get_num_geometries(geometry) > 1)
    across = _across(plan)
    if not (several.any() or across):
        return
    question = question_of(plan.fabric)
    reasons = joined_by(question, plan.label[question.order])
    for area in np.flatnonzero(ground):
        why: list[Why] = [*reasons.get(int(area), {})]
        if area in across and "barrier" not in why:
            why.append("barrier")
        if not several[area]:
            why = [each for each in why if each == "barrier"]
        elif not set(why) - {"barrier"}:
            found[area].append(_seen(plan, geometry[area], int(area)).format(
                n=shapely.get_num_geometries(geometry[area])).of(language))  # fmt: skip
        for each in why:
            said = REASONS[each].format(n=shapely.get_num_geometries(geometry[area]))
            found[area].append(said.of(language))


def _seen(plan: Plan, shape: shapely.Geometry, area: int) -> Text:
    """Why an area that nothing joins is in several pieces, as far as the map tells."""
    home = shapely.get_parts(plan.fabric.district.boundary)
    spots = shapely.point_on_surface(shapely.get_parts(shape))
    inside = shapely.STRtree(home).query(spots, predicate="within")[1]
    if len(np.unique(inside)) == len(spots):
        return EXCLAVE
    if _of_atoms(plan, "special")[area] >= 0:
        return TORN
    return BEHIND if bool((plan.fabric.atoms["special"] >= 0).any()) else APART


def _across(plan: Plan) -> set[int]:
    """Ordinary areas with buildings on both sides of what one cannot walk across."""
    edges, atoms = plan.fabric.edges, plan.fabric.atoms
    barred = edges["barred"].to_numpy(bool)
    if not barred.any():
        return set()
    a, b = edges["a"].to_numpy(np.int64), edges["b"].to_numpy(np.int64)
    same = plan.label[a] == plan.label[b]
    held = np.zeros(len(atoms), dtype=bool)
    held[plan.fabric.parts["atom"].to_numpy(np.int64)] = True
    count, foot = components(len(atoms), a[same & ~barred], b[same & ~barred])
    lived = np.bincount(foot, held, count) > 0
    _, paper = components(len(atoms), a[same], b[same])
    first = np.unique(foot, return_index=True)[1][lived]
    sides = pd.DataFrame({"paper": paper[first], "area": plan.label[first]})
    torn = sides[sides.duplicated("paper")]["area"]
    special = set(np.flatnonzero(_of_atoms(plan, "special") >= 0).tolist())
    return set(torn.tolist()) - special


def _estimates(plan: Plan, found: list[list[str]], language: Language) -> None:
    """Name the cut buildings whose doors were not given."""
    cut = np.flatnonzero((plan.fabric.parts["unit"] > 0).to_numpy(bool))
    if not len(cut):
        return
    parts = plan.fabric.parts.iloc[cut]
    given = plan.fabric.district.buildings.set_index("building_id")
    doors = given["doors"].notna() if "doors" in given else pd.Series(False, index=given.index)
    known = parts["building_id"].map(doors).astype(object).fillna(True).astype(bool).to_numpy()
    table = pd.DataFrame(
        {"area": part_areas(plan)[cut][~known], "called": np.array(_called(parts))[~known]}
    )
    for area, rows in table.groupby("area"):
        names = sorted(set(rows["called"]))
        join = "、" if language == "zh" else ", "
        text = join.join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
        found[int(str(area))].append(APPROX.format(buildings=text).of(language))


def _of_atoms(plan: Plan, name: str) -> NDArray[np.int64]:
    """A mark of the atoms as one of the areas: the highest, -1 where none of its atoms has it."""
    found = np.full(len(plan), -1, dtype=np.int64)
    np.maximum.at(found, plan.label, plan.fabric.atoms[name].to_numpy(np.int64))
    return found


def _virtual(
    plan: Plan, shapes: gpd.GeoDataFrame, found: list[list[str]], language: Language
) -> None:
    """Say of every virtual EA why it is, and who approved it."""
    without = np.flatnonzero(shapes["kind"] == "virtual")
    if not len(without):
        return
    district = plan.fabric.district
    made = virtual_areas(district.virtual, district.profile)
    entries = district.virtual.to_dict("records")
    listed, noun = _of_atoms(plan, "virtual"), district.profile.noun
    for area in without:
        persons = int(shapes["persons"].iloc[area])
        if listed[area] < 0:
            found[area].append(counted(NOWHERE, noun).format(n=persons).of(language))
            continue
        share = made.iloc[listed[area]]
        said = {name: _plain(text) for name, text in entries[int(share["row"])].items()}
        part = SHARE.format(nth=share["nth"], of=share["of"]) if share["of"] > 1 else None
        proposed = PROPOSED.format(who=said["proposed_by"]) if said["proposed_by"] else None
        approved = UNAPPROVED
        if said["approved_by"] and said["approved_on"]:
            approved = APPROVED.format(who=said["approved_by"], when=said["approved_on"])
        words = {"part": part, "proposed": proposed, "approved": approved}
        shown = {name: text.of(language) if text else "" for name, text in words.items()}
        why = said["reason"] or NO_REASON.of(language)
        found[area].append(counted(VIRTUAL, noun).format(n=persons, why=why, **shown).of(language))


def _special(plan: Plan, found: list[list[str]], language: Language) -> None:
    """Say of every EA that is a special area what it is."""
    if not len(plan.fabric.district.special):
        return
    areas = plan.fabric.district.special.to_dict("records")
    for area, row in enumerate(_of_atoms(plan, "special")):
        if row < 0:
            continue
        entry = areas[row]
        name = _plain(entry["name"])
        shown = "" if not name else f"“{name}”" if language == "zh" else f" {name}"
        text = SENSITIVE
        if not entry["sensitive"]:
            text = SPECIAL.format(kind=KINDS[entry["kind"]].of(language), name=shown)
        found[area].append(text.of(language))


def _plain(text: object) -> str:
    """A given text inside a remark: semicolons part remarks, so it has none."""
    return text.replace(";", ",").replace("；", "，") if isinstance(text, str) else ""
