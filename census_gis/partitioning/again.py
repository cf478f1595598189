"""Another first plan where repair left an area outside the band: that of a quick search, one of another seed, or one from large buildings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from census_gis.partitioning.asked import first_cores, outside
from census_gis.partitioning.explain import misfits_of
from census_gis.partitioning.prepare import Part, of_pockets
from census_gis.partitioning.problem import Problem
from census_gis.partitioning.rooted import from_roots

__all__ = ["from_elsewhere", "from_quick"]

# First plans tried for each number of areas: of three districts some first plans solve, the rarest did in one of eight.
TRIES = 16
# Atoms of a piece of land that is tried again: a few seconds at most.
MOST_ATOMS = 2_000

Search = Callable[[Part, int], NDArray[np.int32]]
Finish = Callable[[Part, NDArray[np.int32]], NDArray[np.int32]]


def from_quick(
    part: Part, label: NDArray[np.int32], quick: NDArray[np.int32] | None, finish: Finish
) -> NDArray[np.int32]:
    """The given plan of a component, or one from the areas of a quick search where these leave fewer outside the band.

    A longer search ends elsewhere than the quick one by which the blocks of a district were chosen, and may leave an
    area outside where that left none.

    Parameters
    ----------
    label : int32, shape (nodes,)
        Its areas.
    quick : int32, shape (atoms of the problem,), or None
        Areas of all atoms from a quick search of the same problem; None where there was none.
    finish : callable
        As for `from_elsewhere`.
    """
    unmet = len(outside(part.task, label))
    if quick is None or not unmet:
        return label
    given = np.empty(len(label), np.int32)
    given[part.nodes] = quick[part.atoms]
    given = first_cores(part.task, given)
    fewer = len(outside(part.task, given))
    if fewer >= unmet:
        return label
    better = finish(part, given)
    return better if len(outside(part.task, better)) <= fewer else given


def from_elsewhere(
    problem: Problem, part: Part, label: NDArray[np.int32], search: Search, finish: Finish
) -> NDArray[np.int32]:
    """The given plan of a component, or one with no area outside the band.

    Parameters
    ----------
    label : int32, shape (nodes,)
        Its areas.
    search : callable
        Areas of a part, without repair, from a number that seeds the first plan; short, since most are in vain.
    finish : callable
        The better lines of a longer search from given areas of a part.
    """
    if len(part.atoms) > MOST_ATOMS or not len(outside(part.task, label)):
        return label
    unexplained = _open(problem, part, label)
    if not unexplained:
        return label
    pockets = {int(part.pocket[np.argmax(label == area)]) for area in unexplained}
    for changed, found in _other_plans(problem, part, (label, pockets), search):
        if not len(outside(part.task, found)):
            better = finish(changed, found)
            return found if len(outside(part.task, better)) else better
    return label


def _other_plans(
    problem: Problem, part: Part, given: tuple[NDArray[np.int32], set[int]], search: Search
) -> Iterator[tuple[Part, NDArray[np.int32]]]:
    """Plans from other trees, for all numbers of areas; then plans rooted at the large buildings of some pockets."""
    label, pockets = given
    for changed in _numbers(problem, part, pockets):
        for attempt in range(TRIES):
            yield changed, search(changed, attempt)
    for changed in _numbers(problem, part, pockets):
        for attempt in range(TRIES):
            found = from_roots(changed, label, pockets, seed=attempt)
            if found is None:
                break
            yield changed, found


def _open(problem: Problem, part: Part, label: NDArray[np.int32]) -> list[int]:
    """Areas of a component that are outside the band without a reason."""
    whole = np.full(len(problem.persons), label.max() + 1, np.int32)
    whole[part.atoms] = label[part.nodes]
    return [misfit.area for misfit in misfits_of(problem, [part], whole) if misfit.kind == "open"]


def _numbers(problem: Problem, part: Part, pockets: set[int]) -> Iterator[Part]:
    """The same component, and those with one area more or fewer in a pocket where its persons allow that."""
    yield part
    held = of_pockets(part, part.task.net.persons)
    for pocket in sorted(pockets - {-1}):
        for step in (-1, 1):
            counts = part.counts.copy()
            counts[pocket] += step
            if counts[pocket] * problem.low <= held[pocket] <= counts[pocket] * problem.high:
                yield replace(part, counts=counts, task=replace(part.task, ideal=int(counts.sum())))
