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
from census_gis.partitioning.network import Bands, Net, stays_whole, workspace

__all__ = ["Pressure", "passed_on"]


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
    n, k = len(net.persons), len(bands.low)
    label = label.copy()
    total = np.zeros(k, np.int64)
    members = np.zeros(k, np.int64)
    for v in range(n):
        total[label[v]] += net.persons[v]
        members[label[v]] += 1
    space = workspace(n)
    now = 0.0
    areas = 0
    for area in range(k):
        now += _off(total[area], members[area], area, bands, price)
        areas += members[area] > 0
    now += price.number * abs(areas - price.wished)
    best, least = label.copy(), now
    for sweep in range(price.sweeps):
        share = sweep / max(1, price.sweeps - 1)
        warmth = price.hot * (price.cold / price.hot) ** share
        for _ in range(n):
            v = int(np.int64(below(state, n)))
            home = label[v]
            degree = net.start[v + 1] - net.start[v]
            if net.core[v] >= 0 or degree == 0:
                continue
            goal = int(np.int64(label[net.to[net.start[v] + below(state, degree)]]))
            single = members[home] == 1
            if goal == home:
                if single or below(state, 8):
                    continue
                goal = int(np.int64(-1))
                for area in range(k):
                    if members[area] == 0 and not bands.extra[area]:
                        goal = area
                        break
                if goal < 0:
                    continue
            back = int(np.int64(-1))
            if members[goal] > 1 and below(state, 3) == 0:
                for _ in range(4):
                    u = int(np.int64(below(state, n)))
                    if (
                        label[u] == goal
                        and net.core[u] < 0
                        and (single or _touches(net, label, u, home, v))
                    ):
                        back = u
                        break
            persons = net.persons[v] - (net.persons[back] if back >= 0 else 0)
            left = members[home] - 1 + (back >= 0)
            after = members[goal] + 1 - (back >= 0)
            change = (
                _off(total[home] - persons, left, home, bands, price)
                - _off(total[home], members[home], home, bands, price)
                + _off(total[goal] + persons, after, goal, bands, price)
                - _off(total[goal], members[goal], goal, bands, price)
            )
            count = areas - (left == 0) + (members[goal] == 0)
            change += price.number * (abs(count - price.wished) - abs(areas - price.wished))
            cost = change + price.line * _line(net, label, v, goal)
            if back >= 0:
                cost += price.line * _line(net, label, back, home)
            if cost > 0 and chance(state) >= np.exp(-cost / warmth):
                continue
            if not single and not stays_whole(net, label, v, space):
                continue
            label[v] = goal
            if back >= 0:
                if not stays_whole(net, label, back, space):
                    label[v] = home
                    continue
                label[back] = home
            total[home] -= persons
            total[goal] += persons
            members[home], members[goal] = left, after
            areas = count
            now += change
            if now < least - 1e-6:
                least = now
                best[:] = label
    return best
