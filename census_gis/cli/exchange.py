"""Commands that hand data over: export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from census_gis.cli.bar import Bar
from census_gis.cli.speech import AsJson, Debug, Lang, Out, Quiet, Speech, app
from census_gis.language import Text

__all__: list[str] = []

KEPT = Text(
    "the old export had been changed by hand; it is kept in {kept}",
    "原导出文件曾被人改动，已保留在 {kept}",
)
DONE = Text("{n} files in {folder}", "{folder} 中共 {n} 个文件")
LOST = Text(
    "What the files do not carry as the plan has it (README.txt):",
    "文件未能原样保留的内容（见 README.txt）：",
)


@app.command()
def export(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    kind: Annotated[
        str, typer.Option("--format", help="gpkg, shp, geojson, kml, xlsx, parquet or package")
    ],
    encoding: Annotated[str, typer.Option(help="texts of shapefiles: utf-8 or gbk")] = "utf-8",
    own_list: Annotated[
        Path | None,
        typer.Option("--list", help="package: your own .xlsx, its column xiaoqu_num is filled in"),
    ] = None,
    issued: Annotated[str, typer.Option(help="package: issued polygons, FILE or FILE:LAYER")] = "",
    codes: Annotated[
        Path | None, typer.Option(help="package: official code list, .xlsx or .csv")
    ] = None,
    out: Out = None,
    quiet: Quiet = False,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Hand a plan over in another format. Example: census-gis export plan.gpkg --format shp --encoding gbk."""
    Speech.begin(lang, as_json, debug)
    Speech.quiet = quiet
    from census_gis.runner.export_plan import Wishes, export_plan

    wishes = Wishes(
        kind=kind.lower(), encoding=encoding.lower(), language=Speech.language if lang else None,
        own_list=own_list, issued=issued, codes=codes,
    )  # fmt: skip
    with Bar(Speech.language, quiet=quiet) as bar:
        done = export_plan(plan.absolute(), wishes, out=out, progress=bar)
    if done.kept is not None:
        Speech.say(KEPT.format(kept=done.kept))
    losses = [loss.say().of(Speech.language) for loss in done.losses]
    record = {
        "folder": str(done.folder), "format": wishes.kind, "files": list(done.files),
        "losses": [{"layer": loss.layer, "what": loss.what.of(Speech.language), "rows": list(loss.rows)}
                   for loss in done.losses],
        "kept": str(done.kept) if done.kept else None,
    }  # fmt: skip
    words = [DONE.format(n=len(done.files), folder=done.folder).of(Speech.language)]
    if losses:
        words += [LOST.of(Speech.language), *(f"- {words}" for words in losses)]
    Speech.result(record, "\n".join(words))
    return 0
