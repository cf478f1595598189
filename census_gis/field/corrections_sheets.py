"""After corrections: numbers of buildings that stay as printed, and which EAs need a new sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.language import Text, counted
from census_gis.profile import Profile

__all__ = ["CHANGES", "changed_eas", "heirs_of", "kept_numbers", "split_in_vain"]

GROUND_M2 = 1.0  # less is redrawing, not a moved line
CHANGES: Mapping[str, Text] = {
    "new": Text("new EA", "新设小区"), "retired": Text("retired", "停用"),
    "ground": Text("its line moved", "界线变动"), "buildings": Text("its buildings changed", "建筑物变动"),
    "counts": Text("its persons changed", "人数变动"),
}  # fmt: skip
IN_VAIN = Text(
    "{persons} persons are too many for one EA; its buildings only divide into {pieces}: give some to a neighbour",
    "{persons} 人超出一个小区的上限，按现有建筑物只能分成 {pieces} 人：请将部分建筑物划给相邻小区",
)


def kept_numbers(before: pd.DataFrame, after: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Dwelling parts with the building numbers they had; new buildings of an EA go on behind its last number.

    Numbers are printed on sheets and lists: like codes and households they are appended, never given again
    (households: 2020 handbook copy; buildings: product rule by analogy).

    Parameters
    ----------
    before, after
        Layer `dwelling_parts` of the same districts.
    """
    old = before.dropna(subset=["building_id", "building_number"])
    had = old.drop_duplicates(["ea_code", "building_id"]).set_index(["ea_code", "building_id"])["building_number"]  # fmt: skip
    last = old.groupby("ea_code")["building_number"].max().to_dict()
    given: dict[tuple[str, str], int] = {}
    numbers, labels = [], []
    ordered = after.sort_values(["ea_code", "building_number", "unit", "floor_lo", "part_id"])
    for row in ordered.to_dict("records"):
        number, label = row["building_number"], row["number_label"]
        if pd.notna(number) and row["ea_code"] in last:
            key = (row["ea_code"], row["building_id"])
            if key not in given:
                if key not in had.index:
                    last[row["ea_code"]] += 1
                given[key] = int(had[key]) if key in had.index else int(last[row["ea_code"]])
            number = given[key]
            label = _numbered(label or "", number)
        numbers.append(number)
        labels.append(label)
    table = ordered.assign(building_number=pd.array(numbers, dtype="Int64"), number_label=labels)
    order = ["ea_code", "building_number", "unit", "floor_lo", "part_id"]
    return gpd.GeoDataFrame(table.sort_values(order, ignore_index=True))


def _numbered(label: str, number: int) -> str:
    """A printed label with another number, as many digits wide."""
    return re.sub(r"\d+", lambda found: f"{number:0{len(found[0])}d}", label, count=1)


def changed_eas(
    before: Mapping[str, gpd.GeoDataFrame], after: Mapping[str, gpd.GeoDataFrame], profile: Profile
) -> pd.DataFrame:
    """EAs whose sheet is no longer right, and whether they are inside the band.

    Parameters
    ----------
    before, after
        Layers `enumeration_areas` and `dwelling_parts` of the same districts.
    profile
        The band of what decides about size (`ea.primary`).

    Returns
    -------
    DataFrame
        ea_code, change (keys of `CHANGES`, separated by spaces), persons_before, persons (null where there was or
        is no EA), band (`below`, `above`, '' inside or retired), was (the same, before); ordered by code.
    """
    one, two = (layers["enumeration_areas"].set_index("ea_code") for layers in (before, after))
    had, has = (_contents(layers["dwelling_parts"]) for layers in (before, after))
    rows = []
    for code in sorted({*one.index, *two.index}):
        was = int(one.at[code, "persons"]) if code in one.index else None
        now = int(two.at[code, "persons"]) if code in two.index else None
        change = _change(code, one, two, (had.get(code), has.get(code)))
        if change:
            bands = (_band(layer, code, profile) for layer in (two, one))
            rows.append((code, " ".join(change), was, now, *bands))
    table = pd.DataFrame(
        rows, columns=["ea_code", "change", "persons_before", "persons", "band", "was"]
    )
    return table.astype({"persons_before": "Int64", "persons": "Int64"})


def _change(
    code: str, one: pd.DataFrame, two: pd.DataFrame, parts: tuple[object, object]
) -> list[str]:
    if code not in one.index:
        return ["new"]
    if code not in two.index:
        return ["retired"]
    out = []
    shapes = [table.at[code, "geometry"] for table in (one, two)]
    if all(isinstance(shape, shapely.Geometry) for shape in shapes) and shapely.area(
        shapely.symmetric_difference(*shapes)
    ) > GROUND_M2:  # fmt: skip
        out.append("ground")
    if parts[0] != parts[1]:
        out.append("buildings")
    if one.at[code, "persons"] != two.at[code, "persons"]:
        out.append("counts")
    return out


def _contents(parts: pd.DataFrame) -> dict[str, tuple[object, ...]]:
    """What a sheet shows of the buildings of each EA: which, with which number, where."""
    middle = np.round(shapely.get_coordinates(shapely.centroid(parts.geometry.to_numpy())))
    rows = zip(
        parts["ea_code"], parts["part_id"], parts["number_label"], middle.tolist(), strict=True
    )
    out: dict[str, list[tuple[object, ...]]] = {}
    for code, *shown in rows:
        out.setdefault(code, []).append((shown[0], shown[1], *shown[2]))
    return {code: tuple(sorted(map(repr, shown))) for code, shown in out.items()}


def _band(areas: pd.DataFrame, code: str, profile: Profile) -> str:
    """Whether an EA is `below` or `above` the band; '' inside, where nobody is, and where nothing is known of it."""
    main, low, high = _main_band(profile)
    held = areas.at[code, main] if code in areas.index else None
    if held is None or pd.isna(held) or held == 0:
        return ""
    return "below" if held < low else "above" if held > high else ""


def _main_band(profile: Profile) -> tuple[str, int, int]:
    """What decides about the size of EAs (persons or households), and the fewest and the most of it."""
    main = str(profile["ea.primary"])
    return main, int(profile[f"ea.{main}.low"]), int(profile[f"ea.{main}.high"])


def heirs_of(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, str]:
    """EA now: the EA before that most of its persons come from; EAs of new buildings only have none.

    Parameters
    ----------
    before, after
        Layer `dwelling_parts`.
    """
    was = before.drop_duplicates("part_id").set_index("part_id")["ea_code"]
    rows = after.assign(was=after["part_id"].map(was)).dropna(subset="was")
    votes = rows.groupby(["ea_code", "was"])["persons"].agg(["sum", "size"]).reset_index()
    votes = votes.sort_values(
        ["ea_code", "sum", "size", "was"], ascending=[True, False, False, True]
    )
    first = votes.drop_duplicates("ea_code")
    return dict(zip(first["ea_code"], first["was"], strict=True))


def split_in_vain(
    codes: Sequence[str], parts: tuple[pd.DataFrame, pd.DataFrame], profile: Profile
) -> dict[str, Text]:
    """EAs whose pieces are together no nearer to the band than the whole was, and why.

    Parameters
    ----------
    codes
        EAs above the band that were divided.
    parts
        Layer `dwelling_parts` of the district before and after.
    profile
        The band of what decides about size (`ea.primary`).
    """
    before, after = parts
    main, low, high = _main_band(profile)
    now = after.drop_duplicates("part_id").set_index("part_id")["ea_code"]
    out = {}
    for code in codes:
        mine = before[before["ea_code"] == code]
        pieces = mine.groupby(mine["part_id"].map(now))[main].sum().sort_values()
        held = int(mine[main].sum())
        away = sum(max(low - n, n - high, 0) for n in pieces.tolist())
        if len(pieces) > 1 and away >= held - high:
            said = " + ".join(str(int(n)) for n in pieces)
            out[code] = counted(IN_VAIN, main).format(persons=held, pieces=said)
    return out
