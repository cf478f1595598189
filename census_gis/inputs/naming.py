"""What layers and columns are usually called, to suggest a role and a mapping; never to decide one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["PERSONAL", "suggest_columns", "suggest_role"]

# Columns that hold personal data by their name (personal-data check of the privacy door looks at values).
PERSONAL = re.compile(
    r"姓名|身份证|公民身份|手机|电话|户主|出生|id_?card|phone|mobile|surname|birth", re.IGNORECASE
)

UNIT = re.compile(r"\((?:人|户|个|栋|幢|座|套|间|层|米|m|平方米|㎡|m2)\)")
CHINESE = re.compile(r"[\u3400-\u9fff]")  # names joined from several rows of a sheet are Chinese

AREA, LINE, POINT = "area", "line", "point"

# role -> shapes it may have, words of layer or file names. Chinese abbreviations are those of land-survey
# and basic-geography deliveries (XZQ 行政区, CJDCQ 村级调查区, JZW 建筑物, DLTB 地类图斑, SX 水系, DL 道路).
ROLES: dict[str, tuple[tuple[str, ...], str]] = {
    "districts": ((AREA,), r"普查区|行政区|调查区|社区|村界|^xzq|cjdcq|pcq|district|village|subzone|township|ward|^zone"),
    "buildings": ((AREA,), r"建筑|房屋|楼|^jzw|^fw|^jmd|building|footprint|house"),
    "railways": ((LINE,), r"铁路|轨道|^tl|rail|subway"),
    "roads": ((LINE,), r"道路|公路|街巷|^dl$|^dlx|^lrdl|road|street|highway"),
    "waterways": ((LINE,), r"水系|河|沟渠|^sx|river|stream|water"),
    "water": ((AREA,), r"水系|水面|湖|河|^sx|^hyd|water|lake"),
    "landuse": ((AREA,), r"地类|用地|dltb|land"),
    "compounds": ((AREA,), r"小区|院落|宗地|compound|estate|parcel"),
    "grids": ((AREA,), r"网格|grid"),
    "barriers": ((AREA, LINE), r"围墙|障碍|barrier|wall|fence"),
    "places": ((POINT,), r"地名|兴趣点|标志|poi|place|landmark"),
    "staff": ((POINT, ""), r"普查员|指导员|人员|staff|enumerator"),
    "register": (("",), r"户籍|人口登记|register|hukou"),
    "edits": ((AREA, LINE, POINT, ""), r"编辑|调整清单|^edits?$"),
    "imagery": (("image",), r""),
}  # fmt: skip

# our column -> names it goes by, as whole names, lower case.
COLUMNS: dict[str, tuple[str, ...]] = {
    "district_code": ("district_code", "code", "pcqdm", "普查区代码", "区划代码", "行政区代码", "xzqdm", "zldwdm",
                      "村代码", "社区代码", "代码", "village_code", "subzone_c", "town_code", "village_id"),
    "building_id": ("building_id", "id", "bsm", "标识码", "编号", "建筑编号", "楼栋编号", "建筑物编号",
                    "建筑物编码", "房屋编号", "楼栋号", "幢号", "jzwbh", "jzwbm", "fid", "osm_id", "zrzh"),
    "name": ("name", "名称", "xzqmc", "zldwmc", "pcqmc", "社区名称", "村名", "乡镇街道", "mc", "楼名", "建筑名称", "name_zh"),
    "persons": ("persons", "population", "pop", "rk", "rks", "人口", "人口数", "常住人口", "总人口", "人数"),
    "persons_away": ("persons_away", "rhfl", "人户分离", "人户分离人口", "外出人口", "外出人数", "wcrk", "空挂户"),
    "households": ("households", "hs", "户数", "总户数", "hh"),
    "stratum": ("stratum", "cxfl", "城乡分类", "城乡", "urban_rural"),
    "floors": ("floors", "levels", "层数", "楼层", "楼层数", "总层数", "地上层数", "cs", "zcs", "building:levels", "storeys"),
    "height": ("height", "height_m", "高度", "建筑高度", "jzgd", "gd"),
    "use": ("use", "use_class", "用途", "规划用途", "ghyt", "yt", "房屋用途", "building"),
    "dwellings": ("dwellings", "units", "套数", "总套数", "住户套数", "zts", "zhts", "flats"),
    "doors": ("doors", "danyuan", "单元数", "单元", "dys", "zdys"),
    "address": ("address", "addr", "地址", "坐落", "zl", "门牌", "门牌号", "dz"),
    "class": ("class", "highway", "railway", "waterway", "landuse", "fclass", "等级", "类型", "类别", "dlbm", "地类编码", "道路等级", "dldj", "kind"),
    "hold": ("hold",), "mode": ("mode",), "kind": ("kind", "类型"),
    "staff_id": ("staff_id", "工号", "编号", "id"), "role": ("role", "岗位", "职务"),
    "capacity": ("capacity", "容量"), "skills": ("skills", "技能"), "display_name": ("display_name",),
    "ea_codes": ("ea_codes", "指定小区", "负责小区"),
    "village_code": ("village_code", "district_code", "村代码", "社区代码", "普查区代码", "pcqdm", "居(村)委会代码",
                     "村(居)委会代码", "村(居)代码"),
    "residents": ("residents", "常住人口", "人口数", "人数"),
    "away": ("away", "外出人口", "外出人数", "人户分离", "人户分离人口"), "as_of": ("as_of", "截止日期"),
    "seq": ("seq", "序号"), "op": ("op", "操作", "操作类型", "调整方式"), "part_id": ("part_id", "部分编号"),
    "ea_code": ("ea_code", "小区代码", "普查小区代码", "划入小区", "目标小区"), "reason": ("reason", "理由", "原因"),
    "who": ("who", "决定人", "经办人"), "when": ("when", "日期", "决定日期"),
    "x": ("x", "lon", "lng", "longitude", "经度"), "y": ("y", "lat", "latitude", "纬度"),
}  # fmt: skip

BELONGS: dict[str, tuple[str, ...]] = {
    "districts": ("district_code", "name", "persons", "persons_away", "households", "stratum"),
    "buildings": ("building_id", "floors", "height", "use", "dwellings", "doors", "persons", "persons_away",
                  "households", "name", "address"),
    "barriers": ("hold", "class", "name"), "compounds": ("name",), "grids": ("name",),
    "staff": ("staff_id", "role", "district_code", "capacity", "skills", "display_name", "ea_codes", "x", "y"),
    "register": ("village_code", "address", "building_id", "households", "residents", "away", "as_of"),
    "edits": ("seq", "op", "building_id", "part_id", "ea_code", "reason", "who", "when"),
    "imagery": (),
}  # fmt: skip
LINEAR = ("class", "name")


def suggest_role(names: Sequence[str], shape: str, columns: Sequence[str]) -> str | None:
    """The input a layer seems to be, by its name first and its columns second; None when neither tells.

    Parameters
    ----------
    names
        Names that may tell, the layer's before the file's.
    shape
        ``area``, ``line``, ``point``, ``image``, or empty for a table.
    """
    fitting = [role for role, (shapes, _) in ROLES.items() if shape in shapes]
    if shape == "image":
        return "imagery"
    for name in names:
        for role in fitting:
            if re.search(ROLES[role][1], name.strip(), re.IGNORECASE):
                return role
    lower = {name for column in columns for name in _plain(column)}
    if shape == AREA and lower & set(COLUMNS["floors"] + COLUMNS["height"]):
        return "buildings"
    if (
        shape == AREA
        and lower & set(COLUMNS["district_code"][:8])
        and lower & set(COLUMNS["persons"])
    ):
        return "districts"
    if shape == LINE and "highway" in lower:
        return "roads"
    if lower & set(COLUMNS["op"]) and lower & set(COLUMNS["reason"] + COLUMNS["ea_code"]):
        return "edits"
    counted = lower & {*COLUMNS["residents"], *COLUMNS["households"]}
    if shape == "" and counted and lower & {*COLUMNS["building_id"], *COLUMNS["address"]}:
        return "register"
    return None


def suggest_columns(role: str | None, columns: Sequence[str]) -> dict[str, str]:
    """``our_name -> their_name`` for the columns of a role; each of theirs at most once."""
    left: dict[str, str] = {}
    for said in zip(*map(_plain, columns), strict=True) if columns else ():
        for name, column in zip(said, columns, strict=True):
            left.setdefault(name, column)
    mapping: dict[str, str] = {}
    for ours in BELONGS.get(role or "", LINEAR):
        free = (left[name] for name in COLUMNS[ours] if name in left)
        found = next((column for column in free if column not in mapping.values()), None)
        if found is not None:
            mapping[ours] = found
    return mapping


def _plain(column: str) -> tuple[str, str, str]:
    """A column's name in small letters, without its unit, and the last part of a name of several rows.

    Examples
    --------
    >>> _plain("人口数（人）_常住人口")
    ('人口数(人)_常住人口', '人口数_常住人口', '常住人口')
    """
    whole = unicodedata.normalize("NFKC", column).strip().lower()
    bare = UNIT.sub("", whole)
    return whole, bare, bare.rpartition("_")[2] if CHINESE.search(bare) else bare
