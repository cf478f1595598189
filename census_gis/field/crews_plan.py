"""Crews of a whole plan: places, numbers of crews, divisions, and what an office should know of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.field.crews import Grouping, group
from census_gis.field.crews_places import (
    Place,
    beside,
    fitting,
    joined,
    over_gaps,
    place_of,
    reaching,
)
from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["CODES", "Crews", "crews_of", "sizes_of"]

NO_NUMBER = Text(
    "accept it, or set staff.group_scope = township, so that it joins a neighbour.",
    "予以接受，或设 staff.group_scope = township，与相邻普查区合组。",
)
SMALL = Kind(
    "T131", "note",
    Text("{n} EAs make {k} crew of {low}: fewer than the {least} of the rules.",
         "{n} 个普查小区只能组成 {k} 个 {low} 个小区的普查组，少于规则所定的 {least} 个。"),
    NO_NUMBER,
)  # fmt: skip
OFF_SIZE = Kind(
    "T132", "warning",
    Text("{n} EAs cannot be {k} connected crews of {least}-{most}: {why}; the nearest that can be was taken, crews of {low}-{high}.",
         "{n} 个普查小区无法组成 {k} 个各含 {least}–{most} 个小区且相连的普查组：{why}；已采用最接近的分法，每组 {low}–{high} 个。"),
    Text("{fits}", "{fits}"),
)  # fmt: skip
BRIDGED = Kind(
    "T133", "note",
    Text("{first} and {second} do not touch ({gap:,.0f} m apart); crews were made as if they did.",
         "{first} 与 {second} 不相邻（相距 {gap:,.0f} 米），编组时按相邻处理。"),
    Text("see that the crew can get across.", "请确认该组可以通达。"),
)  # fmt: skip
UNPROVEN = Kind(
    "T134", "note",
    Text("crews of {n} EAs were searched, not proven the best: there are too many ways.",
         "{n} 个普查小区的编组为搜索结果，组合过多，未能证明最优。"),
    Text("look at them on the map; a more even division is not excluded.", "请在图上核对；不排除有更均衡的分法。"),
)  # fmt: skip
REACHING = Kind(
    "T135", "note",
    Text("{n} EAs that touch cannot be {k} crews of {least}-{most}: {why}. {gaps} gaps of up to {gap:,.0f} m were bridged "
         "instead, e.g. {first} - {second}.",
         "若只许相邻小区合组，{n} 个普查小区无法组成 {k} 个各含 {least}–{most} 个小区的普查组：{why}。因此跨越了 {gaps} 处不超过 "
         "{gap:,.0f} 米的间隔，如 {first} 与 {second}。"),
    Text("see that these crews can get across; nothing else to do.", "请确认这些组可以通达；此外无需处理。"),
)  # fmt: skip
WHY = {
    "number": Text("by number alone", "数目上即不可能"),
    "shape": Text("as they lie, no division has these sizes (proven)", "按其相邻关系，没有符合的分法（已证明）"),
    "open": Text("none was found", "未找到符合的分法"),
}  # fmt: skip
OTHER_NUMBER = Text("with {k} supervisors they could.", "如配备 {k} 名指导员即可。")
CODES = tuple(kind.code for kind in (SMALL, OFF_SIZE, BRIDGED, UNPROVEN, REACHING))
APART_M = 1.0  # below, it is the width of a line
TOWNSHIP_DIGITS = 9  # of the statistical division code


@dataclass(frozen=True)
class Crews:
    """Crews of a plan.

    Attributes
    ----------
    label : int64, one for each EA
        Number of its crew in the order of their first EAs, -1 for EAs that ask for nobody.
    home : int64, one for each crew
        District that holds most of its EAs.
    """

    label: NDArray[np.int64]
    home: NDArray[np.int64]
    found: tuple[dict[str, object], ...]


def sizes_of(profile: Profile) -> tuple[int, int]:
    """Fewest and most EAs of a crew."""
    return int(profile["staff.crew_least"]), int(profile["staff.crew_most"])


def crews_of(
    areas: pd.DataFrame, asked: NDArray[np.bool_], *, district: NDArray[np.int64],
    at: NDArray[np.float64], work: tuple[NDArray[np.float64], NDArray[np.bool_] | None], plan: tuple[Profile, pd.DataFrame, pd.DataFrame | None],
) -> Crews:  # fmt: skip
    """Divide all EAs that ask for somebody into connected crews.

    Parameters
    ----------
    areas
        EAs, ordered by code.
    asked
        Those that ask for somebody.
    district
        Number of the district of each.
    at
        A point in each [m].
    work
        Work of each, and whether a supervisor who enumerates can count it (None where that is not asked).
    plan
        Rules; staffing table, one row for each district in order, with `supervisors`; lines between EAs or None.
    """
    profile, table, lines = plan
    sizes = sizes_of(profile)
    counts = np.bincount(district[asked], minlength=len(table))
    wanted = np.minimum(table["supervisors"].to_numpy(np.int64), counts)
    pairs = beside(areas, lines)
    codes = table["district_code"].astype(str).tolist()
    if profile["staff.group_scope"] == "township":
        over = np.unique(np.sort(district[pairs], axis=1), axis=0) if len(pairs) else pairs
        towns = [code[:TOWNSHIP_DIGITS] if len(code) > TOWNSHIP_DIGITS else "" for code in codes]
        groups = joined(counts.tolist(), wanted.tolist(), sizes, pairs=over, township=towns)
    else:
        groups = [(d,) for d in np.flatnonzero(counts).tolist()]
    label = np.full(len(areas), -1, dtype=np.int64)
    found: list[dict[str, object]] = []
    n_crews = 0
    of_district = _rows(district, asked, len(table))
    for members in groups:
        rows = np.sort(np.concatenate([of_district[d] for d in members]))
        place = place_of(rows, work, at, pairs=pairs, district=district, areas=areas)
        n_here = max(int(wanted[list(members)].sum()), 1)
        further = partial(over_gaps, place, areas) if "geometry" in areas else None
        crews = group(place.ground, n_here, sizes=sizes, further=further)
        label[rows] = n_crews + crews.label
        n_crews += int(crews.label.max()) + 1
        found += _cases(place, crews, sizes, areas=areas, codes=codes)
    label, home = _in_order(label, district)
    return Crews(label, home, tuple(found))


def _rows(district: NDArray[np.int64], asked: NDArray[np.bool_], n: int) -> list[NDArray[np.int64]]:
    """Rows of the EAs of each district that ask for somebody."""
    mine = np.flatnonzero(asked)
    mine = mine[np.argsort(district[mine], kind="stable")]
    return np.split(mine, np.searchsorted(district[mine], np.arange(1, n)))


def _in_order(
    label: NDArray[np.int64], district: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Crews numbered by their first EA, and the district most of each is in."""
    used = np.flatnonzero(label >= 0)
    if not len(used):
        return label, np.empty(0, np.int64)
    names, first = np.unique(label[used], return_index=True)
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(names))
    out = np.full(len(label), -1, dtype=np.int64)
    out[used] = rank[np.searchsorted(names, label[used])]
    table = pd.crosstab(out[used], district[used])
    return out, table.columns.to_numpy(np.int64)[table.to_numpy().argmax(axis=1)]


def _cases(
    place: Place,
    crews: Grouping,
    sizes: tuple[int, int],
    *,
    areas: pd.DataFrame,
    codes: Sequence[str],
) -> list[dict[str, object]]:
    """What an office should know of the crews of one place."""
    n, k = len(place.ground), int(crews.label.max()) + 1
    count = np.bincount(crews.label)
    low, high = int(count.min()), int(count.max())
    where = codes[place.districts[0]]
    found = []
    if not crews.legal and k == 1 and n < sizes[0]:
        found.append(SMALL.at("districts", where, n=n, k=k, low=low, least=sizes[0]))
    elif not crews.legal:
        other = fitting(n, k, sizes)
        fits = OTHER_NUMBER.format(k=other) if other != k else NO_NUMBER
        found.append(OFF_SIZE.at(
            "districts", where, n=n, k=k, least=sizes[0], most=sizes[1], low=low, high=high,
            why=WHY[crews.reason], fits=fits,
        ))  # fmt: skip
    names = areas["ea_code"].to_numpy(object)
    if crews.gaps:
        gaps = reaching(place, crews.label, areas)
        widest = max(gaps, key=lambda one: one.gap_m)
        found.append(REACHING.at(
            "districts", where, n=n, k=k, least=sizes[0], most=sizes[1], why=WHY[crews.reason], gaps=len(gaps),
            gap=widest.gap_m, first=names[widest.first], second=names[widest.second],
        ))  # fmt: skip
    if not crews.proven:
        found.append(UNPROVEN.at("districts", where, n=n))
    found += [
        BRIDGED.at("enumeration_areas", names[b.first], first=names[b.first], second=names[b.second], gap=b.gap_m)
        for b in place.bridges if b.gap_m > APART_M
    ]  # fmt: skip
    return found
