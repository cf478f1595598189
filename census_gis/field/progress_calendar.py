"""Milestones of the census calendar, and what an inspection looks at in each stage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from census_gis.errors import ConfigError
from census_gis.field.progress import SILENT_DAYS
from census_gis.field.staffing import UNSTAFFED, needed
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["CHECKS", "MILESTONES", "STATES", "checklist", "milestones", "stage_days", "stage_on"]

# Key, words, rules of its first and last day ('' for one day), stage of reports that tells when it is done.
MILESTONES: tuple[tuple[str, Text, str, str], ...] = (
    ("plotting", Text("EAs drawn, audited and reported", "普查小区划分、审核、上报"), "", "calendar.plotting_to"),
    ("listing", Text("listing", "入户摸底"), "calendar.listing_from", "calendar.listing_to"),
    ("moment", Text("reference moment", "普查标准时点"), "", "calendar.moment"),
    ("short", Text("registration, short form", "短表登记"), "calendar.short_from", "calendar.short_to"),
    ("long", Text("registration, long form", "长表登记"), "calendar.long_from", "calendar.long_to"),
    ("review", Text("comparison and review", "比对复查"), "calendar.review_from", "calendar.review_to"),
)  # fmt: skip
STATES: Mapping[str, Text] = {
    "done": Text("done", "已完成"), "overdue": Text("overdue", "逾期"), "running": Text("running", "进行中"),
    "ahead": Text("ahead", "未开始"), "unset": Text("no date set", "未定日期"),
}  # fmt: skip
# What is looked at in each stage; `plan` items are answered from the plan, the others are ticked on the spot.
# After the notices of 2020 (checks at three levels, border talks, confidentiality) and what follows from them.
CHECKS: tuple[tuple[str, str, Text], ...] = (
    ("plotting", "signed", Text("every district is approved", "各普查区均已批准")),
    ("plotting", "errors", Text("no error is left in the plan", "方案中没有未处理的错误")),
    ("plotting", "staffed", Text("every EA has an enumerator and a supervisor", "每个普查小区都落实了普查员和普查指导员")),
    ("plotting", "", Text("lines walked with the neighbours, both sides signed", "界线已与相邻村（居）委会现场核对并双方签字")),
    ("plotting", "", Text("confidentiality agreements signed", "已签订保密承诺书")),
    ("listing", "corrections", Text("no correction from the field waits", "没有待审定的外业更正")),
    ("listing", "", Text("sheets handed out; the enumerator knows line and number of buildings", "图纸已发放，普查员清楚界线和建筑物数")),
    ("listing", "", Text("factories, schools, shops and building sites searched for residents", "厂房、学校、商铺、工地内的住户已逐一摸排")),
    ("listing", "reported", Text("every EA has reported its listing", "各普查小区均已上报摸底结果")),
    ("short", "", Text("devices work, accounts can log in", "设备和账号可正常使用")),
    ("short", "silent", Text("no unfinished EA has been silent for three days", "没有未完成且三天未上报的普查小区")),
    ("short", "", Text("supervisors have gone along with each enumerator once", "普查指导员已陪同每名普查员入户")),
    ("long", "", Text("long-form households drawn, list kept closed", "长表户已抽取，名单妥善保管")),
    ("long", "silent", Text("no unfinished EA has been silent for three days", "没有未完成且三天未上报的普查小区")),
    ("review", "", Text("enumerator, supervisor and office have each checked", "普查员、指导员、普查机构三级审核已完成")),
    ("review", "", Text("quality sample drawn and gone to", "事后质量抽查小区已抽取并完成复查")),
    ("review", "finished", Text("every EA is finished", "各普查小区均已完成")),
)  # fmt: skip
APPROVED = ("approved", "reported")


def stage_days(profile: Profile, stage: str) -> tuple[str, str]:
    """First and last day of a stage, '' where they are not set.

    Raises
    ------
    ConfigError
        If a rule is no date, or the last day is before the first.
    """
    first, last = (_day(profile, f"calendar.{stage}_{end}") for end in ("from", "to"))
    if first and last and last < first:
        raise ConfigError(
            Text(f"the stage ends ({last}) before it begins ({first}).", f"阶段结束日期（{last}）早于开始日期（{first}）。"),
            where=f"[rules] calendar.{stage}_to", fix=Text("correct the dates.", "请改正日期。"),
        )  # fmt: skip
    return first, last


def _day(profile: Profile, key: str) -> str:
    """A date of the calendar, '' where it is not set (or the plan is older than the rule)."""
    text = str(profile[key]).strip() if key in profile.rules else ""
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ConfigError(
            Text(f"“{text}” is no date.", f"“{text}”不是日期。"), where=f"[rules] {key}",
            fix=Text("write it as 2020-11-01.", "请写成 2020-11-01 的形式。"),
        ) from error  # fmt: skip


def stage_on(profile: Profile, day: str, *, reported: pd.Series) -> str:
    """The stage of a day: the last that has begun by the calendar, else that of the last reports, else the short form.

    Parameters
    ----------
    reported
        Stages of the reports, the last at the end.
    """
    begun = [
        key
        for key in ("listing", "short", "long")
        if (first := stage_days(profile, key)[0]) and first <= day
    ]
    if begun and day <= stage_days(profile, begun[-1])[1]:
        return begun[-1]
    return str(reported.iloc[-1]) if len(reported) else (begun[-1] if begun else "short")


def milestones(
    profile: Profile, *, day: str, finished: Mapping[str, float], reported: float
) -> pd.DataFrame:
    """Each milestone: its days, its state on a day, and how many days it is late.

    Parameters
    ----------
    profile
        Rules `calendar.*`.
    day
        ISO 8601.
    finished
        Stage to the share of EAs that have finished it.
    reported
        Share of districts that are reported.

    Returns
    -------
    DataFrame
        key, first, last (days, '' where not set), share (done, None of a moment), state (keys of `STATES`), late [days].
    """
    rows = []
    for key, _, begin, end in MILESTONES:
        first, last = (_day(profile, rule) if rule else "" for rule in (begin, end))
        share = (
            reported if key == "plotting" else None if key == "moment" else finished.get(key, 0.0)
        )
        done = day >= last if share is None and last else share is not None and share >= 1.0
        late = (date.fromisoformat(day) - date.fromisoformat(last)).days if last else 0
        if done:
            state = "done"
        elif not last:
            state = "unset"
        elif late > 0:
            state = "overdue"
        else:
            state = "running" if not first or first <= day else "ahead"
        rows.append((key, first, last, share, state, max(late, 0) if state == "overdue" else 0))
    return pd.DataFrame(rows, columns=["key", "first", "last", "share", "state", "late"])


def checklist(
    tables: Mapping[str, pd.DataFrame], progress: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """What an inspection looks at: answered from the plan where it can be, else left to be ticked.

    Parameters
    ----------
    tables
        Layers of the plan.
    progress
        Stage to `progress_of`, of stages with reports.

    Returns
    -------
    DataFrame
        stage, nth (of `CHECKS`), holds (True, False, None: to be ticked), lacking (how many cases).
    """
    rows = []
    for nth, (stage, fact, _) in enumerate(CHECKS):
        lacking = _lacking(fact, tables, progress.get(stage)) if fact else None
        rows.append((stage, nth, None if lacking is None else lacking == 0, lacking))
    return pd.DataFrame(rows, columns=["stage", "nth", "holds", "lacking"]).astype(
        {"holds": object, "lacking": object}
    )


def _lacking(
    fact: str, tables: Mapping[str, pd.DataFrame], progress: pd.DataFrame | None
) -> int | None:
    """Cases in which a fact does not hold; None where nothing is known yet."""
    areas = tables["enumeration_areas"]
    if fact == "signed":
        return int((~tables["districts"]["state"].isin(APPROVED)).sum())
    if fact == "errors":
        return int((tables["findings"]["severity"] == "error").sum())
    if fact == "staffed":
        asked = areas[needed(areas)]
        who = asked[["enumerator", "supervisor"]].astype(object).fillna("")
        return int(who.isin(["", UNSTAFFED]).any(axis=1).sum())
    if fact == "corrections":
        return int((tables["corrections"]["state"] == "staged").sum())
    if progress is None:
        return None
    if fact == "silent":
        quiet = (progress["status"] != "finished") & (progress["silent"] >= SILENT_DAYS)
        return int(quiet.sum())
    if fact == "reported":
        return int((progress["status"] == "none").sum())
    return int((progress["status"] != "finished").sum())
