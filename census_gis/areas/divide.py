"""EAs divided: along a line somebody drew, or in equal shares by the partitioner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.areas.desk import Desk
from census_gis.areas.regroup import NOBODY, give_away, pieces_of
from census_gis.partitioning.problem import areas_for, by_primary
from census_gis.partitioning.solve import solve
from census_gis.partitioning.translate import question_of

__all__ = ["crossed", "equal_shares", "lived", "sides"]


def sides(desk: Desk, area: int, line: Any) -> list[NDArray[np.int64]]:
    """Groups of an EA's atoms on the sides of a line, the largest first; one group where it does not divide.

    Two neighbours are apart where the way between them (from where people live to where people live) crosses
    the line an odd number of times. Ground without buildings goes with the side it borders most.
    """
    web, atoms = desk.web, desk.fabric.atoms
    inside = (desk.label[web.a] == area) & (desk.label[web.b] == area)
    xy = np.nan_to_num(atoms[["x", "y"]].to_numpy(float))
    one, two = web.a[inside], web.b[inside]
    ways = shapely.linestrings(np.stack([xy[one], xy[two]], axis=1))
    met = shapely.intersection(ways, line)
    met = np.where(shapely.get_dimensions(met) == 0, shapely.get_num_geometries(met), 0)
    kept = met % 2 == 0
    group = np.where(desk.label == area, 0, NOBODY)
    whole = replace(web, a=one, b=two, metres=web.metres[inside])
    cut = replace(whole, a=one[kept], b=two[kept], metres=whole.metres[kept])
    pieces = pieces_of(cut, group).get(0, [])
    number = np.full(len(web), NOBODY, np.int64)
    for nth, piece in enumerate(pieces):
        number[piece.atoms] = nth
    for piece in reversed(pieces):
        if not piece.held and (number != number[piece.atoms[0]]).any():
            host = give_away(whole, number, piece.atoms)
            if host != NOBODY:
                number[piece.atoms] = host
    return [np.flatnonzero(number == nth) for nth in range(len(pieces)) if (number == nth).any()]


def crossed(desk: Desk, line: Any) -> list[int]:
    """EAs with people on both sides of a line."""
    found = []
    for area in np.unique(desk.label).tolist():
        groups = sides(desk, area, line)
        if sum(lived(desk, area, group) for group in groups) > 1:
            found.append(area)
    return found


def lived(desk: Desk, area: int, group: NDArray[np.int64]) -> bool:
    """Whether a share of an EA could be one: people live there, or buildings stand there where nobody lives."""
    if desk.web.persons[desk.label == area].any():
        return bool(desk.web.persons[group].any())
    return bool(desk.web.held[group].any())


def equal_shares(desk: Desk, area: int, *, seed: int) -> list[NDArray[np.int64]]:
    """Groups of an EA's atoms as the partitioner divides them: in two, or as many as the band asks for."""
    question = question_of(desk.fabric)
    problem = question.problem
    mine = np.flatnonzero(desk.label[question.order] == area)
    part = problem.within(mine)
    main = by_primary(part)
    count, _ = areas_for(int(main.persons.sum()), main.low, main.target, main.high)
    label = solve(part, seed=seed, areas=max(2, count)).label
    groups = [question.order[mine[label == nth]] for nth in range(int(label.max()) + 1)]
    return sorted(
        groups,
        key=lambda each: (-int(desk.web.persons[each].sum()), int(desk.web.rank[each].min())),
    )
