"""The daily bulletin of the field work: how far, who lags, when it will be done; as workbook, page and text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from census_gis.field.events import STAGE_WORDS
from census_gis.field.progress_calendar import CHECKS, MILESTONES, STATES
from census_gis.language import Language, Text
from census_gis.present.bulletin_book import Sheet, write_book
from census_gis.present.webfont import filled_page
from census_gis.store.beside import write_whole

__all__ = ["WORDS", "Bulletin", "sentences", "write_bulletin"]

WORDS: Mapping[str, Text] = {
    "title": Text("Bulletin of the field work", "普查工作进度通报"), "day": Text("as of", "截至"), "stage": Text("stage", "阶段"),
    "all": Text("in all", "总体情况"), "districts": Text("Districts", "各普查区进度"), "crews": Text("Crews", "各普查组进度"),
    "lagging": Text("EAs to look after", "滞后小区"), "milestones": Text("Milestones", "时间节点"),
    "checks": Text("Inspection", "督查清单"), "none": Text("None.", "无。"),
    "office": Text("Internal: for the census office only.", "内部资料，仅供普查机构使用。"),
    "more": Text("and {n} more, see the workbook", "另有 {n} 个，见工作簿"),
    "how": Text("Forecasts carry on the pace of each EA, drawn towards its district's; EAs lag that lack a fifth of the work "
                "against the days gone, or have been silent for three days.",
                "预计完成日按各小区速度（向本普查区平均速度收缩）外推；进度比时间进度落后五分之一以上、或未完成且三天未上报的小区列为滞后。"),
}  # fmt: skip
HEADS: Mapping[str, Text] = {
    "district_code": Text("district", "普查区代码"), "name": Text("name", "名称"), "supervisor": Text("supervisor", "普查指导员"),
    "ea_code": Text("EA", "普查小区代码"), "enumerator": Text("enumerator", "普查员"),
    "eas": Text("EAs", "小区数"), "finished": Text("finished", "已完成"), "begun": Text("begun", "进行中"), "none": Text("not begun", "未开始"),
    "done": Text("households done", "已登记（户）"), "remaining": Text("left", "未登记（户）"), "percent": Text("done [%]", "完成率（%）"),
    "lagging": Text("lagging", "滞后小区数"), "forecast": Text("forecast", "预计完成日"), "last": Text("last report", "最近上报"),
    "silent": Text("days silent", "未上报天数"), "points": Text("behind [points]", "落后（百分点）"),
}  # fmt: skip
STONE_HEADS: Mapping[str, Text] = {
    "what": Text("milestone", "节点"), "first": Text("from", "开始"), "until": Text("to", "截止"),
    "percent": Text("done [%]", "完成率（%）"), "state": Text("state", "状态"), "late": Text("days late", "逾期天数"),
}  # fmt: skip
CHECK_HEADS: Mapping[str, Text] = {
    "stage": Text("stage", "阶段"), "what": Text("what to look at", "督查内容"), "holds": Text("holds", "是否落实"),
    "lacking": Text("cases", "未落实数"),
}  # fmt: skip
SUMMED = ("eas", "finished", "begun", "none", "done", "remaining", "percent", "lagging", "forecast")
LAGGING = ("ea_code", "district_code", "enumerator", "supervisor", "done", "remaining", "percent", "points", "last", "silent", "forecast")  # fmt: skip
YES, NO, OPEN = Text("yes", "是"), Text("no", "否"), Text("□", "□")
WHOLE = Text(
    "{stage}, {day}: {done:,} of {total:,} households ({share:.1%}); {finished} of {eas} EAs finished, {begun} begun, "
    "{none} not begun; {lagging} lag; forecast {forecast}.",
    "{stage}，截至 {day}：已登记 {done:,} 户，共 {total:,} 户，完成 {share:.1%}；{eas} 个普查小区中已完成 {finished} 个、"
    "进行中 {begun} 个、未开始 {none} 个；滞后 {lagging} 个；预计 {forecast} 完成。",
)  # fmt: skip
NO_FORECAST = Text("not known yet", "（暂无法预计）")
WORST = Text("Least done: {names}.", "进度靠后的普查区：{names}。")
LATE = Text(
    "Overdue: {what} (due {last}, {late} days).",
    "逾期：{what}（应于 {last} 前完成，已逾期 {late} 天）。",
)
SHOWN = 30
WORST_SHOWN = 3


@dataclass(frozen=True)
class Bulletin:
    """What a bulletin tells.

    Attributes
    ----------
    project, language, day, stage : of it
    whole, districts, crews : rows of `summed`; districts with `name`
    areas : `progress_of`
    stones, checks : `milestones`, `checklist`
    curve : `daily`
    """

    project: str
    language: Language
    day: str
    stage: str
    whole: pd.DataFrame
    districts: pd.DataFrame
    crews: pd.DataFrame
    areas: pd.DataFrame
    stones: pd.DataFrame
    checks: pd.DataFrame
    curve: pd.DataFrame


def sentences(bulletin: Bulletin) -> list[Text]:
    """The bulletin in a few sentences."""
    row = bulletin.whole.iloc[0].to_dict()
    stage = STAGE_WORDS[bulletin.stage]
    when = {"en": row["forecast"] or NO_FORECAST.en, "zh": row["forecast"] or NO_FORECAST.zh}
    said = [Text(*(
        getattr(WHOLE, half).format(**{**row, "day": bulletin.day, "stage": getattr(stage, half), "forecast": when[half]})
        for half in ("en", "zh")
    ))]  # fmt: skip
    least = bulletin.districts.sort_values(["share", "district_code"]).head(WORST_SHOWN)
    if len(bulletin.districts) > WORST_SHOWN:
        names = [f"{row.name_ or row.district_code} {row.share:.0%}" for row in least.rename(columns={"name": "name_"}).itertuples()]  # fmt: skip
        said.append(
            Text(WORST.en.format(names=", ".join(names)), WORST.zh.format(names="、".join(names)))
        )
    titles = {key: words for key, words, *_ in MILESTONES}
    for stone in bulletin.stones[bulletin.stones["state"] == "overdue"].itertuples():
        words = titles[stone.key]
        said.append(Text(LATE.en.format(what=words.en, last=stone.last, late=stone.late),
                         LATE.zh.format(what=words.zh, last=stone.last, late=stone.late)))  # fmt: skip
    return said


def write_bulletin(bulletin: Bulletin, folder: Path) -> tuple[Path, ...]:
    """Write bulletin_DAY.xlsx, .html and .txt; each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"bulletin_{bulletin.day}{ending}" for ending in (".xlsx", ".html", ".txt")]
    _book(bulletin, paths[0])
    write_whole(paths[1], _page(bulletin).encode())
    lines = [f"{bulletin.project} {WORDS['title'].of(bulletin.language)}", "",
             *(text.of(bulletin.language) for text in sentences(bulletin)), "", WORDS["how"].of(bulletin.language)]  # fmt: skip
    write_whole(paths[2], ("\n".join(lines) + "\n").encode())
    return tuple(paths)


def _book(bulletin: Bulletin, path: Path) -> None:
    notes = {"districts": tuple(sentences(bulletin)), "lagging": (WORDS["how"],)}
    sheets = [Sheet(WORDS[key], rows, heads, notes.get(key, ())) for key, (rows, heads) in _tables(bulletin).items()]  # fmt: skip
    write_book(path, sheets, project=bulletin.project, language=bulletin.language)


def _tables(bulletin: Bulletin) -> dict[str, tuple[pd.DataFrame, Mapping[str, Text]]]:
    """Rows and headings of each table, by the key of its title."""
    return {
        "districts": (_percent(bulletin.districts), _heads("district_code", "name", *SUMMED)),
        "crews": (_percent(bulletin.crews), _heads("supervisor", *SUMMED)),
        "lagging": (_lagging(bulletin), _heads(*LAGGING)),
        "milestones": (_stones(bulletin), STONE_HEADS),
        "checks": (_checks(bulletin), CHECK_HEADS),
    }


def _page(bulletin: Bulletin) -> str:
    language = bulletin.language
    shown = []
    for key, (rows, heads) in _tables(bulletin).items():
        kept = rows.head(SHOWN) if key == "lagging" else rows
        more = WORDS["more"].format(n=len(rows) - len(kept)).of(language)
        note = more if len(rows) > len(kept) else ""
        shown.append({"title": WORDS[key].of(language), "note": note, **_cells(kept, heads, language)})  # fmt: skip
    return filled_page(
        "bulletin.html", language=language, project=bulletin.project, day=bulletin.day,
        words={key: text.of(language) for key, text in WORDS.items()},
        stage=STAGE_WORDS[bulletin.stage].of(language),
        sentences=[text.of(language) for text in sentences(bulletin)], tables=shown,
    )  # fmt: skip


def _cells(rows: pd.DataFrame, heads: Mapping[str, Text], language: Language) -> dict[str, Any]:
    """A table for a page: headings, which columns are numbers, and cells as texts."""
    names = [name for name in heads if name in rows]
    plain = [
        [_cell(value) for value in row]
        for row in rows[names].astype(object).to_numpy(object).tolist()
    ]
    number = [pd.api.types.is_numeric_dtype(rows[name]) for name in names]
    return {"heads": [heads[name].of(language) for name in names], "number": number, "rows": plain}


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _heads(*names: str) -> dict[str, Text]:
    return {name: HEADS[name] for name in names}


def _percent(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(percent=(table["share"] * 100).round(1))


def _lagging(bulletin: Bulletin) -> pd.DataFrame:
    """EAs to look after, the farthest behind first."""
    table = bulletin.areas[bulletin.areas["lags"]]
    table = table.sort_values(["behind", "silent", "ea_code"], ascending=[False, False, True])
    quiet = table["silent"].astype("Int64").mask(table["silent"] < 0)
    return _percent(table).assign(points=(table["behind"] * 100).round(1), silent=quiet)


def _stones(bulletin: Bulletin) -> pd.DataFrame:
    titles = {key: words.of(bulletin.language) for key, words, *_ in MILESTONES}
    stones = bulletin.stones
    share = pd.to_numeric(stones["share"]).astype(float)
    return stones.assign(
        what=[titles[key] for key in stones["key"]], until=stones["last"], percent=(share * 100).round(1),
        state=[STATES[key].of(bulletin.language) for key in stones["state"]],
        late=stones["late"].astype("Int64").mask(stones["late"] == 0),
    )  # fmt: skip


def _checks(bulletin: Bulletin) -> pd.DataFrame:
    titles = {key: words.of(bulletin.language) for key, words, *_ in MILESTONES}
    language = bulletin.language
    holds = [OPEN if one is None else YES if one else NO for one in bulletin.checks["holds"]]
    return pd.DataFrame({
        "stage": [titles[key] for key in bulletin.checks["stage"]],
        "what": [CHECKS[nth][2].of(language) for nth in bulletin.checks["nth"]],
        "holds": [text.of(language) for text in holds],
        "lacking": pd.array(pd.to_numeric(bulletin.checks["lacking"]), dtype="Int64"),
    })  # fmt: skip
