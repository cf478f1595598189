"""EAs an office has given to people itself: they hold, whatever the rules say, and what is against them is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.field.assignment import Openings, People, Terms, judged
from census_gis.field.assignment_people import items_in
from census_gis.field.matching import NOBODY
from census_gis.findings import Kind
from census_gis.language import Text

__all__ = ["CODES", "FIXED", "Locks", "against_rules", "locked"]

STRANGE = Kind(
    "T124", "warning",
    Text("{n} EAs given to people in the staff list (ea_codes) are none that ask for somebody, e.g. {ea} ({who}).",
         "名册 ea_codes 指定的小区中有 {n} 个不在需要人员的小区之列，如 {ea}（{who}）。"),
    Text("correct ea_codes: codes of a draft change when it is divided anew.", "请更正 ea_codes：草案重新划分后代码会变。"),
)  # fmt: skip
TWICE = Kind(
    "T125", "warning",
    Text("{ea} is given to {first} and to {second} in the staff list: {first} has it.",
         "名册将 {ea} 同时指定给 {first} 和 {second}：由 {first} 负责。"),
    Text("take it from one of them.", "请从其中一人的 ea_codes 中删去。"),
)  # fmt: skip
AGAINST = Kind(
    "T126", "note",
    Text("{n} EAs given in the staff list are against the rules on skills, distance or persons, e.g. {ea} ({who}).",
         "名册指定的小区中有 {n} 个不符合技能、距离或人数规则，如 {ea}（{who}）。"),
    Text("nothing to do where this is meant.", "如系有意安排，无需处理。"),
)  # fmt: skip
CODES = tuple(kind.code for kind in (STRANGE, TWICE, AGAINST))
FIXED = Text(
    "given by the office (ea_codes of the staff list).", "由普查机构指定（名册 ea_codes）。"
)


@dataclass(frozen=True)
class Locks:
    """Who was given which EA.

    Attributes
    ----------
    person : int64, one an EA
        Row of the person, `NOBODY` where the office has not decided.
    """

    person: NDArray[np.int64]
    found: tuple[dict[str, object], ...] = ()

    @property
    def open(self) -> NDArray[np.int64]:
        """EAs that are not decided yet."""
        return np.flatnonzero(self.person == NOBODY)

    def free(self, n_people: int) -> NDArray[np.int64]:
        """People who were given none: those who were do these and no others."""
        return np.setdiff1d(np.arange(n_people), self.person)


def locked(table: pd.DataFrame, codes: Sequence[str]) -> Locks:
    """EAs given in column `ea_codes` of a staff list; where two people are given one, the first of the list has it.

    Parameters
    ----------
    table
        People in the order of their numbers.
    codes
        EAs that ask for somebody.
    """
    person = np.full(len(codes), NOBODY, dtype=np.int64)
    if "ea_codes" not in table:
        return Locks(person)
    row = {code: i for i, code in enumerate(codes)}
    ids = table["staff_id"].tolist()
    strange, found = [], []
    for who, text in enumerate(table["ea_codes"]):
        for code in items_in(text):
            if code not in row:
                strange.append((code, ids[who]))
            elif person[row[code]] == NOBODY:
                person[row[code]] = who
            elif person[row[code]] != who:
                first = ids[person[row[code]]]
                found.append(TWICE.at("staff", code, ea=code, first=first, second=ids[who]))
    if strange:
        ea, name = strange[0]
        found.append(STRANGE.at("staff", name, n=len(strange), ea=ea, who=name))
    return Locks(person, tuple(found))


def against_rules(
    locks: Locks, work: Openings, people: People, terms: Terms,
    *, names: tuple[Sequence[str], Sequence[str]],
) -> list[dict[str, object]]:  # fmt: skip
    """A note where the office decided against a rule; `names` are codes of the EAs and numbers of the people."""
    w = np.flatnonzero(locks.person != NOBODY)
    ok, _ = judged(work, people, terms, pairs=(w, locks.person[w]))
    bad = w[~ok]
    if not len(bad):
        return []
    codes, ids = names
    return [AGAINST.at("staff", n=len(bad), ea=codes[bad[0]], who=ids[locks.person[bad[0]]])]
