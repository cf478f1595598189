"""Districts as a table: codes that are codes, totals that are numbers, one shared line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.columns import as_text, numbers, strict_counts, text_column
from census_gis.inputs.districts import close_districts
from census_gis.inputs.layers import Cases, Ground, longitude_of, read_layers
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import Profile
from census_gis.tables import conform

__all__ = ["read_districts"]

COLUMNS = ("district_code", "name", "persons", "persons_away", "households", "stratum")
COUNTS = ("persons", "persons_away", "households")
LEAST_DIGITS = 3  # 001, 002 … where the profile allows any code

NUMBERED = Kind(
    "D101", "warning",
    Text("district '{name}' has no code; it was numbered {code}, from the north-west.",
         "普查区“{name}”没有代码，已从西北角起编为 {code}。"),
    Text("give it its official code.", "请填写正式代码。"),
)  # fmt: skip


TINY = Kind(
    "D303", "warning",
    Text("district {code} covers only {area:.1f} m².", "普查区 {code} 的面积只有 {area:.1f} 平方米。"),
    Text("delete what was drawn by mistake, or draw the district again.", "如为误绘请删除，否则请重绘该普查区。"),
)  # fmt: skip
WIDEST_M = 500_000.0  # beyond this lengths in the plane are no lengths any more
LEAST_M2 = 500.0  # less is no district but a slip of the pen: a house and its yard need as much


def read_districts(
    sources: Source | Sequence[Source], profile: Profile, *, crs: str | None, snap_m: float
) -> tuple[gpd.GeoDataFrame, Ground, Cases]:
    """Table DISTRICTS, ordered by code, closed to one line, and where the project lies.

    Besides the table's columns `persons_given`, `persons_away_given` and `households_given` keep what was read.

    Raises
    ------
    InputError
        As `read_layer`; a count that is no number; a code twice or, where the profile fixes the number of digits,
        of another length.
    """
    ground = Ground(wanted=crs)
    frame, cases = read_layers("districts", sources, COLUMNS, ground=ground, wanted="area")
    ground = Ground(frame.crs, longitude_of(frame), crs)
    where = sources.label if isinstance(sources, Source) else sources[0].label
    _refuse_scattered(frame, where)
    codes, told = _codes(frame, profile["code.district_digits"], where)
    frame["district_code"], frame["_key"] = codes, codes
    frame["name"] = _or(frame, "name", codes)
    cases += told
    for name in COUNTS:
        values, told = _strict(frame, name, where)
        frame[name] = values
        frame[f"{name}_given"] = values
        cases += told
    if "stratum" in frame:
        frame["stratum"] = as_text(frame["stratum"])
    frame = frame.drop(columns=["_row", "_key", "_source"]).sort_values("district_code")
    frame, told = close_districts(frame.reset_index(drop=True), snap_m=snap_m, where=where)
    cases += told
    for row in frame[frame.geometry.area < LEAST_M2].itertuples():
        words = {"code": row.district_code, "area": row.geometry.area}
        cases.append(TINY.at("districts", row.district_code, row.geometry, **words))
    return conform(frame, "DISTRICTS"), ground, cases


def _refuse_scattered(frame: gpd.GeoDataFrame, where: str) -> None:
    """Stop where a district has parts in another part of the country."""
    box = shapely.bounds(np.asarray(frame.geometry.array, dtype=object))
    across = np.hypot(*(box[:, 2:] - box[:, :2]).T)
    far = across > WIDEST_M
    if far.any():
        km = float(across.max()) / 1000
        raise InputError(
            Text(f"a district reaches over {km:,.0f} km.", f"有普查区跨度达 {km:,.0f} 千米。"),
            where=where, rows=frame["_key"].to_numpy()[far],
            fix=Text("look for a part that strayed (QGIS: Multipart to Singleparts), and delete it.",
                     "请查找偏离的部件（QGIS：多部件转单部件）并删除。"),
        )  # fmt: skip


def _or(frame: pd.DataFrame, column: str, other: NDArray[Any]) -> NDArray[Any]:
    texts = text_column(frame, column)
    return np.where(pd.isna(texts), other, texts)


def _codes(frame: gpd.GeoDataFrame, digits: int, where: str) -> tuple[NDArray[Any], Cases]:
    """A code for each district: the given one, else a number from the north-west."""
    given = text_column(frame, "district_code")
    known = pd.Series([code for code in given if code is not None], dtype=object)
    twice = sorted(set(known[known.duplicated()]))
    if twice:
        raise InputError(
            Text(f"{len(twice)} district codes occur in several rows.", f"{len(twice)} 个普查区代码重复出现。"),
            where=where, rows=twice,
            fix=Text("merge the rows of one district into a MultiPolygon, or correct the code.",
                     "请将同一普查区的各行合并为多部件面，或更正代码。"),
        )  # fmt: skip
    wrong = [code for code in known if digits and not (len(code) == digits and code.isdecimal())]
    if wrong:
        raise InputError(
            Text(f"{len(wrong)} district codes do not have {digits} digits.",
                 f"{len(wrong)} 个普查区代码不是 {digits} 位数字。"),
            where=where, rows=wrong,
            fix=Text("correct the codes, or set code.district_digits under [rules].",
                     "请更正代码，或在 [rules] 中设置 code.district_digits。"),
        )  # fmt: skip
    nameless = np.flatnonzero([code is None for code in given])
    centre = shapely.centroid(np.asarray(frame.geometry.array, dtype=object)[nameless])
    # South-eastward distance from the north-west; the shape itself breaks ties.
    rank = np.lexsort((shapely.get_x(centre), shapely.get_x(centre) - shapely.get_y(centre)))
    width = digits or max(LEAST_DIGITS, len(str(len(frame))))
    taken, number, cases = set(known), 0, []
    codes = given.copy()
    for row in nameless[rank]:
        number += 1
        while f"{number:0{width}d}" in taken:
            number += 1
        codes[row] = f"{number:0{width}d}"
        name = frame["name"].iloc[row] if "name" in frame else ""
        shape = frame.geometry.iloc[row]
        cases.append(NUMBERED.at("districts", codes[row], shape, name=name, code=codes[row]))
    return codes, cases


def _strict(frame: pd.DataFrame, column: str, where: str) -> tuple[Any, Cases]:
    """A control total is a number or nothing; anything else stops."""
    if column not in frame:
        return pd.array([None] * len(frame), dtype="Int64"), []
    value = strict_counts(frame, column, where=where)
    _, cases = numbers(frame, column, "count", layer="districts", least=0)
    return pd.array(value, dtype="Float64").astype("Int64"), cases
