"""The boundary of every EA in words, in both languages, side by side from the north.

"北至学院路，东至万泉河，……": what lies on each side, the longest first, as a village committee would
write it on the base sheet.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

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
    columns: dict[str, list[object]] = {name: [] for name in tables.names("ea_descriptions")}
    for code, kind in zip(areas["ea_code"], areas["kind"], strict=True):
        row: dict[str, object] = {"ea_code": code}
        for zh in (True, False):
            tail = "zh" if zh else "en"
            if kind == "ground":
                said = {side: _names(sides.get((code, side)), district, zh) for side in SIDES}
                row |= {f"{side}_{tail}": words or None for side, words in said.items()}
                row[f"text_{tail}"] = _sentence(said, zh)
            elif kind == "stacked":
                row[f"text_{tail}"] = _floors(parts[parts["ea_code"] == code], zh)
            else:
                row[f"text_{tail}"] = VIRTUAL.zh if zh else VIRTUAL.en
        for name, column in columns.items():
            column.append(row.get(name))
    return tables.conform(columns, "ea_descriptions")


def _sides(
    areas: gpd.GeoDataFrame, lines: gpd.GeoDataFrame
) -> dict[tuple[str, str], list[tuple[str, str | None]]]:
    """What lies on each side of each ground EA: (follows, name), longest first."""
    ground = (areas["kind"] == "ground").to_numpy(bool)
    codes = areas["ea_code"].to_numpy(object)[ground]
    box = _boxes(np.asarray(areas["geometry"].array, dtype=object)[ground])
    row = {code: nth for nth, code in enumerate(codes)}
    said = list(zip(lines["follows"], _texts(lines["feature_name"]), strict=True))
    words = sorted(set(said))
    number = {word: nth for nth, word in enumerate(words)}
    word = np.array([number[each] for each in said], dtype=np.int64)
    left, right = (
        np.array([row.get(code, -1) for code in lines[name]], dtype=np.int64)
        for name in ("left_ea", "right_ea")
    )
    # A district line is written from both sides; each district reads its own, on the left.
    right[(lines["follows"] == "district").to_numpy(bool)] = -1
    xy, line = shapely.get_coordinates(
        np.asarray(lines["geometry"].array, dtype=object), return_index=True
    )
    key, metres = [], []
    for area, turn in ((left, 1.0), (right, -1.0)):
        at = np.flatnonzero(np.append(line[1:] == line[:-1], False) & (area[line] >= 0))
        of = area[line[at]]
        side, m = _by_side(xy[at], xy[at + 1], box[of], turn)
        key.append((of * len(SIDES) + side) * len(words) + word[line[at]])
        metres.append(m)
    return _listed(np.concatenate(key), np.concatenate(metres), words, codes)


def _listed(
    key: NDArray[np.int64],
    metres: NDArray[np.float64],
    words: list[tuple[str, str]],
    codes: NDArray[np.object_],
) -> dict[tuple[str, str], list[tuple[str, str | None]]]:
    """What is said of each side: the longest first, the shorter ones while they count.

    `key` of a segment is (EA, side, word) as one number.
    """
    kinds, same = np.unique(key, return_inverse=True)
    m = np.bincount(same, metres, len(kinds))
    side = kinds // max(len(words), 1)
    order = np.lexsort((kinds, -m, side))
    kinds, m, side = kinds[order], m[order], side[order]
    first = np.searchsorted(side, side)
    nth = np.arange(len(side)) - first
    whole = np.bincount(first, m, len(side))[first]
    result: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    for k in np.flatnonzero((nth == 0) | ((nth < MOST) & (m >= LEAST_SHARE * whole))):
        area, facing = divmod(int(side[k]), len(SIDES))
        follows, name = words[int(kinds[k]) % len(words)]
        result.setdefault((codes[area], SIDES[facing]), []).append((follows, name or None))
    return result


def _texts(column: pd.Series) -> list[str]:
    return [text if isinstance(text, str) else "" for text in column]


def _boxes(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Centroid and half width and height of each EA [m]."""
    bounds, centre = shapely.bounds(shapes), shapely.get_coordinates(shapely.centroid(shapes))
    return np.column_stack([centre, np.maximum((bounds[:, 2:] - bounds[:, :2]) / 2, 1e-9)])


def _by_side(
    p: NDArray[np.float64], q: NDArray[np.float64], around: NDArray[np.float64], turn: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The side each segment beside an EA lies on (row of `SIDES`) and its length [m].

    `turn` is 1 where the EA lies on the left of the segment, -1 on the right.
    """
    length = np.hypot(*(q - p).T)
    outward = (
        np.column_stack([(q - p)[:, 1], (p - q)[:, 0]]) * turn / np.maximum(length, 1e-9)[:, None]
    )
    # The way it faces and its place on the outline both count: a notch belongs to its side.
    toward = outward + ((p + q) / 2 - around[:, :2]) / around[:, 2:]
    score = np.column_stack([toward[:, 1], toward[:, 0], -toward[:, 1], -toward[:, 0]])
    return score.argmax(axis=1), length


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
