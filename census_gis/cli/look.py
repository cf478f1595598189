"""Commands that look and change nothing: inspect, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from census_gis.cli.speech import AsJson, Debug, Lang, Speech, about, app
from census_gis.language import Text

__all__: list[str] = []

STALE = Text(
    "{n} districts changed since maps, web map and report were made; bring these up to date: census-gis refresh {plan}",
    "图册、网络地图和报告制成之后，有 {n} 个普查区改动过，请更新：census-gis refresh {plan}",
)


@app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(help="files to look into")],
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Tell what files hold and what is odd about them. Example: census-gis inspect data/*.shp."""
    Speech.begin(lang, as_json, debug)
    from census_gis.cli.inspection import as_record, in_words
    from census_gis.inputs.inspect import inspect_file

    reports = [report for file in files for report in inspect_file(file.absolute())]
    words = "\n\n".join(in_words(report, Speech.language) for report in reports)
    Speech.result({"layers": [as_record(report, Speech.language) for report in reports]}, words)
    return 0


@app.command()
def check(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Re-audit a plan against its rules. Example: census-gis check outputs/street/plan.gpkg."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.recheck import recheck
    from census_gis.runner.refresh import changed_since

    result = recheck(plan.absolute())
    lines = [f"{row.severity} {about(row)}: {getattr(row, f'message_{Speech.language}')}"
             for row in result.found.itertuples()]  # fmt: skip
    done = Text(
        f"{len(lines)} findings in {result.areas} EAs",
        f"{result.areas} 个普查小区，{len(lines)} 条发现",
    )
    old = changed_since(plan.absolute())
    stale = [STALE.format(n=len(old), plan=plan).of(Speech.language)] if old else []
    words = "\n".join([*lines, done.of(Speech.language), *stale])
    record = {
        "exit": result.exit_code,
        "changed_since_report": list(old),
        "measures": result.measures,
        "findings": lines,
    }
    Speech.result(record, words)
    return result.exit_code
