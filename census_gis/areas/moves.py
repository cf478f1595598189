"""Edits that move buildings from EA to EA: one by one where that works, together where only that does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from census_gis.areas.desk import Desk, RefusalError, building_atoms, part_atom, settle
from census_gis.language import Text

__all__ = ["Outcome", "assign_all"]

NOT_NEW = Text("there is no EA {code}, and no new one of district {district} can be called so",
               "没有普查小区 {code}，普查区 {district} 也不能以此新设小区")  # fmt: skip
WITH = Text(
    "with it {others}, which overlap it or are kept with it",
    "与之重叠或须同划的 {others_zh} 一并划入",
)
SHOWN = 5


@dataclass(frozen=True)
class Outcome:
    """What became of one edit: done or refused, in words ('' where nothing is to be added).

    `refers` is the area the edit was about, for its later code; `together` are buildings that moved along;
    `rest` is what of it could not be done, and why.
    """

    done: bool
    words: Text
    refers: int | None = None
    together: tuple[str, ...] = ()
    rest: Text | None = None


@dataclass(frozen=True)
class _Move:
    """Atoms of one edit on their way to an area."""

    at: int
    atoms: NDArray[np.int64]
    target: int
    others: tuple[str, ...]


def assign_all(desk: Desk, rows: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Do a run of `assign` edits; what keeps the laws only together is done together.

    All at once if that works. Else one by one, again and again, until no more can be done; the rest by pairs
    of EAs; what is then left is refused with the reason it meets by itself.
    """
    outcomes: dict[int, Outcome] = {}
    moves = []
    for at, row in enumerate(rows):
        try:
            moves.append(_move(desk, at, row))
        except RefusalError as refusal:
            outcomes[at] = Outcome(False, refusal.why)
    left = moves if _try(desk, moves) is not None else []
    while left:
        still = [move for move in left if _try(desk, [move]) is not None]
        if len(still) == len(left):
            break
        left = still
    for group in _by_pair(desk, left):
        if len(group) > 1 and _try(desk, group) is None:
            left = [move for move in left if move not in group]
    for move in left:
        why = _try(desk, [move])
        if why is not None:
            outcomes[move.at] = Outcome(False, why.why)
    for move in moves:
        outcomes.setdefault(move.at, _said(move))
    return [outcomes[at] for at in range(len(rows))]


def _move(desk: Desk, at: int, row: dict[str, Any]) -> _Move:
    """What an edit asks for; a code nobody has yet stands for a new EA."""
    atoms = (
        part_atom(desk, row["part_id"])
        if row["part_id"]
        else building_atoms(desk, row["building_id"])
    )
    code = row["ea_code"]
    if code in desk.promised:
        target = desk.promised[code]
    elif desk.is_free(code):
        target = desk.promised[code] = desk.new_area()
    elif code in desk.area_of or not code.startswith(desk.fabric.district.id):
        target = desk.area(code)
    else:
        raise RefusalError(NOT_NEW.format(code=code, district=desk.fabric.district.id))
    return _Move(at, atoms, target, _others(desk, atoms, row))


def _others(desk: Desk, atoms: NDArray[np.int64], row: dict[str, Any]) -> tuple[str, ...]:
    """Buildings, or parts of the building, that share the atoms and go along."""
    parts = desk.fabric.parts
    mine = parts[parts["atom"].isin(atoms)]
    column, key = (
        ("part_id", row["part_id"]) if row["part_id"] else ("building_id", row["building_id"])
    )
    return tuple(sorted(set(mine[column].astype(str)) - {key}))


def _try(desk: Desk, moves: Iterable[_Move]) -> RefusalError | None:
    """Do moves together; None when they stand, else why not, and nothing has moved."""
    label = desk.label.copy()
    changed: set[int] = set()
    try:
        for move in moves:
            going = move.atoms[desk.label[move.atoms] != move.target]
            if len(going):
                desk.forbid_locked(going, move.target)
                changed |= {move.target, *np.unique(desk.label[going]).tolist()}
                label[going] = move.target
        desk.label = settle(desk, label, changed)
    except RefusalError as refusal:
        return refusal
    return None


def _by_pair(desk: Desk, moves: Sequence[_Move]) -> list[list[_Move]]:
    """Moves grouped by the EAs they lead from and to."""
    groups: dict[tuple[int, ...], list[_Move]] = {}
    for move in moves:
        pair = tuple(sorted({move.target, *np.unique(desk.label[move.atoms]).tolist()}))
        groups.setdefault(pair, []).append(move)
    return [groups[pair] for pair in sorted(groups)]


def _said(move: _Move) -> Outcome:
    if not move.others:
        return Outcome(True, Text("", ""), move.target)
    first, more = move.others[:SHOWN], len(move.others) > SHOWN
    words = WITH.format(others=", ".join(first) + (" …" if more else ""),
                        others_zh="、".join(first) + (" 等" if more else ""))  # fmt: skip
    return Outcome(True, words, move.target, move.others)
