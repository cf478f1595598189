"""Commands of change on the ground: corrections."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from census_gis.cli.look import STALE
from census_gis.cli.speech import FIX, AsJson, Debug, Lang, Speech, about, app, as_rows, listed, now
from census_gis.language import Language, Text

__all__: list[str] = []

TAKEN = Text("{n} corrections came in: {staged} can stand, {refused} were refused.",
             "收到外业更正 {n} 条：可采纳 {staged} 条，不采纳 {refused} 条。")  # fmt: skip
REFUSED = Text("  {seq}  {kind} {key}: {why}", "  {seq}  {kind} {key}：{why}")
DECIDED = Text(
    "{yes} accepted, {no} refused by {by}; {wait} wait.",
    "{by}采纳 {yes} 条，不采纳 {no} 条；待审定 {wait} 条。",
)
LATE = Text("{n} can stand no more, and were refused:", "{n} 条已不能成立，未采纳：")
WAITING = Text("{wait} wait to be accepted: census-gis corrections {plan} --accept all --by WHO",
               "待审定 {wait} 条：census-gis corrections {plan} --accept all --by 姓名")  # fmt: skip
SHEETS = Text("{n} EAs need a new sheet ({out} outside the band, {was} before): {codes}",
              "需重新制图的普查小区 {n} 个（超出规模范围 {out} 个，更正前 {was} 个）：{codes}")  # fmt: skip
SPLIT = Text("EA {code} has {persons} persons, above the band: divide it with --resplit, or exempt it with an edit.",
             "普查小区 {code} 有 {persons} 人，超出上限：可加 --resplit 拆分，或用编辑予以豁免。")  # fmt: skip
SMALL = Text("EA {code} has {persons} persons, below the band: merge it with a neighbour, or exempt it with an edit.",
             "普查小区 {code} 有 {persons} 人，低于下限：可并入相邻小区，或用编辑予以豁免。")  # fmt: skip
WHOLE = Text("EA {code} could not be divided: {why}", "普查小区 {code} 未能拆分：{why}")
NOTHING = Text("nothing waits.", "没有待审定的更正。")
WRITTEN = Text("written: {files}", "已写入：{files}")
SHOWN = 30


@app.command()
def corrections(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    file: Annotated[
        Path | None, typer.Argument(help="corrections: XLSX, CSV, GeoPackage, ODK CSV or JSON")
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option(help="numbers to accept, by commas, or all")
    ] = None,
    refuse: Annotated[
        list[str] | None, typer.Option(help="numbers to refuse, by commas, or all")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="who decides")] = "",
    reason: Annotated[str, typer.Option(help="why; needed for a refusal")] = "",
    resplit: Annotated[
        bool, typer.Option("--resplit", help="divide EAs that grew above the band")
    ] = False,
    layer: Annotated[str, typer.Option(help="layer or sheet of the file")] = "",
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Take in what was found on the spot. Example: census-gis corrections plan.gpkg found.xlsx --accept all --by "Zhang San"."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.corrections import Decision, take_corrections

    spoken: Language | None = Speech.language if lang else None
    decision = Decision(by, now(), reason, listed(accept), listed(refuse), resplit, spoken)
    done = take_corrections(
        plan.absolute(), file.absolute() if file else None, decision=decision, layer=layer or None
    )
    language = Speech.language
    errors = done.errors.assign(message=done.errors[f"message_{language}"], fix=done.errors[f"fix_{language}"])  # fmt: skip
    done = replace(done, errors=errors)
    record = {
        "exit": done.exit_code, "fresh": list(done.fresh), "decided": list(done.decided),
        "corrections": as_rows(done.rows.drop(columns="geometry")), "areas": as_rows(done.areas),
        "unsplit": dict(done.unsplit),
        "errors": as_rows(done.errors[["code", "row_key", "message", "fix"]]),
        "files": [str(path) for path in done.files],
    }  # fmt: skip
    Speech.result(record, "\n".join(_said(done, plan, decision, language)))
    return done.exit_code


def _said(done: Any, plan: Path, decision: Any, language: Language) -> list[str]:
    """What became of corrections, in words."""
    rows = done.rows
    lines = _taken(rows[rows["seq"].isin(done.fresh)], done.why, language)
    waiting = int((rows["state"] == "staged").sum())
    if done.decided:
        state = rows.loc[rows["seq"].isin(done.decided), "state"]
        late = rows[rows["seq"].isin(set(done.decided) & done.why.keys() - set(done.fresh))]
        no = int((state == "refused").sum()) - len(set(done.decided) & done.why.keys())
        words = DECIDED.format(yes=int((state == "accepted").sum()), no=no,
                               by=decision.by.strip(), wait=waiting)  # fmt: skip
        lines.append(words.of(language))
        if len(late):
            lines += [LATE.format(n=len(late)).of(language), *_refused(late, done.why, language)]
    elif waiting:
        lines.append(WAITING.format(wait=waiting, plan=plan).of(language))
    elif not done.fresh:
        lines.append(NOTHING.of(language))
    lines += _areas(done, language)
    for row in done.errors.head(SHOWN).itertuples():
        lines += [f"! {about(row)}: {row.message}", f"    {FIX.of(language)}{row.fix}"]
    if len(done.areas):
        lines.append(
            STALE.format(n=done.areas["ea_code"].str[:-3].nunique(), plan=plan).of(language)
        )
    if done.files:
        lines.append(WRITTEN.format(files=", ".join(map(str, done.files))).of(language))
    return lines


def _taken(rows: Any, why: Any, language: Language) -> list[str]:
    """What came in, and why some of it cannot stand."""
    if not len(rows):
        return []
    out = rows[rows["seq"].isin(why.keys())]
    words = TAKEN.format(n=len(rows), staged=len(rows) - len(out), refused=len(out))
    return [words.of(language), *_refused(out, why, language)]


def _refused(out: Any, why: Any, language: Language) -> list[str]:
    """Corrections that cannot stand, each with the reason."""
    from census_gis.present.bulletin_corrections import KINDS

    lines = []
    for row in out.head(SHOWN).itertuples():
        kind, reason = KINDS[row.kind].of(language), why[row.seq].of(language)
        words = REFUSED.format(seq=row.seq, kind=kind, key=row.building_id or "-", why=reason)
        lines.append(words.of(language))
    more = len(out) - SHOWN
    return [*lines, f"  … +{more}"] if more > 0 else lines


def _areas(done: Any, language: Language) -> list[str]:
    """EAs whose sheets are old, and those outside the band now."""
    areas = done.areas
    if not len(areas):
        return []
    out = areas[areas["band"] != ""]
    codes = areas["ea_code"].tolist()
    shown = ", ".join(codes[:SHOWN]) + (f" … +{len(codes) - SHOWN}" if len(codes) > SHOWN else "")
    was = int((areas["was"] != "").sum())
    lines = [SHEETS.format(n=len(areas), out=len(out), was=was, codes=shown).of(language)]
    for row in out[out["was"] != out["band"]].head(SHOWN).itertuples():
        if row.ea_code in done.unsplit:
            words = WHOLE.format(code=row.ea_code, why=done.unsplit[row.ea_code])
        else:
            words = (SPLIT if row.band == "above" else SMALL).format(
                code=row.ea_code, persons=row.persons
            )
        lines.append("  " + words.of(language))
    return lines
