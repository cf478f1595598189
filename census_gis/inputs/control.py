"""Control totals: how many people there are in each district before anyone is placed in a building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from census_gis.errors import ConfigError
from census_gis.findings import Kind
from census_gis.inputs.allocate import allocate
from census_gis.language import Text

__all__ = ["Stock", "share_total"]

CLOSE = Kind(
    "P501", "note",
    Text("the districts' persons sum to {given}, persons_total says {total}; the districts' stand.",
         "各普查区人数合计 {given}，persons_total 为 {total}；以各区数为准。"),
    Text("correct one of the two.", "请更正其一。"),
)  # fmt: skip
SHARED = Kind(
    "P502", "note",
    Text("{n} persons of persons_total were shared over {districts} districts by dwelling space.",
         "persons_total 中的 {n} 人按居住面积分摊到 {districts} 个普查区。"),
    Text("give each district its persons where they are known.", "已知各区人数的，请分区填写。"),
)  # fmt: skip
NOT_SHARED = Kind(
    "P503", "error",
    Text("{n} persons of persons_total could be given to no district: none has dwellings to fill.",
         "persons_total 中有 {n} 人无法分到任何普查区：没有可分配的住房。"),
    Text("check the buildings and the totals.", "请核对建筑和总数。"),
)  # fmt: skip
COUNTED_MORE = Kind(
    "P504", "error",
    Text("counts and districts' persons sum to {given}, more than persons_total {total}; the counts stand.",
         "已有计数和各区人数合计 {given}，超过 persons_total {total}；以计数为准。"),
    Text("correct persons_total or the counts.", "请更正 persons_total 或计数。"),
)  # fmt: skip


@dataclass(frozen=True)
class Stock:
    """What is known of each district, in the order of districts.

    Attributes
    ----------
    given : float64, shape (d,)
        Persons as read, NaN where none were given.
    counted : int64, shape (d,)
        Sum of own counts of its buildings [persons].
    space : int64, shape (d,)
        Weight of its dwellings without a count [thousandths of a dwelling].
    """

    given: NDArray[np.float64]
    counted: NDArray[np.int64]
    space: NDArray[np.int64]


def share_total(
    stock: Stock, persons_total: int, *, tolerance: float
) -> tuple[NDArray[np.float64], list[dict[str, Any]]]:
    """Share a project's total over the districts that have none of their own (contract 3.1, order 3).

    A district without persons gets what its buildings count, and a share of the rest by the space of
    dwellings without a count.

    Parameters
    ----------
    stock
        What is known.
    persons_total
        Persons of the project, >= 0.
    tolerance
        Most that it may differ from what the districts sum to [share].

    Returns
    -------
    Persons of each district (NaN where nothing could be said), and findings.

    Raises
    ------
    ConfigError
        If districts and total disagree by more than the tolerance.
    """
    persons = stock.given.copy()
    lacking = np.isnan(persons)
    given = int(np.nansum(persons))
    excess = given - persons_total
    if excess > tolerance * persons_total or (
        not lacking.any() and -excess > tolerance * persons_total
    ):
        raise ConfigError(
            Text(f"the districts' persons sum to {given}, but persons_total is {persons_total}: they differ "
                 f"by more than {tolerance:.1%}.",
                 f"各普查区人数合计 {given}，而 persons_total 为 {persons_total}：相差超过 {tolerance:.1%}。"),
            where="[population] persons_total",
            fix=Text("correct persons_total or the districts' persons, or leave persons_total out.",
                     "请更正 persons_total 或各区人数，或删去 persons_total。"),
        )  # fmt: skip
    if not lacking.any():
        same = given == persons_total
        return persons, [] if same else [CLOSE.at("districts", given=given, total=persons_total)]
    counted = int(stock.counted[lacking].sum())
    rest = max(persons_total - given, 0) - counted
    cases = []
    share = np.zeros(int(lacking.sum()), dtype=np.int64)
    if rest < 0:
        words = {"given": given + counted, "total": persons_total}
        cases.append(COUNTED_MORE.at("districts", **words))
    elif stock.space[lacking].sum() > 0:
        share = allocate(rest, stock.space[lacking])
        cases.append(SHARED.at("districts", n=rest, districts=int((share > 0).sum())))
    elif rest > 0:
        cases.append(NOT_SHARED.at("districts", n=rest))
    persons[lacking] = stock.counted[lacking] + share
    return persons, cases
