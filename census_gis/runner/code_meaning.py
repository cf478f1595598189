"""Whether the codes in a list of edits can still mean the EAs that people meant.

A draft is divided anew when its inputs, rules or seed change, and its EAs are numbered anew; a list of the project
file that names EAs by code is then done to other EAs. The plan there is tells: it holds what it was divided from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from census_gis.errors import InputError
from census_gis.findings import Kind, frame
from census_gis.language import Text
from census_gis.model import District, Inputs
from census_gis.runner.packer import Packer, found_on_the_spot
from census_gis.runner.standing import standings
from census_gis.store.packing import pack, unpack
from census_gis.store.reading import reading
from census_gis.store.shelf import stored_district
from census_gis.tables import empty

__all__ = ["with_codes_told"]

MOVED = Kind(
    "A515", "warning",
    Text("{n} edits of district {code} name EAs by code, but its inputs, rules or seed are no longer those the codes "
         "came from: they may mean other EAs.",
         "普查区 {code} 有 {n} 条编辑按小区代码指定，但该区的输入、规则或种子已不同于产生这些代码时的情况：代码可能指向别的小区。"),
    Text("check these rows against the new sheets, correct them, and date them anew (column 'when'). To keep decisions "
         "when inputs change, give them to `census-gis apply`.",
         "请对照新图核对并改正这些行，更新其日期（“when”列）。输入有变而决定须保留时，请用 `census-gis apply` 提交。"),
)  # fmt: skip


def with_codes_told(inputs: Inputs, plan: Path) -> Inputs:
    """The inputs with a finding for each draft whose edits may mean other EAs than were meant.

    Parameters
    ----------
    inputs
        After population.
    plan
        The plan that is to be replaced; where there is none nothing can be said.
    """
    cases = list(_cases(inputs, plan)) if plan.is_file() else []
    if not cases:
        return inputs
    return replace(
        inputs, findings=frame([*inputs.findings.to_dict("records"), *cases], inputs.crs)
    )


def _cases(inputs: Inputs, plan: Path) -> Iterator[dict[str, Any]]:
    named = inputs.edits[inputs.edits["ea_code"].fillna("") != ""]
    if not len(named):
        return
    known, warned = standings(plan), _warned(plan)
    packer = Packer(inputs, found_on_the_spot(plan))
    shapes = dict(zip(inputs.districts["district_code"], inputs.districts.geometry, strict=True))
    for code, count in named["district_code"].value_counts().sort_index().items():
        if code not in known or known[code].stays:  # its EAs keep their codes
            continue
        given = unpack(packer.packed(str(code)))
        if _codes_moved(plan, given, warned=code in warned):
            yield MOVED.at("districts", str(code), shapes[code], code=code, n=int(count))


def _codes_moved(plan: Path, given: District, *, warned: bool) -> bool:
    """Whether a district is no longer what its plan was divided from; once warned of, as long as its list stays."""
    try:
        before = stored_district(plan, given.id)
    except InputError:  # an earlier version's plan does not say what it was made from
        return True
    if _unedited(before) != _unedited(given):
        return True
    return warned and pack(before) == pack(given)


def _unedited(district: District) -> bytes:
    return pack(replace(district, edits=empty("EDITS", district.crs)))


def _warned(plan: Path) -> set[str]:
    """Districts whose edits the plan warns of."""
    with reading(plan) as connection:
        rows = connection.execute("SELECT row_key FROM findings WHERE code = ?", (MOVED.code,))
        return {key for (key,) in rows}
