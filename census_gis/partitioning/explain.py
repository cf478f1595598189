"""Why an area is not inside the band: the proof where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.covers import Purse
from census_gis.partitioning.necks import Trees, Wall, bunches_of, least_unserved, necks_of
from census_gis.partitioning.network import Net
from census_gis.partitioning.prepare import Part, of_pockets
from census_gis.partitioning.problem import Misfit, MisfitKind, Problem, areas_for
from census_gis.partitioning.proof import Pocket, around, least_stranded, lumps_of

__all__ = ["misfits_of"]

# Groups looked at before an area is called unexplained.
MOST_GROUPS = 20_000
# Groups listed for jams in one district: some seconds where thousands of areas are outside and nothing explains them.
MOST_LISTED = 600_000
# Bands that are asked how far outside the areas between few places must be: a bisection for some, steps of it for more.
MOST_MARGINS = 32
# How far around an area outside the band its reason is looked for, in steps from building to building.
STEPS = (1, 2, 3, 4, 6)


class _Means(NamedTuple):
    """What reasons are sought with: the land of a part, and groups that may still be listed for jams."""

    land: _Land
    purse: Purse


class _Land(NamedTuple):
    """Of each pocket of a part: its persons, and the most of them that may be guests of one building beside it."""

    held: NDArray[np.int64]
    room: NDArray[np.int64]


def misfits_of(
    problem: Problem, parts: list[Part], label: NDArray[np.int32], *, asked: bool = False
) -> tuple[Misfit, ...]:
    """Areas outside the band, each with the atoms that force it.

    Parameters
    ----------
    asked : bool
        A number of areas was asked for: that is the reason, and nothing is to be proven.
    """
    total = np.bincount(label, problem.persons).astype(np.int64)
    if asked:
        wrong = np.flatnonzero((total > 0) & ((total < problem.low) | (total > problem.high)))
        return tuple(Misfit("asked", int(area), int(total[area])) for area in wrong)
    found: list[Misfit] = []
    purse = Purse(MOST_LISTED)
    for part in parts:
        land = _Land(of_pockets(part, part.task.net.persons), _rooms(problem, part))
        here: list[Misfit] = []
        for area, places in _places(label[part.atoms]):
            persons = int(total[area])
            if persons and not problem.low <= persons <= problem.high:
                here.append(_misfit(problem, part, (area, persons), places, land))
        found += _with_reasons(problem, part, label, here, _Means(land, purse))
    return tuple(sorted(found, key=lambda misfit: misfit.area))


def _places(area_of: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each area with the places at which it stands."""
    order = np.argsort(area_of, kind="stable")
    areas, begin = np.unique(area_of[order], return_index=True)
    yield from zip(areas.tolist(), np.split(order, begin[1:]), strict=True)


def _misfit(
    problem: Problem,
    part: Part,
    size: tuple[int, int],
    places: NDArray[np.int64],
    land: _Land,
) -> Misfit:
    """Why an area (its number and persons) is outside the band, from its places in the part."""
    area, persons = size
    mine = part.atoms[places]
    hearts = mine[problem.alone[mine]]
    if len(hearts):
        guests = persons - int(problem.persons[hearts].sum())
        fits = guests == 0 or (
            guests <= problem.spare and persons <= max(problem.cap, problem.high)
        )
        kind: MisfitKind = "big" if fits else "open"
        least = int(problem.persons[hearts].sum())
        return Misfit(kind, area, persons, tuple(map(int, hearts)), above=least)
    nodes = part.nodes[places]
    pocket = part.pocket[nodes[0]]
    held = int(land.held[pocket])
    if not areas_for(held, problem.low, problem.target, problem.high)[1]:
        forcing = _walls(problem, part, pocket)
        if forcing:  # their areas may take in guests, so that no number is proven
            return Misfit("pocket", area, persons, forcing, held)
        below, above = _shares(held, problem.low)
        return Misfit("few", area, persons, (), held, below, above)
    largest = int(nodes[np.argmax(part.task.net.persons[nodes])])
    atom = int(mine[np.argmax(nodes == largest)])
    proven, below, above = _nearest(part.task.net, largest, problem.low, problem.high)
    # What is small may be the guest of an area of one building.
    if proven and part.task.net.persons[largest] > land.room[pocket]:
        return Misfit("lump", area, persons, (atom,), held, below, above)
    return Misfit("open", area, persons, (atom,), held)


def _shares(held: int, low: int) -> tuple[int, int]:
    """Persons that no whole number of areas divides: one has at most the first, or at least the second.

    -1 where there is no such side: too few persons for one area.
    """
    most = held // max(1, low)
    return held // (most + 1), -(-held // most) if most else -1


def _with_reasons(
    problem: Problem, part: Part, label: NDArray[np.int32], found: list[Misfit], means: _Means
) -> list[Misfit]:
    """What is open is a jam or a neck where the land it lies in forces it outside, in any plan."""
    free = [one for one in found if one.kind == "open" and not problem.alone[one.atoms[0]]]
    if not free:
        return found
    where = np.empty(len(part.pocket), np.int64)
    where[part.nodes] = label[part.atoms]
    outside = np.array([misfit.area for misfit in found], np.int64)
    node_of = dict(zip(part.atoms.tolist(), part.nodes.tolist(), strict=True))
    reasons = {}
    grounds: dict[int, _Ground] = {}
    for misfit in free:
        node = node_of[misfit.atoms[0]]
        pocket = int(part.pocket[node])
        if pocket not in grounds:
            grounds[pocket] = _Ground(problem, part, pocket, (where, outside), means)
        ground = grounds[pocket]
        jam = ground.jammed(node) or ground.unserved(misfit) or ground.bunched(misfit)
        reasons[misfit.area] = replace(misfit, kind="jam") if jam else ground.forced(misfit)
    return [reasons.get(misfit.area, misfit) for misfit in found]


class _Ground:
    """Land between areas of their own: what any plan leaves outside of it, each fact sought once for all its areas."""

    def __init__(
        self, problem: Problem, part: Part, pocket: int,
        at: tuple[NDArray[np.int64], NDArray[np.int64]], means: _Means,
    ) -> None:  # fmt: skip
        """Of one pocket; `at` is the area of each node of the part, and the areas outside the band."""
        self._where, self._outside = at
        self._problem, self._part, self._means = problem, part, means
        self._nodes = np.flatnonzero(part.pocket == pocket)
        self._here = self._where[self._nodes]
        self._wrong = np.intersect1d(self._here, self._outside)
        net, room = part.task.net, means.land.room[pocket]
        lumps = lumps_of(net, self._nodes, problem.low, problem.high)
        # Smaller ones may be guests of a building's area.
        self._lumps = lumps[net.persons[lumps] > room]
        self._room = room
        self._claims: dict[int, dict[int, int]] = {}

    @cached_property
    def _pocket(self) -> Pocket:
        return Pocket.of(self._part.task.net, self._nodes)

    @cached_property
    def _trees(self) -> Trees:
        return Trees.grown(self._pocket.inner)

    @cached_property
    def _walls(self) -> list[Wall]:
        return _guarded(self._problem, self._part, self._nodes)

    def jammed(self, node: int) -> bool:
        """Whether the lumps some steps around a lump leave as many outside the band in every plan as in this one.

        One area outside is as few as can be where at least one lump must be.
        """
        if node not in self._lumps:
            return False
        net, last = self._part.task.net, 0
        for steps in STEPS:
            asked = around(net, node, self._lumps, steps)
            if len(asked) == last:
                continue
            last = len(asked)
            areas = self._where[asked]
            wrong = areas[np.isin(areas, self._wrong)]
            low, high = self._problem.low, self._problem.high
            least = least_stranded(self._pocket, asked, low=low, high=high, purse=self._means.purse)
            if least is None:
                return False
            if least and (least >= len(wrong) or len(np.unique(wrong)) == 1):
                return True
        return False

    @cached_property
    def _needy(self) -> tuple[NDArray[np.int64], int]:
        """Areas outside of large buildings no two of which fit one area, and how many of these always are."""
        net = self._pocket.inner
        large, least = least_unserved(net, self._problem.low, self._problem.high)
        if not len(large) or net.persons[large].min() <= self._room:
            return np.zeros(0, np.int64), 0
        wrong = self._here[large]
        return wrong[np.isin(wrong, self._wrong)], least

    def unserved(self, misfit: Misfit) -> bool:
        """Whether such buildings, one of the area's among them, leave as many outside in every plan."""
        wrong, least = self._needy
        enough = least >= len(wrong) or len(np.unique(wrong)) == 1
        return bool(least and enough and misfit.area in wrong)

    @cached_property
    def _bunches(self) -> list[NDArray[np.int64]]:
        """Areas outside around a place where as many are outside in every plan, or one larger still is."""
        net, problem = self._pocket.inner, self._problem
        held = np.bincount(np.searchsorted(self._wrong, self._here[self._is_wrong]),
                           net.persons[self._is_wrong])  # fmt: skip
        most = max(problem.high, int(held.max(initial=0)))
        spare = max([problem.spare, *(wall.room for wall in self._walls)])
        band = (problem.low, problem.high)
        met = [
            (bunch.least, self._wrong_of(bunch.nodes))
            for bunch in bunches_of(self._trees, band, most=most, spare=spare, walls=self._walls)
        ]
        return [wrong for least, wrong in met if least >= len(wrong)]

    @cached_property
    def _is_wrong(self) -> NDArray[np.bool_]:
        return np.isin(self._here, self._wrong)

    def _wrong_of(self, nodes: frozenset[int]) -> NDArray[np.int64]:
        """Areas outside that hold one of some nodes."""
        mine = np.fromiter(nodes, np.int64, len(nodes))
        return np.unique(self._here[mine[self._is_wrong[mine]]])

    def bunched(self, misfit: Misfit) -> bool:
        """Whether small pieces of land around one place leave as many areas outside in every plan, or one larger still."""
        return any(misfit.area in wrong for wrong in self._bunches)

    def _forcing(self, margin: int) -> dict[int, int]:
        """Areas that alone are outside where a band so much wider forces one to be, each with the place."""
        if margin not in self._claims:
            low, high = self._problem.low, self._problem.high
            forced: dict[int, int] = {}
            for claim in necks_of(self._trees, max(0, low - margin), high + margin):
                wrong = self._wrong_of(claim.nodes)
                if len(wrong) == 1:
                    forced.setdefault(int(wrong[0]), claim.neck)
            self._claims[margin] = forced
        return self._claims[margin]

    def forced(self, misfit: Misfit) -> Misfit:
        """An open misfit as a neck where that is proven, with the least any plan is outside there.

        What no narrower band forces no wider one does; margins looked at are those of other areas, from so many on.
        """
        if self._walls or misfit.area not in self._forcing(0):  # their areas may take in guests
            return misfit
        problem = self._problem
        off = max(problem.low - misfit.persons, misfit.persons - problem.high)
        least, neck = 1, self._forcing(0)[misfit.area]
        while least < off:
            middle = (least + off) // 2
            if len(self._claims) >= MOST_MARGINS and middle not in self._claims:
                known = sorted(one for one in self._claims if least <= one < off)
                if not known:
                    break
                middle = known[len(known) // 2]
            if misfit.area in self._forcing(middle):
                least, neck = middle + 1, self._forcing(middle)[misfit.area]
            else:
                off = middle
        atom = int(self._part.atoms[np.argmax(self._part.nodes == self._nodes[neck])])
        return replace(misfit, kind="neck", atoms=(atom,), least=least)


def _walls(problem: Problem, part: Part, pocket: int) -> tuple[int, ...]:
    """Atoms that must be alone and touch a pocket."""
    inner, beside = _touching(part)
    atoms = part.atoms[np.isin(part.nodes, beside[part.pocket[inner] == pocket])]
    return tuple(int(atom) for atom in atoms if problem.alone[atom])


def _rooms(problem: Problem, part: Part) -> NDArray[np.int64]:
    """Of each pocket, the most persons that may be guests of one building beside it [persons].

    A piece of a cut building that is below the band may take in what it lacks, even above `spare`.
    """
    rooms = np.full(len(part.counts), problem.spare, np.int64)
    hearts = np.flatnonzero(problem.alone[part.atoms])
    if not len(hearts):
        return rooms
    lacking = np.zeros(len(part.pocket), np.int64)
    np.maximum.at(lacking, part.nodes[hearts], problem.low - problem.persons[part.atoms[hearts]])
    inner, beside = _touching(part)
    np.maximum.at(rooms, part.pocket[inner], lacking[beside])
    return rooms


def _guarded(problem: Problem, part: Part, pocket: NDArray[np.int64]) -> list[Wall]:
    """Buildings of their own beside a pocket, each with the room it has for guests and the places it touches.

    Joined pieces of a building are taken one by one: another plan may have them so.
    """
    inner, beside = _touching(part)
    here = np.isin(inner, pocket)
    inner, beside = np.searchsorted(pocket, inner[here]), beside[here]
    walls = []
    for at in np.flatnonzero(problem.alone[part.atoms] & np.isin(part.nodes, beside)):
        room = max(problem.spare, problem.low - int(problem.persons[part.atoms[at]]))
        walls.append(Wall(room, np.unique(inner[beside == part.nodes[at]])))
    return walls


def _touching(part: Part) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Nodes of pockets and the areas of their own they touch, in pairs."""
    net = part.task.net
    tail = np.repeat(np.arange(len(net.persons)), np.diff(net.start))
    between = (part.pocket[tail] >= 0) & (net.core[net.to] >= 0)
    return tail[between], net.to[between]


@njit(cache=True)
def _nearest(net: Net, heart: int, low: int, high: int) -> tuple[bool, int, int]:
    """Whether no connected group around a node, without cores, holds between low and high persons.

    Then also the most persons a group below holds, and the fewest one above, -1 for none. Groups are enumerated, each
    once; ground without people is taken in at once, it costs nothing.
    """
    n = len(net.persons)
    below, above = np.int64(-1), np.int64(-1)
    state = np.zeros(n, np.int8)
    state[heart] = 1
    stack = [(np.int64(-1), np.int64(0))]
    trail = [np.int64(heart)]
    total = net.persons[heart]
    for _ in range(MOST_GROUPS):
        if low <= total <= high:
            return False, -1, -1
        if total < low:
            below = max(below, total)
        elif above < 0 or total < above:
            above = total
        pick = np.int64(-1)
        if total < low:
            for v in trail:
                if pick >= 0:
                    break
                for q in range(net.start[v], net.start[v + 1]):
                    u = np.int64(net.to[q])
                    if state[u] == 0 and net.core[u] < 0:
                        pick = u
                        break
        if pick >= 0:
            state[pick] = 1
            trail.append(pick)
            total += net.persons[pick]
            stack.append((pick, np.int64(1)))
            continue
        while len(stack) > 1 and stack[-1][1] == 0:
            state[stack[-1][0]] = 0
            stack.pop()
        if len(stack) == 1:
            return True, int(below), int(above)
        node, _ = stack.pop()
        total -= net.persons[node]
        trail.pop()
        state[node] = 2
        stack.append((node, np.int64(0)))
    return False, -1, -1
