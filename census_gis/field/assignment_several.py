"""Districts with too few people: several EAs for one person, where the rules let them have so many.

The longest working time is made as short as can be (`several`); then EAs of one person are brought together, as long as
nobody works longer than the busiest does anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.field.assignment import Openings, People, Terms, judged
from census_gis.field.crews_places import beside
from census_gis.field.matching import NOBODY
from census_gis.field.several import share
from census_gis.field.staffing import UNITS
from census_gis.findings import Kind
from census_gis.language import Text

__all__ = ["CODES", "Loads", "Sharing", "gathered", "pieces_of", "shared_out"]

SEVERAL = Kind(
    "T112", "warning",
    Text("{n} EAs share {people} people: the busiest has {value:,}, nobody could do with less than {bound:,} "
         "({unit}; gap {gap:.1%}).",
         "{n} 个普查小区由 {people} 人负责：最忙的一人为 {value:,}，理论下限 {bound:,}（{unit}；差距 {gap:.1%}）。"),
    Text("see that they have the time, or add people.", "请核实时间是否够用，或补充人员。"),
)  # fmt: skip
APART = Kind(
    "T114", "note",
    Text("of {people} people with several EAs {n} have EAs that do not touch, such as {who}: {eas}. Giving one to somebody else, or "
         "exchanging two, brings no more together without making the longest time longer or against range, capacity and skills.",
         "{people} 人负责多个普查小区，其中 {n} 人的小区互不相邻，如 {who}：{eas}。改派一个或对调两个小区，"
         "都会延长最长工作时间，或不符合距离、capacity、技能的要求。"),
    Text("accept it, add people, or exchange EAs by hand.", "予以接受，或补充人员，或人工对调。"),
)  # fmt: skip
CODES = (SEVERAL.code, APART.code)


@dataclass(frozen=True)
class Loads:
    """What EAs that ask for somebody weigh, and where they lie.

    Attributes
    ----------
    load : int64, shape (n,)
        Work of each in `unit` (minutes or persons).
    areas : rows of layer `enumeration_areas`, in the same order
    lines : layer `ea_lines`, None where there is none
    codes : of the districts, by number
    """

    load: NDArray[np.int64]
    unit: str
    areas: pd.DataFrame
    lines: pd.DataFrame | None
    codes: Sequence[str]


@dataclass(frozen=True)
class Sharing:
    """What people may be given: as of `census_gis.field.several.share`."""

    load: NDArray[np.int64]
    persons: NDArray[np.int64]
    capacity: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    most_each: int


def shared_out(
    market: tuple[Openings, People, Terms], person: NDArray[np.int64], loads: Loads, *,
    ids: NDArray[np.object_], most_each: int,
) -> tuple[NDArray[np.int64], list[dict[str, object]]]:  # fmt: skip
    """Districts with EAs left over, shared among the people who work there.

    Parameters
    ----------
    market
        EAs, people, and how they are judged.
    person : int64, shape (n,)
        Who has each EA, `NOBODY` for nobody; at most one EA each.
    loads
        Of the EAs.
    ids
        Numbers of the people.
    most_each
        Most EAs of one person; 1 changes nothing.

    Returns
    -------
    person : int64, shape (n,)
    found : cases of T112 (by district) and T114
    """
    work, crowd, terms = market
    short = np.unique(work.district[person == NOBODY])
    found: list[dict[str, object]] = []
    if most_each == 1 or not len(short):
        return person, found
    person = person.copy()
    pairs = beside(loads.areas, loads.lines)
    apart: list[tuple[int, NDArray[np.int64]]] = []
    several = 0
    for district in short.tolist():
        mine = np.flatnonzero(work.district == district)
        here = np.unique(person[mine][person[mine] != NOBODY])
        sharing = Sharing(
            loads.load[mine], work.persons[mine], crowd.capacity[here],
            _allowed((work, crowd, terms), mine, here), most_each,
        )  # fmt: skip
        done = share(
            sharing.load, sharing.persons, sharing.capacity, allowed=sharing.allowed, most_each=most_each
        )  # fmt: skip
        if (done.person == NOBODY).sum() >= (person[mine] == NOBODY).sum():
            continue
        near = _touching(pairs, mine, len(work.district))
        given = gathered(done.person, sharing, near)
        person[mine] = np.where(given == NOBODY, NOBODY, here[given])
        gap = done.value / done.bound - 1 if done.bound else 0.0
        found.append(SEVERAL.at(
            "districts", loads.codes[district], n=len(mine), people=len(here), value=done.value,
            bound=done.bound, gap=gap, unit=UNITS[loads.unit],
        ))  # fmt: skip
        held = [np.flatnonzero(given == k) for k in range(len(here))]
        several += sum(len(eas) > 1 for eas in held)
        apart += [(here[k], mine[eas]) for k, eas in enumerate(held) if pieces_of(eas, near) > 1]
    return person, [*found, *_apart(apart, several, loads, ids)]


def gathered(
    person: NDArray[np.int64], sharing: Sharing, near: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """EAs of one person brought together by moves and exchanges, nobody busier than the busiest was.

    Parameters
    ----------
    person : int64, shape (n,)
        Who has each EA.
    sharing
        What may be given to whom.
    near : bool, shape (n, n)
        EAs that touch.
    """
    placed = person != NOBODY
    longest = int(np.bincount(person[placed], sharing.load[placed]).max(initial=0))
    while True:
        better = next(_better(person, sharing, near, longest), None)
        if better is None:
            return person
        person = better


def pieces_of(eas: NDArray[np.int64], near: NDArray[np.bool_]) -> int:
    """Connected groups of some EAs."""
    left, n = set(eas.tolist()), 0
    while left:
        n += 1
        reached = [left.pop()]
        while reached:
            at = reached.pop()
            beside_it = [ea for ea in left if near[at, ea]]
            left.difference_update(beside_it)
            reached += beside_it
    return n


def _better(
    person: NDArray[np.int64], sharing: Sharing, near: NDArray[np.bool_], longest: int
) -> Iterator[NDArray[np.int64]]:
    """Ways to give an EA of a scattered person to another one, or to exchange it, with fewer pieces in all."""
    held = [np.flatnonzero(person == k) for k in range(sharing.allowed.shape[1])]
    pieces = [pieces_of(eas, near) for eas in held]
    for one, eas in enumerate(held):
        if pieces[one] < 2:
            continue
        for other in (k for k in range(len(held)) if k != one):
            before = pieces[one] + max(pieces[other], 1)
            for ea in eas.tolist():
                for back in (NOBODY, *held[other].tolist()):
                    made = person.copy()
                    made[ea] = other
                    if back != NOBODY:
                        made[back] = one
                    sides = [np.flatnonzero(made == k) for k in (one, other)]
                    if sum(max(pieces_of(side, near), 1) for side in sides) < before and all(
                        _fits(side, k, sharing, longest)
                        for side, k in zip(sides, (one, other), strict=True)
                    ):
                        yield made


def _fits(eas: NDArray[np.int64], whom: int, sharing: Sharing, longest: int) -> bool:
    """Whether somebody may have these EAs."""
    limit = sharing.capacity[whom]
    return bool(
        len(eas) <= sharing.most_each
        and sharing.allowed[eas, whom].all()
        and sharing.load[eas].sum() <= longest
        and (len(eas) < 2 or limit < 0 or sharing.persons[eas].sum() <= limit)
    )


def _touching(
    pairs: NDArray[np.int64], mine: NDArray[np.int64], n: int
) -> NDArray[np.bool_]:  # fmt: skip
    """Which EAs of a district touch, shape (k, k)."""
    place = np.full(n, NOBODY, np.int64)
    place[mine] = np.arange(len(mine))
    inside = place[pairs][(place[pairs] != NOBODY).all(axis=1)]
    near = np.zeros((len(mine), len(mine)), np.bool_)
    near[inside[:, 0], inside[:, 1]] = near[inside[:, 1], inside[:, 0]] = True
    return near


def _allowed(
    market: tuple[Openings, People, Terms], mine: NDArray[np.int64], here: NDArray[np.int64]
) -> NDArray[np.bool_]:
    work, crowd, terms = market
    pairs = np.repeat(mine, len(here)), np.tile(here, len(mine))
    ok, _ = judged(work, crowd, terms, pairs=pairs)
    return ok.reshape(len(mine), len(here))


def _apart(
    apart: Sequence[tuple[int, NDArray[np.int64]]], several: int, loads: Loads, ids: NDArray[np.object_]
) -> list[dict[str, object]]:  # fmt: skip
    """What there is to say of people whose EAs do not touch."""
    if not apart:
        return []
    who, eas = apart[0]
    codes = Text(*(mark.join(loads.areas["ea_code"].iloc[eas]) for mark in (", ", "、")))
    return [APART.at("staff", "", n=len(apart), people=several, who=ids[who], eas=codes)]
