"""What partitioning could not meet, as findings that name the buildings which force it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Point

from census_gis.findings import Kind, about, frame
from census_gis.language import LANGUAGES, Text
from census_gis.model import Fabric, Plan
from census_gis.partitioning.problem import Misfit, by_primary
from census_gis.partitioning.translate import Question, Why, joined_by

__all__ = ["counted", "findings_of", "noted", "pieces_of"]

BIG = Kind(
    "S101", "warning",
    Text("An EA of {persons} persons: {what} ({most} persons) is above {high} and {stays}; "
         "in every plan this EA has {best}.",
         "有一个小区为 {persons} 人：{what}（{most} 人）超过 {high} 人，且{stays}；任何方案中该小区都为 {best} 人。"),
    Text("allow it to be cut (ea.split_building; give its doors and floors), or accept the EA.",
         "允许切分（ea.split_building，并提供单元数和层数），或接受该小区。"),
)  # fmt: skip
FEW = Kind(
    "S102", "warning",
    Text("An EA of {persons} persons: the {held} persons of this piece of land fit no whole number of EAs "
         "of {low}-{high}; in every plan one of them has {best}.",
         "有一个小区为 {persons} 人：这片土地上的 {held} 人无法分成整数个 {low}-{high} 人的小区；"
         "任何方案中都有一个小区为 {best} 人。"),
    Text("accept it, widen the band to {wide} (this plan then holds), or link this land to its neighbour ([inputs.links]).",
         "接受，或将区间放宽到 {wide}（本方案即满足），或以 [inputs.links] 与相邻土地连接。"),
)  # fmt: skip
LITTLE = Kind(
    "S120", "warning",
    Text("The whole district holds {held} persons, fewer than the {low} of one EA: it is one EA.",
         "整个普查区共 {held} 人，不足一个小区的下限 {low} 人：整区为一个小区。"),
    Text("nothing to do, or join the district with its neighbour.", "无需处理，或与相邻普查区合并。"),
)  # fmt: skip
POCKET = Kind(
    "S103", "warning",
    Text("An EA of {persons} persons: {held} persons are shut in between large buildings ({names}) and fit no "
         "whole number of EAs of {low}-{high}.",
         "有一个小区为 {persons} 人：大楼（{names}）之间围住的 {held} 人无法分成整数个 {low}-{high} 人的小区。"),
    Text("allow these buildings to be cut (ea.split_building), widen the band to {wide} (this plan then holds), or accept "
         "the EA.", "允许切分这些大楼（ea.split_building），或将区间放宽到 {wide}（本方案即满足），或接受该小区。"),
)  # fmt: skip
LUMP = Kind(
    "S104", "warning",
    Text("An EA of {persons} persons: no connected group of buildings around {names} ({most} persons) holds "
         "{low}-{high}; in every plan the EA of that building has {best}.",
         "有一个小区为 {persons} 人：建筑 {names}（{most} 人）周围没有任何相连的建筑组合能达到 {low}-{high} 人；"
         "任何方案中该建筑所在小区都为 {best} 人。"),
    Text("widen the band to {wide} (this plan then holds), let pieces of buildings join neighbours where they do not yet "
         "(ea.split_building = always), or accept it.",
         "将区间放宽到 {wide}（本方案即满足），或允许建筑的部分与相邻建筑合并（如尚未设 ea.split_building = always），或接受。"),
)  # fmt: skip
NOWHERE = Kind(
    "S119", "warning",
    Text("An EA of {persons} persons: {most} of them have no dwelling and stand in one part without a place, which is not "
         "divided; in every plan their EA has {best}.",
         "有一个小区为 {persons} 人：其中 {most} 人没有住房，记入一个无位置的部分，不再切分；任何方案中其所在小区都为 {best} 人。"),
    Text("add the missing buildings, or list these persons as virtual ([inputs.virtual]).",
         "补充缺少的建筑物，或将这些人列为虚拟小区（[inputs.virtual]）。"),
)  # fmt: skip
PIECES = Kind(
    "S105", "note",
    Text("An EA of {persons} persons lies in several pieces: an exclave or island too small for an EA joins "
         "the nearest one.",
         "有一个小区（{persons} 人）由多块土地组成：过小的飞地或岛屿并入最近的小区。"),
    Text("accept it, or set ea.exclave = own.", "接受，或设 ea.exclave = own。"),
)  # fmt: skip
BEHIND = Kind(
    "S108", "note",
    Text("An EA of {persons} persons lies in several pieces: a special area cuts off ground too small for an EA.",
         "有一个小区（{persons} 人）由多块土地组成：特殊区域隔开的用地过小，不能单独成区。"),
    Text("accept it, or set policy = join for the special area.", "接受，或将该特殊区域的 policy 设为 join。"),
)  # fmt: skip
TORN = Kind(
    "S109", "note",
    Text("A special area of {persons} persons is one EA and lies in several pieces.",
         "有一个特殊区域小区（{persons} 人）由多块土地组成。"),
    Text("accept it, or draw its pieces as areas of their own.", "接受，或将各块画成单独的特殊区域。"),
)  # fmt: skip
BRIDGE = Kind(
    "S110", "note",
    Text("An EA of {persons} persons lies in several pieces that a bridge or sky deck joins.",
         "有一个小区（{persons} 人）由多块土地组成，以桥梁或连廊相连。"),
    Text("accept it, or leave the link out.", "接受，或去掉该连接线。"),
)  # fmt: skip
BARRIER = Kind(
    "S111", "warning",
    Text("An EA of {persons} persons lies on both sides of a river, railway or wide road without a crossing nearby: "
         "one side holds too few for an EA of its own, or no whole number of them.",
         "有一个小区（{persons} 人）跨河流、铁路或宽阔道路两侧，附近没有通道：其中一侧人数不足以单独成区或不能分成整数个小区。"),
    Text("accept it, add the crossing to the roads or [inputs.links], or set ea.crossing_m.",
         "接受，或在道路、[inputs.links] 中补充通道，或调整 ea.crossing_m。"),
)  # fmt: skip
GIVEN = Kind(
    "S112", "note",
    Text("An EA of {persons} persons is a grid cell or compound taken as it is, and lies in several pieces.",
         "有一个小区（{persons} 人）为按原样采用的网格或院落，由多块土地组成。"),
    Text("accept it, or draw the area as one piece.", "接受，或将该区域画成一整块。"),
)  # fmt: skip
OPEN = Kind(
    "S106", "error",
    Text("An EA of {persons} persons is {off} outside {low}-{high} (largest building: {names}). No plan inside was met, and "
         "none is proven impossible: the least possible lies between 0 and {off} persons outside.",
         "有一个小区为 {persons} 人，超出 {low}-{high} 的范围 {off} 人（最大建筑：{names}）。未找到全部达标的方案，也未能证明不存在："
         "最小偏差在 0 至 {off} 人之间。"),
    Text("try another seed ([project] seed), move a building by hand ([inputs.edits]), or widen the band to {wide} (this "
         "plan then holds).", "换一个随机种子（[project] seed），或手工移动建筑（[inputs.edits]），或将区间放宽到 {wide}（本方案即满足）。"),
)  # fmt: skip
JAM = Kind(
    "S107", "warning",
    Text("An EA of {persons} persons: the large buildings around {names} ({most} persons) cannot all be combined to "
         "{low}-{high}; some of them stay outside in every plan.",
         "有一个小区为 {persons} 人：建筑 {names}（{most} 人）周围的大楼无法全部组合成 {low}-{high} 人的小区；"
         "任何方案都会有大楼落在区间之外。"),
    Text("let pieces of such buildings join neighbours where they do not yet (ea.split_building = always), widen the band to "
         "{wide} (this EA then holds), or accept it.",
         "允许这类大楼的部分与相邻建筑合并（如尚未设 ea.split_building = always），或将区间放宽到 {wide}（该小区即满足），或接受。"),
)  # fmt: skip
NECK = Kind(
    "S118", "warning",
    Text("An EA of {persons} persons is {off} outside {low}-{high}: land hangs together by few places (one of them at "
         "{place}), and the persons behind them fit no whole number of EAs; in every plan an EA here is at least {least} outside.",
         "有一个小区为 {persons} 人，超出 {low}-{high} 的范围 {off} 人：土地仅由少数几处相连（其中一处位于 {place}），"
         "其后的人数无法分成整数个小区；任何方案中此处都有小区至少超出 {least} 人。"),
    Text("accept it, widen the band to {wide} (this EA then holds), or link this land to its neighbour where people "
         "can walk ([inputs.links]).",
         "接受，或将区间放宽到 {wide}（该小区即满足），或在可步行处以 [inputs.links] 与相邻土地连接。"),
)  # fmt: skip
ASKED = Kind(
    "S117", "warning",
    Text("An EA of {persons} persons is outside {low}-{high}: the number of EAs was asked for.",
         "有一个小区为 {persons} 人，不在 {low}-{high} 之内：小区个数是指定的。"),
    Text("accept it, or leave the number to the rules.", "接受，或不指定个数，由规则确定。"),
)  # fmt: skip
NUMBER = Kind(
    "S116", "error",
    Text("Exactly {areas} EAs were asked for, {made} were made: large buildings that stay whole, special areas and "
         "pieces of land that do not hang together are EAs of their own, and no EA is without persons.",
         "要求恰好划分 {areas} 个小区，实际为 {made} 个：不切分的大楼、特殊区域和互不相连的地块各自成区，且小区不能无人。"),
    Text("ask for {made}, or allow buildings to be cut (ea.split_building), or link the pieces ([inputs.links]).",
         "改为 {made} 个，或允许切分建筑（ea.split_building），或以 [inputs.links] 连接地块。"),
)  # fmt: skip
KIND = {
    "big": BIG,
    "few": FEW,
    "pocket": POCKET,
    "lump": LUMP,
    "jam": JAM,
    "neck": NECK,
    "open": OPEN,
    "asked": ASKED,
}
# What is proven of a large district holds inside its blocks: blocks cut elsewhere might allow more.
OF_BLOCKS = ("few", "pocket", "lump", "jam", "neck")
IN_BLOCKS = Text(
    " Every plan here is every plan with the same blocks (blocks.above).",
    "此处“任何方案”指分块（blocks.above）不变时的任何方案。",
)
JOINED: dict[Why, Kind] = {
    "island": PIECES,
    "behind": BEHIND,
    "special": TORN,
    "bridge": BRIDGE,
    "barrier": BARRIER,
    "given": GIVEN,
}
NAMES_SHOWN = 3
BUILDING = Text("building {names}", "建筑 {names}")
PART = Text("a part of building {names}", "建筑 {names} 的一部分")
STAYS_WHOLE = Text("stays whole", "不切分")
NOT_FURTHER = Text("is not cut further", "不再切分")


def pieces_of(question: Question, label: NDArray[np.int32]) -> Iterator[Misfit]:
    """Areas that hang together by links only."""
    held = by_primary(question.problem).persons
    for area, reasons in joined_by(question, label).items():
        persons = int(held[label == area].sum())
        for atoms in reasons.values():
            yield Misfit("pieces", area, persons, atoms)


def counted(plan: Plan, areas: int) -> Plan:
    """A plan that says so where it has not as many EAs as were asked for, virtual ones apart."""
    made = len(plan) - int((plan.fabric.atoms["virtual"] >= 0).sum())
    return plan if made == areas else noted(plan, NUMBER, areas=areas, made=made)


def noted(plan: Plan, kind: Kind, **values: Any) -> Plan:
    """A plan with one finding more, about its whole district."""
    district = plan.fabric.district
    at = None if district.boundary is None else district.boundary.representative_point()
    row = kind.at("districts", district.id, at, **values)
    return replace(plan, findings=frame([*plan.findings.to_dict("records"), row], district.crs))


def findings_of(
    fabric: Fabric, question: Question, label: NDArray[np.int32], misfits: tuple[Misfit, ...]
) -> gpd.GeoDataFrame:
    """Findings on the layer of EAs, in what the main band counts; `row_key` is the area's number in the plan."""
    apart = np.unique(label[question.apart > 0])  # excused from the band: their remark says so
    told = [misfit for misfit in misfits if misfit.kind == "pieces" or misfit.area not in apart]
    rows = [_row(fabric, question, label, misfit) for misfit in told]
    return about(frame(rows, fabric.district.crs), question.problem.primary)


def _row(
    fabric: Fabric, question: Question, label: NDArray[np.int32], misfit: Misfit
) -> dict[str, Any]:
    problem = by_primary(question.problem)
    mine = np.flatnonzero(label == misfit.area)
    around = np.array(misfit.atoms or tuple(mine), np.int64)
    x, y = question.xy[mine].mean(axis=0)
    if problem.persons[mine].sum() > 0:
        x, y = np.average(question.xy[mine], axis=0, weights=problem.persons[mine])
    kind = JOINED[_why(question, misfit)] if misfit.kind == "pieces" else KIND[misfit.kind]
    if misfit.kind == "lump" and question.placeless[around].any():
        kind = NOWHERE
    if (
        misfit.kind == "few"
        and misfit.held < problem.low
        and _everybody(fabric, question) == misfit.held
    ):
        kind = LITTLE
    names = _names(fabric, question.order[around])
    parted = misfit.kind == "big" and _parted(fabric, question.order[mine])
    said = kind.at(
        "enumeration_areas", misfit.area, Point(float(x), float(y)),
        persons=misfit.persons, names=names, what=(PART if parted else BUILDING).format(names=names),
        stays=NOT_FURTHER if parted else STAYS_WHOLE,
        most=int(problem.persons[around].max()), held=misfit.held,
        low=problem.low, high=problem.high, best=_best(misfit), least=misfit.least,
        place="{:.0f} {:.0f}".format(*question.xy[around[0]]),
        off=max(problem.low - misfit.persons, misfit.persons - problem.high),
        wide=f"{min(problem.low, misfit.persons)}-{max(problem.high, misfit.persons)}",
    )  # fmt: skip
    if misfit.kind in OF_BLOCKS and "block" in fabric.atoms:
        for language in LANGUAGES:
            said[f"message_{language}"] += IN_BLOCKS.of(language)
    return said


def _best(misfit: Misfit) -> str:
    """What is proven of an area in every plan, in numbers: at most, or at least, so many persons."""
    sides = [f"≤ {misfit.below}"] * (misfit.below >= 0) + [f"≥ {misfit.above}"] * (
        misfit.above >= 0
    )
    return " / ".join(sides) or "-"


def _why(question: Question, misfit: Misfit) -> Why:
    """Reason of the first join between the pieces of an area."""
    problem, first = question.problem, len(question.problem.a) - question.links
    return next(
        why
        for i, why in enumerate(question.why, start=first)
        if problem.a[i] in misfit.atoms and problem.b[i] in misfit.atoms
    )


def _everybody(fabric: Fabric, question: Question) -> int:
    """What the main band counts in a whole district, virtual EAs apart."""
    placed = fabric.atoms["virtual"].to_numpy(np.int64)[question.order] < 0
    return int(by_primary(question.problem).persons[placed].sum())


def _parted(fabric: Fabric, atoms: NDArray[np.int64]) -> bool:
    """Whether a building that stands in an area of such atoms stands in others too."""
    parts = fabric.parts[fabric.parts["building_id"].fillna("") != ""]
    here = parts["atom"].isin(atoms)
    return bool(parts.loc[~here, "building_id"].isin(parts.loc[here, "building_id"]).any())


def _names(fabric: Fabric, atoms: NDArray[np.int64]) -> str:
    """Numbers of the buildings of some atoms, the first few."""
    parts = fabric.parts
    mine = parts[parts["atom"].isin(atoms) & (parts["building_id"].fillna("") != "")]
    names = sorted(set(mine["building_id"].astype(str)))
    more = "" if len(names) <= NAMES_SHOWN else f" +{len(names) - NAMES_SHOWN}"
    return ", ".join(names[:NAMES_SHOWN]) + more if names else "-"
