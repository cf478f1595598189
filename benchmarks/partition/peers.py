"""Other partitioners on the same graphs. None is a dependency of the product; each is imported where it is called.

Graph partitioners get the weights of the borders. The others cannot use them, and each lacks more: k-means knows
points and no graph; Skater bounds the number of buildings and not of persons; MaxP has a floor and no ceiling;
the recursive tree of GerryChain keeps the band and draws its lines at random.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from instances import Instance, wished

from census_gis.graph import Graph
from census_gis.partitioning.problem import Problem

# MaxP draws 99 first plans and anneals each 10 times unless told; one of these takes seconds on S.
MAXP_STARTS, MAXP_ANNEALINGS = 5, 2
# Skater finds no cut on the way to k areas when each must hold nearly the mean number of buildings.
SKATER_FLOOR = 1 / 3


@dataclass(frozen=True)
class Ask:
    """What a peer is asked: the graph, the seed, and the band as a share of the mean."""

    given: Instance
    seed: int
    band: float

    @property
    def problem(self) -> Problem:
        return self.given.problem


def csr(problem: Problem) -> Graph:
    """Neighbours of each building."""
    return Graph.of(len(problem.persons), problem.a, problem.b)


def metis(ask: Ask) -> np.ndarray:
    """Contiguous k-way parts of METIS with the same weights."""
    import pymetis

    problem, graph = ask.problem, csr(ask.problem)
    options = pymetis.Options(seed=ask.seed, contig=1, ufactor=round(1000 * ask.band))
    _, part = pymetis.part_graph(
        wished(problem), xadj=graph.start, adjncy=graph.to,
        vweights=problem.persons, eweights=problem.cost[graph.edge], options=options,
    )  # fmt: skip
    return np.asarray(part)


def kahip(ask: Ask) -> np.ndarray:
    """Parts of KaHIP, mode eco; it does not keep them connected."""
    import kahip

    problem, graph = ask.problem, csr(ask.problem)
    _, part = kahip.kaffpa(
        problem.persons.tolist(), graph.start.tolist(), problem.cost[graph.edge].tolist(),
        graph.to.tolist(), wished(problem), ask.band, 1, ask.seed, 1,
    )  # fmt: skip
    return np.asarray(part)


def kaminpar(ask: Ask) -> np.ndarray:
    """Parts of KaMinPar, preset strong, one thread; it does not keep them connected and draws without a seed."""
    import kaminpar

    problem, graph = ask.problem, csr(ask.problem)
    weight = problem.cost[graph.edge]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph"
        with file.open("w") as out:
            out.write(f"{len(problem.persons)} {len(problem.a)} 11\n")
            for v, persons in enumerate(problem.persons.tolist()):
                row = slice(graph.start[v], graph.start[v + 1])
                near = np.column_stack([graph.to[row] + 1, weight[row]]).ravel().tolist()
                out.write(" ".join(map(str, [persons, *near])) + "\n")
        given = kaminpar.load_graph(str(file), kaminpar.GraphFileFormat.METIS)
    engine = kaminpar.KaMinPar(num_threads=1, ctx=kaminpar.context_by_name("strong"))
    return np.asarray(engine.compute_partition(given, k=wished(problem), eps=ask.band))


def around_mean(points: int, k: int, band: float) -> dict[str, int]:
    """Bounds of a cluster's number of points, the band around the mean."""
    return {
        "size_min": int(points / k * (1 - band)), "size_max": int(np.ceil(points / k * (1 + band))),
    }  # fmt: skip


def kmeans_buildings(ask: Ask) -> np.ndarray:
    """Clusters of the buildings' positions; the bounds are of the number of buildings, there are no weights."""
    from k_means_constrained import KMeansConstrained

    xy, k = ask.given.xy, wished(ask.problem)
    bounds = around_mean(len(xy), k, ask.band)
    return KMeansConstrained(k, **bounds, n_init=1, random_state=ask.seed).fit_predict(xy)


def kmeans_persons(ask: Ask) -> np.ndarray:
    """Clusters of the persons, each where its building is: the bounds hold for persons, not for whole buildings.

    A building goes to the cluster that holds most of its persons; one that nobody lives in to the nearest middle.
    """
    from k_means_constrained import KMeansConstrained

    xy, persons, k = ask.given.xy, ask.problem.persons, wished(ask.problem)
    at = np.repeat(np.arange(len(persons)), persons)
    bounds = around_mean(len(at), k, ask.band)
    model = KMeansConstrained(k, **bounds, n_init=1, random_state=ask.seed).fit(xy[at])
    votes = np.zeros((len(persons), k), np.int64)
    np.add.at(votes, (at, model.labels_), 1)
    middles = np.linalg.norm(xy[:, None] - model.cluster_centers_[None], axis=2)
    return np.where(persons > 0, votes.argmax(axis=1), middles.argmin(axis=1))


def gerrychain(ask: Ask) -> np.ndarray:
    """Recursive tree of GerryChain: parts cut off random spanning trees, inside the band of the target itself."""
    import networkx
    from gerrychain import Graph as Districts
    from gerrychain.partition.initial_partition_generators import recursive_tree_part

    problem, k = ask.problem, wished(ask.problem)
    mean = int(problem.persons.sum()) / k
    tolerance = min(problem.high / mean - 1, 1 - problem.low / mean)
    web = networkx.Graph()
    web.add_nodes_from((v, {"persons": p}) for v, p in enumerate(problem.persons.tolist()))
    web.add_edges_from(zip(problem.a.tolist(), problem.b.tolist(), strict=True))
    found = recursive_tree_part(
        Districts.from_networkx(web), range(k), mean, "persons", tolerance, rng=ask.seed
    )
    return np.array([found[v] for v in range(len(problem.persons))])


def frame_and_weights(ask: Ask) -> tuple:
    """The buildings as points with persons, and the neighbours, in the forms spopt reads."""
    import geopandas
    import libpysal

    problem, graph = ask.problem, csr(ask.problem)
    x, y = ask.given.xy.T
    columns = {"persons": problem.persons, "x": x, "y": y}
    frame = geopandas.GeoDataFrame(columns, geometry=geopandas.points_from_xy(x, y))
    near = {
        v: graph.to[graph.start[v] : graph.start[v + 1]].tolist()
        for v in range(len(problem.persons))
    }
    return frame, libpysal.weights.W(near, silence_warnings=True)


def skater(ask: Ask) -> np.ndarray:
    """Skater of spopt on positions: a shortest tree pruned to k parts, each with a least number of buildings."""
    from spopt.region import Skater

    frame, weights = frame_and_weights(ask)
    k = wished(ask.problem)
    floor = int(len(frame) / k * SKATER_FLOOR)
    model = Skater(frame, weights, ["x", "y"], n_clusters=k, floor=floor, islands="ignore")
    model.solve()
    return np.asarray(model.labels_)


def maxp(ask: Ask) -> np.ndarray:
    """MaxP of spopt on positions: as many parts as can be with at least the persons of the band's low end."""
    from spopt.region import MaxPHeuristic

    frame, weights = frame_and_weights(ask)
    np.random.seed(ask.seed)  # spopt draws from numpy's global generator
    model = MaxPHeuristic(
        frame, weights, ["x", "y"], "persons", ask.problem.low,
        max_iterations_construction=MAXP_STARTS, max_iterations_sa=MAXP_ANNEALINGS,
    )  # fmt: skip
    model.solve()
    return np.asarray(model.labels_)


@dataclass(frozen=True)
class Peer:
    """A method: the modules it needs, imported before its seconds are counted, and how it is asked."""

    modules: tuple[str, ...]
    ask: Callable[[Ask], np.ndarray]


PEERS = {
    "METIS": Peer(("pymetis",), metis),
    "KaHIP": Peer(("kahip",), kahip),
    "KaMinPar": Peer(("kaminpar",), kaminpar),
    "k-means-buildings": Peer(("k_means_constrained",), kmeans_buildings),
    "k-means-persons": Peer(("k_means_constrained",), kmeans_persons),
    "GerryChain": Peer(("gerrychain", "networkx"), gerrychain),
    "Skater": Peer(("spopt.region", "libpysal", "geopandas"), skater),
    "MaxP": Peer(("spopt.region", "libpysal", "geopandas"), maxp),
}
