"""The project file of a made-up place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from census_gis.synthetic.town import STREET_NORM, Norm

__all__ = ["LAYERS", "Facts", "project_text"]

# Layers of the package in the order they are written: what each is, its columns.
LAYERS = {
    "districts": ("普查区：每个居（村）委会一行，可为多部件面",
                  ("district_code", "name", "persons", "persons_away", "households", "stratum")),
    "buildings": ("建筑物：除几何外各字段均可缺",
                  ("building_id", "floors", "height", "use", "dwellings", "doors", "persons", "name", "address")),
    "roads": ("道路中心线；class 为 OSM highway 取值", ("class", "name")),
    "railways": ("铁路", ("class", "name")),
    "water": ("水面", ("class", "name")),
    "waterways": ("河道中心线", ("class", "name")),
    "landuse": ("地类图斑；class 为 DLBM 地类编码", ("class", "name")),
    "compounds": ("围合小区：尽量不拆分", ("name",)),
    "places": ("标志物，印在图上", ("name", "class")),
    "units": ("县级、乡级单位名称", ("level", "code", "name")),
}  # fmt: skip
REGISTER = ("village_code", "building_id", "households", "residents", "away", "as_of")
STAFF = ("staff_id", "role", "district_code", "display_name", "capacity")


@dataclass(frozen=True)
class Facts:
    """What the project file says of a place: its name, EPSG code, sums, and which layers it has."""

    name: str
    epsg: int
    norm: Norm
    persons: int
    supervisors: int
    layers: Collection[str]


def project_text(facts: Facts, *, has_images: bool) -> str:
    """The whole project.toml, commented in Chinese."""
    body = "".join(_layer(name) for name in LAYERS if name in facts.layers)
    register = (
        "[inputs.register]  # 按栋汇总的登记数（只有数，没有人）\n"
        f'file    = "register.csv"\ncolumns = {_columns(REGISTER)}\n\n'
    ) if "register" in facts.layers else ""  # fmt: skip
    images = '[inputs.imagery]\nfiles = ["ortho/*.tif"]\n\n' if has_images else ""
    return f"""# 合成示例：{facts.name}。地名、代码（310199 为虚构）、建筑和人数全部由程序生成，与任何真实地方无关。
# A made-up place: names, codes (310199 is invented), buildings and counts are generated; none is real.

[project]
name     = "{facts.name}"
profile  = "cn2020"              # 普查规则
language = "zh"
output   = "outputs"             # 相对本文件
seed     = 7
crs      = "EPSG:{facts.epsg}"           # CGCS2000 三度带，中央经线 120°E；本例位于 121.5°E 带边
snap_m   = 5                     # 普查区之间不超过此宽度的缝隙、重叠自动闭合

{body}{register}[inputs.staff]  # 人员名单；姓名为编号
file    = "staff.xlsx"
columns = {_columns(STAFF)}

{images}[population]
persons_total         = {facts.persons}
persons_per_household = 2.62     # 2020 年人口普查公报（第二号）

[staffing]
supervisors_total = {facts.supervisors}

[rules]                          # 与规则模板不同之处，须写明依据
{_rules(facts.norm)}"""


def _layer(name: str) -> str:
    """One [inputs.NAME] table."""
    remark, columns = LAYERS[name]
    mode = 'mode    = "prefer"\n' if name == "compounds" else ""
    return (
        f"[inputs.{name}]  # {remark}\n"
        f'file    = "street.gpkg"\nlayer   = "{name}"\ncolumns = {_columns(columns)}\n{mode}\n'
    )


def _columns(names: tuple[str, ...]) -> str:
    return "{ " + ", ".join(f'{name} = "{name}"' for name in names) + " }"


def _rules(norm: Norm) -> str:
    """Departures from the profile: a street's supervisors count too, a county has its own size of EA."""
    if norm == STREET_NORM:
        return _rule(
            "staff.supervisor_enumerates",
            "true",
            "街道方案：指导员计入岗位总数，同时承担普查员工作",
        )
    share = f"目标值 {norm.target} 人上下浮动 20%（本例取值，未见官方幅度）"
    return "".join([
        _rule("ea.persons.target", norm.target, norm.source),
        _rule("ea.persons.low", norm.low, share),
        _rule("ea.persons.high", norm.high, share),
        _rule("staff.persons_per_post", norm.target, norm.source),
        _rule("staff.supervisors_least", 1, "滕州市 2020 年报告：每个普查区一名普查指导员"),
    ])  # fmt: skip


def _rule(key: str, value: object, source: str) -> str:
    return f'"{key}" = {{ value = {value}, source = "{source}" }}\n'
