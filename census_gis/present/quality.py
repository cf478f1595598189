"""What became of map books: what is led out, small, cut off or missing; and how much ground they lay open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.present.book import BookReport
from census_gis.present.sheet import SheetReport

__all__ = ["COVER", "INCOMPLETE", "book_quality", "continuous_cover", "faulty", "quality"]

# Larger ones are "large-scale" in the rule on secrecy [list of state secrets of surveying, China 2020].
LARGE_SCALE = 5000
SIDES = ("x0", "y0", "x1", "y1")
Frame = tuple[float, float, float, float]

COVER = Kind(
    "M101", "warning",
    Text("sheets at 1:5,000 or larger cover {km2:.1f} km2 without a gap; from {limit:g} km2 such maps may be secret",
         "1:5000 及更大比例尺的图连续覆盖 {km2:.1f} 平方千米；达到 {limit:g} 平方千米可能涉密"),
    Text("ask the surveying authority; print fewer districts together, or set `sheet.secrecy`",
         "请咨询测绘主管部门；减少一并印制的普查区，或设置 `sheet.secrecy`"),
)  # fmt: skip

INCOMPLETE = Kind(
    "M102", "error",
    Text("map books lack something: {dropped} building numbers without a place, {cut} EAs not wholly on their maps, "
         "{differ} building tables that differ from their maps",
         "图册不完整：{dropped} 个建筑物编号无处可放，{cut} 个普查小区未完整落在图内，{differ} 个建筑物表与图不一致"),
    Text("look up the sheets in quality.json; print them on A3 (`sheet.paper`, `sheet.larger`), or correct the buildings named",
         "在 quality.json 中查找这些图；改用 A3（`sheet.paper`、`sheet.larger`），或改正所列建筑物"),
)  # fmt: skip


def quality(reports: Sequence[BookReport]) -> dict[str, Any]:
    """Sums over books, and the codes of sheets somebody should look at before printing.

    Returns
    -------
    dict
        `sheets_cut`: EAs that are not wholly in the frames of their maps; `tables_differ`: EAs with other
        buildings in the table than on the maps; `changed`: sheets whose content is not what was
        printed before.
    """
    sheets = [sheet for report in reports for sheet in report.sheets]
    prints = [one for report in reports for one in report.prints]
    both = list(zip(sheets, prints, strict=True))
    least = [sheet.least_size for sheet in sheets if sheet.least_size > 0]
    shares = [sheet.led_out / sheet.numbers for sheet in sheets if sheet.numbers]
    return {
        "books": len(reports), "pages": sum(report.pages for report in reports), "sheets": len(sheets),
        "numbers": sum(sheet.numbers for sheet in sheets),
        "numbers_led_out": sum(sheet.led_out for sheet in sheets),
        "most_led_out_share": round(max(shares), 3) if shares else 0.0,
        "numbers_dropped": sum(report.dropped for report in reports),
        "smallest_type_pt": round(min(least), 2) if least else None,
        "characters_missing": "".join(sorted({c for report in reports for c in report.missing_characters})),
        "sheets_cut": [sheet.ea_code for sheet, one in both if not one.whole],
        "tables_differ": [
            sheet.ea_code
            for report in reports
            for sheet in report.sheets
            if sheet.ea_code != report.district_code and not _agrees(sheet)
        ],
        "books_written": sum(report.written for report in reports),
        "changed": [sheet.ea_code for sheet, one in both if one.changed],
    }  # fmt: skip


def book_quality(report: BookReport) -> dict[str, Any]:
    """The same of one book, with a line for each sheet."""
    lines = []
    for sheet, one in zip(report.sheets, report.prints, strict=True):
        lines.append({
            "code": sheet.ea_code, "page": sheet.page, "pages": sheet.pages, "version": one.known.version,
            "digest": one.known.digest, "numbers": sheet.numbers, "led_out": sheet.led_out,
            "dropped": list(sheet.dropped), "other_names": sheet.others,
            "other_names_dropped": sheet.others_dropped,
            "smallest_type_pt": round(sheet.least_size, 2) if 0 < sheet.least_size < 99 else None,
            "rows_in_table": sheet.rows, "buildings_on_map": _on_map(sheet), "in_frame": one.whole,
            "details": sheet.details,
        })  # fmt: skip
    return {
        "file": report.path.name,
        "title": report.title,
        **quality([report]),
        "of_sheets": lines,
    }


def faulty(books: Mapping[str, Any]) -> bool:
    """Whether a book does not hold what it should: a number, part of an EA, a row."""
    return any(books.get(key) for key in ("numbers_dropped", "sheets_cut", "tables_differ"))


def _on_map(sheet: SheetReport) -> int:
    return sheet.numbers + len(sheet.dropped)


def _agrees(sheet: SheetReport) -> bool:
    """Whether the maps have every building of an EA's table that stands somewhere, and no other."""
    return _on_map(sheet) == sheet.rows - sheet.placeless


def _ground(row: Mapping[str, str]) -> list[tuple[int, Frame]]:
    """Scale and ground of each map of a sheet in sheet_index.csv: the main map, then details or panels."""
    main = " ".join([row["scale"], *(row[side] for side in SIDES)])
    maps = []
    for words in (main, *(row.get("details") or "").split(";")):
        if words:
            scale, *ground = words.split()
            west, south, east, north = map(float, ground)
            maps.append((int(scale), (west, south, east, north)))
    return maps


def continuous_cover(
    reports: Sequence[BookReport],
    kept: Sequence[Mapping[str, str]] = (),
    districts: pd.DataFrame | None = None,
) -> float:
    """Largest ground without a gap that large-scale maps show [km2], details and panels included.

    Parameters
    ----------
    kept
        Rows of sheet_index.csv for books that lie beside these and were not made now.
    districts
        Layer of the plan: a row that says no ground, as those of books for the field, counts as its whole district.
    """
    shown = [
        one
        for report in reports
        for sheet in report.sheets
        for one in ((sheet.scale, sheet.frame), *sheet.others_shown)
    ]
    told = [all(row[side] for side in SIDES) for row in kept]
    shown += [one for row, known in zip(kept, told, strict=True) if known for one in _ground(row)]
    frames = [ground for scale, ground in shown if scale <= LARGE_SCALE]
    silent = {Path(row["file"]).stem for row, known in zip(kept, told, strict=True)
              if not known and int(row["scale"]) <= LARGE_SCALE}  # fmt: skip
    shapes = list(shapely.box(*np.array(frames).T)) if frames else []
    if districts is not None:
        shapes += list(districts.loc[districts["district_code"].isin(silent), "geometry"])
    if not shapes:
        return 0.0
    return float(shapely.area(shapely.get_parts(shapely.union_all(shapes))).max()) / 1e6
