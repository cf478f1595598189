"""The table on which a plan is edited: labels that may still change, what is locked, what codes mean.

An edit is tried on the desk and either stands whole or is refused with a reason; the desk is then as it was.
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from census_gis.areas.recode import serial_of
from census_gis.areas.regroup import NOBODY, Labels, Web, give_away, pieces_of, spread, web_of
from census_gis.language import Text
from census_gis.model import Fabric, Plan

__all__ = ["Desk", "RefusalError", "building_atoms", "desk_of", "part_atom"]

NO_EA = Text("there is no EA {code} (nearest: {near})", "没有普查小区 {code}（最接近：{near}）")
ELSEWHERE = Text(
    "EA {code} is not of district {district}, and an EA never reaches over a district line",
    "普查小区 {code} 不属于普查区 {district}，普查小区不得跨普查区",
)
EA_GONE = Text(
    "EA {code} was dissolved by an earlier edit of the list",
    "普查小区 {code} 已被清单中前面的操作取消",
)
NO_BUILDING = Text(
    "there is no building {key} in district {district}", "普查区 {district} 中没有建筑物 {key}"
)
NO_PART = Text(
    "there is no dwelling part {key} in district {district}",
    "普查区 {district} 中没有居住部分 {key}",
)
EA_LOCKED = Text("EA {code} is locked", "普查小区 {code} 已锁定")
PART_LOCKED = Text("building {key} is locked in EA {code}", "建筑物 {key} 已锁定在普查小区 {code}")
IN_PIECES = Text(
    "EA {code} would fall into {n} pieces, {key} apart from the rest",
    "普查小区 {code} 将分成 {n} 块，{key} 与其余部分不相连",
)
NO_HEIR = Text("the ground of EA {code} would belong to nobody", "普查小区 {code} 的土地将无所归属")


class RefusalError(Exception):
    """Why an edit cannot be done; never leaves `census_gis.areas`."""

    def __init__(self, why: Text) -> None:
        self.why = why
        super().__init__(why.en)


@dataclass
class Desk:
    """A plan while it is edited.

    Attributes
    ----------
    fabric, web
        What hangs together.
    label : int64, shape (n,)
        Area of each atom as it is now.
    area_of : dict
        Area of each code, as the codes were before the list.
    codes : dict
        Code of each area that had one.
    promised : dict
        Area of each new EA the list speaks of, by the code it uses for it.
    shut : areas that are locked
    fixed : bool, shape (n,)
        Atoms that are locked in their area.
    retired : codes used once
    """

    fabric: Fabric
    web: Web
    label: Labels
    area_of: dict[str, int]
    codes: dict[int, str]
    retired: frozenset[str]
    promised: dict[str, int] = field(default_factory=dict)
    shut: set[int] = field(default_factory=set)
    fixed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))

    def named(self, area: int) -> str:
        """What the list calls an area."""
        word = {number: code for code, number in self.promised.items()}
        return self.codes.get(area) or word.get(area, "?")

    def area(self, code: str) -> int:
        """Area of an existing EA."""
        if code not in self.area_of and code not in self.promised:
            width = {len(known) for known in self.area_of}
            if len(code) in width and not code.startswith(self.fabric.district.id):
                raise RefusalError(ELSEWHERE.format(code=code, district=self.fabric.district.id))
            near = difflib.get_close_matches(code, sorted(self.area_of), n=1, cutoff=0.0)
            raise RefusalError(NO_EA.format(code=code or "-", near=near[0] if near else "-"))
        number = self.promised.get(code, self.area_of.get(code, NOBODY))
        if not (self.label == number).any():
            raise RefusalError(EA_GONE.format(code=code))
        return number

    def is_free(self, code: str) -> bool:
        """Whether a code is one a new EA of this district may be called by in a list."""
        serial = serial_of(code, self.fabric.district)
        most = int(self.fabric.district.profile["code.virtual_from"])
        known = code in self.area_of or code in self.promised or code in self.retired
        return serial is not None and serial < most and not known

    def new_area(self) -> int:
        """A number no area has had."""
        return max([int(self.label.max()), *self.codes, *self.promised.values()], default=-1) + 1

    def forbid_locked(self, atoms: NDArray[np.int64], *areas: int) -> None:
        """Refuse what would change a locked EA, or move a locked building."""
        for area in (*areas, *np.unique(self.label[atoms]).tolist()):
            if area in self.shut:
                raise RefusalError(EA_LOCKED.format(code=self.named(area)))
        held = atoms[self.fixed[atoms]]
        if len(held):
            parts = self.fabric.parts
            key = parts.loc[parts["atom"] == held[0], "building_id"].min()
            code = self.named(int(self.label[held[0]]))
            raise RefusalError(PART_LOCKED.format(key=key, code=code))


def desk_of(plan: Plan, *, retired: Iterable[str] = ()) -> Desk:
    """A numbered plan ready to be edited."""
    label = plan.label.astype(np.int64)
    area_of = {code: number for number, code in enumerate(plan.codes)}
    return Desk(
        plan.fabric, web_of(plan.fabric), label, area_of, dict(enumerate(plan.codes)),
        frozenset(retired), fixed=np.zeros(len(label), bool),
    )  # fmt: skip


def building_atoms(desk: Desk, key: str) -> NDArray[np.int64]:
    """Atoms of all parts of a building."""
    parts = desk.fabric.parts
    atoms = parts.loc[(parts["building_id"] == key).to_numpy(), "atom"].to_numpy(np.int64)
    if not key or not len(atoms):
        raise RefusalError(NO_BUILDING.format(key=key or "-", district=desk.fabric.district.id))
    return np.unique(atoms)


def part_atom(desk: Desk, key: str) -> NDArray[np.int64]:
    """Atom of one dwelling part."""
    parts = desk.fabric.parts
    atoms = parts.loc[(parts["part_id"] == key).to_numpy(), "atom"].to_numpy(np.int64)
    if not len(atoms):
        raise RefusalError(NO_PART.format(key=key or "-", district=desk.fabric.district.id))
    return atoms


def settle(desk: Desk, label: Labels, changed: Collection[int]) -> Labels:
    """Labels after a change, every EA in one piece again; refused where that takes a building.

    Ground without buildings is taken along: it joins two pieces of an EA that it lies between, and follows a
    neighbour where the EA it belonged to was moved away from it. An EA left without any dwelling part gives
    all its ground away.
    """
    web = desk.web
    label = _bared(desk, label, changed)
    touched = set(changed)
    for area in sorted(changed):
        label, over = _bridged(desk, label, area)
        touched |= over
    for _ in range(len(web)):
        loose = [piece for each in pieces_of(web, label, touched).values() for piece in each[1:]]
        empty = [piece for piece in loose if not piece.held and not desk.fixed[piece.atoms].any()]
        if not empty:
            break
        piece = min(empty, key=lambda one: web.rank[one.atoms].min())
        host = give_away(web, label, piece.atoms, shut=desk.shut)
        if host == NOBODY:
            break
        label[piece.atoms] = host
        touched.add(host)
    for area, pieces in sorted(pieces_of(web, label, touched).items()):
        if len(pieces) > 1:
            key = _standing_on(desk, pieces[-1].atoms)
            raise RefusalError(IN_PIECES.format(code=desk.named(area), n=len(pieces), key=key))
    return label


def _standing_on(desk: Desk, atoms: NDArray[np.int64]) -> str:
    """A building on some atoms, by its id."""
    parts = desk.fabric.parts
    ids = parts.loc[parts["atom"].isin(atoms), "building_id"].astype(str)
    return min((key for key in ids if key), default="-")


def _bared(desk: Desk, label: Labels, changed: Collection[int]) -> Labels:
    """Ground of EAs that lost their last dwelling part to their neighbours."""
    web = desk.web
    held = np.bincount(label, web.held, int(label.max()) + 1)
    before = np.bincount(desk.label, web.held, int(label.max()) + 1)
    bare = [area for area in changed if area < len(held) and not held[area] and before[area]]
    ground = np.isin(label, bare)
    if not ground.any():
        return label
    left = spread(web, np.where(ground, NOBODY, label), shut=desk.shut)
    if (left == NOBODY).any():
        raise RefusalError(NO_HEIR.format(code=desk.named(int(label[left == NOBODY][0]))))
    return left


def _bridged(desk: Desk, label: Labels, area: int) -> tuple[Labels, set[int]]:
    """Pieces of an EA joined over ground without buildings where there is such a way; EAs it was taken from."""
    web, over = desk.web, set[int]()
    while True:
        pieces = pieces_of(web, label, {area}).get(area, [])
        lived = [piece for piece in pieces if piece.held]
        if len(lived) < 2:
            return label, over
        way = _way(desk, label, lived[-1].atoms)
        if way is None:
            return label, over
        over |= set(label[way].tolist())
        label = label.copy()
        label[way] = area


def _way(desk: Desk, label: Labels, start: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The fewest atoms without buildings between a piece and another of the same EA, None if none lead there."""
    web = desk.web
    area = int(label[start[0]])
    goal = label == area
    goal[start] = False
    free = (web.held == 0) & ~desk.fixed & ~np.isin(label, sorted(desk.shut)) & (label != area)
    near: dict[int, list[int]] = {}
    for one, two in zip(web.a.tolist(), web.b.tolist(), strict=True):
        near.setdefault(one, []).append(two)
        near.setdefault(two, []).append(one)
    came = {int(atom): NOBODY for atom in start}
    queue = deque(sorted(came, key=lambda atom: web.rank[atom]))
    while queue:
        atom = queue.popleft()
        for other in sorted(near.get(atom, []), key=lambda one: web.rank[one]):
            if other in came:
                continue
            if goal[other]:
                way = []
                while label[atom] != area:
                    way.append(atom)
                    atom = came[atom]
                return np.array(way, np.int64)
            if free[other]:
                came[other] = atom
                queue.append(other)
    return None
