"""Numbers and names: EA codes, building numbers, ordinals.

Numbering is serpentine from the north-west, so that neighbouring numbers are near on the ground
(Statistics Canada assigns dissemination-area codes so; no Chinese rule was found, the start corner is
the product's choice, profile key `number.order`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.outline import kinds, outline, part_areas
from census_gis.errors import InfeasibleError
from census_gis.fabric.borders import point_coordinates
from census_gis.language import Language, Text
from census_gis.model import Plan, Step
from census_gis.profile import Profile

__all__ = ["area_name", "building_numbers", "number", "numeral", "serial_kind", "serpentine"]

DIGITS = "零一二三四五六七八九"
SECTION = re.compile(r"第\d+段|section \d+")
SAME_SHARE = 0.5  # an area is the previous one when more than half of both lies in the other


def number(plan: Plan, previous: gpd.GeoDataFrame | None = None) -> Plan:
    """Give every area its code: district id and serial.

    Ground areas run serpentine from the north-west, stacked ones follow the ground area of their
    building, areas without a place begin at `code.virtual_from`.

    Parameters
    ----------
    plan : Plan
        k areas, numbered or not.
    previous : GeoDataFrame, optional
        EAs of an approved plan or an earlier census (`ea_code`, geometry). An area that shares more
        than half of its ground with one of them, and that one with it, keeps its code; the others get
        the numbers after the highest ever used. Codes of other districts are ignored.

    Returns
    -------
    Plan
        The same areas with `codes`; area numbers stay, so that findings go on naming the right ones.

    Raises
    ------
    InfeasibleError
        If the serial's digits, or the numbers below `code.virtual_from`, do not suffice.
    """
    district = plan.fabric.district
    kind = kinds(plan)
    order = _order(plan, kind)
    serial = np.empty(len(plan), np.int64)
    virtual = kind == "virtual"
    placed = order[~virtual[order]]
    kept = {} if previous is None else _kept(outline(plan), previous, district.id)
    serial[list(kept)] = list(kept.values())
    fresh = [area for area in placed if area not in kept]
    used = _serials(previous, district.id)
    begin = int(used[used < district.profile["code.virtual_from"]].max(initial=0)) + 1
    serial[fresh] = np.arange(begin, begin + len(fresh))
    serial[order[virtual[order]]] = district.profile["code.virtual_from"] + np.arange(virtual.sum())
    _fits(serial[placed], serial[virtual], plan)
    width = district.profile["code.serial_digits"]
    codes = tuple(f"{district.id}{each:0{width}d}" for each in serial)
    step = Step("number", {"previous": previous is not None})
    return replace(plan, codes=codes, history=(*plan.history, step))


def serpentine(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    height: NDArray[np.float64],
    group: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Order of points row by row from the north, the first row from west to east, then back.

    Parameters
    ----------
    x, y : float, shape (n,)
        Middles [m] of what is numbered.
    height : float, shape (n,)
        Its heights [m]. A row is as high as their mean, so that it holds about one thing from north to
        south (at least 1 m); the first row is centred on the northernmost middle.
    group : int, shape (n,), optional
        Each group is ordered by itself, the groups ascending.

    Examples
    --------
    >>> import numpy as np
    >>> serpentine(np.array([0.0, 9, 0, 9]), np.array([9.0, 9, 0, 0]), np.full(4, 5.0)).tolist()
    [0, 1, 3, 2]
    """
    if not x.size:
        return np.zeros(0, np.int64)
    which = np.zeros(x.size, np.int64) if group is None else group
    count = int(which.max()) + 1
    top = np.full(count, -np.inf)
    np.maximum.at(top, which, y)
    mean = np.bincount(which, height, count) / np.maximum(np.bincount(which, minlength=count), 1)
    row = np.floor((top[which] - y) / np.maximum(mean, 1.0)[which] + 0.5).astype(np.int64)
    # Rows without anything in them do not turn the direction.
    pair = which * (row.max() + 1) + row
    used, dense = np.unique(pair, return_inverse=True)
    first = np.searchsorted(used, np.arange(count) * (row.max() + 1))
    odd = (dense - first[which]) % 2 == 1
    return np.lexsort((-y, np.where(odd, -x, x), row, which)).astype(np.int64)


def _order(plan: Plan, kind: NDArray[np.object_]) -> NDArray[np.int64]:
    """Areas in numbering order: ground and its stacked ones, then virtual."""
    ground = np.flatnonzero(kind == "ground")
    x, y, height = _extents(plan)
    ground = ground[serpentine(x[ground], y[ground], height[ground])]
    if not (kind == "stacked").any():
        return np.concatenate([ground, np.flatnonzero(kind != "ground")])
    parts = plan.fabric.parts.assign(area=part_areas(plan))
    rank = pd.Series(np.arange(ground.size), index=ground)
    on_ground = parts[parts["area"].isin(ground)]
    host = on_ground["area"].map(rank).groupby(on_ground["building_id"]).max()
    above = parts[parts["area"].isin(np.flatnonzero(kind == "stacked"))]
    above = above.assign(host=above["building_id"].map(host).fillna(ground.size))
    first = above.groupby("area").agg(
        host=("host", "min"), building=("building_id", "min"), unit=("unit", "min"),
        floor=("floor_lo", "min"),
    )  # fmt: skip
    first = first.reset_index().sort_values(["host", "building", "unit", "floor", "area"])
    after = np.concatenate([np.arange(ground.size), first["host"].to_numpy(float)])
    seated = np.concatenate([ground, first["area"].to_numpy(np.int64)])
    seated = seated[np.argsort(after, kind="stable")]
    rest = np.setdiff1d(np.arange(len(plan)), seated)
    return np.concatenate([seated, rest])


def _extents(
    plan: Plan,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Centroid x, y and height of each area's ground [m], from the borders of its cells."""
    mesh, count = plan.fabric.mesh, len(plan)
    group = np.append(plan.label[plan.fabric.cell_atom], -1)
    border = np.flatnonzero(group[mesh.left] != group[mesh.right])
    ends = []
    for end in (mesh.start, mesh.end):
        x, y = point_coordinates(mesh, mesh.point_id[end[border]])
        ends.append((x, y))
    (x0, y0), (x1, y1) = ends
    left, bottom = x0.min(initial=np.inf), y0.min(initial=np.inf)
    x0, x1, y0, y1 = x0 - left, x1 - left, y0 - bottom, y1 - bottom
    cross = x0 * y1 - x1 * y0
    area, moment_x, moment_y = np.zeros(count), np.zeros(count), np.zeros(count)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    for side, sign in ((mesh.left, 1.0), (mesh.right, -1.0)):
        which = group[side[border]]
        on = which >= 0
        which, c = which[on], sign * cross[on]
        area += np.bincount(which, c / 2, count)
        moment_x += np.bincount(which, c * (x0 + x1)[on] / 6, count)
        moment_y += np.bincount(which, c * (y0 + y1)[on] / 6, count)
        np.minimum.at(low, which, np.minimum(y0, y1)[on])
        np.maximum.at(high, which, np.maximum(y0, y1)[on])
    safe = np.where(area > 0, area, np.inf)
    return left + moment_x / safe, bottom + moment_y / safe, np.maximum(high - low, 0.0)


def _serials(previous: gpd.GeoDataFrame | None, district: str) -> NDArray[np.int64]:
    """Serials of a district's previous EAs."""
    if previous is None:
        return np.zeros(0, np.int64)
    code = previous["ea_code"].astype(str)
    tail = code[code.str.startswith(district)].str.slice(len(district))
    return tail[tail.str.fullmatch("[0-9]+")].to_numpy().astype(np.int64)


def _kept(shapes: gpd.GeoDataFrame, previous: gpd.GeoDataFrame, district: str) -> dict[int, int]:
    """Serial of each area that is a previous EA still."""
    code = previous["ea_code"].astype(str)
    ours = previous[
        code.str.startswith(district)
        & code.str.slice(len(district)).str.fullmatch("[0-9]+")
        & previous.geometry.notna()
    ]
    serial = _serials(ours, district)
    old = ours.geometry.to_numpy()
    new = shapes.geometry.to_numpy()
    ground = (shapes["kind"] == "ground").to_numpy()
    kept: dict[int, int] = {}
    i, j = shapely.STRtree(old).query(new, predicate="intersects")
    common = shapely.area(shapely.intersection(new[i], old[j]))
    same = common > SAME_SHARE * np.maximum(shapely.area(new[i]), shapely.area(old[j]))
    for area, at in zip(i[same & ground[i]], j[same & ground[i]], strict=True):
        kept[int(area)] = int(serial[at])
    return kept


def _fits(placed: NDArray[np.int64], virtual: NDArray[np.int64], plan: Plan) -> None:
    """Raise InfeasibleError when a serial is too large for its range or its digits."""
    profile = plan.fabric.district.profile
    width, virtual_from = profile["code.serial_digits"], profile["code.virtual_from"]
    most = min(virtual_from, 10**width) - 1
    last = int(placed.max(initial=0))
    over = last > most or int(virtual.max(initial=0)) > 10**width - 1
    if over:
        raise InfeasibleError(
            Text(f"district {plan.fabric.district.id} needs EA serial {last} and {virtual.size} virtual "
                 f"ones; {width} digits hold 1 to {most}, virtual ones {virtual_from} to {10**width - 1}.",
                 f"普查区 {plan.fabric.district.id} 的普查小区顺序码需要编到 {last}，另有虚拟小区 {virtual.size} 个；"
                 f"{width} 位顺序码只能容纳 1 至 {most}，虚拟小区 {virtual_from} 至 {10**width - 1}。"),
            where="code.serial_digits",
            fix=Text("divide the district, raise ea.persons.target, or widen code.serial_digits.",
                     "请拆分该普查区、提高 ea.persons.target，或增加 code.serial_digits 的位数。"),
        )  # fmt: skip


def serial_kind(serial: str, profile: Profile) -> Literal["", "placed", "virtual"]:
    """What a serial says of its EA: that it has a place or none; '' where it is no serial.

    Examples
    --------
    >>> from census_gis.profile import load_profile
    >>> [serial_kind(serial, load_profile("cn2020")) for serial in ("001", "900", "000", "01", "0001")]
    ['placed', 'virtual', '', '', '']
    """
    right = len(serial) == profile["code.serial_digits"] and serial.isascii() and serial.isdigit()
    if not right or int(serial) == 0:
        return ""
    return "virtual" if int(serial) >= profile["code.virtual_from"] else "placed"


def building_numbers(
    parts: gpd.GeoDataFrame, area: NDArray[np.int64], *, language: Language = "zh"
) -> pd.DataFrame:
    """Numbers of the buildings within each area, serpentine like the areas themselves.

    Parameters
    ----------
    parts : table PARTS, n rows
    area : int, shape (n,)
        Area of each part.
    language
        Language of the words that follow the number of a building in parts.

    Returns
    -------
    DataFrame, n rows, index of `parts`
        `building_number` (1, 2, … in each area; null without a building) and `number_label`: "012" for
        a whole building, "12-2单元" for a part of one. All parts of a building in one area share a number.
    """
    placed = (parts["building_id"].fillna("") != "").to_numpy() & parts.geometry.notna().to_numpy()
    home = pd.factorize(parts["building_id"].to_numpy(object)[placed], sort=True)[0]
    key = area[placed] * (home.max(initial=0) + 1) + home
    one, same = np.unique(key, return_inverse=True)
    box = shapely.bounds(parts.geometry.to_numpy()[placed])
    low, high = np.full((one.size, 2), np.inf), np.full((one.size, 2), -np.inf)
    np.minimum.at(low, same, box[:, :2])
    np.maximum.at(high, same, box[:, 2:])
    middle, group = (low + high) / 2, one // (home.max(initial=0) + 1)
    order = serpentine(middle[:, 0], middle[:, 1], high[:, 1] - low[:, 1], group)
    nth = np.empty(one.size, np.int64)
    nth[order] = np.arange(one.size) - np.searchsorted(group, group[order]) + 1
    numbers = pd.array([pd.NA] * len(parts), dtype="Int64")
    numbers[np.flatnonzero(placed)] = nth[same]
    words = part_labels(parts, language)
    label = [
        "" if n is pd.NA else (f"{n}-{_short(word)}" if word else f"{n:03d}")
        for n, word in zip(numbers.tolist(), words, strict=True)
    ]
    return pd.DataFrame({"building_number": numbers, "number_label": label}, index=parts.index)


def part_labels(parts: pd.DataFrame, language: Language) -> list[str]:
    """What of its building each part is, in words of one language ('' for all of it)."""
    column = f"label_{language}" if f"label_{language}" in parts else "label"
    if column not in parts:
        return [""] * len(parts)
    return [str(word) if isinstance(word, str) else "" for word in parts[column]]


def _short(words: str) -> str:
    """Which part, without how it is known: an estimated section by its number, else up to a bracket."""
    section = SECTION.search(words)
    return section.group() if section else words.split("（")[0].split(" (")[0]


def numeral(number: int) -> str:
    """A whole number from 1 to 999 in Chinese numerals.

    Examples
    --------
    >>> [numeral(n) for n in (1, 10, 11, 20, 101, 110, 899)]
    ['一', '十', '十一', '二十', '一百零一', '一百一十', '八百九十九']
    """
    if not 1 <= number <= 999:
        raise ValueError(f"{number} is not between 1 and 999.")
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{DIGITS[tens]}十"
    elif ones and hundreds:
        said += "零"
    return said + (DIGITS[ones] if ones else "")


def area_name(serial: int, *, virtual: bool = False) -> Text:
    """Name of an EA: its ordinal; a virtual one is named by its number (2010 census Q&A, copy).

    Examples
    --------
    >>> area_name(12).zh, area_name(900, virtual=True).zh, area_name(3).en
    ('第十二普查小区', '第900普查小区', 'Enumeration area 3')
    """
    said = str(serial) if virtual or serial > 999 else numeral(serial)
    return Text(f"Enumeration area {serial}", f"第{said}普查小区")
