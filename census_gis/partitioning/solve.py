"""The partitioner: from a fabric to a plan.

Connected components one by one; in each, areas of one building first, then a start by tree cuts, refinement by
annealing, and repair of what is left outside the band. What cannot be met is a finding that says why.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from census_gis.graph import components
from census_gis.model import Fabric, Plan, Step
from census_gis.partitioning.again import from_elsewhere, from_quick
from census_gis.partitioning.asked import Task, bands_of, energy_of, first_cores, outside
from census_gis.partitioning.blocks import in_blocks, told, within_blocks
from census_gis.partitioning.earlier import keep_what_fits
from census_gis.partitioning.exact import MOST_NODES
from census_gis.partitioning.exactly import as_equal
from census_gis.partitioning.explain import misfits_of
from census_gis.partitioning.misfits import counted, findings_of, pieces_of
from census_gis.partitioning.network import Net, subnet
from census_gis.partitioning.objective import DM
from census_gis.partitioning.optimum import PASSING_NODES, best_plan
from census_gis.partitioning.prepare import Part, frozen, parts_of
from census_gis.partitioning.problem import Problem, Solution, by_primary
from census_gis.partitioning.proven import proven, with_proof
from census_gis.partitioning.refine import cycles
from census_gis.partitioning.repair import mend, solve_small
from census_gis.partitioning.start import grow
from census_gis.partitioning.terms import weights_of
from census_gis.partitioning.translate import Question, question_of

__all__ = ["MOVES_PER_ATOM", "partition", "refine", "solve", "warm"]

# Sweeps for each atom: six V-cycles over about seven levels of ninety sweeps, most of which pass it over
# (twice as many gain 1 % of the cost).
MOVES_PER_ATOM = 4000
# Land of few atoms is searched through with fewer: on 30 districts of 284 atoms 2,500 gave lines as cheap as 4,000, on
# 11 of 721 atoms lines 1.5 % dearer, for a quarter less time.
SMALL, MOVES_PER_ATOM_SMALL = 2_000, 2_500
# From so many atoms on half of them: a district of half a million buildings in half a minute on two cores, for
# 1-2 % of the cost (measured on XL).
LARGE = 400_000
# Other first plans get this part of the moves each: all of them together at most six times those of the first.
RETRIED = 8
# Share of the budget spent before the repair.
BEFORE_REPAIR = 0.7
# Where a number of areas was asked for, the narrow bands tried first may suit hardly any area. Repair is for few of them: with
# more than so many outside, and more than this share, a wider band is sooner tried (23 of 60 took 50 s and had 17 left).
MENDED, MENDED_SHARE = 2, 1 / 8
# Least size of uninhabited ground kept apart where the profile asks for it [m2] (product judgement: 5 ha).
KEPT_M2 = 50_000.0


class _Asked(NamedTuple):
    """Areas wanted in all (None: as many as the rules make), cores used, and areas of a quick search where known."""

    areas: int | None = None
    threads: int = 1
    quick: NDArray[np.int32] | None = None


def partition(
    fabric: Fabric, *, seed: int = 7, areas: int | None = None, prove: bool = False,
    threads: int = 1,
) -> Plan:  # fmt: skip
    """Divide a district into enumeration areas.

    Parameters
    ----------
    fabric : Fabric
    seed : int
        Same fabric, same seed: same plan, whatever the order of rows.
    areas : int, optional
        Exactly so many EAs, virtual ones apart, at least 1, as equal as can be; a finding where that cannot be. By
        default the number nearest to persons / target.
    prove : bool
        Say how good the plan is (proven optimal, within so many per cent, or no bound known) as a finding, and
        take a better one where the proof meets it. Takes up to some ten seconds for a small district.
    threads : int
        Cores used for a large district; the plan is the same for any number.

    Returns
    -------
    Plan
        Complete and refined; numbered by the atoms' positions. Its findings name what cannot be met.

    Raises
    ------
    ValueError
        If `areas` is below 1.
    """
    if areas is not None and areas < 1:
        raise ValueError(f"{areas} areas wanted; a district has at least 1.")
    question = question_of(fabric)
    fabric, quick = in_blocks(fabric, question, grouped, seed=seed)
    question = within_blocks(question, fabric)
    asked = _Asked(areas, threads, quick)
    label, gap = _first(fabric, question, asked, seed=seed), None
    # What follows a former census, or a number asked for, is not the question a proof answers.
    if prove and areas is None and not _followed(fabric):
        known = proven(question.problem, label, seed=seed)
        label, gap = renumber(known.label), known.gap
    if fabric.district.profile["ea.empty_land"] == "keep":
        apart = _set_apart(question, label)
        label, gap = apart, gap if np.array_equal(apart, label) else None
    step = Step("partition", {"areas": areas}, seed)
    plan = _plan(fabric, question, label, seed=seed, step=step)
    if areas is not None:
        plan = counted(plan, areas)
    return with_proof(plan, gap, seed=seed) if prove else plan


def _followed(fabric: Fabric) -> bool:
    """Whether EAs of a previous census are kept to."""
    return bool((fabric.atoms["previous"].to_numpy(object) != "").any())


def _first(fabric: Fabric, question: Question, asked: _Asked, *, seed: int) -> NDArray[np.int32]:
    """The plan of a search: from the previous census's areas where there are any and no number is asked for."""
    if asked.areas is not None:
        wanted = asked.areas + int((fabric.atoms["virtual"] >= 0).sum())
        asked = asked._replace(areas=wanted)
    if asked.areas is not None or not _followed(fabric):
        return _searched(by_primary(question.problem), asked, seed=seed)[1]
    search = partial(solve, seed=seed, threads=asked.threads)
    former = fabric.atoms["previous"].to_numpy(object)[question.order]
    change = weights_of(fabric.district.profile).change * DM
    kept = keep_what_fits(question.problem, former, search, change_dm=change)
    return renumber(kept)


def refine(plan: Plan, *, seed: int = 7, moves: int = 20_000) -> Plan:
    """Better a plan, whoever made it; its score is never worse.

    Parameters
    ----------
    plan : Plan
    seed : int
    moves : int
        Moves proposed; some hundred for each atom are a thorough search.

    Returns
    -------
    Plan
        Codes are dropped when an atom moved.
    """
    question = within_blocks(question_of(plan.fabric), plan.fabric)
    problem = by_primary(question.problem)
    given = renumber(plan.label[question.order])
    task, nodes = frozen(problem, given)
    label = np.empty(len(task.net.persons), np.int32)
    label[nodes] = given
    label = first_cores(task, label)
    before = energy_of(task, label)
    found = _better(task, label, seed=seed, moves=moves)
    after = energy_of(task, found)
    chosen = renumber(found[nodes])
    if after >= before or _loose(problem, chosen) > _loose(problem, given):
        chosen = given
    step = Step("refine", {"moves": moves}, seed)
    if np.array_equal(chosen, given) and np.array_equal(given, plan.label[question.order]):
        return replace(plan, history=(*plan.history, step))
    made = _plan(plan.fabric, question, chosen, seed=seed, step=step)
    return replace(made, history=(*plan.history, step))


def warm() -> None:
    """Compile the kernels, so that the first district is as fast as the others."""
    side = 8
    persons = np.full(side * side, 40, np.int64)
    at = np.arange(side * side, dtype=np.int32).reshape(side, side)
    a = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    b = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    persons[0] = 500
    alone = persons > 360
    family = np.full(len(persons), -1, np.int32)
    problem = Problem(persons, a, b, np.full(len(a), 100, np.int64), alone, family, 240, 300, 360)
    solve(problem, seed=0, moves=1000)


def solve(
    problem: Problem,
    *,
    seed: int,
    moves: int | None = None,
    areas: int | None = None,
    threads: int = 1,
) -> Solution:
    """Group the atoms of a problem.

    Parameters
    ----------
    seed : int
        Same problem, same seed, same budget: same plan.
    moves : int, optional
        Moves that refinement may propose, shared over components by their atoms; by default `MOVES_PER_ATOM`
        each, half of it from `LARGE` atoms on, `MOVES_PER_ATOM_SMALL` up to `SMALL` atoms.
    areas : int, optional
        Areas wanted in all, exactly and as equal as can be; areas of one building count.
    threads : int
        Cores used for a large district; the plan is the same for any number.

    Returns
    -------
    Solution
        Every area connected; inside the band unless a misfit says why not.
    """
    problem = by_primary(problem)
    parts, label = _searched(problem, _Asked(areas, threads), seed=seed, moves=moves)
    cut = label[problem.a] != label[problem.b]
    misfits = misfits_of(problem, parts, label, asked=areas is not None)
    return Solution(label, misfits, int(problem.cost[cut].sum()))


def grouped(
    problem: Problem,
    *,
    seed: int,
    moves: int | None = None,
    areas: int | None = None,
    threads: int = 1,
) -> NDArray[np.int32]:
    """The areas `solve` finds, without the reasons for what it could not meet."""
    return _searched(by_primary(problem), _Asked(areas, threads), seed=seed, moves=moves)[1]


def _searched(
    problem: Problem, asked: _Asked, *, seed: int, moves: int | None = None
) -> tuple[list[Part], NDArray[np.int32]]:
    """Components, and areas of all of them, one component after the other."""
    parts = parts_of(problem, seed=seed, areas=asked.areas)
    label = np.zeros(sum(len(part.atoms) for part in parts), np.int32)
    used = 0
    for number, part in enumerate(parts):
        share = _moves_for(len(part.atoms))
        if moves is not None:
            share = moves * len(part.atoms) // len(label)
        own = seed * 1_000_003 + number
        search = partial(_solve_part, seed=own, moves=share, threads=asked.threads)
        if asked.areas is None:
            anew = partial(_unmended, seed=own, moves=share // RETRIED)
            finish = partial(_finer, seed=own, moves=share)
            found = from_quick(part, search(part), asked.quick, finish)
            found = from_elsewhere(problem, part, found, anew, finish)
        else:
            found = as_equal(part, search)
        label[part.atoms] = used + found[part.nodes]
        used += int(found.max()) + 1
    return parts, renumber(label)


def _moves_for(atoms: int) -> int:
    """Moves that refinement may propose for a component."""
    if atoms >= LARGE:
        return MOVES_PER_ATOM * atoms // 2
    return (MOVES_PER_ATOM_SMALL if atoms <= SMALL else MOVES_PER_ATOM) * atoms


def renumber(label: NDArray[np.integer]) -> NDArray[np.int32]:
    """The same areas, numbered by their first atom."""
    _, first, dense = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[dense]


def _plan(
    fabric: Fabric, question: Question, label: NDArray[np.int32], *, seed: int, step: Step
) -> Plan:
    """Labels back in the fabric's order, with findings."""
    problem = by_primary(question.problem)
    parts = parts_of(problem, seed=seed)
    asked = step.arguments.get("areas") is not None
    misfits = (*misfits_of(problem, parts, label, asked=asked), *pieces_of(question, label))
    back = np.empty(len(label), np.int32)
    back[question.order] = label
    found = findings_of(fabric, question, label, misfits)
    return told(Plan(fabric, back, found, history=(step,)))


def _solve_part(part: Part, seed: int, moves: int, threads: int) -> NDArray[np.int32]:
    """Area of each node of one component."""
    task = part.task
    own = len(task.own.low)
    if own + task.ideal <= 1:
        return np.zeros(len(task.net.persons), np.int32)
    if len(task.net.persons) <= PASSING_NODES:
        best = best_plan(task).label
        if best is not None:
            return best
    if len(task.net.persons) <= MOST_NODES:
        return solve_small(task)
    return _better(task, _start(part, seed, threads), seed=seed, moves=moves, threads=threads)


def _better(
    task: Task, label: NDArray[np.int32], *, seed: int, moves: int, threads: int = 1
) -> NDArray[np.int32]:
    """Annealing, repair, annealing again, and repair again where there is need."""
    first = int(BEFORE_REPAIR * moves)
    for number, budget in enumerate((first, moves - first)):
        bands = bands_of(task, int(label.max()) + 1)
        label = cycles(
            task.net, label, bands,
            unit=task.unit, seed=seed + number, moves=budget, threads=threads,
        )  # fmt: skip
        if _mendable(task, label):
            label = mend(task, label, seed=seed + number)
    return label


def _mendable(task: Task, label: NDArray[np.int32]) -> bool:
    """Whether some areas are outside their band, and not too many for repair where the band is one of several to try."""
    wrong = len(outside(task, label))
    most = max(MENDED, MENDED_SHARE * (int(label.max()) + 1))
    return wrong > 0 and not (task.exact and wrong > most)


def _unmended(part: Part, attempt: int, *, seed: int, moves: int) -> NDArray[np.int32]:
    """Areas from another first plan, without repair."""
    seed += 1_009 * (1 + attempt)
    label = _start(part, seed, 1)
    bands = bands_of(part.task, int(label.max()) + 1)
    return cycles(part.task.net, label, bands, unit=part.task.unit, seed=seed, moves=moves)


def _finer(part: Part, label: NDArray[np.int32], *, seed: int, moves: int) -> NDArray[np.int32]:
    """Better lines from given areas."""
    bands = bands_of(part.task, int(label.max()) + 1)
    return cycles(part.task.net, label, bands, unit=part.task.unit, seed=seed, moves=moves)


def _start(part: Part, seed: int, threads: int) -> NDArray[np.int32]:
    """A connected first plan: cores as they are, pockets cut, ground without people to a neighbour."""
    net, own = part.task.net, len(part.task.own.low)
    label = np.where(net.core >= 0, net.core, -1).astype(np.int32)
    lived = np.flatnonzero(part.counts > 0)
    inside = np.flatnonzero(np.isin(part.pocket, lived))
    if len(inside):
        group = np.searchsorted(lived, part.pocket[inside]).astype(np.int32)
        grown = grow(
            subnet(net, inside), group, part.counts[lived], part.task.size,
            unit=part.task.unit, seed=seed, threads=threads,
        )  # fmt: skip
        label[inside] = own + grown
    for empty in np.flatnonzero(part.counts == 0):
        nodes = np.flatnonzero(part.pocket == empty)
        label[nodes] = _best_host(net, label, nodes)
    return label


def _best_host(net: Net, label: NDArray[np.int32], nodes: NDArray[np.int64]) -> int:
    """The area with the dearest border to a group of empty nodes."""
    mine = np.zeros(len(label), np.bool_)
    mine[nodes] = True
    tail = np.repeat(np.arange(len(label)), np.diff(net.start))
    rim = mine[tail] & ~mine[net.to] & (label[net.to] >= 0)
    price = np.bincount(label[net.to[rim]], net.cost[rim])
    return int(np.argmax(price))


def _loose(problem: Problem, label: NDArray[np.int32]) -> int:
    """Pieces of all areas together."""
    same = label[problem.a] == label[problem.b]
    return components(len(label), problem.a[same], problem.b[same])[0]


def _set_apart(question: Question, label: NDArray[np.int32]) -> NDArray[np.int32]:
    """Large uninhabited ground becomes an EA of its own where what it leaves stays one piece."""
    problem = question.problem
    label = label.copy()
    large = np.flatnonzero((problem.persons == 0) & (question.area_m2 >= KEPT_M2))
    apart = np.zeros(len(label), np.bool_)
    pieces = _loose(problem, label)
    for atom in large:
        home = label[atom]
        if np.count_nonzero(label == home) == 1:
            continue
        label[atom] = label.max() + 1
        if _loose(problem, label) > pieces + 1:
            label[atom] = home
        else:
            apart[atom] = True
            pieces += 1
    both = apart[problem.a] & apart[problem.b]
    _, group = components(len(label), problem.a[both], problem.b[both])
    label[apart] = label.max() + 1 + group[apart]
    return renumber(label)
