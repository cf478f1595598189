"""Land that hangs together by a few places: what any plan can make of the persons behind each of them.

Behind a place that separates land, an area of that place holds so many persons, and the others there must make
whole areas inside the band. Sizes that are possible are passed up the tree of such places. Inside a block (land no
single place separates) only sums count: more is thought possible than is, never less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

from census_gis.graph import components
from census_gis.partitioning.network import Net

__all__ = ["Bunch", "Claim", "Trees", "Wall", "bunches_of", "least_unserved", "necks_of"]

# Nodes of the land looked at: some seconds.
MOST_NODES = 20_000
# Places from which the tree is looked at: at its root the sides of a place are held against each other exactly.
MOST_ROOTS = 16

Flags = NDArray[np.bool_]


class Claim(NamedTuple):
    """In every plan an area that holds one of `nodes` is outside the band; `neck` is the place they hang on."""

    neck: int
    nodes: frozenset[int]


class Bunch(NamedTuple):
    """`nodes` around one place: at least so many areas that hold one of them are outside the band in any plan.

    True of plans whose areas hold no more than was asked for.
    """

    nodes: frozenset[int]
    least: int


class Wall(NamedTuple):
    """A building of its own beside the land: so many persons may be its guests, those of `nodes` without others."""

    room: int
    nodes: NDArray[np.int64]


class Block(NamedTuple):
    """Land no single place separates: the node it hangs on, and the others of it."""

    neck: int
    nodes: tuple[int, ...]


class Trees(NamedTuple):
    """Land and its places from which the tree is looked at, each with the blocks as they hang on it.

    They are the same for all bands: to be made once for many questions.
    """

    net: Net
    of: tuple[tuple[int, list[Block]], ...]

    @classmethod
    def grown(cls, net: Net) -> Trees:
        """The trees of some land: connected, without areas of their own; none where it is above `MOST_NODES`."""
        if not 1 < len(net.persons) <= MOST_NODES:
            return cls(net, ())
        return cls(net, tuple((root, _blocks(net, root)) for root in _roots(net)))


def necks_of(trees: Trees, low: int, high: int) -> list[Claim]:
    """Places whose land cannot be divided into areas inside the band.

    Parameters
    ----------
    trees : Trees
        Of the land.
    low, high : int
        The band [persons].

    Returns
    -------
    list of Claim
        Each is true by itself; empty where nothing is proven, or the land is above `MOST_NODES`.
    """
    return [
        claim
        for root, blocks in trees.of
        for claim in _from_root(trees.net, root, blocks, (low, high))
    ]


def _roots(net: Net) -> list[int]:
    """Places that separate the most persons, each with all land but its largest side."""
    total = net.persons.sum()
    behind = net.persons.astype(np.int64)
    largest = np.zeros(len(behind), np.int64)
    for block in _blocks(net, 0):
        held = behind[list(block.nodes)].sum()
        behind[block.neck] += held
        largest[block.neck] = max(largest[block.neck], held)
    cut = total - net.persons - np.maximum(largest, total - behind)
    order = np.argsort(-cut, kind="stable")[:MOST_ROOTS]
    return [int(v) for v in order if cut[v] > 0]


def _from_root(net: Net, root: int, blocks: list[Block], band: tuple[int, int]) -> list[Claim]:
    """Claims met when sizes are passed up to one place."""
    low, high = band
    possible = [_only(int(persons), high) for persons in net.persons]
    behind = _Behind(len(possible))
    found: list[Claim] = []
    for neck, nodes in blocks:
        sizes = _beyond([possible[v] for v in nodes], low, high)
        if sizes.any():
            behind.hang(neck, nodes)
        else:
            found.append(Claim(neck, behind.taken(nodes)))
            sizes = np.ones(high + 1, np.bool_)
        together = _sums(possible[neck], sizes)[: high + 1]
        if not together.any():
            found.append(Claim(neck, behind.taken((neck,))))
            together = np.ones(high + 1, np.bool_)
        possible[neck] = together
    if not (possible[root][low:].any() or possible[root][0]):
        found.append(Claim(root, behind.taken((root,))))
    return found


class _Behind:
    """What hangs on each place, as far as no claim names it."""

    def __init__(self, count: int) -> None:
        """Nothing hangs on any of so many places."""
        self._hung: list[list[int]] = [[] for _ in range(count)]
        self._named = [False] * count

    def hang(self, neck: int, nodes: tuple[int, ...]) -> None:
        """What hangs on some nodes, and these, hang on a place from now on."""
        self._hung[neck].extend(nodes)

    def taken(self, nodes: tuple[int, ...]) -> frozenset[int]:
        """Some nodes and all that hangs on them; none of it is named again."""
        met, rest = set(), list(nodes)
        while rest:
            v = rest.pop()
            if not self._named[v]:
                met.add(v)
                self._named[v] = True
            rest.extend(self._hung[v])
            self._hung[v] = []
        return frozenset(met)


def _only(size: int, high: int) -> Flags:
    """Flags of one size; none where it is above the band."""
    flags = np.zeros(high + 1, np.bool_)
    flags[size : size + 1] = True
    return flags


def _sums(one: Flags, other: Flags) -> Flags:
    """Sums of a size of one and a size of the other."""
    few, many = sorted((one, other), key=np.count_nonzero)
    total = np.zeros(len(one) + len(other) - 1, np.bool_)
    for size in np.flatnonzero(few):
        total[size : size + len(many)] |= many
    return total


def _beyond(sizes: list[Flags], low: int, high: int) -> Flags:
    """Persons of a block that its neck's area may hold, when the others make whole areas."""
    if len(sizes) == 1:  # one area comes up to the neck: it goes on as it is, or ends there
        left = sizes[0].copy()
        left[0] |= left[low:].any()
        return left
    if all(flags.any() for flags in sizes):
        fewest = sum(int(np.argmax(flags)) for flags in sizes)
        if fewest - high >= _any_from(low, high):
            return np.ones(high + 1, np.bool_)
    total = np.ones(1, np.bool_)
    for flags in sizes:
        total = _sums(total, np.trim_zeros(flags, "b"))
        if not len(total):
            return np.zeros(high + 1, np.bool_)
    left = np.zeros(high + 1, np.bool_)
    below = np.r_[0, np.cumsum(total)]  # sizes that are possible below each
    held = np.arange(high + 1)
    for count in range(len(total) // max(1, low) + 1):
        begin, end = (np.minimum(held + at, len(total)) for at in (count * low, count * high + 1))
        left |= below[end] > below[begin]
    return left


def _any_from(low: int, high: int) -> float:
    """Persons from which on every number makes whole areas; infinite where that never comes."""
    if low <= 1:
        return low
    return float("inf") if low == high else low * -(-(low - 1) // (high - low))


def _blocks(net: Net, root: int) -> list[Block]:
    """Blocks of a connected graph, those further from the root first (Tarjan 1972)."""
    n = len(net.persons)
    seen, lowest = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    at = net.start[:-1].copy()
    place = np.zeros(n, np.int64)  # in `open_`
    path, open_, found, clock = [root], [root], [], 1
    seen[root] = 0
    while path:
        v = path[-1]
        if at[v] < net.start[v + 1]:
            u = int(net.to[at[v]])
            at[v] += 1
            if seen[u] < 0:
                seen[u] = lowest[u] = clock
                clock += 1
                place[u] = len(open_)
                path.append(u)
                open_.append(u)
            else:
                lowest[v] = min(lowest[v], seen[u])
            continue
        path.pop()
        if not path:
            break
        parent = path[-1]
        if lowest[v] < seen[parent]:
            lowest[parent] = min(lowest[parent], lowest[v])
            continue
        first = int(place[v])
        found.append(Block(parent, tuple(open_[first:])))
        del open_[first:]
    return found


def bunches_of(
    trees: Trees, band: tuple[int, int], *, most: int, spare: int, walls: Sequence[Wall] = ()
) -> list[Bunch]:
    """Places with so many small pieces of land around them that one area cannot take in all.

    Parameters
    ----------
    trees : Trees
        Of the land.
    band : the fewest and the most persons of an area
    most : int
        Plans are asked about whose areas hold at most so many [persons]; not below the band's top.
    spare : int
        Only pieces with a building of more than so many persons count [persons]; not below any wall's room.
    walls : sequence of Wall
        All buildings of their own that touch this land.
    """
    found = (_bunch(trees.net, place, band, most, spare, walls) for place, _ in trees.of)
    return [bunch for bunch in found if bunch.least > 0]


def _bunch(
    net: Net, place: int, band: tuple[int, int], most: int, spare: int, walls: Sequence[Wall]
) -> Bunch:
    """Pieces behind one place that hold too few for an area: all but those the area of the place takes in are outside.

    Of a piece taken in by half the other half is outside, unless it is guests of a building of its own. To take in
    more than fit the band, the area of the place itself must be outside.
    """
    low, high = band
    n = len(net.persons)
    tail = np.repeat(np.arange(n), np.diff(net.start))
    apart = (tail != place) & (net.to != place)
    count, piece = components(n, tail[apart], net.to[apart])
    held = np.bincount(piece, net.persons, count).astype(np.int64)
    never = net.persons > spare  # buildings that are nobody's guests
    firm = np.bincount(piece[never], net.persons[never], count).astype(np.int64)
    small = (held < low) & (firm > 0)
    small[piece[place]] = False
    kept = np.maximum(firm, held - _leaving(piece, count, walls))[small]
    room = sum(wall.room for wall in walls)
    together = np.maximum(np.cumsum(np.sort(kept)), np.cumsum(np.sort(held[small])) - room)
    needed = int(net.persons[place]) + together
    inside, beyond = (int(np.searchsorted(needed, top, side="right")) for top in (high, most))
    least = min(len(needed) - inside, len(needed) - beyond + 1)
    nodes = np.flatnonzero(small[piece])
    return Bunch(frozenset([place, *nodes.tolist()]), least)


def _leaving(piece: NDArray[np.integer], count: int, walls: Sequence[Wall]) -> NDArray[np.int64]:
    """Persons of each piece that may be guests of the walls it touches; the area of the place keeps the others."""
    leaving = np.zeros(count, np.int64)
    for wall in walls:
        leaving[np.unique(piece[wall.nodes])] += wall.room
    return leaving


def least_unserved(net: Net, low: int, high: int) -> tuple[NDArray[np.int64], int]:
    """Large buildings no two of which fit one area, and how many of them at least are outside the band in any plan.

    Each needs persons beside it, on land that no other of them uses: no more can have them than ways exist that
    share no place (Menger).

    Parameters
    ----------
    net : Net
        Connected; no areas of their own.
    """
    order = np.argsort(-net.persons, kind="stable")
    sizes = net.persons[order]
    pairs = np.flatnonzero(sizes[:-1] + sizes[1:] <= high)
    large = order[: (int(pairs[0]) if len(pairs) else len(order) - 1) + 1]
    large = large[net.persons[large] <= high]
    needy = large[net.persons[large] < low]
    if len(large) < 2 or not len(needy):
        return large, 0
    return large, len(needy) - _ways(net, needy, large)


def _ways(net: Net, needy: NDArray[np.int64], large: NDArray[np.int64]) -> int:
    """Most of some nodes that reach other persons on ways without a common node, past no large one."""
    n = len(net.persons)
    tail = np.repeat(np.arange(n), np.diff(net.start))
    kept = np.ones(n, np.bool_)
    kept[large] = False
    others = np.flatnonzero(kept & (net.persons > 0))
    source, sink = 2 * n, 2 * n + 1
    inner = kept[net.to] & (kept[tail] | np.isin(tail, needy))
    # Node v is entered at v and left at n + v, once.
    begin = np.concatenate([np.arange(n), n + tail[inner], np.full(len(needy), source), n + others])
    end = np.concatenate([n + np.arange(n), net.to[inner], needy, np.full(len(others), sink)])
    _, first = np.unique(begin * (2 * n + 2) + end, return_index=True)
    shape = (2 * n + 2, 2 * n + 2)
    ones = np.ones(len(first), np.int32)
    graph = csr_matrix((ones, (begin[first], end[first])), shape=shape)
    return int(maximum_flow(graph, source, sink).flow_value)
