"""Large districts are cut into blocks first, along rivers, railways and main roads; no EA lies in two.

The practice of the 1 % survey of 2015 in Hangzhou: above 10,000 residents first blocks of at least 5,000, then
survey areas. A profile sets both numbers (`blocks.above`, `blocks.least`). The blocks are made by the partitioner
itself, on the graph of the fabric, where a line along a main feature is nearly free.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from census_gis.findings import Kind
from census_gis.graph import components
from census_gis.language import Text
from census_gis.model import Fabric, Plan
from census_gis.partitioning.misfits import noted
from census_gis.partitioning.precut import MOVES_PER_ATOM, Search, cut_in_blocks
from census_gis.partitioning.problem import Problem, by_primary
from census_gis.partitioning.translate import Question

__all__ = ["MADE", "Blocks", "in_blocks", "told", "within_blocks"]

# Share of its price that a line keeps along a river, railway or main road.
ALONG_MAIN = 0.1
# More blocks than this are told by the least and the most persons.
LISTED = 20
# Divisions tried: the first in which every EA can be inside the band, else the best; only one from so many atoms on,
# where a search for the EAs of each division would take longer than the EAs themselves.
TRIES, LARGE = 6, 50_000
# Up to so many atoms more are tried: of a street of 524 the first good division was the seventh to ninth of four seeds.
SMALL, TRIES_SMALL = 2_000, 16

MADE = Kind(
    "S121", "note",
    Text("District {code} has {persons} persons, more than {above}: it was divided into {count} blocks first, of {sizes} "
         "persons; no EA lies in two (column block).",
         "普查区 {code} 有 {persons} 人，超过 {above} 人：先划为 {count} 块，分别为 {sizes} 人；小区不跨块（见 block 字段）。"),
    Text("accept it, or set blocks.above = 0 in the profile.", "接受，或在规则模板中将 blocks.above 设为 0。"),
)  # fmt: skip
NONE = Kind(
    "S122", "warning",
    Text("District {code} has {persons} persons, more than {above}, but no division into blocks of at least {least} was found: "
         "EAs were made of the whole.",
         "普查区 {code} 有 {persons} 人，超过 {above} 人，但未找到每块不少于 {least} 人的划块方案：小区直接在全区内划分。"),
    Text("accept it, or lower blocks.least in the profile.", "接受，或在规则模板中调低 blocks.least。"),
)  # fmt: skip


class _Nodes(NamedTuple):
    """What must stay in one block, as nodes: node of each atom, and the nodes as atoms of a problem of their own."""

    of: NDArray[np.int64]
    problem: Problem


class _Means(NamedTuple):
    """What a division is made with: the partitioner, `blocks.above` and `blocks.least` [persons], a seed."""

    search: Search
    bounds: tuple[int, int]
    seed: int


class Blocks(NamedTuple):
    """A fabric with the block of each atom, and the areas of a quick search inside them.

    `quick` int32 (n,) is in the order of the problem; None where there are no blocks, or none was searched for.
    """

    fabric: Fabric
    quick: NDArray[np.int32] | None = None


class _Tried(NamedTuple):
    """A division: block of each atom, the areas of a quick search inside, and how many are outside the band."""

    block: NDArray[np.int64]
    quick: NDArray[np.int32] | None
    unmet: int


def in_blocks(fabric: Fabric, question: Question, search: Search, *, seed: int) -> Blocks:
    """The fabric with the block of each atom, where the profile asks for blocks.

    Parameters
    ----------
    fabric : Fabric
    question : Question
        Of the fabric.
    search
        `census_gis.partitioning.solve.grouped`.
    seed : int

    Returns
    -------
    Blocks
        Atoms of the fabric have a column `block`: 1, 2, … from the north-west, 0 for what has no place; unchanged
        where the district is not above `blocks.above` [persons] or no blocks of at least `blocks.least` were found.
    """
    above, least = _bounds(fabric)
    persons = question.problem.persons
    if not above or int(persons.sum()) <= above:
        return Blocks(fabric)
    nodes, means = _nodes(fabric, question, least), _Means(search, (above, least), seed)
    if len(persons) < LARGE:
        tried = _best_of_some(question, nodes, means)
    else:
        tried = _Tried(_with_the_small(question, _cut(nodes, means)[nodes.of]), None, 0)
    placed = fabric.atoms["virtual"].to_numpy(np.int64)[question.order] < 0
    label = tried.block
    numbered = np.where(placed & (label >= 0), _from_north_west(question, label), 0)
    if numbered.max(initial=0) < 2:
        return Blocks(fabric)
    block = np.zeros(len(label), np.int64)
    block[question.order] = numbered
    return Blocks(replace(fabric, atoms=fabric.atoms.assign(block=block)), tried.quick)


def within_blocks(question: Question, fabric: Fabric) -> Question:
    """The question without the borders between blocks; the same where there are none."""
    if "block" not in fabric.atoms:
        return question
    return _inside(question, fabric.atoms["block"].to_numpy(np.int64)[question.order])


def _inside(question: Question, block: NDArray[np.int64]) -> Question:
    """The question without borders between atoms of different blocks; what is joined stays joined."""
    problem = question.problem
    kept = block[problem.a] == block[problem.b]
    kept[len(kept) - question.links :] = True
    inner = replace(problem, a=problem.a[kept], b=problem.b[kept], cost=problem.cost[kept])
    return replace(question, problem=inner)


def told(plan: Plan) -> Plan:
    """The plan with a finding about the blocks of its district, or that there are none though there should be."""
    fabric = plan.fabric
    above, least = _bounds(fabric)
    persons = int(fabric.atoms["persons"].sum())
    if not above or persons <= above:
        return plan
    words = {"code": fabric.district.id, "persons": persons, "above": above}
    if "block" in fabric.atoms:
        held = fabric.atoms.groupby("block")["persons"].sum().drop(0, errors="ignore")
        sizes = ", ".join(str(int(n)) for n in held)
        if len(held) > LISTED:
            sizes = f"{int(held.min())}-{int(held.max())}"
        return noted(plan, MADE, count=len(held), sizes=sizes, **words)
    return noted(plan, NONE, least=least, **words)


def _bounds(fabric: Fabric) -> tuple[int, int]:
    """Rules `blocks.above` and `blocks.least`; a plan older than them has none."""
    rules = fabric.district.profile.rules
    above, least = (rules.get(f"blocks.{name}") for name in ("above", "least"))
    return (int(above.value), int(least.value)) if above and least else (0, 0)


def _nodes(fabric: Fabric, question: Question, least: int) -> _Nodes:
    """What stays together: atoms joined without a way on foot, pieces of one building, EAs of the previous census,
    and ground between large buildings that holds fewer people than a block.
    """
    problem, n = question.problem, len(question.problem.persons)
    a, b = problem.a.astype(np.int64), problem.b.astype(np.int64)
    former = fabric.atoms["previous"].to_numpy(object).astype(str)[question.order]
    glued = np.arange(len(a)) >= len(a) - question.links
    glued |= (problem.family[a] >= 0) & (problem.family[a] == problem.family[b])
    glued |= (former[a] != "") & (former[a] == former[b])
    pocket, held = _pockets(problem)
    glued |= (
        (pocket[a] >= 0) & (pocket[a] == pocket[b]) & (np.append(held, least)[pocket[a]] < least)
    )
    count, of = components(n, a[glued], b[glued])
    persons = np.bincount(of, problem.persons, count).astype(np.int64)
    price = np.maximum(np.rint(problem.cost * _kept_price(fabric, question)), 1).astype(np.int64)
    ends = np.sort(np.column_stack([of[a], of[b]]), axis=1).astype(np.int64)
    outer = ends[:, 0] != ends[:, 1]
    key, row = np.unique(ends[outer, 0] * count + ends[outer, 1], return_inverse=True)
    cost = np.bincount(row, price[outer], len(key)).astype(np.int64)
    one, two = (key // count).astype(np.int32), (key % count).astype(np.int32)
    none = np.full(count, -1, np.int32)
    # The band is that of each piece of land, set where it is cut.
    joined = Problem(persons, one, two, cost, none >= 0, none, low=0, target=1, high=1)
    return _Nodes(of.astype(np.int64), joined)


def _pockets(problem: Problem) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ground that hangs together between buildings that are EAs of their own: number of each atom's, -1 for such a
    building, and persons of each.
    """
    n = len(problem.persons)
    inner = ~problem.alone[problem.a] & ~problem.alone[problem.b]
    count, which = components(n, problem.a[inner], problem.b[inner])
    pocket = np.where(problem.alone, -1, which).astype(np.int64)
    held = np.bincount(which, np.where(problem.alone, 0, problem.persons), count).astype(np.int64)
    return pocket, held


def _best_of_some(question: Question, nodes: _Nodes, means: _Means) -> _Tried:
    """Of a few divisions the one that leaves fewest EAs outside the band; a division met again is not searched again.

    A district of few buildings, or one cut where it must be, is divided alike from every seed.
    """
    best = _Tried(np.full(len(nodes.of), -1, np.int64), None, len(nodes.of) + 1)
    problem, known = question.problem, set[bytes]()
    for nth in range(TRIES_SMALL if len(nodes.of) <= SMALL else TRIES):
        other = means._replace(seed=means.seed + nth)
        block = _with_the_small(question, _cut(nodes, other)[nodes.of])
        cut = np.packbits(block[problem.a] != block[problem.b]).tobytes()
        if cut in known:
            continue
        known.add(cut)
        best = min(best, _tried(question, block, means), key=lambda one: one.unmet)
        if not best.unmet:
            break
    return best


def _tried(question: Question, block: NDArray[np.int64], means: _Means) -> _Tried:
    """A division with the areas of a quick search; those of one large building do not count as unmet."""
    inner = by_primary(_inside(question, block).problem)
    label = means.search(inner, seed=means.seed, moves=MOVES_PER_ATOM * len(block))
    held = np.bincount(label, inner.persons)
    most = np.zeros(len(held), np.int64)
    np.maximum.at(most, label, inner.persons)
    lived = (held > 0) & (np.bincount(label, question.apart > 0) == 0)
    unmet = lived & (most <= inner.high) & ((held < inner.low) | (held > inner.high))
    return _Tried(block, label, int(unmet.sum()))


def _kept_price(fabric: Fabric, question: Question) -> NDArray[np.float64]:
    """Share of its price each border keeps: little along rivers, railways and main roads."""
    edges, problem = fabric.edges, question.problem
    if not len(edges):  # persons without a place, or islands: nothing but joins
        return np.ones(len(problem.a))
    n = len(problem.persons)
    ends = np.sort(question.order[np.column_stack([problem.a, problem.b])], axis=1).astype(np.int64)
    known = edges["a"].to_numpy(np.int64) * n + edges["b"].to_numpy(np.int64)
    order = np.argsort(known, kind="stable")
    row = np.searchsorted(known[order], ends[:, 0] * n + ends[:, 1]).clip(max=len(known) - 1)
    row = order[row]
    there = known[row] == ends[:, 0] * n + ends[:, 1]
    border = edges["border_m"].to_numpy(np.float64)[row]
    main = np.where(there & (border > 0), edges["main_m"].to_numpy(np.float64)[row], 0.0)
    share = np.minimum(main / np.maximum(border, 1e-9), 1.0)
    return 1.0 - (1.0 - ALONG_MAIN) * share


def _cut(nodes: _Nodes, means: _Means) -> NDArray[np.int64]:
    """Block of each node; -1 for pieces of land too small for one."""
    above, least = means.bounds
    problem, n = nodes.problem, len(nodes.problem.persons)
    label, used = np.full(n, -1, np.int64), 0
    _, which = components(n, problem.a, problem.b)
    held = np.bincount(which, problem.persons)
    for piece in np.flatnonzero(held >= least):
        rows = np.flatnonzero(which == piece)
        found = np.zeros(len(rows), np.int64)
        if held[piece] > above:
            found = cut_in_blocks(problem.within(rows), *means)
        label[rows] = used + found
        used += int(found.max()) + 1
    return label


def _with_the_small(question: Question, label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Islands, special areas and whatever is too small for a block go with the block that is nearest."""
    if (label < 0).all():
        return label
    problem, n = question.problem, len(label)
    _, which = components(n, problem.a, problem.b)
    label = label.copy()
    goal = np.flatnonzero(label >= 0)
    tree = cKDTree(question.xy[goal])
    for piece in np.unique(which[label < 0]):
        atoms = np.flatnonzero(which == piece)
        metres, nearest = tree.query(question.xy[atoms])
        label[atoms] = label[goal[nearest[int(np.argmin(metres))]]]
    return label


def _from_north_west(question: Question, label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the block of each atom, from 1, blocks in order from the north-west."""
    some = np.maximum(label, 0)
    weight = question.problem.persons + 1e-6
    x, y = (np.bincount(some, weight * axis) / np.bincount(some, weight) for axis in question.xy.T)
    rank = np.empty(len(x), np.int64)
    rank[np.lexsort((x, x - y))] = np.arange(len(x))
    return rank[some] + 1
