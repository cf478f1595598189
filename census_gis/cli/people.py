"""Commands about people: staff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from census_gis.cli.speech import FIX, AsJson, Debug, Lang, Out, Speech, app, as_rows, now
from census_gis.language import Text

if TYPE_CHECKING:
    from census_gis.field.work_pilot import Fitted

__all__: list[str] = []

PLANNED = Text(
    "The plan has {eas:,} EAs: {difference:+,} against these totals.",
    "方案有 {eas:,} 个普查小区，与测算相差 {difference:+,} 个。",
)
WRITTEN = Text("written: {files}", "已写入：{files}")
PILOT = Text(
    "Pilot, {kind} ({n} EAs): {parts}. What the rules leave over falls from {before:.0f} to {after:.0f} minutes an EA.",
    "试点（{kind}，{n} 个普查小区）：{parts}。与实际工时的偏差由每小区 {before:.0f} 分钟降为 {after:.0f} 分钟。",
)
UNTOLD = Text(
    "  The hours tell the total, x{common:.2f}, but not these parts by themselves: {parts}. They rise and fall with others, or weigh too "
    "little; read nothing into their multiples.",
    "  工时只能说明总倍数×{common:.2f}，不足以单独说明：{parts}（与其他部分同增同减，或占比太小），其倍数不宜单独引用。",
)
NO_PILOT = Text(
    "Pilot, {kind}: no EA, the rules stay as they are.",
    "试点（{kind}）：没有试点小区，参数不变。",
)
KINDS = {
    "tower": Text("houses with lifts", "有电梯的楼房"), "low": Text("houses without lifts", "无电梯的房屋"),
    "village": Text("thinly settled land", "居住稀疏的农村"),
}  # fmt: skip


@app.command()
def staff(
    source: Annotated[
        Path, typer.Argument(metavar="PROJECT.toml|PLAN.gpkg", help="totals or plan")
    ],
    budget: Annotated[
        float | None, typer.Option(min=0, help="budget, in the currency of pay.*")
    ] = None,
    pilot: Annotated[
        Path | None, typer.Option(help="hours of a pilot: ea_code, person, hours; with a plan")
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
    from census_gis.runner.staff import (
        RESPONSIBILITY,
        over_budget,
        pilot_taken,
        staff_anew,
        staff_totals,
    )

    assigned, fitted, over = None, None, []
    if pilot is not None:
        _require_plan(source)
        fitted = pilot_taken(source.absolute(), pilot.absolute(), now=now())
    if source.suffix.lower() == ".gpkg":
        assigned = staff_anew(source.absolute(), now=now())
        over = over_budget(source.absolute(), budget)
    folder = out.absolute() if out else None
    result = staff_totals(source.absolute(), out=folder, given=Given(budget=budget))
    counted, language = result.page.totals, Speech.language
    told = [] if fitted is None else [text.of(language) for text in _of_pilot(fitted)]
    told += [text.of(language) for text in sentences(counted, result.page.profile)]
    whole = counted.whole
    if "ea_count" in whole:
        words = PLANNED.format(eas=int(whole["ea_count"]), difference=int(whole["difference"]))
        told.append(words.of(language))
    cases = [*result.cases, *counted.found, *over]
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
        "pilot": [] if fitted is None else as_rows(fitted.table.reset_index()),
        "files": [str(file) for file in files],
    }  # fmt: skip
    Speech.result(record, "\n".join(lines))
    return code


def _require_plan(source: Path) -> None:
    """A pilot is about the EAs of a plan."""
    from census_gis.errors import ConfigError

    if source.suffix.lower() != ".gpkg":
        raise ConfigError(
            Text("a pilot is fitted to the EAs of a plan.", "试点工时须对照方案中的普查小区。"), where="--pilot",
            fix=Text("name the plan.gpkg whose EAs were worked.", "请指定试点所用的 plan.gpkg。"),
        )  # fmt: skip


def _of_pilot(fitted: Fitted) -> list[Text]:
    """What a pilot changed, kind of place by kind of place."""
    from census_gis.field.minutes import PARTS
    from census_gis.present.work_page import PART_NAMES as WORDS

    told = []
    for kind, row in fitted.table.iterrows():
        words = KINDS[str(kind)]
        if not row["eas"]:
            told.append(NO_PILOT.format(kind=words))
            continue
        said = [
            Text(f"{WORDS[part].en} x{row[part]:.2f}", f"{WORDS[part].zh}×{row[part]:.2f}")
            for part in PARTS
        ]
        parts = Text("; ".join(text.en for text in said), "，".join(text.zh for text in said))
        told.append(
            PILOT.format(
                kind=words, n=int(row["eas"]), parts=parts, before=row["before"], after=row["error"]
            )
        )
        if row["untold"]:
            names = [WORDS[part] for part in row["untold"].split()]
            listed = Text(
                ", ".join(name.en for name in names), "、".join(name.zh for name in names)
            )
            told.append(UNTOLD.format(common=row["common"], parts=listed))
    return told
