"""Names of sensitive areas stay outside: they are taken out at the door, before anything is made from them.

Buildings in a military area or prison are drawn without unit names or other sensitive text (2020 census Q&A).
What stands in a sensitive area loses its name, and its name is taken out wherever else it occurs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis import findings
from census_gis.errors import ConfigError
from census_gis.findings import Kind
from census_gis.inputs.special import SELF_COUNTED, holder_of
from census_gis.language import Text
from census_gis.model import Inputs

__all__ = ["concealed", "refuse_file_names", "secrecy_of", "sensitive_names", "unmarked"]

KM2 = 1_000_000.0
# A name of one letter occurs in many words: it is only taken out where it is all of a value.
LEAST_LETTERS = 2
MOST = 0.5
# Texts that name things; ids and codes tie tables together and are masked, not emptied.
NAMES = {
    "buildings": ("name", "address"), "outside": ("name", "address"), "barriers": ("name",),
    "units": ("name",), "staff": ("display_name", "skills"), "codes": ("name",),
    "virtual": ("reason", "proposed_by", "approved_by", "approved_on"),
    "special": ("contact_office",), "edits": ("reason", "who", "when"),
    "disputes": ("parties", "decision", "date"), "places": ("name",),
}  # fmt: skip
IDS = {
    "buildings": "building_id", "outside": "building_id", "special": "special_id",
    "edits": "building_id", "disputes": "dispute_id",
}  # fmt: skip
# Tables whose rows lose their names where they lie in a sensitive area.
LYING = frozenset({"buildings", "outside", "barriers", "places"})
# Classes that say what the area is.
TELLING = ("military", "prison", "barracks", "军", "监狱", "武警", "看守")
MASK = "***"

REMOVED = Kind(
    "L714", "note",
    Text("{n} names in or of sensitive areas were left out of everything that is made.",
         "涉密区域内或与其相关的 {n} 处名称已从全部成果中去除。"),
    Text("nothing; the input files are unchanged.", "无需处理；输入文件未作改动。"),
)  # fmt: skip
SECRECY = Kind(
    "D304", "warning",
    Text("the districts cover {km2:.1f} km² without a break, more than {limit:g} km²: large-scale maps of so much "
         "ground may be secret.",
         "各普查区连续覆盖 {km2:.1f} 平方公里，超过 {limit:g} 平方公里：如此范围的大比例尺地图可能涉密。"),
    Text("ask the surveying authority, set sheet.secrecy, and keep sheets and files accordingly.",
         "请向测绘主管部门核定密级，设置 sheet.secrecy，并按规定保管图件和文件。"),
)  # fmt: skip


def sensitive_names(special: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Names of the sensitive areas, the longest first."""
    given = special.loc[special["sensitive"] & special["name"].notna(), "name"]
    return tuple(sorted({str(name).strip() for name in given} - {""}, key=lambda n: (-len(n), n)))


def concealed(inputs: Inputs, names: Sequence[str]) -> Inputs:
    """The same inputs without names in or of sensitive areas.

    Parameters
    ----------
    inputs
        As read.
    names
        `sensitive_names`. They are found anywhere in a text, in any case and width of letters; one of a
        single letter only where it is all of the text.

    Returns
    -------
    Inputs
        Names and addresses emptied, places left out, ids and findings masked; one finding says how many.

    Raises
    ------
    ConfigError
        If the project's own name holds one of them: it is printed on every sheet.
    """
    areas = inputs.special[inputs.special["sensitive"].astype(bool)]
    if not len(areas):
        return inputs
    refuse_file_names([inputs.name], names, where="[project] name")
    land = np.asarray(areas.geometry.array, dtype=object)
    changed: dict[str, Any] = {}
    count = 0
    for table, columns in NAMES.items():
        where = land if table in LYING else land[:0]
        frame, n = _emptied(getattr(inputs, table), columns, where, names)
        if table in IDS:
            frame, more = _masked_ids(frame, IDS[table], names)
            n += more
        changed[table], count = frame, count + n
    changed["places"] = changed["places"].dropna(subset="name").reset_index(drop=True)
    changed["barriers"] = _unclassed(changed["barriers"], land)
    districts, n = _coded(inputs.districts, names)
    special = changed["special"]
    changed["special"] = special.assign(name=special["name"].mask(special["sensitive"], None))
    count += n
    told = [_masked_case(case, names) for case in inputs.findings.to_dict("records")]
    if count:
        told.append(REMOVED.at("special", "", n=count))
    found = findings.frame(told, inputs.crs)
    return replace(inputs, districts=districts, findings=found, **changed)


def unmarked(special: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Special areas as a plan keeps them: of a sensitive one neither name nor kind.

    Those that count their own people hold nobody for us once persons are estimated, so that what is
    kept of them needs no kind to say so.
    """
    hidden = special["sensitive"].astype(bool)
    apart = hidden & special["kind"].isin(SELF_COUNTED)
    return special.assign(
        name=special["name"].mask(hidden, None), kind=special["kind"].mask(hidden, None),
        persons=special["persons"].mask(apart),
    )  # fmt: skip


def refuse_file_names(said: Iterable[str], names: Sequence[str], *, where: str) -> None:
    """Raise where a text of the project that is written everywhere holds a sensitive name.

    Raises
    ------
    ConfigError
    """
    if any(_holds(text, names) for text in said):
        raise ConfigError(
            Text("holds the name of a sensitive area, and would be written into the results.",
                 "含有涉密区域的名称，且会写入成果。"),
            where=where, fix=Text("choose another name.", "请改用其他名称。"),
        )  # fmt: skip


def secrecy_of(districts: gpd.GeoDataFrame, limit_km2: float) -> list[dict[str, Any]]:
    """One finding when the largest unbroken area of the districts is above the limit (0: none) [km2]."""
    if not limit_km2:
        return []
    whole = shapely.get_parts(shapely.union_all(districts.geometry.array))
    largest = whole[int(np.argmax(shapely.area(whole)))]
    km2 = float(largest.area) / KM2
    if km2 <= limit_km2:
        return []
    spot = shapely.point_on_surface(largest)
    return [SECRECY.at("districts", "", spot, km2=km2, limit=limit_km2)]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _holds(value: object, names: Sequence[str]) -> bool:
    """Whether a text is a sensitive name, or contains one."""
    if not isinstance(value, str):
        return False
    text = _plain(value)
    return any(
        text.strip() == name or (len(name) >= LEAST_LETTERS and name in text)
        for name in map(_plain, names)
    )


def _inside(shapes: NDArray[np.object_], land: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Areas with more than half of their ground in the land, lines of their length, points in it."""
    flat = shapely.get_dimensions(shapes) == 2
    found = np.zeros(len(shapes), dtype=bool)
    found[flat] = holder_of(shapes[flat], land) >= 0
    rest = np.flatnonzero(~flat & ~shapely.is_missing(shapes))
    i, j = shapely.STRtree(land).query(shapes[rest], predicate="intersects")
    whole = shapely.length(shapes[rest][i])
    part = shapely.length(shapely.intersection(shapes[rest][i], land[j]))
    found[rest[i[(whole == 0) | (part > MOST * whole)]]] = True
    return found


def _emptied(
    frame: Any, columns: Sequence[str], land: NDArray[np.object_], names: Sequence[str]
) -> tuple[Any, int]:
    """A table without the texts that name something in the land, or hold one of the names."""
    if not len(frame):
        return frame, 0
    inside = np.zeros(len(frame), dtype=bool)
    if len(land):
        inside = _inside(np.asarray(frame.geometry.array, dtype=object), land)
    new, count = {}, 0
    for column in columns:
        values = frame[column].to_numpy(dtype=object).copy()
        gone = np.array([_holds(value, names) for value in values]) | inside
        count += int(pd.notna(values[gone]).sum())
        values[gone] = None
        new[column] = values
    return frame.assign(**new), count


def _masked_ids(frame: Any, column: str, names: Sequence[str]) -> tuple[Any, int]:
    """Ids that hold a name get a number in its place, the same for equal ids."""
    values = frame[column].to_numpy(dtype=object).copy() if len(frame) else np.empty(0, object)
    told = sorted({value for value in values if _holds(value, names)})
    number = {value: f"{MASK}{n + 1}" for n, value in enumerate(told)}
    masked = np.array([number.get(value, value) for value in values], dtype=object)
    return (frame.assign(**{column: masked}) if told else frame), len(told)


def _unclassed(barriers: gpd.GeoDataFrame, land: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Land in a sensitive area without a class that says what the area is."""
    if not len(barriers):
        return barriers
    inside = _inside(np.asarray(barriers.geometry.array, dtype=object), land)
    kinds = barriers["class"].to_numpy(dtype=object).copy()
    telling = [isinstance(kind, str) and any(word in kind for word in TELLING) for kind in kinds]
    kinds[inside & np.array(telling)] = None
    return barriers.assign(**{"class": kinds})


def _coded(districts: gpd.GeoDataFrame, names: Sequence[str]) -> tuple[gpd.GeoDataFrame, int]:
    """Districts that are called after a sensitive area go by their code."""
    told = np.array([_holds(name, names) for name in districts["name"]], dtype=bool)
    called = np.where(told, districts["district_code"], districts["name"])
    return (districts.assign(name=called) if told.any() else districts), int(told.sum())


def _masked_case(case: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """A finding that was written before the names were known to be sensitive."""
    texts = ("row_key", "message_en", "message_zh", "fix_en", "fix_zh")
    return {**case, **{key: _masked(str(case[key]), names) for key in texts}}


def _masked(text: str, names: Sequence[str]) -> str:
    if not _holds(text, names):
        return text
    masked = unicodedata.normalize("NFKC", text)
    for name in names:
        plain, begin = _plain(name), 0
        while len(plain) >= LEAST_LETTERS and (at := _plain(masked).find(plain, begin)) >= 0:
            masked = masked[:at] + MASK + masked[at + len(plain) :]
            begin = at + len(MASK)
    return MASK if _holds(masked, names) else masked
