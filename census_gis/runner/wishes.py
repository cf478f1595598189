"""What is asked of single districts beyond the project file, and what a proof came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

import pandas as pd

from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.partitioning.proven import PROOFS
from census_gis.runner.district import Wish
from census_gis.runner.standing import Standing

__all__ = ["proofs_in", "side_by_side", "wishes_of"]

WHERE = "--areas"


def wishes_of(
    areas: Mapping[str, int], known: Mapping[str, Standing], every: Sequence[str], *,
    again: Set[str], prove: bool,
) -> dict[str, Wish]:  # fmt: skip
    """What is asked of each district named in `areas`, and of all others under "".

    Parameters
    ----------
    areas
        EAs wanted by district code.
    known
        Districts of the plan there is.
    every
        Districts of the project.
    again
        Districts that are divided anew whatever they stand in.
    prove
        Whether to say how good plans are.

    Raises
    ------
    ConfigError
        If a district is unknown, a number below 1, or a district was signed or edited and is to stay.
    """
    for code, count in sorted(areas.items()):
        if code not in every:
            raise ConfigError(
                Text(f"there is no district {code}.", f"没有普查区 {code}。"), where=WHERE,
                fix=Text("use codes of the districts layer.", "请使用普查区图层中的代码。"),
            )  # fmt: skip
        if count < 1:
            raise ConfigError(
                Text(f"{count} EAs are wanted of district {code}; it has at least 1.",
                     f"要求普查区 {code} 划分 {count} 个小区，至少应为 1 个。"), where=WHERE,
                fix=Text("give a number from 1 on.", "请给出不小于 1 的个数。"),
            )  # fmt: skip
        if code in known and known[code].stays and code not in again:
            raise ConfigError(
                Text(f"district {code} was edited or signed: its EAs are kept.",
                     f"普查区 {code} 已编辑或签批，其小区保持不变。"), where=WHERE,
                fix=Text(f"add --districts {code} to divide it anew, which drops edits made by hand.",
                         f"如需重新划分，请加 --districts {code}（手工编辑将不再保留）。"),
            )  # fmt: skip
    named = {code: Wish(prove=prove, areas=count) for code, count in areas.items()}
    return {"": Wish(prove=prove), **named}


def side_by_side(
    wishes: Mapping[str, Wish], chosen: Sequence[str], *, cores: int
) -> dict[str, Wish]:
    """A district planned alone is searched on all cores; of several, each has one. Plans are the same."""
    threads = cores if len(chosen) == 1 else 1
    return {code: replace(wish, threads=threads) for code, wish in wishes.items()}


def proofs_in(found: pd.DataFrame) -> dict[str, Any]:
    """How many districts are proven optimal, bounded, or without a bound, and each district's sentence."""
    if "message" not in found:  # a run that ended before a plan
        return {}
    rows = found[found["code"].isin(list(PROOFS))].sort_values("row_key", kind="stable")
    if not len(rows):
        return {}
    counts = {word: int((rows["code"] == code).sum()) for code, word in PROOFS.items()}
    return {**counts, "districts": dict(zip(rows["row_key"], rows["message"], strict=True))}
