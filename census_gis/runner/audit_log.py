"""`census-gis audit`: who changed what, when and why, and whether the log and what was signed still hold."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from census_gis.errors import ConfigError
from census_gis.findings import Kind
from census_gis.language import Language, Text
from census_gis.present.exchange.fields import plain_text
from census_gis.profile import nearest
from census_gis.runner.fingerprint import LAYERS, fingerprints
from census_gis.runner.plan_file import open_plan
from census_gis.runner.states import ROLES, STATES
from census_gis.store import log
from census_gis.store.beside import beside
from census_gis.store.reading import reading

__all__ = ["Audited", "Line", "audit_log", "write_csv"]

CHAIN = Kind(
    "A902", "error",
    Text("the log is broken at entry {n}: this entry, or one before it, was changed, added or removed outside "
         "the program; nothing from entry {n} on can be relied on.",
         "日志在第 {n} 条处断裂：该条或其之前的记录曾在程序之外被修改、增添或删除；自第 {n} 条起的记录均不可信。"),
    Text("find out who changed the file, and go back to a copy that is whole.",
         "请查明改动者，并恢复完整的备份。"),
)  # fmt: skip
CUT = Kind(
    "A903", "error",
    Text("the log has {have} entries, but {promised} were written: {lost} were cut off.",
         "日志现有 {have} 条，而曾写入 {promised} 条：有 {lost} 条被删去。"),
    Text("find out who changed the file, and go back to a copy that is whole.",
         "请查明改动者，并恢复完整的备份。"),
)  # fmt: skip
SWAPPED = Kind(
    "A904", "error",
    Text("the last entry is not the one that was written last.", "最后一条记录不是最后写入的那一条。"),
    Text("find out who changed the file, and go back to a copy that is whole.",
         "请查明改动者，并恢复完整的备份。"),
)  # fmt: skip
UNLOGGED = Kind(
    "A905", "error",
    Text("district {code} is not as it was signed by {who} (entry {n}), and no later entry is about it: "
         "it was changed outside the program.",
         "普查区 {code} 与 {who} 签署时（第 {n} 条）不一致，其后日志中没有相关记录：曾在程序之外被改动。"),
    Text("go back to a copy that is whole, or withdraw the district, check it and sign it again.",
         "请恢复完整的备份，或退回该普查区，核对后重新签署。"),
)  # fmt: skip
CHANGED = Kind(
    "A906", "warning",
    Text("district {code} was changed after {who} signed it (entry {n}); the log says how: entry {later}.",
         "普查区 {code} 在 {who} 签署（第 {n} 条）之后有改动，见日志第 {later} 条。"),
    Text("where the change is right, withdraw the district one state (`census-gis sign`, with --reason) and sign it again.",
         "改动无误的，请先用 `census-gis sign` 退回上一状态（--reason 写明原因），再重新签署。"),
)  # fmt: skip
STATE_UNLOGGED = Kind(
    "A907", "error",
    Text("district {code} stands as {state}, but the log knows it as {logged}.",
         "普查区 {code} 的状态为“{state_zh}”，而日志记载为“{logged_zh}”。"),
    Text("set states with `census-gis sign` only; go back to a copy that is whole.",
         "状态只能用 `census-gis sign` 更改；请恢复完整的备份。"),
)  # fmt: skip
OPERATIONS: dict[str, Text] = {
    "run": Text("made or renewed the plan", "生成或更新方案"),
    "sign": Text("signed", "签署"),
    "apply": Text("applied edits by hand", "应用人工修改"),
    "corrections": Text("took in field corrections", "录入外业更正"),
    "accept": Text("took reviewed buildings into the inputs", "将复核建筑物纳入输入"),
    "staff": Text("assigned staff", "安排人员"),
}  # fmt: skip
CHINESE = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\(refused: 0; file: ([^)]*)\)", r"（文件：\1）"),
        (r"\(refused: (\d+); file: ([^)]*)\)", r"（未执行 \1 条；文件：\2）"),
        (r" \(refused\)", "（未执行）"),
        (r"(\d+) districts\b", r"\1 个普查区"),
        (r"\bEAs kept on changed inputs: ", "输入有变、沿用原普查小区："),
        (r"\bdivided anew: ", "重新划分："),
        (r"\bno longer given: ", "输入中已无："),
        *(
            (rf"\({state}, (\d+) edits\)", rf"（{word.zh}，人工修改 \1 条）")
            for state, word in STATES.items()
        ),
        (r"\bedits: ", "编辑："),
        (r" by (?=[^;]+)", "，决定人 "),
        (r"\buntil=(\w+) seed=", r"至 \1 步，随机种子 "),
        *(
            (rf"(?<=[ ]){op} (?=[\w-])", f"{word} ")
            for op, word in (
                ("assign", "划入"),
                ("lock", "锁定"),
                ("merge", "合并"),
                ("split", "拆分"),
                ("hold", "保持界线"),
                ("exempt", "豁免"),
            )
        ),
    )
)
SEALED = re.compile(r"#[0-9a-f]{16}\b")
GROUP = re.compile(r"(\w+): ([^;]*)")
SHOWN_CODES = 6


@dataclass(frozen=True)
class Line:
    """One entry of the log; `words` says it in both languages."""

    seq: int
    time: str
    actor: str
    operation: str
    parameters: str
    before: str
    after: str
    reason: str
    hash: str
    words: Text

    def mentions(self, code: str) -> bool:
        """Whether the entry is about a district: it names it or an EA of it, or is about all of them."""
        # A code within another one, or a number of persons, is none.
        named = re.compile(rf"(?<![0-9A-Za-z=#]){re.escape(code)}")
        return self.operation == "run" or any(
            named.search(text) for text in (self.parameters, self.before, self.after)
        )


@dataclass(frozen=True)
class Audited:
    """The log of a plan, in order, and what is wrong with it (findings)."""

    lines: tuple[Line, ...]
    found: tuple[Mapping[str, Any], ...]
    promised: int | None

    @property
    def exit_code(self) -> int:
        """1 where the log or a signature does not hold."""
        return 1 if any(case["severity"] == "error" for case in self.found) else 0


def audit_log(plan: Path, *, districts: Sequence[str] = ()) -> Audited:
    """Read and verify the log of a plan.

    Parameters
    ----------
    plan
        plan.gpkg.
    districts
        Only entries and signatures about these; all where none is named. The chain is always verified whole.

    Raises
    ------
    InputError
        If the file is no plan.
    ConfigError
        If a district is unknown.
    """
    tables = open_plan(plan, LAYERS)
    known = tables["districts"]["district_code"].tolist()
    _require_known(known, districts)
    with reading(plan) as connection:
        rows, tally = log.read(connection), log.read_tally(connection)
    lines = tuple(_line(row) for row in rows)
    asked = [code for code in known if not districts or code in set(districts)]
    found = [*_chain(rows, tally), *_signatures(lines, tables, asked)]
    shown = [line for line in lines if not districts or any(map(line.mentions, asked))]
    return Audited(tuple(shown), tuple(found), tally.entries if tally else None)


def write_csv(lines: Iterable[Line], path: Path, *, language: Language) -> None:
    """The log as a table for a spreadsheet: no text can become a formula there."""
    names = [name for name in Line.__dataclass_fields__ if name != "words"]
    with beside(path) as scratch, scratch.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "words"])
        for line in lines:
            record = asdict(line)
            writer.writerow(
                [*(plain_text(record[name]) for name in names), plain_text(line.words.of(language))]
            )


def _require_known(known: Sequence[str], asked: Sequence[str]) -> None:
    strange = [code for code in asked if code not in set(known)]
    if strange:
        near = nearest(strange[0], list(known))
        raise ConfigError(
            Text(f"there is no district {strange[0]} in the plan.", f"方案中没有普查区 {strange[0]}。"),
            where="--district", rows=strange,
            fix=Text(f"the nearest code is {near}.", f"最接近的代码是 {near}。"),
        )  # fmt: skip


def _line(row: tuple[object, ...]) -> Line:
    seq = int(str(row[0]))
    texts = ["" if value is None else str(value) for value in row[1:]]
    time, actor, operation, parameters, before, after, reason, seal = texts
    words = _words(operation, parameters, (before, after))
    return Line(seq, time, actor, operation, parameters, before, after, reason, seal, words)


def _words(operation: str, parameters: str, states: tuple[str, str]) -> Text:
    """One entry in words; an act we have no words for is named as it was written."""
    before, after = states
    act = OPERATIONS.get(operation, Text(operation, operation))
    if operation == "sign":
        return _signing(parameters, states)
    details = ", ".join(part for part in (parameters, _arrow(before, after)) if part)
    return Text(f"{act.en} ({details})", f"{act.zh}（{_in_chinese(details)}）") if details else act


def _in_chinese(details: str) -> str:
    """What the log keeps in short English, for a Chinese reader; names, codes and numbers stay."""
    for pattern, words in CHINESE:
        details = pattern.sub(words, details)
    return details


def _arrow(before: str, after: str) -> str:
    return f"{before} -> {after}" if before and after else before or after


def _signing(parameters: str, states: tuple[str, str]) -> Text:
    """``signed as supervisor: draft -> checked, districts 001, 002``."""
    role = dict(part.split("=", 1) for part in parameters.split() if "=" in part).get("role", "")
    before, after = (_groups(text) for text in states)
    target = next(iter(after), "")
    codes = [code for group in after.values() for code in group]
    more = len(codes) - SHOWN_CODES
    listed = ", ".join(codes[:SHOWN_CODES])
    was, now = [STATES.get(s, Text(s, s)) for s in before], STATES.get(target, Text(target, target))
    en_role = f" as {ROLES[role].en}" if role in ROLES else ""
    zh_role = f"（以{ROLES[role].zh}身份）" if role in ROLES else ""
    en_more, zh_more = (f" and {more} more", f"等，另有 {more} 个") if more > 0 else ("", "")
    return Text(
        f"signed{en_role}: {' / '.join(w.en for w in was)} -> {now.en}, "
        f"{len(codes)} districts: {listed}{en_more}",
        f"签署{zh_role}：{'／'.join(w.zh for w in was)} → {now.zh}，"
        f"{len(codes)} 个普查区：{listed.replace(', ', '、')}{zh_more}",
    )


def _groups(text: str) -> dict[str, list[str]]:
    """``draft: 001, 002#…`` as state to codes, without fingerprints."""
    return {
        state: SEALED.sub("", codes).strip().split(", ") for state, codes in GROUP.findall(text)
    }


def _chain(rows: Sequence[tuple[object, ...]], tally: log.Tally | None) -> list[dict[str, Any]]:
    """Is every entry as it was written, and is the last one still there?"""
    found = []
    broken = log.verify(rows)
    if broken is not None:
        found.append(CHAIN.at("audit_log", broken, n=broken))
    if tally is None:
        return found
    if len(rows) < tally.entries:
        lost = tally.entries - len(rows)
        words = {"have": len(rows), "promised": tally.entries, "lost": lost}
        found.append(CUT.at("audit_log", len(rows), **words))
    elif not rows or rows[-1][-1] != tally.last or len(rows) > tally.entries:
        found.append(SWAPPED.at("audit_log", len(rows)))
    return found


def _signatures(
    lines: Sequence[Line], tables: Mapping[str, pd.DataFrame], codes: Sequence[str]
) -> list[dict[str, Any]]:
    """Is every district in the state, and with the content, that was signed?"""
    last: dict[str, Line] = {}
    for act in lines:
        if act.operation == "sign":
            last |= {code: act for group in _groups(act.after).values() for code in group}
    districts = tables["districts"]
    stands = dict(zip(districts["district_code"], districts["state"], strict=True))
    under = [code for code in codes if stands[code] != "draft"]
    now = fingerprints({name: tables[name] for name in LAYERS}, under)
    found = []
    for code in codes:
        line: Line | None = last.get(code)
        logged = next(iter(_groups(line.after)), "draft") if line else "draft"
        later = [o.seq for o in lines if line and o.seq > line.seq and o.operation != "sign" and o.mentions(code)]  # fmt: skip
        if stands[code] != logged and not (stands[code] == "draft" and later):
            known = {name: STATES.get(name, Text(name, name)) for name in (stands[code], logged)}
            found.append(STATE_UNLOGGED.at(
                "districts", code, code=code, state=known[stands[code]].en, logged=known[logged].en,
                state_zh=known[stands[code]].zh, logged_zh=known[logged].zh,
            ))  # fmt: skip
        if line and code in now and f"{code}#{now[code]}" not in line.after:
            words = {"code": code, "who": line.actor, "n": line.seq}
            kind, more = (CHANGED, {"later": later[-1]}) if later else (UNLOGGED, {})
            found.append(kind.at("districts", code, **words, **more))
    return found
