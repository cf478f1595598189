"""The county's report package: polygons from the bottom up, list of districts, note of differences, one zip.

After the 2010 report packages: three polygon layers, a table in which only ``xiaoqu_num`` is filled in, and a
note comparing number, name, code and area with what was issued.
"""

from __future__ import annotations

import csv
import re
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from census_gis.language import Language, Text
from census_gis.present.exchange.differences import Issued
from census_gis.present.exchange.fields import plain_text
from census_gis.present.exchange.folder import digest, files_in
from census_gis.present.exchange.geojson import plain_value
from census_gis.present.exchange.note import write_note
from census_gis.present.exchange.own_list import COLUMN, Filled
from census_gis.present.exchange.readme import write_readme
from census_gis.present.exchange.shapefile import Shapefiles, write_layer
from census_gis.present.exchange.source import Loss, PlanSource
from census_gis.present.exchange.upward import Levels, built_up
from census_gis.present.exchange.workbook import EPOCH, Sheet, save_workbook
from census_gis.present.words import STATES

__all__ = ["Order", "write_package"]

MANIFEST = "MANIFEST.sha256"
FROZEN = ("approved", "reported")
LIST_COLUMNS: dict[str, Text] = {
    "code": Text("district code", "普查区代码"), "name": Text("district", "普查区名称"),
    COLUMN: Text("EAs (xiaoqu_num)", "普查小区数（xiaoqu_num）"),
    "township_code": Text("township code", "乡级代码"), "township": Text("township", "乡级名称"),
    "ground": Text("of them on the ground", "其中一般小区"), "stacked": Text("stacked", "叠层小区"),
    "virtual": Text("virtual", "虚拟小区"), "persons": Text("persons", "人数（人）"),
    "area_m2": Text("area [m2]", "面积（平方米）"),
}  # fmt: skip


@dataclass(frozen=True)
class Order:
    """What goes into a package beside the plan: what was issued, the office's own list, encoding, language."""

    issued: Issued = field(default_factory=Issued)
    own_list: Callable[[dict[str, int]], Filled] | None = None
    encoding: str = "utf-8"
    language: Language = "zh"


def write_package(
    plan: PlanSource, folder: Path, order: Order, *, advance: Callable[[str], None]
) -> list[Loss]:
    """report_package_COUNTY.zip, its hash, and what it lost; the same plan gives the same bytes."""
    levels = built_up(plan)
    work = folder / "work"
    work.mkdir()
    files = Shapefiles(work, order.encoding)
    for name in ("township", "district", "ea"):
        write_layer(files, name, getattr(levels, name))
        advance(name)
    losses = files.finish()
    if len(levels.bare):
        losses.append(Loss("ea", Text(
            f"{len(levels.bare)} EAs have no ground of their own (stacked or virtual): not among the polygons; listed in differences.xlsx",
            f"{len(levels.bare)} 个小区没有独立地面（叠层或虚拟），不在面图层中，见 differences.xlsx"),
            tuple(levels.bare["ea_code"].astype(str))))  # fmt: skip
    losses += _lists(work, levels, order)
    advance("list")
    place = levels.county_name or plan.name
    count = write_note(work, levels, order.issued, place=place, language=order.language)
    losses += _state(levels, count)
    advance("note")
    write_readme(work, plan, losses, kind="package")
    _seal(work)
    target = folder / f"report_package_{_safe(levels.county) or 'plan'}.zip"
    _zip(work, target)
    (folder / f"{target.name}.sha256").write_text(
        f"{digest(target)}  {target.name}\n", encoding="ascii", newline="\n"
    )
    shutil.rmtree(work)
    return losses


def _state(levels: Levels, count: int) -> Sequence[Loss]:
    losses = []
    if count:
        losses.append(Loss("", Text(f"{count} differences from what was issued: give the reasons in differences.xlsx",
                                    f"与下发资料有 {count} 项差异，请在 differences.xlsx 中填写原因")))  # fmt: skip
    early = [
        STATES.get(state, Text(state, state)) for state in levels.states if state not in FROZEN
    ]
    if early:
        losses.append(Loss("", Text(
            f"districts are still in state {', '.join(state.en for state in early)}: numbers and codes may change until they are approved",
            f"普查区状态为{'、'.join(state.zh for state in early)}，批准前数量和代码仍可能变动")))  # fmt: skip
    return losses


def _lists(folder: Path, levels: Levels, order: Order) -> list[Loss]:
    """district_list.xlsx and .csv, and the office's own table with its one column filled in."""
    towns = dict(zip(levels.township["code"], levels.township["name"], strict=True))
    own = levels.district
    table = pd.DataFrame(own.drop(columns="geometry")).assign(
        **{COLUMN: own["ea_count"], "township": own["township_code"].map(towns)}
    )[list(LIST_COLUMNS)]
    heads = [text.of(order.language) for text in LIST_COLUMNS.values()]
    save_workbook(folder / "district_list.xlsx", [Sheet("districts", heads, table)])
    with (folder / "district_list.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(list(LIST_COLUMNS))
        for row in zip(*(table[name].tolist() for name in table), strict=True):
            cells = [plain_value(cell) for cell in row]
            writer.writerow([plain_text(cell) for cell in cells])
    if order.own_list is None:
        return []
    counts = dict(zip(own["code"], own["ea_count"].astype(int), strict=True))
    filled = order.own_list(counts)
    (folder / "own_list_filled.xlsx").write_bytes(filled.data)
    losses = []
    for codes, words in (
        (filled.missing, Text("{n} districts of the plan are not in the office's own table",
                              "本方案有 {n} 个普查区不在单位自有表中")),
        (filled.unknown, Text("{n} rows of the office's own table are no districts of the plan; left as they were",
                              "单位自有表有 {n} 行不是本方案的普查区，保持原样")),
    ):  # fmt: skip
        if codes:
            losses.append(Loss("own_list_filled", words.format(n=len(codes)), codes))
    return losses


def _seal(folder: Path) -> None:
    """A line for each file, as `sha256sum -c` reads it."""
    lines = [f"{digest(folder / name)}  {name}\n" for name in files_in(folder)]
    (folder / MANIFEST).write_text("".join(lines), encoding="utf-8", newline="\n")


def _zip(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files_in(folder):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            with (
                (folder / name).open("rb") as source,
                archive.open(info, "w", force_zip64=True) as sink,
            ):
                while block := source.read(1 << 20):
                    sink.write(block)


def _safe(name: str) -> str:
    return re.sub(r"[^0-9A-Za-z_-]", "", name)
