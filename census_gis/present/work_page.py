"""Work of a plan as its report shows it: minutes in five parts, how evenly they lie on people and crews, where crews are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from census_gis.field.minutes import PARTS
from census_gis.field.responsibility import crew_loads, spread
from census_gis.field.staffing import UNSTAFFED
from census_gis.language import Language, Text
from census_gis.present.svg_chart import face, svg_of

__all__ = ["WORK_WORDS", "work_record", "work_view"]

WORK_WORDS: dict[str, Text] = {
    "work": Text("Working time", "工作时间"),
    "work_note": Text("Minutes are estimates from rules work.* of the profile (below, with sources); a pilot makes them better. "
                      "Low and high hold for each EA by itself: four EAs in five take more than the low, four in five less than the high.",
                      "时间按规则模板中 work.* 各项推算（见下文规则及依据），经试点校正后更准。上下限针对单个小区：约五分之四的小区不低于下限，五分之四不高于上限。"),
    "part": Text("part", "构成"), "hours": Text("hours in all", "合计（小时）"), "share": Text("share", "占比"),
    "mean_ea": Text("minutes per EA", "平均每小区（分钟）"), "range_ea": Text("smallest - largest EA", "小区最小至最大（分钟）"),
    "even": Text("How evenly work lies", "工作量是否均衡"),
    "who": Text("who", "对象"), "n": Text("number", "个数"), "mean_load": Text("mean [min]", "平均（分钟）"),
    "range_load": Text("least - most [min]", "最少至最多（分钟）"), "over": Text("most / mean", "最多与平均之比"), "cv": Text("spread (CV)", "变异系数"),
    "crews_map": Text("Crews", "普查组分布"),
    "crews_note": Text("One colour for each crew; lines are those of EAs.", "同色为同一普查组；细线为小区界线。"),
}  # fmt: skip
PART_NAMES: dict[str, Text] = {
    "interview": Text("listing and forms", "摸底与登记"), "walking": Text("from door to door, stairs", "走访与上下楼"),
    "callbacks": Text("further visits", "补访"), "travel": Text("ways to the EA and back", "往返小区"),
    "fixed": Text("meetings, hand-over, other doors", "会议、交接与非住宅门户"), "minutes": Text("all", "合计"),
}  # fmt: skip
GROUPS: dict[str, Text] = {
    "enumerators_before": Text("enumerators, one EA each, cut by persons only", "普查员：每人一个小区（仅按人数划分）"),
    "enumerators": Text("enumerators, as assigned", "普查员：实际分派"),
    "crews_before": Text("crews, in the order of codes", "普查组：按代码顺序编组"),
    "crews": Text("crews, as formed", "普查组：实际编组"),
}  # fmt: skip
ENDS = Text("{low:,.0f} - {high:,.0f}", "{low:,.0f} 至 {high:,.0f}")
BEFORE, AFTER = "#b9a27c", "#4d7ea8"
CREW_COLOURS = (
    "#8fb8d8",
    "#e3b778",
    "#a5c99a",
    "#d79a94",
    "#b9a6d1",
    "#d6cf86",
    "#93c9c4",
    "#d3a5c0",
)
MAP_PIXELS = 700  # what is smaller than half of one is not drawn
MOST_LABELLED = 40


def work_record(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any] | None:
    """Minutes of a plan for machines: five parts, bounds, and the spread of loads; null before staffing.

    Parameters
    ----------
    tables
        Layers of a plan.
    """
    areas = _timed(tables)
    if not len(areas):
        return None
    loads = _loads(tables, areas)
    return {
        "unit": "min", "eas": len(areas), "eas_without_minutes": int(tables["enumeration_areas"]["minutes"].isna().sum()),
        **{name: round(float(areas[_column(name)].sum()), 1) for name in (*PARTS, "minutes")},
        "walk_m": round(float(areas["walk_m"].sum()), 1),
        "of_an_ea": {name: round(float(areas[name].mean()), 1) for name in ("minutes_low", "minutes", "minutes_high")},
        "spread": {name: _spread(load) for name, load in loads.items() if len(load)},
    }  # fmt: skip


def work_view(tables: Mapping[str, pd.DataFrame], language: Language) -> dict[str, Any] | None:
    """What the page shows: rows of parts and of loads, chart and map; None before staffing."""
    areas = _timed(tables)
    if not len(areas):
        return None
    loads = {name: load for name, load in _loads(tables, areas).items() if len(load)}
    return {
        "parts": _part_rows(areas, language),
        "loads": [_load_row(name, load, language) for name, load in loads.items()],
        "chart": _chart(loads, language), "map": _map(tables) if len(tables["crews"]) else "",
    }  # fmt: skip


def _timed(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """EAs with minutes of work; in special ones with nobody to count there is none."""
    areas = pd.DataFrame(tables["enumeration_areas"])
    return areas[areas["minutes"].notna() & (areas["minutes"] > 0)]


def _column(part: str) -> str:
    return part if part == "minutes" else f"minutes_{part}"


def _loads(
    tables: Mapping[str, pd.DataFrame], areas: pd.DataFrame
) -> dict[str, NDArray[np.float64]]:
    """Minutes of each enumerator and each crew, as they would be without assignment and as they are."""
    given = areas[areas["enumerator"].notna() & (areas["enumerator"] != UNSTAFFED)]
    crews = crew_loads(tables) if len(tables["crews"]) else pd.DataFrame()
    known = crews[crews["load"] > 0] if len(crews) else crews
    none = np.empty(0)
    return {
        "enumerators_before": areas["minutes"].to_numpy(np.float64),
        "enumerators": given.groupby("enumerator")["minutes"].sum().to_numpy(np.float64),
        "crews_before": known["load_by_code"].to_numpy(np.float64) if len(known) else none,
        "crews": known["load"].to_numpy(np.float64) if len(known) else none,
    }


def _spread(load: NDArray[np.float64]) -> dict[str, float | int]:
    over, cv = spread(load)
    return {
        "n": len(load), "least": round(float(load.min()), 1), "mean": round(float(load.mean()), 1),
        "most": round(float(load.max()), 1), "most_over_mean": round(over, 3), "cv": round(cv, 4),
    }  # fmt: skip


def _part_rows(areas: pd.DataFrame, language: Language) -> list[tuple[str, ...]]:
    """Name, hours, share, mean and range for each part, the whole last."""
    whole = float(areas["minutes"].sum())
    rows = []
    for part in (*PARTS, "minutes"):
        minutes = areas[_column(part)].to_numpy(np.float64)
        rows.append((
            PART_NAMES[part].of(language), f"{minutes.sum() / 60:,.0f}", f"{minutes.sum() / whole:.1%}",
            f"{minutes.mean():,.0f}", _between(minutes, language),
        ))  # fmt: skip
    bounds = areas[["minutes_low", "minutes_high"]].mean()
    held = Text("low - high of an EA, in the mean", "单个小区下限至上限（平均）").of(language)
    ends = ENDS.format(low=bounds["minutes_low"], high=bounds["minutes_high"])
    return [*rows, (held, "", "", ends.of(language), "")]


def _load_row(name: str, load: NDArray[np.float64], language: Language) -> tuple[str, ...]:
    over, cv = spread(load)
    return (
        GROUPS[name].of(language), f"{len(load):,}", f"{load.mean():,.0f}", _between(load, language),
        f"{over:.2f}", f"{cv:.1%}",
    )  # fmt: skip


def _between(values: NDArray[np.float64], language: Language) -> str:
    return ENDS.format(low=values.min(), high=values.max()).of(language)


def _chart(loads: Mapping[str, NDArray[np.float64]], language: Language) -> str:
    """Loads over their mean, before and after, for enumerators and for crews: narrower is fairer."""
    pairs = [kind for kind in ("enumerators", "crews") if kind in loads]
    figure = Figure(figsize=(7.2, 0.6 + 1.5 * len(pairs)), layout="constrained")
    shares = {name: load / load.mean() for name, load in loads.items()}
    most = max(float(share.max()) for share in shares.values())
    bins = np.linspace(0, max(2.0, np.ceil(most * 10) / 10), 41)
    for axes, kind in zip(
        np.atleast_1d(figure.subplots(len(pairs), 1, sharex=True)), pairs, strict=True
    ):
        for name, colour, filled in ((f"{kind}_before", BEFORE, True), (kind, AFTER, False)):
            counts, _ = np.histogram(shares[name], bins)
            axes.stairs(
                counts, bins, fill=filled, color=colour, lw=1.8, label=GROUPS[name].of(language)
            )
        axes.axvline(1, color="#b03030", lw=0.8)
        axes.legend(prop=face(8.5), frameon=False, loc="upper right")
        axes.spines[["top", "right"]].set_visible(False)
        axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel(
        Text("minutes over the mean", "工作时间与平均之比").of(language), fontproperties=face()
    )
    return svg_of(figure)


def _map(tables: Mapping[str, pd.DataFrame]) -> str:
    """Crews in colours that differ between neighbours, with EA lines and, where they are few, their supervisors."""
    crews = tables["crews"]
    crews = crews[crews.geometry.notna().to_numpy()].sort_values("supervisor")
    left, low, right, top = tables["districts"].total_bounds
    step = max(right - left, top - low, 1.0) / MAP_PIXELS / 2
    shapes = shapely.simplify(crews.geometry.to_numpy(), step)
    lines = shapely.simplify(tables["ea_lines"].geometry.to_numpy(), step)
    figure = Figure(figsize=(7.2, 7.2 * min(1.6, max(0.4, (top - low) / max(right - left, 1.0)))))
    axes = figure.add_axes((0, 0, 1, 1))
    rings, owner = _rings(shapes)
    colours = [CREW_COLOURS[n] for n in _colours(crews.geometry.to_numpy())]
    axes.add_collection(
        PolyCollection(rings, facecolors=[colours[n] for n in owner], edgecolors="none")
    )
    pieces = shapely.get_parts(lines[~(shapely.is_missing(lines) | shapely.is_empty(lines))])
    axes.add_collection(
        LineCollection([shapely.get_coordinates(line) for line in pieces], colors="#ffffff", lw=0.6)
    )
    edges = shapely.get_parts(shapely.boundary(shapes))
    axes.add_collection(
        LineCollection([shapely.get_coordinates(line) for line in edges], colors="#3d4a52", lw=0.9)
    )
    if len(crews) <= MOST_LABELLED:
        for name, spot in zip(crews["supervisor"], shapely.point_on_surface(shapes), strict=True):
            axes.text(
                spot.x, spot.y, str(name), ha="center", va="center", fontproperties=face(7.5),
                parse_math=False,
            )  # fmt: skip
    axes.set_xlim(left - step, right + step)
    axes.set_ylim(low - step, top + step)
    axes.set_aspect("equal")
    axes.axis("off")
    return svg_of(figure)


def _rings(shapes: NDArray[np.object_]) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Outer rings of multipolygons, and the shape each belongs to; largest first, so that what lies inside stays visible."""
    pieces, owner = shapely.get_parts(shapes, return_index=True)
    order = np.argsort(-shapely.area(pieces), kind="stable")
    rings = shapely.get_exterior_ring(pieces[order])
    return [shapely.get_coordinates(ring) for ring in rings], owner[order]


def _colours(shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """A colour for each shape, other than its neighbours' as far as there are enough, used evenly."""
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    chosen = np.full(len(shapes), -1, dtype=np.int64)
    for n in range(len(shapes)):
        beside = chosen[second[(first == n) & (second < n)]]
        used = np.bincount(chosen[:n][chosen[:n] >= 0], minlength=len(CREW_COLOURS))
        order = np.lexsort([np.arange(len(used)), used, np.isin(np.arange(len(used)), beside)])
        chosen[n] = order[0]
    return chosen
