"""Commands of the days in the field: progress, sample."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from census_gis.cli.speech import AsJson, Debug, Lang, Speech, app, as_rows, listed, now
from census_gis.language import Language, Text

__all__: list[str] = []

TAKEN = Text("{n} reports came in, {known} were known already, {refused} were refused.",
             "收到上报 {n} 条，另有 {known} 条此前已收到，{refused} 条不采纳。")  # fmt: skip
REFUSED = Text("  row {row}: {why}", "  第 {row} 行：{why}")
WAY = Text("  {key:<8} {words}: {changed} EAs get somebody else ({forced} had nobody left), ways {metres:,.0f} km in all ({extra:+.1%}), {short} EAs with nobody",
           "  {key:<8} {words}：{changed} 个小区换人（现无人负责 {forced} 个），路程合计 {metres:,.0f} 公里（{extra:+.1%}），{short} 个小区无人")  # fmt: skip
WAYS = Text("Four ways to give out the work again:", "重新安排有四种方案：")
CHOOSE = Text(
    "Choose one: --choose KEY --by WHO; nothing was changed.",
    "请选定：--choose 方案 --by 姓名；目前未作改动。",
)
CHOSEN = Text("{words} was chosen: {n} EAs changed hands.", "已采用“{words}”：{n} 个小区换人。")
CHANGED = Text("  {code}: {before} -> {after}", "  {code}：{before} → {after}")
NOBODY = Text(
    "{n} EAs that are not finished have nobody: {codes}", "{n} 个未完成的小区无人负责：{codes}"
)
WRITTEN = Text("written: {files}", "已写入：{files}")
SHOWN = 20


@app.command()
def progress(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    events: Annotated[
        Path | None,
        typer.Argument(
            help="reports: CSV or XLSX with ea_code, staff_id, time, done, remaining, source"
        ),
    ] = None,
    day: Annotated[str, typer.Option(help="day of the bulletin, today by default")] = "",
    stage: Annotated[str, typer.Option(help="listing, short, long or review")] = "",
    drop: Annotated[
        list[str] | None, typer.Option(help="numbers of people who have left, by commas")
    ] = None,
    choose: Annotated[
        str, typer.Option(help="fewest, few, near or nearest: give out the work again")
    ] = "",
    by: Annotated[str, typer.Option("--by", help="who decides")] = "",
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Tell how far the field work is. Example: census-gis progress plan.gpkg events.csv --drop E0012 --choose few --by "Zhang San"."""
    Speech.begin(lang, as_json, debug)
    from census_gis.inputs.columns import rows_named
    from census_gis.present.bulletin import sentences
    from census_gis.runner.progress_report import Asked, report_progress

    spoken: Language | None = Speech.language if lang else None
    asked = Asked(now(), by, day, stage, listed(drop), choose, spoken)
    done = report_progress(plan.absolute(), events.absolute() if events else None, asked=asked)
    bulletin, language = done.bulletin, Speech.language
    said = [text.of(language) for text in sentences(bulletin)]
    record = {
        "exit": done.exit_code, "day": bulletin.day, "stage": bulletin.stage, "sentences": said, "taken": done.taken,
        "known": done.known, "refused": [{"row": row, "why": why.of(language)} for row, why in done.refused],
        "whole": as_rows(bulletin.whole)[0], "districts": as_rows(bulletin.districts), "crews": as_rows(bulletin.crews),
        "lagging": as_rows(bulletin.areas[bulletin.areas["lags"]]), "milestones": as_rows(bulletin.stones),
        "checks": as_rows(bulletin.checks), "ways": _ways_record(done.ways), "unstaffed": list(done.unstaffed),
        "files": [str(path) for path in done.files],
    }  # fmt: skip
    lines = [*_taken(done, language), *said, *_ways(done.ways, language)]
    if done.unstaffed:
        lines.append(
            NOBODY.format(n=len(done.unstaffed), codes=rows_named(done.unstaffed)).of(language)
        )
    lines.append(WRITTEN.format(files=", ".join(map(str, done.files))).of(language))
    Speech.result(record, "\n".join(lines))
    return done.exit_code


def _taken(done: Any, language: Language) -> list[str]:
    if not (done.taken or done.known or done.refused):
        return []
    words = TAKEN.format(n=done.taken, known=done.known, refused=len(done.refused))
    rows = [
        REFUSED.format(row=row, why=why.of(language)).of(language)
        for row, why in done.refused[:SHOWN]
    ]
    more = len(done.refused) - SHOWN
    return [words.of(language), *rows, *([f"  … +{more}"] if more > 0 else [])]


def _ways(ways: Any, language: Language) -> list[str]:
    """The choices there are, or what was chosen."""
    if ways is None:
        return []
    least = max(min(way.metres for way in ways.ways), 1)
    lines = [WAYS.of(language)]
    for way in ways.ways:
        words = WAY.of(language).format(
            key=way.choice.key, words=way.choice.words.of(language), changed=way.changed, forced=way.forced,
            metres=way.metres / 1000, extra=way.metres / least - 1, short=way.short,
        )  # fmt: skip
        lines.append(words)
    if ways.chosen is None:
        return [*lines, CHOOSE.of(language)]
    chosen = ways.chosen.words.of(language)
    lines.append(CHOSEN.format(words=chosen, n=len(ways.changed)).of(language))
    pairs = list(ways.changed.items())
    lines += [
        CHANGED.format(code=code, before=a, after=b).of(language) for code, (a, b) in pairs[:SHOWN]
    ]
    return [*lines, *([f"  … +{len(pairs) - SHOWN}"] if len(pairs) > SHOWN else [])]


def _ways_record(ways: Any) -> Any:
    if ways is None:
        return None
    return {
        "choices": [{"key": way.choice.key, "changed": way.changed, "forced": way.forced, "metres": way.metres, "short": way.short}
                    for way in ways.ways],
        "chosen": ways.chosen.key if ways.chosen else None, "changed": dict(ways.changed),
    }  # fmt: skip


@app.command()
def sample(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    kind: Annotated[str, typer.Argument(help="quality or longform")],
    number: Annotated[int | None, typer.Option(min=1, help="EAs of the quality sample")] = None,
    share: Annotated[
        float | None, typer.Option(help="share of households with a long form")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="of the draw, the plan's by default")] = None,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Draw EAs for the quality check, or the frame of the long form. Example: census-gis sample plan.gpkg quality --number 20 --seed 5."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.progress_sample import draw_sample

    spoken: Language | None = Speech.language if lang else None
    made = draw_sample(
        plan.absolute(), kind, number=number, share=share, seed=seed, language=spoken
    )
    told = made.told.of(Speech.language)
    files = [str(path) for path in made.files]
    record = {"exit": 0, "told": told, "rows": as_rows(made.table), "files": files}
    written = WRITTEN.format(files=", ".join(files)).of(Speech.language)
    Speech.result(record, f"{told}\n{written}")
    return 0
