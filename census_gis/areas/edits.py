"""What people decided by hand, done to a plan: assign, lock, merge, split, hold, exempt.

Each edit stands whole or is refused with its reason; none leaves a broken law. Codes in a list mean the codes
before the list, so a list means the same whatever is done first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis import findings, tables
from census_gis.areas.anchors import ANCHORED, anchor_of, known_again, place_in, subject_of
from census_gis.areas.certificates import still_true
from census_gis.areas.codes import number
from census_gis.areas.desk import Desk, RefusalError, desk_of, settle
from census_gis.areas.divide import crossed, equal_shares, lived, sides
from census_gis.areas.moves import Outcome, assign_all
from census_gis.areas.recode import by_code, fresh_codes, heirs
from census_gis.findings import Kind
from census_gis.language import Language, Text
from census_gis.model import Plan, Step

__all__ = ["DONE", "Edited", "History", "edit"]

DONE = "done"  # outcome of an edit that stands; else the outcome is why it does not
KEYS = ("district_code", "building_id", "part_id", "ea_code", "reason", "who", "when")

NOT_DONE = Kind(
    "A511", "error",
    Text("edit {seq} ({op}) was not done: {why}.", "第 {seq} 条编辑（{op}）未执行：{why_zh}。"),
    Text("correct the list of edits, or leave the row out.", "请改正编辑清单，或删去该行。"),
)  # fmt: skip
ALONG = Kind(
    "A512", "note",
    Text("moved with building {key} by edit {seq}: it overlaps it or is kept with it.",
         "随建筑物 {key} 一并划入（第 {seq} 条编辑）：两者重叠或须同划。"),
    Text("nothing.", "无需处理。"),
)  # fmt: skip
IN_PART = Kind(
    "A514", "warning",
    Text("edit {seq} ({op}) was done in part only: {why}.", "第 {seq} 条编辑（{op}）仅部分执行：{why_zh}。"),
    Text("unlock what it names and give the edit again, or accept it.", "请解除所列锁定后再次提交，或接受。"),
)  # fmt: skip

NOTHING = Text("", "")
ONE_EA = Text(
    "merge names two EAs or more, separated by commas", "合并须写出两个以上小区代码，以逗号分隔"
)
NOT_JOINED = Text("the EAs do not touch, so they cannot be one", "这些小区不相邻，无法合并为一个")
UNDIVIDED = Text(
    "it does not divide EA {code} into parts where people live",
    "未能将普查小区 {code} 分成各有住户的几部分",
)
INTO = Text("into {n}", "分为 {n} 个")
HELD_TWICE = Text("locked buildings stand on both sides", "两侧都有已锁定的建筑物")
NO_LINE = Text("hold needs a line", "界线（hold）须有线状几何")
FOLLOWED = Text(
    "EA lines may follow it; it divides {codes}", "小区界线可沿此线；该线穿过 {codes_zh}"
)
DIVIDED = Text("divided: {codes}", "已沿线分开：{codes_zh}")
STILL = Text("the line still runs through {codes}", "该线仍穿过 {codes_zh}")
BECAUSE = Text("{what} ({why})", "{what_zh}（{why_zh}）")
WHOLE = Text("no EA lies on both sides", "没有小区跨越此线")
NO_REASON = Text("exempt needs a reason and who decided", "豁免须写明理由和决定人")
NOW = Text("EA {old} is now {new}", "普查小区 {old} 现为 {new}")
NO_MORE = Text("EA {old} is no more", "普查小区 {old} 已取消")


@dataclass(frozen=True)
class History:
    """What was decided before: rows of layer `edits`, and codes used once."""

    edits: pd.DataFrame | None = None
    retired: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Edited:
    """A plan with the edits done to it.

    Attributes
    ----------
    plan : Plan
        With codes.
    done : rows of layer `edits`
        `outcome` is DONE, or why not. A lock or exemption of an EA names in `part_id` a dwelling part
        by which the EA is known when codes change; of an EA without any, `geometry` is a place in it. `origin` is for the caller to say.
    words : tuple of str
        For each row what else is to be said of it: what moved along, the EA's code now.
    findings : table FINDINGS
    retired : columns `ea_code`, `retired_on` (null), `successor`
        Codes given up, where they are frozen.
    """

    plan: Plan
    done: gpd.GeoDataFrame
    words: tuple[str, ...]
    findings: gpd.GeoDataFrame
    retired: pd.DataFrame


def edit(
    plan: Plan,
    edits: pd.DataFrame,
    *,
    frozen: bool,
    history: History | None = None,
    language: Language = "zh",
) -> Edited:
    """Do a list of edits to a numbered plan.

    Parameters
    ----------
    plan : Plan
        With codes. Where it was recalled, a `hold` divides the EAs it crosses; where it was just
        partitioned the line was among the barriers already (`with_holds`).
    edits : table EDITS
        Of this district; done in the order of `seq`. `ea_code` means the code before the list.
    frozen : bool
        Codes stay, new ones come after the highest ever used. Else they are given anew, without holes.
    history : History, optional
        Earlier edits, whose locks go on, and retired codes.
    language
        Language of `outcome`.

    Raises
    ------
    InfeasibleError
        If codes do not suffice.
    """
    past = history or History()
    desk = desk_of(plan, retired=past.retired)
    _lock_again(desk, past.edits)
    rows = _rows(edits)
    outcomes = _outcomes(desk, plan, rows)
    anchors = [
        anchor_of(desk, row) if one.done else "" for row, one in zip(rows, outcomes, strict=True)
    ]
    made, retired = _recoded(plan, desk, frozen=frozen)
    cases = _cases(rows, outcomes)
    told = [_told(one, desk, made, language) for one in outcomes]
    for row, one, anchor in zip(rows, outcomes, anchors, strict=True):
        row["part_id"] = anchor or row["part_id"]
        if one.done and row["op"] in ANCHORED and row["ea_code"] and not anchor:
            row["geometry"] = place_in(desk, row)
        row["outcome"] = DONE if one.done else one.words.of(language)
    done = _record(rows, plan)
    return Edited(made, done, tuple(told), findings.frame(cases, plan.fabric.district.crs), retired)


def _rows(edits: pd.DataFrame) -> list[dict[str, Any]]:
    """Edits in order, texts never missing."""
    rows = edits.sort_values("seq", kind="stable").to_dict("records")
    return [
        {**row, **{key: str(row[key]) if isinstance(row.get(key), str) else "" for key in KEYS}}
        for row in rows
    ]  # fmt: skip


def _outcomes(desk: Desk, plan: Plan, rows: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Do every edit; runs of `assign` together."""
    outcomes: list[Outcome] = []
    again = any(step.function == "recall" for step in plan.history)
    ops: dict[str, Callable[[Desk, dict[str, Any]], Outcome]] = {
        "lock": _lock, "merge": _merge, "split": _split, "exempt": _exempt,
        "hold": _hold if again else _held,
    }  # fmt: skip
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and rows[end]["op"] == "assign":
            end += 1
        if end > at:
            outcomes += assign_all(desk, rows[at:end])
            at = end
            continue
        try:
            outcomes.append(ops[rows[at]["op"]](desk, rows[at]))
        except RefusalError as refusal:
            outcomes.append(Outcome(False, refusal.why))
        at += 1
    return outcomes


def _lock(desk: Desk, row: dict[str, Any]) -> Outcome:
    """Nothing later in the list may change it."""
    if row["ea_code"]:
        area = desk.area(row["ea_code"])
        desk.shut.add(area)
        return Outcome(True, NOTHING, area)
    desk.fixed[subject_of(desk, row)] = True
    return Outcome(True, NOTHING)


def _exempt(desk: Desk, row: dict[str, Any]) -> Outcome:
    """Findings about its size become notes (`census_gis.areas.exempt`)."""
    if not (row["reason"] and row["who"]):
        raise RefusalError(NO_REASON)
    if row["ea_code"]:
        return Outcome(True, NOTHING, desk.area(row["ea_code"]))
    subject_of(desk, row)
    return Outcome(True, NOTHING)


def _merge(desk: Desk, row: dict[str, Any]) -> Outcome:
    """Several EAs become one; the lowest code stays."""
    codes = sorted(
        {code.strip() for code in row["ea_code"].replace("，", ",").split(",") if code.strip()}
    )
    if len(codes) < 2:
        raise RefusalError(ONE_EA)
    areas = [desk.area(code) for code in codes]
    going = np.flatnonzero(np.isin(desk.label, areas[1:]))
    desk.forbid_locked(going, *areas)
    label = desk.label.copy()
    label[going] = areas[0]
    try:
        desk.label = settle(desk, label, {areas[0]})
    except RefusalError as refusal:
        raise RefusalError(NOT_JOINED) from refusal
    return Outcome(True, NOTHING, areas[0])


def _split(desk: Desk, row: dict[str, Any]) -> Outcome:
    """One EA becomes several, along a line or in equal shares."""
    area = desk.area(row["ea_code"])
    line = _line(row)
    seed = desk.fabric.district.seed + int(row["seq"])
    groups = equal_shares(desk, area, seed=seed) if line is None else sides(desk, area, line)
    made = _part(desk, area, groups)
    return Outcome(True, INTO.format(n=len(made) + 1), area)


def _part(desk: Desk, area: int, groups: Sequence[NDArray[np.int64]]) -> list[int]:
    """Give groups of an EA's atoms areas of their own; the first, or the locked one, keeps the code."""
    if len(groups) < 2 or not all(lived(desk, area, group) for group in groups):
        raise RefusalError(UNDIVIDED.format(code=desk.named(area)))
    desk.forbid_locked(np.zeros(0, np.int64), area)
    locked = [group for group in groups if desk.fixed[group].any()]
    if len(locked) > 1:
        raise RefusalError(HELD_TWICE)
    keeps = locked[0] if locked else groups[0]
    label, made = desk.label.copy(), []
    for group in groups:
        if group is not keeps:
            new = max(desk.new_area(), int(label.max()) + 1)
            label[group] = new
            made.append(new)
    desk.label = settle(desk, label, {area, *made})
    return made


def _held(desk: Desk, row: dict[str, Any]) -> Outcome:
    """A line that was a barrier when the district was partitioned; which EAs cross it all the same."""
    line = _line(row)
    if line is None:
        raise RefusalError(NO_LINE)
    over = [desk.named(area) for area in crossed(desk, line)]
    return Outcome(True, _naming(FOLLOWED, over))


def _hold(desk: Desk, row: dict[str, Any]) -> Outcome:
    """Divide the EAs a line crosses, where both sides have buildings and nothing is locked."""
    line = _line(row)
    if line is None:
        raise RefusalError(NO_LINE)
    done: list[str] = []
    refused: dict[str, Text] = {}
    for area in crossed(desk, line):
        try:
            _part(desk, area, sides(desk, area, line))
            done.append(desk.named(area))
        except RefusalError as refusal:
            refused[desk.named(area)] = refusal.why
    if not refused:
        return Outcome(True, _naming(DIVIDED, done))
    why = next(iter(refused.values()))
    if not done:
        raise RefusalError(why)
    still = _naming(STILL, [*refused])
    rest = BECAUSE.format(what=still.en, what_zh=still.zh, why=why.en, why_zh=why.zh)
    return Outcome(True, _naming(DIVIDED, done), rest=rest)


def _naming(said: Text, codes: Sequence[str]) -> Text:
    """A sentence about EAs with their codes."""
    if not codes:
        return WHOLE
    return said.format(codes=", ".join(sorted(codes)), codes_zh="、".join(sorted(codes)))


def _line(row: dict[str, Any]) -> Any:
    """The line an edit was drawn with, None without."""
    shape = row.get("geometry")
    if shape is None or not isinstance(shape, shapely.Geometry) or shape.is_empty:
        return None
    flat = shapely.get_dimensions(shape)
    return shapely.boundary(shape) if flat == 2 else (shape if flat == 1 else None)


def _lock_again(desk: Desk, edits: pd.DataFrame | None) -> None:
    """Locks of earlier lists: an EA is known by the dwelling part its lock names."""
    if edits is None or not len(edits):
        return
    for row in _rows(edits[(edits["outcome"] == DONE) & (edits["op"] == "lock")]):
        try:
            atoms = known_again(desk, row)
        except RefusalError:
            continue  # what it locked is no longer there; `recall` has said so
        if row["ea_code"]:
            desk.shut |= set(desk.label[atoms].tolist())
        else:
            desk.fixed[atoms] = True


def _recoded(plan: Plan, desk: Desk, *, frozen: bool) -> tuple[Plan, pd.DataFrame]:
    """The edited plan with its codes, and the codes given up."""
    district, web = plan.fabric.district, desk.web
    used = np.unique(desk.label).tolist()
    fresh = [area for area in used if area not in desk.codes]
    fresh.sort(key=lambda area: int(web.rank[desk.label == area].min()))
    ever = {*plan.codes, *desk.retired}
    named = dict(desk.codes)
    named |= dict(zip(fresh, fresh_codes(district, ever, len(fresh)), strict=True))
    label, order = by_code(desk.label, named)
    step = Step("edit", {"frozen": frozen})
    if np.array_equal(desk.label, plan.label):  # findings name areas by number: numbers stay
        made = replace(plan, history=(*plan.history, step))
        return made if frozen else number(replace(made, codes=())), _retired([], [])
    made = replace(
        plan, label=label, codes=order,
        findings=still_true(plan, label), history=(*plan.history, step),
    )  # fmt: skip
    if not frozen:
        return number(replace(made, codes=())), _retired([], [])
    gone = [code for code in plan.codes if code not in order]
    heir_of = heirs(web, plan.label.astype(np.int64), made, plan.codes)
    return made, _retired(gone, [heir_of[code] for code in gone])


def _retired(codes: list[str], successors: list[str]) -> pd.DataFrame:
    frame = {"ea_code": codes, "retired_on": [None] * len(codes), "successor": successors}
    return pd.DataFrame(frame, dtype=object)


def _cases(rows: Sequence[dict[str, Any]], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Findings: what was refused, and what moved along."""
    cases = []
    for row, one in zip(rows, outcomes, strict=True):
        seq = int(row["seq"])
        if not one.done:
            cases.append(NOT_DONE.at("edits", seq, _spot(row), seq=seq, op=row["op"], why=one.words.en, why_zh=one.words.zh))  # fmt: skip
        if one.rest is not None:
            cases.append(IN_PART.at("edits", seq, _spot(row), seq=seq, op=row["op"], why=one.rest.en, why_zh=one.rest.zh))  # fmt: skip
        key = row["part_id"] or row["building_id"]
        cases += [ALONG.at("dwelling_parts", other, seq=seq, key=key) for other in one.together]
    return cases


def _spot(row: dict[str, Any]) -> Any:
    shape = row.get("geometry")
    return shapely.point_on_surface(shape) if isinstance(shape, shapely.Geometry) else None


def _told(one: Outcome, desk: Desk, made: Plan, language: Language) -> str:
    """What is to be said of an edit: what was done or why not, and what the EA is called now."""
    words = [said.of(language) for said in (one.words, one.rest) if said and said.of(language)]
    if one.done and one.refers is not None:
        atoms = np.flatnonzero(desk.label == one.refers)
        old = desk.named(one.refers)
        new = made.codes[int(made.label[atoms[0]])] if len(atoms) else ""
        if not new:
            words.append(NO_MORE.format(old=old).of(language))
        elif new != old:
            words.append(NOW.format(old=old, new=new).of(language))
    return ("；" if language == "zh" else "; ").join(words)


def _record(rows: Sequence[dict[str, Any]], plan: Plan) -> gpd.GeoDataFrame:
    """Rows of layer `edits`."""
    district = plan.fabric.district
    table = pd.DataFrame(list(rows), columns=[*tables.names("EDITS"), "outcome"])
    table["district_code"] = district.id
    for name in KEYS[1:]:
        table[name] = table[name].astype(object).where(table[name] != "", None)
    return tables.conform(table, "edits", crs=district.crs)
