"""Why this person: for each EA who was chosen, who would have been next, and why not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.field.matching import NOBODY, Arcs
from census_gis.language import Language, Text

__all__ = ["reasons"]

FURTHER = Text(
    "{who} is free, but costs {more:,} m more.", "{who} 空闲，但要多走相当于 {more:,} 米。"
)
NEEDED = Text(
    "{who} counts {ea}; an exchange would cost {more:,} m more in all.",
    "{who} 负责 {ea}；两人对调，合计要多走相当于 {more:,} 米。",
)
BOUND = Text(
    "{who} counts {ea}, which {chosen} may not count.",
    "{who} 负责 {ea}，而 {chosen} 不能负责该小区。",
)
TAKEN = Text(
    "{who} would cost {more:,} m more, and counts {ea}.",
    "{who} 要多走相当于 {more:,} 米，且已负责 {ea}。",
)
ONLY = Text("nobody else may count it.", "没有其他人可以负责。")
NONE = Text(
    "{n} may count it; all are needed elsewhere.", "有 {n} 人可以负责，但均为其他小区所需。"
)
NO_ONE = Text("nobody may count it.", "没有人可以负责。")


def reasons(
    arcs: Arcs, person: NDArray[np.int64], *, codes: Sequence[str], ids: Sequence[str],
    language: Language,
) -> pd.DataFrame:  # fmt: skip
    """Who would have been next for each EA, and why it is somebody else.

    Parameters
    ----------
    arcs
        Pairs that were weighed, with their costs [m].
    person
        Who was chosen, -1 for nobody.
    codes, ids
        Codes of EAs and numbers of people, in order.

    Returns
    -------
    DataFrame
        `cost_m` (null for nobody), `next_best` (null for nobody), `reason`; one row an EA, in order.
    """
    does: dict[int, int] = {int(p): w for w, p in enumerate(person) if p != NOBODY}
    cost = {
        (int(w), int(p)): int(c) for w, p, c in zip(arcs.work, arcs.person, arcs.cost, strict=True)
    }
    start = arcs.start()
    rows: list[tuple[int | None, str | None, str]] = []
    for w, chosen in enumerate(person.tolist()):
        mine = slice(int(start[w]), int(start[w + 1]))
        others = [
            (int(c), int(p))
            for c, p in zip(arcs.cost[mine], arcs.person[mine], strict=True)
            if p != chosen
        ]
        if chosen == NOBODY:
            text = NONE.format(n=len(others)) if others else NO_ONE
            rows.append((None, None, text.of(language)))
            continue
        if not others:
            rows.append((cost.get((w, chosen)), None, ONLY.of(language)))
            continue
        price, second = min(others)
        own = cost.get((w, chosen), price)
        text = _why_not(
            w, second, price - own, does=does, cost=cost, person=person, names=(codes, ids)
        )
        rows.append((own, ids[second], text.of(language)))
    return pd.DataFrame(rows, columns=["cost_m", "next_best", "reason"]).astype({"cost_m": "Int64"})


def _why_not(
    w: int, second: int, more: int, *, does: dict[int, int], cost: dict[tuple[int, int], int],
    person: NDArray[np.int64], names: tuple[Sequence[str], Sequence[str]],
) -> Text:  # fmt: skip
    """Why the second is not the first."""
    codes, ids = names
    other = does.get(second)
    if other is None:
        return FURTHER.format(who=ids[second], more=more)
    chosen = int(person[w])
    if more >= 0:
        return TAKEN.format(who=ids[second], more=more, ea=codes[other])
    swapped = cost.get((other, chosen))
    if swapped is None:
        return BOUND.format(who=ids[second], ea=codes[other], chosen=ids[chosen])
    change = cost[w, second] + swapped - cost[w, chosen] - cost[other, second]
    return NEEDED.format(who=ids[second], ea=codes[other], more=change)
