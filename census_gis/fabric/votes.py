"""Who has most of something: one choice for each thing that several lay claim to."""

from __future__ import annotations

import pandas as pd
from numpy.typing import ArrayLike

__all__ = ["most_of"]


def most_of(thing: ArrayLike, choice: ArrayLike, *weights: ArrayLike) -> pd.Series:
    """The choice with most weight for each thing: by the first weights, then the next, then the smallest choice.

    Things or choices that are missing do not count.

    Examples
    --------
    >>> most_of([0, 0, 0, 7], ["b", "a", "b", "c"], [1, 3, 2, 0]).to_dict()
    {0: 'a', 7: 'c'}
    """
    columns = {f"w{nth}": weight for nth, weight in enumerate(weights)}
    votes = pd.DataFrame({"thing": thing, "choice": choice, **columns})
    votes = votes.groupby(["thing", "choice"], as_index=False)[list(columns)].sum()
    rising = [True, *(False for _ in columns), True]
    votes = votes.sort_values(["thing", *columns, "choice"], ascending=rising)
    return votes.drop_duplicates("thing").set_index("thing")["choice"]
