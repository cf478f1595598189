"""Crews of places with too many groups to write down: grown from far-apart EAs, then bettered step by step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from census_gis.graph import Graph, components

__all__ = ["search"]

ROUNDS = 200  # moves of one EA to a crew beside it
OFF_SIZE = 100.0  # of an EA too few or too many, against 1 for work off by all of it

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
Edges = tuple[NDArray[np.int64], NDArray[np.int64]]


def search(
    load: NDArray[np.float64], place: Pair, edges: Edges, n_crews: int, sizes: tuple[int, int]
) -> NDArray[np.int64]:
    """Connected groups of a connected graph: crew of each EA.

    Parameters
    ----------
    load
        Work of each EA.
    place
        x and y [m].
    edges
        Neighbours.
    n_crews
        At most the number of EAs.
    sizes
        Fewest and most EAs, kept where the search can.
    """
    graph = Graph.of(len(load), *edges)
    label = _grown(load, place, graph, n_crews)
    target = load.sum() / n_crews
    return _bettered(load / target if target else load, graph, label, sizes)


def _grown(load: NDArray[np.float64], place: Pair, graph: Graph, n_crews: int) -> NDArray[np.int64]:
    """Each crew takes in turn the nearest EA beside it, the one with the least work first."""
    x, y = place
    seeds = [int(np.lexsort((y, x))[0])]
    away = np.full(len(load), np.inf)
    while len(seeds) < n_crews:
        away = np.minimum(away, np.hypot(x - x[seeds[-1]], y - y[seeds[-1]]))
        away[seeds] = -1.0
        seeds.append(int(away.argmax()))
    label = np.full(len(load), -1, dtype=np.int64)
    label[seeds] = np.arange(n_crews)
    work = load[seeds].astype(np.float64)
    stuck = np.zeros(n_crews, dtype=bool)
    while (label < 0).any():
        crew = int(np.where(stuck, np.inf, work).argmin())
        free = [v for u in np.flatnonzero(label == crew) for v in _beside(graph, u) if label[v] < 0]
        if not free:
            stuck[crew] = True
            continue
        seed = seeds[crew]
        node = min(sorted(free), key=lambda v: float(np.hypot(x[v] - x[seed], y[v] - y[seed])))
        label[node] = crew
        work[crew] += load[node]
        stuck[:] = False
    return label


def _beside(graph: Graph, node: int | np.integer) -> list[int]:
    return graph.to[graph.start[node] : graph.start[node + 1]].tolist()


def _bettered(
    share: NDArray[np.float64], graph: Graph, label: NDArray[np.int64], sizes: tuple[int, int]
) -> NDArray[np.int64]:
    """Move one EA to a crew beside it as long as that helps and nothing falls apart."""
    label = label.copy()
    n_crews = int(label.max()) + 1
    work = np.bincount(label, share, n_crews)
    size = np.bincount(label, minlength=n_crews)

    def price(w: float, s: int) -> float:
        return (w - 1.0) ** 2 + OFF_SIZE * (max(sizes[0] - s, 0) + max(s - sizes[1], 0))

    for _ in range(ROUNDS):
        best: tuple[float, int, int] = (-1e-9, -1, -1)
        for node in range(len(label)):
            old = int(label[node])
            if size[old] == 1:
                continue
            for new in sorted({int(label[v]) for v in _beside(graph, node)} - {old}):
                gain = price(work[old] - share[node], size[old] - 1) - price(work[old], size[old])
                gain += price(work[new] + share[node], size[new] + 1) - price(work[new], size[new])
                if gain < best[0] and _holds(graph, label, node):
                    best = (gain, node, new)
        _, node, new = best
        if node < 0:
            break
        old = int(label[node])
        label[node] = new
        work[old], work[new] = work[old] - share[node], work[new] + share[node]
        size[old], size[new] = size[old] - 1, size[new] + 1
    return label


def _holds(graph: Graph, label: NDArray[np.int64], node: int) -> bool:
    """Whether the crew of an EA is one piece without it."""
    rest = np.flatnonzero(label == label[node])
    rest = rest[rest != node]
    number = {int(v): i for i, v in enumerate(rest)}
    pairs = [(number[u], number[v]) for u in number for v in _beside(graph, u) if v in number]
    a, b = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    return components(len(rest), a, b)[0] == 1
