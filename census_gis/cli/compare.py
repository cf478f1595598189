"""Commands that lay two divisions over each other: compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from census_gis.cli.speech import AsJson, Debug, Lang, Out, Speech, app, as_rows
from census_gis.errors import ConfigError
from census_gis.language import Text

__all__: list[str] = []

SUMMARY = Text(
    "{same} EAs the same, {changed} changed, {new} new, {gone} gone; {moved} persons moved to another EA",
    "普查小区：未变 {same} 个，有变动 {changed} 个，新增 {new} 个，撤销 {gone} 个；改变所属小区 {moved} 人",
)
LAID = Text("{n} files in {folder}", "{folder} 中共 {n} 个文件")
TOGETHER = Text(
    "{share:.1%} of the persons are in the largest common group of their EA and its zone; adjusted Rand index {pairs:.3f}; "
    "{outside} persons in no zone",
    "{share:.1%} 的人处于其小区与区划的最大共同部分；调整兰德指数 {pairs:.3f}；不在任何区划内 {outside} 人",
)
CHANCE = Text(
    "ground as near to roads, railways, water by chance: {share:.1%}",
    "随机点同样靠近道路、铁路、水系的比例：{share:.1%}",
)
COLUMNS = Text("  (this plan | the zones)", "  （本方案 | 区划）")
MEASURES = {
    "areas": (Text("areas", "区划数（个）"), ",.0f"), "mean": (Text("persons: mean", "平均人数（人）"), ",.1f"),
    "least": (Text("persons: fewest", "最少人数（人）"), ",.0f"), "most": (Text("persons: most", "最多人数（人）"), ",.0f"),
    "cv": (Text("spread (standard deviation / mean)", "离散度（标准差/均值）"), ".3f"),
    "compactness": (Text("compactness (1 = circle)", "紧凑度（圆为 1）"), ".3f"),
    "line_km": (Text("line between them [km]", "内部界线（千米）"), ",.2f"),
    "follows": (Text("of it along roads, railways, water", "其中沿道路、铁路、水系的比例"), ".1%"),
}  # fmt: skip


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="plan.gpkg, the old one where there are two")],
    b: Annotated[Path | None, typer.Argument(help="plan.gpkg, the new one")] = None,
    zones: Annotated[str, typer.Option(help="official zones instead: FILE or FILE:LAYER")] = "",
    code: Annotated[str, typer.Option(help="column with the name of each zone")] = "",
    out: Out = None,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """What changed between two plans. Example: census-gis compare old/plan.gpkg new/plan.gpkg --out changes."""
    Speech.begin(lang, as_json, debug)
    if (b is None) == (not zones):
        raise ConfigError(
            Text("name either a second plan or --zones.", "请指定第二个方案或 --zones，二者取一。"), where="compare",
            fix=Text("census-gis compare A.gpkg B.gpkg, or census-gis compare A.gpkg --zones FILE --code COLUMN",
                     "census-gis compare A.gpkg B.gpkg，或 census-gis compare A.gpkg --zones 文件 --code 列名"),
        )  # fmt: skip
    if b is None:
        _zones(a.absolute(), zones, code)
    else:
        _plans(a.absolute(), b.absolute(), out)
    return 0


def _plans(a: Path, b: Path, out: Path | None) -> None:
    """Two plans, in words and, where a folder is named, as files."""
    from census_gis.present.compare_page import terms_in_words, write_comparison
    from census_gis.runner.comparing import compare_plans, noun_of

    found, noun = compare_plans(a, b), noun_of(b)
    lines = [SUMMARY.format(**found.counts, moved=found.moved).of(Speech.language)]
    lines += [f"  {name}: {old} -> {new} ({difference})" for name, old, new, difference in
              terms_in_words(found, Speech.language, noun)]  # fmt: skip
    lines += [note.of(Speech.language) for note in found.notes]
    files: tuple[Path, ...] = ()
    if out is not None:
        names = _called(a, b)
        files = write_comparison(
            found, out.absolute(), names=names, language=Speech.language, noun=noun
        )
        lines.append(LAID.format(n=len(files), folder=out).of(Speech.language))
    record = {
        "exit": 0, "eas": found.counts, "moved": found.moved, "terms": _rows(found.terms),
        "concordance": as_rows(found.concordance),
        "notes": [note.of(Speech.language) for note in found.notes], "files": [str(file) for file in files],
    }  # fmt: skip
    Speech.result(record, "\n".join(lines))


def _zones(plan: Path, zones: str, code: str) -> None:
    """A plan and zones, side by side."""
    from census_gis.runner.comparing import compare_zones

    found = compare_zones(plan, zones, code=code)
    said = {"share": found.together, "pairs": found.pairs, "outside": found.outside}
    lines = [TOGETHER.format(**said).of(Speech.language), COLUMNS.of(Speech.language)]
    for name, (words, form) in MEASURES.items():
        ours, theirs = (found.measures.at[name, column] for column in ("plan", "zones"))
        shown = [
            "–" if value is None or value != value else format(value, form)
            for value in (ours, theirs)
        ]
        lines.append(f"  {words.of(Speech.language)}: {shown[0]} | {shown[1]}")
    if found.chance is not None:
        lines.append(CHANCE.format(share=found.chance).of(Speech.language))
    record = {"exit": 0, "together": found.together, "adjusted_rand": found.pairs, "outside": found.outside,
              "follows_by_chance": found.chance, "measures": _rows(found.measures),
              "shared": as_rows(found.shared)}  # fmt: skip
    Speech.result(record, "\n".join(lines))


def _rows(table: Any) -> dict[str, Any]:
    """A small table by its index, for JSON."""
    return {str(name): dict(row) for name, row in table.to_dict("index").items()}


def _called(a: Path, b: Path) -> tuple[str, str]:
    """Two plans by as many of their folders as tell them apart: plans are all called outputs/plan.gpkg."""
    shown = next((n for n in range(2, len(a.parts)) if a.parts[-n:] != b.parts[-n:]), 2)
    return "/".join(a.parts[-shown:]), "/".join(b.parts[-shown:])
