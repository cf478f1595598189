"""What is said of each stretch of a line: the feature it runs along, or none.

The ground a line was drawn on tells most of it: the line lies on an edge of the fabric. A stroke that leaves such
an edge half way, or lies on none, is looked at in steps: what is there to be seen within 5 m. Then every arc is
parted into stretches so that the fewest metres are called wrongly, where each change of words counts as some
metres: a stretch along a street says so, and the few metres in which a line crosses it do not.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
from numba import njit
from numpy.typing import NDArray

from census_gis.areas.beside import NEAR_M, Visible, close
from census_gis.geometry.steps import repeated
from census_gis.model import LAND, OTHER, RAIL, ROAD, WATER

__all__ = ["FOLLOWS", "Strokes", "Vocabulary", "codes_of", "said", "vocabulary"]

FOLLOWS = {
    "roads": "road", "railways": "rail", "water": "water", "waterways": "water",
    "landuse": "landuse", "compounds": "compound", "grids": "grid", "barriers": "barrier",
}  # fmt: skip
BY_FLAG = ((ROAD, "road"), (RAIL, "rail"), (WATER, "water"), (LAND, "landuse"), (OTHER, "barrier"))
PLAIN = ["none", *(word for _, word in BY_FLAG)]
# Said in their middle too; an edge of land is a line and no more.
WIDE = frozenset({"road", "rail", "water"})
STEP_M = 4.0  # strokes are looked at in steps of this length, shorter than what is near
CHANGE_M = 6.0  # what new words weigh: a line that starts on a street, or crosses it, is near it for 5 or 10 m
GROUND_M = 1.5  # what they weigh where the line leaves an edge of the fabric: 3 m of open ground in between count
# Of two features that are near, the nearer: 5 m away counts as this share of being wrong.
FAR_SHARE = 0.05


class Vocabulary(NamedTuple):
    """What can be said: `follows` and `names` by code (0: none), and the code of every barrier row.

    `wide` tells of each code whether it is right in the middle of a median as well, beyond 5 m; `plain` are the
    codes of pieces of which only the kind is known.
    """

    follows: NDArray[np.object_]
    names: NDArray[np.object_]
    wide: NDArray[np.bool_]
    plain: NDArray[np.int64]
    rows: NDArray[np.int64]


class Strokes(NamedTuple):
    """Drawn strokes in the order of their arcs.

    `tail`, `head` (n, 2) ends [m]; `arc` (n,); `whole` (n,) strokes not to be parted; `first` (n + 1,) where
    the undrawn pieces of each begin in `metres` and `code`: length [m], and what the fabric says (0: nothing).
    """

    tail: NDArray[np.float64]
    head: NDArray[np.float64]
    arc: NDArray[np.int64]
    whole: NDArray[np.bool_]
    first: NDArray[np.int64]
    metres: NDArray[np.float64]
    code: NDArray[np.int64]


def vocabulary(barriers: gpd.GeoDataFrame) -> Vocabulary:
    """Words for table BARRIERS: rows of one kind and name share a code, which does not depend on row order."""
    own = [FOLLOWS.get(source, "none") for source in barriers["source"]]
    called = [name if isinstance(name, str) else "" for name in barriers["name"]]
    pairs = list(zip([*PLAIN, *own], [*[""] * len(PLAIN), *called], strict=True))
    none = ("none", "")
    known = [none, *sorted({pair for pair in pairs if pair[0] != "none"})]
    number = {pair: nth for nth, pair in enumerate(known)}
    code = np.array([number.get(pair, 0) for pair in pairs], dtype=np.int64)
    follows = np.array([word for word, _ in known], dtype=object)
    names = np.array([name or None for _, name in known], dtype=object)
    wide = np.array([word in WIDE for word, _ in known], dtype=bool)
    return Vocabulary(follows, names, wide, code[: len(PLAIN)], code[len(PLAIN) :])


def codes_of(
    flags: NDArray[np.uint8], feature: NDArray[np.int32], words: Vocabulary
) -> NDArray[np.int64]:
    """Code of pieces by what the fabric knows of them: the barrier row behind each, or its kind."""
    plain = np.zeros(flags.size, np.int64)
    for at, (flag, _) in reversed(list(enumerate(BY_FLAG, start=1))):
        plain[(flags & flag) > 0] = words.plain[at]
    return np.where(feature >= 0, np.append(words.rows, 0)[feature], plain)


def said(
    strokes: Strokes, around: Visible, wide: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Stretches that say one thing: stroke of each, where on it the stretch begins (0 to 1), and its code.

    Parameters
    ----------
    strokes : Strokes
    around : Visible
    wide : bool, by code
        As of `Vocabulary`: what the fabric says of other codes counts where the feature is near.

    Returns
    -------
    stroke, begin, code : shape (m,)
        In order; every stroke has a stretch that begins at 0.
    """
    n = len(strokes.arc)
    if not n:
        return np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64)
    length = np.hypot(*(strokes.head - strokes.tail).T)
    unclear = _unclear(strokes, wide)
    count = np.where(unclear, np.maximum(1, np.ceil(length / STEP_M)), 1).astype(np.int64)
    stroke, nth = repeated(count)
    middle = (nth + 0.5) / count[stroke]
    ground = strokes.code[_piece_at(strokes, stroke, middle)]
    ask = np.flatnonzero(unclear[stroke])
    at = middle[ask, None]
    spot = strokes.tail[stroke[ask]] * (1 - at) + strokes.head[stroke[ask]] * at
    step, code, away = close(spot, around)
    ground, near = _near(ground, (ask[step], code, away), wide)
    arcs = np.flatnonzero(np.diff(strokes.arc[stroke], prepend=-1, append=-1))
    metres = (length / count)[stroke]
    chosen = fewest_wrong(arcs, metres, ground, near, (CHANGE_M, GROUND_M))
    whole = strokes.whole[stroke]
    chosen[whole] = _most(stroke[whole], chosen[whole], metres[whole], n)[stroke[whole]]
    new = (nth == 0) | np.append(True, chosen[1:] != chosen[:-1])
    return stroke[new], (nth / count[stroke])[new], chosen[new]


def _near(
    ground: NDArray[np.int64],
    seen: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
    wide: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """What is the ground of each step, and what is right of it, as `fewest_wrong` takes it.

    `seen` are steps, codes and distances [m]; the ground is right at no distance.
    """
    step, code, away = seen
    found = np.zeros(ground.size, bool)
    found[step[code == ground[step]]] = True
    ground = np.where(wide[ground] | found, ground, 0)
    known = np.flatnonzero(ground)
    table = (
        np.concatenate([step, known]),
        np.concatenate([code, ground[known]]),
        np.concatenate([away, np.zeros(known.size)]),
    )
    order = np.lexsort(table[::-1])
    step, code, away = (column[order] for column in table)
    first = (np.diff(step, prepend=-1) != 0) | (np.diff(code, prepend=-1) != 0)
    ptr = np.searchsorted(step[first], np.arange(ground.size + 1))
    return ground, (ptr, code[first], FAR_SHARE * away[first] / NEAR_M)


def _unclear(strokes: Strokes, wide: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Strokes whose pieces say nothing, or not all the same, or what only counts where it is near."""
    low = np.minimum.reduceat(strokes.code, strokes.first[:-1])
    high = np.maximum.reduceat(strokes.code, strokes.first[:-1])
    return np.asarray(~wide[low] | (low != high))


def _piece_at(
    strokes: Strokes, stroke: NDArray[np.int64], share: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Undrawn piece that lies at a share of each stroke's course."""
    ends = np.cumsum(strokes.metres)
    before = np.append(0.0, ends)[strokes.first]
    at = before[stroke] + share * (before[stroke + 1] - before[stroke])
    piece = np.searchsorted(ends, at, side="right")
    return np.asarray(np.clip(piece, strokes.first[stroke], strokes.first[stroke + 1] - 1))


def _most(
    row: NDArray[np.int64], code: NDArray[np.int64], m: NDArray[np.float64], rows: int
) -> NDArray[np.int64]:
    """Code of most metres in each row, the smallest of equals."""
    found = np.zeros(rows, np.int64)
    if not row.size:
        return found
    order = np.lexsort((code, row))
    row, code, m = row[order], code[order], m[order]
    first = np.flatnonzero((np.diff(row, prepend=-1) != 0) | (np.diff(code, prepend=-1) != 0))
    metres = np.round(np.add.reduceat(m, first), 6)
    row, code = row[first], code[first]
    rising = np.lexsort((-code, metres, row))  # the last of each row stays
    found[row[rising]] = code[rising]
    return found


@njit(cache=True)
def fewest_wrong(
    first: NDArray[np.int64],
    metres: NDArray[np.float64],
    ground: NDArray[np.int64],
    near: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
    change: tuple[float, float],
) -> NDArray[np.int64]:
    """Code of every step, so that wrong metres and changes of words weigh least in each arc.

    Parameters
    ----------
    first : (arcs + 1,)
        Steps of arc a are ``first[a]`` to ``first[a + 1] - 1``.
    metres : (n,) length of each step [m]
    ground : (n,) code of the fabric's edge under each step, 0 for none
    near : ptr (n + 1,), code, share
        Codes that are right of each step, and the share of it that counts as wrong all the same. Code 0 is
        right where there is none.
    change : any, ground
        Metres that a change counts as: any, and one from what is the ground of a step to that of the next where
        either is open. In a median the ground may be either side's, now this and now that.
    """
    ptr, code, share = near
    out = np.zeros(metres.size, np.int64)
    for a in range(first.size - 1):
        lo, hi = first[a], first[a + 1]
        known = np.unique(np.append(code[ptr[lo] : ptr[hi]], 0))
        cost = np.zeros(known.size)
        before = np.empty((hi - lo, known.size), np.int64)
        for i in range(lo, hi):
            own, last = -1, -1
            leaves = i > lo and (ground[i] == 0 or ground[i - 1] == 0)
            least = 0
            for k in range(known.size):
                own = k if known[k] == ground[i] else own
                last = k if leaves and known[k] == ground[i - 1] else last
                least = k if cost[k] < cost[least] else least
            new = np.empty(known.size)
            for k in range(known.size):
                new[k], before[i - lo, k] = cost[k], k
                if i == lo:
                    continue
                if k == own and last >= 0 and cost[last] + change[1] < new[k]:
                    new[k], before[i - lo, k] = cost[last] + change[1], last
                if cost[least] + change[0] < new[k]:
                    new[k], before[i - lo, k] = cost[least] + change[0], least
            cost = new + metres[i]
            for q in range(ptr[i], ptr[i + 1]):
                k = np.searchsorted(known, code[q])
                cost[k] += (share[q] - 1.0) * metres[i]
            if ptr[i] == ptr[i + 1]:
                cost[0] -= metres[i]
        best = int(np.argmin(cost))
        for i in range(hi - 1, lo - 1, -1):
            out[i] = known[best]
            best = before[i - lo, best]
    return out
