"""The closed list of rules: what a census may set, of which type and unit, and what each means.

`RULES` may be set by profiles and, for the most part, projects; `WEIGHTS` by profiles only; `KINDS` are both; `BANDED` are
those that districts of one stratum may have of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from census_gis.language import NOUNS, Text

__all__ = ["BANDED", "KINDS", "RULES", "WEIGHTS", "RuleKind"]


@dataclass(frozen=True)
class RuleKind:
    """What a key may hold: its type, unit, meaning and, where limited, its choices or least value."""

    kind: type
    unit: str
    meaning: Text
    choices: tuple[str, ...] = ()
    least: float | None = None


def _rule(
    kind: type, unit: str, en: str, zh: str, choices: tuple[str, ...] = (), least: float | None = 0
) -> RuleKind:
    return RuleKind(kind, unit, Text(en, zh), choices, None if kind is str else least)


RULES: dict[str, RuleKind] = {
    "ea.persons.target": _rule(int, "persons", "persons an EA should hold", "普查小区目标人数", least=1),
    "ea.persons.low": _rule(int, "persons", "fewest persons of an EA (band)", "普查小区人数下限"),
    "ea.persons.high": _rule(int, "persons", "most persons of an EA (band)", "普查小区人数上限", least=1),
    "ea.persons.wide_low": _rule(int, "persons", "wide band, fewest persons (report only)", "宽幅下限（仅报告）"),
    "ea.persons.wide_high": _rule(int, "persons", "wide band, most persons (report only)", "宽幅上限（仅报告）"),
    "ea.persons.spare": _rule(int, "persons", "other persons beside a large building", "大楼小区可附带的其他人数"),
    "ea.persons.cap_building": _rule(int, "persons", "most persons of one building in one EA", "单栋建筑独立小区人数上限", least=1),
    "ea.persons.cap_virtual": _rule(int, "persons", "most persons of a virtual EA", "虚拟小区人数上限", least=1),
    "ea.households.target": _rule(int, "households", "households an EA should hold", "普查小区目标户数", least=1),
    "ea.households.low": _rule(int, "households", "fewest households (soft)", "户数下限（软）"),
    "ea.households.high": _rule(int, "households", "most households (soft)", "户数上限（软）", least=1),
    "ea.households.cap": _rule(int, "households", "most households of an EA (hard)", "户数硬上限", least=1),
    "ea.primary": _rule(str, "-", "what the band is about", "以何为主", ("persons", "households")),
    "ea.split_building": _rule(str, "-", "when a large building is cut", "大楼何时切分", ("never", "when_needed", "always")),
    "ea.empty_land": _rule(str, "-", "uninhabited land of 5 ha or more that roads, railways, water or parcels enclose joins a neighbour or is kept", "由道路、铁路、水系或地块围合、5 公顷以上的无人土地并入或独立", ("join", "keep")),
    "ea.compounds": _rule(str, "-", "how compounds and grids without a mode of their own are held", "未注明方式的院落和网格如何保持", ("prefer", "atom", "as_is")),
    "ea.exclave": _rule(str, "-", "an exclave joins an EA or is its own", "飞地并入或独立", ("join", "own")),
    "ea.crossing_m": _rule(float, "m", "farthest way over a river, railway or wide road for both its sides to be one EA", "河流、铁路、宽阔道路两侧同属一个小区时，通道的最远距离"),
    "ea.wide_road": _rule(str, "-", "roads that part EAs like a river: none, or this class and what is above", "如河流般分隔小区的道路：无，或该等级及以上", ("none", "motorway", "trunk", "primary")),
    "blocks.above": _rule(int, "persons", "districts above it are divided into blocks first, 0 for none", "超过此人数的普查区先划块，0 为不划块"),
    "blocks.least": _rule(int, "persons", "fewest persons of a block", "每块人数下限", least=1),
    "load.noun": _rule(str, "-", "what the census counts, the column persons", "普查登记对象（persons 列所含）", NOUNS),
    "code.scheme": _rule(str, "-", "what the digits of a district code mean: cn is the statistical division code", "普查区代码的编码规则，cn 为统计用区划代码", ("any", "cn")),
    "code.district_digits": _rule(int, "digits", "digits of a district code, 0 for any", "普查区代码位数，0 为不限"),
    "code.serial_digits": _rule(int, "digits", "digits of the EA serial", "普查小区顺序码位数", least=1),
    "code.virtual_from": _rule(int, "-", "first serial of virtual EAs", "虚拟小区起始顺序码", least=1),
    "special.policy.military": _rule(str, "-", "military areas: an EA of their own, or ordinary ground", "军事区域：单独成区或按普通用地", ("own", "join")),
    "special.policy.prison": _rule(str, "-", "prisons: an EA of their own, or ordinary ground", "监狱：单独成区或按普通用地", ("own", "join")),
    "special.policy.dormitory": _rule(str, "-", "dormitories of at least the band's lower bound: an EA of their own, or ordinary ground", "不少于人数下限的宿舍：单独成区或按普通用地", ("own", "join")),
    "special.policy.hospital": _rule(str, "-", "hospitals of at least the band's lower bound: an EA of their own, or ordinary ground", "不少于人数下限的医院：单独成区或按普通用地", ("own", "join")),
    "special.policy.site": _rule(str, "-", "building sites: an EA of their own, or ordinary ground", "工地：单独成区或按普通用地", ("own", "join")),
    "special.policy.demolished": _rule(str, "-", "demolished areas: an EA of their own, or ordinary ground", "拆迁区：单独成区或按普通用地", ("own", "join")),
    "special.policy.uninhabited": _rule(str, "-", "uninhabited land: an EA of their own, or ordinary ground", "无人区：单独成区或按普通用地", ("own", "join")),
    "special.persons_per_household": _rule(int, "persons", "persons of a collective household", "集体户每户人数", least=1),
    "special.secrecy_km2": _rule(float, "km2", "continuous area from which large-scale maps are secret, 0 for none", "大比例尺地图涉密的连续覆盖面积，0 为不检查"),
    "number.order": _rule(str, "-", "numbering order", "编号顺序", ("serpentine_nw",)),
    "staff.persons_per_post": _rule(int, "persons", "persons for each post", "每个岗位对应人数", least=1),
    "staff.rounding": _rule(str, "-", "rounding of posts", "岗位数取整方式", ("nearest", "down", "up")),
    "staff.eas_per_supervisor": _rule(int, "EAs", "EAs for each supervisor", "每名指导员负责小区数", least=1),
    "staff.supervisors_least": _rule(int, "persons", "fewest supervisors of a district", "每个普查区指导员最少人数"),
    "staff.supervisor_enumerates": _rule(bool, "-", "supervisors enumerate an EA too", "指导员兼任普查员", least=None),
    "staff.supervisors_by": _rule(str, "-", "supervisors follow the number of EAs, or of districts", "指导员按小区数或按普查区配备", ("eas", "district")),
    "staff.crew_least": _rule(int, "EAs", "fewest EAs of a crew", "普查组小区数下限", least=1),
    "staff.crew_most": _rule(int, "EAs", "most EAs of a crew", "普查组小区数上限", least=1),
    "staff.group_scope": _rule(str, "-", "crews stay in a district, or small districts of a township share one", "普查组限于一个普查区，或由同一乡级的小普查区合组", ("district", "township")),
    "staff.range_m": _rule(float, "m", "farthest home of somebody from another district, 0 for no limit", "外区人员住处最远距离，0 为不限"),
    "staff.familiar_m": _rule(int, "m", "way that counting in the own district is worth", "在本普查区登记相当于少走的距离"),
    "staff.eas_per_person": _rule(int, "EAs", "most EAs of one person where people are too few", "人手不足时一人最多负责的小区数", least=1),
    "staff.needs": _rule(str, "-", "skills that EAs ask for: code or its beginning = skills; …", "小区所需技能：代码或其前几位 = 技能；…"),
    "staff.reserve_share": _rule(float, "share", "people trained beyond the posts", "备用人员比例"),
    "staff.device_reserve_share": _rule(float, "share", "devices beyond one for each post", "备用设备比例"),
    "staff.training_group": _rule(int, "persons", "most people trained together", "每个培训组人数上限", least=1),
    "pay.flat": _rule(float, "currency", "flat pay of one post", "每岗位补助"),
    "pay.listing": _rule(float, "currency", "pay for listing one household", "每户摸底补助"),
    "pay.short_form": _rule(float, "currency", "pay for one short form", "每户短表登记补助"),
    "pay.long_form": _rule(float, "currency", "pay for one long form", "每户长表登记补助"),
    "pay.long_form_share": _rule(float, "share", "share of households with a long form", "长表户比例"),
    "pay.device": _rule(float, "currency", "price of one device", "每台设备单价"),
    "pay.training": _rule(float, "currency", "training one person, those in reserve too", "每人培训费（含备用人员）"),
    "pay.reserve": _rule(float, "currency", "pay of one person in reserve", "每名备用人员补助"),
    "work.listing_min": _rule(float, "min", "listing one household", "每户摸底用时"),
    "work.short_form_min": _rule(float, "min", "short form of one household", "每户短表登记用时"),
    "work.long_form_min": _rule(float, "min", "long form of one household", "每户长表登记用时"),
    "work.verify_min": _rule(float, "min", "checking a household that reported itself", "自主填报户核对用时"),
    "work.self_reported_share": _rule(float, "share", "households that report themselves", "自主填报户比例"),
    "work.sweeps": _rule(int, "rounds", "times every door is passed", "逐户走访轮次", least=1),
    "work.walk_ms": _rule(float, "m/s", "walking speed", "步行速度", least=0.1),
    "work.yard_m": _rule(float, "m", "longest way across a yard", "可穿行院落的最大距离"),
    "work.yard_factor": _rule(float, "x", "way across a yard for each metre of straight line", "院内穿行绕行系数", least=1),
    "work.straight_factor": _rule(float, "x", "way for each metre of straight line where no street is known", "无道路资料时的绕行系数", least=1),
    "work.stair_up_s": _rule(float, "s", "one floor up", "上一层楼用时"),
    "work.stair_down_s": _rule(float, "s", "one floor down", "下一层楼用时"),
    "work.lift_from": _rule(float, "storeys", "storeys from which houses have a lift", "设电梯的起始层数", least=1),
    "work.lift_wait_s": _rule(float, "s", "waiting for a lift", "候梯用时"),
    "work.lift_s": _rule(float, "s", "one floor by lift", "电梯每层用时"),
    "work.contact": _rule(float, "share", "households met at a visit", "一次入户访到率", least=0.05),
    "work.contact_spread": _rule(float, "share", "most that share is off", "访到率最大偏差"),
    "work.visits": _rule(int, "visits", "most visits to a household", "每户最多入户次数", least=1),
    "work.callback_min": _rule(float, "min", "one further visit", "每次补访用时"),
    "work.other_door_min": _rule(float, "min", "a door where nobody lives", "非住宅门户用时"),
    "work.fixed_min": _rule(float, "min", "meeting and hand-over of an EA", "会议与交接用时"),
    "work.day_min": _rule(float, "min", "working time of a day", "每日工作时间", least=1),
    "work.walk_within_m": _rule(float, "m", "way to an EA up to which people walk", "步行前往小区的最大距离"),
    "work.travel_kmh": _rule(float, "km/h", "speed on longer ways to an EA", "较远时前往小区的速度", least=1),
    "work.pace_spread": _rule(float, "share", "most a person is slower or faster", "个人快慢最大偏差"),
    "work.village_density": _rule(float, "persons per ha", "EAs below it are villages", "村庄型小区的密度上限"),
    "work.pilot_weight": _rule(float, "EAs", "pilot EAs the values here count for", "现有取值相当的试点小区数"),
    "calendar.plotting_to": _rule(str, "date", "EAs drawn, audited and reported by ('' not set)", "普查小区划分、审核、上报截止日期（空为未定）"),
    "calendar.listing_from": _rule(str, "date", "listing begins", "入户摸底开始日期"),
    "calendar.listing_to": _rule(str, "date", "listing ends", "入户摸底结束日期"),
    "calendar.moment": _rule(str, "date", "reference day of the census", "普查标准时点所在日期"),
    "calendar.short_from": _rule(str, "date", "registration by the short form begins", "短表登记开始日期"),
    "calendar.short_to": _rule(str, "date", "registration by the short form ends", "短表登记结束日期"),
    "calendar.long_from": _rule(str, "date", "registration by the long form begins", "长表登记开始日期"),
    "calendar.long_to": _rule(str, "date", "registration by the long form ends", "长表登记结束日期"),
    "calendar.review_from": _rule(str, "date", "comparison and review begin", "比对复查开始日期"),
    "calendar.review_to": _rule(str, "date", "comparison and review end", "比对复查结束日期"),
    "sheet.paper": _rule(str, "-", "paper of the sheets", "图纸幅面", ("A4", "A3")),
    "sheet.overview_paper": _rule(str, "-", "paper of sheets of districts and townships, if larger", "普查区图、乡镇图幅面（大于其他图时）", ("A4", "A3")),
    "sheet.larger": _rule(str, "-", "paper of sheets whose numbers find no room", "编号放不下时改用的幅面", ("A3", "none")),
    "sheet.margin_mm": _rule(float, "mm", "margin of a sheet", "页边距"),
    "sheet.binding_mm": _rule(float, "mm", "binding margin (left)", "装订边"),
    "sheet.secrecy": _rule(str, "-", "secrecy mark printed on sheets", "密级标注"),
    "sheet.approval": _rule(str, "-", "approval number of the map printed on sheets", "审图号"),
    "sheet.sources": _rule(str, "-", "sources of the data with their dates and licences, printed on sheets", "图上注明的资料来源、现势性和许可"),
    "sheet.georeference": _rule(bool, "-", "maps of a PDF carry coordinates a GIS reads", "电子图册附带地理坐标", least=None),
    "sheet.duplex": _rule(bool, "-", "sheets are printed on both sides: each begins on a front page", "双面印制：每幅图从正面起页", least=None),
    "sheet.corner_marks": _rule(bool, "-", "squares in the corners, for sheets scanned again", "四角印扫描定位方块", least=None),
    "sheet.imagery_dpi": _rule(int, "dpi", "resolution of imagery on sheets", "图上影像分辨率", least=50),
    "sheet.field_imagery_dpi": _rule(int, "dpi", "the same on sheets for the field", "外业图上影像分辨率", least=50),
    "privacy.public_households": _rule(int, "households", "fewest households shown in public", "公开最少户数"),
    "privacy.public_persons": _rule(int, "persons", "fewest persons shown in public", "公开最少人数"),
    "population.persons_per_household": _rule(float, "persons", "persons of a household", "户均人数", least=0.5),
    "population.m2_per_dwelling": _rule(float, "m2", "gross floor area of a dwelling", "每套住房建筑面积", least=5),
    "population.net_floor_share": _rule(float, "share", "dwelling share of gross floor area", "可居住面积比例"),
    "population.storey_m": _rule(float, "m", "height of a storey", "层高", least=1),
    "population.default_floors": _rule(float, "storeys", "floors where nothing tells", "缺省层数", least=1),
    "population.neighbour_m": _rule(float, "m", "how far floors are taken from neighbours", "借用邻近层数的距离"),
    "population.least_footprint_m2": _rule(float, "m2", "smallest footprint with dwellings", "有住房的最小基底面积"),
    "population.single_floors": _rule(int, "storeys", "most floors of a one-household house", "独户住宅最多层数"),
    "population.single_footprint_m2": _rule(float, "m2", "largest footprint of a one-household house", "独户住宅最大基底面积"),
    "population.density": _rule(float, "persons per 100 m2", "persons per 100 m2 of dwelling space without any total", "无总数时每百平方米居住人数"),
    "population.total_tolerance": _rule(float, "share", "most a total may differ from its parts", "总数与分项允许偏差"),
    "population.share.residential": _rule(float, "share", "dwelling share: residential", "居住比例：住宅"),
    "population.share.unknown": _rule(float, "share", "dwelling share: use unknown", "居住比例：用途不明"),
    "population.share.commercial": _rule(float, "share", "dwelling share: commercial", "居住比例：商业"),
    "population.share.industrial": _rule(float, "share", "dwelling share: industrial", "居住比例：工业"),
    "population.share.public": _rule(float, "share", "dwelling share: public", "居住比例：公共"),
    "population.share.other": _rule(float, "share", "dwelling share: other", "居住比例：其他"),
}  # fmt: skip

# What a good plan is worth giving up for what, in metres of EA line across open ground. Only a profile sets
# them, not a project: plans of one census are measured with one measure.
WEIGHTS: dict[str, RuleKind] = {
    "weights.line.visible": _rule(float, "m per m", "line along a road, railway or water", "沿道路、铁路、水系的界线"),
    "weights.line.parcel": _rule(float, "m per m", "line along a parcel, compound, grid or other barrier", "沿地块、院落、网格等边界的界线"),
    "weights.line.wall": _rule(float, "m per m", "added where the line is a party wall", "界线为共用墙时的附加值"),
    "weights.line.longest": _rule(float, "m", "longest common border of two pieces of ground that still counts", "两块用地公共边计入的最大长度", least=1),
    "weights.line.stair": _rule(float, "m", "line through a stair, between floors of one building", "在同一楼梯上下层之间分界"),
    "weights.line.gap": _rule(float, "m", "line through a link without a border, such as a bridge", "在没有公共边的连接处（如桥）分界"),
    "weights.line.compound": _rule(float, "m per m", "added where the line runs through a compound or grid", "界线穿过院落或网格时的附加值"),
    "weights.deviation": _rule(float, "mean borders", "an EA that is off its target by the whole target", "规模与目标相差一倍的普查小区"),
    "weights.crossing": _rule(float, "m", "an EA on two sides of a barrier without a crossing nearby", "跨越附近无法通行的障碍的普查小区"),
    "weights.effort": _rule(float, "m per m", "walking between the houses of an EA (in the cost reported, not in the search)", "小区内各户之间的步行距离（只计入报告的代价，搜索时不考虑）"),
    "weights.building": _rule(float, "m", "each further EA a building lies in (in the cost reported, not in the search)", "建筑物每多分入一个普查小区（只计入报告的代价，搜索时不考虑）"),
    "weights.change": _rule(float, "m per person", "a person whose company changes against the previous census", "与上次普查相比改变所属小区的每一人"),
}  # fmt: skip

KINDS: dict[str, RuleKind] = {**RULES, **WEIGHTS}

# What districts of one stratum (urban, rural …) may have of their own: tables [strata.NAME] of a profile.
BANDED = {
    key: kind for key, kind in RULES.items() if key.startswith(("ea.persons.", "ea.households."))
}
