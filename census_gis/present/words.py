"""The words printed on sheets, in both languages."""

from __future__ import annotations

import re

from census_gis.language import Language, Text, counted

__all__ = ["LATIN", "STATES", "SYMBOLS", "WORDS", "grouped", "said_value", "say"]

# Letters and digits that stand apart from Chinese beside them (one, as a regular expression has it).
LATIN = "[0-9A-Za-zÀ-ɏ]"

# In this order (workflow of the national system, fifth economic census); withdrawal goes back.
STATES: dict[str, Text] = {
    "draft": Text("draft", "草稿"), "checked": Text("checked", "已审核"),
    "approved": Text("approved", "已批准"), "reported": Text("reported", "已上报"),
}  # fmt: skip

WORDS: dict[str, Text] = {
    "ea": Text("Enumeration area {serial}", "第{serial}普查小区"),
    "map_of": Text("{name}", "{name}图"),
    "detail": Text("{name}: detail {letter}", "{name}图（详图{letter}）"),
    "buildings_of": Text("{name}: buildings", "{name}建筑物表"),
    "district_map": Text("{name}: census district map", "{name}普查区图"),
    "district_unnamed": Text("District {code}", "普查区{code}"),
    "ea_code": Text("EA code", "普查小区代码"),
    "district_code": Text("District code", "普查区代码"),
    "district": Text("Census district", "普查区"),
    "persons": Text("Persons", "人数"),
    "households": Text("Households", "户数"),
    "buildings": Text("Buildings", "建筑物"),
    "kind": Text("Kind", "类型"),
    "kind.ground": Text("ground", "一般"),
    "kind.stacked": Text("stacked", "叠层"),
    "kind.virtual": Text("virtual", "虚拟"),
    "area": Text("Area", "面积"),
    "remark": Text("Remark", "备注"),
    "eas": Text("EAs", "普查小区"),
    "unknown": Text("–", "—"),
    "scale": Text("Scale", "比例尺"),
    "metres": Text("m", "米"),
    "km": Text("km", "公里"),
    "print_at": Text("Print at 100 %; this bar is 50 mm", "按100%打印，此线长50毫米"),
    "north": Text("N", "北"),
    "legend": Text("Legend", "图例"),
    "bounds": Text("Boundary in words", "四至说明"),
    "east": Text("E", "东至"), "south": Text("S", "南至"),
    "west": Text("W", "西至"), "north_to": Text("N", "北至"),
    "number": Text("No.", "编号"),
    "address": Text("Address / name", "地址／名称"),
    "floors": Text("Fl.", "层数"),
    "dwellings": Text("Dw.", "户数"),
    "checked": Text("Checked", "核实"),
    "additions": Text("Additions", "新增建筑物"),
    "notes": Text("Notes", "备注"),
    "table_behind": Text("Building table: next page", "建筑物表见下页"),
    "table_behind_eas": Text("Table of EAs: next page", "普查小区表见下页"),
    "eas_of": Text("{name}: enumeration areas", "{name}普查小区表"),
    "table_note": Text(
        "Dw. = dwellings, from 2 up. Blank rows are for buildings found in the field.",
        "户数为住房套数，2户以上才印。空行供实地补登新增建筑物。",
    ),
    "details_note": Text(
        "Buildings in a lettered frame are numbered on the map of that letter.",
        "字母框内建筑物的编号见相应详图。",
    ),
    "drafter": Text("Drawn by", "绘图人"),
    "checker": Text("Checked by", "审核人"),
    "enumerator": Text("Enumerator", "普查员"),
    "supervisor": Text("Supervisor", "普查指导员"),
    "seal": Text("Seal", "（盖章处）"),
    "copies": Text("Copy", "本图一式两份"),
    "copy_township": Text("1 township", "1 乡级普查机构"),
    "copy_district": Text("2 district", "2 普查区"),
    "county": Text("County", "县（区）"),
    "township": Text("Township", "乡镇（街道）"),
    "committee": Text("Census district", "村（居）委会"),
    "ea_short": Text("EA", "普查小区"),
    "locator": Text("Place in the district", "在普查区中的位置"),
    "part_of": Text("EA {serial}", "属{serial}"),
    "match": Text("joins {letter}", "接{letter}图"),
    "base_of": Text("{name}: base sheet", "{name}底样"),
    "base_note": Text(
        "Pale features are from data and may be out of date: correct them by hand, draw what is missing.",
        "浅色要素据已有资料绘出，可能过时：请实地核对，手工改正、补绘。",
    ),
    "blank_note": Text(
        "Draw streets, water and every building you find, and number them.",
        "请按实地绘出道路、水系和全部建筑物，并编号。",
    ),
    "base_book": Text("{name}: base sheets", "{name}普查底样册"),
    "corrections": Text("Corrections", "更正记录"),
    "state": Text("State: {state}", "状态：{state}"),
    "no_image": Text("no image here", "此处无影像"),
    "floors_of_number": Text("No. {number}", "{number}号楼"),
    "date": Text("Date", "日期"),
    "disclaimer": Text(
        "Not a basis for administrative division. For census use only; keep confidential.",
        "本图不作为行政区划界线依据。仅供人口普查使用，注意保密。",
    ),
    "made": Text("Population census: {project}", "人口普查　{project}"),
    "census": Text("Population census", "人口普查"),
    "sources": Text("Data: {sources}", "资料：{sources}"),
    "approval": Text("Approval no. {number}", "审图号：{number}"),
    "vintage": Text("Codes of {vintage}", "区划代码 {vintage} 版"),
    "crs": Text("Coordinate system {crs}", "坐标系 {crs}"),
    "image": Text("Image: {taken} {source}", "影像：{taken} {source}"),
    "version": Text("version {n}", "第 {n} 版"),
    "copy": Text("copy {n} of {total}", "第 {n} 份 / 共 {total} 份"),
    "page": Text("Page {n} of {total}", "第 {n} 页 / 共 {total} 页"),
    "floor": Text("{n}F", "{n}层"),
    "floors_of": Text("floors {lo}–{hi}", "{lo}–{hi}层"),
    "one_floor": Text("floor {lo}", "{lo}层"),
    "door_of": Text("door {n}", "{n}单元"),
    "ladder": Text("Floors, doors", "楼层单元示意"),
    "stands_on": Text("floors of building", "所在建筑物"),
    "book": Text("{name}: map book", "{name}普查地图册"),
    "changed": Text("Changed sheets", "变更图幅"),
    "index": Text("Index of map books", "普查地图册索引"),
    "districts_n": Text("{n} census districts, {eas} enumeration areas", "{n} 个普查区，{eas} 个普查小区"),
    "files_named": Text("Each map book is named by its district's code: CODE.pdf", "各图册以普查区代码命名：代码.pdf"),
    "file": Text("File", "文件"),
    "pages": Text("Pages", "页数"),
    "code": Text("Code", "代码"),
    "name": Text("Name", "名称"),
    "continued": Text("(continued)", "（续）"),
    "no_building": Text("no building", "无建筑物"),
    "total": Text("Total", "合计"),
}  # fmt: skip

# What a legend may explain; the order is the order of the legend.
SYMBOLS: dict[str, Text] = {
    "ea": Text("EA line", "本小区界"),
    "ea_district": Text("Also district", "兼普查区界"),
    "township": Text("Township line", "乡级界"),
    "own_district": Text("This district", "本普查区界"),
    "district": Text("District line", "普查区界"),
    "district_sheet_ea": Text("EA line", "普查小区界"),
    "neighbour": Text("Other EA line", "其他小区界"),
    "overview_township": Text("Township, overview", "乡级界（总图）"),
    "overview_district": Text("District, overview", "普查区界（总图）"),
    "overview_ea": Text("EA, overview", "小区界（总图）"),
    "dispute": Text("Disputed line", "争议界线"),
    "storeyed": Text("2+ storeys", "楼房"),
    "single": Text("One storey", "平房"),
    "other_use": Text("No dwellings", "非居住建筑物"),
    "planned": Text("Building site", "工地内建筑物"),
    "gone": Text("Demolition", "拆迁区建筑物"),
    "shared": Text("Shared by EAs", "分属多个小区"),
    "cut": Text("Cut, two EAs", "小区间切分线"),
    "start": Text("Start", "路线起点"),
    "turn": Text("Part of round", "路线第几段"),
    "route": Text("Round", "走访路线"),
    "building": Text("Building", "建筑物"),
    "pictured": Text("Own building", "本小区建筑物"),
    "outside": Text("Outside EA", "小区外建筑物"),
    "detail": Text("Detail map", "详图范围"),
    "road": Text("Road, street", "道路"),
    "path": Text("Path", "小路"),
    "rail": Text("Railway", "铁路"),
    "water": Text("Water", "水域"),
    "green": Text("Wood, grass", "林地、绿地"),
    "farm": Text("Farmland", "耕地、园地"),
    "compound": Text("Compound", "院落、围墙"),
    "school": Text("School", "学校"),
    "health": Text("Health care", "医疗"),
    "office": Text("Committee", "居（村）委会"),
    "market": Text("Market, shop", "市场、商店"),
    "worship": Text("Worship", "宗教场所"),
    "transport": Text("Station, stop", "车站"),
    "place": Text("Landmark", "地物"),
}

# The sign of a landmark: one character in a small square.
SIGNS: dict[str, Text] = {
    "school": Text("S", "校"), "health": Text("H", "医"), "office": Text("C", "委"),
    "market": Text("M", "市"), "worship": Text("W", "寺"), "transport": Text("T", "站"),
    "place": Text("", ""),
}  # fmt: skip


def said_value(value: object, language: Language) -> str:
    """The value of a rule: yes and no in words, everything else as it is written in a project."""
    yes_no = {True: Text("yes", "是"), False: Text("no", "否")}
    return yes_no[value].of(language) if isinstance(value, bool) else str(value)


def say(key: str, language: Language, *, noun: str = "persons", **values: object) -> str:
    """The words of a key in one language, said of what the census counts, with values filled in.

    In Chinese a `name` that ends with a Latin letter or a digit stands apart from the words behind it.
    """
    name = str(values.get("name", ""))
    if language == "zh" and re.fullmatch(f".*{LATIN}", name):
        values["name"] = f"{name} "
    return counted(WORDS[key], noun).format(**values).of(language)


def grouped(code: str) -> str:
    """A long code in groups: 310118002003017 as '310118 002 003 017'."""
    if len(code) < 9:
        return code
    head, tail = code[:6], code[6:]
    return " ".join([head, *(tail[i : i + 3] for i in range(0, len(tail), 3))])
