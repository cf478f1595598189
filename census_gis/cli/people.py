"""Commands about people: staff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from census_gis.cli.speech import FIX, AsJson, Debug, Lang, Out, Speech, app, as_rows
from census_gis.language import Text

__all__: list[str] = []

PLANNED = Text(
    "The plan has {eas:,} EAs: {difference:+,} against these totals.",
    "方案有 {eas:,} 个普查小区，与测算相差 {difference:+,} 个。",
)
WRITTEN = Text("written: {files}", "已写入：{files}")


@app.command()
def staff(
    source: Annotated[
        Path, typer.Argument(metavar="PROJECT.toml|PLAN.gpkg", help="totals or plan")
    ],
    budget: Annotated[
        float | None, typer.Option(min=0, help="budget, in the currency of pay.*")
    ] = None,
    out: Out = None,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Tell how many people are needed. Example: census-gis staff street/project.toml --budget 450000."""
    Speech.begin(lang, as_json, debug)
    from census_gis.field.totals import Given
    from census_gis.present.staffing_words import figures, sentences
    from census_gis.runner.staff import staff_totals

    folder = out.absolute() if out else None
    result = staff_totals(source.absolute(), out=folder, given=Given(budget=budget))
    counted, language = result.page.totals, Speech.language
    told = [text.of(language) for text in sentences(counted, result.page.profile)]
    whole = counted.whole
    if "ea_count" in whole:
        words = PLANNED.format(eas=int(whole["ea_count"]), difference=int(whole["difference"]))
        told.append(words.of(language))
    cases = [*result.cases, *counted.found]
    lines = [
        *told,
        *(f"! {case['code']} {case[f'message_{language}']}\n    {FIX.of(language)}{case[f'fix_{language}']}"
          for case in cases),
        WRITTEN.format(files=", ".join(str(file) for file in result.files)).of(language),
    ]  # fmt: skip
    record = {
        "exit": 0, "figures": figures(counted), "sentences": told,
        "districts": as_rows(counted.table),
        "townships": as_rows(result.page.townships),
        "findings": [{"code": case["code"], "severity": case["severity"], "message": case[f"message_{language}"]}
                     for case in cases],
        "files": [str(file) for file in result.files],
    }  # fmt: skip
    Speech.result(record, "\n".join(lines))
    return 0
