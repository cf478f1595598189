"""Commands of manual control: apply."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from census_gis.cli.speech import AsJson, Debug, Lang, Speech, about, app, as_rows, now
from census_gis.language import Language, Text

__all__: list[str] = []

DONE = Text("done", "已执行")
REFUSED = Text("refused", "未执行")
PERSONS = Text("persons of the EAs that changed:", "人数有变动的普查小区：")
NONE = Text(
    "nothing to change: no edit, or no ea_code differs.",
    "没有改动：清单为空，或 ea_code 均与方案相同。",
)
COUNTS = Text(
    "{done} edits done, {refused} refused, in {n} districts.",
    "执行 {done} 条编辑，未执行 {refused} 条，涉及 {n} 个普查区。",
)
ERRORS = Text("error findings in these districts: {n}", "这些普查区有 {n} 处错误：")
AGAIN = Text(
    "Maps, web map and report are as they were; bring them up to date: census-gis refresh {plan}",
    "图册、网络地图和报告尚未更新，请运行：census-gis refresh {plan}",
)
SHOWN = 20


@app.command()
def apply(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    edits: Annotated[
        Path, typer.Argument(help="table of edits, or an edited copy of dwelling_parts")
    ],
    by: Annotated[str, typer.Option("--by", help="who decided")] = "",
    reason: Annotated[str, typer.Option(help="why; needed where a district is approved")] = "",
    layer: Annotated[str, typer.Option(help="layer of the file, where it has several")] = "",
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Do edits by hand to a plan. Example: census-gis apply plan.gpkg edits.xlsx --by "Zhang San"."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.apply import Order
    from census_gis.runner.apply import apply as apply_edits

    order = Order(by=by, now=now(), reason=reason)
    applied = apply_edits(plan.absolute(), edits.absolute(), order=order, layer=layer or None)
    errors = applied.errors
    for text in applied.noticed:
        Speech.say(text)
    record = {
        "exit": applied.exit_code, "districts": list(applied.districts),
        "edits": [asdict(change) for change in applied.changes],
        "persons": {code: {"before": a, "after": b} for code, (a, b) in applied.persons.items()},
        "errors": as_rows(errors),
    }  # fmt: skip
    Speech.result(record, "\n".join(_told(applied, plan, Speech.language)))
    return applied.exit_code


def _told(applied: Any, plan: Path, language: Language) -> list[str]:
    """What was done, what was not and why, and what it did to the EAs."""
    if not applied.changes:
        return [NONE.of(language)]
    lines = []
    for change in applied.changes:
        head = (DONE if change.done else REFUSED).of(language)
        said = " ".join(word for word in (change.op, change.subject) if word)
        words = ("：" if language == "zh" else ": ") + change.words if change.words else ""
        lines.append(f"{change.seq:>4}  {head}  {said}{words}")
    if applied.persons:
        lines.append(PERSONS.of(language))
    for code, (before, after) in applied.persons.items():
        lines.append(f"  {code}  {_count(before)} -> {_count(after)}")
    errors = applied.errors
    if len(errors):
        lines.append(ERRORS.format(n=len(errors)).of(language))
        lines += [f"  {about(row)}: {getattr(row, f'message_{language}')}"
                  for row in errors.head(SHOWN).itertuples()]  # fmt: skip
    done = sum(change.done for change in applied.changes)
    counts = COUNTS.format(done=done, refused=len(applied.changes) - done, n=len(applied.districts))
    return [*lines, counts.of(language), *([AGAIN.format(plan=plan).of(language)] if done else [])]


def _count(persons: int | None) -> str:
    return "-" if persons is None else str(persons)
