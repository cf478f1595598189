"""From a Problem to connected tasks: areas of their own first, then what lies between them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from census_gis.graph import components
from census_gis.partitioning.asked import Task
from census_gis.partitioning.coarsen import contract
from census_gis.partitioning.exact import MOST_NODES
from census_gis.partitioning.network import Bands, Net, Second, build, subnet
from census_gis.partitioning.objective import unit_of
from census_gis.partitioning.problem import Problem, areas_for
from census_gis.partitioning.repair import mend, solve_small
from census_gis.partitioning.start import Size, grow

__all__ = ["Part", "frozen", "of_pockets", "parts_of"]


@dataclass(frozen=True)
class Part:
    """One connected component, ready to be solved.

    Attributes
    ----------
    task : the graph of its nodes; a node is an atom, or the joined pieces of one building
    nodes : int32 (atoms of the component,)
        Node of each atom.
    atoms : int64
        Atoms of the component in the problem.
    pocket : int32, shape (nodes,)
        What lies between areas of their own: connected groups 0 .., -1 for cores.
    counts : int64
        Areas wanted of each pocket, 0 where nobody lives.
    """

    task: Task
    nodes: NDArray[np.int32]
    atoms: NDArray[np.int64]
    pocket: NDArray[np.int32]
    counts: NDArray[np.int64]


def size_of(problem: Problem) -> Size:
    """What an ordinary area should hold."""
    low, target, high = float(problem.low), float(problem.target), float(problem.high)
    return Size(low, target, high, problem.deviation)


def _second(problem: Problem) -> Second | None:
    """The measure beside persons, where it counts."""
    band, amount = problem.household_band, problem.households
    if band is None or amount is None:
        return None
    return Second(amount, (float(band.low), float(band.target), float(band.high), float(band.cap)))


def no_cores() -> Bands:
    """Bands of no area."""
    none = np.zeros(0)
    return Bands(none, none, none, np.zeros(0, np.bool_))


def parts_of(problem: Problem, *, seed: int, areas: int | None = None) -> list[Part]:
    """Connected components of a problem, each with its cores and its pockets.

    With `areas`, pockets get that many in all, as near to their persons as whole numbers allow.
    """
    n = len(problem.persons)
    heart = _hearts(problem, seed)
    whole = build(
        problem.persons, heart, problem.a, problem.b, problem.cost, second=_second(problem)
    )
    count, which = components(n, problem.a, problem.b)
    order = np.argsort(which, kind="stable")
    edge = np.searchsorted(which[order], np.arange(count + 1))
    found = [order[edge[i] : edge[i + 1]] for i in range(count)]
    parts = [
        _part(problem, whole, atoms) for atoms in sorted(found, key=lambda atoms: int(atoms[0]))
    ]
    return parts if areas is None else _with_areas(parts, areas)


def _with_areas(parts: list[Part], areas: int) -> list[Part]:
    """Another number of areas: shared over pockets by their persons, no more than nodes where people live."""
    persons = np.concatenate([of_pockets(part, part.task.net.persons) for part in parts])
    homes = np.concatenate([of_pockets(part, part.task.net.persons > 0) for part in parts])
    lived = persons > 0
    empty = sum(len(part.task.own.low) == 0 and not part.counts.any() for part in parts)
    wanted = areas - empty - sum(len(part.task.own.low) for part in parts)
    counts = lived.astype(np.int64)
    for _ in range(min(wanted, int(homes.sum())) - int(lived.sum())):
        share = np.where(counts < homes, persons / np.maximum(counts, 1), 0.0)
        counts[np.argmax(share)] += 1
    changed, at = [], 0
    for part in parts:
        mine = counts[at : at + len(part.counts)]
        at += len(part.counts)
        task = replace(part.task, ideal=int(mine.sum()), exact=True)
        changed.append(replace(part, task=task, counts=mine))
    return changed


def of_pockets(part: Part, amount: NDArray[np.generic]) -> NDArray[np.int64]:
    """Sum of what the nodes of each pocket of a component hold."""
    free = part.pocket >= 0
    total = np.bincount(part.pocket[free], amount[free], minlength=len(part.counts))
    return np.rint(total).astype(np.int64)


def frozen(problem: Problem, label: NDArray[np.int32]) -> tuple[Task, NDArray[np.int32]]:
    """A finished plan as one task: atoms that are alone stay where they are, empty areas whole.

    Returns
    -------
    task : the graph of its nodes
    nodes : int32, shape (n,)
        Node of each atom.
    """
    total = np.bincount(label, problem.persons)
    held = problem.alone | (np.bincount(label, problem.lived_in)[label] == 0)
    key = np.where(held, label, len(total) + np.arange(len(label)))
    _, nodes = np.unique(key, return_inverse=True)
    areas = np.unique(label[held])
    heart = np.where(held, np.searchsorted(areas, label), -1).astype(np.int32)
    net = build(problem.persons, heart, problem.a, problem.b, problem.cost, second=_second(problem))
    joined = contract(net, nodes.astype(np.int32), int(nodes.max()) + 1)
    own = _core_bands(joined.persons[: len(areas)], problem)
    own = own._replace(low=np.where(own.target <= 1, 0.0, own.low))
    ideal = len(total) - len(areas)
    return Task(joined, own, size_of(problem), ideal, unit_of(joined)), nodes.astype(np.int32)


def _hearts(problem: Problem, seed: int) -> NDArray[np.int32]:
    """Group of each atom that is alone (pieces joined where they must), -1 for the others."""
    heart = np.full(len(problem.persons), -1, np.int32)
    alone = np.flatnonzero(problem.alone)
    heart[alone] = alone
    inside = (problem.persons >= problem.low) & (problem.persons <= problem.high)
    member = alone[problem.family[alone] >= 0]
    for family in np.unique(problem.family[member[~inside[member]]]):
        atoms = member[problem.family[member] == family]
        mine = np.isin(problem.a, atoms) & np.isin(problem.b, atoms)
        a, b = np.searchsorted(atoms, problem.a[mine]), np.searchsorted(atoms, problem.b[mine])
        none = np.full(len(atoms), -1, np.int32)
        net = build(problem.persons[atoms], none, a, b, problem.cost[mine])
        count, which = components(len(atoms), a, b)
        for piece in range(count):
            inner = np.flatnonzero(which == piece)
            label = _group_pieces(subnet(net, inner), size_of(problem), seed)
            for area in range(int(label.max()) + 1):
                heart[atoms[inner[label == area]]] = atoms[inner[label == area][0]]
    return heart


def _group_pieces(net: Net, size: Size, seed: int) -> NDArray[np.int32]:
    """Pieces of one building grouped inside the band."""
    persons = int(net.persons.sum())
    ideal, _ = areas_for(persons, int(size.low), int(size.target), int(size.high))
    task = Task(net, no_cores(), size, ideal, unit_of(net))
    if len(net.persons) <= MOST_NODES:
        return solve_small(task)
    nobody = np.zeros(len(net.persons), np.int32)
    label = grow(net, nobody, np.array([ideal]), size, unit=task.unit, seed=seed)
    return mend(task, label, seed=seed)


def _part(problem: Problem, whole: Net, atoms: NDArray[np.int64]) -> Part:
    """One component: joined pieces become one node, the rest falls into pockets."""
    net = subnet(whole, atoms)
    first: dict[int, int] = {}
    cluster = np.empty(len(atoms), np.int32)
    for i, heart in enumerate(net.core):
        key = int(heart) if heart >= 0 else -1 - i
        cluster[i] = first.setdefault(key, len(first))
    joined = contract(net, cluster, len(first))
    core = np.full(len(first), -1, np.int32)
    hearts = np.flatnonzero(joined.core >= 0)
    core[hearts] = np.arange(len(hearts))
    joined = joined._replace(core=core)
    pocket, counts = _pockets(joined, problem)
    task = Task(
        joined, _core_bands(joined.persons[hearts], problem), size_of(problem),
        int(counts.sum()), unit_of(joined),
    )  # fmt: skip
    return Part(task, cluster, atoms, pocket, counts)


def _core_bands(persons: NDArray[np.int64], problem: Problem) -> Bands:
    """What an area of its own may hold: itself, and guests at a price."""
    own = persons.astype(np.float64)
    top = np.where(own <= problem.high, float(problem.high), float(max(problem.cap, problem.high)))
    high = np.maximum(own, np.minimum(own + problem.spare, top))
    low = np.where(own < problem.low, float(problem.low), own)
    high = np.maximum(high, low)
    extra = np.ones(len(own), np.bool_)
    return Bands(low, np.maximum(own, 1.0), high, extra, problem.deviation)


def _pockets(net: Net, problem: Problem) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Connected groups of nodes that are not cores, and the number of areas each should have."""
    tail = np.repeat(np.arange(len(net.persons)), np.diff(net.start))
    open_ = (net.core[tail] < 0) & (net.core[net.to] < 0)
    _, which = components(len(net.persons), tail[open_], net.to[open_])
    free = net.core < 0
    names, dense = np.unique(which[free], return_inverse=True)
    pocket = np.full(len(net.persons), -1, np.int32)
    pocket[free] = dense
    persons = np.zeros(len(names), np.int64)
    np.add.at(persons, dense, net.persons[free])
    counts = [
        areas_for(int(p), problem.low, problem.target, problem.high)[0] if p else 0 for p in persons
    ]
    return pocket, np.array(counts, np.int64)
