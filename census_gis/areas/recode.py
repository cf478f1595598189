"""Codes that go on: those in use stay, new ones come after the highest ever used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from census_gis.areas.codes import serial_kind
from census_gis.areas.regroup import NOBODY, Labels, Web
from census_gis.errors import InfeasibleError
from census_gis.fabric.votes import most_of
from census_gis.language import Text
from census_gis.model import District, Plan

__all__ = ["by_code", "fresh_codes", "heirs", "serial_of"]


def serial_of(code: str, district: District) -> int | None:
    """Serial of an EA code of a district, None where it is no such code."""
    serial = code.removeprefix(district.id)
    ours = code.startswith(district.id) and serial_kind(serial, district.profile)
    return int(serial) if ours else None


def fresh_codes(
    district: District, ever: Iterable[str], count: int, *, virtual: bool = False
) -> list[str]:
    """New codes, the numbers after the highest ever used (contract law 5).

    Parameters
    ----------
    ever
        Codes in use and codes once used.
    virtual
        Numbers of virtual EAs, from `code.virtual_from` up; else those below it.

    Raises
    ------
    InfeasibleError
        If the numbers do not suffice.
    """
    width, first_virtual = (
        int(district.profile[key]) for key in ("code.serial_digits", "code.virtual_from")
    )
    low, most = 0, min(first_virtual, 10**width) - 1
    if virtual:
        low, most = first_virtual - 1, 10**width - 1
    used = [serial for code in ever if (serial := serial_of(code, district)) is not None]
    last = max((serial for serial in used if low < serial <= most), default=low)
    if last + count > most:
        raise InfeasibleError(
            Text(f"district {district.id} needs {count} new EA codes after {last}, but serials end at {most}.",
                 f"普查区 {district.id} 需在 {last} 之后新编 {count} 个小区代码，但顺序码最大为 {most}。"),
            where="code.serial_digits",
            fix=Text("merge fewer EAs, or plan the district anew.", "请减少调整，或重新划分该普查区。"),
        )  # fmt: skip
    return [f"{district.id}{last + nth:0{width}d}" for nth in range(1, count + 1)]


def by_code(label: Labels, named: Mapping[int, str]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Labels with their areas numbered in the order of their codes, and these codes.

    Examples
    --------
    >>> by_code(np.array([4, 4, 7]), {4: "b", 7: "a"})
    (array([1, 1, 0], dtype=int32), ('a', 'b'))
    """
    order = sorted(np.unique(label).tolist(), key=lambda area: named[area])
    place = {area: number for number, area in enumerate(order)}
    return (
        np.array([place[area] for area in label.tolist()], np.int32),
        tuple(named[area] for area in order),
    )


def heirs(web: Web, before: Labels, plan: Plan, codes: Sequence[str]) -> dict[str, str]:
    """For each old EA with ground left the EA that holds most of it now, by persons, then atoms."""
    known = before != NOBODY
    each = np.ones(int(known.sum()), np.int64)
    most = most_of(before[known], plan.label[known], web.persons[known], each)
    return {codes[old]: plan.codes[new] for old, new in zip(most.index, most, strict=True)}
