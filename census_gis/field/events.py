"""Reports from the field: one row says how far an EA is; the state of an EA is its last one.

The list only grows. What it comes to does not depend on the order of files or rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from census_gis.errors import InputError
from census_gis.field.headings import called, texts_of
from census_gis.inputs.open import open_rows
from census_gis.inputs.privacy import refuse_identity
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.tables import conform, names
from census_gis.tables.columns import STAGES

__all__ = ["STAGE_WORDS", "Known", "Taken", "appended", "fold", "latest_day", "read_events"]

STAGE_WORDS: Mapping[str, Text] = {
    "listing": Text("listing", "入户摸底"), "short": Text("short form", "短表登记"),
    "long": Text("long form", "长表登记"), "review": Text("review", "比对复查"),
}  # fmt: skip
ALIASES: Mapping[str, tuple[str, ...]] = {
    "ea_code": ("ea_code", "ea", "小区代码", "普查小区代码", "普查小区"), "staff_id": ("staff_id", "staff", "enumerator", "人员编号", "普查员编号", "普查员"),
    "stage": ("stage", "阶段", "工作阶段"), "time": ("time", "date", "时间", "日期", "上报时间"),
    "done": ("done", "finished", "已完成", "完成户数", "已完成户数"), "remaining": ("remaining", "left", "未完成", "剩余", "未完成户数", "剩余户数"),
    "source": ("source", "来源"),
}  # fmt: skip
# What a stage is called in a report; 登记 alone may be either form.
SPELT: Mapping[str, tuple[str, ...]] = {
    "listing": ("摸底", "入户"), "short": ("短表",), "long": ("长表",), "review": ("复查", "比对"),
}  # fmt: skip
STAGE_NAMED = {spelt: key for key, words in STAGE_WORDS.items() for spelt in (key, *words, *SPELT[key])}  # fmt: skip
AHEAD = timedelta(hours=14)  # of UTC, nowhere more
UNREAD_TIME = Text("the time “{text}” cannot be read", "时间“{text}”无法识别")
UNREAD_COUNT = Text(
    "{name} “{text}” is no whole number of 0 or more", "{name} 的值“{text}”不是不小于 0 的整数"
)
UNKNOWN_EA = Text("EA {code} is not in the plan", "方案中没有普查小区 {code}")
UNKNOWN_STAGE = Text(
    "stage “{text}” is none of listing, short, long, review",
    "阶段“{text}”不属于摸底、短表、长表、复查",
)
UNKNOWN_PERSON = Text("nobody has the number {who}", "没有编号为 {who} 的人员")
LATER = Text("its time {text} is in the future", "时间 {text} 晚于当前时间")


@dataclass(frozen=True)
class Known:
    """What a report may speak of: EAs, people (none: not checked), the day of each stage, now (ISO 8601)."""

    areas: frozenset[str]
    people: frozenset[str]
    stages: Sequence[tuple[str, str, str]]
    now: str


@dataclass(frozen=True)
class Taken:
    """Reports read: rows of layer `events` without numbers, and rows refused (number in the file, why)."""

    rows: pd.DataFrame
    refused: tuple[tuple[int, Text], ...]


def read_events(file: Path, known: Known) -> Taken:
    """Reports of a CSV or XLSX file.

    Parameters
    ----------
    file
        Columns ea_code, time, done; staff_id, remaining, stage, source where known, in either language. `done` and
        `remaining` are households so far, not since the last report.
    known
        The plan.

    Raises
    ------
    InputError
        If the file cannot be used, lacks a column, or holds identity data.
    """
    frame = open_rows(Source(file)).frame.drop(columns="_row")
    refuse_identity(frame, where=file.name, audience="people")
    known_as = called(frame.columns, ALIASES)
    lost = [name for name in ("ea_code", "time", "done") if name not in known_as]
    if lost:
        raise InputError(
            Text(f"columns are missing: {', '.join(lost)}.", f"缺少字段：{'、'.join(lost)}。"), where=file.name,
            fix=Text("give ea_code, staff_id, time, done, remaining (households so far), source.",
                     "请提供 ea_code（小区代码）、staff_id（人员编号）、time（时间）、done（已完成户数）、remaining（未完成户数）、source（来源）。"),
        )  # fmt: skip
    rows, refused = [], []
    for at, row in enumerate(texts_of(frame, ALIASES).to_dict("records"), start=1):
        made = _read(row, known)
        if isinstance(made, Text):
            refused.append((at, made))
        else:
            rows.append({**made, "source": row["source"] or file.name, "taken": known.now})
    return Taken(
        pd.DataFrame(rows, columns=[n for n in names("events") if n != "seq"]), tuple(refused)
    )


def _read(row: Mapping[str, str | None], known: Known) -> dict[str, object] | Text:
    """One report, or why it is none."""
    code, who, text = row["ea_code"] or "", row["staff_id"], row["time"] or ""
    if code not in known.areas:
        return UNKNOWN_EA.format(code=code or "-")
    if who and known.people and who not in known.people:
        return UNKNOWN_PERSON.format(who=who)
    time = _time(text)
    if time is None:
        return UNREAD_TIME.format(text=text)
    if time[:10] > latest_day(known.now):
        return LATER.format(text=text)
    counts: dict[str, int | None] = {}
    for name in ("done", "remaining"):
        value = row[name]
        if value is None and name == "remaining":
            counts[name] = None
        elif value is None or not re.fullmatch(r"\d{1,9}", value):
            return UNREAD_COUNT.format(name=name, text=value or "")
        else:
            counts[name] = int(value)
    stage = _stage(row["stage"], time[:10], known.stages)
    if isinstance(stage, Text):
        return stage
    return {"ea_code": code, "staff_id": who, "stage": stage, "time": time, **counts}


def latest_day(now: str) -> str:
    """The latest day that has begun anywhere (UTC+14): reports say the day of their place, the clock is UTC's.

    Examples
    --------
    >>> latest_day("2020-11-01T23:30:00Z")
    '2020-11-02'
    """
    return (datetime.fromisoformat(now) + AHEAD).date().isoformat()


def _time(text: str) -> str | None:
    """ISO 8601 as on the clock of the place: a difference from UTC is left out."""
    try:
        found = datetime.fromisoformat(text.replace("/", "-").strip())
    except ValueError:
        return None
    return found.replace(tzinfo=None).isoformat(timespec="seconds")


def _stage(text: str | None, day: str, stages: Sequence[tuple[str, str, str]]) -> str | Text:
    """The stage named, else the last one that had begun on the day, else the short form."""
    if text:
        return STAGE_NAMED.get(text.lower(), UNKNOWN_STAGE.format(text=text))
    begun = [key for key, first, _ in stages if first and first <= day]
    return begun[-1] if begun else "short"


def appended(known: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """Layer `events` with new reports behind it; one that is there already is not taken twice."""
    keys = ["ea_code", "staff_id", "stage", "time", "done", "remaining"]
    have = set(_signs(known, keys))
    signs = _signs(fresh, keys)
    first = {sign: at for at, sign in reversed(list(enumerate(signs)))}
    keep = [at for at, sign in enumerate(signs) if sign not in have and first[sign] == at]
    new = fresh.iloc[keep].sort_values(["time", "ea_code", "stage", "done"], kind="stable")
    last = int(known["seq"].max()) if len(known) else 0
    new = new.assign(seq=np.arange(last + 1, last + 1 + len(new)))
    every = pd.concat([known, new], ignore_index=True) if len(known) else new
    return conform(every, "events")


def _signs(table: pd.DataFrame, keys: Sequence[str]) -> list[tuple[str, ...]]:
    plain = table[list(keys)].astype(object)
    return [
        tuple("" if pd.isna(v) else str(v) for v in row) for row in plain.itertuples(index=False)
    ]


def fold(events: pd.DataFrame, areas: pd.DataFrame, *, stage: str, day: str) -> pd.DataFrame:
    """How far each EA is in a stage at the end of a day.

    Parameters
    ----------
    events
        Layer `events`, in any order.
    areas
        ea_code and expected (households).
    stage
        One of `STAGES`.
    day
        ISO 8601; later reports are left out.

    Returns
    -------
    DataFrame
        One row an EA, in the order of codes: ea_code, expected, done, remaining, total (done + remaining [households]), first and
        last (days of the first and last report, None without), who. An EA's state is its last report; of several at one time
        the one with most done, then least left. A report that does not say what is left leaves what was expected.
    """
    if stage not in STAGES:
        raise ValueError(f"there is no stage {stage}")
    mine = events[(events["stage"] == stage) & (events["time"].str[:10] <= day)]
    table = areas[["ea_code", "expected"]].sort_values("ea_code", ignore_index=True)
    expected = table.set_index("ea_code")["expected"]
    rows = pd.DataFrame(mine[["ea_code", "staff_id", "time", "done", "remaining", "source"]])
    due = rows["ea_code"].map(expected).astype("Float64").fillna(0)
    rest = (due - rows["done"]).clip(lower=0)
    rows["remaining"] = rows["remaining"].astype("Float64").fillna(rest).astype("int64")
    rows[["staff_id", "source"]] = rows[["staff_id", "source"]].astype(object).fillna("")
    order = ["ea_code", "time", "done", "remaining", "staff_id", "source"]
    rows = rows.sort_values(order, ascending=[True, True, True, False, True, True], kind="stable")
    last = rows.drop_duplicates("ea_code", keep="last").set_index("ea_code")
    first = rows.groupby("ea_code")["time"].min()
    code = table["ea_code"]
    done = code.map(last["done"]).fillna(0).astype("int64")
    remaining = code.map(last["remaining"]).fillna(table["expected"]).astype("int64")
    return table.assign(
        done=done, remaining=remaining, total=done + remaining, first=code.map(first.str[:10]),
        last=code.map(last["time"].str[:10]), who=code.map(last["staff_id"]),
    )  # fmt: skip
