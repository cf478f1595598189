"""The paper exercise: a township office works on one small place from its own files to a signed plan and beyond.

Every step is a call of the real command line, in Chinese; what a person reads is tested as well as what is done.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from census_gis.cli import main

PEOPLE = ("李梅", "赵主任", "王强")
COLUMNS = {
    "districts": {"district_code": "PCQDM", "name": "PCQMC", "persons": "RKS", "persons_away": "WCRK"},
    "buildings": {"building_id": "JZWBH", "floors": "CS", "use": "YT", "dwellings": "ZHTS", "doors": "DYS"},
    "roads": {"class": "DLDJ", "name": "MC"},
}  # fmt: skip
FILES = {"districts": "普查区", "buildings": "建筑物", "roads": "道路"}


@dataclass(frozen=True)
class Answer:
    """What a call of the command line left: exit status, result, messages."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, object]:
        return dict(json.loads(self.out))


@dataclass(frozen=True)
class Office:
    """A folder of the office's files, its project and its plan."""

    folder: Path

    @property
    def project(self) -> Path:
        return self.folder / "云溪镇" / "project.toml"

    @property
    def plan(self) -> Path:
        return self.folder / "云溪镇" / "outputs" / "plan.gpkg"

    def ask(self, *words: str | Path, lang: str = "zh") -> Answer:
        """One call of census-gis, in this process: what it prints, and how it ends."""
        said, told = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(told):
            patch.chdir(self.folder)
            patch.setattr("sys.argv", ["census-gis", *map(str, words), "--lang", lang])
            with pytest.raises(SystemExit) as ended:
                main()
        assert "Traceback" not in told.getvalue()
        assert "内部错误" not in told.getvalue()
        return Answer(int(str(ended.value.code)), said.getvalue(), told.getvalue())

    def run(self, *words: str) -> Answer:
        """`census-gis run` of the project in one process."""
        return self.ask("run", self.project, "--workers", "1", "--quiet", *words)

    def layer(self, name: str) -> pd.DataFrame:
        return pyogrio.read_dataframe(self.plan, layer=name)

    def write(self, role: str, frame: gpd.GeoDataFrame) -> None:
        """A layer as offices hand it on: a shapefile in GBK that does not say so, in a zip."""
        names = COLUMNS[role]
        theirs = frame[[*names, "geometry"]].rename(columns=names)
        stem = self.folder / FILES[role]
        pyogrio.write_dataframe(theirs, stem.with_suffix(".shp"), encoding="GBK")
        stem.with_suffix(".cpg").unlink(missing_ok=True)
        with zipfile.ZipFile(stem.with_suffix(".zip"), "w") as archive:
            for part in sorted(self.folder.glob(f"{stem.name}.*")):
                if part.suffix != ".zip":
                    archive.write(part, part.name)
                    part.unlink()


def sheet(path: Path, rows: list[list[object]]) -> Path:
    """A workbook as offices make it: a title over the table, who filled it in and when below."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["云溪镇汇总表"])
    page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(rows[0]))
    page.append(["填报单位：云溪镇", None, "截止日期：2020年9月30日"])
    for row in rows:
        page.append(row)
    book.save(path)
    return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    office = Office(folder)
    made = office.ask(
        "synth", "given", "--districts", "4", "--persons", "3600", "--seed", "5", "--quiet"
    )
    assert made.code == 0, made.err
    source = folder / "given" / "street.gpkg"
    for role in FILES:
        office.write(role, pyogrio.read_dataframe(source, layer=role))
    register = pd.read_csv(folder / "given" / "register.csv", dtype=str)
    rows = register[["village_code", "building_id", "households", "residents", "away"]]
    counts = [[code, building, int(a), int(b), int(c)] for code, building, a, b, c in rows.itertuples(index=False)]  # fmt: skip
    heads = ["居（村）委会代码", "建筑物编号", "户数（户）", "常住人口", "外出人口"]
    total = ["合计", None, *(sum(int(row[at]) for row in counts) for at in (2, 3, 4))]
    sheet(folder / "户籍人口.xlsx", [heads, *counts, total])
    yield office


def neighbour(office: Office, *, but: str = "") -> tuple[str, str]:
    """A building and the EA beside its own: moving it leaves both EAs in one piece."""
    parts, areas = office.layer("dwelling_parts"), office.layer("enumeration_areas")
    lived = parts[(parts["unit"] == 0) & (parts["persons"] > 0)]
    whole = lived.drop_duplicates("building_id", keep=False)
    near = areas[["ea_code", "district_code", "geometry"]]
    found = gpd.sjoin(
        whole.assign(geometry=whole.buffer(12)), near, predicate="intersects", lsuffix="own"
    )
    own = (
        (found["building_id"] != but)
        & (found["ea_code_own"] != found["ea_code_right"])
        & (found["district_code_own"] == found["district_code_right"])
    )
    row = found[own].sort_values(["persons", "building_id", "ea_code_right"]).iloc[0]
    return str(row["building_id"]), str(row["ea_code_right"])


# The steps are one story: each test goes on where the one before it ended.


def test_1_the_files_are_understood(office: Office) -> None:
    told = office.ask("inspect", *(f"{name}.zip" for name in FILES.values()), "户籍人口.xlsx")
    assert told.code == 0
    for words in ("gb18030", "[inputs.districts]", "[inputs.buildings]", "[inputs.register]", 'building_id = "建筑物编号"'):  # fmt: skip
        assert words in told.out
    assert "列名为空" not in told.out
    asked = office.ask(
        "init", "云溪镇", *(f"{name}.zip" for name in FILES.values()), "户籍人口.xlsx"
    )
    assert asked.code == 0
    again = office.ask("init", "云溪镇")
    assert again.code == 3
    assert "已有项目文件" in again.err


def test_2_staff_are_told_from_totals_and_the_plan_is_made(office: Office) -> None:
    told = office.ask("staff", office.project)
    assert told.code == 0
    assert "3,600 人 ÷ 300 = 12" in told.out
    made = office.run()
    assert made.code == 0, made.err
    assert "错误 0" in made.out
    names = set(office.layer("districts")["name"])
    assert all(name.endswith(("委员会", "居委会", "村委会")) for name in names)
    for place in ("report/index.html", "web/index.html", "maps/index.pdf"):
        assert (office.plan.parent / place).is_file()


def test_3_edits_of_the_project_file_are_done_and_told(office: Office) -> None:
    building, area = neighbour(office)
    foreign = next(
        code for code in office.layer("enumeration_areas")["ea_code"] if code[:12] != area[:12]
    )
    heads = ["操作", "建筑物编号", "小区代码", "理由", "决定人", "日期"]
    rows: list[list[object]] = [
        heads, ["划入", building, area, "同一村民小组", "李梅", "2026-11-20"],
        ["合并", None, f"{area},{foreign}", "试合并", "李梅", "2026-11-20"],
    ]  # fmt: skip
    sheet(office.folder / "调整.xlsx", rows)
    assert "[inputs.edits]" in office.ask("inspect", "调整.xlsx").out
    with office.project.open("a", encoding="utf-8") as file:
        file.write('\n[inputs.edits]\nfile = "../调整.xlsx"\n')
    made = office.run("--until", "plan")
    assert made.code == 1
    assert f"普查小区 {foreign} 不属于普查区 {area[:12]}" in made.err
    assert "census-gis refresh" in made.err
    sheet(office.folder / "调整.xlsx", rows[:-1])
    assert office.run("--until", "plan").code == 0
    log = office.ask("audit", office.plan)
    assert log.code == 0
    assert f"划入 {building} {area}，决定人 李梅" in log.out


def test_4_a_copy_from_qgis_is_applied(office: Office) -> None:
    moved = office.layer("edits").set_index("op").loc["assign", "building_id"]
    building, area = neighbour(office, but=str(moved))
    parts = office.layer("dwelling_parts")
    peer = parts.loc[parts["ea_code"] == area, "building_id"].iloc[0]
    parts.loc[parts["building_id"] == building, "ea_code"] = area
    foreign = parts.index[parts["district_code"] != area[:12]][0]
    parts.loc[foreign, "ea_code"] = area
    pyogrio.write_dataframe(parts, office.folder / "改后.gpkg", layer="dwelling_parts")
    nameless = office.ask("apply", office.plan, "改后.gpkg")
    assert nameless.code == 3
    assert '--by "张三"' in nameless.err
    done = office.ask("apply", office.plan, "改后.gpkg", "--by", "王强", "--reason", "现场核对")
    assert done.code == 1
    assert "执行 1 条编辑，未执行 1 条" in done.out
    assert "不得跨普查区" in done.out
    now = office.layer("dwelling_parts").set_index("building_id")["ea_code"]
    # The EA of both may be called otherwise now: codes of a draft are given anew.
    assert now[building] == now[peer]
    assert f"census-gis refresh {office.plan}" in done.out


def test_5_what_is_shown_follows_the_plan(office: Office) -> None:
    checked = office.ask("check", office.plan)
    assert checked.code == 0, checked.out
    assert "census-gis refresh" in checked.out
    fresh = office.ask("refresh", office.plan, "--workers", "1", "--quiet")
    assert fresh.code == 0
    assert "census-gis refresh" not in office.ask("check", office.plan).out
    book = openpyxl.load_workbook(office.plan.parent / "report" / "ea_list.xlsx")
    cells = {str(cell.value) for page in book for row in page.iter_rows() for cell in row}
    areas = office.layer("enumeration_areas")
    assert set(areas["ea_code"]) <= cells
    page = (office.plan.parent / "web" / "index.html").read_text(encoding="utf-8")
    assert areas["ea_code"].map(lambda code: code in page).all()


def test_6_signatures_freeze(office: Office) -> None:
    """An edit that was refused changed nothing, so it holds up no signature."""
    skipped = office.ask("sign", office.plan, "approved", "--by", "赵主任")
    assert skipped.code == 3
    for state, by in (("checked", "李梅"), ("批准", "赵主任")):
        signed = office.ask("sign", office.plan, state, "--by", by)
        assert signed.code == 0, signed.out
    assert set(office.layer("districts")["state"]) == {"approved"}
    for words in (["--fresh"], ["--districts", office.layer("districts")["district_code"][0]]):
        refused = office.run(*words)
        assert refused.code == 3
        assert "代码已冻结" in refused.err


def test_7_the_plan_is_handed_on(office: Office) -> None:
    done = office.ask("export", office.plan, "--format", "shp", "--encoding", "gbk", "--out", "shp", "--quiet")  # fmt: skip
    assert done.code == 0
    back = pyogrio.read_dataframe(office.folder / "shp" / "districts.shp", encoding="GBK")
    assert set(back["name"]) == set(office.layer("districts")["name"])
    land = office.layer("districts")
    issued = land[["district_code", "geometry"]].rename(columns={"district_code": "PCQDM"})
    pyogrio.write_dataframe(gpd.GeoDataFrame(issued), office.folder / "下发.gpkg")
    own = openpyxl.Workbook()
    page = own.active
    assert page is not None
    for row in [["普查区代码", "xiaoqu_num"], *([code, None] for code in land["district_code"])]:
        page.append(row)
    own.save(office.folder / "清单.xlsx")
    packed = office.ask(
        "export", office.plan, "--format", "package", "--list", "清单.xlsx", "--issued", "下发.gpkg",
        "--out", "上报", "--quiet",
    )  # fmt: skip
    assert packed.code == 0, packed.err
    assert list((office.folder / "上报").glob("report_package_*.zip"))


def test_8_a_line_that_moved_keeps_the_codes(office: Office) -> None:
    before = office.layer("enumeration_areas")
    given = pyogrio.read_dataframe(office.folder / "given" / "street.gpkg", layer="districts")
    one, other = given_pair(given)
    piece = slice_of(given.geometry[one], given.geometry[other])
    given.loc[one, "geometry"] = given.geometry[one].union(piece.buffer(0.01))
    given.loc[other, "geometry"] = given.geometry[other].difference(piece)
    office.write("districts", given)
    codes = sorted(given["district_code"][[one, other]])
    made = office.run("--until", "staff")
    assert made.code in (0, 1)
    after = office.layer("enumeration_areas")
    assert set(after["ea_code"]) == set(before["ea_code"])
    flagged = office.layer("findings")
    assert codes == sorted(
        set(flagged.loc[flagged["code"] == "A501", "row_key"].str[:12]) & set(codes)
    )
    log = office.ask("audit", office.plan)
    kept = log.out.partition("输入有变、沿用原普查小区：")[2].partition("）")[0].split(", ")
    assert set(codes) <= set(kept)
    assert log.out.count("之后有改动") == len(kept)
    assert "退回上一状态" in log.out


def test_9_what_is_left_is_answered_for_and_signed_again(office: Office) -> None:
    left = office.ask("check", office.plan, "--json").record
    areas = office.layer("findings")
    over = sorted(set(areas.loc[areas["severity"] == "error", "row_key"]))
    if over:
        with (office.folder / "豁免.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [["操作", "小区代码", "理由", "决定人"], *(["豁免", code, "村界调整", "赵主任"] for code in over)]
            )  # fmt: skip
        assert left["exit"] == 1
        assert office.ask("apply", office.plan, "豁免.csv").code == 0
    assert (office.layer("findings")["code"] == "A501").any()
    silent = office.ask("sign", office.plan, "checked", "--by", "李梅")
    assert silent.code == 3
    assert "退回必须写明原因" in silent.err
    for state, by, why in (("checked", "李梅", "村界调整"), ("approved", "赵主任", "")):
        words = ["--reason", why] if why else []
        assert office.ask("sign", office.plan, state, "--by", by, *words).code == 0
    assert office.ask("check", office.plan).code == 0


def test_10_the_log_tells_it_all(office: Office) -> None:
    log = office.ask("audit", office.plan, "--csv", "日志.csv")
    assert log.code == 0, log.out
    assert "日志完整" in log.out
    assert all(name in log.out for name in PEOPLE)
    assert "现场核对" in log.out
    english = office.ask("audit", office.plan, lang="en")
    assert "the log is whole" in english.out
    rows = pd.read_csv(office.folder / "日志.csv", encoding="utf-8-sig", dtype=str)
    acts = [act for act, *_ in rows[["operation"]].itertuples(index=False)]
    assert [act for act in acts if act != "apply"] == ["run"] * 3 + ["sign"] * 2 + ["run"] + ["sign"] * 2  # fmt: skip


def given_pair(given: gpd.GeoDataFrame) -> tuple[int, int]:
    """The two districts with the longest line between them."""
    shapes = given.geometry
    pairs = [(a, b) for a in given.index for b in given.index if a < b]
    return max(pairs, key=lambda pair: float(shapes[pair[0]].buffer(2).intersection(shapes[pair[1]]).area))  # fmt: skip


def slice_of(
    one: shapely.geometry.base.BaseGeometry, other: shapely.geometry.base.BaseGeometry
) -> shapely.geometry.base.BaseGeometry:
    """A strip of the other district along the middle of the line between the two."""
    line = one.buffer(2).intersection(other)
    centre = line.centroid.buffer(60)
    return other.intersection(one.buffer(30)).intersection(centre)
