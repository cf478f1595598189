"""The walk of an enumerator: metres from door to door, and the round past all doors of an EA.

People follow the street, and cut across the yard where the next door is near: a hop is the shorter of the
way along the street graph (door to street, along it, street to door) and, up to `work.yard_m`, of
`work.yard_factor` times the straight line, unless water or a railway lies between. Where no street leads it
is `work.straight_factor` times the straight line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numba import njit
from numpy.typing import NDArray

from census_gis.field.doors import Doors, doors_of
from census_gis.field.streets import Streets, distances_from, street_graph, walkable
from census_gis.field.tours import length_of, shortest_round
from census_gis.inputs.hilbert import hilbert_order
from census_gis.profile import Profile

__all__ = ["Ground", "Pace", "Tour", "Walks", "hops_between", "tour_of", "walks_of", "warm"]

MOST_DOORS = 1500  # doors of one search; a larger EA (18 MB of hops) is walked piece by piece
DIVIDES = ("waterways", "water", "railways")  # inputs nobody crosses between two doors


@dataclass(frozen=True)
class Pace:
    """What a hop costs beside the street: rules work.yard_m, work.yard_factor and work.straight_factor."""

    yard_m: float
    yard_factor: float
    straight_factor: float

    @classmethod
    def of(cls, profile: Profile) -> Pace:
        """As the profile has it."""
        names = ("yard_m", "yard_factor", "straight_factor")
        return cls(*(float(profile[f"work.{name}"]) for name in names))


@dataclass(frozen=True)
class Ground:
    """Doors of one district, the streets they are on, and what cannot be crossed between them."""

    doors: Doors
    streets: Streets
    divides: NDArray[np.object_]
    pace: Pace


@dataclass(frozen=True)
class Tour:
    """The round of one EA.

    Attributes
    ----------
    order : int64, shape (k,)
        Rows of the dwelling parts in the order of visits.
    metres : float
        Length of the closed round, walks along houses with several doors included.
    by : str
        'street', 'mixed' (no street leads to some of its doors), 'straight' (there are no streets) or ''
        without doors.
    """

    order: NDArray[np.int64]
    metres: float
    by: str


@dataclass(frozen=True)
class Walks:
    """Walks of one district.

    Attributes
    ----------
    areas : DataFrame indexed by ea_code, ordered
        `walk_m`; `access_m` [m] from the middle of the district to the nearest door of the EA; `by`
        (see `Tour`); both metres are NaN of EAs without a door.
    visits : Series indexed by part_id, ordered
        Place of each dwelling part in the round of its EA, from 1; parts without a place are left out.
    """

    areas: pd.DataFrame
    visits: pd.Series


def walks_of(
    tables: Mapping[str, pd.DataFrame], codes: NDArray[np.object_], *, profile: Profile, seed: int
) -> Walks:
    """Rounds of the EAs of one district; nothing depends on the order of rows.

    Parameters
    ----------
    tables
        Rows of `dwelling_parts`, `context_lines` and `context_areas` of the district and around it [m].
    codes
        EAs to walk, those without parts too.
    profile
        Rules `work.*`.
    seed
        Of the plan.
    """
    parts, lines, areas = (
        tables[name] for name in ("dwelling_parts", "context_lines", "context_areas")
    )
    pace = Pace.of(profile)
    shut = [frame.geometry.to_numpy()[frame["source"].isin(DIVIDES).to_numpy(bool)]
            for frame in (lines, areas)]  # fmt: skip
    divides = np.concatenate(shut)
    streets = street_graph(lines.geometry.to_numpy()[walkable(lines)], divides, gap_m=pace.yard_m)
    doors = doors_of(parts, streets)
    ground = Ground(doors, streets, divides, pace)
    owner = parts["ea_code"].to_numpy(object)[doors.part[doors.first[:-1]]]
    ids = parts["part_id"].to_numpy(object)
    access = _access(ground, _middle(ground, parts))
    rows, visits = [], {}
    for code in sorted(codes):
        mine = np.flatnonzero(owner == code)
        tour = tour_of(ground, mine, seed=seed)
        near = float(access[mine].min()) if len(mine) else np.nan
        rows.append((code, tour.metres if len(mine) else np.nan, near, tour.by))
        visits.update({ids[row]: nth for nth, row in enumerate(tour.order, start=1)})
    table = pd.DataFrame(rows, columns=["ea_code", "walk_m", "access_m", "by"]).set_index("ea_code")
    order = pd.Series(visits, dtype="int64", name="visit").rename_axis("part_id").sort_index()
    return Walks(table, order)


def tour_of(ground: Ground, mine: NDArray[np.int64], *, seed: int) -> Tour:
    """The round past some doors of a district, beginning at the first of them.

    Parameters
    ----------
    ground
        The district.
    mine : int64, shape (k,)
        Doors to pass, in their order.
    seed
        Of the plan.
    """
    doors = ground.doors
    if not len(mine):
        return Tour(np.empty(0, dtype=np.int64), 0.0, "")
    if len(mine) > MOST_DOORS:
        order, metres, by_street = _piecewise(ground, mine, seed)
    else:
        hops, by_street = hops_between(ground, mine)
        turn = shortest_round(hops, seed=seed)
        order, metres = mine[turn], float(length_of(hops, turn))
    rows = np.concatenate([doors.part[doors.first[i] : doors.first[i + 1]] for i in order])
    metres += float(doors.inside[mine].sum())
    by = "street" if by_street else "mixed" if len(ground.streets) else "straight"
    return Tour(rows, metres, by)


def warm() -> None:
    """Compile the kernels on a street of nine houses, so that processes find them in numba's cache."""
    n = 9
    lines = np.array(
        [shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(50, 0), (50, 90)])]
    )
    streets = street_graph(lines)
    at, no = np.arange(n), np.zeros(n, np.float64)
    doors = Doors(
        no + 10 * at, no, np.zeros(n, np.int64), no + 5 * at, no, no, at, np.arange(n + 1)
    )
    ground = Ground(doors, streets, np.empty(0, dtype=object), Pace(60, 1.35, 1.8))
    tour_of(ground, at, seed=1)
    _access(ground, 0)


def _piecewise(
    ground: Ground, mine: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], float, bool]:
    """The round of an EA of very many doors: pieces along a Hilbert curve, one after the other."""
    doors = ground.doors
    row = hilbert_order(doors.x[mine], doors.y[mine], np.char.mod("%09d", np.arange(len(mine))))
    pieces = np.array_split(mine[row], -(-len(mine) // MOST_DOORS))
    walked = []
    metres, by_street = 0.0, True
    for piece in pieces:
        hops, led = hops_between(ground, piece)
        turn = shortest_round(hops, seed=seed)
        metres += float(length_of(hops, turn))
        by_street &= led
        walked.append(piece[turn])
    links = [np.array([a[0], b[0]]) for a, b in zip(walked, [*walked[1:], walked[0]], strict=True)]
    metres += sum(float(hops_between(ground, link)[0][0, 1]) for link in links)
    return np.concatenate(walked), metres, by_street


def hops_between(ground: Ground, mine: NDArray[np.int64]) -> tuple[NDArray[np.float64], bool]:
    """Metres between doors, and whether streets lead to all of them.

    Parameters
    ----------
    ground
        The district.
    mine : int64, shape (k,)
        Doors.

    Returns
    -------
    float64, shape (k, k)
        Symmetric, 0 on the diagonal, never below the straight line.
    """
    doors, streets, pace = ground.doors, ground.streets, ground.pace
    x, y = doors.x[mine], doors.y[mine]
    straight = np.hypot(x[:, None] - x, y[:, None] - y)
    if not len(streets):
        return straight * pace.straight_factor, False
    edge = doors.edge[mine]
    hops = _street_hops(
        streets.start, streets.to, streets.along, streets.u[edge], streets.v[edge],
        streets.metres[edge], edge, doors.offset[mine], doors.spur[mine],
    )  # fmt: skip
    led = bool(np.isfinite(hops).all())
    # Rounding must not bring a way below the straight line.
    hops = np.maximum(np.where(np.isfinite(hops), hops, straight * pace.straight_factor), straight)
    yard = (straight <= pace.yard_m) & ~_parted(ground, x, y, straight)
    hops = np.where(yard, np.minimum(hops, straight * pace.yard_factor), hops)
    np.fill_diagonal(hops, 0.0)
    return hops, led


def _parted(
    ground: Ground, x: NDArray[np.float64], y: NDArray[np.float64], straight: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Pairs of doors a yard apart with water or a railway between them."""
    parted = np.zeros(straight.shape, dtype=bool)
    if not len(ground.divides):
        return parted
    around = shapely.box(x.min(), y.min(), x.max(), y.max())
    near = ground.divides[shapely.intersects(ground.divides, around)]
    if not len(near):
        return parted
    a, b = np.nonzero(np.triu(straight <= ground.pace.yard_m, 1))
    ways = shapely.linestrings(np.stack([np.c_[x[a], y[a]], np.c_[x[b], y[b]]], axis=1))
    crossed = np.unique(shapely.STRtree(near).query(ways, predicate="intersects")[0])
    parted[a[crossed], b[crossed]] = parted[b[crossed], a[crossed]] = True
    return parted


def _middle(ground: Ground, parts: pd.DataFrame) -> int:
    """The door nearest to the median of where people live; -1 without doors."""
    doors = ground.doors
    if not len(doors):
        return -1
    persons = parts["persons"].to_numpy(np.int64)[doors.part]
    weight = np.add.reduceat(persons, doors.first[:-1])
    if not weight.any():
        weight = np.ones(len(doors), dtype=np.int64)
    x, y = (_median(at, weight) for at in (doors.x, doors.y))
    return int(np.argmin(np.hypot(doors.x - x, doors.y - y)))


def _median(values: NDArray[np.float64], weight: NDArray[np.int64]) -> float:
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(2 * upto, upto[-1])])


def _access(ground: Ground, middle: int) -> NDArray[np.float64]:
    """Metres from one door of a district to every other."""
    doors, streets = ground.doors, ground.streets
    if middle < 0:
        return np.empty(0)
    straight = np.hypot(doors.x - doors.x[middle], doors.y - doors.y[middle])
    by_air = straight * ground.pace.straight_factor
    if not len(streets):
        return by_air
    begin = np.full(len(streets.start) - 1, np.inf)
    edge, offset = doors.edge[middle], doors.offset[middle]
    begin[streets.u[edge]] = offset
    begin[streets.v[edge]] = min(begin[streets.v[edge]], streets.metres[edge] - offset)
    wanted = np.ones(len(begin), dtype=bool)
    node = distances_from(streets.start, streets.to, streets.along, begin, wanted)
    ways = np.minimum(
        node[streets.u[doors.edge]] + doors.offset,
        node[streets.v[doors.edge]] + streets.metres[doors.edge] - doors.offset,
    )
    same = doors.edge == edge
    ways[same] = np.minimum(ways[same], np.abs(doors.offset[same] - offset))
    whole = ways + doors.spur + doors.spur[middle]
    whole[middle] = 0.0
    return np.maximum(np.where(np.isfinite(whole), whole, by_air), straight)


@njit(cache=True)
def _street_hops(
    start: NDArray[np.int64], to: NDArray[np.int64], along: NDArray[np.float64], u: NDArray[np.int64], v: NDArray[np.int64],
    metres: NDArray[np.float64], edge: NDArray[np.int64], offset: NDArray[np.float64], spur: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Metres between doors along the streets alone; inf where no street leads."""
    n, m = len(edge), len(start) - 1
    wanted = np.zeros(m, np.bool_)
    for i in range(n):
        wanted[u[i]] = wanted[v[i]] = True
    nodes = np.flatnonzero(wanted)  # fewer than doors, as a rule
    row = np.empty(m, np.int64)
    row[nodes] = np.arange(len(nodes))
    between = np.zeros((len(nodes), len(nodes)))
    begin = np.full(m, np.inf)
    for i, node in enumerate(nodes):
        begin[node] = 0.0
        metres_to = distances_from(start, to, along, begin, wanted)
        begin[node] = np.inf
        wanted[node] = False  # known from here on, both ways
        for j in range(i + 1, len(nodes)):
            between[i, j] = between[j, i] = metres_to[nodes[j]]
    hops = np.zeros((n, n))
    for i in range(n - 1):
        by_u, by_v = between[row[u[i]]], between[row[v[i]]]
        for j in range(i + 1, n):
            on, back = offset[j], metres[j] - offset[j]
            way = min(
                offset[i] + min(by_u[row[u[j]]] + on, by_u[row[v[j]]] + back),
                metres[i] - offset[i] + min(by_v[row[u[j]]] + on, by_v[row[v[j]]] + back),
            )
            if edge[i] == edge[j]:
                way = min(way, abs(offset[i] - offset[j]))
            hops[i, j] = hops[j, i] = way + spur[i] + spur[j]
    return hops
