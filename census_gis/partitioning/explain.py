"""Why an area is not inside the band: the proof where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.necks import Wall, bunches_of, least_unserved, necks_of
from census_gis.partitioning.network import Net, subnet
from census_gis.partitioning.prepare import Part, of_pockets
from census_gis.partitioning.problem import Misfit, MisfitKind, Problem, areas_for
from census_gis.partitioning.proof import around, least_stranded, lumps_of

__all__ = ["misfits_of"]

# Groups looked at before an area is called unexplained.
MOST_GROUPS = 20_000
# How far around an area outside the band its reason is looked for, in steps from building to building.
STEPS = (1, 2, 3, 4, 6)


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
    for part in parts:
        land = _Land(of_pockets(part, part.task.net.persons), _rooms(problem, part))
        here: list[Misfit] = []
        for area, places in _places(label[part.atoms]):
            persons = int(total[area])
            if persons and not problem.low <= persons <= problem.high:
                here.append(_misfit(problem, part, (area, persons), places, land))
        here = _with_jams(problem, part, label, here)
        found += _with_necks(problem, part, label, here)
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


def _with_jams(
    problem: Problem, part: Part, label: NDArray[np.int32], found: list[Misfit]
) -> list[Misfit]:
    """What is open is a jam where large buildings around it cannot all be inside the band, in any plan."""
    net = part.task.net
    if not any(misfit.kind == "open" for misfit in found):
        return found
    node_of = dict(zip(part.atoms.tolist(), part.nodes.tolist(), strict=True))
    where = np.empty(len(net.persons), np.int64)
    where[part.nodes] = label[part.atoms]
    outside = {misfit.area for misfit in found}
    return [
        replace(misfit, kind="jam")
        if misfit.kind == "open"
        and not problem.alone[misfit.atoms[0]]
        and _jammed(problem, part, (where, node_of[misfit.atoms[0]]), outside)
        else misfit
        for misfit in found
    ]


def _jammed(
    problem: Problem, part: Part, at: tuple[NDArray[np.int64], int], outside: set[int]
) -> bool:
    """Whether the lumps some steps around a node leave as many outside the band in every plan as in this one.

    One area outside is as few as can be where at least one lump must be.
    """
    net, (where, node) = part.task.net, at
    pocket = np.flatnonzero(part.pocket == part.pocket[node])
    lumps = lumps_of(net, pocket, problem.low, problem.high)
    # Smaller ones may be guests of a building's area.
    lumps = lumps[net.persons[lumps] > _rooms(problem, part)[part.pocket[node]]]
    last = 0
    for steps in STEPS:
        asked = around(net, node, lumps, steps)
        if len(asked) == last:
            continue
        last = len(asked)
        wrong = [int(area) for area in where[asked] if int(area) in outside]
        least = least_stranded(net, pocket, problem.low, problem.high, asked)
        if least is None:
            return False
        if least and (least >= len(wrong) or len(set(wrong)) == 1):
            return True
    return False


def _with_necks(
    problem: Problem, part: Part, label: NDArray[np.int32], found: list[Misfit]
) -> list[Misfit]:
    """What is open is forced where few places join the land, and no plan has fewer areas outside there."""
    where = np.empty(len(part.pocket), np.int64)
    where[part.nodes] = label[part.atoms]
    outside = np.array([misfit.area for misfit in found], np.int64)
    return [
        _forced(problem, part, (where, outside), misfit)
        if misfit.kind == "open" and not problem.alone[misfit.atoms[0]]
        else misfit
        for misfit in found
    ]


def _forced(
    problem: Problem, part: Part, at: tuple[NDArray[np.int64], NDArray[np.int64]], misfit: Misfit
) -> Misfit:
    """An open misfit as a neck or a jam where that is proven."""
    where, outside = at
    pocket = np.flatnonzero(part.pocket == part.pocket[np.argmax(where == misfit.area)])
    net = subnet(part.task.net, pocket)
    large, least = least_unserved(net, problem.low, problem.high)
    wrong = where[pocket[large]]
    wrong = wrong[np.isin(wrong, outside)]
    # Smaller ones may be guests of a building's area.
    firm = len(large) and net.persons[large].min() > _rooms(problem, part)[part.pocket[pocket[0]]]
    if (
        firm
        and misfit.area in wrong
        and least
        and (least >= len(wrong) or len(np.unique(wrong)) == 1)
    ):
        return replace(misfit, kind="jam")
    walls = _guarded(problem, part, pocket)
    if _bunched(problem, net, (where[pocket], outside), misfit, walls):
        return replace(misfit, kind="jam")
    if walls:  # their areas may take in guests
        return misfit
    off = max(problem.low - misfit.persons, misfit.persons - problem.high)
    least_off, neck = 0, -1
    while least_off < off:
        middle = (least_off + off) // 2
        claims = necks_of(net, max(0, problem.low - middle), problem.high + middle)
        here = [
            claim for claim in claims if _only_one(where[pocket], outside, claim.nodes, misfit.area)
        ]
        if here:
            least_off, neck = middle + 1, here[0].neck
        else:
            off = middle
    if neck < 0:
        return misfit
    atom = int(part.atoms[np.argmax(part.nodes == pocket[neck])])
    return replace(misfit, kind="neck", atoms=(atom,), least=least_off)


def _bunched(
    problem: Problem, net: Net, at: tuple[NDArray[np.int64], NDArray[np.int64]], misfit: Misfit,
    walls: list[Wall],
) -> bool:  # fmt: skip
    """Whether small pieces of land around one place leave as many areas outside in every plan, or one larger still."""
    where, outside = at
    wrong = [
        (area, int(net.persons[where == area].sum())) for area in np.intersect1d(where, outside)
    ]
    most = max(problem.high, *(persons for _, persons in wrong))
    spare = max([problem.spare, *(wall.room for wall in walls)])
    band = (problem.low, problem.high)
    for bunch in bunches_of(net, band, most=most, spare=spare, walls=walls):
        here = np.unique(where[sorted(bunch.nodes)])
        here = here[np.isin(here, outside)]
        if misfit.area in here and bunch.least >= len(here):
            return True
    return False


def _only_one(
    where: NDArray[np.int64], outside: NDArray[np.int64], nodes: frozenset[int], area: int
) -> bool:
    """Whether an area is the only one outside the band among those that hold some nodes."""
    met = np.unique(where[sorted(nodes)])
    return met[np.isin(met, outside)].tolist() == [area]


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
                for q in range(net.start[v], net.start[v + 1]):
                    u = net.to[q]
                    if pick < 0 and state[u] == 0 and net.core[u] < 0:
                        pick = u
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
