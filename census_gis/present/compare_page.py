"""A comparison for people: one page that opens offline with a map, a picture, and the concordance as tables."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.areas.compare import COLOURS, STATUS, Comparison
from census_gis.areas.score import TERMS
from census_gis.language import Language, Text, counted
from census_gis.present.exchange.fields import plain_text
from census_gis.present.lists import sheet_file
from census_gis.present.score_page import unit_in_brackets
from census_gis.present.webfont import filled_page

__all__ = ["WORDS", "terms_in_words", "write_comparison"]

WORDS: dict[str, Text] = {
    "title": Text("Two plans compared", "方案对比"), "old": Text("old", "旧方案"), "new": Text("new", "新方案"),
    "difference": Text("difference", "差值"), "term": Text("term", "指标"), "terms": Text("Term by term", "逐项指标"),
    "map": Text("What became of each EA", "各普查小区的变化"), "eas": Text("EA by EA", "逐个普查小区"),
    "moved": Text("persons moved to another EA", "改变所属小区的人数"), "unknown": Text("not known", "未知"),
    "status": Text("what became of it", "变化"), "concordance": Text("Concordance old EA - new EA", "新旧普查小区对照表"),
    "old_ea": Text("old EA", "原普查小区"), "new_ea": Text("new EA", "现普查小区"),
    "persons_before": Text("persons before", "原人数（人）"), "persons_after": Text("persons now", "现人数（人）"),
    "moved_in": Text("of them from elsewhere", "其中由他区划入（人）"), "buildings": Text("buildings", "建筑物（栋）"),
    "ground_m2": Text("ground in only one [m2]", "范围变动（平方米）"),
    "share_of_old": Text("share of the old EA", "占原小区比例"), "share_of_new": Text("share of the new EA", "占现小区比例"),
    "unchanged": Text("EAs that are the same are not listed.", "未变的普查小区不列出。"),
    "more": Text("and {n} more, see the tables", "另有 {n} 个，见表格"), "none": Text("Nothing changed.", "没有变化。"),
    "office": Text("Internal: for the census office only.", "内部资料，仅供普查机构使用。"),
}  # fmt: skip
CONCORDANCE = (
    "old_ea", "new_ea", "persons_before", "persons_after", "buildings", "share_of_old", "share_of_new",
)  # fmt: skip
EAS = ("status", "old_ea", "new_ea", "persons_before", "persons_after", "moved", "ground_m2")
MOST_ROWS = 500  # of the page; the tables hold all
PIXELS = 1000  # width of the map


def write_comparison(
    found: Comparison, folder: Path, *, names: tuple[str, str], language: Language, noun: str
) -> tuple[Path, ...]:
    """index.html, map.png, concordance.xlsx and .csv, eas.xlsx.

    Parameters
    ----------
    names
        What the two plans are called.
    noun
        What the census counts (rule `load.noun`).

    Returns
    -------
    Paths of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(
        folder / name
        for name in ("index.html", "map.png", "concordance.xlsx", "concordance.csv", "eas.xlsx")
    )
    files[0].write_text(_page(found, names, language, noun), encoding="utf-8")
    found.plot().savefig(files[1], dpi=200, metadata={"Software": None})
    said = {name: counted(text, noun) for name, text in WORDS.items()}
    shares = found.concordance.assign(**{
        name: found.concordance[name].astype("float64").round(4) for name in ("share_of_old", "share_of_new")})  # fmt: skip
    note = [Text(f"{names[0]} - {names[1]}", f"{names[0]} 至 {names[1]}")]
    sheet_file(shares, files[2], title=Text("Concordance", "对照表"), language=language,
               columns={name: said[name] for name in CONCORDANCE}, notes=note)  # fmt: skip
    _write_csv(shares, files[3])
    rows = pd.DataFrame(found.eas.drop(columns="geometry"))
    rows["status"] = [STATUS[status].of(language) for status in rows["status"]]
    heads = {name: said["moved_in" if name == "moved" else name] for name in EAS}
    sheet_file(
        rows, files[4], title=Text("EAs", "普查小区"), columns=heads, language=language, notes=note
    )
    return files


def terms_in_words(found: Comparison, language: Language, noun: str) -> list[tuple[str, ...]]:
    """Each term with its unit: old, new, difference."""
    rows: list[tuple[str, ...]] = []
    for name, term in TERMS.items():
        head = counted(term.title, noun).of(language) + unit_in_brackets(name, language, noun)
        cells = [found.terms.at[name, column] for column in ("old", "new", "difference")]
        signs = ("", "", "+" if cells[2] else "")
        shown = [WORDS["unknown"].of(language) if pd.isna(cell) else f"{cell:{sign},.0f}"
                 for cell, sign in zip(cells, signs, strict=True)]  # fmt: skip
        rows.append((head, *shown))
    return rows


def _page(found: Comparison, names: tuple[str, str], language: Language, noun: str) -> str:
    """The page; nothing in it is fetched from elsewhere."""
    listed = found.eas[found.eas["status"] != "same"]
    shown = listed.head(MOST_ROWS)
    more = len(listed) - len(shown)
    rows = [
        (STATUS[row["status"]].of(language), row["old_ea"] or "–", row["new_ea"] or "–", f"{row['persons_before']:,}",
         f"{row['persons_after']:,}", f"{row['moved']:,}", f"{row['ground_m2']:,.0f}")
        for row in _plain(shown)
    ]  # fmt: skip
    return filled_page(
        "compare.html", language=language, names=names, svg=_svg(found, language, noun),
        words={name: counted(text, noun).of(language) for name, text in WORDS.items()},
        terms=terms_in_words(found, language, noun), rows=rows,
        counts=[(COLOURS[name], STATUS[name].of(language), f"{n:,}") for name, n in found.counts.items()],
        moved=f"{found.moved:,}", notes=[note.of(language) for note in found.notes],
        more=WORDS["more"].format(n=more).of(language) if more else "",
    )  # fmt: skip


def _plain(table: pd.DataFrame) -> list[Mapping[str, Any]]:
    frame = pd.DataFrame(table.drop(columns="geometry")).astype(object)
    return [dict(row) for row in frame.where(frame.notna(), None).to_dict("records")]


def _svg(found: Comparison, language: Language, noun: str) -> list[dict[str, str]]:
    """Shapes of the map with colour and what they say when pointed at; `head` is the frame of all."""
    eas = found.eas[found.eas.geometry.notna()]
    shapes = np.asarray(eas.geometry, object)
    left, bottom, right, top = shapely.total_bounds(shapes)
    scale = PIXELS / max(right - left, top - bottom, 1e-9)
    thin = shapely.simplify(shapes, 0.5 / scale)
    people = counted(Text("{a} -> {b} persons", "{a} → {b} 人"), noun)
    drawn = []
    # Those that are gone on top.
    order = np.argsort(eas["status"].to_numpy(object) == "gone", kind="stable")
    for at, row in zip(order, _plain(eas.iloc[order]), strict=True):
        codes = " → ".join(dict.fromkeys(code for code in (row["old_ea"], row["new_ea"]) if code))
        words = people.format(a=row["persons_before"], b=row["persons_after"]).of(language)
        drawn.append({
            "d": _path(thin[at], (left, top), scale), "colour": COLOURS[row["status"]],
            "gone": "1" if row["status"] == "gone" else "",
            "said": f"{codes}: {STATUS[row['status']].of(language)}, {words}",
        })  # fmt: skip
    head = {"width": f"{(right - left) * scale:.0f}", "height": f"{(top - bottom) * scale:.0f}"}
    return [head, *drawn]


def _path(shape: shapely.Geometry, origin: tuple[float, float], scale: float) -> str:
    """An SVG path of the rings of an area."""
    rings: NDArray[np.object_] = shapely.get_rings(shapely.get_parts(shape))
    pieces = []
    for ring in rings:
        xy = (shapely.get_coordinates(ring) - origin) * (scale, -scale)
        pieces.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy[:-1]) + "Z")
    return "".join(pieces)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    """UTF-8 with the mark by which spreadsheets know it; no text is taken for a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(CONCORDANCE)
        for row in table[list(CONCORDANCE)].astype(object).itertuples(index=False):
            out.writerow(["" if pd.isna(cell) else plain_text(cell) for cell in row])
