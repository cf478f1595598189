"""Chains: persons passed on from area to area, until each is inside its band.

An area that is too full seldom finds relief next door: its neighbour must pass somebody on as well, and so on
along a chain. Annealing that looks at the band alone (lines cost almost nothing) finds such chains, and exchanges
of two buildings, and areas dissolved or founded, in a region of some dozens of buildings.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.partitioning.draws import below, chance
from census_gis.partitioning.network import Bands, Net, Space, persons_of, stays_whole, workspace

__all__ = ["Pressure", "passed_on"]


class Crowd(NamedTuple):
    """Persons and nodes of each area, int64 (k,); both change in place."""

    total: NDArray[np.int64]
    members: NDArray[np.int64]


class Pressure(NamedTuple):
    """What annealing for the band weighs, in persons.

    `breach` an area outside its band, `guest` an area of its own with guests, `number` an area more or fewer than
    `wished`; `line` persons for each decimetre of line; `hot` and `cold` temperatures; `sweeps`.
    """

    breach: float
    guest: float
    number: float
    wished: float
    line: float
    hot: float
    cold: float
    sweeps: int


@njit(cache=True)
def _off(persons: int, members: int, area: int, bands: Bands, price: Pressure) -> float:
    """Persons beyond the band of an area, with the price of being outside."""
    if members == 0:
        return 0.0
    if persons < bands.low[area]:
        return price.breach + bands.low[area] - persons
    over = persons - bands.high[area]
    if over > 0:
        return price.breach + over * (10.0 if bands.extra[area] else 1.0)
    if bands.extra[area] and persons > bands.target[area]:
        return price.guest
    return 0.0


@njit(cache=True)
def _line(net: Net, label: NDArray[np.int32], v: int, goal: int) -> float:
    """Line added when v goes to another area [dm]."""
    home = label[v]
    change = 0.0
    for q in range(net.start[v], net.start[v + 1]):
        other = label[net.to[q]]
        if other == home:
            change += net.cost[q]
        elif other == goal:
            change -= net.cost[q]
    return change


@njit(cache=True)
def _touches(net: Net, label: NDArray[np.int32], u: int, area: int, but: int) -> bool:
    """Whether u borders an area, one node of it apart."""
    for q in range(net.start[u], net.start[u + 1]):
        if label[net.to[q]] == area and net.to[q] != but:
            return True
    return False


@njit(cache=True)
def _pain(crowd: Crowd, bands: Bands, price: Pressure) -> float:
    """What a plan weighs, lines apart."""
    now, areas = 0.0, 0
    for area in range(len(crowd.total)):
        now += _off(crowd.total[area], crowd.members[area], area, bands, price)
        areas += crowd.members[area] > 0
    return now + price.number * abs(areas - price.wished)


@njit(cache=True)
def _goal(
    net: Net,
    label: NDArray[np.int32],
    crowd: Crowd,
    bands: Bands,
    v: int,
    state: NDArray[np.uint64],
) -> int:
    """An area beside v, drawn, now and then one that v may found; -1 for none."""
    degree = net.start[v + 1] - net.start[v]
    if net.core[v] >= 0 or degree == 0:
        return int(np.int64(-1))
    goal = int(np.int64(label[net.to[net.start[v] + below(state, degree)]]))
    if goal != label[v]:
        return goal
    if crowd.members[goal] == 1 or below(state, 8):
        return int(np.int64(-1))
    for area in range(len(crowd.members)):
        if crowd.members[area] == 0 and not bands.extra[area]:
            return int(np.int64(area))
    return int(np.int64(-1))


@njit(cache=True)
def _back(
    net: Net,
    label: NDArray[np.int32],
    crowd: Crowd,
    v: int,
    goal: int,
    state: NDArray[np.uint64],
) -> int:
    """A node of the goal that may come back in exchange for v, -1 for none."""
    if crowd.members[goal] > 1 and below(state, 3) == 0:
        for _ in range(4):
            u = int(np.int64(below(state, len(label))))
            if label[u] != goal or net.core[u] >= 0:
                continue
            if crowd.members[label[v]] == 1 or _touches(net, label, u, label[v], v):
                return u
    return int(np.int64(-1))


@njit(cache=True)
def _change(
    crowd: Crowd, bands: Bands, price: Pressure, move: tuple[int, int, int, bool], areas: int
) -> float:
    """What a move adds to the weight of a plan, lines apart.

    `move`: its home and goal, the persons that change hands, whether a node comes back.
    """
    home, goal, persons, exchange = move
    total, members = crowd.total, crowd.members
    left = members[home] - 1 + exchange
    after = members[goal] + 1 - exchange
    change = (
        _off(total[home] - persons, left, home, bands, price)
        - _off(total[home], members[home], home, bands, price)
        + _off(total[goal] + persons, after, goal, bands, price)
        - _off(total[goal], members[goal], goal, bands, price)
    )
    count = areas - (left == 0) + (members[goal] == 0)
    return change + price.number * (abs(count - price.wished) - abs(areas - price.wished))


@njit(cache=True)
def _moved(
    net: Net,
    label: NDArray[np.int32],
    swap: tuple[int, int, int],
    members: NDArray[np.int64],
    space: Space,
) -> bool:
    """Move a node to the goal and another back home (`swap`; -1: none) where both areas stay whole; in place."""
    v, back, goal = swap
    home = label[v]
    # The last node of an area leaves nothing behind that could fall apart.
    if members[home] > 1 and not stays_whole(net, label, v, space):
        return False
    label[v] = goal
    if back >= 0:
        if not stays_whole(net, label, back, space):
            label[v] = home
            return False
        label[back] = home
    return True


@njit(cache=True)
def passed_on(
    net: Net,
    label: NDArray[np.int32],
    bands: Bands,
    price: Pressure,
    state: NDArray[np.uint64],
) -> NDArray[np.int32]:
    """The plan with the least persons outside the bands that one cooling meets.

    Parameters
    ----------
    label : int32, shape (n,)
        Connected areas; numbers without a node are free to be founded.

    Returns
    -------
    int32, shape (n,)
        Every area connected; cores where they were.
    """
    n = len(net.persons)
    label = label.copy()
    k = len(bands.low)
    crowd = Crowd(persons_of(net, label, k), np.bincount(label, minlength=k))
    areas = int(np.int64(np.count_nonzero(crowd.members)))
    space = workspace(n)
    now = _pain(crowd, bands, price)
    best, least = label.copy(), now
    for sweep in range(price.sweeps):
        share = sweep / max(1, price.sweeps - 1)
        warmth = price.hot * (price.cold / price.hot) ** share
        for _ in range(n):
            v = int(np.int64(below(state, n)))
            home = int(np.int64(label[v]))
            goal = _goal(net, label, crowd, bands, v, state)
            if goal < 0:
                continue
            back = _back(net, label, crowd, v, goal, state)
            persons = net.persons[v] - (net.persons[back] if back >= 0 else 0)
            change = _change(crowd, bands, price, (home, goal, persons, back >= 0), areas)
            cost = change + price.line * _line(net, label, v, goal)
            if back >= 0:
                cost += price.line * _line(net, label, back, home)
            if cost > 0 and chance(state) >= np.exp(-cost / warmth):
                continue
            if not _moved(net, label, (v, back, goal), crowd.members, space):
                continue
            areas += int(crowd.members[goal] == 0) - int(crowd.members[home] == 1 and back < 0)
            crowd.total[home] -= persons
            crowd.total[goal] += persons
            crowd.members[home] -= back < 0
            crowd.members[goal] += back < 0
            now += change
            if now < least - 1e-6:
                least = now
                best[:] = label
    return best
