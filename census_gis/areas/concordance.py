"""Which EA of one plan became which of another: persons, buildings and shares, building by building.

Buildings are known again by their number where they still stand in the same place, else by their place. What stood
in several EAs (a cut building) is laid beside what it is cut into now in order of doors and floors.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.sums import mutual
from census_gis.fabric.votes import most_of

__all__ = ["concordance", "heirs"]

# Of two footprints that cover each other by more than this they are one building (share of the smaller).
SAME_BUILDING = 0.5
# EAs of one building in order, with their persons; a pair of EAs with persons before and after, and buildings.
Stretches = list[tuple[str, int]]
Row = tuple[str | None, str | None, int, int, int]
COLUMNS = ["old_ea", "new_ea", "persons_before", "persons_after", "buildings"]


def concordance(old: dict[str, pd.DataFrame], new: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Pairs of EAs of two plans that share dwellings or, without any, ground.

    Parameters
    ----------
    old, new : dict
        Layers `enumeration_areas` and `dwelling_parts`.

    Returns
    -------
    DataFrame, ordered by codes
        `old_ea` (None: built since), `new_ea` (None: gone), `persons_before`, `persons_after`, `buildings` [count, a
        building counts in each pair it has persons or ground in], `share_of_old`, `share_of_new` (of the persons of
        each EA; of its buildings where nobody lives). Persons before sum to the old plan, persons after to the new.
    """
    one, two = _ordered(old["dwelling_parts"]), _ordered(new["dwelling_parts"])
    names = _known_again(one, two)
    grounds = pd.DataFrame(old["enumeration_areas"]), pd.DataFrame(new["enumeration_areas"])
    rows = [
        *_pairs(one.assign(key=names[0]), two.assign(key=names[1])),
        *_bare(*grounds),
        *_empty(grounds[0], grounds[1], set(one["ea_code"]), turned=False),
        *_empty(grounds[1], grounds[0], set(two["ea_code"]), turned=True),
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = (
        table.groupby(["old_ea", "new_ea"], dropna=False, sort=False)[COLUMNS[2:]]
        .sum()
        .reset_index()
    )
    table = table.sort_values(["old_ea", "new_ea"], na_position="last", kind="stable")
    table = table.reset_index(drop=True)
    for side, count in (("old", "persons_before"), ("new", "persons_after")):
        table[f"share_of_{side}"] = _share(table, f"{side}_ea", count)
    return table


def heirs(table: pd.DataFrame) -> dict[str, str]:
    """Old EA to new EA where each shares most with the other: persons, then buildings, then code.

    Examples
    --------
    >>> pairs = pd.DataFrame({"old_ea": ["a", "a"], "new_ea": ["x", "y"], "persons_before": [9, 4],
    ...                       "persons_after": [9, 4], "buildings": [2, 1]})
    >>> heirs(pairs)
    {'a': 'x'}
    """
    both = table.dropna(subset=["old_ea", "new_ea"])
    shared = both.assign(shared=both[["persons_before", "persons_after"]].min(axis=1))
    keys = ["shared", "buildings", "old_ea", "new_ea"]
    order = shared.sort_values(keys, ascending=[False, False, True, True], kind="stable")
    pairs = mutual(order, "old_ea", "new_ea").sort_values("old_ea")
    return dict(zip(pairs["old_ea"].map(str), pairs["new_ea"].map(str), strict=True))


def _ordered(parts: pd.DataFrame) -> pd.DataFrame:
    """Dwelling parts in order of building, door, floor."""
    table = pd.DataFrame(parts)[
        ["part_id", "building_id", "ea_code", "persons", "unit", "floor_lo", "geometry"]
    ]
    table = table.assign(building_id=table["building_id"].fillna("").astype(str))
    order = table.assign(low=table["floor_lo"].astype("Float64").fillna(0).astype(float))
    return table.loc[
        order.sort_values(["building_id", "unit", "low", "part_id"], kind="stable").index
    ].reset_index(drop=True)


def _known_again(
    one: pd.DataFrame, two: pd.DataFrame
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """The same name for the same building on both sides, another for every other."""
    mine, theirs = (_footprints(table) for table in (one, two))
    common = mine.index.intersection(theirs.index)
    alike = _overlap(mine[common].to_numpy(object), theirs[common].to_numpy(object))
    same = common[alike > SAME_BUILDING]
    pairs = {code: code for code in same} | _beside(mine.drop(same), theirs.drop(same))
    again = set(pairs.values())
    before = {
        code: f"both {pairs[code]}" if code in pairs else f"old {code}" for code in mine.index
    }
    after = {code: f"both {code}" if code in again else f"new {code}" for code in theirs.index}
    return _named(one, before), _named(two, after)


def _beside(mine: pd.Series, theirs: pd.Series) -> dict[str, str]:
    """Buildings of two plans that stand in one place, those that cover each other most first."""
    one, two = mine.to_numpy(object), theirs.to_numpy(object)
    j, i = shapely.STRtree(one).query(two, predicate="intersects")
    cover = _overlap(one[i], two[j])
    pairs: dict[str, str] = {}
    taken: set[str] = set()
    for at in np.lexsort(
        (mine.index.to_numpy(object)[i], theirs.index.to_numpy(object)[j], -cover)
    ):
        a, b = str(mine.index[i[at]]), str(theirs.index[j[at]])
        if cover[at] > SAME_BUILDING and a not in pairs and b not in taken:
            pairs[a] = b
            taken.add(b)
    return pairs


def _named(table: pd.DataFrame, names: dict[str, str]) -> NDArray[np.object_]:
    """Name of the building of each part; what has no building goes by its own number."""
    return np.array([names[code] if code else f"part {part}"
                     for code, part in zip(table["building_id"], table["part_id"], strict=True)], object)  # fmt: skip


def _footprints(table: pd.DataFrame) -> pd.Series:
    """One shape a building, its largest part."""
    housed = table[table["building_id"] != ""]
    sizes = shapely.area(housed["geometry"].to_numpy(object))
    order = housed.assign(size=np.nan_to_num(sizes)).sort_values(
        ["building_id", "size"], kind="stable"
    )
    return order.drop_duplicates("building_id", keep="last").set_index("building_id")["geometry"]


def _overlap(one: NDArray[np.object_], two: NDArray[np.object_]) -> NDArray[np.float64]:
    """Common ground as a share of the smaller footprint; parts of a cut building may be slices of each other."""
    least = np.minimum(shapely.area(one), shapely.area(two))
    common = least.copy()
    differ = ~shapely.equals_exact(one, two)
    common[differ] = shapely.area(shapely.intersection(one[differ], two[differ]))
    return np.nan_to_num(np.where(least > 0, common / np.maximum(least, 1e-9), 0.0))


def _pairs(one: pd.DataFrame, two: pd.DataFrame) -> list[Row]:
    """Pairs of EAs by buildings."""
    left, right = (_stretches(table) for table in (one, two))
    return [
        row
        for key in sorted({*left, *right})
        for row in _laid(left.get(key, []), right.get(key, []))
    ]


def _stretches(table: pd.DataFrame) -> dict[str, Stretches]:
    """Of each building the EAs it lies in, in order, with their persons."""
    found: dict[str, Stretches] = {}
    for key, code, persons in zip(table["key"], table["ea_code"], table["persons"], strict=True):
        mine = found.setdefault(key, [])
        if mine and mine[-1][0] == code:
            mine[-1] = (code, mine[-1][1] + int(persons))
        else:
            mine.append((code, int(persons)))
    return found


def _laid(before: Stretches, after: Stretches) -> list[Row]:
    """Two sequences of EAs of one building laid beside each other; both sums are kept exactly.

    Examples
    --------
    >>> _laid([("a", 6), ("b", 6)], [("x", 4), ("y", 8)])
    [('a', 'x', 4, 4, 1), ('a', 'y', 2, 2, 1), ('b', 'y', 6, 6, 1)]
    """
    if not before or not after:
        gone: list[Row] = [(code, None, n, 0, 1) for code, n in before]
        return gone + [(None, code, 0, n, 1) for code, n in after]
    if len(before) == len(after) == 1:
        return [(before[0][0], after[0][0], before[0][1], after[0][1], 1)]
    old, new = (sum(n for _, n in side) for side in (before, after))
    one, two = (_ruled(side, total) for side, total in ((before, old), (after, new)))
    # A ruler of both totals multiplied: every end of a stretch is a whole number on it.
    length = one[-1][1] * two[-1][1]
    ends = sorted({end * two[-1][1] for _, end in one} | {end * one[-1][1] for _, end in two})
    rows: list[Row] = []
    start = 0
    for end in ends:
        a, b = _at(one, start * one[-1][1], length), _at(two, start * two[-1][1], length)
        shares = [end * n // length - start * n // length for n in (old, new)]
        rows.append((a, b, shares[0], shares[1], 1))
        start = end
    left, right = ({row[side] for row in rows} for side in (0, 1))
    rows += [(code, rows[-1][1], 0, 0, 1) for code, _ in before if code not in left]
    rows += [(rows[-1][0], code, 0, 0, 1) for code, _ in after if code not in right]
    return rows


def _ruled(stretches: Stretches, total: int) -> Stretches:
    """Codes with the place where each ends, by persons; all alike where nobody lives."""
    ends = np.cumsum([n if total else 1 for _, n in stretches])
    return [(code, int(end)) for (code, _), end in zip(stretches, ends, strict=True)]


def _at(ruled: Stretches, place: int, length: int) -> str:
    """The stretch that holds a place, given as its share of `length` times the end of the last."""
    return next(code for code, end in ruled if place < end * length)


def _bare(old: pd.DataFrame, new: pd.DataFrame) -> list[Row]:
    """Virtual EAs by their codes."""
    one, two = (
        table[table["kind"] == "virtual"].set_index("ea_code")["persons"].to_dict()
        for table in (old, new)
    )
    return [
        (code if code in one else None, code if code in two else None, int(one.get(code, 0)), int(two.get(code, 0)), 0)
        for code in sorted({*one, *two})
    ]  # fmt: skip


def _empty(old: pd.DataFrame, new: pd.DataFrame, met: set[str], *, turned: bool) -> list[Row]:
    """EAs of one plan that hold no dwelling, with the EA of the other that covers most of their ground."""
    mine = old[(old["kind"] != "virtual") & ~old["ea_code"].isin(met)]
    theirs = new[new["kind"] == "ground"]
    shapes, grounds = (np.asarray(table["geometry"], object) for table in (mine, theirs))
    i, j = shapely.STRtree(grounds).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[i], grounds[j]))
    i, j, common = i[common > 0], j[common > 0], common[common > 0]
    codes = (table["ea_code"].to_numpy(object) for table in (mine, theirs))
    host = most_of(*(code[row] for code, row in zip(codes, (i, j), strict=True)), common)
    pairs = [(str(code), host.get(code)) for code in mine["ea_code"]]
    return [(b, a, 0, 0, 0) if turned else (a, b, 0, 0, 0) for a, b in pairs]


def _share(table: pd.DataFrame, side: str, count: str) -> pd.Series:
    """Share of each EA's persons in the pair, of its buildings where nobody lives; missing without an EA."""
    persons = table.groupby(side)[count].transform("sum")
    houses = table.groupby(side)["buildings"].transform("sum")
    lived = table[count] / persons.where(persons > 0)
    return lived.fillna(table["buildings"] / houses.where(houses > 0)).where(table[side].notna())
