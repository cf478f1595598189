"""A made-up place as the files an office would hand over, and the project file that reads them."""

from __future__ import annotations

from pathlib import Path

import pyogrio
from openpyxl import Workbook

from census_gis.synthetic.imagery import draw
from census_gis.synthetic.town import Town

__all__ = ["LAYERS", "write"]

LAYERS = (
    "districts", "buildings", "roads", "railways", "water", "waterways", "landuse", "compounds",
    "places", "units",
)  # fmt: skip


def write(town: Town, folder: Path, *, imagery: int = 0) -> Path:
    """Write a place and its project file.

    Parameters
    ----------
    town : Town
    folder : Path
        Made where absent; files of the same names in it are replaced.
    imagery : int
        Orthophotos for the first so many districts, 0.5 m a pixel (0: none).

    Returns
    -------
    Path of project.toml. Beside it: street.gpkg, staff.xlsx, register.csv, ortho/CODE.tif.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / "street.gpkg"
    package.unlink(missing_ok=True)
    for layer in LAYERS:
        frame = getattr(town, layer)
        if len(frame):
            pyogrio.write_dataframe(frame, package, layer=layer, driver="GPKG")
    town.register.to_csv(folder / "register.csv", index=False, lineterminator="\n")
    _staff(town, folder / "staff.xlsx")
    for code in town.districts["district_code"].sort_values().iloc[: max(0, imagery)]:
        (folder / "ortho").mkdir(exist_ok=True)
        draw(town, str(code), folder / "ortho" / f"{code}.tif")
    project = folder / "project.toml"
    project.write_text(_project(town, imagery > 0), encoding="utf-8")
    return project


def _staff(town: Town, path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("staff")
    sheet.append(list(town.staff.columns))
    for row in town.staff.itertuples(index=False):
        sheet.append([value.item() if hasattr(value, "item") else value for value in row])
    book.save(path)


def _columns(*names: str) -> str:
    return "{ " + ", ".join(f'{name} = "{name}"' for name in names) + " }"


def _input(town: Town, name: str, remark: str, *columns: str) -> str:
    """One [inputs.NAME] table, or nothing where the place has no such thing."""
    if not len(getattr(town, name)):
        return ""
    return (
        f"[inputs.{name}]  # {remark}\n"
        f'file    = "street.gpkg"\nlayer   = "{name}"\ncolumns = {_columns(*columns)}\n\n'
    )


def _project(town: Town, has_images: bool) -> str:
    supervisors = int((town.staff["role"] == "supervisor").sum())
    body = "".join([
        _input(town, "districts", "普查区：每个居（村）委会一行，可为多部件面", "district_code", "name", "persons",
               "persons_away", "households", "stratum"),
        _input(town, "buildings", "建筑物：除几何外各字段均可缺", "building_id", "floors", "height", "use",
               "dwellings", "doors", "persons", "name", "address"),
        _input(town, "roads", "道路中心线；class 为 OSM highway 取值", "class", "name"),
        _input(town, "railways", "铁路", "class", "name"),
        _input(town, "water", "水面", "class", "name"),
        _input(town, "waterways", "河道中心线", "class", "name"),
        _input(town, "landuse", "地类图斑；class 为 DLBM 地类编码", "class", "name"),
        _input(town, "compounds", "围合小区：尽量不拆分", "name").replace(
            "\n\n", '\nmode    = "prefer"\n\n'),
        _input(town, "places", "标志物，印在图上", "name", "class"),
        _input(town, "units", "县级、乡级单位名称", "level", "code", "name"),
    ])  # fmt: skip
    images = '[inputs.imagery]\nfiles = ["ortho/*.tif"]\n\n' if has_images else ""
    register = (
        "[inputs.register]  # 按栋汇总的登记数（只有数，没有人）\n"
        'file    = "register.csv"\ncolumns = '
        + _columns("village_code", "building_id", "households", "residents", "away", "as_of") + "\n\n"
    ) if len(town.register) else ""  # fmt: skip
    return f"""# 合成示例：{town.name}。地名、代码（310199 为虚构）、建筑和人数全部由程序生成，与任何真实地方无关。
# A made-up place: names, codes (310199 is invented), buildings and counts are generated; none is real.

[project]
name     = "{town.name}"
profile  = "cn2020"              # 普查规则
language = "zh"
output   = "outputs"             # 相对本文件
seed     = 7
crs      = "EPSG:{town.crs.to_epsg()}"           # CGCS2000 三度带，中央经线 120°E；本例位于 121.5°E 带边
snap_m   = 5                     # 普查区之间不超过此宽度的缝隙、重叠自动闭合

{body}{register}[inputs.staff]  # 人员名单；姓名为编号
file    = "staff.xlsx"
columns = {_columns("staff_id", "role", "district_code", "display_name", "capacity")}

{images}[population]
persons_total         = {town.persons}
persons_per_household = 2.62     # 2020 年人口普查公报（第二号）

[staffing]
supervisors_total = {supervisors}

[rules]                          # 与规则模板不同之处，须写明依据
"staff.supervisor_enumerates" = {{ value = true, source = "街道方案：指导员计入岗位总数，同时承担普查员工作" }}
"""
