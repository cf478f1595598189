"""What the columns of a plan are called in exchange files: short names, headings, and a table of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from census_gis.language import Text
from census_gis.tables import TABLES

__all__ = ["HEADINGS", "SHORT", "heading", "plain_text", "short_names", "write_fields"]

SHORTEST = 10  # bytes of a name in a .dbf
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Names of more than ten letters; never changed once given out.
SHORT = {
    "district_code": "dist_code", "persons_given": "pers_given", "persons_away": "pers_away",
    "persons_low": "pers_low", "persons_high": "pers_high", "building_id": "bldg_id",
    "building_number": "bldg_no", "number_label": "no_label", "feature_name": "feat_name",
    "display_name": "disp_name", "contact_office": "contact", "township_code": "town_code",
    "township_name": "town_name", "district_name": "dist_name", "county_code": "cnty_code",
    "minutes_interview": "min_forms", "minutes_walking": "min_walk", "minutes_callbacks": "min_calls",
    "minutes_travel": "min_travel", "minutes_fixed": "min_fixed", "minutes_low": "min_low", "minutes_high": "min_high",
    "mean_border_m": "mean_brd_m", "persons_before": "pers_befor",
}  # fmt: skip
HEADINGS: dict[str, Text] = {
    "address": Text("address", "地址"), "area_m2": Text("area [m2]", "面积（平方米）"),
    "block": Text("block", "划块编号"),
    "building_id": Text("building", "建筑物标识"), "building_number": Text("building number", "建筑物顺序号"),
    "buildings": Text("buildings", "建筑物（栋）"), "capacity": Text("most persons", "最多负责人数（人）"),
    "changed": Text("no longer with their former EA [persons]", "不再与原小区多数人同区（人）"), "class": Text("class", "类别"),
    "code": Text("code", "代码"), "contact_office": Text("office to ask", "联系单位"),
    "crossings": Text("barriers straddled", "跨越障碍（处）"), "date": Text("date", "日期"), "decision": Text("decision", "处理决定"),
    "display_name": Text("name to print", "显示姓名"), "dispute_id": Text("dispute", "争议编号"),
    "district_code": Text("district code", "普查区代码"), "doors": Text("doors", "单元数"),
    "dwellings": Text("dwellings", "住房（套）"), "ea_code": Text("EA code", "普查小区代码"),
    "ea_codes": Text("EA codes", "普查小区代码（多个）"), "ea_count": Text("EAs", "普查小区（个）"),
    "east_en": Text("east side (English)", "东至（英文）"), "east_zh": Text("east side (Chinese)", "东至（中文）"),
    "effort_m": Text("way that joins all houses [m]", "连通各户的最短路（米）"), "enumerator": Text("enumerator", "普查员"), "feature_name": Text("name of the feature", "地物名称"),
    "fix": Text("what to do", "处理办法"), "floor_hi": Text("to floor", "终止层"),
    "floor_lo": Text("from floor", "起始层"), "floors": Text("floors", "层数（层）"),
    "follows": Text("follows", "界线依据"), "home_m": Text("straight way from home [m]", "距住处直线距离（米）"), "households": Text("households", "户数（户）"),
    "key": Text("key", "键"), "kind": Text("kind", "类型"), "layer": Text("layer", "图层"),
    "left_ea": Text("EA on the left", "左侧小区"), "length_m": Text("length [m]", "长度（米）"),
    "level": Text("level", "级别"), "mean_border_m": Text("mean price of a border [m]", "公共边平均代价（米）"), "message": Text("what", "内容"), "minutes": Text("time [min]", "时间（分钟）"),
    "minutes_callbacks": Text("of it callbacks [min]", "其中补访（分钟）"),
    "minutes_fixed": Text("of it fixed [min]", "其中固定（分钟）"), "minutes_high": Text("time, high [min]", "时间上限（分钟）"),
    "minutes_interview": Text("of it forms [min]", "其中登记（分钟）"), "minutes_low": Text("time, low [min]", "时间下限（分钟）"),
    "minutes_travel": Text("of it travel [min]", "其中往返（分钟）"), "minutes_walking": Text("of it walking [min]", "其中走访（分钟）"),
    "name": Text("name", "名称"), "next_best": Text("who would have been next", "次优人选"), "north_en": Text("north side (English)", "北至（英文）"),
    "north_zh": Text("north side (Chinese)", "北至（中文）"), "number_label": Text("number", "建筑物编号"),
    "op": Text("edit", "操作"), "origin": Text("where it came from", "来历"), "outcome": Text("outcome", "结果"), "part_id": Text("dwelling part", "建筑物（部分）标识"),
    "parties": Text("parties", "争议各方"), "persons": Text("persons", "人数（人）"),
    "persons_away": Text("of them living elsewhere", "其中人户分离（人）"),
    "persons_given": Text("persons given", "给定人数（人）"), "persons_high": Text("persons, upper bound", "人数上限（人）"),
    "persons_low": Text("persons, lower bound", "人数下限（人）"), "policy": Text("policy", "处理方式"),
    "reason": Text("reason", "原因"), "remark": Text("remark", "备注"), "retired_on": Text("retired on", "停用日期"),
    "right_ea": Text("EA on the right", "右侧小区"), "role": Text("role", "岗位"), "row_key": Text("row", "对象"),
    "seq": Text("order", "顺序"), "serial": Text("serial", "顺序码"), "severity": Text("gravity", "程度"),
    "skills": Text("skills", "技能"), "source": Text("source", "来源"), "south_en": Text("south side (English)", "南至（英文）"),
    "south_zh": Text("south side (Chinese)", "南至（中文）"), "special_id": Text("special area", "特殊区域编号"),
    "staff_id": Text("staff number", "人员编号"), "state": Text("state", "状态"),
    "stratum": Text("urban or rural class", "城乡分类"),
    "successor": Text("successor", "接替代码"), "supervisor": Text("supervisor", "普查指导员"),
    "text_en": Text("boundary (English)", "四至（英文）"), "text_zh": Text("boundary (Chinese)", "四至（中文）"),
    "unit": Text("unit", "单元／单位"), "use": Text("use", "用途"), "value": Text("value", "取值"),
    "visit": Text("order of visits", "走访顺序"), "walk_m": Text("walk [m]", "步行距离（米）"), "west_en": Text("west side (English)", "西至（英文）"),
    "west_zh": Text("west side (Chinese)", "西至（中文）"), "when": Text("when", "时间"), "who": Text("who", "经办人"),
    "decided_by": Text("decided by", "审定人"), "decided_on": Text("decided on", "审定时间"),
    "done": Text("finished [households]", "已完成（户）"), "file": Text("file", "来源文件"),
    "persons_before": Text("persons before", "原人数（人）"), "reference": Text("reference", "凭据编号"),
    "remaining": Text("left [households]", "未完成（户）"), "stage": Text("stage", "工作阶段"),
    "taken": Text("taken in on", "录入时间"), "time": Text("time", "时间"),
    "x": Text("home, east [m], to 100 m", "住处东坐标（米，精确到百米）"), "x_m": Text("x, east [m]", "东坐标（米）"),
    "y": Text("home, north [m], to 100 m", "住处北坐标（米，精确到百米）"), "y_m": Text("y, north [m]", "北坐标（米）"),
}  # fmt: skip


def heading(column: str) -> Text:
    """What a person reads above a column; a column the plan does not declare keeps its name."""
    return HEADINGS.get(column, Text(column, column))


def short_names(columns: Iterable[str], *, encoding: str = "utf-8") -> dict[str, str]:
    """A name of at most ten bytes for each column, unique without regard to case.

    Declared columns always get the same one; others are cut, and numbered where two are alike.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        short = _cut(SHORT.get(column, column), SHORTEST, encoding)
        nth = 1
        while short.casefold() in taken:
            nth += 1
            short = f"{_cut(column, SHORTEST - len(str(nth)) - 1, encoding)}_{nth}"
        taken.add(short.casefold())
        names[column] = short
    return names


def write_fields(
    path: Path, layers: Mapping[str, Sequence[str]], *, short: Mapping[str, Mapping[str, str]]
) -> None:
    """fields.csv: every column of every layer, its name in the files, both headings, type and unit.

    Parameters
    ----------
    layers
        Columns of each layer written.
    short
        Their names in the files, where these differ.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            [
                "layer",
                "column",
                "name_in_file",
                "heading_en",
                "heading_zh",
                "type",
                "unit",
                "meaning",
            ]
        )
        for layer, columns in layers.items():
            declared = TABLES.get(layer, {})
            for column in columns:
                told = declared.get(column)
                words = heading(column)
                row = (layer, column, short.get(layer, {}).get(column, column), words.en, words.zh,
                       told.dtype if told else "", told.unit if told else "",
                       told.meaning if told else "")  # fmt: skip
                writer.writerow([plain_text(cell) for cell in row])


def plain_text(cell: object) -> object:
    """A cell of a CSV file that no spreadsheet takes for a formula: such a text gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _cut(name: str, most: int, encoding: str) -> str:
    """The longest beginning that fits; what the encoding lacks becomes an underscore."""
    data = b"".join(sign.encode(encoding, "ignore") or b"_" for sign in name)[:most]
    return data.decode(encoding, "ignore") or "field"
