"""The boundary of every EA in words, in both languages, side by side from the north.

"北至学院路，东至万泉河，……": what lies on each side, the longest first, as a village committee would
write it on the base sheet.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis import tables
from census_gis.language import Text

__all__ = ["describe"]

SIDES = ("north", "east", "south", "west")
SAID = {
    "north": Text("North", "北"), "east": Text("East", "东"),
    "south": Text("South", "南"), "west": Text("West", "西"),
}  # fmt: skip
NAMED = {
    "road": Text("{name}", "{name}"),
    "rail": Text("{name}", "{name}"),
    "water": Text("{name}", "{name}"),
    "landuse": Text("the edge of {name}", "{name}边界"),
    "compound": Text("the wall of {name}", "{name}院墙"),
    "grid": Text("the line of grid {name}", "网格{name}边界"),
    "barrier": Text("{name}", "{name}"),
    "district": Text("{name} (line of {district})", "{name}（{district}界）"),
    "none": Text("the line between buildings", "建筑间界线"),
}
UNNAMED = {
    "road": Text("an unnamed road", "无名道路"),
    "rail": Text("a railway", "铁路"),
    "water": Text("an unnamed water", "无名水系"),
    "landuse": Text("an edge of land use", "地块边界"),
    "compound": Text("the wall of a compound", "院落围墙"),
    "grid": Text("the line of a grid", "网格边界"),
    "barrier": Text("a barrier", "隔断"),
    "district": Text("the line of {district}", "{district}界"),
    "none": Text("the line between buildings", "建筑间界线"),
}
MOST = 3  # names of one side
LEAST_SHARE = 0.12  # of a side's length; shorter stretches are not named
STACKED = Text("Inside the building: {labels}.", "位于楼内：{labels}。")
VIRTUAL = Text(
    "Has no ground: people registered here without a place.", "无实地范围：仅有户籍而无住所的人员。"
)
LONGEST = 60  # characters of a name that are printed


def describe(
    areas: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, parts: pd.DataFrame, *, district: str
) -> pd.DataFrame:
    """Describe the boundary of every EA.

    Parameters
    ----------
    areas : table `enumeration_areas` (`ea_code`, `kind`, geometry)
    lines : table `ea_lines`
    parts : DataFrame
        `ea_code`, `building_id` and, for the parts of cut buildings, `label_zh` and `label_en`.
    district : str
        Name of the census district, said where its line is the boundary.

    Returns
    -------
    DataFrame, table `ea_descriptions`
        One row for each EA in the order of `areas`. A side nothing lies on is null.
    """
    sides = _sides(areas, lines)
    rows = []
    for code, kind in zip(areas["ea_code"], areas["kind"], strict=True):
        row: dict[str, object] = {"ea_code": code}
        mine = parts[(parts["ea_code"] == code)] if kind == "stacked" else parts[:0]
        for zh in (True, False):
            tail = "zh" if zh else "en"
            if kind == "ground":
                said = {side: _names(sides.get((code, side)), district, zh) for side in SIDES}
                row |= {f"{side}_{tail}": words or None for side, words in said.items()}
                row[f"text_{tail}"] = _sentence(said, zh)
            elif kind == "stacked":
                row[f"text_{tail}"] = _floors(mine, zh)
            else:
                row[f"text_{tail}"] = VIRTUAL.zh if zh else VIRTUAL.en
        rows.append(row)
    return tables.conform(
        pd.DataFrame(rows, columns=tables.names("ea_descriptions")), "ea_descriptions"
    )


def _sides(
    areas: gpd.GeoDataFrame, lines: gpd.GeoDataFrame
) -> dict[tuple[str, str], list[tuple[str, str | None]]]:
    """What lies on each side of each ground EA: (follows, name), longest first."""
    box = _boxes(areas[areas["kind"] == "ground"])
    # A district line is written from both sides; each district reads its own, on the left.
    inner = lines[lines["follows"] != "district"]
    both = pd.concat([_by_side(lines, "left_ea", box), _by_side(inner, "right_ea", box)])
    table = both.groupby(["code", "side", "follows", "name"], as_index=False)["m"].sum()
    table = table.sort_values(
        ["code", "side", "m", "follows", "name"], ascending=[True, True, False, True, True]
    )
    whole = table.groupby(["code", "side"])["m"].transform("sum")
    nth = table.groupby(["code", "side"]).cumcount()
    table = table[(nth == 0) | ((nth < MOST) & (table["m"] >= LEAST_SHARE * whole))]
    result: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    for code, side, follows, name in table[["code", "side", "follows", "name"]].to_numpy(object):
        result.setdefault((code, SIDES[side]), []).append((follows, name or None))
    return result


def _boxes(ground: gpd.GeoDataFrame) -> pd.DataFrame:
    """Centroid and half width and height of each EA [m], by code."""
    shapes = ground.geometry.to_numpy()
    bounds, centre = shapely.bounds(shapes), shapely.get_coordinates(shapely.centroid(shapes))
    half = np.maximum((bounds[:, 2:] - bounds[:, :2]) / 2, 1e-9)
    index = pd.Index(ground["ea_code"].to_numpy(object), dtype=object)
    return pd.DataFrame(np.column_stack([centre, half]), columns=list("xyuv"), index=index)


def _by_side(lines: gpd.GeoDataFrame, column: str, box: pd.DataFrame) -> pd.DataFrame:
    """Every segment beside an EA with the side it lies on (row of `SIDES`) and its length."""
    xy, line = shapely.get_coordinates(lines.geometry.to_numpy(), return_index=True)
    code = lines[column].to_numpy(object)[line]
    on = np.append(line[1:] == line[:-1], False) & pd.Index(code, dtype=object).isin(box.index)
    at = np.flatnonzero(on)
    p, q, code, line = xy[at], xy[at + 1], code[at], line[at]
    around = box.loc[code].to_numpy()
    length = np.hypot(*(q - p).T)
    turn = 1.0 if column == "left_ea" else -1.0
    outward = (
        np.column_stack([(q - p)[:, 1], (p - q)[:, 0]]) * turn / np.maximum(length, 1e-9)[:, None]
    )
    # The way it faces and its place on the outline both count: a notch belongs to its side.
    toward = outward + ((p + q) / 2 - around[:, :2]) / around[:, 2:]
    score = np.column_stack([toward[:, 1], toward[:, 0], -toward[:, 1], -toward[:, 0]])
    return pd.DataFrame(
        {
            "code": code,
            "side": score.argmax(axis=1),
            "m": length,
            "follows": lines["follows"].to_numpy(object)[line],
            "name": lines["feature_name"].astype(object).fillna("").to_numpy(object)[line],
        }
    )


def _names(found: list[tuple[str, str | None]] | None, district: str, zh: bool) -> str:
    """The names of one side, in order, each once."""
    words: list[str] = []
    for follows, name in found or []:
        pattern = (NAMED if name else UNNAMED)[follows]
        text = pattern.format(name=(name or "")[:LONGEST], district=district)
        word = text.zh if zh else text.en
        if word not in words:
            words.append(word)
    return ("、" if zh else ", ").join(words)


def _sentence(said: dict[str, str], zh: bool) -> str:
    """All sides in one sentence."""
    if zh:
        return (
            "，".join(f"{SAID[side].zh}至{words}" for side, words in said.items() if words) + "。"
        )
    return "; ".join(f"{SAID[side].en}: {words}" for side, words in said.items() if words) + "."


def _floors(parts: pd.DataFrame, zh: bool) -> str:
    """Where in its building a stacked EA lies."""
    column = "label_zh" if zh else "label_en"
    labels = [
        f"{building} {label}".strip()
        for building, label in zip(parts["building_id"], parts[column].fillna(""), strict=True)
    ]
    text = STACKED.format(labels=("、" if zh else ", ").join(labels))
    return text.zh if zh else text.en
