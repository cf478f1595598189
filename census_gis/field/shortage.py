"""Too few people: how many, where, proven, why, and the cheapest that helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.field.assignment import Openings, People, Terms, assign_work, judged, some
from census_gis.field.matching import NOBODY, Matching, without_choice
from census_gis.findings import Kind
from census_gis.language import Text

__all__ = ["CODES", "LEFT", "Shortage", "cases", "shortage"]

SHORT = Kind(
    "T101", "error",
    Text("{n} EAs have nobody: {need} posts, {own} own people and {reach} who may come from anywhere on the list. Proof: "
         "{work} EAs, these among them, can be counted by {people} people only.{why}",
         "{n} 个普查小区无人负责：需要 {need} 个岗位，本区名册 {own} 人，全部名册中可来的有 {reach} 人。证明：包括这些小区在内的 "
         "{work} 个小区，名册中只有 {people} 人可以负责。{why}"),
    Text("{fix}.", "{fix}。"),
)  # fmt: skip
LEFT = Kind(
    "T103", "error",
    Text("EA {code} has nobody after people were given out again.", "人员调整后，普查小区 {code} 无人负责。"),
    Text("add people to layer staff and run `census-gis staff PLAN.gpkg`, or choose another way with `census-gis progress`.",
         "请在 staff 图层补充人员后运行 `census-gis staff PLAN.gpkg`，或用 `census-gis progress` 另选调整方式。"),
)  # fmt: skip
CODES = (SHORT.code, LEFT.code)
FREED = {
    "skills": Text(" Without the rule on skills {n} fewer would have nobody.", "若不论技能，可减少 {n} 个。"),
    "range": Text(" Without the limit of distance {n} fewer would have nobody.", "若不限距离，可减少 {n} 个。"),
    "capacity": Text(" Without limits of persons a head {n} fewer would have nobody.", "若不限每人人数上限，可减少 {n} 个。"),
}  # fmt: skip
LEND = Text(
    "borrow {n} from district {code}, {km:.1f} km away",
    "从普查区 {code} 借调 {n} 人（距 {km:.1f} 千米）",
)
FROM_RESERVE = Text("send {n} people of no district", "选派 {n} 名无所属普查区的人员")
TEACH = Text("find {n} people who have {skills}", "物色 {n} 名具备“{skills}”技能的人员")
HIRE = Text("add {n} people to the staff list", "在名册中补充 {n} 人")
MARK = Text("; ", "；")


@dataclass(frozen=True)
class Shortage:
    """What is lacking.

    Attributes
    ----------
    table : DataFrame
        One row for each district that is short: district (number), needed, available, reachable, short.
    freed
        EAs that would have somebody without one of the rules, by rule.
    remedies : DataFrame
        district, origin (district number, -1 for people of none, -2 where people must be added), n, km.
    proof
        EAs that compete for too few people, and these people: both numbers.
    """

    table: pd.DataFrame
    freed: dict[str, int]
    remedies: pd.DataFrame
    proof: tuple[int, int]


def shortage(work: Openings, people: People, terms: Terms, *, matching: Matching) -> Shortage:
    """Explain the EAs that have nobody.

    Parameters
    ----------
    work, people, terms
        As they were matched.
    matching
        With as many EAs placed as can be.
    """
    alone = np.flatnonzero(matching.person == NOBODY)
    relevant = assign_work(work, people, replace(terms, stray_m=0))
    competing, rivals = without_choice(relevant.arcs, relevant.matching.person)
    freed = {}
    for rule in sorted(terms.heeded):
        eased = assign_work(work, people, replace(terms, heeded=terms.heeded - {rule}, stray_m=0))
        if gain := len(alone) - eased.matching.short:
            freed[rule] = gain
    return Shortage(
        _table(work, people, terms, alone), freed, _remedies(work, people, terms, matching),
        (len(competing), len(rivals)),
    )  # fmt: skip


def cases(
    found: Shortage,
    work: Openings,
    *,
    codes: Sequence[str],
    skills: Sequence[str],
    alone: NDArray[np.int64],
) -> list[dict[str, object]]:
    """A finding for each district that is short."""
    told = []
    why = _joined(Text("", ""), [FREED[rule].format(n=n) for rule, n in found.freed.items()])
    ways = ["origin", "n", "km"]
    for row in found.table.itertuples():
        here = found.remedies.loc[found.remedies["district"] == row.district, ways]
        fixes = [
            _fix(origin, n, km, codes) for origin, n, km in here.itertuples(index=False, name=None)
        ]
        lacking = [i for i in alone if work.district[i] == row.district]
        fixes += _taught(found, work.needs[lacking], skills)
        values = {"n": row.short, "need": row.needed, "own": row.available, "reach": row.reachable,
                  "work": found.proof[0], "people": found.proof[1]}  # fmt: skip
        fix = _joined(MARK, fixes)
        told.append(SHORT.at("districts", codes[row.district], why=why, fix=fix, **values))
    return told


def _joined(mark: Text, texts: Sequence[Text]) -> Text:
    return Text(mark.en.join(text.en for text in texts), mark.zh.join(text.zh for text in texts))


def _fix(origin: int, n: int, km: float, codes: Sequence[str]) -> Text:
    if origin == -2:
        return HIRE.format(n=n)
    return FROM_RESERVE.format(n=n) if origin < 0 else LEND.format(n=n, code=codes[origin], km=km)


def _taught(found: Shortage, needs: NDArray[np.int64], skills: Sequence[str]) -> list[Text]:
    """Skills that EAs with nobody ask for, where the rule on skills is what leaves them so."""
    if "skills" not in found.freed:
        return []
    texts = []
    for bits in sorted({int(b) for b in needs if b}):
        words = ", ".join(word for i, word in enumerate(skills) if bits >> i & 1)
        texts.append(TEACH.format(n=int((needs == bits).sum()), skills=words))
    return texts


def _table(work: Openings, people: People, terms: Terms, alone: NDArray[np.int64]) -> pd.DataFrame:
    """Needed, available, reachable and short of each district that is short."""
    rows = []
    for district in np.unique(work.district[alone]).tolist():
        mine = np.flatnonzero(work.district == district)
        reach = np.zeros(len(people), dtype=bool)
        for i in mine:
            everybody = np.arange(len(people))
            ok, _ = judged(work, people, terms, pairs=(np.full(len(people), i), everybody))
            reach |= ok
        rows.append((district, len(mine), int((people.district == district).sum()), int(reach.sum()),
                     int((work.district[alone] == district).sum())))  # fmt: skip
    return pd.DataFrame(rows, columns=["district", "needed", "available", "reachable", "short"])


def _remedies(work: Openings, people: People, terms: Terms, matching: Matching) -> pd.DataFrame:
    """Free people the EAs with nobody could have if the distance did not matter, the nearest first; else new ones."""
    alone = np.flatnonzero(matching.person == NOBODY)
    free = np.setdiff1d(np.arange(len(people)), matching.person)
    wide = replace(terms, heeded=terms.heeded - {"range"}, stray_m=0)
    lent = assign_work(some(work, alone), some(people, free), wide).matching.person
    rows = []
    for row, who in zip(alone, lent, strict=True):
        if who == NOBODY:
            rows.append((work.district[row], -2, np.nan))
            continue
        helper = free[who]
        metres = np.hypot(work.x[row] - people.x[helper], work.y[row] - people.y[helper])
        rows.append((work.district[row], people.district[helper], metres / 1000))
    table = pd.DataFrame(rows, columns=["district", "origin", "km"])
    sums = table.groupby(["district", "origin"])["km"].agg(["size", "mean"]).reset_index()
    return sums.rename(columns={"size": "n", "mean": "km"})
