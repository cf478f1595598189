"""The dashboard: one page that opens offline, with a map of the EAs by how far they are and the curve of the days."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.field.events import STAGE_WORDS
from census_gis.language import Text
from census_gis.present.bulletin import WORDS, Bulletin, sentences
from census_gis.present.webfont import filled_page
from census_gis.store.beside import write_whole

__all__ = ["write_dashboard"]

SAID = {
    "map": Text("EAs by households done", "各普查小区完成情况"), "curve": Text("households done, day by day", "每日累计登记户数"),
    "bars": Text("districts", "各普查区完成率"), "lag": Text("lagging (dark outline)", "滞后（深色边框）"),
    "title": Text("Dashboard of the field work", "普查工作进度看板"),
    "done": Text("households done", "已登记户数"), "share": Text("done", "完成率"), "finished": Text("EAs finished", "已完成小区"),
    "lagging": Text("EAs lagging", "滞后小区"), "forecast": Text("forecast", "预计完成日"),
    "tip": Text("{code}: {share:.0%}, {done} + {left} households, {who}", "{code}：{share:.0%}，已登记 {done} 户，剩余 {left} 户，{who}"),
}  # fmt: skip
STEPS = ("#e8e8e8", "#d9ebc8", "#a9d59b", "#6bb77b", "#2f8f5b", "#0f6a3e")  # none, then by fifths
MAP = (900.0, 560.0)
CURVE = (430.0, 200.0)
COARSE = 0.5  # shapes are drawn to half a pixel


def write_dashboard(bulletin: Bulletin, areas: gpd.GeoDataFrame, path: Path) -> None:
    """Write dashboard.html, whole or not at all.

    Parameters
    ----------
    bulletin
        What is told.
    areas
        Layer `enumeration_areas`; EAs without ground are not on the map.
    path
        The file.
    """
    language = bulletin.language
    row = bulletin.whole.iloc[0]
    cards = [
        (SAID["share"], f"{row['share']:.1%}"), (SAID["done"], f"{row['done']:,} / {row['total']:,}"),
        (SAID["finished"], f"{row['finished']} / {row['eas']}"), (SAID["lagging"], f"{row['lagging']}"),
        (SAID["forecast"], row["forecast"] or "–"),
    ]  # fmt: skip
    page = filled_page(
        "dashboard.html", language=language, project=bulletin.project, day=bulletin.day,
        stage=STAGE_WORDS[bulletin.stage].of(language), words={key: text.of(language) for key, text in SAID.items()},
        day_word=WORDS["day"].of(language), office=WORDS["office"].of(language),
        cards=[(name.of(language), value) for name, value in cards],
        sentences=[text.of(language) for text in sentences(bulletin)],
        map={"width": MAP[0], "height": MAP[1], "shapes": _shapes(bulletin, areas)},
        legend=_legend(), curve=_curve(bulletin.curve, int(row["total"])), bars=_bars(bulletin.districts),
    )  # fmt: skip
    write_whole(path, page.encode())


def _shapes(bulletin: Bulletin, areas: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """EAs as paths of the map, with a colour and what a pointer shows."""
    table = areas[["ea_code", "geometry"]].merge(bulletin.areas, on="ea_code")
    there = np.array([isinstance(shape, shapely.Geometry) and not shape.is_empty for shape in table["geometry"]], dtype=bool)  # fmt: skip
    table = table[there].reset_index(drop=True)
    if not len(table):
        return []
    shapes = table["geometry"].to_numpy(object)
    left, low, right, high = shapely.total_bounds(shapes)
    scale = min(MAP[0] / max(right - left, 1.0), MAP[1] / max(high - low, 1.0))
    drawn = shapely.simplify(shapes, COARSE / scale)
    tip = SAID["tip"].of(bulletin.language)
    out = []
    for shape, row in zip(drawn, table.to_dict("records"), strict=True):
        said = tip.format(code=row["ea_code"], share=row["share"], done=row["done"], left=row["remaining"], who=row["enumerator"] or "–")  # fmt: skip
        out.append({"path": _path(shape, (left, high), scale), "fill": _colour(row), "lags": bool(row["lags"]), "tip": said})  # fmt: skip
    return out


def _colour(row: dict[str, Any]) -> str:
    if row["status"] == "none":
        return STEPS[0]
    return STEPS[min(1 + int(row["share"] * (len(STEPS) - 1)), len(STEPS) - 1)]


def _path(shape: shapely.Geometry, corner: tuple[float, float], scale: float) -> str:
    rings: list[NDArray[np.float64]] = []
    for polygon in shapely.get_parts(shape):
        rings += [shapely.get_coordinates(ring) for ring in (polygon.exterior, *polygon.interiors)]
    texts = []
    for ring in rings:
        x, y = (ring[:, 0] - corner[0]) * scale, (corner[1] - ring[:, 1]) * scale
        texts.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)) + "Z")
    return "".join(texts)


def _legend() -> list[tuple[str, str]]:
    n = len(STEPS) - 1
    return [
        (STEPS[0], "0"),
        *((STEPS[k + 1], f"{k * 100 // n}–{(k + 1) * 100 // n} %") for k in range(n)),
    ]


def _curve(curve: pd.DataFrame, total: int) -> dict[str, Any]:
    """The curve as a path, with its first and last day."""
    width, height = CURVE
    frame = {"width": width, "height": height, "top": f"{total:,}"}
    if not len(curve):
        return {**frame, "path": "", "first": "", "last": "", "dots": []}
    days = pd.to_datetime(curve["day"])
    span = max((days.iloc[-1] - days.iloc[0]).days, 1)
    x = [(day - days.iloc[0]).days / span * width for day in days]
    y = [height - done / max(total, 1) * height for done in curve["done"]]
    dots = [(f"{a:.1f}", f"{b:.1f}", f"{day}: {done:,}") for a, b, day, done in zip(x, y, curve["day"], curve["done"], strict=True)]  # fmt: skip
    path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    return {**frame, "path": path, "first": curve["day"].iloc[0], "last": curve["day"].iloc[-1], "dots": dots}  # fmt: skip


def _bars(districts: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Districts, the least done first: name, share in percent, forecast."""
    table = districts.sort_values(["share", "district_code"])
    return [(row["name"] or row["district_code"], f"{row['share'] * 100:.1f}", row["forecast"] or "–") for row in table.to_dict("records")]  # fmt: skip
