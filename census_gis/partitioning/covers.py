"""Groupings of some dozens of nodes: all groups that may be an area are listed, the best cover is chosen (HiGHS).

`exact` is faster up to a dozen nodes; among large buildings that is too few for a chain of exchanges
through several neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numba.typed import List
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, vstack

from census_gis.partitioning.muted import muted
from census_gis.partitioning.network import Bands, Net
from census_gis.partitioning.objective import pain_of

__all__ = [
    "Groups", "Purse", "best_cover", "groups_of", "packing", "values_of",
]  # fmt: skip

# Groups listed before a question is given up: tenths of a second of integer programming.
MOST_GROUPS = 4_000
# Branches before the best cover found so far is taken.
MOST_BRANCHES = 20


@dataclass
class Purse:
    """Groups that integer programming may still be asked about: work is bounded by count, not by time."""

    left: int


class Groups(NamedTuple):
    """Group g holds the nodes ``member[start[g]:start[g + 1]]``."""

    start: NDArray[np.int64]
    member: NDArray[np.int64]


@njit(cache=True)
def _next_of(net: Net, trail: List[int], state: NDArray[np.int8]) -> int:
    """A node beside a group that is neither in it nor set aside, -1 where there is none."""
    for v in trail:
        for q in range(net.start[v], net.start[v + 1]):
            if state[net.to[q]] == 0:
                return int(np.int64(net.to[q]))
    return int(np.int64(-1))


@njit(cache=True)
def groups_of(
    net: Net,
    roots: NDArray[np.int64],
    span: tuple[float, float],
    tops: NDArray[np.float64],
    limit: int,
    enough: float = np.inf,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Connected groups that hold a root, at most one core, and a number of persons in `span`; each once.

    Parameters
    ----------
    tops : float64, shape (cores,)
        Most persons of a group with each core; without entries no group may hold a core.
    limit : int
        Steps of the search; beyond it the answer is empty.
    enough : float
        A group inside the span with more persons than this is not extended further.

    Returns
    -------
    start, member
        As in `Groups`; `start` is empty where the limit was met.
    """
    n = len(net.persons)
    state = np.zeros(n, np.int8)
    if len(tops) == 0:
        for v in range(n):
            if net.core[v] >= 0:
                state[v] = 2
    start = List([0])
    member = List([0])
    trail = List([0])
    stack = List([0])
    steps = 0
    for root in roots:
        if state[root] == 2:
            continue
        trail.clear()
        stack.clear()
        total = float(net.persons[root])
        top = span[1]
        heart = net.core[root]
        if heart >= 0:
            top = tops[heart]
        if total > top:
            state[root] = 2
            continue
        state[root] = 1
        trail.append(root)
        fresh = True
        while True:
            steps += 1
            if steps > 40 * limit or len(start) > limit:
                return np.zeros(0, np.int64), np.zeros(0, np.int64)
            if fresh and (heart >= 0 or total >= span[0]):
                for v in trail:
                    member.append(v)
                start.append(len(member) - 1)
            fresh = False
            pick = -1
            if total <= enough or total < span[0]:
                pick = _next_of(net, trail, state)
            if pick >= 0:
                bound = top if net.core[pick] < 0 else tops[net.core[pick]]
                two = heart >= 0 and net.core[pick] >= 0
                if two or total + net.persons[pick] > bound:
                    state[pick] = 2
                    stack.append(-1 - pick)
                    continue
                state[pick] = 1
                trail.append(pick)
                total += net.persons[pick]
                if net.core[pick] >= 0:
                    heart, top = net.core[pick], bound
                stack.append(pick)
                fresh = True
                continue
            while len(stack) and stack[-1] < 0:
                state[-1 - stack.pop()] = 0
            if len(stack) == 0:
                break
            last = stack.pop()
            trail.pop()
            total -= net.persons[last]
            if net.core[last] >= 0:
                heart, top = np.int32(-1), span[1]
            state[last] = 2
            stack.append(-1 - last)
        state[root] = 2
    first = np.empty(len(start), np.int64)
    for i in range(len(start)):
        first[i] = start[i]
    nodes = np.empty(len(member) - 1, np.int64)
    for i in range(len(nodes)):
        nodes[i] = member[i + 1]
    return first, nodes


@njit(cache=True)
def values_of(net: Net, found: Groups, bands: Bands, unit: float) -> NDArray[np.float64]:
    """Strain less inner cost of each group [dm]; entry 0 of `bands` is an ordinary area, 1 + c that of core c."""
    start, member = found
    value = np.empty(len(start) - 1)
    mark = np.full(len(net.persons), -1, np.int64)
    for g in range(len(value)):
        persons, second, inner, heart = 0, 0, 0.0, -1
        for v in member[start[g] : start[g + 1]]:
            mark[v] = g
            persons += net.persons[v]
            second += net.second[v]
            if net.core[v] >= 0:
                heart = net.core[v]
        for v in member[start[g] : start[g + 1]]:
            for q in range(net.start[v], net.start[v + 1]):
                if mark[net.to[q]] == g:
                    inner += net.cost[q]
        value[g] = unit * pain_of(persons, second, heart + 1, bands, net.soft) - inner / 2
    return value


def best_cover(
    net: Net, bands: Bands, unit: float, wished: int, price: float, purse: Purse
) -> tuple[NDArray[np.int32], float] | None:
    """A grouping of a graph into areas inside the band, and its value with what its number of areas costs.

    Parameters
    ----------
    bands : Bands
        Entry 0 is an ordinary area; entry 1 + c the area of core c.
    wished : int
        Areas wanted, those of cores among them; each one more or less costs `price` [dm].
    purse : Purse
        Groups listed here are taken from it; with too few left nothing is tried.

    Returns
    -------
    tuple or None
        None where there are too many groups, or none cover all nodes.
    """
    span = (float(bands.low[0]), float(bands.high[0]))
    nodes = np.arange(len(net.persons))
    found = Groups(*groups_of(net, nodes, span, bands.high[1:], min(MOST_GROUPS, purse.left)))
    if len(found.start) < 2:
        return None
    purse.left -= len(found.start)
    value = values_of(net, found, bands, unit)
    count = len(value)
    once = _incidence(found, len(nodes))
    ones = csr_matrix(np.ones((1, count)))
    rows = vstack([hstack([once, csr_matrix((len(nodes), 2))]),
                   hstack([ones, csr_matrix([[-1.0, 1.0]])])])  # fmt: skip
    exactly = np.r_[np.ones(len(nodes)), float(wished)]
    done = _solved(
        np.r_[value, price, price], constraints=LinearConstraint(rows.tocsr(), exactly, exactly),
        integrality=np.r_[np.ones(count), 0, 0],
        bounds=Bounds(0, np.r_[np.ones(count), np.inf, np.inf]),
        options={"node_limit": MOST_BRANCHES, "mip_rel_gap": 3e-2},
    )  # fmt: skip
    if done.x is None:
        return None
    label = np.full(len(nodes), -1, np.int32)
    for area, g in enumerate(np.flatnonzero(done.x[:count] > 0.5)):
        label[found.member[found.start[g] : found.start[g + 1]]] = area
    return (label, float(done.fun)) if (label >= 0).all() else None


def packing(
    found: Groups,
    wanted: NDArray[np.bool_],
    limited: NDArray[np.bool_],
    needs: NDArray[np.bool_] | None = None,
) -> float:
    """Most wanted nodes that disjoint groups can hold: an upper bound.

    `limited` nodes are in one group at most, the others in as many as like; of the groups marked in a column
    of `needs` only one may be.
    """
    once = _incidence(found, len(wanted))
    worth = np.asarray(once[wanted].sum(axis=0)).ravel()
    rows = once[limited]
    rows = rows[np.diff(rows.indptr) > 0]  # most of the land is in no group
    if needs is not None and needs.any():
        rows = vstack([rows, csr_matrix(needs[:, needs.any(axis=0)].T.astype(np.float64))])
    done = _solved(
        -worth, constraints=LinearConstraint(rows.tocsr(), ub=1.0),
        integrality=np.ones(len(worth)), bounds=Bounds(0, 1),
        options={"node_limit": 4 * MOST_BRANCHES},
    )  # fmt: skip
    return np.inf if done.mip_dual_bound is None else float(-done.mip_dual_bound)


def _solved(value: NDArray[np.float64], **problem: Any) -> Any:
    """The integer programme, solved without a word on stdout."""
    with muted():
        return milp(value, **problem)


def _incidence(found: Groups, nodes: int) -> csr_matrix:
    """Nodes by groups."""
    size = np.diff(found.start)
    column = np.repeat(np.arange(len(size)), size)
    shape = (nodes, len(size))
    return csr_matrix((np.ones(len(found.member)), (found.member, column)), shape=shape)
