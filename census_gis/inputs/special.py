"""Special areas: land that is not counted as other land is, and what that does to the people on it.

Military areas and prisons count themselves: nobody in them is a load of the enumerator. In a dormitory, a
hospital or on a building site somebody knows the number of people: it stands. On demolished and uninhabited
land nobody lives, unless a number says otherwise. Own counts of buildings go before all of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.allocate import allocate
from census_gis.inputs.columns import known_words, numbers, text_column
from census_gis.inputs.layers import Cases, Ground, read_layers
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import Profile
from census_gis.tables import SPECIAL_KINDS, conform

__all__ = ["Held", "counted_in", "holder_of", "placeless_in", "read_special"]

TEXTS = ("special_id", "kind", "name", "policy", "sensitive", "contact_office")
KINDS = {
    "军事": "military", "军事区": "military", "军事区域": "military", "监狱": "prison", "宿舍": "dormitory",
    "医院": "hospital", "工地": "site", "拆迁区": "demolished", "无人区": "uninhabited",
}  # fmt: skip
POLICIES = {"单独成区": "own", "单独": "own", "并入": "join", "合并": "join"}
YES_NO = {
    "yes": True, "true": True, "t": True, "y": True, "1": True, "是": True, "涉密": True,
    "no": False, "false": False, "f": False, "n": False, "0": False, "否": False, "不涉密": False,
}  # fmt: skip
# They register their own people and hand the forms over (2020 notices; rules of special land).
SELF_COUNTED = frozenset({"military", "prison"})
EMPTY = frozenset({"demolished", "uninhabited"})
INSTITUTIONS = frozenset({"dormitory", "hospital"})
# A building belongs to the area that holds more than half of its footprint.
MOST = 0.5
# Areas that overlap by less are drawn beside each other [m2].
NOISE_M2 = 0.5

NO_PERSONS = Kind(
    "P531", "note",
    Text("the number of persons in special area {row} is not given: they are estimated like others.",
         "特殊区域 {row} 未提供人数：按一般住房推算。"),
    Text("ask the office in charge, and give `persons`.", "请向主管单位了解后填写 persons。"),
)  # fmt: skip
NO_BUILDING = Kind(
    "P532", "warning",
    Text("special area {row} has {persons} persons and no building: they stand in it without a place.",
         "特殊区域 {row} 有 {persons} 人但没有建筑：按无住所人口计入该区域。"),
    Text("add its buildings.", "请补充其中的建筑。"),
)  # fmt: skip
OWN_DIFFER = Kind(
    "P533", "warning",
    Text("special area {row} was given {persons} persons, its buildings count {counted}; the buildings' counts stand.",
         "特殊区域 {row} 给定 {persons} 人，其建筑计数为 {counted} 人；以建筑计数为准。"),
    Text("correct one of the two.", "请更正其一。"),
)  # fmt: skip
NOT_COUNTED = Kind(
    "P534", "note",
    Text("special area {row} has arrangements of its own: the number of persons given for it is not used.",
         "特殊区域 {row} 按专门规定登记：所填人数不采用。"),
    Text("see that the district's persons do not include them.", "请确认普查区人数不含这些人。"),
)  # fmt: skip
OVERLAP = Kind(
    "L711", "warning",
    Text("special areas {row} and {other} overlap by {m2:.0f} m²: the ground stays with {other}.",
         "特殊区域 {row} 与 {other} 重叠 {m2:.0f} 平方米：重叠部分归 {other}。"),
    Text("draw the line between them.", "请划清两者的界线。"),
)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """What special areas make of buildings.

    Attributes
    ----------
    own : float64, shape (n,)
        Persons of each building that are known, NaN for none.
    weight : int64, shape (n,)
        Weight by which the others are spread; 0 where nobody is expected.
    told : bool, shape (n,)
        Buildings whose persons come from their special area.
    """

    own: NDArray[np.float64]
    weight: NDArray[np.int64]
    told: NDArray[np.bool_]


def read_special(
    sources: Source | Sequence[Source], *, ground: Ground, profile: Profile
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Table SPECIAL, numbered from the north-west where it has no ids; its areas do not overlap.

    Parameters
    ----------
    sources
        Areas with `kind` (English or Chinese words), and where they are known `persons`, `policy`,
        `sensitive`, `name`, `contact_office`.
    ground
        Where the project lies.
    profile
        Rules `special.policy.*` say what holds where `policy` is empty.

    Raises
    ------
    InputError
        A kind, policy or yes-no that is none; an id twice; as `read_layer`.
    """
    frame, cases = read_layers(
        "special", sources, (*TEXTS, "persons"), ground=ground, wanted="area"
    )
    for name in TEXTS:
        frame[name] = text_column(frame, name)
    if "persons" in frame:
        frame["persons"], told = numbers(frame, "persons", "count", layer="special", least=0)
        cases += [case for case in told if case["severity"] != "note"]
    else:
        frame["persons"] = np.nan
    words = {**{kind: kind for kind in SPECIAL_KINDS}, **KINDS}
    frame["kind"] = known_words(frame, "kind", words, where="special", required=True)
    frame["policy"] = _policies(frame, profile)
    given = known_words(frame, "sensitive", YES_NO, where="special")
    default = frame["kind"].isin(SELF_COUNTED).to_numpy()
    frame["sensitive"] = [
        own if said is None else said for said, own in zip(given, default, strict=True)
    ]
    frame = _numbered(frame)
    frame, told = _apart(frame)
    frame["district_code"] = None
    frame["persons"] = pd.array(frame["persons"], dtype="Float64").astype("Int64")
    return conform(frame.drop(columns=["_row", "_key", "_source"]), "SPECIAL"), cases + told


def holder_of(shapes: NDArray[np.object_], areas: NDArray[np.object_]) -> NDArray[np.int64]:
    """Row of the area that holds more than half of each shape, -1 for none.

    Examples
    --------
    >>> holder_of(shapely.box([0, 8], 0, [10, 28], 10), np.array([shapely.box(0, 0, 12, 10)])).tolist()
    [0, -1]
    """
    found = np.full(len(shapes), -1, dtype=np.int64)
    if not len(areas) or not len(shapes):
        return found
    i, j = shapely.STRtree(areas).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[i], areas[j]))
    most = common > MOST * shapely.area(shapes[i])
    found[i[most]] = j[most]
    return found


def placeless_in(special: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Persons of each special area that has nobody's building to hold them [persons]."""
    of = _members(special, buildings)
    built = np.isin(np.arange(len(special)), of)
    counts = special["persons"].fillna(0).to_numpy(np.int64)
    return np.where(built | special["kind"].isin(SELF_COUNTED).to_numpy(), 0, counts)


def counted_in(
    buildings: gpd.GeoDataFrame,
    special: gpd.GeoDataFrame,
    own: NDArray[np.float64],
    weight: NDArray[np.int64],
) -> tuple[Held, Cases]:
    """Counts and weights of buildings after their special areas have had their say.

    Parameters
    ----------
    buildings : table BUILDINGS, n rows
        In the order in which whole numbers are spread, `floors` complete.
    special : table SPECIAL
        Each row in one district.
    own : float64, shape (n,)
        Own counts, NaN for none; they stay.
    weight : int64, shape (n,)
        Thousandths of a dwelling.
    """
    result = Held(own.copy(), weight.copy(), np.zeros(len(own), dtype=bool))
    cases: Cases = []
    if not len(special):
        return result, cases
    of = _members(special, buildings)
    for row, area in enumerate(special.to_dict("records")):
        mine = np.flatnonzero(of == row)
        free = mine[np.isnan(own[mine])]
        given = 0 if pd.isna(area["persons"]) else int(area["persons"])
        if area["kind"] in SELF_COUNTED or (area["kind"] in EMPTY and not given):
            result.weight[free] = 0
            result.told[free] = True
            if given:
                cases.append(NOT_COUNTED.at("special", area["special_id"], row=area["special_id"]))
            continue
        spot = shapely.point_on_surface(area["geometry"])
        if pd.isna(area["persons"]):
            cases.append(NO_PERSONS.at("special", area["special_id"], spot, row=area["special_id"]))
            continue
        counted = int(np.nansum(own[mine]))
        words = {"row": area["special_id"], "persons": given, "counted": counted}
        if not len(mine) and given:
            cases.append(NO_BUILDING.at("special", area["special_id"], spot, **words))
        elif counted > given or (counted < given and not len(free)):
            cases.append(OWN_DIFFER.at("special", area["special_id"], spot, **words))
        room = _space(buildings, weight, free)
        result.own[free] = allocate(max(given - counted, 0) if len(free) else 0, room)
        result.told[free] = True
    return result, cases


def _space(
    buildings: gpd.GeoDataFrame, weight: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Dwelling space of some buildings; where none has any (a ward is no dwelling), their floor area [m2]."""
    if weight[rows].any() or not len(rows):
        return weight[rows]
    floors = np.maximum(buildings["floors"].to_numpy(np.float64)[rows], 1)
    metres = shapely.area(np.asarray(buildings.geometry.array, dtype=object)[rows]) * floors
    return np.maximum(np.rint(metres), 1).astype(np.int64)


def _members(special: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Special area of each building: the one that holds most of it, in the same district."""
    of = holder_of(
        np.asarray(buildings.geometry.array, dtype=object),
        np.asarray(special.geometry.array, dtype=object),
    )
    home = np.append(special["district_code"].to_numpy(dtype=object), "")
    same = home[of] == buildings["district_code"].to_numpy(dtype=object)
    return np.where((of >= 0) & same, of, -1)


def _policies(frame: gpd.GeoDataFrame, profile: Profile) -> list[str]:
    """What was said, else the profile's; an institution smaller than an EA is ordinary ground."""
    words = {"own": "own", "join": "join", **POLICIES}
    given = known_words(frame, "policy", words, where="special")
    low = profile["ea.persons.low"]
    found = []
    for said, kind, persons in zip(given, frame["kind"], frame["persons"], strict=True):
        rule = str(profile[f"special.policy.{kind}"])
        small = kind in INSTITUTIONS and not persons >= low
        found.append(said if said is not None else "join" if small else rule)
    return found


def _numbered(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows in the order of their ids; S001, S002 … from the north-west where there are none."""
    ids = frame["special_id"].to_numpy(dtype=object).copy()
    known = pd.Series([one for one in ids if one is not None], dtype=object)
    twice = sorted(set(known[known.duplicated()]))
    if twice:
        raise InputError(
            Text(f"{len(twice)} ids of special areas occur in several rows.", f"{len(twice)} 个特殊区域编号重复出现。"),
            where="special", rows=twice,
            fix=Text("make special_id unique, or leave it unmapped.", "请使 special_id 唯一，或不对应该字段。"),
        )  # fmt: skip
    shape = np.asarray(frame.geometry.array, dtype=object)
    centre = shapely.centroid(shape)
    x, y = shapely.get_x(centre).round(3), shapely.get_y(centre).round(3)
    order = pd.DataFrame({"d": x - y, "x": x, "shape": shapely.to_wkb(shapely.normalize(shape))})
    taken, number = set(known), 0
    for row in order.sort_values(["d", "x", "shape"], kind="stable").index:
        if ids[row] is None:
            number += 1
            while f"S{number:03d}" in taken:
                number += 1
            ids[row] = f"S{number:03d}"
    frame = frame.assign(special_id=ids)
    return frame.sort_values("special_id", kind="stable").reset_index(drop=True)


def _apart(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Cases]:
    """Ground that two areas claim stays with the first; an area that has nothing left is left out."""
    shape = np.asarray(frame.geometry.array, dtype=object).copy()
    ids = frame["special_id"].to_numpy(dtype=object)
    cases: Cases = []
    i, j = shapely.STRtree(shape).query(shape, predicate="intersects")
    for one, two in sorted((int(a), int(b)) for a, b in zip(i, j, strict=True) if b < a):
        common = shapely.intersection(shape[one], shape[two])
        if common.area > NOISE_M2:
            words = {"row": ids[one], "other": ids[two], "m2": common.area}
            cases.append(OVERLAP.at("special", ids[one], shapely.point_on_surface(common), **words))
        if common.area > 0:
            shape[one] = shapely.difference(shape[one], shape[two])
    left = shapely.area(shape) > NOISE_M2
    return frame.set_geometry(list(shape), crs=frame.crs)[left].reset_index(drop=True), cases
