"""The best plan there is, proven: every group that may be an area is listed, the cheapest cover is searched for by branch and bound.

Possible for some dozens of atoms. Where the list grows too long nothing is claimed; where the search
stops early, its bound is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from census_gis.partitioning.asked import Task, bands_by_core, energy_of, first_cores
from census_gis.partitioning.cheapest import MOST_BITS, search
from census_gis.partitioning.coarsen import contract
from census_gis.partitioning.covers import Groups, groups_of, values_of
from census_gis.partitioning.network import Net

__all__ = ["PASSING_NODES", "Proof", "best_plan", "proof_of", "together"]

# Groups listed and groups looked at when a proof is asked for: about ten seconds for a district.
PROOF_GROUPS = 400_000
PROOF_LOOKS = 1_000_000_000
# The same where small districts are solved in passing: tenths of a second.
PASSING_NODES = 24
PASSING_GROUPS = 40_000
PASSING_LOOKS = 20_000_000
# Gaps below this share are rounding.
EXACT = 1e-6


@dataclass(frozen=True)
class Proof:
    """What is known of how good a plan is.

    Attributes
    ----------
    label : int32 or None
        The best plan inside the band, None where none was found.
    gap : float or None
        Share by which it may still be above the best there is: 0.0 is proven optimal, None: no bound is known.
    empty : bool
        Proven that no plan has all areas inside the band.
    """

    label: NDArray[np.int32] | None
    gap: float | None
    empty: bool = False


def best_plan(task: Task, *, groups: int = PASSING_GROUPS, looks: int = PASSING_LOOKS) -> Proof:
    """The cheapest plan of a connected graph inside the band, with the number of areas nearest to the wished one.

    Parameters
    ----------
    groups, looks : int
        Groups listed and groups looked at before the proof is given up.
    """
    cluster = _hanging(task.net, task.size.low)
    small = contract(task.net, cluster, int(cluster.max()) + 1)
    n = len(small.persons)
    span = (float(task.size.low), float(task.size.high))
    if n > MOST_BITS:
        return Proof(None, None)
    found = Groups(*groups_of(small, np.arange(n), span, task.own.high, groups))
    if not len(found.start):
        return Proof(None, None)
    cores = len(task.own.low)
    value = values_of(small, found, bands_by_core(task), task.unit)
    for count in _counts(small, cores, task):
        chosen, reached, bound = search(value, found.start, found.member, n, count + cores, looks)
        if not len(chosen) and bound == np.inf:
            continue
        if not len(chosen):
            return Proof(None, None)
        label = np.empty(n, np.int32)
        for area, g in enumerate(chosen):
            label[found.member[found.start[g] : found.start[g + 1]]] = area
        whole = float(small.cost.sum()) / 2
        gap = max(0.0, reached - bound) / max(1.0, whole + reached)
        return Proof(first_cores(task, label[cluster]), 0.0 if gap < EXACT else gap)
    return Proof(None, None, empty=True)


def proof_of(task: Task, label: NDArray[np.int32]) -> Proof:
    """How good a plan is, with a better one where one was found, or one of a number of areas nearer to the wished one."""
    proof = best_plan(task, groups=PROOF_GROUPS, looks=PROOF_LOOKS)
    if proof.label is None or proof.gap is None:
        return Proof(label, None, proof.empty)
    given, best = (energy_of(task, plan) for plan in (label, proof.label))
    if given > best or int(label.max()) != int(proof.label.max()):
        return proof
    return Proof(label, max(0.0, proof.gap - (best - given) / max(1.0, best)))


def together(proofs: list[Proof], lines: list[float]) -> float | None:
    """Gap of a district whose components cost `lines`, None where one has no bound."""
    if any(proof.gap is None for proof in proofs):
        return None
    weight = sum(lines)
    slack = sum((proof.gap or 0.0) * line for proof, line in zip(proofs, lines, strict=True))
    return slack / weight if weight > 0 else 0.0


def _counts(net: Net, cores: int, task: Task) -> list[int]:
    """Numbers of ordinary areas that could be inside the band, the nearest to the wished one first."""
    persons = int(net.persons[net.core < 0].sum())
    # Persons may also be guests of the cores, as far as those have room.
    room = int((task.own.high - task.own.target).clip(min=0).sum())
    least = max(0, int(np.ceil((persons - room) / task.size.high)))
    most = int(persons // max(1.0, task.size.low))
    if cores == 0:
        least = max(1, least)
    if task.exact:
        least, most = max(least, task.ideal), min(most, task.ideal)
    return sorted(range(least, most + 1), key=lambda count: (abs(count - task.ideal), -count))


def _hanging(net: Net, low: float) -> NDArray[np.int32]:
    """Join what hangs on one neighbour only and is too small for an area: no plan inside the band parts them."""
    n = len(net.persons)
    host = np.arange(n)
    held = net.persons.copy()
    near = [set(map(int, net.to[net.start[v] : net.start[v + 1]])) for v in range(n)]
    leaves = [v for v in range(n) if len(near[v]) == 1]
    while leaves:
        v = leaves.pop()
        if len(near[v]) != 1 or net.core[v] >= 0:
            continue
        u = next(iter(near[v]))
        if held[v] >= low or (held[v] > 0 and net.core[u] >= 0):
            continue
        host[v] = u
        held[u] += held[v]
        near[v].clear()
        near[u].discard(v)
        if len(near[u]) == 1:
            leaves.append(u)
    while not np.array_equal(host, host[host]):
        host = host[host]
    return np.unique(host, return_inverse=True)[1].astype(np.int32)
