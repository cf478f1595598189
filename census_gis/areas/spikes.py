"""Spikes of no width taken out of drawn lines, where lines meet or the district line runs out and back.

A line that reaches another one and then runs along it to their common end encloses nothing there: its area's
ring runs out and back, and its sides cross in float coordinates. The lines then meet where the first reached the
second. Lines and polygons are read from the same points, so both lose the spike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Arcs", "joined_sooner", "without_tips"]

HAIR_M = 1e-3  # two strokes nearer than this lie on each other
Entries = NDArray[np.int64]


class Arcs(NamedTuple):
    """Fields of a `Drawing` of these names."""

    xy: NDArray[np.float64]
    path: NDArray[np.int64]
    first: NDArray[np.int64]
    keep: NDArray[np.bool_]


def without_tips(arcs: Arcs, some: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Points to draw, without the tips at which an arc turns back on itself.

    Parameters
    ----------
    arcs
        Lines between areas.
    some : bool, shape (arcs,)
        Those that are looked at.
    """
    keep = arcs.keep.copy()
    for arc in np.flatnonzero(some):
        drawn = np.arange(arcs.first[arc], arcs.first[arc + 1])
        drawn = drawn[keep[drawn]]
        xy = arcs.xy[arcs.path[drawn]]
        back, forth = xy[:-2] - xy[1:-1], xy[2:] - xy[1:-1]
        short = np.minimum(np.hypot(*back.T), np.hypot(*forth.T))
        long = np.maximum(np.maximum(np.hypot(*back.T), np.hypot(*forth.T)), HAIR_M)
        apart = np.abs(back[:, 0] * forth[:, 1] - back[:, 1] * forth[:, 0]) / long
        tip = ((back * forth).sum(axis=1) > 0) & (apart <= HAIR_M) & (short > 0)
        keep[drawn[1:-1][tip]] = False
    return keep


def joined_sooner(arcs: Arcs, some: NDArray[np.bool_]) -> tuple[Entries, NDArray[np.int64]]:
    """Arcs that run along another one to their common end, ended where they reach it.

    Parameters
    ----------
    arcs
        Lines between areas.
    some : bool, shape (arcs,)
        Those that may be shortened.

    Returns
    -------
    take, first
        Entries of ``path`` that make up the new arcs, and where each arc begins among them.
    """
    rows = [np.arange(*pair) for pair in zip(arcs.first[:-1], arcs.first[1:], strict=True)]
    for arc in np.flatnonzero(some):
        for end in {int(arcs.path[rows[arc][0]]), int(arcs.path[rows[arc][-1]])}:
            _shortened(arcs, rows, int(arc), end)
    first = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return np.concatenate(rows), first


def _shortened(arcs: Arcs, rows: list[Entries], arc: int, end: int) -> None:
    """One end of an arc, if it runs along one of the two arcs that end there too; changes `rows`."""
    meet = [k for k, row in enumerate(rows) if end in (arcs.path[row[0]], arcs.path[row[-1]])]
    if len(meet) != 3 or any(arcs.path[rows[k][0]] == arcs.path[rows[k][-1]] for k in meet):
        return
    mine = _away(arcs, rows[arc], end)
    drawn = mine[arcs.keep[mine]]
    if len(drawn) < 3:
        return
    reached, spot = drawn[1], arcs.xy[arcs.path[drawn[1]]]
    others = [k for k in meet if k != arc]
    for along, on in (others, others[::-1]):
        row = _away(arcs, rows[along], end)
        metres = _metres_to(arcs, row, spot)
        if metres is None:
            continue
        walked = np.concatenate(
            [[0.0], np.cumsum(np.hypot(*np.diff(arcs.xy[arcs.path[row]], axis=0).T))]
        )
        passed = int(np.searchsorted(walked, metres - HAIR_M))
        if passed >= len(row):
            continue
        beyond = _away(arcs, rows[on], end)
        new = {
            arc: mine[np.flatnonzero(mine == reached)[0] :],
            along: np.concatenate([[reached], row[passed:]]),
            on: np.concatenate([[reached], row[1:passed][::-1], beyond]),
        }
        for k, entries in new.items():
            rows[k] = entries if arcs.path[rows[k][0]] == end else entries[::-1]
        return


def _away(arcs: Arcs, row: Entries, end: int) -> Entries:
    """Entries of an arc from one of its ends on."""
    return row if arcs.path[row[0]] == end else row[::-1]


def _metres_to(arcs: Arcs, row: Entries, spot: NDArray[np.float64]) -> float | None:
    """How far along an arc a place lies that is reached from its beginning in a straight line; None for others."""
    drawn = arcs.xy[arcs.path[row[arcs.keep[row]]]]
    course, point = shapely.linestrings(drawn), shapely.points(spot)
    metres = float(shapely.line_locate_point(course, point))
    straight = float(np.hypot(*(spot - drawn[0])))
    on_it = shapely.distance(course, point) <= HAIR_M and abs(metres - straight) <= HAIR_M
    return metres if on_it and straight > HAIR_M else None
