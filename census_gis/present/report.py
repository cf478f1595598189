"""The report of a plan: one page that opens offline and prints well, and its figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from census_gis.areas.audit import measures
from census_gis.areas.laws import said
from census_gis.areas.score import score
from census_gis.areas.strata import Bands
from census_gis.field.staffing import UNSTAFFED, posts
from census_gis.language import Language, Text, counted
from census_gis.present.score_page import (
    SCORE_WORDS,
    score_record,
    score_rows,
    scores_of_districts,
)
from census_gis.present.svg_chart import face, svg_of
from census_gis.present.titles import place_of_plan, townships
from census_gis.present.webfont import filled_page
from census_gis.present.words import said_value
from census_gis.present.work_page import WORK_WORDS, work_record, work_view
from census_gis.profile import Profile

__all__ = ["figures_of", "histogram", "write_report_page"]

WORDS: dict[str, Text] = {
    "title": Text("Plan of enumeration areas", "普查小区划分报告"),
    "made": Text("made on", "制作日期"),
    "figures": Text("Key figures", "主要指标"),
    "sizes": Text("Size of enumeration areas", "普查小区规模"),
    "districts": Text("Districts", "普查区"),
    "findings": Text("Findings", "检查发现"),
    "none": Text("Nothing was found.", "未发现问题。"),
    "rules": Text("Rules", "规则"), "files": Text("Files", "成果文件"),
    "code": Text("code", "代码"), "gravity": Text("gravity", "程度"), "count": Text("cases", "件数"),
    "what": Text("what", "内容"), "fix": Text("what to do", "处理办法"), "where": Text("where", "位置"),
    "name": Text("name", "名称"), "persons": Text("persons", "人数"), "eas": Text("EAs", "小区数"),
    "mean": Text("persons per EA", "平均每区人数"), "least": Text("smallest", "最小"),
    "most": Text("largest", "最大"),
    "sizes_note": Text("Sizes are of ordinary EAs with persons: virtual and special ones are left out.",
                       "规模按有人居住的一般小区计算，不含虚拟小区和特殊区域。"), "rule": Text("rule", "规则"), "value": Text("value", "取值"),
    "unit": Text("unit", "单位"), "source": Text("source", "依据"), "meaning": Text("meaning", "含义"),
    "more": Text("and {n} more cases, see layer `findings` of plan.gpkg",
                 "另有 {n} 件，见 plan.gpkg 的 findings 图层"),
    "error": Text("error", "错误"), "warning": Text("warning", "警告"), "note": Text("note", "提示"),
    "township": Text("township", "乡级单位"), "origin": Text("set by", "出自"),
    "vintage": Text("official code list of", "官方代码表版本"),
    "office": Text("Internal: for the census office only.", "内部资料，仅供普查机构使用。"),
    "disclaimer": Text("Boundaries serve the census only and are no basis for administrative division.",
                       "界线仅供普查使用，不作为行政区划界线的依据。"),
}  # fmt: skip
# What lies beside the report, and what it is; one that is not there is not linked.
FILES: dict[str, Text] = {
    "ea_list.xlsx": Text("enumeration areas", "普查小区一览表"),
    "building_list.xlsx": Text("buildings", "建筑物一览表"),
    "staffing.xlsx": Text("staffing by district", "人员配备表"),
    "responsibility.xlsx": Text(
        "responsibility, people, training and pay", "责任落实、人员、培训与补助"
    ),
    "staffing_totals.xlsx": Text("staffing from totals", "按总数测算的人员配备"),
    "border_buildings.html": Text(
        "border buildings, to be signed by both sides", "界上建筑物清单（双方签字）"
    ),
    "border_buildings.xlsx": Text("border buildings (table)", "界上建筑物清单（表格）"),
    "../maps/index.pdf": Text("index of the sheets", "图册索引"),
    "../web/index.html": Text("web map", "网络地图"),
    "audit.json": Text("measures and findings, for machines", "指标与检查发现（供程序读取）"),
}
SHOWN_CASES = 12


def write_report_page(
    tables: Mapping[str, pd.DataFrame], path: Path, *, profile: Profile, made_on: str
) -> None:
    """Write index.html: key figures, histogram, districts, findings in plain words, rules with sources."""
    settings = tables["settings"].set_index("key")["value"]
    language: Language = "zh" if settings["project.language"] == "zh" else "en"
    terms = score(tables, profile)
    page = filled_page(
        "report.html",
        words={key: counted(text, profile.noun).of(language) for key, text in {**WORDS, **SCORE_WORDS, **WORK_WORDS}.items()},
        work=work_view(tables, language),
        terms=score_rows(terms, language, profile.noun),
        district_terms=scores_of_districts(terms, language, profile.noun),
        place=place_of_plan(tables, language), vintage=settings.get("code.vintage") or "",
        language=language, project=settings["project.name"], made_on=made_on,
        figures=figures_of(tables, profile, language), chart=histogram(tables, profile, language),
        files=[(name, text.of(language)) for name, text in FILES.items() if (path.parent / name).is_file()],
        districts=_districts(tables), findings=_findings(tables["findings"], language),
        rules=[(key, profile.meaning(key).of(language), said_value(rule.value, language), rule.unit, rule.source, rule.origin)
               for key, rule in sorted(profile.every().items())],
    )  # fmt: skip
    path.write_text(page, encoding="utf-8")


def write_audit(tables: Mapping[str, pd.DataFrame], path: Path, *, profile: Profile) -> None:
    """audit.json: the plan's measures, its work, its terms by EA, and every finding, for machines."""
    found = pd.DataFrame(tables["findings"].drop(columns="geometry"))
    record = {
        "measures": _measured(tables, profile),
        "work": work_record(tables),
        "terms": score_record(score(tables, profile)),
        "findings": found.astype(object).where(found.notna(), None).to_dict("records"),
    }
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1, default=str), encoding="utf-8")


def figures_of(
    tables: Mapping[str, pd.DataFrame], profile: Profile, language: Language
) -> list[tuple[str, str]]:
    """Key figures in words, each with its unit."""
    m = _measured(tables, profile)
    districts = tables["districts"]
    persons = int(districts["persons"].sum())
    way = posts(persons, profile)
    supervisors = int((tables["staff"]["role"] == "supervisor").sum())
    bands = Bands(profile, districts)
    wide, band = _between(bands, "wide_low", "wide_high"), _between(bands, "low", "high")
    entries = [
        (Text("districts", "普查区"), Text(f"{len(districts):,}", f"{len(districts):,} 个")),
        (Text("enumeration areas", "普查小区"), Text(f"{m['eas']:,}", f"{m['eas']:,} 个")),
        (Text("persons", "人数"), Text(f"{persons:,}", f"{persons:,} 人")),
        (Text("persons per EA: mean (smallest - largest)", "平均每小区人数（最小至最大）"),
         Text(f"{m['mean']:.0f} ({m['min']} - {m['max']})", f"{m['mean']:.0f} 人（{m['min']} 至 {m['max']}）")),
        (Text(f"EAs inside {band} persons", f"{band} 人以内的小区"), _share(m["in_band"])),
        (Text("in the band, or forced out of it by one large building or too few persons",
              "区间以内，或因单栋大楼、人数过少而不可避免"), _share(m["in_band_or_excused"])),
        (Text("persons in such EAs", "其人数占比"), _share(m["persons_in_band_or_excused"])),
        (Text(f"EAs inside {wide} persons (wide band)", f"{wide} 人以内的小区（宽幅）"), _share(m["in_wide_band"])),
        (Text("EA lines between EAs on roads, rails, water or parcel edges", "小区间界线沿道路、铁路、水系、地类界的比例"),
         _share(m["follows_share"])),
        (Text("compactness (Polsby-Popper, 1 = circle)", "紧凑度（Polsby-Popper，圆为 1）"),
         Text(f"{m['compactness']:.2f}", f"{m['compactness']:.2f}")),
        (Text("posts by persons / rule", "按人数推算岗位"),
         Text(f"{persons:,} / {profile['staff.persons_per_post']} = {way['used']} ({profile['staff.rounding']}; up: {way['up']})",
              f"{persons:,} / {profile['staff.persons_per_post']} = {way['used']} 个（取整：{_ROUNDING[profile['staff.rounding']]}；进位为 {way['up']}）")),
    ]  # fmt: skip
    posts_of_eas = tables["assignments"]["staff_id"]
    n, manned = len(posts_of_eas), int((posts_of_eas != UNSTAFFED).sum())
    people = (
        Text("EAs with an enumerator; supervisors", "已落实普查员的小区；指导员"),
        Text(
            f"{manned:,} of {n:,}; {supervisors}", f"{n:,} 个中的 {manned:,} 个；{supervisors} 名"
        ),
    )
    shown = [(counted(name, profile.noun), counted(value, profile.noun)) for name, value in entries]
    return [(name.of(language), value.of(language)) for name, value in [*shown, people]]


_ROUNDING = {"down": "舍去", "nearest": "四舍五入", "up": "进位"}


def histogram(tables: Mapping[str, pd.DataFrame], profile: Profile, language: Language) -> str:
    """Histogram of persons for each EA as an SVG text; shapes only, so no font is needed to show it."""
    areas = tables["enumeration_areas"]
    drawn = (areas["kind"] != "virtual") & ~said(areas, "SPECIAL:")
    persons = areas.loc[drawn, "persons"].to_numpy(np.int64)
    every = Bands(profile, tables["districts"]).rules()
    low = min(rules["ea.persons.low"] for rules in every)
    high = max(rules["ea.persons.high"] for rules in every)
    figure = Figure(figsize=(7.2, 2.6), layout="constrained")
    axes = figure.subplots()
    step = max(10, int(round((high - low) / 12, -1)))
    top = min(int(persons.max(initial=high)), 3 * high)
    # The band holds its upper bound: the bin below it is closed on both sides.
    edges = [edge + (edge >= high) for edge in range(0, top + 2 * step, step)]
    for rules in every:
        axes.axvspan(
            rules["ea.persons.low"], rules["ea.persons.high"] + 1, color="#dcebdc", zorder=0
        )
    axes.hist(
        np.minimum(persons, top),
        bins=edges,
        color="#4d7ea8",
        zorder=2,
    )
    for rules in every:
        axes.axvline(rules["ea.persons.target"], color="#b03030", lw=1, zorder=3)
    font = face()
    counts = counted(Text("persons in an EA", "小区人数（人）"), profile.noun)
    axes.set_xlabel(counts.of(language), fontproperties=font)
    axes.set_ylabel(Text("EAs", "小区数（个）").of(language), fontproperties=font)
    axes.spines[["top", "right"]].set_visible(False)
    return svg_of(figure)


def _measured(tables: Mapping[str, pd.DataFrame], profile: Profile) -> dict[str, Any]:
    return measures(
        tables["enumeration_areas"], tables["ea_lines"], tables["dwelling_parts"], profile,
        districts=tables["districts"],
    )  # fmt: skip


def _between(bands: Bands, low: str, high: str) -> str:
    """A band as printed; those of several strata side by side."""
    ends = {(rules[f"ea.persons.{low}"], rules[f"ea.persons.{high}"]) for rules in bands.rules()}
    return " / ".join(f"{least}-{most}" for least, most in sorted(ends))


def _share(value: float | None) -> Text:
    return Text("-", "-") if value is None else Text(f"{100 * value:.1f} %", f"{100 * value:.1f}%")


def _districts(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    areas = tables["enumeration_areas"]
    ordinary = areas[
        (areas["kind"] != "virtual") & (areas["persons"] > 0) & ~said(areas, "SPECIAL:")
    ]
    size = ordinary.groupby("district_code")["persons"].agg(["mean", "min", "max"])
    return [
        {
            "code": row.district_code, "name": row.name, "township": township, "persons": f"{row.persons:,}", "eas": row.ea_count,
            **{key: f"{size[name][row.district_code]:.0f}" if row.district_code in size.index else "–"
               for key, name in (("mean", "mean"), ("least", "min"), ("most", "max"))},
        }
        for row, township in zip(
            tables["districts"].drop(columns="geometry").itertuples(index=False), townships(tables), strict=True
        )
    ]  # fmt: skip


def _findings(found: pd.DataFrame, language: Language) -> list[dict[str, Any]]:
    """Findings grouped by code, worst first, each with its first cases."""
    groups = []
    for (severity, code), cases in found.groupby(["severity", "code"], sort=False):
        more = len(cases) - SHOWN_CASES
        groups.append({
            "code": code, "severity": severity, "gravity": WORDS[str(severity)].of(language),
            "count": len(cases), "fix": cases["fix"].iloc[0],
            "cases": [(row.layer, row.row_key, row.message) for row in cases.head(SHOWN_CASES).itertuples()],
            "more": WORDS["more"].format(n=more).of(language) if more > 0 else "",
        })  # fmt: skip
    rank = {"error": 0, "warning": 1, "note": 2}
    return sorted(groups, key=lambda group: (rank[group["severity"]], group["code"]))
