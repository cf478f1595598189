"""Buildings into dwelling parts, the atoms of every plan: whole, or a large one by doors and floors.

A house is one part. A building of more than the band's top becomes several where each of them closes an
EA (contract 3.2), else it stays whole and is an EA of its own. Nothing is lost in the cutting: persons,
households and dwellings of the parts sum to those of the building.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from census_gis.errors import InputError
from census_gis.fabric.carving import Building, Carved, carve
from census_gis.fabric.cutting import spread
from census_gis.fabric.measure import Measure, Sized, load_of, measure_of, said_of, sized, too_large
from census_gis.fabric.overlaps import held_together, kept_together
from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.profile import Profile
from census_gis.tables import names

__all__ = ["Dwellings", "dwelling_parts"]

CUT = Kind(
    "G201", "note",
    Text("building of {persons} persons cut into {n} pieces ({least}-{most} persons).",
         "建筑物 {persons} 人，切分为 {n} 部分（每部分 {least}-{most} 人）。"),
    Text("where doors were cut apart, check on the spot at which end door 1 is.",
         "按单元切分的，请现场核对 1 单元位于哪一端。"),
)  # fmt: skip
GUESSED = Kind(
    "G211", "note",
    Text("building of {persons} persons cut into {n} sections of {least}-{most} persons: its doors are "
         "not given and were estimated.",
         "建筑物 {persons} 人，未提供单元数，按估计切分为 {n} 段（每段 {least}-{most} 人）。"),
    Text("give `doors`, or check the sections on the spot.", "请补充单元数，或现场核对分段。"),
)  # fmt: skip
NUMBER = Kind(
    "G202", "warning",
    Text("building of {persons} persons stays whole: they fit no whole number of EAs of {low}-{high}.",
         "建筑物 {persons} 人，不能分成整数个 {low}-{high} 人的小区，整栋单独成区。"),
    Text("nothing, or change the band.", "无需处理，或调整人数区间。"),
)  # fmt: skip
CLOSING = Kind(
    "G203", "warning",
    Text("building of {persons} persons stays whole: its doors and floors close no EAs of {low}-{high}.",
         "建筑物 {persons} 人，按单元和楼层均不能切成 {low}-{high} 人的小区，整栋单独成区。"),
    Text("check `doors` and `floors`.", "请核对单元数与层数。"),
)  # fmt: skip
FACADE = Kind(
    "G204", "warning",
    Text("building of {persons} persons stays whole: too narrow for slices between {low} and {high}, "
         "and doors or floors that would do are not given.",
         "建筑物 {persons} 人，面宽不足以切成 {low}-{high} 人的小区，且缺少可用的单元数或层数，整栋单独成区。"),
    Text("give `doors` and `floors`.", "请补充单元数与层数。"),
)  # fmt: skip
NEVER = Kind(
    "G205", "note",
    Text("building of {persons} persons stays whole: the rules forbid cutting (band {low}-{high}).",
         "建筑物 {persons} 人，规则规定不切分，整栋单独成区（区间 {low}-{high}）。"),
    Text("accept it, or set ea.split_building.", "可接受；如需切分，请修改 ea.split_building。"),
)  # fmt: skip
SHARES = Kind(
    "G206", "error",
    Text("building of {persons} persons is above the cap of {cap} and was cut into {n} equal shares: "
         "neither doors nor floors that would do are given.",
         "建筑物 {persons} 人，超过上限 {cap} 人，且无可用的单元数和层数，已等分为 {n} 份。"),
    Text("give `doors` and `floors`.", "请补充单元数与层数。"),
)  # fmt: skip
OUTSIDE = Kind(
    "G207", "warning",
    Text("building of {persons} persons is above the cap of {cap} and was cut into {n} pieces of "
         "{least}-{most} persons, not all inside the band.",
         "建筑物 {persons} 人，超过上限 {cap} 人，已切分为 {n} 部分（{least}-{most} 人），未能全部落在区间内。"),
    Text("check `doors` and `floors`.", "请核对单元数与层数。"),
)  # fmt: skip
UNCUT = Kind(
    "G208", "error",
    Text("building of {persons} persons is above the cap of {cap} and could not be cut.",
         "建筑物 {persons} 人，超过上限 {cap} 人，但无法切分。"),
    Text("divide the footprint in the input.", "请在输入数据中拆分该建筑物。"),
)  # fmt: skip
PARTED = Kind(
    "G209", "warning",
    Text("{n} overlapping buildings hold {persons} persons together, above {high}: they may part.",
         "{n} 栋相互重叠的建筑物共 {persons} 人，超过 {high} 人，可分入不同小区。"),
    Text("check the footprints.", "请核对建筑物轮廓。"),
)  # fmt: skip
COMPOUND = Kind(
    "G210", "warning",
    Text("compound or grid cell {name} is to be kept together but holds more than {high} persons: it may be divided.",
         "院落或网格 {name} 要求不拆分，但超过 {high} 人，可能被拆分。"),
    Text("raise the band or set mode to prefer.", "请放宽区间，或将 mode 改为 prefer。"),
)  # fmt: skip
AS_IS = Kind(
    "G212", "warning",
    Text("area {name} is taken as it is: {persons} persons, outside the band of {low}-{high}.",
         "区域 {name} 按原样作为小区：{persons} 人，不在 {low}-{high} 区间内。"),
    Text("accept it, or set mode to prefer.", "可接受；如需调整，请将 mode 改为 prefer。"),
)  # fmt: skip
WHOLE = {"number": NUMBER, "closing": CLOSING, "facade": FACADE, "never": NEVER}
NO_TEXT = pd.array([""], dtype="str")
LABELS = ("label", "label_zh", "label_en")
# Where floors come from when somebody knew them; guesses make no floor bands.
KNOWN_FLOORS = ("given", "height")


@dataclass(frozen=True)
class Dwellings:
    """The dwelling parts of one district.

    Attributes
    ----------
    parts : table PARTS, ordered by building, door and floor
        `cell` and `atom` are not yet filled (-1 and 0); `label_zh` and `label_en` besides.
    group : int32, shape (n,)
        Parts of one number must be one atom.
    single : int32, shape (n,)
        The same without compounds and grids: what must be one atom in any case.
    alone : bool, shape (n,)
        Parts that are an EA of their own.
    findings : list of cases
    """

    parts: gpd.GeoDataFrame
    group: NDArray[np.int32]
    single: NDArray[np.int32]
    alone: NDArray[np.bool_]
    findings: list[dict[str, Any]]

    @cached_property
    def on_ground(self) -> NDArray[np.int64]:
        """Parts that have ground of their own: all but the floor bands above."""
        lowest = self.parts["floor_lo"].fillna(1).to_numpy(np.int64)
        return np.flatnonzero(lowest == 1)


class _Groups(NamedTuple):
    """Of each building the chain of overlaps, its group, and whether it is in an area taken as it is; findings."""

    chain: NDArray[np.int32]
    group: NDArray[np.int32]
    fixed: NDArray[np.bool_]
    cases: list[dict[str, Any]]


def dwelling_parts(
    buildings: gpd.GeoDataFrame,
    boundary: Polygon | MultiPolygon,
    profile: Profile,
    *,
    compounds: gpd.GeoDataFrame | None = None,
) -> Dwellings:
    """Divide the buildings of one district into dwelling parts.

    Parameters
    ----------
    buildings : table BUILDINGS, n rows
        With whole `persons`; any order of rows.
    boundary : Polygon or MultiPolygon
        The district [m].
    profile : Profile
        Its band (of persons or households, `ea.primary`), cap and `ea.split_building` decide.
    compounds : table BARRIERS, optional
        Areas to be kept together: `mode` atom, whose buildings are one atom while they hold at most the
        band's top, or as_is, whose buildings are an EA whatever they hold (only a building above the cap
        is cut there).

    Returns
    -------
    Dwellings

    Raises
    ------
    InputError
        If persons are missing.
    """
    missing = buildings["persons"].isna().to_numpy()
    if missing.any():
        unknown = buildings.loc[missing, "building_id"]
        raise InputError(
            Text(f"{len(unknown)} of {len(buildings)} buildings have no persons.",
                 f"{len(buildings)} 栋建筑物中有 {len(unknown)} 栋没有人数。"),
            where="buildings", rows=unknown.tolist(),
            fix=Text("let estimate_population() fill them.", "请先用 estimate_population() 估算。"),
        )  # fmt: skip
    town = pd.DataFrame(buildings).sort_values("building_id", kind="stable", ignore_index=True)
    measure, rule = measure_of(profile), str(profile["ea.split_building"])
    footprints = np.asarray(town["geometry"].array, dtype=object)
    persons, load = town["persons"].to_numpy(np.int64), load_of(town, measure)
    chain, group, fixed, cases = _groups(town, footprints, load, measure, compounds)

    large = too_large(persons, load, fixed, measure)
    cut: dict[int, Carved] = {}
    joining = np.zeros(len(town), dtype=np.bool_)
    for i in np.flatnonzero(large):
        row = town.iloc[i]
        size = sized(int(persons[i]), int(load[i]), measure)
        building = _building(row, size)
        carved, why = carve(building, size.band, rule, boundary)
        cases.append(_said(row, building, (carved, why), size, measure))
        if carved is not None:
            cut[int(i)] = carved
            # Pieces made for their persons alone close no EA where households decide.
            joining[i] = rule == "always" or size.name != measure.name
    columns, home = _table(town, cut)
    parts = gpd.GeoDataFrame(columns, geometry="geometry")
    # Pieces of a cut building are atoms each; other buildings share the number of their group.
    divided = np.isin(home, list(cut))
    own = len(town) + np.arange(len(home))
    joint, single = (
        np.unique(np.where(divided, own, of[home]), return_inverse=True)[1].astype(np.int32)
        for of in (group, chain)
    )
    alone = (fixed | (large & ~joining))[home]
    return Dwellings(parts, joint, single, alone, cases)


def _table(town: pd.DataFrame, cut: dict[int, Carved]) -> tuple[dict[str, Any], NDArray[np.int64]]:
    """Columns of PARTS, the shapes last, and the row of the building behind each part.

    Columns are made one by one: this runs once for each of many thousand districts.
    """
    count = np.ones(len(town), dtype=np.int64)
    for i, carved in cut.items():
        count[i] = len(carved.polygons)
    home = np.repeat(np.arange(len(town)), count)
    rows = np.flatnonzero(np.isin(home, list(cut))) if cut else home[:0]
    pieces = [piece for i, carved in cut.items() for piece in _pieces(town.iloc[i], carved)]
    n = len(home)
    of_building = {
        "part_id": town["building_id"].array.take(home),
        "persons_away": town["persons_away"].fillna(0).to_numpy(np.int64)[home],
        "persons": town["persons"].to_numpy(np.int64)[home],
    }
    of_all: dict[str, Any] = {
        "unit": np.zeros(n, dtype=np.int64),
        **{name: _unknown(n) for name in ("floor_lo", "floor_hi")},
        "cell": np.full(n, -1, dtype=np.int64),
        "atom": np.zeros(n, dtype=np.int64),
        **{name: NO_TEXT.take(np.zeros(n, np.int64)) for name in LABELS},
    }
    columns: dict[str, Any] = {}
    for name in (*names("PARTS"), *LABELS[1:]):
        values = of_building.get(name, of_all.get(name))
        if values is None:
            values = town[name].array.take(home)
        if len(rows) and name in pieces[0]:
            values[rows] = [piece[name] for piece in pieces]
        columns[name] = values
    columns["geometry"] = columns.pop("geometry")
    return columns, home


def _unknown(n: int) -> pd.arrays.IntegerArray:
    """Whole numbers of which none is known."""
    return pd.arrays.IntegerArray(np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool))


def _groups(
    town: pd.DataFrame,
    footprints: NDArray[np.object_],
    load: NDArray[np.int64],
    measure: Measure,
    compounds: gpd.GeoDataFrame | None,
) -> _Groups:
    """Buildings that overlap or lie in one area that is kept together."""
    band = measure.band
    chain, parted = held_together(footprints, load, band.high)
    cases = [
        said_of(PARTED.at(
            "buildings", town["building_id"][rows[0]], shapely.point_on_surface(footprints[rows[0]]),
            n=len(rows), persons=int(load[rows].sum()), high=band.high,
        ), measure.name)
        for rows in parted
    ]  # fmt: skip
    fixed = np.zeros(len(town), dtype=bool)
    if compounds is None or not len(compounds):
        return _Groups(chain, chain, fixed, cases)
    areas = compounds.iloc[np.argsort(compounds.geometry.to_wkb().to_numpy(), kind="stable")]
    tree = shapely.STRtree(shapely.point_on_surface(footprints))
    members = [np.sort(tree.query(shape, predicate="contains")) for shape in areas.geometry]
    as_given = (areas["mode"] == "as_is").to_numpy()
    whole = [rows for rows, given in zip(members, as_given, strict=True) if given]
    group, _ = kept_together(chain, load, whole, int(load.sum()))
    fixed = np.isin(group, group[np.concatenate([np.empty(0, np.int64), *whole])])
    wanted = [rows[:0] if given else rows for rows, given in zip(members, as_given, strict=True)]
    group, refused = kept_together(group, load, wanted, band.high)
    for k, area in enumerate(areas.itertuples()):
        name = area.name if isinstance(area.name, str) else ""
        spot = area.geometry.representative_point()
        held = int(load[np.isin(group, group[members[k]])].sum())
        if as_given[k] and len(members[k]) and not band.holds(held):
            case = AS_IS.at(area.source, name, spot, name=name, persons=held, low=band.low, high=band.high)  # fmt: skip
            cases.append(said_of(case, measure.name))
        elif k in refused:
            case = COMPOUND.at(area.source, name, spot, name=name, high=band.high)
            cases.append(said_of(case, measure.name))
    return _Groups(chain, group, fixed, cases)


def _building(row: pd.Series, size: Sized) -> Building:
    """What decides about the cut; floors only where somebody knew them."""
    source = row["floors_source"]
    known = not isinstance(source, str) or source in KNOWN_FLOORS
    floors = int(row["floors"]) if known and pd.notna(row["floors"]) else None
    doors = int(row["doors"]) if pd.notna(row["doors"]) else None
    return Building(row["geometry"], size.load, doors or None, floors if floors else None)


def _said(
    row: pd.Series,
    building: Building,
    made: tuple[Carved | None, str],
    size: Sized,
    measure: Measure,
) -> dict[str, Any]:
    """The finding about a building above the band, in persons where these are above their cap."""
    spot = shapely.point_on_surface(row["geometry"])
    (carved, why), band = made, size.band
    persons, key, name = building.persons, row["building_id"], size.name
    shown, cap = persons, band.cap
    if name == "households" and row["persons"] > measure.most:
        shown, cap, name = int(row["persons"]), measure.most, "persons"
    if carved is None:
        kind = UNCUT if persons > band.cap else WHOLE[why]
        band_said = {"low": band.low, "high": band.high, "cap": cap}
        return said_of(kind.at("buildings", key, spot, persons=shown, **band_said), name)
    shares = spread(shown, [piece.persons for piece in carved.cut.pieces])
    # With floors that keep to the cap sections are a choice; without, above it, they are all that was left.
    kind = CUT
    if carved.cut.how == "shares":
        enough = building.floors is not None and persons <= band.cap * building.floors
        chosen = carved.cut.closes and building.doors is None and enough
        kind = GUESSED if chosen or persons <= band.cap else SHARES
    elif persons > band.cap and not carved.cut.closes:
        kind = OUTSIDE
    case = kind.at("buildings", key, spot, persons=shown, cap=cap,
                   n=len(shares), least=min(shares), most=max(shares))  # fmt: skip
    return said_of(case, name)


def _pieces(row: pd.Series, carved: Carved) -> list[dict[str, Any]]:
    """A cut building as its pieces; what is counted is shared out like what it was cut by."""
    pieces = carved.cut.pieces
    weights = [piece.persons for piece in pieces]
    shared = {
        name: spread(int(row[name]), weights) if pd.notna(row[name]) else [None] * len(pieces)
        for name in ("dwellings", "households")
    }
    persons = spread(int(row["persons"]), weights)
    away = spread(_or_zero(row["persons_away"]), persons)
    made = []
    for k, piece in enumerate(pieces):
        floors = "" if piece.floor_lo is None else f"F{piece.floor_lo}-{piece.floor_hi}"
        label = carved.labels[k]
        made.append(
            {
                "part_id": f"{row['building_id']}-U{piece.unit}{floors}",
                "unit": piece.unit, "floor_lo": piece.floor_lo, "floor_hi": piece.floor_hi,
                "doors": carved.doors[k], "dwellings": shared["dwellings"][k],
                "persons": persons[k], "persons_away": away[k],
                "households": shared["households"][k],
                "label": label.zh, "label_zh": label.zh, "label_en": label.en,
                "geometry": carved.polygons[k],
            }
        )  # fmt: skip
    return made


def _or_zero(value: Any) -> int:
    """Nobody is registered away where nothing was given."""
    return int(value) if pd.notna(value) else 0
