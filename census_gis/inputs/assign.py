"""Which district a building belongs to, and what is odd about buildings."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.findings import Kind
from census_gis.inputs.dwellings import own_counts
from census_gis.language import Text

__all__ = ["assign_buildings", "duplicates", "odd_buildings"]

OVERLAP = 0.10  # of the smaller footprint (design note on imagery and population, 4.4)
OVERLAP_M2 = 0.5  # less is drawing noise (contract, law 2)
SMALL_M2 = 6.0
LARGE_M2 = 50_000.0
THIN_M = 0.5  # mean width 2 A / P below which a footprint is a sliver, no house
WHOLE = 1 - 1e-6  # share from which on a building lies in one district

OUTSIDE = Kind(
    "B201", "warning",
    Text("building {row} has only {share:.0%} of its area in districts and is left outside.",
         "建筑 {row} 只有 {share:.0%} 的面积在普查区内，列为区外建筑。"),
    Text("check its position and the district line.", "请核对其位置和普查区界线。"),
)  # fmt: skip
ACROSS = Kind(
    "B202", "note",
    Text("building {row} stands across a district line: {shares}; it belongs to {to}.",
         "建筑 {row} 跨普查区界线：{shares}；归入 {to}。"),
    Text("confirm with both districts.", "请与两个普查区确认。"),
)  # fmt: skip
DUPLICATE = Kind(
    "B203", "warning",
    Text("building {row} has the same outline as {kept} and counts with 0 persons.",
         "建筑 {row} 与 {kept} 轮廓完全相同，按 0 人计。"),
    Text("delete one of the two rows.", "请删除其中一行。"),
)  # fmt: skip
DUPLICATE_COUNTED = Kind(
    "B204", "error",
    Text("building {row} has the same outline as {kept}, and both have a count: its {n} persons are left out.",
         "建筑 {row} 与 {kept} 轮廓完全相同且都有人数：其 {n} 人不计入。"),
    Text("add the counts into one row.", "请将人数合并到一行。"),
)  # fmt: skip
OVERLAPPING = Kind(
    "B205", "warning",
    Text("buildings {row} and {other} overlap by {area:.1f} m² ({share:.0%} of the smaller).",
         "建筑 {row} 与 {other} 重叠 {area:.1f} 平方米（占较小者的 {share:.0%}）。"),
    Text("draw the wall between them, or delete one.", "请绘出两者之间的墙线，或删除其一。"),
)  # fmt: skip
TINY = Kind(
    "B206", "note",
    Text("building {row} has only {area:.2f} m².", "建筑 {row} 仅 {area:.2f} 平方米。"),
    Text("it may be a kiosk or a drawing error.", "可能是小棚或绘图错误。"),
)  # fmt: skip
SLIVER = Kind(
    "B207", "warning",
    Text("building {row} is a sliver, {width:.2f} m wide on average.",
         "建筑 {row} 过于狭长，平均宽度 {width:.2f} 米。"),
    Text("delete it or draw it again.", "请删除或重绘。"),
)  # fmt: skip
HUGE = Kind(
    "B208", "warning",
    Text("building {row} covers {area:.0f} m², more than one building does.",
         "建筑 {row} 占地 {area:.0f} 平方米，超出单栋建筑的规模。"),
    Text("see whether it is a compound or several buildings.", "请核对是否为院落或多栋建筑。"),
)  # fmt: skip


def assign_buildings(
    buildings: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> tuple[NDArray[Any], list[dict[str, Any]]]:
    """Give each building to the district that holds most of its area.

    Parameters
    ----------
    buildings : GeoDataFrame, n rows
        Columns `building_id`, `geometry` (valid polygons).
    districts : GeoDataFrame
        Columns `district_code`, `geometry`, without overlaps; the same CRS.

    Returns
    -------
    The code for each building, '' where at most half its area lies in districts; among equal shares the
    smallest code. And findings: buildings outside, and across a district line with all shares.
    """
    foot = np.asarray(buildings.geometry.array, dtype=object)
    land = np.asarray(districts.geometry.array, dtype=object)
    codes = districts["district_code"].astype(str).to_numpy()
    ids = buildings["building_id"].astype(str).to_numpy()
    tree = shapely.STRtree(foot)
    # Prepared districts hold most buildings whole; only the rest is measured.
    holder, held = tree.query(land, predicate="contains")
    home = np.full(len(foot), -1, dtype=np.int64)
    home[held] = holder
    j, i = tree.query(land, predicate="intersects")
    j, i = j[home[i] < 0], i[home[i] < 0]
    share = shapely.area(shapely.intersection(foot[i], land[j])) / shapely.area(foot[i])
    table = pd.DataFrame({"i": i, "j": j, "share": share, "code": codes[j]})
    table = table[table["share"] > 0]
    table["rank"] = -table["share"].round(6)
    table = table.sort_values(["i", "rank", "code"], kind="stable")
    inside = table.groupby("i")["share"].sum().reindex(np.flatnonzero(home < 0), fill_value=0.0)
    first = table.drop_duplicates("i").set_index("i")
    cases = []
    for row, total in inside.items():
        if total <= 0.5:
            cases.append(OUTSIDE.at("buildings", ids[row], foot[row], row=ids[row], share=total))
            continue
        home[row] = int(first.loc[row, "j"])
    across = table[(home[table["i"]] >= 0) & (table["share"] < WHOLE)]
    for row, group in across.groupby("i"):
        shares = ", ".join(
            f"{c} {s:.0%}" for c, s in zip(group["code"], group["share"], strict=True)
        )
        to = codes[home[row]]
        cases.append(
            ACROSS.at("buildings", ids[row], foot[row], row=ids[row], shares=shares, to=to)
        )
    return np.where(home >= 0, codes[home], ""), cases


def duplicates(
    buildings: gpd.GeoDataFrame,
) -> tuple[NDArray[np.bool_], list[dict[str, Any]]]:
    """Buildings whose outline repeats that of another row exactly.

    Of rows with one outline, the one that keeps its persons is the first by: has people counted, then has no
    count, then `building_id`.

    Parameters
    ----------
    buildings : GeoDataFrame, n rows
        Columns `building_id`, `geometry`, and `persons` where there are own counts.
    """
    ids = buildings["building_id"].astype(str).to_numpy()
    shapes = np.asarray(buildings.geometry.array, dtype=object)
    counts = own_counts(buildings, "persons")
    # Equal outlines have equal boxes, and few others have.
    rows = np.flatnonzero(pd.DataFrame(shapely.bounds(shapes)).duplicated(keep=False))
    outline = shapely.to_wkb(shapely.normalize(shapes[rows]))
    # A row that was set to 0 before, as a duplicate, stays the duplicate.
    rank = np.where(counts > 0, 0, np.where(np.isnan(counts), 1, 2))[rows]
    table = pd.DataFrame({"outline": outline, "rank": rank, "id": ids[rows]}, index=rows)
    table = table.sort_values(["rank", "id"], kind="stable")
    kept = ids.copy()
    kept[table.index] = table.groupby("outline")["id"].transform("first")
    again = kept != ids
    cases = []
    for i in np.flatnonzero(again):
        kind = DUPLICATE_COUNTED if counts[i] > 0 else DUPLICATE
        n = int(counts[i]) if counts[i] > 0 else 0
        shape = buildings.geometry.iloc[i]
        cases.append(kind.at("buildings", ids[i], shape, row=ids[i], kept=kept[i], n=n))
    return again, cases


def odd_buildings(buildings: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Findings on single footprints and pairs: tiny, slivers, huge, overlapping by more than 10 %.

    Parameters
    ----------
    buildings : GeoDataFrame
        Columns `building_id`, `geometry`; exact duplicates left out (they have a finding of their own).
    """
    shape = np.asarray(buildings.geometry.array, dtype=object)
    ids = buildings["building_id"].astype(str).to_numpy()
    area = shapely.area(shape)
    width = 2 * area / np.maximum(shapely.length(shape), 1e-9)
    cases = []
    for kind, rows in (
        (TINY, area < SMALL_M2), (SLIVER, (area >= SMALL_M2) & (width < THIN_M)), (HUGE, area > LARGE_M2),
    ):  # fmt: skip
        for i in np.flatnonzero(rows):
            words = {"row": ids[i], "area": area[i], "width": width[i]}
            cases.append(kind.at("buildings", ids[i], shape[i], **words))
    one, two = shapely.STRtree(shape).query(shape, predicate="intersects")
    pair = ids[one] < ids[two]
    one, two = one[pair], two[pair]
    meet = ~shapely.touches(shape[one], shape[two])
    one, two = one[meet], two[meet]
    ground = shapely.intersection(shape[one], shape[two])
    common, least = shapely.area(ground), np.minimum(area[one], area[two])
    for k in np.flatnonzero((common > OVERLAP * least) & (common > OVERLAP_M2)):
        words = {"row": ids[one[k]], "other": ids[two[k]], "area": common[k]}
        share = common[k] / least[k]
        cases.append(OVERLAPPING.at("buildings", ids[one[k]], ground[k], share=share, **words))
    return cases
