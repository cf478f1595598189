"""Commands of responsibility: sign, audit."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from census_gis.cli.speech import (
    FIX,
    AsJson,
    Codes,
    Debug,
    Lang,
    Speech,
    about,
    app,
    as_rows,
    listed,
    now,
)
from census_gis.language import Language, Text

__all__: list[str] = []

DONE = Text("{n} districts are now {state}.", "{n} 个普查区已签为“{state}”。")
SAME = Text("{n} districts were {state} already.", "{n} 个普查区原已为“{state}”。")
REFUSED = Text(
    "district {code} was not signed, it has {n} errors:", "普查区 {code} 未能签署，有 {n} 处错误："
)
GENERAL = Text(
    "{n} errors are about no single district and held nobody up:",
    "另有 {n} 处错误不属于单个普查区，未影响签署：",
)
MEND = Text(
    "fix:  mend them, or answer for each with an edit `exempt` (who, why), and sign again.",
    "处理:  请逐项处理，或用“豁免”（exempt）编辑逐项说明（何人、何因）后重新签署。",
)
WHOLE = Text("{n} entries; the log is whole.", "共 {n} 条，日志完整。")
UNCOUNTED = Text(
    "written by an earlier version: whether entries were cut off at the end cannot be told.",
    "由较早版本写成：末尾是否有记录被删去无从得知。",
)
BECAUSE = Text("reason: {reason}", "原因：{reason}")
SHOWN_ERRORS = 20


@app.command()
def sign(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    state: Annotated[str, typer.Argument(help="draft, checked, approved or reported")],
    by: Annotated[str, typer.Option("--by", help="who signs")] = "",
    district: Codes = None,
    reason: Annotated[str, typer.Option(help="why; needed for a withdrawal")] = "",
    role: Annotated[str, typer.Option(help="enumerator, supervisor or office")] = "",
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Sign districts one state further. Example: census-gis sign plan.gpkg checked --by "Zhang San"."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.sign import Act
    from census_gis.runner.sign import sign as sign_plan

    act = Act(by=by, now=now(), reason=reason, role=role)
    signed = sign_plan(plan.absolute(), state, act=act, districts=listed(district))
    record = {
        "exit": signed.exit_code, "state": signed.state, "signed": dict(signed.before),
        "unchanged": list(signed.unchanged),
        "refused": {code: as_rows(errors) for code, errors in signed.refused.items()},
        "general": as_rows(signed.general),
    }  # fmt: skip
    Speech.result(record, "\n".join(_signed(signed, Speech.language)))
    return signed.exit_code


def _signed(signed: Any, language: Language) -> list[str]:
    """What a signature did, in words."""
    from census_gis.runner.states import STATES

    state = STATES[signed.state].of(language)
    lines = []
    if signed.before or not signed.refused:
        lines.append(DONE.format(n=len(signed.before), state=state).of(language))
    if signed.unchanged:
        lines.append(SAME.format(n=len(signed.unchanged), state=state).of(language))
    for code, errors in signed.refused.items():
        lines += [REFUSED.format(code=code, n=len(errors)).of(language), *_cases(errors)]
    if signed.refused:
        lines.append("  " + MEND.of(language))
    if len(signed.general):
        lines += [GENERAL.format(n=len(signed.general)).of(language), *_cases(signed.general)]
    return lines


def _cases(errors: Any) -> list[str]:
    shown = [f"  {about(row)}: {row.message}" for row in errors.head(SHOWN_ERRORS).itertuples()]
    more = len(errors) - SHOWN_ERRORS
    return [*shown, f"  … +{more}"] if more > 0 else shown


@app.command()
def audit(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    district: Codes = None,
    table: Annotated[Path | None, typer.Option("--csv", help="write the log to this file")] = None,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Tell who changed what, when and why. Example: census-gis audit plan.gpkg --csv log.csv."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.audit_log import audit_log, write_csv

    audited = audit_log(plan.absolute(), districts=listed(district))
    if table is not None:
        write_csv(audited.lines, table.absolute(), language=Speech.language)
    entries = [{**asdict(line), "words": line.words.of(Speech.language)} for line in audited.lines]
    cases = [(case["severity"], case["code"], case[f"message_{Speech.language}"], case[f"fix_{Speech.language}"])
             for case in audited.found]  # fmt: skip
    record = {
        "exit": audited.exit_code, "whole": audited.exit_code == 0, "promised": audited.promised,
        "entries": entries, "findings": [dict(zip(("severity", "code", "message", "fix"), case, strict=True))
                                         for case in cases],
    }  # fmt: skip
    Speech.result(record, "\n".join([*_told(audited, Speech.language), *_judged(audited, cases)]))
    return audited.exit_code


def _told(audited: Any, language: Language) -> list[str]:
    """The log, one or two lines an entry."""
    lines = []
    for line in audited.lines:
        lines.append(f"{line.seq:>4}  {line.time}  {line.actor}: {line.words.of(language)}")
        if line.reason:
            lines.append("      " + BECAUSE.format(reason=line.reason).of(language))
    return lines


def _judged(audited: Any, cases: list[tuple[str, str, str, str]]) -> list[str]:
    """Whether the log and the signatures hold."""
    language = Speech.language
    lines = [
        f"{severity} {code}: {message}\n  {FIX.of(language)}{remedy}"
        for severity, code, message, remedy in cases
    ]
    if audited.exit_code == 0:
        lines.append(WHOLE.format(n=len(audited.lines)).of(language))
    if audited.promised is None:
        lines.append(UNCOUNTED.of(language))
    return lines
