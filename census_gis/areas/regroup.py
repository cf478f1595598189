"""Areas of a plan put right after atoms changed hands: each one piece, none without a building of its own.

Works on the labels of atoms alone. The graph is the partitioner's: borders, stairs, and the links by which
an island belongs to what is nearest to it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.graph import components
from census_gis.model import Fabric
from census_gis.partitioning.translate import question_of

__all__ = ["Piece", "Web", "give_away", "pieces_of", "spread", "web_of"]

# A stair holds floors together more than any border [m]; a link counts where there is no border at all.
STAIR_M = 10_000.0
LINK_M = 0.001
NOBODY = -1

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Web:
    """What hangs together in a fabric.

    Attributes
    ----------
    a, b : int64, shape (m,)
        Atoms an edge joins.
    metres : float64, shape (m,)
        Its border [m].
    persons : int64, shape (n,)
    held : int64, shape (n,)
        Dwelling parts of each atom.
    rank : int64, shape (n,)
        Place of each atom in an order that does not depend on the order of rows.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    metres: NDArray[np.float64]
    persons: NDArray[np.int64]
    held: NDArray[np.int64]
    rank: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.persons)


@dataclass(frozen=True)
class Piece:
    """A connected piece of an area: its atoms, and what stands on them."""

    atoms: NDArray[np.int64]
    persons: int
    held: int


def web_of(fabric: Fabric) -> Web:
    """The graph of a fabric's atoms with the links of its islands.

    Ground of a special area that is an EA of its own, and what is registered without a place, hang together
    with nothing else.
    """
    question = question_of(fabric)
    order = question.order
    links = len(question.problem.a) - question.links
    a = np.concatenate([fabric.edges["a"].to_numpy(np.int64), order[question.problem.a[links:]]])
    b = np.concatenate([fabric.edges["b"].to_numpy(np.int64), order[question.problem.b[links:]]])
    metres = fabric.edges["border_m"].to_numpy(np.float64)
    metres = np.where(fabric.edges["stair"].to_numpy(bool), STAIR_M, np.maximum(metres, LINK_M))
    metres = np.concatenate([metres, np.full(question.links, LINK_M)])
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    kept = question.own[rank[a]] == question.own[rank[b]]
    return Web(
        a[kept], b[kept], metres[kept], fabric.atoms["persons"].to_numpy(np.int64),
        np.bincount(fabric.parts["atom"].to_numpy(np.int64), minlength=len(order)), rank,
    )  # fmt: skip


def pieces_of(
    web: Web, label: Labels, wanted: Collection[int] | None = None
) -> dict[int, list[Piece]]:
    """Connected pieces of the areas, the main one first: most persons, then most dwelling parts.

    Parameters
    ----------
    label : int64, shape (n,)
        Area of each atom, -1 for none.
    wanted
        Areas to look at; all by default.
    """
    same = (label[web.a] == label[web.b]) & (label[web.a] != NOBODY)
    count, which = components(len(web), web.a[same], web.b[same])
    persons = np.bincount(which, web.persons, count).astype(np.int64)
    held = np.bincount(which, web.held, count).astype(np.int64)
    size = np.bincount(which, minlength=count)
    first = np.full(count, len(web), np.int64)
    np.minimum.at(first, which, web.rank)
    order = np.argsort(which, kind="stable")
    begin = np.searchsorted(which[order], np.arange(count + 1))
    found: dict[int, list[Piece]] = {}
    for piece in np.lexsort((first, -size, -held, -persons)):
        atoms = order[begin[piece] : begin[piece + 1]]
        area = int(label[atoms[0]])
        if area != NOBODY and (wanted is None or area in wanted):
            found.setdefault(area, []).append(Piece(atoms, int(persons[piece]), int(held[piece])))
    return found


def spread(web: Web, label: Labels, *, shut: Collection[int] = ()) -> Labels:
    """Atoms without an area to the neighbour they share the longest border with, one after the other.

    What no open area touches stays without one.
    """
    label = label.copy()
    closed = np.array(sorted(shut), np.int64)
    while True:
        rim = _rim(web, label, closed)
        if not len(rim):
            return label
        best = rim.sort_values(["metres", "rank", "area"], ascending=[False, True, True]).iloc[0]
        label[int(best["atom"])] = int(best["area"])


def give_away(
    web: Web, label: Labels, atoms: NDArray[np.int64], *, shut: Collection[int] = ()
) -> int:
    """The open area other than their own with the longest border to some atoms, -1 where there is none."""
    mine = np.zeros(len(web), bool)
    mine[atoms] = True
    own = int(label[atoms[0]])
    total: dict[int, float] = {}
    for one, two in ((web.a, web.b), (web.b, web.a)):
        over = mine[one] & ~mine[two]
        for area, metres in zip(label[two[over]].tolist(), web.metres[over].tolist(), strict=True):
            if area not in (own, NOBODY) and area not in shut:
                total[area] = total.get(area, 0.0) + metres
    return min(total, key=lambda area: (-total[area], area), default=NOBODY)


def _rim(web: Web, label: Labels, closed: NDArray[np.int64]) -> pd.DataFrame:
    """Borders between atoms without an area and areas that may take them, summed by pair."""
    tail, head = np.concatenate([web.a, web.b]), np.concatenate([web.b, web.a])
    metres = np.tile(web.metres, 2)
    open_ = (label[tail] == NOBODY) & (label[head] != NOBODY) & ~np.isin(label[head], closed)
    table = pd.DataFrame({"atom": tail[open_], "area": label[head[open_]], "metres": metres[open_]})
    table = table.groupby(["atom", "area"], as_index=False)["metres"].sum()
    return table.assign(rank=web.rank[table["atom"].to_numpy(np.int64)])
