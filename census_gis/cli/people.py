"""Commands about people: staff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from census_gis.cli.speech import FIX, AsJson, Debug, Lang, Out, Speech, app, as_rows, now
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
    """Tell how many people are needed; with a plan, assign them. Example: census-gis staff out/plan.gpkg --budget 450000."""
    Speech.begin(lang, as_json, debug)
    from census_gis.field.totals import Given
    from census_gis.present.staffing_words import figures, sentences
    from census_gis.runner.staff import RESPONSIBILITY, staff_anew, staff_totals

    assigned = None
    if source.suffix.lower() == ".gpkg":
        assigned = staff_anew(source.absolute(), now=now())
    folder = out.absolute() if out else None
    result = staff_totals(source.absolute(), out=folder, given=Given(budget=budget))
    counted, language = result.page.totals, Speech.language
    told = [text.of(language) for text in sentences(counted, result.page.profile)]
    whole = counted.whole
    if "ea_count" in whole:
        words = PLANNED.format(eas=int(whole["ea_count"]), difference=int(whole["difference"]))
        told.append(words.of(language))
    cases = [*result.cases, *counted.found]
    files = list(result.files)
    if assigned is not None:
        files.append(source.absolute().parent / "report" / RESPONSIBILITY)
    lines = [
        *told,
        *(f"! {row.code} {row.row_key}: {row.message}\n    {FIX.of(language)}{row.fix}"
          for row in ([] if assigned is None else assigned.itertuples())),
        *(f"! {case['code']} {case[f'message_{language}']}\n    {FIX.of(language)}{case[f'fix_{language}']}"
          for case in cases),
        WRITTEN.format(files=", ".join(str(file) for file in files)).of(language),
    ]  # fmt: skip
    code = 1 if assigned is not None and (assigned["severity"] == "error").any() else 0
    record = {
        "exit": code, "figures": figures(counted), "sentences": told,
        "districts": as_rows(counted.table),
        "townships": as_rows(result.page.townships),
        "findings": [{"code": case["code"], "severity": case["severity"], "message": case[f"message_{language}"]}
                     for case in cases],
        "assignment": [] if assigned is None else as_rows(assigned.drop(columns="geometry")),
        "files": [str(file) for file in files],
    }  # fmt: skip
    Speech.result(record, "\n".join(lines))
    return code
